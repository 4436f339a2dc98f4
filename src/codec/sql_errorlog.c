/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/sql_errorlog.h"

#include "base/limits.h"
#include "base/moment.h"
#include "base/words.h"

#include "base/banned.h"

/* columns of a record's first line, in units:
 *
 *   0          11       19
 *   2024-05-01 12:00:00.12 spid7s      text          two digits or more, one blank, the source
 *   2024-05-01 12:00:00 - ! [298] text               one of "+!?", a number in brackets
 *
 * The source is padded with blanks to 12 columns; a longer one is followed by one blank.
 */
enum { SECONDS_END = 19, HEAD = 64, SOURCE_COLUMNS = 12, SOURCE_LONGEST = 24 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "2024-05-01 12:00:00" */
static bool is_moment(const char *p)
{
    static const char shape[SECONDS_END + 1] = "dddd-dd-dd dd:dd:dd";
    for (size_t i = 0; i < SECONDS_END; i++)
        if (shape[i] == 'd' ? !is_digit(p[i]) : p[i] != shape[i])
            return false;
    return true;
}

static struct ak_span part(const struct ak_errorlog *log, struct ak_span line, size_t from,
                           size_t to)
{
    size_t size = ak_log_unit_size(log->units);
    return ak_words_first(ak_words_from(line, from * size), (to - from) * size);
}

/* Behind "2024-05-01 12:00:00": " - ! [298] text". */
static bool agent_record(const struct ak_errorlog *log, struct ak_span line, const char *p,
                         size_t n, struct ak_errorlog_line *out)
{
    size_t at = SECONDS_END + 6, digits = at;
    if (n < at + 2 || memcmp(p + SECONDS_END, " - ", 3) != 0 || p[at - 1] != '[' ||
        p[at - 2] != ' ' || (p[at - 3] != '!' && p[at - 3] != '?' && p[at - 3] != '+'))
        return false;
    while (digits < n && is_digit(p[digits]))
        digits++;
    if (digits == at || digits - at > 6 || digits >= n || p[digits] != ']')
        return false;
    size_t text = digits + 1 < n && p[digits + 1] == ' ' ? digits + 2 : digits + 1;
    out->agent = true;
    out->stamp = part(log, line, 0, SECONDS_END);
    out->source = part(log, line, at, digits);
    out->text = ak_words_from(line, text * ak_log_unit_size(log->units));
    return true;
}

/* Where the source ends, which begins at `from`: at two blanks, at the first one behind ten
 * columns, else at the first one. */
static size_t source_end(const char *p, size_t n, size_t from)
{
    size_t first = 0, limit = from + SOURCE_LONGEST < n ? from + SOURCE_LONGEST : n;
    for (size_t i = from; i < limit; i++) {
        if (p[i] != ' ')
            continue;
        if (first == 0)
            first = i;
        if ((i + 1 < n && p[i + 1] == ' ') || i - from >= SOURCE_COLUMNS - 2)
            return i;
    }
    return first;
}

static bool errorlog_record(const struct ak_errorlog *log, struct ak_span line, const char *p,
                            size_t n, struct ak_errorlog_line *out)
{
    size_t at = SECONDS_END + 1;
    if (n < at + 4 || p[SECONDS_END] != '.')
        return false;
    while (at < n && is_digit(p[at]))
        at++;
    if (at < SECONDS_END + 3 || at > SECONDS_END + 8 || at + 1 >= n || p[at] != ' ' ||
        p[at + 1] == ' ')
        return false;
    size_t end = source_end(p, n, at + 1), text = end;
    if (end == 0)
        return false;
    while (text < n && p[text] == ' ')
        text++;
    out->stamp = part(log, line, 0, at);
    out->source = part(log, line, at + 1, end);
    out->text = ak_words_from(line, text * ak_log_unit_size(log->units));
    return true;
}

static void read_line(struct ak_errorlog *log, struct ak_span line, bool cut,
                      ak_errorlog_sink *sink, void *context)
{
    struct ak_errorlog_line out = {.number = log->lines, .cut = cut};
    char p[HEAD];
    size_t size = ak_log_unit_size(log->units), n = 0;
    char last;
    if (line.size >= size &&
        ak_log_ascii(log->units, ak_words_from(line, line.size - size), &last, 1) == 1 &&
        last == '\r')
        line.size -= size;
    if (line.size >= (SECONDS_END + 4) * size && ak_log_ascii(log->units, line, p, 1) == 1 &&
        is_digit(p[0]))
        n = ak_log_ascii(log->units, line, p, HEAD);
    out.record = n >= SECONDS_END && is_moment(p) &&
                 (errorlog_record(log, line, p, n, &out) || agent_record(log, line, p, n, &out));
    if (!out.record)
        out.text = line;
    log->records += out.record;
    sink(context, &out);
}

void ak_errorlog_init(struct ak_errorlog *log, enum ak_log_units units)
{
    memset(log, 0, sizeof *log);
    log->units = units;
}

size_t ak_errorlog_feed(struct ak_errorlog *log, struct ak_span bytes, bool last,
                        ak_errorlog_sink *sink, void *context)
{
    struct ak_span rest = bytes, line;
    while (ak_log_line(log->units, &rest, &line)) {
        if (log->skipping) {
            log->skipping = false;
            continue;
        }
        log->lines++;
        bool cut = line.size > AK_MAX_LOG_LINE;
        log->cut_lines += cut;
        read_line(log, ak_words_first(line, AK_MAX_LOG_LINE), cut, sink, context);
    }
    if (log->skipping && rest.size != 0) { /* keep a half unit */
        size_t whole = rest.size & ~(ak_log_unit_size(log->units) - 1);
        return bytes.size - rest.size + whole;
    }
    bool cut = rest.size > AK_MAX_LOG_LINE;
    if (!cut && (!last || rest.size < ak_log_unit_size(log->units)))
        return last ? bytes.size : bytes.size - rest.size;
    log->lines++;
    log->cut_lines += cut;
    log->skipping = cut;
    read_line(log, ak_words_first(rest, AK_MAX_LOG_LINE), cut, sink, context);
    return cut ? bytes.size - rest.size + AK_MAX_LOG_LINE : bytes.size;
}

/* ---- times ---- */

static int64_t number_at(const char *p, size_t digits)
{
    int64_t value = 0;
    for (size_t i = 0; i < digits; i++)
        value = value * 10 + (p[i] - '0');
    return value;
}

bool ak_errorlog_time(enum ak_log_units units, struct ak_span stamp, int64_t *local)
{
    static const int64_t scale[] = {1000000000, 100000000, 10000000, 1000000,
                                    100000,     10000,     1000,     100};
    char p[32];
    size_t n = ak_log_ascii(units, stamp, p, sizeof p);
    if (n < SECONDS_END || !is_moment(p))
        return false;
    int64_t year = number_at(p, 4), month = number_at(p + 5, 2), day = number_at(p + 8, 2);
    int64_t hour = number_at(p + 11, 2), minute = number_at(p + 14, 2),
            second = number_at(p + 17, 2);
    if (year < 1970 || year > 2261 || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 ||
        minute > 59 || second > 60)
        return false;
    int64_t seconds = ak_moment_days(year, (unsigned)month, (unsigned)day) * 86400 + hour * 3600 +
                      minute * 60 + second;
    size_t digits = 0;
    while (digits < 7 && SECONDS_END + 1 + digits < n && is_digit(p[SECONDS_END + 1 + digits]))
        digits++;
    *local = seconds * 1000000000 + number_at(p + SECONDS_END + 1, digits) * scale[digits];
    return true;
}

/* ---- errors ---- */

enum {
    FIRST_BY = 20,
    ERROR_LONGEST = 96,
    SEVERITY_MAXIMUM = 25,
    STATE_MAXIMUM = 255,
    NUMBER_MAXIMUM = 9999999
};

/* Does the colon of Chinese and Japanese, U+FF1A, stand at that unit? */
static bool is_wide_colon(enum ak_log_units units, struct ak_span text, size_t at)
{
    const uint8_t *p = text.bytes + at * ak_log_unit_size(units);
    size_t left = text.size - at * ak_log_unit_size(units);
    switch (units) {
    case AK_LOG_UTF16LE:
        return left >= 2 && p[0] == 0x1a && p[1] == 0xff;
    case AK_LOG_UTF16BE:
        return left >= 2 && p[0] == 0xff && p[1] == 0x1a;
    default:
        return left >= 3 && p[0] == 0xef && p[1] == 0xbc && p[2] == 0x9a;
    }
}

bool ak_errorlog_is_error(enum ak_log_units units, struct ak_span text, uint32_t numbers[3])
{
    char p[ERROR_LONGEST];
    size_t n = ak_log_ascii(units, text, p, FIRST_BY), at = 0;
    while (at < n && !is_digit(p[at]))
        at++;
    if (at == n || text.size > ERROR_LONGEST * ak_log_unit_size(units))
        return false; /* nearly all other lines */
    n = ak_log_ascii(units, text, p, sizeof p);
    at = 0;
    for (unsigned k = 0; k < 3; k++) {
        size_t behind = n; /* the colon */
        for (; at < n && !is_digit(p[at]); at++)
            if (p[at] == ':')
                behind = at;
            else if (p[at] == '\x01' && is_wide_colon(units, text, at)) {
                behind = at;
                at += units == AK_LOG_BYTES ? 2 : 0;
            } else if (p[at] != ' ')
                behind = n;
        if (at == n || behind == n)
            return false;
        for (numbers[k] = 0; at < n && is_digit(p[at]); at++) {
            numbers[k] = numbers[k] * 10 + (uint32_t)(p[at] - '0');
            if (numbers[k] > NUMBER_MAXIMUM)
                return false;
        }
    }
    for (size_t rest = at; at < n; at++) { /* "." or a full stop of another script */
        bool other = p[at] == '\x01' || (at > rest && p[at - 1] == '\x01'); /* its trail byte */
        if ((!other && p[at] != '.' && p[at] != ' ') || at - rest > 4)
            return false;
    }
    return numbers[0] != 0 && numbers[1] <= SEVERITY_MAXIMUM && numbers[2] <= STATE_MAXIMUM;
}

/* ---- what it is ---- */

/* Sources as English, Japanese, Chinese, Korean, German, French, Spanish, Italian, Portuguese and
 * Russian instances write them; "spid" has no translation. */
static bool is_source(enum ak_log_units units, struct ak_span source)
{
    static const char *const names[] = {
        "Server",    "Logon",   "Backup",    "サーバー", "ログオン",         "バックアップ",
        "服务器",    "登录",    "备份",      "서버",     "로그온",           "백업",
        "Anmeldung", "Serveur", "Connexion", "Servidor", "Inicio de sesión", "Сервер",
        "Вход",      "伺服器",  "登入",      "Accesso"};
    struct ak_text utf8;
    bool found = false;
    ak_text_init(&utf8, 256);
    ak_log_utf8(units, ak_words_first(source, 60), &utf8);
    struct ak_span name = {(const uint8_t *)utf8.bytes, utf8.size};
    for (size_t i = 0; i < sizeof names / sizeof names[0] && !found; i++)
        found = name.size == strlen(names[i]) && memcmp(name.bytes, names[i], name.size) == 0;
    found = found ||
            (name.size > 4 && memcmp(name.bytes, "spid", 4) == 0 && is_digit((char)name.bytes[4]));
    ak_text_release(&utf8);
    return found;
}

struct seen {
    enum ak_log_units units;
    bool known;
};

static void look(void *context, const struct ak_errorlog_line *line)
{
    struct seen *seen = context;
    seen->known =
        seen->known || (line->record && (line->agent || is_source(seen->units, line->source)));
}

bool ak_errorlog_is(enum ak_log_units units, struct ak_span head)
{
    struct ak_errorlog log;
    struct seen seen = {units, false};
    ak_errorlog_init(&log, units);
    (void)ak_errorlog_feed(&log, head, true, look, &seen);
    return seen.known;
}
