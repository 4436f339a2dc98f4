/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"

#include <string.h>

#include "base/attr.h"

#include "base/banned.h"

/* SipHash-1-3 (Aumasson, Bernstein: "SipHash: a fast short-input PRF", reduced rounds). */

struct sip {
    uint64_t a, b, c, d;
};

static inline uint64_t rotl(uint64_t x, unsigned b)
{
    return x << b | x >> (64 - b);
}

static AK_ALWAYS_INLINE struct sip sip_round(struct sip v)
{
    v.a += v.b;
    v.b = rotl(v.b, 13) ^ v.a;
    v.a = rotl(v.a, 32);
    v.c += v.d;
    v.d = rotl(v.d, 16) ^ v.c;
    v.a += v.d;
    v.d = rotl(v.d, 21) ^ v.a;
    v.c += v.b;
    v.b = rotl(v.b, 17) ^ v.c;
    v.c = rotl(v.c, 32);
    return v;
}

uint64_t ak_hash_bytes(struct ak_hash_key key, const void *bytes, size_t size)
{
    const uint8_t *p = bytes;
    struct sip v = {key.k0 ^ UINT64_C(0x736f6d6570736575), key.k1 ^ UINT64_C(0x646f72616e646f6d),
                    key.k0 ^ UINT64_C(0x6c7967656e657261), key.k1 ^ UINT64_C(0x7465646279746573)};
    size_t n = size;
    for (; n >= 8; n -= 8, p += 8) {
        uint64_t word;
        memcpy(&word, p, 8);
        v.d ^= word;
        v = sip_round(v);
        v.a ^= word;
    }
    uint64_t last = (uint64_t)size << 56;
    for (size_t i = 0; i < n; i++)
        last |= (uint64_t)p[i] << (8 * i);
    v.d ^= last;
    v = sip_round(v);
    v.a ^= last;
    v.c ^= 0xff;
    v = sip_round(sip_round(sip_round(v)));
    return v.a ^ v.b ^ v.c ^ v.d;
}

/* Odd constants with about as many ones as zeros. */
#define SPREAD_A UINT64_C(0xa0761d6478bd642f)
#define SPREAD_B UINT64_C(0xe7037ed1a0b428db)

uint64_t ak_hash_content(struct ak_hash_key key, const void *bytes, size_t size)
{
    const uint8_t *p = bytes;
    const uint64_t a = key.k0 ^ SPREAD_A, b = key.k1 ^ SPREAD_B;
    uint64_t hash = key.k0 + size, word[2];
    size_t n = size;
    for (; n >= sizeof word; n -= sizeof word, p += sizeof word) {
        memcpy(word, p, sizeof word);
        hash = ak_hash_fold(word[0] ^ a, word[1] ^ hash ^ b);
    }
    word[0] = word[1] = 0;
    if (n != 0)
        memcpy(word, p, n);
    hash = ak_hash_fold(word[0] ^ a, word[1] ^ hash ^ b);
    return ak_hash_fold(hash ^ b, size ^ a);
}
