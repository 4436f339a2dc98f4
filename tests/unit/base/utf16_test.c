/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf16.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/attr.h"
#include "support/parser_check.h"

#define FFFD "\xef\xbf\xbd"

static void converts_utf16(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out;
    } rows[] = {
        {"", ""},
        {"4100 6200", "Ab"},
        {"7f00 8000 ff07 0008 ffff", "\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf"},
        {"e463 4b62", "\xe6\x8f\xa4\xe6\x89\x8b"},
        {"00d8 00dc", "\xf0\x90\x80\x80"}, /* U+10000 */
        {"ffdb ffdf", "\xf4\x8f\xbf\xbf"}, /* U+10FFFF */
        {"3dd8 00de 2100", "\xf0\x9f\x98\x80!"},
        {"00d8", FFFD},           /* high surrogate at the end */
        {"00d8 4100", FFFD "A"},  /* ... before something else */
        {"00dc 4100", FFFD "A"},  /* low surrogate alone */
        {"00dc 00d8", FFFD FFFD}, /* the wrong way round */
        {"00d8 00d8 00dc", FFFD "\xf0\x90\x80\x80"},
        {"4100 42", "A"}, /* odd last byte */
        {"42", ""},
        {"00d8 00", FFFD},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_bytes in = ak_hex(rows[i].in);
        char out[64];
        size_t n = ak_utf16le_to_utf8(ak_bytes_span(&in), out, sizeof out);
        assert_string_equal(out, rows[i].out);
        assert_int_equal(n, strlen(rows[i].out));
        ak_bytes_free(&in);
    }
}

static void copies_utf8(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out;
    } rows[] = {
        {"", ""},
        {"'sql01.example'", "sql01.example"},
        {"c280 dfbf e0a080 efbfbf f0908080 f48fbfbf",
         "\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"},
        /* Unicode 15, table 3-7: everything else is ill-formed */
        {"80", FFFD},
        {"c0 80", FFFD FFFD}, /* overlong */
        {"c1 bf", FFFD FFFD},
        {"e0 80 80", FFFD FFFD FFFD},
        {"e0 9f bf", FFFD FFFD FFFD},
        {"ed a0 80", FFFD FFFD FFFD}, /* surrogate */
        {"f0 80 80 80", FFFD FFFD FFFD FFFD},
        {"f0 8f bf bf", FFFD FFFD FFFD FFFD},
        {"f4 90 80 80", FFFD FFFD FFFD FFFD}, /* above U+10FFFF */
        {"f5 41", FFFD "A"},
        {"ff fe", FFFD FFFD},
        {"c3", FFFD}, /* cut short */
        {"e6 8f", FFFD FFFD},
        {"f0 9f 98", FFFD FFFD FFFD},
        {"c3 41", FFFD "A"},
        {"e6 8f 41", FFFD FFFD "A"},
        {"'bank' 00 '.evil'", "bank" FFFD ".evil"}, /* NUL must not hide the rest */
        /* eight at a time, wherever something else stands */
        {"'sql01.co' 00 'rp.exampl'", "sql01.co" FFFD "rp.exampl"},
        {"'sql01.c' 00 'rp.exampl'", "sql01.c" FFFD "rp.exampl"},
        {"'sql01.cor' ff 'p.exampl'", "sql01.cor" FFFD "p.exampl"},
        {"'sql01.cor' c3a4 'p.ex' 7f '01'", "sql01.cor\xc3\xa4p.ex\x7f"
                                            "01"},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_bytes in = ak_hex(rows[i].in);
        char out[64];
        size_t n = ak_utf8_copy(ak_bytes_span(&in), out, sizeof out);
        assert_string_equal(out, rows[i].out);
        assert_int_equal(n, strlen(rows[i].out));
        ak_bytes_free(&in);
    }
}

