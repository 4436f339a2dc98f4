/* SPDX-License-Identifier: Apache-2.0 */
#include "predict/readers.h"

#include <string.h>

#include "base/words.h"
#include "model/tls_spellings.h"

/* OpenSSL cipher strings (ciphers(1), and ssl_cipher_process_rulestr in ssl_ciph.c).
 *
 *     string  = rule *( [:;, ] rule )
 *     rule    = [ "!" | "-" | "+" ] name *( "+" name )  |  "@" command
 *
 * A name stands for a set of suites, "+" between names for what the sets have in common. The list
 * begins empty: a rule appends its suites in OpenSSL's order; "-" takes them out, "!" for good, "+"
 * in front moves them to the end.
 */

enum { ROOM = 256, NO_VERSION = 0xffff };

/* Bits of the sets below. */
enum {
    KX_RSA = 1,
    KX_DHE = 2,
    KX_ECDHE = 4,
    KX_PSK = 8,
    KX_RSA_PSK = 16,
    KX_DHE_PSK = 32,
    KX_ECDHE_PSK = 64,
    KX_SRP = 128,
    AU_RSA = 1,
    AU_ECDSA = 2,
    AU_DSS = 4,
    AU_NULL = 8,
    AU_PSK = 16,
    AU_SRP = 32,
    E_NULL = 1,
    E_AES128 = 2,
    E_AES256 = 4,
    E_GCM128 = 8,
    E_GCM256 = 16,
    E_CCM128 = 32,
    E_CCM256 = 64,
    E_CCM8_128 = 128,
    E_CCM8_256 = 256,
    E_CAMELLIA128 = 512,
    E_CAMELLIA256 = 1024,
    E_ARIA128 = 2048,
    E_ARIA256 = 4096,
    E_CHACHA = 8192,
    E_3DES = 16384,
    E_RC4 = 32768,
    E_SEED = 65536,
    E_IDEA = 131072,
    M_MD5 = 1,
    M_SHA1 = 2,
    M_SHA256 = 4,
    M_SHA384 = 8,
    M_AEAD = 16,
    S_NULL = 1,
    S_MEDIUM = 2,
    S_HIGH = 4,
    D_IN = 1,
    D_OUT = 2
};
#define E_AESGCM (E_GCM128 | E_GCM256)
#define E_AESCCM8 (E_CCM8_128 | E_CCM8_256)
#define E_AESCCM (E_CCM128 | E_CCM256 | E_AESCCM8)
#define E_AES (E_AES128 | E_AES256 | E_AESGCM | E_AESCCM)
#define E_CAMELLIA (E_CAMELLIA128 | E_CAMELLIA256)
#define E_ARIA (E_ARIA128 | E_ARIA256)
#define E_CBC (E_AES128 | E_AES256 | E_CAMELLIA | E_3DES | E_SEED | E_IDEA)
#define KX_ANY_PSK (KX_PSK | KX_RSA_PSK | KX_DHE_PSK | KX_ECDHE_PSK)

/* A set: 0 in a field asks nothing. */
struct set {
    uint32_t kx, au, enc, mac, strength, by_default;
    uint16_t version; /* that the suite begins with */
    uint16_t code;    /* one suite */
};

struct alias {
    const char *name;
    struct set set;
};

/* cipher_aliases[] of ssl_ciph.c, and the manual page. Names of algorithms that no build has any
 * more match nothing and are left out. */
