/* SPDX-License-Identifier: Apache-2.0 */
#include "observe/join_state.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "model/thresholds.h"

#include "base/banned.h"

/* ---- which records are one connection ---- */

static bool same_isn(const struct ak_join_record *a, const struct ak_join_record *b, int side)
{
    return a->side[side].has_isn && b->side[side].has_isn && a->side[side].isn == b->side[side].isn;
}

/* The hello's random where both have it, else the first bytes: 1 the same, -1 others, 0 not known.
 */
static int compare_prints(const struct ak_join_record *a, const struct ak_join_record *b, int side)
{
    const struct ak_join_side *x = &a->side[side], *y = &b->side[side];
    bool hello = x->random != 0 && y->random != 0;
    uint64_t mine = hello ? x->random : x->print, other = hello ? y->random : y->print;
    if (mine == 0 || other == 0)
        return 0;
    return mine == other ? 1 : -1;
}

/* One recording that was read twice, or a copy of a part of it. */
static bool copy_of_one(const struct ak_join_record *a, const struct ak_join_record *b)
{
    return memcmp(a->moment, b->moment, sizeof a->moment) == 0 &&
           a->side[0].ttl == b->side[0].ttl && a->side[1].ttl == b->side[1].ttl;
}

/* How well two records agree; 0: they are two connections. */
static int agreement(const struct ak_join_record *a, const struct ak_join_record *b)
{
    int64_t apart = a->moment[AK_JOIN_SYN] - b->moment[AK_JOIN_SYN];
    int64_t most = ak_threshold_get(AK_THRESHOLD_JOIN_CLOCK_MS) * 1000000;
    bool client = same_isn(a, b, AK_SIDE_CLIENT), server = same_isn(a, b, AK_SIDE_SERVER);
    if (a->capture == b->capture || apart > most || apart < -most || copy_of_one(a, b))
        return 0;
    int clients = compare_prints(a, b, AK_SIDE_CLIENT),
        servers = compare_prints(a, b, AK_SIDE_SERVER);
    if (client && server && clients >= 0)
        return 3;
    bool same_client = ak_join_same_address(a, b, AK_SIDE_CLIENT);
    bool same_server = ak_join_same_address(a, b, AK_SIDE_SERVER);
    if ((client || server) && (same_client || same_server) && clients > 0 && servers >= 0)
        return 2;
    bool unanswered = !a->side[AK_SIDE_SERVER].has_isn || !b->side[AK_SIDE_SERVER].has_isn;
    return client && unanswered && same_server && clients >= 0 &&
                   (same_client || a->side[AK_SIDE_CLIENT].port == b->side[AK_SIDE_CLIENT].port)
               ? 1
               : 0;
}

static uint64_t isn_hash(const struct ak_join *join, const struct ak_join_record *r, int side)
{
    return ak_hash_mix(ak_hash_mix(join->key.k0, join->key.k1 + (uint64_t)side), r->side[side].isn);
}

/* Has the connection of this record one of that capture already? */
static bool has_of(const struct ak_join *join, const struct ak_join_record *r, uint32_t capture)
{
    if (r->leader == AK_JOIN_NOBODY)
        return false;
    const struct ak_join_record *leader = &join->records[r->leader];
    return leader->capture == capture || join->records[leader->mate].capture == capture;
}

static struct ak_join_record *best_mate(const struct ak_join *join, const struct ak_join_record *r)
{
    struct ak_join_record *best = NULL, *other;
    int best_agreement = 0;
    for (int side = 0; side < AK_SIDES; side++) {
        uint64_t hash = isn_hash(join, r, side), at = hash;
        if (!r->side[side].has_isn)
            continue;
        for (size_t i = 0; i < AK_MAX_JOIN_CANDIDATES; i++) {
            other = ak_index_next(&join->by_isn, hash, &at);
            if (other == NULL)
                break;
            int agrees = has_of(join, other, r->capture) ? 0 : agreement(other, r);
            if (agrees > best_agreement) {
                best = other;
                best_agreement = agrees;
            }
        }
    }
    return best;
}

static void make_mates(struct ak_join *join, uint32_t mine, uint32_t other)
{
    struct ak_join_record *r = &join->records[mine], *o = &join->records[other];
    if (o->leader == AK_JOIN_NOBODY) {
        o->leader = other;
        o->mate = mine;
    }
    r->leader = o->leader;
    r->mate = other;
}

/* More of one number than are compared come from no machine; they would cost time for nothing. */
static void remember(struct ak_join *join, struct ak_join_record *r, int side)
{
    uint64_t hash = isn_hash(join, r, side), at = hash;
    size_t same = 0;
    if (!r->side[side].has_isn)
        return;
    while (same < AK_MAX_JOIN_CANDIDATES && ak_index_next(&join->by_isn, hash, &at) != NULL)
        same++;
    if (same == AK_MAX_JOIN_CANDIDATES || !ak_index_add(&join->by_isn, hash, r))
        join->lost++;
}

void ak_join_pair(struct ak_join *join)
{
    for (size_t i = 0; i < join->count; i++) {
        struct ak_join_record *r = &join->records[i], *mate = best_mate(join, r);
        if (mate != NULL)
            make_mates(join, (uint32_t)i, (uint32_t)(mate - join->records));
        remember(join, r, AK_SIDE_CLIENT);
        remember(join, r, AK_SIDE_SERVER);
    }
}

/* ---- clocks and places ---- */

struct sample {
    uint32_t in;
    bool both_ways;
    int64_t offset, half;
};

static int by_offset(const void *a, const void *b)
{
    const struct sample *x = a, *y = b;
    if (x->in != y->in)
        return x->in < y->in ? -1 : 1;
    if (x->both_ways != y->both_ways)
        return x->both_ways ? -1 : 1;
    if (x->offset != y->offset)
        return x->offset < y->offset ? -1 : 1;
    return (x->half > y->half) - (x->half < y->half);
}

