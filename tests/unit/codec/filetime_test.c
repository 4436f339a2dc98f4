/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/filetime.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/attr.h"

enum { UNTOUCHED = 7 };

/* Windows counts 100 ns since 1601. */
static void times_are_read(void **state)
{
    (void)state;
    static const struct {
        uint64_t filetime;
        bool good;
        int64_t time, clamped;
    } rows[] = {
        {AK_FILETIME_1970, true, 0, 0},
        {AK_FILETIME_1970 + 1, true, 100, 100},
        {UINT64_C(132349644325000000), true, INT64_C(1590490832500000000),
         INT64_C(1590490832500000000)},
        {UINT64_C(189024576000000000), true, INT64_C(7257984000000000000),
         INT64_C(7257984000000000000)}, /* nearly 2200 */
        {UINT64_C(189024576000000001), true, INT64_C(7257984000000000100),
         INT64_C(7257984000000000000)},
        {AK_FILETIME_1970 + INT64_MAX / 100, true, INT64_MAX / 100 * 100,
         INT64_C(7257984000000000000)},
        {AK_FILETIME_1970 + INT64_MAX / 100 + 1, false, UNTOUCHED, INT64_C(7257984000000000000)},
        {UINT64_MAX, false, UNTOUCHED, INT64_C(7257984000000000000)},
        {AK_FILETIME_1970 - 1, false, UNTOUCHED, 0},
        {0, false, UNTOUCHED, 0},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        int64_t time = UNTOUCHED;
        assert_int_equal(ak_filetime_read(rows[i].filetime, &time), rows[i].good);
        assert_true(time == rows[i].time);
        assert_true(ak_filetime_nanoseconds(rows[i].filetime) == rows[i].clamped);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(times_are_read)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
