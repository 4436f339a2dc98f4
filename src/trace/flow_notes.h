/* What one segment by itself adds to, or takes from, what is noted of its conversation. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_TRACE_FLOW_NOTES_H
#define AK_TRACE_FLOW_NOTES_H

#include "trace/direction.h"

/* Packets, TTL, zero windows; the other side has been heard. */
void ak_flow_count(struct ak_flow *flow, const struct ak_arriving *arriving);
/* RFC 9293 3.8.4: a keep-alive repeats the byte before the next one, with or without payload. */
bool ak_flow_is_keep_alive(const struct ak_flow *flow, const struct ak_arriving *arriving);
/* The letter of an ACK without payload: only the third of a handshake, and that of a FIN. */
void ak_flow_note_bare_ack(struct ak_flow *flow, const struct ak_arriving *arriving);
/* A SYN that goes on after a RST: half-open recovery (RFC 9293 3.5.1), not the end. */
void ak_flow_forget_end(struct ak_flow *flow);

#endif
