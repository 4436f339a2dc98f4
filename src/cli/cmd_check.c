/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "cli/check_azure.h"
#include "cli/check_capture.h"
#include "cli/check_client.h"
#include "cli/check_plan.h"
#include "cli/commands.h"
#include "cli/message.h"
#include "cli/read_output.h"
#include "os/file.h"
#include "report/check.h"
#include "report/messages.h"

#include "base/banned.h"

enum { OUTPUT_MAXIMUM = 64 * 1024 * 1024 };

struct checking {
    const struct ak_arguments *arguments;
    struct ak_text_style style;
    struct ak_text out;
    struct ak_check_subject *subject;
    struct ak_analysis *analysis;
    struct ak_check *check;
    struct ak_read_output *report;
    struct ak_check_capture *capture; /* --write; NULL: none */
    bool progress, failed;            /* failed: a part of the output was lost */
    bool brief;                       /* one line for each address; findings behind it */
    struct ak_summary *sum;           /* of several checks; NULL: this one is all */
    struct ak_totals *totals;
};

static void flush(void *context)
{
    struct checking *c = context;
    c->failed = !ak_print(&c->out) || c->failed;
    ak_text_clear(&c->out);
}

static void clear_progress(struct checking *c)
{
    if (c->progress)
        (void)fprintf(stderr, "\r\033[K");
    c->progress = false;
}

/* ---- what happens ---- */

static void on_conversation(void *context, const struct ak_conversation *conversation)
{
    struct checking *c = context;
    if (c->report != NULL)
        ak_read_output_conversation(c->report, conversation, false, &c->out);
}

static void on_problem(void *context, enum ak_problem problem, const char *path,
                       const struct ak_error *error)
{
    struct checking *c = context;
    if (problem == AK_PROBLEM_NOT_KNOWN || c->arguments->quiet)
        return;
    clear_progress(c);
    ak_complain("%s: %s", path, ak_tr(c->style.lang, error->text));
}

static void on_host(void *context, const struct ak_host *host)
{
    struct checking *c = context;
    if (c->report != NULL)
        ak_read_output_host(c->report, host, &c->out);
}

static void on_asking(void *context, const struct ak_check_report *report,
                      const struct ak_check_attempt *attempt)
{
    struct checking *c = context;
    struct ak_text words;
    if (c->capture != NULL)
        ak_check_capture_begin(c->capture, attempt->number);
    if (c->arguments->quiet || c->arguments->check.verbose || !ak_is_terminal(2))
        return;
    ak_text_init(&words, 512);
    if (c->arguments->check.repeat != 0 && report->repetition.made != 0)
        ak_text_format(&words, "%llu / %u", (unsigned long long)report->repetition.made,
                       c->arguments->check.repeat);
    else
        ak_purpose_words(&c->style, attempt->purpose, attempt->part, attempt->code, &words);
    (void)fprintf(stderr, "\r\033[K%s", ak_text_string(&words));
    ak_text_release(&words);
    c->progress = true;
}

static void on_answered(void *context, const struct ak_check_report *report,
                        const struct ak_check_attempt *attempt)
{
    struct checking *c = context;
    bool repeated = report->repetition.made != 0;
    if (c->capture != NULL)
        ak_check_capture_end(c->capture, c->check, attempt->number);
    if (!c->arguments->check.verbose || c->arguments->format != AK_FORMAT_TEXT)
        return;
    if (repeated && attempt->result->end == AK_PROBE_END_REACHED)
        return; /* hundreds of lines that say the same */
    ak_text_check_attempt(&c->style, report, attempt, &c->out);
    flush(c);
    (void)fflush(stdout); /* a pipe shows it now, too */
}

static void on_frame(void *context, uint64_t number, const struct ak_frame *frame)
{
    struct checking *c = context;
    if (c->capture != NULL)
        ak_check_capture_frame(c->capture, c->check, number, frame);
}

/* ---- setting up ---- */

