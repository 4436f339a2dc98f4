/* SPDX-License-Identifier: Apache-2.0 */
/* The part of the diagnosis that is about certificates which were found. */
#include "diagnose/diagnosis_state.h"

#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "diagnose/certificate_rule.h"

#include "base/banned.h"

void ak_diagnosis_add_certificate(struct ak_diagnosis *d, const struct ak_found_certificate *found)
{
    const struct ak_found_certificate **grown =
        (const struct ak_found_certificate **)ak_diagnosis_room((void *)d->found, d->found_count,
                                                                &d->found_room);
    if (grown == NULL) {
        d->lost++;
        return;
    }
    d->found = grown;
    d->found[d->found_count++] = found;
}

const struct ak_certificate_case *ak_diagnosis_certificate(const struct ak_diagnosis *d,
                                                           size_t index)
{
    return d->certificates != NULL && index < d->found_count ? &d->certificates[index] : NULL;
}

/* The newest time of the evidence. What a capture or a log tells is the case's own; a machine's
 * last write is only not later. */
static int64_t newest(const struct ak_diagnosis *d)
{
    const struct ak_event_group *g;
    int64_t time = d->newest;
    for (size_t i = 0; d->events != NULL && (g = ak_event_book_at(d->events, i)) != NULL; i++)
        time = g->last > time ? g->last : time;
    if (time != 0)
        return time;
    for (size_t i = 0; i < d->host_count; i++)
        time = d->hosts[i]->newest > time ? d->hosts[i]->newest : time;
    return time;
}

static struct ak_certificate_evidence evidence_of(const struct ak_diagnosis *d)
{
    struct ak_certificate_evidence e = {d->found,  d->found_count, d->hosts, d->host_count,
                                        d->events, d->knowledge,   newest(d)};
    return e;
}

void ak_diagnosis_join_certificates(struct ak_diagnosis *d)
{
    struct ak_certificate_evidence e = evidence_of(d);
    if (d->found_count == 0)
        return;
    d->certificates = ak_alloc(d->found_count, sizeof *d->certificates);
    if (d->certificates != NULL)
        ak_certificate_cases(&e, d->certificates);
    else
        d->lost++;
}

static void certificate_id(struct ak_diagnosis *d, struct ak_finding *f)
{
    struct ak_text key;
    ak_text_init(&key, 1024);
    ak_text_format(&key, "%s|certificate|", f->rule->id);
    ak_text_hex_bytes(&key, f->certificate->found->certificate->sha1, 20);
    ak_text_format(&key, "|%s|%s", f->host != NULL ? f->host->name : "",
                   ak_change_side_name(f->side));
    ak_diagnosis_id(d->digest, &key, f->id);
    ak_text_release(&key);
}

/* Connections that it hurt were found: they tell it, with the certificate among their facts. */
static bool told_already(const struct ak_diagnosis *d, const struct ak_rule *rule,
                         const struct ak_certificate_case *c)
{
    const char *subject = c->found->certificate->facts.subject;
    for (size_t i = 0; i < d->finding_count; i++) {
        const struct ak_finding *f = d->finding[i];
        if (f->rule != rule || f->host != NULL || f->origin != NULL || f->certificate != NULL)
            continue;
        for (size_t k = 0; k < f->fact_count; k++)
            if (f->facts[k].kind == AK_FACT_CERTIFICATE &&
                strncmp(f->facts[k].text, subject, AK_FACT_TEXT - 1) == 0)
                return true;
    }
    return false;
}

static void on_match(void *context, const struct ak_rule *rule, const struct ak_certificate_case *c,
                     const struct ak_match *m)
{
    struct ak_diagnosis *d = context;
    if (told_already(d, rule, c))
        return;
    struct ak_finding *f = ak_diagnosis_new_finding(d, rule, m->side);
    if (f == NULL)
        return;
    ak_finding_take(f, m);
    f->severity = m->severity;
    f->host = c->host;
    f->certificate = c;
    f->count = 1;
    certificate_id(d, f);
}

void ak_diagnosis_judge_certificates(struct ak_diagnosis *d)
{
    struct ak_certificate_evidence e = evidence_of(d);
    if (d->certificates != NULL)
        ak_certificate_rules_apply(&e, d->certificates, on_match, d);
}
