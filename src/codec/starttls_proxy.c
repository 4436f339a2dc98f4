/* SPDX-License-Identifier: Apache-2.0 */
#include "base/attr.h"
#include "codec/starttls_rows.h"

#include "base/banned.h"

static enum ak_clear_match of_verdict(enum ak_verdict verdict)
{
    if (verdict == AK_VERDICT_PARSED)
        return AK_CLEAR_YES;
    return verdict == AK_VERDICT_SHORT ? AK_CLEAR_MAYBE : AK_CLEAR_NO;
}

/* ---- HTTP CONNECT (RFC 9110 9.3.6): a request line, header lines, an empty line; each way ---- */

enum { CONNECT_START, CONNECT_HEADERS };
enum { CLIENT, SERVER };

/* "name:port" or "[v6]:port" */
static bool authority(struct ak_span s, struct ak_clear_address *target)
{
    size_t colon = s.size, used;
    while (colon != 0 && s.bytes[colon - 1] != ':')
        colon--;
    if (colon < 2)
        return false;
    struct ak_span port = {s.bytes + colon, s.size - colon}, host = {s.bytes, colon - 1};
    target->port = (uint16_t)ak_clear_number(port, 65535, &used);
    if (used == 0 || used != port.size)
        return false;
    if (host.size > 2 && host.bytes[0] == '[' && host.bytes[host.size - 1] == ']') {
        host.bytes++;
        host.size -= 2;
    }
    for (size_t i = 0; i < host.size; i++)
        if (host.bytes[i] <= 0x20 || host.bytes[i] == 0x7f)
            return false;
    target->bytes = host;
    return true;
}

static bool request_line(struct ak_span line, struct ak_clear_address *target)
{
    struct ak_span where = ak_clear_rest(line), version = ak_clear_rest(where);
    if (!ak_clear_word(line, "CONNECT") || ak_clear_prefix(version, "HTTP/1.", 7) != AK_CLEAR_YES)
        return false;
    size_t size = where.size - version.size;
    while (size != 0 && where.bytes[size - 1] == ' ')
        size--;
    where.size = size;
    return authority(where, target);
}

enum ak_clear_match ak_connect_begins(const struct ak_clear_row *row, bool server, struct ak_span s)
{
    struct ak_clear_unit unit;
    struct ak_span line;
    (void)row;
    if (server)
        return AK_CLEAR_NO;
    enum ak_clear_match verb = ak_clear_prefix(s, "CONNECT ", 8);
    if (verb != AK_CLEAR_YES)
        return verb;
    if (!ak_clear_line(s, &line, &unit))
        return AK_CLEAR_MAYBE;
    return request_line(line, &unit.target) ? AK_CLEAR_YES : AK_CLEAR_NO;
}

static void connect_client(struct ak_clear_state *state, struct ak_span line,
                           struct ak_clear_unit *unit)
{
    if (state->phase[CLIENT] == CONNECT_HEADERS) { /* names and passwords: not looked at */
        if (line.size == 0)
            state->phase[CLIENT] = CONNECT_START;
        return;
    }
    if (!request_line(line, &unit->target))
        return;
    unit->event = AK_CLEAR_TARGET;
    state->phase[CLIENT] = CONNECT_HEADERS;
    state->phase[SERVER] = CONNECT_START;
}

static void connect_server(struct ak_clear_state *state, struct ak_span line,
                           struct ak_clear_unit *unit)
{
    size_t used;
    unit->code = state->id;
    if (state->phase[SERVER] == CONNECT_HEADERS) {
        if (line.size != 0)
            return;
        state->phase[SERVER] = CONNECT_START;
        if (state->id / 100 == 2)
            unit->event = AK_CLEAR_GRANT;
        else if (state->id / 100 != 1)
            unit->event = AK_CLEAR_DENY;
        return;
    }
    if (ak_clear_prefix(line, "HTTP/1.", 7) != AK_CLEAR_YES)
        return; /* the body of a refusal */
    state->id = ak_clear_number(ak_clear_rest(line), 999, &used);
    if (used != 0)
        state->phase[SERVER] = CONNECT_HEADERS;
}

enum ak_verdict ak_connect_read(struct ak_clear_state *state, bool server, struct ak_span s,
                                struct ak_clear_unit *unit)
{
    struct ak_span line;
    if (!ak_clear_line(s, &line, unit))
        return AK_VERDICT_SHORT;
    if (server)
        connect_server(state, line, unit);
    else
        connect_client(state, line, unit);
    return AK_VERDICT_PARSED;
}

/* ---- SOCKS4: 04 01 port(2) address(4) user\0 [name\0 when the address is 0.0.0.x];
 *      answer 00 5a..5d port(2) address(4) ---- */

