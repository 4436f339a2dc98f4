/* SPDX-License-Identifier: Apache-2.0 */
#include "predict/readers.h"

#include <string.h>

#include "model/tls_spellings.h"

/* java.security and system properties of JSSE (JDK "Java Secure Socket Extension Reference Guide"):
 *
 *     jdk.tls.disabledAlgorithms=SSLv3, TLSv1, RC4, DH keySize < 1024, \
 *         EC keySize < 224, anon
 *     -Djdk.tls.client.protocols="TLSv1.2"
 *
 * A disabled name takes away every version, suite, group and scheme that it is a part of
 * (SSLAlgorithmDecomposer); of two lines with one name the last wins.
 */

enum { MAX_VALUE = 16384 };

/* ------------------------------------------------------------------ what a name is a part of */

static bool hash_named(struct ak_span name, uint8_t hash)
{
    static const struct {
        uint8_t hash;
        const char *names[3];
    } rows[] = {
        {AK_HASH_MD5, {"MD5", "HmacMD5", "MD5"}},
        {AK_HASH_SHA1, {"SHA1", "HmacSHA1", "SHA-1"}},
        {AK_HASH_SHA256, {"SHA256", "HmacSHA256", "SHA-256"}},
        {AK_HASH_SHA384, {"SHA384", "HmacSHA384", "SHA-384"}},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++)
        for (size_t j = 0; j < 3; j++)
            if (rows[i].hash == hash && ak_words_equal(name, rows[i].names[j]))
                return true;
    return false;
}

static bool cipher_named(struct ak_span name, uint8_t cipher)
{
    static const struct {
        uint8_t cipher;
        const char *names[4];
    } rows[] = {
        {AK_CIPHER_NULL, {"NULL", "C_NULL", "NULL", "NULL"}},
        {AK_CIPHER_RC4_40, {"RC4_40", "RC4", "RC4", "RC4"}},
        {AK_CIPHER_RC4_128, {"RC4_128", "RC4", "RC4", "RC4"}},
        {AK_CIPHER_DES40_CBC, {"DES40_CBC", "DES_CBC_40", "DES40_CBC", "DES40_CBC"}},
        {AK_CIPHER_DES_CBC, {"DES_CBC", "DES", "DES", "DES"}},
        {AK_CIPHER_3DES_EDE_CBC, {"3DES_EDE_CBC", "DESede", "3DES", "3DES_EDE_CBC"}},
        {AK_CIPHER_AES_128_CBC, {"AES_128_CBC", "AES_128", "AES", "AES/CBC/NoPadding"}},
        {AK_CIPHER_AES_256_CBC, {"AES_256_CBC", "AES_256", "AES", "AES/CBC/NoPadding"}},
        {AK_CIPHER_AES_128_GCM, {"AES_128_GCM", "AES_128", "AES", "AES/GCM/NoPadding"}},
        {AK_CIPHER_AES_256_GCM, {"AES_256_GCM", "AES_256", "AES", "AES/GCM/NoPadding"}},
        {AK_CIPHER_CHACHA20_POLY1305,
         {"CHACHA20_POLY1305", "ChaCha20-Poly1305", "ChaCha20", "CHACHA20"}},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++)
        for (size_t j = 0; j < 4; j++)
            if (rows[i].cipher == cipher && ak_words_equal(name, rows[i].names[j]))
                return true;
    return false;
}

