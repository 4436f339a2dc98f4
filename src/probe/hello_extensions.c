/* SPDX-License-Identifier: Apache-2.0 */
#include "base/attr.h"
#include "base/put.h"
#include "model/tls_names.h"
#include "probe/hello_parts.h"

#include "base/banned.h"

enum {
    SERVER_NAME = 0,
    SUPPORTED_GROUPS = 10,
    EC_POINT_FORMATS = 11,
    SIGNATURE_ALGORITHMS = 13,
    ALPN = 16,
    PADDING = 21,
    ENCRYPT_THEN_MAC = 22,
    EXTENDED_MASTER_SECRET = 23,
    SESSION_TICKET = 35,
    PRE_SHARED_KEY = 41,
    EARLY_DATA = 42,
    SUPPORTED_VERSIONS = 43,
    COOKIE = 44,
    PSK_KEY_EXCHANGE_MODES = 45,
    SIGNATURE_ALGORITHMS_CERT = 50,
    KEY_SHARE = 51,
    ENCRYPTED_CLIENT_HELLO = 0xfe0d,
    RENEGOTIATION_INFO = 0xff01
};

/* s_client of OpenSSL 3.0: which of them are sent, the lists decide. */
static const uint16_t usual_order[] = {SERVER_NAME,
                                       EC_POINT_FORMATS,
                                       SUPPORTED_GROUPS,
                                       SESSION_TICKET,
                                       ALPN,
                                       ENCRYPT_THEN_MAC,
                                       EXTENDED_MASTER_SECRET,
                                       SIGNATURE_ALGORITHMS,
                                       SUPPORTED_VERSIONS,
                                       PSK_KEY_EXCHANGE_MODES,
                                       KEY_SHARE};

/* Contents that do not depend on the client. */
static const struct {
    uint16_t type;
    uint8_t size;
    uint8_t bytes[10];
} fixed[] = {
    {5, 5, {1, 0, 0, 0, 0}},                  /* status_request: ocsp (RFC 6066 8) */
    {15, 1, {1}},                             /* heartbeat (RFC 6520 2) */
    {17, 9, {0, 7, 2, 0, 4, 0, 0, 0, 0}},     /* status_request_v2: ocsp_multi (RFC 6961 2.2) */
    {24, 6, {0, 10, 3, 2, 1, 0}},             /* token_binding (RFC 8472 2) */
    {27, 3, {2, 0, 2}},                       /* compress_certificate: brotli (RFC 8879 3) */
    {28, 2, {0x40, 0x01}},                    /* record_size_limit (RFC 8449 4) */
    {34, 10, {0, 8, 4, 3, 5, 3, 6, 3, 2, 3}}, /* delegated_credential (RFC 9345 4.1.1) */
    {PSK_KEY_EXCHANGE_MODES, 2, {1, 1}},
    {17513, 5, {0, 3, 2, 'h', '2'}}, /* application_settings */
    {17613, 5, {0, 3, 2, 'h', '2'}},
    {RENEGOTIATION_INFO, 1, {0}},
};

/* What a client is taken to offer of which nothing is known: ECDHE needs some groups. */
static const uint16_t usual_groups[] = {0x001d, 0x0017, 0x001e, 0x0019, 0x0018};
static const uint16_t usual_schemes[] = {
    0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0809, 0x080a, 0x080b, 0x0804, 0x0805, 0x0806, 0x0401,
    0x0501, 0x0601, 0x0303, 0x0301, 0x0302, 0x0402, 0x0502, 0x0602, 0x0203, 0x0201, 0x0202};

static bool below(const struct ak_hello_work *work, enum ak_party_version_at at)
{
    return (work->versions & ((1u << at) - 1)) != 0;
}

static bool tls13(const struct ak_hello_work *work)
{
    return ak_hello_has_version(work, AK_PARTY_TLS13);
}

/* The next code of a list that is sent, or of the usual one; false: no more. */
static bool next_code(const struct ak_hello_work *work, const struct ak_party_list *list,
                      const uint16_t *usual, size_t usual_count, size_t *at, uint16_t *code)
{
    if (!list->known) {
        if (*at >= usual_count)
            return false;
        *code = usual[(*at)++];
        return true;
    }
    while (*at < list->count) {
        const struct ak_party_code *entry = &list->entries[(*at)++];
        if (entry->on && (entry->versions == 0 || (entry->versions & work->versions) != 0)) {
            *code = entry->code;
            return true;
        }
    }
    return false;
}

