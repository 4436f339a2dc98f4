/* SPDX-License-Identifier: Apache-2.0 */
#include "report/json.h"

#include "base/banned.h"

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c != '"' && c != '\\' && c != 0x7f;
}

/* What a host or file name is made of: nothing to look at twice. */
static inline bool is_simple(unsigned char c)
{
    static const bool simple[256] = {
        ['-'] = true, ['.'] = true, ['/'] = true, ['_'] = true, [' '] = true, [':'] = true,
        ['='] = true, [','] = true, ['0'] = true, ['1'] = true, ['2'] = true, ['3'] = true,
        ['4'] = true, ['5'] = true, ['6'] = true, ['7'] = true, ['8'] = true, ['9'] = true,
        ['a'] = true, ['b'] = true, ['c'] = true, ['d'] = true, ['e'] = true, ['f'] = true,
        ['g'] = true, ['h'] = true, ['i'] = true, ['j'] = true, ['k'] = true, ['l'] = true,
        ['m'] = true, ['n'] = true, ['o'] = true, ['p'] = true, ['q'] = true, ['r'] = true,
        ['s'] = true, ['t'] = true, ['u'] = true, ['v'] = true, ['w'] = true, ['x'] = true,
        ['y'] = true, ['z'] = true, ['A'] = true, ['B'] = true, ['C'] = true, ['D'] = true,
        ['E'] = true, ['F'] = true, ['G'] = true, ['H'] = true, ['I'] = true, ['J'] = true,
        ['K'] = true, ['L'] = true, ['M'] = true, ['N'] = true, ['O'] = true, ['P'] = true,
        ['Q'] = true, ['R'] = true, ['S'] = true, ['T'] = true, ['U'] = true, ['V'] = true,
        ['W'] = true, ['X'] = true, ['Y'] = true, ['Z'] = true};
    return simple[c];
}

/* U+0080 to U+009F (C1 controls), U+2028/2029, and the bidirectional controls: harmless to JSON,
 * not to whoever prints it. Returns the escape's code point and its length in bytes, or 0. */
static unsigned risky(const unsigned char *p, size_t *size)
{
    if (p[0] == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f) {
        *size = 2;
        return p[1];
    }
    if (p[0] == 0xe2 && (p[1] == 0x80 || p[1] == 0x81) && p[2] != 0) {
        unsigned c = 0x2000u | (unsigned)(p[1] & 0x3f) << 6 | (p[2] & 0x3fu);
        *size = 3;
        bool bad = (c >= 0x200e && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
                   (c >= 0x2066 && c <= 0x2069);
        return bad ? c : 0;
    }
    return 0;
}

static void escape(struct ak_text *out, unsigned c)
{
    ak_text_bytes(out, "\\u", 2);
    ak_text_hex(out, c, 4);
}

/* Eight bytes that are all is_plain and ASCII: no control, no quote, no backslash, no DEL. A byte
 * that follows a smaller one may be doubted without need. */
static bool eight_plain(const unsigned char *p)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones << 7;
    uint64_t word;
    memcpy(&word, p, sizeof word);
    const uint64_t quote = word ^ ones * '"', slash = word ^ ones * '\\', del = word ^ ones * 0x7f;
    return ((word | (word - ones * 0x20) | (quote - ones) | (slash - ones) | (del - ones)) &
            tops) == 0;
}

void ak_json_text(struct ak_json *j, const char *utf8)
{
    const unsigned char *p = (const unsigned char *)utf8, *end = p + strlen(utf8);
    ak_text_char(j->out, '"');
    while (*p != 0) {
        const unsigned char *from = p;
        while (end - p >= 8 && eight_plain(p))
            p += 8;
        size_t size = 0;
        unsigned c = 0;
        for (;;) {
            while (is_simple(*p))
                p++;
            if (*p == 0 || !is_plain(*p) || (*p >= 0xc2 && (c = risky(p, &size)) != 0))
                break;
            p++;
        }
        ak_text_bytes(j->out, from, (size_t)(p - from));
        if (*p == 0)
            break;
        if (c != 0) {
            escape(j->out, c);
            p += size;
            continue;
        }
        if (*p == '"' || *p == '\\') {
            ak_text_char(j->out, '\\');
            ak_text_char(j->out, (char)*p);
        } else {
            escape(j->out, *p);
        }
        p++;
    }
    ak_text_char(j->out, '"');
}