static bool read_text0(struct ak_reader *r, struct ak_span *text)
{
    struct ak_span rest = ak_reader_rest(r);
    const uint8_t *end = rest.size != 0 ? memchr(rest.bytes, 0, rest.size) : NULL;
    if (end == NULL) {
        ak_reader_fail(r, AK_VERDICT_SHORT, "text");
        return false;
    }
    *text = ak_read_span(r, (size_t)(end - rest.bytes), "text");
    ak_read_skip(r, 1, "NUL");
    for (size_t i = 0; i < text->size; i++)
        if (text->bytes[i] < 0x20)
            ak_reader_fail(r, AK_VERDICT_BAD, "text");
    return ak_reader_ok(r);
}

static enum ak_verdict socks4_request(struct ak_span s, struct ak_clear_unit *unit)
{
    struct ak_parse parse;
    struct ak_span text;
    struct ak_reader r = ak_reader_of(s.bytes, s.size, &parse);
    if (ak_read_u8(&r, "version") != 4)
        return AK_VERDICT_BAD;
    uint8_t command = ak_read_u8(&r, "command");
    unit->target.port = ak_read_be16(&r, "port");
    unit->target.bytes = ak_read_span(&r, 4, "address");
    unit->target.version = 4;
    if (s.size >= 2 && command != 1)
        return AK_VERDICT_BAD;
    if (ak_reader_ok(&r) && unit->target.port == 0)
        return AK_VERDICT_BAD;
    (void)read_text0(&r, &text); /* the user: not kept */
    const uint8_t *a = unit->target.bytes.bytes;
    if (ak_reader_ok(&r) && a[0] == 0 && a[1] == 0 && a[2] == 0 && a[3] != 0) { /* 4a */
        unit->target.version = 0;
        if (read_text0(&r, &unit->target.bytes) && unit->target.bytes.size == 0)
            ak_reader_fail(&r, AK_VERDICT_BAD, "name");
    }
    unit->size = r.offset;
    unit->event = AK_CLEAR_TARGET;
    return parse.verdict;
}

enum ak_clear_match ak_socks4_begins(const struct ak_clear_row *row, bool server, struct ak_span s)
{
    struct ak_clear_unit unit;
    (void)row;
    return server ? AK_CLEAR_NO : of_verdict(socks4_request(s, &unit));
}

enum ak_verdict ak_socks4_read(struct ak_clear_state *state, bool server, struct ak_span s,
                               struct ak_clear_unit *unit)
{
    if (!server)
        return state->phase[CLIENT]++ == 0 ? socks4_request(s, unit) : AK_VERDICT_BAD;
    if (s.bytes[0] != 0 || state->phase[SERVER] != 0)
        return AK_VERDICT_BAD;
    if (s.size < 8)
        return AK_VERDICT_SHORT;
    if (s.bytes[1] < 0x5a || s.bytes[1] > 0x5d)
        return AK_VERDICT_BAD;
    state->phase[SERVER] = 1;
    unit->size = 8;
    unit->code = s.bytes[1];
    unit->event = unit->code == 0x5a ? AK_CLEAR_GRANT : AK_CLEAR_DENY;
    return AK_VERDICT_PARSED;
}

/* ---- SOCKS5 (RFC 1928, RFC 1929): 05 n methods | 05 method | [01 user password | 01 status] |
 *      05 01 00 type address port | 05 reply 00 type address port ---- */

enum { SOCKS5_METHODS, SOCKS5_PASSWORD, SOCKS5_REQUEST, SOCKS5_OVER };

static enum ak_verdict socks5_methods(struct ak_span s, struct ak_clear_unit *unit)
{
    if (s.size >= 1 && s.bytes[0] != 5)
        return AK_VERDICT_BAD;
    if (s.size < 2)
        return AK_VERDICT_SHORT;
    size_t count = s.bytes[1];
    if (count == 0 || count > 16)
        return AK_VERDICT_BAD;
    unit->size = 2 + count;
    for (size_t i = 2; i < unit->size && i < s.size; i++)
        if (s.bytes[i] > 9 && s.bytes[i] < 0x80) /* IANA: 0 to 9; 80 to fe are private */
            return AK_VERDICT_BAD;
    return s.size < unit->size ? AK_VERDICT_SHORT : AK_VERDICT_PARSED;
}

enum ak_clear_match ak_socks5_begins(const struct ak_clear_row *row, bool server, struct ak_span s)
{
    struct ak_clear_unit unit;
    (void)row;
    return server ? AK_CLEAR_NO : of_verdict(socks5_methods(s, &unit));
}

