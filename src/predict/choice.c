/* SPDX-License-Identifier: Apache-2.0 */
#include "predict/choice.h"

#include <string.h>

enum { ALERT_INTERNAL_ERROR = 80 };

void ak_choice_rest(struct ak_choice *c, enum ak_side side, enum ak_party_part part)
{
    c->out->rests_on[side] |= UINT32_C(1) << part;
    const struct ak_party *party = side == AK_SIDE_CLIENT ? c->client : c->server;
    if (party->confidence[part] < c->out->confidence)
        c->out->confidence = party->confidence[part];
}

void ak_choice_rest_on_both(struct ak_choice *c, enum ak_party_part part)
{
    ak_choice_rest(c, AK_SIDE_CLIENT, part);
    ak_choice_rest(c, AK_SIDE_SERVER, part);
}

/* What nobody told is taken to fit, and the answer is worth little. */
bool ak_choice_unknown(struct ak_choice *c, bool known)
{
    if (!known)
        c->out->confidence = AK_CONFIDENCE_LOW;
    return !known;
}

bool ak_choice_refuse(struct ak_choice *c, enum ak_refusal refusal, enum ak_stage stage,
                      enum ak_side by, uint8_t alert)
{
    c->out->refusal = refusal;
    c->out->stage = stage;
    c->out->ended_by = by;
    c->out->alert = alert;
    c->out->close = alert != 0 ? AK_CLOSE_ALERT : AK_CLOSE_FIN;
    return false;
}

bool ak_choice_server_refuses(struct ak_choice *c, enum ak_refusal refusal, uint8_t alert)
{
    ak_choice_rest(c, AK_SIDE_SERVER, AK_PARTY_PART_WAYS);
    bool silent = c->server->ways[AK_WAY_REFUSAL] != 0;
    return ak_choice_refuse(c, refusal, AK_STAGE_P3, AK_SIDE_SERVER, silent ? 0 : alert);
}

/* ------------------------------------------------------------------ signature schemes */

/* A PSS signature with SHA-512 and as much salt takes 1,040 bits (RFC 8017 9.1.1). */
static bool key_too_short(uint16_t scheme, const struct ak_party_link *own)
{
    struct ak_scheme_parts parts;
    return ak_scheme_parts_of(scheme, &parts) && parts.pss && parts.hash == AK_SIGN_HASH_SHA512 &&
           own->bits != 0 && own->bits < 1040;
}

/* May this key sign with the scheme in this version? (RFC 8446 4.2.3, RFC 5246 7.4.1.4.1) */
static bool scheme_for_key(const struct ak_choice *c, uint16_t scheme,
                           const struct ak_party_link *own)
{
    struct ak_scheme_parts parts;
    if (!ak_scheme_parts_of(scheme, &parts))
        return false;
    if (own->key != AK_KEY_OTHER &&
        (parts.key != own->key || (own->key == AK_KEY_RSA && parts.pss_only != own->pss_only)))
        return false;
    if (c->at == AK_PARTY_TLS13) {
        bool legacy = parts.key == AK_KEY_RSA && !parts.pss;
        bool sha1 = parts.hash == AK_SIGN_HASH_SHA1 &&
                    (c->server->ways[AK_WAY_SHA1_IN_TLS13] == 0 || parts.key != AK_KEY_EC);
        bool weak = sha1 || parts.hash == AK_SIGN_HASH_MD5 || parts.hash == AK_SIGN_HASH_SHA224 ||
                    parts.key == AK_KEY_DSA;
        bool curve = parts.curve != 0 && own->curve != 0 && parts.curve != own->curve;
        if (legacy || weak || curve)
            return false;
    }
    if (c->at < AK_PARTY_TLS13 && c->server->ways[AK_WAY_SCHEME_BINDS_CURVE] && parts.curve != 0 &&
        own->curve != 0 && parts.curve != own->curve)
        return false;
    int16_t seen = c->server->ways[AK_WAY_PSS_SIZE_SEEN];
    return seen != 1 || !key_too_short(scheme, own);
}

