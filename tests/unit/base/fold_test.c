/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fold.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "support/parser_check.h"

static void folds(void **state)
{
    (void)state;
    static const struct {
        const char *text, *folded;
    } rows[] = {
        {"", ""},
        {"Pre-Login\r\n\t Handshake", "pre-login handshake"},
        {"\xef\xbc\xb3\xef\xbc\xb3\xef\xbc\xac\xe3\x80\x80\xef\xbc\x91", "ssl 1"}, /* full-width */
        {"\xe2\x80\x9c"
         "a\xe2\x80\x9d \xe2\x80\x98"
         "b\xe2\x80\x99",
         "\"a\" 'b'"},
        {"1\xe2\x88\x92"
         "2\xe2\x80\x93"
         "3",
         "1-2-3"},
        {"a\xc2\xa0\xe2\x80\x8b\xef\xbb\xbf"
         "b",
         "a b"},
        /* half-width ka + voice mark, ha + half-voice mark, u + voice mark */
        {"\xef\xbd\xb6\xef\xbe\x9e\xef\xbe\x8a\xef\xbe\x9f\xef\xbd\xb3\xef\xbe\x9e",
         "\xe3\x82\xac\xe3\x83\x91\xe3\x83\xb4"},
        /* ka and a combining voice mark (file names of macOS) */
        {"\xe3\x82\xab\xe3\x82\x99", "\xe3\x82\xac"},
        /* the long vowel mark, of either width */
        {"\xe3\x82\xa8\xe3\x83\xa9\xe3\x83\xbc\xef\xbd\xb0", "\xe3\x82\xa8\xe3\x83\xa9"},
        {"\xe3\x80\x81\xe3\x80\x82\xe3\x80\x8c", ",. "},
        {"\xff\xfe"
         "a\xe3\x82",
         " a "},
        {"\xef\xbe\x9e", ""}, /* a voice mark without a kana */
        {"a\xef\xbe\x9e", "a"},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_bytes in = ak_bytes_copy(rows[i].text, strlen(rows[i].text));
        struct ak_bytes out = ak_bytes_copy(rows[i].text, in.size);
        size_t n = ak_fold((const char *)in.at, in.size, (char *)out.at);
        assert_int_equal(n, strlen(rows[i].folded));
        assert_memory_equal(out.at, rows[i].folded, n);
        ak_bytes_free(&in);
        ak_bytes_free(&out);
    }
}

static void takes_letters(void **state)
{
    (void)state;
    static const char folded[] = "a_b 12, \xe3\x82\xac\xe3\x83\x91!";
    char letters[sizeof folded];
    bool border[sizeof folded];
    size_t n = ak_fold_letters(folded, strlen(folded), letters, border);
    static const bool expected[] = {true,  true, true,  false, true, false,
                                    false, true, false, false, true};
    assert_int_equal(n, 10);
    assert_memory_equal(letters, "ab12\xe3\x82\xac\xe3\x83\x91", n);
    for (size_t i = 0; i <= n; i++)
        assert_int_equal(border[i], expected[i]);
    assert_int_equal(ak_fold_letters("", 0, letters, border), 0);
    assert_true(border[0]);
}

/* Whatever the bytes: no longer than before, and folding twice changes nothing more. */
static void is_stable(struct ak_span text, void *context)
{
    (void)context;
    struct ak_bytes once = ak_bytes_copy(text.bytes, text.size);
    size_t n = ak_fold((const char *)text.bytes, text.size, (char *)once.at);
    assert_true(n <= text.size);
    struct ak_bytes again = ak_bytes_copy(once.at, n);
    size_t m = ak_fold((const char *)once.at, n, (char *)again.at);
    assert_int_equal(m, n);
    assert_memory_equal(again.at, once.at, n);
    ak_bytes_free(&once);
    ak_bytes_free(&again);
}

static void damaged_texts(void **state)
{
    (void)state;
    struct ak_bytes b =
        ak_hex("'Er: ' efbdb6efbe9e e382abe38299 e383bc efbca1 e2809c f09f9880 c2a0");
    ak_each_damage(ak_bytes_span(&b), is_stable, NULL);
    ak_bytes_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folds),
        cmocka_unit_test(takes_letters),
        cmocka_unit_test(damaged_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
