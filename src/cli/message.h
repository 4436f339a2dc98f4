/* Messages to standard error: harmless to a terminal whatever they quote. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CLI_MESSAGE_H
#define AK_CLI_MESSAGE_H

#include "base/attr.h"

/* "akushu: ", the text, a line end. Control characters except line ends become U+FFFD. */
void ak_complain(const char *format, ...) AK_PRINTF(1, 2);
/* Flushes standard output; false after one message when what was printed did not arrive. A pipe
 * whose reader has gone is no fault. */
int ak_output_arrived(void);

#endif
