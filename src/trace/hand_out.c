/* SPDX-License-Identifier: Apache-2.0 */
/* Conversations leave the tracker: when they are over, when nobody will go on with them, when
 * memory is short, and at the end. */
#include <stdlib.h>

#include "base/alloc.h"
#include "trace/trace_state.h"
#include "trace/verdict.h"

#include "base/banned.h"

static void count_conversation(struct ak_trace *t, const struct ak_conversation *c)
{
    struct ak_totals *n = &t->totals;
    n->conversations++;
    n->cut_handshakes += c->truncated && c->hole;
    if (c->tls != NULL) {
        n->client_hello += c->tls->client_hellos != 0;
        n->server_hello += c->tls->server_hellos != 0;
        n->client_hello_messages += c->tls->client_hellos;
        n->server_hello_messages += c->tls->server_hellos;
    }
    for (size_t i = 0; i < c->alert_count; i++)
        n->fatal_alerts += c->alert[i].level == 2;
}

/* Before gaps are given up: how far each side came, and what tells this connection from others. */
static void note_tcp(struct ak_flow *flow)
{
    for (int side = 0; side < AK_SIDES; side++) {
        const struct ak_stream *s = &flow->stream[side];
        struct ak_tcp_seen *tcp = &flow->seen.tcp[side];
        struct ak_when rst = {s->rst_frame, s->rst_time}, fin = {s->fin_frame, s->fin_time};
        tcp->isn = s->isn;
        tcp->has_isn = s->has_isn;
        tcp->rst = rst;
        tcp->fin = fin;
        if (s->has_isn && s->started) {
            uint32_t end = s->has_fin && s->next - s->fin_at == 1 ? s->fin_at : s->next;
            tcp->sent = end - s->isn - 1;
        }
    }
}

/* What the conversation came to. */
static void conclude(struct ak_trace *t, struct ak_flow *flow)
{
    struct ak_stream_sink sink = ak_flow_sink(flow);
    note_tcp(flow);
    for (int side = 0; side < AK_SIDES; side++)
        ak_stream_flush(&flow->stream[side], (enum ak_side)side, &sink, &t->budget);
    if (flow->dialogue != NULL && flow->seen.tls == NULL)
        ak_dialogue_end(flow->dialogue);
    flow->seen.reach = t->until > t->now ? t->until : t->now;
    ak_verdict_make(flow, flow->seen.reach);
    const char *instance =
        t->browser != NULL ? ak_browser_find(t->browser, &flow->seen.end[AK_SIDE_SERVER]) : NULL;
    if (instance != NULL)
        flow->seen.instance = ak_memdup(instance, strlen(instance) + 1);
    count_conversation(t, &flow->seen);
}

static void note_due(struct ak_trace *t)
{
    t->due = INT64_MAX;
    for (int i = 0; i < AK_WAITS; i++) {
        int64_t when = ak_linger_when(&t->linger[i]);
        t->due = when < t->due ? when : t->due;
    }
}

void ak_trace_resume(struct ak_trace *t, struct ak_flow *flow)
{
    if (flow->closed != 0)
        ak_linger_remove(&t->linger[flow->closed - 1], flow);
}

bool ak_trace_wait(struct ak_trace *t, struct ak_flow *flow, enum ak_wait wait)
{
    struct ak_linger *linger = &t->linger[wait];
    if (flow->closed != linger->mark)
        ak_trace_resume(t, flow);
    bool waits = ak_linger_add(linger, flow);
    note_due(t);
    return waits;
}

static void let_go(struct ak_trace *t, struct ak_flow *flow)
{
    ak_dialogue_free(flow->dialogue);
    flow->dialogue = NULL;
    ak_conversation_release(&flow->seen);
    ak_trace_resume(t, flow);
    ak_flow_remove(&t->table, flow);
}

void ak_trace_hand_out(struct ak_trace *t, struct ak_flow *flow)
{
    conclude(t, flow);
    t->sink(t->context, &flow->seen);
    if (t->follow != NULL)
        t->follow(t->context, &flow->seen);
    let_go(t, flow);
}

/* It is over, and waited for late frames shorter than it should. */
static void note_departed(struct ak_trace *t, const struct ak_flow *flow)
{
    if (t->now - flow->seen.last_time > t->patience)
        return;
    if (t->departed == NULL)
        t->departed = ak_departed_new();
    if (t->departed != NULL)
        ak_departed_add(t->departed, flow->hash, flow->seen.last_time);
}

enum { TOGETHER = 16 }; /* conversations that are handed out step by step: they fit the caches */

/* The next one that is due, of both queues that with the older last frame; or NULL. */
static struct ak_flow *next_due(struct ak_trace *t)
{
    _Static_assert(AK_LINGERING_BATCH < AK_MAX_SETTLED && AK_LINGERING_BATCH < AK_MAX_LINGERING,
                   "some are left when a batch has gone");
    struct ak_flow *next = NULL;
    for (int i = 0; i < AK_WAITS; i++) {
        struct ak_linger *linger = &t->linger[i];
        struct ak_flow *flow = ak_linger_due(linger, t->now, linger->most - AK_LINGERING_BATCH);
        if (flow != NULL && (next == NULL || flow->seen.last_frame < next->seen.last_frame))
            next = flow;
    }
    return next;
}

