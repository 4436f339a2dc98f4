/* SPDX-License-Identifier: Apache-2.0 */
#include "base/alloc.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef AK_TORTURE
/* The only mutable global of the library, and only in the torture build. */
static unsigned long requests, fail_at;

static int must_fail(void)
{
    requests++;
    return fail_at != 0 && requests == fail_at;
}

unsigned long ak_alloc_fail_after(unsigned long n)
{
    unsigned long made = requests;
    requests = 0;
    fail_at = n;
    return made;
}
#else
static int must_fail(void)
{
    return 0;
}

unsigned long ak_alloc_fail_after(unsigned long n)
{
    (void)n;
    return 0;
}
#endif

void *ak_alloc(size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size)
        return NULL;
    return must_fail() ? NULL : calloc(count, size);
}

void *ak_realloc(void *block, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size)
        return NULL;
    return must_fail() ? NULL : realloc(block, count * size);
}

void ak_free(void *block)
{
    free(block);
}

void *ak_memdup(const void *bytes, size_t size)
{
    void *copy = ak_alloc(1, size ? size : 1);
    if (copy != NULL && size != 0)
        memcpy(copy, bytes, size);
    return copy;
}
