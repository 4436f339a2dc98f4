/* akushu check --plan: what would be sent, without sending it. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CLI_CHECK_PLAN_H
#define AK_CLI_CHECK_PLAN_H

#include "library/check.h"
#include "report/text_report.h"

void ak_check_plan(const struct ak_check_setting *setting, const struct ak_text_style *style,
                   struct ak_text *out);

#endif
