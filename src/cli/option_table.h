/* The commands and options: one table that feeds parsing, help, completion and the man pages' lint.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CLI_OPTION_TABLE_H
#define AK_CLI_OPTION_TABLE_H

#include <stdbool.h>
#include <stddef.h>

enum ak_command_id {
    AK_COMMAND_NONE,
    AK_COMMAND_READ,
    AK_COMMAND_CHECK,
    AK_COMMAND_COMPARE,
    AK_COMMAND_FIX,
    AK_COMMAND_PREDICT,
    AK_COMMAND_LAB,
    AK_COMMAND_WATCH,
    AK_COMMAND_COLLECT,
    AK_COMMAND_EXPLAIN,
    AK_COMMAND_SCHEMA,
    AK_COMMAND_COMPLETION,
    AK_COMMAND_HELP
};

struct ak_command {
    enum ak_command_id id;
    const char *name;
    const char *arguments; /* as in the usage line */
    const char *about;     /* one line; translated */
};

struct ak_option {
    const char *name;     /* long */
    char letter;          /* 0: none */
    const char *argument; /* NULL: a flag; "text|jsonl": one of these; else a placeholder, which has
                             a capital letter */
    unsigned commands;    /* bit set of 1 << enum ak_command_id */
    const char *about;
};

extern const struct ak_command ak_commands[];
extern const size_t ak_command_count;
extern const struct ak_option ak_options[];
extern const size_t ak_option_count;
enum { AK_MOST_OPTIONS = 128 };
/* Its argument may be left out; then it is the first of the choices. */
bool ak_option_stands_alone(const struct ak_option *option);
/* "text|jsonl": of the words that its argument may be; NULL: it may be anything, or there is none.
 */
const char *ak_option_choices(const struct ak_option *option);

#endif
