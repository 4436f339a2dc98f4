/* The process: its privileges, and the signals that end it or ask for something. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_OS_PROCESS_H
#define AK_OS_PROCESS_H

#include <stdbool.h>

#include "base/error.h"

/* Gives away what is no longer needed: all capabilities, and root's user and groups for those of
 * `user` (NULL: whoever called sudo, else nobody). Whether it came to that is checked, and that
 * there is no way back. A process that is not root keeps its user. */
enum ak_err ak_privileges_drop(const char *user, struct ak_error *error);

/* SIGINT and SIGTERM no longer end the process but are remembered, the second one ends it; SIGHUP
 * is remembered, too. */
void ak_signals_catch(void);
/* SIGINT or SIGTERM came. */
bool ak_signal_stop(void);
/* SIGHUP came since the last call. */
bool ak_signal_reopen(void);

#endif
