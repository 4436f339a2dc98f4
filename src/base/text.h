/* A growable byte buffer with a maximum, for output lines and collected bytes.
 *
 * The first failed growth (maximum reached, or out of memory) sets `failed`; later appends do
 * nothing. The buffer is checked once, when it is used.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_BASE_TEXT_H
#define AK_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/attr.h"

struct ak_text {
    char *bytes; /* not NUL-terminated unless ak_text_string is asked */
    size_t size;
    size_t room;
    size_t maximum;
    bool failed;
};

void ak_text_init(struct ak_text *text, size_t maximum);
void ak_text_release(struct ak_text *text);
static inline void ak_text_clear(struct ak_text *text)
{
    text->size = 0;
    text->failed = false;
}

/* Sets `failed`, as a growth that failed does. */
void ak_text_fail(struct ak_text *text);

/* Makes room for `more` bytes; false after setting `failed`. */
bool ak_text_reserve(struct ak_text *text, size_t more);

static inline void ak_text_bytes(struct ak_text *text, const void *bytes, size_t size)
{
    if (size == 0 || (size > text->room - text->size && !ak_text_reserve(text, size)))
        return;
    memcpy(text->bytes + text->size, bytes, size);
    text->size += size;
}

static inline void ak_text_char(struct ak_text *text, char c)
{
    if (text->size == text->room && !ak_text_reserve(text, 1))
        return;
    text->bytes[text->size++] = c;
}

static inline void ak_text_add(struct ak_text *text, const char *string)
{
    ak_text_bytes(text, string, strlen(string));
}

enum { AK_DECIMAL_ROOM = 20 };
/* Writes a number without a NUL and returns its end. Up to AK_DECIMAL_ROOM bytes are written;
 * those behind the end mean nothing. */
char *ak_decimal(char *out, uint64_t value);
/* The same with eight digits, zeros in front; below 100,000,000. */
char *ak_decimal_8(char *out, uint32_t value);
/* Of each number below 1,000: its digits from the left, and in the last byte how many these are. */
extern const char ak_short_digits[1000][4];
/* ak_decimal of a number that is usually below 1,000. */
static AK_ALWAYS_INLINE char *ak_short_decimal(char *out, uint64_t value)
{
    if (AK_UNLIKELY(value >= AK_COUNT(ak_short_digits)))
        return ak_decimal(out, value);
    memcpy(out, ak_short_digits[value], sizeof ak_short_digits[value]);
    return out + ak_short_digits[value][3];
}
/* A number below 1,000 with three digits. */
static AK_ALWAYS_INLINE char *ak_three_digits(char *out, unsigned value)
{
    const unsigned hundreds = value * 41 >> 12, rest = value - 100 * hundreds,
                   tens = rest * 103 >> 10;
    out[0] = (char)('0' + hundreds);
    out[1] = (char)('0' + tens);
    out[2] = (char)('0' + (rest - 10 * tens));
    return out + 3;
}
void ak_text_number(struct ak_text *text, uint64_t value);
/* Decimal. */
static inline void ak_text_u64(struct ak_text *text, uint64_t value)
{
    if (value < 10)
        ak_text_char(text, (char)('0' + value));
    else
        ak_text_number(text, value);
}
void ak_text_i64(struct ak_text *text, int64_t value);
/* Lower-case hexadecimal, `digits` wide. */
void ak_text_hex(struct ak_text *text, uint64_t value, unsigned digits);
void ak_text_hex_bytes(struct ak_text *text, const void *bytes, size_t size);
void ak_text_format(struct ak_text *text, const char *format, ...) AK_PRINTF(2, 3);
/* NUL-terminates (the NUL is not counted) and returns the bytes; "" when empty or failed. */
const char *ak_text_string(struct ak_text *text);

#endif
