/* What the rooms of the tracker share: trace.c (frames), segment.c (one segment of a conversation)
 * and hand_out.c (conversations leave). Nobody else includes it. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_TRACE_TRACE_STATE_H
#define AK_TRACE_TRACE_STATE_H

#include "codec/encapsulation.h"
#include "trace/browser.h"
#include "trace/departed.h"
#include "trace/dialogue.h"
#include "trace/flow.h"
#include "trace/fragments.h"
#include "trace/incoming.h"
#include "trace/linger.h"
#include "trace/stream.h"
#include "trace/trace.h"

enum { AK_TRACE_BATCH = 16 };

/* Conversations that are over wait for late frames. Where both sides have acknowledged each other's
 * FIN, no such frame tells why it ended, so fewer of these wait when many end at once. */
enum ak_wait { AK_WAIT_ENDED, AK_WAIT_SETTLED, AK_WAITS };

struct ak_trace {
    ak_conversation_sink *sink, *announce, *follow; /* announce, follow: or NULL */
    void *context;
    struct ak_flow_table table;
    struct ak_linger linger[AK_WAITS]; /* marked 1, 2 ... */
    struct ak_departed *departed;      /* NULL until one left early */
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
    int64_t now; /* latest time seen in the capture */
    int64_t due; /* when somebody in `linger` has waited for long enough, or earlier */
    int64_t patience, retry_gap, silence, pause; /* nanoseconds */
    int64_t until; /* the capture is known to reach to here, or INT64_MIN */
    size_t most_memory;
    bool filtered;
    struct ak_filter filter;
    const struct ak_frame *raw; /* being read, unless its segment takes the short way */
    bool reassembled;           /* its last fragment is in `raw`; false of a plain frame */
    struct ak_layers layers; /* what lies around its innermost IP packet; none of a plain frame */
    struct ak_incoming batch[AK_TRACE_BATCH];
    struct ak_frame frames[AK_TRACE_BATCH]; /* of the batch, when it was read from a window */
};

/* ---- segment.c ---- */

/* The dialogue of this flow, as where in-order bytes go. */
struct ak_stream_sink ak_flow_sink(struct ak_flow *flow);
/* The segment of a plain frame, whose flow is found or opened. */
void ak_trace_segment(struct ak_trace *trace, const struct ak_incoming *in);
/* Any segment, parsed, and its flow, if there is one; of `in` the key, its hash and the direction
 * are read. `raw` and `layers` tell the frame around it. */
void ak_trace_any_segment(struct ak_trace *trace, const struct ak_incoming *in,
                          struct ak_flow *flow, const struct ak_ip_packet *ip,
                          const struct ak_tcp_segment *tcp);

/* ---- trace.c ---- */

/* A frame that is not plain, or has a fault. */
void ak_trace_any_frame(struct ak_trace *trace, const struct ak_frame *frame);

/* ---- hand_out.c ---- */

/* The conversation is over, or over for us: the sink gets it, and its flow is free. */
void ak_trace_hand_out(struct ak_trace *trace, struct ak_flow *flow);
/* The conversation, if it waited for late frames, does not any more. */
void ak_trace_resume(struct ak_trace *trace, struct ak_flow *flow);
/* The conversation waits, as what both sides said of its end asks for; false: memory. */
AK_MUST_USE bool ak_trace_wait(struct ak_trace *trace, struct ak_flow *flow, enum ak_wait wait);
/* Hands out what has waited long enough for late frames. */
void ak_trace_expire(struct ak_trace *trace);
/* Room for one more: first of what is over, then of the oldest that are open, some at a time. */
void ak_trace_evict(struct ak_trace *trace);
/* Memory is short: evicts until it is not. */
void ak_trace_shed(struct ak_trace *trace);

#endif
