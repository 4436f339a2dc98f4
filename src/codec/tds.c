/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/tds.h"

#include "base/limits.h"

#include "base/banned.h"

/* packet    type(1) status(1) length(2, big-endian) spid(2) packet number(1) window(1)
 * PRELOGIN  { token(1) offset(2) length(2) }* ff data; offsets count from the body's start
 * LOGIN7    36 fixed bytes, then { offset(2) length(2, characters) }, little-endian
 */

bool ak_tds_packet_parse(const uint8_t header[AK_TDS_HEADER], struct ak_tds_packet *packet)
{
    packet->type = header[0];
    packet->status = header[1];
    packet->length = ak_be16(header + 2);
    packet->last = (header[1] & 1) != 0;
    switch (packet->type) {
    case AK_TDS_SQL_BATCH:
    case AK_TDS_OLD_LOGIN:
    case AK_TDS_RPC:
    case AK_TDS_RESPONSE:
    case AK_TDS_ATTENTION:
    case AK_TDS_BULK:
    case AK_TDS_FEDAUTH:
    case AK_TDS_TRANSACTION:
    case AK_TDS_LOGIN7:
    case AK_TDS_SSPI:
    case AK_TDS_PRELOGIN:
        break;
    default:
        return false;
    }
    if (packet->status & ~0x1bu || header[7] != 0)
        return false;
    return packet->length >= AK_TDS_HEADER && packet->length <= AK_MAX_TDS_PACKET;
}

static void prelogin_option(uint8_t token, struct ak_span value, struct ak_prelogin *prelogin)
{
    const uint8_t *p = value.bytes;
    switch (token) {
    case 0:
        prelogin->has_version = value.size >= 6;
        if (prelogin->has_version) {
            prelogin->major = p[0];
            prelogin->minor = p[1];
            prelogin->build = ak_be16(p + 2);
            prelogin->sub_build = ak_be16(p + 4);
        }
        break;
    case 1:
        prelogin->has_encryption = value.size >= 1;
        prelogin->encryption = value.size >= 1 ? p[0] : 0;
        break;
    case 2:
        prelogin->has_instance = true;
        prelogin->instance = value;
        prelogin->instance_status = value.size >= 1 ? p[0] : 0;
        break;
    case 3:
        prelogin->has_thread = value.size >= 4;
        prelogin->thread = value.size >= 4 ? ak_le32(p) : 0;
        break;
    case 4:
        prelogin->has_mars = value.size >= 1;
        prelogin->mars = value.size >= 1 ? p[0] : 0;
        break;
    case 5:
        prelogin->has_trace_id = value.size >= 16;
        prelogin->trace_id = value;
        break;
    case 6:
        prelogin->has_fedauth = value.size >= 1;
        prelogin->fedauth = value.size >= 1 ? p[0] : 0;
        break;
    case 7:
        prelogin->has_nonce = value.size >= 32;
        break;
    default:
        prelogin->unknown_options++;
        break;
    }
}

enum ak_verdict ak_prelogin_parse(struct ak_span body, struct ak_prelogin *prelogin,
                                  struct ak_parse *parse)
{
    memset(prelogin, 0, sizeof *prelogin);
    struct ak_reader r = ak_reader_of(body.bytes, body.size, parse);
    for (;;) {
        uint8_t token = ak_read_u8(&r, "option token");
        if (token == 0xff || !ak_reader_ok(&r))
            break;
        size_t offset = ak_read_be16(&r, "option offset");
        size_t length = ak_read_be16(&r, "option length");
        if (!ak_reader_ok(&r))
            break;
        if (prelogin->options == 0 && token != 0)
            ak_reader_fail(&r, AK_VERDICT_BAD, "VERSION must come first");
        prelogin->options++;
        struct ak_parse inner;
        struct ak_reader all = ak_reader_of(body.bytes, body.size, &inner);
        ak_read_skip(&all, offset, "option offset");
        struct ak_span value = ak_read_span(&all, length, "option");
        if (ak_reader_ok(&all))
            prelogin_option(token, value, prelogin);
        else if (parse->verdict == AK_VERDICT_PARSED)
            ak_reader_fail(&r, AK_VERDICT_SHORT, "option");
    }
    return parse->verdict;
}

