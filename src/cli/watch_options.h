/* The options of watch. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CLI_WATCH_OPTIONS_H
#define AK_CLI_WATCH_OPTIONS_H

#include "cli/check_options.h"

/* As ak_check_option. */
enum ak_taken ak_watch_option(const char *name, const char *value, struct ak_watch_arguments *out);
/* False after one message. */
bool ak_watch_arguments_fit(const struct ak_arguments *arguments);

#endif