/* How far the second clock is ahead. What goes from the first capture to the second shows more than
 * that, by its time on the way, and what comes back less: the truth lies in the middle (RFC 5905
 * section 8). Of each way the quickest packet counts; a first one that was lost and came again
 * would make it longer. */
static struct sample sample_of(const struct ak_join_record *a, const struct ak_join_record *b,
                               bool client_first)
{
    struct sample s = {0, false, 0, 0};
    int64_t least[2] = {0, 0};
    bool any[2] = {false, false};
    for (int i = 0; i < AK_JOIN_MOMENTS; i++) {
        int way = i >= AK_JOIN_SYN_ACK; /* 1: from the server */
        if (a->moment[i] == 0 || b->moment[i] == 0)
            continue;
        int64_t d = b->moment[i] - a->moment[i];
        bool there = client_first == (way == 0);
        if (!any[way] || (there ? d < least[way] : d > least[way]))
            least[way] = d;
        any[way] = true;
    }
    s.both_ways = any[0] && any[1];
    s.offset = s.both_ways ? least[0] + (least[1] - least[0]) / 2 : any[0] ? least[0] : least[1];
    s.half = s.both_ways ? llabs(least[0] - least[1]) / 2 : -1;
    return s;
}

static uint32_t captures_of(struct ak_join *join, const struct ak_join_record *a,
                            const struct ak_join_record *b)
{
    for (size_t i = 0; i < join->capture_count; i++)
        if (join->captures[i].capture[0] == a->capture &&
            join->captures[i].capture[1] == b->capture)
            return (uint32_t)i;
    if (join->captures == NULL)
        join->captures = ak_alloc(AK_MAX_JOINED_CAPTURES, sizeof *join->captures);
    if (join->votes == NULL)
        join->votes = ak_alloc(AK_MAX_JOINED_CAPTURES, sizeof *join->votes);
    if (join->captures == NULL || join->votes == NULL ||
        join->capture_count == AK_MAX_JOINED_CAPTURES)
        return AK_JOIN_NOBODY;
    struct ak_joined_captures *c = &join->captures[join->capture_count];
    c->first = a->source;
    c->second = b->source;
    c->capture[0] = a->capture;
    c->capture[1] = b->capture;
    return (uint32_t)join->capture_count++;
}

/* The middle one of each pair of captures; those that go both ways count before the others. */
static void settle_clocks(struct ak_join *join, const struct sample *samples, size_t count)
{
    for (size_t i = 0, next; i < count; i = next) {
        for (next = i + 1; next < count && samples[next].in == samples[i].in &&
                           samples[next].both_ways == samples[i].both_ways;
             next++)
            ;
        struct ak_joined_captures *c = &join->captures[samples[i].in];
        const size_t n = next - i;
        const struct sample *middle = &samples[i + (n - 1) / 2];
        int64_t below = middle->offset - samples[i + (n - 1) / 4].offset;
        int64_t above = samples[i + (n - 1) - (n - 1) / 4].offset - middle->offset;
        c->offset = middle->offset;
        c->spread = middle->half;
        if (c->spread >= 0 && below > c->spread)
            c->spread = below;
        if (c->spread >= 0 && above > c->spread)
            c->spread = above;
        while (next < count && samples[next].in == samples[i].in)
            next++;
    }
}

static void count_pairs(struct ak_join *join)
{
    for (size_t i = 0; i < join->capture_count; i++)
        join->captures[i].first_near = join->votes[i] > 0   ? AK_SIDE_CLIENT
                                       : join->votes[i] < 0 ? AK_SIDE_SERVER
                                                            : AK_SIDE_NONE;
    for (size_t i = 0; i < join->count; i++) {
        const struct ak_join_record *r = &join->records[i];
        struct ak_joint joint;
        if (r->mate == AK_JOIN_NOBODY || r->leader == i || r->in == AK_JOIN_NOBODY)
            continue;
        struct ak_joined_captures *c = &join->captures[r->in];
        ak_join_compare(join, r, &join->records[r->mate], &joint);
        bool forged = false;
        c->connections++;
        c->translated += joint.translated[0] || joint.translated[1];
        for (int side = 0; side < AK_SIDES; side++) {
            c->vanishing[side] += joint.vanished[side].bytes != 0;
            forged = forged || joint.rst[side] == AK_END_FORGED || joint.fin[side] == AK_END_FORGED;
        }
        ak_join_compare(join, &join->records[r->mate], r, &joint);
        for (int side = 0; side < AK_SIDES; side++)
            forged = forged || joint.rst[side] == AK_END_FORGED || joint.fin[side] == AK_END_FORGED;
        c->forged += forged;
    }
}

void ak_join_measure(struct ak_join *join)
{
    struct sample *samples = ak_alloc(join->count, sizeof *samples);
    size_t count = 0;
    for (size_t i = 0; i < join->count; i++) {
        struct ak_join_record *r = &join->records[i];
        if (r->mate == AK_JOIN_NOBODY || r->leader == i)
            continue;
        struct ak_join_record *mate = &join->records[r->mate];
        r->in = captures_of(join, mate, r);
        if (mate->mate == i)
            mate->in = r->in;
        if (r->in == AK_JOIN_NOBODY || samples == NULL)
            continue;
        int vote = ak_join_nearer(mate, r);
        join->votes[r->in] += vote;
        samples[count] = sample_of(mate, r, vote >= 0);
        samples[count++].in = r->in;
    }
    if (count > 1)
        qsort(samples, count, sizeof *samples, by_offset);
    if (samples != NULL)
        settle_clocks(join, samples, count);
    ak_free(samples);
    count_pairs(join);
}
