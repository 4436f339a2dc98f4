/* Conversations that left before late frames could be waited for.
 *
 * Where many connections end at once, those that are over wait shorter than they should. What is
 * remembered of each is its hash and when it ended: so an acknowledgement, FIN or RST that comes
 * yet belongs to it, and begins no conversation of its own. The newest are kept.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_TRACE_DEPARTED_H
#define AK_TRACE_DEPARTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

enum { AK_DEPARTED = 16384 };

struct ak_departed {
    struct ak_departed_one {
        uint32_t tag;    /* of its hash; 0: free */
        uint32_t moment; /* of its last frame, in milliseconds, modulo 2^32 */
    } one[AK_DEPARTED];
};

/* NULL: memory. Freed by ak_free. */
struct ak_departed *ak_departed_new(void);
/* Where it will stand: the table of flows goes by the lowest bits of a hash, here others decide. */
static inline size_t ak_departed_place(uint64_t hash)
{
    return (hash >> 16) % AK_DEPARTED;
}
static inline void ak_departed_prefetch(const struct ak_departed *departed, uint64_t hash)
{
    AK_PREFETCH(&departed->one[ak_departed_place(hash)]);
}
/* `time` is that of its last frame, in nanoseconds. */
void ak_departed_add(struct ak_departed *departed, uint64_t hash, int64_t time);
/* Did it leave, with its last frame at most `patience` before `time` (nanoseconds)? */
bool ak_departed_has(const struct ak_departed *departed, uint64_t hash, int64_t time,
                     int64_t patience);
void ak_departed_forget(struct ak_departed *departed);

#endif
