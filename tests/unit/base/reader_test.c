/* SPDX-License-Identifier: Apache-2.0 */
#include "base/reader.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/attr.h"
#include "support/parser_check.h"

static void reads_integers(void **state)
{
    (void)state;
    struct ak_bytes b = ak_hex("01 # u8\n 0203 040506 0708090a # be16 be24 be32\n"
                               "0b0c 0d0e0f10 # le16 le32\n"
                               "1112131415161718 # le64");
    struct ak_parse parse;
    struct ak_reader r = ak_reader_of(b.at, b.size, &parse);
    assert_int_equal(ak_read_u8(&r, "a"), 0x01);
    assert_int_equal(ak_read_be16(&r, "b"), 0x0203);
    assert_int_equal(ak_read_be24(&r, "c"), 0x040506);
    assert_int_equal(ak_read_be32(&r, "d"), 0x0708090a);
    assert_int_equal(ak_read_le16(&r, "e"), 0x0c0b);
    assert_int_equal(ak_read_le32(&r, "f"), 0x100f0e0d);
    assert_true(ak_read_le64(&r, "g") == UINT64_C(0x1817161514131211));
    assert_int_equal(r.left, 0);
    assert_int_equal(r.offset, 24);
    assert_true(ak_reader_ok(&r));
    ak_assert_parse(&parse, AK_VERDICT_PARSED, 0, NULL);
    ak_bytes_free(&b);
}

static void big_values_keep_their_sign_bit(void **state)
{
    (void)state;
    struct ak_bytes b = ak_hex("ff*4 ff*4 80 00 00 00");
    struct ak_parse parse;
    struct ak_reader r = ak_reader_of(b.at, b.size, &parse);
    assert_true(ak_read_be32(&r, "a") == UINT32_MAX);
    assert_true(ak_read_le32(&r, "b") == UINT32_MAX);
    assert_true(ak_read_be32(&r, "c") == UINT32_C(0x80000000));
    ak_bytes_free(&b);
}

/* Each kind of read over each shorter input: zero, the reader at its end, the failure recorded. */
static void read_number(struct ak_span in, size_t need, uint32_t value, struct ak_reader *r)
{
    if (in.size >= need) {
        assert_true(ak_reader_ok(r));
        return;
    }
    assert_int_equal(value, 0);
    assert_int_equal(r->left, 0);
    assert_int_equal(r->offset, in.size);
    ak_assert_parse(r->parse, AK_VERDICT_SHORT, 0, "field");
}

static void short_reads(struct ak_span in, void *context)
{
    (void)context;
    struct ak_parse parse;
    struct ak_reader r = ak_reader_of(in.bytes, in.size, &parse);
    read_number(in, 1, ak_read_u8(&r, "field"), &r);
    r = ak_reader_of(in.bytes, in.size, &parse);
    read_number(in, 2, ak_read_be16(&r, "field"), &r);
    r = ak_reader_of(in.bytes, in.size, &parse);
    read_number(in, 3, ak_read_be24(&r, "field"), &r);
    r = ak_reader_of(in.bytes, in.size, &parse);
    read_number(in, 4, ak_read_be32(&r, "field"), &r);
    r = ak_reader_of(in.bytes, in.size, &parse);
    read_number(in, 2, ak_read_le16(&r, "field"), &r);
    r = ak_reader_of(in.bytes, in.size, &parse);
    read_number(in, 4, ak_read_le32(&r, "field"), &r);
    r = ak_reader_of(in.bytes, in.size, &parse);
    read_number(in, 8, (uint32_t)(in.size < 8 ? ak_read_le64(&r, "field") : 0), &r);
    r = ak_reader_of(in.bytes, in.size, &parse);
    struct ak_span span = ak_read_span(&r, 4, "field");
    read_number(in, 4, (uint32_t)(in.size < 4 ? span.size : 0), &r);
}

static void short_input_gives_zero(void **state)
{
    (void)state;
    struct ak_bytes b = ak_hex("ff*8");
    ak_each_prefix(ak_bytes_span(&b), short_reads, NULL);
    ak_bytes_free(&b);
}

static void first_failure_stays(void **state)
{
    (void)state;
    struct ak_bytes b = ak_hex("01 02 03");
    struct ak_parse parse;
    struct ak_reader r = ak_reader_of(b.at, b.size, &parse);
    ak_read_skip(&r, 1, "first");
    (void)ak_read_be32(&r, "second");
    ak_assert_parse(&parse, AK_VERDICT_SHORT, 1, "second");
    (void)ak_read_u8(&r, "third");
    ak_reader_fail(&r, AK_VERDICT_BAD, "fourth");
    ak_assert_parse(&parse, AK_VERDICT_SHORT, 1, "second");
    ak_bytes_free(&b);
}

