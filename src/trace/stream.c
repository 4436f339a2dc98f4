/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/stream.h"

#include "base/alloc.h"
#include "base/limits.h"

#include "base/banned.h"

/* Frames to wait for a reordered segment after the receiver acknowledged what follows it. */
enum { PATIENCE_FRAMES = 24, ANSWER_WEIGHT = 16 };
/* Acknowledgements further away than this are garbage, not evidence (windows end at 2^30). */
enum { MOST_MISSING = 1 << 24 };

struct ak_held {
    struct ak_held *next;
    uint32_t sequence;
    uint32_t size; /* captured, in bytes[] */
    uint32_t wire_size;
    uint64_t frame;
    int64_t time;
    uint8_t bytes[];
};

static int32_t distance(uint32_t from, uint32_t to)
{
    return (int32_t)(to - from);
}

static void deliver(struct ak_stream *stream, enum ak_side side, struct ak_arrival part,
                    const struct ak_stream_sink *sink)
{
    int32_t old = distance(part.sequence, stream->next);
    if (old > 0) { /* the front arrived before */
        uint32_t cut = (uint32_t)old;
        size_t captured = cut < part.bytes.size ? cut : part.bytes.size;
        part.bytes.bytes = captured == part.bytes.size ? NULL : part.bytes.bytes + captured;
        part.bytes.size -= captured;
        part.wire_size -= cut;
    }
    stream->place = stream->next;
    stream->next += part.wire_size;
    if (part.bytes.size != 0)
        sink->bytes(sink->context, side, part.bytes, part.frame, part.time);
    if (part.wire_size > part.bytes.size)
        sink->gap(sink->context, side, part.wire_size - part.bytes.size);
}

static void pop_held(struct ak_stream *stream, struct ak_held_budget *budget)
{
    struct ak_held *held = stream->held;
    stream->held = held->next;
    if (stream->held == NULL)
        stream->held_last = NULL;
    stream->held_count--;
    stream->held_bytes -= held->size;
    budget->used -= sizeof *held + held->size;
    ak_free(held);
}

/* Delivers held segments that have become contiguous. */
static void drain(struct ak_stream *stream, enum ak_side side, const struct ak_stream_sink *sink,
                  struct ak_held_budget *budget)
{
    while (stream->held != NULL && distance(stream->next, stream->held->sequence) <= 0) {
        struct ak_held *held = stream->held;
        uint32_t end = held->sequence + held->wire_size;
        if (distance(stream->next, end) > 0) {
            struct ak_arrival part = {held->sequence,
                                      {held->bytes, held->size},
                                      held->wire_size,
                                      held->frame,
                                      held->time};
            deliver(stream, side, part, sink);
        }
        pop_held(stream, budget);
    }
    if (stream->held == NULL)
        stream->gap_frames = 0;
}

static void give_up_gap(struct ak_stream *stream, enum ak_side side,
                        const struct ak_stream_sink *sink, struct ak_held_budget *budget)
{
    uint32_t missing = stream->held->sequence - stream->next;
    stream->next = stream->held->sequence;
    sink->gap(sink->context, side, missing);
    drain(stream, side, sink, budget);
}

/* Sorted insertion; nearly always at the end. False when this very segment is already held. */
static bool insert_held(struct ak_stream *stream, struct ak_held *held)
{
    struct ak_held **at = &stream->held;
    if (stream->held_last != NULL && distance(stream->held_last->sequence, held->sequence) > 0)
        at = &stream->held_last->next;
    for (; *at != NULL && distance((*at)->sequence, held->sequence) >= 0; at = &(*at)->next)
        if ((*at)->sequence == held->sequence && (*at)->wire_size >= held->wire_size)
            return false;
    held->next = *at;
    *at = held;
    if (held->next == NULL)
        stream->held_last = held;
    return true;
}

static enum ak_arrival_kind hold(struct ak_stream *stream, const struct ak_arrival *arrival,
                                 struct ak_held_budget *budget)
{
    struct ak_held *held = ak_alloc(1, sizeof *held + arrival->bytes.size);
    if (held == NULL)
        return AK_ARRIVAL_NEW; /* the gap will be said; nothing else is lost */
    held->sequence = arrival->sequence;
    held->size = (uint32_t)arrival->bytes.size;
    held->wire_size = arrival->wire_size;
    held->frame = arrival->frame;
    held->time = arrival->time;
    if (held->size != 0)
        memcpy(held->bytes, arrival->bytes.bytes, held->size);
    if (!insert_held(stream, held)) {
        ak_free(held);
        return AK_ARRIVAL_OLD;
    }
    stream->held_count++;
    stream->held_bytes += held->size;
    budget->used += sizeof *held + held->size;
    return AK_ARRIVAL_NEW;
}

static bool too_much_held(const struct ak_stream *stream, const struct ak_held_budget *budget)
{
    return stream->held_count > AK_MAX_HELD_SEGMENTS || stream->held_bytes > AK_MAX_HELD_BYTES ||
           budget->used > budget->most;
}

static bool peer_has_it(const struct ak_stream *stream)
{
    return stream->has_acked && distance(stream->held->sequence, stream->acked) > 0;
}

enum ak_arrival_kind ak_stream_push(struct ak_stream *stream, enum ak_side side,
                                    const struct ak_arrival *arrival,
                                    const struct ak_stream_sink *sink,
                                    struct ak_held_budget *budget)
{
    if (!stream->started) {
        stream->started = true;
        stream->next = arrival->sequence;
    }
    int32_t ahead = distance(stream->next, arrival->sequence);
    if (distance(stream->next, arrival->sequence + arrival->wire_size) <= 0 && ahead < 0)
        return AK_ARRIVAL_OLD;
    if (ahead <= 0) {
        deliver(stream, side, *arrival, sink);
        if (stream->held != NULL)
            drain(stream, side, sink, budget);
        return AK_ARRIVAL_NEW;
    }
    enum ak_arrival_kind kind = hold(stream, arrival, budget);
    while (stream->held != NULL && too_much_held(stream, budget))
        give_up_gap(stream, side, sink, budget);
    return kind;
}

void ak_stream_acked(struct ak_stream *stream, enum ak_side side, uint32_t acknowledgement,
                     bool with_data, const struct ak_stream_sink *sink,
                     struct ak_held_budget *budget)
{
    if (!ak_stream_note_ack(stream, acknowledgement))
        return;
    stream->gap_frames += with_data ? ANSWER_WEIGHT : 1;
    if (stream->gap_frames > PATIENCE_FRAMES && peer_has_it(stream))
        give_up_gap(stream, side, sink, budget);
}

void ak_stream_flush(struct ak_stream *stream, enum ak_side side, const struct ak_stream_sink *sink,
                     struct ak_held_budget *budget)
{
    while (stream->held != NULL)
        give_up_gap(stream, side, sink, budget);
    int64_t missing = 0;
    if (stream->started && stream->has_fin)
        missing = distance(stream->next, stream->fin_at);
    else if (stream->started && stream->has_acked)
        missing =
            (int64_t)distance(stream->next, stream->acked) - 1; /* 1: a FIN that was missed too */
    if (missing > 0 && missing < MOST_MISSING)
        sink->gap(sink->context, side, (uint64_t)missing);
}

void ak_stream_drop(struct ak_stream *stream, struct ak_held_budget *budget)
{
    while (stream->held != NULL)
        pop_held(stream, budget);
}
