/* Changes for one program on Linux: an OpenSSL configuration for one unit, or Java's properties. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CLI_FIX_PROGRAM_H
#define AK_CLI_FIX_PROGRAM_H

#include "cli/fix_output.h"
#include "cli/options.h"

/* False after a message: one of --program is not KIND:NAME. */
bool ak_fix_programs_allowed(const struct ak_arguments *arguments);
/* Adds the files of every --program. */
void ak_fix_program_files(const struct ak_arguments *arguments, struct ak_fix_output *output);
/* Without --output-dir: prints what they would hold. */
void ak_fix_program_print(const struct ak_arguments *arguments);

#endif