/* RFC 5246 7.4.1.4.1: without the extension SHA-1 of whatever key fits. */
static uint16_t default_scheme(const struct ak_party_link *own)
{
    switch (own->key) {
    case AK_KEY_EC:
        return 0x0203;
    case AK_KEY_DSA:
        return 0x0202;
    default:
        return 0x0201;
    }
}

static bool only_tls13(const struct ak_party *party)
{
    for (int at = AK_PARTY_SSL30; at < AK_PARTY_TLS13; at++)
        if (ak_party_version_on(party, (enum ak_party_version_at)at))
            return false;
    return true;
}

/* A scheme that is for some versions alone is sent when the hello names one of them. */
static bool client_sends(const struct ak_choice *c, uint16_t code)
{
    const struct ak_party_code *entry = ak_party_list_find(&c->client->schemes, code);
    struct ak_scheme_parts parts;
    if (entry == NULL || !entry->on || !ak_scheme_parts_of(code, &parts))
        return false;
    bool old = parts.hash == AK_SIGN_HASH_SHA1 || parts.hash == AK_SIGN_HASH_SHA224;
    if (old && c->client->ways[AK_WAY_OFFER_NEEDS_SCHEME] == 1 && only_tls13(c->client))
        return false;
    for (int at = AK_PARTY_TLS12; entry->versions != 0 && at < AK_PARTY_VERSIONS; at++)
        if ((entry->versions & 1u << at) != 0 &&
            ak_party_version_on(c->client, (enum ak_party_version_at)at))
            return true;
    return entry->versions == 0;
}

static bool server_has(const struct ak_choice *c, uint16_t code)
{
    const struct ak_party_code *entry = ak_party_list_find(&c->server->schemes, code);
    return entry != NULL && entry->on &&
           (entry->versions == 0 || (entry->versions & 1u << c->at) != 0);
}

/* The list whose order decides. */
static const struct ak_party_list *schemes_in_order(const struct ak_choice *c)
{
    int16_t way = c->server->ways[AK_WAY_SCHEME_ORDER];
    bool own = way == 1 || (way == 2 && c->server->prefers_own_order);
    return own && c->server->schemes.known ? &c->server->schemes : &c->client->schemes;
}

static bool scheme_usable(const struct ak_choice *c, const struct ak_party_code *entry,
                          const struct ak_party_link *own)
{
    return entry->on && scheme_for_key(c, entry->code, own) && client_sends(c, entry->code) &&
           (!c->server->schemes.known || server_has(c, entry->code));
}

static bool scheme_of(struct ak_choice *c, const struct ak_party_link *own, uint16_t *scheme)
{
    const struct ak_party_list *theirs = &c->client->schemes, *ours = &c->server->schemes;
    *scheme = 0;
    if (c->at < AK_PARTY_TLS12)
        return !c->server->no_old_signatures;
    ak_choice_rest_on_both(c, AK_PARTY_PART_SCHEMES);
    if (ak_choice_unknown(c, theirs->known))
        return true;
    if (theirs->count == 0) {
        *scheme = default_scheme(own);
        return c->at == AK_PARTY_TLS12 && (!ours->known || ak_party_list_has(ours, *scheme));
    }
    const struct ak_party_list *first = schemes_in_order(c);
    for (size_t i = 0; i < first->count; i++)
        if (scheme_usable(c, &first->entries[i], own)) {
            *scheme = first->entries[i].code;
            return true;
        }
    return false;
}

/* ------------------------------------------------------------------ certificates */

static bool key_fits_suite(const struct ak_cipher_suite *suite, const struct ak_party_link *own)
{
    uint8_t key = own->key;
    bool rsa = key == AK_KEY_RSA && !(own->pss_only && suite->key_exchange == AK_KX_RSA);
    bool ec = key == AK_KEY_EC || key == AK_KEY_ED25519 || key == AK_KEY_ED448;
    switch (suite->authentication) {
    case AK_AUTH_RSA:
        return rsa;
    case AK_AUTH_ECDSA:
        return ec;
    case AK_AUTH_DSS:
        return key == AK_KEY_DSA;
    case AK_AUTH_TLS13:
        return rsa || ec;
    default:
        return false;
    }
}

