/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/departed.h"

#include <string.h>

#include "base/alloc.h"

#include "base/banned.h"

static uint32_t tag_of(uint64_t hash)
{
    return (uint32_t)(hash >> 32) | 1;
}

static uint32_t moment_of(int64_t time)
{
    return (uint32_t)(uint64_t)(time / 1000000);
}

struct ak_departed *ak_departed_new(void)
{
    return ak_alloc(1, sizeof(struct ak_departed));
}

void ak_departed_add(struct ak_departed *d, uint64_t hash, int64_t time)
{
    struct ak_departed_one *one = &d->one[ak_departed_place(hash)];
    one->tag = tag_of(hash);
    one->moment = moment_of(time);
}

bool ak_departed_has(const struct ak_departed *d, uint64_t hash, int64_t time, int64_t patience)
{
    const struct ak_departed_one *one = &d->one[ak_departed_place(hash)];
    return one->tag == tag_of(hash) && moment_of(time) - one->moment <= moment_of(patience);
}

void ak_departed_forget(struct ak_departed *d)
{
    memset(d, 0, sizeof *d);
}
