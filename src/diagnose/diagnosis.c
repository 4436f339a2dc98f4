/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/diagnosis.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/digest.h"
#include "base/index.h"
#include "base/text.h"
#include "diagnose/diagnosis_state.h"
#include "diagnose/predicates.h"
#include "diagnose/rules.h"
#include "diagnose/suspect.h"

#include "base/banned.h"

struct ak_diagnosis *ak_diagnosis_new(uint64_t seed)
{
    struct ak_hash_key key = {seed, seed ^ UINT64_C(0xd1b54a32d192ed03)};
    struct ak_diagnosis *d = ak_alloc(1, sizeof *d);
    if (d == NULL)
        return NULL;
    d->key = key;
    d->knowledge = ak_knowledge_new(key);
    d->estate = ak_estate_new(key);
    d->digest = ak_digest_new();
    if (d->knowledge == NULL || d->estate == NULL || d->digest == NULL ||
        !ak_index_init(&d->index, AK_MAX_FINDINGS)) {
        ak_diagnosis_free(d);
        return NULL;
    }
    return d;
}

void ak_diagnosis_free(struct ak_diagnosis *d)
{
    if (d == NULL)
        return;
    for (size_t i = 0; i < d->suspect_count; i++)
        ak_suspect_free(d->suspect[i]);
    for (size_t i = 0; i < d->witness_count; i++)
        ak_suspect_free(d->witness[i]);
    for (size_t i = 0; i < d->finding_count; i++) {
        ak_free(d->finding[i]->timeline);
        ak_free(d->finding[i]->by_settings);
        ak_free(d->finding[i]);
    }
    ak_free(d->suspect);
    ak_free(d->opened);
    ak_free(d->finding);
    ak_index_release(&d->index);
    ak_digest_free(d->digest);
    ak_knowledge_free(d->knowledge);
    ak_estate_free(d->estate);
    ak_case_free(d->joined);
    ak_event_book_free(d->events);
    ak_free((void *)d->found);
    ak_free((void *)d->told);
    ak_free(d->certificates);
    ak_join_free(d->join);
    ak_index_release(&d->twins);
    ak_free(d);
}

void ak_diagnosis_ask(struct ak_diagnosis *d, const struct ak_rule *rule, uint64_t conversation,
                      ak_why_not_sink *sink, void *context)
{
    struct question question = {rule, conversation, sink, context};
    d->question = question;
}

void ak_diagnosis_listen(struct ak_diagnosis *d, const struct ak_diagnosis_listener *listener)
{
    d->listener = *listener;
    d->listened = true;
}

void ak_diagnosis_add_offer(struct ak_diagnosis *d, const struct ak_offer *offer)
{
    if (d->offer_count < AK_COUNT(d->offer))
        d->offer[d->offer_count++] = offer;
    else
        d->lost++;
}

uint64_t ak_diagnosis_lost(const struct ak_diagnosis *d)
{
    return d->lost;
}

uint64_t ak_diagnosis_early(const struct ak_diagnosis *d)
{
    return d->early;
}

void *ak_diagnosis_room(void *array, size_t count, size_t *room)
{
    if (count < *room)
        return array;
    size_t more = *room != 0 ? *room * 2 : 16;
    void *grown = ak_realloc(array, more, sizeof(void *));
    if (grown != NULL)
        *room = more;
    return grown;
}

/* Established and nothing odd about its end: no rule has anything to say. */
static bool needs_judgement(const struct ak_diagnosis *d, const struct ak_conversation *c)
{
    if (d->question.rule != NULL &&
        (d->question.conversation == c->id || d->question.conversation == 0))
        return true;
    enum ak_side by;
    if (ak_ignores_packets(c) != AK_SIDE_NONE)
        return true;
    if (ak_is_endpoint_over(c) || ak_endpoint_refused(c) || ak_endpoint_stall_ms(c, &by) != 0)
        return true;
    if (ak_slow_connect_ms(c) != 0 || ak_uses_up_ports(ak_estate_latest_route(d->estate)))
        return true;
    switch (c->outcome) {
    case AK_OUTCOME_ESTABLISHED: {
        bool tds = c->protocol == AK_PROTOCOL_TDS || c->protocol == AK_PROTOCOL_TDS8;
        const struct ak_name_known *name = ak_estate_latest_name(d->estate);
        bool microsofts = name == NULL || name->is_microsofts;
        return c->stage < AK_STAGE_P7 || (microsofts && ak_inspected(c)) || c->tcp_end_rst ||
               (tds && c->tls != NULL && c->tls->client_data_turns <= 2);
    }
    case AK_OUTCOME_PLAINTEXT:
        return c->cleartext_login || c->tcp_end_rst ||
               (c->clear != NULL && c->clear->starttls == AK_STARTTLS_REFUSED);
    case AK_OUTCOME_INCOMPLETE:
        return c->cleartext_login;
    default:
        return true;
    }
}

