/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/attr.h"
#include "codec/starttls_rows.h"

#include "base/banned.h"

/* ---- LDAP: 30 length { 02 n id, op length ... } (RFC 4511 4.1.1, 4.14.1) ---- */

enum { LDAP_BIND = 0x60, LDAP_UNBIND = 0x42, LDAP_EXTENDED = 0x77, LDAP_EXTENDED_ANSWER = 0x78 };
enum { LDAP_MOST = 1 << 24 };

static const char start_tls_oid[] = "1.3.6.1.4.1.1466.20037";

/* A definite length in BER; more than four bytes of it fail. */
static size_t ber_length(struct ak_reader *r)
{
    uint8_t first = ak_read_u8(r, "length");
    if (first < 0x80)
        return first;
    size_t value = 0, count = first & 0x7fu;
    if (count == 0 || count > 4)
        ak_reader_fail(r, AK_VERDICT_BAD, "length");
    for (size_t i = 0; i < count && ak_reader_ok(r); i++)
        value = value << 8 | ak_read_u8(r, "length");
    return value;
}

static uint32_t ber_integer(struct ak_reader *r)
{
    size_t size = ber_length(r);
    uint32_t value = 0;
    if (size == 0 || size > 4)
        ak_reader_fail(r, AK_VERDICT_BAD, "integer");
    for (size_t i = 0; i < size && ak_reader_ok(r); i++)
        value = value << 8 | ak_read_u8(r, "integer");
    return value;
}

/* Up to the operation: its tag, its length, and the reader behind them. */
static struct ak_reader ldap_message(struct ak_span s, struct ak_parse *parse, size_t *total,
                                     uint32_t *id, uint8_t *operation)
{
    struct ak_reader r = ak_reader_of(s.bytes, s.size, parse);
    if (ak_read_u8(&r, "LDAPMessage") != 0x30)
        ak_reader_fail(&r, AK_VERDICT_BAD, "LDAPMessage");
    size_t length = ber_length(&r);
    *total = r.offset + length;
    if (length < 5 || length > LDAP_MOST)
        ak_reader_fail(&r, AK_VERDICT_BAD, "length");
    if (ak_read_u8(&r, "messageID") != 2)
        ak_reader_fail(&r, AK_VERDICT_BAD, "messageID");
    *id = ber_integer(&r);
    *operation = ak_read_u8(&r, "protocolOp");
    if (*operation >> 6 != 1)
        ak_reader_fail(&r, AK_VERDICT_BAD, "protocolOp"); /* not an application tag */
    size_t inner = ber_length(&r);
    if (ak_reader_ok(&r) && r.offset + inner > *total)
        ak_reader_fail(&r, AK_VERDICT_BAD, "protocolOp length");
    return r;
}

static bool is_start_tls(struct ak_reader r)
{
    if (ak_read_u8(&r, "requestName") != 0x80)
        return false;
    struct ak_span oid = ak_read_span(&r, ber_length(&r), "requestName");
    return oid.size == sizeof start_tls_oid - 1 && memcmp(oid.bytes, start_tls_oid, oid.size) == 0;
}

enum ak_clear_match ak_ldap_begins(const struct ak_clear_row *row, bool server, struct ak_span s)
{
    struct ak_parse parse;
    size_t total;
    uint32_t id;
    uint8_t op;
    (void)row;
    if (server)
        return AK_CLEAR_NO;
    struct ak_reader r = ldap_message(s, &parse, &total, &id, &op);
    if (parse.verdict != AK_VERDICT_PARSED)
        return parse.verdict == AK_VERDICT_SHORT ? AK_CLEAR_MAYBE : AK_CLEAR_NO;
    /* A first message: bind with its version, search, or an extended request. */
    uint8_t first = ak_read_u8(&r, "first");
    if (!ak_reader_ok(&r))
        return AK_CLEAR_MAYBE;
    bool known = (op == LDAP_BIND && first == 2) || (op == LDAP_EXTENDED && first == 0x80) ||
                 (op == 0x63 && first == 4);
    return known && id != 0 ? AK_CLEAR_YES : AK_CLEAR_NO;
}

static void ldap_answer(const struct ak_clear_state *state, struct ak_reader *r, uint32_t id,
                        struct ak_clear_unit *unit)
{
    if (state->starttls != AK_STARTTLS_ASKED || id != state->id)
        return;
    if (ak_read_u8(r, "resultCode") != 0x0a)
        return;
    uint32_t code = ber_integer(r);
    if (!ak_reader_ok(r))
        return;
    unit->event = code == 0 ? AK_CLEAR_ACCEPT : AK_CLEAR_REFUSE;
    (void)snprintf(unit->answer, sizeof unit->answer, "%u", (unsigned)code);
}

