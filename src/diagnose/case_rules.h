/* What the logs and machines of a case change in the judgement of one conversation.
 *
 * A rule that the wire alone leaves open may hold, or be surer, because an event of the same moment
 * says so (a table: which message speaks for which rule, and how far). An event that names no peer
 * may be about somebody whom the capture does not show: it never makes a finding certain alone.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_DIAGNOSE_CASE_RULES_H
#define AK_DIAGNOSE_CASE_RULES_H

#include "diagnose/case_join.h"
#include "diagnose/rule.h"

/* After the rule itself said `answer` of the conversation. Returns the answer with all evidence. */
enum ak_answer ak_case_weigh(const struct ak_view *view, const struct ak_rule *rule,
                             enum ak_answer answer, struct ak_match *match);
/* Puts what was joined before the facts of the match that won. */
void ak_case_facts(const struct ak_view *view, const struct ak_rule *rule, struct ak_match *match);
/* Shows a handshake of the machine that worked (36880), with its version. */
void ak_match_worked(struct ak_match *m, const struct ak_ledger_event *event);
/* Marks the joined events as told with a finding of this grade. */
void ak_case_told(const struct ak_met *met, enum ak_grade grade);

#endif
