/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/trace.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "codec/encapsulation.h"
#include "codec/packet.h"
#include "codec/ssrp.h"
#include "model/thresholds.h"
#include "trace/browser.h"
#include "trace/dialogue.h"
#include "trace/direction.h"
#include "trace/flow.h"
#include "trace/flow_notes.h"
#include "trace/fragments.h"
#include "trace/incoming.h"
#include "trace/linger.h"
#include "trace/stream.h"
#include "trace/verdict.h"

#include "base/banned.h"

enum { BATCH = 16, EVICTED_PART = 64 };

struct ak_trace {
    ak_conversation_sink *sink, *announce; /* announce: or NULL */
    void *context;
    struct ak_flow_table table;
    struct ak_linger linger;
    struct ak_fragments *fragments;
    struct ak_browser *browser; /* NULL until somebody speaks with one */
    struct ak_dialogue_shared shared;
    struct ak_dialogue_pool dialogues;
    struct ak_held_budget budget;
    struct ak_totals totals;
    struct ak_source *source; /* of the frame being read */
    uint64_t frame;           /* in the capture */
    uint64_t ids;
    uint32_t captures;
    int64_t now;                                 /* latest time seen in the capture */
    int64_t patience, retry_gap, silence, pause; /* nanoseconds */
    int64_t until; /* the capture is known to reach to here, or INT64_MIN */
    size_t most_memory;
    bool filtered;
    struct ak_filter filter;
    const struct ak_frame *raw; /* being read */
    bool reassembled;           /* its last fragment is in `raw` */
    struct ak_layers layers;    /* what lies around its innermost IP packet */
    struct ak_incoming batch[BATCH];
};

struct ak_trace *ak_trace_new(uint64_t seed, ak_conversation_sink *sink, void *context)
{
    struct ak_trace *t = ak_alloc(1, sizeof *t);
    if (t == NULL)
        return NULL;
    struct ak_hash_key key = {seed ^ UINT64_C(0x9e3779b97f4a7c15), ~seed};
    t->sink = sink;
    t->context = context;
    t->patience = ak_threshold_get(AK_THRESHOLD_CLOSED_LINGER_MS) * 1000000;
    t->retry_gap = ak_threshold_get(AK_THRESHOLD_SYN_RETRY_GAP_MS) * 1000000;
    t->silence = ak_threshold_get(AK_THRESHOLD_TIMEOUT_SILENCE_MS) * 1000000;
    t->pause = ak_threshold_get(AK_THRESHOLD_IDLE_DROP_MS) * 1000000;
    t->until = INT64_MIN;
    t->most_memory = SIZE_MAX;
    t->budget.most = AK_MAX_HELD_TOTAL;
    t->shared.hellos = ak_hello_store_new(key);
    t->shared.certificates = ak_certificate_store_new(key);
    bool table = ak_flow_table_init(&t->table, key);
    if (!table || t->shared.hellos == NULL || t->shared.certificates == NULL) {
        ak_trace_free(t);
        return NULL;
    }
    return t;
}

void ak_trace_announce(struct ak_trace *t, ak_conversation_sink *announce)
{
    t->announce = announce;
}

void ak_trace_limit(struct ak_trace *t, size_t bytes)
{
    t->most_memory = bytes;
}

void ak_trace_filter(struct ak_trace *t, const struct ak_filter *filter)
{
    t->filtered = true;
    t->filter = *filter;
}

void ak_trace_tap(struct ak_trace *t, const struct ak_tap *tap)
{
    t->shared.tap = tap;
}

void ak_trace_until(struct ak_trace *t, int64_t time)
{
    if (time > t->until)
        t->until = time;
}

const struct ak_totals *ak_trace_totals_of(const struct ak_trace *trace)
{
    return &trace->totals;
}

/* ---- streams into dialogues ---- */

static void sink_bytes(void *context, enum ak_side side, struct ak_span bytes, uint64_t frame,
                       int64_t time)
{
    struct ak_flow *flow = context;
    if (flow->dialogue == NULL)
        return;
    flow->dialogue->place = flow->stream[side].place;
    ak_dialogue_bytes(flow->dialogue, side, bytes, frame, time);
}

