/* The files of a fix: the statements of each form in their frame, with what, why, risk, restart,
 * proof and undo as comments, in the encoding that Windows' own tools read.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REPORT_FIX_FILE_H
#define AK_REPORT_FIX_FILE_H

#include "remedy/fix_forms.h"
#include "remedy/fix_plan.h"
#include "report/words.h"

struct ak_fix_job {
    const struct ak_fix_plan *plan;
    const char *name;  /* of the files, without ending: "sql01-tls12-off-by-default" */
    const char *until; /* "2026-12-31": the undo runs then; NULL: never by itself */
    enum ak_lang lang;
};

/* Whether there is such a file: its form has something to say, and can say it. A script that cannot
 * say everything imports the .reg file. */
bool ak_fix_file_wanted(const struct ak_fix_job *job, enum ak_fix_form form);
/* "NAME.undo.reg" */
void ak_fix_file_name(const struct ak_fix_job *job, enum ak_fix_form form, bool undo,
                      struct ak_text *out);
/* The whole file, in its encoding. */
void ak_fix_file(const struct ak_fix_job *job, enum ak_fix_form form, bool undo,
                 struct ak_text *out);

/* The task that runs NAME.undo.cmd at the date: a file for schtasks /xml, whose name it has. Dates
 * on schtasks' own command line depend on the user's country. */
void ak_fix_task_name(const struct ak_fix_job *job, struct ak_text *out);
void ak_fix_task(const struct ak_fix_job *job, struct ak_text *out);

/* ---- shared with the reports ---- */

/* What must restart, in words: services of the host's instances where they are known. */
void ak_fix_restart_words(const struct ak_fix_plan *plan, enum ak_lang lang, struct ak_text *out);
/* The commands that prove it, one a line ("\n" between, none at the end). */
void ak_fix_verify_words(const struct ak_fix_plan *plan, struct ak_text *out);
/* What the host would lose. */
const char *ak_fix_need_words(enum ak_fix_need need, enum ak_lang lang);
/* "tls12-only" of "template:tls12-only"; a rule's id as it is. */
const char *ak_fix_title(const struct ak_fix_about *about);

#endif