static struct ak_span login_text(struct ak_span body, struct ak_reader *r)
{
    struct ak_span none = {NULL, 0};
    size_t offset = ak_read_le16(r, "text offset");
    size_t characters = ak_read_le16(r, "text length");
    struct ak_parse inner;
    struct ak_reader all = ak_reader_of(body.bytes, body.size, &inner);
    ak_read_skip(&all, offset, "text offset");
    struct ak_span text = ak_read_span(&all, characters * 2, "text");
    return ak_reader_ok(&all) ? text : none;
}

/* ibExtension leads to a DWORD that leads to { FeatureId(1) length(4) data }* ff; 2 is FEDAUTH. */
static bool asks_fedauth(struct ak_span body, size_t extension)
{
    struct ak_parse inner;
    struct ak_reader at = ak_reader_of(body.bytes, body.size, &inner);
    ak_read_skip(&at, extension, "ibExtension");
    size_t offset = ak_read_le32(&at, "ibFeatureExtLong");
    if (!ak_reader_ok(&at))
        return false;
    struct ak_reader list = ak_reader_of(body.bytes, body.size, &inner);
    ak_read_skip(&list, offset, "FeatureExt");
    while (ak_reader_ok(&list)) {
        uint8_t id = ak_read_u8(&list, "FeatureId");
        if (!ak_reader_ok(&list) || id == 0xff)
            return false;
        if (id == 2)
            return true;
        ak_read_skip(&list, ak_read_le32(&list, "FeatureDataLen"), "FeatureData");
    }
    return false;
}

enum ak_verdict ak_login7_parse(struct ak_span body, struct ak_login7 *login, bool *fixed,
                                struct ak_parse *parse)
{
    memset(login, 0, sizeof *login);
    struct ak_reader r = ak_reader_of(body.bytes, body.size, parse);
    ak_read_skip(&r, 4, "Length");
    login->tds_version = ak_read_le32(&r, "TDSVersion");
    login->packet_size = ak_read_le32(&r, "PacketSize");
    login->client_version = ak_read_le32(&r, "ClientProgVer");
    login->client_pid = ak_read_le32(&r, "ClientPID");
    ak_read_skip(&r, 4, "ConnectionID");
    login->option1 = ak_read_u8(&r, "OptionFlags1");
    login->option2 = ak_read_u8(&r, "OptionFlags2");
    login->type_flags = ak_read_u8(&r, "TypeFlags");
    login->option3 = ak_read_u8(&r, "OptionFlags3");
    ak_read_skip(&r, 4, "ClientTimeZone");
    login->lcid = ak_read_le32(&r, "ClientLCID");
    *fixed = ak_reader_ok(&r);
    login->integrated_security = (login->option2 & 0x80) != 0;
    login->host = login_text(body, &r);
    login->user = login_text(body, &r);
    struct ak_span password = login_text(body, &r);
    login->password_characters = password.size / 2;
    login->application = login_text(body, &r);
    login->server = login_text(body, &r);
    size_t extension = ak_read_le16(&r, "ibExtension");
    ak_read_skip(&r, 2, "cbExtension");
    login->federated = (login->option3 & 0x10) != 0 && asks_fedauth(body, extension);
    login->library = login_text(body, &r);
    login->language = login_text(body, &r);
    login->database = login_text(body, &r);
    return parse->verdict;
}

static struct ak_span us_varchar(struct ak_reader *r, const char *field)
{
    size_t characters = ak_read_le16(r, field);
    return ak_read_span(r, characters * 2, field);
}

static struct ak_span b_varchar(struct ak_reader *r, const char *field)
{
    size_t characters = ak_read_u8(r, field);
    return ak_read_span(r, characters * 2, field);
}

static void parse_message(struct ak_reader *r, struct ak_tds_token *token)
{
    token->number = (int32_t)ak_read_le32(r, "Number");
    token->state = ak_read_u8(r, "State");
    token->severity = ak_read_u8(r, "Class");
    token->message = us_varchar(r, "MsgText");
    token->server = b_varchar(r, "ServerName");
}

