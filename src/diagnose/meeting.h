/* What an event of a log and a conversation can be to each other: the same moment, seen by the
 * machine and by the wire.
 *
 * A table of messages; each row asks what must be so of the conversation. An event that names its
 * client is about no other one.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_DIAGNOSE_MEETING_H
#define AK_DIAGNOSE_MEETING_H

#include "diagnose/event_ledger.h"

/* Is there a row for this message? */
bool ak_may_meet_any(enum ak_log_provider provider, uint32_t code);

/* Between which times of the capture such an event happened. */
struct ak_moment_span {
    int64_t from, to;
};

/* May the event be about this conversation, but for the time? Then *span tells when it was. */
bool ak_may_meet(const struct ak_ledger_event *event, const struct ak_clock *clock,
                 const struct ak_conversation *conversation, struct ak_moment_span *span);
/* Whose log it must be in: the client's, the server's, or either (AK_SIDE_NONE). */
enum ak_side ak_meeting_side(const struct ak_ledger_event *event,
                             const struct ak_conversation *conversation);

#endif