static bool open_capture(struct checking *c)
{
    const char *path = c->arguments->write;
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    if (path == NULL)
        return true;
    c->capture = ak_check_capture_new(path, c->arguments->all, &error);
    if (c->capture == NULL)
        ak_complain("%s: %s", path, error.text);
    return c->capture != NULL;
}

static bool read_beside(struct checking *c)
{
    const struct ak_check_arguments *o = &c->arguments->check;
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    char *paths[AK_CHOSEN_PROGRAMS];
    int number;
    size_t count = 0;
    for (size_t i = 0; i < o->with_count; i++) {
        if (ak_path_kind_of(o->with[i], &number) == AK_PATH_MISSING)
            continue; /* a party by name: read --as */
        paths[count++] = ak_memdup(o->with[i], strlen(o->with[i]) + 1);
    }
    bool good = count == 0 || ak_analysis_paths(c->analysis, paths, count, &error) == AK_ERR_NONE;
    for (size_t i = 0; i < count; i++)
        ak_free(paths[i]);
    if (!good)
        ak_complain("%s", error.text);
    return good;
}

static int set_up(struct checking *c)
{
    const struct ak_analysis_listener heard = {
        c, on_conversation, on_problem, NULL, on_host, NULL, NULL};
    const struct ak_check_listener listener = {c, on_asking, on_answered, on_frame};
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    c->analysis = ak_analysis_new(&heard);
    if (!c->arguments->check.monitor)
        c->report = ak_read_output_new(c->arguments, &c->style);
    if (c->analysis == NULL || (c->report == NULL && !c->arguments->check.monitor)) {
        ak_complain("out of memory");
        return AK_EXIT_PARTLY;
    }
    if (!open_capture(c))
        return AK_EXIT_PARTLY;
    if (!read_beside(c))
        return AK_EXIT_PARTLY;
    c->check = ak_check_new(&c->subject->setting, c->analysis, &listener, &error);
    if (c->check == NULL) {
        ak_complain("%s", error.text);
        return AK_EXIT_PARTLY;
    }
    return AK_EXIT_NOTHING;
}

/* ---- the end ---- */

static bool close_capture(struct checking *c)
{
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    if (c->capture == NULL || ak_check_capture_finish(c->capture, c->check, &error) == AK_ERR_NONE)
        return true;
    ak_complain("%s: %s", c->arguments->write, error.text);
    return false;
}

static bool any_reached(const struct ak_check_report *report)
{
    for (size_t i = 0; i < report->node_count; i++)
        if (report->node[i].result != NULL && report->node[i].result->step[AK_STEP_SYN_ACK] != 0)
            return true;
    return false;
}

static int exit_status(const struct checking *c, const struct ak_check_report *report)
{
    static const int level[] = {[AK_FAIL_ON_NOTE] = 0,
                                [AK_FAIL_ON_WARNING] = 1,
                                [AK_FAIL_ON_ERROR] = 2,
                                [AK_FAIL_ON_NEVER] = 3};
    const struct ak_summary *s = ak_analysis_summary(c->analysis);
    if (!any_reached(report) && !report->interrupted)
        return AK_EXIT_UNREACHABLE;
    for (size_t i = 0; i < report->node_count; i++)
        if (report->node[i].result != NULL && report->node[i].result->end == AK_PROBE_END_NOTHING)
            return AK_EXIT_PARTLY;
    for (int i = level[c->arguments->fail_on]; i < 3; i++)
        if (s->findings[i] != 0)
            return AK_EXIT_FINDINGS;
    for (size_t i = 0; c->arguments->fail_on != AK_FAIL_ON_NEVER && i < report->node_count; i++)
        if (report->node[i].offer != NULL &&
            (report->node[i].offer->failed != 0 || report->node[i].offer->login_error != 0))
            return AK_EXIT_FINDINGS; /* failed, though no rule knows why, or a note says it all */
    bool partly =
        ak_analysis_partly(c->analysis) || report->interrupted || report->unresolved[0] != '\0';
    return partly ? AK_EXIT_PARTLY : AK_EXIT_NOTHING;
}

