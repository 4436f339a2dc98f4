/* SPDX-License-Identifier: Apache-2.0 */
#include "predict/readers.h"

#include <string.h>

#include "model/tls_spellings.h"

/* GnuTLS priority strings (manual, "Priority Strings"):
 *
 *     KEYWORD [":" ( "+" | "-" | "!" ) name | ":%" option ] ...
 *
 * A keyword (data/gnutls_keywords.csv) fills six lists; "+" appends to the list that the name
 * belongs to, "-" and "!" take away. Suites follow from the lists: those of TLS 1.3 by cipher, then
 * for each key exchange, each cipher, each MAC. gnutls.config of crypto-policies holds the same
 * lists one name a line.
 */

enum { MAX_NAMES = 48 };

struct names {
    struct ak_span list[MAX_NAMES];
    size_t count;
};

enum part { VERSIONS, CIPHERS, MACS, EXCHANGES, GROUPS, SCHEMES, PARTS };
static const char *const part_names[PARTS] = {"versions",  "ciphers", "macs",
                                              "exchanges", "groups",  "schemes"};
static const char *const part_all[PARTS] = {"VERS-ALL", "CIPHER-ALL", "MAC-ALL",
                                            "KX-ALL",   "GROUP-ALL",  "SIGN-ALL"};

struct lists {
    struct names parts[PARTS];
    bool server_precedence, no_session_hash, force_session_hash, no_renegotiation;
    bool verify_sha1;
};

static const struct {
    const char *name;
    uint8_t cipher, tag;
} ciphers[] = {
    {"AES-128-CBC", AK_CIPHER_AES_128_CBC, 0},
    {"AES-256-CBC", AK_CIPHER_AES_256_CBC, 0},
    {"AES-128-GCM", AK_CIPHER_AES_128_GCM, 16},
    {"AES-256-GCM", AK_CIPHER_AES_256_GCM, 16},
    {"AES-128-CCM", AK_CIPHER_AES_128_CCM, 16},
    {"AES-256-CCM", AK_CIPHER_AES_256_CCM, 16},
    {"AES-128-CCM-8", AK_CIPHER_AES_128_CCM, 8},
    {"AES-256-CCM-8", AK_CIPHER_AES_256_CCM, 8},
    {"CHACHA20-POLY1305", AK_CIPHER_CHACHA20_POLY1305, 16},
    {"CAMELLIA-128-CBC", AK_CIPHER_CAMELLIA_128_CBC, 0},
    {"CAMELLIA-256-CBC", AK_CIPHER_CAMELLIA_256_CBC, 0},
    {"CAMELLIA-128-GCM", AK_CIPHER_CAMELLIA_128_GCM, 16},
    {"CAMELLIA-256-GCM", AK_CIPHER_CAMELLIA_256_GCM, 16},
    {"3DES-CBC", AK_CIPHER_3DES_EDE_CBC, 0},
    {"ARCFOUR-128", AK_CIPHER_RC4_128, 0},
    {"NULL", AK_CIPHER_NULL, 0},
};

static const struct {
    const char *name;
    uint8_t hash; /* AK_HASH_OTHER: an AEAD, whose hash is no MAC */
} macs[] = {{"AEAD", AK_HASH_OTHER},
            {"SHA1", AK_HASH_SHA1},
            {"SHA256", AK_HASH_SHA256},
            {"SHA384", AK_HASH_SHA384},
            {"MD5", AK_HASH_MD5}};

static const struct {
    const char *name;
    uint8_t exchange, authentication;
} exchanges[] = {
    {"RSA", AK_KX_RSA, AK_AUTH_RSA},
    {"DHE-RSA", AK_KX_DHE, AK_AUTH_RSA},
    {"DHE-DSS", AK_KX_DHE, AK_AUTH_DSS},
    {"ECDHE-RSA", AK_KX_ECDHE, AK_AUTH_RSA},
    {"ECDHE-ECDSA", AK_KX_ECDHE, AK_AUTH_ECDSA},
};

/* ------------------------------------------------------------------ lists */

static bool same_name(struct ak_span a, struct ak_span b)
{
    if (a.size != b.size)
        return false;
    for (size_t i = 0; i < a.size; i++)
        if ((a.bytes[i] | 0x20) != (b.bytes[i] | 0x20))
            return false;
    return true;
}

