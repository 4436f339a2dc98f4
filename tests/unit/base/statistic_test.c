/* Clopper-Pearson intervals against exact tails of the binomial distribution (60 decimal digits).
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/statistic.h"

static void intervals(void **state)
{
    (void)state;
    static const struct {
        uint64_t hits, trials;
        double low, high;
    } cases[] = {
        {0, 0, 0.0000000000, 1.0000000000},     {0, 1, 0.0000000000, 0.9750000000},
        {1, 1, 0.0250000000, 1.0000000000},     {0, 10, 0.0000000000, 0.3084971078},
        {5, 10, 0.1870860284, 0.8129139716},    {1, 256, 0.0000988928, 0.0215708904},
        {3, 766, 0.0008083953, 0.0114025098},   {12, 1000, 0.0062155256, 0.0208676796},
        {0, 766, 0.0000000000, 0.0048041923},   {50, 1000, 0.0373353976, 0.0653904879},
        {400, 400, 0.9908201954, 1.0000000000}, {2, 5000, 0.0000484455, 0.0014441828},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ak_interval got = ak_interval_of(cases[i].hits, cases[i].trials, 0.95);
        double allowed = 1e-7;
        if (fabs(got.low - cases[i].low) > allowed || fabs(got.high - cases[i].high) > allowed)
            fail_msg("%llu of %llu: %.9f to %.9f", (unsigned long long)cases[i].hits,
                     (unsigned long long)cases[i].trials, got.low, got.high);
    }
}

static void it_holds_the_share(void **state)
{
    (void)state;
    for (uint64_t trials = 1; trials < 3000; trials = trials * 3 / 2 + 1)
        for (uint64_t hits = 0; hits <= trials; hits += 1 + trials / 7) {
            struct ak_interval got = ak_interval_of(hits, trials, 0.95);
            double share = (double)hits / (double)trials;
            assert_true(got.low <= share && share <= got.high);
            assert_true(got.low >= 0 && got.high <= 1);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(intervals),
        cmocka_unit_test(it_holds_the_share),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
