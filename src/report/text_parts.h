/* Pieces that the parts of the text report share. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REPORT_TEXT_PARTS_H
#define AK_REPORT_TEXT_PARTS_H

#include "report/text_report.h"

/* "3 captures": a number and its words. */
void ak_counted(struct ak_text *out, uint64_t count, const char *words);
/* "1 capture", "2 captures"; Japanese has one form. Both are translated here. */
void ak_plural(const struct ak_text_style *style, struct ak_text *out, uint64_t count,
               const char *one, const char *many);
/* A terminal's escape sequence, or "" when colours are off. */
const char *ak_paint(const struct ak_text_style *style, const char *code);
/* The text, padded with blanks to this many columns. */
void ak_pad(struct ak_text *out, const char *text, size_t columns);
void ak_blanks(struct ak_text *out, size_t columns);
/* "192.0.2.1:1433", "[2001:db8::1]:1433" */
void ak_address_words(const struct ak_endpoint *endpoint, struct ak_text *out);

#endif
