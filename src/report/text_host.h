/* The report of a host for people: what is allowed, and why. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REPORT_TEXT_HOST_H
#define AK_REPORT_TEXT_HOST_H

#include "observe/host.h"
#include "report/text_report.h"

void ak_text_host(const struct ak_text_style *style, const struct ak_host *host,
                  struct ak_text *out);

#endif
