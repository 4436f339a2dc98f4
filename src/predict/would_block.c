/* SPDX-License-Identifier: Apache-2.0 */
#include "predict/would_block.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/attr.h"
#include "base/index.h"
#include "model/profiles.h"
#include "model/sql_names.h"
#include "predict/party_host.h"
#include "predict/party_text.h"

#include "base/banned.h"

enum { NAMES = 3 };

/* What the wire showed of one server. */
struct server {
    struct ak_endpoint end;
    uint8_t seen, lacks; /* bits of enum ak_party_version_at: chosen; not chosen though offered */
    uint8_t protocol;    /* enum ak_protocol */
    bool has_encryption, has_build;
    uint8_t encryption;
    unsigned build[3];
    char names[NAMES][AK_POLICY_HOST_NAME]; /* SNI, LOGIN7, certificate */
    struct ak_certificate *chain[AK_MAX_CHAIN];
    size_t chain_count;
    uint32_t changes; /* counts what was learned: a row judged before that is judged anew */
    const struct ak_policy_host *host;
};

struct row {
    struct ak_would_row row; /* first: what is handed out */
    struct server *server;
    struct ak_hello_shape *hello; /* a reference */
    uint8_t client_encryption;
    bool has_client_encryption;
    bool told;
    uint32_t judged_at; /* the server's `changes`; 0: not judged */
};

struct ak_would_block {
    const struct ak_policy *policy;
    struct ak_hash_key key;
    struct ak_index rows, servers;
    struct row **row; /* owned; in the order of _row after a judgement */
    size_t count, room;
    size_t news; /* of row[]: looked at by _news */
    struct ak_would_totals totals;
    bool dirty;
    struct ak_party client, now, then; /* too large for a stack */
};

const char *ak_would_name(enum ak_would would)
{
    static const char *const names[AK_WOULDS] = {"works", "unsure", "fails"};
    return names[would];
}

struct ak_would_block *ak_would_block_new(const struct ak_policy *policy, uint64_t seed)
{
    struct ak_would_block *b = ak_alloc(1, sizeof *b);
    if (b == NULL)
        return NULL;
    struct ak_hash_key key = {seed, seed ^ UINT64_C(0x6a09e667f3bcc909)};
    b->policy = policy;
    b->key = key;
    b->totals.last_fail = b->totals.last_unsure = INT64_MIN;
    if (!ak_index_init(&b->rows, AK_MAX_WOULD_ROWS) ||
        !ak_index_init(&b->servers, AK_MAX_SERVERS)) {
        ak_would_block_free(b);
        return NULL;
    }
    return b;
}

static void free_server(struct server *s)
{
    for (size_t i = 0; i < s->chain_count; i++)
        ak_certificate_drop(s->chain[i]);
    ak_free(s);
}

void ak_would_block_free(struct ak_would_block *b)
{
    struct server *s;
    if (b == NULL)
        return;
    for (size_t i = 0; i < b->count; i++) {
        ak_hello_shape_drop(b->row[i]->hello);
        ak_free(b->row[i]);
    }
    for (size_t at = 0; b->servers.room != 0 && (s = ak_index_each(&b->servers, &at)) != NULL;)
        free_server(s);
    ak_free(b->row);
    ak_index_release(&b->rows);
    ak_index_release(&b->servers);
    ak_free(b);
}

/* ---- what the wire shows of servers ---- */

static struct server *server_of(struct ak_would_block *b, const struct ak_endpoint *end)
{
    uint64_t hash = ak_endpoint_hash(b->key, end), at = hash;
    struct server *s;
    while ((s = ak_index_next(&b->servers, hash, &at)) != NULL)
        if (ak_endpoint_same(&s->end, end))
            return s;
    s = ak_alloc(1, sizeof *s);
    if (s == NULL || !ak_index_add(&b->servers, hash, s)) {
        ak_free(s);
        return NULL;
    }
    s->end = *end;
    s->changes = 1;
    return s;
}

static bool offers(const struct ak_hello_shape *hello, uint16_t version)
{
    if (hello->has_supported_versions)
        return ak_u16_list_has(&hello->supported_versions, version);
    /* What lies below the highest is a guess; here only what was passed over matters. */
    return version == hello->max_version;
}

