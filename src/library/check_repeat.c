/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "library/check_state.h"

#include "base/banned.h"

enum { MILLISECOND = 1000000 };

/* ---- counting ---- */

static void note_time(struct ak_check *k, enum ak_check_step_kind kind, int64_t from, int64_t to)
{
    struct ak_check_step *s = &k->report.repetition.step[kind];
    size_t bucket = 0;
    if (from == 0 || to == 0)
        return;
    int64_t time = to - from;
    while (ak_check_bucket_ms(bucket) != 0 &&
           time > (int64_t)ak_check_bucket_ms(bucket) * MILLISECOND)
        bucket++;
    s->histogram[bucket]++;
    k->times[kind][s->count++] = time;
}

static void note_share(struct ak_check *k, uint16_t suite, size_t node, bool failed)
{
    struct ak_check_repetition *r = &k->report.repetition;
    size_t i = 0;
    while (i < r->share_count && (r->share[i].suite != suite || r->share[i].node != node))
        i++;
    if (i == AK_CHECK_SHARES)
        return;
    if (i == r->share_count) {
        struct ak_check_share fresh = {suite, node, 0, 0};
        r->share[r->share_count++] = fresh;
    }
    r->share[i].made++;
    r->share[i].failed += failed;
}

static void count(struct ak_check *k, const struct ak_check_attempt *attempt)
{
    struct ak_check_repetition *r = &k->report.repetition;
    const struct ak_probe_result *x = attempt->result;
    bool failed = x->end != AK_PROBE_END_REACHED;
    if (x->end == AK_PROBE_END_STOPPED)
        return;
    const int64_t *step = x->step;
    int64_t ask = step[AK_STEP_PRELOGIN_REPLY] != 0 ? step[AK_STEP_PRELOGIN_REPLY]
                                                    : step[AK_STEP_STARTTLS_ANSWER];
    int64_t before_hello = ask != 0 ? ask : step[AK_STEP_SYN_ACK];
    int64_t hello = step[AK_STEP_SERVER_HELLO];
    r->made++;
    r->failed += failed;
    r->ends[x->end] += failed;
    struct ak_offer *offer = ak_ladder_offer(k->lanes[attempt->node].ladder);
    bool early = x->stage == AK_STAGE_P0 || x->stage == AK_STAGE_P1 || x->stage == AK_STAGE_P6;
    offer->storm++;
    offer->storm_silent += failed && early && k->setting->concurrency > 1;
    note_time(k, AK_CHECK_CONNECT, x->began, step[AK_STEP_SYN_ACK]);
    note_time(k, AK_CHECK_ASK, step[AK_STEP_SYN_ACK], ask);
    note_time(k, AK_CHECK_HELLO, before_hello, hello);
    note_time(k, AK_CHECK_FINISH, hello, step[AK_STEP_SERVER_FINISHED]);
    note_share(k, 0, attempt->node, failed);
    if (x->suite != 0)
        note_share(k, x->suite, 0, failed);
}

static int by_time(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void summarise(struct ak_check *k)
{
    for (int i = 0; i < AK_CHECK_STEPS; i++) {
        struct ak_check_step *s = &k->report.repetition.step[i];
        int64_t *times = k->times[i];
        if (s->count == 0)
            continue;
        qsort(times, s->count, sizeof *times, by_time);
        s->least = times[0];
        s->median = times[s->count / 2];
        s->p95 = times[s->count * 95 / 100];
        s->p99 = times[s->count * 99 / 100];
        s->most = times[s->count - 1];
    }
}

/* ---- running ---- */

static void runner_next(struct runner *r);

static void on_done(void *context, struct ak_call *call)
{
    struct runner *r = context;
    r->attempt.result = ak_call_result(call);
    count(r->check, &r->attempt);
    ak_check_weigh(r->check, &r->attempt);
    ak_check_tell(r->check, false, &r->attempt);
    ak_call_free(call);
    r->call = NULL;
    runner_next(r);
}

static void end(struct ak_check *k)
{
    for (unsigned i = 0; i < k->setting->concurrency; i++)
        if (k->runners[i].call != NULL)
            return;
    if (k->repeated_go_on == NULL)
        return;
    void (*go_on)(struct ak_check *) = k->repeated_go_on;
    k->repeated_go_on = NULL;
    summarise(k);
    go_on(k);
}

static void runner_next(struct runner *r)
{
    struct ak_check *k = r->check;
    if (k->begun >= k->setting->repeat || k->report.interrupted) {
        end(k);
        return;
    }
    struct ak_check_attempt attempt = {
        0,   (size_t)(k->begun % k->report.node_count), AK_PURPOSE_CLIENT, AK_HELLO_PARTS, 0, true,
        NULL};
    k->begun++;
    r->attempt = attempt;
    if (ak_check_number(k, &r->attempt)) {
        ak_check_tell(k, true, &r->attempt);
        r->call = ak_call_begin(&k->caller, &k->lanes[attempt.node].address, &k->repeated,
                                r->attempt.number, on_done, r, &k->error);
    }
    if (r->call == NULL) {
        k->report.interrupted = true; /* no more sockets or memory: what there is, is told */
        end(k);
    }
}

bool ak_check_repeat(struct ak_check *k, void (*go_on)(struct ak_check *k))
{
    unsigned at_once = k->setting->concurrency;
    k->repeated.depth = k->setting->login != NULL ? AK_PROBE_LOGIN : AK_PROBE_FINISH;
    k->repeated.hello.client = k->setting->client;
    k->repeated_go_on = go_on;
    k->runners = ak_alloc(at_once, sizeof *k->runners);
    bool room = k->runners != NULL;
    for (int i = 0; i < AK_CHECK_STEPS; i++) {
        k->times[i] = ak_alloc(k->setting->repeat, sizeof *k->times[i]);
        room = room && k->times[i] != NULL;
    }
    if (!room)
        return false;
    for (unsigned i = 0; i < at_once; i++)
        k->runners[i].check = k;
    for (unsigned i = 0; i < at_once && k->begun < k->setting->repeat; i++)
        runner_next(&k->runners[i]);
    return true;
}

void ak_check_repeat_stop(struct ak_check *k)
{
    for (unsigned i = 0; k->runners != NULL && i < k->setting->concurrency; i++)
        if (k->runners[i].call != NULL)
            ak_call_stop(k->runners[i].call);
}

void ak_check_repeat_release(struct ak_check *k)
{
    for (unsigned i = 0; k->runners != NULL && i < k->setting->concurrency; i++)
        ak_call_free(k->runners[i].call);
    ak_free(k->runners);
    for (int i = 0; i < AK_CHECK_STEPS; i++)
        ak_free(k->times[i]);
}