static bool keep_suspect(struct ak_diagnosis *d, const struct ak_conversation *c)
{
    struct ak_suspect **grown = ak_diagnosis_room(d->suspect, d->suspect_count, &d->suspect_room);
    if (grown == NULL)
        return false;
    d->suspect = grown;
    struct ak_suspect *suspect = ak_suspect_new(c);
    if (suspect != NULL)
        d->suspect[d->suspect_count++] = suspect;
    return suspect != NULL;
}

/* A log of handshakes that worked may be about it: then it tells of clocks. */
static void keep_witness(struct ak_diagnosis *d, const struct ak_conversation *c)
{
    if (d->witness_count == AK_MAX_CASE_WITNESSES || c->outcome != AK_OUTCOME_ESTABLISHED ||
        c->tls == NULL)
        return;
    struct ak_suspect *witness = ak_suspect_new(c);
    if (witness != NULL)
        d->witness[d->witness_count++] = witness;
}

static void free_witnesses(struct ak_diagnosis *d)
{
    for (size_t i = 0; i < d->witness_count; i++)
        ak_suspect_free(d->witness[i]);
    d->witness_count = 0;
}

static void learn(struct ak_diagnosis *d, const struct ak_conversation *c)
{
    bool news = false, wide = false;
    d->newest = c->last_time > d->newest ? c->last_time : d->newest;
    bool known = ak_knowledge_add(d->knowledge, c, &news);
    d->lost += !ak_estate_add(d->estate, c, &wide) || !known;
    if (d->listened && (news || wide))
        d->listener.news(d->listener.context, c, wide);
}

/* ---- several captures ---- */

void ak_diagnosis_join(struct ak_diagnosis *d)
{
    if (d->join == NULL)
        d->join = ak_join_new(d->key);
}

const struct ak_join *ak_diagnosis_joined(const struct ak_diagnosis *d)
{
    return d->join;
}

/* The second capture begins: what waits of the first one may have its other side there. */
static void begin_join(struct ak_diagnosis *d)
{
    ak_diagnosis_join(d);
    struct ak_conversation_room room;
    for (size_t i = 0; d->join != NULL && i < d->suspect_count; i++)
        ak_join_add(d->join, ak_suspect_open(d->suspect[i], &room));
}

static void note_capture(struct ak_diagnosis *d, const struct ak_conversation *c)
{
    if (d->join == NULL && d->capture != 0 && d->capture != c->capture)
        begin_join(d);
    d->capture = c->capture;
    if (d->join != NULL)
        ak_join_add(d->join, c);
}

void ak_diagnosis_announce(struct ak_diagnosis *d, const struct ak_conversation *c)
{
    ak_estate_announce(d->estate, c);
}

void ak_diagnosis_learn(struct ak_diagnosis *d, const struct ak_conversation *c)
{
    note_capture(d, c);
    learn(d, c);
    ak_diagnosis_judge_working(d, c);
}

void ak_diagnosis_add(struct ak_diagnosis *d, const struct ak_conversation *c)
{
    note_capture(d, c);
    learn(d, c);
    if (!needs_judgement(d, c)) {
        keep_witness(d, c);
        return;
    }
    if (d->suspect_count == AK_MAX_SUSPECTS) {
        d->early++;
        ak_diagnosis_judge(d, c);
        return;
    }
    if (!keep_suspect(d, c))
        d->lost++;
}

void ak_diagnosis_settle(struct ak_diagnosis *d, int64_t before)
{
    struct ak_conversation_room room;
    size_t kept = 0;
    for (size_t i = 0; i < d->suspect_count; i++) {
        struct ak_suspect *suspect = d->suspect[i];
        if (suspect->last_time >= before) {
            d->suspect[kept++] = suspect;
            continue;
        }
        ak_diagnosis_judge(d, ak_suspect_open(suspect, &room));
        ak_suspect_free(suspect);
    }
    d->suspect_count = kept;
}

size_t ak_diagnosis_findings(const struct ak_diagnosis *d)
{
    return d->finding_count;
}

static int order(const void *a, const void *b)
{
    const struct ak_finding *x = *(struct ak_finding *const *)a;
    const struct ak_finding *y = *(struct ak_finding *const *)b;
    if (x->severity != y->severity)
        return x->severity > y->severity ? -1 : 1;
    if (x->grade != y->grade)
        return x->grade > y->grade ? -1 : 1;
    int rule = strcmp(x->rule->id, y->rule->id);
    if (rule != 0)
        return rule;
    int address = memcmp(&x->server.address, &y->server.address, sizeof x->server.address);
    if (address != 0)
        return address;
    if (x->server.port != y->server.port)
        return x->server.port < y->server.port ? -1 : 1;
    return strcmp(x->id, y->id);
}

