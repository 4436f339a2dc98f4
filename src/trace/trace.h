/* The trace engine: frames in, finished conversations out, in bounded memory.
 *
 * Opens nothing and prints nothing. Conversations are handed out when they are over (both FINs or
 * a RST, and a while for late frames), in the order of their last frame; the rest at the file's
 * end. Ids count first frames.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_TRACE_TRACE_H
#define AK_TRACE_TRACE_H

#include <stdint.h>

#include "base/error.h"
#include "codec/capture_file.h"
#include "observe/conversation.h"
#include "observe/totals.h"
#include "trace/filter.h"
#include "trace/tap.h"

struct ak_trace;

/* Called once for each conversation; it is released when the call returns. */
typedef void ak_conversation_sink(void *context, const struct ak_conversation *conversation);

/* NULL when out of memory. `seed` keys the tables; any value gives the same output. */
struct ak_trace *ak_trace_new(uint64_t seed, ak_conversation_sink *sink, void *context);
void ak_trace_free(struct ak_trace *trace);

/* Called with a conversation a little before the sink gets it: time to ask memory for what will be
 * needed. Not for every one. */
void ak_trace_announce(struct ak_trace *trace, ak_conversation_sink *announce);
/* Called with each conversation after the sink; where many leave at a time, after the sink has had
 * several. So each of two long ways through a program stays in the processor's cache. */
void ak_trace_follow(struct ak_trace *trace, ak_conversation_sink *follow);
/* Memory that this process may take before conversations are handed out early, oldest first and
 * those that are over before others: bytes as ak_memory_used counts them. Default: no limit. What
 * is handed out open is told as evicted. */
void ak_trace_limit(struct ak_trace *trace, size_t bytes);
/* Frames that count, from now on; copied. */
void ak_trace_filter(struct ak_trace *trace, const struct ak_filter *filter);
/* Before reading: listens to segments and to the places of what is understood. Borrowed. */
void ak_trace_tap(struct ak_trace *trace, const struct ak_tap *tap);

/* A new capture begins with this file: what is held is handed out, frames are counted from 1. The
 * source is borrowed until the trace is freed. */
void ak_trace_file(struct ak_trace *trace, struct ak_source *source);
/* The next file of the same capture: conversations and the count of frames go on. */
void ak_trace_next_file(struct ak_trace *trace, struct ak_source *source);
/* A capture of its own in the same file: what is held is handed out, the count of frames goes on.
 */
void ak_trace_section(struct ak_trace *trace);
/* The latest time seen in the capture; INT64_MIN: no frame yet. */
int64_t ak_trace_now(const struct ak_trace *trace);
/* The capture went on until then, without a frame: how long nobody answered. */
void ak_trace_until(struct ak_trace *trace, int64_t time);
void ak_trace_frame(struct ak_trace *trace, const struct ak_frame *frame);
/* The same as one call for each of them, faster. Their bytes are borrowed for the call. */
void ak_trace_frames(struct ak_trace *trace, const struct ak_frame *frames, size_t count);
/* All frames that follow each other and lie whole in the window; how many. Their records take *used
 * bytes of it. 0: ak_capture_file_next tells what comes, which may be a frame. */
size_t ak_trace_capture(struct ak_trace *trace, struct ak_capture_file *file, struct ak_span window,
                        size_t *used);
/* ak_trace_frames in two steps (trace/incoming.h): the first may run on another thread, ahead of
 * the second. The frames and their bytes are borrowed until the second step is over. */
struct ak_incoming;
void ak_trace_look(const struct ak_trace *trace, const struct ak_frame *frames, size_t count,
                   struct ak_incoming *looked);
void ak_trace_looked(struct ak_trace *trace, struct ak_incoming *looked, size_t count);
/* Live: time has come so far, whether or not frames came. What is over is handed out. */
void ak_trace_tick(struct ak_trace *trace, int64_t time);
/* Live: looks at what is open. Conversations whose handshake is over are told once, as established
 * and with `told` set. Handed out is what nobody will go on with: not encrypted and silent since
 * `silent_since`, or silent since `lost_since` whatever it is. In the order of ids. */
void ak_trace_survey(struct ak_trace *trace, int64_t silent_since, int64_t lost_since,
                     ak_conversation_sink *open, void *context);
/* Conversations that are open now. */
size_t ak_trace_open(const struct ak_trace *trace);
/* Hands out every conversation that is still held. */
void ak_trace_flush(struct ak_trace *trace);

const struct ak_totals *ak_trace_totals_of(const struct ak_trace *trace);

#endif
