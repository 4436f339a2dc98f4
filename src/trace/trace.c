/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/trace.h"

#include "base/alloc.h"
#include "codec/packet.h"
#include "codec/ssrp.h"
#include "model/thresholds.h"
#include "trace/trace_state.h"

#include "base/banned.h"

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
    t->due = INT64_MAX;
    ak_linger_init(&t->linger[AK_WAIT_ENDED], AK_WAIT_ENDED + 1, t->patience, AK_MAX_LINGERING);
    ak_linger_init(&t->linger[AK_WAIT_SETTLED], AK_WAIT_SETTLED + 1, t->patience, AK_MAX_SETTLED);
    ak_dialogue_pool_init(&t->dialogues);
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

void ak_trace_follow(struct ak_trace *t, ak_conversation_sink *follow)
{
    t->follow = follow;
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

void ak_trace_free(struct ak_trace *t)
{
    if (t == NULL)
        return;
    struct ak_flow *flow;
    for (size_t at = 0; (flow = ak_index_each(&t->table.flows, &at)) != NULL;) {
        for (int side = 0; side < AK_SIDES; side++)
            ak_stream_drop(&flow->stream[side], &t->budget);
        ak_dialogue_free(flow->dialogue);
        ak_conversation_release(&flow->seen);
    }
    for (int i = 0; i < AK_WAITS; i++)
        ak_linger_release(&t->linger[i]);
    ak_free(t->departed);
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
    if (t->departed != NULL)
        ak_departed_forget(t->departed);
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

/* A segment that was not plain. */
static void tcp_packet(struct ak_trace *t, const struct ak_ip_packet *ip)
{
    struct ak_incoming in;
    struct ak_tcp_segment tcp;
    enum ak_verdict verdict = ak_tcp_parse(ip->payload, ip->payload_wire, &tcp);
    if (verdict != AK_VERDICT_PARSED) {
        if (verdict == AK_VERDICT_SHORT)
            t->totals.short_frames++;
        else
            t->totals.bad_frames++;
        return;
    }
    ak_flow_key_make(&in.key, ip->version, ip->source, ip->destination,
                     (uint32_t)tcp.source_port << 16 | tcp.destination_port, &in.direction);
    in.hash = ak_flow_hash(&t->table, &in.key);
    ak_trace_any_segment(t, &in, ak_flow_find(&t->table, &in.key, in.hash), ip, &tcp);
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

static void ip_frame(struct ak_trace *t, struct ak_span rest, uint32_t wire_size);
static void ip_payload(struct ak_trace *t, const struct ak_ip_packet *ip);

/* An IP packet of another protocol than TCP: what is in it? Recursion ends because layers do. */
static void not_tcp(struct ak_trace *t, const struct ak_ip_packet *ip)
{
    struct ak_inner_packet inner;
    switch (ak_layers_ip(ip, &inner, &t->layers)) {
    case AK_INNER_DATAGRAM:
        ip_frame(t, inner.bytes, inner.wire);
        break;
    case AK_INNER_PACKET:
        ip_payload(t, &inner.packet);
        break;
    case AK_INNER_SHORT:
        t->totals.short_frames++;
        break;
    case AK_INNER_NONE:
        t->totals.not_tcp++;
        break;
    }
}

static void ip_payload(struct ak_trace *t, const struct ak_ip_packet *ip)
{
    if (AK_LIKELY(ip->protocol == 6))
        tcp_packet(t, ip);
    else if (ip->protocol != 17 || !udp_packet(t, ip))
        not_tcp(t, ip);
}

static void ip_frame(struct ak_trace *t, struct ak_span rest, uint32_t wire_size)
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
    ip_payload(t, &ip);
}

static void network_frame(struct ak_trace *t, enum ak_network network, struct ak_span rest,
                          const struct ak_frame *frame)
{
    switch (network) {
    case AK_NETWORK_IP: {
        uint32_t wire = frame->wire_size > frame->size ? frame->wire_size : frame->size;
        ip_frame(t, rest, wire - (uint32_t)(rest.bytes - frame->bytes));
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

void ak_trace_any_frame(struct ak_trace *t, const struct ak_frame *frame)
{
    struct ak_span bytes = {frame->bytes, frame->size}, rest;
    uint16_t protocol;
    t->raw = frame;
    enum ak_network network = ak_link_parse(frame->link_type, bytes, &rest, &protocol);
    if (network == AK_NETWORK_OTHER || network == AK_NETWORK_UNSUPPORTED)
        network = ak_layers_link(frame->link_type, network, &rest, &protocol, &t->layers);
    network_frame(t, network, rest, frame);
    t->reassembled = false;
    t->layers = (struct ak_layers){0, 0};
}

static void take(struct ak_trace *t, const struct ak_incoming *in)
{
    const struct ak_frame *frame = in->frame;
    t->frame++;
    if (AK_UNLIKELY(t->filtered) && !ak_filter_time(&t->filter, frame->time)) {
        t->totals.filtered_frames++;
        return;
    }
    if (frame->time > t->now)
        t->now = frame->time;
    if (AK_LIKELY(in->plain))
        ak_trace_segment(t, in);
    else
        ak_trace_any_frame(t, frame);
    if (AK_UNLIKELY(t->now > t->due))
        ak_trace_expire(t);
    if (AK_UNLIKELY(ak_memory_used() > t->most_memory))
        ak_trace_shed(t);
}

void ak_trace_frame(struct ak_trace *t, const struct ak_frame *frame)
{
    ak_trace_frames(t, frame, 1);
}

/* Memory was asked for each one's place in the table; now for the conversations, then they are
 * taken. */
static void take_batch(struct ak_trace *t, struct ak_incoming *in, size_t count, uint64_t bytes)
{
    t->totals.frames += count;
    t->totals.bytes += bytes;
    for (size_t i = 0; i < count; i++)
        in[i].flow = in[i].plain ? ak_flow_prefetch(&t->table, in[i].hash) : t->table.nobody;
    for (size_t i = 0; i < count; i++)
        take(t, &in[i]);
}

static uint64_t bytes_of(const struct ak_incoming *in, size_t count)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < count; i++)
        bytes += in[i].frame->size;
    return bytes;
}

void ak_trace_frames(struct ak_trace *t, const struct ak_frame *frames, size_t count)
{
    for (size_t done = 0; done < count;) {
        size_t n = count - done < AK_TRACE_BATCH ? count - done : AK_TRACE_BATCH;
        ak_incoming_ask(t->batch, frames + done, n, &t->table);
        take_batch(t, t->batch, n, bytes_of(t->batch, n));
        done += n;
    }
}

static size_t plain_capture(struct ak_trace *t, struct ak_capture_file *file, struct ak_span window,
                            size_t *used)
{
    size_t total = 0, n, step;
    *used = 0;
    do {
        struct ak_span rest = {window.bytes + *used, window.size - *used};
        n = ak_incoming_read(t->batch, t->frames, AK_TRACE_BATCH, file, rest, &step, &t->table);
        *used += step;
        total += n;
        take_batch(t, t->batch, n, step - n * file->record_header);
    } while (n == AK_TRACE_BATCH);
    file->offset += *used;
    return total;
}

size_t ak_trace_capture(struct ak_trace *t, struct ak_capture_file *file, struct ak_span window,
                        size_t *used)
{
    enum { MANY = 64 };
    struct ak_frame frames[MANY];
    if (AK_LIKELY(ak_capture_file_is_plain(file)))
        return plain_capture(t, file, window, used);
    size_t n = ak_capture_file_frames(file, window.bytes, window.size, used, frames, MANY);
    ak_trace_frames(t, frames, n);
    return n;
}

void ak_trace_look(const struct ak_trace *t, const struct ak_frame *frames, size_t count,
                   struct ak_incoming *in)
{
    ak_incoming_look(in, frames, count, &t->table);
}

void ak_trace_looked(struct ak_trace *t, struct ak_incoming *in, size_t count)
{
    for (size_t done = 0; done < count;) {
        size_t n = count - done < AK_TRACE_BATCH ? count - done : AK_TRACE_BATCH;
        for (size_t i = done; i < done + n; i++)
            if (in[i].plain)
                ak_index_prefetch(&t->table.flows, in[i].hash);
        take_batch(t, in + done, n, bytes_of(in + done, n));
        done += n;
    }
}
