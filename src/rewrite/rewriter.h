/* Frames as they are handed over: what was said zeroed, names and addresses as pseudonyms.
 *
 * The inputs are read twice. The first time the trace tells what it understood and where in the
 * stream it lies; what of that may stay, and what takes the place of the rest, is noted. The second
 * time each frame's payload is made of zeros and of what was noted, by sequence number, so that
 * repeated and reordered segments agree. What nobody understood is zero. Lengths never change.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REWRITE_REWRITER_H
#define AK_REWRITE_REWRITER_H

#include "trace/tap.h"

struct ak_rewriter;

/* Without `changes` frames stay as they are, but for fragments, which are put together; one reading
 * is then enough. `key`: names become pseudonyms under it; NULL: they stay. NULL when out of
 * memory.
 */
struct ak_rewriter *ak_rewriter_new(bool changes, const char *key);
void ak_rewriter_free(struct ak_rewriter *rewriter);

/* The first reading: what a tap is told, of the conversations that will be written. */
void ak_rewriter_segment(struct ak_rewriter *rewriter, const struct ak_tap_segment *segment);
void ak_rewriter_part(struct ak_rewriter *rewriter, const struct ak_tap_part *part);
void ak_rewriter_end(struct ak_rewriter *rewriter, const struct ak_conversation *conversation);
/* Between the readings. */
void ak_rewriter_rewind(struct ak_rewriter *rewriter);
/* Conversations for which memory did not suffice: their frames are refused. */
uint64_t ak_rewriter_lost(const struct ak_rewriter *rewriter);

/* The second reading: a frame as it is to be written, valid until the next call. False: it is to be
 * left out. */
bool ak_rewriter_frame(struct ak_rewriter *rewriter, const struct ak_tap_segment *segment,
                       struct ak_frame *frame);
/* The address under which an end is written. */
void ak_rewriter_endpoint(const struct ak_rewriter *rewriter, struct ak_endpoint *end);

#endif
