/* SPDX-License-Identifier: Apache-2.0 */
#include "base/codepage.h"

#include "base/codepage_tables.h"
#include "base/utf16.h"

#include "base/banned.h"

enum { REPLACEMENT = 0xfffd, PRIVATE_LEAD = 0xf0, PRIVATE_LEAD_LAST = 0xf9 };

static bool is_lead(uint8_t byte)
{
    return (byte >= 0x81 && byte <= 0x9f) || (byte >= 0xe0 && byte <= 0xfc);
}

/* 0: no such character. */
static uint16_t double_byte(uint8_t lead, uint8_t trail)
{
    if (trail < 0x40 || trail > 0xfc)
        return 0;
    size_t row = lead < 0xa0 ? lead - 0x81u : lead - 0xe0u + 31u;
    return ak_codepage_932_double[row * AK_CODEPAGE_932_TRAILS + trail - 0x40u];
}

/* What of 932 an accented letter and the ASCII letter behind it are not: a trail byte above 7F,
 * kana and punctuation. Kanji may look like letters of a Western word; those of low lead bytes look
 * like its quotes and dashes. */
static bool looks_japanese(uint8_t lead, uint8_t trail)
{
    return trail >= 0x80 || lead <= 0x83;
}

enum ak_codepage ak_codepage_guess(struct ak_span text)
{
    bool japanese = false, before = false;
    for (size_t i = 0; i < text.size; i++) {
        uint8_t byte = text.bytes[i];
        if (byte < 0x80) {
            before = false;
            continue;
        }
        if (is_lead(byte)) {
            uint8_t trail = i + 1 < text.size ? text.bytes[i + 1] : 0;
            /* 932 maps a private area too; nobody writes it, Western letters fall into it. */
            bool private = byte >= PRIVATE_LEAD && byte <= PRIVATE_LEAD_LAST;
            if (private || double_byte(byte, trail) == 0)
                return AK_CODEPAGE_1252;
            japanese = japanese || looks_japanese(byte, trail) || (before && byte < 0xa0);
            i++;
        } else if (byte < 0xa1 || byte > 0xdf) { /* not half-width katakana */
            return AK_CODEPAGE_1252;
        } else {
            japanese = japanese || before;
        }
        before = true;
    }
    return japanese ? AK_CODEPAGE_932 : AK_CODEPAGE_1252;
}

static void advance(struct ak_span *text, size_t size)
{
    text->bytes += size;
    text->size -= size;
}

uint32_t ak_codepage_next(enum ak_codepage page, struct ak_span *text)
{
    uint8_t byte = text->bytes[0];
    uint32_t unit = page == AK_CODEPAGE_932 ? ak_codepage_932_single[byte] : ak_codepage_1252[byte];
    if (page == AK_CODEPAGE_932 && is_lead(byte) && text->size > 1) {
        unit = double_byte(byte, text->bytes[1]);
        /* A wrong trail byte is not eaten: it may be the quote that ends a text. */
        advance(text, unit != 0 ? 2 : 1);
        return unit != 0 ? unit : REPLACEMENT;
    }
    advance(text, 1);
    return unit != 0 || byte == 0 ? unit : REPLACEMENT;
}

void ak_codepage_to_utf8(enum ak_codepage page, struct ak_span text, struct ak_text *out)
{
    while (text.size != 0) {
        if (text.bytes[0] < 0x80) {
            ak_text_char(out, (char)text.bytes[0]);
            advance(&text, 1);
        } else {
            ak_utf8_put(ak_codepage_next(page, &text), out);
        }
    }
}

void ak_codepage_to_utf16le(enum ak_codepage page, struct ak_span text, struct ak_text *out)
{
    while (text.size != 0)
        ak_utf16le_put(ak_codepage_next(page, &text), out);
}
