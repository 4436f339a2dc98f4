/* Two captures of one connection: which conversations of different captures are the same TCP
 * connection, how far the captures' clocks are apart, and what only both together tell.
 *
 * A bounded record is kept of each conversation; pairs are made at the end. The same connection is
 * told by the initial sequence numbers of both sides, whatever addresses and ports say. Where a
 * firewall rewrote one of them, the other one, the first bytes of both sides and one whole end must
 * agree. Two readings of one recording are no pair.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_OBSERVE_JOIN_H
#define AK_OBSERVE_JOIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "observe/conversation.h"

struct ak_join;

/* Where a RST or FIN of one side came from. */
enum ak_end_origin {
    AK_END_UNKNOWN, /* it was not seen, or the captures do not tell */
    AK_END_SENT,    /* the capture at its sender shows it too */
    AK_END_FORGED   /* the capture at its alleged sender goes on and never shows it */
};

/* Bytes of one side that its own capture shows and the other one does not. */
struct ak_vanished {
    uint64_t bytes;   /* 0: none */
    uint64_t from;    /* of the first one, counted from 1 as the side's first byte */
    uint64_t packets; /* of that side that did not arrive, as far as numbers tell */
    uint16_t large;   /* size of what was repeated in vain, when nothing of that size arrived */
    bool sent_here;   /* this conversation's capture has them; else the other one has */
};

/* What the other capture says of one conversation. */
struct ak_joint {
    uint64_t id; /* of the other conversation */
    const struct ak_source *source;
    uint64_t first_frame, last_frame; /* in its capture */
    int64_t offset;                   /* nanoseconds that the other capture's clock is ahead */
    enum ak_side near;                /* side that this conversation's capture is nearer to */
    bool third;                       /* two earlier captures show the connection already */
    bool translated[AK_SIDES];        /* the other capture shows another address or port */
    struct ak_endpoint end[AK_SIDES]; /* as the other one shows them */
    enum ak_end_origin rst[AK_SIDES], fin[AK_SIDES];   /* of those that this conversation shows */
    uint64_t rst_frame[AK_SIDES], fin_frame[AK_SIDES]; /* in the other capture; 0: none */
    struct ak_vanished vanished[AK_SIDES];
    bool arrived[AK_SIDES]; /* the side sent something, and all of it reached the other capture */
};

/* Two captures that have connections in common. */
struct ak_joined_captures {
    const struct ak_source *first, *second; /* as they were read */
    enum ak_side first_near; /* side that the first is nearer to; AK_SIDE_NONE: not known */
    int64_t offset;          /* nanoseconds that the second's clock is ahead */
    int64_t spread; /* half the way there and back: the offset is right to within this much */
    uint64_t connections, translated;
    uint64_t vanishing[AK_SIDES]; /* connections in which bytes of that side were lost between */
    uint64_t forged;              /* connections that something between them reset or closed */
    uint32_t capture[2];
};

struct ak_join *ak_join_new(struct ak_hash_key key);
void ak_join_free(struct ak_join *join);

/* Takes in one conversation; nothing of it is borrowed but its source. */
void ak_join_add(struct ak_join *join, const struct ak_conversation *conversation);
/* Makes the pairs. Afterwards nothing may be added. */
void ak_join_finish(struct ak_join *join);

/* After _finish. False: the conversation has no other side. */
bool ak_join_find(const struct ak_join *join, uint64_t id, struct ak_joint *joint);
/* After _finish: captures in common, in the order of their first connections. */
size_t ak_join_captures(const struct ak_join *join);
const struct ak_joined_captures *ak_join_captures_at(const struct ak_join *join, size_t index);
/* Conversations that were not kept for want of room or memory. */
uint64_t ak_join_lost(const struct ak_join *join);

#endif
