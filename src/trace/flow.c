/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/flow.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#include "base/banned.h"

/* Flows are allocated by the dozen: one request, and neighbours in memory. */
enum { SLAB = 32 };

struct ak_flow_slab {
    struct ak_flow_slab *next;
    struct ak_flow flows[SLAB];
};

bool ak_flow_table_init(struct ak_flow_table *table, struct ak_hash_key key)
{
    memset(table, 0, sizeof *table);
    table->key = key;
    return ak_index_init(&table->flows, AK_MAX_OPEN_CONVERSATIONS);
}

void ak_flow_table_release(struct ak_flow_table *table)
{
    while (table->slabs != NULL) {
        struct ak_flow_slab *next = table->slabs->next;
        ak_free(table->slabs);
        table->slabs = next;
    }
    table->spare = NULL;
    table->unused = 0;
    ak_index_release(&table->flows);
}

/* ::ffff:a.b.c.d in two words of memory order. */
static inline void map_address(uint64_t out[2], unsigned version, const uint8_t *address)
{
    if (version == 6) {
        memcpy(out, address, 16);
        return;
    }
    uint8_t mapped[8] = {0, 0, 0xff, 0xff};
    memcpy(mapped + 4, address, 4);
    out[0] = 0;
    memcpy(&out[1], mapped, sizeof mapped);
}

void ak_flow_key_make(struct ak_flow_key *key, unsigned version, const uint8_t *source,
                      uint16_t source_port, const uint8_t *destination, uint16_t destination_port,
                      unsigned *direction)
{
    uint64_t s[2], d[2];
    map_address(s, version, source);
    map_address(d, version, destination);
    bool swap = s[1] != d[1]   ? s[1] > d[1]
                : s[0] != d[0] ? s[0] > d[0]
                               : source_port > destination_port;
    *direction = swap;
    key->version = version;
    memcpy(key->low, swap ? d : s, sizeof key->low);
    memcpy(key->high, swap ? s : d, sizeof key->high);
    key->low_port = swap ? destination_port : source_port;
    key->high_port = swap ? source_port : destination_port;
}

uint64_t ak_flow_hash(const struct ak_flow_table *table, const struct ak_flow_key *key)
{
    uint64_t ports = (uint64_t)key->low_port << 32 | (uint64_t)key->high_port << 8 | key->version;
    uint64_t hash = ak_hash_fold(key->low[1] ^ table->key.k0, key->high[1] ^ table->key.k1);
    if (key->version == 6)
        hash += ak_hash_fold(key->low[0] ^ table->key.k1, key->high[0] ^ table->key.k0);
    return ak_hash_fold(hash ^ table->key.k1, ports ^ table->key.k0);
}

static bool same_key(const struct ak_flow_key *a, const struct ak_flow_key *b)
{
    return a->low[0] == b->low[0] && a->low[1] == b->low[1] && a->high[0] == b->high[0] &&
           a->high[1] == b->high[1] && a->low_port == b->low_port && a->high_port == b->high_port &&
           a->version == b->version;
}

struct ak_flow *ak_flow_find(const struct ak_flow_table *table, const struct ak_flow_key *key,
                             uint64_t hash)
{
    struct ak_flow *flow;
    uint64_t at = hash;
    while ((flow = ak_index_next(&table->flows, hash, &at)) != NULL)
        if (same_key(&flow->key, key))
            break;
    return flow;
}

static void set_aside(struct ak_flow_table *table, struct ak_flow *flow)
{
    flow->next = table->spare;
    table->spare = flow;
}

static struct ak_flow *new_flow(struct ak_flow_table *table)
{
    if (table->unused == 0) {
        struct ak_flow_slab *slab = ak_alloc(1, sizeof *slab);
        if (slab == NULL)
            return NULL;
        slab->next = table->slabs;
        table->slabs = slab;
        table->unused = SLAB;
    }
    return &table->slabs->flows[SLAB - table->unused--];
}

struct ak_flow *ak_flow_add(struct ak_flow_table *table, const struct ak_flow_key *key,
                            uint64_t hash)
{
    struct ak_flow *flow = table->spare;
    if (flow != NULL) {
        table->spare = flow->next;
        memset(flow, 0, sizeof *flow);
    } else if ((flow = new_flow(table)) == NULL) {
        return NULL;
    }
    flow->key = *key;
    flow->hash = hash;
    if (ak_index_add(&table->flows, hash, flow))
        return flow;
    set_aside(table, flow);
    return NULL;
}

void ak_flow_remove(struct ak_flow_table *table, struct ak_flow *flow)
{
    ak_index_remove(&table->flows, flow->hash, flow);
    set_aside(table, flow);
}

static int by_last_frame(const void *a, const void *b)
{
    const struct ak_flow *x = *(struct ak_flow *const *)a, *y = *(struct ak_flow *const *)b;
    return (x->seen.last_frame > y->seen.last_frame) - (x->seen.last_frame < y->seen.last_frame);
}

struct ak_flow **ak_flow_by_age(const struct ak_flow_table *table)
{
    size_t count = table->flows.count, n = 0;
    struct ak_flow **flows = count != 0 ? ak_alloc(count, sizeof(struct ak_flow *)) : NULL;
    if (flows == NULL)
        return NULL;
    for (size_t at = 0; n < count;)
        flows[n++] = ak_index_each(&table->flows, &at);
    qsort(flows, count, sizeof(struct ak_flow *), by_last_frame);
    return flows;
}

void ak_flow_prefetch(const struct ak_flow_table *table, uint64_t hash)
{
    uint64_t at = hash;
    const char *flow = ak_index_next(&table->flows, hash, &at);
    if (flow == NULL)
        return;
    /* What every segment touches: the key, both streams, the conversation's counters. */
    enum { HOT = offsetof(struct ak_flow, seen) + offsetof(struct ak_conversation, alert) };
    for (size_t i = 0; i < HOT; i += 64)
        AK_PREFETCH(flow + i);
}
