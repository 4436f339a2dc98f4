/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/event_book.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/attr.h"
#include "base/hash.h"
#include "base/index.h"
#include "base/limits.h"

#include "base/banned.h"

struct ak_event_book {
    struct ak_hash_key key;
    struct ak_event_group **groups;
    size_t count;
    struct ak_index index;
    struct ak_event_origin **origins;
    size_t origin_count;
    struct ak_event_ledger *ledger;
};

struct ak_event_book *ak_event_book_new(uint64_t seed)
{
    struct ak_event_book *b = ak_alloc(1, sizeof *b);
    if (b == NULL)
        return NULL;
    b->key.k0 = seed;
    b->key.k1 = seed ^ UINT64_C(0x9e3779b97f4a7c15);
    return b;
}

void ak_event_book_free(struct ak_event_book *b)
{
    if (b == NULL)
        return;
    for (size_t i = 0; i < b->count; i++)
        ak_free(b->groups[i]);
    for (size_t i = 0; i < b->origin_count; i++)
        ak_free(b->origins[i]);
    ak_free(b->groups);
    ak_free(b->origins);
    ak_event_ledger_free(b->ledger);
    ak_index_release(&b->index);
    ak_free(b);
}

/* Room for all groups and origins at once: two arrays of pointers, and only when there are events.
 */
static bool make_room(struct ak_event_book *b)
{
    if (b->groups != NULL)
        return true;
    b->groups = ak_alloc(AK_MAX_EVENT_GROUPS, sizeof(struct ak_event_group *));
    b->origins = ak_alloc(AK_MAX_EVENT_GROUPS, sizeof(struct ak_event_origin *));
    if (b->ledger == NULL)
        b->ledger = ak_event_ledger_new();
    if (b->groups != NULL && b->origins != NULL && b->ledger != NULL &&
        ak_index_init(&b->index, AK_MAX_EVENT_GROUPS))
        return true;
    ak_free(b->groups);
    ak_free(b->origins);
    b->groups = NULL;
    b->origins = NULL;
    return false;
}

/* While logs are read the file stands for the origin of a text, whose name may come later. */
static uint64_t kind_hash(const struct ak_event_book *b, const struct ak_event *e)
{
    uint32_t numbers[] = {(uint32_t)e->provider,
                          e->code,
                          e->state,
                          e->status,
                          e->detail,
                          e->alert,
                          e->role,
                          e->version,
                          e->cipher_suite,
                          e->port};
    uint64_t hash = ak_hash_bytes(b->key, numbers, sizeof numbers);
    hash = ak_hash_mix(hash, (uint64_t)(uintptr_t)e->file);
    if (e->thumbprint[0] != '\0')
        hash = ak_hash_mix(hash, ak_hash_bytes(b->key, e->thumbprint, strlen(e->thumbprint)));
    return hash;
}

static bool same_kind(const struct ak_event *a, const struct ak_event *b)
{
    struct ak_event other = *b;
    if (a->file != b->file)
        return false;
    if (a->by_line) { /* names that a text tells only later */
        memcpy(other.host, a->host, sizeof other.host);
        memcpy(other.instance, a->instance, sizeof other.instance);
    }
    return ak_event_same_kind(a, &other);
}

static void count_client(struct ak_event_book *b, struct ak_event_group *g,
                         const struct ak_event *e)
{
    if (e->client.version == 0)
        return;
    uint32_t hash = (uint32_t)ak_hash_bytes(b->key, e->client.address, 16) ^ e->client.version;
    for (size_t i = 0; i < g->clients; i++)
        if (g->client[i] == hash)
            return;
    if (g->clients < AK_EVENT_CLIENTS)
        g->client[g->clients++] = hash;
}

/* Names come when the log says them: the last ones stay. */
static void learn_names(struct ak_event_group *g, const struct ak_event *e)
{
    if (e->host[0] != '\0')
        memcpy(g->sample.host, e->host, sizeof e->host);
    if (e->instance[0] != '\0')
        memcpy(g->sample.instance, e->instance, sizeof e->instance);
    if (e->build[0] != '\0' && e->provider == AK_LOG_SQL_SERVER)
        memcpy(g->sample.build, e->build, sizeof e->build);
}

static void add_to(struct ak_event_book *b, struct ak_event_group *g, const struct ak_event *e)
{
    if (g->count == 0 || e->time < g->first)
        g->first = e->time;
    if (g->count == 0 || e->time > g->last)
        g->last = e->time;
    g->count++;
    count_client(b, g, e);
    learn_names(g, e);
    if (e->has_times && e->login_ms[AK_LOGIN_TOTAL] >= g->slowest_ms) {
        g->slowest_ms = e->login_ms[AK_LOGIN_TOTAL];
        g->slowest = *e;
    }
}

bool ak_event_book_add(struct ak_event_book *b, const struct ak_event *e)
{
    if (!make_room(b))
        return false;
    uint64_t hash = kind_hash(b, e), at = hash;
    struct ak_event_group *g;
    while ((g = ak_index_next(&b->index, hash, &at)) != NULL)
        if (same_kind(&g->sample, e))
            break;
    if (g == NULL) {
        if (b->count == AK_MAX_EVENT_GROUPS)
            return false;
        g = ak_alloc(1, sizeof *g);
        if (g == NULL || !ak_index_add(&b->index, hash, g)) {
            ak_free(g);
            return false;
        }
        g->sample = *e;
        g->number = (uint32_t)b->count;
        b->groups[b->count++] = g;
    }
    add_to(b, g, e);
    return ak_event_ledger_add(b->ledger, e, g->number);
}

