/* A copy of a conversation that waits for its judgement. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_DIAGNOSE_SUSPECT_H
#define AK_DIAGNOSE_SUSPECT_H

#include "observe/conversation.h"

/* Deep copy (shapes and certificates are shared by reference). NULL when out of memory. */
struct ak_conversation *ak_suspect_copy(const struct ak_conversation *conversation);
void ak_suspect_free(struct ak_conversation *copy);

#endif
