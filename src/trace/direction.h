/* Who is the client, and which attempt a segment belongs to: a SYN decides, then content, until
 * then a guess that content corrects. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_TRACE_DIRECTION_H
#define AK_TRACE_DIRECTION_H

#include "codec/packet.h"
#include "trace/flow.h"

/* One segment on its way through the tracker; borrowed for the time. */
struct ak_arriving {
    const struct ak_ip_packet *ip;
    const struct ak_tcp_segment *tcp;
    int64_t time;
    enum ak_side side;
};

/* The sender's side of a new conversation: SYN decides, then content, then the lower port, which is
 * a guess (*known false). */
enum ak_side ak_arriving_side(const struct ak_arriving *arriving, bool *known);
/* A guessed direction is corrected by the first content that tells: everything noted so far turns
 * round, and the segment's side. */
void ak_flow_check_direction(struct ak_flow *flow, struct ak_arriving *arriving);
/* Does this SYN or SYN-ACK belong to the conversation that is open under its addresses? */
bool ak_flow_same_attempt(const struct ak_flow *flow, const struct ak_arriving *arriving,
                          unsigned direction);

#endif
