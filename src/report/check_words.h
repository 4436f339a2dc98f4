/* Words for what checks do and find. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REPORT_CHECK_WORDS_H
#define AK_REPORT_CHECK_WORDS_H

#include "report/check.h"

/* "the server closed the connection (RST) after the ClientHello" */
void ak_end_words(const struct ak_text_style *style, const struct ak_probe_result *result,
                  struct ak_text *out);
/* The end alone: "closed by RST". */
const char *ak_end_name_words(enum ak_lang lang, enum ak_probe_end end);
/* Why there is no result: nobody was asked, or the user did not wait for the answer. NULL: no
 * address. */
const char *ak_unasked_words(enum ak_lang lang, const struct ak_check_node *node);
const char *ak_hello_part_words(enum ak_lang lang, enum ak_hello_part part);
const char *ak_zero_words(enum ak_lang lang, enum ak_zero_verdict verdict);
/* Subject, key, signature, validity, whether it is self-signed. */
void ak_certificate_words(const struct ak_text_style *style, const struct ak_certificate *leaf,
                          struct ak_text *out);

#endif