static bool next_group(const struct ak_hello_work *work, size_t *at, uint16_t *code)
{
    return next_code(work, &work->plan->client->groups, usual_groups, AK_COUNT(usual_groups), at,
                     code);
}

static bool next_scheme(const struct ak_hello_work *work, size_t *at, uint16_t *code)
{
    return next_code(work, &work->plan->client->schemes, usual_schemes, AK_COUNT(usual_schemes), at,
                     code);
}

/* Groups are of use to suites that need them alone (RFC 8422 4, RFC 7919 2). */
static bool uses_groups(const struct ak_hello_work *work)
{
    const struct ak_party *client = work->plan->client;
    for (size_t i = 0; i < client->suite_count; i++) {
        const struct ak_cipher_suite *row = ak_cipher_suite_find(client->suites[i].code);
        if (!client->suites[i].on || row == NULL)
            continue;
        if (row->key_exchange == AK_KX_ECDHE || row->key_exchange == AK_KX_ECDHE_PSK ||
            row->key_exchange == AK_KX_ECDH || (row->key_exchange == AK_KX_TLS13 && tls13(work)))
            return true;
    }
    return false;
}

bool ak_hello_is_name(const char *name)
{
    return name != NULL && name[0] != '\0' && strchr(name, ':') == NULL &&
           strspn(name, "0123456789.") != strlen(name);
}

static bool any_group(const struct ak_hello_work *work)
{
    size_t at = 0;
    uint16_t code;
    return next_group(work, &at, &code);
}

static bool any_scheme(const struct ak_hello_work *work)
{
    size_t at = 0;
    uint16_t code;
    return next_scheme(work, &at, &code);
}

/* May it be sent at all? An extension that would be empty against its format never is. */
static bool can_send(const struct ak_hello_work *work, uint16_t type)
{
    const struct ak_hello_plan *plan = work->plan;
    switch (type) {
    case SERVER_NAME:
        return ak_hello_is_name(plan->server_name);
    case SUPPORTED_GROUPS:
        return any_group(work);
    case SIGNATURE_ALGORITHMS:
        return any_scheme(work);
    case ALPN:
        return plan->alpn != NULL && plan->alpn[0] != '\0';
    case EXTENDED_MASTER_SECRET:
        return plan->client->extended_master_secret != AK_NEED_NONE;
    case RENEGOTIATION_INFO:
        return !plan->no_signalling && plan->client->renegotiation_info != AK_NEED_NONE;
    case PRE_SHARED_KEY:
    case PSK_KEY_EXCHANGE_MODES:
    case KEY_SHARE:
        return tls13(work);
    case EARLY_DATA: /* of no use without a session */
    case COOKIE:     /* the server's own */
        return false;
    default:
        return true;
    }
}

/* Do the client's lists ask for it? */
static bool is_needed(const struct ak_hello_work *work, uint16_t type)
{
    switch (type) {
    case SUPPORTED_GROUPS:
    case EC_POINT_FORMATS:
        return uses_groups(work) && any_group(work);
    case SIGNATURE_ALGORITHMS:
        return ak_hello_has_version(work, AK_PARTY_TLS12) || tls13(work);
    case EXTENDED_MASTER_SECRET:
    case ENCRYPT_THEN_MAC:
    case SESSION_TICKET:
        return below(work, AK_PARTY_TLS13) || tls13(work);
    case SUPPORTED_VERSIONS:
        return tls13(work);
    default:
        return true;
    }
}

static void put_server_name(struct ak_hello_work *work)
{
    size_t list = ak_put_open(work->out, 2);
    ak_put_u8(work->out, 0);
    size_t name = ak_put_open(work->out, 2);
    ak_text_add(work->out, work->plan->server_name);
    ak_put_close(work->out, name, 2);
    ak_put_close(work->out, list, 2);
}

static void put_groups(struct ak_hello_work *work)
{
    uint16_t code;
    size_t list = ak_put_open(work->out, 2);
    for (size_t at = 0; next_group(work, &at, &code);)
        ak_put_be(work->out, code, 2);
    ak_put_close(work->out, list, 2);
}

