/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/event_ledger.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/limits.h"
#include "diagnose/meeting.h"

#include "base/banned.h"

static const int64_t LATEST = INT64_C(8000000000000000000); /* sums of times stay in range */

struct ak_event_ledger {
    struct ak_ledger_event *events;
    size_t count, room;
    struct ak_clock *clocks;
    size_t clock_count, clock_room;
    bool too_many;
};

struct ak_event_ledger *ak_event_ledger_new(void)
{
    return ak_alloc(1, sizeof(struct ak_event_ledger));
}

void ak_event_ledger_free(struct ak_event_ledger *l)
{
    if (l == NULL)
        return;
    ak_free(l->events);
    ak_free(l->clocks);
    ak_free(l);
}

/* ---- adding ---- */

static struct ak_clock *clock_of(struct ak_event_ledger *l, const struct ak_event *e)
{
    for (size_t i = l->clock_count; i-- > 0;) {
        struct ak_clock *c = &l->clocks[i];
        if (c->file == e->file && c->local == e->local &&
            (e->by_line || ak_event_same_host(c->host, e->host)))
            return c;
    }
    if (l->clock_count == AK_MAX_CLOCKS)
        return NULL;
    if (l->clock_count == l->clock_room) {
        size_t room = l->clock_room != 0 ? 2 * l->clock_room : 8;
        struct ak_clock *grown = ak_realloc(l->clocks, room, sizeof *grown);
        if (grown == NULL)
            return NULL;
        l->clocks = grown;
        l->clock_room = room;
    }
    struct ak_clock *c = &l->clocks[l->clock_count++];
    memset(c, 0, sizeof *c);
    c->file = e->file;
    c->by_line = e->by_line;
    c->local = e->local;
    if (!e->by_line)
        memcpy(c->host, e->host, sizeof c->host);
    return c;
}

static bool learn_port(struct ak_event_ledger *l, const struct ak_event *e)
{
    struct ak_clock *c = clock_of(l, e);
    for (size_t i = 0; c != NULL && i < c->port_count; i++)
        if (c->port[i] == e->port)
            return true;
    if (c != NULL && c->port_count < AK_CLOCK_PORTS)
        c->port[c->port_count++] = e->port;
    return true;
}

static bool make_room(struct ak_event_ledger *l)
{
    if (l->count < l->room)
        return true;
    size_t room = l->room != 0 ? 2 * l->room : 64;
    struct ak_ledger_event *grown = ak_realloc(l->events, room, sizeof *grown);
    if (grown == NULL)
        return false;
    l->events = grown;
    l->room = room;
    return true;
}

bool ak_event_ledger_add(struct ak_event_ledger *l, const struct ak_event *e)
{
    enum { LISTENS = 26022 };
    if (e->provider == AK_LOG_SQL_SERVER && e->code == LISTENS && e->port != 0)
        return learn_port(l, e);
    if (!ak_may_meet_any(e->provider, e->code) || l->too_many || e->time < 0 || e->time >= LATEST)
        return true;
    struct ak_clock *clock = clock_of(l, e);
    if (clock == NULL || l->count == AK_MAX_LEDGER_EVENTS) {
        l->too_many = true;
        return true;
    }
    if (!make_room(l))
        return false;
    struct ak_ledger_event *to = &l->events[l->count++];
    memset(to, 0, sizeof *to);
    to->time = e->time;
    to->file = e->file;
    to->place = e->place;
    to->client = e->client;
    to->code = e->code;
    to->state = e->state;
    to->status = e->status;
    to->version = e->version;
    to->clock = (uint16_t)(clock - l->clocks);
    to->provider = (uint8_t)e->provider;
    to->alert = e->alert;
    to->role = e->role;
    to->by_line = e->by_line;
    to->client_local = e->client_local;
    to->has_alert = e->has_alert;
    to->has_state = e->has_state;
    to->has_status = e->has_status;
    return true;
}

void ak_event_ledger_name(struct ak_event_ledger *l, const char *file, const char *host,
                          const char *instance)
{
    for (size_t i = 0; i < l->clock_count; i++) {
        struct ak_clock *c = &l->clocks[i];
        if (c->file != file || !c->by_line)
            continue;
        memcpy(c->host, host, sizeof c->host);
        memcpy(c->instance, instance, sizeof c->instance);
    }
}

/* ---- in order ---- */

static int by_clock(const void *a, const void *b)
{
    const struct ak_ledger_event *x = a, *y = b;
    if (x->clock != y->clock)
        return x->clock < y->clock ? -1 : 1;
    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    return (x->place > y->place) - (x->place < y->place);
}

void ak_event_ledger_finish(struct ak_event_ledger *l)
{
    if (l->too_many)
        l->count = 0;
    if (l->count > 1)
        qsort(l->events, l->count, sizeof *l->events, by_clock);
    for (size_t i = 0; i < l->count; i++) {
        struct ak_clock *c = &l->clocks[l->events[i].clock];
        if (c->count++ == 0)
            c->first = i;
    }
}

size_t ak_event_ledger_clocks(const struct ak_event_ledger *l)
{
    return l != NULL ? l->clock_count : 0;
}

const struct ak_clock *ak_event_ledger_clock(const struct ak_event_ledger *l, size_t index)
{
    return &l->clocks[index];
}

size_t ak_event_ledger_count(const struct ak_event_ledger *l)
{
    return l != NULL ? l->count : 0;
}

struct ak_ledger_event *ak_event_ledger_at(const struct ak_event_ledger *l, size_t index)
{
    return &l->events[index];
}

size_t ak_event_ledger_from(const struct ak_event_ledger *l, size_t clock, int64_t time)
{
    size_t from = l->clocks[clock].first, to = from + l->clocks[clock].count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (l->events[middle].time < time)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

static bool is_kind(const struct ak_event_ledger *l, const struct ak_ledger_event *e,
                    const struct ak_event *kind)
{
    const struct ak_clock *c = &l->clocks[e->clock];
    bool here = kind->host[0] != '\0' ? ak_event_same_host(c->host, kind->host)
                                      : c->host[0] == '\0' && e->file == kind->file;
    return here && e->provider == (uint8_t)kind->provider && e->code == kind->code &&
           e->has_state == kind->has_state && e->state == kind->state &&
           e->has_status == kind->has_status && e->status == kind->status &&
           e->has_alert == kind->has_alert && e->alert == kind->alert && e->role == kind->role &&
           e->version == kind->version;
}

uint64_t ak_event_ledger_told(const struct ak_event_ledger *l, const struct ak_event *kind,
                              uint8_t *least)
{
    uint64_t told = 0;
    for (size_t i = 0; l != NULL && i < l->count; i++) {
        if (l->events[i].told == 0 || !is_kind(l, &l->events[i], kind))
            continue;
        *least = l->events[i].told < *least ? l->events[i].told : *least;
        told++;
    }
    return told;
}