static void learn_versions(struct server *s, const struct ak_conversation *c)
{
    uint8_t seen = s->seen, lacks = s->lacks;
    enum ak_party_version_at at = ak_party_version_of(c->tls->version);
    if (at == AK_PARTY_VERSIONS)
        return;
    seen |= (uint8_t)(1u << at);
    for (unsigned i = (unsigned)at + 1; i < AK_PARTY_VERSIONS; i++) {
        /* Inside PRELOGIN nobody speaks TLS 1.3, whatever the server has. */
        bool wrapped = i == AK_PARTY_TLS13 && c->protocol == AK_PROTOCOL_TDS;
        if (!wrapped && offers(c->tls->hello, ak_party_version_code((enum ak_party_version_at)i)))
            lacks |= (uint8_t)(1u << i);
    }
    s->changes += seen != s->seen || lacks != s->lacks;
    s->seen = seen;
    s->lacks = lacks;
}

static void learn_chain(struct server *s, const struct ak_tls_seen *tls)
{
    if (tls->chain_count == 0 || (s->chain_count != 0 && s->chain[0] == tls->chain[0]))
        return;
    for (size_t i = 0; i < s->chain_count; i++)
        ak_certificate_drop(s->chain[i]);
    for (size_t i = 0; i < tls->chain_count; i++)
        s->chain[i] = ak_certificate_keep(tls->chain[i]);
    s->chain_count = tls->chain_count;
    s->changes++;
}

static void learn_name(struct server *s, unsigned which, const char *name)
{
    if (name == NULL || name[0] == '\0' || s->names[which][0] != '\0')
        return;
    (void)snprintf(s->names[which], sizeof s->names[which], "%s", name);
    s->changes++;
}

static void learn(struct server *s, const struct ak_conversation *c)
{
    learn_versions(s, c);
    learn_chain(s, c->tls);
    learn_name(s, 0, c->tls->server_name);
    if (c->tls->chain_count != 0 && c->tls->chain[0]->readable)
        learn_name(s, 2, c->tls->chain[0]->facts.subject_cn);
    s->protocol = (uint8_t)c->protocol;
    if (c->tds == NULL)
        return;
    learn_name(s, 1, c->tds->login_server);
    if (c->tds->has_server_encryption && !s->has_encryption) {
        s->has_encryption = true;
        s->encryption = c->tds->server_encryption & 3;
        s->changes++;
    }
    if (c->tds->has_server_version && !s->has_build) {
        s->has_build = true;
        s->build[0] = c->tds->server_version[0];
        s->build[1] = c->tds->server_version[1];
        s->build[2] = c->tds->server_build[0];
        s->changes++;
    }
}

/* ---- rows ---- */

static bool same_values(const uint16_t *a, size_t count, const struct ak_u16_list *b)
{
    size_t at = 0;
    for (size_t i = 0; i < b->count; i++) {
        if (ak_tls_is_grease(b->values[i]))
            continue;
        if (at == count || a[at++] != b->values[i])
            return false;
    }
    return at == count;
}

/* The one program that is known to send this hello; NULL: none, or several. */
static const struct ak_client_profile *program_of(const struct ak_hello_shape *hello)
{
    const struct ak_profile *p;
    const struct ak_client_profile *found = NULL;
    for (size_t i = 0; (p = ak_profile_at(i)) != NULL; i++) {
        const struct ak_client_profile *c = p->client;
        if (c == NULL || c == found || c->suite_count == 0 ||
            !same_values(c->suites, c->suite_count, &hello->cipher_suites) ||
            !same_values(c->groups, c->group_count, &hello->groups) ||
            !same_values(c->schemes, c->scheme_count, &hello->signature_algorithms))
            continue;
        if (found != NULL)
            return NULL;
        found = c;
    }
    return found;
}

static const char *login_program(const struct ak_conversation *c)
{
    if (c->tds == NULL)
        return NULL;
    if (c->tds->application != NULL && c->tds->application[0] != '\0')
        return c->tds->application;
    return c->tds->library != NULL && c->tds->library[0] != '\0' ? c->tds->library : NULL;
}

