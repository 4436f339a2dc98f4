/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "predict/choice.h"

enum { SECP256R1 = 0x0017 };

/* ------------------------------------------------------------------ groups */

/* Up to TLS 1.2 elliptic and finite fields belong to different suites; in TLS 1.3 they are one
 * list. */
static bool group_usable(const struct ak_choice *c, uint16_t group, bool ffdhe)
{
    if (c->at != AK_PARTY_TLS13 && ak_group_is_ffdhe(group) != ffdhe)
        return false;
    bool tls13 = c->at == AK_PARTY_TLS13;
    bool only13 = group >= 0x001f && group <= 0x0021; /* RFC 8734 */
    bool not13 = group < SECP256R1 || (group >= 0x001a && group <= 0x001c);
    return tls13 ? !not13 : !only13 && group < 0x0200;
}

/* The first common group of this kind, in the order that `way` names; 0: none. `only` limits it to
 * groups that the client sent shares of. */
static uint16_t common_group(const struct ak_choice *c, bool ffdhe, enum ak_way way,
                             const struct ak_party_list *only)
{
    int16_t order = c->server->ways[way];
    bool own = order == 1 || (order == 2 && c->server->prefers_own_order);
    const struct ak_party_list *first = own ? &c->server->groups : &c->groups;
    const struct ak_party_list *second = own ? &c->groups : &c->server->groups;
    for (size_t i = 0; i < first->count; i++) {
        uint16_t group = first->entries[i].code;
        if (first->entries[i].on && group_usable(c, group, ffdhe) &&
            ak_party_list_has(second, group) && (only == NULL || ak_party_list_has(only, group)))
            return group;
    }
    return 0;
}

static bool offers_ffdhe(const struct ak_choice *c)
{
    for (size_t i = 0; i < c->groups.count; i++)
        if (ak_group_is_ffdhe(c->groups.entries[i].code))
            return true;
    return false;
}

void ak_choice_groups_sent(struct ak_choice *c)
{
    const struct ak_party_list *own = &c->client->groups;
    bool fields = c->client->ways[AK_WAY_FFDHE_OFFERED] != 0 ||
                  (ak_party_version_on(c->client, AK_PARTY_TLS13) && !c->no_tls13);
    memset(&c->groups, 0, sizeof c->groups);
    c->curve_assumed = false;
    c->groups.known = own->known;
    for (size_t i = 0; i < own->count; i++)
        if (own->entries[i].on && (fields || !ak_group_is_ffdhe(own->entries[i].code)))
            (void)ak_party_list_add(&c->groups, own->entries[i].code, true);
    if (own->known && c->groups.count == 0 && c->server->ways[AK_WAY_ECDHE_NEEDS_GROUPS] == 2) {
        (void)ak_party_list_add(&c->groups, SECP256R1, true);
        c->curve_assumed = true;
    }
}

static uint16_t first_curve(const struct ak_choice *c)
{
    for (size_t i = 0; i < c->server->groups.count; i++)
        if (c->server->groups.entries[i].on &&
            group_usable(c, c->server->groups.entries[i].code, false))
            return c->server->groups.entries[i].code;
    return SECP256R1;
}

bool ak_choice_ecdhe_group(struct ak_choice *c, struct ak_candidate *k)
{
    ak_choice_rest_on_both(c, AK_PARTY_PART_GROUPS);
    if (ak_choice_unknown(c, c->client->groups.known && c->server->groups.known))
        return true;
    if (c->groups.count == 0) { /* RFC 8422 4: the server may choose */
        k->group = first_curve(c);
        return c->server->ways[AK_WAY_ECDHE_NEEDS_GROUPS] == 0;
    }
    k->group = common_group(c, false, AK_WAY_GROUP_ORDER, NULL);
    return k->group != 0;
}

static uint16_t own_field_bits(const struct ak_party *server)
{
    for (size_t i = 0; i < server->groups.count; i++)
        if (server->groups.entries[i].on && ak_group_is_ffdhe(server->groups.entries[i].code))
            return (uint16_t)ak_group_bits(server->groups.entries[i].code);
    return 0;
}

/* RFC 7919 4: a client that lists FFDHE groups gets one of them from a server that knows them. */
bool ak_choice_dhe_group(struct ak_choice *c, struct ak_candidate *k)
{
    int16_t way = c->server->ways[AK_WAY_FFDHE];
    k->dh_bits = c->server->dh_bits;
    if (way != 0 && offers_ffdhe(c)) {
        ak_choice_rest_on_both(c, AK_PARTY_PART_GROUPS);
        k->group = common_group(c, true, AK_WAY_GROUP_ORDER, NULL);
        if (k->group != 0)
            k->dh_bits = (uint16_t)ak_group_bits(k->group);
        if (k->group != 0 || way != 2)
            return k->group != 0;
    }
    if (way >= 3)
        k->dh_bits = own_field_bits(c->server);
    k->broken = way == 4 && k->dh_bits == 0;
    if (k->broken)
        return true;
    return k->dh_bits != 0 || ak_choice_unknown(c, c->server->dh_bits_known);
}

static unsigned strength(uint16_t group)
{
    return group == 0x001d ? 256 : ak_group_bits(group);
}

