/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/linger.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/alloc.h"

enum { PATIENCE = 10, MOST = 100 };

static struct ak_flow flow[1000];
static uint64_t frame;

static void begin(struct ak_linger *linger)
{
    ak_linger_init(linger, 7, PATIENCE, MOST);
    memset(flow, 0, sizeof flow);
    frame = 0;
}

/* A frame of a conversation that is over. */
static void over(struct ak_linger *linger, struct ak_flow *f, int64_t time)
{
    f->seen.last_frame = ++frame;
    f->seen.last_time = time;
    assert_true(ak_linger_add(linger, f));
    assert_int_equal(f->closed, 7);
}

static void take(struct ak_linger *linger, struct ak_flow *expected, int64_t now)
{
    struct ak_flow *due = now > ak_linger_when(linger) ? ak_linger_due(linger, now, MOST) : NULL;
    assert_ptr_equal(due, expected);
    if (due != NULL)
        ak_linger_remove(linger, due);
}

static void they_leave_when_their_time_is_over(void **state)
{
    (void)state;
    struct ak_linger linger;
    begin(&linger);
    assert_null(ak_linger_oldest(&linger));
    over(&linger, &flow[0], 100);
    over(&linger, &flow[1], 105);
    take(&linger, NULL, 110);
    take(&linger, &flow[0], 111);
    take(&linger, NULL, 111);
    take(&linger, &flow[1], 116);
    take(&linger, NULL, 1000);
    assert_int_equal(linger.flows, 0);
    ak_linger_release(&linger);
}

static void a_late_frame_moves_one_to_the_end(void **state)
{
    (void)state;
    struct ak_linger linger;
    begin(&linger);
    over(&linger, &flow[0], 100);
    over(&linger, &flow[1], 101);
    over(&linger, &flow[0], 102);
    assert_int_equal(linger.flows, 2);
    take(&linger, &flow[1], 112);
    take(&linger, NULL, 112);
    take(&linger, &flow[0], 113);
    ak_linger_release(&linger);
}

static void one_that_goes_on_waits_no_more(void **state)
{
    (void)state;
    struct ak_linger linger;
    begin(&linger);
    over(&linger, &flow[0], 100);
    over(&linger, &flow[1], 100);
    ak_linger_remove(&linger, &flow[0]);
    assert_int_equal(flow[0].closed, 0);
    take(&linger, &flow[1], 111);
    take(&linger, NULL, 111);
    over(&linger, &flow[0], 112);
    take(&linger, &flow[0], 200);
    ak_linger_release(&linger);
}

static void too_many_leave_early(void **state)
{
    (void)state;
    struct ak_linger linger;
    begin(&linger);
    for (int i = 0; i < MOST + 3; i++)
        over(&linger, &flow[i], 100);
    for (int i = 0; i < 3; i++)
        take(&linger, &flow[i], 100);
    take(&linger, NULL, 100);
    assert_int_equal(linger.flows, MOST);
    ak_linger_release(&linger);
}

/* A conversation that gets frame after frame does not make the queue grow. */
static void stale_entries_are_taken_out(void **state)
{
    (void)state;
    struct ak_linger linger;
    begin(&linger);
    over(&linger, &flow[1], 99);
    for (int i = 0; i < 100000; i++)
        over(&linger, &flow[0], 100 + i);
    assert_true(linger.room <= 1024);
    assert_int_equal(linger.flows, 2);
    take(&linger, &flow[1], 200000);
    take(&linger, &flow[0], 200000);
    ak_linger_release(&linger);
}

/* Against the plain way: the smallest last frame of all that are over. */
static void the_order_is_that_of_last_frames(void **state)
{
    (void)state;
    struct ak_linger linger;
    uint32_t random = 12345;
    begin(&linger);
    for (int round = 0; round < 20000; round++) {
        random = random * 1664525 + 1013904223;
        struct ak_flow *f = &flow[(random >> 8) % AK_COUNT(flow)];
        if ((random >> 28) < 12) {
            over(&linger, f, round);
        } else if ((random >> 28) < 14 && f->closed != 0) {
            ak_linger_remove(&linger, f);
        } else {
            struct ak_flow *oldest = NULL;
            for (size_t i = 0; i < AK_COUNT(flow); i++)
                if (flow[i].closed != 0 &&
                    (oldest == NULL || flow[i].seen.last_frame < oldest->seen.last_frame))
                    oldest = &flow[i];
            assert_ptr_equal(ak_linger_oldest(&linger), oldest);
            if (oldest != NULL)
                ak_linger_remove(&linger, oldest);
        }
    }
    ak_linger_release(&linger);
}

#ifdef AK_TORTURE
static void want_of_memory_is_told(void **state)
{
    (void)state;
    struct ak_linger linger;
    begin(&linger);
    (void)ak_alloc_fail_after(1);
    assert_false(ak_linger_add(&linger, &flow[0]));
    assert_int_equal(flow[0].closed, 0);
    (void)ak_alloc_fail_after(0);
    over(&linger, &flow[0], 1);
    ak_linger_release(&linger);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_leave_when_their_time_is_over),
        cmocka_unit_test(a_late_frame_moves_one_to_the_end),
        cmocka_unit_test(one_that_goes_on_waits_no_more),
        cmocka_unit_test(too_many_leave_early),
        cmocka_unit_test(stale_entries_are_taken_out),
        cmocka_unit_test(the_order_is_that_of_last_frames),
#ifdef AK_TORTURE
        cmocka_unit_test(want_of_memory_is_told),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
