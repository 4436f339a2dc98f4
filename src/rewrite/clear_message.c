/* SPDX-License-Identifier: Apache-2.0 */
#include "rewrite/clear_message.h"

#include <string.h>

#include "base/attr.h"
#include "codec/starttls_rows.h"
#include "rewrite/copier.h"

#include "base/banned.h"

static const uint8_t hidden = 'x';

struct clear {
    struct ak_pseudonyms *names;
    const struct ak_clear_state *state;
    const struct ak_clear_unit *unit;
    bool server;
    struct ak_span body;
    uint8_t *to;
};

/* As many of the bytes as there are. */
static void keep(const struct clear *c, size_t at, size_t size)
{
    if (at >= c->body.size)
        return;
    if (size > c->body.size - at)
        size = c->body.size - at;
    memcpy(c->to + at, c->body.bytes + at, size);
}

static size_t offset_of(const struct clear *c, struct ak_span inner)
{
    return (size_t)(inner.bytes - c->body.bytes);
}

static void keep_name(const struct clear *c, struct ak_span name)
{
    size_t at = offset_of(c, name);
    if (name.size == 0)
        return;
    keep(c, at, name.size);
    if (c->names != NULL)
        ak_pseudonym_text(c->names, AK_TEXT_UTF8, c->to + at, name.size);
}

static void keep_address(const struct clear *c, const struct ak_clear_address *address)
{
    if (address->bytes.size == 0)
        return;
    size_t at = offset_of(c, address->bytes);
    if (address->version == 0) {
        keep_name(c, address->bytes);
        return;
    }
    keep(c, at, address->bytes.size);
    if (c->names != NULL && address->version == 4)
        ak_pseudonym_ipv4(c->names, c->to + at);
    else if (c->names != NULL)
        ak_pseudonym_ipv6(c->names, c->to + at);
}

/* ---- lines ---- */

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* Everything but the line's end; what stays is put back afterwards. */
static struct ak_span hide_line(const struct clear *c)
{
    struct ak_span line = c->body;
    if (line.size != 0 && line.bytes[line.size - 1] == '\n')
        line.size--;
    if (line.size != 0 && line.size < c->body.size && line.bytes[line.size - 1] == '\r')
        line.size--;
    memset(c->to, hidden, line.size);
    keep(c, line.size, c->body.size - line.size);
    return line;
}

/* A word at the front of `line`, and the space behind it. */
static bool keep_word(const struct clear *c, struct ak_span line, const char *word)
{
    if (!ak_clear_word(line, word))
        return false;
    size_t size = strlen(word);
    keep(c, offset_of(c, line), line.size > size ? size + 1 : size);
    return true;
}

/* A word wherever it stands. */
static void keep_within(const struct clear *c, struct ak_span line, const char *word)
{
    size_t size = strlen(word);
    for (; line.size >= size; line.bytes++, line.size--) {
        struct ak_span here = {line.bytes, size};
        if (ak_clear_contains(here, word))
            keep(c, offset_of(c, line), size);
    }
}

static void tagged_reply(const struct clear *c, struct ak_span line)
{
    static const char *const codes[] = {"OK", "NO", "BAD"};
    if (c->state->tag[0] == '\0' || !keep_word(c, line, c->state->tag))
        return;
    struct ak_span code = ak_clear_rest(line);
    keep(c, 0, offset_of(c, code));
    for (size_t i = 0; i < AK_COUNT(codes); i++)
        (void)keep_word(c, code, codes[i]);
}

static void server_line(const struct clear *c, struct ak_span line)
{
    const struct ak_line_words *words = c->state->row->words;
    for (size_t i = 0; i < AK_COUNT(words->greeting) && words->greeting[i] != NULL; i++)
        (void)keep_word(c, line, words->greeting[i]);
    for (size_t i = 0; i < AK_COUNT(words->hint) && words->hint[i] != NULL; i++)
        keep_within(c, line, words->hint[i]);
    if (words->offer != NULL)
        keep_within(c, line, words->offer);
    const uint8_t *p = line.bytes;
    switch (words->style) {
    case AK_REPLY_DIGITS:
        if (line.size >= 3 && is_digit(p[0]) && is_digit(p[1]) && is_digit(p[2]))
            keep(c, 0, line.size > 3 && (p[3] == ' ' || p[3] == '-') ? 4 : 3);
        break;
    case AK_REPLY_STATUS:
        (void)keep_word(c, line, "+OK");
        (void)keep_word(c, line, "-ERR");
        break;
    default:
        tagged_reply(c, line);
        break;
    }
}

