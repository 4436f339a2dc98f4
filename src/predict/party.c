/* SPDX-License-Identifier: Apache-2.0 */
#include "predict/party.h"

#include <string.h>

static const uint16_t version_codes[AK_PARTY_VERSIONS] = {0x0002, 0x0300, 0x0301,
                                                          0x0302, 0x0303, 0x0304};

void ak_party_init(struct ak_party *party, const char *name, enum ak_side role, enum ak_stack stack)
{
    memset(party, 0, sizeof *party);
    size_t size = strlen(name);
    size = size < sizeof party->name ? size : sizeof party->name - 1;
    memcpy(party->name, name, size);
    party->program = "";
    party->role = (uint8_t)role;
    party->stack = (uint8_t)stack;
    party->dhe_zero = AK_DHE_ZERO_UNKNOWN;
    for (size_t i = 0; i < AK_PARTY_PARTS; i++)
        party->confidence[i] = AK_CONFIDENCE_HIGH;
    for (size_t i = 0; i < AK_PARTY_VERSIONS; i++)
        party->versions[i].why = "not-supported";
    for (int i = 0; i < AK_WAYS; i++)
        party->ways[i] = ak_stack_way(stack, (enum ak_way)i);
}

uint16_t ak_party_version_code(enum ak_party_version_at at)
{
    return at < AK_PARTY_VERSIONS ? version_codes[at] : 0;
}

enum ak_party_version_at ak_party_version_of(uint16_t code)
{
    code = ak_tls_version_normal(code);
    for (int i = 0; i < AK_PARTY_VERSIONS; i++)
        if (version_codes[i] == code)
            return (enum ak_party_version_at)i;
    return AK_PARTY_VERSIONS;
}

void ak_party_version_set(struct ak_party *party, enum ak_party_version_at at, enum ak_switch state,
                          const char *why)
{
    if (at >= AK_PARTY_VERSIONS)
        return;
    party->versions[at].state = (uint8_t)state;
    party->versions[at].why = why;
}

void ak_party_version_range(struct ak_party *party, enum ak_party_version_at low,
                            enum ak_party_version_at high, const char *why)
{
    for (int i = 0; i < AK_PARTY_VERSIONS; i++) {
        enum ak_party_version_at at = (enum ak_party_version_at)i;
        bool within = at >= low && at <= high;
        if (within || party->versions[i].state != AK_SWITCH_ABSENT)
            ak_party_version_set(party, at, within ? AK_SWITCH_ON : AK_SWITCH_OFF, why);
    }
}

bool ak_party_version_on(const struct ak_party *party, enum ak_party_version_at at)
{
    if (at >= AK_PARTY_VERSIONS)
        return false;
    uint8_t state = party->versions[at].state;
    return state == AK_SWITCH_ON || (state == AK_SWITCH_NAMED && party->names_versions);
}

bool ak_party_suite_add(struct ak_party *party, uint16_t code, bool on)
{
    party->suites_known = true;
    for (size_t i = 0; i < party->suite_count; i++) {
        if (party->suites[i].code == code) {
            party->suites[i].on = party->suites[i].on || on;
            return true;
        }
    }
    return ak_party_suite_append(party, code, on);
}

bool ak_party_suite_append(struct ak_party *party, uint16_t code, bool on)
{
    party->suites_known = true;
    if (party->suite_count == AK_MAX_PARTY_SUITES) {
        party->suites_left_out++;
        return false;
    }
    struct ak_party_suite suite = {.code = code, .on = on};
    party->suites[party->suite_count++] = suite;
    return true;
}

bool ak_party_list_add(struct ak_party_list *list, uint16_t code, bool on)
{
    list->known = true;
    for (size_t i = 0; i < list->count; i++) {
        if (list->entries[i].code == code) {
            list->entries[i].on = list->entries[i].on || on;
            return true;
        }
    }
    if (list->count == AK_MAX_PARTY_CODES) {
        list->left_out++;
        return false;
    }
    struct ak_party_code entry = {.code = code, .on = on};
    list->entries[list->count++] = entry;
    return true;
}

const struct ak_party_suite *ak_party_suite_find(const struct ak_party *party, uint16_t code)
{
    for (size_t i = 0; i < party->suite_count; i++)
        if (party->suites[i].code == code)
            return &party->suites[i];
    return NULL;
}

bool ak_party_suite_fits(const struct ak_party_suite *suite, enum ak_party_version_at at)
{
    if (!suite->on || at >= AK_PARTY_VERSIONS || ak_cipher_suite_is_signal(suite->code))
        return false;
    if (suite->versions != 0)
        return suite->versions & 1u << at;
    const struct ak_cipher_suite *row = ak_cipher_suite_find(suite->code);
    return row != NULL && version_codes[at] >= row->min_version &&
           version_codes[at] <= row->max_version;
}