static struct row *row_of(struct ak_would_block *b, struct server *s,
                          const struct ak_conversation *c)
{
    const struct ak_tls_seen *tls = c->tls;
    const char *program = login_program(c);
    struct ak_endpoint client = c->end[AK_SIDE_CLIENT];
    char text[AK_WOULD_PROGRAM] = "";
    client.port = 0;
    if (program != NULL)
        (void)snprintf(text, sizeof text, "%s", program);
    uint64_t hash = ak_hash_mix(ak_endpoint_hash(b->key, &client), (uint64_t)(uintptr_t)s);
    hash = ak_hash_mix(hash, (uint64_t)tls->hello->id << 32 | (uint64_t)tls->version << 16 |
                                 tls->cipher_suite);
    hash = ak_hash_mix(hash, ak_hash_bytes(b->key, text, strlen(text)));
    uint64_t at = hash;
    struct row *r;
    while ((r = ak_index_next(&b->rows, hash, &at)) != NULL)
        if (r->server == s && r->hello == tls->hello && r->row.version == tls->version &&
            r->row.suite == tls->cipher_suite && ak_endpoint_same(&r->row.client, &client) &&
            (program == NULL ? r->row.program[0] == '\0' || r->row.program_of_hello
                             : strcmp(r->row.program, text) == 0))
            return r;
    if (b->count == b->room) {
        size_t room = b->room != 0 ? 2 * b->room : 64;
        struct row **grown = ak_realloc(b->row, room, sizeof(struct row *));
        if (grown == NULL)
            return NULL;
        b->row = grown;
        b->room = room;
    }
    r = ak_alloc(1, sizeof *r);
    if (r == NULL || !ak_index_add(&b->rows, hash, r)) {
        ak_free(r);
        return NULL;
    }
    b->row[b->count++] = r;
    r->server = s;
    r->hello = ak_hello_shape_keep(tls->hello);
    r->row.client = client;
    r->row.server = s->end;
    r->row.ja4 = r->hello->ja4;
    r->row.protocol = (uint8_t)c->protocol;
    r->row.version = tls->version;
    r->row.suite = tls->cipher_suite;
    r->row.first = r->row.last = c->first_time;
    r->row.sample = c->id;
    const struct ak_client_profile *known = program == NULL ? program_of(tls->hello) : NULL;
    (void)snprintf(r->row.program, sizeof r->row.program, "%s", known ? known->name : text);
    r->row.program_of_hello = known != NULL;
    if (c->tds != NULL && c->tds->has_client_encryption) {
        r->has_client_encryption = true;
        r->client_encryption = c->tds->client_encryption & 3;
    }
    return r;
}

static void take(struct ak_would_block *b, const struct ak_conversation *c)
{
    /* A shape without a number is one of too many: each of its hellos is another one. */
    struct server *s = c->tls->hello->id != 0 ? server_of(b, &c->end[AK_SIDE_SERVER]) : NULL;
    if (s != NULL)
        learn(s, c);
    struct row *r = s != NULL ? row_of(b, s, c) : NULL;
    if (r == NULL) {
        b->totals.not_kept++;
        return;
    }
    r->row.count++;
    r->row.first = c->first_time < r->row.first ? c->first_time : r->row.first;
    r->row.last = c->first_time > r->row.last ? c->first_time : r->row.last;
    b->totals.judged++;
}

void ak_would_block_time(struct ak_would_block *b, int64_t time)
{
    struct ak_would_totals *t = &b->totals;
    if (t->first == 0 || time < t->first)
        t->first = time;
    t->last = time > t->last ? time : t->last;
}

void ak_would_block_add(struct ak_would_block *b, const struct ak_conversation *c)
{
    struct ak_would_totals *t = &b->totals;
    ak_would_block_time(b, c->first_time);
    ak_would_block_time(b, c->last_time);
    b->dirty = true;
    bool working = c->outcome == AK_OUTCOME_ESTABLISHED && c->tls != NULL &&
                   c->tls->hello != NULL && c->tls->version != 0;
    if (working)
        take(b, c);
    else if (c->tls == NULL && c->outcome != AK_OUTCOME_INCOMPLETE)
        t->without_tls++;
    else if (c->outcome == AK_OUTCOME_FAILED || c->outcome == AK_OUTCOME_UNANSWERED ||
             c->outcome == AK_OUTCOME_REFUSED)
        t->failed_already++;
    else
        t->unseen++;
}

/* ---- judging ---- */

static uint16_t curve_of(const char *name)
{
    return strcmp(name, "prime256v1") == 0  ? 0x0017
           : strcmp(name, "secp384r1") == 0 ? 0x0018
           : strcmp(name, "secp521r1") == 0 ? 0x0019
                                            : 0;
}