/* RFC 8422 5.1.1: the curve of the certificate is one of the client's groups. */
static bool curve_fits(struct ak_choice *c, const struct ak_party_link *own)
{
    if (own->key != AK_KEY_EC || own->curve == 0 || c->at == AK_PARTY_TLS13 ||
        c->server->ways[AK_WAY_SUITE_SEES_CURVE] == 0)
        return true;
    ak_choice_rest_on_both(c, AK_PARTY_PART_GROUPS);
    if (!c->groups.known || c->groups.count == 0)
        return true;
    return ak_party_list_has(&c->groups, own->curve) &&
           (!c->server->groups.known || c->server->ways[AK_WAY_SUITE_SEES_CURVE] == 1 ||
            ak_party_list_has(&c->server->groups, own->curve));
}

/* Would the client take this link's signature, by its signature_algorithms (RFC 8446 4.2.3)? */
static bool link_signature_listed(const struct ak_party_link *link,
                                  const struct ak_party_list *schemes)
{
    bool edwards = link->sign_key == AK_KEY_ED25519 || link->sign_key == AK_KEY_ED448;
    if (link->self_signed || (link->sign_hash == AK_SIGN_HASH_OTHER && !edwards))
        return true;
    for (size_t i = 0; i < schemes->count; i++) {
        struct ak_scheme_parts parts;
        if (schemes->entries[i].on && ak_scheme_parts_of(schemes->entries[i].code, &parts) &&
            parts.hash == link->sign_hash && parts.pss == link->sign_pss &&
            (link->sign_key == AK_KEY_OTHER || parts.key == link->sign_key))
            return true;
    }
    return false;
}

bool ak_choice_chain_listed(const struct ak_party *client, const struct ak_party_chain *chain)
{
    const struct ak_party_list *schemes =
        client->chain_schemes.known ? &client->chain_schemes : &client->schemes;
    if (!schemes->known || schemes->count == 0)
        return true;
    for (size_t i = 0; i < chain->count; i++)
        if (!link_signature_listed(&chain->links[i], schemes))
            return false;
    return true;
}

/* Has the server a scheme for this kind of key, or any when `own` is NULL, that the client sent too
 * if `common` asks for it? */
static bool any_scheme(const struct ak_choice *c, const struct ak_party_link *own, bool common)
{
    const struct ak_party_list *ours = &c->server->schemes;
    if (!ours->known || (common && (!c->client->schemes.known || c->client->schemes.count == 0)))
        return true;
    for (size_t i = 0; i < ours->count; i++) {
        struct ak_scheme_parts parts;
        if (ours->entries[i].on && ak_scheme_parts_of(ours->entries[i].code, &parts) &&
            (own == NULL || parts.key == own->key) &&
            (!common || client_sends(c, ours->entries[i].code)))
            return true;
    }
    return false;
}

/* Some stacks leave a certificate alone when they see no scheme that could go with it. */
static bool key_has_scheme(const struct ak_choice *c, const struct ak_party_link *own)
{
    int16_t way = c->server->ways[AK_WAY_KEY_NEEDS_SCHEME];
    if (c->at < AK_PARTY_TLS12)
        return way != 1 || any_scheme(c, own, false);
    if (way == 2)
        return any_scheme(c, NULL, true);
    return way != 3 || own->key != AK_KEY_EC || any_scheme(c, own, true);
}

/* Of several certificates the one that the first scheme of all fits. False: none, or not so here.
 */