enum ak_verdict ak_ldap_read(struct ak_clear_state *state, bool server, struct ak_span s,
                             struct ak_clear_unit *unit)
{
    struct ak_parse parse;
    uint32_t id;
    uint8_t op;
    struct ak_reader r = ldap_message(s, &parse, &unit->size, &id, &op);
    if (parse.verdict != AK_VERDICT_PARSED)
        return parse.verdict;
    if (s.size < unit->size && s.size < AK_CLEAR_WINDOW)
        return AK_VERDICT_SHORT;
    if (server && op == LDAP_EXTENDED_ANSWER)
        ldap_answer(state, &r, id, unit);
    if (!server && op == LDAP_UNBIND)
        unit->event = AK_CLEAR_BYE;
    if (!server && op == LDAP_EXTENDED && is_start_tls(r)) {
        unit->event = AK_CLEAR_ASK;
        state->id = id;
    }
    return AK_VERDICT_PARSED;
}

/* ---- PostgreSQL: length(4) code(4) of the client, one letter of the server ---- */

enum { PG_CANCEL = 80877102, PG_SSL = 80877103, PG_GSS = 80877104 };

/* A StartupMessage, an SSLRequest, a GSSENCRequest or a CancelRequest. */
static enum ak_clear_match pg_first(struct ak_span s, uint32_t *code)
{
    static const uint8_t request[] = {0, 0, 0, 8, 0x04, 0xd2, 0x16};
    if (s.size < 8)
        return ak_clear_prefix(s, request, 2) == AK_CLEAR_NO ? AK_CLEAR_NO : AK_CLEAR_MAYBE;
    uint32_t length = ak_be32(s.bytes);
    *code = ak_be32(s.bytes + 4);
    if (*code == PG_SSL || *code == PG_GSS)
        return length == 8 ? AK_CLEAR_YES : AK_CLEAR_NO;
    if (*code == PG_CANCEL)
        return length == 16 ? AK_CLEAR_YES : AK_CLEAR_NO;
    bool version = *code >> 16 == 3 && (*code & 0xffff) <= 2 && length > 8 && length < 10000;
    if (!version)
        return AK_CLEAR_NO;
    if (s.size == 8)
        return AK_CLEAR_MAYBE;
    return s.bytes[8] >= 'a' && s.bytes[8] <= 'z' ? AK_CLEAR_YES : AK_CLEAR_NO;
}

enum ak_clear_match ak_postgresql_begins(const struct ak_clear_row *row, bool server,
                                         struct ak_span s)
{
    uint32_t code;
    (void)row;
    return server ? AK_CLEAR_NO : pg_first(s, &code);
}

static enum ak_verdict pg_answer(struct ak_clear_state *state, uint8_t letter,
                                 struct ak_clear_unit *unit)
{
    unit->size = 1;
    if (state->gss) {
        state->gss = false;
        unit->event = letter == 'G' ? AK_CLEAR_END : AK_CLEAR_TEXT;
        return letter == 'G' || letter == 'N' ? AK_VERDICT_PARSED : AK_VERDICT_BAD;
    }
    if (state->starttls != AK_STARTTLS_ASKED || (letter != 'S' && letter != 'N' && letter != 'E'))
        return AK_VERDICT_BAD;
    unit->event = letter == 'S' ? AK_CLEAR_ACCEPT : AK_CLEAR_REFUSE;
    ak_clear_answer(unit, &letter, 1);
    return AK_VERDICT_PARSED;
}

enum ak_verdict ak_postgresql_read(struct ak_clear_state *state, bool server, struct ak_span s,
                                   struct ak_clear_unit *unit)
{
    static const uint8_t terminate[] = {'X', 0, 0, 0, 4};
    uint32_t code = 0;
    if (server)
        return pg_answer(state, s.bytes[0], unit);
    if (ak_clear_prefix(s, terminate, 1) == AK_CLEAR_YES) {
        unit->size = sizeof terminate;
        unit->event = AK_CLEAR_BYE;
        return s.size < sizeof terminate ? AK_VERDICT_SHORT : AK_VERDICT_PARSED;
    }
    enum ak_clear_match match = pg_first(s, &code);
    if (match != AK_CLEAR_YES)
        return match == AK_CLEAR_MAYBE ? AK_VERDICT_SHORT : AK_VERDICT_BAD;
    unit->size = 8;
    state->gss = code == PG_GSS;
    unit->event = code == PG_SSL   ? AK_CLEAR_ASK
                  : code == PG_GSS ? AK_CLEAR_TEXT
                                   : AK_CLEAR_END; /* startup or cancel: it goes on in clear */
    return AK_VERDICT_PARSED;
}

