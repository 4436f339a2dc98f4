/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/direction.h"

#include "trace/dialogue.h"

#include "base/banned.h"

enum ak_side ak_arriving_side(const struct ak_arriving *a, bool *known)
{
    *known = true;
    if (a->tcp->flags & AK_TCP_SYN)
        return a->tcp->flags & AK_TCP_ACK ? AK_SIDE_SERVER : AK_SIDE_CLIENT;
    if (a->tcp->payload.size != 0) {
        enum ak_side side = ak_dialogue_speaker(a->tcp->payload);
        if (side != AK_SIDE_NONE)
            return side;
    }
    *known = false;
    return a->tcp->source_port < a->tcp->destination_port ? AK_SIDE_SERVER : AK_SIDE_CLIENT;
}

static void swap_sides(struct ak_flow *flow)
{
    struct ak_conversation *c = &flow->seen;
    struct ak_endpoint end = c->end[0];
    struct ak_side_seen seen = c->side[0];
    struct ak_tcp_seen tcp = c->tcp[0];
    struct ak_stream stream = flow->stream[0];
    c->end[0] = c->end[1];
    c->end[1] = end;
    c->side[0] = c->side[1];
    c->side[1] = seen;
    c->tcp[0] = c->tcp[1];
    c->tcp[1] = tcp;
    flow->stream[0] = flow->stream[1];
    flow->stream[1] = stream;
    flow->client_direction = !flow->client_direction;
    ak_letters_swap(&flow->seen.letters);
    if (flow->last_speaker != AK_SIDE_NONE)
        flow->last_speaker = flow->last_speaker == AK_SIDE_CLIENT ? AK_SIDE_SERVER : AK_SIDE_CLIENT;
    if (flow->first_end_by != AK_SIDE_NONE)
        flow->first_end_by = flow->first_end_by == AK_SIDE_CLIENT ? AK_SIDE_SERVER : AK_SIDE_CLIENT;
    if (flow->dialogue != NULL)
        ak_dialogue_swap(flow->dialogue);
}

void ak_flow_check_direction(struct ak_flow *flow, struct ak_arriving *a)
{
    if (flow->direction_known || a->tcp->payload.size == 0)
        return;
    enum ak_side side = ak_dialogue_speaker(a->tcp->payload);
    if (side == AK_SIDE_NONE)
        return;
    flow->direction_known = true;
    flow->seen.direction_guessed = false;
    if (side != a->side) {
        swap_sides(flow);
        a->side = side;
    }
}

bool ak_flow_same_attempt(const struct ak_flow *flow, const struct ak_arriving *a,
                          unsigned direction)
{
    enum ak_side by = direction == flow->client_direction ? AK_SIDE_CLIENT : AK_SIDE_SERVER;
    const struct ak_stream *own = &flow->stream[by], *peer = &flow->stream[!by];
    if (own->has_isn && own->isn == a->tcp->sequence)
        return true;
    if (a->tcp->flags & AK_TCP_ACK) /* a server may answer a repeated SYN with another number */
        return peer->has_isn && !flow->seen.side[by].data &&
               a->tcp->acknowledgement - (peer->isn + 1) <= peer->next - (peer->isn + 1);
    /* The SYN after its own SYN-ACK: reordered. */
    return !own->has_isn && peer->has_isn && own->started && own->next == a->tcp->sequence + 1;
}
