/* SPDX-License-Identifier: Apache-2.0 */
#include "akushu/akushu.h"

#include <string.h>

#include "base/alloc.h"
#include "library/analysis.h"
#include "report/jsonl_certificate.h"
#include "report/jsonl_event.h"
#include "report/jsonl_host.h"

#include "base/banned.h"

enum { LINE_MAXIMUM = 16 * 1024 * 1024 };

struct ak_reading {
    struct ak_reading_options options;
    struct ak_analysis *analysis;
    struct ak_jsonl *jsonl;
    struct ak_text out;
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
    ak_jsonl_conversation(r->jsonl, c, &r->out);
    hand_out(r);
}

static void on_host(void *context, const struct ak_host *host)
{
    struct ak_reading *r = context;
    ak_jsonl_host(host, &r->out);
    hand_out(r);
}

static void on_event(void *context, const struct ak_event *event)
{
    struct ak_reading *r = context;
    ak_jsonl_event(event, &r->out);
    hand_out(r);
}

static void on_problem(void *context, enum ak_problem problem, const char *path,
                       const struct ak_error *error)
{
    struct ak_reading *r = context;
    if (r->options.problem != NULL && problem != AK_PROBLEM_NOT_KNOWN)
        r->options.problem(r->options.context, path, error->text);
}

struct ak_reading *ak_reading_new(const struct ak_reading_options *options)
{
    struct ak_reading *r = ak_alloc(1, sizeof *r);
    if (r == NULL)
        return NULL;
    struct ak_analysis_listener listener = {r,       on_conversation, on_problem, NULL,
                                            on_host, on_event,        NULL};
    r->options = *options;
    ak_text_init(&r->out, LINE_MAXIMUM);
    r->jsonl = ak_jsonl_new();
    r->analysis = ak_analysis_new(&listener);
    if (r->jsonl == NULL || r->analysis == NULL) {
        ak_reading_free(r);
        return NULL;
    }
    return r;
}

void ak_reading_free(struct ak_reading *r)
{
    if (r == NULL)
        return;
    ak_analysis_free(r->analysis);
    ak_jsonl_free(r->jsonl);
    ak_text_release(&r->out);
    ak_free(r);
}

int ak_reading_path(struct ak_reading *r, const char *path)
{
    struct ak_error error;
    char *name = ak_memdup(path, strlen(path) + 1);
    if (name == NULL || ak_analysis_paths(r->analysis, &name, 1, &error) != AK_ERR_NONE)
        r->failed = true;
    ak_free(name);
    return r->failed ? -1 : 0;
}

int ak_reading_finish(struct ak_reading *r)
{
    size_t findings = ak_analysis_finish(r->analysis);
    const struct ak_summary *summary = ak_analysis_summary(r->analysis);
    const struct ak_certificate_case *c;
    for (size_t i = 0; (c = ak_analysis_certificate(r->analysis, i)) != NULL; i++) {
        ak_jsonl_found_certificate(c, &r->out);
        if (r->out.size != 0)
            hand_out(r);
    }
    for (size_t i = 0; i < findings; i++) {
        ak_jsonl_finding(ak_analysis_finding(r->analysis, i), &r->out);
        hand_out(r);
    }
    ak_jsonl_summary(summary, &r->out);
    hand_out(r);
    return r->failed ? -1 : (int)summary->findings[AK_SEVERITY_ERROR];
}
