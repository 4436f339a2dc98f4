/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/read_output.h"

#include "base/alloc.h"
#include "base/limits.h"
#include "observe/fields.h"
#include "os/file.h"
#include "report/csv.h"
#include "report/jsonl_certificate.h"
#include "report/jsonl_collected.h"
#include "report/jsonl_event.h"
#include "report/jsonl_host.h"
#include "report/text_certificate.h"
#include "report/text_collected.h"
#include "report/text_event.h"
#include "report/text_host.h"
#include "report/waiting_lines.h"
#include "report/would_block.h"

#include "base/banned.h"

enum { OVERVIEW = 20, WOULD_ROWS = 200 }; /* findings listed at the head of the text report */
enum { LINE_MAXIMUM = 64 * 1024 * 1024, OUTPUT_BLOCK = 64 * 1024 };

struct ak_read_output {
    const struct ak_arguments *arguments;
    const struct ak_text_style *style;
    struct ak_jsonl *jsonl;
    struct ak_csv *csv;
    struct ak_text line;             /* a line of JSON on its way into the table */
    struct ak_waiting_lines waiting; /* lines whose other side may still come */
    uint64_t early_lines;
    struct ak_text_table *table;
    const struct ak_host *hosts[AK_MAX_HOSTS]; /* printed behind the findings */
    size_t host_count;
    const struct ak_would_block *would; /* NULL: not asked */
};

size_t ak_report_width(bool into_file)
{
    unsigned columns = into_file ? 0 : ak_terminal_columns(1);
    if (columns == 0)
        return 100;
    return columns < 60 ? 60 : columns > 140 ? 140 : columns;
}

bool ak_report_color(const struct ak_arguments *a)
{
    if (a->color != AK_COLOR_AUTO)
        return a->color == AK_COLOR_ALWAYS;
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");
    bool refused =
        (no_color != NULL && *no_color != '\0') || (term != NULL && strcmp(term, "dumb") == 0);
    return a->output == NULL && ak_is_terminal(1) && !refused;
}

struct ak_read_output *ak_read_output_new(const struct ak_arguments *arguments,
                                          const struct ak_text_style *style)
{
    struct ak_read_output *o = ak_alloc(1, sizeof *o);
    if (o == NULL)
        return NULL;
    bool made;
    o->arguments = arguments;
    o->style = style;
    ak_text_init(&o->line, LINE_MAXIMUM);
    size_t memory = arguments->max_memory != 0 ? arguments->max_memory : AK_DEFAULT_MEMORY;
    ak_waiting_lines_init(&o->waiting, memory / AK_WAITING_LINES_PART);
    if (arguments->format == AK_FORMAT_TEXT) {
        o->table = ak_text_table_new(style);
        made = o->table != NULL;
    } else {
        o->jsonl = ak_jsonl_new();
        made = o->jsonl != NULL;
    }
    if (arguments->format == AK_FORMAT_CSV) {
        bool findings = arguments->rows == AK_ROWS_FINDINGS;
        o->csv = ak_csv_new(findings ? AK_KIND_FINDING : AK_KIND_CONVERSATION);
        made = made && o->csv != NULL;
    }
    if (!made) {
        ak_read_output_free(o);
        return NULL;
    }
    return o;
}

void ak_read_output_free(struct ak_read_output *o)
{
    if (o == NULL)
        return;
    ak_jsonl_free(o->jsonl);
    ak_csv_free(o->csv);
    ak_waiting_lines_release(&o->waiting);
    ak_text_release(&o->line);
    ak_text_table_free(o->table);
    ak_free(o);
}

/* The line of JSON in o->line as a row of the table. */
static void write_row(struct ak_read_output *o, struct ak_text *out)
{
    if (o->line.failed)
        ak_text_fail(out);
    ak_csv_row(o->csv, o->line.bytes, o->line.size, out);
    ak_text_clear(&o->line);
}

void ak_read_output_begin(struct ak_read_output *o, struct ak_text *out)
{
    if (o->arguments->format == AK_FORMAT_CSV)
        ak_csv_header(o->csv, o->arguments->bom, out);
}

/* The line that waits longest, in the format that is wanted. */
static void take_line(struct ak_read_output *o, const struct ak_joint *joint, struct ak_text *out)
{
    bool table = o->arguments->format == AK_FORMAT_CSV;
    ak_waiting_lines_take(&o->waiting, joint, table ? &o->line : out);
    if (table)
        write_row(o, out);
}

/* Lines leave in the order in which conversations ended: all that wait go before the next one. */
static void give_up_waiting(struct ak_read_output *o, struct ak_text *out)
{
    uint64_t id;
    while (ak_waiting_lines_next(&o->waiting, &id)) {
        o->early_lines += id != 0;
        take_line(o, NULL, out);
    }
}

static void write_line(struct ak_read_output *o, const struct ak_conversation *c, bool waits,
                       struct ak_text *out)
{
    if (waits && ak_waiting_lines_add(&o->waiting, o->jsonl, c))
        return;
    give_up_waiting(o, out);
    if (waits && ak_waiting_lines_add(&o->waiting, o->jsonl, c))
        return;
    bool table = o->arguments->format == AK_FORMAT_CSV;
    ak_jsonl_conversation(o->jsonl, c, table ? &o->line : out);
    if (table)
        write_row(o, out);
}

void ak_read_output_conversation(struct ak_read_output *o, const struct ak_conversation *c,
                                 bool waits, struct ak_text *out)
{
    if (o->arguments->format == AK_FORMAT_TEXT)
        ak_text_table_add(o->table, c);
    else if (o->arguments->format == AK_FORMAT_JSONL || o->arguments->rows != AK_ROWS_FINDINGS)
        write_line(o, c, waits, out);
}

