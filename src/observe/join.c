/* SPDX-License-Identifier: Apache-2.0 */
#include "observe/join.h"

#include <string.h>

#include "base/alloc.h"
#include "observe/join_state.h"

#include "base/banned.h"

struct ak_join *ak_join_new(struct ak_hash_key key)
{
    struct ak_join *join = ak_alloc(1, sizeof *join);
    if (join != NULL)
        join->key = key;
    return join;
}

void ak_join_free(struct ak_join *join)
{
    if (join == NULL)
        return;
    ak_index_release(&join->by_isn);
    ak_index_release(&join->by_id);
    ak_free(join->records);
    ak_free(join->captures);
    ak_free(join->votes);
    ak_free(join);
}

static uint32_t number(uint64_t value)
{
    return value < UINT32_MAX ? (uint32_t)value : UINT32_MAX;
}

static void take_side(struct ak_join_side *side, const struct ak_conversation *c, enum ak_side s)
{
    const struct ak_tcp_seen *tcp = &c->tcp[s];
    memcpy(side->address, c->end[s].address, c->end[s].version == 6 ? 16 : 4);
    side->port = c->end[s].port;
    side->print = tcp->print;
    side->random = c->tls != NULL ? c->tls->random[s] : 0;
    side->isn = tcp->isn;
    side->has_isn = tcp->has_isn;
    side->sent = tcp->sent;
    side->again = tcp->largest_again;
    side->late = tcp->largest_late;
    side->rst_frame = number(tcp->rst.frame);
    side->rst_time = tcp->rst.time;
    side->fin_frame = number(tcp->fin.frame);
    side->fin_time = tcp->fin.time;
    side->packets = number(c->side[s].packets);
    side->ttl = c->side[s].ttl_high;
}

void ak_join_add(struct ak_join *join, const struct ak_conversation *c)
{
    static const enum ak_step step[AK_JOIN_MOMENTS] = {AK_STEP_SYN, AK_STEP_FIRST_CLIENT_DATA,
                                                       AK_STEP_SYN_ACK, AK_STEP_FIRST_SERVER_DATA};
    if (!c->tcp[AK_SIDE_CLIENT].has_isn && !c->tcp[AK_SIDE_SERVER].has_isn)
        return; /* nothing tells it from others */
    if (join->count == join->room) {
        size_t more = join->room != 0 ? join->room * 2 : 64;
        void *grown = more <= AK_MAX_JOIN_RECORDS
                          ? ak_realloc(join->records, more, sizeof *join->records)
                          : NULL;
        if (grown == NULL) {
            join->lost++;
            return;
        }
        join->records = grown;
        join->room = more;
    }
    struct ak_join_record *r = &join->records[join->count++];
    memset(r, 0, sizeof *r);
    r->id = c->id;
    r->source = c->source;
    r->capture = c->capture;
    r->first_frame = number(c->first_frame);
    r->last_frame = number(c->last_frame);
    r->last_time = c->last_time;
    r->reach = c->reach;
    r->version = c->end[AK_SIDE_CLIENT].version;
    r->hole = c->evicted || c->truncated;
    r->mate = r->leader = r->in = AK_JOIN_NOBODY;
    for (int i = 0; i < AK_JOIN_MOMENTS; i++)
        r->moment[i] = c->step[step[i]].frame != 0 ? c->step[step[i]].time : 0;
    take_side(&r->side[AK_SIDE_CLIENT], c, AK_SIDE_CLIENT);
    take_side(&r->side[AK_SIDE_SERVER], c, AK_SIDE_SERVER);
}

static uint64_t id_hash(const struct ak_join *join, uint64_t id)
{
    return ak_hash_mix(join->key.k0, id);
}

void ak_join_finish(struct ak_join *join)
{
    if (join->count < 2 || !ak_index_init(&join->by_isn, 2 * AK_MAX_JOIN_RECORDS) ||
        !ak_index_init(&join->by_id, AK_MAX_JOIN_RECORDS))
        return;
    ak_join_pair(join);
    ak_index_release(&join->by_isn);
    memset(&join->by_isn, 0, sizeof join->by_isn);
    for (size_t i = 0; i < join->count; i++)
        if (join->records[i].mate != AK_JOIN_NOBODY &&
            !ak_index_add(&join->by_id, id_hash(join, join->records[i].id), &join->records[i]))
            join->lost++;
    ak_join_measure(join);
}

static const struct ak_join_record *record_of(const struct ak_join *join, uint64_t id)
{
    const struct ak_join_record *r;
    uint64_t hash = id_hash(join, id), at = hash;
    if (join->by_id.room == 0)
        return NULL;
    while ((r = ak_index_next(&join->by_id, hash, &at)) != NULL)
        if (r->id == id)
            return r;
    return NULL;
}

size_t ak_join_captures(const struct ak_join *join)
{
    return join->capture_count;
}

const struct ak_joined_captures *ak_join_captures_at(const struct ak_join *join, size_t index)
{
    return index < join->capture_count ? &join->captures[index] : NULL;
}

uint64_t ak_join_lost(const struct ak_join *join)
{
    return join->lost;
}

bool ak_join_find(const struct ak_join *join, uint64_t id, struct ak_joint *joint)
{
    const struct ak_join_record *mine = record_of(join, id);
    if (mine == NULL)
        return false;
    ak_join_compare(join, mine, &join->records[mine->mate], joint);
    return true;
}
