/* Facts from logs, in words. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REPORT_EVENT_FACTS_H
#define AK_REPORT_EVENT_FACTS_H

#include "report/facts.h"

/* False: the fact is of another kind, and nothing was added. */
bool ak_event_fact_words(const struct ak_fact *fact, enum ak_lang lang, struct ak_text *out);

#endif
