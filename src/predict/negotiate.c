/* SPDX-License-Identifier: Apache-2.0 */
#include "predict/negotiate.h"

#include <string.h>

#include "model/sql_names.h"
#include "predict/choice.h"

/* What Windows reports for a connection that the peer closed: WSAECONNRESET. */
#define STATUS_RESET UINT32_C(0x2746)
/* SEC_E_ALGORITHM_MISMATCH: the side that reports it found nothing in common itself. */
#define STATUS_NOTHING_IN_COMMON UINT32_C(0x80090331)

enum {
    ALERT_HANDSHAKE_FAILURE = 40,
    ALERT_BAD_CERTIFICATE = 42,
    ALERT_ILLEGAL_PARAMETER = 47,
    ALERT_DECRYPT_ERROR = 51,
    ALERT_PROTOCOL_VERSION = 70,
    ALERT_INTERNAL_ERROR = 80,
    ALERT_CERTIFICATE_REQUIRED = 116
};

/* ------------------------------------------------------------------ before TLS */

static bool strict_ends(struct ak_choice *c)
{
    const struct ak_party_sql *client = &c->client->sql, *server = &c->server->sql;
    if (client->strict && !server->strict && !server->strict_only)
        return ak_choice_refuse(c, AK_REFUSAL_STRICT_MISMATCH, AK_STAGE_P3, AK_SIDE_SERVER, 0);
    if (!client->strict && server->strict_only)
        return ak_choice_refuse(c, AK_REFUSAL_STRICT_MISMATCH, AK_STAGE_P1, AK_SIDE_SERVER, 0);
    return true;
}

/* MS-TDS 2.2.6.5 and 3.3.5.1: the server's setting against the client's byte. False: it ends. */
static bool encryption_ends(struct ak_choice *c)
{
    uint8_t client = c->client->sql.encryption, server = c->server->sql.encryption;
    bool wants = client == AK_TDS_ENCRYPTION_ON || client == AK_TDS_ENCRYPTION_REQ;
    bool forces = server == AK_TDS_ENCRYPTION_ON || server == AK_TDS_ENCRYPTION_REQ;
    bool conflict = (client == AK_TDS_ENCRYPTION_NOT_SUP && forces) ||
                    (wants && server == AK_TDS_ENCRYPTION_NOT_SUP);
    if (conflict)
        return ak_choice_refuse(c, AK_REFUSAL_ENCRYPTION_SETTING_CONFLICT, AK_STAGE_P2,
                                AK_SIDE_SERVER, 0);
    if (client == AK_TDS_ENCRYPTION_NOT_SUP || server == AK_TDS_ENCRYPTION_NOT_SUP) {
        c->out->no_tls = true;
        c->out->stage = AK_STAGE_P6;
        c->out->hazards |= AK_HAZARD_CLEAR_LOGIN;
    } else if (!wants && !forces) {
        c->out->hazards |= AK_HAZARD_LOGIN_ONLY;
    }
    return true;
}

static bool inside_prelogin(const struct ak_choice *c)
{
    return (c->client->sql.known || c->server->sql.known) && !c->client->sql.strict;
}

static bool before_tls(struct ak_choice *c)
{
    const struct ak_party_sql *client = &c->client->sql, *server = &c->server->sql;
    if (client->known && server->known) {
        ak_choice_rest(c, AK_SIDE_CLIENT, AK_PARTY_PART_SQL);
        ak_choice_rest(c, AK_SIDE_SERVER, AK_PARTY_PART_SQL);
        if (!strict_ends(c) || (!client->strict && !encryption_ends(c)))
            return false;
    }
    c->no_tls13 = inside_prelogin(c) && (client->tls13_only_strict || server->tls13_only_strict);
    return true;
}

/* ------------------------------------------------------------------ versions */

