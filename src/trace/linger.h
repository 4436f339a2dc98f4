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
};

void ak_linger_release(struct ak_linger *linger);
/* The conversation is over since, or again after, its last frame. False when memory lacks: it does
 * not wait then. */
AK_MUST_USE bool ak_linger_add(struct ak_linger *linger, struct ak_flow *flow);
/* It goes on, or is handed out otherwise. */
void ak_linger_remove(struct ak_linger *linger, struct ak_flow *flow);
/* The one that waits longest; NULL: none. */
struct ak_flow *ak_linger_oldest(struct ak_linger *linger);
/* Has the one at the front waited for longer than `patience`, or do more than `most` wait? May say
 * yes of a stale one; then ak_linger_due tells. */
static inline bool ak_linger_may_be_due(const struct ak_linger *linger, int64_t now,
                                        int64_t patience, size_t most)
{
    return linger->count != 0 &&
           (now - linger->entries[linger->first].time > patience || linger->flows > most);
}
/* The next one that is due, or NULL. It stays until it is removed. */
struct ak_flow *ak_linger_due(struct ak_linger *linger, int64_t now, int64_t patience, size_t most);

#endif
