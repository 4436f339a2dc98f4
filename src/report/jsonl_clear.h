/* The members of a conversation line that tell of the clear talk before TLS. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REPORT_JSONL_CLEAR_H
#define AK_REPORT_JSONL_CLEAR_H

#include "observe/conversation.h"
#include "report/json.h"

/* service, starttls, proxy and what belongs to them, inside the object `akushu`. */
void ak_jsonl_clear(const struct ak_conversation *conversation, struct ak_json *json);

#endif
