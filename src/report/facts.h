/* Typed facts of findings in words. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REPORT_FACTS_H
#define AK_REPORT_FACTS_H

#include "base/text.h"
#include "diagnose/rule.h"
#include "report/words.h"

/* Appends the fact as one phrase. */
void ak_fact_words(const struct ak_fact *fact, enum ak_lang lang, struct ak_text *out);
/* A predicate of --why-not as a phrase that is true when it holds; the id itself if unknown. */
const char *ak_predicate_words(const char *id, enum ak_lang lang);
/* Adds `format` with {1} and {2} replaced by the texts (NULL: by nothing). */
void ak_phrase(struct ak_text *out, const char *format, const char *one, const char *two);
/* "TLS 1.2", "SSL 3.0", or "0x1234". */
void ak_version_words(uint16_t version, struct ak_text *out);

#endif