static void put_point_formats(struct ak_hello_work *work)
{
    static const uint8_t three[] = {0, 1, 2};
    const struct ak_hello_plan *plan = work->plan;
    bool openssl = plan->client->stack == AK_STACK_OPENSSL;
    size_t list = ak_put_open(work->out, 1);
    if (plan->point_formats != NULL)
        ak_text_bytes(work->out, plan->point_formats, plan->point_format_count);
    else
        ak_text_bytes(work->out, three, openssl ? 3 : 1);
    ak_put_close(work->out, list, 1);
}

static void put_schemes(struct ak_hello_work *work)
{
    uint16_t code;
    size_t list = ak_put_open(work->out, 2);
    for (size_t at = 0; next_scheme(work, &at, &code);)
        ak_put_be(work->out, code, 2);
    ak_put_close(work->out, list, 2);
}

static void put_chain_schemes(struct ak_hello_work *work)
{
    const struct ak_party_list *list = &work->plan->client->chain_schemes;
    if (!list->known) {
        put_schemes(work);
        return;
    }
    size_t open = ak_put_open(work->out, 2);
    for (size_t i = 0; i < list->count; i++)
        if (list->entries[i].on)
            ak_put_be(work->out, list->entries[i].code, 2);
    ak_put_close(work->out, open, 2);
}

/* "h2,http/1.1" */
static void put_alpn(struct ak_hello_work *work)
{
    size_t list = ak_put_open(work->out, 2);
    for (const char *name = work->plan->alpn; name != NULL;) {
        const char *comma = strchr(name, ',');
        size_t size = comma != NULL ? (size_t)(comma - name) : strlen(name);
        ak_put_u8(work->out, size < 255 ? (unsigned)size : 255);
        ak_text_bytes(work->out, name, size < 255 ? size : 255);
        name = comma != NULL ? comma + 1 : NULL;
    }
    ak_put_close(work->out, list, 2);
}

static void put_versions(struct ak_hello_work *work)
{
    size_t list = ak_put_open(work->out, 1);
    for (int at = AK_PARTY_TLS13; at >= AK_PARTY_SSL30; at--)
        if (ak_hello_has_version(work, (enum ak_party_version_at)at))
            ak_put_be(work->out, ak_party_version_code((enum ak_party_version_at)at), 2);
    ak_put_close(work->out, list, 1);
}

static void put_one_share(struct ak_hello_work *work, uint16_t group)
{
    size_t before = work->out->size;
    ak_put_be(work->out, group, 2);
    size_t key = ak_put_open(work->out, 2);
    if (ak_tls_is_grease(group))
        ak_put_u8(work->out, 0);
    else if (!ak_key_share_put(work, group))
        work->out->size = work->out->failed ? work->out->size : before;
    if (work->out->size != before)
        ak_put_close(work->out, key, 2);
}

static void put_key_shares(struct ak_hello_work *work)
{
    const struct ak_party *client = work->plan->client;
    const struct ak_party_list *own = &client->key_shares;
    size_t list = ak_put_open(work->out, 2), made = 0;
    size_t most = client->ways[AK_WAY_KEY_SHARES] > 0 ? (size_t)client->ways[AK_WAY_KEY_SHARES] : 1;
    uint16_t group;
    if (!work->plan->no_key_share && own->known)
        for (size_t i = 0; i < own->count; i++)
            if (own->entries[i].on)
                put_one_share(work, own->entries[i].code);
    if (!work->plan->no_key_share && !own->known)
        for (size_t at = 0; made < most && next_group(work, &at, &group);)
            if (ak_key_share_known(group)) {
                put_one_share(work, group);
                made++;
            }
    ak_put_close(work->out, list, 2);
}

/* One ticket that no server knows: it is passed over (RFC 8446 4.2.11). */
static void put_ticket(struct ak_hello_work *work)
{
    ak_put_be(work->out, 32 + 6, 2);
    ak_put_be(work->out, 32, 2);
    ak_hello_random(work, 32 + 4);
    ak_put_be(work->out, 33, 2);
    ak_put_u8(work->out, 32);
    ak_hello_random(work, 32);
}

