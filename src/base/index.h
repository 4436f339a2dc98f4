/* An index from keyed hashes to things that the caller keeps: open addressing, at most half full.
 *
 * It compares hashes alone; the caller goes through the few things whose whole hash is equal and
 * compares the rest. Hashes must be keyed (base/hash.h): else input could aim at one place.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_BASE_INDEX_H
#define AK_BASE_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct ak_index {
    struct ak_index_entry {
        _Alignas(16) uint64_t hash;
        void *value; /* the caller's; NULL: free */
    } * entries;
    size_t room;   /* a power of two; 0 before _init */
    uint64_t mask; /* of a hash: the entry's place, in bytes */
    size_t count, maximum;
};

/* Takes memory for the first values. False when there is none; _release is then allowed. */
AK_MUST_USE bool ak_index_init(struct ak_index *index, size_t maximum);
/* Frees the index, not the values. Zeroed memory may be released too. */
void ak_index_release(struct ak_index *index);

/* False, and nothing has changed: the maximum is reached, or memory lacks to grow. */
AK_MUST_USE bool ak_index_add(struct ak_index *index, uint64_t hash, void *value);

/* Takes out a value that was added under this hash. */
void ak_index_remove(struct ak_index *index, uint64_t hash, const void *value);

/* The entry where a hash would be looked for first; plus an entry's size: right behind, and so on.
 */
static inline struct ak_index_entry *ak_index_entry_at(const struct ak_index *index, uint64_t hash)
{
    return (struct ak_index_entry *)(void *)((char *)index->entries + (hash & index->mask));
}

/* The next value of this hash, or NULL behind the last. *at begins as the hash; the index may
 * not change meanwhile. Ends because half of the entries are free.
 *
 *     uint64_t at = hash;
 *     while ((thing = ak_index_next(&index, hash, &at)) != NULL)
 *         if (same(thing, key))
 *             return thing;
 */
static inline void *ak_index_next(const struct ak_index *index, uint64_t hash, uint64_t *at)
{
    for (;;) {
        const struct ak_index_entry *entry = ak_index_entry_at(index, *at);
        *at += sizeof *entry;
        if (entry->value == NULL || entry->hash == hash)
            return entry->value;
    }
}

/* A value of this hash that stands where it is looked for first, or right behind, as nearly all do;
 * else `none`. Without a branch, since none could be foretold. */
static inline void *ak_index_near(const struct ak_index *index, uint64_t hash, void *none)
{
    const struct ak_index_entry *first = ak_index_entry_at(index, hash);
    const struct ak_index_entry *second = ak_index_entry_at(index, hash + sizeof *first);
    const uintptr_t one = 0 - (uintptr_t)(first->hash == hash);
    const uintptr_t two = 0 - (uintptr_t)(second->hash == hash);
    const uintptr_t found =
        ((uintptr_t)first->value & one) | ((uintptr_t)second->value & two & ~one);
    return (void *)(found | ((uintptr_t)none & (0 - (uintptr_t)(found == 0))));
}

/* Asks memory for the place where this hash would be looked for. */
static inline void ak_index_prefetch(const struct ak_index *index, uint64_t hash)
{
    AK_PREFETCH(ak_index_entry_at(index, hash));
}

/* Every value, in an order that means nothing, then NULL. *at begins as 0. */
static inline void *ak_index_each(const struct ak_index *index, size_t *at)
{
    while (*at < index->room) {
        void *value = index->entries[(*at)++].value;
        if (value != NULL)
            return value;
    }
    return NULL;
}

#endif
