/* The one place where memory is allocated, so that a test can fail the n-th request. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_BASE_ALLOC_H
#define AK_BASE_ALLOC_H

#include <stddef.h>

#include "base/attr.h"

/* Zeroed memory of count * size bytes, or NULL (also when the product overflows). */
AK_MUST_USE void *ak_alloc(size_t count, size_t size);
/* Resizes a block of ak_alloc; new bytes are not zeroed. NULL leaves the old block valid. */
AK_MUST_USE void *ak_realloc(void *block, size_t count, size_t size);
void ak_free(void *block);
/* Zeroed memory that is freed by ak_free_large alone, with the same size. From AK_LARGE_PAGE on the
 * size is a multiple of it, and so is the place. The kernel is asked to back it by large pages, as
 * it is for every block of ak_alloc and ak_realloc that has room for some. */
enum { AK_LARGE_PAGE = 2 * 1024 * 1024 };
AK_MUST_USE void *ak_alloc_large(size_t size);
void ak_free_large(void *block, size_t size);
/* Copies size bytes; NULL when out of memory. */
AK_MUST_USE void *ak_memdup(const void *bytes, size_t size);
/* Bytes of all blocks that were not freed yet, with what the allocator rounds them up to. */
size_t ak_memory_used(void);
/* So many bytes are not counted any more, or again: what the machine's threads take must not decide
 * what becomes of a capture. Whoever asks answers for a fixed, small number. */
void ak_memory_leave_out(size_t bytes);
void ak_memory_count_again(size_t bytes);
/* Tests only: the n-th request from now fails (0 = never). Returns requests made so far. */
unsigned long ak_alloc_fail_after(unsigned long n);

#endif