static bool exchange_named(struct ak_span name, const struct ak_cipher_suite *suite)
{
    bool anonymous = suite->authentication == AK_AUTH_NULL;
    bool rsa = suite->authentication == AK_AUTH_RSA, dss = suite->authentication == AK_AUTH_DSS,
         ecdsa = suite->authentication == AK_AUTH_ECDSA;
    if ((rsa && ak_words_equal(name, "RSA")) || (ecdsa && ak_words_equal(name, "ECDSA")) ||
        (dss && ak_words_equal(name, "DSS")) || (dss && ak_words_equal(name, "DSA")) ||
        (anonymous && ak_words_equal(name, "anon")))
        return true;
    switch (suite->key_exchange) {
    case AK_KX_DHE:
        return ak_words_equal(name, anonymous ? "DH_anon" : "DHE") ||
               (!anonymous && ak_words_equal(name, "DiffieHellman")) ||
               (rsa && ak_words_equal(name, "DHE_RSA")) || (dss && ak_words_equal(name, "DHE_DSS"));
    case AK_KX_ECDHE:
        return ak_words_equal(name, anonymous ? "ECDH_anon" : "ECDHE") ||
               (rsa && ak_words_equal(name, "ECDHE_RSA")) ||
               (ecdsa && ak_words_equal(name, "ECDHE_ECDSA"));
    case AK_KX_ECDH:
        return ak_words_equal(name, "ECDH") || (rsa && ak_words_equal(name, "ECDH_RSA")) ||
               (ecdsa && ak_words_equal(name, "ECDH_ECDSA"));
    default:
        return false;
    }
}

/* A name with stars, as JDK 24 and later write "TLS_RSA_*". */
static bool pattern_fits(struct ak_span pattern, const char *name)
{
    struct ak_span head, tail;
    if (!ak_words_cut(pattern, "*", &head, &tail))
        return ak_words_equal(pattern, name);
    size_t size = strlen(name);
    if (size < head.size + tail.size)
        return false;
    struct ak_span whole = ak_words_of(name);
    struct ak_span end = ak_words_from(whole, size - tail.size);
    for (size_t i = 0; i < head.size; i++)
        if ((head.bytes[i] | 0x20) != (whole.bytes[i] | 0x20))
            return false;
    for (size_t i = 0; i < tail.size; i++)
        if ((tail.bytes[i] | 0x20) != (end.bytes[i] | 0x20))
            return false;
    return true;
}

/* `spelled` is the suite that the name is by itself, or 0. */
static bool names_suite(struct ak_span name, uint16_t spelled, uint16_t code)
{
    const struct ak_cipher_suite *suite = ak_cipher_suite_find(code);
    if (suite == NULL)
        return false;
    bool aead = suite->tag_bytes == 16 && suite->cipher != AK_CIPHER_NULL &&
                suite->hash != AK_HASH_MD5 && suite->hash_bytes != 0 &&
                suite->min_version >= 0x0303 && suite->cipher != AK_CIPHER_AES_128_CBC &&
                suite->cipher != AK_CIPHER_AES_256_CBC;
    return pattern_fits(name, suite->name) || (spelled != 0 && spelled == code) ||
           exchange_named(name, suite) || cipher_named(name, suite->cipher) ||
           (!aead && hash_named(name, suite->hash));
}

static uint16_t suite_spelled(struct ak_span name)
{
    uint16_t code;
    return ak_tls_suite_spelled(name, &code, NULL) ? code : 0;
}

static uint16_t scheme_spelled(struct ak_span name)
{
    uint16_t code;
    return ak_tls_scheme_spelled(name, &code) ? code : 0;
}

/* `spelled` is the scheme that the name is by itself, or 0. */
static bool names_scheme(struct ak_span name, uint16_t spelled, uint16_t code)
{
    static const char *const hashes[] = {"", "MD5", "SHA1", "SHA224", "SHA256", "SHA384", "SHA512"};
    struct ak_scheme_parts parts;
    if (spelled != 0 && spelled == code)
        return true;
    if (!ak_scheme_parts_of(code, &parts) || parts.hash >= AK_COUNT(hashes))
        return false;
    bool hash = parts.hash != AK_SIGN_HASH_OTHER && ak_words_begin(name, hashes[parts.hash]);
    struct ak_span rest = ak_words_from(name, strlen(hashes[parts.hash]));
    if (hash && rest.size == 0)
        return true;
    if (parts.pss)
        return ak_words_equal(name, "RSASSA-PSS");
    return hash && ((parts.key == AK_KEY_RSA && ak_words_equal(rest, "withRSA")) ||
                    (parts.key == AK_KEY_EC && ak_words_equal(rest, "withECDSA")) ||
                    (parts.key == AK_KEY_DSA && ak_words_equal(rest, "withDSA")));
}