/* No word of a login's dialogue: those are hidden. */
static const char *const commands[] = {"NOOP", "RSET", "AUTH", "MAIL", "RCPT", "DATA", "USER",
                                       "PASS", "PBSZ", "PROT", "LIST", "STAT", "CLOSE"};
static const char *const with_name[] = {"EHLO", "HELO", "LHLO", "HOST"};

static bool keep_command(const struct clear *c, struct ak_span command)
{
    const struct ak_line_words *words = c->state->row->words;
    bool any = words->bye != NULL && keep_word(c, command, words->bye);
    for (size_t i = 0; i < AK_COUNT(commands); i++)
        any |= keep_word(c, command, commands[i]);
    for (size_t i = 0; i < AK_LINE_COMMANDS && words->own[i] != NULL; i++)
        any |= keep_word(c, command, words->own[i]);
    for (size_t i = 0; i < AK_LINE_ASKS && words->ask[i] != NULL; i++)
        any |= keep_word(c, command, words->ask[i]);
    for (size_t i = 0; i < AK_COUNT(with_name); i++)
        if (keep_word(c, command, with_name[i]))
            keep_name(c, ak_clear_rest(command));
    return any;
}

static void client_line(const struct clear *c, struct ak_span line)
{
    bool tagged = c->state->row->words->style == AK_REPLY_TAGGED;
    struct ak_span command = tagged ? ak_clear_rest(line) : line;
    bool known = command.size != 0 && keep_command(c, command);
    if (tagged && known)
        keep(c, 0, offset_of(c, command));
}

/* ---- XMPP ---- */

static void element(const struct clear *c)
{
    static const char *const elements[] = {
        "stream:stream",   "/stream:stream",   "starttls", "/starttls", "proceed", "failure",
        "stream:features", "/stream:features", "auth",     "required",  "?xml"};
    size_t size = c->body.size;
    memset(c->to, hidden, size);
    keep_within(c, c->body, "jabber:");
    if (size != 0 && c->body.bytes[size - 1] == '>')
        keep(c, size >= 2 && c->body.bytes[size - 2] == '/' ? size - 2 : size - 1, 2);
    const uint8_t *begin = size != 0 ? memchr(c->body.bytes, '<', size) : NULL;
    if (begin == NULL)
        return;
    size_t at = (size_t)(begin - c->body.bytes) + 1;
    keep(c, at - 1, 1);
    for (size_t i = 0; i < AK_COUNT(elements); i++) {
        size_t n = strlen(elements[i]);
        if (size - at > n && memcmp(c->body.bytes + at, elements[i], n) == 0 &&
            memchr(" />", c->body.bytes[at + n], 3) != NULL)
            keep(c, at, n + 1);
    }
}

/* ---- proxies ---- */

static size_t spaces(struct ak_span line, size_t at)
{
    size_t n = 0;
    while (at + n < line.size && line.bytes[at + n] == ' ')
        n++;
    return n;
}

static size_t digits(struct ak_span line, size_t at)
{
    size_t n = 0;
    while (at + n < line.size && n < 5 && is_digit(line.bytes[at + n]))
        n++;
    return n;
}

/* CONNECT [name]:port HTTP/1.1 */
static void connect_request(const struct clear *c, struct ak_span line)
{
    struct ak_span host = c->unit->target.bytes;
    size_t begin = offset_of(c, host), at = begin + host.size;
    keep(c, 0, strlen("CONNECT "));
    memset(c->to + strlen("CONNECT "), ' ', begin - strlen("CONNECT "));
    if (begin != 0 && line.bytes[begin - 1] == '[')
        keep(c, begin - 1, 1);
    if (at < line.size && line.bytes[at] == ']')
        keep(c, at++, 1);
    keep(c, at, 1); /* the colon */
    at++;
    size_t port = digits(line, at), space = spaces(line, at + port);
    keep(c, at, port + space + strlen("HTTP/1.1"));
    const uint8_t *user_end = host.size != 0 ? memchr(host.bytes, '@', host.size) : NULL;
    if (user_end == NULL) /* else the name stays hidden with its user and password */
        keep_name(c, host);
}

