/* SPDX-License-Identifier: Apache-2.0 */
/* The part of the diagnosis that is about machines. */
#include "diagnose/diagnosis_state.h"

#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

#include "base/banned.h"

void ak_diagnosis_add_host(struct ak_diagnosis *d, const struct ak_host *host)
{
    if (d->host_count < AK_MAX_HOSTS)
        d->hosts[d->host_count++] = host;
    else
        d->lost++;
}

void ak_diagnosis_add_collected(struct ak_diagnosis *d, const struct ak_collected *collected)
{
    const struct ak_collected **grown =
        ak_diagnosis_room(d->told, d->collected.count, &d->told_room);
    if (grown == NULL) {
        d->lost++;
        return;
    }
    d->told = grown;
    d->collected.items = grown;
    d->told[d->collected.count++] = collected;
}

void ak_diagnosis_roles(struct ak_diagnosis *d, const struct ak_roles *roles)
{
    d->roles = *roles;
}

static void host_id(struct ak_diagnosis *d, struct ak_finding *f)
{
    struct ak_text key;
    ak_text_init(&key, 1024);
    ak_text_format(&key, "%s|%s|%llu|%s|%s", f->rule->id, f->host->name,
                   (unsigned long long)(f->host->name[0] != '\0' ? 0 : f->host->id),
                   f->other_host != NULL ? f->other_host->name : "", ak_change_side_name(f->side));
    ak_diagnosis_id(d->digest, &key, f->id);
    ak_text_release(&key);
}

static void fill(struct ak_diagnosis *d, struct ak_finding *f, const struct ak_host_case *c,
                 const struct ak_match *m)
{
    ak_finding_take(f, m);
    f->severity = m->severity;
    f->host = c->host;
    f->other_host = c->server;
    f->count = m->count != 0 ? m->count : 1;
    host_id(d, f);
}

/* Are these the machines of the finding's conversations? */
static bool is_about(const struct ak_finding *f, const struct ak_host_case *c)
{
    const struct ak_host *client = f->machine[AK_SIDE_CLIENT].host;
    const struct ak_host *server = f->machine[AK_SIDE_SERVER].host;
    if (c->server == NULL)
        return client == c->host || server == c->host;
    return server == c->server && (client == c->host || client == NULL);
}

/* A finding about conversations of these machines says the same, and shows it happen: it keeps what
 * the settings tell, for who wants to change them. */
static bool told_by_wire(struct ak_diagnosis *d, const struct ak_rule *rule,
                         const struct ak_host_case *c, const struct ak_match *m)
{
    for (size_t i = 0; i < d->finding_count; i++) {
        struct ak_finding *f = d->finding[i];
        if (f->rule != rule || f->source == NULL || f->by_settings != NULL || !is_about(f, c))
            continue;
        f->by_settings = ak_alloc(1, sizeof *f->by_settings);
        if (f->by_settings == NULL) {
            d->lost++;
            return true;
        }
        f->by_settings->rule = rule;
        f->by_settings->side = m->side;
        fill(d, f->by_settings, c, m);
        return true;
    }
    return false;
}

static void note_host_finding(struct ak_diagnosis *d, const struct ak_rule *rule,
                              const struct ak_host_case *c, const struct ak_match *m)
{
    if (told_by_wire(d, rule, c, m))
        return;
    struct ak_finding *f = ak_diagnosis_new_finding(d, rule, m->side);
    if (f != NULL)
        fill(d, f, c, m);
}

/* ---- why a rule did or did not match a machine ---- */

static const struct ak_finding *finding_about(const struct ak_diagnosis *d,
                                              const struct ak_rule *rule,
                                              const struct ak_host *host,
                                              const struct ak_host *server)
{
    for (size_t i = 0; i < d->finding_count; i++) {
        const struct ak_finding *f = d->finding[i];
        if (f->by_settings != NULL)
            f = f->by_settings;
        if (f->rule == rule && f->host == host && f->other_host == server)
            return f;
    }
    return NULL;
}

static void tell_host(const struct ak_diagnosis *d, const struct ak_host_rule *rule,
                      const struct ak_host *host, const struct ak_host *server)
{
    const struct ak_finding *f = finding_about(d, d->question.rule, host, server);
    struct ak_why_not why;
    memset(&why, 0, sizeof why);
    why.host = host;
    why.other_host = server;
    why.answer = rule == NULL ? AK_ANSWER_LACK : f != NULL ? AK_ANSWER_YES : AK_ANSWER_NO;
    why.grade = f != NULL ? f->grade : AK_GRADE_NONE;
    d->question.sink(d->question.context, &why);
}

static void tell_hosts(const struct ak_diagnosis *d)
{
    const struct ak_host_rule *rule = NULL;
    struct ak_host_pair pairs[AK_HOST_PAIRS];
    for (size_t i = 0; i < ak_host_rule_count; i++)
        if (ak_host_rules[i].rule == d->question.rule)
            rule = &ak_host_rules[i];
    for (size_t i = 0; i < d->host_count; i++)
        if (rule == NULL || rule->look != NULL)
            tell_host(d, rule, d->hosts[i], NULL);
    if (rule == NULL || rule->look_at_two == NULL)
        return;
    size_t count = ak_host_rules_pairs(d->hosts, d->host_count, &d->roles, &d->collected, pairs);
    for (size_t i = 0; i < count; i++)
        tell_host(d, rule, pairs[i].client, pairs[i].server);
    if (count == 0 && rule->look == NULL)
        for (size_t i = 0; i < d->host_count; i++)
            tell_host(d, rule, d->hosts[i], d->hosts[i]);
}

static void on_host_match(void *context, const struct ak_rule *rule, const struct ak_host_case *c,
                          const struct ak_match *match)
{
    if (match == NULL)
        ((struct ak_diagnosis *)context)->lost++;
    else
        note_host_finding(context, rule, c, match);
}

void ak_diagnosis_judge_hosts(struct ak_diagnosis *d)
{
    ak_host_rules_apply(d->hosts, d->host_count, &d->roles, &d->collected, on_host_match, d);
    if (d->question.rule != NULL && d->question.conversation == 0)
        tell_hosts(d);
}
