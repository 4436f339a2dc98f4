/* SPDX-License-Identifier: Apache-2.0 */
#include "support/pipeline.h"

#include <stdbool.h>
#include <string.h>

#include "codec/capture_file.h"
#include "diagnose/diagnosis.h"
#include "observe/tally.h"
#include "predict/would_block.h"
#include "report/jsonl.h"
#include "report/text_report.h"
#include "report/would_block.h"
#include "trace/trace.h"

struct pipeline {
    struct ak_trace *trace;
    struct ak_diagnosis *diagnosis;
    struct ak_jsonl *jsonl;
    struct ak_text_table *table;
    struct ak_policy policy;
    struct ak_would_block *would;
    struct ak_tallying *tallying;
    struct ak_text_style style;
    struct ak_text out;
    struct ak_pipeline_result result;
    struct ak_summary summary;
};

static void drop_output(struct pipeline *p)
{
    p->result.output_bytes += p->out.size;
    ak_text_clear(&p->out);
}

static void on_conversation(void *context, const struct ak_conversation *c)
{
    struct pipeline *p = context;
    p->result.conversations++;
    p->summary.outcomes[c->outcome]++;
    ak_diagnosis_add(p->diagnosis, c);
    ak_jsonl_conversation(p->jsonl, c, &p->out);
    ak_text_table_add(p->table, c);
    ak_tallying_add(p->tallying, c);
    if (!c->told)
        ak_would_block_add(p->would, c);
    drop_output(p);
}

static void on_open(void *context, const struct ak_conversation *c)
{
    struct pipeline *p = context;
    ak_tallying_open(p->tallying, c);
    ak_would_block_add(p->would, c);
}

static void report_would(struct pipeline *p)
{
    const struct ak_would_row *row;
    ak_would_block_judge(p->would);
    for (size_t i = 0; (row = ak_would_block_row(p->would, i)) != NULL; i++) {
        ak_jsonl_would_block(row, "policy", &p->out);
        drop_output(p);
    }
    while (ak_would_block_news(p->would) != NULL)
        ;
    ak_text_would_block(&p->style, p->would, "policy", 10, &p->out);
    drop_output(p);
}

static void feed(struct pipeline *p, const uint8_t *bytes, size_t size, size_t window)
{
    struct ak_capture_file file;
    struct ak_frame frame;
    struct ak_error error;
    size_t at = 0, have = 0;
    ak_capture_file_init(&file);
    if (window == 0)
        window = size;
    for (;;) {
        size_t used, need;
        enum ak_capture_step step =
            ak_capture_file_next(&file, bytes + at, have, &used, &need, &frame, &error);
        at += used;
        have -= used;
        if (step == AK_CAPTURE_FRAME)
            ak_trace_frame(p->trace, &frame);
        else if (step == AK_CAPTURE_BAD)
            break;
        else if (step == AK_CAPTURE_MORE) {
            if (have == size - at)
                break;
            size_t more = size - at - have;
            have += more < window ? more : window;
        }
    }
    ak_capture_file_release(&file);
}

static void report(struct pipeline *p)
{
    size_t findings = ak_diagnosis_finish(p->diagnosis);
    p->result.findings = findings;
    p->summary.totals = ak_trace_totals_of(p->trace);
    for (size_t i = 0; i < findings; i++) {
        const struct ak_finding *f = ak_diagnosis_finding(p->diagnosis, i);
        p->summary.findings[f->severity]++;
        ak_jsonl_finding(f, &p->out);
        ak_text_finding(&p->style, f, &p->out);
        drop_output(p);
    }
    report_would(p);
    ak_jsonl_summary(&p->summary, &p->out);
    ak_text_summary(&p->style, &p->summary, &p->out);
    ak_text_table_print(&p->style, p->table, &p->out);
    drop_output(p);
}

struct ak_pipeline_result ak_pipeline_run(const uint8_t *bytes, size_t size, size_t window)
{
    struct pipeline p;
    memset(&p, 0, sizeof p);
    p.style.all = true;
    p.style.width = 80;
    ak_text_init(&p.out, 16 * 1024 * 1024);
    p.trace = ak_trace_new(1, on_conversation, &p);
    p.diagnosis = ak_diagnosis_new(1);
    p.jsonl = ak_jsonl_new();
    p.table = ak_text_table_new(&p.style);
    for (unsigned at = AK_PARTY_SSL20; at < AK_PARTY_TLS12; at++)
        p.policy.versions[at] = AK_POLICY_OFF;
    p.would = ak_would_block_new(&p.policy, 1);
    p.tallying = ak_tallying_new(1);
    if (p.would != NULL && p.tallying != NULL && p.trace != NULL && p.diagnosis != NULL &&
        p.jsonl != NULL && p.table != NULL) {
        static struct ak_source source = {"memory", 1, NULL, NULL, 0};
        ak_trace_file(p.trace, &source);
        feed(&p, bytes, size, window);
        ak_trace_survey(p.trace, INT64_MIN, INT64_MIN, on_open, &p);
        ak_trace_flush(p.trace);
        report(&p);
    }
    ak_would_block_free(p.would);
    ak_tallying_free(p.tallying);
    ak_text_table_free(p.table);
    ak_jsonl_free(p.jsonl);
    ak_diagnosis_free(p.diagnosis);
    ak_trace_free(p.trace);
    ak_text_release(&p.out);
    return p.result;
}