static bool chain_by_scheme(struct ak_choice *c, struct ak_candidate *k)
{
    const struct ak_party *server = c->server;
    if (c->at != AK_PARTY_TLS13 || server->ways[AK_WAY_CHAIN_BY_SCHEME] == 0 ||
        server->chain_count < 2 || !c->client->schemes.known)
        return false;
    const struct ak_party_list *first = schemes_in_order(c);
    ak_choice_rest_on_both(c, AK_PARTY_PART_SCHEMES);
    for (size_t i = 0; i < first->count; i++)
        for (size_t at = 0; at < server->chain_count; at++) {
            const struct ak_party_chain *chain = &server->chains[at];
            bool listed = c->client->ways[AK_WAY_CHAIN_SCHEMES_SENT] == 0 ||
                          ak_choice_chain_listed(c->client, chain);
            if (!listed || !scheme_usable(c, &first->entries[i], &chain->links[0]))
                continue;
            k->chain = (uint8_t)at;
            k->scheme = first->entries[i].code;
            return true;
        }
    return false;
}

/* The chain with which this suite can be used; sets `scheme`. */
static bool chain_of(struct ak_choice *c, struct ak_candidate *k)
{
    const struct ak_party *server = c->server;
    if (k->suite->authentication == AK_AUTH_NULL)
        return true; /* anonymous: no certificate, no signature */
    ak_choice_rest(c, AK_SIDE_SERVER, AK_PARTY_PART_CERTIFICATES);
    if (ak_choice_unknown(c, server->chains_known) || chain_by_scheme(c, k))
        return true;
    bool signs = k->suite->key_exchange != AK_KX_RSA || server->ways[AK_WAY_RSA_NEEDS_SCHEME];
    for (size_t i = 0; i < server->chain_count; i++) {
        const struct ak_party_link *own = &server->chains[i].links[0];
        k->chain = (uint8_t)i;
        if (!key_fits_suite(k->suite, own) || !curve_fits(c, own))
            continue;
        if (server->ways[AK_WAY_CHAIN_CHECK] == 1 && c->at >= AK_PARTY_TLS12 &&
            !ak_choice_chain_listed(c->client, &server->chains[i]))
            continue;
        if (!key_has_scheme(c, own))
            continue;
        bool seen = server->ways[AK_WAY_SUITE_SEES_SCHEMES] == 1;
        if (!signs || scheme_of(c, own, &k->scheme) || !seen)
            return true;
    }
    return false;
}

/* ------------------------------------------------------------------ up to TLS 1.2 */

static bool exchange_possible(struct ak_choice *c, struct ak_candidate *k)
{
    switch (k->suite->key_exchange) {
    case AK_KX_RSA:
        return true;
    case AK_KX_DHE:
        return ak_choice_dhe_group(c, k);
    case AK_KX_ECDHE:
        return ak_choice_ecdhe_group(c, k);
    case AK_KX_TLS13:
        return c->at == AK_PARTY_TLS13;
    default:
        return false; /* PSK, Kerberos, static DH: no administrator of Windows uses them */
    }
}

/* Remembers why candidates fell, so that the end can name the nearest miss. */
struct misses {
    bool suite_common, group, chain;
};

/* Can the client check signatures of this kind of key at all? */
static bool has_scheme_for(const struct ak_party *client, uint8_t authentication)
{
    uint8_t key = authentication == AK_AUTH_RSA     ? AK_KEY_RSA
                  : authentication == AK_AUTH_ECDSA ? AK_KEY_EC
                  : authentication == AK_AUTH_DSS   ? AK_KEY_DSA
                                                    : AK_KEY_OTHER;
    if (key == AK_KEY_OTHER || !client->schemes.known)
        return true;
    for (size_t i = 0; i < client->schemes.count; i++) {
        struct ak_scheme_parts parts;
        bool edwards = ak_scheme_parts_of(client->schemes.entries[i].code, &parts) &&
                       (parts.key == AK_KEY_ED25519 || parts.key == AK_KEY_ED448);
        if (client->schemes.entries[i].on && (parts.key == key || (key == AK_KEY_EC && edwards)))
            return true;
    }
    return false;
}

