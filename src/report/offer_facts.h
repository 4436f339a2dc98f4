/* Facts about servers that were asked what they accept, in words. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REPORT_OFFER_FACTS_H
#define AK_REPORT_OFFER_FACTS_H

#include "report/facts.h"

/* False: the fact is of another kind, and nothing was added. */
bool ak_offer_fact_words(const struct ak_fact *fact, enum ak_lang lang, struct ak_text *out);

#endif