static void parse_envchange(struct ak_reader *r, struct ak_tds_token *token)
{
    token->change_type = ak_read_u8(r, "Type");
    if (token->change_type == 20) { /* routing: 2.2.7.9 */
        token->kind = AK_TDS_TOKEN_ROUTING;
        ak_read_skip(r, 2, "RoutingDataValueLength");
        ak_read_skip(r, 1, "Protocol");
        token->port = ak_read_le16(r, "ProtocolProperty");
        token->message = us_varchar(r, "AlternateServer");
        return;
    }
    if (token->change_type == 4) {
        struct ak_span value = b_varchar(r, "packet size");
        for (size_t i = 0; i + 1 < value.size; i += 2)
            if (value.bytes[i] >= '0' && value.bytes[i] <= '9' && token->packet_size < 100000)
                token->packet_size = token->packet_size * 10 + (uint32_t)(value.bytes[i] - '0');
    }
}

static void parse_loginack(struct ak_reader *r, struct ak_tds_token *token)
{
    ak_read_skip(r, 1, "Interface");
    token->version = ak_read_be32(r, "TDSVersion");
    token->message = b_varchar(r, "ProgName");
    token->program_version = ak_read_be32(r, "ProgVersion");
}

enum ak_verdict ak_tds_token_parse(struct ak_reader *r, struct ak_tds_token *token)
{
    memset(token, 0, sizeof *token);
    uint8_t type = ak_read_u8(r, "token");
    struct ak_reader body = *r;
    switch (type) {
    case 0xaa:
    case 0xab:
    case 0xad:
    case 0xe3:
    case 0xed:
    case 0xa9: /* ORDER */
        body = ak_read_sub(r, ak_read_le16(r, "token length"), "token body");
        break;
    case 0xe4:
    case 0xee: /* FEDAUTHINFO */
        body = ak_read_sub(r, ak_read_le32(r, "token length"), "token body");
        break;
    case 0xfd:
    case 0xfe:
    case 0xff:
        ak_read_skip(r, 12, "DONE");
        token->kind = AK_TDS_TOKEN_DONE;
        return r->parse->verdict;
    case 0x79: /* RETURNSTATUS */
        ak_read_skip(r, 4, "RETURNSTATUS");
        return r->parse->verdict;
    default:
        ak_reader_fail(r, AK_VERDICT_UNKNOWN, "token");
        return r->parse->verdict;
    }
    if (!ak_reader_ok(r))
        return r->parse->verdict;
    switch (type) {
    case 0xaa:
        token->kind = AK_TDS_TOKEN_ERROR;
        parse_message(&body, token);
        break;
    case 0xab:
        token->kind = AK_TDS_TOKEN_INFO;
        parse_message(&body, token);
        break;
    case 0xad:
        token->kind = AK_TDS_TOKEN_LOGINACK;
        parse_loginack(&body, token);
        break;
    case 0xe3:
        token->kind = AK_TDS_TOKEN_ENVCHANGE;
        parse_envchange(&body, token);
        break;
    case 0xed:
        token->kind = AK_TDS_TOKEN_SSPI;
        break;
    default:
        break;
    }
    if (!ak_reader_ok(&body)) /* the record is shared: leave the outer reader at its end too */
        ak_reader_fail(r, body.parse->verdict, body.parse->field);
    return r->parse->verdict;
}

/* SMID(1)=0x53 flags(1) SID(2) LENGTH(4) SEQNUM(4) WNDW(4), little-endian */
bool ak_smp_parse(const uint8_t header[AK_SMP_HEADER], struct ak_smp *smp)
{
    smp->flags = header[1];
    smp->session = ak_le16(header + 2);
    smp->length = ak_le32(header + 4);
    bool one = smp->flags == 1 || smp->flags == 2 || smp->flags == 4 || smp->flags == 8;
    return header[0] == 0x53 && one && smp->length >= AK_SMP_HEADER && smp->length <= 65536;
}