void ak_json_code(struct ak_json *j, uint16_t code)
{
    ak_text_bytes(j->out, "\"0x", 3);
    ak_text_hex(j->out, code, 4);
    ak_text_char(j->out, '"');
}

/* Howard Hinnant's civil-from-days, for any day of the proleptic Gregorian calendar. */
static void civil(int64_t days, int64_t *year, unsigned *month, unsigned *day)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    unsigned in_era = (unsigned)(days - era * 146097);
    unsigned year_of_era = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    unsigned in_year = in_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    unsigned shifted = (5 * in_year + 2) / 153;
    *day = in_year - (153 * shifted + 2) / 5 + 1;
    *month = shifted < 10 ? shifted + 3 : shifted - 9;
    *year = (int64_t)year_of_era + era * 400 + (*month <= 2);
}

static void digits(char *out, uint64_t value, int width)
{
    while (width > 0) {
        out[--width] = (char)('0' + value % 10);
        value /= 10;
    }
}

static void put_time(struct ak_text *out, int64_t seconds, int64_t rest, bool fraction)
{
    int64_t days = seconds / 86400, in_day = seconds % 86400;
    if (in_day < 0) {
        in_day += 86400;
        days--;
    }
    int64_t year;
    unsigned month, day;
    civil(days, &year, &month, &day);
    if (year < 0 || year > 9999)
        year = year < 0 ? 0 : 9999; /* RFC 3339 has four digits */
    char text[] = "0000-00-00T00:00:00.000000000Z";
    digits(text, (uint64_t)year, 4);
    digits(text + 5, month, 2);
    digits(text + 8, day, 2);
    digits(text + 11, (uint64_t)in_day / 3600, 2);
    digits(text + 14, (uint64_t)in_day / 60 % 60, 2);
    digits(text + 17, (uint64_t)in_day % 60, 2);
    digits(text + 20, (uint64_t)rest, 9);
    if (fraction) {
        ak_text_bytes(out, text, 30);
    } else {
        ak_text_bytes(out, text, 19);
        ak_text_char(out, 'Z');
    }
}

void ak_text_time(struct ak_text *out, int64_t nanoseconds, bool fraction)
{
    int64_t seconds = nanoseconds / 1000000000, rest = nanoseconds % 1000000000;
    if (rest < 0) {
        rest += 1000000000;
        seconds--;
    }
    put_time(out, seconds, rest, fraction);
}

void ak_text_date(struct ak_text *out, int64_t seconds, bool fraction)
{
    put_time(out, seconds, 0, fraction);
}

void ak_json_date(struct ak_json *j, int64_t seconds)
{
    ak_text_char(j->out, '"');
    ak_text_date(j->out, seconds, true);
    ak_text_char(j->out, '"');
}

void ak_json_member_code(struct ak_json *j, const char *key, uint16_t code, const char *name)
{
    if (code == 0)
        return;
    ak_json_key_n(j, key, strlen(key));
    if (name != NULL)
        ak_json_text(j, name);
    else
        ak_json_code(j, code);
}

void ak_json_time(struct ak_json *j, int64_t nanoseconds)
{
    ak_text_char(j->out, '"');
    ak_text_time(j->out, nanoseconds, true);
    ak_text_char(j->out, '"');
}

void ak_json_event_open(struct ak_json *j, const char *kind, const char *category)
{
    ak_json_key(j, "event");
    ak_json_open(j, '{');
    ak_json_member_word(j, "kind", kind);
    ak_json_key(j, "category");
    ak_text_add(j->out, "[\"");
    ak_text_add(j->out, category);
    ak_text_add(j->out, "\"]");
}

void ak_json_event(struct ak_json *j, const char *kind, const char *category)
{
    ak_json_event_open(j, kind, category);
    ak_json_close(j, '}');
}

void ak_json_ecs(struct ak_json *j)
{
    ak_json_key(j, "ecs");
    ak_text_add(j->out, "{\"version\":\"8.11\"}");
}
