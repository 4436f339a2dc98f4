/* Windows' times (100 ns since 1601) as nanoseconds since 1970. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CODEC_FILETIME_H
#define AK_CODEC_FILETIME_H

#include <stdbool.h>
#include <stdint.h>

#define AK_FILETIME_1970 UINT64_C(116444736000000000)

/* False, and nothing written: before 1970, or too late for 64 bits of nanoseconds. */
static inline bool ak_filetime_read(uint64_t filetime, int64_t *nanoseconds)
{
    if (filetime < AK_FILETIME_1970 || filetime - AK_FILETIME_1970 > INT64_MAX / 100)
        return false;
    *nanoseconds = (int64_t)(filetime - AK_FILETIME_1970) * 100;
    return true;
}

/* Before 1970 is 1970, and after 2200 is 2200: both are nonsense in a capture. */
static inline int64_t ak_filetime_nanoseconds(uint64_t filetime)
{
    const uint64_t last = UINT64_C(189024576000000000);
    int64_t time = 0;
    (void)ak_filetime_read(filetime < last ? filetime : last, &time);
    return time;
}

#endif
