/* SPDX-License-Identifier: Apache-2.0 */
#include "predict/changes.h"

#include <stdlib.h>
#include <string.h>

#include "model/sql_names.h"

/* How much a change asks of an administrator; what is deprecated costs more than what is new. */
enum {
    COST_SETTING = 10,
    COST_LIST = 20,
    COST_BOUND = 30,
    COST_CERTIFICATE = 40,
    COST_WEAKENS = 50,
    COST_UNKNOWN_SUPPORT = 5
};

struct trial {
    const struct ak_party *client, *server;
    struct ak_party *copy; /* of the side that is changed */
    struct ak_change *out;
    size_t room, count;
};

static const struct ak_party *side_of(const struct trial *t, enum ak_side side)
{
    return side == AK_SIDE_CLIENT ? t->client : t->server;
}

static const struct ak_party *peer_of(const struct trial *t, enum ak_side side)
{
    return side_of(t, side == AK_SIDE_CLIENT ? AK_SIDE_SERVER : AK_SIDE_CLIENT);
}

/* A fresh copy of the side, to be changed and given to `judge`. */
static struct ak_party *begin(struct trial *t, enum ak_side side)
{
    *t->copy = *side_of(t, side);
    return t->copy;
}

static void keep(struct trial *t, const struct ak_change *change)
{
    size_t at = t->count < t->room ? t->count++ : t->room;
    while (at > 0 && t->out[at - 1].cost > change->cost) {
        if (at < t->room)
            t->out[at] = t->out[at - 1];
        at--;
    }
    if (at < t->room)
        t->out[at] = *change;
}

/* Negotiates with the changed copy in its place. */
static void judge(struct trial *t, struct ak_change change)
{
    bool client = change.side == AK_SIDE_CLIENT;
    ak_negotiate(client ? t->copy : t->client, client ? t->server : t->copy, &change.result);
    if (!change.result.established)
        return;
    change.cost = (uint16_t)(change.cost + (change.weakens ? COST_WEAKENS : 0));
    if (change.result.confidence < change.confidence)
        change.confidence = change.result.confidence;
    keep(t, &change);
}

static void try_versions(struct trial *t, enum ak_side side)
{
    for (int at = AK_PARTY_TLS13; at >= AK_PARTY_SSL30; at--) {
        uint8_t state = side_of(t, side)->versions[at].state;
        if (state != AK_SWITCH_OFF && state != AK_SWITCH_NAMED)
            continue;
        struct ak_party *copy = begin(t, side);
        copy->versions[at].state = AK_SWITCH_ON;
        struct ak_change change = {
            .kind = AK_CHANGE_VERSION,
            .side = side,
            .code = ak_party_version_code((enum ak_party_version_at)at),
            .cost = COST_SETTING,
            .weakens = at < AK_PARTY_TLS12,
            .confidence = AK_CONFIDENCE_HIGH,
        };
        judge(t, change);
    }
}

/* RFC 9325 4.1 and 4.2: no forward secrecy, or a cipher that is broken or too short. */
static bool suite_weak(uint16_t code)
{
    const struct ak_cipher_suite *suite = ak_cipher_suite_find(code);
    return suite == NULL || suite->key_exchange == AK_KX_RSA ||
           suite->cipher < AK_CIPHER_AES_128_CBC || suite->hash == AK_HASH_MD5;
}

static void try_suites(struct trial *t, enum ak_side side)
{
    const struct ak_party *own = side_of(t, side), *peer = peer_of(t, side);
    for (size_t i = 0; own->suites_known && i < peer->suite_count; i++) {
        uint16_t code = peer->suites[i].code;
        const struct ak_party_suite *have = ak_party_suite_find(own, code);
        if (!peer->suites[i].on || (have != NULL && have->on) ||
            (have == NULL && own->suites_complete))
            continue;
        struct ak_party *copy = begin(t, side);
        (void)ak_party_suite_add(copy, code, true);
        struct ak_change change = {
            .kind = AK_CHANGE_SUITE,
            .side = side,
            .code = code,
            .cost = (uint16_t)(COST_LIST + (have == NULL ? COST_UNKNOWN_SUPPORT : 0)),
            .weakens = suite_weak(code),
            .confidence = have == NULL ? AK_CONFIDENCE_MEDIUM : AK_CONFIDENCE_HIGH,
        };
        judge(t, change);
    }
}

static const struct ak_party_list *list_of(const struct ak_party *party, enum ak_change_kind kind)
{
    return kind == AK_CHANGE_GROUP ? &party->groups : &party->schemes;
}

