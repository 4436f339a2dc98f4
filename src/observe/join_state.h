/* What join.c, join_pairs.c and joint.c share; nobody else includes it. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_OBSERVE_JOIN_STATE_H
#define AK_OBSERVE_JOIN_STATE_H

#include <string.h>

#include "base/index.h"
#include "base/limits.h"
#include "observe/join.h"

enum { AK_JOIN_NOBODY = 0xffffffff }; /* as the number of a record */

/* Moments of one connection that both captures can show; 0: not seen. */
enum ak_join_moment {
    AK_JOIN_SYN,
    AK_JOIN_CLIENT_DATA,
    AK_JOIN_SYN_ACK,
    AK_JOIN_SERVER_DATA,
    AK_JOIN_MOMENTS
};

struct ak_join_side {
    uint8_t address[16];
    uint64_t print, random;
    int64_t rst_time, fin_time;
    uint32_t rst_frame, fin_frame;
    uint32_t isn, sent, packets;
    uint16_t port, again, late;
    uint8_t ttl;
    bool has_isn;
};

struct ak_join_record {
    uint64_t id;
    const struct ak_source *source;
    int64_t last_time, reach;
    int64_t moment[AK_JOIN_MOMENTS];
    uint32_t capture, first_frame, last_frame;
    uint32_t mate, leader; /* numbers of records; AK_JOIN_NOBODY */
    uint32_t in;           /* of the pair's captures in captures[] */
    uint8_t version;
    bool hole; /* bytes are missing, or it was handed out early */
    struct ak_join_side side[AK_SIDES];
};

struct ak_join {
    struct ak_hash_key key;
    struct ak_join_record *records;
    size_t count, room;
    struct ak_index by_isn; /* records, under each side's number */
    struct ak_index by_id;  /* records with a mate */
    struct ak_joined_captures *captures;
    int64_t *votes; /* for each of captures[]: above 0 the first is nearer to the client */
    size_t capture_count;
    uint64_t lost;
};

static inline bool ak_join_same_address(const struct ak_join_record *a,
                                        const struct ak_join_record *b, int side)
{
    return a->version == b->version && a->side[side].port == b->side[side].port &&
           memcmp(a->side[side].address, b->side[side].address, 16) == 0;
}

/* Finds mates. */
void ak_join_pair(struct ak_join *join);
/* Clocks and places of the captures, from all pairs. */
void ak_join_measure(struct ak_join *join);
/* Above 0: `a` was captured nearer to the client than `b`; 0: nothing tells. */
int ak_join_nearer(const struct ak_join_record *a, const struct ak_join_record *b);
/* What `other` says of `mine`. */
void ak_join_compare(const struct ak_join *join, const struct ak_join_record *mine,
                     const struct ak_join_record *other, struct ak_joint *joint);

#endif
