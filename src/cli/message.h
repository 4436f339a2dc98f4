/* Messages to standard error: harmless to a terminal whatever they quote. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CLI_MESSAGE_H
#define AK_CLI_MESSAGE_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/text.h"
#include "report/words.h"

/* "akushu: ", the text, a line end. Control characters except line ends become U+FFFD. */
void ak_complain(const char *format, ...) AK_PRINTF(1, 2);
/* "akushu: PATH: TEXT", as listeners of the library have it; `context` is not used. */
void ak_complain_of(void *context, const char *path, const char *text);
/* There was nothing to read in what the operands name. */
void ak_complain_nothing(enum ak_lang lang, char *const *operands, int count);
/* Puts the text on standard output. False after a message: it had not all of its memory. Whether it
 * arrived is asked once, at the end. */
bool ak_print(const struct ak_text *text);
/* Flushes standard output; false after one message when what was printed did not arrive. A pipe
 * whose reader has gone is no fault. */
bool ak_output_arrived(void);

#endif
