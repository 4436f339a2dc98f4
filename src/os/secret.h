/* Secrets that a user types: read from the terminal without showing them. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_OS_SECRET_H
#define AK_OS_SECRET_H

#include <stddef.h>

#include "base/error.h"

/* Asks on the terminal itself, not on standard input, and shows nothing of what is typed. The line
 * goes into `out` with a NUL. AK_ERR_OPEN: there is no terminal. AK_ERR_USAGE: longer than room. */
enum ak_err ak_secret_prompt(const char *question, char *out, size_t room, struct ak_error *error);

#endif
