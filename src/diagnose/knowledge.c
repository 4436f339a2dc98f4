/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/knowledge.h"

#include <string.h>

#include "base/alloc.h"
#include "base/index.h"
#include "base/limits.h"
#include "model/thresholds.h"
#include "model/tls_names.h"

#include "base/banned.h"

enum { RECENT = 16 };

struct ak_knowledge {
    struct ak_hash_key key;
    struct ak_index servers; /* struct ak_server_known, owned */
    struct ak_index pairs;   /* struct ak_pair_known, owned */
    int64_t window;          /* nanoseconds */
    struct ak_server_known *recent[RECENT];
};

struct ak_knowledge *ak_knowledge_new(struct ak_hash_key key)
{
    struct ak_knowledge *k = ak_alloc(1, sizeof *k);
    if (k == NULL)
        return NULL;
    k->key = key;
    k->window = ak_threshold_get(AK_THRESHOLD_STARVATION_WINDOW_MS) * 1000000;
    if (!ak_index_init(&k->servers, AK_MAX_SERVERS) || !ak_index_init(&k->pairs, AK_MAX_PAIRS)) {
        ak_knowledge_free(k);
        return NULL;
    }
    return k;
}

void ak_knowledge_free(struct ak_knowledge *k)
{
    if (k == NULL)
        return;
    struct ak_server_known *s;
    for (size_t at = 0; (s = ak_index_each(&k->servers, &at)) != NULL;) {
        for (size_t i = 0; i < s->leaf_count; i++)
            ak_certificate_drop(s->leaf[i]);
        ak_free(s);
    }
    struct ak_pair_known *p;
    for (size_t at = 0; (p = ak_index_each(&k->pairs, &at)) != NULL;)
        ak_free(p);
    ak_index_release(&k->servers);
    ak_index_release(&k->pairs);
    ak_free(k);
}

static struct ak_server_known *find_server(const struct ak_knowledge *k,
                                           const struct ak_endpoint *e, uint64_t hash)
{
    struct ak_server_known *s;
    uint64_t at = hash;
    while ((s = ak_index_next(&k->servers, hash, &at)) != NULL)
        if (ak_endpoint_same(&s->end, e))
            break;
    return s;
}

const struct ak_server_known *ak_knowledge_server(const struct ak_knowledge *k,
                                                  const struct ak_endpoint *server)
{
    return find_server(k, server, ak_endpoint_hash(k->key, server));
}

/* Few servers are talked to at a time: those are found without a hash. */
static struct ak_server_known **recent_of(struct ak_knowledge *k, const struct ak_endpoint *e)
{
    return &k->recent[(e->address[e->version == 6 ? 15 : 3] ^ e->port) % RECENT];
}

static struct ak_server_known *server_of(struct ak_knowledge *k, const struct ak_endpoint *e)
{
    struct ak_server_known **recent = recent_of(k, e);
    if (*recent != NULL && ak_endpoint_same(&(*recent)->end, e))
        return *recent;
    uint64_t hash = ak_endpoint_hash(k->key, e);
    struct ak_server_known *s = find_server(k, e, hash);
    if (s == NULL) {
        s = ak_alloc(1, sizeof *s);
        if (s == NULL || !ak_index_add(&k->servers, hash, s)) {
            ak_free(s);
            return NULL;
        }
        s->end = *e;
    }
    *recent = s;
    return s;
}

/* `all`: whatever the client. */
static uint64_t pair_hash(const struct ak_knowledge *k, const struct ak_conversation *c, bool all)
{
    uint8_t bytes[38] = {0};
    if (!all)
        memcpy(bytes, c->end[AK_SIDE_CLIENT].address, 16);
    memcpy(bytes + 16, c->end[AK_SIDE_SERVER].address, 16);
    bytes[32] = (uint8_t)(c->end[AK_SIDE_SERVER].port >> 8);
    bytes[33] = (uint8_t)c->end[AK_SIDE_SERVER].port;
    bytes[34] = (uint8_t)(c->tls->cipher_suite >> 8);
    bytes[35] = (uint8_t)c->tls->cipher_suite;
    bytes[36] = all ? 0 : c->end[AK_SIDE_CLIENT].version;
    bytes[37] = c->end[AK_SIDE_SERVER].version;
    return ak_hash_bytes(k->key, bytes, sizeof bytes);
}

/* 64 keyed bits stand for the pair. */
static struct ak_pair_known *find_pair(const struct ak_knowledge *k, uint64_t hash)
{
    uint64_t at = hash;
    return ak_index_next(&k->pairs, hash, &at);
}

const struct ak_pair_known *ak_knowledge_pair(const struct ak_knowledge *k,
                                              const struct ak_conversation *c)
{
    return c->tls != NULL ? find_pair(k, pair_hash(k, c, false)) : NULL;
}

const struct ak_pair_known *ak_knowledge_suite(const struct ak_knowledge *k,
                                               const struct ak_conversation *c)
{
    return c->tls != NULL ? find_pair(k, pair_hash(k, c, true)) : NULL;
}

