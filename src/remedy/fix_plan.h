/* A fix that is ready to be written: changes of one host, their undo, and what became of trying
 * them in memory.
 *
 * A plan is made against the registry in memory and leaves it as it was. What it may lose of the
 * host's own needs is told (fix_needs.h); whether it is written all the same is the caller's
 * choice.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REMEDY_FIX_PLAN_H
#define AK_REMEDY_FIX_PLAN_H

#include "diagnose/diagnosis.h"
#include "remedy/fix_fill.h"
#include "remedy/fix_needs.h"

struct ak_fix_plan {
    const struct ak_fix_about *about;
    const struct ak_host *host;
    const struct ak_sql_instance *instance; /* the one that it is about; NULL: the whole host */
    struct ak_fix_set set, undo;
    uint32_t lost; /* bits of enum ak_fix_need */
    bool tried;    /* the changed registry was judged again */
    bool remains;  /* ... and the finding is still there, no milder: more than values is needed */
};

void ak_fix_plan_release(struct ak_fix_plan *plan);

/* Why there is a plan, or none. */
enum ak_fix_answer {
    AK_FIX_READY,
    AK_FIX_NOTHING,      /* everything is as the set wants it */
    AK_FIX_NO_HOST,      /* the finding is about conversations: no registry to change is at hand */
    AK_FIX_NO_REMEDY,    /* nothing that a value of the registry could do */
    AK_FIX_NOT_ASKED,    /* only what weakens, or is not the administrator's alone to decide */
    AK_FIX_NO_AGREEMENT, /* without the suites that it would take away the two would not agree */
    AK_FIX_MEMORY
};

/* What a finding asks for: the set of its rule, or for two hosts that do not agree the least single
 * change that is a setting, with the host that it concerns. `asked`: only among the sets that are
 * for whoever names the finding, else only among the others. `place` gets the placeholders and the
 * host, not the registry. NULL: no value of the registry helps, or (`answer`) why not. */
const struct ak_fix_about *ak_fix_of_finding(const struct ak_finding *finding, bool asked,
                                             struct ak_fix_place *place,
                                             enum ak_fix_answer *answer);

/* Makes and tries a plan (zeroed by the caller; released by it unless the answer is not READY).
 * `finding` may be NULL (a template); `registry` is the host's. */
enum ak_fix_answer ak_fix_plan_make(const struct ak_fix_about *about, struct ak_fix_place *place,
                                    const struct ak_finding *finding, struct ak_registry *registry,
                                    struct ak_fix_plan *plan);

/* The same for changes that are made already: `plan->set` holds them. */
enum ak_fix_answer ak_fix_plan_try(struct ak_fix_plan *plan, const struct ak_finding *finding,
                                   struct ak_registry *registry);

#endif
