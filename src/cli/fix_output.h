/* The files of `fix`: named, checked against what is there, and written one by one, whole or not at
 * all.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CLI_FIX_OUTPUT_H
#define AK_CLI_FIX_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

struct ak_fix_output_file {
    char *name; /* owned; in the directory */
    struct ak_text bytes;
};

/* What is to be written; nothing is until _write. */
struct ak_fix_output {
    const char *directory;
    bool force;
    struct ak_fix_output_file *files;
    size_t count, room;
    bool failed; /* memory lacked */
};

void ak_fix_output_init(struct ak_fix_output *output, const char *directory, bool force);
void ak_fix_output_release(struct ak_fix_output *output);
/* A new file, to be filled; NULL after setting `failed`. The name may hold no slash. */
struct ak_text *ak_fix_output_add(struct ak_fix_output *output, const char *name);
/* Makes the directory if need be and writes all files, or none when one of them exists and is not
 * to be overwritten. Returns 0, or the exit status after a message. */
int ak_fix_output_write(struct ak_fix_output *output);

#endif