static void names_add(struct names *names, struct ak_span name)
{
    for (size_t i = 0; i < names->count; i++)
        if (same_name(names->list[i], name))
            return;
    if (names->count < MAX_NAMES)
        names->list[names->count++] = name;
}

static void names_take(struct names *names, struct ak_span name)
{
    size_t kept = 0;
    for (size_t i = 0; i < names->count; i++)
        if (!same_name(names->list[i], name))
            names->list[kept++] = names->list[i];
    names->count = kept;
}

static void names_add_all(struct names *names, const char *keyword, enum part part)
{
    const struct ak_stack_default *row = ak_gnutls_keyword_find(keyword, part_names[part]);
    struct ak_span rest = ak_words_of(row == NULL ? "" : row->value), word;
    while (ak_words_next(&rest, " ", &word))
        names_add(names, word);
}

/* The list that a name belongs to; PARTS: none. */
static enum part part_of(struct ak_span name)
{
    enum ak_party_version_at version = AK_PARTY_VERSIONS;
    if (ak_words_begin(name, "VERS-")) {
        version = ak_party_version_spelled(name);
        return version == AK_PARTY_VERSIONS ? PARTS : VERSIONS;
    }
    if (ak_words_begin(name, "GROUP-") || ak_words_begin(name, "CURVE-"))
        return GROUPS;
    if (ak_words_begin(name, "SIGN-"))
        return SCHEMES;
    for (size_t i = 0; i < AK_COUNT(macs); i++)
        if (ak_words_equal(name, macs[i].name))
            return MACS;
    for (size_t i = 0; i < AK_COUNT(exchanges); i++)
        if (ak_words_equal(name, exchanges[i].name))
            return EXCHANGES;
    for (size_t i = 0; i < AK_COUNT(ciphers); i++)
        if (ak_words_equal(name, ciphers[i].name))
            return CIPHERS;
    return PARTS;
}

static bool keyword_of(struct ak_span name, char out[16])
{
    static const char *const keywords[] = {"NORMAL",    "LEGACY",    "PFS",
                                           "SECURE128", "SECURE192", "SECURE256",
                                           "SUITEB128", "SUITEB192", "PERFORMANCE"};
    for (size_t i = 0; i < AK_COUNT(keywords); i++) {
        if (ak_words_equal(name, keywords[i])) {
            ak_words_copy(name, out, 16);
            for (char *c = out; *c != 0; c++)
                *c = (char)(*c >= 'a' && *c <= 'z' ? *c - 32 : *c);
            return true;
        }
    }
    return false;
}

static bool change_all(struct lists *l, struct ak_span name, bool add)
{
    bool old_name = ak_words_equal(name, "VERS-TLS-ALL") || ak_words_equal(name, "CURVE-ALL");
    for (int part = 0; part < PARTS; part++) {
        bool old = old_name && part == (ak_words_begin(name, "VERS") ? VERSIONS : GROUPS);
        if (!old && !ak_words_equal(name, part_all[part]))
            continue;
        if (add)
            names_add_all(&l->parts[part], "NORMAL", (enum part)part);
        else
            l->parts[part].count = 0;
        return true;
    }
    return false;
}

static void change(struct ak_party_reading *r, struct lists *l, struct ak_span rule)
{
    bool add = rule.bytes[0] == '+';
    struct ak_span name = ak_words_from(rule, 1);
    if (change_all(l, name, add))
        return;
    enum part part = part_of(name);
    bool ignored = ak_words_begin(name, "VERS-DTLS") || ak_words_begin(name, "CTYPE-") ||
                   ak_words_begin(name, "COMP-");
    if (part == PARTS) {
        if (!ignored)
            ak_party_note(r, rule);
    } else if (add) {
        names_add(&l->parts[part], name);
    } else {
        names_take(&l->parts[part], name);
    }
}