static void connect_answer(const struct clear *c, struct ak_span line)
{
    size_t version = strlen("HTTP/1.1"), space = spaces(line, version);
    if (ak_clear_prefix(line, "HTTP/1.", version - 1) != AK_CLEAR_YES)
        return;
    size_t code = digits(line, version + space);
    keep(c, 0, version + space + (code <= 3 ? code : 0));
    if (version + space + code < line.size && line.bytes[version + space + code] == ' ')
        keep(c, version + space + code, 1);
}

static void connect_line(const struct clear *c)
{
    struct ak_span line = hide_line(c);
    if (!c->server && c->unit->event == AK_CLEAR_TARGET)
        connect_request(c, line);
    else if (c->server)
        connect_answer(c, line);
}

/* A text of SOCKS4 that ends with NUL. */
static size_t hide_text0(const struct clear *c, size_t at)
{
    while (at < c->body.size && c->body.bytes[at] != 0)
        c->to[at++] = hidden;
    return at + 1;
}

static void socks4(const struct clear *c)
{
    if (c->server) {
        keep(c, 0, 2);
        return;
    }
    keep(c, 0, 4);
    keep(c, 4, c->unit->target.version == 0 ? 4 : 0);
    (void)hide_text0(c, 8); /* the user */
    keep_address(c, &c->unit->target);
}

static void socks5(const struct clear *c)
{
    bool password = !c->server && c->body.size != 0 && c->body.bytes[0] == 1;
    bool message = c->unit->target.bytes.size != 0;
    if (password) { /* 01 n user n password */
        keep(c, 0, 2);
        keep(c, 2 + (size_t)(c->body.size > 1 ? c->body.bytes[1] : 0), 1);
    } else if (message) { /* 05 code 00 type [n] address port */
        size_t at = offset_of(c, c->unit->target.bytes);
        keep(c, 0, at);
        keep_address(c, &c->unit->target);
        keep(c, at + c->unit->target.bytes.size, 2);
    } else {
        keep(c, 0, c->body.size); /* methods */
    }
}

enum { HEADER_SIGNATURE = 12, HEADER_FRONT = 16 };

static void proxy_header(const struct clear *c)
{
    const struct ak_clear_unit *u = c->unit;
    if (c->body.bytes[0] == 'P') {
        struct ak_span line = hide_line(c);
        keep(c, 0, strlen("PROXY "));
        if (u->target.bytes.size == 0) {
            keep(c, 0, strlen("PROXY UNKNOWN"));
            return;
        }
        size_t at = offset_of(c, u->target.bytes) + u->target.bytes.size;
        keep(c, 0, at);
        keep_address(c, &u->source);
        keep_address(c, &u->target);
        for (int i = 0; i < 2; i++) {
            size_t n = spaces(line, at);
            n += digits(line, at + n);
            keep(c, at, n);
            at += n;
        }
        return;
    }
    keep(c, 0, HEADER_FRONT);
    if (u->target.bytes.size == 0)
        return;
    keep_address(c, &u->source);
    keep_address(c, &u->target);
    keep(c, offset_of(c, u->target.bytes) + u->target.bytes.size, 4); /* ports */
}

/* ---- packets ---- */

static size_t ber_length(struct ak_copier *k)
{
    size_t first = ak_copy_u8(k), value = 0;
    if (first < 0x80)
        return first;
    for (size_t i = 0; i < (first & 0x7f) && i < 4; i++)
        value = value << 8 | ak_copy_u8(k);
    return value;
}

/* 30 length { 02 n id, op length, its first member } (RFC 4511 4.1.1). */
static void ldap(const struct clear *c)
{
    static const char start_tls[] = "1.3.6.1.4.1.1466.20037";
    struct ak_parse parse;
    struct ak_copier k = ak_copier_of(c->body, c->to, c->names, &parse);
    (void)ak_copy_u8(&k);
    (void)ber_length(&k);
    (void)ak_copy_u8(&k);
    (void)ak_copy(&k, ber_length(&k));
    bool members = (ak_copy_u8(&k) & 0x20) != 0; /* protocolOp: constructed, or a value */
    (void)ber_length(&k);
    if (!members || k.r.left == 0)
        return;
    size_t member = ak_copy_u8(&k), size = ber_length(&k);
    bool oid = member == 0x80 && k.r.left >= size && size == sizeof start_tls - 1 &&
               memcmp(k.r.at, start_tls, size) == 0;
    if (oid || ((member == 2 || member == 0x0a) && size <= 4)) /* a version, a result code */
        (void)ak_copy(&k, size);
}

