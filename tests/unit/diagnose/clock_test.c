/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "diagnose/clock.h"

#define SECOND INT64_C(1000000000)
#define HOUR (3600 * SECOND)
#define DAY_2026 (INT64_C(20500) * 24 * HOUR)

enum { MOST = 4096 };

struct list {
    struct ak_clock_pair pair[MOST];
    size_t count;
};

/* Every event beside every conversation, as the joining makes them. */
static void cross(struct list *l, const int64_t *events, size_t event_count, const int64_t *talks,
                  size_t talk_count, int64_t offset, bool named)
{
    l->count = 0;
    for (size_t e = 0; e < event_count; e++)
        for (size_t t = 0; t < talk_count; t++) {
            struct ak_clock_pair p = {DAY_2026 + events[e] - offset, DAY_2026 + talks[t],
                                      (uint32_t)e, (uint32_t)t, named};
            l->pair[l->count++] = p;
        }
}

static struct ak_clock_estimate estimate(struct list *l, bool local)
{
    struct ak_clock_estimate e;
    assert_true(ak_clock_estimate(l->pair, l->count, local, &e));
    return e;
}

static struct list pairs;
static const int64_t times[] = {0, 17 * SECOND, 95 * SECOND, 260 * SECOND, 1000 * SECOND};

static void nothing_tells_nothing(void **state)
{
    (void)state;
    pairs.count = 0;
    assert_int_equal(estimate(&pairs, false).state, AK_CLOCK_UNKNOWN);
    assert_int_equal(estimate(&pairs, true).state, AK_CLOCK_UNKNOWN);
}

static void equal_clocks_need_one_pair(void **state)
{
    (void)state;
    cross(&pairs, times, 1, times, 1, -SECOND / 2, false);
    struct ak_clock_estimate e = estimate(&pairs, false);
    assert_int_equal(e.state, AK_CLOCK_AGREES);
    assert_int_equal(e.offset, 0);
    assert_int_equal(e.drift, -SECOND / 2);
    assert_int_equal(e.pairs, 1);
    cross(&pairs, times, 1, times, 1, 3 * SECOND, false);
    assert_int_equal(estimate(&pairs, false).state, AK_CLOCK_UNKNOWN);
}

static void local_time_needs_two_pairs_or_a_name(void **state)
{
    (void)state;
    cross(&pairs, times, 2, times, 2, -9 * HOUR, false);
    struct ak_clock_estimate e = estimate(&pairs, true);
    assert_int_equal(e.state, AK_CLOCK_ZONE);
    assert_int_equal(e.offset, -9 * HOUR);
    assert_int_equal(e.pairs, 2);
    cross(&pairs, times, 1, times, 1, -9 * HOUR, false);
    assert_int_equal(estimate(&pairs, true).state, AK_CLOCK_UNKNOWN);
    cross(&pairs, times, 1, times, 1, -9 * HOUR, true);
    assert_int_equal(estimate(&pairs, true).state, AK_CLOCK_ZONE);
    cross(&pairs, times, 1, times, 1, INT64_C(20700) * SECOND, true); /* Nepal */
    assert_int_equal(estimate(&pairs, true).zone, INT64_C(20700) * SECOND);
    cross(&pairs, times, 1, times, 1, 16 * HOUR, true); /* no zone is there */
    assert_int_equal(estimate(&pairs, true).state, AK_CLOCK_UNKNOWN);
}

/* Jobs that run every quarter of an hour fit every zone. */
static void regular_events_tell_no_zone(void **state)
{
    (void)state;
    static const int64_t jobs[] = {0, 900 * SECOND, 1800 * SECOND, 2700 * SECOND};
    cross(&pairs, jobs, 2, jobs, 2, -9 * HOUR, false);
    assert_int_equal(estimate(&pairs, true).state, AK_CLOCK_UNKNOWN);
    cross(&pairs, jobs, 4, jobs, 4, 2 * HOUR, false);
    assert_int_equal(estimate(&pairs, false).state, AK_CLOCK_UNKNOWN);
    cross(&pairs, jobs, 4, jobs, 4, 0, false);
    assert_int_equal(estimate(&pairs, false).state, AK_CLOCK_AGREES);
}

