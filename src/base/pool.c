/* SPDX-License-Identifier: Apache-2.0 */
#include "base/pool.h"

#include <stdbool.h>
#include <string.h>

#include "base/alloc.h"

#include "base/banned.h"

/* LINE: of the caches. A block of several of them begins with one. */
enum {
    FIRST_SLAB = 16 * 1024,
    GROWTH = 16,
    LINE = 64,
    SEVERAL = 4 * LINE,
    HEAD = 2 * LINE,
    FEWEST = 4
};

struct ak_pool_slab {
    struct ak_pool_slab *next;
    size_t size;
};

void ak_pool_init(struct ak_pool *pool, size_t size)
{
    AK_BUG_ON(size > (AK_LARGE_PAGE - HEAD) / FEWEST);
    memset(pool, 0, sizeof *pool);
    const size_t unit = size < SEVERAL ? sizeof(uint64_t) : LINE;
    pool->size = size > unit ? (size + unit - 1) / unit * unit : unit;
}

void ak_pool_release(struct ak_pool *pool)
{
    struct ak_pool_slab *slab = pool->slabs;
    while (slab != NULL) {
        struct ak_pool_slab *next = slab->next;
        ak_free_large(slab, slab->size);
        slab = next;
    }
    ak_pool_init(pool, pool->size);
}

static bool add_slab(struct ak_pool *pool)
{
    size_t size = pool->slabs != NULL ? pool->slabs->size * GROWTH : FIRST_SLAB;
    while (size < HEAD + FEWEST * pool->size)
        size *= 2;
    if (size > AK_LARGE_PAGE)
        size = AK_LARGE_PAGE;
    struct ak_pool_slab *slab = ak_alloc_large(size);
    if (slab == NULL)
        return false;
    slab->next = pool->slabs;
    slab->size = size;
    pool->slabs = slab;
    pool->unused = (uint8_t *)slab + HEAD - (uintptr_t)slab % LINE;
    pool->unused_count = (size - HEAD) / pool->size;
    pool->made += pool->unused_count;
    return true;
}

void *ak_pool_take(struct ak_pool *pool)
{
    void *block = pool->spare;
    if (AK_LIKELY(block != NULL)) {
        memcpy(&pool->spare, block, sizeof pool->spare);
    } else {
        if (AK_UNLIKELY(pool->unused_count == 0) && !add_slab(pool))
            return NULL;
        block = pool->unused;
        pool->unused += pool->size;
        pool->unused_count--;
    }
    pool->taken++;
    return block;
}

void ak_pool_give(struct ak_pool *pool, void *block)
{
    if (block == NULL)
        return;
    memcpy(block, &pool->spare, sizeof pool->spare);
    pool->spare = block;
    pool->taken--;
}
