/* SPDX-License-Identifier: Apache-2.0 */
#include "predict/party_text.h"

#include <string.h>

#include "base/alloc.h"
#include "base/utf16.h"
#include "model/tls_spellings.h"
#include "predict/readers.h"

/* ------------------------------------------------------------------ what readers share */

void ak_party_note(struct ak_party_reading *r, struct ak_span text)
{
    struct ak_party_notes *notes = r->notes;
    if (notes->count < AK_PARTY_NOTES) {
        notes->first[notes->count].line = r->line;
        ak_words_copy(text, notes->first[notes->count].text, AK_PARTY_NOTE_TEXT);
    }
    notes->count++;
}

void ak_party_names_set(struct ak_party_reading *r, enum ak_party_names kind, struct ak_span names,
                        const char *separators)
{
    bool groups = kind == AK_PARTY_NAMES_GROUPS;
    struct ak_party_list *list = groups ? &r->party->groups : &r->party->schemes;
    struct ak_party_list was = *list;
    struct ak_span word;
    uint16_t code;
    memset(list, 0, sizeof *list);
    list->known = true;
    while (ak_words_next(&names, separators, &word)) {
        word = ak_words_trim(word);
        struct ak_span name = word.size > 0 && word.bytes[0] == '?' ? ak_words_from(word, 1) : word;
        bool known =
            groups ? ak_tls_group_spelled(name, &code) : ak_tls_scheme_spelled(name, &code);
        if (known)
            (void)ak_party_list_add(list, code, true);
        else
            ak_party_note(r, word);
    }
    for (size_t i = 0; i < was.count; i++)
        (void)ak_party_list_add(list, was.entries[i].code, false);
}

enum ak_party_version_at ak_party_version_spelled(struct ak_span name)
{
    static const struct {
        const char *digits;
        enum ak_party_version_at at;
    } rows[] = {{"1.0", AK_PARTY_TLS10},
                {"1", AK_PARTY_TLS10},
                {"1.1", AK_PARTY_TLS11},
                {"1.2", AK_PARTY_TLS12},
                {"1.3", AK_PARTY_TLS13}};
    if (ak_words_begin(name, "VERS-"))
        name = ak_words_from(name, 5);
    if (ak_words_equal(name, "SSLv3") || ak_words_equal(name, "SSL3.0") ||
        ak_words_equal(name, "SSL 3.0"))
        return AK_PARTY_SSL30;
    if (ak_words_equal(name, "SSLv2") || ak_words_equal(name, "SSL 2.0"))
        return AK_PARTY_SSL20;
    if (ak_words_begin(name, "TLS"))
        name = ak_words_from(name, 3);
    if (ak_words_begin(name, "v") || ak_words_begin(name, " "))
        name = ak_words_from(name, 1);
    for (size_t i = 0; i < AK_COUNT(rows); i++)
        if (ak_words_equal(name, rows[i].digits))
            return rows[i].at;
    return AK_PARTY_VERSIONS;
}

/* ------------------------------------------------------------------ which format */

/* A line of OpenSSL: names between colons, some of which it knows, and one is no suite. */
static bool is_cipher_string(struct ak_span text)
{
    struct ak_span rest = ak_words_trim(text), line, word;
    uint16_t code;
    bool alias = false, known = false;
    if (!ak_words_line(&rest, &line) || ak_words_trim(rest).size != 0 || line.size == 0)
        return false;
    while (ak_words_next(&line, ":,;", &word)) {
        for (size_t i = 0; i < word.size; i++) {
            uint8_t c = word.bytes[i];
            bool fine = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
                        strchr("!+-@=._", c) != NULL;
            if (!fine || c == 0)
                return false;
        }
        struct ak_span names = strchr("!+-", word.bytes[0]) ? ak_words_from(word, 1) : word, first;
        known = known || (ak_words_next(&names, "+", &first) && ak_openssl_name_known(first));
        alias = alias || !ak_tls_suite_spelled(word, &code, NULL);
    }
    return alias && known;
}

