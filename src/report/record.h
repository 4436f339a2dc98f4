/* A line of JSON taken apart: one value for each field of observe/fields.h.
 *
 * Understands the lines that report/jsonl.h writes, and nothing else. Values of a list stand in one
 * text, joined by "; ". Characters that could harm a terminal are U+FFFD.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REPORT_RECORD_H
#define AK_REPORT_RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

struct ak_record_cell {
    const char *path; /* as in observe/fields.h */
    struct ak_text value;
    bool text; /* a JSON string, or several; else a number or a truth value */
};

struct ak_record {
    struct ak_record_cell *cells; /* in the order of the fields */
    size_t count;
};

/* Cells for the fields of one kind of line: AK_KIND_CONVERSATION or AK_KIND_FINDING. False when out
 * of memory; _release is then allowed. */
bool ak_record_init(struct ak_record *record, unsigned kind);
void ak_record_release(struct ak_record *record);
/* Replaces all values by those of the line. False when out of memory. A line that ends early gives
 * what it held so far. */
bool ak_record_read(struct ak_record *record, const char *json, size_t size);
/* The value under a path, "" when the line had none; valid until the next read. */
const char *ak_record_value(struct ak_record *record, const char *path);

#endif