static void add_chain(const struct server *s, struct ak_party *party)
{
    struct ak_party_chain *chain = NULL;
    for (size_t i = 0; i < s->chain_count && s->chain[i]->readable; i++) {
        const struct ak_x509 *x = &s->chain[i]->facts;
        struct ak_party_link link = {.key = (uint8_t)x->key_type,
                                     .bits = (uint16_t)x->key_bits,
                                     .curve = curve_of(x->curve),
                                     .sign_hash = (uint8_t)x->sign_hash,
                                     .sign_key = (uint8_t)x->sign_key,
                                     .sign_pss = x->sign_pss,
                                     .self_signed = x->self_signed};
        if (chain == NULL) {
            party->chain_count = 0;
            chain = ak_party_chain_add(party, x->key_type, x->key_bits, link.curve, x->sign_hash,
                                       x->sign_key);
        }
        if (chain == NULL)
            return;
        chain->links[i] = link;
        chain->count = (uint8_t)(i + 1);
    }
}

static void add_sql(const struct server *s, struct ak_party *party)
{
    if (s->protocol != AK_PROTOCOL_TDS && s->protocol != AK_PROTOCOL_TDS8)
        return;
    if (!party->sql.known)
        ak_party_sql_server(party, NULL);
    if (s->has_encryption)
        party->sql.encryption = s->encryption;
    party->sql.strict = party->sql.strict || s->protocol == AK_PROTOCOL_TDS8;
}

static bool build_too_old(const struct server *s)
{
    return s->has_build &&
           ak_sql_build_tls12(s->build[0], s->build[1], s->build[2]).tls12 == AK_BUILD_TLS12_NO;
}

/* The server as the wire shows it: what it chose is on, and for the rest it takes what the client
 * of this row offers. */
static void of_wire(const struct row *r, struct ak_party *party)
{
    const struct server *s = r->server;
    bool sql = s->protocol == AK_PROTOCOL_TDS || s->protocol == AK_PROTOCOL_TDS8;
    ak_party_init(party, "", AK_SIDE_SERVER, sql ? AK_STACK_SCHANNEL : AK_STACK_OTHER);
    for (unsigned at = AK_PARTY_SSL30; at < AK_PARTY_VERSIONS; at++)
        if (s->seen >> at & 1)
            ak_party_version_set(party, (enum ak_party_version_at)at, AK_SWITCH_ON, "seen");
        else
            ak_party_version_set(party, (enum ak_party_version_at)at, AK_SWITCH_OFF, "not-seen");
    if (build_too_old(s))
        for (unsigned at = AK_PARTY_TLS12; at < AK_PARTY_VERSIONS; at++)
            if (!(s->seen >> at & 1))
                ak_party_version_set(party, (enum ak_party_version_at)at, AK_SWITCH_ABSENT,
                                     "not-supported");
    for (size_t i = 0; i < r->hello->cipher_suites.count; i++)
        if (!ak_cipher_suite_is_signal(r->hello->cipher_suites.values[i]))
            (void)ak_party_suite_add(party, r->hello->cipher_suites.values[i], true);
    party->suites_known = party->suite_count != 0;
    party->dh_bits_known = false;
    add_chain(s, party);
    add_sql(s, party);
    party->confidence[AK_PARTY_PART_SUITES] = AK_CONFIDENCE_MEDIUM;
}

static void set_client(struct ak_would_block *b, const struct row *r)
{
    struct ak_party *client = &b->client;
    ak_party_of_hello(client, "", r->hello);
    if (r->row.protocol != AK_PROTOCOL_TDS && r->row.protocol != AK_PROTOCOL_TDS8)
        return;
    client->sql.known = true;
    client->sql.strict = r->row.protocol == AK_PROTOCOL_TDS8;
    client->sql.encryption =
        r->has_client_encryption ? r->client_encryption : (uint8_t)AK_TDS_ENCRYPTION_ON;
}

static void set_servers(struct ak_would_block *b, struct row *r)
{
    struct server *s = r->server;
    const char *names[NAMES] = {s->names[0], s->names[1], s->names[2]};
    s->host = ak_policy_host_of(b->policy, &s->end, names, NAMES);
    r->row.by_registry = s->host != NULL && !b->policy->whole;
    of_wire(r, &b->now);
    if (r->row.by_registry) {
        b->now = s->host->now;
        b->then = s->host->then;
        struct ak_party *both[] = {&b->now, &b->then};
        for (size_t i = 0; i < AK_COUNT(both); i++) {
            add_chain(s, both[i]);
            add_sql(s, both[i]);
        }
        return;
    }
    b->then = b->now;
    ak_policy_apply(b->policy, &b->then);
}