/* The first parameter of a StartupMessage begins with a small letter. */
static void postgresql(const struct clear *c)
{
    if (c->server) {
        keep(c, 0, 1);
        return;
    }
    keep(c, 0, 8);
    if (c->unit->event == AK_CLEAR_END && c->body.size > 8 && c->body.bytes[8] >= 'a' &&
        c->body.bytes[8] <= 'z')
        c->to[8] = 'u';
}

enum { MYSQL_GREETING = 10, MYSQL_TO_FILLER = 12 };

static void mysql(const struct clear *c)
{
    const uint8_t *p = c->body.bytes;
    size_t size = c->body.size;
    bool greeting = c->server && size > 5 && p[3] == 0 && p[4] == MYSQL_GREETING &&
                    c->unit->event != AK_CLEAR_END;
    keep(c, 0, 4);
    if (!c->server && size > 5 && p[3] == 1)
        keep(c, 4, 2); /* capabilities */
    if (!greeting)
        return;
    size_t at = 5;
    keep(c, 4, 1);
    for (; at < size && p[at] != 0; at++)
        c->to[at] = is_digit(p[at]) || p[at] == '.' || p[at] == '-' ? p[at] : hidden;
    keep(c, at + 1 + MYSQL_TO_FILLER + 1, 2);
}

enum { X224_FRONT = 11, RDP_NEGOTIATION = 8 };

static void rdp(const struct clear *c)
{
    static const char cookie[] = "Cookie: mstshash=";
    size_t at = X224_FRONT, end = c->body.size;
    if (c->unit->event == AK_CLEAR_END)
        return;
    keep(c, 0, X224_FRONT);
    bool negotiates =
        end >= X224_FRONT + RDP_NEGOTIATION && ak_le16(c->body.bytes + end - 6) == RDP_NEGOTIATION;
    if (negotiates)
        keep(c, end -= RDP_NEGOTIATION, RDP_NEGOTIATION);
    for (size_t i = 0; at < end && i < sizeof cookie - 1; i++, at++) {
        if (c->body.bytes[at] != (uint8_t)cookie[i])
            break;
        keep(c, at, 1);
    }
    for (; at > X224_FRONT && at < end; at++)
        c->to[at] =
            c->body.bytes[at] == '\r' || c->body.bytes[at] == '\n' ? c->body.bytes[at] : hidden;
}

void ak_rewrite_clear(struct ak_pseudonyms *names, const struct ak_tap_part *part, uint8_t *to)
{
    const struct clear c = {names,      part->state, part->unit, part->side == AK_SIDE_SERVER,
                            part->body, to};
    if (c.body.size == 0)
        return;
    if (c.state->row->words != NULL) {
        struct ak_span line = hide_line(&c);
        if (c.server)
            server_line(&c, line);
        else
            client_line(&c, line);
        return;
    }
    switch (ak_clear_proxy(c.state)) {
    case AK_PROXY_CONNECT:
        connect_line(&c);
        return;
    case AK_PROXY_SOCKS4:
        socks4(&c);
        return;
    case AK_PROXY_SOCKS5:
        socks5(&c);
        return;
    case AK_PROXY_HEADER:
        proxy_header(&c);
        return;
    default:
        break;
    }
    switch (ak_clear_service(c.state)) {
    case AK_SERVICE_XMPP:
        element(&c);
        break;
    case AK_SERVICE_LDAP:
        ldap(&c);
        break;
    case AK_SERVICE_POSTGRESQL:
        postgresql(&c);
        break;
    case AK_SERVICE_MYSQL:
        mysql(&c);
        break;
    case AK_SERVICE_RDP:
        rdp(&c);
        break;
    default:
        break;
    }
}

/* ---- NTLM ([MS-NLMP] 2.2.1) ---- */

