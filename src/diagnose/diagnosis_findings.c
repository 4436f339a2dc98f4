/* SPDX-License-Identifier: Apache-2.0 */
/* The part of the diagnosis that keeps findings: by rule, server and side; of machines and of logs.
 */
#include "diagnose/diagnosis_state.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

#include "base/banned.h"

void ak_diagnosis_id(struct ak_digest *digest, const struct ak_text *key, char id[20])
{
    uint8_t hash[32] = {0};
    struct ak_text text;
    (void)ak_digest_make(digest, AK_DIGEST_SHA256, key->bytes, key->size, hash);
    ak_text_init(&text, 64);
    ak_text_add(&text, "f-");
    ak_text_hex_bytes(&text, hash, 8);
    (void)snprintf(id, 20, "%s", ak_text_string(&text));
    ak_text_release(&text);
}

static void make_id(struct ak_digest *digest, const struct ak_rule *rule,
                    const struct ak_endpoint *server, enum ak_change_side side, char id[20])
{
    char address[46];
    struct ak_text key;
    ak_endpoint_text(server, address);
    ak_text_init(&key, 512);
    ak_text_format(&key, "%s|%s|%u|%s", rule->id, address, server->port, ak_change_side_name(side));
    ak_diagnosis_id(digest, &key, id);
    ak_text_release(&key);
}

void ak_finding_id(const struct ak_rule *rule, const struct ak_endpoint *server,
                   enum ak_change_side side, char id[20])
{
    struct ak_digest *digest = ak_digest_new();
    id[0] = '\0';
    if (digest != NULL)
        make_id(digest, rule, server, side, id);
    ak_digest_free(digest);
}

struct ak_finding *ak_diagnosis_new_finding(struct ak_diagnosis *d, const struct ak_rule *rule,
                                            enum ak_change_side side)
{
    struct ak_finding **grown = ak_diagnosis_room(d->finding, d->finding_count, &d->finding_room);
    struct ak_finding *f = grown != NULL ? ak_alloc(1, sizeof *f) : NULL;
    if (grown != NULL)
        d->finding = grown;
    if (f == NULL) {
        d->lost++;
        return NULL;
    }
    f->rule = rule;
    f->side = side;
    d->finding[d->finding_count++] = f;
    return f;
}

void ak_finding_take(struct ak_finding *f, const struct ak_match *m)
{
    f->grade = m->grade;
    memcpy(f->facts, m->facts, m->fact_count * sizeof m->facts[0]);
    f->fact_count = m->fact_count;
    memcpy(f->rivals, m->rivals, sizeof m->rivals);
    f->rival_count = m->rival_count;
    memcpy(f->lacks, m->lacks, sizeof m->lacks);
    f->lack_count = m->lack_count;
}

static uint64_t finding_hash(const struct ak_diagnosis *d, const struct ak_rule *rule,
                             const struct ak_endpoint *server, enum ak_change_side side)
{
    uint64_t hash = ak_hash_mix(ak_endpoint_hash(d->key, server), (uint64_t)(uintptr_t)rule);
    return ak_hash_mix(hash, side);
}

static struct ak_finding *finding_of(struct ak_diagnosis *d, const struct ak_rule *rule,
                                     const struct ak_endpoint *server, enum ak_change_side side)
{
    uint64_t hash = finding_hash(d, rule, server, side), at = hash;
    struct ak_finding *f;
    while ((f = ak_index_next(&d->index, hash, &at)) != NULL)
        if (f->rule == rule && f->side == side && ak_endpoint_same(&f->server, server))
            return f;
    f = ak_diagnosis_new_finding(d, rule, side);
    if (f == NULL)
        return NULL;
    if (!ak_index_add(&d->index, hash, f)) {
        d->finding_count--;
        ak_free(f);
        d->lost++;
        return NULL;
    }
    f->server = *server;
    make_id(d->digest, rule, server, side, f->id);
    return f;
}

static void count_client(struct ak_finding *f, const struct ak_endpoint *client)
{
    struct ak_hash_key key = {1, 2};
    uint32_t hash = (uint32_t)ak_hash_bytes(key, client->address, 16) ^ client->version;
    for (size_t i = 0; i < f->clients && i < AK_FINDING_CLIENTS; i++)
        if (f->client_hash[i] == hash)
            return;
    if (f->clients == AK_FINDING_CLIENTS) {
        f->clients_more = true;
        return;
    }
    f->client_hash[f->clients++] = hash;
}

static int64_t time_of_frame(const struct ak_conversation *c, uint64_t frame)
{
    for (int i = 0; i < AK_STEPS && frame != 0; i++)
        if (c->step[i].frame == frame)
            return c->step[i].time - c->first_time;
    return -1;
}

static void take_timeline(struct ak_diagnosis *d, struct ak_finding *f, const struct ak_view *v)
{
    bool failed = false;
    struct ak_timeline *timeline = ak_timeline_new(v->c, v->met, f->rule->id, &failed);
    ak_free(f->timeline);
    f->timeline = timeline;
    if (v->met != NULL && v->met->event_count != 0)
        f->logs_of = v->met->event[0].alignment->clock->host;
    for (int side = 0; v->met != NULL && side < AK_SIDES; side++)
        f->machine[side] = v->met->side[side];
    for (int side = 0; side < AK_SIDES; side++) {
        const struct ak_collected *told = ak_collected_of_side(v, (enum ak_side)side);
        f->told_by[side] = told != NULL ? told->host : NULL;
    }
    d->lost += failed;
}

static void take_proof(struct ak_finding *f, const struct ak_conversation *c,
                       const struct ak_source *other, const struct ak_match *m)
{
    ak_finding_take(f, m);
    f->source = c->source;
    f->other_source = other;
    f->sample = c->id;
    f->client = c->end[AK_SIDE_CLIENT];
    f->stage = c->stage;
    f->close = c->close;
    f->protocol = c->protocol;
    for (size_t i = 0; i < f->fact_count; i++)
        f->facts[i].after = f->facts[i].other ? -1 : time_of_frame(c, f->facts[i].frame);
}

void ak_finding_explains(struct ak_finding *f, const struct ak_rule *rule)
{
    for (size_t i = 0; i < f->explain_count; i++)
        if (f->explains[i] == rule)
            return;
    if (rule != f->rule && f->explain_count < AK_FINDING_RULES)
        f->explains[f->explain_count++] = rule;
}

struct ak_finding *ak_diagnosis_note(struct ak_diagnosis *d, const struct ak_rule *rule,
                                     const struct ak_view *v, const struct ak_match *m)
{
    const struct ak_conversation *c = v->c;
    struct ak_finding *f = finding_of(d, rule, &c->end[AK_SIDE_SERVER], m->side);
    if (f == NULL)
        return NULL;
    if (f->count == 0 || c->first_time < f->first)
        f->first = c->first_time;
    if (f->count == 0 || c->last_time > f->last)
        f->last = c->last_time;
    if (f->count++ == 0 || m->severity > f->severity)
        f->severity = m->severity;
    count_client(f, &c->end[AK_SIDE_CLIENT]);
    if (f->sample_count < AK_MAX_SAMPLES)
        f->samples[f->sample_count++] = c->id;
    if (m->grade > f->grade) {
        take_proof(f, c, v->joint != NULL ? v->joint->source : NULL, m);
        take_timeline(d, f, v);
    }
    if (d->listened)
        d->listener.noted(d->listener.context, f, c);
    return f;
}
