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

/* Both ends in a fixed order, so that both directions find the same flow. IPv4 addresses are
 * written as ::ffff:a.b.c.d. */
struct ak_flow_key {
    uint64_t low[2], high[2];
    uint64_t rest; /* low end's port << 24 | high end's port << 8 | IP version: 0 is no packet's */
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
    uint8_t closed;           /* waits for late frames, in the queue of this mark: linger.h */
    uint8_t client_direction; /* direction (0: sender is key.low) that is the client's */
    bool direction_known;
    bool spoke;      /* somebody sent payload */
    bool said;       /* all: both FINs are here, and every byte before them */
    bool settled_in; /* a segment that only goes on takes the short way: segment.c */
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

/* ::ffff:a.b.c.d in two words of memory order. */
static AK_ALWAYS_INLINE void ak_flow_address(uint64_t out[2], unsigned version,
                                             const uint8_t *address)
{
    if (AK_UNLIKELY(version == 6)) {
        memcpy(out, address, 16);
        return;
    }
    uint8_t mapped[8] = {0, 0, 0xff, 0xff, address[0], address[1], address[2], address[3]};
    out[0] = 0;
    memcpy(&out[1], mapped, sizeof mapped);
}

/* Key of a packet; *direction is 0 when the source is the key's low end. Addresses of 4 or 16
 * bytes by version; ports: the source's << 16 | the destination's. */
static AK_ALWAYS_INLINE void ak_flow_key_make(struct ak_flow_key *key, unsigned version,
                                              const uint8_t *source, const uint8_t *destination,
                                              uint32_t ports, unsigned *direction)
{
    uint64_t s[2], d[2];
    ak_flow_address(s, version, source);
    ak_flow_address(d, version, destination);
    bool swap = s[1] > d[1];
    if (AK_UNLIKELY(s[1] == d[1]))
        swap = s[0] != d[0] ? s[0] > d[0] : ports >> 16 > (ports & 0xffff);
    /* Which end is the lower one is anybody's guess: no branch. */
    const uint64_t mask = 0 - (uint64_t)swap, x0 = (s[0] ^ d[0]) & mask, x1 = (s[1] ^ d[1]) & mask;
    const uint32_t turned = ports << 16 | ports >> 16;
    *direction = swap;
    key->low[0] = s[0] ^ x0;
    key->low[1] = s[1] ^ x1;
    key->high[0] = d[0] ^ x0;
    key->high[1] = d[1] ^ x1;
    key->rest = (uint64_t)(ports ^ ((ports ^ turned) & (uint32_t)mask)) << 8 | version;
}

static inline uint64_t ak_flow_hash(const struct ak_flow_table *table,
                                    const struct ak_flow_key *key)
{
    uint64_t hash = ak_hash_fold(key->low[1] ^ table->key.k0, key->high[1] ^ table->key.k1);
    if (AK_UNLIKELY((key->rest & 0xff) == 6))
        hash += ak_hash_fold(key->low[0] ^ table->key.k1, key->high[0] ^ table->key.k0);
    return ak_hash_fold(hash ^ table->key.k1, key->rest ^ table->key.k0);
}

static inline bool ak_flow_key_same(const struct ak_flow_key *a, const struct ak_flow_key *b)
{
    /* Of IPv4 the other words are all the same. */
    return a->rest == b->rest && a->low[1] == b->low[1] && a->high[1] == b->high[1] &&
           (AK_LIKELY((a->rest & 0xff) == 4) ||
            (a->low[0] == b->low[0] && a->high[0] == b->high[0]));
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
