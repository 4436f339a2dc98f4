/* Bytes that look random and are the same each time. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_TESTS_SUPPORT_RANDOM_H
#define AK_TESTS_SUPPORT_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* `context`: a uint32_t, the state. */
static inline void ak_test_random(void *context, uint8_t *bytes, size_t size)
{
    uint32_t *state = context;
    for (size_t i = 0; i < size; i++) {
        *state = *state * 1664525u + 1013904223u;
        bytes[i] = (uint8_t)(*state >> 24);
    }
}

#endif
