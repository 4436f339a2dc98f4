/* What a conversation's line tells of its handshake: what was negotiated, and ECS's object tls.
 *
 * A server says nearly the same to all its clients: what two lines have in common is made once.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REPORT_JSONL_TLS_H
#define AK_REPORT_JSONL_TLS_H

#include "observe/conversation.h"
#include "report/json.h"
#include "report/jsonl_shared.h"

struct ak_jsonl_tls;
struct ak_jsonl_tls_pieces;

/* Borrows what lines share. NULL: memory. */
struct ak_jsonl_tls *ak_jsonl_tls_new(struct ak_jsonl_shared *shared);
void ak_jsonl_tls_free(struct ak_jsonl_tls *tls);

/* The pieces of lines like this one, for both functions below; NULL: they are made anew. Valid
 * until the next call. */
const struct ak_jsonl_tls_pieces *ak_jsonl_tls_recall(struct ak_jsonl_tls *lines,
                                                      const struct ak_tls_seen *seen);
/* Members of the object akushu, from the offers on. */
void ak_jsonl_tls_negotiated(struct ak_jsonl_tls *lines, const struct ak_tls_seen *seen,
                             const struct ak_jsonl_tls_pieces *pieces, struct ak_json *j);
/* The member tls. */
void ak_jsonl_tls_object(struct ak_jsonl_tls *lines, const struct ak_tls_seen *seen,
                         const struct ak_jsonl_tls_pieces *pieces, struct ak_json *j);

#endif
