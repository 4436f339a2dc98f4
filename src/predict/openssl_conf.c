/* SPDX-License-Identifier: Apache-2.0 */
#include "predict/readers.h"

#include <string.h>

#include "base/alloc.h"
#include "model/tls_spellings.h"

/* openssl.cnf (config(5)), as far as TLS reads it:
 *
 *     openssl_conf = init         [init]  ssl_conf = ssl        [ssl]  system_default = tls
 *     .include FILE               [tls]   MinProtocol = TLSv1.2 ...    (SSL_CONF_cmd(3))
 *
 * The back-end file of crypto-policies holds the same commands without sections, those of DTLS
 * among them. A later value wins, as in OpenSSL.
 */

enum { MAX_ENTRIES = 512, MAX_INCLUDES = 8 };

struct entry {
    struct ak_span section, key, value;
    unsigned line;
};

struct conf {
    struct entry entries[MAX_ENTRIES];
    size_t count;
    struct ak_text included[MAX_INCLUDES]; /* what entries borrow from */
    size_t includes;
    struct ak_party_reading *reading;
    struct ak_span section;
};

static bool same(struct ak_span a, struct ak_span b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.bytes, b.bytes, a.size) == 0);
}

static void collect(struct conf *c, struct ak_span text);

static void include(struct conf *c, struct ak_span path)
{
    char name[1024];
    path = ak_words_trim(path);
    if (path.size > 0 && path.bytes[0] == '=')
        path = ak_words_trim(ak_words_from(path, 1));
    path = ak_words_unquote(path);
    const struct ak_party_input *input = c->reading->input;
    if (input->open == NULL || c->includes == MAX_INCLUDES || path.size == 0 ||
        path.size >= sizeof name) {
        ak_party_note(c->reading, path);
        return;
    }
    memcpy(name, path.bytes, path.size);
    name[path.size] = 0;
    struct ak_text *text = &c->included[c->includes++];
    ak_text_init(text, AK_MAX_PARTY_TEXT);
    if (memchr(name, 0, path.size) != NULL || !input->open(input->context, name, text) ||
        text->failed) {
        ak_party_note(c->reading, path);
        return;
    }
    struct ak_span bytes = {(const uint8_t *)text->bytes, text->size};
    unsigned line = c->reading->line;
    collect(c, bytes);
    c->reading->line = line;
}

static void collect_line(struct conf *c, struct ak_span line)
{
    struct ak_span left, right;
    (void)ak_words_cut(line, "#", &line, &right);
    line = ak_words_trim(line);
    if (line.size == 0 || line.bytes[0] == ';')
        return;
    if (line.bytes[0] == '[') {
        (void)ak_words_cut(ak_words_from(line, 1), "]", &left, &right);
        c->section = ak_words_trim(left);
    } else if (ak_words_begin(line, ".include")) {
        include(c, ak_words_from(line, 8));
    } else if (ak_words_cut(line, "=", &left, &right) && c->count < MAX_ENTRIES) {
        struct entry entry = {c->section, ak_words_trim(left),
                              ak_words_unquote(ak_words_trim(right)), c->reading->line};
        c->entries[c->count++] = entry;
    }
}

static void collect(struct conf *c, struct ak_span text)
{
    struct ak_span line;
    c->reading->line = 0;
    while (ak_words_line(&text, &line)) {
        c->reading->line++;
        collect_line(c, line);
    }
}

/* The last value of the key in the section; empty when there is none. */
static struct ak_span value_of(const struct conf *c, struct ak_span section, const char *key)
{
    struct ak_span none = {NULL, 0};
    for (size_t i = c->count; i-- > 0;)
        if (same(c->entries[i].section, section) && ak_words_equal(c->entries[i].key, key))
            return c->entries[i].value;
    return none;
}

/* The section with the commands; false: the file leads to none. */
static bool commands_of(const struct conf *c, struct ak_span *section)
{
    struct ak_span none = {NULL, 0};
    struct ak_span init = value_of(c, none, "openssl_conf");
    struct ak_span ssl = value_of(c, init, "ssl_conf");
    struct ak_span tls = value_of(c, ssl, "system_default");
    *section = tls;
    if (init.size == 0 && (value_of(c, none, "CipherString").size != 0 ||
                           value_of(c, none, "TLS.MinProtocol").size != 0 ||
                           value_of(c, none, "MinProtocol").size != 0)) {
        *section = none;
        return true;
    }
    return init.size != 0 && ssl.size != 0 && tls.size != 0;
}

/* ------------------------------------------------------------------ commands */

struct commands {
    struct ak_party_reading *reading;
    enum ak_party_version_at low, high;
    int level;
};

static void set_protocol(struct commands *s, struct ak_span value)
{
    struct ak_span word;
    while (ak_words_next(&value, ", ", &word)) {
        bool minus = word.bytes[0] == '-', plus = word.bytes[0] == '+';
        struct ak_span name = minus || plus ? ak_words_from(word, 1) : word;
        enum ak_party_version_at at = ak_party_version_spelled(name);
        if (ak_words_equal(name, "ALL"))
            ak_party_version_range(s->reading->party, AK_PARTY_TLS10, AK_PARTY_TLS13,
                                   "configuration");
        else if (at == AK_PARTY_VERSIONS)
            ak_party_note(s->reading, word);
        else
            ak_party_version_set(s->reading->party, at, minus ? AK_SWITCH_OFF : AK_SWITCH_ON,
                                 "configuration");
    }
}

