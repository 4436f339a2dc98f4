/* A watch tells what `read` tells, while it goes on, by the clock that it is given. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "library/policy_word.h"
#include "library/watch.h"
#include "support/frames.h"

#define SECOND INT64_C(1000000000)

struct heard {
    struct ak_watch *watch;
    struct ak_policy policy;
    unsigned conversations, outcomes[6], told, findings, again, would;
};

static void on_conversation(void *context, const struct ak_conversation *c)
{
    struct heard *h = context;
    h->conversations++;
    h->outcomes[c->outcome]++;
    h->told += c->told;
}

static void on_finding(void *context, const struct ak_finding *finding, bool first)
{
    struct heard *h = context;
    assert_non_null(finding->rule);
    h->findings += first;
    h->again += !first;
}

static void on_would(void *context, const struct ak_would_row *row)
{
    struct heard *h = context;
    assert_int_equal(row->would, AK_WOULD_FAIL);
    h->would++;
}

static void on_problem(void *context, enum ak_problem problem, const char *path,
                       const struct ak_error *error)
{
    (void)context;
    (void)problem;
    fail_msg("%s: %s", path, error->text);
}

static void on_party_problem(void *context, const char *path, const char *text)
{
    (void)context;
    fail_msg("%s: %s", path, text);
}

static void begin(struct heard *h, int64_t start, const char *policy)
{
    struct ak_watch_listener listener = {h, on_conversation, on_finding, on_would, on_problem};
    struct ak_parties_listener parties = {NULL, on_party_problem};
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    memset(h, 0, sizeof *h);
    if (policy != NULL)
        assert_int_equal(ak_policy_make(policy, &parties, &h->policy, &error), AK_ERR_NONE);
    struct ak_watch_setting setting = {.interface = "test0",
                                       .start = start,
                                       .policy_word = policy,
                                       .policy = policy != NULL ? &h->policy : NULL};
    h->watch = ak_watch_new(&setting, &listener, &error);
    assert_non_null(h->watch);
}

static void end(struct heard *h)
{
    ak_watch_free(h->watch);
    ak_policy_release(&h->policy);
}

/* Time goes on without frames. */
static int64_t wait(struct heard *h, int64_t now, int64_t seconds)
{
    for (int64_t i = 0; i < seconds; i++) {
        now += SECOND;
        assert_true(ak_watch_clock(h->watch, now));
        assert_false(ak_watch_clock(h->watch, now + SECOND / 2));
    }
    return now;
}

static int64_t last_of(const struct ak_test_frames *f)
{
    return f->frames[f->count - 1].time;
}

static void tells_what_read_tells(void **state)
{
    (void)state;
    struct heard h;
    struct ak_test_frames f = ak_test_frames_of("own-tls-mix-400/capture.pcap");
    begin(&h, f.frames[0].time, "tls12-only");
    ak_watch_frames(h.watch, f.frames, f.count);
    (void)wait(&h, last_of(&f), 30);
    /* Everything was told before the end. */
    assert_int_equal(h.conversations, 400);
    assert_int_equal(h.outcomes[AK_OUTCOME_ESTABLISHED], 368);
    assert_int_equal(h.outcomes[AK_OUTCOME_FAILED], 30);
    assert_int_equal(h.outcomes[AK_OUTCOME_REFUSED], 2);
    assert_int_equal(h.findings, 4);
    assert_int_equal(h.would, 2);
    assert_int_equal(ak_analysis_open(ak_watch_analysis(h.watch)), 0);
    const struct ak_tally *t = ak_watch_tally(h.watch);
    assert_int_equal(t->versions[2].connections, 20);
    assert_int_equal(t->versions[3].connections, 15);
    assert_int_equal(t->versions[4].connections, 166);
    assert_int_equal(t->versions[5].connections, 167);
    assert_int_equal(t->versions[5].clients, 1);
    assert_int_equal(t->protocols[AK_PROTOCOL_TLS], 398);
    ak_watch_drops(h.watch, 7760, 7, 3);
    assert_int_equal(ak_watch_finish(h.watch), 4);
    const struct ak_summary *s = ak_analysis_summary(ak_watch_analysis(h.watch));
    assert_int_equal(s->would->each[AK_WOULD_FAIL], 35);
    assert_int_equal(s->would->each[AK_WOULD_WORK], 333);
    assert_int_equal(s->live->kernel_drops, 7);
    assert_string_equal(s->policy, "tls12-only");
    assert_int_equal(h.findings, 4);
    end(&h);
    ak_test_frames_free(&f);
}

static void one_by_one_is_the_same(void **state)
{
    (void)state;
    struct heard h;
    struct ak_test_frames f = ak_test_frames_of("own-tls-mix-400/capture.pcap");
    begin(&h, f.frames[0].time, "tls12-only");
    for (size_t i = 0; i < f.count; i++) {
        ak_watch_frames(h.watch, &f.frames[i], 1);
        (void)ak_watch_clock(h.watch, f.frames[i].time);
    }
    (void)wait(&h, last_of(&f), 30);
    assert_int_equal(h.conversations, 400);
    assert_int_equal(h.findings, 4);
    assert_int_equal(h.would, 2);
    (void)ak_watch_finish(h.watch);
    assert_int_equal(ak_watch_tally(h.watch)->versions[4].connections, 166);
    assert_int_equal(ak_would_block_totals(ak_watch_would(h.watch))->judged, 368);
    end(&h);
    ak_test_frames_free(&f);
}

