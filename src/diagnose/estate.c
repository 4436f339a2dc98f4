/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/estate.h"

#include <string.h>

#include "base/alloc.h"
#include "base/index.h"
#include "base/pool.h"
#include "base/limits.h"
#include "model/programs.h"
#include "model/microsoft_names.h"
#include "model/thresholds.h"
#include "observe/process.h"

#include "base/banned.h"

enum kind { CLIENT, NAME, KINDS };
enum { ROUTES = 8192 }; /* in pairs: a busy one is kept, the other place goes to the newest */

static const int64_t SPAN = INT64_C(10000000000); /* ns: a sixth of a minute */

/* Where the things of one conversation lie. */
struct places {
    uint64_t of[KINDS], route;
};

enum { ANNOUNCED = 16, RECENT = 16 };

/* Things are found by 64 keyed bits that stand for what they are about. */
struct ak_estate {
    struct ak_hash_key key;
    struct ak_index table[KINDS]; /* of what lies in the rooms */
    struct ak_pool room[KINDS];
    struct route {
        uint64_t hash; /* 0: free */
        struct ak_route_known known;
    } * routes;
    struct ak_route_known *latest;
    struct ak_name_known *latest_name;
    uint32_t busy; /* connections in a minute that use up ports */
    struct announced {
        uint64_t id; /* 0: none */
        struct places places;
    } announced[ANNOUNCED]; /* a ring: they come in the order in which they were announced */
    unsigned announced_end, announced_next;
    struct hashed {
        struct ak_endpoint end;
        uint64_t hash;
    } recent[RECENT]; /* servers: few are talked to at a time */
};

struct ak_estate *ak_estate_new(struct ak_hash_key key)
{
    static const size_t size[KINDS] = {sizeof(struct ak_client_known),
                                       sizeof(struct ak_name_known)};
    static const size_t most[KINDS] = {AK_MAX_CLIENTS, AK_MAX_SERVERS};
    struct ak_estate *e = ak_alloc(1, sizeof *e);
    if (e == NULL)
        return NULL;
    e->key = key;
    e->busy = (uint32_t)ak_threshold_get(AK_THRESHOLD_PORT_RATE_PER_MINUTE);
    e->routes = ak_alloc(ROUTES, sizeof *e->routes);
    bool good = e->routes != NULL;
    for (int i = 0; i < KINDS && good; i++) {
        ak_pool_init(&e->room[i], size[i]);
        good = ak_index_init(&e->table[i], most[i]);
    }
    if (!good) {
        ak_estate_free(e);
        return NULL;
    }
    return e;
}

void ak_estate_free(struct ak_estate *e)
{
    if (e == NULL)
        return;
    for (int i = 0; i < KINDS; i++) {
        ak_pool_release(&e->room[i]);
        ak_index_release(&e->table[i]);
    }
    ak_free(e->routes);
    ak_free(e);
}

/* False when the conversation has no such key. */
static bool hash_of(const struct ak_estate *e, enum kind kind, const struct ak_conversation *c,
                    uint64_t *hash)
{
    struct ak_endpoint client = c->end[AK_SIDE_CLIENT];
    client.port = 0;
    if (kind == NAME) {
        if (c->tls == NULL || c->tls->server_name == NULL)
            return false;
        *hash = ak_hash_bytes(e->key, c->tls->server_name, strlen(c->tls->server_name));
        return true;
    }
    *hash = ak_endpoint_hash(e->key, &client);
    return true;
}

static void *find(const struct ak_estate *e, enum kind kind, const struct ak_conversation *c)
{
    uint64_t hash, at;
    if (!hash_of(e, kind, c, &hash))
        return NULL;
    at = hash;
    return ak_index_next(&e->table[kind], hash, &at);
}

/* Found or made; NULL when there is no room. */
static void *need(struct ak_estate *e, enum kind kind, uint64_t hash)
{
    uint64_t at = hash;
    void *value = ak_index_next(&e->table[kind], hash, &at);
    if (value != NULL)
        return value;
    value = ak_pool_take(&e->room[kind]);
    if (value == NULL)
        return NULL;
    memset(value, 0, e->room[kind].size);
    if (ak_index_add(&e->table[kind], hash, value))
        return value;
    ak_pool_give(&e->room[kind], value);
    return NULL;
}

static bool is_windows_tls(const struct ak_conversation *c)
{
    enum ak_side side;
    const struct ak_process_note *note = ak_conversation_process(c, &side);
    return note != NULL && side == AK_SIDE_CLIENT &&
           ak_program_tls_of(note->path) != AK_PROGRAM_TLS_UNKNOWN;
}