static void option(struct ak_party_reading *r, struct lists *l, struct ak_span rule)
{
    if (ak_words_equal(rule, "%SERVER_PRECEDENCE"))
        l->server_precedence = true;
    else if (ak_words_equal(rule, "%NO_SESSION_HASH"))
        l->no_session_hash = true;
    else if (ak_words_equal(rule, "%FORCE_SESSION_HASH"))
        l->force_session_hash = true;
    else if (ak_words_equal(rule, "%VERIFY_ALLOW_SIGN_WITH_SHA1") ||
             ak_words_equal(rule, "%VERIFY_ALLOW_BROKEN"))
        l->verify_sha1 = true;
    else if (ak_words_equal(rule, "%DISABLE_SAFE_RENEGOTIATION"))
        l->no_renegotiation = true;
    else if (!ak_words_equal(rule, "%COMPAT"))
        ak_party_note(r, rule);
}

/* ------------------------------------------------------------------ the party */

static bool is_aead(const struct ak_cipher_suite *suite)
{
    switch (suite->cipher) {
    case AK_CIPHER_AES_128_GCM:
    case AK_CIPHER_AES_256_GCM:
    case AK_CIPHER_AES_128_CCM:
    case AK_CIPHER_AES_256_CCM:
    case AK_CIPHER_CAMELLIA_128_GCM:
    case AK_CIPHER_CAMELLIA_256_GCM:
    case AK_CIPHER_CHACHA20_POLY1305:
        return true;
    default:
        return false;
    }
}

/* All suites of this exchange, cipher and MAC. */
static void add_suites(struct ak_party *party, uint8_t exchange, uint8_t authentication,
                       struct ak_span cipher, struct ak_span mac)
{
    size_t at = 0, hash = 0;
    while (at < AK_COUNT(ciphers) && !ak_words_equal(cipher, ciphers[at].name))
        at++;
    while (hash < AK_COUNT(macs) && !ak_words_equal(mac, macs[hash].name))
        hash++;
    if (at == AK_COUNT(ciphers) || hash == AK_COUNT(macs))
        return;
    const struct ak_cipher_suite *suite;
    for (size_t i = 0; (suite = ak_cipher_suite_at(i)) != NULL; i++) {
        bool aead = is_aead(suite);
        bool draft = suite->code >= 0xcc13 && suite->code <= 0xcc15; /* before RFC 7905 */
        bool fits =
            !draft && suite->key_exchange == exchange && suite->authentication == authentication &&
            suite->cipher == ciphers[at].cipher && aead == (macs[hash].hash == AK_HASH_OTHER) &&
            (aead ? suite->tag_bytes == ciphers[at].tag : suite->hash == macs[hash].hash);
        if (fits)
            (void)ak_party_suite_add(party, suite->code, true);
    }
}

static bool below_tls13(const struct ak_party *party)
{
    for (int at = AK_PARTY_SSL30; at < AK_PARTY_TLS13; at++)
        if (ak_party_version_on(party, (enum ak_party_version_at)at))
            return true;
    return false;
}

static void make_suites(struct ak_party *party, const struct lists *l)
{
    const struct names *cipher = &l->parts[CIPHERS], *mac = &l->parts[MACS],
                       *exchange = &l->parts[EXCHANGES];
    for (size_t i = 0; ak_party_version_on(party, AK_PARTY_TLS13) && i < cipher->count; i++)
        for (size_t j = 0; j < mac->count; j++)
            add_suites(party, AK_KX_TLS13, AK_AUTH_TLS13, cipher->list[i], mac->list[j]);
    for (size_t k = 0; below_tls13(party) && k < exchange->count; k++) {
        size_t row = 0;
        while (row < AK_COUNT(exchanges) && !ak_words_equal(exchange->list[k], exchanges[row].name))
            row++;
        for (size_t i = 0; row < AK_COUNT(exchanges) && i < cipher->count; i++)
            for (size_t j = 0; j < mac->count; j++)
                add_suites(party, exchanges[row].exchange, exchanges[row].authentication,
                           cipher->list[i], mac->list[j]);
    }
}

/* gnutls.config writes "RSA-SHA256" for what a priority string calls SIGN-RSA-SHA256. */
static bool config_scheme(struct ak_span name, uint16_t *code)
{
    char whole[64] = "SIGN-";
    ak_words_copy(name, whole + 5, sizeof whole - 5);
    return ak_tls_scheme_spelled(ak_words_of(whole), code);
}

