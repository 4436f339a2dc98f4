/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/knowledge.h"

#include <string.h>

#include "base/alloc.h"
#include "base/limits.h"
#include "model/thresholds.h"
#include "model/tls_names.h"

#include "base/banned.h"

struct ak_knowledge {
    struct ak_hash_key key;
    struct ak_server_known **server; /* open addressing */
    size_t server_room, server_count;
    struct ak_pair_known *pair;
    size_t pair_room, pair_count;
    int64_t window; /* nanoseconds */
};

struct ak_knowledge *ak_knowledge_new(struct ak_hash_key key)
{
    struct ak_knowledge *k = ak_alloc(1, sizeof *k);
    if (k == NULL)
        return NULL;
    k->key = key;
    k->server_room = 256;
    k->pair_room = 256;
    k->server = ak_alloc(k->server_room, sizeof(struct ak_server_known *));
    k->pair = ak_alloc(k->pair_room, sizeof *k->pair);
    k->window = ak_threshold_get(AK_THRESHOLD_STARVATION_WINDOW_MS) * 1000000;
    if (k->server == NULL || k->pair == NULL) {
        ak_knowledge_free(k);
        return NULL;
    }
    return k;
}

void ak_knowledge_free(struct ak_knowledge *k)
{
    if (k == NULL)
        return;
    for (size_t i = 0; k->server != NULL && i < k->server_room; i++) {
        struct ak_server_known *s = k->server[i];
        for (size_t j = 0; s != NULL && j < s->leaf_count; j++)
            ak_certificate_drop(s->leaf[j]);
        ak_free(s);
    }
    ak_free(k->server);
    ak_free(k->pair);
    ak_free(k);
}

static uint64_t endpoint_hash(const struct ak_knowledge *k, const struct ak_endpoint *e)
{
    uint8_t bytes[19];
    memcpy(bytes, e->address, 16);
    bytes[16] = (uint8_t)(e->port >> 8);
    bytes[17] = (uint8_t)e->port;
    bytes[18] = e->version;
    return ak_hash_bytes(k->key, bytes, sizeof bytes);
}

static bool same_end(const struct ak_endpoint *a, const struct ak_endpoint *b)
{
    return a->port == b->port && a->version == b->version &&
           memcmp(a->address, b->address, 16) == 0;
}

static size_t server_slot(const struct ak_knowledge *k, const struct ak_endpoint *e, uint64_t hash)
{
    size_t at = hash & (k->server_room - 1);
    while (k->server[at] != NULL &&
           (k->server[at]->hash != hash || !same_end(&k->server[at]->end, e)))
        at = (at + 1) & (k->server_room - 1);
    return at;
}

static bool grow_servers(struct ak_knowledge *k)
{
    size_t room = k->server_room * 2;
    struct ak_server_known **grown = ak_alloc(room, sizeof(struct ak_server_known *));
    if (grown == NULL)
        return false;
    for (size_t i = 0; i < k->server_room; i++) {
        struct ak_server_known *s = k->server[i];
        if (s == NULL)
            continue;
        size_t at = s->hash & (room - 1);
        while (grown[at] != NULL)
            at = (at + 1) & (room - 1);
        grown[at] = s;
    }
    ak_free(k->server);
    k->server = grown;
    k->server_room = room;
    return true;
}

static struct ak_server_known *server_of(struct ak_knowledge *k, const struct ak_endpoint *e)
{
    uint64_t hash = endpoint_hash(k, e);
    size_t at = server_slot(k, e, hash);
    if (k->server[at] != NULL)
        return k->server[at];
    if (k->server_count >= AK_MAX_SERVERS)
        return NULL;
    if (k->server_count >= k->server_room / 2) {
        if (!grow_servers(k))
            return NULL;
        at = server_slot(k, e, hash);
    }
    struct ak_server_known *s = ak_alloc(1, sizeof *s);
    if (s == NULL)
        return NULL;
    s->end = *e;
    s->hash = hash;
    k->server[at] = s;
    k->server_count++;
    return s;
}

