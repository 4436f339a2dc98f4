/* Conversations that are over and wait for late frames, in the order of their last frames.
 *
 * A queue of (conversation, last frame) pairs: a late frame adds another pair, and the one that it
 * makes stale is passed over when its turn comes. So a frame of a conversation touches no other
 * one, as it would in a linked list.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_TRACE_LINGER_H
#define AK_TRACE_LINGER_H

#include "trace/flow.h"

struct ak_linger_entry {
    struct ak_flow *flow;
    uint64_t frame;
    int64_t time; /* of that frame */
};

struct ak_linger {
    struct ak_linger_entry *entries; /* a ring */
    size_t first, count, room;       /* room: a power of two, or 0 */
    size_t flows;                    /* conversations that wait: entries that are not stale */
    size_t most;                     /* of them, before the first ones leave early */
    int64_t patience;                /* nanoseconds that one waits */
    int64_t due;                     /* when the one at the front has waited for long enough */
    uint8_t mark;                    /* in `closed` of the conversations that wait here; not 0 */
};

void ak_linger_init(struct ak_linger *linger, uint8_t mark, int64_t patience, size_t most);
/* Frees the queue. Zeroed memory may be released too. */
void ak_linger_release(struct ak_linger *linger);
/* The conversation, which waits nowhere else, is over since, or again after, its last frame. False
 * when memory lacks: it does not wait then. */
AK_MUST_USE bool ak_linger_add(struct ak_linger *linger, struct ak_flow *flow);
/* One that waits here goes on, or is handed out otherwise. */
void ak_linger_remove(struct ak_linger *linger, struct ak_flow *flow);
/* The one that waits longest; NULL: none. */
struct ak_flow *ak_linger_oldest(struct ak_linger *linger);
/* Behind this time somebody has waited for long enough, or too many wait. May be a stale one's;
 * then ak_linger_due tells. */
static inline int64_t ak_linger_when(const struct ak_linger *linger)
{
    return linger->flows > linger->most ? INT64_MIN : linger->due;
}
/* The next one that has waited for long enough, or is one of more than `left`; or NULL. It stays
 * until it is removed. */
struct ak_flow *ak_linger_due(struct ak_linger *linger, int64_t now, size_t left);

#endif
