/* What a check found, for people and as lines of JSON; findings are reported as ever. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REPORT_CHECK_H
#define AK_REPORT_CHECK_H

#include "probe/check_report.h"
#include "report/text_report.h"

/* One connection, while it is made: what for, and what came of it (`attempt->result`). */
void ak_text_check_attempt(const struct ak_text_style *style, const struct ak_check_report *report,
                           const struct ak_check_attempt *attempt, struct ak_text *out);
/* Every address: steps with their times, server, TLS, certificate; repetitions. */
void ak_text_check(const struct ak_text_style *style, const struct ak_check_report *report,
                   struct ak_text *out);
/* One line for each address: how it ended, TLS, who issued the certificate. */
void ak_text_check_brief(const struct ak_text_style *style, const struct ak_check_report *report,
                         struct ak_text *out);
/* One line of kind "endpoint" for each address. */
void ak_jsonl_check(const struct ak_check_report *report, struct ak_text *out);
/* The state of the monitoring-plugins convention (0 ok, 1 warning, 2 critical, 3 unknown) and its
 * one line with performance data. `findings` by severity. */
int ak_monitor_check(const struct ak_check_report *report, const uint64_t findings[3],
                     struct ak_text *out);
/* What a purpose asks, in a few words: "TLS 1.0 alone". */
void ak_purpose_words(const struct ak_text_style *style, enum ak_purpose purpose,
                      enum ak_hello_part part, uint16_t code, struct ak_text *out);

#endif
