/* Text for a terminal: width of UTF-8 in columns, wrapping, and wire text made harmless. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REPORT_WRAP_H
#define AK_REPORT_WRAP_H

#include <stddef.h>

#include "base/text.h"

/* Columns of one character (Unicode 15 East Asian Width W and F count two, combining marks none).
 */
unsigned ak_char_columns(unsigned code_point);
/* Columns of a UTF-8 text. */
size_t ak_text_columns(const char *utf8);

/* Appends `utf8` in lines of at most `width` columns. The first line continues at column `at`,
 * the others are indented by `indent` blanks. Breaks at blanks, and between wide characters.
 * Ends with a line end. */
void ak_wrap(struct ak_text *out, const char *utf8, size_t at, size_t indent, size_t width);

/* Appends text from the wire: control characters (C0, C1, bidirectional) become U+FFFD. */
void ak_safe_text(struct ak_text *out, const char *utf8);

#endif
