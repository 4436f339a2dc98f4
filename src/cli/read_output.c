/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/read_output.h"

#include "base/alloc.h"
#include "observe/fields.h"
#include "os/file.h"
#include "report/csv.h"
#include "report/jsonl_certificate.h"
#include "report/jsonl_event.h"
#include "report/jsonl_host.h"
#include "report/text_certificate.h"
#include "report/text_event.h"
#include "report/text_host.h"

#include "base/banned.h"

enum { OVERVIEW = 20 }; /* findings listed at the head of the text report */
enum { LINE_MAXIMUM = 64 * 1024 * 1024 };

struct ak_read_output {
    const struct ak_arguments *arguments;
    const struct ak_text_style *style;
    struct ak_jsonl *jsonl;
    struct ak_csv *csv;
    struct ak_text line; /* a line of JSON on its way into the table */
    struct ak_text_table *table;
    const struct ak_host *hosts[AK_MAX_HOSTS]; /* printed behind the findings */
    size_t host_count;
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

void ak_read_output_conversation(struct ak_read_output *o, const struct ak_conversation *c,
                                 struct ak_text *out)
{
    switch (o->arguments->format) {
    case AK_FORMAT_TEXT:
        ak_text_table_add(o->table, c);
        break;
    case AK_FORMAT_JSONL:
        ak_jsonl_conversation(o->jsonl, c, out);
        break;
    case AK_FORMAT_CSV:
        if (o->arguments->rows == AK_ROWS_FINDINGS)
            break;
        ak_jsonl_conversation(o->jsonl, c, &o->line);
        write_row(o, out);
        break;
    }
}

void ak_read_output_host(struct ak_read_output *o, const struct ak_host *host, struct ak_text *out)
{
    if (o->arguments->format == AK_FORMAT_JSONL)
        ak_jsonl_host(host, out);
    else if (o->host_count < AK_MAX_HOSTS)
        o->hosts[o->host_count++] = host;
}

/* The text has a table of them at its end, the tables of CSV have no place for them. */
void ak_read_output_event(struct ak_read_output *o, const struct ak_event *event,
                          struct ak_text *out)
{
    if (o->arguments->format == AK_FORMAT_JSONL)
        ak_jsonl_event(event, out);
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

void ak_read_output_report(struct ak_read_output *o, const struct ak_analysis *analysis,
                           size_t findings, struct ak_text *out, void (*flush)(void *context),
                           void *context)
{
    const struct ak_summary *summary = ak_analysis_summary(analysis);
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
        ak_text_events(o->style, ak_analysis_events(analysis), out);
    if (text && (summary->files != 0 || summary->log_count + summary->certificate_files == 0))
        ak_text_table_print(o->style, o->table, out);
    else if (o->arguments->format == AK_FORMAT_JSONL)
        ak_jsonl_summary(summary, out);
    flush(context);
}
