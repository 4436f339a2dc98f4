/* A pool: many blocks of one size. A block that was given back is the next to be given out; memory
 * goes back with the pool. Slabs grow with it up to a large page, which the kernel is asked for:
 * what lies anywhere in many megabytes is then found through few entries of the processor's page
 * table.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_BASE_POOL_H
#define AK_BASE_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct ak_pool_slab;

struct ak_pool {
    size_t size;  /* of a block: its own, rounded up for any pointer or 64-bit number */
    size_t made;  /* blocks in all slabs */
    size_t taken; /* of them in use */
    void *spare;  /* linked through their first bytes */
    uint8_t *unused;
    size_t unused_count;        /* blocks of the newest slab that were never given out */
    struct ak_pool_slab *slabs; /* the newest first */
};

/* size: at least a pointer's is taken; at most a quarter of a large page is allowed. */
void ak_pool_init(struct ak_pool *pool, size_t size);
/* All blocks are gone. The pool is as after _init. Zeroed memory may be released too. */
void ak_pool_release(struct ak_pool *pool);

/* A block whose content means nothing, or NULL. */
AK_MUST_USE void *ak_pool_take(struct ak_pool *pool);
/* NULL is allowed. Its first bytes, as many as a pointer has, are overwritten. */
void ak_pool_give(struct ak_pool *pool, void *block);

/* Memory that is kept for the next blocks. */
static inline size_t ak_pool_spare_bytes(const struct ak_pool *pool)
{
    return (pool->made - pool->taken) * pool->size;
}

#endif
