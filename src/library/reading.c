/* SPDX-License-Identifier: Apache-2.0 */
#include "akushu/akushu.h"

#include "base/alloc.h"
#include "diagnose/diagnosis.h"
#include "intake/intake.h"
#include "os/file.h"
#include "report/jsonl.h"

#include "base/banned.h"

enum { LINE_MAXIMUM = 16 * 1024 * 1024 };

struct ak_reading {
    struct ak_reading_options options;
    struct ak_trace *trace;
    struct ak_intake *intake;
    struct ak_diagnosis *diagnosis;
    struct ak_jsonl *jsonl;
    struct ak_text out;
    struct ak_summary summary;
    bool failed;
};

const char *ak_version(void)
{
    return AKUSHU_VERSION;
}

static void hand_out(struct ak_reading *r)
{
    if (r->out.failed)
        r->failed = true;
    else
        r->options.line(r->options.context, r->out.bytes, r->out.size);
    ak_text_clear(&r->out);
}

static void on_conversation(void *context, const struct ak_conversation *c)
{
    struct ak_reading *r = context;
    r->summary.outcomes[c->outcome]++;
    ak_diagnosis_add(r->diagnosis, c);
    ak_jsonl_conversation(r->jsonl, c, &r->out);
    hand_out(r);
}

static void on_problem(void *context, enum ak_problem problem, const char *path,
                       const struct ak_error *error)
{
    struct ak_reading *r = context;
    r->summary.unreadable_files += problem == AK_PROBLEM_UNREADABLE;
    r->summary.partly_read_files += problem == AK_PROBLEM_PARTLY;
    r->summary.unknown_files += problem == AK_PROBLEM_NOT_KNOWN;
    if (problem == AK_PROBLEM_BLOCKS)
        r->summary.bad_blocks += error->offset;
    if (r->options.problem != NULL && problem != AK_PROBLEM_NOT_KNOWN)
        r->options.problem(r->options.context, path, error->text);
}

struct ak_reading *ak_reading_new(const struct ak_reading_options *options)
{
    struct ak_reading *r = ak_alloc(1, sizeof *r);
    if (r == NULL)
        return NULL;
    struct ak_intake_listener listener = {r, on_problem, NULL};
    r->options = *options;
    ak_text_init(&r->out, LINE_MAXIMUM);
    r->jsonl = ak_jsonl_new();
    r->diagnosis = ak_diagnosis_new(0);
    r->trace = ak_trace_new(ak_random_seed(), on_conversation, r);
    r->intake = r->trace != NULL ? ak_intake_new(r->trace, &listener) : NULL;
    if (r->jsonl == NULL || r->diagnosis == NULL || r->intake == NULL) {
        ak_reading_free(r);
        return NULL;
    }
    return r;
}

void ak_reading_free(struct ak_reading *r)
{
    if (r == NULL)
        return;
    ak_diagnosis_free(r->diagnosis);
    ak_trace_free(r->trace);
    ak_intake_free(r->intake);
    ak_jsonl_free(r->jsonl);
    ak_text_release(&r->out);
    ak_free(r);
}

int ak_reading_path(struct ak_reading *r, const char *path)
{
    struct ak_error error;
    if (ak_intake_path(r->intake, path, &error) != AK_ERR_NONE)
        r->failed = true;
    return r->failed ? -1 : 0;
}

int ak_reading_finish(struct ak_reading *r)
{
    size_t findings = ak_diagnosis_finish(r->diagnosis);
    r->summary.totals = ak_trace_totals_of(r->trace);
    r->summary.files = ak_intake_files(r->intake);
    r->summary.lost_findings = ak_diagnosis_lost(r->diagnosis);
    r->summary.early_judged = ak_diagnosis_early(r->diagnosis);
    for (size_t i = 0; i < findings; i++) {
        const struct ak_finding *f = ak_diagnosis_finding(r->diagnosis, i);
        r->summary.findings[f->rule->severity]++;
        ak_jsonl_finding(f, &r->out);
        hand_out(r);
    }
    ak_jsonl_summary(&r->summary, &r->out);
    hand_out(r);
    return r->failed ? -1 : (int)r->summary.findings[AK_SEVERITY_ERROR];
}
