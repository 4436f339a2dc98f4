/* What a fix would change, for people and as a line of JSON. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REPORT_TEXT_FIX_H
#define AK_REPORT_TEXT_FIX_H

#include "report/fix_file.h"
#include "report/text_report.h"

/* What became of one finding or template at one host. */
struct ak_fix_report {
    const struct ak_finding *finding; /* NULL: a template */
    const char *set;                  /* rule, or "template:NAME" */
    const struct ak_host *host;       /* NULL: none */
    enum ak_fix_answer answer;
    const struct ak_fix_job *job; /* of READY, else NULL */
    bool refused;                 /* something would be lost: nothing is written */
    const char *const *files;     /* names of what was written; borrowed */
    size_t file_count;
};

const char *ak_fix_answer_name(enum ak_fix_answer answer);

void ak_text_fix(const struct ak_text_style *style, const struct ak_fix_report *report,
                 struct ak_text *out);
/* Appends one line with its line end. */
void ak_jsonl_fix(const struct ak_fix_report *report, struct ak_text *out);

/* A value as people read it: 1, 0xffffffff, "text", a, b (list), or bytes in hexadecimal. */
void ak_fix_value_words(const struct ak_fix_change *change, struct ak_text *out);
/* What the undo brings back for this change; NULL: nothing stood there. */
const struct ak_fix_change *ak_fix_before(const struct ak_fix_plan *plan,
                                          const struct ak_fix_change *change);

#endif