static void print_report(struct checking *c, const struct ak_check_report *report, size_t findings)
{
    const struct ak_summary *summary = ak_analysis_summary(c->analysis);
    if (c->arguments->check.monitor)
        return;
    if (c->arguments->format == AK_FORMAT_JSONL) {
        ak_jsonl_check(report, &c->out);
        for (size_t i = 0; c->sum != NULL && i < findings; i++)
            ak_jsonl_finding(ak_analysis_finding(c->analysis, i), &c->out);
        if (c->sum != NULL)
            return;
        ak_read_output_report(c->report, c->analysis, findings, &c->out, flush, c);
        return;
    }
    if (c->brief)
        ak_text_check_brief(&c->style, report, &c->out);
    else
        ak_text_check(&c->style, report, &c->out);
    for (size_t i = 0; i < findings; i++)
        ak_text_finding(&c->style, ak_analysis_finding(c->analysis, i), &c->out);
    if (!c->brief && findings == 0 && summary->findings[0] == 0 && any_reached(report))
        ak_text_format(&c->out, "\n%s\n", ak_tr(c->style.lang, N_("No findings.")));
}

static int finish(struct checking *c, enum ak_err ran, const struct ak_error *error)
{
    const struct ak_check_report *report = ak_check_report_of(c->check);
    size_t findings = ak_analysis_finish(c->analysis);
    clear_progress(c);
    if (ran != AK_ERR_NONE)
        ak_complain("check: %s", ak_tr(c->style.lang, error->text));
    print_report(c, report, findings);
    if (c->sum != NULL)
        ak_summary_add(c->sum, c->totals, ak_analysis_summary(c->analysis));
    int status = exit_status(c, report);
    if (c->arguments->check.monitor)
        status = ak_monitor_check(report, ak_analysis_summary(c->analysis)->findings, &c->out);
    flush(c);
    bool kept = close_capture(c);
    if ((!kept || c->failed) && status == AK_EXIT_NOTHING)
        status = AK_EXIT_PARTLY;
    return status;
}

static int run(struct checking *c)
{
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    int status = set_up(c);
    if (status != AK_EXIT_NOTHING)
        return status;
    enum ak_err ran = ak_check_run(c->check, &error);
    ak_check_subject_wipe(c->subject);
    return finish(c, ran, &error);
}

static int check_with(const struct ak_arguments *a, struct ak_summary *sum,
                      struct ak_totals *totals)
{
    struct checking c;
    memset(&c, 0, sizeof c);
    c.arguments = a;
    c.brief = sum != NULL;
    c.sum = sum;
    c.totals = totals;
    c.style.lang = a->lang;
    c.style.color = ak_report_color(a);
    c.style.all = a->all;
    c.style.width = ak_report_width(false);
    ak_text_init(&c.out, OUTPUT_MAXIMUM);
    c.subject = ak_alloc(1, sizeof *c.subject);
    int status = AK_EXIT_PARTLY;
    if (c.subject == NULL)
        ak_complain("out of memory");
    else
        status = ak_check_subject_make(a, c.subject);
    if (c.subject != NULL && status == AK_EXIT_NOTHING && a->check.plan) {
        ak_check_plan(&c.subject->setting, &c.style, &c.out);
        flush(&c);
    } else if (c.subject != NULL && status == AK_EXIT_NOTHING) {
        status = run(&c);
    }
    if (c.subject != NULL)
        ak_check_subject_wipe(c.subject);
    ak_check_capture_free(c.capture);
    ak_read_output_free(c.report);
    ak_analysis_free(c.analysis);
    ak_check_free(c.check);
    ak_free(c.subject);
    ak_text_release(&c.out);
    return status;
}

int ak_check_once(const struct ak_arguments *a)
{
    return check_with(a, NULL, NULL);
}

int ak_check_one_of(const struct ak_arguments *a, struct ak_summary *sum, struct ak_totals *totals)
{
    return check_with(a, sum, totals);
}

int ak_command_check(const struct ak_arguments *a)
{
    return ak_is_azure_agents(a) ? ak_check_azure(a) : ak_check_once(a);
}
