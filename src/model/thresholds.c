// SPDX-License-Identifier: Apache-2.0
#include "model/thresholds.h"

#include "model/model_tables.h"

// An enum may be signed or not, as the compiler likes: one comparison covers both.
static bool is_threshold(enum ak_threshold threshold)
{
    return (size_t)threshold < (size_t)AK_THRESHOLD_COUNT;
}

int64_t ak_threshold_get(enum ak_threshold threshold)
{
    return is_threshold(threshold) ? ak_threshold_rows[threshold].value : 0;
}

const char *ak_threshold_name(enum ak_threshold threshold)
{
    return is_threshold(threshold) ? ak_threshold_rows[threshold].id : NULL;
}