static bool scheme_weak(uint16_t code)
{
    struct ak_scheme_parts parts;
    return !ak_scheme_parts_of(code, &parts) || parts.hash == AK_SIGN_HASH_SHA1 ||
           parts.hash == AK_SIGN_HASH_MD5;
}

static void try_code(struct trial *t, enum ak_side side, enum ak_change_kind kind, uint16_t code)
{
    const struct ak_party_list *own = list_of(side_of(t, side), kind);
    bool listed = false;
    for (size_t i = 0; i < own->count; i++)
        listed = listed || own->entries[i].code == code;
    const struct ak_party_list *chains = &side_of(t, side)->chain_schemes;
    bool in_chains = kind != AK_CHANGE_SCHEME || !chains->known || ak_party_list_has(chains, code);
    if (!own->known || (ak_party_list_has(own, code) && in_chains) || (!listed && own->complete))
        return;
    struct ak_party *copy = begin(t, side);
    (void)ak_party_list_add(kind == AK_CHANGE_GROUP ? &copy->groups : &copy->schemes, code, true);
    if (kind == AK_CHANGE_SCHEME && copy->chain_schemes.known)
        (void)ak_party_list_add(&copy->chain_schemes, code, true);
    struct ak_change change = {
        .kind = kind,
        .side = side,
        .code = code,
        .cost = (uint16_t)(COST_LIST + (listed ? 0 : COST_UNKNOWN_SUPPORT)),
        .weakens = kind == AK_CHANGE_SCHEME && scheme_weak(code),
        .confidence = listed ? AK_CONFIDENCE_HIGH : AK_CONFIDENCE_MEDIUM,
    };
    judge(t, change);
}

/* What the peer lists, and what its certificates would need. */
static void try_codes(struct trial *t, enum ak_side side, enum ak_change_kind kind)
{
    static const uint16_t usual[] = {0x0401, 0x0403, 0x0804, 0x0501, 0x0601, 0x0201, 0x0101};
    const struct ak_party_list *peer = list_of(peer_of(t, side), kind);
    for (size_t i = 0; i < peer->count; i++)
        if (peer->entries[i].on)
            try_code(t, side, kind, peer->entries[i].code);
    if (kind == AK_CHANGE_SCHEME && (!peer->known || side == AK_SIDE_CLIENT))
        for (size_t i = 0; i < AK_COUNT(usual); i++)
            if (!ak_party_list_has(peer, usual[i]))
                try_code(t, side, kind, usual[i]);
}

static void try_certificates(struct trial *t)
{
    if (!t->server->chains_known)
        return;
    struct ak_change change = {
        .kind = AK_CHANGE_CERTIFICATE,
        .side = AK_SIDE_SERVER,
        .cost = COST_CERTIFICATE,
        .installs = true,
        .confidence = AK_CONFIDENCE_HIGH,
    };
    for (uint16_t bits = 2048; bits <= 4096; bits = (uint16_t)(bits + 1024)) {
        struct ak_party *copy = begin(t, AK_SIDE_SERVER);
        copy->chain_count = 0;
        (void)ak_party_chain_add(copy, AK_KEY_RSA, bits, 0, AK_SIGN_HASH_SHA256, AK_KEY_RSA);
        change.bits = bits;
        size_t before = t->count;
        judge(t, change);
        if (t->count != before)
            break; /* a longer key would do no more */
    }
    struct ak_party *copy = begin(t, AK_SIDE_SERVER);
    if (ak_party_chain_add(copy, AK_KEY_EC, 256, 0x0017, AK_SIGN_HASH_SHA256, AK_KEY_RSA)) {
        change.kind = AK_CHANGE_CERTIFICATE_EC;
        change.bits = 256;
        judge(t, change);
    }
}

static void try_key_sizes(struct trial *t)
{
    struct ak_negotiation now;
    ak_negotiate(t->client, t->server, &now);
    if (t->server->dh_bits_known && now.refusal == AK_REFUSAL_DH_GROUP_REFUSED) {
        struct ak_party *copy = begin(t, AK_SIDE_SERVER);
        copy->dh_bits = t->client->bounds.dh_min > 2048 ? t->client->bounds.dh_min : 2048;
        struct ak_change change = {AK_CHANGE_DH_BITS,
                                   AK_SIDE_SERVER,
                                   0,
                                   copy->dh_bits,
                                   COST_SETTING,
                                   false,
                                   false,
                                   AK_CONFIDENCE_HIGH,
                                   {0}};
        judge(t, change);
        copy = begin(t, AK_SIDE_CLIENT);
        copy->bounds.dh_min = now.dh_bits;
        struct ak_change lower = {AK_CHANGE_BOUND_DH,
                                  AK_SIDE_CLIENT,
                                  0,
                                  now.dh_bits,
                                  COST_BOUND,
                                  true,
                                  false,
                                  AK_CONFIDENCE_HIGH,
                                  {0}};
        judge(t, lower);
    }
    if (now.refusal == AK_REFUSAL_RSA_KEY_TOO_SHORT) {
        struct ak_party *copy = begin(t, AK_SIDE_CLIENT);
        copy->bounds.rsa_min = t->server->chains[now.chain].links[0].bits;
        struct ak_change change = {AK_CHANGE_BOUND_RSA,
                                   AK_SIDE_CLIENT,
                                   0,
                                   copy->bounds.rsa_min,
                                   COST_BOUND,
                                   true,
                                   false,
                                   AK_CONFIDENCE_HIGH,
                                   {0}};
        judge(t, change);
    }
}

