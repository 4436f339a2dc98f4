/* A template for one program on Linux, so that nothing else on the machine changes.
 *
 * OpenSSL: a configuration file of its own, named by OPENSSL_CONF in a drop-in of one systemd unit.
 * Java: a file of security properties, named by -Djava.security.properties=FILE.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REPORT_FIX_PROGRAM_H
#define AK_REPORT_FIX_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
#include "report/words.h"

struct ak_program_fix {
    const char *template; /* "tls12-only" */
    const char *program;  /* "openssl:UNIT", "java:NAME" */
    const char *until;    /* NULL, or the date */
    enum ak_lang lang;
};

/* KIND is known, and NAME consists of letters, digits and . _ @ - */
bool ak_program_fix_allowed(const char *program);

/* How many files it has, and each: its name and what it holds. */
size_t ak_program_fix_files(const struct ak_program_fix *fix);
void ak_program_fix_file(const struct ak_program_fix *fix, size_t index, struct ak_text *name,
                         struct ak_text *out);

#endif
