/* Lines of JSON for events of logs (observe/fields.h is their schema). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REPORT_JSONL_EVENT_H
#define AK_REPORT_JSONL_EVENT_H

#include "base/text.h"
#include "observe/event.h"

/* Appends one line with its line end. */
void ak_jsonl_event(const struct ak_event *event, struct ak_text *out);

#endif
