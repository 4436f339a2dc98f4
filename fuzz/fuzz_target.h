/* What every fuzz target shares: the entry point, the largest input, and the check of spans.
 *
 * A target is deterministic: the same bytes take the same path whatever ran before. Memory errors
 * are the sanitizers' to find; FUZZ_CHECK adds what the headers promise.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_FUZZ_TARGET_H
#define AK_FUZZ_TARGET_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/reader.h"

enum { FUZZ_MAX_INPUT = 65536 };

#define FUZZ_CHECK(promise)                                                                        \
    do {                                                                                           \
        if (!(promise)) {                                                                          \
            (void)fprintf(stderr, "%s:%d: broken promise: %s\n", __FILE__, __LINE__, #promise);    \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A borrowed span is empty or lies wholly in what it borrows from. */
static inline bool fuzz_inside(const uint8_t *data, size_t size, struct ak_span span)
{
    if (span.size == 0)
        return true;
    uintptr_t first = (uintptr_t)data, at = (uintptr_t)span.bytes;
    return at >= first && at - first <= size && span.size <= size - (at - first);
}

#endif