const struct ak_server_known *ak_knowledge_server(const struct ak_knowledge *k,
                                                  const struct ak_endpoint *server)
{
    return k->server[server_slot(k, server, endpoint_hash(k, server))];
}

static uint64_t pair_hash(const struct ak_knowledge *k, const struct ak_conversation *c)
{
    uint8_t bytes[38];
    memcpy(bytes, c->end[AK_SIDE_CLIENT].address, 16);
    memcpy(bytes + 16, c->end[AK_SIDE_SERVER].address, 16);
    bytes[32] = (uint8_t)(c->end[AK_SIDE_SERVER].port >> 8);
    bytes[33] = (uint8_t)c->end[AK_SIDE_SERVER].port;
    bytes[34] = (uint8_t)(c->tls->cipher_suite >> 8);
    bytes[35] = (uint8_t)c->tls->cipher_suite;
    bytes[36] = c->end[AK_SIDE_CLIENT].version;
    bytes[37] = c->end[AK_SIDE_SERVER].version;
    uint64_t hash = ak_hash_bytes(k->key, bytes, sizeof bytes);
    return hash ? hash : 1; /* 0 marks a free slot; 64 keyed bits stand for the pair */
}

static size_t pair_slot(const struct ak_pair_known *pairs, size_t room, uint64_t hash)
{
    size_t at = hash & (room - 1);
    while (pairs[at].hash != 0 && pairs[at].hash != hash)
        at = (at + 1) & (room - 1);
    return at;
}

const struct ak_pair_known *ak_knowledge_pair(const struct ak_knowledge *k,
                                              const struct ak_conversation *c)
{
    if (c->tls == NULL)
        return NULL;
    const struct ak_pair_known *p = &k->pair[pair_slot(k->pair, k->pair_room, pair_hash(k, c))];
    return p->hash != 0 ? p : NULL;
}

static bool add_pair(struct ak_knowledge *k, const struct ak_conversation *c)
{
    uint64_t hash = pair_hash(k, c);
    size_t at = pair_slot(k->pair, k->pair_room, hash);
    if (k->pair[at].hash == 0) {
        if (k->pair_count >= AK_MAX_PAIRS)
            return false;
        if (k->pair_count >= k->pair_room / 2) {
            size_t room = k->pair_room * 2;
            struct ak_pair_known *grown = ak_alloc(room, sizeof *grown);
            if (grown == NULL)
                return false;
            for (size_t i = 0; i < k->pair_room; i++)
                if (k->pair[i].hash != 0)
                    grown[pair_slot(grown, room, k->pair[i].hash)] = k->pair[i];
            ak_free(k->pair);
            k->pair = grown;
            k->pair_room = room;
            at = pair_slot(k->pair, k->pair_room, hash);
        }
        k->pair[at].hash = hash;
        k->pair[at].id = c->id;
        k->pair_count++;
    }
    k->pair[at].established++;
    return true;
}

static void add_suite(struct ak_server_known *s, const struct ak_conversation *c)
{
    for (size_t i = 0; i < s->suite_count; i++)
        if (s->suite[i].suite == c->tls->cipher_suite && s->suite[i].version == c->tls->version)
            return;
    if (s->suite_count == AK_KNOWN_SUITES)
        return;
    s->suite[s->suite_count].version = c->tls->version;
    s->suite[s->suite_count].suite = c->tls->cipher_suite;
    s->suite[s->suite_count++].id = c->id;
}

static void add_group(struct ak_server_known *s, uint16_t group)
{
    for (size_t i = 0; i < s->group_count; i++)
        if (s->group[i] == group)
            return;
    if (group != 0 && s->group_count < AK_KNOWN_GROUPS)
        s->group[s->group_count++] = group;
}

static void add_leaf(struct ak_server_known *s, struct ak_certificate *leaf)
{
    for (size_t i = 0; i < s->leaf_count; i++)
        if (s->leaf[i] == leaf)
            return;
    if (s->leaf_count == AK_KNOWN_LEAVES)
        return;
    leaf->references++;
    s->leaf[s->leaf_count++] = leaf;
}

