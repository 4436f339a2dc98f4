/* The failures that the lab can show: one const descriptor each, from which the list, the guide,
 * the tests and the server itself are driven. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_LAB_SCENARIO_H
#define AK_LAB_SCENARIO_H

#include <stddef.h>

#include "lab/settings.h"

struct ak_lab_scenario {
    const char *name;
    const char *pages; /* what it imitates: "S1", "T6 X13"; "": a healthy server */
    const char *rule;  /* the finding that akushu must come to; "": none */
    const char *about; /* English; translated where it is shown */
    const char *run;   /* the client that fails, with PORT for the port */
    const char *shows; /* that client's own words */
    struct ak_lab_settings broken, fixed;
    unsigned one_in; /* only every n-th connection meets `broken`, the first one to begin with; 0:
                        all */
    bool two_nodes;  /* the next address (127.0.0.2) is broken, the first one is not */
};

/* By place in the list; NULL behind the last one. */
const struct ak_lab_scenario *ak_lab_scenario_at(size_t i);
const struct ak_lab_scenario *ak_lab_scenario_find(const char *name);

#endif
