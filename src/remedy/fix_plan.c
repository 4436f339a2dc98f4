/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/fix_plan.h"

#include <string.h>

#include "base/alloc.h"
#include "diagnose/host_rule.h"
#include "remedy/fix_two.h"
#include "remedy/fix_undo.h"
#include "windows/host_view.h"

#include "base/banned.h"

void ak_fix_plan_release(struct ak_fix_plan *plan)
{
    ak_fix_set_release(&plan->set);
    ak_fix_set_release(&plan->undo);
    memset(plan, 0, sizeof *plan);
}

const struct ak_fix_about *ak_fix_of_finding(const struct ak_finding *f, bool asked,
                                             struct ak_fix_place *place, enum ak_fix_answer *answer)
{
    const struct ak_fix_about *about = NULL;
    memset(place, 0, sizeof *place);
    place->host = f->host;
    *answer = AK_FIX_NO_HOST;
    if (f->host == NULL)
        return NULL;
    *answer = AK_FIX_NO_REMEDY;
    if (f->certificate != NULL)
        return NULL; /* no setting makes another certificate */
    if (f->other_host != NULL)
        about = ak_fix_of_two(f, asked, place, answer);
    if (about != NULL || *answer != AK_FIX_NO_REMEDY)
        return about;
    about = ak_fix_about_find(f->rule->id);
    memset(place, 0, sizeof *place);
    place->host = f->other_host != NULL && f->side == AK_CHANGE_SERVER ? f->other_host : f->host;
    if (about == NULL || f->severity < (enum ak_severity)about->from)
        return NULL;
    if (about->asked && !asked)
        *answer = AK_FIX_NOT_ASKED;
    return about->asked == asked ? about : NULL;
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
    ak_host_rules_apply(hosts, 1, NULL, NULL, on_match, &again);
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
    plan->instance = place->instance;
    place->registry = registry;
    ak_fix_set_init(&plan->set);
    ak_fix_fill(about, place, &plan->set);
    ak_fix_keep_undoable(&plan->set, registry);
    enum ak_fix_answer answer = plan->set.failed       ? AK_FIX_MEMORY
                                : plan->set.count == 0 ? AK_FIX_NOTHING
                                                       : AK_FIX_READY;
    if (answer == AK_FIX_READY)
        answer = ak_fix_plan_try(plan, finding, registry);
    if (answer != AK_FIX_READY)
        ak_fix_plan_release(plan);
    return answer;
}