static bool has_suite_for(const struct ak_choice *c, const struct ak_party *party,
                          enum ak_party_version_at at)
{
    bool client = party == c->client;
    for (size_t i = 0; i < party->suite_count; i++)
        if (ak_party_suite_fits(&party->suites[i], at) &&
            (!client || c->client->ways[AK_WAY_HELLO_NEEDS_SUITE] == 2 ||
             ak_choice_offered(c, &party->suites[i])))
            return true;
    return !party->suites_known;
}

/* OpenSSL leaves TLS 1.3 alone when its only key is of a curve that none of its schemes is for. */
static bool can_sign_tls13(const struct ak_party *party)
{
    if (party->role != AK_SIDE_SERVER || party->ways[AK_WAY_TLS13_NEEDS_SCHEME] == 0 ||
        !party->schemes.known)
        return true;
    bool any = party->chain_count == 0;
    for (size_t i = 0; i < party->chain_count; i++) {
        const struct ak_party_link *own = &party->chains[i].links[0];
        any = any || own->key != AK_KEY_EC || own->curve == 0;
        for (size_t j = 0; j < party->schemes.count && !any; j++) {
            struct ak_scheme_parts parts;
            any = party->schemes.entries[j].on &&
                  ak_scheme_parts_of(party->schemes.entries[j].code, &parts) &&
                  parts.curve == own->curve;
        }
    }
    return any;
}

/* Is this version one that the party will really use? */
static bool version_live(const struct ak_choice *c, const struct ak_party *party,
                         enum ak_party_version_at at)
{
    if (at < AK_PARTY_SSL30 || !ak_party_version_on(party, at) ||
        (at == AK_PARTY_TLS13 && (c->no_tls13 || !can_sign_tls13(party))))
        return false;
    return party->ways[AK_WAY_VERSION_NEEDS_SUITE] == 0 || has_suite_for(c, party, at);
}

/* The highest live version at or below `top`; AK_PARTY_VERSIONS: none. */
static enum ak_party_version_at best_version(const struct ak_choice *c,
                                             const struct ak_party *party, int top)
{
    for (int at = top; at >= AK_PARTY_SSL30; at--)
        if (version_live(c, party, (enum ak_party_version_at)at))
            return (enum ak_party_version_at)at;
    return AK_PARTY_VERSIONS;
}

static bool nothing_to_offer(struct ak_choice *c)
{
    return ak_choice_refuse(c, AK_REFUSAL_NOTHING_TO_OFFER,
                            inside_prelogin(c) ? AK_STAGE_P2 : AK_STAGE_P0, AK_SIDE_CLIENT, 0);
}

/* From a hello of TLS 1.3 alone OpenSSL drops SHA-1, and NSS RSA without PSS; neither can send one
 * without schemes. */
static bool has_scheme_to_offer(const struct ak_choice *c)
{
    const struct ak_party_list *schemes = &c->client->schemes;
    if (c->client->ways[AK_WAY_OFFER_NEEDS_SCHEME] == 0 || !schemes->known ||
        best_version(c, c->client, AK_PARTY_TLS12) != AK_PARTY_VERSIONS)
        return true;
    for (size_t i = 0; i < schemes->count; i++) {
        struct ak_scheme_parts parts;
        if (!schemes->entries[i].on || !ak_scheme_parts_of(schemes->entries[i].code, &parts))
            continue;
        bool old = parts.hash == AK_SIGN_HASH_SHA1 || parts.hash == AK_SIGN_HASH_SHA224 ||
                   parts.hash == AK_SIGN_HASH_MD5;
        bool pkcs1 = parts.key == AK_KEY_RSA && !parts.pss;
        if (c->client->ways[AK_WAY_OFFER_NEEDS_SCHEME] == 1 ? !old : !pkcs1)
            return true;
    }
    return false;
}

