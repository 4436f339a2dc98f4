/* From what was tracked to the words of the observation: outcome, stage, closer, close. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_TRACE_VERDICT_H
#define AK_TRACE_VERDICT_H

#include "trace/flow.h"

/* Fills outcome, stage, closed_by, close and tcp_end of flow->seen. `end_time`: the capture's last
 * time so far, which tells a SYN that had time to be answered. Definitions: docs/architecture.md.
 */
void ak_verdict_make(struct ak_flow *flow, int64_t end_time);
/* The Finished of both sides were seen: established, whatever follows. */
bool ak_both_finished(const struct ak_conversation *conversation);

#endif
