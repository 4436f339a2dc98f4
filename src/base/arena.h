/* An arena: many small pieces of memory that are freed together.
 *
 * Pieces are zeroed, aligned for any pointer or 64-bit number, and live until _release. The
 * maximum counts the blocks that were taken from the allocator, so it bounds real memory.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_BASE_ARENA_H
#define AK_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct ak_arena_block;

struct ak_arena {
    struct ak_arena_block *blocks;
    uint8_t *at; /* free room of the newest small block */
    size_t left;
    size_t used, maximum; /* bytes of all blocks */
    bool failed;          /* a request gave NULL */
    bool full;            /* ... because of the maximum */
};

void ak_arena_init(struct ak_arena *arena, size_t maximum);
void ak_arena_release(struct ak_arena *arena);

/* A new block for a request that does not fit the present one. */
AK_MUST_USE void *ak_arena_grow(struct ak_arena *arena, size_t size);

/* NULL: the maximum is reached, or memory lacks; `failed` and `full` stay set until cleared. */
AK_MUST_USE static inline void *ak_arena_take(struct ak_arena *arena, size_t size)
{
    if (size > arena->left || arena->left - size < 8)
        return ak_arena_grow(arena, size);
    size_t rounded = (size + 7) & ~(size_t)7;
    void *piece = arena->at;
    arena->at += rounded;
    arena->left -= rounded;
    return piece;
}

#endif