/* A hello must name a version and a suite that goes with one of its versions. */
static bool client_speaks(struct ak_choice *c, enum ak_party_version_at *top)
{
    *top = best_version(c, c->client, AK_PARTY_TLS13);
    ak_choice_rest(c, AK_SIDE_CLIENT, AK_PARTY_PART_VERSIONS);
    if (*top == AK_PARTY_VERSIONS)
        return nothing_to_offer(c);
    bool any = has_suite_for(c, c->client, *top);
    if (c->client->ways[AK_WAY_HELLO_NEEDS_SUITE] == 2 &&
        best_version(c, c->client, AK_PARTY_TLS12) != AK_PARTY_VERSIONS)
        any = any || has_suite_for(c, c->client, AK_PARTY_TLS12) ||
              has_suite_for(c, c->client, AK_PARTY_TLS10);
    if (c->client->ways[AK_WAY_HELLO_NEEDS_SUITE] != 1)
        for (int at = (int)*top; at >= AK_PARTY_SSL30; at--)
            any = any || (version_live(c, c->client, (enum ak_party_version_at)at) &&
                          has_suite_for(c, c->client, (enum ak_party_version_at)at));
    return (any && has_scheme_to_offer(c)) || nothing_to_offer(c);
}

static bool agree_version(struct ak_choice *c, enum ak_party_version_at top)
{
    int16_t extension = c->client->ways[AK_WAY_SUPPORTED_VERSIONS];
    bool read =
        c->server->ways[AK_WAY_READS_VERSIONS] == 0 || version_live(c, c->server, AK_PARTY_TLS13);
    bool listed = read && (extension == 2 || (extension == 1 && top == AK_PARTY_TLS13));
    int at = (int)top;
    ak_choice_rest(c, AK_SIDE_SERVER, AK_PARTY_PART_VERSIONS);
    while (at >= AK_PARTY_SSL30 &&
           !(version_live(c, c->server, (enum ak_party_version_at)at) &&
             (!listed || version_live(c, c->client, (enum ak_party_version_at)at))))
        at--;
    if (at < AK_PARTY_SSL30)
        return ak_choice_server_refuses(c, AK_REFUSAL_NO_COMMON_VERSION,
                                        (uint8_t)c->server->ways[AK_WAY_ALERT_NO_VERSION]);
    c->at = (enum ak_party_version_at)at;
    c->out->version = ak_party_version_code(c->at);
    return true;
}

/* ------------------------------------------------------------------ the client's turn */

static bool client_ends(struct ak_choice *c, enum ak_refusal refusal, uint8_t alert)
{
    return ak_choice_refuse(c, refusal, AK_STAGE_P4, AK_SIDE_CLIENT, alert);
}

static bool key_accepted(struct ak_choice *c, const struct ak_party_link *link)
{
    const struct ak_key_bounds *bounds = &c->client->bounds;
    bool rsa = link->key == AK_KEY_RSA;
    bool own = link == &c->server->chains[c->out->chain].links[0];
    if (own && link->key == AK_KEY_EC && link->curve != 0 && c->at == AK_PARTY_TLS12 &&
        c->client->ways[AK_WAY_KEY_CURVE_LISTED] && c->client->groups.count != 0 &&
        !ak_party_list_has(&c->client->groups, link->curve))
        return client_ends(c, AK_REFUSAL_CERTIFICATE_KEY_REFUSED, ALERT_ILLEGAL_PARAMETER);
    if (link->bits == 0)
        return true;
    if (rsa && link->bits < bounds->rsa_min)
        return client_ends(c, AK_REFUSAL_RSA_KEY_TOO_SHORT, ALERT_BAD_CERTIFICATE);
    if ((rsa && bounds->rsa_max != 0 && link->bits > bounds->rsa_max) ||
        (link->key == AK_KEY_EC && link->bits < bounds->ec_min))
        return client_ends(c, AK_REFUSAL_CERTIFICATE_KEY_REFUSED, ALERT_BAD_CERTIFICATE);
    return true;
}

