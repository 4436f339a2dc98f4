/* Compiler attributes and bug traps: the only place that names a compiler. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_BASE_ATTR_H
#define AK_BASE_ATTR_H

#include <stdio.h>
#include <stdlib.h>

#if defined(__GNUC__) || defined(__clang__)
#define AK_PRINTF(text_at, args_at) __attribute__((format(printf, text_at, args_at)))
#define AK_FORMAT_ARG(at) __attribute__((format_arg(at)))
#define AK_MUST_USE __attribute__((warn_unused_result))
#define AK_LIKELY(x) __builtin_expect(!!(x), 1)
#define AK_UNLIKELY(x) __builtin_expect(!!(x), 0)
#define AK_PREFETCH(p) __builtin_prefetch(p)
#define AK_ALWAYS_INLINE inline __attribute__((always_inline))
#define AK_NOINLINE __attribute__((noinline))
/* A pointer that is computed once and kept: else an element of an array whose size is no power of
 * two is found anew for every field. */
#define AK_ONCE(pointer) __asm__("" : "+r"(pointer))
#else
#define AK_PRINTF(text_at, args_at)
#define AK_FORMAT_ARG(at)
#define AK_MUST_USE
#define AK_LIKELY(x) (x)
#define AK_UNLIKELY(x) (x)
#define AK_PREFETCH(p) ((void)0)
#define AK_ALWAYS_INLINE inline
#define AK_NOINLINE
#define AK_ONCE(pointer) ((void)0)
#endif

/* Zero bits below the lowest one that is set; not of 0. */
static inline unsigned ak_low_zeros(unsigned long long value)
{
#if defined(__GNUC__) || defined(__clang__)
    return (unsigned)__builtin_ctzll(value);
#else
    unsigned n = 0;
    for (; !(value & 1); value >>= 1)
        n++;
    return n;
#endif
}

/* Bits that are set. */
static inline unsigned ak_ones(unsigned value)
{
#if defined(__GNUC__) || defined(__clang__)
    return (unsigned)__builtin_popcount(value);
#else
    unsigned n = 0;
    for (; value != 0; value &= value - 1)
        n++;
    return n;
#endif
}

/* A broken invariant of our own code. Never used for anything that input can cause. */
#define AK_BUG_ON(condition)                                                                       \
    do {                                                                                           \
        if (AK_UNLIKELY(condition)) {                                                              \
            (void)fprintf(stderr, "akushu: bug at %s:%d: %s\n", __FILE__, __LINE__, #condition);   \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* What was made of something is not made again of the same thing (hello shapes, certificates,
 * pieces of lines). Off, all of it is made each time and the output stays: to measure what a
 * capture costs in which nothing repeats. */
#ifdef AK_NO_MEMO
#define AK_MEMO 0
#else
#define AK_MEMO 1
#endif

#define AK_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
