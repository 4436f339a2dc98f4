/* The JSON Schema of the jsonl output, and its documentation, from the one table of fields. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REPORT_SCHEMA_H
#define AK_REPORT_SCHEMA_H

#include "base/text.h"

/* JSON Schema (draft 2020-12) that any line of the output fulfils. */
void ak_schema_json(struct ak_text *out);
/* The same as a Markdown table. */
void ak_schema_markdown(struct ak_text *out);

#endif
