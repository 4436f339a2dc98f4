/* SPDX-License-Identifier: Apache-2.0 */
#include "base/index.h"

#include <string.h>

#include "base/alloc.h"

#include "base/banned.h"

enum { FIRST_ROOM = 64 };

/* Zeroed. */
static struct ak_index_entry *new_entries(size_t room)
{
    return ak_alloc_large(room * sizeof(struct ak_index_entry));
}

static void free_entries(struct ak_index *index)
{
    ak_free_large(index->entries, index->room * sizeof(struct ak_index_entry));
}

bool ak_index_init(struct ak_index *index, size_t maximum)
{
    memset(index, 0, sizeof *index);
    index->maximum = maximum;
    index->entries = new_entries(FIRST_ROOM);
    index->room = index->entries != NULL ? FIRST_ROOM : 0;
    return index->entries != NULL;
}

void ak_index_release(struct ak_index *index)
{
    free_entries(index);
    memset(index, 0, sizeof *index);
}

static void place(struct ak_index_entry *entries, size_t room, struct ak_index_entry entry)
{
    size_t at = entry.hash & (room - 1);
    while (entries[at].value != NULL)
        at = (at + 1) & (room - 1);
    entries[at] = entry;
}

static bool grow(struct ak_index *index)
{
    size_t room = index->room * 2;
    struct ak_index_entry *entries = new_entries(room);
    if (entries == NULL)
        return false;
    for (size_t i = 0; i < index->room; i++)
        if (index->entries[i].value != NULL)
            place(entries, room, index->entries[i]);
    free_entries(index);
    index->entries = entries;
    index->room = room;
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
    place(index->entries, index->room, entry);
    index->count++;
    return true;
}

void ak_index_remove(struct ak_index *index, uint64_t hash, const void *value)
{
    struct ak_index_entry *entries = index->entries;
    size_t mask = index->room - 1, at = hash & mask;
    while (entries[at].value != value) {
        AK_BUG_ON(entries[at].value == NULL);
        at = (at + 1) & mask;
    }
    /* Close the gap by moving back every entry that probing would no longer find. */
    for (size_t next = (at + 1) & mask; entries[next].value != NULL; next = (next + 1) & mask) {
        size_t home = entries[next].hash & mask;
        if (((next - home) & mask) >= ((next - at) & mask)) {
            entries[at] = entries[next];
            at = next;
        }
    }
    entries[at].value = NULL;
    index->count--;
}