static const struct alias aliases[] = {
    {"ALL", {.enc = ~(uint32_t)E_NULL}},
    {"COMPLEMENTOFALL", {.enc = E_NULL}},
    {"COMPLEMENTOFDEFAULT", {.by_default = D_OUT}},
    {"kRSA", {.kx = KX_RSA}},
    {"RSA", {.kx = KX_RSA, .au = AU_RSA}},
    {"kEDH", {.kx = KX_DHE}},
    {"kDHE", {.kx = KX_DHE}},
    {"DH", {.kx = KX_DHE}},
    {"kEECDH", {.kx = KX_ECDHE}},
    {"kECDHE", {.kx = KX_ECDHE}},
    {"ECDH", {.kx = KX_ECDHE}},
    {"kPSK", {.kx = KX_PSK}},
    {"kRSAPSK", {.kx = KX_RSA_PSK}},
    {"kECDHEPSK", {.kx = KX_ECDHE_PSK}},
    {"kDHEPSK", {.kx = KX_DHE_PSK}},
    {"kSRP", {.kx = KX_SRP}},
    {"SRP", {.kx = KX_SRP}},
    {"PSK", {.kx = KX_ANY_PSK}},
    {"aRSA", {.au = AU_RSA}},
    {"aDSS", {.au = AU_DSS}},
    {"DSS", {.au = AU_DSS}},
    {"aNULL", {.au = AU_NULL}},
    {"aECDSA", {.au = AU_ECDSA}},
    {"ECDSA", {.au = AU_ECDSA}},
    {"aPSK", {.au = AU_PSK}},
    {"aSRP", {.au = AU_SRP}},
    {"EDH", {.kx = KX_DHE, .au = ~(uint32_t)AU_NULL}},
    {"DHE", {.kx = KX_DHE, .au = ~(uint32_t)AU_NULL}},
    {"EECDH", {.kx = KX_ECDHE, .au = ~(uint32_t)AU_NULL}},
    {"ECDHE", {.kx = KX_ECDHE, .au = ~(uint32_t)AU_NULL}},
    {"ADH", {.kx = KX_DHE, .au = AU_NULL}},
    {"AECDH", {.kx = KX_ECDHE, .au = AU_NULL}},
    {"eNULL", {.enc = E_NULL}},
    {"NULL", {.enc = E_NULL}},
    {"3DES", {.enc = E_3DES}},
    {"RC4", {.enc = E_RC4}},
    {"IDEA", {.enc = E_IDEA}},
    {"SEED", {.enc = E_SEED}},
    {"AES128", {.enc = E_AES128 | E_GCM128 | E_CCM128 | E_CCM8_128}},
    {"AES256", {.enc = E_AES256 | E_GCM256 | E_CCM256 | E_CCM8_256}},
    {"AES", {.enc = E_AES}},
    {"AESGCM", {.enc = E_AESGCM}},
    {"AESCCM", {.enc = E_AESCCM}},
    {"AESCCM8", {.enc = E_AESCCM8}},
    {"CAMELLIA128", {.enc = E_CAMELLIA128}},
    {"CAMELLIA256", {.enc = E_CAMELLIA256}},
    {"CAMELLIA", {.enc = E_CAMELLIA}},
    {"CHACHA20", {.enc = E_CHACHA}},
    {"ARIA", {.enc = E_ARIA}},
    {"ARIAGCM", {.enc = E_ARIA}},
    {"ARIA128", {.enc = E_ARIA128}},
    {"ARIA256", {.enc = E_ARIA256}},
    {"CBC", {.enc = E_CBC}},
    {"MD5", {.mac = M_MD5}},
    {"SHA1", {.mac = M_SHA1}},
    {"SHA", {.mac = M_SHA1}},
    {"SHA256", {.mac = M_SHA256}},
    {"SHA384", {.mac = M_SHA384}},
    {"SSLv3", {.version = 0x0300}},
    {"TLSv1", {.version = 0x0301}},
    {"TLSv1.0", {.version = 0x0301}},
    {"TLSv1.2", {.version = 0x0303}},
    {"MEDIUM", {.strength = S_MEDIUM}},
    {"HIGH", {.strength = S_HIGH}},
    {"FIPS",
     {.kx = ~(uint32_t)KX_SRP, .enc = E_AES128 | E_AES256 | E_AESGCM | E_3DES, .strength = S_HIGH}},
};

