/* What `akushu collect` gathered as text, in the report for people. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REPORT_TEXT_COLLECTED_H
#define AK_REPORT_TEXT_COLLECTED_H

#include "observe/collected.h"
#include "report/text_report.h"

/* A section; without `all` the first of each kind. */
void ak_text_collected(const struct ak_text_style *style, const struct ak_collected *collected,
                       struct ak_text *out);

#endif
