/* Windows' times (100 ns since 1601) as nanoseconds since 1970. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CODEC_FILETIME_H
#define AK_CODEC_FILETIME_H

#include <stdint.h>

/* Before 1970 is 1970, and after 2200 is 2200: both are nonsense in a capture. */
static inline int64_t ak_filetime_nanoseconds(uint64_t filetime)
{
    const uint64_t first = UINT64_C(116444736000000000), last = UINT64_C(189024576000000000);
    if (filetime < first)
        filetime = first;
    if (filetime > last)
        filetime = last;
    return (int64_t)(filetime - first) * 100;
}

#endif
