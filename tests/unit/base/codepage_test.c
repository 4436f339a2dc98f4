/* SPDX-License-Identifier: Apache-2.0 */
#include "base/codepage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/attr.h"
#include "support/parser_check.h"

/* Windows-31J differs from Shift_JIS in 815c to 817c and has NEC's and IBM's characters. */
static void converts_to_utf8(void **state)
{
    (void)state;
    static const struct {
        enum ak_codepage page;
        const char *hex, *utf8;
    } rows[] = {
        {AK_CODEPAGE_932, "'a\\' 8b4c 5c", "a\\\xe8\xa8\x98\\"},
        {AK_CODEPAGE_932, "8160 817c 8740 fa40",
         "\xef\xbd\x9e\xef\xbc\x8d\xe2\x91\xa0\xe2\x85\xb0"},
        {AK_CODEPAGE_932, "b1 dd", "\xef\xbd\xb1\xef\xbe\x9d"},
        {AK_CODEPAGE_932, "81", "\xef\xbf\xbd"},                        /* a lead byte at the end */
        {AK_CODEPAGE_932, "8120 81 22", "\xef\xbf\xbd \xef\xbf\xbd\""}, /* a wrong trail stays */
        {AK_CODEPAGE_1252, "80 e9 ff 9f 81", "\xe2\x82\xac\xc3\xa9\xc3\xbf\xc5\xb8\xc2\x81"},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_bytes b = ak_hex(rows[i].hex);
        struct ak_text out;
        ak_text_init(&out, 100);
        ak_codepage_to_utf8(rows[i].page, ak_bytes_span(&b), &out);
        assert_string_equal(ak_text_string(&out), rows[i].utf8);
        ak_text_release(&out);
        ak_bytes_free(&b);
    }
}

static void converts_to_utf16(void **state)
{
    (void)state;
    static const uint8_t expected[] = {0x41, 0, 0x18, 0x8a, 0, 0};
    struct ak_bytes b = ak_hex("41 8b4c 00");
    struct ak_text out;
    ak_text_init(&out, 100);
    ak_codepage_to_utf16le(AK_CODEPAGE_932, ak_bytes_span(&b), &out);
    assert_int_equal(out.size, sizeof expected);
    assert_memory_equal(out.bytes, expected, sizeof expected);
    ak_text_release(&out);
    ak_bytes_free(&b);
}

static void guesses_by_what_is_valid_and_usual(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        enum ak_codepage page;
    } rows[] = {
        {"", AK_CODEPAGE_1252},
        {"'ASCII'", AK_CODEPAGE_1252},
        {"8b4c 985e", AK_CODEPAGE_932},              /* two kanji side by side */
        {"'a' 8ea9 'b'", AK_CODEPAGE_932},           /* a trail byte above 7f */
        {"b1 dd", AK_CODEPAGE_932},                  /* half-width katakana */
        {"'G' e9 'n' e9 'rique'", AK_CODEPAGE_1252}, /* valid in 932 too */
        {"'Z' fc 'rich'", AK_CODEPAGE_1252},
        {"'caf' e9", AK_CODEPAGE_1252},         /* a lead byte at the end */
        {"'K' f6 'ln' 8ea9", AK_CODEPAGE_1252}, /* 932's private area */
        {"80", AK_CODEPAGE_1252},
        {"8ea9 a0", AK_CODEPAGE_1252},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_bytes b = ak_hex(rows[i].hex);
        assert_int_equal(ak_codepage_guess(ak_bytes_span(&b)), rows[i].page);
        ak_bytes_free(&b);
    }
}

/* Every pair of bytes: nothing is read behind the end and each step moves on. */
static void survives_every_pair(void **state)
{
    (void)state;
    struct ak_bytes b = ak_hex("00 00");
    for (unsigned pair = 0; pair < 0x10000; pair++)
        for (int page = 0; page < 2; page++) {
            struct ak_span text = ak_bytes_span(&b);
            b.at[0] = (uint8_t)pair;
            b.at[1] = (uint8_t)(pair >> 8);
            (void)ak_codepage_guess(text);
            while (text.size != 0) {
                size_t left = text.size;
                assert_true(ak_codepage_next(page ? AK_CODEPAGE_932 : AK_CODEPAGE_1252, &text) <
                            0x10000);
                assert_true(text.size < left);
            }
        }
    ak_bytes_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(converts_to_utf8),
        cmocka_unit_test(converts_to_utf16),
        cmocka_unit_test(guesses_by_what_is_valid_and_usual),
        cmocka_unit_test(survives_every_pair),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
