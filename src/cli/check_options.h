/* The options of check. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CLI_CHECK_OPTIONS_H
#define AK_CLI_CHECK_OPTIONS_H

#include "cli/options.h"

enum ak_taken { AK_TAKEN_OTHER, AK_TAKEN, AK_TAKEN_WRONG };

/* OTHER: none of check's own. WRONG after one message. */
enum ak_taken ak_check_option(const char *name, const char *value, struct ak_check_arguments *out);
/* False after one message: options that contradict each other, or no server. */
bool ak_check_arguments_fit(const struct ak_arguments *arguments);

#endif
