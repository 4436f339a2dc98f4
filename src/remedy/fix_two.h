/* What two hosts that do not agree need, or agree on something that fails now and then: on which
 * side, and tried by negotiating again. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REMEDY_FIX_TWO_H
#define AK_REMEDY_FIX_TWO_H

#include "remedy/fix_plan.h"

/* As ak_fix_of_finding, of a finding on two hosts: the least single change that is a setting, or
 * the set of its rule on a side that the two agree with afterwards. */
const struct ak_fix_about *ak_fix_of_two(const struct ak_finding *finding, bool asked,
                                         struct ak_fix_place *place, enum ak_fix_answer *answer);

#endif