static void set_border(struct commands *s, struct ak_span value, enum ak_party_version_at *border,
                       enum ak_party_version_at none)
{
    enum ak_party_version_at at = ak_party_version_spelled(value);
    if (ak_words_equal(value, "None"))
        *border = none;
    else if (at != AK_PARTY_VERSIONS)
        *border = at;
    else
        ak_party_note(s->reading, value);
}

static bool among(const uint16_t *codes, size_t count, uint16_t code)
{
    for (size_t i = 0; i < count; i++)
        if (codes[i] == code)
            return true;
    return false;
}

static void set_suites13(struct commands *s, struct ak_span value)
{
    struct ak_party *party = s->reading->party;
    struct ak_span word;
    uint16_t code, found[16];
    size_t count = 0;
    while (ak_words_next(&value, ":, ", &word)) {
        if (ak_tls_suite_spelled(word, &code, NULL) && count < AK_COUNT(found))
            found[count++] = code;
        else
            ak_party_note(s->reading, word);
    }
    struct ak_party_suite old[AK_MAX_PARTY_SUITES];
    size_t olds = party->suite_count;
    memcpy(old, party->suites, olds * sizeof old[0]);
    party->suite_count = 0;
    for (size_t i = 0; i < count; i++)
        (void)ak_party_suite_add(party, found[i], true);
    for (size_t i = 0; i < olds; i++) {
        const struct ak_cipher_suite *suite = ak_cipher_suite_find(old[i].code);
        bool old13 = suite != NULL && suite->min_version == 0x0304;
        if (!among(found, count, old[i].code))
            (void)ak_party_suite_append(party, old[i].code, old[i].on && !old13);
    }
}

static void set_options(struct commands *s, struct ak_span value)
{
    struct ak_span word;
    while (ak_words_next(&value, ", ", &word)) {
        bool off = word.bytes[0] == '-';
        struct ak_span name = off || word.bytes[0] == '+' ? ak_words_from(word, 1) : word;
        if (ak_words_equal(name, "ServerPreference"))
            s->reading->party->prefers_own_order = !off;
        else if (ak_words_equal(name, "ExtendedMasterSecret"))
            s->reading->party->extended_master_secret = off ? AK_NEED_NONE : AK_NEED_SUPPORTED;
    }
}

/* One command of SSL_CONF_cmd(3), "configuration file commands". False: it says nothing here. */
static void command(struct commands *s, struct ak_span key, struct ak_span value)
{
    struct ak_party_reading *r = s->reading;
    if (ak_words_equal(key, "MinProtocol"))
        set_border(s, value, &s->low, AK_PARTY_TLS10);
    else if (ak_words_equal(key, "MaxProtocol"))
        set_border(s, value, &s->high, AK_PARTY_TLS13);
    else if (ak_words_equal(key, "Protocol"))
        set_protocol(s, value);
    else if (ak_words_equal(key, "Ciphersuites"))
        set_suites13(s, value);
    else if (ak_words_equal(key, "Groups") || ak_words_equal(key, "Curves"))
        ak_party_names_set(r, AK_PARTY_NAMES_GROUPS, value, ":");
    else if (ak_words_equal(key, "SignatureAlgorithms") || ak_words_equal(key, "SigAlgs"))
        ak_party_names_set(r, AK_PARTY_NAMES_SCHEMES, value, ":");
    else if (ak_words_equal(key, "Options"))
        set_options(s, value);
    else if (ak_words_equal(key, "CipherString")) {
        int level = ak_openssl_level_of(value);
        s->level = level >= 0 ? level : s->level;
        if (!ak_openssl_ciphers_apply(r, value))
            ak_party_note(r, value);
    }
}

static void finish(struct commands *s)
{
    struct ak_party *party = s->reading->party;
    for (int i = AK_PARTY_SSL30; i < AK_PARTY_VERSIONS; i++) {
        bool within = i >= (int)s->low && i <= (int)s->high;
        if (!within && party->versions[i].state == AK_SWITCH_ON)
            ak_party_version_set(party, (enum ak_party_version_at)i, AK_SWITCH_OFF,
                                 "configuration");
    }
    ak_openssl_level_apply(party, (unsigned)s->level);
}

static bool apply(struct conf *c)
{
    struct ak_span section;
    struct commands s = {c->reading, AK_PARTY_SSL30, AK_PARTY_TLS13,
                         c->reading->party->ways[AK_WAY_LEVEL]};
    bool found = commands_of(c, &section);
    for (size_t i = 0; found && i < c->count; i++) {
        const struct entry *e = &c->entries[i];
        struct ak_span key = e->key, left, right;
        if (!same(e->section, section) || ak_words_begin(key, "DTLS."))
            continue;
        /* config(5): what stands before a dot tells equal names apart. */
        if (ak_words_cut(key, ".", &left, &right))
            key = right;
        c->reading->line = e->line;
        command(&s, key, e->value);
    }
    finish(&s);
    return found;
}

bool ak_party_read_openssl_cnf(struct ak_party_reading *r, struct ak_span text)
{
    struct conf *c = ak_alloc(1, sizeof *c);
    if (c == NULL)
        return false;
    c->reading = r;
    collect(c, text);
    bool found = apply(c);
    for (size_t i = 0; i < c->includes; i++)
        ak_text_release(&c->included[i]);
    ak_free(c);
    return found;
}