/* ECDSA-SECP256R1-SHA256 is a scheme of TLS 1.3, ECDSA-SHA256 the pair of TLS 1.2; on the wire they
 * are one code. RSA without PSS signs no handshake of TLS 1.3. */
static uint8_t scheme_versions(struct ak_span name, uint16_t code)
{
    struct ak_scheme_parts parts;
    if (!ak_scheme_parts_of(code, &parts) || parts.key != AK_KEY_EC ||
        parts.hash == AK_SIGN_HASH_SHA1)
        return 0;
    return ak_words_has(name, "-SECP") ? 1u << AK_PARTY_TLS13 : 1u << AK_PARTY_TLS12;
}

static void make_codes(struct ak_party_reading *r, const struct names *names, enum part part,
                       struct ak_party_list *list)
{
    memset(list, 0, sizeof *list);
    list->known = true;
    for (size_t i = 0; i < names->count; i++) {
        struct ak_span name = names->list[i];
        uint16_t code;
        bool known;
        if (part == GROUPS) {
            bool prefixed = ak_words_begin(name, "GROUP-") || ak_words_begin(name, "CURVE-");
            known = ak_tls_group_spelled(prefixed ? ak_words_from(name, 6) : name, &code);
        } else {
            known = ak_tls_scheme_spelled(name, &code) || config_scheme(name, &code);
        }
        if (!known)
            ak_party_note(r, name);
        else if (part == GROUPS)
            (void)ak_party_list_add(list, code, true);
        else
            (void)ak_party_list_add_for(list, code, scheme_versions(name, code));
    }
}

/* With which key exchange a group goes: curves or finite fields. */
static bool exchange_made(const struct ak_party *party, uint8_t exchange, size_t *at)
{
    for (size_t i = 0; i < party->suite_count; i++) {
        const struct ak_cipher_suite *suite = ak_cipher_suite_find(party->suites[i].code);
        *at = i;
        if (suite != NULL && suite->key_exchange == exchange)
            return true;
    }
    return false;
}

/* GnuTLS offers groups in two blocks, curves and finite fields: first that of the exchange whose
 * suites come first; what only TLS 1.3 needs stands behind (set_ciphersuite_list). */
static void order_groups(struct ak_party *party)
{
    struct ak_party_list was = party->groups;
    size_t curves_at = 0, fields_at = 0;
    bool tls13 = ak_party_version_on(party, AK_PARTY_TLS13);
    bool curves = exchange_made(party, AK_KX_ECDHE, &curves_at);
    bool fields = exchange_made(party, AK_KX_DHE, &fields_at);
    bool by_list = !curves && !fields && was.count > 0;
    bool fields_first = by_list ? ak_group_is_ffdhe(was.entries[0].code)
                                : fields && (!curves || fields_at < curves_at);
    memset(&party->groups, 0, sizeof party->groups);
    party->groups.known = true;
    for (int turn = 0; turn < 2; turn++) {
        bool want_fields = (turn == 0) == fields_first;
        for (size_t i = 0; i < was.count; i++)
            if (ak_group_is_ffdhe(was.entries[i].code) == want_fields)
                (void)ak_party_list_add(&party->groups, was.entries[i].code,
                                        tls13 || (want_fields ? fields : curves));
    }
}