/* Names that OpenSSL knows, or knew, and that match nothing any more. */
static const char *const empty_aliases[] = {
    "DES",        "RC2",     "EXP",     "EXPORT",    "EXPORT40", "EXPORT56",    "LOW",
    "kDHr",       "kDHd",    "kDH",     "aDH",       "kECDHr",   "kECDHe",      "kECDH",
    "aECDH",      "kFZA",    "aFZA",    "eFZA",      "FZA",      "kKRB5",       "aKRB5",
    "KRB5",       "kGOST",   "kGOST18", "aGOST",     "aGOST01",  "aGOST12",     "GOST",
    "GOST94",     "GOST89",  "GOST12",  "GOST89MAC", "GOST2012", "GOST2012256", "MAGMA",
    "KUZNYECHIK", "TLSv1.1", "TLSv1.3", "SSLv2",
};

struct ciphers {
    struct set sets[ROOM]; /* of each row of ak_openssl_suite_rows */
    bool banned[ROOM];     /* "!" */
    bool listed[ROOM];
    uint16_t order[ROOM]; /* rows, those listed and those not yet */
    size_t count;
    bool weak_build;
};

/* ------------------------------------------------------------------ the sets of one suite */

static uint32_t exchange_bits(const struct ak_cipher_suite *suite)
{
    static const uint8_t bits[] = {
        [AK_KX_RSA] = KX_RSA,
        [AK_KX_DHE] = KX_DHE,
        [AK_KX_ECDHE] = KX_ECDHE,
        [AK_KX_PSK] = KX_PSK,
        [AK_KX_RSA_PSK] = KX_RSA_PSK,
        [AK_KX_DHE_PSK] = KX_DHE_PSK,
        [AK_KX_ECDHE_PSK] = KX_ECDHE_PSK,
        [AK_KX_SRP] = KX_SRP,
    };
    return suite->key_exchange < AK_COUNT(bits) ? bits[suite->key_exchange] : 0;
}

static uint32_t authentication_bits(const struct ak_cipher_suite *suite)
{
    switch (suite->authentication) {
    case AK_AUTH_NULL:
        return suite->key_exchange == AK_KX_SRP ? AU_SRP : AU_NULL;
    case AK_AUTH_RSA:
        return AU_RSA;
    case AK_AUTH_ECDSA:
        return AU_ECDSA;
    case AK_AUTH_DSS:
        return AU_DSS;
    case AK_AUTH_PSK:
        return AU_PSK;
    default:
        return AU_SRP;
    }
}

static uint32_t cipher_bits(const struct ak_cipher_suite *suite)
{
    static const uint32_t bits[] = {
        [AK_CIPHER_NULL] = E_NULL,
        [AK_CIPHER_AES_128_CBC] = E_AES128,
        [AK_CIPHER_AES_256_CBC] = E_AES256,
        [AK_CIPHER_AES_128_GCM] = E_GCM128,
        [AK_CIPHER_AES_256_GCM] = E_GCM256,
        [AK_CIPHER_AES_128_CCM] = E_CCM128,
        [AK_CIPHER_AES_256_CCM] = E_CCM256,
        [AK_CIPHER_CAMELLIA_128_CBC] = E_CAMELLIA128,
        [AK_CIPHER_CAMELLIA_256_CBC] = E_CAMELLIA256,
        [AK_CIPHER_ARIA_128_GCM] = E_ARIA128,
        [AK_CIPHER_ARIA_256_GCM] = E_ARIA256,
        [AK_CIPHER_CHACHA20_POLY1305] = E_CHACHA,
        [AK_CIPHER_3DES_EDE_CBC] = E_3DES,
        [AK_CIPHER_RC4_128] = E_RC4,
        [AK_CIPHER_SEED_CBC] = E_SEED,
        [AK_CIPHER_IDEA_CBC] = E_IDEA,
    };
    uint32_t bit = suite->cipher < AK_COUNT(bits) ? bits[suite->cipher] : 0;
    if (suite->tag_bytes == 8 && bit == E_CCM128)
        return E_CCM8_128;
    return suite->tag_bytes == 8 && bit == E_CCM256 ? E_CCM8_256 : bit;
}