enum { NEGOTIATE = 1, CHALLENGE = 2, AUTHENTICATE = 3, FIXED = 12 };
enum { AV_NAMES = 5, AV_FLAGS = 6, AV_TARGET = 9 };

struct ntlm {
    struct ak_pseudonyms *names;
    struct ak_span body;
    uint8_t *to;
    size_t filled;
    enum ak_text_form form;
};

static void fill_to(struct ntlm *n, size_t end)
{
    if (end > n->filled)
        n->filled = end;
}

/* length room offset: where it lies, or empty. */
static struct ak_span field(struct ntlm *n, size_t at)
{
    struct ak_span none = {NULL, 0};
    if (n->body.size < at + 8)
        return none;
    const uint8_t *p = n->body.bytes + at;
    size_t size = ak_le16(p), offset = ak_le32(p + 4);
    memcpy(n->to + at, p, 8);
    fill_to(n, at + 8);
    if (offset < FIXED || offset > n->body.size || size > n->body.size - offset)
        return none;
    struct ak_span text = {n->body.bytes + offset, size};
    return text;
}

static uint8_t *copy(struct ntlm *n, struct ak_span text)
{
    size_t at = (size_t)(text.bytes - n->body.bytes);
    memcpy(n->to + at, text.bytes, text.size);
    fill_to(n, at + text.size);
    return n->to + at;
}

static void ntlm_name(struct ntlm *n, struct ak_span text, enum ak_text_form form)
{
    if (text.size == 0)
        return;
    uint8_t *at = copy(n, text);
    if (n->names != NULL)
        ak_pseudonym_text(n->names, form, at, text.size);
}

static void ntlm_user(struct ntlm *n, struct ak_span text)
{
    if (text.size == 0)
        return;
    uint8_t *at = copy(n, text);
    if (n->names != NULL)
        ak_pseudonym_text(n->names, n->form, at, text.size);
    else
        ak_mask_text(n->form, at, text.size);
}

/* { id(2) length(2) value }* */
static void target_info(struct ntlm *n, struct ak_span info)
{
    while (info.size >= 4) {
        size_t id = ak_le16(info.bytes), size = ak_le16(info.bytes + 2);
        struct ak_span head = {info.bytes, 4}, value = {info.bytes + 4, size};
        (void)copy(n, head);
        if (id == 0 || size > info.size - 4)
            return;
        if (id <= AV_NAMES || id == AV_TARGET)
            ntlm_name(n, value, AK_TEXT_UTF16LE);
        else if (id == AV_FLAGS)
            (void)copy(n, value);
        fill_to(n, (size_t)(value.bytes - n->body.bytes) + size);
        info.bytes += 4 + size;
        info.size -= 4 + size;
    }
}

static void flags_at(struct ntlm *n, size_t at)
{
    if (n->body.size < at + 4)
        return;
    struct ak_span flags = {n->body.bytes + at, 4};
    (void)copy(n, flags);
    n->form = flags.bytes[0] & 1 ? AK_TEXT_UTF16LE : AK_TEXT_LATIN1;
}

size_t ak_rewrite_ntlm(struct ak_pseudonyms *names, struct ak_span body, uint8_t *to)
{
    struct ntlm n = {names, body, to, 0, AK_TEXT_LATIN1};
    if (body.size < FIXED)
        return 0;
    struct ak_span fixed = {body.bytes, FIXED};
    (void)copy(&n, fixed);
    switch (ak_le32(body.bytes + 8)) {
    case NEGOTIATE:
        flags_at(&n, 12);
        n.form = AK_TEXT_LATIN1;
        ntlm_name(&n, field(&n, 16), n.form);
        ntlm_name(&n, field(&n, 24), n.form);
        break;
    case CHALLENGE:
        flags_at(&n, 20);
        ntlm_name(&n, field(&n, 12), n.form);
        target_info(&n, field(&n, 40));
        break;
    case AUTHENTICATE:
        flags_at(&n, 60);
        (void)field(&n, 12); /* responses: zero */
        (void)field(&n, 20);
        ntlm_name(&n, field(&n, 28), n.form);
        ntlm_user(&n, field(&n, 36));
        ntlm_name(&n, field(&n, 44), n.form);
        (void)field(&n, 52);
        break;
    default:
        break;
    }
    return n.filled;
}