/* ---- origins ---- */

/* Gives all events of one text its names: those that any of them has. */
static void name_text(struct ak_event_book *b, struct ak_event_group *g)
{
    for (size_t i = 0; i < b->count && g->sample.by_line; i++) {
        const struct ak_event *other = &b->groups[i]->sample;
        if (other->file == g->sample.file && other->by_line)
            learn_names(g, other);
    }
}

static const struct ak_event_origin *origin_of(struct ak_event_book *b, const struct ak_event *e)
{
    struct ak_event known;
    for (size_t i = 0; i < b->origin_count; i++) {
        struct ak_event_origin *o = b->origins[i];
        memset(&known, 0, sizeof known);
        memcpy(known.host, o->host, sizeof known.host);
        memcpy(known.instance, o->instance, sizeof known.instance);
        known.file = o->file;
        if (!ak_event_same_origin(&known, e))
            continue;
        if (o->build[0] == '\0' && e->provider == AK_LOG_SQL_SERVER)
            memcpy(o->build, e->build, sizeof o->build);
        return o;
    }
    struct ak_event_origin *o = ak_alloc(1, sizeof *o);
    if (o == NULL)
        return NULL;
    memcpy(o->host, e->host, sizeof o->host);
    memcpy(o->instance, e->instance, sizeof o->instance);
    if (e->provider == AK_LOG_SQL_SERVER)
        memcpy(o->build, e->build, sizeof o->build);
    o->file = e->file;
    b->origins[b->origin_count++] = o;
    o->id = b->origin_count;
    return o;
}

static void join(struct ak_event_group *into, const struct ak_event_group *from)
{
    bool earlier = from->first < into->first;
    if (earlier)
        into->sample = from->sample;
    into->count += from->count;
    into->first = earlier ? from->first : into->first;
    into->last = from->last > into->last ? from->last : into->last;
    if (from->slowest_ms > into->slowest_ms) {
        into->slowest_ms = from->slowest_ms;
        into->slowest = from->slowest;
    }
    for (size_t i = 0; i < from->clients; i++) {
        size_t k = 0;
        while (k < into->clients && into->client[k] != from->client[i])
            k++;
        if (k == into->clients && into->clients < AK_EVENT_CLIENTS)
            into->client[into->clients++] = from->client[i];
    }
}

static int by_time(const void *a, const void *b)
{
    const struct ak_event_group *x = *(struct ak_event_group *const *)a;
    const struct ak_event_group *y = *(struct ak_event_group *const *)b;
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    if (x->sample.id != y->sample.id)
        return x->sample.id < y->sample.id ? -1 : 1;
    return 0;
}

/* Groups of one origin and kind that came from several files become one. */
static void join_equal(struct ak_event_book *b)
{
    size_t kept = 0;
    for (size_t i = 0; i < b->count; i++) {
        struct ak_event_group *g = b->groups[i], *into = NULL;
        for (size_t k = 0; k < kept && into == NULL; k++)
            if (b->groups[k]->origin == g->origin &&
                ak_event_same_kind(&b->groups[k]->sample, &g->sample))
                into = b->groups[k];
        if (into == NULL) {
            b->groups[kept++] = g;
            continue;
        }
        join(into, g);
        ak_free(g);
    }
    b->count = kept;
}

/* One of its events was told by another log, too. */
static void on_echo(void *context, uint32_t group)
{
    struct ak_event_book *b = context;
    b->groups[group]->count--;
}

static void leave_out_empty(struct ak_event_book *b)
{
    size_t kept = 0;
    for (size_t i = 0; i < b->count; i++)
        if (b->groups[i]->count != 0)
            b->groups[kept++] = b->groups[i];
        else
            ak_free(b->groups[i]);
    b->count = kept;
}

void ak_event_book_finish(struct ak_event_book *b)
{
    for (size_t i = 0; i < b->count; i++)
        name_text(b, b->groups[i]);
    for (size_t i = 0; i < b->count; i++)
        b->groups[i]->origin = origin_of(b, &b->groups[i]->sample);
    for (size_t i = 0; i < b->count; i++)
        if (b->groups[i]->sample.by_line && b->groups[i]->origin != NULL)
            ak_event_ledger_name(b->ledger, b->groups[i]->sample.file, b->groups[i]->origin->host,
                                 b->groups[i]->origin->instance);
    if (b->ledger != NULL)
        ak_event_ledger_finish(b->ledger, on_echo, b);
    leave_out_empty(b);
    join_equal(b);
    ak_index_release(&b->index);
    memset(&b->index, 0, sizeof b->index);
    if (b->count > 1)
        qsort(b->groups, b->count, sizeof(struct ak_event_group *), by_time);
}

struct ak_event_ledger *ak_event_book_ledger(const struct ak_event_book *b)
{
    return b != NULL ? b->ledger : NULL;
}

size_t ak_event_book_count(const struct ak_event_book *b)
{
    return b->count;
}

const struct ak_event_group *ak_event_book_at(const struct ak_event_book *b, size_t index)
{
    return index < b->count ? b->groups[index] : NULL;
}

size_t ak_event_book_origins(const struct ak_event_book *b)
{
    return b->origin_count;
}

const struct ak_event_origin *ak_event_book_origin(const struct ak_event_book *b, size_t index)
{
    return index < b->origin_count ? b->origins[index] : NULL;
}
