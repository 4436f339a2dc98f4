/* What a check needs from its options: the server, the client, the password. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CLI_CHECK_CLIENT_H
#define AK_CLI_CHECK_CLIENT_H

#include "cli/options.h"
#include "library/check.h"
#include "library/parties.h"

/* Tens of kilobytes: on the heap. */
struct ak_check_subject {
    struct ak_check_setting setting;
    struct ak_named_party client;
    struct ak_probe_login login;
    char password[512];
};

/* Fills everything. Returns 0, or the exit status after one message. */
int ak_check_subject_make(const struct ak_arguments *arguments, struct ak_check_subject *out);
/* Takes the password out of memory. */
void ak_check_subject_wipe(struct ak_check_subject *subject);

#endif