static bool add_client(struct ak_estate *e, const struct ak_conversation *c, uint64_t hash,
                       bool *news)
{
    if (c->tls == NULL || c->tls->hello == NULL)
        return true;
    struct ak_client_known *client = need(e, CLIENT, hash);
    if (client != NULL && c->tls->hello->max_version > client->max_version) {
        client->max_version = c->tls->hello->max_version;
        client->id = c->id;
        *news = true;
    }
    if (client != NULL && c->tls->hello->max_version > client->windows_version &&
        c->source->process_count != 0 && is_windows_tls(c)) {
        client->windows_version = c->tls->hello->max_version;
        *news = true;
    }
    return client != NULL;
}

static bool holds_a_port(const struct ak_conversation *c)
{
    bool accepted = !c->begun_before && c->step[AK_STEP_SYN_ACK].frame != 0;
    return accepted && !c->tcp_end_rst && c->tcp_end_by != AK_SIDE_SERVER;
}

static uint64_t server_hash(struct ak_estate *e, const struct ak_endpoint *server)
{
    struct hashed *recent =
        &e->recent[(server->address[server->version == 6 ? 15 : 3] ^ server->port) % RECENT];
    if (recent->hash == 0 || !ak_endpoint_same(&recent->end, server)) {
        recent->end = *server;
        recent->hash = ak_endpoint_hash(e->key, server);
    }
    return recent->hash;
}

/* Both ends are hashed already: what is left is to mix them. */
static uint64_t route_hash(const struct ak_estate *e, uint64_t client, uint64_t server)
{
    return ak_hash_fold(client ^ e->key.k0, server ^ ~e->key.k1) | 1;
}

static struct route *route_pair(const struct ak_estate *e, uint64_t hash)
{
    return &e->routes[(hash >> 8) % (ROUTES / 2) * 2];
}

static struct route *find_route(const struct ak_estate *e, uint64_t hash)
{
    struct route *pair = route_pair(e, hash);
    return pair[0].hash == hash ? &pair[0] : pair[1].hash == hash ? &pair[1] : NULL;
}

/* The place of the pair that matters less. */
static struct route *new_route(struct ak_estate *e, uint64_t hash, int32_t span)
{
    struct route *pair = route_pair(e, hash);
    const struct ak_route_known *a = &pair[0].known, *b = &pair[1].known;
    bool first = a->most_busy != b->most_busy ? a->most_busy < b->most_busy
                 : a->span != b->span         ? a->span < b->span
                                              : a->most <= b->most;
    struct route *route = first ? &pair[0] : &pair[1];
    memset(route, 0, sizeof *route);
    route->hash = hash;
    route->known.span = span;
    return route;
}

static uint32_t *opened_in(struct ak_route_known *route, int32_t span)
{
    return &route->opened[(span % AK_ROUTE_SPANS + AK_ROUTE_SPANS) % AK_ROUTE_SPANS];
}

/* The minute that ends with the latest span; a busy one follows the last when they share no span.
 */
static void count_minute(const struct ak_estate *e, struct ak_route_known *route)
{
    uint32_t opened = 0;
    for (int i = 0; i < AK_ROUTE_SPANS; i++)
        opened += route->opened[i];
    if (opened > route->most)
        route->most = opened;
    int32_t since = route->busy != 0 ? route->span - route->busy_until : INT32_MAX;
    if (opened < e->busy || since < AK_ROUTE_SPANS)
        return;
    route->busy = since < 2 * AK_ROUTE_SPANS ? route->busy + 1 : 1;
    route->busy_until = route->span;
    if (route->busy > route->most_busy)
        route->most_busy = route->busy;
}

static void add_route(struct ak_estate *e, const struct ak_conversation *c, uint64_t hash)
{
    e->latest = NULL;
    if (!holds_a_port(c))
        return;
    int32_t span = (int32_t)(c->first_time / SPAN);
    struct route *found = find_route(e, hash);
    struct ak_route_known *route = &(found != NULL ? found : new_route(e, hash, span))->known;
    e->latest = route;
    if (span <= route->span - AK_ROUTE_SPANS)
        return; /* handed out late: its minute is over */
    if (span - route->span >= AK_ROUTE_SPANS) {
        memset(route->opened, 0, sizeof route->opened);
        route->span = span;
    }
    while (route->span < span)
        *opened_in(route, ++route->span) = 0;
    ++*opened_in(route, span);
    count_minute(e, route);
}

static void add_hello(struct ak_node_known *node, const struct ak_hello_shape *hello, bool *news)
{
    uint32_t id = hello != NULL ? hello->id : 0;
    size_t i = 0;
    while (i < AK_KNOWN_HELLOS && node->hello[i] != 0 && node->hello[i] != id)
        i++;
    if (i == AK_KNOWN_HELLOS)
        return;
    *news |= node->hello[i] != id;
    node->hello[i] = id;
}

