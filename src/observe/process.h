/* Which program a conversation belonged to, where the recorder noted it (Network Monitor). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_OBSERVE_PROCESS_H
#define AK_OBSERVE_PROCESS_H

#include "codec/capture_file.h"
#include "observe/conversation.h"

/* Puts a table in the order in which it is searched. */
void ak_processes_sort(struct ak_process_note *notes, size_t count);

/* The note of the side whose machine recorded, and which one that is; NULL: none. Borrowed from the
 * conversation's source. */
const struct ak_process_note *ak_conversation_process(const struct ak_conversation *conversation,
                                                      enum ak_side *side);

#endif
