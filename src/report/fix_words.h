/* What each set of changes does and whom it may hurt, in English and Japanese.
 *
 * Made from data/fix_sets.csv at build time (tools/gen_fix.py); every pointer is to static storage.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REPORT_FIX_WORDS_H
#define AK_REPORT_FIX_WORDS_H

#include <stddef.h>

#include "report/words.h"

struct ak_fix_words {
    const char *id; /* of remedy/fix_rows.h */
    const char *what[AK_LANG_COUNT], *risk[AK_LANG_COUNT];
};

extern const struct ak_fix_words ak_fix_words_rows[];
extern const size_t ak_fix_words_count;

/* NULL when there is no such set. */
const struct ak_fix_words *ak_fix_words_find(const char *id);

#endif
