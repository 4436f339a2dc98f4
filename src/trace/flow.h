/* The tracker's state of one conversation, and the table that finds it by addresses and ports. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_TRACE_FLOW_H
#define AK_TRACE_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/hash.h"
#include "base/index.h"
#include "base/pool.h"
#include "observe/conversation.h"

struct ak_dialogue;
struct ak_held;

/* Both ends in a fixed order, so that both directions find the same flow. */
struct ak_flow_key {
    uint64_t first; /* IPv4: both addresses, the low end's in its low half; IPv6: a part of one */
    uint64_t rest;  /* low end's port << 24 | high end's port << 8 | IP version: 0 is no packet's */
    uint64_t more[3]; /* of IPv6; of IPv4 they mean nothing */
};

/* One direction of the TCP stream. Sequence numbers as in RFC 9293, compared by difference. */
struct ak_stream {
    /* What every segment touches. */
    uint32_t next;  /* first byte not yet delivered */
    uint32_t place; /* of the first byte of the delivery under way */
    uint32_t acked; /* highest acknowledgement that the peer sent for this direction */
    bool started, has_acked, has_fin, has_isn;
    struct ak_held *held; /* sorted, not overlapping the delivered part */
    int64_t last_data;    /* time of the last new payload */

    int64_t last_probe; /* time of the last keep-alive or retransmission that counted as a try */
    struct ak_held *held_last;
    uint16_t held_count;
    uint32_t held_bytes;
    uint32_t gap_frames; /* frames of the flow since the oldest held segment waits */
    uint32_t isn;
    uint32_t fin_at; /* sequence number of the FIN, when has_fin */
    uint64_t fin_frame;
    int64_t fin_time;
    uint64_t rst_frame;
    int64_t rst_time;
};

struct ak_flow {
    struct ak_flow_key key;
    uint64_t hash;
    uint8_t closed; /* waits for late frames, in the queue of this mark: linger.h */
    uint8_t
        client_direction; /* direction (0: the sender is the key's low end) that is the client's */
    bool direction_known;
    bool spoke;      /* somebody sent payload */
    bool said;       /* all: both FINs are here, and every byte before them */
    bool untroubled; /* a segment that only goes on takes the short way: segment.c */
    /* At the first FIN or RST: who closed, and how long the closer had been waiting. */
    bool first_end_waited;
    enum ak_side last_speaker;
    enum ak_side first_end_by;
    struct ak_dialogue *dialogue; /* NULL until somebody speaks, and when all has been said */
    struct ak_stream stream[AK_SIDES];
    uint64_t first_end_frame;
    struct ak_conversation seen;
    struct ak_tls_seen tls; /* seen.tls, once TLS was seen */
};

struct ak_flow_table {
    struct ak_hash_key key;
    struct ak_index flows;  /* struct ak_flow; at most AK_MAX_OPEN_CONVERSATIONS */
    struct ak_pool room;    /* of the flows */
    struct ak_flow *nobody; /* in no index: whose key no packet has */
};

bool ak_flow_table_init(struct ak_flow_table *table, struct ak_hash_key key);
void ak_flow_table_release(struct ak_flow_table *table);

static inline bool ak_flow_swaps(uint32_t ports)
{
    return ports >> 16 > (ports & 0xffff);
}

/* The addresses of IPv6; true: the source is the high end. */
static inline bool ak_flow_key_six(struct ak_flow_key *key, const uint8_t *source,
                                   const uint8_t *destination, uint32_t ports)
{
    uint64_t s[2], d[2];
    memcpy(s, source, sizeof s);
    memcpy(d, destination, sizeof d);
    bool swap = s[1] > d[1] || (s[1] == d[1] && s[0] > d[0]);
    if (AK_UNLIKELY(s[1] == d[1] && s[0] == d[0]))
        swap = ak_flow_swaps(ports);
    key->first = swap ? d[1] : s[1];
    key->more[0] = swap ? d[0] : s[0];
    key->more[1] = swap ? s[1] : d[1];
    key->more[2] = swap ? s[0] : d[0];
    return swap;
}

