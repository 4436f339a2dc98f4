/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/check_report.h"

#include "base/banned.h"

/* Milliseconds, each two to two and a half times the one before: own choice. */
static const unsigned borders[AK_CHECK_BUCKETS] = {1,   2,   5,    10,   20,   50,    100,
                                                   200, 500, 1000, 2000, 5000, 10000, 0};

unsigned ak_check_bucket_ms(size_t bucket)
{
    return bucket < AK_CHECK_BUCKETS ? borders[bucket] : 0;
}

const char *ak_check_step_name(enum ak_check_step_kind kind)
{
    static const char *const names[] = {"connect", "ask", "hello", "finish"};
    return names[kind];
}
