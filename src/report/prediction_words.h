/* Words of a prediction's parts. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REPORT_PREDICTION_WORDS_H
#define AK_REPORT_PREDICTION_WORDS_H

#include "base/text.h"
#include "predict/changes.h"
#include "report/words.h"

/* Untranslated: for ak_tr. */
const char *ak_refusal_words(enum ak_refusal refusal);
const char *ak_hazard_words(unsigned hazard); /* one bit of enum ak_hazard */
/* "the ClientHello": what was sent last. */
const char *ak_stage_words(enum ak_stage stage, enum ak_lang lang);
/* "switch TLS 1.2 on" */
void ak_change_words(const struct ak_change *change, enum ak_lang lang, struct ak_text *out);

#endif