/* ------------------------------------------------------------------ disabled lists */

/* "DH keySize < 1024", "RSA keySize <= 1024". False: not of this form. */
static bool key_size(struct ak_party *party, struct ak_span rule)
{
    struct ak_span words = rule, name, word, sign, number;
    uint32_t bits;
    if (!ak_words_next(&words, " ", &name) || !ak_words_next(&words, " ", &word) ||
        !ak_words_equal(word, "keySize") || !ak_words_next(&words, " ", &sign) ||
        !ak_words_next(&words, " ", &number) || !ak_words_number(number, 60000, &bits))
        return false;
    uint16_t least = (uint16_t)(ak_words_equal(sign, "<=") ? bits + 1 : bits);
    if (ak_words_equal(name, "DH") || ak_words_equal(name, "DiffieHellman"))
        party->bounds.dh_min = least;
    else if (ak_words_equal(name, "RSA"))
        party->bounds.rsa_min = least > party->bounds.rsa_min ? least : party->bounds.rsa_min;
    else if (ak_words_equal(name, "EC"))
        party->bounds.ec_min = least;
    for (size_t i = 0; i < party->groups.count; i++) {
        uint16_t group = party->groups.entries[i].code;
        bool dh = ak_group_is_ffdhe(group), edwards = group == 0x001d || group == 0x001e;
        uint16_t limit = dh ? party->bounds.dh_min : edwards ? 0 : party->bounds.ec_min;
        unsigned size = ak_group_bits(group);
        if (size != 0 && size < limit)
            party->groups.entries[i].on = false;
    }
    return true;
}

static void disable(struct ak_party_reading *r, struct ak_span rule)
{
    struct ak_party *party = r->party;
    struct ak_span words = rule, name, more;
    if (key_size(party, rule) || !ak_words_next(&words, " ", &name))
        return;
    if (ak_words_next(&words, " ", &more)) { /* "SHA1 jdkCA & usage TLSServer", "include ..." */
        if (!ak_words_equal(name, "include"))
            ak_party_note(r, rule);
        return;
    }
    enum ak_party_version_at at = ak_party_version_spelled(name);
    if (at != AK_PARTY_VERSIONS && party->versions[at].state != AK_SWITCH_ABSENT)
        ak_party_version_set(party, at, AK_SWITCH_OFF, "configuration");
    uint16_t spelled = suite_spelled(name);
    for (size_t i = 0; i < party->suite_count; i++)
        if (names_suite(name, spelled, party->suites[i].code))
            party->suites[i].on = false;
    uint16_t group;
    bool is_group = ak_tls_group_spelled(name, &group);
    for (size_t i = 0; is_group && i < party->groups.count; i++)
        if (party->groups.entries[i].code == group)
            party->groups.entries[i].on = false;
    spelled = scheme_spelled(name);
    for (size_t i = 0; i < party->schemes.count; i++)
        if (names_scheme(name, spelled, party->schemes.entries[i].code))
            party->schemes.entries[i].on = false;
}

static void disable_all(struct ak_party_reading *r, struct ak_span value)
{
    struct ak_span rule;
    while (ak_words_next(&value, ",", &rule)) {
        rule = ak_words_trim(rule);
        if (rule.size > 0)
            disable(r, rule);
    }
}

/* jdk.certpath.disabledAlgorithms: of certificates alone; their schemes become a list of its own.
 */
static void disable_in_chains(struct ak_party_reading *r, struct ak_span value)
{
    struct ak_party *party = r->party;
    struct ak_span rule;
    party->chain_schemes = party->schemes;
    while (ak_words_next(&value, ",", &rule)) {
        struct ak_span words = rule, name, more;
        rule = ak_words_trim(rule);
        uint16_t dh = party->bounds.dh_min;
        bool size = key_size(party, rule);
        party->bounds.dh_min = dh;
        if (size || !ak_words_next(&words, " ", &name) || ak_words_next(&words, " ", &more))
            continue; /* "SHA1 jdkCA": private authorities are not meant */
        uint16_t spelled = scheme_spelled(name);
        for (size_t i = 0; i < party->chain_schemes.count; i++)
            if (names_scheme(name, spelled, party->chain_schemes.entries[i].code))
                party->chain_schemes.entries[i].on = false;
    }
}

