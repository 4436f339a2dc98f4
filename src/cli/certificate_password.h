/* The password of PKCS #12 files: from a file, the environment, or the terminal; never an argument.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CLI_CERTIFICATE_PASSWORD_H
#define AK_CLI_CERTIFICATE_PASSWORD_H

#include "cli/options.h"

struct ak_certificate_password {
    const struct ak_arguments *arguments;
    char text[1024];
    bool known; /* `text` is to be used */
    bool asked; /* the terminal was tried */
};

/* Reads the password that the options name. False after a message. */
bool ak_certificate_password_begin(struct ak_certificate_password *password,
                                   const struct ak_arguments *arguments);
/* As struct ak_analysis_listener has it; `context` is the struct. Asks once, on a terminal alone.
 */
const char *ak_certificate_password_for(void *context, const char *path);
void ak_certificate_password_wipe(struct ak_certificate_password *password);

#endif
