/* SPDX-License-Identifier: Apache-2.0 */
#include "observe/process.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

static uint32_t ports_of(const struct ak_process_note *n)
{
    return (uint32_t)n->local_port << 16 | n->remote_port;
}

static int by_ports(const void *a, const void *b)
{
    const struct ak_process_note *x = a, *y = b;
    uint32_t p = ports_of(x), q = ports_of(y);
    return p != q ? (p > q) - (p < q) : (x->id > y->id) - (x->id < y->id);
}

void ak_processes_sort(struct ak_process_note *notes, size_t count)
{
    if (count > 1)
        qsort(notes, count, sizeof *notes, by_ports);
}

static const struct ak_process_note *find(const struct ak_source *s,
                                          const struct ak_endpoint *local,
                                          const struct ak_endpoint *remote)
{
    uint32_t ports = (uint32_t)local->port << 16 | remote->port;
    size_t low = 0, high = s->process_count, size = local->version == 6 ? 16 : 4;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ports_of(&s->processes[middle]) < ports)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < s->process_count && ports_of(&s->processes[low]) == ports; low++) {
        const struct ak_process_note *n = &s->processes[low];
        if (n->version == local->version && memcmp(n->local, local->address, size) == 0 &&
            memcmp(n->remote, remote->address, size) == 0 && n->path[0] != '\0')
            return n;
    }
    return NULL;
}

const struct ak_process_note *ak_conversation_process(const struct ak_conversation *c,
                                                      enum ak_side *side)
{
    for (const struct ak_source *s = c->source; s != NULL; s = s->next)
        for (int i = 0; i < AK_SIDES && s->process_count != 0; i++) {
            *side = (enum ak_side)i;
            const struct ak_process_note *note = find(s, &c->end[i], &c->end[!i]);
            if (note != NULL)
                return note;
        }
    return NULL;
}
