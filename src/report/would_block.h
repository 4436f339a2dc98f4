/* Who would fail under a policy, for people and as lines of JSON. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REPORT_WOULD_BLOCK_H
#define AK_REPORT_WOULD_BLOCK_H

#include "predict/would_block.h"
#include "report/json.h"
#include "report/text_report.h"

/* The rows that would fail or are unsure, at most `most` of them, and the totals. */
void ak_text_would_block(const struct ak_text_style *style, const struct ak_would_block *block,
                         const char *policy, size_t most, struct ak_text *out);
/* The totals alone: what the licence to switch off rests on. */
void ak_text_would_totals(const struct ak_text_style *style, const struct ak_would_totals *totals,
                          const char *policy, struct ak_text *out);
/* One row in one line without indent, for a log: "would fail: ...". */
void ak_text_would_line(const struct ak_text_style *style, const struct ak_would_row *row,
                        const char *policy, struct ak_text *out);

/* A line for one row. */
void ak_jsonl_would_block(const struct ak_would_row *row, const char *policy, struct ak_text *out);
/* The member `would_block` of a summary. */
void ak_jsonl_would_totals(const struct ak_would_totals *totals, const char *policy,
                           struct ak_json *json);

#endif
