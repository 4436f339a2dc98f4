/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/tls.h"

#include "base/banned.h"

/* record        type(1) version(2) length(2) fragment
 * handshake     type(1) length(3) body
 * ClientHello   version(2) random(32) session_id<0..32> cipher_suites<2..> compression<1..>
 *               extensions<0..>
 * ServerHello   version(2) random(32) session_id<0..32> cipher_suite(2) compression(1) extensions
 */

enum {
    EXT_SERVER_NAME = 0,
    EXT_GROUPS = 10,
    EXT_POINT_FORMATS = 11,
    EXT_SIGNATURE_ALGORITHMS = 13,
    EXT_ALPN = 16,
    EXT_EXTENDED_MASTER_SECRET = 23,
    EXT_SESSION_TICKET = 35,
    EXT_PRE_SHARED_KEY = 41,
    EXT_EARLY_DATA = 42,
    EXT_SUPPORTED_VERSIONS = 43,
    EXT_SIGNATURE_ALGORITHMS_CERT = 50,
    EXT_KEY_SHARE = 51,
    EXT_RENEGOTIATION_INFO = 0xff01
};

bool ak_tls_record_parse(const uint8_t header[AK_TLS_RECORD_HEADER], struct ak_tls_record *record)
{
    const uint32_t rest = ak_be32(header + 1);
    record->type = header[0];
    record->version = (uint16_t)(rest >> 16);
    record->length = (uint16_t)rest;
    if (record->type < AK_TLS_CHANGE_CIPHER_SPEC || record->type > AK_TLS_HEARTBEAT)
        return false;
    bool draft = header[1] == 0x7f; /* TLS 1.3 drafts wrote their version here for a while */
    if ((header[1] != 3 || header[2] > 4) && !draft)
        return false;
    return record->length <= AK_MAX_RECORD;
}

/* A list<..> with a 16-bit length that must fill its extension. */
static struct ak_span list16(struct ak_reader *r, size_t unit, const char *field)
{
    struct ak_reader list = ak_read_sub16(r, field);
    if (list.left % unit != 0)
        ak_reader_fail(&list, AK_VERDICT_BAD, field);
    return ak_reader_rest(&list);
}

static struct ak_span list8(struct ak_reader *r, size_t unit, const char *field)
{
    struct ak_reader list = ak_read_sub8(r, field);
    if (list.left % unit != 0)
        ak_reader_fail(&list, AK_VERDICT_BAD, field);
    return ak_reader_rest(&list);
}

/* RFC 6066 3: a list of one kind of name in practice; the first host_name counts. */
static struct ak_span server_name(struct ak_reader *r)
{
    struct ak_span none = {NULL, 0};
    struct ak_reader list = ak_read_sub16(r, "server_name list");
    while (list.left != 0) {
        uint8_t type = ak_read_u8(&list, "server_name type");
        struct ak_reader name = ak_read_sub16(&list, "server_name");
        if (type == 0 && ak_reader_ok(&list))
            return ak_reader_rest(&name);
    }
    return none;
}

/* RFC 8446 4.2.8: group(2) key<1..>, repeated; walked once so that a bad list is noticed. */
static struct ak_span key_shares(struct ak_reader *r)
{
    struct ak_reader list = ak_read_sub16(r, "key_share list");
    struct ak_reader walk = list;
    while (walk.left != 0) {
        ak_read_skip(&walk, 2, "key_share group");
        (void)ak_read_sub16(&walk, "key_share");
    }
    return ak_reader_rest(&list);
}

static struct ak_span alpn_names(struct ak_reader *r)
{
    struct ak_reader list = ak_read_sub16(r, "ALPN list");
    struct ak_reader walk = list;
    while (walk.left != 0)
        (void)ak_read_sub8(&walk, "ALPN name");
    return ak_reader_rest(&list);
}

