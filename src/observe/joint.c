/* SPDX-License-Identifier: Apache-2.0 */
#include "observe/join_state.h"

#include <string.h>

#include "model/thresholds.h"

#include "base/banned.h"

/* A packet has its full TTL where it was sent; a
 * SYN is answered sooner where the answer comes from. */
int ak_join_nearer(const struct ak_join_record *a, const struct ak_join_record *b)
{
    int vote = 0;
    const struct ak_join_side *ac = &a->side[AK_SIDE_CLIENT], *bc = &b->side[AK_SIDE_CLIENT];
    const struct ak_join_side *as = &a->side[AK_SIDE_SERVER], *bs = &b->side[AK_SIDE_SERVER];
    if (ac->ttl != 0 && bc->ttl != 0)
        vote += 2 * ((ac->ttl > bc->ttl) - (ac->ttl < bc->ttl));
    if (as->ttl != 0 && bs->ttl != 0)
        vote += 2 * ((as->ttl < bs->ttl) - (as->ttl > bs->ttl));
    if (a->moment[AK_JOIN_SYN] != 0 && a->moment[AK_JOIN_SYN_ACK] != 0 &&
        b->moment[AK_JOIN_SYN] != 0 && b->moment[AK_JOIN_SYN_ACK] != 0) {
        int64_t more = (a->moment[AK_JOIN_SYN_ACK] - a->moment[AK_JOIN_SYN]) -
                       (b->moment[AK_JOIN_SYN_ACK] - b->moment[AK_JOIN_SYN]);
        int64_t least = ak_threshold_get(AK_THRESHOLD_JOIN_DELAY_US) * 1000;
        vote += (more >= least) - (more <= -least);
    }
    return vote;
}

/* What is so much later than something of the other capture did happen after it. */
static int64_t tolerance(const struct ak_joined_captures *c)
{
    return c->spread + ak_threshold_get(AK_THRESHOLD_JOIN_TOLERANCE_MS) * 1000000;
}

/* Two captures of one connection, by what they are near to; `ahead`: of the far one's clock. */
struct ways {
    const struct ak_join_record *near, *far;
    int64_t ahead, tolerance;
    bool both_ways;
};

/* A packet that closes, as it was seen at both. */
struct ending {
    uint32_t near_frame, far_frame;
    int64_t near_time, far_time;
};

/* The capture at the sender must be known to be whole and to go on: it has every byte that arrived,
 * and it ends later than what it does not show. */
static enum ak_end_origin origin_of(const struct ways *w, int side, const struct ending *e)
{
    if (e->far_frame == 0 || !w->both_ways)
        return AK_END_UNKNOWN;
    int64_t there = e->far_time - w->ahead; /* by the near one's clock */
    if (e->near_frame != 0)
        return e->near_time <= there + w->tolerance ? AK_END_SENT : AK_END_FORGED;
    bool whole = !w->near->hole && w->near->side[side].has_isn &&
                 w->near->side[side].sent >= w->far->side[side].sent;
    return whole && w->near->reach >= there ? AK_END_FORGED : AK_END_UNKNOWN;
}

/* The capture at the receiver goes on for as long as the sender's shows the connection. */
static void find_vanished(const struct ways *w, int side, struct ak_vanished *v)
{
    const struct ak_join_side *sent = &w->near->side[side], *came = &w->far->side[side];
    bool known = sent->has_isn && came->has_isn && !w->near->hole && !w->far->hole;
    if (!known || !w->both_ways || sent->sent <= came->sent ||
        sent->sent - came->sent > INT32_MAX ||
        w->far->reach - w->ahead + w->tolerance < w->near->last_time)
        return;
    v->bytes = sent->sent - came->sent;
    v->from = (uint64_t)came->sent + 1;
    v->packets = sent->packets > came->packets ? sent->packets - came->packets : 0;
    /* What came in a row, less than one such segment, cannot have held one. */
    if (sent->again >= ak_threshold_get(AK_THRESHOLD_PATH_MTU_PAYLOAD) &&
        came->sent < sent->again && came->late < sent->again)
        v->large = sent->again;
}

static void compare_side(const struct ak_joined_captures *c, const struct ak_join_record *mine,
                         const struct ak_join_record *other, int side, struct ak_joint *j)
{
    const struct ak_join_side *m = &mine->side[side], *o = &other->side[side];
    j->translated[side] = !ak_join_same_address(mine, other, side);
    j->end[side].version = other->version;
    memcpy(j->end[side].address, o->address, sizeof o->address);
    j->end[side].port = o->port;
    j->rst_frame[side] = o->rst_frame;
    j->fin_frame[side] = o->fin_frame;
    if (j->near == AK_SIDE_NONE || c == NULL)
        return;
    bool here = j->near == (enum ak_side)side;
    struct ways w = {here ? mine : other, here ? other : mine, here ? j->offset : -j->offset,
                     tolerance(c), c->spread >= 0};
    find_vanished(&w, side, &j->vanished[side]);
    j->vanished[side].sent_here = here;
    j->arrived[side] = w.near->side[side].sent != 0 && w.near->side[side].has_isn &&
                       w.far->side[side].has_isn &&
                       w.near->side[side].sent == w.far->side[side].sent;
    struct ending rst = {w.near->side[side].rst_frame, w.far->side[side].rst_frame,
                         w.near->side[side].rst_time, w.far->side[side].rst_time};
    struct ending fin = {w.near->side[side].fin_frame, w.far->side[side].fin_frame,
                         w.near->side[side].fin_time, w.far->side[side].fin_time};
    enum ak_end_origin reset = origin_of(&w, side, &rst), close = origin_of(&w, side, &fin);
    j->rst[side] = m->rst_frame == 0 ? AK_END_UNKNOWN : here ? AK_END_SENT : reset;
    j->fin[side] = m->fin_frame == 0 ? AK_END_UNKNOWN : here ? AK_END_SENT : close;
}

void ak_join_compare(const struct ak_join *join, const struct ak_join_record *mine,
                     const struct ak_join_record *other, struct ak_joint *j)
{
    /* Both records of a pair know its captures; of three of a connection, the later one. */
    const struct ak_join_record *later = mine > other ? mine : other;
    const struct ak_joined_captures *c =
        later->in < join->capture_count ? &join->captures[later->in] : NULL;
    memset(j, 0, sizeof *j);
    j->id = other->id;
    j->source = other->source;
    j->first_frame = other->first_frame;
    j->last_frame = other->last_frame;
    uint32_t number = (uint32_t)(mine - join->records);
    j->third = mine->leader != number && join->records[mine->leader].mate != number;
    j->near = AK_SIDE_NONE;
    if (c != NULL) {
        bool first = c->capture[0] == mine->capture;
        int vote = ak_join_nearer(mine, other);
        enum ak_side usual = first || c->first_near == AK_SIDE_NONE ? c->first_near
                             : c->first_near == AK_SIDE_CLIENT      ? AK_SIDE_SERVER
                                                                    : AK_SIDE_CLIENT;
        j->offset = first ? c->offset : -c->offset;
        j->near = vote > 0 ? AK_SIDE_CLIENT : vote < 0 ? AK_SIDE_SERVER : usual;
    }
    for (int side = 0; side < AK_SIDES; side++)
        compare_side(c, mine, other, side, j);
}
