/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/departed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/alloc.h"

static const int64_t second = 1000000000, patience = INT64_C(10) * 1000000000;
static const uint64_t hash = UINT64_C(0x123456789abcdef0);

static void remembered_for_as_long_as_one_waits(void **state)
{
    (void)state;
    struct ak_departed *d = ak_departed_new();
    assert_non_null(d);
    assert_false(ak_departed_has(d, hash, 0, patience)); /* a free place is nobody's */
    ak_departed_add(d, hash, 100 * second);
    assert_true(ak_departed_has(d, hash, 100 * second, patience));
    assert_true(ak_departed_has(d, hash, 110 * second, patience));
    assert_false(ak_departed_has(d, hash, 110 * second + 2000000, patience));
    assert_false(ak_departed_has(d, hash, 99 * second, patience)); /* before it left */
    assert_false(ak_departed_has(d, hash ^ UINT64_C(1) << 40, 101 * second, patience));
    ak_departed_add(d, hash, 200 * second); /* the same ends once more */
    assert_true(ak_departed_has(d, hash, 205 * second, patience));
    ak_departed_forget(d);
    assert_false(ak_departed_has(d, hash, 205 * second, patience));
    ak_free(d);
}

/* Milliseconds modulo 2^32 begin anew every 50 days; times before 1970 exist in captures, too. */
static void any_time_will_do(void **state)
{
    (void)state;
    struct ak_departed *d = ak_departed_new();
    const int64_t round = (INT64_C(1) << 32) * 1000000;
    ak_departed_add(d, hash, round - second);
    assert_true(ak_departed_has(d, hash, round + second, patience));
    ak_departed_add(d, hash, -second);
    assert_true(ak_departed_has(d, hash, second, patience));
    assert_false(ak_departed_has(d, hash, -2 * second, patience));
    ak_free(d);
}

static void the_newest_are_kept(void **state)
{
    (void)state;
    struct ak_departed *d = ak_departed_new();
    size_t kept = 0;
    for (uint64_t i = 0; i < 2 * AK_DEPARTED; i++)
        ak_departed_add(d, i << 16 | i << 40, second);
    for (uint64_t i = 0; i < 2 * AK_DEPARTED; i++)
        kept += ak_departed_has(d, i << 16 | i << 40, second, patience);
    assert_int_equal(kept, AK_DEPARTED);
    assert_true(ak_departed_has(
        d, (uint64_t)(2 * AK_DEPARTED - 1) << 16 | (uint64_t)(2 * AK_DEPARTED - 1) << 40, second,
        patience));
    ak_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(remembered_for_as_long_as_one_waits),
        cmocka_unit_test(any_time_will_do),
        cmocka_unit_test(the_newest_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
