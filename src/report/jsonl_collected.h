/* What `akushu collect` gathered as text, as a line of JSON. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REPORT_JSONL_COLLECTED_H
#define AK_REPORT_JSONL_COLLECTED_H

#include "base/text.h"
#include "observe/collected.h"

void ak_jsonl_collected(const struct ak_collected *collected, struct ak_text *out);

#endif
