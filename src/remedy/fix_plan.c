/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/fix_plan.h"

#include <string.h>

#include "base/alloc.h"
#include "base/attr.h"
#include "predict/party_host.h"
#include "remedy/fix_undo.h"
#include "windows/host_view.h"

#include "base/banned.h"

void ak_fix_plan_release(struct ak_fix_plan *plan)
{
    ak_fix_set_release(&plan->set);
    ak_fix_set_release(&plan->undo);
    memset(plan, 0, sizeof *plan);
}

/* ---- two hosts that do not agree ---- */

static const struct {
    enum ak_change_kind kind;
    const char *set;
} kinds[] = {
    {AK_CHANGE_VERSION, "change:version"},   {AK_CHANGE_SUITE, "change:suite"},
    {AK_CHANGE_GROUP, "change:group"},       {AK_CHANGE_BOUND_RSA, "change:bound-rsa"},
    {AK_CHANGE_BOUND_DH, "change:bound-dh"}, {AK_CHANGE_DH_BITS, "change:dh-bits"},
    {AK_CHANGE_EMS, "change:ems"},
};

static const struct ak_fix_about *set_of_change(const struct ak_change *c)
{
    for (size_t i = 0; i < AK_COUNT(kinds); i++)
        if (kinds[i].kind == c->kind)
            return ak_fix_about_find(kinds[i].set);
    return NULL;
}

static const char *protocol_name(uint16_t code)
{
    for (unsigned p = AK_SCHANNEL_PROTOCOL_SSL20; p <= AK_SCHANNEL_PROTOCOL_TLS13; p++)
        if (ak_schannel_protocol_code((enum ak_schannel_protocol)p) == code)
            return ak_schannel_protocol_name((enum ak_schannel_protocol)p);
    return NULL;
}

static const char *group_name(const struct ak_host *host, uint16_t code)
{
    for (size_t i = 0; host->system != NULL && i < host->system->group_count; i++)
        if (host->system->groups[i].code == code)
            return host->system->groups[i].name;
    return NULL;
}

static void fill_place(const struct ak_change *c, const struct ak_finding *f,
                       struct ak_fix_place *place)
{
    const struct ak_cipher_suite *suite = ak_cipher_suite_find(c->code);
    place->host = c->side == AK_SIDE_CLIENT ? f->host : f->other_host;
    place->role = c->side == AK_SIDE_CLIENT ? "Client" : "Server";
    place->protocol = protocol_name(c->code);
    place->suite = suite != NULL ? suite->name : NULL;
    place->group = group_name(place->host, c->code);
    place->bits = c->bits;
}

struct pair {
    struct ak_party client, server, scratch;
    struct ak_change changes[16];
};

/* The least change that is a setting and does not weaken; else one that does. */
static const struct ak_fix_about *least_change(struct pair *p, size_t count,
                                               const struct ak_finding *f,
                                               struct ak_fix_place *place)
{
    for (unsigned weakens = 0; weakens < 2; weakens++)
        for (size_t i = 0; i < count; i++) {
            const struct ak_change *c = &p->changes[i];
            const struct ak_fix_about *about = set_of_change(c);
            if (c->installs || about == NULL || c->weakens != (weakens != 0))
                continue;
            fill_place(c, f, place);
            return about;
        }
    return NULL;
}

static const struct ak_fix_about *of_two(const struct ak_finding *f, struct ak_fix_place *place,
                                         enum ak_fix_answer *answer)
{
    struct pair *p = ak_alloc(1, sizeof *p);
    const struct ak_fix_about *about = NULL;
    *answer = p == NULL ? AK_FIX_MEMORY : AK_FIX_NO_REMEDY;
    if (p == NULL)
        return NULL;
    if (ak_party_of_host(f->host, AK_SIDE_CLIENT, f->host->name, &p->client) &&
        ak_party_of_host(f->other_host, AK_SIDE_SERVER, f->other_host->name, &p->server)) {
        if (f->other_host->instance_count != 0)
            ak_party_sql_server(&p->server, &f->other_host->instances[0]);
        size_t count = ak_negotiate_changes(&p->client, &p->server, &p->scratch, p->changes,
                                            AK_COUNT(p->changes));
        about = least_change(p, count, f, place);
    }
    ak_free(p);
    return about;
}

