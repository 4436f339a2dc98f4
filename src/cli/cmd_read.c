/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/certificate_password.h"
#include "cli/commands.h"
#include "cli/message.h"
#include "cli/policy_option.h"
#include "cli/read_output.h"
#include "cli/write_capture.h"
#include "library/analysis.h"
#include "library/policy_word.h"
#include "os/file.h"
#include "report/messages.h"

#include "base/banned.h"

enum { OUTPUT_BLOCK = 64 * 1024, OUTPUT_MAXIMUM = 64 * 1024 * 1024 };

struct reading {
    const struct ak_arguments *arguments;
    struct ak_text_style style;
    struct ak_file output;
    struct ak_text out;
    struct ak_error output_error;
    struct ak_analysis *analysis;
    struct ak_read_output *report; /* NULL with --why-not */
    struct ak_writing writing;
    struct ak_certificate_password password;
    struct ak_policy policy;      /* of --would-block */
    struct ak_would_block *would; /* NULL: not asked */
    const struct ak_rule *why_not;
    uint64_t why_not_number, why_not_answers;
    bool progress_shown;
};

static void flush_output(void *context)
{
    struct reading *r = context;
    if (r->out.failed && r->output_error.code == AK_ERR_NONE)
        (void)ak_error_set(&r->output_error, AK_ERR_MEMORY, "out of memory for the output");
    if (r->output_error.code == AK_ERR_NONE && r->out.size != 0)
        (void)ak_file_write(&r->output, r->out.bytes, r->out.size, &r->output_error);
    ak_text_clear(&r->out);
}

static void clear_progress(struct reading *r)
{
    if (r->progress_shown)
        (void)fprintf(stderr, "\r\033[K");
    r->progress_shown = false;
}

/* ---- what the intake tells ---- */

static const char *problem_words(enum ak_problem problem)
{
    switch (problem) {
    case AK_PROBLEM_UNREADABLE:
        return N_("not read");
    case AK_PROBLEM_PARTLY:
        return N_("read only in part");
    case AK_PROBLEM_OWN:
        return N_("passed over");
    case AK_PROBLEM_HINT:
        return N_("hint");
    case AK_PROBLEM_BLOCKS:
        return N_("blocks skipped");
    case AK_PROBLEM_RECORDS:
        return N_("records skipped");
    default:
        return N_("no evidence known here");
    }
}

static void on_problem(void *context, enum ak_problem problem, const char *path,
                       const struct ak_error *error)
{
    struct reading *r = context;
    struct ak_text line;
    if (r->arguments->quiet || problem == AK_PROBLEM_NOT_KNOWN)
        return;
    clear_progress(r);
    ak_text_init(&line, 16384);
    ak_text_format(&line, "%s: %s: %s", path, ak_tr(r->style.lang, problem_words(problem)),
                   ak_tr(r->style.lang, error->text));
    if (problem == AK_PROBLEM_PARTLY)
        ak_text_format(&line,
                       ak_tr(r->style.lang, N_(" (at byte %llu; what came before was "
                                               "read)")),
                       (unsigned long long)error->offset);
    if (problem == AK_PROBLEM_BLOCKS || problem == AK_PROBLEM_RECORDS)
        ak_text_format(&line, " (%llu)", (unsigned long long)error->offset);
    ak_complain("%s", ak_text_string(&line));
    ak_text_release(&line);
}

static void on_progress(void *context, const char *path, uint64_t done, uint64_t total)
{
    struct reading *r = context;
    if (total != 0)
        (void)fprintf(stderr, "\r\033[K%s: %llu %%", path,
                      (unsigned long long)(done * 100 / total));
    else
        (void)fprintf(stderr, "\r\033[K%s: %llu MB", path, (unsigned long long)(done / 1000000));
    r->progress_shown = true;
}

static void on_conversation(void *context, const struct ak_conversation *c)
{
    struct reading *r = context;
    if (r->would != NULL)
        ak_would_block_add(r->would, c);
    if (r->report != NULL)
        ak_read_output_conversation(r->report, c, ak_analysis_several(r->analysis), &r->out);
    if (r->out.size > OUTPUT_BLOCK)
        flush_output(r);
}

static void on_host(void *context, const struct ak_host *host)
{
    struct reading *r = context;
    if (r->report != NULL)
        ak_read_output_host(r->report, host, &r->out);
    if (r->out.size > OUTPUT_BLOCK)
        flush_output(r);
}

static void on_event(void *context, const struct ak_event *event)
{
    struct reading *r = context;
    if (r->report != NULL)
        ak_read_output_event(r->report, event, &r->out);
    if (r->out.size > OUTPUT_BLOCK)
        flush_output(r);
}

