/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/linger.h"

#include "base/alloc.h"

#include "base/banned.h"

enum { FIRST_ROOM = 256 };

void ak_linger_init(struct ak_linger *linger, uint8_t mark, int64_t patience, size_t most)
{
    memset(linger, 0, sizeof *linger);
    linger->mark = mark;
    linger->patience = patience;
    linger->most = most;
    linger->due = INT64_MAX;
}

void ak_linger_release(struct ak_linger *linger)
{
    ak_free(linger->entries);
    ak_linger_init(linger, linger->mark, linger->patience, linger->most);
}

static struct ak_linger_entry *entry_at(const struct ak_linger *linger, size_t index)
{
    return &linger->entries[(linger->first + index) & (linger->room - 1)];
}

static bool is_stale(const struct ak_linger *linger, const struct ak_linger_entry *entry)
{
    return entry->flow->closed != linger->mark || entry->flow->seen.last_frame != entry->frame;
}

/* After the front has changed. */
static void note_due(struct ak_linger *linger)
{
    int64_t front = linger->count != 0 ? entry_at(linger, 0)->time : INT64_MAX;
    linger->due = front < INT64_MAX - linger->patience ? front + linger->patience : INT64_MAX;
}

/* Takes stale entries out when they are most of the queue, else makes it longer. */
static bool make_room(struct ak_linger *linger)
{
    if (linger->room != 0 && linger->flows < linger->room / 2) {
        size_t kept = 0;
        for (size_t i = 0; i < linger->count; i++) {
            struct ak_linger_entry entry = *entry_at(linger, i);
            if (!is_stale(linger, &entry))
                *entry_at(linger, kept++) = entry;
        }
        linger->count = kept;
        return true;
    }
    size_t room = linger->room != 0 ? linger->room * 2 : FIRST_ROOM;
    struct ak_linger_entry *entries = ak_alloc(room, sizeof *entries);
    if (entries == NULL)
        return false;
    for (size_t i = 0; i < linger->count; i++)
        entries[i] = *entry_at(linger, i);
    ak_free(linger->entries);
    linger->entries = entries;
    linger->first = 0;
    linger->room = room;
    return true;
}

/* Where it goes on waiting from now on: most late frames follow the last one at once. */
static struct ak_linger_entry *last_entry(const struct ak_linger *linger,
                                          const struct ak_flow *flow)
{
    if (linger->count == 0 || flow->closed != linger->mark)
        return NULL;
    struct ak_linger_entry *last = entry_at(linger, linger->count - 1);
    return last->flow == flow ? last : NULL;
}

bool ak_linger_add(struct ak_linger *linger, struct ak_flow *flow)
{
    struct ak_linger_entry *entry = last_entry(linger, flow);
    if (entry == NULL && linger->count == linger->room && !make_room(linger))
        return false;
    if (entry == NULL)
        entry = entry_at(linger, linger->count++);
    entry->flow = flow;
    entry->frame = flow->seen.last_frame;
    entry->time = flow->seen.last_time;
    linger->flows += flow->closed != linger->mark;
    flow->closed = linger->mark;
    note_due(linger);
    return true;
}

void ak_linger_remove(struct ak_linger *linger, struct ak_flow *flow)
{
    AK_BUG_ON(flow->closed != linger->mark);
    linger->flows--;
    flow->closed = 0;
    if (linger->flows == 0) {
        linger->count = 0; /* the rest is stale */
        note_due(linger);
    }
}

/* What will be handed out soon is asked for from memory now: it has lain there for seconds. Inline,
 * since a compiler takes a function that does nothing else for one without any effect. */
static AK_ALWAYS_INLINE void prefetch(const struct ak_linger *linger)
{
    enum { FAR = 8, NEAR = 4 };
    if (linger->count <= FAR)
        return;
    const struct ak_linger_entry *entry = entry_at(linger, FAR);
    AK_PREFETCH(&entry->flow->closed);
    AK_PREFETCH(&entry->flow->seen.last_frame);
    entry = entry_at(linger, NEAR);
    if (!is_stale(linger, entry)) {
        const char *flow = (const char *)entry->flow;
        for (size_t at = 0; at < sizeof(struct ak_flow); at += 64)
            AK_PREFETCH(flow + at);
    }
}

static void pop_stale(struct ak_linger *linger)
{
    while (linger->count != 0 && is_stale(linger, entry_at(linger, 0))) {
        prefetch(linger);
        linger->first = (linger->first + 1) & (linger->room - 1);
        linger->count--;
        note_due(linger);
    }
}

struct ak_flow *ak_linger_oldest(struct ak_linger *linger)
{
    pop_stale(linger);
    if (linger->count == 0)
        return NULL;
    prefetch(linger);
    return entry_at(linger, 0)->flow;
}

struct ak_flow *ak_linger_due(struct ak_linger *linger, int64_t now, size_t left)
{
    struct ak_flow *flow = ak_linger_oldest(linger);
    return flow != NULL && (now > linger->due || linger->flows > left) ? flow : NULL;
}
