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
    size_t worked; /* handshakes that were told to have worked */
    size_t looks;  /* at pairs that may be one failure */
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

/* An ERRORLOG tells most, unless its time zone is not known; the ring buffer's times, counted from
 * a boot, are the least exact (its lines have no severity). */
static uint8_t rank_of(const struct ak_event *e)
{
    enum { RING, LOCAL, EVENT_LOG, TEXT };
    if (!e->by_line)
        return EVENT_LOG;
    return !e->has_severity ? RING : e->local ? LOCAL : TEXT;
}

bool ak_event_ledger_add(struct ak_event_ledger *l, const struct ak_event *e, uint32_t group)
{
    enum { LISTENS = 26022 };
    if (e->provider == AK_LOG_SQL_SERVER && e->code == LISTENS && e->port != 0)
        return learn_port(l, e);
    if (!ak_may_meet_any(e->provider, e->code) || l->too_many || e->time < 0 || e->time >= LATEST)
        return true;
    if (e->code == AK_EVENT_WORKED && l->worked++ >= AK_MAX_LEDGER_WORKED)
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
    to->cipher_suite = e->cipher_suite;
    to->clock = (uint16_t)(clock - l->clocks);
    to->provider = (uint8_t)e->provider;
    to->alert = e->alert;
    to->role = e->role;
    to->by_line = e->by_line;
    to->client_local = e->client_local;
    to->has_alert = e->has_alert;
    to->has_state = e->has_state;
    to->has_status = e->has_status;
    to->rank = rank_of(e);
    to->group = group;
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

static void number_clocks(struct ak_event_ledger *l)
{
    for (size_t i = 0; i < l->clock_count; i++)
        l->clocks[i].first = l->clocks[i].count = 0;
    for (size_t i = 0; i < l->count; i++) {
        struct ak_clock *c = &l->clocks[l->events[i].clock];
        if (c->count++ == 0)
            c->first = i;
    }
}

/* ---- one failure in two logs ---- */

static const int64_t QUARTER = INT64_C(900000000000);
static const int64_t ECHO_TOLERANCE = INT64_C(2000000000); /* the ring buffer counts from a boot */
enum { ZONES = 60, ECHO_LOOKS = 32 };                      /* 15 hours each way */

static bool is_one_failure(const struct ak_ledger_event *a, const struct ak_ledger_event *b)
{
    return a->provider == AK_LOG_SQL_SERVER && b->provider == AK_LOG_SQL_SERVER &&
           a->code == b->code && !b->echo &&
           (a->client_local ? b->client_local
                            : a->client.version != 0 && ak_endpoint_same(&a->client, &b->client));
}

/* Pairs of both clocks' events that are one failure when the second one is so far ahead. With
 * `mark`, the lesser of each pair becomes an echo. */
static size_t echoes(struct ak_event_ledger *l, size_t one, size_t other, int64_t ahead, bool mark)
{
    const struct ak_clock *a = &l->clocks[one], *b = &l->clocks[other];
    size_t pairs = 0, from = b->first;
    for (size_t i = a->first; i < a->first + a->count && l->looks++ < AK_MAX_ECHO_LOOKS; i++) {
        struct ak_ledger_event *x = &l->events[i];
        int64_t time = x->time + ahead;
        while (from < b->first + b->count && l->events[from].time < time - ECHO_TOLERANCE)
            from++;
        for (size_t k = from; !x->echo && k < b->first + b->count && k < from + ECHO_LOOKS; k++) {
            struct ak_ledger_event *y = &l->events[k];
            if (y->time > time + ECHO_TOLERANCE || l->looks++ > AK_MAX_ECHO_LOOKS)
                break;
            if (!is_one_failure(x, y))
                continue;
            pairs++;
            if (mark)
                *(y->rank <= x->rank ? &y->echo : &x->echo) = true;
            break;
        }
    }
    return pairs;
}

static bool is_one_server(const struct ak_clock *a, const struct ak_clock *b)
{
    struct ak_event x, y;
    if (a->host[0] == '\0' || b->host[0] == '\0' || a->file == b->file)
        return false;
    memset(&x, 0, sizeof x);
    memset(&y, 0, sizeof y);
    memcpy(x.host, a->host, sizeof x.host);
    memcpy(y.host, b->host, sizeof y.host);
    /* An event log is the machine's: its events name their instance each, its clock none. */
    if (a->by_line && b->by_line) {
        memcpy(x.instance, a->instance, sizeof x.instance);
        memcpy(y.instance, b->instance, sizeof y.instance);
    }
    return ak_event_same_origin(&x, &y);
}

/* A log in local time without its zone may be any whole quarter of an hour away. */
static void mark_echoes(struct ak_event_ledger *l, size_t one, size_t other)
{
    const struct ak_clock *a = &l->clocks[one], *b = &l->clocks[other];
    if (a->count == 0 || b->count == 0 || !is_one_server(a, b))
        return;
    int64_t best = 0;
    size_t most = a->local != b->local ? 0 : SIZE_MAX;
    for (int64_t zone = -ZONES; most != SIZE_MAX && zone <= ZONES; zone++) {
        size_t pairs = echoes(l, one, other, zone * QUARTER, false);
        if (pairs > most) {
            most = pairs;
            best = zone * QUARTER;
        }
    }
    (void)echoes(l, one, other, best, true);
}

static void leave_out_echoes(struct ak_event_ledger *l, void (*echo)(void *context, uint32_t group),
                             void *context)
{
    size_t kept = 0;
    for (size_t i = 0; i < l->clock_count; i++)
        for (size_t k = i + 1; k < l->clock_count; k++)
            mark_echoes(l, i, k);
    for (size_t i = 0; i < l->count; i++) {
        if (l->events[i].echo)
            echo(context, l->events[i].group);
        else
            l->events[kept++] = l->events[i];
    }
    l->count = kept;
}

void ak_event_ledger_finish(struct ak_event_ledger *l, void (*echo)(void *context, uint32_t group),
                            void *context)
{
    if (l->too_many)
        l->count = 0;
    if (l->count > 1)
        qsort(l->events, l->count, sizeof *l->events, by_clock);
    number_clocks(l);
    leave_out_echoes(l, echo, context);
    number_clocks(l);
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