static void client_extension(uint16_t type, struct ak_span data, struct ak_client_hello *hello)
{
    struct ak_parse parse;
    struct ak_reader r = ak_reader_of(data.bytes, data.size, &parse);
    struct ak_span none = {NULL, 0}, value = none, *slot = NULL;
    bool *present = NULL;
    switch (type) {
    case EXT_SERVER_NAME:
        value = server_name(&r);
        slot = &hello->server_name;
        present = &hello->has_server_name;
        break;
    case EXT_GROUPS:
        value = list16(&r, 2, "supported_groups");
        slot = &hello->groups;
        present = &hello->has_groups;
        break;
    case EXT_POINT_FORMATS:
        value = list8(&r, 1, "ec_point_formats");
        slot = &hello->point_formats;
        break;
    case EXT_SIGNATURE_ALGORITHMS:
        value = list16(&r, 2, "signature_algorithms");
        slot = &hello->signature_algorithms;
        present = &hello->has_signature_algorithms;
        break;
    case EXT_SIGNATURE_ALGORITHMS_CERT:
        value = list16(&r, 2, "signature_algorithms_cert");
        slot = &hello->signature_algorithms_cert;
        break;
    case EXT_ALPN:
        value = alpn_names(&r);
        slot = &hello->alpn;
        present = &hello->has_alpn;
        break;
    case EXT_SUPPORTED_VERSIONS:
        value = list8(&r, 2, "supported_versions");
        slot = &hello->supported_versions;
        present = &hello->has_supported_versions;
        break;
    case EXT_KEY_SHARE:
        value = key_shares(&r);
        slot = &hello->key_shares;
        break;
    case EXT_EXTENDED_MASTER_SECRET:
        hello->extended_master_secret = true;
        return;
    case EXT_SESSION_TICKET:
        hello->session_ticket = true;
        return;
    case EXT_PRE_SHARED_KEY:
        hello->pre_shared_key = true;
        return;
    case EXT_EARLY_DATA:
        hello->early_data = true;
        return;
    case EXT_RENEGOTIATION_INFO:
        hello->renegotiation_info = true;
        return;
    default:
        return;
    }
    if (present != NULL)
        *present = true;
    if (ak_reader_ok(&r))
        *slot = value;
    else
        hello->bad_extensions++;
}

static struct ak_span extension_block(struct ak_reader *r, bool *present)
{
    struct ak_span none = {NULL, 0};
    if (r->left == 0)
        return none;
    struct ak_reader block = ak_read_sub16(r, "extensions");
    *present = ak_reader_ok(r);
    return ak_reader_rest(&block);
}

enum ak_verdict ak_client_hello_parse(struct ak_span body, struct ak_client_hello *hello,
                                      struct ak_parse *parse)
{
    memset(hello, 0, sizeof *hello);
    struct ak_reader r = ak_reader_of(body.bytes, body.size, parse);
    hello->legacy_version = ak_read_be16(&r, "legacy_version");
    hello->random = ak_reader_take(&r, 32, "random");
    struct ak_reader session = ak_read_sub8(&r, "session_id");
    hello->session_id = ak_reader_rest(&session);
    hello->cipher_suites = list16(&r, 2, "cipher_suites");
    struct ak_reader compression = ak_read_sub8(&r, "compression_methods");
    hello->compression = ak_reader_rest(&compression);
    if (!ak_reader_ok(&r))
        return parse->verdict;
    /* Versions and suites are worth having even when what follows them is damaged. */
    struct ak_parse inner;
    struct ak_reader tail = ak_reader_of(r.at, r.left, &inner);
    hello->extensions = extension_block(&tail, &hello->has_extensions);
    hello->bad_extensions += !ak_reader_ok(&tail);
    struct ak_reader block = ak_reader_of(hello->extensions.bytes, hello->extensions.size, &inner);
    while (block.left != 0) {
        uint16_t type = ak_read_be16(&block, "extension type");
        struct ak_reader data = ak_read_sub16(&block, "extension");
        if (!ak_reader_ok(&block)) {
            hello->bad_extensions++;
            break;
        }
        client_extension(type, ak_reader_rest(&data), hello);
    }
    return parse->verdict;
}

struct loose_spans {
    struct ak_span *span;
    size_t count;
};

static void add_loose(struct loose_spans *loose, struct ak_span span)
{
    if (loose->count < AK_CLIENT_HELLO_LOOSE && span.size != 0)
        loose->span[loose->count++] = span;
}

static void add_loose_shares(struct loose_spans *loose, struct ak_span shares)
{
    struct ak_parse parse;
    struct ak_reader r = ak_reader_of(shares.bytes, shares.size, &parse);
    while (r.left != 0) {
        ak_read_skip(&r, 2, "key_share group");
        struct ak_reader key = ak_read_sub16(&r, "key_share");
        add_loose(loose, ak_reader_rest(&key));
    }
}

/* Does client_extension look no further than at this type? */
static bool is_known_by_type(uint16_t type)
{
    static const uint16_t opened[] = {
        EXT_SERVER_NAME,          EXT_GROUPS,   EXT_POINT_FORMATS,
        EXT_SIGNATURE_ALGORITHMS, EXT_ALPN,     EXT_SIGNATURE_ALGORITHMS_CERT,
        EXT_SUPPORTED_VERSIONS,   EXT_KEY_SHARE};
    for (size_t i = 0; i < sizeof opened / sizeof opened[0]; i++)
        if (type == opened[i])
            return false;
    return true;
}