const struct ak_fix_about *ak_fix_of_finding(const struct ak_finding *f, struct ak_fix_place *place,
                                             enum ak_fix_answer *answer)
{
    const struct ak_fix_about *about = NULL;
    memset(place, 0, sizeof *place);
    place->host = f->host;
    *answer = AK_FIX_NO_HOST;
    if (f->host == NULL)
        return NULL;
    *answer = AK_FIX_NO_REMEDY;
    if (f->other_host != NULL)
        about = of_two(f, place, answer);
    if (about != NULL)
        return about;
    about = ak_fix_about_find(f->rule->id);
    if (f->other_host != NULL && f->side == AK_CHANGE_SERVER)
        place->host = f->other_host;
    return about != NULL && f->severity >= (enum ak_severity)about->from ? about : NULL;
}

/* ---- trying ---- */

struct again {
    const struct ak_finding *finding;
    bool found;
};

static void on_match(void *context, const struct ak_rule *rule, const struct ak_host_case *hosts,
                     const struct ak_match *match)
{
    struct again *a = context;
    (void)hosts;
    if (a->finding != NULL && rule == a->finding->rule && match != NULL &&
        match->severity >= a->finding->severity)
        a->found = true;
}

/* Looks at the changed registry: is the finding gone, and does the host still have what it needs?
 */
static enum ak_fix_answer look_again(struct ak_fix_plan *plan, const struct ak_finding *finding,
                                     const struct ak_registry *registry, struct ak_host *after)
{
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    const struct ak_host *hosts[1] = {after};
    struct again again = {finding, false};
    bool failed;
    if (ak_host_view(registry, NULL, after, &error) != AK_ERR_NONE)
        return AK_FIX_MEMORY;
    plan->lost = ak_fix_needs_lost(plan->host, after, registry, &failed);
    ak_host_rules_apply(hosts, 1, on_match, &again);
    plan->tried = true;
    plan->remains = again.found;
    return failed ? AK_FIX_MEMORY : AK_FIX_READY;
}

enum ak_fix_answer ak_fix_plan_try(struct ak_fix_plan *plan, const struct ak_finding *finding,
                                   struct ak_registry *registry)
{
    enum ak_fix_answer answer = AK_FIX_MEMORY;
    ak_fix_set_init(&plan->undo);
    ak_fix_undo(&plan->set, registry, &plan->undo);
    struct ak_host *after = ak_alloc(1, sizeof *after);
    if (after != NULL && !plan->undo.failed && ak_fix_apply(&plan->set, registry))
        answer = look_again(plan, finding, registry, after);
    if (!plan->undo.failed && !ak_fix_apply(&plan->undo, registry))
        answer = AK_FIX_MEMORY;
    if (after != NULL)
        ak_host_release(after);
    ak_free(after);
    return answer;
}

enum ak_fix_answer ak_fix_plan_make(const struct ak_fix_about *about, struct ak_fix_place *place,
                                    const struct ak_finding *finding, struct ak_registry *registry,
                                    struct ak_fix_plan *plan)
{
    memset(plan, 0, sizeof *plan);
    plan->about = about;
    plan->host = place->host;
    place->registry = registry;
    ak_fix_set_init(&plan->set);
    ak_fix_fill(about, place, &plan->set);
    enum ak_fix_answer answer = plan->set.failed       ? AK_FIX_MEMORY
                                : plan->set.count == 0 ? AK_FIX_NOTHING
                                                       : AK_FIX_READY;
    if (answer == AK_FIX_READY)
        answer = ak_fix_plan_try(plan, finding, registry);
    if (answer != AK_FIX_READY)
        ak_fix_plan_release(plan);
    return answer;
}
