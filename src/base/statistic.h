/* How sure a counted share is. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_BASE_STATISTIC_H
#define AK_BASE_STATISTIC_H

#include <stdint.h>

struct ak_interval {
    double low, high; /* 0 to 1 */
};

/* The exact (Clopper-Pearson) interval of a share when `hits` of `trials` were counted; confidence
 * as 0.95. Clopper, Pearson: The use of confidence or fiducial limits, Biometrika 26 (1934). With
 * no trials everything is possible: 0 to 1. */
struct ak_interval ak_interval_of(uint64_t hits, uint64_t trials, double confidence);

#endif
