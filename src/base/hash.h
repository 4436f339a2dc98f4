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

/* Folds 64 bits at a time with a keyed multiply: for short fixed-size keys such as 5-tuples. */
static inline uint64_t ak_hash_mix(uint64_t hash, uint64_t word)
{
    hash ^= word;
    hash *= UINT64_C(0x9fb21c651e98df25);
    return hash ^ hash >> 29;
}

#endif
