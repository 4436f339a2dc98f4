/* Words of the facts that findings about hosts show. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REPORT_HOST_FACTS_H
#define AK_REPORT_HOST_FACTS_H

#include <stdbool.h>

#include "base/text.h"
#include "diagnose/rule.h"
#include "report/words.h"

/* False, and nothing is added, for a fact of another family. */
bool ak_host_fact_words(const struct ak_fact *fact, enum ak_lang lang, struct ak_text *out);

/* Untranslated, for ak_tr: why a setting has its value; "as client", "as server". */
const char *ak_why_words(unsigned why);
const char *ak_role_words(unsigned role);

#endif