static uint64_t twin_hash(const struct ak_diagnosis *d, uint64_t id)
{
    return ak_hash_mix(d->key.k1, id);
}

static struct ak_suspect *find_twin(const struct ak_diagnosis *d, uint64_t id)
{
    struct ak_suspect *twin;
    uint64_t hash = twin_hash(d, id), at = hash;
    while (d->twins.room != 0 && (twin = ak_index_next(&d->twins, hash, &at)) != NULL)
        if (twin->id == id)
            return twin;
    return NULL;
}

static void index_twins(struct ak_diagnosis *d)
{
    struct ak_joint joint;
    if (d->join == NULL || !ak_index_init(&d->twins, AK_MAX_SUSPECTS))
        return;
    for (size_t i = 0; i < d->suspect_count; i++)
        if (ak_join_find(d->join, d->suspect[i]->id, &joint) &&
            !ak_index_add(&d->twins, twin_hash(d, d->suspect[i]->id), d->suspect[i]))
            d->lost++;
}

/* A connection is judged when the first of its suspects comes, and its twins with it. */
static void judge_suspect(struct ak_diagnosis *d, struct ak_suspect *suspect)
{
    struct ak_conversation_room room, other;
    struct ak_joint joint;
    if (suspect->judged)
        return;
    suspect->judged = true;
    struct ak_suspect *twin = NULL;
    if (d->twins.room != 0 && ak_join_find(d->join, suspect->id, &joint))
        twin = find_twin(d, joint.id);
    const struct ak_conversation *c = ak_suspect_open(suspect, &room);
    if (twin == NULL)
        ak_diagnosis_judge(d, c);
    else if (!twin->judged)
        ak_diagnosis_judge_twins(d, c, ak_suspect_open(twin, &other));
    else if (d->listened && joint.third)
        d->listener.news(d->listener.context, c, false);
    if (twin != NULL)
        twin->judged = true;
}

static const struct ak_conversation *open_for_good(struct ak_suspect *suspect,
                                                   struct ak_conversation_room *room)
{
    return suspect->opened = ak_suspect_open(suspect, room);
}

/* Logs and machines are put beside the conversations that wait. */
static void begin_case(struct ak_diagnosis *d)
{
    size_t suspects = d->suspect_count, all = suspects + d->witness_count;
    struct ak_event_ledger *ledger = ak_event_book_ledger(d->events);
    bool events = ak_event_ledger_count(ledger) != 0;
    if (suspects == 0 ? d->witness_count == 0 || !events : !events && d->host_count == 0)
        return;
    const struct ak_conversation **talks = ak_alloc(all, sizeof(struct ak_conversation *));
    d->opened = ak_alloc(all, sizeof *d->opened);
    for (size_t i = 0; talks != NULL && d->opened != NULL && i < all; i++)
        talks[i] =
            open_for_good(i < suspects ? d->suspect[i] : d->witness[i - suspects], &d->opened[i]);
    struct ak_case_parts parts = {.ledger = ledger,
                                  .talks = talks,
                                  .talk_count = suspects,
                                  .witnesses = talks != NULL ? talks + suspects : NULL,
                                  .witness_count = d->witness_count,
                                  .all = d->early == 0,
                                  .hosts = d->hosts,
                                  .host_count = d->host_count,
                                  .roles = d->roles};
    if (talks != NULL && d->opened != NULL)
        d->joined = ak_case_new(&parts);
    d->lost += d->joined == NULL;
    ak_free((void *)talks);
}

size_t ak_diagnosis_finish(struct ak_diagnosis *d)
{
    if (d->events != NULL)
        ak_event_book_finish(d->events);
    ak_diagnosis_join_certificates(d);
    if (d->join != NULL)
        ak_join_finish(d->join);
    index_twins(d);
    begin_case(d);
    for (size_t i = 0; i < d->suspect_count; i++)
        judge_suspect(d, d->suspect[i]);
    for (size_t i = 0; i < d->suspect_count; i++) {
        ak_suspect_free(d->suspect[i]);
        d->suspect[i] = NULL;
    }
    d->suspect_count = 0;
    free_witnesses(d);
    ak_free(d->opened);
    d->opened = NULL;
    ak_diagnosis_judge_hosts(d);
    ak_diagnosis_judge_events(d);
    ak_diagnosis_judge_certificates(d);
    if (d->finding_count > 1)
        qsort(d->finding, d->finding_count, sizeof(struct ak_finding *), order);
    return d->finding_count;
}

const struct ak_finding *ak_diagnosis_finding(const struct ak_diagnosis *d, size_t index)
{
    return index < d->finding_count ? d->finding[index] : NULL;
}
