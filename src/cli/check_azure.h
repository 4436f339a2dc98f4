/* akushu check azure-agents: every endpoint that the agents of Azure call, one after the other. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CLI_CHECK_AZURE_H
#define AK_CLI_CHECK_AZURE_H

#include "cli/options.h"
#include "report/jsonl.h"

/* Is that what is asked for? */
bool ak_is_azure_agents(const struct ak_arguments *arguments);
/* Exit status: 1 when an endpoint cannot be used, 4 when none was reached. */
int ak_check_azure(const struct ak_arguments *arguments);

/* One check. cmd_check.c. */
int ak_check_once(const struct ak_arguments *arguments);
/* One of several: text in brief; jsonl without a summary, which is added to `sum` (ak_summary_add).
 */
int ak_check_one_of(const struct ak_arguments *arguments, struct ak_summary *sum,
                    struct ak_totals *totals);

#endif
