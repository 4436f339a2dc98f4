// SPDX-License-Identifier: Apache-2.0
#include "report/words.h"

#include "report/words_tables.h"

#include <string.h>

// The rows' ids lie behind different types, so each table has its own walk; the tables are short
// and words are looked up once a finding.
const struct ak_rule_words *ak_rule_words_find(const char *id)
{
    for (size_t i = 0; i < ak_rule_words_row_count; i++) {
        if (strcmp(ak_rule_words_rows[i].id, id) == 0) {
            return &ak_rule_words_rows[i];
        }
    }
    return NULL;
}

const struct ak_rule_words *ak_rule_words_at(size_t index)
{
    return index < ak_rule_words_row_count ? &ak_rule_words_rows[index] : NULL;
}

const struct ak_next_words *ak_next_words_find(const char *id)
{
    for (size_t i = 0; i < ak_next_words_row_count; i++) {
        if (strcmp(ak_next_words_rows[i].id, id) == 0) {
            return &ak_next_words_rows[i];
        }
    }
    return NULL;
}

const struct ak_next_words *ak_next_words_at(size_t index)
{
    return index < ak_next_words_row_count ? &ak_next_words_rows[index] : NULL;
}

const struct ak_error_text *ak_error_text_at(size_t index)
{
    return index < ak_error_text_row_count ? &ak_error_text_rows[index] : NULL;
}
