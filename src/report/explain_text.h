/* The explanation of an error text, for people. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REPORT_EXPLAIN_TEXT_H
#define AK_REPORT_EXPLAIN_TEXT_H

#include "base/text.h"
#include "diagnose/symptom.h"
#include "report/explain_words.h"
#include "report/text_report.h"

/* Appends who speaks, what was recognised, the stage, each cause with what it would show, and the
 * commands that tell the causes apart. Lines are at most the style's width, except commands.
 * Nothing of the text that was read is repeated but its numbers. */
void ak_explain_text(const struct ak_text_style *style, const struct ak_symptom_reading *reading,
                     struct ak_text *out);
/* The short page of a cause that no rule finds. */
void ak_explain_cause(const struct ak_text_style *style, const struct ak_cause_words *cause,
                      struct ak_text *out);
/* NULL if there is none of that id. */
const struct ak_cause_words *ak_explain_cause_find(const char *id);

/* Name of the program or library of that id; "" if there is none. */
const char *ak_explain_stack_name(const char *id, enum ak_lang lang);
/* "P5b" for stage 6; "" past the last. */
const char *ak_explain_stage_code(unsigned stage);
/* Id of the step that tells the reading's causes apart. */
const char *ak_explain_step(const struct ak_symptom_reading *reading);

#endif