/* A pool keeps connections for days: their versions and what they would meet must not wait. */
static void an_open_connection_counts_once(void **state)
{
    (void)state;
    struct heard h;
    struct ak_test_frames f = ak_test_frames_of("clients-ok-tls12-encon-ted/capture.pcap");
    size_t most = f.count - 4; /* the end is still to come */
    begin(&h, f.frames[0].time, "tls12-only");
    ak_watch_frames(h.watch, f.frames, most);
    int64_t now = wait(&h, f.frames[most - 1].time, 3);
    assert_int_equal(h.conversations, 0);
    assert_int_equal(ak_analysis_open(ak_watch_analysis(h.watch)), 1);
    assert_int_equal(ak_watch_tally(h.watch)->versions[4].connections, 1);
    assert_int_equal(ak_would_block_totals(ak_watch_would(h.watch))->judged, 1);
    now = wait(&h, now, 3600); /* silent for an hour: still open */
    assert_int_equal(h.conversations, 0);
    (void)wait(&h, now, 3 * 3600); /* nobody is there any more */
    assert_int_equal(h.conversations, 1);
    assert_int_equal(h.told, 1);
    (void)ak_watch_finish(h.watch);
    assert_int_equal(ak_watch_tally(h.watch)->versions[4].connections, 1);
    assert_int_equal(ak_watch_tally(h.watch)->outcomes[AK_OUTCOME_ESTABLISHED], 1);
    assert_int_equal(ak_would_block_totals(ak_watch_would(h.watch))->judged, 1);
    end(&h);
    ak_test_frames_free(&f);
}

static void silence_is_told(void **state)
{
    (void)state;
    struct heard h;
    struct ak_test_frames f = ak_test_frames_of("clients-ok-tls12-encon-ted/capture.pcap");
    begin(&h, f.frames[0].time, NULL);
    ak_watch_frames(h.watch, f.frames, 1); /* a SYN alone */
    int64_t now = wait(&h, f.frames[0].time, 59);
    assert_int_equal(h.conversations, 0);
    now = wait(&h, now, 4);
    assert_int_equal(h.conversations, 1);
    assert_int_equal(h.outcomes[AK_OUTCOME_UNANSWERED], 1);
    (void)wait(&h, now, 10);
    assert_int_equal(h.findings, 1);
    assert_int_equal(ak_watch_finish(h.watch), 1);
    assert_null(ak_watch_would(h.watch));
    end(&h);
    ak_test_frames_free(&f);
}

static void a_finding_that_grows_is_told_again(void **state)
{
    (void)state;
    struct heard h;
    struct ak_test_frames f = ak_test_frames_of("clients-fail-alert70-ted/capture.pcap");
    begin(&h, f.frames[0].time, NULL);
    int64_t now = f.frames[0].time, shift;
    for (int i = 0; i < 4; i++) { /* the same failure every 40 seconds */
        shift = now - f.frames[0].time;
        for (size_t k = 0; k < f.count; k++)
            f.frames[k].time += shift;
        ak_watch_frames(h.watch, f.frames, f.count);
        now = wait(&h, last_of(&f), 40);
    }
    assert_int_equal(h.conversations, 4);
    assert_int_equal(h.findings, 1);
    assert_in_range(h.again, 1, 2);
    assert_int_equal(ak_watch_finish(h.watch), 1);
    assert_int_equal(ak_analysis_finding(ak_watch_analysis(h.watch), 0)->count, 4);
    end(&h);
    ak_test_frames_free(&f);
}

static void a_clock_set_back_stops_nothing(void **state)
{
    (void)state;
    struct heard h;
    struct ak_test_frames f = ak_test_frames_of("clients-fail-alert70-ted/capture.pcap");
    begin(&h, f.frames[0].time, NULL);
    int64_t now = wait(&h, f.frames[0].time, 3) - 3600 * SECOND;
    assert_false(ak_watch_clock(h.watch, now));
    for (size_t k = 0; k < f.count; k++)
        f.frames[k].time -= 3600 * SECOND;
    ak_watch_frames(h.watch, f.frames, f.count);
    (void)wait(&h, now, 30);
    assert_int_equal(h.conversations, 1);
    assert_int_equal(h.findings, 1);
    end(&h);
    ak_test_frames_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_what_read_tells),
        cmocka_unit_test(one_by_one_is_the_same),
        cmocka_unit_test(an_open_connection_counts_once),
        cmocka_unit_test(silence_is_told),
        cmocka_unit_test(a_finding_that_grows_is_told_again),
        cmocka_unit_test(a_clock_set_back_stops_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