static uint32_t mac_bits(const struct ak_cipher_suite *suite, uint32_t cipher)
{
    if (cipher & (E_AESGCM | E_AESCCM | E_ARIA | E_CHACHA))
        return M_AEAD;
    switch (suite->hash) {
    case AK_HASH_MD5:
        return M_MD5;
    case AK_HASH_SHA256:
        return M_SHA256;
    case AK_HASH_SHA384:
        return M_SHA384;
    default:
        return M_SHA1;
    }
}

static struct set set_of(const struct ak_openssl_suite *row)
{
    static const uint8_t strengths[] = {S_NULL, S_MEDIUM, S_HIGH};
    const struct ak_cipher_suite *suite = ak_cipher_suite_find(row->code);
    struct set set = {.version = row->min_version, .code = row->code};
    if (suite == NULL)
        return set;
    set.kx = exchange_bits(suite);
    set.au = authentication_bits(suite);
    set.enc = cipher_bits(suite);
    set.mac = mac_bits(suite, set.enc);
    set.strength = strengths[row->strength];
    if (set.enc != E_NULL)
        set.by_default = row->in_default ? D_IN : D_OUT;
    return set;
}

static bool field_fits(uint32_t wanted, uint32_t has)
{
    return wanted == 0 || (wanted & has) != 0;
}

static bool fits(const struct set *wanted, const struct set *suite)
{
    return field_fits(wanted->kx, suite->kx) && field_fits(wanted->au, suite->au) &&
           field_fits(wanted->enc, suite->enc) && field_fits(wanted->mac, suite->mac) &&
           field_fits(wanted->strength, suite->strength) &&
           field_fits(wanted->by_default, suite->by_default) &&
           (wanted->version == 0 || wanted->version == suite->version) &&
           (wanted->code == 0 || wanted->code == suite->code);
}

/* ------------------------------------------------------------------ rules */

static void begin(struct ciphers *c, bool weak_build)
{
    memset(c, 0, sizeof *c);
    c->weak_build = weak_build;
    for (size_t i = 0; i < ak_openssl_suite_row_count && c->count < ROOM; i++) {
        const struct ak_openssl_suite *row = &ak_openssl_suite_rows[i];
        c->sets[i] = set_of(row);
        bool tls13 = row->min_version == 0x0304; /* named by Ciphersuites alone */
        c->banned[i] = tls13 || (row->weak_build && !weak_build);
        c->order[c->count++] = (uint16_t)i;
    }
}

/* Moves the rows that fit to the end, in the order in which they stand. */
static void move_to_end(struct ciphers *c, const struct set *set, bool listed)
{
    uint16_t moved[ROOM];
    size_t stay = 0, gone = 0;
    for (size_t i = 0; i < c->count; i++) {
        uint16_t row = c->order[i];
        bool take = !c->banned[row] && c->listed[row] == listed && fits(set, &c->sets[row]);
        if (take)
            moved[gone++] = row;
        else
            c->order[stay++] = row;
    }
    memcpy(c->order + stay, moved, gone * sizeof moved[0]);
    for (size_t i = 0; i < gone; i++)
        c->listed[moved[i]] = true;
}

/* Takes the rows that fit off the list. OpenSSL moves them to the front of its chain from the last
 * on, so that a later rule finds them in the order they had. */
static void take_off(struct ciphers *c, const struct set *set, bool for_good)
{
    uint16_t front[ROOM], rest[ROOM];
    size_t fronts = 0, rests = 0;
    for (size_t i = 0; i < c->count; i++) {
        uint16_t row = c->order[i];
        bool take = fits(set, &c->sets[row]);
        if (take && for_good)
            c->banned[row] = true;
        if (take && c->listed[row] && !for_good)
            front[fronts++] = row;
        else
            rest[rests++] = row;
        if (take)
            c->listed[row] = false;
    }
    memcpy(c->order, front, fronts * sizeof front[0]);
    memcpy(c->order + fronts, rest, rests * sizeof rest[0]);
}

