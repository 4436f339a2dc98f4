/* The commands: each returns the program's exit status. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CLI_COMMANDS_H
#define AK_CLI_COMMANDS_H

#include "cli/options.h"

enum ak_exit {
    AK_EXIT_NOTHING = 0,
    AK_EXIT_FINDINGS = 1,
    AK_EXIT_NOT_KNOWN = 1, /* explain: none of the known texts */
    AK_EXIT_USAGE = 2,
    AK_EXIT_PARTLY = 3,
    AK_EXIT_UNREACHABLE = 4
};

int ak_command_read(const struct ak_arguments *arguments);
int ak_command_watch(const struct ak_arguments *arguments);
int ak_command_check(const struct ak_arguments *arguments);
int ak_command_compare(const struct ak_arguments *arguments);
int ak_command_fix(const struct ak_arguments *arguments);
int ak_command_predict(const struct ak_arguments *arguments);
int ak_command_collect(const struct ak_arguments *arguments);
int ak_command_lab(const struct ak_arguments *arguments);
int ak_command_explain(const struct ak_arguments *arguments);
int ak_command_schema(const struct ak_arguments *arguments);
int ak_command_completion(const struct ak_arguments *arguments);
int ak_command_help(const struct ak_arguments *arguments);

#endif