/* ---- MySQL: length(3, little-endian) number(1); greeting 0a version\0 id(4) salt(8) 00 caps(2) */

enum { MYSQL_SSL = 0x0800, MYSQL_SSL_REQUEST = 32 };

static struct ak_reader mysql_greeting(struct ak_span s, struct ak_parse *parse, size_t *total,
                                       uint16_t *capabilities)
{
    struct ak_reader r = ak_reader_of(s.bytes, s.size, parse);
    size_t length = ak_read_u8(&r, "length");
    length |= (size_t)ak_read_le16(&r, "length") << 8;
    *total = length + 4;
    if (ak_reader_ok(&r) && (length < 30 || length > 400))
        ak_reader_fail(&r, AK_VERDICT_BAD, "length");
    uint8_t number = ak_read_u8(&r, "number");
    uint8_t version = ak_read_u8(&r, "protocol version");
    if (ak_reader_ok(&r) && (number != 0 || version != 10))
        ak_reader_fail(&r, AK_VERDICT_BAD, "protocol version");
    bool first = true;
    for (uint8_t c = 1; c != 0 && ak_reader_ok(&r); first = false) {
        c = ak_read_u8(&r, "server version");
        bool fits = first ? c >= '0' && c <= '9' : c == 0 || (c >= 0x20 && c < 0x7f);
        if (ak_reader_ok(&r) && !fits)
            ak_reader_fail(&r, AK_VERDICT_BAD, "server version");
    }
    ak_read_skip(&r, 12, "connection id and salt");
    if (ak_read_u8(&r, "filler") != 0)
        ak_reader_fail(&r, AK_VERDICT_BAD, "filler");
    *capabilities = ak_read_le16(&r, "capabilities");
    return r;
}

enum ak_clear_match ak_mysql_begins(const struct ak_clear_row *row, bool server, struct ak_span s)
{
    struct ak_parse parse;
    size_t total;
    uint16_t capabilities;
    (void)row;
    if (!server)
        return AK_CLEAR_NO;
    (void)mysql_greeting(s, &parse, &total, &capabilities);
    if (parse.verdict == AK_VERDICT_PARSED)
        return AK_CLEAR_YES;
    return parse.verdict == AK_VERDICT_SHORT ? AK_CLEAR_MAYBE : AK_CLEAR_NO;
}

enum ak_verdict ak_mysql_read(struct ak_clear_state *state, bool server, struct ak_span s,
                              struct ak_clear_unit *unit)
{
    struct ak_parse parse;
    uint16_t capabilities;
    if (server && state->phase[1]++ == 0) {
        (void)mysql_greeting(s, &parse, &unit->size, &capabilities);
        unit->event = capabilities & MYSQL_SSL ? AK_CLEAR_OFFER : AK_CLEAR_TEXT;
        state->phase[1] = parse.verdict == AK_VERDICT_PARSED;
        return parse.verdict;
    }
    struct ak_reader r = ak_reader_of(s.bytes, s.size, &parse);
    size_t length = ak_read_u8(&r, "length");
    length |= (size_t)ak_read_le16(&r, "length") << 8;
    uint8_t number = ak_read_u8(&r, "number");
    capabilities = ak_read_le16(&r, "capabilities");
    if (!ak_reader_ok(&r))
        return parse.verdict;
    bool asks = !server && number == 1 && length == MYSQL_SSL_REQUEST && capabilities & MYSQL_SSL;
    unit->size = length + 4;
    if (asks && s.size < unit->size)
        return AK_VERDICT_SHORT;
    unit->event = asks ? AK_CLEAR_ACCEPT : AK_CLEAR_END; /* TLS follows at once: no answer */
    return AK_VERDICT_PARSED;
}

/* ---- RDP: TPKT 03 00 length(2), X.224 LI e0|d0 dst(2) src(2) class, cookie, negotiation ----
 *
 * negotiation  01 flags 0008 protocols(4)  asked | 02 flags 0008 protocol(4) | 03 00 0008 code(4)
 */

enum { X224_REQUEST = 0xe0, X224_CONFIRM = 0xd0, RDP_NEGOTIATION = 8 };

struct rdp_packet {
    size_t total;
    uint8_t kind;
    struct ak_span options; /* behind the fixed part */
};

