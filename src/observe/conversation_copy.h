/* Copies of a conversation, with all that it owns. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_OBSERVE_CONVERSATION_COPY_H
#define AK_OBSERVE_CONVERSATION_COPY_H

#include "observe/conversation.h"

/* A conversation and room for its `tls`. */
struct ak_conversation_room {
    struct ak_conversation c;
    struct ak_tls_seen tls;
};

/* Deep copy (shapes and certificates are shared by reference); ak_conversation_release frees what
 * it owns. False when out of memory: nothing is owned then. */
AK_MUST_USE bool ak_conversation_copy_to(struct ak_conversation_room *room,
                                         const struct ak_conversation *conversation);
/* The same in a block of its own. NULL when out of memory. */
AK_MUST_USE struct ak_conversation *ak_conversation_copy(
    const struct ak_conversation *conversation);
void ak_conversation_copy_free(struct ak_conversation *copy);

#endif
