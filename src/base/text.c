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

#define ONE(tens, ones)                                                                            \
    {                                                                                              \
        (tens)[0], (tens)[1], ones, '\0'                                                           \
    }
#define TEN(tens)                                                                                  \
    ONE(tens, '0'), ONE(tens, '1'), ONE(tens, '2'), ONE(tens, '3'), ONE(tens, '4'),                \
        ONE(tens, '5'), ONE(tens, '6'), ONE(tens, '7'), ONE(tens, '8'), ONE(tens, '9')
#define HUNDRED(h)                                                                                 \
    TEN(h "0"), TEN(h "1"), TEN(h "2"), TEN(h "3"), TEN(h "4"), TEN(h "5"), TEN(h "6"),            \
        TEN(h "7"), TEN(h "8"), TEN(h "9")
const char ak_three_digits[1000][4] = {HUNDRED("0"), HUNDRED("1"), HUNDRED("2"), HUNDRED("3"),
                                       HUNDRED("4"), HUNDRED("5"), HUNDRED("6"), HUNDRED("7"),
                                       HUNDRED("8"), HUNDRED("9")};
#undef HUNDRED
#undef TEN
#undef ONE

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

static char *put_bytes(char *out, uint64_t bytes, unsigned count)
{
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    memcpy(out, &bytes, sizeof bytes); /* more than `count`: it is overwritten */
#else
    for (unsigned i = 0; i < 8; i++, bytes >>= 8)
        out[i] = (char)(bytes & 0xff);
#endif
    return out + count;
}

char *ak_decimal_8(char *out, uint32_t value)
{
    return put_bytes(out, eight_digits(value) | UINT64_C(0x3030303030303030), 8);
}

char *ak_decimal(char *out, uint64_t value)
{
    enum { EIGHT = 100000000 };
    if (AK_UNLIKELY(value >= EIGHT))
        return ak_decimal_8(ak_decimal(out, value / EIGHT), (uint32_t)(value % EIGHT));
    uint64_t digits = eight_digits((uint32_t)value);
    unsigned zeros = ak_low_zeros(digits | UINT64_C(1) << 56) / 8; /* in front; one digit stays */
    return put_bytes(out, (digits | UINT64_C(0x3030303030303030)) >> 8 * zeros, 8 - zeros);
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
