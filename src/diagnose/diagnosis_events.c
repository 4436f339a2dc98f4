/* SPDX-License-Identifier: Apache-2.0 */
/* The part of the diagnosis that is about events of logs. */
#include "diagnose/diagnosis_state.h"

#include "base/text.h"

#include "base/banned.h"

void ak_diagnosis_add_event(struct ak_diagnosis *d, const struct ak_event *event)
{
    if (d->events == NULL)
        d->events = ak_event_book_new(d->key.k0);
    if (d->events == NULL || !ak_event_book_add(d->events, event))
        d->lost++;
}

const struct ak_event_book *ak_diagnosis_events(const struct ak_diagnosis *d)
{
    return d->events;
}

static void origin_id(struct ak_diagnosis *d, struct ak_finding *f)
{
    const struct ak_event_origin *o = f->origin;
    struct ak_text key;
    ak_text_init(&key, 1024);
    ak_text_format(&key, "%s|log|%s|%s|%llu|%s", f->rule->id, o->host, o->instance,
                   (unsigned long long)(o->host[0] != '\0' ? 0 : o->id),
                   ak_change_side_name(f->side));
    ak_diagnosis_id(d->digest, &key, f->id);
    ak_text_release(&key);
}

static bool is_refusal(const struct ak_fact *fact)
{
    return fact->kind == AK_FACT_EVENT &&
           fact->a == (int64_t)((uint64_t)AK_LOG_SCHANNEL << 32 | AK_EVENT_REFUSED);
}

/* Refused hellos that conversations were found for are told with these, not once more. */
static bool told_already(const struct ak_diagnosis *d, const struct ak_rule *rule,
                         const struct ak_event_case *c, const struct ak_match *m)
{
    uint64_t told = 0;
    for (size_t i = 0; i < m->fact_count; i++)
        if (!is_refusal(&m->facts[i]))
            return false;
    for (size_t i = 0; i < d->finding_count; i++)
        for (size_t k = 0; k < d->finding[i]->fact_count; k++)
            if (d->finding[i]->rule == rule && d->finding[i]->origin == NULL &&
                is_refusal(&d->finding[i]->facts[k]))
                told += d->finding[i]->count;
    return m->fact_count != 0 && c->tally->count <= told;
}

static void on_event_match(void *context, const struct ak_rule *rule, const struct ak_event_case *c,
                           const struct ak_match *m)
{
    struct ak_diagnosis *d = context;
    if (told_already(d, rule, c, m))
        return;
    struct ak_finding *f = ak_diagnosis_new_finding(d, rule, m->side);
    if (f == NULL)
        return;
    ak_finding_take(f, m);
    f->severity = m->severity;
    f->origin = c->origin;
    f->count = c->tally->count;
    f->first = c->tally->first;
    f->last = c->tally->last;
    f->clients = c->tally->clients;
    f->clients_more = c->tally->clients == AK_EVENT_CLIENTS;
    origin_id(d, f);
}

void ak_diagnosis_judge_events(struct ak_diagnosis *d)
{
    if (d->events != NULL)
        ak_event_rules_apply(d->events, on_event_match, d);
}