/* Every room from 1 up: the text is cut at a character's border and always ends in NUL. */
static void cuts_at_a_border(void **state)
{
    (void)state;
    struct ak_bytes wide = ak_hex("4100 e900 4b62 3dd8 00de");
    struct ak_bytes utf8 = ak_hex("41 c3a9 e6898b f09f9880");
    static const size_t kept[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10};
    for (size_t room = 1; room <= AK_COUNT(kept); room++) {
        struct ak_bytes out = ak_bytes_copy("xxxxxxxxxxxxxxxx", room);
        char *text = (char *)out.at;
        size_t want = kept[room - 1];
        assert_int_equal(ak_utf16le_to_utf8(ak_bytes_span(&wide), text, room), want);
        assert_memory_equal(text, utf8.at, want);
        assert_int_equal(text[want], '\0');
        memset(text, 'x', room);
        assert_int_equal(ak_utf8_copy(ak_bytes_span(&utf8), text, room), want);
        assert_memory_equal(text, utf8.at, want);
        assert_int_equal(text[want], '\0');
        ak_bytes_free(&out);
    }
    ak_bytes_free(&wide);
    ak_bytes_free(&utf8);
}

static void both(struct ak_span in, void *context)
{
    (void)context;
    char once[256], twice[256];
    size_t n = ak_utf8_copy(in, once, sizeof once);
    struct ak_span copied = {(const uint8_t *)once, n};
    assert_int_equal(ak_utf8_copy(copied, twice, sizeof twice), n);
    assert_string_equal(once, twice); /* what came out is valid: it passes unchanged */
    n = ak_utf16le_to_utf8(in, once, sizeof once);
    assert_true(n <= in.size / 2 * 3);
}

static void damaged_texts(void **state)
{
    (void)state;
    struct ak_bytes b = ak_hex("41 c3a9 e6898b f09f9880 00d8 00dc ed9fbf ee8080 efbfbd");
    ak_each_damage(ak_bytes_span(&b), both, NULL);
    ak_bytes_free(&b);
}

static void goes_both_ways(void **state)
{
    (void)state;
    static const uint8_t wide[] = {0x41, 0x00, 0xe9, 0x00, 0x18, 0x8a, 0x3d, 0xd8, 0x00, 0xde};
    static const char utf8[] = "A\xc3\xa9\xe8\xa8\x98\xf0\x9f\x98\x80";
    struct ak_span text = {(const uint8_t *)utf8, sizeof utf8 - 1};
    struct ak_text out;
    ak_text_init(&out, 100);
    assert_true(ak_utf8_valid(text));
    ak_utf8_to_utf16le(text, &out);
    assert_int_equal(out.size, sizeof wide);
    assert_memory_equal(out.bytes, wide, sizeof wide);
    ak_text_clear(&out);
    while (text.size != 0)
        ak_utf8_put(ak_utf8_next(&text), &out);
    assert_string_equal(ak_text_string(&out), utf8);
    ak_text_release(&out);
}

static void what_is_no_character_is_replaced(void **state)
{
    (void)state;
    static const char *const bad[] = {"\xff", "\xc3", "\xed\xa0\x80", "\xf4\x90\x80\x80"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct ak_span text = {(const uint8_t *)bad[i], strlen(bad[i])};
        assert_false(ak_utf8_valid(text));
        assert_int_equal(ak_utf8_next(&text), 0xfffd);
        assert_int_equal(text.size, strlen(bad[i]) - 1);
    }
    struct ak_text out;
    ak_text_init(&out, 100);
    ak_utf8_put(0xd800, &out);
    ak_utf16le_put(0x110000, &out);
    assert_memory_equal(out.bytes, "\xef\xbf\xbd\xfd\xff", 5);
    ak_text_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(converts_utf16),   cmocka_unit_test(copies_utf8),
        cmocka_unit_test(cuts_at_a_border), cmocka_unit_test(damaged_texts),
        cmocka_unit_test(goes_both_ways),   cmocka_unit_test(what_is_no_character_is_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