static void fail_exhausts(void **state)
{
    (void)state;
    static const enum ak_verdict verdicts[] = {AK_VERDICT_SHORT, AK_VERDICT_BAD,
                                               AK_VERDICT_UNKNOWN};
    struct ak_bytes b = ak_hex("01 02 03 04");
    for (size_t i = 0; i < AK_COUNT(verdicts); i++) {
        struct ak_parse parse;
        struct ak_reader r = ak_reader_of(b.at, b.size, &parse);
        ak_read_skip(&r, 3, "skip");
        ak_reader_fail(&r, verdicts[i], "why");
        ak_assert_parse(&parse, verdicts[i], 3, "why");
        assert_int_equal(r.left, 0);
        assert_int_equal(r.offset, 4);
        assert_int_equal(ak_reader_rest(&r).size, 0);
        assert_null(ak_reader_take(&r, 1, "more"));
    }
    ak_bytes_free(&b);
}

static void children_share_the_record(void **state)
{
    (void)state;
    struct ak_bytes b = ak_hex("aa # before\n 02 1111 # sub8\n 0003 222222 # sub16\n"
                               "000001 33 # sub24\n 55 # after");
    struct ak_parse parse;
    struct ak_reader r = ak_reader_of(b.at, b.size, &parse);
    ak_read_skip(&r, 1, "before");
    struct ak_reader a = ak_read_sub8(&r, "a");
    struct ak_reader c = ak_read_sub16(&r, "c");
    struct ak_reader d = ak_read_sub24(&r, "d");
    assert_int_equal(a.offset, 2);
    assert_int_equal(a.left, 2);
    assert_int_equal(c.offset, 6);
    assert_int_equal(c.left, 3);
    assert_int_equal(d.left, 1);
    assert_int_equal(ak_read_be16(&a, "in a"), 0x1111);
    (void)ak_read_u8(&a, "beyond a");
    ak_assert_parse(&parse, AK_VERDICT_SHORT, 4, "beyond a");
    assert_int_equal(r.left, 1); /* the parent still stands where it stood */
    assert_false(ak_reader_ok(&r));
    ak_bytes_free(&b);
}

static void child_longer_than_parent(void **state)
{
    (void)state;
    struct ak_bytes b = ak_hex("05 01 02");
    struct ak_parse parse;
    struct ak_reader r = ak_reader_of(b.at, b.size, &parse);
    struct ak_reader child = ak_read_sub8(&r, "child");
    assert_int_equal(child.left, 0);
    assert_int_equal(r.left, 0);
    ak_assert_parse(&parse, AK_VERDICT_SHORT, 1, "child");
    /* Reads of a dead child, empty ones too, do nothing. */
    assert_int_equal(ak_read_u8(&child, "x"), 0);
    assert_int_equal(ak_read_span(&child, 0, "x").size, 0);
    struct ak_reader grandchild = ak_read_sub16(&child, "x");
    assert_int_equal(grandchild.left, 0);
    ak_bytes_free(&b);
}

static void empty_input(void **state)
{
    (void)state;
    struct ak_parse parse;
    struct ak_reader r = ak_reader_of(NULL, 0, &parse);
    ak_read_skip(&r, 0, "nothing");
    assert_int_equal(ak_read_span(&r, 0, "nothing").size, 0);
    assert_int_equal(ak_read_sub(&r, 0, "nothing").left, 0);
    assert_true(ak_reader_ok(&r));
    (void)ak_read_u8(&r, "something");
    ak_assert_parse(&parse, AK_VERDICT_SHORT, 0, "something");
}

static void huge_length_does_not_wrap(void **state)
{
    (void)state;
    struct ak_bytes b = ak_hex("01 02");
    struct ak_parse parse;
    struct ak_reader r = ak_reader_of(b.at, b.size, &parse);
    ak_read_skip(&r, 1, "one");
    assert_null(ak_reader_take(&r, SIZE_MAX, "huge"));
    ak_assert_parse(&parse, AK_VERDICT_SHORT, 1, "huge");
    ak_bytes_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_integers),
        cmocka_unit_test(big_values_keep_their_sign_bit),
        cmocka_unit_test(short_input_gives_zero),
        cmocka_unit_test(first_failure_stays),
        cmocka_unit_test(fail_exhausts),
        cmocka_unit_test(children_share_the_record),
        cmocka_unit_test(child_longer_than_parent),
        cmocka_unit_test(empty_input),
        cmocka_unit_test(huge_length_does_not_wrap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
