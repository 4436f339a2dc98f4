/* The policy of --would-block. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CLI_POLICY_OPTION_H
#define AK_CLI_POLICY_OPTION_H

#include "predict/policy.h"

/* Makes it of the option's word. AK_EXIT_NOTHING, or after a message another exit status; the
 * caller releases the policy in any case. */
int ak_policy_argument(const char *word, struct ak_policy *policy);

#endif
