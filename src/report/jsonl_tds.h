/* The members of a conversation line that tell what TDS said in clear. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REPORT_JSONL_TDS_H
#define AK_REPORT_JSONL_TDS_H

#include "observe/conversation.h"
#include "report/json.h"

/* "session", "login" or "none"; NULL when it is not known. */
const char *ak_encryption_scope(const struct ak_conversation *conversation);

/* Builds, instance and encryption, inside the object `akushu`; the conversation has tds. */
void ak_jsonl_tds_prelogin(const struct ak_conversation *conversation, struct ak_json *json);
/* The login, its error and its routing, likewise. */
void ak_jsonl_tds_login(const struct ak_tds_seen *tds, struct ak_json *json);

#endif
