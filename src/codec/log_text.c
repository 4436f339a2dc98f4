/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/log_text.h"

#include "base/codepage.h"
#include "base/utf16.h"
#include "base/words.h"

#include "base/banned.h"

/* UTF-16 without a mark shows itself by the zeros of its ASCII: every second byte of the first ones
 * that are compared. */
enum { COMPARED = 64 };

static bool zeros_at(struct ak_span head, size_t first)
{
    size_t zeros = 0, others = 0, end = head.size < COMPARED ? head.size : COMPARED;
    for (size_t i = 0; i + 1 < end; i += 2) {
        zeros += head.bytes[i + first] == 0;
        others += head.bytes[i + 1 - first] == 0;
    }
    return zeros > 8 && others == 0 && zeros * 4 >= end;
}

enum ak_log_units ak_log_units_guess(struct ak_span head, size_t *mark)
{
    const uint8_t *p = head.bytes;
    *mark = 0;
    if (head.size >= 3 && p[0] == 0xef && p[1] == 0xbb && p[2] == 0xbf) {
        *mark = 3;
        return AK_LOG_BYTES;
    }
    if (head.size >= 2 && ((p[0] == 0xff && p[1] == 0xfe) || (p[0] == 0xfe && p[1] == 0xff))) {
        *mark = 2;
        return p[0] == 0xff ? AK_LOG_UTF16LE : AK_LOG_UTF16BE;
    }
    if (zeros_at(head, 1))
        return AK_LOG_UTF16LE;
    return zeros_at(head, 0) ? AK_LOG_UTF16BE : AK_LOG_BYTES;
}

/* Offset of the unit that ends the line, or the size: none does. */
static size_t line_end(enum ak_log_units units, struct ak_span text)
{
    if (units == AK_LOG_BYTES) {
        const uint8_t *at = text.size != 0 ? memchr(text.bytes, '\n', text.size) : NULL;
        return at != NULL ? (size_t)(at - text.bytes) : text.size;
    }
    size_t low = units == AK_LOG_UTF16BE ? 1 : 0; /* offset of the low byte in its unit */
    for (size_t i = low; i < text.size; i++) {
        const uint8_t *at = memchr(text.bytes + i, '\n', text.size - i);
        if (at == NULL)
            return text.size;
        i = (size_t)(at - text.bytes);
        size_t unit = i & ~(size_t)1;
        if ((i & 1) == low && unit + 1 < text.size && text.bytes[unit + 1 - low] == 0)
            return unit;
    }
    return text.size;
}

bool ak_log_line(enum ak_log_units units, struct ak_span *rest, struct ak_span *line)
{
    size_t size = ak_log_unit_size(units), end = line_end(units, *rest);
    if (end + size > rest->size)
        return false;
    *line = ak_words_first(*rest, end);
    *rest = ak_words_from(*rest, end + size);
    return true;
}

size_t ak_log_ascii(enum ak_log_units units, struct ak_span text, char *out, size_t room)
{
    size_t size = ak_log_unit_size(units), count = text.size / size;
    size_t low = units == AK_LOG_UTF16BE ? 1 : 0;
    if (count > room)
        count = room;
    for (size_t i = 0; i < count; i++) {
        uint8_t c = text.bytes[i * size + low];
        bool other = size == 2 && text.bytes[i * size + 1 - low] != 0;
        out[i] = other || c >= 0x80 || c == 0 ? '\x01' : (char)c;
    }
    return count;
}

static void put_utf16(enum ak_log_units units, struct ak_span text, struct ak_text *out)
{
    uint8_t part[512];
    char utf8[1600];
    while (text.size >= 2) {
        size_t size = text.size < sizeof part ? text.size & ~(size_t)1 : sizeof part;
        for (size_t i = 0; i < size; i += 2) {
            bool big = units == AK_LOG_UTF16BE;
            part[i] = text.bytes[i + (big ? 1 : 0)];
            part[i + 1] = text.bytes[i + (big ? 0 : 1)];
        }
        /* A pair that the border cuts goes into the next part. */
        if (size == sizeof part && text.size > size && (part[size - 1] & 0xfc) == 0xd8)
            size -= 2;
        struct ak_span units_le = {part, size};
        size_t n = ak_utf16le_to_utf8(units_le, utf8, sizeof utf8);
        ak_text_bytes(out, utf8, n);
        text = ak_words_from(text, size);
    }
}

void ak_log_utf8(enum ak_log_units units, struct ak_span text, struct ak_text *out)
{
    if (units != AK_LOG_BYTES)
        put_utf16(units, text, out);
    else if (ak_utf8_valid(text))
        ak_text_bytes(out, text.bytes, text.size);
    else
        ak_codepage_to_utf8(ak_codepage_guess(text), text, out);
}