static void sink_gap(void *context, enum ak_side side, uint64_t size)
{
    struct ak_flow *flow = context;
    if (flow->dialogue != NULL)
        ak_dialogue_gap(flow->dialogue, side, size);
    else if (!flow->said)
        flow->seen.hole = true;
}

static struct ak_stream_sink sink_of(struct ak_flow *flow)
{
    struct ak_stream_sink sink = {flow, sink_bytes, sink_gap};
    return sink;
}

/* ---- handing out ---- */

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

static AK_NOINLINE void hand_out(struct ak_trace *t, struct ak_flow *flow)
{
    struct ak_stream_sink sink = sink_of(flow);
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
    t->sink(t->context, &flow->seen);
    ak_dialogue_free(&t->dialogues, flow->dialogue);
    flow->dialogue = NULL;
    ak_conversation_release(&flow->seen);
    ak_linger_remove(&t->linger, flow);
    ak_flow_remove(&t->table, flow);
}

static inline void expire_closed(struct ak_trace *t)
{
    struct ak_flow *flow;
    if (AK_LIKELY(!ak_linger_may_be_due(&t->linger, t->now, t->patience, AK_MAX_LINGERING)))
        return;
    while ((flow = ak_linger_due(&t->linger, t->now, t->patience, AK_MAX_LINGERING)) != NULL) {
        const struct ak_flow *next = t->announce != NULL ? ak_linger_next(&t->linger) : NULL;
        if (next != NULL)
            t->announce(t->context, &next->seen);
        hand_out(t, flow);
    }
}

void ak_trace_flush(struct ak_trace *t)
{
    size_t count = t->table.flows.count;
    struct ak_flow **flows = ak_flow_by_age(&t->table);
    for (size_t i = 0; flows != NULL && i < count; i++)
        hand_out(t, flows[i]);
    ak_free(flows);
    for (size_t at = 0; t->table.flows.count != 0; at = 0) /* no memory to sort them */
        hand_out(t, ak_index_each(&t->table.flows, &at));
}