/* 05 x 00 type address port: of a request and of its answer. */
static enum ak_verdict socks5_message(struct ak_span s, uint8_t *code, struct ak_clear_unit *unit)
{
    struct ak_parse parse;
    struct ak_reader r = ak_reader_of(s.bytes, s.size, &parse);
    uint8_t version = ak_read_u8(&r, "version");
    *code = ak_read_u8(&r, "command or reply");
    uint8_t reserved = ak_read_u8(&r, "reserved");
    uint8_t type = ak_read_u8(&r, "address type");
    if (version != 5 || (ak_reader_ok(&r) && reserved != 0))
        return AK_VERDICT_BAD;
    size_t size = type == 1 ? 4 : type == 4 ? 16 : 0;
    if (type == 3)
        size = ak_read_u8(&r, "name length");
    if (ak_reader_ok(&r) && size == 0)
        return AK_VERDICT_BAD;
    unit->target.version = type == 1 ? 4 : type == 4 ? 6 : 0;
    unit->target.bytes = ak_read_span(&r, size, "address");
    unit->target.port = ak_read_be16(&r, "port");
    unit->size = r.offset;
    return parse.verdict;
}

/* Version, user and password: only their lengths are looked at. */
static enum ak_verdict socks5_password(struct ak_span s, struct ak_clear_unit *unit)
{
    struct ak_parse parse;
    struct ak_reader r = ak_reader_of(s.bytes, s.size, &parse);
    uint8_t version = ak_read_u8(&r, "version");
    ak_read_skip(&r, ak_read_u8(&r, "user length"), "user");
    ak_read_skip(&r, ak_read_u8(&r, "password length"), "password");
    unit->size = r.offset;
    return version != 1 ? AK_VERDICT_BAD : parse.verdict;
}

static enum ak_verdict socks5_client(struct ak_clear_state *state, struct ak_span s,
                                     struct ak_clear_unit *unit)
{
    uint8_t command;
    uint8_t *phase = &state->phase[CLIENT];
    enum ak_verdict verdict;
    if (*phase == SOCKS5_METHODS) {
        verdict = socks5_methods(s, unit);
        *phase = verdict == AK_VERDICT_PARSED ? SOCKS5_REQUEST : SOCKS5_METHODS;
        return verdict;
    }
    if (s.bytes[0] == 1 && *phase == SOCKS5_REQUEST)
        return socks5_password(s, unit);
    if (*phase != SOCKS5_REQUEST)
        return AK_VERDICT_BAD;
    verdict = socks5_message(s, &command, unit);
    if (verdict != AK_VERDICT_PARSED)
        return verdict;
    if (command != 1)
        return AK_VERDICT_BAD; /* BIND, UDP */
    unit->event = AK_CLEAR_TARGET;
    *phase = SOCKS5_OVER;
    return AK_VERDICT_PARSED;
}

static enum ak_verdict socks5_server(struct ak_clear_state *state, struct ak_span s,
                                     struct ak_clear_unit *unit)
{
    uint8_t reply;
    uint8_t *phase = &state->phase[SERVER];
    if (*phase == SOCKS5_METHODS || *phase == SOCKS5_PASSWORD) {
        bool methods = *phase == SOCKS5_METHODS;
        if (s.bytes[0] != (methods ? 5 : 1))
            return AK_VERDICT_BAD;
        if (s.size < 2)
            return AK_VERDICT_SHORT;
        unit->size = 2;
        unit->code = s.bytes[1];
        bool denied = methods ? s.bytes[1] == 0xff : s.bytes[1] != 0;
        bool known = !methods || s.bytes[1] == 0 || s.bytes[1] == 2 || s.bytes[1] == 0xff;
        *phase = methods && s.bytes[1] == 2 ? SOCKS5_PASSWORD : SOCKS5_REQUEST;
        unit->event = denied ? AK_CLEAR_DENY : known ? AK_CLEAR_TEXT : AK_CLEAR_END;
        return AK_VERDICT_PARSED;
    }
    enum ak_verdict verdict = socks5_message(s, &reply, unit);
    if (verdict != AK_VERDICT_PARSED || *phase != SOCKS5_REQUEST)
        return verdict == AK_VERDICT_PARSED ? AK_VERDICT_BAD : verdict;
    *phase = SOCKS5_OVER;
    unit->code = reply;
    unit->event = reply == 0 ? AK_CLEAR_GRANT : AK_CLEAR_DENY;
    return AK_VERDICT_PARSED;
}