/* The addresses of IPv4; likewise. */
static AK_ALWAYS_INLINE bool ak_flow_key_four(struct ak_flow_key *key, const uint8_t *source,
                                              const uint8_t *destination, uint32_t ports)
{
    uint32_t s, d;
    memcpy(&s, source, sizeof s);
    memcpy(&d, destination, sizeof d);
    const uint64_t pair = (uint64_t)d << 32 | s, turned = (uint64_t)s << 32 | d;
    bool swap = turned < pair;
    key->first = swap ? turned : pair;
    if (AK_UNLIKELY(turned == pair))
        swap = ak_flow_swaps(ports);
    return swap;
}

/* Key of a packet; *direction is 0 when the source is the key's low end. Addresses of 4 or 16
 * bytes by version; ports: the source's << 16 | the destination's. */
static AK_ALWAYS_INLINE void ak_flow_key_make(struct ak_flow_key *key, unsigned version,
                                              const uint8_t *source, const uint8_t *destination,
                                              uint32_t ports, unsigned *direction)
{
    const bool swap = AK_UNLIKELY(version == 6) ? ak_flow_key_six(key, source, destination, ports)
                                                : ak_flow_key_four(key, source, destination, ports);
    /* Which end is the lower one is anybody's guess: no branch. */
    const uint32_t turned = ports << 16 | ports >> 16;
    *direction = swap;
    key->rest = (uint64_t)(ports ^ ((ports ^ turned) & (0 - (uint32_t)swap))) << 8 | version;
}

static inline uint64_t ak_flow_hash(const struct ak_flow_table *table,
                                    const struct ak_flow_key *key)
{
    uint64_t hash = ak_hash_fold(key->first ^ table->key.k0, key->rest ^ table->key.k1);
    if (AK_UNLIKELY((key->rest & 0xff) == 6)) {
        hash += ak_hash_fold(key->more[0] ^ table->key.k1, key->more[1] ^ table->key.k0);
        hash = ak_hash_fold(hash ^ table->key.k1, key->more[2] ^ table->key.k0);
    }
    return ak_hash_fold(hash ^ table->key.k1, table->key.k0 | 1);
}

static inline bool ak_flow_key_same(const struct ak_flow_key *a, const struct ak_flow_key *b)
{
    return a->rest == b->rest && a->first == b->first &&
           (AK_LIKELY((a->rest & 0xff) == 4) || memcmp(a->more, b->more, sizeof a->more) == 0);
}

struct ak_flow *ak_flow_find(const struct ak_flow_table *table, const struct ak_flow_key *key,
                             uint64_t hash);
/* A zeroed flow under this key, replacing none: the caller removed any older one. NULL: memory,
 * or full. */
struct ak_flow *ak_flow_add(struct ak_flow_table *table, const struct ak_flow_key *key,
                            uint64_t hash);
/* Takes the flow out of the table and keeps its memory for the next one. Memory goes back when the
 * table is released. */
void ak_flow_remove(struct ak_flow_table *table, struct ak_flow *flow);

/* Memory that is kept for the next flows. */
static inline size_t ak_flow_spare_bytes(const struct ak_flow_table *table)
{
    return ak_pool_spare_bytes(&table->room);
}

/* All flows, those with the oldest last frame first; freed by ak_free. NULL: memory, or none. */
struct ak_flow **ak_flow_by_age(const struct ak_flow_table *table);

/* The flow that may have this hash, or nobody when none is near its place; memory is asked for what
 * every segment of it touches: the key, both streams, the conversation's counters, the first
 * letters. ak_index_prefetch comes first, some time before. */
static AK_ALWAYS_INLINE struct ak_flow *ak_flow_prefetch(const struct ak_flow_table *table,
                                                         uint64_t hash)
{
    enum { HOT = offsetof(struct ak_flow, seen.letters.head) };
    struct ak_flow *flow = ak_index_near(&table->flows, hash, table->nobody);
    for (size_t i = 0; i < HOT; i += 64)
        AK_PREFETCH((const char *)flow + i);
    return flow;
}

#endif
