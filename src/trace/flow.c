/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/flow.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#include "base/banned.h"

bool ak_flow_table_init(struct ak_flow_table *table, struct ak_hash_key key)
{
    memset(table, 0, sizeof *table);
    table->key = key;
    ak_pool_init(&table->room, sizeof(struct ak_flow));
    table->nobody = ak_pool_take(&table->room);
    if (table->nobody == NULL)
        return false;
    memset(table->nobody, 0, sizeof *table->nobody);
    return ak_index_init(&table->flows, AK_MAX_OPEN_CONVERSATIONS);
}

void ak_flow_table_release(struct ak_flow_table *table)
{
    ak_pool_release(&table->room);
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

struct ak_flow *ak_flow_add(struct ak_flow_table *table, const struct ak_flow_key *key,
                            uint64_t hash)
{
    enum { BEHIND = offsetof(struct ak_flow, seen.letters) + sizeof(struct ak_letters) };
    struct ak_flow *flow = ak_pool_take(&table->room);
    if (flow == NULL)
        return NULL;
    memset(flow, 0, offsetof(struct ak_flow, seen.letters.head)); /* their count alone matters */
    memset((uint8_t *)flow + BEHIND, 0, offsetof(struct ak_flow, tls) - BEHIND);
    flow->key = *key;
    flow->hash = hash;
    if (ak_index_add(&table->flows, hash, flow))
        return flow;
    ak_pool_give(&table->room, flow);
    return NULL;
}

void ak_flow_remove(struct ak_flow_table *table, struct ak_flow *flow)
{
    ak_index_remove(&table->flows, flow->hash, flow);
    flow->key.rest = 0; /* no packet's: it may be prefetched yet */
    ak_pool_give(&table->room, flow);
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