bool ak_choice_offered(const struct ak_choice *c, const struct ak_party_suite *suite)
{
    const struct ak_cipher_suite *row = ak_cipher_suite_find(suite->code);
    const int16_t *ways = c->client->ways;
    if (row == NULL || row->authentication == AK_AUTH_PSK || row->key_exchange == AK_KX_RSA_PSK ||
        row->key_exchange == AK_KX_SRP ||
        (row->key_exchange == AK_KX_ECDHE && ways[AK_WAY_OFFER_NEEDS_GROUP] != 0 &&
         !ak_choice_names_curve(c)))
        return false;
    if (ways[AK_WAY_OFFER_NEEDS_SCHEME] == 1 && !has_scheme_for(c->client, row->authentication))
        return false;
    for (int at = AK_PARTY_SSL30; at < AK_PARTY_VERSIONS; at++)
        if (ak_party_version_on(c->client, (enum ak_party_version_at)at) &&
            ak_party_suite_fits(suite, (enum ak_party_version_at)at))
            return true;
    return false;
}

static bool try_suite(struct ak_choice *c, uint16_t code, struct ak_candidate *k,
                      struct misses *misses)
{
    const struct ak_party_suite *ours = ak_party_suite_find(c->server, code);
    const struct ak_party_suite *theirs = ak_party_suite_find(c->client, code);
    struct ak_candidate fresh = {.suite = ak_cipher_suite_find(code)};
    *k = fresh;
    if (k->suite == NULL ||
        (c->server->suites_known && (ours == NULL || !ak_party_suite_fits(ours, c->at))) ||
        (c->client->suites_known &&
         (theirs == NULL || !ak_party_suite_fits(theirs, c->at) || !ak_choice_offered(c, theirs))))
        return false;
    misses->suite_common = true;
    if (!exchange_possible(c, k)) {
        misses->group = true;
        return false;
    }
    if (!chain_of(c, k)) {
        misses->chain = true;
        return false;
    }
    if (!ak_choice_strong_group(c, k)) {
        misses->group = true;
        return false;
    }
    return true;
}

static bool pick_suite(struct ak_choice *c, struct ak_candidate *k, struct misses *misses)
{
    ak_choice_rest_on_both(c, AK_PARTY_PART_SUITES);
    (void)ak_choice_unknown(c, c->client->suites_known && c->server->suites_known);
    bool own =
        (c->server->prefers_own_order || !c->client->suites_known) && c->server->suites_known;
    const struct ak_party *first = own ? c->server : c->client;
    for (int turn = 0; turn < 2; turn++)
        for (size_t i = 0; i < first->suite_count; i++) {
            const struct ak_party_suite *ours =
                ak_party_suite_find(c->server, first->suites[i].code);
            bool last = ours != NULL && ours->last_resort;
            if (last == (turn == 1) && try_suite(c, first->suites[i].code, k, misses))
                return true;
        }
    return false;
}

/* Is it the hash of a certificate, and not the schemes, that kept every chain back? */
static bool only_hash_missing(const struct ak_choice *c)
{
    for (size_t i = 0; i < c->server->chain_count; i++)
        if (ak_choice_chain_listed(c->client, &c->server->chains[i]))
            return false;
    return c->server->ways[AK_WAY_CHAIN_CHECK] == 1 && c->at >= AK_PARTY_TLS12;
}

static bool refuse_no_suite(struct ak_choice *c, const struct misses *misses)
{
    const int16_t *ways = c->server->ways;
    if (misses->chain && only_hash_missing(c))
        return ak_choice_server_refuses(c, AK_REFUSAL_CERTIFICATE_HASH_REFUSED,
                                        (uint8_t)ways[AK_WAY_ALERT_NO_SCHEME]);
    struct ak_party_link rsa = {.key = AK_KEY_RSA};
    const struct ak_party_link *own =
        c->server->chain_count ? &c->server->chains[0].links[0] : &rsa;
    uint16_t scheme;
    if (misses->chain && !scheme_of(c, own, &scheme))
        return ak_choice_server_refuses(c, AK_REFUSAL_SIGNATURE_ALGORITHM_MISMATCH,
                                        (uint8_t)ways[AK_WAY_ALERT_NO_SCHEME]);
    if (misses->group && !misses->chain)
        return ak_choice_server_refuses(c, AK_REFUSAL_NO_COMMON_GROUP,
                                        (uint8_t)ways[AK_WAY_ALERT_NO_SUITE]);
    return ak_choice_server_refuses(c, AK_REFUSAL_NO_COMMON_SUITE,
                                    (uint8_t)ways[AK_WAY_ALERT_NO_SUITE]);
}

