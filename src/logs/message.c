/* SPDX-License-Identifier: Apache-2.0 */
#include "logs/message.h"

#include <string.h>

#include "base/attr.h"

#include "base/banned.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int hex_digit(char c)
{
    if (is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* ---- patterns ---- */

static const char *find_part(const char *text, const char *part, size_t size)
{
    while ((text = strchr(text, part[0])) != NULL && *text != '\0') {
        if (strncmp(text, part, size) == 0)
            return text;
        text++;
    }
    return NULL;
}

bool ak_message_fits(const char *text, const char *pattern)
{
    size_t n = strcspn(pattern, "*");
    if (strncmp(text, pattern, n) != 0)
        return false;
    text += n;
    while (pattern[n] == '*') {
        pattern += n + 1;
        n = strcspn(pattern, "*");
        text = find_part(text, pattern, n);
        if (text == NULL)
            return false;
        text += n;
    }
    return true;
}

/* Of several that fit the longest says most: a login "by user ..." is one with a user. */
uint32_t ak_message_number(const char *text)
{
    const struct ak_log_text *row, *best = NULL;
    for (size_t i = 0; (row = ak_log_text_at(i)) != NULL; i++)
        if (ak_message_fits(text, row->pattern) &&
            (best == NULL || strlen(row->pattern) > strlen(best->pattern)))
            best = row;
    return best != NULL ? best->number : 0;
}

/* ---- pieces ---- */

void ak_message_copy(const char *text, size_t size, char *out, size_t room)
{
    size_t n = size < room - 1 ? size : room - 1;
    while (n > 0 && n < size && ((unsigned char)text[n] & 0xc0) == 0x80)
        n--;
    memcpy(out, text, n);
    out[n] = '\0';
}

static bool read_v4(const char *text, size_t size, uint8_t out[4])
{
    size_t at = 0;
    for (int part = 0; part < 4; part++) {
        unsigned value = 0, digits = 0;
        for (; at < size && is_digit(text[at]) && digits < 4; at++, digits++)
            value = value * 10 + (unsigned)(text[at] - '0');
        if (digits == 0 || digits > 3 || value > 255)
            return false;
        out[part] = (uint8_t)value;
        if (part < 3 && (at == size || text[at++] != '.'))
            return false;
    }
    return at == size;
}

/* RFC 4291 2.2, without the form that ends in an IPv4 address. */
static bool read_v6(const char *text, size_t size, uint8_t out[16])
{
    uint16_t group[8];
    size_t count = 0, gap = 9, at = 0;
    if (size >= 2 && text[0] == ':' && text[1] == ':') {
        gap = 0;
        at = 2;
    }
    while (at < size) {
        unsigned value = 0, digits = 0;
        for (; at < size && hex_digit(text[at]) >= 0 && digits < 5; at++, digits++)
            value = value << 4 | (unsigned)hex_digit(text[at]);
        if (digits == 0 || digits > 4 || count == 8)
            return false;
        group[count++] = (uint16_t)value;
        if (at == size)
            break;
        if (text[at++] != ':' || at == size)
            return false;
        if (text[at] == ':') {
            if (gap != 9)
                return false;
            gap = count;
            at++;
        }
    }
    if (gap == 9 ? count != 8 : count > 7)
        return false;
    memset(out, 0, 16);
    for (size_t i = 0; i < count; i++) {
        size_t place = i < gap ? i : 8 - count + i;
        out[2 * place] = (uint8_t)(group[i] >> 8);
        out[2 * place + 1] = (uint8_t)group[i];
    }
    return true;
}

bool ak_message_address(const char *text, size_t size, struct ak_endpoint *end)
{
    uint8_t v4[4], v6[16];
    size_t n = 0;
    while (n < size && text[n] != '%') /* the zone of a link-local address */
        n++;
    if (read_v4(text, n, v4)) {
        memcpy(end->address, v4, 4);
        end->version = 4;
        return true;
    }
    static const char mapped[] = "::ffff:"; /* RFC 4291 2.5.5.2 */
    size_t prefix = sizeof mapped - 1;
    if (n > prefix && memcmp(text, mapped, prefix) == 0 && read_v4(text + prefix, n - prefix, v4)) {
        memcpy(end->address, v4, 4);
        end->version = 4;
        return true;
    }
    if (n < 2 || !read_v6(text, n, v6))
        return false;
    memcpy(end->address, v6, 16);
    end->version = 6;
    return true;
}

/* Behind the next colon, which may be that of another script. */
static const char *behind_colon(const char *text)
{
    static const char wide[] = "：";
    const char *narrow = strchr(text, ':'), *other = strstr(text, wide);
    if (other != NULL && (narrow == NULL || other < narrow))
        return other + sizeof wide - 1;
    return narrow != NULL ? narrow + 1 : NULL;
}

/* "[CLIENT: 10.0.0.1]", "[クライアント: 10.0.0.1]": the last bracket whose colon an address
 * follows. */
static void read_client(struct ak_event *e, const char *text)
{
    const char *open = strrchr(text, '[');
    const char *colon = open != NULL ? behind_colon(open) : NULL;
    const char *close = colon != NULL ? strchr(colon, ']') : NULL;
    if (close == NULL)
        return;
    while (*colon == ' ')
        colon++;
    if (*colon == '<')
        e->client_local = true;
    else
        (void)ak_message_address(colon, (size_t)(close - colon), &e->client);
}

/* The next "0x..." of at most eight digits at or behind *at, which moves behind it. */
static bool next_hex(const char **at, uint32_t *value)
{
    const char *p = *at;
    while ((p = strstr(p, "0x")) != NULL) {
        uint32_t number = 0;
        size_t digits = 0;
        for (p += 2; hex_digit(*p) >= 0; p++, digits++)
            number = number << 4 | (uint32_t)hex_digit(*p);
        if (digits == 0 || digits > 8)
            continue;
        *at = p;
        *value = number;
        return true;
    }
    return false;
}

/* The next decimal number at or behind *at, with its sign. */
static bool next_number(const char **at, int64_t *value)
{
    const char *p = *at;
    while (*p != '\0' && !is_digit(*p))
        p++;
    if (*p == '\0')
        return false;
    bool negative = p > *at && p[-1] == '-';
    int64_t number = 0;
    for (; is_digit(*p); p++)
        number = number < INT64_C(100000000000) ? number * 10 + (*p - '0') : number;
    *at = p;
    *value = negative ? -number : number;
    return true;
}

static void read_status(struct ak_event *e, const char *text)
{
    const char *at = text;
    e->has_status = next_hex(&at, &e->status);
    if (e->has_status && e->code == 17182)
        e->has_detail = next_hex(&at, &e->detail);
}

/* The numbers behind the network's error code stand in one order in all languages, since they are
 * the arguments of one message: sixteen, eight up to SQL Server 2008. */
void ak_message_times(struct ak_event *e, const uint32_t *ms, size_t count)
{
    static const uint8_t old[] = {AK_LOGIN_TOTAL,      AK_LOGIN_ENQUEUED, AK_LOGIN_WRITES,
                                  AK_LOGIN_READS,      AK_LOGIN_SSL,      AK_LOGIN_SSPI,
                                  AK_LOGIN_VALIDATING, AK_LOGIN_USER_CODE};
    size_t few = sizeof old / sizeof old[0];
    memset(e->login_ms, 0, sizeof e->login_ms);
    e->has_times = false;
    if (count != AK_LOGIN_PARTS && count != few)
        return;
    for (size_t i = 1; i < count; i++)
        if (ms[i] > ms[0])
            return;
    for (size_t i = 0; i < count; i++)
        e->login_ms[count == few ? old[i] : i] = ms[i];
    e->has_times = true;
}

static void read_login_times(struct ak_event *e, const char *text)
{
    const char *at = text, *end = strrchr(text, '['); /* numbers of the client's address are none */
    uint32_t ms[AK_LOGIN_PARTS + 1], code;
    size_t count = 0;
    int64_t value;
    if (next_hex(&at, &code)) { /* 0x2746 */
        e->status = code;
        e->has_status = true;
    }
    while (count <= AK_LOGIN_PARTS && next_number(&at, &value) && (end == NULL || at <= end) &&
           value >= 0 && value <= UINT32_MAX)
        ms[count++] = (uint32_t)value;
    ak_message_times(e, ms, count);
}

/* Forty hexadecimal digits, no more, behind "(sha1)"; the words before that are of any language. */
static void read_thumbprint(struct ak_event *e, const char *text)
{
    const char *mark = strstr(text, "(sha1)");
    size_t n = 0;
    if (mark == NULL)
        return;
    mark += sizeof "(sha1)" - 1;
    mark += strcspn(mark, "0123456789abcdefABCDEF]");
    while (hex_digit(mark[n]) >= 0)
        n++;
    if (n == 40)
        ak_message_copy(mark, n, e->thumbprint, sizeof e->thumbprint);
}

/* "Microsoft SQL Server 2019 (RTM-CU18) (KB5017593) - 15.0.4261.1 (X64)": four numbers. */
static void read_build(struct ak_event *e, const char *text)
{
    for (const char *p = text; *p != '\0'; p++) {
        size_t n = 0, dots = 0;
        if (!is_digit(*p) || (p != text && (is_digit(p[-1]) || p[-1] == '.')))
            continue;
        while (is_digit(p[n]) || p[n] == '.')
            dots += p[n++] == '.';
        if (dots == 3 && is_digit(p[n - 1])) {
            ak_message_copy(p, n, e->build, sizeof e->build);
            return;
        }
    }
}

/* "[ 'any' <ipv4> 1433]" */
static void read_port(struct ak_event *e, const char *text)
{
    const char *at = strstr(text, "<ipv");
    int64_t port;
    at = at != NULL ? strchr(at, '>') : NULL;
    if (at != NULL && next_number(&at, &port) && port > 0 && port <= 65535)
        e->port = (uint16_t)port;
}

/* The first thing between quotes, of whatever language; its end. */
static const char *quoted(const char *text, const char **end)
{
    static const struct {
        const char *open, *close;
    } quotes[] = {{"'", "'"}, {"\"", "\""}, {"\u2018", "\u2019"}, {"\u201c", "\u201d"}};
    const char *first = NULL;
    for (size_t i = 0; i < AK_COUNT(quotes); i++) {
        const char *open = strstr(text, quotes[i].open);
        const char *from = open != NULL ? open + strlen(quotes[i].open) : NULL;
        const char *close = from != NULL ? strstr(from, quotes[i].close) : NULL;
        if (close != NULL && (first == NULL || from < first)) {
            first = from;
            *end = close;
        }
    }
    return first;
}

/* "SQL01", "SQL01\INST" between quotes. */
static void read_server_name(struct ak_event *e, const char *text)
{
    const char *close = NULL, *open = quoted(text, &close);
    if (open == NULL)
        return;
    const char *slash = memchr(open, '\\', (size_t)(close - open));
    const char *end = slash != NULL ? slash : close;
    ak_message_copy(open, (size_t)(end - open), e->host, sizeof e->host);
    if (slash != NULL)
        ak_message_copy(slash + 1, (size_t)(close - slash - 1), e->instance, sizeof e->instance);
}

bool ak_message_instance(const char *text, char *out, size_t room)
{
    const char *end = strstr(text, "\\MSSQL\\L"), *dot = end;
    if (end == NULL)
        return false;
    while (dot > text && *dot != '.' && dot[-1] != '\\')
        dot--;
    if (*dot != '.')
        return false;
    ak_message_copy(dot + 1, (size_t)(end - dot - 1), out, room);
    return true;
}

/* "Connection handshake failed. An OS call failed: (80090331) 0x80090331(...). State 56.": the
 * state is the last number before the client. */
static void read_handshake(struct ak_event *e, const char *text)
{
    const char *at = text, *client = strrchr(text, '[');
    int64_t value;
    e->has_status = next_hex(&at, &e->status);
    at = text;
    while (next_number(&at, &value) && (client == NULL || at <= client)) {
        e->has_state = value >= 0 && value <= 255;
        e->state = e->has_state ? (uint32_t)value : 0;
    }
}

/* "SQLServer Error: 10054, ... [SQLSTATE 08001]": the first number. */
static void read_agent(struct ak_event *e, const char *text)
{
    const char *at = text, *mark = strstr(text, "rror: ");
    int64_t value;
    if (mark != NULL)
        at = mark;
    if (e->code != 100 && e->code != 101 && (mark != NULL || e->code == 298 || e->code == 165) &&
        next_number(&at, &value) && value <= UINT32_MAX && value > 0) {
        e->status = (uint32_t)value;
        e->has_status = true;
    }
    if (e->code == 100 || e->code == 101)
        read_build(e, text);
}

/* "error number: -2146893802": the last one, with its sign. */
static void read_last_number(struct ak_event *e, const char *text)
{
    const char *at = text, *client = strrchr(text, '[');
    int64_t value;
    while (next_number(&at, &value) && (client == NULL || at <= client)) {
        e->has_status = value >= INT32_MIN && value <= UINT32_MAX;
        e->status = e->has_status ? (uint32_t)value : 0;
    }
}

/* "message: 0x2746. [CLIENT: ...]"; up to SQL Server 2008 a decimal number. */
static void read_lost(struct ak_event *e, const char *text)
{
    const char *at = text, *end = strrchr(text, '[');
    int64_t value;
    read_status(e, text);
    if (strstr(text, "0x") != NULL)
        return;
    while (!e->has_status && next_number(&at, &value) && (end == NULL || at <= end) &&
           value >= INT32_MIN && value <= UINT32_MAX) {
        e->has_status = value != 0;
        e->status = (uint32_t)value;
    }
}

static void read_sql(struct ak_event *e, const char *text)
{
    read_client(e, text);
    switch (e->code) {
    case 17069:
        read_build(e, text);
        break;
    case 17111:
        (void)ak_message_instance(text, e->instance, sizeof e->instance);
        break;
    case 17190:
        read_last_number(e, text);
        break;
    case 17194:
        read_lost(e, text);
        break;
    case 17663:
        read_server_name(e, text);
        break;
    case 17830:
        read_login_times(e, text);
        break;
    case 17883: /* their hexadecimal numbers are threads */
    case 17887:
        break;
    case 26022:
    case 26023:
    case 26024:
        read_port(e, text);
        break;
    case 28047:
    case 28048:
        read_handshake(e, text);
        break;
    default:
        read_status(e, text);
        read_thumbprint(e, text);
        break;
    }
}

void ak_message_read(struct ak_event *e, const char *text)
{
    if (e->provider == AK_LOG_SQL_SERVER)
        read_sql(e, text);
    else if (e->provider == AK_LOG_SQL_AGENT)
        read_agent(e, text);
    ak_message_copy(text, strlen(text), e->text, sizeof e->text);
}
