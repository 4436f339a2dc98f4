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

const struct ak_case *ak_diagnosis_case(const struct ak_diagnosis *d)
{
    return d->joined;
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

/* All these events were told with conversations, by findings that are as sure. */
static bool told_already(const struct ak_event_case *c, const struct ak_match *m)
{
    const struct ak_event_tally *t = c->tally;
    return t->count != 0 && t->told >= t->count && t->told_least >= (uint8_t)m->grade;
}

static bool is_machine(const struct ak_host *host, const struct ak_event_origin *o)
{
    return host != NULL && host->name[0] != '\0' && o->host[0] != '\0' &&
           ak_event_same_host(host->name, o->host);
}

/* The settings of this machine, or its conversations, show the same: the log proves them. */
static bool joined_with_settings(struct ak_diagnosis *d, const struct ak_rule *rule,
                                 const struct ak_event_case *c, const struct ak_match *m)
{
    for (size_t i = 0; i < d->finding_count; i++) {
        struct ak_finding *f = d->finding[i];
        bool here = is_machine(f->host, c->origin) || is_machine(f->other_host, c->origin);
        for (int side = 0; side < AK_SIDES; side++)
            here = here || is_machine(f->machine[side].host, c->origin);
        if (f->rule != rule || f->origin != NULL || !here)
            continue;
        for (size_t k = 0; k < m->fact_count && f->fact_count < AK_FINDING_FACTS; k++)
            f->facts[f->fact_count++] = m->facts[k];
        f->grade = m->grade > f->grade ? m->grade : f->grade;
        f->severity = m->severity > f->severity ? m->severity : f->severity;
        return true;
    }
    return false;
}

static void on_event_match(void *context, const struct ak_rule *rule, const struct ak_event_case *c,
                           const struct ak_match *m)
{
    struct ak_diagnosis *d = context;
    if (told_already(c, m) || joined_with_settings(d, rule, c, m))
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
