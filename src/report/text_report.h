/* The report for people: a summary, each finding with its proof and remedy, and a table. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REPORT_TEXT_REPORT_H
#define AK_REPORT_TEXT_REPORT_H

#include <stdbool.h>

#include "report/jsonl.h"
#include "report/words.h"

struct ak_text_style {
    enum ak_lang lang;
    bool color;
    bool all;     /* healthy conversations in the table too */
    size_t width; /* columns */
};

/* One row of the table, kept until the findings are printed. */
struct ak_text_table;

struct ak_text_table *ak_text_table_new(const struct ak_text_style *style);
void ak_text_table_free(struct ak_text_table *table);
/* Remembers the conversation's row when it belongs into the table. */
void ak_text_table_add(struct ak_text_table *table, const struct ak_conversation *conversation);

void ak_text_summary(const struct ak_text_style *style, const struct ak_summary *summary,
                     struct ak_text *out);
/* One line a finding, for the head of a report with several. */
void ak_text_overview(const struct ak_text_style *style, const struct ak_finding *finding,
                      struct ak_text *out);
void ak_text_finding(const struct ak_text_style *style, const struct ak_finding *finding,
                     struct ak_text *out);
void ak_text_table_print(const struct ak_text_style *style, const struct ak_text_table *table,
                         struct ak_text *out);

/* One answer of --why-not. */
void ak_text_why_not(const struct ak_text_style *style, const struct ak_rule *rule,
                     const struct ak_why_not *why, struct ak_text *out);

#endif