/* The line in o->line: behind those that wait, or at once. */
static void write_other_line(struct ak_read_output *o, struct ak_text *out)
{
    uint64_t id;
    bool waits = ak_waiting_lines_next(&o->waiting, &id);
    if (o->line.failed)
        ak_text_fail(out);
    if (!waits || !ak_waiting_lines_put(&o->waiting, o->line.bytes, o->line.size)) {
        give_up_waiting(o, out);
        ak_text_bytes(out, o->line.bytes, o->line.size);
    }
    ak_text_clear(&o->line);
}

void ak_read_output_host(struct ak_read_output *o, const struct ak_host *host, struct ak_text *out)
{
    if (o->arguments->format == AK_FORMAT_JSONL) {
        ak_jsonl_host(host, &o->line);
        write_other_line(o, out);
    } else if (o->host_count < AK_MAX_HOSTS) {
        o->hosts[o->host_count++] = host;
    }
}

/* The text has a table of them at its end, the tables of CSV have no place for them. */
void ak_read_output_event(struct ak_read_output *o, const struct ak_event *event,
                          struct ak_text *out)
{
    if (o->arguments->format != AK_FORMAT_JSONL)
        return;
    ak_jsonl_event(event, &o->line);
    write_other_line(o, out);
}

/* Text has them behind the hosts, JSON before the findings. */
static void report_collected(const struct ak_read_output *o, const struct ak_analysis *analysis,
                             struct ak_text *out, void (*flush)(void *context), void *context)
{
    const struct ak_collected *c;
    for (size_t i = 0; (c = ak_analysis_collected(analysis, i)) != NULL; i++) {
        if (o->arguments->format == AK_FORMAT_TEXT)
            ak_text_collected(o->style, c, out);
        else if (o->arguments->format == AK_FORMAT_JSONL)
            ak_jsonl_collected(c, out);
        flush(context);
    }
}

static void report_finding(struct ak_read_output *o, const struct ak_finding *f,
                           struct ak_text *out)
{
    switch (o->arguments->format) {
    case AK_FORMAT_TEXT:
        ak_text_finding(o->style, f, out);
        break;
    case AK_FORMAT_JSONL:
        ak_jsonl_finding(f, out);
        break;
    case AK_FORMAT_CSV:
        if (o->arguments->rows != AK_ROWS_FINDINGS)
            break;
        ak_jsonl_finding(f, &o->line);
        write_row(o, out);
        break;
    }
}

void ak_read_output_would(struct ak_read_output *o, const struct ak_would_block *would)
{
    o->would = would;
}

static void report_would(const struct ak_read_output *o, struct ak_text *out,
                         void (*flush)(void *context), void *context)
{
    const struct ak_would_row *row;
    const char *policy = o->arguments->would_block;
    if (o->would == NULL)
        return;
    if (o->arguments->format == AK_FORMAT_TEXT)
        ak_text_would_block(o->style, o->would, policy,
                            o->arguments->all ? SIZE_MAX : (size_t)WOULD_ROWS, out);
    for (size_t i = 0;
         o->arguments->format == AK_FORMAT_JSONL &&
         (row = ak_would_block_row(o->would, i)) != NULL && row->would != AK_WOULD_WORK;
         i++) {
        ak_jsonl_would_block(row, policy, out);
        flush(context);
    }
}

void ak_read_output_report(struct ak_read_output *o, const struct ak_analysis *analysis,
                           size_t findings, struct ak_text *out, void (*flush)(void *context),
                           void *context)
{
    struct ak_summary whole = *ak_analysis_summary(analysis), *summary = &whole;
    struct ak_joint joint;
    uint64_t id;
    summary->early_lines = summary->join != NULL ? o->early_lines : 0;
    while (ak_waiting_lines_next(&o->waiting, &id)) {
        take_line(o, ak_analysis_joint(analysis, id, &joint) ? &joint : NULL, out);
        if (out->size > OUTPUT_BLOCK)
            flush(context);
    }
    bool text = o->arguments->format == AK_FORMAT_TEXT;
    if (text)
        ak_text_summary(o->style, summary, out);
    for (size_t i = 0; text && findings > 1 && i < findings && i < OVERVIEW; i++)
        ak_text_overview(o->style, ak_analysis_finding(analysis, i), out);
    const struct ak_certificate_case *c;
    for (size_t i = 0; o->arguments->format == AK_FORMAT_JSONL &&
                       (c = ak_analysis_certificate(analysis, i)) != NULL;
         i++)
        ak_jsonl_found_certificate(c, out);
    if (!text)
        report_collected(o, analysis, out, flush, context);
    for (size_t i = 0; i < findings; i++) {
        report_finding(o, ak_analysis_finding(analysis, i), out);
        flush(context);
    }
    for (size_t i = 0; text && i < o->host_count; i++) {
        ak_text_host(o->style, o->hosts[i], out);
        flush(context);
    }
    bool first = true;
    for (size_t i = 0; text && (c = ak_analysis_certificate(analysis, i)) != NULL; i++)
        first = !ak_text_certificate(o->style, c, first, out) && first;
    if (text)
        report_collected(o, analysis, out, flush, context);
    report_would(o, out, flush, context);
    if (text)
        ak_text_events(o->style, ak_analysis_events(analysis), out);
    if (text && (summary->files != 0 || summary->log_count + summary->certificate_files == 0))
        ak_text_table_print(o->style, o->table, out);
    else if (o->arguments->format == AK_FORMAT_JSONL)
        ak_jsonl_summary(summary, out);
    flush(context);
}
