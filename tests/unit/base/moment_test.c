/* Times as people write them. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/moment.h"

static void reads_times(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t nanoseconds;
    } cases[] = {
        {"1970-01-01", 0},
        {"2026-11-22T01:02:03Z", INT64_C(1795309323000000000)},
        {"2026-11-22 10:02:03+09:00", INT64_C(1795309323000000000)},
        {"2026-11-22t01:02:03.25z", INT64_C(1795309323250000000)},
        {"2026-11-22T01:02:03.123456789", INT64_C(1795309323123456789)},
        {"2026-11-22T01:02", INT64_C(1795309320000000000)},
        {"2026-11-21 20:02:03-0500", INT64_C(1795309323000000000)},
        {"2024-02-29", INT64_C(1709164800000000000)},
        {"2261-12-31T23:59:60Z", INT64_C(9214646400000000000)},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t got = -1;
        if (!ak_moment_parse(cases[i].text, &got) || got != cases[i].nanoseconds)
            fail_msg("%s: %lld", cases[i].text, (long long)got);
    }
}

static void refuses_others(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "now",
        "2026",
        "2026-13-01",
        "2026-02-29",
        "2026-00-10",
        "1969-12-31",
        "2262-01-01",
        "2026-1-2",
        "2026-11-22T",
        "2026-11-22T24:00",
        "2026-11-22T01:02:61",
        "2026-11-22T01:02:03.",
        "2026-11-22T01:02:03+9",
        "2026-11-22T01:02:03Zx",
        "2026-11-22x",
        "2026-11-22T01:60",
        "2026-11-22T01:02+25:00",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        int64_t got;
        if (ak_moment_parse(texts[i], &got))
            fail_msg("%s was taken", texts[i]);
    }
}

/* Each day follows the one before, through 800 years. */
static void counts_days(void **state)
{
    (void)state;
    static const unsigned lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t days = ak_moment_days(1599, 12, 31);
    for (int64_t year = 1600; year < 2400; year++)
        for (unsigned month = 1; month <= 12; month++) {
            bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            unsigned last = lengths[month - 1] + (month == 2 && leap);
            for (unsigned day = 1; day <= last; day++)
                assert_int_equal(ak_moment_days(year, month, day), ++days);
        }
    assert_int_equal(ak_moment_days(1970, 1, 1), 0);
    assert_int_equal(ak_moment_days(2026, 11, 22), 20779);
    assert_int_equal(ak_moment_days(2026, 2, 31), ak_moment_days(2026, 3, 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_times),
        cmocka_unit_test(refuses_others),
        cmocka_unit_test(counts_days),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