/* The first that worked and the first that failed are news. */
static bool add_pair(struct ak_knowledge *k, const struct ak_conversation *c, bool all, bool *news)
{
    uint64_t hash = pair_hash(k, c, all);
    struct ak_pair_known *p = find_pair(k, hash);
    if (p == NULL) {
        p = ak_alloc(1, sizeof *p);
        if (p == NULL || !ak_index_add(&k->pairs, hash, p)) {
            ak_free(p);
            return false;
        }
    }
    bool established = c->outcome == AK_OUTCOME_ESTABLISHED;
    bool failed = c->outcome == AK_OUTCOME_FAILED;
    *news |= (established && p->established == 0) || (failed && p->failed == 0);
    if (established && p->established++ == 0)
        p->id = c->id;
    p->failed += failed;
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

static void note_client(const struct ak_knowledge *k, struct ak_load_window *w,
                        const struct ak_conversation *c)
{
    struct ak_endpoint client = c->end[AK_SIDE_CLIENT];
    client.port = 0;
    uint32_t who = (uint32_t)ak_endpoint_hash(k->key, &client) | 1;
    if (w->first_client == 0)
        w->first_client = who;
    else if (w->first_client != who)
        w->other_clients = who;
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
    if (w->other_clients == 0)
        note_client(k, w, c);
    w->conversations++;
    w->silent += died_silently(c);
    judge_window(s, w);
}

static void add_build(struct ak_server_known *s, const struct ak_tds_seen *tds, bool *news)
{
    *news |= !s->has_build || s->version[0] != tds->server_version[0] ||
             s->version[1] != tds->server_version[1] || s->build != tds->server_build[0];
    s->has_build = true;
    s->version[0] = tds->server_version[0];
    s->version[1] = tds->server_version[1];
    s->build = tds->server_build[0];
}

static bool add_tls(struct ak_knowledge *k, struct ak_server_known *s,
                    const struct ak_conversation *c, bool *news)
{
    const struct ak_tls_seen *tls = c->tls;
    size_t known = s->suite_count + s->group_count + s->leaf_count;
    bool strict = c->protocol == AK_PROTOCOL_TDS8 && tls->has_server_hello;
    *news |= strict && s->tds8_answered == 0;
    s->tds8_answered += strict;
    if (c->outcome == AK_OUTCOME_ESTABLISHED) {
        add_suite(s, c);
        add_group(s, tls->group);
    }
    if (tls->hello_retry)
        add_group(s, tls->retry_group);
    if (tls->chain_count != 0)
        add_leaf(s, tls->chain[0]);
    *news |= s->suite_count + s->group_count + s->leaf_count != known;
    const struct ak_cipher_suite *suite = ak_cipher_suite_find(tls->cipher_suite);
    bool dhe = suite != NULL && suite->key_exchange == AK_KX_DHE;
    bool failed = c->outcome == AK_OUTCOME_FAILED && c->stage == AK_STAGE_P5 &&
                  c->closed_by == AK_SIDE_SERVER;
    if (!dhe || (c->outcome != AK_OUTCOME_ESTABLISHED && !failed))
        return true;
    bool pair = add_pair(k, c, false, news);
    return add_pair(k, c, true, news) && pair;
}

static void add_packet_size(struct ak_server_known *s, const struct ak_conversation *c, bool *news)
{
    if (c->tds->changed_packet_size <= s->packet_size)
        return;
    s->packet_size = c->tds->changed_packet_size;
    s->packet_size_id = c->id;
    *news = true;
}

bool ak_knowledge_add(struct ak_knowledge *k, const struct ak_conversation *c, bool *news)
{
    struct ak_server_known *s = server_of(k, &c->end[AK_SIDE_SERVER]);
    if (s == NULL)
        return false;
    bool established = c->outcome == AK_OUTCOME_ESTABLISHED;
    *news |= established && s->established == 0;
    s->conversations++;
    s->established += established;
    s->failed += c->outcome == AK_OUTCOME_FAILED;
    add_load(k, s, c);
    if (c->tds != NULL && c->tds->has_reply) {
        *news |= s->tds7_answered == 0;
        s->tds7_answered++;
        if (c->tds->has_server_version)
            add_build(s, c->tds, news);
    }
    if (c->tds != NULL)
        add_packet_size(s, c, news);
    return c->tls == NULL || add_tls(k, s, c, news);
}

const struct ak_server_known *ak_knowledge_shows(const struct ak_knowledge *k,
                                                 const uint8_t sha256[32])
{
    const struct ak_server_known *s;
    for (size_t at = 0; (s = ak_index_each(&k->servers, &at)) != NULL;)
        for (size_t i = 0; i < s->leaf_count; i++)
            if (memcmp(s->leaf[i]->sha256, sha256, 32) == 0)
                return s;
    return NULL;
}