static bool is_priority(struct ak_span text)
{
    static const char *const begin[] = {"NORMAL", "NONE",        "SECURE",  "PFS",    "LEGACY",
                                        "SUITEB", "PERFORMANCE", "@SYSTEM", "SYSTEM="};
    text = ak_words_trim(text);
    for (size_t i = 0; i < AK_COUNT(begin); i++) {
        if (!ak_words_begin(text, begin[i]))
            continue;
        struct ak_span rest = ak_words_from(text, strlen(begin[i])), first, word;
        /* OpenSSL's SUITEB128 is the same word. */
        bool gnutls = ak_words_has(text, "VERS-") || ak_words_has(text, "%") ||
                      ak_words_has(text, "KX") || ak_words_has(text, ":+") ||
                      (ak_words_next(&rest, " \r\n", &first) == false && i < 2) ||
                      (!ak_words_cut(text, ":\n", &first, &word) && i != 5);
        return gnutls;
    }
    return false;
}

enum ak_party_format ak_party_format_of(struct ak_span text, const char *name)
{
    struct ak_span file = ak_words_of(name == NULL ? "" : name);
    if (ak_words_has(text, "<iisCrypto") || ak_words_has(file, ".ictpl"))
        return AK_PARTY_FORMAT_IIS_CRYPTO;
    if (ak_words_has(text, "jdk.tls.") || ak_words_has(text, "jdk.certpath."))
        return AK_PARTY_FORMAT_JAVA_SECURITY;
    if (ak_words_has(text, "[network]") &&
        (ak_words_has(text, "tls") || ak_words_has(text, "force") || ak_words_has(file, "mssql")))
        return AK_PARTY_FORMAT_MSSQL_CONF;
    if (ak_words_has(text, "[overrides]") || ak_words_has(text, "[priorities]"))
        return AK_PARTY_FORMAT_GNUTLS_CONFIG;
    if (is_priority(text))
        return AK_PARTY_FORMAT_GNUTLS_PRIORITY;
    if (ak_words_has(text, "openssl_conf") || ak_words_has(text, "CipherString") ||
        ak_words_has(text, "MinProtocol"))
        return AK_PARTY_FORMAT_OPENSSL_CNF;
    if (is_cipher_string(text))
        return AK_PARTY_FORMAT_OPENSSL_CIPHERS;
    if (ak_words_has(text, "TLS_") || ak_words_has(text, "SSL_") || ak_words_has(text, "-SHA") ||
        ak_words_has(text, "0x"))
        return AK_PARTY_FORMAT_SUITE_LIST;
    return AK_PARTY_FORMAT_UNKNOWN;
}

const char *ak_party_format_name(enum ak_party_format format)
{
    static const char *const names[AK_PARTY_FORMATS] = {
        "unknown",       "openssl.cnf", "openssl-ciphers", "gnutls-priority", "gnutls.config",
        "java.security", "mssql.conf",  "suite-list",      "iis-crypto"};
    return names[format < AK_PARTY_FORMATS ? format : AK_PARTY_FORMAT_UNKNOWN];
}

/* ------------------------------------------------------------------ reading */

static bool read_openssl_ciphers(struct ak_party_reading *r, struct ak_span text)
{
    struct ak_span line;
    text = ak_words_trim(text);
    if (!ak_words_line(&text, &line))
        return false;
    int level = ak_openssl_level_of(line);
    bool good = ak_openssl_ciphers_apply(r, line);
    ak_openssl_level_apply(r->party,
                           level >= 0 ? (unsigned)level : (unsigned)r->party->ways[AK_WAY_LEVEL]);
    return good;
}