static bool lies_in(struct ak_span inner, struct ak_span outer)
{
    return inner.size != 0 && inner.bytes >= outer.bytes && inner.bytes < outer.bytes + outer.size;
}

size_t ak_client_hello_loose(const struct ak_client_hello *hello,
                             struct ak_span span[AK_CLIENT_HELLO_LOOSE])
{
    enum { WORTH = 8 };
    struct loose_spans loose = {span, 0};
    struct ak_parse parse;
    struct ak_span random = {hello->random, 32};
    struct ak_reader r = ak_reader_of(hello->extensions.bytes, hello->extensions.size, &parse);
    add_loose(&loose, random);
    add_loose(&loose, hello->session_id);
    while (r.left != 0) {
        uint16_t type = ak_read_be16(&r, "extension type");
        struct ak_reader reader = ak_read_sub16(&r, "extension");
        struct ak_span data = ak_reader_rest(&reader);
        if (!ak_reader_ok(&r))
            break;
        if (type == EXT_SERVER_NAME && lies_in(hello->server_name, data))
            add_loose(&loose, hello->server_name);
        else if (type == EXT_KEY_SHARE && lies_in(hello->key_shares, data))
            add_loose_shares(&loose, hello->key_shares);
        else if (is_known_by_type(type) && data.size >= WORTH)
            add_loose(&loose, data);
    }
    return loose.count;
}

/* length(2, high bit set) type(1)=1 version(2) cipher length(2) session length(2)
 * challenge length(2) ciphers session challenge */
enum ak_verdict ak_ssl2_client_hello_parse(struct ak_span record, struct ak_client_hello *hello,
                                           struct ak_parse *parse)
{
    memset(hello, 0, sizeof *hello);
    hello->ssl2_format = true;
    struct ak_reader r = ak_reader_of(record.bytes, record.size, parse);
    uint16_t length = ak_read_be16(&r, "SSL 2.0 record length");
    if (!(length & 0x8000))
        ak_reader_fail(&r, AK_VERDICT_UNKNOWN, "SSL 2.0 record length");
    struct ak_reader m = ak_read_sub(&r, length & 0x7fffu, "SSL 2.0 record");
    if (ak_read_u8(&m, "message type") != 1)
        ak_reader_fail(&m, AK_VERDICT_UNKNOWN, "message type");
    hello->legacy_version = ak_read_be16(&m, "version");
    uint16_t ciphers = ak_read_be16(&m, "cipher_specs length");
    uint16_t session = ak_read_be16(&m, "session_id length");
    uint16_t challenge = ak_read_be16(&m, "challenge length");
    if (ciphers % 3 != 0)
        ak_reader_fail(&m, AK_VERDICT_BAD, "cipher_specs length");
    hello->cipher_suites = ak_read_span(&m, ciphers, "cipher_specs");
    hello->session_id = ak_read_span(&m, session, "session_id");
    ak_read_skip(&m, challenge, "challenge");
    return parse->verdict;
}

/* RFC 8446 4.1.3: SHA-256 of "HelloRetryRequest". */
static const uint8_t retry_random[32] = {
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c};

static void server_extension(uint16_t type, struct ak_span data, struct ak_server_hello *hello)
{
    struct ak_parse parse;
    struct ak_reader r = ak_reader_of(data.bytes, data.size, &parse);
    switch (type) {
    case EXT_SUPPORTED_VERSIONS: {
        uint16_t version = ak_read_be16(&r, "selected_version");
        if (ak_reader_ok(&r))
            hello->version = version;
        break;
    }
    case EXT_KEY_SHARE:
        hello->key_share_group = ak_read_be16(&r, "key_share group");
        break;
    case EXT_ALPN: {
        struct ak_reader list = ak_read_sub16(&r, "ALPN list");
        struct ak_reader name = ak_read_sub8(&list, "ALPN name");
        hello->has_alpn = ak_reader_ok(&r);
        hello->alpn = ak_reader_rest(&name);
        break;
    }
    case EXT_EXTENDED_MASTER_SECRET:
        hello->extended_master_secret = true;
        break;
    case EXT_PRE_SHARED_KEY:
        hello->pre_shared_key = true;
        break;
    case EXT_SESSION_TICKET:
        hello->session_ticket = true;
        break;
    case EXT_RENEGOTIATION_INFO:
        hello->renegotiation_info = true;
        break;
    default:
        break;
    }
    if (!ak_reader_ok(&r))
        hello->bad_extensions++;
}

