/* SPDX-License-Identifier: Apache-2.0 */
/* The part of the diagnosis that is about events of logs. */
#include "diagnose/diagnosis_state.h"

#include <string.h>

#include "base/text.h"
#include "diagnose/rules.h"

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

/* A log that names no machine is of the only one there is. */
static bool is_machine(const struct ak_diagnosis *d, const struct ak_host *host,
                       const struct ak_event_origin *o)
{
    if (host == NULL)
        return false;
    if (o->host[0] == '\0')
        return d->host_count == 1;
    return host->name[0] != '\0' && ak_event_same_host(host->name, o->host);
}

static bool is_about(const struct ak_diagnosis *d, const struct ak_finding *f,
                     const struct ak_event_origin *o)
{
    bool here = is_machine(d, f->host, o) || is_machine(d, f->other_host, o);
    for (int side = 0; side < AK_SIDES; side++)
        here = here || is_machine(d, f->machine[side].host, o) ||
               (f->told_by[side] != NULL && o->host[0] != '\0' &&
                ak_event_same_host(f->told_by[side], o->host));
    here = here || (f->logs_of != NULL && f->logs_of[0] != '\0' && o->host[0] != '\0' &&
                    ak_event_same_host(f->logs_of, o->host));
    return here && f->origin == NULL;
}

/* What these events leave open, a finding about the same machine says more surely: one of those
 * that the events may stand for, too. */
static bool explained(struct ak_diagnosis *d, const struct ak_rule *rule,
                      const struct ak_event_case *c, const struct ak_match *m)
{
    for (size_t i = 0; m->grade == AK_GRADE_POSSIBLE && i < d->finding_count; i++) {
        struct ak_finding *f = d->finding[i];
        if (f->grade == AK_GRADE_POSSIBLE || !is_about(d, f, c->origin))
            continue;
        for (size_t k = 0; k < m->rival_count; k++)
            if (strcmp(m->rivals[k], f->rule->id) == 0) {
                ak_finding_explains(f, rule);
                return true;
            }
    }
    return false;
}

static bool is_shown(const struct ak_finding *f, const struct ak_fact *fact)
{
    for (size_t i = 0; i < f->fact_count; i++)
        if (f->facts[i].kind == fact->kind && f->facts[i].a == fact->a &&
            strcmp(f->facts[i].text, fact->text) == 0)
            return true;
    return false;
}

/* The settings of this machine, or its conversations, show the same: the log proves them. */
static bool joined_with_settings(struct ak_diagnosis *d, const struct ak_rule *rule,
                                 const struct ak_event_case *c, const struct ak_match *m)
{
    for (size_t i = 0; i < d->finding_count; i++) {
        struct ak_finding *f = d->finding[i];
        if (f->rule != rule || !is_about(d, f, c->origin))
            continue;
        for (size_t k = 0; k < m->fact_count && f->fact_count < AK_FINDING_FACTS; k++)
            if (!is_shown(f, &m->facts[k]))
                f->facts[f->fact_count++] = m->facts[k];
        if (f->source ==
            NULL) { /* why a conversation ended, a log of other moments does not tell */
            f->grade = m->grade > f->grade ? m->grade : f->grade;
            f->severity = m->severity > f->severity ? m->severity : f->severity;
        }
        return true;
    }
    return false;
}

/* Schannel says "no suite" of a hello whose version is off, too (36874): the settings of the
 * machine tell which of the two it was. */
static bool is_version_off(const struct ak_diagnosis *d, const struct ak_event_case *c)
{
    const struct ak_event_group *g;
    bool any = false;
    for (size_t at = 0; (g = ak_event_next(c, AK_LOG_SCHANNEL, AK_EVENT_REFUSED, &at)) != NULL;) {
        bool off = false;
        for (size_t i = 0; i < d->host_count; i++)
            for (unsigned p = 0; p < AK_SCHANNEL_PROTOCOLS; p++)
                off =
                    off ||
                    (is_machine(d, d->hosts[i], c->origin) && g->sample.version != 0 &&
                     ak_schannel_protocol_code((enum ak_schannel_protocol)p) == g->sample.version &&
                     d->hosts[i]->protocols[AK_SCHANNEL_SERVER][p].state == AK_PROTOCOL_STATE_OFF);
        if (!off)
            return false;
        any = true;
    }
    return any;
}

static void on_event_match(void *context, const struct ak_rule *rule, const struct ak_event_case *c,
                           const struct ak_match *m)
{
    struct ak_diagnosis *d = context;
    if (rule == &ak_rule_no_common_suite && is_version_off(d, c))
        rule = &ak_rule_no_common_version;
    if (told_already(c, m) || joined_with_settings(d, rule, c, m) || explained(d, rule, c, m))
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
    struct ak_event_evidence evidence = {&d->collected, d->hosts, d->host_count};
    if (d->events != NULL)
        ak_event_rules_apply(d->events, &evidence, on_event_match, d);
}