enum ak_verdict ak_socks5_read(struct ak_clear_state *state, bool server, struct ak_span s,
                               struct ak_clear_unit *unit)
{
    return server ? socks5_server(state, s, unit) : socks5_client(state, s, unit);
}

/* ---- PROXY header (haproxy.org, proxy-protocol.txt 2.1, 2.2) ----
 *
 * 1  "PROXY TCP4 source destination port port\r\n"     at most 107 bytes
 * 2  0d0a0d0a000d0a515549540a ver|cmd(1) family(1) length(2) addresses ports TLVs
 */

static const uint8_t signature[] = {13, 10, 13, 10, 0, 13, 10, 'Q', 'U', 'I', 'T', 10};

static struct ak_span first_word(struct ak_span *line)
{
    struct ak_span word = *line, rest = ak_clear_rest(*line);
    word.size -= rest.size;
    while (word.size != 0 && word.bytes[word.size - 1] == ' ')
        word.size--;
    *line = rest;
    return word;
}

static bool header_text(struct ak_span line, struct ak_clear_unit *unit)
{
    size_t source, target;
    (void)first_word(&line);
    bool addresses = ak_clear_word(line, "TCP4") || ak_clear_word(line, "TCP6");
    if (!addresses)
        return ak_clear_word(line, "UNKNOWN");
    (void)first_word(&line);
    unit->source.bytes = first_word(&line);
    unit->target.bytes = first_word(&line);
    struct ak_span source_port = first_word(&line), target_port = line;
    unit->source.port = (uint16_t)ak_clear_number(source_port, 65535, &source);
    unit->target.port = (uint16_t)ak_clear_number(target_port, 65535, &target);
    return source != 0 && target != 0 && unit->source.bytes.size <= 45 &&
           unit->target.bytes.size <= 45 && unit->target.bytes.size >= 2;
}

static enum ak_verdict header_binary(struct ak_span s, struct ak_clear_unit *unit)
{
    struct ak_parse parse;
    struct ak_reader r = ak_reader_of(s.bytes, s.size, &parse);
    ak_read_skip(&r, sizeof signature, "signature");
    uint8_t command = ak_read_u8(&r, "version and command");
    uint8_t family = ak_read_u8(&r, "family");
    size_t length = ak_read_be16(&r, "length");
    if (!ak_reader_ok(&r))
        return parse.verdict;
    if (command >> 4 != 2 || (command & 15) > 1)
        return AK_VERDICT_BAD;
    unit->size = sizeof signature + 4 + length;
    if (unit->size > AK_CLEAR_WINDOW)
        return AK_VERDICT_BAD;
    if (s.size < unit->size)
        return AK_VERDICT_SHORT;
    uint8_t version = family >> 4 == 1 ? 4 : family >> 4 == 2 ? 6 : 0;
    size_t size = version == 4 ? 4 : 16;
    if ((command & 15) == 0 || version == 0 || length < 2 * size + 4)
        return AK_VERDICT_PARSED; /* LOCAL, or no addresses that mean anything here */
    unit->source.version = unit->target.version = version;
    unit->source.bytes = ak_read_span(&r, size, "source");
    unit->target.bytes = ak_read_span(&r, size, "destination");
    unit->source.port = ak_read_be16(&r, "source port");
    unit->target.port = ak_read_be16(&r, "destination port");
    return parse.verdict;
}

static enum ak_verdict header(struct ak_span s, struct ak_clear_unit *unit)
{
    struct ak_span line;
    enum ak_clear_match text = ak_clear_prefix(s, "PROXY ", 6);
    enum ak_clear_match binary = ak_clear_prefix(s, signature, sizeof signature);
    unit->event = AK_CLEAR_HEADER;
    if (text == AK_CLEAR_NO && binary == AK_CLEAR_NO)
        return AK_VERDICT_BAD;
    if (binary == AK_CLEAR_YES)
        return header_binary(s, unit);
    if (text != AK_CLEAR_YES || !ak_clear_line(s, &line, unit))
        return s.size > 107 ? AK_VERDICT_BAD : AK_VERDICT_SHORT;
    return header_text(line, unit) ? AK_VERDICT_PARSED : AK_VERDICT_BAD;
}

enum ak_clear_match ak_header_begins(const struct ak_clear_row *row, bool server, struct ak_span s)
{
    struct ak_clear_unit unit;
    (void)row;
    memset(&unit, 0, sizeof unit);
    return server ? AK_CLEAR_NO : of_verdict(header(s, &unit));
}

enum ak_verdict ak_header_read(struct ak_clear_state *state, bool server, struct ak_span s,
                               struct ak_clear_unit *unit)
{
    (void)state;
    return server ? AK_VERDICT_BAD : header(s, unit);
}
