/* A file that appears whole or not at all: written under another name, renamed at its end.
 *
 * A signal that ends the process takes the unfinished file away; one that somebody waits for is
 * left to them. What is no regular file (a device, a pipe) is written to directly. One replacement
 * at a time.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_OS_REPLACEMENT_H
#define AK_OS_REPLACEMENT_H

#include "os/file.h"

struct ak_replacement {
    struct ak_file file;
    char *path;      /* owned: the name wanted */
    char *temporary; /* owned: the name it has until it is finished; NULL: it has the name wanted */
};

/* On an error nothing is left behind. */
enum ak_err ak_replacement_open(struct ak_replacement *replacement, const char *path,
                                struct ak_error *error);
/* Gives the file its name. On an error it is taken away. Ends the replacement. */
enum ak_err ak_replacement_finish(struct ak_replacement *replacement, struct ak_error *error);
/* Takes the file away. Accepts one that is finished or was never opened (zeroed). */
void ak_replacement_abandon(struct ak_replacement *replacement);

#endif
