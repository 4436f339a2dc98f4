/* The words of an explanation, as tools/gen_symptoms.py writes them.
 *
 * From data/symptoms.csv, error_codes.csv, causes.csv, explain_steps.csv and symptom_stacks.csv.
 * Symptoms and causes stand in the order of ak_symptom_at and ak_cause_id; the rows of one step
 * stand together and in order. No text is NULL.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REPORT_EXPLAIN_WORDS_H
#define AK_REPORT_EXPLAIN_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "report/words.h"

struct ak_symptom_words {
    const char *symbol; /* of a number: "WSAECONNRESET"; may be "" */
    const char *meaning[AK_LANG_COUNT];
    bool unconfirmed;
};

struct ak_cause_words {
    const char *id;
    const char *title[AK_LANG_COUNT];
    const char *cause[AK_LANG_COUNT];
    const char *wire[AK_LANG_COUNT]; /* what a trace would show */
    const char *log[AK_LANG_COUNT];  /* what the logs would show */
    const char *step;                /* what proves it when it alone is left; may be "" */
    bool rule;                       /* `akushu read` can find it, and it has a page */
};

struct ak_step_words {
    const char *id;
    const char *text[AK_LANG_COUNT];
    const char *command; /* to be copied as it is; may be "" */
};

struct ak_stack_words {
    const char *id;
    const char *name[AK_LANG_COUNT];
};

extern const struct ak_symptom_words ak_symptom_words_rows[];
extern const size_t ak_symptom_words_count;
extern const struct ak_cause_words ak_cause_words_rows[];
extern const size_t ak_cause_words_count;
extern const struct ak_step_words ak_step_words_rows[];
extern const size_t ak_step_words_count;
extern const struct ak_stack_words ak_stack_words_rows[];
extern const size_t ak_stack_words_count;

#endif
