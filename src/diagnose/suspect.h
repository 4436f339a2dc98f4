/* A conversation that waits for its judgement: most of its words are 0, and only the others are
 * kept.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_DIAGNOSE_SUSPECT_H
#define AK_DIAGNOSE_SUSPECT_H

#include "observe/conversation_copy.h"

enum {
    AK_SUSPECT_WORDS = sizeof(struct ak_conversation_room) / sizeof(uint64_t),
    AK_SUSPECT_MASKS = (AK_SUSPECT_WORDS + 63) / 64
};

struct ak_suspect {
    uint64_t id;                          /* of the conversation */
    int64_t last_time;                    /* its own */
    bool judged;                          /* the diagnosis' note */
    bool tls, near_name, near_protocol;   /* what points into the conversation's own room */
    const struct ak_conversation *opened; /* NULL, or where it was opened for good */
    uint64_t present[AK_SUSPECT_MASKS];   /* bits: the words that follow */
    uint64_t word[];
};

/* A deep copy, as ak_conversation_copy_to makes it. NULL when out of memory. */
AK_MUST_USE struct ak_suspect *ak_suspect_new(const struct ak_conversation *conversation);
void ak_suspect_free(struct ak_suspect *suspect);

/* The conversation: `opened`, or else in `room`. It borrows from the suspect: nothing of it may be
 * released. */
const struct ak_conversation *ak_suspect_open(const struct ak_suspect *suspect,
                                              struct ak_conversation_room *room);

#endif
