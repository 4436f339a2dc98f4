/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/flow.h"

#include <string.h>

#include "base/alloc.h"

#include "base/banned.h"

bool ak_flow_table_init(struct ak_flow_table *table, struct ak_hash_key key)
{
    memset(table, 0, sizeof *table);
    table->key = key;
    return ak_index_init(&table->flows, AK_MAX_OPEN_CONVERSATIONS);
}

void ak_flow_table_release(struct ak_flow_table *table)
{
    while (table->spare != NULL) {
        struct ak_flow *next = table->spare->next;
        ak_free(table->spare);
        table->spare = next;
    }
    ak_index_release(&table->flows);
}

static void map_address(uint64_t out[2], unsigned version, const uint8_t *address)
{
    if (version == 6) {
        memcpy(out, address, 16);
        return;
    }
    uint8_t mapped[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0};
    memcpy(mapped + 12, address, 4);
    memcpy(out, mapped, 16);
}

void ak_flow_key_make(struct ak_flow_key *key, unsigned version, const uint8_t *source,
                      uint16_t source_port, const uint8_t *destination, uint16_t destination_port,
                      unsigned *direction)
{
    uint64_t s[2], d[2];
    map_address(s, version, source);
    map_address(d, version, destination);
    bool swap;
    if (s[0] != d[0])
        swap = s[0] > d[0];
    else if (s[1] != d[1])
        swap = s[1] > d[1];
    else
        swap = source_port > destination_port;
    *direction = swap;
    key->version = version;
    memcpy(key->low, swap ? d : s, sizeof key->low);
    memcpy(key->high, swap ? s : d, sizeof key->high);
    key->low_port = swap ? destination_port : source_port;
    key->high_port = swap ? source_port : destination_port;
}

uint64_t ak_flow_hash(const struct ak_flow_table *table, const struct ak_flow_key *key)
{
    uint64_t hash = table->key.k0;
    hash = ak_hash_mix(hash, key->low[0]);
    hash = ak_hash_mix(hash, key->low[1] + table->key.k1);
    hash = ak_hash_mix(hash, key->high[0]);
    hash = ak_hash_mix(hash, key->high[1] ^ table->key.k1);
    hash = ak_hash_mix(hash, (uint64_t)key->low_port << 32 | (uint64_t)key->high_port << 8 |
                                 key->version);
    return hash ^ hash >> 32;
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

struct ak_flow *ak_flow_add(struct ak_flow_table *table, const struct ak_flow_key *key,
                            uint64_t hash)
{
    struct ak_flow *flow = table->spare;
    if (flow != NULL) {
        table->spare = flow->next;
        memset(flow, 0, sizeof *flow);
    } else {
        flow = ak_alloc(1, sizeof *flow);
        if (flow == NULL)
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

void ak_flow_list_append(struct ak_flow_list *list, struct ak_flow *flow)
{
    flow->previous = list->last;
    flow->next = NULL;
    if (list->last != NULL)
        list->last->next = flow;
    else
        list->first = flow;
    list->last = flow;
}

void ak_flow_list_unlink(struct ak_flow_list *list, struct ak_flow *flow)
{
    if (flow->previous != NULL)
        flow->previous->next = flow->next;
    else
        list->first = flow->next;
    if (flow->next != NULL)
        flow->next->previous = flow->previous;
    else
        list->last = flow->previous;
    flow->previous = NULL;
    flow->next = NULL;
}