/* As clients send it that have no ECHConfig: outer, HKDF-SHA256 with AES-128-GCM, bytes at random
 * (draft-ietf-tls-esni 6.2). */
static void put_ech(struct ak_hello_work *work)
{
    ak_put_be(work->out, 0x0000010001, 5);
    ak_hello_random(work, 1);
    ak_put_be(work->out, 32, 2);
    ak_hello_random(work, 32);
    ak_put_be(work->out, 144, 2);
    ak_hello_random(work, 144);
}

static const struct {
    uint16_t type;
    void (*put)(struct ak_hello_work *work);
} builders[] = {
    {SERVER_NAME, put_server_name},
    {SUPPORTED_GROUPS, put_groups},
    {EC_POINT_FORMATS, put_point_formats},
    {SIGNATURE_ALGORITHMS, put_schemes},
    {ALPN, put_alpn},
    {PRE_SHARED_KEY, put_ticket},
    {SUPPORTED_VERSIONS, put_versions},
    {SIGNATURE_ALGORITHMS_CERT, put_chain_schemes},
    {KEY_SHARE, put_key_shares},
    {ENCRYPTED_CLIENT_HELLO, put_ech},
};

static void put_extension(struct ak_hello_work *work, uint16_t type)
{
    ak_put_be(work->out, type, 2);
    size_t at = ak_put_open(work->out, 2);
    if (type == PADDING) {
        work->has_padding = true;
        work->padding_at = at;
    }
    for (size_t i = 0; i < AK_COUNT(builders); i++)
        if (builders[i].type == type)
            builders[i].put(work);
    for (size_t i = 0; i < AK_COUNT(fixed); i++)
        if (fixed[i].type == type)
            ak_text_bytes(work->out, fixed[i].bytes, fixed[i].size);
    ak_put_close(work->out, at, 2);
}

bool ak_hello_sends(const struct ak_hello_plan *plan, uint16_t type)
{
    if (plan->extension_count == 0)
        return !plan->no_extensions;
    for (size_t i = 0; i < plan->extension_count; i++)
        if (plan->extensions[i] == type)
            return true;
    return false;
}

/* An observed client's own order, and behind it what a changed list cannot do without. Whether it
 * names the server is its own affair. */
static void put_observed(struct ak_hello_work *work)
{
    static const uint16_t musts[] = {SUPPORTED_GROUPS, SIGNATURE_ALGORITHMS, ALPN,
                                     SUPPORTED_VERSIONS, KEY_SHARE};
    const struct ak_hello_plan *plan = work->plan;
    size_t last = plan->extension_count;
    bool ticket = last != 0 && plan->extensions[last - 1] == PRE_SHARED_KEY;
    for (size_t i = 0; i < last - ticket; i++)
        if (plan->extensions[i] != PRE_SHARED_KEY && can_send(work, plan->extensions[i]))
            put_extension(work, plan->extensions[i]);
    for (size_t i = 0; i < AK_COUNT(musts); i++)
        if (!ak_hello_sends(plan, musts[i]) && can_send(work, musts[i]) &&
            is_needed(work, musts[i]))
            put_extension(work, musts[i]);
    if (plan->client->extended_master_secret == AK_NEED_REQUIRED &&
        !ak_hello_sends(plan, EXTENDED_MASTER_SECRET))
        put_extension(work, EXTENDED_MASTER_SECRET);
    if (ticket && can_send(work, PRE_SHARED_KEY))
        put_extension(work, PRE_SHARED_KEY);
}

void ak_hello_extensions(struct ak_hello_work *work)
{
    bool ssl3 = !(work->versions >> AK_PARTY_TLS10);
    if (work->plan->extension_count == 0 && (ssl3 || work->plan->no_extensions))
        return; /* SSL 3.0 has none (RFC 6101 5.6.1.2) */
    size_t at = ak_put_open(work->out, 2);
    if (work->plan->extension_count != 0)
        put_observed(work);
    else
        for (size_t i = 0; i < AK_COUNT(usual_order); i++)
            if (can_send(work, usual_order[i]) && is_needed(work, usual_order[i]))
                put_extension(work, usual_order[i]);
    ak_put_close(work->out, at, 2);
}