static enum ak_verdict rdp_packet_parse(struct ak_span s, struct rdp_packet *packet)
{
    struct ak_parse parse;
    struct ak_reader r = ak_reader_of(s.bytes, s.size, &parse);
    if (ak_read_be16(&r, "TPKT") != 0x0300 && s.size >= 2)
        return AK_VERDICT_BAD;
    packet->total = ak_read_be16(&r, "TPKT length");
    size_t indicator = ak_read_u8(&r, "length indicator");
    packet->kind = ak_read_u8(&r, "code") & 0xf0;
    if (!ak_reader_ok(&r))
        return s.size >= 1 && s.bytes[0] != 3 ? AK_VERDICT_BAD : AK_VERDICT_SHORT;
    if (packet->kind != X224_REQUEST && packet->kind != X224_CONFIRM)
        return AK_VERDICT_UNKNOWN;
    if (packet->total < 11 || packet->total > AK_CLEAR_WINDOW || indicator + 5 != packet->total)
        return AK_VERDICT_BAD;
    ak_read_skip(&r, 5, "references and class");
    packet->options = ak_read_span(&r, packet->total - 11, "options");
    return parse.verdict;
}

/* The negotiation stands last; `type` and value, or false. */
static bool rdp_negotiation(const struct rdp_packet *packet, uint8_t *type, uint32_t *value)
{
    if (packet->options.size < RDP_NEGOTIATION)
        return false;
    const uint8_t *p = packet->options.bytes + packet->options.size - RDP_NEGOTIATION;
    if (ak_le16(p + 2) != RDP_NEGOTIATION || p[0] < 1 || p[0] > 3)
        return false;
    *type = p[0];
    *value = ak_le32(p + 4);
    return true;
}

enum ak_clear_match ak_rdp_begins(const struct ak_clear_row *row, bool server, struct ak_span s)
{
    struct rdp_packet packet;
    uint8_t type = 0;
    uint32_t value;
    (void)row;
    if (server)
        return AK_CLEAR_NO;
    enum ak_verdict verdict = rdp_packet_parse(s, &packet);
    if (verdict != AK_VERDICT_PARSED)
        return verdict == AK_VERDICT_SHORT ? AK_CLEAR_MAYBE : AK_CLEAR_NO;
    bool asks = rdp_negotiation(&packet, &type, &value) && type == 1;
    bool cookie = ak_clear_prefix(packet.options, "Cookie: ms", 10) == AK_CLEAR_YES;
    return packet.kind == X224_REQUEST && (asks || cookie) ? AK_CLEAR_YES : AK_CLEAR_NO;
}

static void rdp_selected(struct ak_clear_unit *unit, uint32_t protocol)
{
    unit->event = protocol != 0 ? AK_CLEAR_ACCEPT : AK_CLEAR_REFUSE;
    unit->rdp_protocol = protocol;
    const char *name = "rdp";
    for (unsigned bit = 0; bit < AK_RDP_PROTOCOLS; bit++)
        if (protocol == UINT32_C(1) << bit)
            name = ak_rdp_protocol_name(bit);
    ak_clear_answer(unit, name, strlen(name));
}

static void rdp_confirm(const struct ak_clear_state *state, const struct rdp_packet *packet,
                        struct ak_clear_unit *unit)
{
    uint8_t type = 0;
    uint32_t value = 0;
    if (state->starttls != AK_STARTTLS_ASKED)
        return;
    if (!rdp_negotiation(packet, &type, &value) || type != 3) {
        rdp_selected(unit, type == 2 ? value : 0); /* no answer to it: a server of 2000 to 2003 */
        return;
    }
    unit->event = AK_CLEAR_REFUSE;
    const char *name = ak_rdp_failure_name(value);
    if (name != NULL)
        ak_clear_answer(unit, name, strlen(name));
    else
        (void)snprintf(unit->answer, sizeof unit->answer, "%u", (unsigned)value);
}

enum ak_verdict ak_rdp_read(struct ak_clear_state *state, bool server, struct ak_span s,
                            struct ak_clear_unit *unit)
{
    struct rdp_packet packet;
    uint8_t type = 0;
    uint32_t value = 0;
    enum ak_verdict verdict = rdp_packet_parse(s, &packet);
    if (verdict == AK_VERDICT_UNKNOWN) { /* MCS follows: RDP's own security */
        unit->size = s.size;
        unit->event = AK_CLEAR_END;
        return AK_VERDICT_PARSED;
    }
    if (verdict != AK_VERDICT_PARSED)
        return verdict;
    unit->size = packet.total;
    if (server) {
        rdp_confirm(state, &packet, unit);
    } else if (rdp_negotiation(&packet, &type, &value) && type == 1 && value != 0) {
        unit->event = AK_CLEAR_ASK;
        unit->rdp_protocol = value;
    }
    return AK_VERDICT_PARSED;
}
