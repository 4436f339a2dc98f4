/* Lines of JSON as rows of a table: RFC 4180, one column for each field of observe/fields.h.
 *
 * A row is made from the very line that jsonl would print, so both always agree. Values of a list
 * stand in one cell, joined by "; ". Cells that a spreadsheet would take for a formula begin with
 * an apostrophe (OWASP, CSV Injection). Characters that could harm a terminal become U+FFFD.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REPORT_CSV_H
#define AK_REPORT_CSV_H

#include <stddef.h>

#include "base/text.h"

struct ak_csv;

/* The fields of one kind of line: AK_KIND_CONVERSATION or AK_KIND_FINDING. NULL: out of memory. */
struct ak_csv *ak_csv_new(unsigned kind);
/* Accepts NULL. */
void ak_csv_free(struct ak_csv *csv);

/* The row of names, ended by CR LF. `bom`: with the mark by which Excel knows UTF-8. */
void ak_csv_header(const struct ak_csv *csv, bool bom, struct ak_text *out);
/* The row of one line as report/jsonl.h writes it (nothing else is understood). `out` fails when
 * memory lacks. */
void ak_csv_row(struct ak_csv *csv, const char *json, size_t size, struct ak_text *out);

#endif