void ak_trace_tick(struct ak_trace *t, int64_t time)
{
    if (time > t->now)
        t->now = time;
    expire_closed(t);
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

static int by_id(const void *a, const void *b)
{
    const struct ak_flow *x = *(struct ak_flow *const *)a, *y = *(struct ak_flow *const *)b;
    return x->seen.id < y->seen.id ? -1 : x->seen.id > y->seen.id;
}

void ak_trace_survey(struct ak_trace *t, int64_t silent_since, int64_t lost_since,
                     ak_conversation_sink *open, void *context)
{
    struct ak_flow *flow, **chosen;
    size_t count = 0;
    for (size_t at = 0; (flow = ak_index_each(&t->table.flows, &at)) != NULL;)
        count += is_given_up(&flow->seen, silent_since, lost_since) ||
                 (!flow->seen.told && ak_both_finished(&flow->seen));
    chosen = count != 0 ? ak_alloc(count, sizeof(struct ak_flow *)) : NULL;
    if (chosen == NULL)
        return; /* the next survey will find them */
    count = 0;
    for (size_t at = 0; (flow = ak_index_each(&t->table.flows, &at)) != NULL;)
        if (is_given_up(&flow->seen, silent_since, lost_since) ||
            (!flow->seen.told && ak_both_finished(&flow->seen)))
            chosen[count++] = flow;
    qsort(chosen, count, sizeof(struct ak_flow *), by_id);
    for (size_t i = 0; i < count; i++) {
        struct ak_conversation *c = &chosen[i]->seen;
        bool over = is_given_up(c, silent_since, lost_since);
        if (!c->told && ak_both_finished(c)) {
            c->outcome = AK_OUTCOME_ESTABLISHED;
            c->told = true;
            open(context, c);
        }
        if (over)
            hand_out(t, chosen[i]);
    }
    ak_free(chosen);
}

/* Room for one more: first of what is over, then of the oldest that are open, some at a time. */
static void evict(struct ak_trace *t)
{
    struct ak_flow *over = ak_linger_oldest(&t->linger);
    if (over != NULL) {
        hand_out(t, over);
        return;
    }
    size_t count = t->table.flows.count / EVICTED_PART + 1;
    struct ak_flow **flows = ak_flow_by_age(&t->table);
    for (size_t i = 0; flows != NULL && i < count; i++) {
        flows[i]->seen.evicted = true;
        t->totals.evicted++;
        hand_out(t, flows[i]);
    }
    ak_free(flows);
}

void ak_trace_free(struct ak_trace *t)
{
    if (t == NULL)
        return;
    struct ak_flow *flow;
    for (size_t at = 0; (flow = ak_index_each(&t->table.flows, &at)) != NULL;) {
        for (int side = 0; side < AK_SIDES; side++)
            ak_stream_drop(&flow->stream[side], &t->budget);
        ak_dialogue_free(&t->dialogues, flow->dialogue);
        ak_conversation_release(&flow->seen);
    }
    ak_linger_release(&t->linger);
    ak_dialogue_pool_release(&t->dialogues);
    ak_flow_table_release(&t->table);
    ak_fragments_free(t->fragments);
    ak_browser_free(t->browser);
    ak_hello_store_free(t->shared.hellos);
    ak_certificate_store_free(t->shared.certificates);
    ak_free(t);
}

void ak_trace_section(struct ak_trace *t)
{
    ak_trace_flush(t);
    if (t->shared.tap != NULL)
        t->shared.tap->capture(t->shared.tap->context, t->until > t->now ? t->until : t->now);
    t->now = INT64_MIN;
    t->until = INT64_MIN;
    t->captures++;
}

void ak_trace_file(struct ak_trace *t, struct ak_source *source)
{
    ak_trace_section(t);
    source->first_frame = 1;
    source->next = NULL;
    t->source = source;
    t->frame = 0;
}

void ak_trace_next_file(struct ak_trace *t, struct ak_source *source)
{
    source->first_frame = t->frame + 1;
    source->next = NULL;
    t->source->next = source;
    t->source = source;
}

int64_t ak_trace_now(const struct ak_trace *t)
{
    return t->now;
}

/* Memory is short: what was given back to the table for the next conversations counts as free. */
static AK_NOINLINE void shed(struct ak_trace *t)
{
    while (t->table.flows.count != 0 &&
           ak_memory_used() - ak_flow_spare_bytes(&t->table) > t->most_memory)
        evict(t);
}

/* ---- opening ---- */

static void set_endpoint(struct ak_endpoint *end, const struct ak_ip_packet *ip,
                         const uint8_t *address, uint16_t port)
{
    end->version = ip->version;
    memcpy(end->address, address, ip->version == 6 ? 16 : 4);
    end->port = port;
}

static AK_NOINLINE struct ak_flow *open_flow(struct ak_trace *t, const struct ak_flow_key *key,
                                             uint64_t hash, unsigned direction,
                                             struct ak_arriving *a)
{
    if (t->table.flows.count >= AK_MAX_OPEN_CONVERSATIONS) {
        evict(t);
    }
    struct ak_flow *flow = ak_flow_add(&t->table, key, hash);
    if (flow == NULL)
        return NULL;
    bool known;
    a->side = ak_arriving_side(a, &known);
    flow->direction_known = known;
    flow->client_direction = (uint8_t)(a->side == AK_SIDE_CLIENT ? direction : !direction);
    flow->last_speaker = AK_SIDE_NONE;
    flow->first_end_by = AK_SIDE_NONE;
    struct ak_conversation *c = &flow->seen;
    c->tls_room = &flow->tls;
    c->id = ++t->ids;
    c->source = t->source;
    c->capture = t->captures;
    c->first_frame = t->frame;
    c->first_time = a->time;
    c->begun_before = !(a->tcp->flags & AK_TCP_SYN);
    c->direction_guessed = !known;
    c->encapsulations = t->layers.met;
    set_endpoint(&c->end[a->side], a->ip, a->ip->source, a->tcp->source_port);
    set_endpoint(&c->end[!a->side], a->ip, a->ip->destination, a->tcp->destination_port);
    return flow;
}

/* ---- one segment ---- */

static void note_step(struct ak_trace *t, struct ak_flow *flow, enum ak_step step, int64_t time)
{
    struct ak_when *when = &flow->seen.step[step];
    if (when->frame == 0) {
        when->frame = t->frame;
        when->time = time;
    }
}

static AK_NOINLINE void take_syn(struct ak_trace *t, struct ak_flow *flow,
                                 const struct ak_arriving *a)
{
    struct ak_stream *s = &flow->stream[a->side];
    bool ack = (a->tcp->flags & AK_TCP_ACK) != 0;
    flow->seen.begun_before = false;
    flow->seen.side[a->side].syn = true;
    if (!ack && !flow->seen.side[AK_SIDE_SERVER].data)
        ak_flow_forget_end(flow);
    if (s->has_isn && s->isn == a->tcp->sequence) {
        int64_t gap = a->time - flow->seen.step[ack ? AK_STEP_SYN_ACK : AK_STEP_SYN].time;
        if (gap >= t->retry_gap) {
            flow->seen.syn_retries += !ack;
            ak_letters_add(&flow->seen.letters, a->side, ack ? AK_LETTER_SA : AK_LETTER_S, 0);
        }
        return;
    }
    bool changed = s->has_isn;
    if (changed && s->has_acked && s->acked - s->isn - 1 < INT32_MAX)
        return; /* the peer acknowledged the first number: a stray answer to a repeated SYN */
    s->has_isn = true;
    s->isn = a->tcp->sequence;
    if (!s->started || changed) {
        s->started = true;
        s->next = a->tcp->sequence + 1;
    }
    if (ack) {
        struct ak_stream *peer = &flow->stream[!a->side];
        if (!peer->started) {
            peer->started = true;
            peer->next = a->tcp->acknowledgement;
        }
    }
    note_step(t, flow, ack ? AK_STEP_SYN_ACK : AK_STEP_SYN, a->time);
    ak_letters_add(&flow->seen.letters, a->side, ack ? AK_LETTER_SA : AK_LETTER_S, 0);
}

/* What is repeated within a moment is one try: several segments, or one that was captured twice. */
static void count_probe(const struct ak_trace *t, struct ak_flow *flow, const struct ak_arriving *a)
{
    struct ak_stream *stream = &flow->stream[a->side];
    if (a->time - stream->last_probe < t->retry_gap)
        return;
    stream->last_probe = a->time;
    flow->seen.side[a->side].unanswered++;
}

/* Of a first segment's bytes; 0: too few. What is made equal on purpose joins two captures of
 * whoever made it: no key is needed. */
static uint64_t first_bytes(struct ak_span payload)
{
    uint64_t words[4];
    if (payload.size < sizeof words)
        return 0;
    memcpy(words, payload.bytes, sizeof words);
    uint64_t front = ak_hash_fold(words[0] ^ UINT64_C(0x9e3779b97f4a7c15), words[1] + 1);
    uint64_t back = ak_hash_fold(words[2] ^ UINT64_C(0xd1b54a32d192ed03), words[3] + 1);
    return (front ^ back) | 1;
}

/* The largest payload among those that were repeated, and among those that came out of order. */
static void note_size(const struct ak_stream *stream, struct ak_tcp_seen *tcp,
                      enum ak_arrival_kind kind, uint32_t size)
{
    uint16_t short_size = (uint16_t)(size < UINT16_MAX ? size : UINT16_MAX);
    if (kind == AK_ARRIVAL_OLD && short_size > tcp->largest_again)
        tcp->largest_again = short_size;
    if (stream->held != NULL && short_size > tcp->largest_late)
        tcp->largest_late = short_size;
}

/* A segment that begins the dialogue, is out of order, repeats something, or was cut. False: every
 * byte of it had arrived before. */
static AK_NOINLINE bool any_payload(struct ak_trace *t, struct ak_flow *flow,
                                    const struct ak_arriving *a)
{
    struct ak_conversation *c = &flow->seen;
    struct ak_stream_sink sink = sink_of(flow);
    if (flow->dialogue == NULL && !flow->said) {
        flow->dialogue = ak_dialogue_new(&t->dialogues, c, &t->shared, c->begun_before);
        if (flow->dialogue == NULL)
            t->totals.out_of_memory++;
    }
    if (!c->side[a->side].data)
        c->tcp[a->side].print = first_bytes(a->tcp->payload);
    struct ak_arrival arrival = {a->tcp->sequence, a->tcp->payload, a->tcp->payload_wire, t->frame,
                                 a->time};
    if (a->tcp->payload.size < a->tcp->payload_wire) {
        c->truncated = true;
        t->totals.cut_frames++;
    }
    if (a->tcp->flags & AK_TCP_SYN)
        arrival.sequence++; /* data on a SYN (TCP Fast Open) follows the SYN's own number */
    c->side[a->side].data = true;
    enum ak_arrival_kind kind =
        ak_stream_push(&flow->stream[a->side], a->side, &arrival, &sink, &t->budget);
    note_size(&flow->stream[a->side], &c->tcp[a->side], kind, a->tcp->payload_wire);
    if (kind != AK_ARRIVAL_OLD)
        return true;
    c->side[a->side].retransmissions++;
    count_probe(t, flow, a);
    return false;
}

static AK_ALWAYS_INLINE void take_payload(struct ak_trace *t, struct ak_flow *flow,
                                          const struct ak_arriving *a)
{
    struct ak_stream *stream = &flow->stream[a->side];
    const struct ak_tcp_segment *tcp = a->tcp;
    flow->seen.side[a->side].bytes += tcp->payload_wire;
    if (AK_LIKELY(ak_stream_is_next(stream, tcp->sequence) && flow->dialogue != NULL &&
                  tcp->payload.size == tcp->payload_wire && !(tcp->flags & AK_TCP_SYN))) {
        flow->seen.side[a->side].data = true;
        flow->dialogue->place = stream->place = stream->next;
        stream->next += tcp->payload_wire;
        ak_dialogue_bytes(flow->dialogue, a->side, tcp->payload, t->frame, a->time);
    } else if (!any_payload(t, flow, a)) {
        return;
    }
    stream->last_data = a->time;
    flow->spoke = true;
    flow->last_speaker = a->side;
}

/* The first FIN or RST: who, and whether the closer had waited in vain. */
static void note_end(struct ak_trace *t, struct ak_flow *flow, const struct ak_arriving *a)
{
    if (flow->first_end_by != AK_SIDE_NONE)
        return;
    flow->first_end_by = a->side;
    flow->first_end_frame = t->frame;
    flow->first_end_waited =
        flow->last_speaker == a->side && a->time - flow->stream[a->side].last_data >= t->silence;
}

static AK_NOINLINE void take_end(struct ak_trace *t, struct ak_flow *flow,
                                 const struct ak_arriving *a)
{
    struct ak_stream *s = &flow->stream[a->side];
    struct ak_conversation *c = &flow->seen;
    if (flow->dialogue != NULL)
        ak_dialogue_end(flow->dialogue);
    if (a->tcp->flags & AK_TCP_RST) {
        t->totals.resets++;
        c->side[a->side].rst = true;
        if (s->rst_frame == 0) {
            s->rst_frame = t->frame;
            s->rst_time = a->time;
        }
        note_step(t, flow, AK_STEP_RST, a->time);
        ak_letters_add(&flow->seen.letters, a->side, AK_LETTER_R, 0);
    } else if (!s->has_fin) {
        s->has_fin = true;
        s->fin_at = a->tcp->sequence + a->tcp->payload_wire;
        s->fin_frame = t->frame;
        s->fin_time = a->time;
        c->side[a->side].fin = true;
        note_step(t, flow, AK_STEP_FIN, a->time);
        ak_letters_add(&flow->seen.letters, a->side, AK_LETTER_F, 0);
    }
    note_end(t, flow, a);
}

/* An acknowledgement while something waits behind a gap. */
static AK_NOINLINE void acked(struct ak_trace *t, struct ak_flow *flow, const struct ak_arriving *a)
{
    struct ak_stream_sink sink = sink_of(flow);
    ak_stream_acked(&flow->stream[!a->side], (enum ak_side) !a->side, a->tcp->acknowledgement,
                    a->tcp->payload_wire > 1, &sink, &t->budget);
}

static AK_ALWAYS_INLINE void take_segment(struct ak_trace *t, struct ak_flow *flow,
                                          const struct ak_arriving *a)
{
    const unsigned flags = a->tcp->flags;
    ak_flow_count(flow, a);
    if (AK_UNLIKELY(flags & AK_TCP_SYN))
        take_syn(t, flow, a);
    if (AK_LIKELY(flags & AK_TCP_ACK) &&
        !ak_stream_note_ack(&flow->stream[!a->side], a->tcp->acknowledgement))
        acked(t, flow, a);
    if (AK_UNLIKELY(a->tcp->payload_wire <= 1 && ak_flow_is_keep_alive(flow, a))) {
        flow->seen.side[a->side].keep_alives++;
        count_probe(t, flow, a);
        ak_letters_add(&flow->seen.letters, a->side, AK_LETTER_KA, 0);
    } else if (a->tcp->payload_wire != 0 && !(flags & AK_TCP_RST)) {
        take_payload(t, flow, a); /* an RST's payload is a diagnostic text, RFC 9293 3.5.3 */
    }
    if (AK_UNLIKELY(flags & (AK_TCP_FIN | AK_TCP_RST)))
        take_end(t, flow, a);
    else if (a->tcp->payload_wire == 0 && flags == AK_TCP_ACK)
        ak_flow_note_bare_ack(flow, a);
}

/* Both sides have said all. The dialogue is given back while it is still in the cache: what waits
 * for late frames needs it no more. */
static void end_dialogue(struct ak_trace *t, struct ak_flow *flow)
{
    for (int side = 0; side < AK_SIDES; side++) {
        const struct ak_stream *s = &flow->stream[side];
        if (!s->has_fin || s->held != NULL || s->next - s->fin_at > 1)
            return;
    }
    flow->said = true;
    ak_dialogue_end(flow->dialogue);
    ak_dialogue_free(&t->dialogues, flow->dialogue);
    flow->dialogue = NULL;
}

static AK_NOINLINE void note_over(struct ak_trace *t, struct ak_flow *flow)
{
    bool over = flow->seen.side[AK_SIDE_CLIENT].rst || flow->seen.side[AK_SIDE_SERVER].rst ||
                (flow->stream[0].has_fin && flow->stream[1].has_fin);
    if (!over && !flow->closed)
        return;
    if (!over)
        ak_linger_remove(&t->linger, flow);
    else if (!ak_linger_add(&t->linger, flow))
        t->totals.out_of_memory++; /* it is handed out at the end */
    if (over && flow->dialogue != NULL)
        end_dialogue(t, flow);
}

static AK_NOINLINE void tell_segment(struct ak_trace *t, const struct ak_flow *flow,
                                     const struct ak_arriving *a, unsigned direction)
{
    struct ak_tap_segment segment = {&flow->seen, a->side, direction,      t->frame,
                                     t->raw,      a->ip,   t->reassembled, t->layers.depth != 0,
                                     a->tcp};
    t->shared.tap->segment(t->shared.tap->context, &segment);
}

static void segment(struct ak_trace *t, const struct ak_incoming *in, int64_t time)
{
    if (AK_UNLIKELY(t->filtered) &&
        !ak_filter_packet(&t->filter, &in->ip, in->tcp.source_port, in->tcp.destination_port)) {
        t->totals.filtered_frames++;
        return;
    }
    t->totals.tcp_segments++;
    struct ak_arriving a = {&in->ip, &in->tcp, time, AK_SIDE_CLIENT};
    unsigned direction = in->direction;
    struct ak_flow *flow = in->flow;
    if (AK_UNLIKELY(flow == NULL || !ak_flow_key_same(&flow->key, &in->key)))
        flow = ak_flow_find(&t->table, &in->key, in->hash);
    if (flow != NULL && in->tcp.flags & AK_TCP_SYN && !ak_flow_same_attempt(flow, &a, direction)) {
        hand_out(t, flow);
        flow = NULL;
    }
    if (flow == NULL)
        flow = open_flow(t, &in->key, in->hash, direction, &a);
    if (flow == NULL) {
        t->totals.out_of_memory++;
        return;
    }
    a.side = direction == flow->client_direction ? AK_SIDE_CLIENT : AK_SIDE_SERVER;
    if (AK_UNLIKELY(!flow->direction_known))
        ak_flow_check_direction(flow, &a);
    if (AK_UNLIKELY(t->shared.tap != NULL))
        tell_segment(t, flow, &a, direction);
    flow->seen.frames++;
    flow->seen.last_frame = t->frame;
    if (AK_UNLIKELY(time - flow->seen.last_time >= t->pause) && flow->seen.frames > 1) {
        flow->seen.pause = time - flow->seen.last_time;
        flow->seen.pause_end = time;
        flow->seen.side[a.side].woke = true;
        flow->seen.side[!a.side].woke = false;
    }
    flow->seen.last_time = time;
    take_segment(t, flow, &a);
    if (in->tcp.flags & (AK_TCP_SYN | AK_TCP_FIN | AK_TCP_RST) || flow->closed)
        note_over(t, flow);
}

/* A segment that was not plain. */
static void tcp_packet(struct ak_trace *t, const struct ak_ip_packet *ip, int64_t time)
{
    struct ak_incoming in;
    in.ip = *ip;
    in.flow = NULL;
    enum ak_verdict verdict = ak_tcp_parse(ip->payload, ip->payload_wire, &in.tcp);
    if (verdict != AK_VERDICT_PARSED) {
        if (verdict == AK_VERDICT_SHORT)
            t->totals.short_frames++;
        else
            t->totals.bad_frames++;
        return;
    }
    ak_flow_key_make(&in.key, ip->version, ip->source, in.tcp.source_port, ip->destination,
                     in.tcp.destination_port, &in.direction);
    in.hash = ak_flow_hash(&t->table, &in.key);
    segment(t, &in, time);
}

/* ---- one frame ---- */

static void unsupported_link(struct ak_trace *t, uint32_t link_type)
{
    struct ak_totals *n = &t->totals;
    n->unsupported_frames++;
    for (size_t i = 0; i < n->unsupported_count; i++)
        if (n->unsupported[i].link_type == link_type) {
            n->unsupported[i].frames++;
            return;
        }
    if (n->unsupported_count < AK_UNSUPPORTED_LINKS) {
        n->unsupported[n->unsupported_count].link_type = link_type;
        n->unsupported[n->unsupported_count++].frames = 1;
    }
}

/* SQL Server Browser alone is understood of UDP. */
static bool udp_packet(struct ak_trace *t, const struct ak_ip_packet *ip)
{
    if (ip->payload.size < 8 || (ak_be16(ip->payload.bytes) != AK_SSRP_PORT &&
                                 ak_be16(ip->payload.bytes + 2) != AK_SSRP_PORT))
        return false;
    if (t->browser == NULL)
        t->browser = ak_browser_new();
    return t->browser != NULL && ak_browser_packet(t->browser, ip, &t->totals);
}

static void ip_frame(struct ak_trace *t, struct ak_span rest, uint32_t wire_size, int64_t time);
static void ip_payload(struct ak_trace *t, const struct ak_ip_packet *ip, int64_t time);

/* An IP packet of another protocol than TCP: what is in it? Recursion ends because layers do. */
static void not_tcp(struct ak_trace *t, const struct ak_ip_packet *ip, int64_t time)
{
    struct ak_inner_packet inner;
    switch (ak_layers_ip(ip, &inner, &t->layers)) {
    case AK_INNER_DATAGRAM:
        ip_frame(t, inner.bytes, inner.wire, time);
        break;
    case AK_INNER_PACKET:
        ip_payload(t, &inner.packet, time);
        break;
    case AK_INNER_SHORT:
        t->totals.short_frames++;
        break;
    case AK_INNER_NONE:
        t->totals.not_tcp++;
        break;
    }
}

static void ip_payload(struct ak_trace *t, const struct ak_ip_packet *ip, int64_t time)
{
    if (AK_LIKELY(ip->protocol == 6))
        tcp_packet(t, ip, time);
    else if (ip->protocol != 17 || !udp_packet(t, ip))
        not_tcp(t, ip, time);
}

static void ip_frame(struct ak_trace *t, struct ak_span rest, uint32_t wire_size, int64_t time)
{
    struct ak_ip_packet ip;
    enum ak_verdict verdict = ak_ip_parse(rest, wire_size, &ip);
    if (AK_UNLIKELY(verdict != AK_VERDICT_PARSED)) {
        if (verdict == AK_VERDICT_SHORT)
            t->totals.short_frames++;
        else if (verdict == AK_VERDICT_BAD)
            t->totals.bad_frames++;
        else
            t->totals.not_tcp++;
        return;
    }
    if (AK_UNLIKELY(ip.fragment)) {
        t->totals.fragments++;
        if (t->reassembled) { /* fragments of a datagram in fragments: it borrows their memory */
            t->totals.fragments_dropped++;
            return;
        }
        if (t->fragments == NULL)
            t->fragments = ak_fragments_new();
        if (t->fragments == NULL) {
            t->totals.out_of_memory++;
            return;
        }
        if (!ak_fragments_add(t->fragments, &ip, &t->totals.fragments_dropped))
            return;
        t->reassembled = true;
    }
    ip_payload(t, &ip, time);
}

static void network_frame(struct ak_trace *t, enum ak_network network, struct ak_span rest,
                          const struct ak_frame *frame)
{
    switch (network) {
    case AK_NETWORK_IP: {
        uint32_t wire = frame->wire_size > frame->size ? frame->wire_size : frame->size;
        ip_frame(t, rest, wire - (uint32_t)(rest.bytes - frame->bytes), frame->time);
        break;
    }
    case AK_NETWORK_OTHER:
        t->totals.other_frames++;
        break;
    case AK_NETWORK_SHORT:
        t->totals.short_frames++;
        break;
    case AK_NETWORK_UNSUPPORTED:
        unsupported_link(t, frame->link_type);
        break;
    }
}

static AK_NOINLINE void any_frame(struct ak_trace *t, const struct ak_frame *frame)
{
    struct ak_span bytes = {frame->bytes, frame->size}, rest;
    uint16_t protocol;
    enum ak_network network = ak_link_parse(frame->link_type, bytes, &rest, &protocol);
    if (network == AK_NETWORK_OTHER || network == AK_NETWORK_UNSUPPORTED)
        network = ak_layers_link(frame->link_type, network, &rest, &protocol, &t->layers);
    network_frame(t, network, rest, frame);
}

static void take(struct ak_trace *t, const struct ak_incoming *in)
{
    const struct ak_frame *frame = in->frame;
    t->frame++;
    t->raw = frame;
    t->reassembled = false;
    t->layers = (struct ak_layers){0, 0};
    t->totals.frames++;
    t->totals.bytes += frame->size;
    if (AK_UNLIKELY(t->filtered) && !ak_filter_time(&t->filter, frame->time)) {
        t->totals.filtered_frames++;
        return;
    }
    if (frame->time > t->now)
        t->now = frame->time;
    if (AK_LIKELY(in->plain))
        segment(t, in, frame->time);
    else
        any_frame(t, frame);
    expire_closed(t);
    if (AK_UNLIKELY(ak_memory_used() > t->most_memory))
        shed(t);
}

void ak_trace_frame(struct ak_trace *t, const struct ak_frame *frame)
{
    ak_trace_frames(t, frame, 1);
}

void ak_trace_frames(struct ak_trace *t, const struct ak_frame *frames, size_t count)
{
    struct ak_incoming *in = t->batch;
    for (size_t done = 0; done < count;) {
        size_t n = count - done < BATCH ? count - done : BATCH;
        for (size_t i = 0; i < n; i++)
            ak_incoming_look(&in[i], &frames[done + i], &t->table);
        for (size_t i = 0; i < n; i++)
            if (in[i].plain)
                in[i].flow = ak_flow_prefetch(&t->table, in[i].hash);
        for (size_t i = 0; i < n; i++)
            take(t, &in[i]);
        done += n;
    }
}