static void a_wrong_clock_needs_three_pairs(void **state)
{
    (void)state;
    cross(&pairs, times, 2, times, 2, 2 * HOUR, true);
    assert_int_equal(estimate(&pairs, false).state, AK_CLOCK_UNKNOWN);
    cross(&pairs, times, 5, times, 5, 2 * HOUR + 12 * SECOND, false);
    struct ak_clock_estimate e = estimate(&pairs, false);
    assert_int_equal(e.state, AK_CLOCK_DIFFERS);
    assert_int_equal(e.offset, 2 * HOUR + 12 * SECOND);
    assert_int_equal(e.zone, 2 * HOUR);
    assert_int_equal(e.drift, 12 * SECOND);
    assert_int_equal(e.pairs, 5);
}

/* A client that tries every half minute: the log begins earlier and ends earlier than the capture.
 */
static void retries_do_not_shift_a_clock(void **state)
{
    (void)state;
    int64_t events[40], talks[40];
    for (size_t i = 0; i < 40; i++) {
        events[i] = (int64_t)i * 30 * SECOND;
        talks[i] = (int64_t)(i + 5) * 30 * SECOND;
    }
    cross(&pairs, events, 40, talks, 40, 0, false);
    struct ak_clock_estimate e = estimate(&pairs, false);
    assert_int_equal(e.state, AK_CLOCK_AGREES);
    assert_int_equal(e.pairs, 35);
    cross(&pairs, events, 40, talks, 40, 10 * SECOND, false); /* which shift is it? */
    assert_int_equal(estimate(&pairs, false).state, AK_CLOCK_UNKNOWN);
}

/* One event that fits by chance does not hide what many others say. */
static void chance_loses(void **state)
{
    (void)state;
    static const int64_t talks[] = {0,       17 * SECOND, 95 * SECOND, 260 * SECOND, 1000 * SECOND,
                                    2 * HOUR};
    cross(&pairs, times, 5, talks, 6, -2 * HOUR, false); /* the first event, two hours later */
    struct ak_clock_estimate e = estimate(&pairs, false);
    assert_int_equal(e.state, AK_CLOCK_DIFFERS);
    assert_int_equal(e.offset, -2 * HOUR);
}

static void memory_may_lack(void **state)
{
    (void)state;
    struct ak_clock_estimate e;
    for (unsigned long n = 1; n <= 2; n++) {
        cross(&pairs, times, 3, times, 3, 0, false);
        (void)ak_alloc_fail_after(n);
        assert_false(ak_clock_estimate(pairs.pair, pairs.count, false, &e));
        (void)ak_alloc_fail_after(0);
        assert_int_equal(e.state, AK_CLOCK_UNKNOWN);
    }
}

/* Whatever the times are: an answer keeps its promises. */
static void any_times(void **state)
{
    (void)state;
    uint64_t x = 88172645463325252u;
    for (int round = 0; round < 3000; round++) {
        pairs.count = 1 + (size_t)(round % 40);
        for (size_t i = 0; i < pairs.count; i++) {
            x ^= x << 13, x ^= x >> 7, x ^= x << 17;
            struct ak_clock_pair p = {(int64_t)(x % (uint64_t)(8 * HOUR)),
                                      (int64_t)((x >> 20) % (uint64_t)(8 * HOUR)),
                                      (uint32_t)(x % pairs.count),
                                      (uint32_t)((x >> 8) % pairs.count), (x >> 40 & 1) != 0};
            pairs.pair[i] = p;
        }
        bool local = (round & 1) != 0;
        struct ak_clock_estimate e = estimate(&pairs, local);
        assert_true(e.pairs <= pairs.count && e.spread >= 0 && e.spread <= AK_CLOCK_TOLERANCE);
        assert_true((e.state == AK_CLOCK_UNKNOWN) == (e.pairs == 0));
        if (e.state == AK_CLOCK_AGREES)
            assert_true(!local && e.offset == 0);
        if (e.state == AK_CLOCK_ZONE)
            assert_true(local && e.offset % (HOUR / 4) == 0);
        if (e.state == AK_CLOCK_DIFFERS)
            assert_true(e.pairs >= 3);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_tells_nothing),
        cmocka_unit_test(equal_clocks_need_one_pair),
        cmocka_unit_test(local_time_needs_two_pairs_or_a_name),
        cmocka_unit_test(regular_events_tell_no_zone),
        cmocka_unit_test(a_wrong_clock_needs_three_pairs),
        cmocka_unit_test(retries_do_not_shift_a_clock),
        cmocka_unit_test(chance_loses),
        cmocka_unit_test(memory_may_lack),
        cmocka_unit_test(any_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
