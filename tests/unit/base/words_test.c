/* SPDX-License-Identifier: Apache-2.0 */
#include "base/words.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/attr.h"
#include "support/parser_check.h"

static void cuts_lines(void **state)
{
    (void)state;
    struct ak_span rest = ak_words_of("one\r\n\ntwo"), line;
    assert_true(ak_words_line(&rest, &line));
    ak_assert_text(line, "one");
    assert_true(ak_words_line(&rest, &line));
    ak_assert_text(line, "");
    assert_true(ak_words_line(&rest, &line));
    ak_assert_text(line, "two");
    assert_false(ak_words_line(&rest, &line));
}

static void takes_words(void **state)
{
    (void)state;
    struct ak_span rest = ak_words_of(",, a, bc ,"), word;
    assert_true(ak_words_next(&rest, ", ", &word));
    ak_assert_text(word, "a");
    assert_true(ak_words_next(&rest, ", ", &word));
    ak_assert_text(word, "bc");
    assert_false(ak_words_next(&rest, ", ", &word));
    struct ak_span zero = {(const uint8_t *)"a\0b", 3};
    assert_true(ak_words_next(&zero, ",", &word));
    assert_int_equal(word.size, 3); /* NUL separates nothing */
}

static void cuts_in_two(void **state)
{
    (void)state;
    struct ak_span left, right;
    assert_true(ak_words_cut(ak_words_of("key = value = x"), "=", &left, &right));
    ak_assert_text(ak_words_trim(left), "key");
    ak_assert_text(ak_words_trim(right), "value = x");
    assert_false(ak_words_cut(ak_words_of("nothing"), "=", &left, &right));
    ak_assert_text(left, "nothing");
    assert_int_equal(right.size, 0);
}

static void trims_and_unquotes(void **state)
{
    (void)state;
    ak_assert_text(ak_words_trim(ak_words_of(" \t x y \r\n")), "x y");
    ak_assert_text(ak_words_trim(ak_words_of("   ")), "");
    ak_assert_text(ak_words_unquote(ak_words_of("\"a b\"")), "a b");
    ak_assert_text(ak_words_unquote(ak_words_of("'a'")), "a");
    ak_assert_text(ak_words_unquote(ak_words_of("\"a'")), "\"a'");
    ak_assert_text(ak_words_unquote(ak_words_of("\"")), "\"");
}

static void compares_without_case(void **state)
{
    (void)state;
    assert_true(ak_words_equal(ak_words_of("MinProtocol"), "minprotocol"));
    assert_false(ak_words_equal(ak_words_of("MinProtocols"), "MinProtocol"));
    assert_false(ak_words_equal(ak_words_of("MinProto"), "MinProtocol"));
    assert_true(ak_words_begin(ak_words_of("TLS_RSA"), "tls_"));
    assert_false(ak_words_begin(ak_words_of("TL"), "tls_"));
    assert_true(ak_words_has(ak_words_of("x TLS_ y"), "tls_"));
    assert_false(ak_words_has(ak_words_of("x TLS"), "tls_"));
    assert_false(ak_words_equal(ak_words_of("[A"), "{a")); /* no letters */
}

static void reads_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool good;
        uint32_t value;
    } rows[] = {{"0", true, 0},         {"2048", true, 2048},
                {"60001", false, 0},    {"", false, 0},
                {"12a", false, 0},      {"-1", false, 0},
                {"60000", true, 60000}, {"99999999999999999999999", false, 0}};
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        uint32_t value = 0;
        assert_int_equal(ak_words_number(ak_words_of(rows[i].text), 60000, &value), rows[i].good);
        assert_int_equal(value, rows[i].value);
    }
}

static void copies_what_can_be_shown(void **state)
{
    (void)state;
    char out[6];
    ak_words_copy(ak_words_of("a\x1b[2Jlong"), out, sizeof out);
    assert_string_equal(out, "a?[2J");
}

static void anything(struct ak_span bytes, void *context)
{
    (void)context;
    struct ak_span rest = bytes, line, word, left, right;
    while (ak_words_line(&rest, &line)) {
        ak_assert_inside(bytes, line);
        ak_assert_inside(bytes, ak_words_unquote(ak_words_trim(line)));
        (void)ak_words_cut(line, "=", &left, &right);
        ak_assert_inside(line, left);
        ak_assert_inside(line, right);
        while (ak_words_next(&line, " ,", &word))
            ak_assert_inside(bytes, word);
    }
}

static void damage(void **state)
{
    (void)state;
    ak_each_damage(ak_words_of(" a = 'b, c'\r\n\n\"x\" ="), anything, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cuts_lines),
        cmocka_unit_test(takes_words),
        cmocka_unit_test(cuts_in_two),
        cmocka_unit_test(trims_and_unquotes),
        cmocka_unit_test(compares_without_case),
        cmocka_unit_test(reads_numbers),
        cmocka_unit_test(copies_what_can_be_shown),
        cmocka_unit_test(damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
