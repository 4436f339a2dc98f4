/* How sources were joined, in JSON: jsonl_findings.c. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REPORT_JSONL_CASE_H
#define AK_REPORT_JSONL_CASE_H

#include "diagnose/timeline.h"
#include "report/json.h"

/* The member "machines": which hosts the two sides are; none when neither is known. */
void ak_jsonl_machines(const struct ak_met_host side[AK_SIDES], struct ak_json *j);
/* The member "timeline"; none for NULL. */
void ak_jsonl_timeline(const struct ak_timeline *timeline, struct ak_json *j);
/* The member "clocks"; none when nothing was compared. */
void ak_jsonl_clocks(const struct ak_case *joined, struct ak_json *j);

#endif