static unsigned key_bits(uint8_t cipher)
{
    switch (cipher) {
    case AK_CIPHER_AES_128_CBC:
    case AK_CIPHER_AES_128_GCM:
    case AK_CIPHER_AES_128_CCM:
    case AK_CIPHER_CAMELLIA_128_CBC:
    case AK_CIPHER_CAMELLIA_128_GCM:
    case AK_CIPHER_RC4_128:
        return 128;
    case AK_CIPHER_3DES_EDE_CBC:
        return 168;
    default:
        return 256;
    }
}

/* NSS wants a curve as strong as the certificate, but no stronger than the cipher needs
 * (ssl_GetECGroupForServerSocket of ssl3ecc.c). */
static unsigned wanted_curve_bits(const struct ak_choice *c, const struct ak_candidate *k)
{
    const struct ak_party_link *own = &c->server->chains[k->chain].links[0];
    unsigned by_key = own->bits, by_cipher = 2 * key_bits(k->suite->cipher);
    if (own->key == AK_KEY_RSA)
        by_key = own->bits <= 1024   ? 160
                 : own->bits <= 2048 ? 224
                 : own->bits <= 3072 ? 256
                 : own->bits <= 7168 ? 384
                                     : 521;
    return by_key < by_cipher ? by_key : by_cipher;
}

bool ak_choice_strong_group(struct ak_choice *c, struct ak_candidate *k)
{
    if (c->server->ways[AK_WAY_CURVE_BY_KEY] == 0 || k->suite->authentication == AK_AUTH_NULL ||
        k->suite->key_exchange != AK_KX_ECDHE || c->server->chain_count == 0)
        return true;
    unsigned wanted = wanted_curve_bits(c, k);
    for (size_t i = 0; i < c->server->groups.count; i++) {
        uint16_t group = c->server->groups.entries[i].code;
        if (c->server->groups.entries[i].on && group_usable(c, group, false) &&
            strength(group) >= wanted &&
            (c->groups.count == 0 || ak_party_list_has(&c->groups, group))) {
            k->group = group;
            return true;
        }
    }
    return false;
}

bool ak_choice_names_curve(const struct ak_choice *c)
{
    if (c->curve_assumed)
        return false;
    for (size_t i = 0; i < c->groups.count; i++)
        if (!ak_group_is_ffdhe(c->groups.entries[i].code))
            return true;
    return !c->groups.known;
}

/* ------------------------------------------------------------------ TLS 1.3 */

enum share_kind { SHARE_NIST, SHARE_MONTGOMERY, SHARE_FFDHE, SHARE_NONE, SHARE_KINDS };

static enum share_kind share_kind_of(uint16_t group)
{
    if (ak_group_is_ffdhe(group))
        return SHARE_FFDHE;
    if (group == 0x001d || group == 0x001e)
        return SHARE_MONTGOMERY;
    bool tls13 = (group >= SECP256R1 && group <= 0x0019) || group >= 0x001f;
    return tls13 ? SHARE_NIST : SHARE_NONE; /* RFC 8446 4.2.7 */
}

/* The groups that the first hello carries shares of. */
static void shares_of(const struct ak_party *client, struct ak_party_list *shares)
{
    if (client->key_shares.known) {
        *shares = client->key_shares;
        return;
    }
    memset(shares, 0, sizeof *shares);
    bool seen[SHARE_KINDS] = {false};
    for (size_t i = 0; i < client->groups.count; i++) {
        uint16_t group = client->groups.entries[i].code;
        enum share_kind kind = share_kind_of(group);
        if (!client->groups.entries[i].on || kind == SHARE_NONE ||
            shares->count >= (uint16_t)client->ways[AK_WAY_KEY_SHARES] ||
            (client->ways[AK_WAY_SHARE_KINDS] != 0 && seen[kind]))
            continue;
        seen[kind] = true;
        (void)ak_party_list_add(shares, group, true);
    }
}

/* NSS asks for its favourite group again unless a share is there of one that stands right behind it
 * in its own order and is of the same kind and strength. */
static uint16_t share_as_strong(const struct ak_choice *c, const struct ak_party_list *shares)
{
    const struct ak_party_list *own = &c->server->groups;
    uint16_t favourite = 0;
    for (size_t i = 0; i < own->count; i++) {
        uint16_t group = own->entries[i].code;
        if (!own->entries[i].on || !group_usable(c, group, false))
            continue;
        if (favourite == 0 && !ak_party_list_has(&c->groups, group))
            continue;
        favourite = favourite != 0 ? favourite : group;
        if (ak_group_is_ffdhe(group) != ak_group_is_ffdhe(favourite) ||
            strength(group) != strength(favourite))
            return 0;
        if (ak_party_list_has(shares, group))
            return group;
    }
    return 0;
}

bool ak_choice_tls13_group(struct ak_choice *c, struct ak_candidate *k)
{
    struct ak_party_list shares;
    ak_choice_rest_on_both(c, AK_PARTY_PART_GROUPS);
    if (ak_choice_unknown(c, c->client->groups.known && c->server->groups.known))
        return true;
    shares_of(c->client, &shares);
    if (c->server->ways[AK_WAY_SHARE_ORDER] < 3)
        k->group = common_group(c, false, AK_WAY_SHARE_ORDER, &shares);
    else if (c->server->ways[AK_WAY_SHARE_ORDER] == 4)
        k->group = share_as_strong(c, &shares);
    if (k->group == 0) {
        k->group = common_group(c, false, AK_WAY_RETRY_ORDER, NULL);
        k->retry = !ak_party_list_has(&shares, k->group);
    }
    return k->group != 0;
}
