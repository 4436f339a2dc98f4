/* SPDX-License-Identifier: Apache-2.0 */
#include "akushu/akushu.h"

#include <string.h>

#include "base/alloc.h"
#include "library/analysis.h"
#include "report/jsonl_certificate.h"
#include "report/jsonl_collected.h"
#include "report/jsonl_event.h"
#include "report/jsonl_host.h"
#include "report/waiting_lines.h"

#include "base/banned.h"

enum { LINE_MAXIMUM = 16 * 1024 * 1024 };

struct ak_reading {
    struct ak_reading_options options;
    struct ak_analysis *analysis;
    struct ak_jsonl *jsonl;
    struct ak_text out;
    struct ak_waiting_lines waiting; /* of conversations whose other side may still come */
    uint64_t early_lines;            /* of those that left without waiting for it */
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

/* Lines leave in the order in which conversations ended: all that wait go before the next one. */
static void give_up_waiting(struct ak_reading *r)
{
    uint64_t id;
    while (ak_waiting_lines_next(&r->waiting, &id)) {
        r->early_lines += id != 0;
        ak_waiting_lines_take(&r->waiting, NULL, &r->out);
        hand_out(r);
    }
}

static void on_conversation(void *context, const struct ak_conversation *c)
{
    struct ak_reading *r = context;
    bool waits = ak_analysis_several(r->analysis);
    if (waits && ak_waiting_lines_add(&r->waiting, r->jsonl, c))
        return;
    give_up_waiting(r);
    if (waits && ak_waiting_lines_add(&r->waiting, r->jsonl, c))
        return;
    ak_jsonl_conversation(r->jsonl, c, &r->out);
    hand_out(r);
}

/* The line in `out`, of no conversation: behind those that wait. */
static void hand_out_in_turn(struct ak_reading *r)
{
    uint64_t id;
    if (ak_waiting_lines_next(&r->waiting, &id) && !r->out.failed &&
        ak_waiting_lines_put(&r->waiting, r->out.bytes, r->out.size)) {
        ak_text_clear(&r->out);
        return;
    }
    struct ak_text line = r->out;
    ak_text_init(&r->out, LINE_MAXIMUM);
    give_up_waiting(r);
    ak_text_release(&r->out);
    r->out = line;
    hand_out(r);
}

static void on_host(void *context, const struct ak_host *host)
{
    struct ak_reading *r = context;
    ak_jsonl_host(host, &r->out);
    hand_out_in_turn(r);
}

static void on_event(void *context, const struct ak_event *event)
{
    struct ak_reading *r = context;
    ak_jsonl_event(event, &r->out);
    hand_out_in_turn(r);
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
    ak_waiting_lines_init(&r->waiting, AK_DEFAULT_MEMORY / AK_WAITING_LINES_PART);
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
    ak_waiting_lines_release(&r->waiting);
    ak_free(r);
}

int ak_reading_paths(struct ak_reading *r, char *const *paths, size_t count)
{
    struct ak_error error;
    if (count != 0 && ak_analysis_paths(r->analysis, paths, count, &error) != AK_ERR_NONE)
        r->failed = true;
    return r->failed ? -1 : 0;
}

int ak_reading_path(struct ak_reading *r, const char *path)
{
    char *name = ak_memdup(path, strlen(path) + 1);
    if (name == NULL)
        r->failed = true;
    else
        (void)ak_reading_paths(r, &name, 1);
    ak_free(name);
    return r->failed ? -1 : 0;
}

/* Now it is known which conversations another capture shows, too. */
static void hand_out_waiting(struct ak_reading *r)
{
    struct ak_joint joint;
    uint64_t id;
    while (ak_waiting_lines_next(&r->waiting, &id)) {
        bool joined = ak_analysis_joint(r->analysis, id, &joint);
        ak_waiting_lines_take(&r->waiting, joined ? &joint : NULL, &r->out);
        hand_out(r);
    }
}

int ak_reading_finish(struct ak_reading *r)
{
    size_t findings = ak_analysis_finish(r->analysis);
    struct ak_summary summary = *ak_analysis_summary(r->analysis);
    const struct ak_certificate_case *c;
    const struct ak_collected *collected;
    summary.early_lines = summary.join != NULL ? r->early_lines : 0;
    hand_out_waiting(r);
    for (size_t i = 0; (c = ak_analysis_certificate(r->analysis, i)) != NULL; i++) {
        ak_jsonl_found_certificate(c, &r->out);
        if (r->out.size != 0)
            hand_out(r);
    }
    for (size_t i = 0; (collected = ak_analysis_collected(r->analysis, i)) != NULL; i++) {
        ak_jsonl_collected(collected, &r->out);
        hand_out(r);
    }
    for (size_t i = 0; i < findings; i++) {
        ak_jsonl_finding(ak_analysis_finding(r->analysis, i), &r->out);
        hand_out(r);
    }
    ak_jsonl_summary(&summary, &r->out);
    hand_out(r);
    return r->failed ? -1 : (int)summary.findings[AK_SEVERITY_ERROR];
}
