// Every number at which a judgement tips over, by name.
// SPDX-License-Identifier: Apache-2.0
//
// The numbers stand in data/thresholds.csv, each with its unit, meaning and source.
// tools/gen_model.py makes enum ak_threshold from it (generated/thresholds.h):
// "timeout-silence-ms" becomes AK_THRESHOLD_TIMEOUT_SILENCE_MS.
#ifndef AK_MODEL_THRESHOLDS_H
#define AK_MODEL_THRESHOLDS_H

#include "generated/thresholds.h"

#include <stdint.h>

// The value in the unit of its row. A value outside the enum gives 0.
int64_t ak_threshold_get(enum ak_threshold threshold);

// The id as in the file, "timeout-silence-ms"; NULL outside the enum.
const char *ak_threshold_name(enum ak_threshold threshold);

#endif