static bool died_silently(const struct ak_conversation *c)
{
    bool early = c->stage == AK_STAGE_P0 || c->stage == AK_STAGE_P1 || c->stage == AK_STAGE_P6;
    bool dead = c->outcome == AK_OUTCOME_UNANSWERED || c->outcome == AK_OUTCOME_REFUSED ||
                (c->stage == AK_STAGE_P6 && c->close != AK_CLOSE_NONE);
    return early && dead;
}

static void judge_window(struct ak_server_known *s, const struct ak_load_window *w)
{
    uint64_t most = (uint64_t)ak_threshold_get(AK_THRESHOLD_STARVATION_MAXIMUM_FAILED_PERCENT);
    uint64_t least = (uint64_t)ak_threshold_get(AK_THRESHOLD_STARVATION_FAILED_PERCENT);
    int64_t enough = ak_threshold_get(AK_THRESHOLD_STARVATION_MINIMUM_CONVERSATIONS);
    uint64_t percent = w->conversations ? (uint64_t)w->silent * 100 / w->conversations : 0;
    bool several = w->other_clients != 0;
    if (w->conversations < enough || percent < least || percent > most || !several)
        return;
    if (!s->starved.used || w->silent > s->starved.silent)
        s->starved = *w;
}

static void add_load(struct ak_knowledge *k, struct ak_server_known *s,
                     const struct ak_conversation *c)
{
    int64_t index = c->first_time / k->window;
    struct ak_load_window *w = NULL, *oldest = &s->window[0];
    for (size_t i = 0; i < AK_KNOWN_WINDOWS && w == NULL; i++) {
        if (s->window[i].used && s->window[i].index == index)
            w = &s->window[i];
        if (!s->window[i].used || (oldest->used && s->window[i].index < oldest->index))
            oldest = &s->window[i];
    }
    if (w == NULL) {
        w = oldest;
        memset(w, 0, sizeof *w);
        w->used = true;
        w->index = index;
    }
    struct ak_endpoint client = c->end[AK_SIDE_CLIENT];
    client.port = 0;
    uint32_t who = (uint32_t)endpoint_hash(k, &client) | 1;
    if (w->first_client == 0)
        w->first_client = who;
    else if (w->first_client != who)
        w->other_clients = who;
    w->conversations++;
    w->silent += died_silently(c);
    judge_window(s, w);
}

bool ak_knowledge_add(struct ak_knowledge *k, const struct ak_conversation *c)
{
    struct ak_server_known *s = server_of(k, &c->end[AK_SIDE_SERVER]);
    if (s == NULL)
        return false;
    s->conversations++;
    s->established += c->outcome == AK_OUTCOME_ESTABLISHED;
    s->failed += c->outcome == AK_OUTCOME_FAILED;
    add_load(k, s, c);
    if (c->tds != NULL && c->tds->has_reply) {
        s->tds7_answered++;
        if (c->tds->has_server_version) {
            s->has_build = true;
            s->version[0] = c->tds->server_version[0];
            s->version[1] = c->tds->server_version[1];
            s->build = c->tds->server_build[0];
        }
    }
    const struct ak_tls_seen *tls = c->tls;
    if (tls == NULL)
        return true;
    s->tds8_answered += c->protocol == AK_PROTOCOL_TDS8 && tls->has_server_hello;
    if (c->outcome == AK_OUTCOME_ESTABLISHED) {
        add_suite(s, c);
        add_group(s, tls->group);
    }
    if (tls->hello_retry)
        add_group(s, tls->retry_group);
    if (tls->chain_count != 0)
        add_leaf(s, tls->chain[0]);
    const struct ak_cipher_suite *suite = ak_cipher_suite_find(tls->cipher_suite);
    bool dhe = suite != NULL && suite->key_exchange == AK_KX_DHE;
    return !dhe || c->outcome != AK_OUTCOME_ESTABLISHED || add_pair(k, c);
}
