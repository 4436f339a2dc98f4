/* DER elements: lengths of every form, and nothing beyond the input. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/der.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "codec/x509_vectors.h"
#include "support/parser_check.h"

static struct ak_der first_of(const char *hex, enum ak_verdict verdict)
{
    struct ak_parse parse;
    struct ak_bytes b = ak_hex(hex);
    struct ak_reader r = ak_reader_of(b.at, b.size, &parse);
    struct ak_der der = ak_der_next(&r);
    assert_int_equal(parse.verdict, verdict);
    ak_bytes_free(&b);
    return der;
}

static void lengths_have_three_forms(void **state)
{
    (void)state;
    assert_int_equal(first_of("02 01 05", AK_VERDICT_PARSED).body.size, 1);
    assert_int_equal(first_of("04 81 80 00*128", AK_VERDICT_PARSED).body.size, 128);
    assert_int_equal(first_of("30 82 0100 00*256", AK_VERDICT_PARSED).body.size, 256);
    assert_int_equal(first_of("05 00", AK_VERDICT_PARSED).tag, AK_DER_NULL);
}

static void wrong_ones_are_refused(void **state)
{
    (void)state;
    assert_int_equal(first_of("02", AK_VERDICT_SHORT).tag, 0);
    assert_int_equal(first_of("02 05 01", AK_VERDICT_SHORT).tag, 0);
    assert_int_equal(first_of("30 80 00 00", AK_VERDICT_BAD).tag, 0);
    assert_int_equal(first_of("30 85 00*8", AK_VERDICT_BAD).tag, 0);
    assert_int_equal(first_of("1f 81 01 00", AK_VERDICT_UNKNOWN).tag, 0);
    assert_int_equal(first_of("02 84 ffffffff", AK_VERDICT_SHORT).tag, 0);
}

static void another_tag_than_expected_ends_it(void **state)
{
    (void)state;
    struct ak_parse parse;
    static const uint8_t two[] = {2, 1, 7, 4, 0};
    struct ak_reader r = ak_reader_of(two, sizeof two, &parse);
    assert_int_equal(ak_der_expect(&r, AK_DER_INTEGER).size, 1);
    assert_int_equal(ak_der_expect(&r, AK_DER_SEQUENCE).size, 0);
    assert_false(ak_reader_ok(&r));
}

static void walk(struct ak_span span, void *context)
{
    struct ak_parse parse;
    struct ak_reader r = ak_reader_of(span.bytes, span.size, &parse);
    (void)context;
    while (r.left != 0) {
        struct ak_der der = ak_der_next(&r);
        ak_assert_inside(span, der.body);
        if (der.tag & AK_DER_CONSTRUCTED)
            walk(der.body, context);
    }
}

static void damage_is_survived(void **state)
{
    (void)state;
    struct ak_span ec = {x509_ec, sizeof x509_ec};
    ak_each_damage(ec, walk, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lengths_have_three_forms),
        cmocka_unit_test(wrong_ones_are_refused),
        cmocka_unit_test(another_tag_than_expected_ends_it),
        cmocka_unit_test(damage_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
