/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/flow_notes.h"

#include "base/banned.h"

/* Another one than before: rare. */
static AK_NOINLINE void note_ttl(struct ak_side_seen *seen, uint8_t ttl)
{
    if (seen->ttl_low == 0 || ttl < seen->ttl_low)
        seen->ttl_low = ttl;
    if (ttl > seen->ttl_high)
        seen->ttl_high = ttl;
}

void ak_flow_count(struct ak_flow *flow, const struct ak_arriving *a)
{
    struct ak_side_seen *seen = &flow->seen.side[a->side];
    seen->packets++;
    flow->seen.side[!a->side].unanswered = 0;
    if (AK_UNLIKELY(a->tcp->flags & AK_TCP_RST)) {
        seen->rst_ttl = a->ip->ttl;
        return;
    }
    if (AK_UNLIKELY(a->ip->ttl != seen->ttl_low || a->ip->ttl != seen->ttl_high))
        note_ttl(seen, a->ip->ttl);
    if (AK_UNLIKELY(a->tcp->window == 0)) {
        const unsigned kind = a->tcp->flags & (AK_TCP_SYN | AK_TCP_FIN | AK_TCP_ACK);
        seen->zero_windows += kind == AK_TCP_ACK;
    }
}

bool ak_flow_is_keep_alive(const struct ak_flow *flow, const struct ak_arriving *a)
{
    const struct ak_stream *s = &flow->stream[a->side];
    return s->started && a->tcp->payload_wire <= 1 && a->tcp->sequence + 1 == s->next &&
           (a->tcp->flags & (AK_TCP_SYN | AK_TCP_FIN | AK_TCP_RST)) == 0 && s->last_data != 0;
}

void ak_flow_note_bare_ack(struct ak_flow *flow, const struct ak_arriving *a)
{
    enum ak_side by;
    enum ak_letter last = ak_letters_last(&flow->seen.letters, &by);
    bool third = last == AK_LETTER_SA && a->side == AK_SIDE_CLIENT;
    bool after_fin = flow->first_end_by != AK_SIDE_NONE && last == AK_LETTER_F && by != a->side;
    if (third || after_fin)
        ak_letters_add(&flow->seen.letters, a->side, AK_LETTER_A, 0);
}

void ak_flow_forget_end(struct ak_flow *flow)
{
    for (int side = 0; side < AK_SIDES; side++) {
        flow->stream[side].rst_frame = 0;
        flow->seen.side[side].rst = false;
        flow->stream[side].has_acked = false;
    }
    flow->first_end_by = AK_SIDE_NONE;
    flow->first_end_frame = 0;
    flow->seen.step[AK_STEP_RST].frame = 0;
}