static void try_extensions(struct trial *t, enum ak_side side)
{
    struct ak_change change = {
        .side = side, .cost = COST_SETTING, .confidence = AK_CONFIDENCE_HIGH};
    uint8_t ems = side_of(t, side)->extended_master_secret;
    uint8_t info = side_of(t, side)->renegotiation_info;
    if (ems == AK_NEED_NONE || ems == AK_NEED_REQUIRED) {
        begin(t, side)->extended_master_secret = AK_NEED_SUPPORTED;
        change.kind = AK_CHANGE_EMS;
        change.weakens = ems == AK_NEED_REQUIRED;
        judge(t, change);
    }
    if (info == AK_NEED_NONE || info == AK_NEED_REQUIRED) {
        begin(t, side)->renegotiation_info = AK_NEED_SUPPORTED;
        change.kind = AK_CHANGE_RENEGOTIATION;
        change.weakens = info == AK_NEED_REQUIRED;
        judge(t, change);
    }
}

static void try_client_certificate(struct trial *t)
{
    if (!t->server->needs_certificate || t->client->has_certificate)
        return;
    struct ak_change change = {.kind = AK_CHANGE_CLIENT_CERTIFICATE,
                               .side = AK_SIDE_CLIENT,
                               .cost = COST_CERTIFICATE,
                               .installs = true,
                               .confidence = AK_CONFIDENCE_HIGH};
    begin(t, AK_SIDE_CLIENT)->has_certificate = true;
    judge(t, change);
    change.side = AK_SIDE_SERVER;
    change.installs = false;
    change.weakens = true;
    begin(t, AK_SIDE_SERVER)->needs_certificate = false;
    judge(t, change);
}

/* MS-TDS 2.2.6.5 and TDS 8.0: what each side can be set to. */
static void try_sql(struct trial *t, enum ak_side side)
{
    const struct ak_party_sql *own = &side_of(t, side)->sql;
    if (!own->known)
        return;
    struct ak_change change = {
        .side = side, .cost = COST_SETTING, .confidence = AK_CONFIDENCE_HIGH};
    change.kind = AK_CHANGE_ENCRYPTION;
    for (uint8_t byte = AK_TDS_ENCRYPTION_OFF; byte <= AK_TDS_ENCRYPTION_NOT_SUP; byte++) {
        if (byte == own->encryption)
            continue;
        begin(t, side)->sql.encryption = byte;
        change.code = byte;
        change.weakens = byte != AK_TDS_ENCRYPTION_ON && own->encryption == AK_TDS_ENCRYPTION_ON;
        judge(t, change);
    }
    struct ak_party *copy = begin(t, side);
    bool was = side == AK_SIDE_CLIENT ? own->strict : own->strict_only;
    change.kind = AK_CHANGE_STRICT;
    change.code = !was;
    change.weakens = was;
    if (side == AK_SIDE_CLIENT) {
        copy->sql.strict = !was;
    } else {
        copy->sql.strict_only = false;
        copy->sql.strict = true;
    }
    judge(t, change);
}

size_t ak_negotiate_changes(const struct ak_party *client, const struct ak_party *server,
                            struct ak_party *scratch, struct ak_change *out, size_t room)
{
    struct trial t = {client, server, scratch, out, room, 0};
    struct ak_negotiation now;
    ak_negotiate(client, server, &now);
    if (now.established || now.no_tls || room == 0)
        return 0;
    for (int i = 0; i < AK_SIDES; i++) {
        enum ak_side side = (enum ak_side)i;
        try_versions(&t, side);
        try_suites(&t, side);
        try_codes(&t, side, AK_CHANGE_GROUP);
        try_codes(&t, side, AK_CHANGE_SCHEME);
        try_extensions(&t, side);
        try_sql(&t, side);
    }
    try_certificates(&t);
    try_key_sizes(&t);
    try_client_certificate(&t);
    return t.count;
}
