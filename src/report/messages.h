/* Translated messages: the English text is the key, the catalogue is compiled in from po/.
 *
 * No locale needs to be installed for Japanese to appear, and nothing depends on the process's
 * environment.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REPORT_MESSAGES_H
#define AK_REPORT_MESSAGES_H

#include "base/attr.h"
#include "report/words.h"

/* Marks a text for xgettext where it is not passed to ak_tr at once. */
#define N_(text) text

/* The text in this language; the text itself when there is no translation. */
AK_FORMAT_ARG(2) const char *ak_tr(enum ak_lang lang, const char *text);

#endif
