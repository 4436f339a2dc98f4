/* The evidence of one case put together: which events of logs are about a conversation, and which
 * machines its two sides are.
 *
 * Made when all evidence was read. The clocks of each log and each capture are compared first
 * (clock.h); events of a log whose clock is not known join nothing. What is joined can be wrong,
 * so every join says what it rests on, and rules ask for that.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_DIAGNOSE_CASE_JOIN_H
#define AK_DIAGNOSE_CASE_JOIN_H

#include "diagnose/case_hosts.h"
#include "diagnose/case_predict.h"
#include "diagnose/clock.h"
#include "diagnose/event_ledger.h"

/* The clock of one log beside that of one capture. */
struct ak_alignment {
    const struct ak_clock *clock;
    uint16_t clock_number;
    uint32_t capture;
    const struct ak_source *source; /* of a conversation of the capture */
    struct ak_clock_estimate estimate;
};

struct ak_met_event {
    struct ak_ledger_event *event;
    const struct ak_alignment *alignment;
    int64_t time; /* by the capture's clock */
    /* The only event of its kind within the tolerance, and about no other conversation. */
    bool sole;
};

enum { AK_MET_EVENTS = 6, AK_EVENT_REFUSED = 36874 };

/* What was found for one conversation. */
struct ak_met {
    /* A handshake of this side's machine that worked (36880) within an hour: of the client the one
     * of the highest version, of the server of the highest that this conversation offers. NULL:
     * none was logged. */
    const struct ak_ledger_event *worked[AK_SIDES];
    struct ak_met_event event[AK_MET_EVENTS]; /* in order of time */
    size_t event_count;
    struct ak_met_host side[AK_SIDES];
    struct ak_case_forecast forecast;
};

struct ak_case;

/* What there is to be joined; all of it is borrowed. */
struct ak_case_parts {
    struct ak_event_ledger *ledger;             /* finished; NULL: no log */
    const struct ak_conversation *const *talks; /* all that may have failed */
    size_t talk_count;
    const struct ak_conversation *const *witnesses; /* some that worked: they tell of clocks */
    size_t witness_count;
    bool all; /* no conversation was judged before */
    const struct ak_host *const *hosts;
    size_t host_count;
    struct ak_roles roles;
};

/* NULL: no memory. */
struct ak_case *ak_case_new(const struct ak_case_parts *parts);
void ak_case_free(struct ak_case *joined);
/* Looks for what belongs to this conversation, of which the view tells the rest. */
void ak_case_meet(const struct ak_case *joined, const struct ak_view *view, struct ak_met *met);

/* Clocks that were compared, in the order of the logs; `joined` may be NULL. */
size_t ak_case_alignments(const struct ak_case *joined);
const struct ak_alignment *ak_case_alignment(const struct ak_case *joined, size_t index);

/* The first joined event of this kind; NULL: none. `met` may be NULL. */
const struct ak_met_event *ak_met_find(const struct ak_met *met, enum ak_log_provider provider,
                                       uint32_t code);

#endif
