/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "os/thread.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { MANY = 20000 };

struct line {
    struct ak_queue *out, *back;
    int things[AK_QUEUE_MOST];
    int wrong;
};

/* Sends every thing back that comes. */
static void echo(void *context)
{
    struct line *l = context;
    void *thing;
    while ((thing = ak_queue_take(l->out)) != NULL)
        ak_queue_put(l->back, thing);
}

static void set_up(struct line *l)
{
    *l = (struct line){.out = ak_queue_new(), .back = ak_queue_new()};
    assert_non_null(l->out);
    assert_non_null(l->back);
}

static void tear_down(struct line *l)
{
    ak_queue_free(l->out);
    ak_queue_free(l->back);
}

static void things_stay_in_order(void **state)
{
    (void)state;
    struct line l;
    set_up(&l);
    struct ak_thread *thread = ak_thread_start(echo, &l);
    assert_non_null(thread);
    for (int sent = 0, got = 0; got < MANY;) {
        while (sent < MANY && sent - got < AK_QUEUE_MOST) {
            l.things[sent % AK_QUEUE_MOST] = sent; /* written before it is put, read after */
            ak_queue_put(l.out, &l.things[sent++ % AK_QUEUE_MOST]);
        }
        const int *thing = ak_queue_take(l.back);
        assert_int_equal(*thing, got++);
    }
    ak_queue_close(l.out);
    ak_thread_join(thread);
    tear_down(&l);
}

/* Puts more than the queue holds, and waits. */
static void fill(void *context)
{
    struct line *l = context;
    for (int i = 0; i < 2 * AK_QUEUE_MOST; i++)
        ak_queue_put(l->out, &l->things[0]);
}

static void closing_wakes_who_waits(void **state)
{
    (void)state;
    struct line l;
    set_up(&l);
    struct ak_thread *full = ak_thread_start(fill, &l);
    assert_non_null(full);
    for (int i = 0; i < AK_QUEUE_MOST / 2; i++)
        assert_non_null(ak_queue_take(l.out));
    ak_queue_close(l.out);
    ak_thread_join(full);
    assert_null(ak_queue_take(l.out)); /* whatever is still in it */
    struct ak_queue *empty = l.out;
    l.out = ak_queue_new();
    struct ak_thread *waits = ak_thread_start(echo, &l);
    assert_non_null(waits);
    ak_queue_close(l.out);
    ak_thread_join(waits);
    ak_queue_put(empty, &l.things[0]); /* nothing is put any more, and nobody waits */
    ak_queue_free(empty);
    tear_down(&l);
}

static void note_signals(void *context)
{
    struct line *l = context;
    sigset_t now;
    l->wrong = pthread_sigmask(SIG_SETMASK, NULL, &now) != 0 || !sigismember(&now, SIGINT) ||
               !sigismember(&now, SIGTERM);
}

static void signals_are_the_first_threads(void **state)
{
    (void)state;
    struct line l = {.wrong = 1};
    sigset_t before, after;
    assert_int_equal(pthread_sigmask(SIG_SETMASK, NULL, &before), 0);
    ak_thread_join(ak_thread_start(note_signals, &l));
    assert_int_equal(l.wrong, 0);
    assert_int_equal(pthread_sigmask(SIG_SETMASK, NULL, &after), 0);
    assert_int_equal(sigismember(&before, SIGINT), sigismember(&after, SIGINT));
    assert_int_equal(sigismember(&after, SIGINT), 0);
    ak_thread_join(NULL);
    ak_queue_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(things_stay_in_order),
        cmocka_unit_test(closing_wakes_who_waits),
        cmocka_unit_test(signals_are_the_first_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
