/* SPDX-License-Identifier: Apache-2.0 */
/* One segment of a conversation: what it opens, says, acknowledges and ends. */
#include "trace/direction.h"
#include "trace/flow_notes.h"
#include "trace/trace_state.h"

#include "base/banned.h"

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

struct ak_stream_sink ak_flow_sink(struct ak_flow *flow)
{
    struct ak_stream_sink sink = {flow, sink_bytes, sink_gap};
    return sink;
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
    if (t->table.flows.count >= AK_MAX_OPEN_CONVERSATIONS)
        ak_trace_evict(t);
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
    struct ak_stream_sink sink = ak_flow_sink(flow);
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
    struct ak_stream_sink sink = ak_flow_sink(flow);
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
        ak_stream_note_ack(&flow->stream[!a->side], a->tcp->acknowledgement))
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
static void end_dialogue(struct ak_flow *flow)
{
    for (int side = 0; side < AK_SIDES; side++) {
        const struct ak_stream *s = &flow->stream[side];
        if (!s->has_fin || s->held != NULL || s->next - s->fin_at > 1)
            return;
    }
    flow->said = true;
    ak_dialogue_end(flow->dialogue);
    ak_dialogue_free(flow->dialogue);
    flow->dialogue = NULL;
}

/* The other side has every byte of this one, and its FIN. */
static bool is_settled(const struct ak_stream *stream)
{
    return stream->has_fin && stream->has_acked && stream->acked - stream->fin_at == 1;
}

static AK_NOINLINE void note_over(struct ak_trace *t, struct ak_flow *flow)
{
    const bool reset = flow->seen.side[AK_SIDE_CLIENT].rst || flow->seen.side[AK_SIDE_SERVER].rst;
    const bool over = reset || (flow->stream[0].has_fin && flow->stream[1].has_fin);
    if (!over && flow->closed == 0)
        return;
    const bool settled =
        over && !reset && is_settled(&flow->stream[0]) && is_settled(&flow->stream[1]);
    if (!over)
        ak_trace_resume(t, flow);
    else if (!ak_trace_wait(t, flow, settled ? AK_WAIT_SETTLED : AK_WAIT_ENDED))
        t->totals.out_of_memory++; /* it is handed out at the end */
    if (over && flow->dialogue != NULL)
        end_dialogue(flow);
}

static AK_NOINLINE void tell_segment(struct ak_trace *t, const struct ak_flow *flow,
                                     const struct ak_arriving *a, unsigned direction)
{
    struct ak_tap_segment segment = {&flow->seen, a->side, direction,      t->frame,
                                     t->raw,      a->ip,   t->reassembled, t->layers.depth != 0,
                                     a->tcp};
    t->shared.tap->segment(t->shared.tap->context, &segment);
}

/* Nothing but an acknowledgement, FIN or RST of a conversation that has left. */
static AK_NOINLINE bool is_late(struct ak_trace *t, const struct ak_incoming *in,
                                const struct ak_tcp_segment *tcp, int64_t time)
{
    if (tcp->payload_wire != 0 || tcp->flags & AK_TCP_SYN ||
        !ak_departed_has(t->departed, in->hash, time, t->patience))
        return false;
    t->totals.late_segments++;
    t->totals.resets += (tcp->flags & AK_TCP_RST) != 0;
    return true;
}

/* Segments that only go on may take the short way: nothing waits, nothing has ended, nothing else
 * listens, and an acknowledgement of the last letter is none that is noted. */
static bool is_untroubled(const struct ak_trace *t, const struct ak_flow *flow)
{
    enum ak_side by;
    const struct ak_stream *client = &flow->stream[0], *server = &flow->stream[1];
    return flow->dialogue != NULL && flow->closed == 0 && flow->direction_known &&
           flow->first_end_by == AK_SIDE_NONE && client->started && server->started &&
           client->held == NULL && server->held == NULL && t->shared.tap == NULL && !t->filtered &&
           ak_letters_last(&flow->seen.letters, &by) != AK_LETTER_SA;
}