/* A link that is signed with SHA-1 or MD5; a root's own signature does not count. */
static bool signed_weakly(const struct ak_party_chain *chain)
{
    for (size_t i = 0; i < chain->count; i++)
        if (!chain->links[i].self_signed && (chain->links[i].sign_hash == AK_SIGN_HASH_SHA1 ||
                                             chain->links[i].sign_hash == AK_SIGN_HASH_MD5))
            return true;
    return false;
}

static bool certificate_accepted(struct ak_choice *c)
{
    if (!c->server->chains_known || c->server->chain_count == 0 || c->anonymous)
        return true;
    const struct ak_party_chain *chain = &c->server->chains[c->out->chain];
    ak_choice_rest(c, AK_SIDE_CLIENT, AK_PARTY_PART_KEY_SIZES);
    for (size_t i = 0; i < chain->count; i++)
        if (!key_accepted(c, &chain->links[i]))
            return false;
    if (c->client->ways[AK_WAY_CLIENT_REFUSES_SHA1] && signed_weakly(chain))
        return client_ends(c, AK_REFUSAL_CERTIFICATE_HASH_REFUSED, ALERT_BAD_CERTIFICATE);
    if (c->client->ways[AK_WAY_CLIENT_CHAIN_CHECK] == 0)
        return true;
    bool old = c->at < AK_PARTY_TLS12 && c->client->ways[AK_WAY_CLIENT_CHAIN_CHECK] != 2;
    if (old || ak_choice_chain_listed(c->client, chain))
        return true;
    ak_choice_rest(c, AK_SIDE_CLIENT, AK_PARTY_PART_CHAIN_SCHEMES);
    return client_ends(c, AK_REFUSAL_CERTIFICATE_HASH_REFUSED, ALERT_BAD_CERTIFICATE);
}

static bool group_accepted(struct ak_choice *c)
{
    const struct ak_cipher_suite *suite = ak_cipher_suite_find(c->out->suite);
    if (suite == NULL || suite->key_exchange != AK_KX_DHE || c->out->dh_bits == 0)
        return true;
    ak_choice_rest(c, AK_SIDE_CLIENT, AK_PARTY_PART_KEY_SIZES);
    const struct ak_key_bounds *bounds = &c->client->bounds;
    if (c->out->dh_bits >= bounds->dh_min &&
        (bounds->dh_max == 0 || c->out->dh_bits <= bounds->dh_max))
        return true;
    c->out->missing = c->out->dh_bits;
    return client_ends(c, AK_REFUSAL_DH_GROUP_REFUSED, ALERT_HANDSHAKE_FAILURE);
}

/* A server that was sent no groups may choose one that the client does not have. */
static bool curve_accepted(struct ak_choice *c)
{
    const struct ak_cipher_suite *suite = ak_cipher_suite_find(c->out->suite);
    const struct ak_party_list *groups = &c->client->groups;
    if (suite == NULL || suite->key_exchange != AK_KX_ECDHE || c->out->group == 0 ||
        groups->count == 0 || ak_party_list_has(groups, c->out->group))
        return true;
    c->out->missing = c->out->group;
    return client_ends(c, AK_REFUSAL_NO_COMMON_GROUP, ALERT_ILLEGAL_PARAMETER);
}

