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
    table->made = 0;
    ak_index_release(&table->flows);
}

struct ak_flow *ak_flow_find(const struct ak_flow_table *table, const struct ak_flow_key *key,
                             uint64_t hash)
{
    struct ak_flow *flow;
    uint64_t at = hash;
    while ((flow = ak_index_next(&table->flows, hash, &at)) != NULL)
        if (ak_flow_key_same(&flow->key, key))
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
        table->made += SLAB;
    }
    return &table->slabs->flows[SLAB - table->unused--];
}

struct ak_flow *ak_flow_add(struct ak_flow_table *table, const struct ak_flow_key *key,
                            uint64_t hash)
{
    struct ak_flow *flow = table->spare;
    if (flow != NULL) {
        table->spare = flow->next;
        memset(flow, 0, offsetof(struct ak_flow, seen.letters)); /* their count alone matters */
        flow->seen.letters.count = 0;
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
    flow->key.version = 0; /* no packet's: ak_flow_is */
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