/* ------------------------------------------------------------------ */

static bool refuse_no_scheme(struct ak_choice *c)
{
    return ak_choice_server_refuses(c, AK_REFUSAL_SIGNATURE_ALGORITHM_MISMATCH,
                                    (uint8_t)c->server->ways[AK_WAY_ALERT_NO_SCHEME]);
}

bool ak_choice_signed(struct ak_choice *c)
{
    if (!c->cannot_sign)
        return true;
    (void)refuse_no_scheme(c);
    /* GnuTLS has not sent its ServerHello then when it has asked for another hello. */
    bool early = c->short_salt && c->out->hello_retry && c->server->ways[AK_WAY_PSS_SIZE_SEEN] == 2;
    c->out->stage = early ? AK_STAGE_P3 : AK_STAGE_P4;
    return false;
}

/* OpenSSL holds its certificate against signature_algorithms_cert when it was sent (RFC 8446
 * 4.2.3), and has no other to show. */
static bool refused_by_cert_list(const struct ak_choice *c, const struct ak_party_chain *chain)
{
    return c->server->ways[AK_WAY_CHAIN_CHECK] == 2 && c->at >= AK_PARTY_TLS12 &&
           c->client->ways[AK_WAY_CHAIN_SCHEMES_SENT] != 0 &&
           !ak_choice_chain_listed(c->client, chain);
}

bool ak_choice_of_server(struct ak_choice *c)
{
    struct ak_candidate k = {0};
    struct misses misses = {0};
    if (!pick_suite(c, &k, &misses))
        return refuse_no_suite(c, &misses);
    c->out->suite = k.suite->code;
    const int16_t *ways = c->server->ways;
    if (c->at == AK_PARTY_TLS13 && !ak_choice_tls13_group(c, &k))
        return ak_choice_server_refuses(c, AK_REFUSAL_NO_COMMON_GROUP,
                                        (uint8_t)ways[AK_WAY_ALERT_NO_GROUP]);
    if (k.broken)
        return ak_choice_server_refuses(c, AK_REFUSAL_NO_COMMON_GROUP, ALERT_INTERNAL_ERROR);
    c->anonymous = k.suite->authentication == AK_AUTH_NULL;
    bool signs =
        !c->anonymous && (k.suite->key_exchange != AK_KX_RSA || ways[AK_WAY_RSA_NEEDS_SCHEME]);
    if (signs && c->server->chains_known && refused_by_cert_list(c, &c->server->chains[k.chain]))
        return ak_choice_server_refuses(c, AK_REFUSAL_CERTIFICATE_HASH_REFUSED,
                                        (uint8_t)ways[AK_WAY_ALERT_NO_SCHEME]);
    if (signs && c->server->chains_known) {
        const struct ak_party_link *own = &c->server->chains[k.chain].links[0];
        bool found = scheme_of(c, own, &k.scheme);
        if (!found && ways[AK_WAY_NO_SCHEME_BEHIND_HELLO] == 0)
            return refuse_no_scheme(c);
        c->short_salt = key_too_short(k.scheme, own);
        c->cannot_sign = !found || (c->short_salt &&
                                    (ways[AK_WAY_PSS_SIZE_SEEN] == 0 || c->at == AK_PARTY_TLS13));
    }
    c->out->group = k.group;
    c->out->scheme = k.suite->key_exchange == AK_KX_RSA ? 0 : k.scheme;
    c->out->dh_bits = k.dh_bits;
    c->out->chain = k.chain;
    c->out->hello_retry = k.retry;
    return true;
}