static void mark_legacy(struct ak_party *party, struct ak_span value)
{
    struct ak_span name;
    for (size_t i = 0; i < party->suite_count; i++)
        party->suites[i].last_resort = false;
    while (ak_words_next(&value, ", ", &name)) {
        uint16_t spelled = suite_spelled(name);
        for (size_t i = 0; i < party->suite_count; i++)
            if (names_suite(name, spelled, party->suites[i].code))
                party->suites[i].last_resort = true;
    }
}

/* ------------------------------------------------------------------ lists of what is on */

static void set_protocols(struct ak_party_reading *r, struct ak_span value)
{
    struct ak_party *party = r->party;
    struct ak_span name;
    bool named[AK_PARTY_VERSIONS] = {false};
    while (ak_words_next(&value, ", ", &name)) {
        enum ak_party_version_at at = ak_party_version_spelled(name);
        if (at == AK_PARTY_VERSIONS)
            ak_party_note(r, name);
        else
            named[at] = true;
    }
    for (int at = AK_PARTY_SSL30; at < AK_PARTY_VERSIONS; at++)
        if (party->versions[at].state == AK_SWITCH_ON && !named[at])
            ak_party_version_set(party, (enum ak_party_version_at)at, AK_SWITCH_OFF,
                                 "configuration");
}

static void set_suites(struct ak_party_reading *r, struct ak_span value)
{
    struct ak_party_suite was[AK_MAX_PARTY_SUITES];
    struct ak_party *party = r->party;
    size_t count = party->suite_count;
    struct ak_span name;
    uint16_t code;
    memcpy(was, party->suites, count * sizeof was[0]);
    party->suite_count = 0;
    while (ak_words_next(&value, ", ", &name)) {
        if (ak_tls_suite_spelled(name, &code, NULL))
            (void)ak_party_suite_add(party, code, true);
        else
            ak_party_note(r, name);
    }
    for (size_t i = 0; i < count; i++) {
        (void)ak_party_suite_add(party, was[i].code, false);
    }
}

static bool role_key(const struct ak_party_reading *r, struct ak_span key, const char *rest)
{
    bool client = r->party->role == AK_SIDE_CLIENT;
    struct ak_span tail;
    if (!ak_words_begin(key, client ? "jdk.tls.client." : "jdk.tls.server."))
        return false;
    tail = ak_words_from(key, strlen("jdk.tls.client."));
    return ak_words_equal(tail, rest);
}

static void ephemeral(struct ak_party *party, struct ak_span value)
{
    uint32_t bits;
    if (ak_words_number(value, 8192, &bits))
        party->dh_bits = (uint16_t)bits;
    else if (ak_words_equal(value, "legacy"))
        party->dh_bits = 768;
    else if (ak_words_equal(value, "matched"))
        party->dh_bits = 2048;
}

/* Each keeps what it was last set to. */
enum {
    DISABLED,
    CERTPATH,
    LEGACY,
    GROUPS,
    PROTOCOLS,
    SUITES,
    SCHEMES,
    EPHEMERAL,
    MASTER_SECRET,
    PROPERTIES
};

static int property_of(const struct ak_party_reading *r, struct ak_span key)
{
    static const char *const names[PROPERTIES] = {
        [DISABLED] = "jdk.tls.disabledAlgorithms",
        [CERTPATH] = "jdk.certpath.disabledAlgorithms",
        [LEGACY] = "jdk.tls.legacyAlgorithms",
        [GROUPS] = "jdk.tls.namedGroups",
        [EPHEMERAL] = "jdk.tls.ephemeralDHKeySize",
        [MASTER_SECRET] = "jdk.tls.useExtendedMasterSecret",
    };
    for (int i = 0; i < PROPERTIES; i++)
        if (names[i] != NULL && ak_words_equal(key, names[i]))
            return i;
    if (role_key(r, key, "protocols"))
        return PROTOCOLS;
    if (role_key(r, key, "cipherSuites"))
        return SUITES;
    return role_key(r, key, "SignatureSchemes") ? SCHEMES : PROPERTIES;
}