static const char *on_password(void *context, const char *path)
{
    struct reading *r = context;
    clear_progress(r);
    return ak_certificate_password_for(&r->password, path);
}

static void on_why_not(void *context, const struct ak_why_not *why)
{
    struct reading *r = context;
    r->why_not_answers++;
    ak_text_why_not(&r->style, r->why_not, why, &r->out);
    if (r->out.size > OUTPUT_BLOCK)
        flush_output(r);
}

/* ---- setting up ---- */

static bool ask_why_not(struct reading *r)
{
    char id[64];
    const char *text = r->arguments->why_not;
    if (text == NULL)
        return true;
    const char *hash = strchr(text, '#');
    size_t n = hash != NULL ? (size_t)(hash - text) : strlen(text);
    uint64_t number = 0;
    bool good = n < sizeof id;
    if (hash != NULL) {
        char *end;
        number = strtoull(hash + 1, &end, 10);
        good = good && hash[1] >= '0' && hash[1] <= '9' && *end == '\0' && number != 0 &&
               strlen(hash + 1) < 19;
    }
    r->why_not_number = number;
    if (good) {
        memcpy(id, text, n);
        id[n] = '\0';
        r->why_not = ak_rule_find(id);
    }
    if (r->why_not == NULL) {
        ak_complain("--why-not=%s: RULE or RULE#NUMBER is needed; 'akushu explain' lists the rules",
                    text);
        return false;
    }
    ak_analysis_ask(r->analysis, r->why_not, number, on_why_not, r);
    return true;
}

static bool set_up(struct reading *r)
{
    const struct ak_arguments *a = r->arguments;
    struct ak_analysis_listener listener = {r,       on_conversation, on_problem, NULL,
                                            on_host, on_event,        on_password};
    if (!a->quiet && ak_is_terminal(2))
        listener.progress = on_progress;
    r->style.lang = a->lang;
    r->style.all = a->all;
    r->style.color = ak_report_color(a);
    r->style.width = ak_report_width(a->output != NULL);
    ak_text_init(&r->out, OUTPUT_MAXIMUM);
    r->analysis = ak_analysis_new(&listener);
    if (r->analysis != NULL)
        ak_analysis_roles(r->analysis, a->roles[0], a->roles[1]);
    if (r->analysis != NULL && a->separate)
        ak_analysis_separate(r->analysis);
    if (r->analysis != NULL && a->threads != 0)
        ak_analysis_threads(r->analysis, a->threads);
    if (r->analysis != NULL && a->max_memory != 0)
        ak_analysis_limit(r->analysis, a->max_memory);
    if (r->analysis != NULL && a->filtered)
        ak_analysis_filter(r->analysis, &a->filter);
    if (a->why_not == NULL)
        r->report = ak_read_output_new(a, &r->style);
    bool sink = a->why_not != NULL || r->report != NULL;
    if (r->analysis == NULL || !sink || !ak_writing_begin(&r->writing, a, r->analysis)) {
        ak_complain("out of memory");
        return false;
    }
    if (r->report != NULL)
        ak_read_output_begin(r->report, &r->out);
    return true;
}

/* --would-block. An exit status when it cannot be. */
static int set_policy(struct reading *r)
{
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    const char *word = r->arguments->would_block;
    if (word == NULL)
        return AK_EXIT_NOTHING;
    int status = ak_policy_argument(word, &r->policy);
    if (status != AK_EXIT_NOTHING)
        return status;
    r->would = ak_would_block_new(&r->policy, ak_random_seed());
    if (r->would == NULL) {
        (void)ak_error_set(&error, AK_ERR_MEMORY, "out of memory");
        ak_complain("%s", error.text);
        return AK_EXIT_PARTLY;
    }
    ak_analysis_tell(r->analysis, NULL, ak_would_block_totals(r->would), word);
    return AK_EXIT_NOTHING;
}

static void tear_down(struct reading *r)
{
    ak_certificate_password_wipe(&r->password);
    ak_would_block_free(r->would);
    ak_policy_release(&r->policy);
    ak_writing_release(&r->writing);
    ak_analysis_free(r->analysis);
    ak_read_output_free(r->report);
    ak_text_release(&r->out);
}

/* ---- finishing ---- */

static void name_unsupported(struct reading *r)
{
    const struct ak_totals *t = ak_analysis_summary(r->analysis)->totals;
    for (size_t i = 0; !r->arguments->quiet && i < t->unsupported_count; i++)
        ak_complain(ak_tr(r->style.lang, N_("link type %u is not read here: %llu frames skipped")),
                    (unsigned)t->unsupported[i].link_type,
                    (unsigned long long)t->unsupported[i].frames);
}

