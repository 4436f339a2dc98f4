/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "cli/commands.h"
#include "cli/message.h"
#include "os/file.h"
#include "os/file_map.h"

#include "base/banned.h"

static int run(const struct ak_arguments *arguments)
{
    if (arguments->version) {
        (void)printf("akushu %s\n", AKUSHU_VERSION);
        return AK_EXIT_NOTHING;
    }
    if (arguments->help)
        return ak_command_help(arguments);
    switch (arguments->command) {
    case AK_COMMAND_READ:
        return ak_command_read(arguments);
    case AK_COMMAND_WATCH:
        return ak_command_watch(arguments);
    case AK_COMMAND_CHECK:
        return ak_command_check(arguments);
    case AK_COMMAND_COMPARE:
        return ak_command_compare(arguments);
    case AK_COMMAND_FIX:
        return ak_command_fix(arguments);
    case AK_COMMAND_PREDICT:
        return ak_command_predict(arguments);
    case AK_COMMAND_COLLECT:
        return ak_command_collect(arguments);
    case AK_COMMAND_LAB:
        return ak_command_lab(arguments);
    case AK_COMMAND_EXPLAIN:
        return ak_command_explain(arguments);
    case AK_COMMAND_SCHEMA:
        return ak_command_schema(arguments);
    case AK_COMMAND_COMPLETION:
        return ak_command_completion(arguments);
    case AK_COMMAND_HELP:
    case AK_COMMAND_NONE:
        break;
    }
    return ak_command_help(arguments);
}

int main(int argc, char **argv)
{
    struct ak_arguments arguments;
    ak_ignore_broken_pipe();
    ak_file_map_allow();
    if (!ak_arguments_parse(argc, argv, &arguments))
        return AK_EXIT_USAGE;
    int status = run(&arguments);
    if (!ak_output_arrived() && status == AK_EXIT_NOTHING)
        return AK_EXIT_PARTLY;
    return status;
}
