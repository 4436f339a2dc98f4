/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include "base/alloc.h"

#include <malloc.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* What all blocks together take, of all threads: a limit on memory is a limit of the process. */
static _Atomic size_t used;

enum { BLOCK_HEADER = 16 };

static size_t taken_by(void *block)
{
    return block != NULL ? malloc_usable_size(block) + BLOCK_HEADER : 0;
}

static void *counted(void *block)
{
    atomic_fetch_add_explicit(&used, taken_by(block), memory_order_relaxed);
    return block;
}

size_t ak_memory_used(void)
{
    return atomic_load_explicit(&used, memory_order_relaxed);
}

void ak_memory_leave_out(size_t bytes)
{
    atomic_fetch_sub_explicit(&used, bytes, memory_order_relaxed);
}

void ak_memory_count_again(size_t bytes)
{
    atomic_fetch_add_explicit(&used, bytes, memory_order_relaxed);
}

#ifdef AK_TORTURE
/* Only in the torture build. */
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

static size_t to_large_page(const void *block)
{
    return (size_t)(-(uintptr_t)block % AK_LARGE_PAGE);
}

/* What lies anywhere in many megabytes costs a walk through the page table for each access, and
 * each of its pages a fault. Refused, it works as well. */
static void *by_large_pages(void *block, size_t size)
{
#ifdef MADV_HUGEPAGE
    size_t skip = to_large_page(block);
    if (block != NULL && size >= skip + AK_LARGE_PAGE)
        (void)madvise((uint8_t *)block + skip, (size - skip) / AK_LARGE_PAGE * AK_LARGE_PAGE,
                      MADV_HUGEPAGE);
#else
    (void)size;
#endif
    return block;
}

void *ak_alloc(size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size)
        return NULL;
    return must_fail() ? NULL : by_large_pages(counted(calloc(count, size)), count * size);
}

void *ak_alloc_large(size_t size)
{
    if (size < AK_LARGE_PAGE)
        return ak_alloc(1, size);
    if (size > SIZE_MAX - AK_LARGE_PAGE || must_fail())
        return NULL;
    uint8_t *all = mmap(NULL, size + AK_LARGE_PAGE, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (all == MAP_FAILED)
        return NULL;
    size_t skip = to_large_page(all);
    if (skip != 0)
        (void)munmap(all, skip);
    (void)munmap(all + skip + size, AK_LARGE_PAGE - skip);
    atomic_fetch_add_explicit(&used, size, memory_order_relaxed);
    return by_large_pages(all + skip, size);
}

void ak_free_large(void *block, size_t size)
{
    if (size < AK_LARGE_PAGE) {
        ak_free(block);
    } else if (block != NULL) {
        atomic_fetch_sub_explicit(&used, size, memory_order_relaxed);
        (void)munmap(block, size);
    }
}

void *ak_realloc(void *block, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size)
        return NULL;
    if (must_fail())
        return NULL;
    size_t before = taken_by(block);
    void *grown = realloc(block, count * size);
    if (grown == NULL && count * size != 0)
        return NULL;
    atomic_fetch_sub_explicit(&used, before, memory_order_relaxed);
    return by_large_pages(counted(grown), count * size);
}

void ak_free(void *block)
{
    if (block == NULL)
        return;
    atomic_fetch_sub_explicit(&used, taken_by(block), memory_order_relaxed);
    free(block);
}

void *ak_memdup(const void *bytes, size_t size)
{
    void *copy = ak_alloc(1, size ? size : 1);
    if (copy != NULL && size != 0)
        memcpy(copy, bytes, size);
    return copy;
}
