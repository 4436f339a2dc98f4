/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/log_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/utf16.h"
#include "support/parser_check.h"

static void units_are_guessed(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        enum ak_log_units units;
        size_t mark;
    } rows[] = {
        {"", AK_LOG_BYTES, 0},
        {"'2024-05-01 12:00:00.12 Server'", AK_LOG_BYTES, 0},
        {"efbbbf '2024'", AK_LOG_BYTES, 3},
        {"fffe 3200", AK_LOG_UTF16LE, 2},
        {"feff 0032", AK_LOG_UTF16BE, 2},
        {"ff", AK_LOG_BYTES, 0},
        {"3200*20", AK_LOG_BYTES, 0}, /* one unit, then zeros */
        {"00*64", AK_LOG_BYTES, 0},
        {"3200 3000 3200 3400 2d00 3000 3500 2d00 3000 3100 2000 3100 3200 3a00 3000 3000",
         AK_LOG_UTF16LE, 0},
        {"0032 0030 0032 0034 002d 0030 0035 002d 0030 0031 0020 0031 0032 003a 0030 0030",
         AK_LOG_UTF16BE, 0},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_bytes b = ak_hex(rows[i].hex);
        size_t mark = 99;
        assert_int_equal(ak_log_units_guess(ak_bytes_span(&b), &mark), rows[i].units);
        assert_int_equal(mark, rows[i].mark);
        ak_bytes_free(&b);
    }
}

/* The unit 0x0a0a, and 0x0a in the wrong half, end no line. */
static void lines_end_at_units(void **state)
{
    (void)state;
    static const struct {
        enum ak_log_units units;
        const char *hex;
        size_t line, rest; /* sizes; line 99: there is none */
    } rows[] = {
        {AK_LOG_BYTES, "'ab' 0a 'c'", 2, 1},
        {AK_LOG_BYTES, "'abc'", 99, 3},
        {AK_LOG_BYTES, "0a", 0, 0},
        {AK_LOG_UTF16LE, "6100 0a00 6200", 2, 2},
        {AK_LOG_UTF16LE, "0a0a 000a 0a00 62", 4, 1},
        {AK_LOG_UTF16LE, "6100 0a", 99, 3},
        {AK_LOG_UTF16BE, "0061 000a 0062", 2, 2},
        {AK_LOG_UTF16BE, "0a0a 0a00 000a", 4, 0},
        {AK_LOG_UTF16BE, "0061 00", 99, 3},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_bytes b = ak_hex(rows[i].hex);
        struct ak_span rest = ak_bytes_span(&b), line = {NULL, 0};
        bool found = ak_log_line(rows[i].units, &rest, &line);
        assert_int_equal(found, rows[i].line != 99);
        if (found)
            assert_int_equal(line.size, rows[i].line);
        assert_int_equal(rest.size, rows[i].rest);
        ak_bytes_free(&b);
    }
}

static void units_become_ascii_and_utf8(void **state)
{
    (void)state;
    static const struct {
        enum ak_log_units units;
        const char *hex, *ascii, *utf8;
    } rows[] = {
        {AK_LOG_BYTES, "'a' e38182 'b'",
         "a\x01\x01\x01"
         "b",
         "a\xe3\x81\x82"
         "b"},
        {AK_LOG_BYTES, "8358834e", "\x01X\x01N", "\xe3\x82\xb9\xe3\x82\xaf"}, /* code page 932 */
        {AK_LOG_BYTES, "'f' fc 'r'", "f\x01r", "f\xc3\xbcr"},                 /* 1252 */
        {AK_LOG_UTF16LE, "6100 4230 3dd8 00de", "a\x01\x01\x01", "a\xe3\x81\x82\xf0\x9f\x98\x80"},
        {AK_LOG_UTF16BE, "0061 3042 0000", "a\x01\x01", "a\xe3\x81\x82\xef\xbf\xbd"},
        {AK_LOG_UTF16LE, "6100 62", "a", "a"}, /* half a unit */
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_bytes b = ak_hex(rows[i].hex);
        struct ak_text out;
        char ascii[16];
        size_t n = ak_log_ascii(rows[i].units, ak_bytes_span(&b), ascii, sizeof ascii - 1);
        ascii[n] = '\0';
        assert_string_equal(ascii, rows[i].ascii);
        ak_text_init(&out, 4096);
        ak_log_utf8(rows[i].units, ak_bytes_span(&b), &out);
        if (i != 4) /* a zero inside of UTF-16 is kept as it is */
            assert_string_equal(ak_text_string(&out), rows[i].utf8);
        ak_text_release(&out);
        ak_bytes_free(&b);
    }
}

/* A pair of surrogates across the border of the parts that are converted at once. */
static void long_texts_are_converted_whole(void **state)
{
    (void)state;
    for (size_t before = 250; before < 260; before++) {
        uint8_t units[1200] = {0};
        struct ak_text out;
        size_t n = 0;
        for (size_t i = 0; i < before; i++, n += 2)
            units[n] = 'x';
        memcpy(units + n, "\x3d\xd8\x00\xde", 4);
        n += 4;
        for (size_t i = 0; i < 300; i++, n += 2)
            units[n] = 'y';
        struct ak_span span = {units, n};
        ak_text_init(&out, 8192);
        ak_log_utf8(AK_LOG_UTF16LE, span, &out);
        assert_int_equal(out.size, before + 4 + 300);
        struct ak_span utf8 = {(const uint8_t *)out.bytes, out.size};
        assert_true(ak_utf8_valid(utf8));
        assert_memory_equal(out.bytes + before, "\xf0\x9f\x98\x80", 4);
        ak_text_release(&out);
    }
}

static void survive(struct ak_span bytes, void *context)
{
    (void)context;
    for (int u = AK_LOG_BYTES; u <= AK_LOG_UTF16BE; u++) {
        struct ak_span rest = bytes, line;
        struct ak_text out;
        char ascii[64];
        size_t mark;
        (void)ak_log_units_guess(bytes, &mark);
        while (ak_log_line((enum ak_log_units)u, &rest, &line))
            ak_assert_inside(bytes, line);
        assert_true(ak_log_ascii((enum ak_log_units)u, bytes, ascii, sizeof ascii) <= bytes.size);
        ak_text_init(&out, 4096);
        ak_log_utf8((enum ak_log_units)u, bytes, &out);
        struct ak_span utf8 = {(const uint8_t *)out.bytes, out.size};
        assert_true(ak_utf8_valid(utf8));
        ak_text_release(&out);
    }
}

static void damage_is_survived(void **state)
{
    (void)state;
    struct ak_bytes b = ak_hex("fffe 3200 0d00 0a00 'abc' 8358 e38182 0d 0a 0032 000a 3dd8 00de");
    ak_each_damage(ak_bytes_span(&b), survive, NULL);
    ak_bytes_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(units_are_guessed),
        cmocka_unit_test(lines_end_at_units),
        cmocka_unit_test(units_become_ascii_and_utf8),
        cmocka_unit_test(long_texts_are_converted_whole),
        cmocka_unit_test(damage_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
