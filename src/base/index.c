/* SPDX-License-Identifier: Apache-2.0 */
#include "base/index.h"

#include <string.h>

#include "base/alloc.h"

#include "base/banned.h"

enum { FIRST_ROOM = 64, STEP = sizeof(struct ak_index_entry) };

_Static_assert((STEP & (STEP - 1)) == 0, "a mask finds entries");

/* Zeroed. */
static struct ak_index_entry *new_entries(size_t room)
{
    return ak_alloc_large(room * sizeof(struct ak_index_entry));
}

static void free_entries(struct ak_index *index)
{
    ak_free_large(index->entries, index->room * sizeof(struct ak_index_entry));
}

static void set_entries(struct ak_index *index, struct ak_index_entry *entries, size_t room)
{
    index->entries = entries;
    index->room = room;
    index->mask = (uint64_t)(room - 1) * STEP;
}

bool ak_index_init(struct ak_index *index, size_t maximum)
{
    memset(index, 0, sizeof *index);
    index->maximum = maximum;
    struct ak_index_entry *entries = new_entries(FIRST_ROOM);
    if (entries != NULL)
        set_entries(index, entries, FIRST_ROOM);
    return entries != NULL;
}

void ak_index_release(struct ak_index *index)
{
    free_entries(index);
    memset(index, 0, sizeof *index);
}

static void place(struct ak_index *index, struct ak_index_entry entry)
{
    uint64_t at = entry.hash;
    while (ak_index_entry_at(index, at)->value != NULL)
        at += STEP;
    *ak_index_entry_at(index, at) = entry;
}

static bool grow(struct ak_index *index)
{
    struct ak_index old = *index;
    struct ak_index_entry *entries = new_entries(old.room * 2);
    if (entries == NULL)
        return false;
    set_entries(index, entries, old.room * 2);
    for (size_t i = 0; i < old.room; i++)
        if (old.entries[i].value != NULL)
            place(index, old.entries[i]);
    free_entries(&old);
    return true;
}

bool ak_index_add(struct ak_index *index, uint64_t hash, void *value)
{
    struct ak_index_entry entry = {hash, value};
    AK_BUG_ON(value == NULL);
    if (index->count >= index->maximum)
        return false;
    if (index->count >= index->room / 2 && !grow(index))
        return false;
    place(index, entry);
    index->count++;
    return true;
}

void ak_index_remove(struct ak_index *index, uint64_t hash, const void *value)
{
    uint64_t at = hash & index->mask;
    while (ak_index_entry_at(index, at)->value != value) {
        AK_BUG_ON(ak_index_entry_at(index, at)->value == NULL);
        at += STEP;
    }
    /* Close the gap by moving back every entry that probing would no longer find. */
    struct ak_index_entry *gap = ak_index_entry_at(index, at), *entry;
    for (uint64_t next = at + STEP; (entry = ak_index_entry_at(index, next))->value != NULL;
         next += STEP) {
        uint64_t home = entry->hash & index->mask;
        if (((next - home) & index->mask) >= ((next - at) & index->mask)) {
            *gap = *entry;
            gap = entry;
            at = next;
        }
    }
    gap->value = NULL;
    index->count--;
}