static void make_party(struct ak_party_reading *r, const struct lists *l)
{
    struct ak_party *party = r->party;
    for (int at = AK_PARTY_SSL30; at < AK_PARTY_VERSIONS; at++)
        if (party->versions[at].state != AK_SWITCH_ABSENT)
            ak_party_version_set(party, (enum ak_party_version_at)at, AK_SWITCH_OFF,
                                 "configuration");
    for (size_t i = 0; i < l->parts[VERSIONS].count; i++) {
        enum ak_party_version_at at = ak_party_version_spelled(l->parts[VERSIONS].list[i]);
        if (at != AK_PARTY_VERSIONS && party->versions[at].state != AK_SWITCH_ABSENT)
            ak_party_version_set(party, at, AK_SWITCH_ON, "configuration");
    }
    party->suite_count = 0;
    party->suites_known = true;
    make_suites(party, l);
    make_codes(r, &l->parts[GROUPS], GROUPS, &party->groups);
    make_codes(r, &l->parts[SCHEMES], SCHEMES, &party->schemes);
    if (party->schemes.count == 0) /* these versions cannot do without */
        for (int at = AK_PARTY_TLS12; at <= AK_PARTY_TLS13; at++)
            ak_party_version_set(party, (enum ak_party_version_at)at, AK_SWITCH_OFF,
                                 "configuration");
    order_groups(party);
    party->prefers_own_order = l->server_precedence;
    party->extended_master_secret = l->no_session_hash      ? AK_NEED_NONE
                                    : l->force_session_hash ? AK_NEED_REQUIRED
                                                            : AK_NEED_SUPPORTED;
    if (l->no_renegotiation)
        party->renegotiation_info = AK_NEED_NONE;
    party->ways[AK_WAY_CLIENT_REFUSES_SHA1] = !l->verify_sha1;
}

static bool begin_keyword(struct lists *l, struct ak_span name)
{
    char keyword[16];
    if (name.size > 0 && name.bytes[0] == '@')
        name = ak_words_of("NORMAL"); /* of the system's own file, which is not here */
    if (ak_words_equal(name, "NONE"))
        return true;
    if (!keyword_of(name, keyword))
        return false;
    for (int part = 0; part < PARTS; part++)
        names_add_all(&l->parts[part], keyword, (enum part)part);
    return true;
}

bool ak_party_read_gnutls_priority(struct ak_party_reading *r, struct ak_span text)
{
    struct lists l = {0};
    struct ak_span line, rule, left, right;
    char keyword[16];
    text = ak_words_trim(text);
    if (!ak_words_line(&text, &line))
        return false;
    if (ak_words_cut(line, "=", &left, &right)) /* SYSTEM=NORMAL:... of a back-end file */
        line = right;
    line = ak_words_unquote(ak_words_trim(line));
    bool first = true;
    while (ak_words_next(&line, ":, ", &rule)) {
        uint8_t sign = rule.bytes[0];
        bool marked = sign == '+' || sign == '-' || sign == '!';
        if (first && !marked && sign != '%') {
            if (!begin_keyword(&l, rule))
                return false;
        } else if (marked && keyword_of(ak_words_from(rule, 1), keyword)) {
            ak_party_note(r, rule);
        } else if (marked && rule.size > 1) {
            change(r, &l, rule);
        } else if (sign == '%') {
            option(r, &l, rule);
        } else {
            ak_party_note(r, rule);
        }
        first = false;
    }
    make_party(r, &l);
    return !first;
}

/* ------------------------------------------------------------------ gnutls.config */

static bool override(struct lists *l, struct ak_span key, struct ak_span value)
{
    static const struct {
        const char *key;
        enum part part;
    } rows[] = {
        {"enabled-version", VERSIONS}, {"tls-enabled-cipher", CIPHERS}, {"tls-enabled-mac", MACS},
        {"tls-enabled-kx", EXCHANGES}, {"tls-enabled-group", GROUPS},   {"secure-sig", SCHEMES},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        if (ak_words_equal(key, rows[i].key)) {
            names_add(&l->parts[rows[i].part], value);
            return true;
        }
    }
    return false;
}

/* A scheme is written "rsa-sha256" here and SIGN-RSA-SHA256 in a priority string. */
bool ak_party_read_gnutls_config(struct ak_party_reading *r, struct ak_span text)
{
    struct lists l = {0};
    struct ak_span line, key, value, rest = text;
    bool any = false;
    while (ak_words_line(&rest, &line)) {
        r->line++;
        (void)ak_words_cut(line, "#", &line, &value);
        if (!ak_words_cut(line, "=", &key, &value))
            continue;
        key = ak_words_trim(key);
        value = ak_words_trim(value);
        if (ak_words_equal(key, "SYSTEM"))
            return ak_party_read_gnutls_priority(r, value);
        any = override(&l, key, value) || any;
        if (ak_words_equal(key, "tls-session-hash"))
            l.force_session_hash = ak_words_equal(value, "require");
    }
    if (any)
        make_party(r, &l);
    return any;
}