bool ak_party_list_add_for(struct ak_party_list *list, uint16_t code, uint8_t versions)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->entries[i].code == code) {
            list->entries[i].versions |= versions;
            return true;
        }
    }
    if (!ak_party_list_add(list, code, true))
        return false;
    list->entries[list->count - 1].versions = versions;
    return true;
}

const struct ak_party_code *ak_party_list_find(const struct ak_party_list *list, uint16_t code)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->entries[i].code == code)
            return &list->entries[i];
    return NULL;
}

bool ak_party_list_has(const struct ak_party_list *list, uint16_t code)
{
    const struct ak_party_code *entry = ak_party_list_find(list, code);
    return entry != NULL && entry->on;
}

struct ak_party_chain *ak_party_chain_add(struct ak_party *party, enum ak_key_type key,
                                          unsigned bits, uint16_t curve,
                                          enum ak_sign_hash sign_hash, enum ak_key_type sign_key)
{
    party->chains_known = true;
    if (party->chain_count == AK_MAX_PARTY_CHAINS)
        return NULL;
    struct ak_party_link link = {
        .key = (uint8_t)key,
        .bits = (uint16_t)bits,
        .curve = curve,
        .sign_hash = (uint8_t)sign_hash,
        .sign_key = (uint8_t)sign_key,
    };
    struct ak_party_chain *chain = &party->chains[party->chain_count++];
    memset(chain, 0, sizeof *chain);
    chain->count = 1;
    chain->links[0] = link;
    return chain;
}

/* RFC 8446 4.2.3 names; anything else is a pair of HashAlgorithm and SignatureAlgorithm
 * (RFC 5246 7.4.1.4.1). */
static bool named_scheme(uint16_t scheme, struct ak_scheme_parts *parts)
{
    static const struct {
        uint16_t scheme;
        struct ak_scheme_parts parts;
    } rows[] = {
        {0x0804, {AK_KEY_RSA, AK_SIGN_HASH_SHA256, 0, true, false}},
        {0x0805, {AK_KEY_RSA, AK_SIGN_HASH_SHA384, 0, true, false}},
        {0x0806, {AK_KEY_RSA, AK_SIGN_HASH_SHA512, 0, true, false}},
        {0x0807, {AK_KEY_ED25519, AK_SIGN_HASH_OTHER, 0, false, false}},
        {0x0808, {AK_KEY_ED448, AK_SIGN_HASH_OTHER, 0, false, false}},
        {0x0809, {AK_KEY_RSA, AK_SIGN_HASH_SHA256, 0, true, true}},
        {0x080a, {AK_KEY_RSA, AK_SIGN_HASH_SHA384, 0, true, true}},
        {0x080b, {AK_KEY_RSA, AK_SIGN_HASH_SHA512, 0, true, true}},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        if (rows[i].scheme == scheme) {
            *parts = rows[i].parts;
            return true;
        }
    }
    return false;
}

bool ak_scheme_parts_of(uint16_t scheme, struct ak_scheme_parts *parts)
{
    static const uint8_t hashes[] = {AK_SIGN_HASH_OTHER,  AK_SIGN_HASH_MD5,    AK_SIGN_HASH_SHA1,
                                     AK_SIGN_HASH_SHA224, AK_SIGN_HASH_SHA256, AK_SIGN_HASH_SHA384,
                                     AK_SIGN_HASH_SHA512};
    static const uint8_t keys[] = {AK_KEY_OTHER, AK_KEY_RSA, AK_KEY_DSA, AK_KEY_EC};
    if (named_scheme(scheme, parts))
        return true;
    unsigned hash = scheme >> 8, key = scheme & 0xffu;
    if (hash == 0 || hash >= AK_COUNT(hashes) || key == 0 || key >= AK_COUNT(keys))
        return false;
    struct ak_scheme_parts pair = {keys[key], hashes[hash], 0, false, false};
    if (scheme == 0x0403)
        pair.curve = 0x0017;
    else if (scheme == 0x0503)
        pair.curve = 0x0018;
    else if (scheme == 0x0603)
        pair.curve = 0x0019;
    *parts = pair;
    return true;
}

bool ak_group_is_ffdhe(uint16_t group)
{
    return (group & 0xff00u) == 0x0100;
}

unsigned ak_group_bits(uint16_t group)
{
    static const struct {
        uint16_t group, bits;
    } rows[] = {
        {0x0013, 192},  {0x0015, 224},  {0x0016, 256},  {0x0017, 256},  {0x0018, 384},
        {0x0019, 521},  {0x001a, 256},  {0x001b, 384},  {0x001c, 512},  {0x001d, 253},
        {0x001e, 448},  {0x001f, 256},  {0x0020, 384},  {0x0021, 512},  {0x0100, 2048},
        {0x0101, 3072}, {0x0102, 4096}, {0x0103, 6144}, {0x0104, 8192},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++)
        if (rows[i].group == group)
            return rows[i].bits;
    return 0;
}
