/* The explanation of an error text, or of one cause, as a line of JSON (observe/fields.h). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REPORT_EXPLAIN_JSON_H
#define AK_REPORT_EXPLAIN_JSON_H

#include "base/text.h"
#include "diagnose/symptom.h"
#include "report/explain_words.h"

/* Nothing of the text that was read is repeated but its numbers. */
void ak_explain_json(const struct ak_symptom_reading *reading, enum ak_lang lang,
                     struct ak_text *out);
/* `page`: of the rule of that name; NULL: it has none. */
void ak_explain_cause_json(const struct ak_cause_words *cause, const char *page, enum ak_lang lang,
                           struct ak_text *out);
/* All causes, the rules among them. */
void ak_explain_list_json(enum ak_lang lang, struct ak_text *out);

#endif
