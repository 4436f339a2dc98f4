/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fold.h"

#include <stdint.h>
#include <string.h>

#include "base/banned.h"

enum { GONE = 0, BLANK = ' ' };

/* Half-width katakana U+FF66..U+FF9D, as offsets from U+3000. */
static const uint8_t half_width[] = {
    0xf2, 0xa1, 0xa3, 0xa5, 0xa7, 0xa9, 0xe3, 0xe5, 0xe7, 0xc3, 0xfc, 0xa2, 0xa4, 0xa6,
    0xa8, 0xaa, 0xab, 0xad, 0xaf, 0xb1, 0xb3, 0xb5, 0xb7, 0xb9, 0xbb, 0xbd, 0xbf, 0xc1,
    0xc4, 0xc6, 0xc8, 0xca, 0xcb, 0xcc, 0xcd, 0xce, 0xcf, 0xd2, 0xd5, 0xd8, 0xdb, 0xde,
    0xdf, 0xe0, 0xe1, 0xe2, 0xe4, 0xe6, 0xe8, 0xe9, 0xea, 0xeb, 0xec, 0xed, 0xef, 0xf3,
};

/* One character; 0 and *size 1 for a byte that begins none. */
static uint32_t decode(const unsigned char *p, size_t left, size_t *size)
{
    size_t n = p[0] < 0x80 ? 1 : p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : p[0] >= 0xc2 ? 2 : 0;
    *size = 1;
    if (n == 1)
        return p[0];
    if (n == 0 || n > left)
        return 0;
    uint32_t c = p[0] & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (p[i] & 0x3fu);
    }
    if ((n == 3 && c < 0x800) || (n == 4 && (c < 0x10000 || c > 0x10ffff)))
        return 0;
    *size = n;
    return c;
}

static size_t encode(uint32_t c, char *out)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (c & 0x3f));
        c >>= 6;
    }
    out[0] = (char)((0xf00u >> n & 0xf0) | c);
    return n;
}

/* General punctuation, U+2000..U+206F. */
static uint32_t fold_punctuation(uint32_t c)
{
    if ((c >= 0x200b && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) || c >= 0x2060)
        return GONE;
    if (c >= 0x2010 && c <= 0x2015)
        return '-';
    if ((c >= 0x2018 && c <= 0x201b) || c == 0x2032)
        return '\'';
    if ((c >= 0x201c && c <= 0x201f) || c == 0x2033)
        return '"';
    return BLANK;
}

/* Punctuation of Chinese and Japanese, U+3000..U+303F. */
static uint32_t fold_cjk_punctuation(uint32_t c)
{
    if (c == 0x3001)
        return ',';
    if (c == 0x3002)
        return '.';
    return c == 0x3005 || c == 0x3007 ? c : BLANK;
}

static uint32_t fold_character(uint32_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c + 32;
    if (c <= ' ' || (c >= 0x7f && c <= 0xa0))
        return BLANK;
    if (c == 0xad || c == 0xfeff || c == 0x30fc || c == 0xff70)
        return GONE;
    if (c >= 0x2000 && c <= 0x206f)
        return fold_punctuation(c);
    if (c == 0x2212)
        return '-';
    if (c >= 0x3000 && c <= 0x303f)
        return fold_cjk_punctuation(c);
    if (c >= 0xff01 && c <= 0xff5e)
        return fold_character(c - 0xfee0);
    if (c == 0xff61 || c == 0xff64)
        return c == 0xff61 ? '.' : ',';
    if (c == 0xff65)
        return 0x30fb;
    return c >= 0xff66 && c <= 0xff9d ? 0x3000u + half_width[c - 0xff66] : c;
}

/* The kana with a voice mark (1) or a half-voice mark (2); 0 when there is none. */
static uint32_t voiced(uint32_t c, unsigned mark)
{
    static const char plain[] = "\xab\xad\xaf\xb1\xb3\xb5\xb7\xb9\xbb\xbd\xbf\xc1\xc4\xc6\xc8";
    static const char both[] = "\xcf\xd2\xd5\xd8\xdb";
    uint32_t katakana = c >= 0x3041 && c <= 0x3096 ? c + 0x60 : c;
    if (katakana < 0x30a1 || katakana > 0x30fa)
        return 0;
    if (mark == 1 && c == 0x30a6)
        return 0x30f4;
    if (strchr(both, (int)(katakana & 0xff)) != NULL)
        return c + mark;
    return mark == 1 && strchr(plain, (int)(katakana & 0xff)) != NULL ? c + 1 : 0;
}

static unsigned voice_mark(uint32_t c)
{
    if (c == 0x3099 || c == 0xff9e)
        return 1;
    return c == 0x309a || c == 0xff9f ? 2 : 0;
}

size_t ak_fold(const char *text, size_t size, char *out)
{
    const unsigned char *p = (const unsigned char *)text;
    size_t written = 0, last = 0; /* last: where the last character was written */
    for (size_t at = 0, step; at < size; at += step) {
        uint32_t c = decode(p + at, size - at, &step);
        unsigned mark = voice_mark(c);
        if (mark != 0) {
            size_t ignored;
            uint32_t before =
                written != 0 ? decode((unsigned char *)out + last, written - last, &ignored) : 0;
            uint32_t whole = voiced(before, mark);
            if (whole != 0)
                written = last + encode(whole, out + last);
            continue;
        }
        c = fold_character(c);
        if (c == GONE || (c == BLANK && written != 0 && out[written - 1] == ' '))
            continue;
        last = written;
        written += encode(c, out + written);
    }
    return written;
}

size_t ak_fold_letters(const char *folded, size_t size, char *out, bool *border)
{
    size_t written = 0;
    bool apart = true, wide_before = false;
    for (size_t at = 0; at < size; at++) {
        unsigned char c = (unsigned char)folded[at];
        bool wide = c >= 0x80;
        if (!wide && !((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))) {
            apart = true;
            continue;
        }
        border[written] = apart || (wide && (c & 0xc0) != 0x80) || (!wide && wide_before);
        out[written++] = (char)c;
        apart = false;
        wide_before = wide;
    }
    border[written] = true;
    return written;
}