/* The client looks at the scheme, too: it must be of this version, and in TLS 1.3 not SHA-1. */
static bool signature_accepted(struct ak_choice *c)
{
    const struct ak_cipher_suite *suite = ak_cipher_suite_find(c->out->suite);
    if (c->anonymous)
        return true;
    if (c->at < AK_PARTY_TLS12) {
        bool none = suite != NULL && suite->key_exchange == AK_KX_RSA;
        return none || !c->client->no_old_signatures ||
               client_ends(c, AK_REFUSAL_SIGNATURE_ALGORITHM_MISMATCH, ALERT_INTERNAL_ERROR);
    }
    if (c->short_salt && c->client->ways[AK_WAY_PSS_SIZE_SEEN] != 2)
        return client_ends(c, AK_REFUSAL_SIGNATURE_ALGORITHM_MISMATCH, ALERT_DECRYPT_ERROR);
    const struct ak_party_code *entry = ak_party_list_find(&c->client->schemes, c->out->scheme);
    bool sha1 = c->at == AK_PARTY_TLS13 && c->out->scheme == 0x0203 &&
                c->client->ways[AK_WAY_SHA1_IN_TLS13] == 0;
    if (entry == NULL || (!sha1 && (entry->versions == 0 || (entry->versions & 1u << c->at) != 0)))
        return true;
    c->out->missing = c->out->scheme;
    return client_ends(c, AK_REFUSAL_SIGNATURE_ALGORITHM_MISMATCH, ALERT_ILLEGAL_PARAMETER);
}

static bool has(uint8_t need)
{
    return need == AK_NEED_SUPPORTED || need == AK_NEED_REQUIRED;
}

/* Extensions that a server can insist on: RFC 7627 5.1, RFC 5746 3.6. */
static bool server_needs(struct ak_choice *c)
{
    const struct ak_party *client = c->client, *server = c->server;
    if (c->at == AK_PARTY_TLS13)
        return true;
    if (server->extended_master_secret == AK_NEED_REQUIRED &&
        client->extended_master_secret == AK_NEED_NONE)
        return ak_choice_server_refuses(c, AK_REFUSAL_EMS_MISMATCH, ALERT_HANDSHAKE_FAILURE);
    if (server->renegotiation_info == AK_NEED_REQUIRED &&
        client->renegotiation_info == AK_NEED_NONE)
        return ak_choice_server_refuses(c, AK_REFUSAL_RENEGOTIATION_INFO, ALERT_HANDSHAKE_FAILURE);
    return true;
}

static bool client_needs(struct ak_choice *c)
{
    const struct ak_party *client = c->client, *server = c->server;
    c->out->extended_master_secret =
        c->at == AK_PARTY_TLS13 ||
        (has(client->extended_master_secret) && has(server->extended_master_secret));
    if (c->at == AK_PARTY_TLS13)
        return true;
    if (client->extended_master_secret == AK_NEED_REQUIRED &&
        server->extended_master_secret == AK_NEED_NONE)
        return client_ends(c, AK_REFUSAL_EMS_MISMATCH, ALERT_HANDSHAKE_FAILURE);
    if (client->renegotiation_info == AK_NEED_REQUIRED &&
        server->renegotiation_info == AK_NEED_NONE)
        return client_ends(c, AK_REFUSAL_RENEGOTIATION_INFO, ALERT_HANDSHAKE_FAILURE);
    return true;
}

static bool client_accepts(struct ak_choice *c)
{
    if (!version_live(c, c->client, c->at)) {
        c->out->missing = c->out->version;
        return client_ends(c, AK_REFUSAL_NO_COMMON_VERSION, ALERT_PROTOCOL_VERSION);
    }
    return client_needs(c) && ak_choice_signed(c) && certificate_accepted(c) && curve_accepted(c) &&
           group_accepted(c) && signature_accepted(c);
}

/* RFC 5246 7.4.6: the server ends it when an asked-for certificate does not come. */
static bool client_certificate_fits(struct ak_choice *c)
{
    if (!c->server->needs_certificate || c->client->has_certificate)
        return true;
    bool tls13 = c->at == AK_PARTY_TLS13;
    bool silent = c->server->ways[AK_WAY_REFUSAL] != 0;
    uint8_t alert = tls13 ? ALERT_CERTIFICATE_REQUIRED : ALERT_HANDSHAKE_FAILURE;
    return ak_choice_refuse(c, AK_REFUSAL_CLIENT_CERTIFICATE_REQUIRED,
                            tls13 ? AK_STAGE_P5B : AK_STAGE_P5, AK_SIDE_SERVER, silent ? 0 : alert);
}

