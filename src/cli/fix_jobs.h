/* What `fix` does for each finding or template: plans, their names, and the files of each. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CLI_FIX_JOBS_H
#define AK_CLI_FIX_JOBS_H

#include "cli/fix_output.h"
#include "cli/options.h"
#include "library/analysis.h"
#include "report/text_fix.h"

struct ak_fix_entry {
    struct ak_fix_plan plan;
    struct ak_fix_job job;
    struct ak_fix_report report;
    struct ak_text name;
    char **files; /* owned */
};

struct ak_fix_jobs {
    const struct ak_arguments *arguments;
    struct ak_fix_entry **entries;
    size_t count, room;
    const char *unknown; /* a --finding that no finding is; NULL */
    bool failed;         /* memory lacked */
};

/* `arguments` are borrowed. */
void ak_fix_jobs_init(struct ak_fix_jobs *jobs, const struct ak_arguments *arguments);
void ak_fix_jobs_release(struct ak_fix_jobs *jobs);
/* After ak_analysis_finish; what it hands out must outlive the jobs. */
void ak_fix_jobs_collect(struct ak_fix_jobs *jobs, struct ak_analysis *analysis);
/* Adds the files of every plan that is not refused. */
void ak_fix_jobs_files(struct ak_fix_jobs *jobs, struct ak_fix_output *output);

#endif