static bool add_name(struct ak_estate *e, const struct ak_conversation *c, uint64_t hash,
                     bool *news)
{
    e->latest_name = NULL;
    bool proxied = c->clear != NULL && c->clear->proxy != AK_PROXY_NONE; /* no node of the name */
    if (c->tls == NULL || c->tls->server_name == NULL || proxied)
        return true;
    struct ak_name_known *name = need(e, NAME, hash);
    if (name == NULL)
        return false;
    if (name->nodes == 0)
        name->is_microsofts = ak_is_microsoft_host(c->tls->server_name);
    e->latest_name = name;
    size_t i = 0;
    while (i < name->nodes && !ak_endpoint_same(&name->node[i].end, &c->end[AK_SIDE_SERVER]))
        i++;
    if (i == AK_KNOWN_NODES)
        return true;
    struct ak_node_known *node = &name->node[i];
    if (i == name->nodes) {
        node->end = c->end[AK_SIDE_SERVER];
        name->nodes++;
        *news = true;
    }
    bool worked = c->outcome == AK_OUTCOME_ESTABLISHED;
    bool failed = c->outcome == AK_OUTCOME_FAILED;
    *news |= (worked && node->established == 0) || (failed && node->failed == 0);
    if (worked && node->established++ == 0)
        node->id = c->id;
    if (worked)
        add_hello(node, c->tls->hello, news);
    node->failed += failed;
    return true;
}

/* They lie anywhere in memory: all are asked for at once, so that the waits overlap. */
static AK_ALWAYS_INLINE void find_places(struct ak_estate *e, const struct ak_conversation *c,
                                         struct places *places)
{
    for (int kind = 0; kind < KINDS; kind++) {
        places->of[kind] = 0;
        if (hash_of(e, (enum kind)kind, c, &places->of[kind]))
            ak_index_prefetch(&e->table[kind], places->of[kind]);
    }
    places->route = route_hash(e, places->of[CLIENT], server_hash(e, &c->end[AK_SIDE_SERVER]));
    const struct route *pair = route_pair(e, places->route);
    AK_PREFETCH(pair);
    AK_PREFETCH(pair + 1); /* it lies in the next line, or begins there */
    AK_PREFETCH((const char *)(pair + 2) - 1);
}

void ak_estate_announce(struct ak_estate *e, const struct ak_conversation *c)
{
    enum { BEFORE = 4 };
    struct announced *a = &e->announced[e->announced_end % ANNOUNCED];
    const struct places *known = &e->announced[(e->announced_end - BEFORE) % ANNOUNCED].places;
    for (int kind = 0; kind < KINDS; kind++) { /* by now its place has come, and tells the rest */
        uint64_t at = known->of[kind];
        AK_PREFETCH(ak_index_next(&e->table[kind], known->of[kind], &at));
    }
    a->id = c->id;
    find_places(e, c, &a->places);
    e->announced_end++;
    if (e->announced_end - e->announced_next > ANNOUNCED)
        e->announced_next = e->announced_end - ANNOUNCED;
}

bool ak_estate_add(struct ak_estate *e, const struct ak_conversation *c, bool *news)
{
    struct places places;
    const struct announced *a = &e->announced[e->announced_next % ANNOUNCED];
    if (e->announced_next != e->announced_end && a->id == c->id) {
        places = a->places;
        e->announced_next++;
    } else {
        find_places(e, c, &places);
    }
    add_route(e, c, places.route);
    bool client = add_client(e, c, places.of[CLIENT], news);
    return add_name(e, c, places.of[NAME], news) && client;
}

const struct ak_route_known *ak_estate_latest_route(const struct ak_estate *e)
{
    return e->latest;
}

const struct ak_name_known *ak_estate_latest_name(const struct ak_estate *e)
{
    return e->latest_name;
}

const struct ak_client_known *ak_estate_client(const struct ak_estate *e,
                                               const struct ak_conversation *c)
{
    return find(e, CLIENT, c);
}

const struct ak_route_known *ak_estate_route(const struct ak_estate *e,
                                             const struct ak_conversation *c)
{
    uint64_t client, server = ak_endpoint_hash(e->key, &c->end[AK_SIDE_SERVER]);
    if (!hash_of(e, CLIENT, c, &client))
        return NULL;
    const struct route *route = find_route(e, route_hash(e, client, server));
    return route != NULL ? &route->known : NULL;
}

const struct ak_name_known *ak_estate_name(const struct ak_estate *e,
                                           const struct ak_conversation *c)
{
    return find(e, NAME, c);
}