/* ------------------------------------------------------------------ */

static void note_hazards(struct ak_choice *c)
{
    const struct ak_cipher_suite *suite = ak_cipher_suite_find(c->out->suite);
    uint8_t client = c->client->dhe_zero, server = c->server->dhe_zero;
    bool across = (client == AK_DHE_ZERO_FAULTY && server == AK_DHE_ZERO_FIXED) ||
                  (client == AK_DHE_ZERO_FIXED && server == AK_DHE_ZERO_FAULTY);
    if (suite != NULL && suite->key_exchange == AK_KX_DHE && across)
        c->out->hazards |= AK_HAZARD_DHE_LEADING_ZERO;
    if (c->at == AK_PARTY_TLS13 && inside_prelogin(c))
        c->out->hazards |= AK_HAZARD_TLS13_IN_PRELOGIN;
    if (c->at < AK_PARTY_TLS12)
        c->out->hazards |= AK_HAZARD_OLD_VERSION;
}

/* What a Windows client would show for this end. The side that finds nothing in common by itself
 * says so; a received alert has its own status; a bare close is the socket's error. */
static uint32_t status_of(const struct ak_negotiation *n)
{
    if (n->ended_by == AK_SIDE_NONE)
        return 0;
    if (n->refusal == AK_REFUSAL_NOTHING_TO_OFFER)
        return STATUS_NOTHING_IN_COMMON;
    return n->alert != 0 ? ak_schannel_status_of_alert(n->alert) : STATUS_RESET;
}

static bool go_through(struct ak_choice *c)
{
    enum ak_party_version_at top;
    ak_choice_groups_sent(c);
    return client_speaks(c, &top) && agree_version(c, top) && server_needs(c) &&
           ak_choice_of_server(c) && client_accepts(c) && client_certificate_fits(c);
}

void ak_negotiate(const struct ak_party *client, const struct ak_party *server,
                  struct ak_negotiation *out)
{
    memset(out, 0, sizeof *out);
    out->ended_by = AK_SIDE_NONE;
    out->close = AK_CLOSE_NONE;
    out->confidence = AK_CONFIDENCE_HIGH;
    struct ak_choice c = {.client = client, .server = server, .at = AK_PARTY_VERSIONS, .out = out};
    if (before_tls(&c) && !out->no_tls && go_through(&c)) {
        out->established = true;
        out->stage = AK_STAGE_P5B;
        note_hazards(&c);
    }
    out->client_status = status_of(out);
}

const char *ak_refusal_rule(enum ak_refusal refusal)
{
    static const char *const rules[AK_REFUSALS] = {
        [AK_REFUSAL_NO_COMMON_VERSION] = "no-common-version",
        [AK_REFUSAL_NO_COMMON_SUITE] = "no-common-suite",
        [AK_REFUSAL_NO_COMMON_GROUP] = "no-common-group",
        [AK_REFUSAL_SIGNATURE_ALGORITHM_MISMATCH] = "signature-algorithm-mismatch",
        [AK_REFUSAL_CERTIFICATE_HASH_REFUSED] = "certificate-hash-refused",
        [AK_REFUSAL_RSA_KEY_TOO_SHORT] = "rsa-key-too-short",
        [AK_REFUSAL_DH_GROUP_REFUSED] = "dh-group-refused",
        [AK_REFUSAL_EMS_MISMATCH] = "ems-mismatch",
        [AK_REFUSAL_CLIENT_CERTIFICATE_REQUIRED] = "client-certificate-required",
        [AK_REFUSAL_STRICT_MISMATCH] = "strict-mismatch",
        [AK_REFUSAL_ENCRYPTION_SETTING_CONFLICT] = "encryption-setting-conflict",
    };
    return refusal < AK_REFUSALS ? rules[refusal] : NULL;
}
