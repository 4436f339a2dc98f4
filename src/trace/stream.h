/* TCP reassembly of one direction: in order without copies, out of order within bounds.
 *
 * RFC 9293 3.4. Where segments overlap, what was delivered stays; of those that wait, the one that
 * starts earlier wins, and of equal starts the first. A gap is given up when the receiver has
 * acknowledged what lies behind it (so the bytes were on the wire and the capture missed them),
 * when too much waits behind it, or at the conversation's end.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_TRACE_STREAM_H
#define AK_TRACE_STREAM_H

#include "trace/flow.h"

/* Where in-order bytes go. */
struct ak_stream_sink {
    void *context;
    void (*bytes)(void *context, enum ak_side side, struct ak_span bytes, uint64_t frame,
                  int64_t time);
    void (*gap)(void *context, enum ak_side side, uint64_t size);
};

/* Bytes held out of order by all streams of one trace, so that they stay bounded together. */
struct ak_held_budget {
    size_t used, most;
};

struct ak_arrival {
    uint32_t sequence;
    struct ak_span bytes; /* captured */
    uint32_t wire_size;   /* >= bytes.size: the rest is missing from the capture */
    uint64_t frame;
    int64_t time;
};

enum ak_arrival_kind { AK_ARRIVAL_NEW, AK_ARRIVAL_OLD };

/* Nothing waits, and this is what comes next. */
static inline bool ak_stream_is_next(const struct ak_stream *stream, uint32_t sequence)
{
    return stream->started && stream->held == NULL && sequence == stream->next;
}

/* Notes an acknowledgement; true: something waits behind a gap, which ak_stream_acked may give up.
 */
static inline bool ak_stream_note_ack(struct ak_stream *stream, uint32_t acknowledgement)
{
    const bool ahead = (int32_t)(acknowledgement - stream->acked) > 0;
    const uint32_t kept = ahead ? acknowledgement : stream->acked;
    stream->acked = stream->has_acked ? kept : acknowledgement;
    stream->has_acked = true;
    return stream->held != NULL;
}

/* Takes one segment with payload. OLD: every byte of it had arrived before. */
enum ak_arrival_kind ak_stream_push(struct ak_stream *stream, enum ak_side side,
                                    const struct ak_arrival *arrival,
                                    const struct ak_stream_sink *sink,
                                    struct ak_held_budget *budget);
/* The receiver acknowledged up to this sequence number, with a segment that carries data or not:
 * data that answers what lies behind a gap is stronger evidence than a bare acknowledgement, which
 * a capture may show too early. */
void ak_stream_acked(struct ak_stream *stream, enum ak_side side, uint32_t acknowledgement,
                     bool with_data, const struct ak_stream_sink *sink,
                     struct ak_held_budget *budget);
/* Gives up every gap and delivers what is held; a FIN, or an acknowledgement, that lies further on
 * shows that the capture missed the last bytes. */
void ak_stream_flush(struct ak_stream *stream, enum ak_side side, const struct ak_stream_sink *sink,
                     struct ak_held_budget *budget);
/* Frees what is held without delivering it. */
void ak_stream_drop(struct ak_stream *stream, struct ak_held_budget *budget);

#endif
