/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include "base/alloc.h"
#include "base/banned.h"

/* Blocks grow with the arena: a small tree costs little, a large one few requests, and a fault by
 * large pages instead of one for every 4 KiB. */
enum { FIRST_BLOCK = 16 * 1024, LAST_BLOCK = AK_LARGE_PAGE, HEAD = 16 };

struct ak_arena_block {
    struct ak_arena_block *next;
    size_t size;
};

_Static_assert(sizeof(struct ak_arena_block) <= HEAD, "the head has room");

void ak_arena_init(struct ak_arena *arena, size_t maximum)
{
    memset(arena, 0, sizeof *arena);
    arena->maximum = maximum;
}

void ak_arena_release(struct ak_arena *arena)
{
    struct ak_arena_block *block = arena->blocks;
    while (block != NULL) {
        struct ak_arena_block *next = block->next;
        if (block->size == LAST_BLOCK)
            ak_free_large(block, LAST_BLOCK);
        else
            ak_free(block);
        block = next;
    }
    ak_arena_init(arena, arena->maximum);
}

static uint8_t *new_block(struct ak_arena *arena, size_t size)
{
    struct ak_arena_block *block = NULL;
    if (size > arena->maximum - arena->used)
        arena->full = true;
    else
        block = size == LAST_BLOCK ? ak_alloc_large(size) : ak_alloc(1, size);
    if (block == NULL) {
        arena->failed = true;
        return NULL;
    }
    block->next = arena->blocks;
    block->size = size;
    arena->blocks = block;
    arena->used += size;
    return (uint8_t *)block + HEAD;
}

void *ak_arena_grow(struct ak_arena *arena, size_t size)
{
    if (size > arena->maximum) {
        arena->failed = arena->full = true;
        return NULL;
    }
    size_t usual = arena->used < FIRST_BLOCK  ? FIRST_BLOCK
                   : arena->used < LAST_BLOCK ? arena->used
                                              : LAST_BLOCK;
    size_t rounded = (size + 7) & ~(size_t)7;
    if (rounded > usual / 4) /* alone: the present block keeps its room */
        return new_block(arena, rounded + HEAD);
    uint8_t *at = new_block(arena, usual);
    if (at == NULL)
        return NULL;
    arena->at = at + rounded;
    arena->left = usual - HEAD - rounded;
    return at;
}
