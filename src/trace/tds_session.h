/* TDS packets of one dialogue: PRELOGIN, LOGIN7 and answers in clear, and TLS inside PRELOGIN. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_TRACE_TDS_SESSION_H
#define AK_TRACE_TDS_SESSION_H

#include "trace/dialogue.h"

/* The three calls between which a packet passes; its header is in half[side].packet. */
void ak_tds_packet_begin(struct ak_dialogue *d, enum ak_side side);
void ak_tds_packet_bytes(struct ak_dialogue *d, enum ak_side side, struct ak_span bytes);
void ak_tds_packet_end(struct ak_dialogue *d, enum ak_side side);

/* An SMP frame's header. */
void ak_tds_smp_frame(struct ak_dialogue *d, enum ak_side side, const struct ak_smp *smp);

#endif
