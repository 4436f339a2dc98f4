/* Passwords that an option names: of a file, or of the environment; never an argument. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CLI_PASSWORD_OPTION_H
#define AK_CLI_PASSWORD_OPTION_H

#include <stdbool.h>
#include <stddef.h>

/* The file's first line, in UTF-8 with or without a byte order mark. False after a message:
 * unreadable, not UTF-8, or longer than `room` less its NUL; a part of a password is never used. */
bool ak_password_of_file(const char *path, char *out, size_t room);
/* The value of this variable. False after a message. */
bool ak_password_of_environment(const char *name, char *out, size_t room);

#endif