static const struct {
    const char *program; /* whose defaults; NULL: a stack that nobody named */
    enum ak_stack stack;
    bool (*read)(struct ak_party_reading *, struct ak_span);
} formats[AK_PARTY_FORMATS] = {
    [AK_PARTY_FORMAT_UNKNOWN] = {NULL, AK_STACK_OTHER, NULL},
    [AK_PARTY_FORMAT_OPENSSL_CNF] = {"openssl-3.0", AK_STACK_OPENSSL, ak_party_read_openssl_cnf},
    [AK_PARTY_FORMAT_OPENSSL_CIPHERS] = {"openssl-3.0", AK_STACK_OPENSSL, read_openssl_ciphers},
    [AK_PARTY_FORMAT_GNUTLS_PRIORITY] = {"gnutls-3.7", AK_STACK_GNUTLS,
                                         ak_party_read_gnutls_priority},
    [AK_PARTY_FORMAT_GNUTLS_CONFIG] = {"gnutls-3.7", AK_STACK_GNUTLS, ak_party_read_gnutls_config},
    [AK_PARTY_FORMAT_JAVA_SECURITY] = {"jdk-17", AK_STACK_JSSE, ak_party_read_java_security},
    [AK_PARTY_FORMAT_MSSQL_CONF] = {"openssl-3.0", AK_STACK_OPENSSL, ak_party_read_mssql_conf},
    [AK_PARTY_FORMAT_SUITE_LIST] = {NULL, AK_STACK_OTHER, ak_party_read_suite_list},
    [AK_PARTY_FORMAT_IIS_CRYPTO] = {NULL, AK_STACK_SCHANNEL, ak_party_read_iis_crypto},
};

/* A suite list says nothing of versions: all that its suites could be used with. */
static void begin_without_program(struct ak_party *party, enum ak_side role,
                                  const struct ak_party_input *input, enum ak_stack stack)
{
    ak_party_init(party, input->name, role, stack);
    ak_party_version_range(party, AK_PARTY_TLS10, AK_PARTY_TLS13, "not-told");
    party->prefers_own_order = stack == AK_STACK_SCHANNEL;
    for (size_t i = 0; i < AK_PARTY_PARTS; i++)
        if (i != AK_PARTY_PART_SUITES)
            party->confidence[i] = AK_CONFIDENCE_LOW;
}

static void name_party(struct ak_party *party, const char *name)
{
    size_t size = strlen(name);
    size = size < sizeof party->name ? size : sizeof party->name - 1;
    memset(party->name, 0, sizeof party->name);
    memcpy(party->name, name, size);
}

static bool read_utf8(struct ak_party *party, enum ak_side role, const struct ak_party_input *input,
                      struct ak_span text, struct ak_party_notes *notes)
{
    enum ak_party_format format = ak_party_format_of(text, input->name);
    const char *program = input->program != NULL ? input->program : formats[format].program;
    struct ak_party_reading r = {.party = party, .notes = notes, .input = input};
    if (program == NULL || !ak_party_default(party, role, program))
        begin_without_program(party, role, input, formats[format].stack);
    name_party(party, input->name);
    return formats[format].read != NULL && formats[format].read(&r, text);
}

bool ak_party_read(struct ak_party *party, enum ak_side role, const struct ak_party_input *input,
                   struct ak_party_notes *notes)
{
    struct ak_span text = ak_words_first(input->text, AK_MAX_PARTY_TEXT);
    memset(notes, 0, sizeof *notes);
    if (text.size >= 3 && memcmp(text.bytes, "\xef\xbb\xbf", 3) == 0)
        text = ak_words_from(text, 3);
    if (text.size < 2 || memcmp(text.bytes, "\xff\xfe", 2) != 0)
        return read_utf8(party, role, input, text, notes);
    /* Windows PowerShell writes UTF-16 when its output is redirected. */
    size_t room = text.size * 2 + 1;
    char *utf8 = ak_alloc(room, 1);
    if (utf8 == NULL) {
        begin_without_program(party, role, input, AK_STACK_OTHER);
        return false;
    }
    struct ak_span whole = {(const uint8_t *)utf8,
                            ak_utf16le_to_utf8(ak_words_from(text, 2), utf8, room)};
    bool good = read_utf8(party, role, input, whole, notes);
    ak_free(utf8);
    return good;
}
