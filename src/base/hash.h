/* Keyed hashes for tables whose keys come from the wire: crafted input cannot aim at collisions. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_BASE_HASH_H
#define AK_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

struct ak_hash_key {
    uint64_t k0, k1;
};

/* SipHash-1-3 of any bytes. */
uint64_t ak_hash_bytes(struct ak_hash_key key, const void *bytes, size_t size);

/* A keyed 64-bit hash of any bytes by folded multiplication, several times as fast: for places in
 * tables that compare the whole content anyway. It must not stand for the content. */
uint64_t ak_hash_content(struct ak_hash_key key, const void *bytes, size_t size);

/* Both halves of the product: every bit of the result depends on every bit of both. */
static inline uint64_t ak_hash_fold(uint64_t a, uint64_t b)
{
#ifdef __SIZEOF_INT128__
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
#else
    uint64_t al = (uint32_t)a, ah = a >> 32, bl = (uint32_t)b, bh = b >> 32;
    uint64_t low = al * bl, middle = ah * bl + (low >> 32), cross = al * bh + (uint32_t)middle;
    return (cross << 32 | (uint32_t)low) ^ (ah * bh + (middle >> 32) + (cross >> 32));
#endif
}

/* Folds 64 bits at a time with a keyed multiply: for short fixed-size keys. */
static inline uint64_t ak_hash_mix(uint64_t hash, uint64_t word)
{
    hash ^= word;
    hash *= UINT64_C(0x9fb21c651e98df25);
    return hash ^ hash >> 29;
}

#endif
