/* Two conversations side by side: where they first differ, and everything that differs.
 *
 * Fields are taken from the lines of JSON (report/record.h) and put in the order of a handshake.
 * The end of a conversation is the effect, so it is shown but is never the first difference.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REPORT_COMPARISON_H
#define AK_REPORT_COMPARISON_H

#include "report/record.h"
#include "report/text_report.h"

/* A row of the table of fields that are compared. */
struct ak_compared {
    const char *path;
    const char *step;  /* English; translated on output */
    const char *words; /* likewise */
    bool list;         /* values of a list: what only one side has is told */
    bool effect;       /* how it ended, not why */
};
extern const struct ak_compared ak_compared_fields[];
extern const size_t ak_compared_count;

/* Both records are of conversations. Appends a report; returns the number of differences, those of
 * the end left out. */
size_t ak_comparison_text(const struct ak_text_style *style, struct ak_record *a,
                          struct ak_record *b, struct ak_text *out);
/* The same as one line of JSON (kind "comparison"). */
size_t ak_comparison_json(struct ak_record *a, struct ak_record *b, struct ak_text *out);

#endif
