/* What `read` prints, in each format: while conversations come, and the report at the end. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CLI_READ_OUTPUT_H
#define AK_CLI_READ_OUTPUT_H

#include "cli/options.h"
#include "library/analysis.h"
#include "predict/would_block.h"
#include "report/text_report.h"

/* Columns of a report: those of the terminal between 60 and 140, or 100 when it goes to a file. */
size_t ak_report_width(bool into_file);

/* --color, NO_COLOR, TERM and whether it goes to a terminal. */
bool ak_report_color(const struct ak_arguments *arguments);

struct ak_read_output;

/* `style` is borrowed. NULL when out of memory. */
struct ak_read_output *ak_read_output_new(const struct ak_arguments *arguments,
                                          const struct ak_text_style *style);
/* Accepts NULL. */
void ak_read_output_free(struct ak_read_output *output);

/* Each appends to `out`, which fails when memory lacks. */
void ak_read_output_begin(struct ak_read_output *output, struct ak_text *out);
/* `waits`: a later capture may show the connection's other side (ak_analysis_several). */
void ak_read_output_conversation(struct ak_read_output *output, const struct ak_conversation *c,
                                 bool waits, struct ak_text *out);
void ak_read_output_host(struct ak_read_output *output, const struct ak_host *host,
                         struct ak_text *out);
void ak_read_output_event(struct ak_read_output *output, const struct ak_event *event,
                          struct ak_text *out);
/* Before the end: who would fail under --would-block; borrowed. */
void ak_read_output_would(struct ak_read_output *output, const struct ak_would_block *would);
/* The end: `flush` is called between its parts, so that `out` stays small. */
void ak_read_output_report(struct ak_read_output *output, const struct ak_analysis *analysis,
                           size_t findings, struct ak_text *out, void (*flush)(void *context),
                           void *context);

#endif