enum ak_verdict ak_server_hello_parse(struct ak_span body, struct ak_server_hello *hello,
                                      struct ak_parse *parse)
{
    memset(hello, 0, sizeof *hello);
    struct ak_reader r = ak_reader_of(body.bytes, body.size, parse);
    hello->legacy_version = ak_read_be16(&r, "legacy_version");
    hello->version = hello->legacy_version;
    hello->random = ak_reader_take(&r, 32, "random");
    hello->hello_retry = hello->random != NULL && memcmp(hello->random, retry_random, 32) == 0;
    /* Drafts of TLS 1.3 up to 21 had neither session id nor compression here. */
    bool draft = hello->legacy_version >> 8 == 0x7f;
    if (!draft) {
        struct ak_reader session = ak_read_sub8(&r, "session_id");
        hello->session_id = ak_reader_rest(&session);
    }
    hello->cipher_suite = ak_read_be16(&r, "cipher_suite");
    if (!draft)
        ak_read_skip(&r, 1, "compression_method");
    hello->extensions = extension_block(&r, &hello->has_extensions);
    if (!ak_reader_ok(&r))
        return parse->verdict;
    struct ak_parse inner;
    struct ak_reader block = ak_reader_of(hello->extensions.bytes, hello->extensions.size, &inner);
    while (block.left != 0) {
        uint16_t type = ak_read_be16(&block, "extension type");
        struct ak_reader data = ak_read_sub16(&block, "extension");
        if (!ak_reader_ok(&block)) {
            hello->bad_extensions++;
            break;
        }
        server_extension(type, ak_reader_rest(&data), hello);
    }
    return parse->verdict;
}

enum ak_verdict ak_certificate_list_parse(struct ak_span body, struct ak_certificate_list *list,
                                          struct ak_parse *parse)
{
    list->count = 0;
    struct ak_reader r = ak_reader_of(body.bytes, body.size, parse);
    struct ak_reader all = ak_read_sub24(&r, "certificate_list");
    while (all.left != 0) {
        struct ak_reader one = ak_read_sub24(&all, "certificate");
        if (ak_reader_ok(&all) && list->count < AK_MAX_CHAIN)
            list->entry[list->count] = ak_reader_rest(&one);
        list->count += ak_reader_ok(&all);
    }
    return parse->verdict;
}

enum ak_verdict ak_server_key_exchange_parse(struct ak_span body, bool dhe, uint16_t version,
                                             struct ak_server_key_exchange *exchange,
                                             struct ak_parse *parse)
{
    memset(exchange, 0, sizeof *exchange);
    struct ak_reader r = ak_reader_of(body.bytes, body.size, parse);
    exchange->ephemeral_dh = dhe;
    if (dhe) {
        struct ak_reader p = ak_read_sub16(&r, "dh_p");
        struct ak_reader g = ak_read_sub16(&r, "dh_g");
        struct ak_reader y = ak_read_sub16(&r, "dh_Ys");
        exchange->p = ak_reader_rest(&p);
        exchange->g = ak_reader_rest(&g);
        exchange->public_value = ak_reader_rest(&y);
    } else {
        if (ak_read_u8(&r, "curve_type") != 3) /* named_curve, RFC 8422 5.4 */
            ak_reader_fail(&r, AK_VERDICT_UNKNOWN, "curve_type");
        exchange->group = ak_read_be16(&r, "namedcurve");
        struct ak_reader point = ak_read_sub8(&r, "public point");
        exchange->public_value = ak_reader_rest(&point);
    }
    if (version >= 0x0303 && ak_reader_ok(&r) && r.left >= 2)
        exchange->signature_scheme = ak_read_be16(&r, "signature algorithm");
    return parse->verdict;
}

enum ak_verdict ak_certificate_request_parse(struct ak_span body, uint16_t version,
                                             struct ak_certificate_request *request,
                                             struct ak_parse *parse)
{
    memset(request, 0, sizeof *request);
    struct ak_reader r = ak_reader_of(body.bytes, body.size, parse);
    struct ak_reader types = ak_read_sub8(&r, "certificate_types");
    request->types = ak_reader_rest(&types);
    if (version >= 0x0303)
        request->signature_algorithms = list16(&r, 2, "supported_signature_algorithms");
    struct ak_reader names = ak_read_sub16(&r, "certificate_authorities");
    while (names.left != 0) {
        (void)ak_read_sub16(&names, "distinguished name");
        request->authorities += ak_reader_ok(&names);
    }
    return parse->verdict;
}