/* It needs a version that the server did not choose though it was offered, it is not known that the
 * change would give it to the server, and with what the server has it would not work. */
static bool version_doubtful(struct ak_would_block *b, const struct row *r)
{
    struct ak_negotiation without;
    const struct server *s = r->server;
    enum ak_party_version_at at = ak_party_version_of(r->row.then.version);
    if (r->row.by_registry || b->policy->whole || at == AK_PARTY_VERSIONS || s->seen >> at & 1 ||
        !(s->lacks >> at & 1))
        return false;
    bool able =
        at == AK_PARTY_TLS12 && s->has_build &&
        ak_sql_build_tls12(s->build[0], s->build[1], s->build[2]).tls12 == AK_BUILD_TLS12_YES;
    if (able && b->policy->versions[at] == AK_POLICY_ON)
        return false;
    ak_party_version_set(&b->then, at, AK_SWITCH_OFF, "not-seen");
    ak_negotiate(&b->client, &b->then, &without);
    return !without.established;
}

static void judge(struct ak_would_block *b, struct row *r)
{
    struct ak_negotiation now;
    struct ak_would_row *row = &r->row;
    set_client(b, r);
    set_servers(b, r);
    ak_negotiate(&b->client, &b->now, &now);
    ak_negotiate(&b->client, &b->then, &row->then);
    bool works = row->then.established || row->then.no_tls;
    row->unsure = AK_UNSURE_NOT;
    if (!now.established && !now.no_tls)
        row->unsure = AK_UNSURE_MODEL;
    else if (works && version_doubtful(b, r))
        row->unsure = AK_UNSURE_VERSION;
    row->would = row->unsure != AK_UNSURE_NOT ? AK_WOULD_UNSURE
                 : works                      ? AK_WOULD_WORK
                                              : AK_WOULD_FAIL;
    row->build_too_old = row->would == AK_WOULD_FAIL && build_too_old(r->server) &&
                         row->then.refusal == AK_REFUSAL_NO_COMMON_VERSION;
    for (unsigned i = 0; i < NAMES && row->server_name[0] == '\0'; i++)
        memcpy(row->server_name, r->server->names[i], sizeof row->server_name);
    r->judged_at = r->server->changes;
}

static int order(const void *a, const void *b)
{
    const struct row *x = *(struct row *const *)a, *y = *(struct row *const *)b;
    if (x->row.would != y->row.would)
        return x->row.would > y->row.would ? -1 : 1;
    if (x->row.last != y->row.last)
        return x->row.last > y->row.last ? -1 : 1;
    return x->row.sample < y->row.sample ? -1 : x->row.sample > y->row.sample;
}

void ak_would_block_judge(struct ak_would_block *b)
{
    struct ak_would_totals *t = &b->totals;
    if (!b->dirty)
        return;
    b->dirty = false;
    b->news = 0;
    memset(t->each, 0, sizeof t->each);
    memset(t->rows, 0, sizeof t->rows);
    t->last_fail = t->last_unsure = INT64_MIN;
    for (size_t i = 0; i < b->count; i++) {
        struct row *r = b->row[i];
        if (r->judged_at != r->server->changes)
            judge(b, r);
        t->each[r->row.would] += r->row.count;
        t->rows[r->row.would]++;
        if (r->row.would == AK_WOULD_FAIL && r->row.last > t->last_fail)
            t->last_fail = r->row.last;
        if (r->row.would == AK_WOULD_UNSURE && r->row.last > t->last_unsure)
            t->last_unsure = r->row.last;
    }
    if (b->count > 1)
        qsort(b->row, b->count, sizeof(struct row *), order);
}

const struct ak_would_row *ak_would_block_news(struct ak_would_block *b)
{
    for (; b->news < b->totals.rows[AK_WOULD_FAIL]; b->news++)
        if (!b->row[b->news]->told) {
            b->row[b->news]->told = true;
            return &b->row[b->news++]->row;
        }
    return NULL;
}

const struct ak_would_totals *ak_would_block_totals(const struct ak_would_block *b)
{
    return &b->totals;
}

size_t ak_would_block_count(const struct ak_would_block *b)
{
    return b->count;
}

const struct ak_would_row *ak_would_block_row(const struct ak_would_block *b, size_t index)
{
    return index < b->count ? &b->row[index]->row : NULL;
}
