/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "cli/commands.h"
#include "cli/fix_jobs.h"
#include "cli/fix_output.h"
#include "cli/fix_program.h"
#include "cli/message.h"
#include "cli/read_output.h"
#include "report/messages.h"

#include "base/banned.h"

enum { OUTPUT_MAXIMUM = 64 * 1024 * 1024 };

static bool refuse(const char *text)
{
    ak_complain("%s\nTry 'akushu help fix'.", text);
    return false;
}

static bool options_allowed(const struct ak_arguments *a)
{
    bool legacy = a->template == AK_TEMPLATE_LEGACY_TEMPORARY;
    if (a->template != AK_TEMPLATE_NONE && a->finding_count != 0)
        return refuse("--finding: not with --template, which is a whole configuration");
    if (a->template == AK_TEMPLATE_NONE && a->program_count != 0)
        return refuse("--program: only with --template");
    if (legacy && a->until == NULL)
        return refuse("--template=legacy-temporary: --until=DATE must say when it ends");
    if (!legacy && a->until != NULL)
        return refuse("--until: only with --template=legacy-temporary");
    if (a->until != NULL && strlen(a->until) != strlen("2026-12-31"))
        return refuse("--until: a date is needed, such as 2026-12-31");
    if (a->output_dir == NULL && a->force)
        return refuse("--force: only with --output-dir");
    if (a->output_dir != NULL && a->output_dir[0] == '\0')
        return refuse("--output-dir: the name is empty");
    return ak_fix_programs_allowed(a);
}

static void on_conversation(void *context, const struct ak_conversation *c)
{
    (void)context;
    (void)c;
}

static void on_problem(void *context, enum ak_problem problem, const char *path,
                       const struct ak_error *error)
{
    const struct ak_arguments *a = context;
    if (problem != AK_PROBLEM_NOT_KNOWN && !a->quiet)
        ak_complain("%s: %s", path, ak_tr(a->lang, error->text));
}

/* ---- what is printed and written ---- */

static bool print(const struct ak_arguments *a, const struct ak_fix_jobs *jobs)
{
    struct ak_text out;
    struct ak_text_style style = {a->lang, ak_report_color(a), false, ak_report_width(false)};
    ak_text_init(&out, OUTPUT_MAXIMUM);
    for (size_t i = 0; i < jobs->count; i++) {
        if (a->format == AK_FORMAT_JSONL)
            ak_jsonl_fix(&jobs->entries[i]->report, &out);
        else
            ak_text_fix(&style, &jobs->entries[i]->report, &out);
    }
    if (jobs->count == 0 && a->format == AK_FORMAT_TEXT && a->operand_count != 0)
        ak_text_format(&out, "%s\n", ak_tr(a->lang, N_("No finding asks for a change.")));
    bool good = ak_print(&out);
    ak_text_release(&out);
    return good;
}

static int exit_status(const struct ak_fix_jobs *jobs, const struct ak_analysis *analysis)
{
    for (size_t i = 0; i < jobs->count; i++)
        if (jobs->entries[i]->report.answer != AK_FIX_NOTHING)
            return AK_EXIT_FINDINGS;
    return ak_analysis_partly(analysis) ? AK_EXIT_PARTLY : AK_EXIT_NOTHING;
}

static int fix(const struct ak_arguments *a, struct ak_analysis *analysis)
{
    struct ak_fix_jobs jobs;
    struct ak_fix_output output;
    int status = 0;
    ak_fix_jobs_init(&jobs, a);
    ak_fix_output_init(&output, a->output_dir, a->force);
    ak_fix_jobs_collect(&jobs, analysis);
    if (a->output_dir != NULL) {
        ak_fix_jobs_files(&jobs, &output);
        ak_fix_program_files(a, &output);
    }
    if (jobs.failed) {
        ak_complain("out of memory");
        status = AK_EXIT_PARTLY;
    } else if (jobs.unknown != NULL) {
        ak_complain("--finding=%s: there is no such finding", jobs.unknown);
        status = AK_EXIT_USAGE;
    } else if (a->output_dir != NULL) {
        status = ak_fix_output_write(&output);
    }
    if (status == 0) {
        bool good = print(a, &jobs);
        if (a->output_dir == NULL)
            ak_fix_program_print(a);
        status = good ? exit_status(&jobs, analysis) : AK_EXIT_PARTLY;
    }
    ak_fix_jobs_release(&jobs);
    ak_fix_output_release(&output);
    return status;
}

int ak_command_fix(const struct ak_arguments *arguments)
{
    struct ak_analysis_listener listener = {
        (void *)arguments, on_conversation, on_problem, NULL, NULL, NULL, NULL};
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    int status = AK_EXIT_PARTLY;
    if (!options_allowed(arguments))
        return AK_EXIT_USAGE;
    struct ak_analysis *analysis = ak_analysis_new(&listener);
    if (analysis != NULL)
        ak_analysis_roles(analysis, arguments->roles[0], arguments->roles[1]);
    if (analysis == NULL) {
        ak_complain("out of memory");
    } else if (ak_analysis_paths(analysis, arguments->operands, (size_t)arguments->operand_count,
                                 &error) != AK_ERR_NONE) {
        ak_complain("%s", error.text);
    } else {
        (void)ak_analysis_finish(analysis);
        if (ak_analysis_nothing(analysis) && arguments->operand_count != 0 && !arguments->quiet)
            ak_complain_nothing(arguments->lang, arguments->operands, arguments->operand_count);
        status = fix(arguments, analysis);
    }
    ak_analysis_free(analysis);
    return status;
}
