// The const tables behind report/words.h, as tools/gen_model.py writes them.
// SPDX-License-Identifier: Apache-2.0
//
// Private to words.c and generated/report_words.c. Rules and next steps are in ascending byte order
// of their ids and hold no id twice; error texts keep the order of their file.
#ifndef AK_REPORT_WORDS_TABLES_H
#define AK_REPORT_WORDS_TABLES_H

#include "report/words.h"

#include <stddef.h>

extern const struct ak_rule_words ak_rule_words_rows[];
extern const size_t ak_rule_words_row_count;
extern const struct ak_next_words ak_next_words_rows[];
extern const size_t ak_next_words_row_count;
extern const struct ak_error_text ak_error_text_rows[];
extern const size_t ak_error_text_row_count;

#endif
