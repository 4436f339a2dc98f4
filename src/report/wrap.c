/* SPDX-License-Identifier: Apache-2.0 */
#include "report/wrap.h"

#include "base/banned.h"

struct range {
    unsigned from, to;
};

static bool in_ranges(const struct range *table, size_t count, unsigned c)
{
    for (size_t i = 0; i < count; i++)
        if (c >= table[i].from && c <= table[i].to)
            return true;
    return false;
}

unsigned ak_char_columns(unsigned c)
{
    static const struct range wide[] = {
        {0x1100, 0x115f},   {0x2e80, 0x303e},   {0x3041, 0x33ff},   {0x3400, 0x4dbf},
        {0x4e00, 0x9fff},   {0xa000, 0xa4cf},   {0xa960, 0xa97f},   {0xac00, 0xd7a3},
        {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},   {0xffe0, 0xffe6},
        {0x1f300, 0x1f64f}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd},
    };
    static const struct range none[] = {
        {0x0300, 0x036f}, {0x200b, 0x200f}, {0x20d0, 0x20ff}, {0x3099, 0x309a}, {0xfe00, 0xfe0f}};
    if (c < 0x300)
        return 1;
    if (in_ranges(none, AK_COUNT(none), c))
        return 0;
    return in_ranges(wide, AK_COUNT(wide), c) ? 2 : 1;
}

/* Decodes one character; bytes that are no UTF-8 count as one column each. */
static unsigned decode(const unsigned char *p, size_t *size)
{
    unsigned c = p[0];
    size_t n = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;
    *size = 1;
    if (n == 1)
        return c;
    c &= 0x7fu >> n;
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return p[0];
        c = c << 6 | (p[i] & 0x3fu);
    }
    *size = n;
    return c;
}

size_t ak_text_columns(const char *utf8)
{
    const unsigned char *p = (const unsigned char *)utf8;
    size_t columns = 0, size;
    for (; *p != '\0'; p += size)
        columns += ak_char_columns(decode(p, &size));
    return columns;
}

static void indent_line(struct ak_text *out, size_t indent)
{
    ak_text_char(out, '\n');
    for (size_t i = 0; i < indent; i++)
        ak_text_char(out, ' ');
}

/* Characters that must not begin a line in Japanese typesetting (JIS X 4051, the common ones). */
static bool sticks_to_previous(unsigned c)
{
    return c == 0x3001 || c == 0x3002 || c == 0x300d || c == 0x300f || c == 0x3011 || c == 0xff09 ||
           c == 0xff0c || c == 0xff0e || c == 0x30fc || c == 0x3063 || c == 0x30c3;
}

/* Bytes and columns of the next piece that may not be broken: a wide character with what sticks
 * to it, or a run of narrow ones up to a blank. */
static size_t next_piece(const unsigned char *p, size_t *columns)
{
    size_t size, used = 0;
    unsigned c = decode(p, &size);
    *columns = ak_char_columns(c);
    used = size;
    bool wide = *columns == 2;
    while (p[used] != '\0' && p[used] != ' ' && p[used] != '\n') {
        c = decode(p + used, &size);
        bool next_wide = ak_char_columns(c) == 2;
        if ((wide || next_wide) && !sticks_to_previous(c))
            break;
        *columns += ak_char_columns(c);
        used += size;
    }
    return used;
}

void ak_wrap(struct ak_text *out, const char *utf8, size_t at, size_t indent, size_t width)
{
    const unsigned char *p = (const unsigned char *)utf8;
    bool blank = false, fresh = true; /* nothing stands on this line yet */
    size_t column = at;
    while (*p != '\0') {
        if (*p == ' ' || *p == '\n') {
            blank = true;
            p++;
            continue;
        }
        size_t columns, size = next_piece(p, &columns);
        if (column + columns + blank > width && !fresh) {
            indent_line(out, indent);
            column = indent;
        } else if (blank && !fresh) {
            ak_text_char(out, ' ');
            column++;
        }
        ak_text_bytes(out, p, size);
        column += columns;
        blank = fresh = false;
        p += size;
    }
    ak_text_char(out, '\n');
}

void ak_safe_text(struct ak_text *out, const char *utf8)
{
    const unsigned char *p = (const unsigned char *)utf8;
    size_t size;
    for (; *p != '\0'; p += size) {
        unsigned c = decode(p, &size);
        bool control = c < 0x20 || (size == 1 && c >= 0x80) || (c >= 0x7f && c < 0xa0) ||
                       (c >= 0x200e && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
                       (c >= 0x2066 && c <= 0x2069);
        if (control)
            ak_text_bytes(out, "\xef\xbf\xbd", 3);
        else
            ak_text_bytes(out, p, size);
    }
}