static void apply(struct ak_party_reading *r, const struct ak_text values[PROPERTIES],
                  const bool set[PROPERTIES])
{
    struct ak_span v[PROPERTIES];
    for (int i = 0; i < PROPERTIES; i++) {
        struct ak_span value = {(const uint8_t *)values[i].bytes, values[i].size};
        v[i] = ak_words_unquote(ak_words_trim(value));
    }
    /* The list of the JDK itself holds where the text has none. */
    const struct ak_stack_default *own = ak_stack_default_find(r->party->program, "disabled");
    struct ak_span disabled = set[DISABLED] ? v[DISABLED] : ak_words_of(own ? own->value : "");
    if (v[SUITES].size > 0)
        set_suites(r, v[SUITES]);
    if (v[GROUPS].size > 0)
        ak_party_names_set(r, AK_PARTY_NAMES_GROUPS, v[GROUPS], ", ");
    if (v[SCHEMES].size > 0)
        ak_party_names_set(r, AK_PARTY_NAMES_SCHEMES, v[SCHEMES], ", ");
    if (set[DISABLED])
        for (int at = AK_PARTY_TLS10; at <= AK_PARTY_TLS11; at++)
            if (r->party->versions[at].state == AK_SWITCH_OFF)
                ak_party_version_set(r->party, (enum ak_party_version_at)at, AK_SWITCH_ON,
                                     "configuration");
    disable_all(r, disabled);
    if (v[PROTOCOLS].size > 0)
        set_protocols(r, v[PROTOCOLS]);
    if (set[CERTPATH])
        disable_in_chains(r, v[CERTPATH]);
    if (set[LEGACY])
        mark_legacy(r->party, v[LEGACY]);
    ephemeral(r->party, v[EPHEMERAL]);
    if (ak_words_equal(v[MASTER_SECRET], "false"))
        r->party->extended_master_secret = AK_NEED_NONE;
}

/* One logical line: physical ones that end in "\" go on in the next. */
static bool logical_line(struct ak_party_reading *r, struct ak_span *rest, struct ak_text *out)
{
    struct ak_span line;
    ak_text_clear(out);
    bool any = false;
    while (ak_words_line(rest, &line)) {
        r->line++;
        any = true;
        line = ak_words_trim(line);
        bool on = line.size > 0 && line.bytes[line.size - 1] == '\\';
        if (line.size > 0 && line.bytes[0] == '#' && out->size == 0)
            return true;
        ak_text_bytes(out, line.bytes, on ? line.size - 1 : line.size);
        if (!on)
            return true;
    }
    return any;
}

static bool take_line(struct ak_party_reading *r, struct ak_span line,
                      struct ak_text values[PROPERTIES], bool set[PROPERTIES])
{
    struct ak_span key, value;
    if (ak_words_begin(line, "-D"))
        line = ak_words_from(line, 2);
    if (!ak_words_cut(line, "=:", &key, &value))
        return false;
    int at = property_of(r, ak_words_trim(key));
    if (at == PROPERTIES)
        return false;
    ak_text_clear(&values[at]);
    ak_text_bytes(&values[at], value.bytes, value.size);
    set[at] = !values[at].failed;
    return set[at];
}

bool ak_party_read_java_security(struct ak_party_reading *r, struct ak_span text)
{
    struct ak_text values[PROPERTIES], line;
    bool set[PROPERTIES] = {false}, any = false;
    ak_text_init(&line, MAX_VALUE);
    for (int i = 0; i < PROPERTIES; i++)
        ak_text_init(&values[i], MAX_VALUE);
    while (logical_line(r, &text, &line)) {
        struct ak_span whole = {(const uint8_t *)line.bytes, line.size};
        if (!line.failed && take_line(r, ak_words_trim(whole), values, set))
            any = true;
    }
    apply(r, values, set);
    for (int i = 0; i < PROPERTIES; i++)
        ak_text_release(&values[i]);
    ak_text_release(&line);
    return any;
}
