/* The explanation of an error text, for people. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REPORT_EXPLAIN_TEXT_H
#define AK_REPORT_EXPLAIN_TEXT_H

#include "base/text.h"
#include "diagnose/symptom.h"
#include "report/words.h"

/* Appends who speaks, what was recognised, the stage, each cause with what it would show, and the
 * commands that tell the causes apart. Lines are at most `width` columns, except commands. Nothing
 * of the text that was read is repeated but its numbers. */
void ak_explain_text(const struct ak_symptom_reading *reading, enum ak_lang lang, size_t width,
                     struct ak_text *out);

#endif
