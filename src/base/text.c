/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/alloc.h"
#include "base/banned.h"

void ak_text_init(struct ak_text *text, size_t maximum)
{
    memset(text, 0, sizeof *text);
    text->maximum = maximum;
}

void ak_text_release(struct ak_text *text)
{
    ak_free(text->bytes);
    ak_text_init(text, text->maximum);
}

/* Gives up the room that is left, so that no later append fits. */
void ak_text_fail(struct ak_text *text)
{
    text->failed = true;
    text->room = text->size;
}

static bool fail(struct ak_text *text)
{
    ak_text_fail(text);
    return false;
}

bool ak_text_reserve(struct ak_text *text, size_t more)
{
    if (text->failed)
        return false;
    if (more <= text->room - text->size)
        return true;
    if (more > text->maximum - text->size)
        return fail(text);
    size_t room = text->room ? text->room : 64;
    room = room < text->maximum ? room : text->maximum;
    while (room - text->size < more)
        room = room > text->maximum / 2 ? text->maximum : room * 2;
    char *bytes = ak_realloc(text->bytes, room, 1);
    if (bytes == NULL)
        return fail(text);
    text->bytes = bytes;
    text->room = room;
    return true;
}

void ak_text_number(struct ak_text *text, uint64_t value)
{
    char digits[AK_DECIMAL_ROOM];
    if (AK_LIKELY(text->room - text->size >= AK_DECIMAL_ROOM))
        text->size = (size_t)(ak_decimal(text->bytes + text->size, value) - text->bytes);
    else
        ak_text_bytes(text, digits, (size_t)(ak_decimal(digits, value) - digits));
}

#define TEN(m, tens)                                                                               \
    m(tens "0"), m(tens "1"), m(tens "2"), m(tens "3"), m(tens "4"), m(tens "5"), m(tens "6"),     \
        m(tens "7"), m(tens "8"), m(tens "9")
#define HUNDRED(m, h)                                                                              \
    TEN(m, h "0"), TEN(m, h "1"), TEN(m, h "2"), TEN(m, h "3"), TEN(m, h "4"), TEN(m, h "5"),      \
        TEN(m, h "6"), TEN(m, h "7"), TEN(m, h "8"), TEN(m, h "9")
#define THOUSAND(m)                                                                                \
    {                                                                                              \
        HUNDRED(m, "0"), HUNDRED(m, "1"), HUNDRED(m, "2"), HUNDRED(m, "3"), HUNDRED(m, "4"),       \
            HUNDRED(m, "5"), HUNDRED(m, "6"), HUNDRED(m, "7"), HUNDRED(m, "8"), HUNDRED(m, "9")    \
    }
#define SHORT(d)                                                                                   \
    {                                                                                              \
        (d)[0] != '0'   ? (d)[0]                                                                   \
        : (d)[1] != '0' ? (d)[1]                                                                   \
                        : (d)[2],                                                                  \
            (d)[0] != '0' ? (d)[1] : (d)[2], (d)[2],                                               \
            (d)[0] != '0'   ? 3                                                                    \
            : (d)[1] != '0' ? 2                                                                    \
                            : 1                                                                    \
    }
const char ak_short_digits[1000][4] = THOUSAND(SHORT);

/* The eight digits of a value below 100,000,000, the first one in the lowest byte: halves are
 * halved side by side, and multiplications stand for the divisions (exact for what they meet here).
 */
static uint64_t eight_digits(uint32_t value)
{
    uint64_t x = value / 10000 | (uint64_t)(value % 10000) << 32;
    uint64_t high = x * 10486 >> 20 & UINT64_C(0x0000007f0000007f);
    x = high | (x - 100 * high) << 16;
    high = x * 103 >> 10 & UINT64_C(0x000f000f000f000f);
    return high | (x - 10 * high) << 8;
}

/* Eight bytes are written. */
static char *put_digits(char *out, uint64_t digits, unsigned size)
{
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    memcpy(out, &digits, sizeof digits);
#else
    for (unsigned i = 0; i < 8; i++)
        out[i] = (char)(digits >> 8 * i & 0xff);
#endif
    return out + size;
}

#define ZEROS UINT64_C(0x3030303030303030)

char *ak_decimal_8(char *out, uint32_t value)
{
    return put_digits(out, eight_digits(value) | ZEROS, 8);
}

char *ak_decimal(char *out, uint64_t value)
{
    enum { END = 100000000 };
    if (AK_UNLIKELY(value >= END))
        return ak_decimal_8(ak_decimal(out, value / END), (uint32_t)(value % END));
    const uint64_t digits = eight_digits((uint32_t)value);
    const unsigned front =
        ak_low_zeros(digits | UINT64_C(1) << 56) / 8; /* zeros; one digit stays */
    return put_digits(out, (digits | ZEROS) >> 8 * front, 8 - front);
}

void ak_text_i64(struct ak_text *text, int64_t value)
{
    uint64_t magnitude = (uint64_t)value;
    if (value < 0) {
        ak_text_char(text, '-');
        magnitude = 0 - magnitude;
    }
    ak_text_u64(text, magnitude);
}

void ak_text_hex(struct ak_text *text, uint64_t value, unsigned digits)
{
    static const char map[] = "0123456789abcdef";
    while (digits > 0) {
        digits--;
        ak_text_char(text, map[value >> (4 * digits) & 15]);
    }
}

void ak_text_hex_bytes(struct ak_text *text, const void *bytes, size_t size)
{
    const uint8_t *p = bytes;
    for (size_t i = 0; i < size; i++)
        ak_text_hex(text, p[i], 2);
}

void ak_text_format(struct ak_text *text, const char *format, ...)
{
    char line[512];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (n < 0) {
        (void)fail(text);
        return;
    }
    if ((size_t)n < sizeof line) {
        ak_text_bytes(text, line, (size_t)n);
        return;
    }
    if (!ak_text_reserve(text, (size_t)n + 1))
        return;
    va_start(args, format);
    (void)vsnprintf(text->bytes + text->size, (size_t)n + 1, format, args);
    va_end(args);
    text->size += (size_t)n;
}

const char *ak_text_string(struct ak_text *text)
{
    if (text->failed || !ak_text_reserve(text, 1))
        return "";
    text->bytes[text->size] = '\0';
    return text->bytes;
}
