/* SPDX-License-Identifier: Apache-2.0 */
#include "report/text_parts.h"

#include "base/alloc.h"
#include "support/report.h"

static void colours_only_when_asked(void **state)
{
    (void)state;
    struct ak_text_style style = {AK_LANG_EN, false, false, 80};
    assert_string_equal(ak_paint(&style, "\033[1m"), "");
    style.color = true;
    assert_string_equal(ak_paint(&style, "\033[1m"), "\033[1m");
}

/* Columns, not bytes: a wide character counts two, a combining mark none. */
static void pads_to_columns(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t columns;
        const char *padded;
    } rows[] = {
        {"", 0, ""},
        {"", 3, "   "},
        {"ab", 2, "ab"},
        {"ab", 1, "ab"}, /* never cut */
        {"ab", 5, "ab   "},
        {"\xe7\xb5\x90\xe6\x9e\x9c", 6, "\xe7\xb5\x90\xe6\x9e\x9c  "},
        {"\xe7\xb5\x90\xe6\x9e\x9c", 3, "\xe7\xb5\x90\xe6\x9e\x9c"},
        {"\xef\xbd\xb1", 2, "\xef\xbd\xb1 "},                         /* half-width katakana */
        {"e\xcc\x81", 2, "e\xcc\x81 "},                               /* e and its accent */
        {"\xe3\x81\x8b\xe3\x82\x99", 3, "\xe3\x81\x8b\xe3\x82\x99 "}, /* ka and its mark */
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        ak_text_clear(&out);
        ak_pad(&out, rows[i].text, rows[i].columns);
        assert_string_equal(text(), rows[i].padded);
    }
}

static void blanks(void **state)
{
    (void)state;
    ak_text_clear(&out);
    ak_blanks(&out, 0);
    assert_string_equal(text(), "");
    ak_text_char(&out, '|');
    ak_blanks(&out, 4);
    ak_text_char(&out, '|');
    assert_string_equal(text(), "|    |");
}

static void addresses(void **state)
{
    (void)state;
    static const struct {
        struct ak_endpoint end;
        const char *words;
    } rows[] = {
        {{4, {192, 0, 2, 1}, 1433}, "192.0.2.1:1433"},
        {{4, {0}, 0}, "0.0.0.0:0"},
        {{4, {255, 255, 255, 255}, 65535}, "255.255.255.255:65535"},
        {{6, {0x20, 0x01, 0x0d, 0xb8, [15] = 1}, 1433}, "[2001:db8::1]:1433"},
        {{6, {0}, 443}, "[::]:443"},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        ak_text_clear(&out);
        ak_address_words(&rows[i].end, &out);
        assert_string_equal(text(), rows[i].words);
    }
}

#ifdef AK_TORTURE
static void want_of_memory_fails_the_text(void **state)
{
    (void)state;
    const struct ak_endpoint end = {4, {192, 0, 2, 1}, 1433};
    for (int i = 0; i < 3; i++) {
        struct ak_text fresh;
        ak_text_init(&fresh, 100);
        (void)ak_alloc_fail_after(1);
        if (i == 0)
            ak_pad(&fresh, "ab", 5);
        else if (i == 1)
            ak_blanks(&fresh, 5);
        else
            ak_address_words(&end, &fresh);
        (void)ak_alloc_fail_after(0);
        assert_true(fresh.failed);
        assert_int_equal(fresh.size, 0);
        ak_text_release(&fresh);
    }
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(colours_only_when_asked),
        cmocka_unit_test(pads_to_columns),
        cmocka_unit_test(blanks),
        cmocka_unit_test(addresses),
#ifdef AK_TORTURE
        cmocka_unit_test(want_of_memory_fails_the_text),
#endif
    };
    return cmocka_run_group_tests(tests, begin_output, end_output);
}