/* What both ask for; a field that asks nothing leaves the other as it is. */
static uint32_t meet(uint32_t a, uint32_t b)
{
    return a != 0 && b != 0 ? a & b : a | b;
}

/* Narrows `set` by one name; false: no such name. */
static bool narrow(struct set *set, struct ak_span name)
{
    for (size_t i = 0; i < AK_COUNT(aliases); i++) {
        /* OpenSSL compares with case. */
        if (name.size != strlen(aliases[i].name) ||
            memcmp(name.bytes, aliases[i].name, name.size) != 0)
            continue;
        const struct set *by = &aliases[i].set;
        set->kx = meet(set->kx, by->kx);
        set->au = meet(set->au, by->au);
        set->enc = meet(set->enc, by->enc);
        set->mac = meet(set->mac, by->mac);
        set->strength = meet(set->strength, by->strength);
        set->by_default = meet(set->by_default, by->by_default);
        if (set->version != 0 && by->version != 0 && set->version != by->version)
            set->version = NO_VERSION;
        else
            set->version |= by->version;
        return true;
    }
    for (size_t i = 0; i < ak_openssl_suite_row_count; i++) {
        const struct ak_cipher_suite *suite = ak_cipher_suite_find(ak_openssl_suite_rows[i].code);
        bool named = ak_words_equal(name, ak_openssl_suite_rows[i].name) ||
                     (suite != NULL && ak_words_equal(name, suite->name));
        if (named) {
            set->code = ak_openssl_suite_rows[i].code;
            return true;
        }
    }
    return false;
}

/* An empty intersection asks for nothing, not for anything. */
static bool contradicts(const struct set *a, const struct set *b)
{
    return (a->kx != 0 && b->kx == 0) || (a->au != 0 && b->au == 0) ||
           (a->enc != 0 && b->enc == 0) || (a->mac != 0 && b->mac == 0) ||
           (a->strength != 0 && b->strength == 0) || (a->by_default != 0 && b->by_default == 0) ||
           b->version == NO_VERSION;
}

static bool is_empty_alias(struct ak_span name)
{
    for (size_t i = 0; i < AK_COUNT(empty_aliases); i++)
        if (ak_words_equal(name, empty_aliases[i]))
            return true;
    return false;
}

bool ak_openssl_name_known(struct ak_span name)
{
    struct set set = {0};
    return narrow(&set, name) || is_empty_alias(name) || ak_words_begin(name, "SUITEB") ||
           ak_words_equal(name, "DEFAULT");
}

/* The set of "kEDH+AESGCM"; false: empty, or a name that OpenSSL does not know either. */
static bool set_of_names(struct ak_party_reading *r, struct ak_span names, struct set *set)
{
    struct ak_span name;
    memset(set, 0, sizeof *set);
    while (ak_words_next(&names, "+", &name)) {
        struct set before = *set;
        if (!narrow(set, name)) {
            if (!is_empty_alias(name))
                ak_party_note(r, name);
            return false;
        }
        if (contradicts(&before, set))
            return false;
    }
    return true;
}

/* @STRENGTH: by key length, otherwise the order stays. */
static void sort_by_strength(struct ciphers *c)
{
    static const uint32_t classes[] = {E_AES256 | E_GCM256 | E_CCM256 | E_CCM8_256 | E_CAMELLIA256 |
                                           E_ARIA256 | E_CHACHA,
                                       E_AES128 | E_GCM128 | E_CCM128 | E_CCM8_128 | E_CAMELLIA128 |
                                           E_ARIA128 | E_RC4 | E_SEED | E_IDEA,
                                       E_3DES, E_NULL};
    for (size_t i = 0; i < AK_COUNT(classes); i++) {
        struct set set = {.enc = classes[i]};
        move_to_end(c, &set, true);
    }
}