static AK_ALWAYS_INLINE void any_segment(struct ak_trace *t, const struct ak_incoming *in,
                                         struct ak_flow *flow, const struct ak_ip_packet *ip,
                                         const struct ak_tcp_segment *tcp)
{
    if (AK_UNLIKELY(t->filtered) &&
        !ak_filter_packet(&t->filter, ip, tcp->source_port, tcp->destination_port)) {
        t->totals.filtered_frames++;
        return;
    }
    t->totals.tcp_segments++;
    const int64_t time = t->raw->time;
    struct ak_arriving a = {ip, tcp, time, AK_SIDE_CLIENT};
    unsigned direction = in->direction;
    if (flow != NULL && tcp->flags & AK_TCP_SYN && !ak_flow_same_attempt(flow, &a, direction)) {
        ak_trace_hand_out(t, flow);
        flow = NULL;
    }
    if (flow == NULL) {
        if (AK_UNLIKELY(t->departed != NULL) && is_late(t, in, tcp, time))
            return;
        flow = open_flow(t, &in->key, in->hash, direction, &a);
    }
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
    if (tcp->flags & (AK_TCP_FIN | AK_TCP_RST) || flow->closed != 0)
        note_over(t, flow);
    flow->untroubled = is_untroubled(t, flow);
}

void ak_trace_any_segment(struct ak_trace *t, const struct ak_incoming *in, struct ak_flow *flow,
                          const struct ak_ip_packet *ip, const struct ak_tcp_segment *tcp)
{
    any_segment(t, in, flow, ip, tcp);
}

static AK_NOINLINE void long_way(struct ak_trace *t, const struct ak_incoming *in,
                                 struct ak_flow *flow)
{
    struct ak_ip_packet ip;
    struct ak_tcp_segment tcp;
    t->raw = in->frame;
    if (AK_LIKELY(ak_incoming_parse(in, &ip, &tcp)))
        any_segment(t, in, flow, &ip, &tcp);
    else
        ak_trace_any_frame(t, in->frame);
}

enum { ONLY_ACK_OF = (AK_TCP_SYN | AK_TCP_FIN | AK_TCP_RST | AK_TCP_ACK) << 16 };

/* The same as take_segment does, for a segment that acknowledges, goes on in order, or both, and of
 * which nothing else is worth a note. */
void ak_trace_segment(struct ak_trace *t, const struct ak_incoming *in)
{
    struct ak_flow *flow = in->flow;
    if (AK_UNLIKELY(!ak_flow_key_same(&flow->key, &in->key))) {
        flow = ak_flow_find(&t->table, &in->key, in->hash);
        if (flow == NULL) {
            long_way(t, in, NULL);
            return;
        }
    }
    const uint8_t *p = in->tcp;
    const int64_t time = in->frame->time;
    const unsigned side = in->direction ^ flow->client_direction;
    struct ak_stream *stream = &flow->stream[side], *peer = &flow->stream[side ^ 1];
    struct ak_side_seen *seen = &flow->seen.side[side];
    AK_ONCE(stream);
    AK_ONCE(seen);
    const uint32_t word = ak_be32(p + 12); /* header's length, flags, window */
    const uint32_t header = word >> 28 << 2, payload = in->length - header;
    const uint32_t sequence = ak_be32(p + 4);
    const bool goes_on =
        payload > 1 ? sequence == stream->next : payload == 0 && sequence + 1 != stream->next;
    if (AK_UNLIKELY(!(flow->untroubled & in->whole & goes_on) ||
                    (word & ONLY_ACK_OF) != (uint32_t)AK_TCP_ACK << 16 || (word & 0xffff) == 0 ||
                    payload > in->length - 20 || in->ttl != seen->ttl_low ||
                    in->ttl != seen->ttl_high || time - flow->seen.last_time >= t->pause)) {
        long_way(t, in, flow);
        return;
    }
    t->totals.tcp_segments++;
    flow->seen.frames++;
    flow->seen.last_frame = t->frame;
    flow->seen.last_time = time;
    seen->packets++;
    flow->seen.side[side ^ 1].unanswered = 0;
    AK_ONCE(peer);
    (void)ak_stream_note_ack(peer, ak_be32(p + 8));
    if (payload == 0)
        return;
    struct ak_span bytes = {p + header, payload};
    seen->bytes += payload;
    seen->data = true;
    flow->dialogue->place = stream->place = sequence;
    stream->next = sequence + payload;
    stream->last_data = time;
    flow->spoke = true;
    flow->last_speaker = (enum ak_side)side;
    ak_dialogue_bytes(flow->dialogue, (enum ak_side)side, bytes, t->frame, time);
}
