/* The parts of the text report that tell how sources were joined: text_report.c, text_summary.c. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REPORT_TEXT_CASE_H
#define AK_REPORT_TEXT_CASE_H

#include "diagnose/timeline.h"
#include "report/text_report.h"

/* One line a moment; the first begins where the text stands, at column `indent`. */
void ak_text_timeline(const struct ak_text_style *style, const struct ak_timeline *timeline,
                      size_t indent, struct ak_text *out);
/* One paragraph a comparison; `joined` may be NULL. */
void ak_text_clocks(const struct ak_text_style *style, const struct ak_case *joined,
                    struct ak_text *out);

#endif