static void apply_rule(struct ak_party_reading *r, struct ciphers *c, struct ak_span rule)
{
    uint8_t sign = rule.bytes[0];
    struct set set;
    if (sign == '@') {
        if (ak_words_equal(rule, "@STRENGTH"))
            sort_by_strength(c);
        else if (!ak_words_begin(rule, "@SECLEVEL="))
            ak_party_note(r, rule);
        return;
    }
    bool marked = sign == '!' || sign == '-' || sign == '+';
    struct ak_span names = marked ? ak_words_from(rule, 1) : rule;
    if (names.size == 0 || !set_of_names(r, names, &set))
        return;
    if (sign == '!' || sign == '-')
        take_off(c, &set, sign == '!');
    else
        move_to_end(c, &set, sign == '+');
}

static void apply_rules(struct ak_party_reading *r, struct ciphers *c, struct ak_span rules)
{
    struct ak_span rule;
    while (ak_words_next(&rules, ":;, ", &rule))
        apply_rule(r, c, rule);
}

/* Words that mean something only at the very front (ssl_create_cipher_list). */
static struct ak_span apply_front(struct ak_party_reading *r, struct ciphers *c,
                                  struct ak_span string)
{
    static const struct {
        const char *word, *list;
    } rows[] = {
        {"SUITEB128ONLY", "ECDHE-ECDSA-AES128-GCM-SHA256"},
        {"SUITEB128C2", "ECDHE-ECDSA-AES256-GCM-SHA384"},
        {"SUITEB128", "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384"},
        {"SUITEB192", "ECDHE-ECDSA-AES256-GCM-SHA384"},
        {"DEFAULT", "ALL:!COMPLEMENTOFDEFAULT:!eNULL"},
    };
    struct ak_span none = {NULL, 0};
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        if (!ak_words_begin(string, rows[i].word))
            continue;
        apply_rules(r, c, ak_words_of(rows[i].list));
        bool whole = rows[i].word[0] == 'S'; /* what follows a Suite B word is not looked at */
        return whole ? none : ak_words_from(string, strlen(rows[i].word));
    }
    return string;
}

/* ------------------------------------------------------------------ */

static void drop_suites_below_tls13(struct ak_party *party)
{
    size_t kept = 0;
    for (size_t i = 0; i < party->suite_count; i++) {
        const struct ak_cipher_suite *suite = ak_cipher_suite_find(party->suites[i].code);
        if (suite != NULL && suite->min_version == 0x0304)
            party->suites[kept++] = party->suites[i];
    }
    party->suite_count = (uint16_t)kept;
}

bool ak_openssl_ciphers_apply(struct ak_party_reading *r, struct ak_span string)
{
    struct ciphers c;
    size_t listed = 0;
    begin(&c, r->party->ways[AK_WAY_WEAK_SUITES_BUILT] != 0);
    apply_rules(r, &c, apply_front(r, &c, string));
    for (size_t i = 0; i < c.count; i++)
        listed += c.listed[c.order[i]] ? 1u : 0u;
    drop_suites_below_tls13(r->party);
    for (size_t i = 0; i < c.count; i++)
        if (c.listed[c.order[i]])
            (void)ak_party_suite_append(r->party, ak_openssl_suite_rows[c.order[i]].code, true);
    for (size_t i = 0; i < c.count; i++)
        if (!c.listed[c.order[i]] && ak_openssl_suite_rows[c.order[i]].min_version != 0x0304 &&
            (c.weak_build || !ak_openssl_suite_rows[c.order[i]].weak_build))
            (void)ak_party_suite_append(r->party, ak_openssl_suite_rows[c.order[i]].code, false);
    return listed > 0;
}