static int exit_status(const struct reading *r)
{
    static const int level[] = {[AK_FAIL_ON_NOTE] = 0,
                                [AK_FAIL_ON_WARNING] = 1,
                                [AK_FAIL_ON_ERROR] = 2,
                                [AK_FAIL_ON_NEVER] = 3};
    const struct ak_summary *s = ak_analysis_summary(r->analysis);
    for (int i = level[r->arguments->fail_on]; i < 3; i++)
        if (s->findings[i] != 0)
            return AK_EXIT_FINDINGS;
    if (r->would != NULL && r->arguments->fail_on != AK_FAIL_ON_NEVER &&
        ak_would_block_totals(r->would)->each[AK_WOULD_FAIL] != 0)
        return AK_EXIT_FINDINGS;
    bool partly = ak_analysis_partly(r->analysis) || r->output_error.code != AK_ERR_NONE;
    return partly ? AK_EXIT_PARTLY : AK_EXIT_NOTHING;
}

static int finish(struct reading *r)
{
    size_t findings = ak_analysis_finish(r->analysis);
    if (r->would != NULL) {
        if (ak_policy_hosts(r->arguments->would_block, &r->policy, r->analysis, &r->output_error) !=
            AK_ERR_NONE)
            ak_complain("%s", r->output_error.text);
        ak_would_block_judge(r->would);
        if (r->report != NULL)
            ak_read_output_would(r->report, r->would);
    }
    clear_progress(r);
    if (r->report != NULL)
        ak_read_output_report(r->report, r->analysis, findings, &r->out, flush_output, r);
    flush_output(r);
    if (r->why_not_number != 0 && r->why_not_answers == 0) {
        ak_complain("--why-not: there is no conversation %llu; the last one is %llu",
                    (unsigned long long)r->why_not_number,
                    (unsigned long long)ak_analysis_summary(r->analysis)->totals->conversations);
        return AK_EXIT_USAGE;
    }
    name_unsupported(r);
    if (ak_analysis_nothing(r->analysis) && !r->arguments->quiet)
        ak_complain_nothing(r->style.lang, r->arguments->operands, r->arguments->operand_count);
    if (ak_file_close(&r->output, &r->output_error) != AK_ERR_NONE ||
        r->output_error.code != AK_ERR_NONE) {
        /* A closed pipe is the reader's choice (head, less): no message. */
        if (!ak_is_broken_pipe(r->output_error.system))
            ak_complain("%s: %s", r->arguments->output ? r->arguments->output : "stdout",
                        r->output_error.text);
    }
    int written = ak_writing_finish(&r->writing, r->arguments);
    return written != 0 ? written : exit_status(r);
}

static bool names_an_input(const struct ak_arguments *a, const char *path)
{
    uint64_t output[2], input[2];
    if (strcmp(path, "-") == 0 || !ak_path_identity(path, output))
        return false;
    for (int i = 0; i < a->operand_count; i++)
        if (strcmp(a->operands[i], "-") != 0 && ak_path_identity(a->operands[i], input) &&
            input[0] == output[0] && input[1] == output[1])
            return true;
    return false;
}

int ak_command_read(const struct ak_arguments *arguments)
{
    struct reading r;
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    int status = AK_EXIT_PARTLY;
    memset(&r, 0, sizeof r);
    r.arguments = arguments;
    r.output.handle = -1;
    if (!ak_write_allowed(arguments))
        return AK_EXIT_USAGE;
    if (!set_up(&r)) {
        tear_down(&r);
        return AK_EXIT_PARTLY;
    }
    if (!ak_certificate_password_begin(&r.password, arguments) || !ask_why_not(&r)) {
        tear_down(&r);
        return AK_EXIT_USAGE;
    }
    int policy = set_policy(&r);
    if (policy != AK_EXIT_NOTHING) {
        tear_down(&r);
        return policy;
    }
    const char *path = arguments->output != NULL ? arguments->output : "-";
    if (names_an_input(arguments, path)) {
        ak_complain("%s: the output would overwrite this input", path);
        tear_down(&r);
        return AK_EXIT_USAGE;
    }
    if (ak_file_create(&r.output, path, &error) != AK_ERR_NONE) {
        ak_complain("%s: %s", path, error.text);
        tear_down(&r);
        return AK_EXIT_PARTLY;
    }
    if (ak_analysis_paths(r.analysis, arguments->operands, (size_t)arguments->operand_count,
                          &error) == AK_ERR_NONE)
        status = finish(&r);
    else
        ak_complain("%s", error.text);
    tear_down(&r);
    return status;
}