/* The next ones that are due; they leave their queues. */
static size_t take_due(struct ak_trace *t, struct ak_flow *flows[TOGETHER])
{
    size_t n = 0;
    struct ak_flow *flow;
    while (n < TOGETHER && (flow = next_due(t)) != NULL) {
        ak_index_prefetch(&t->table.flows, flow->hash); /* it will be taken out there */
        if (t->departed != NULL)
            ak_departed_prefetch(t->departed, flow->hash);
        ak_trace_resume(t, flow);
        conclude(t, flow);
        flows[n++] = flow;
    }
    return n;
}

void ak_trace_expire(struct ak_trace *t)
{
    struct ak_flow *flows[TOGETHER];
    size_t n;
    while ((n = take_due(t, flows)) != 0) {
        for (size_t i = 0; i < n && t->announce != NULL; i++)
            t->announce(t->context, &flows[i]->seen);
        for (size_t i = 0; i < n; i++)
            t->sink(t->context, &flows[i]->seen);
        for (size_t i = 0; i < n && t->follow != NULL; i++)
            t->follow(t->context, &flows[i]->seen);
        for (size_t i = 0; i < n; i++) {
            note_departed(t, flows[i]);
            let_go(t, flows[i]);
        }
    }
    note_due(t);
}

/* The oldest ones, so many of them; without memory to sort them, any. */
static void hand_out_oldest(struct ak_trace *t, size_t count, bool evicted)
{
    struct ak_flow **flows = ak_flow_by_age(&t->table);
    for (size_t i = 0, at = 0; i < count; i++, at = 0) {
        struct ak_flow *flow = flows != NULL ? flows[i] : ak_index_each(&t->table.flows, &at);
        flow->seen.evicted = evicted;
        t->totals.evicted += evicted;
        ak_trace_hand_out(t, flow);
    }
    ak_free(flows);
}

void ak_trace_flush(struct ak_trace *t)
{
    hand_out_oldest(t, t->table.flows.count, false);
}

void ak_trace_tick(struct ak_trace *t, int64_t time)
{
    if (time > t->now)
        t->now = time;
    ak_trace_expire(t);
}

size_t ak_trace_open(const struct ak_trace *t)
{
    return t->table.flows.count;
}

/* Nobody will go on with it. What both sides say in clear may pause for as long as people do. */
static bool is_given_up(const struct ak_conversation *c, int64_t silent_since, int64_t lost_since)
{
    bool established = ak_both_finished(c);
    bool clear = c->tls == NULL && c->tds == NULL && c->side[AK_SIDE_CLIENT].data &&
                 c->side[AK_SIDE_SERVER].data;
    return c->last_time < (established || clear ? lost_since : silent_since);
}

/* Its handshake is complete, and nobody was told yet. */
static bool is_news(const struct ak_conversation *c)
{
    return !c->told && ak_both_finished(c);
}

static int by_id(const void *a, const void *b)
{
    const struct ak_flow *x = *(struct ak_flow *const *)a, *y = *(struct ak_flow *const *)b;
    return x->seen.id < y->seen.id ? -1 : x->seen.id > y->seen.id;
}

void ak_trace_survey(struct ak_trace *t, int64_t silent_since, int64_t lost_since,
                     ak_conversation_sink *open, void *context)
{
    size_t open_ones = t->table.flows.count, count = 0;
    struct ak_flow *flow, **chosen;
    chosen = open_ones != 0 ? ak_alloc(open_ones, sizeof(struct ak_flow *)) : NULL;
    if (chosen == NULL)
        return; /* the next survey will find them */
    for (size_t at = 0; (flow = ak_index_each(&t->table.flows, &at)) != NULL;)
        if (is_news(&flow->seen) || is_given_up(&flow->seen, silent_since, lost_since))
            chosen[count++] = flow;
    qsort(chosen, count, sizeof(struct ak_flow *), by_id);
    for (size_t i = 0; i < count; i++) {
        struct ak_conversation *c = &chosen[i]->seen;
        if (is_news(c)) {
            c->outcome = AK_OUTCOME_ESTABLISHED;
            c->told = true;
            open(context, c);
        }
        if (is_given_up(c, silent_since, lost_since))
            ak_trace_hand_out(t, chosen[i]);
    }
    ak_free(chosen);
}

void ak_trace_evict(struct ak_trace *t)
{
    enum { PART = 64 };
    struct ak_flow *over = ak_linger_oldest(&t->linger[AK_WAIT_SETTLED]);
    if (over == NULL)
        over = ak_linger_oldest(&t->linger[AK_WAIT_ENDED]);
    if (over != NULL) {
        note_departed(t, over);
        ak_trace_hand_out(t, over);
    } else {
        hand_out_oldest(t, t->table.flows.count / PART + 1, true);
    }
}

/* What the pools keep for the next conversations and dialogues counts as free. */
void ak_trace_shed(struct ak_trace *t)
{
    while (t->table.flows.count != 0 && ak_memory_used() - ak_flow_spare_bytes(&t->table) -
                                                ak_dialogue_spare_bytes(&t->dialogues) >
                                            t->most_memory)
        ak_trace_evict(t);
}
