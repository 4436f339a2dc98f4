/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf16.h"

#include "base/banned.h"

static size_t put_utf8(uint32_t c, char *out, size_t room)
{
    char b[4];
    size_t n;
    if (c < 0x80) {
        b[0] = (char)c;
        n = 1;
    } else if (c < 0x800) {
        b[0] = (char)(0xc0 | c >> 6);
        b[1] = (char)(0x80 | (c & 0x3f));
        n = 2;
    } else if (c < 0x10000) {
        b[0] = (char)(0xe0 | c >> 12);
        b[1] = (char)(0x80 | (c >> 6 & 0x3f));
        b[2] = (char)(0x80 | (c & 0x3f));
        n = 3;
    } else {
        b[0] = (char)(0xf0 | c >> 18);
        b[1] = (char)(0x80 | (c >> 12 & 0x3f));
        b[2] = (char)(0x80 | (c >> 6 & 0x3f));
        b[3] = (char)(0x80 | (c & 0x3f));
        n = 4;
    }
    if (n >= room)
        return 0;
    memcpy(out, b, n);
    return n;
}

size_t ak_utf16le_to_utf8(struct ak_span in, char *out, size_t room)
{
    size_t used = 0;
    for (size_t i = 0; i + 2 <= in.size; i += 2) {
        uint32_t c = ak_le16(in.bytes + i);
        if (c >= 0xd800 && c < 0xdc00 && i + 4 <= in.size) {
            uint32_t low = ak_le16(in.bytes + i + 2);
            if (low >= 0xdc00 && low < 0xe000) {
                c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
                i += 2;
            }
        }
        if (c >= 0xd800 && c < 0xe000)
            c = 0xfffd;
        size_t n = put_utf8(c, out + used, room - used);
        if (n == 0)
            break;
        used += n;
    }
    out[used] = '\0';
    return used;
}

/* Length of the valid UTF-8 sequence at p, or 0 (Unicode 15, table 3-7). */
static size_t sequence(const uint8_t *p, size_t left)
{
    if (p[0] < 0x80)
        return 1;
    size_t n = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    if (p[0] < 0xc2 || p[0] > 0xf4 || n > left)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
        (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
        return 0;
    return n;
}

/* Is each of eight bytes from 1 to 7f? */
static bool all_ascii(uint64_t word)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones << 7;
    return ((word | (word - ones)) & tops) == 0; /* a borrow comes from a zero byte alone */
}

size_t ak_utf8_copy(struct ak_span in, char *out, size_t room)
{
    size_t used = 0;
    for (uint64_t word; used + sizeof word <= in.size && used + sizeof word < room;) {
        memcpy(&word, in.bytes + used, sizeof word);
        if (!all_ascii(word))
            break;
        memcpy(out + used, &word, sizeof word);
        used += sizeof word;
    }
    for (size_t i = used; i < in.size;) {
        if (in.bytes[i] - 1u < 0x7f && used + 1 < room) { /* nearly all: 1 to 7f */
            out[used++] = (char)in.bytes[i++];
            continue;
        }
        size_t n = in.bytes[i] == 0 ? 0 : sequence(in.bytes + i, in.size - i);
        if (n == 0) {
            size_t put = put_utf8(0xfffd, out + used, room - used);
            if (put == 0)
                break;
            used += put;
            i++;
            continue;
        }
        if (n >= room - used)
            break;
        memcpy(out + used, in.bytes + i, n);
        used += n;
        i += n;
    }
    out[used] = '\0';
    return used;
}

bool ak_utf8_valid(struct ak_span text)
{
    for (size_t i = 0; i < text.size;) {
        size_t n = sequence(text.bytes + i, text.size - i);
        if (n == 0)
            return false;
        i += n;
    }
    return true;
}

uint32_t ak_utf8_next(struct ak_span *text)
{
    const uint8_t *p = text->bytes;
    size_t n = sequence(p, text->size);
    uint32_t c = n == 1   ? p[0]
                 : n == 2 ? (p[0] & 0x1fu) << 6 | (p[1] & 0x3fu)
                 : n == 3 ? (p[0] & 0x0fu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu)
                 : n == 4 ? (p[0] & 0x07u) << 18 | (p[1] & 0x3fu) << 12 | (p[2] & 0x3fu) << 6 |
                                (p[3] & 0x3fu)
                          : 0xfffd;
    n = n == 0 ? 1 : n;
    text->bytes += n;
    text->size -= n;
    return c;
}

static bool is_character(uint32_t c)
{
    return c < 0x110000 && (c < 0xd800 || c >= 0xe000);
}

void ak_utf8_put(uint32_t c, struct ak_text *out)
{
    char bytes[5];
    size_t n = put_utf8(is_character(c) ? c : 0xfffd, bytes, sizeof bytes);
    ak_text_bytes(out, bytes, n);
}

void ak_utf16le_put(uint32_t c, struct ak_text *out)
{
    c = is_character(c) ? c : 0xfffd;
    if (c >= 0x10000) {
        uint32_t high = 0xd800 + ((c - 0x10000) >> 10), low = 0xdc00 + (c & 0x3ff);
        uint8_t pair[] = {(uint8_t)high, (uint8_t)(high >> 8), (uint8_t)low, (uint8_t)(low >> 8)};
        ak_text_bytes(out, pair, sizeof pair);
        return;
    }
    uint8_t unit[] = {(uint8_t)c, (uint8_t)(c >> 8)};
    ak_text_bytes(out, unit, sizeof unit);
}

void ak_utf8_to_utf16le(struct ak_span text, struct ak_text *out)
{
    while (text.size != 0)
        ak_utf16le_put(ak_utf8_next(&text), out);
}
