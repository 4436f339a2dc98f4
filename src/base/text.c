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

#define TEN(tens)                                                                                  \
    tens "0" tens "1" tens "2" tens "3" tens "4" tens "5" tens "6" tens "7" tens "8" tens "9"
static const char pairs[] =
    TEN("0") TEN("1") TEN("2") TEN("3") TEN("4") TEN("5") TEN("6") TEN("7") TEN("8") TEN("9");
#undef TEN

static unsigned digits_of(uint64_t value)
{
    unsigned n = 1;
    for (; value >= 10000; value /= 10000)
        n += 4;
    return n + (value >= 10) + (value >= 100) + (value >= 1000);
}

void ak_text_number(struct ak_text *text, uint64_t value)
{
    char digits[AK_DECIMAL_ROOM];
    if (AK_LIKELY(text->room - text->size >= AK_DECIMAL_ROOM))
        text->size = (size_t)(ak_decimal(text->bytes + text->size, value) - text->bytes);
    else
        ak_text_bytes(text, digits, (size_t)(ak_decimal(digits, value) - digits));
}

char *ak_decimal(char *out, uint64_t value)
{
    unsigned n = digits_of(value);
    char *at = out + n;
    for (; value >= 100; value /= 100) {
        at -= 2;
        memcpy(at, pairs + 2 * (value % 100), 2);
    }
    if (value >= 10)
        memcpy(at - 2, pairs + 2 * value, 2);
    else
        at[-1] = (char)('0' + value);
    return out + n;
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
