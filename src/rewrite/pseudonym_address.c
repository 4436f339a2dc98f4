/* SPDX-License-Identifier: Apache-2.0 */
#include "rewrite/pseudonym.h"

#include <string.h>

#include "rewrite/pseudonym_keys.h"

#include "base/banned.h"

static uint64_t random_of(const struct ak_pseudonyms *p, const void *bytes, size_t size,
                          uint32_t purpose)
{
    struct ak_hash_key key = {p->numbers.k0 ^ purpose, p->numbers.k1};
    return ak_hash_bytes(key, bytes, size);
}

/* A permutation of 0..count-1 that the prefix decides and that moves every value. */
static unsigned move_among(const struct ak_pseudonyms *p, const uint8_t *prefix, size_t size,
                           unsigned value, unsigned count)
{
    uint8_t order[256], place[256] = {0};
    uint8_t seed[8] = {0};
    for (unsigned i = 0; i < count; i++)
        order[i] = (uint8_t)i;
    memcpy(seed, prefix, size);
    seed[6] = (uint8_t)size;
    for (unsigned i = count; i-- > 1;) {
        seed[7] = (uint8_t)i;
        unsigned j = (unsigned)(random_of(p, seed, sizeof seed, 4) % (i + 1));
        uint8_t other = order[i];
        order[i] = order[j];
        order[j] = other;
    }
    for (unsigned i = 0; i < count; i++)
        place[order[i]] = (uint8_t)i;
    return order[(place[value] + 1) % count];
}

struct span {
    unsigned first, last;
};

/* The octets among which this one may change; what makes an address special stays. */
static struct span octet_span(const uint8_t *address, size_t octet)
{
    static const struct span digits[] = {{0, 9}, {10, 99}, {100, 255}};
    unsigned a = address[0], v = address[octet];
    struct span span = digits[v >= 100 ? 2 : v >= 10 ? 1 : 0], fixed = {v, v};
    if (octet == 0) {
        bool special = a == 0 || a == 10 || a == 127 || a >= 224 || a == 100 || a == 169 ||
                       a == 172 || a == 192;
        if (special)
            return fixed;
        if (a < 10)
            span = (struct span){1, 9};
        else if (a < 100)
            span = (struct span){11, 99};
        else
            span = a < 127   ? (struct span){101, 126}
                   : a < 169 ? (struct span){128, 168}
                   : a < 172 ? (struct span){170, 171}
                   : a < 192 ? (struct span){173, 191}
                             : (struct span){193, 223};
        return span;
    }
    if (octet != 1)
        return span;
    if ((a == 169 && v == 254) || (a == 192 && v == 168))
        return fixed;
    if (a == 172 && v >= 16 && v <= 31)
        return (struct span){16, 31};
    if (a == 172 && v >= 10 && v < 100)
        return v < 16 ? (struct span){10, 15} : (struct span){32, 99};
    if (a == 100 && v >= 64 && v <= 99)
        return (struct span){64, 99};
    if (a == 100 && v >= 100 && v <= 127)
        return (struct span){100, 127};
    if (a == 100 && v >= 10)
        return v < 64 ? (struct span){10, 63} : (struct span){128, 255};
    if (a == 169 && v >= 100)
        return (struct span){100, 253};
    if (a == 192 && v >= 100)
        return v < 168 ? (struct span){100, 167} : (struct span){169, 255};
    return span;
}

static void map_ipv4(const struct ak_pseudonyms *p, const uint8_t from[4], uint8_t to[4])
{
    for (size_t octet = 0; octet < 4; octet++) {
        struct span span = octet_span(from, octet);
        unsigned count = span.last - span.first + 1;
        bool out = from[octet] < span.first || from[octet] > span.last;
        to[octet] = from[octet];
        if (count > 1 && !out)
            to[octet] =
                (uint8_t)(span.first + move_among(p, from, octet, from[octet] - span.first, count));
    }
}

void ak_pseudonym_ipv4(struct ak_pseudonyms *p, uint8_t address[4])
{
    static const uint8_t none[4] = {0, 0, 0, 0}, all[4] = {255, 255, 255, 255};
    if (memcmp(address, none, 4) == 0 || memcmp(address, all, 4) == 0)
        return;
    size_t slot =
        (address[0] * 7u + address[1] * 5u + address[2] * 3u + address[3]) % AK_PSEUDONYM_CACHE;
    if (!p->ipv4[slot].used || memcmp(p->ipv4[slot].from, address, 4) != 0) {
        p->ipv4[slot].used = true;
        memcpy(p->ipv4[slot].from, address, 4);
        map_ipv4(p, address, p->ipv4[slot].to);
    }
    memcpy(address, p->ipv4[slot].to, 4);
}

static void put_random(const struct ak_pseudonyms *p, const uint8_t *from, size_t size,
                       uint32_t purpose, uint8_t *to, size_t count)
{
    uint64_t value = random_of(p, from, size, purpose);
    for (size_t i = 0; i < count; i++)
        to[i] = (uint8_t)(value >> (8 * i));
}

/* A digit among those from `first`; the address up to it decides, and it never stays. */
static unsigned move_digit(const struct ak_pseudonyms *p, const uint8_t *from, unsigned place,
                           unsigned value, unsigned first)
{
    uint8_t seed[17] = {0};
    unsigned count = 16 - first;
    memcpy(seed, from, place / 2);
    if (place % 2 != 0)
        seed[place / 2] = from[place / 2] & 0xf0;
    seed[16] = (uint8_t)place;
    unsigned turn = 1 + (unsigned)(random_of(p, seed, sizeof seed, 6) % (count - 1));
    return first + (value - first + turn) % count;
}

/* The first digit of an address that says what it is: it stays, or all of its group does. */
static unsigned fixed_digits(const uint8_t from[16])
{
    bool unique_local = (from[0] & 0xfe) == 0xfc;
    return unique_local ? 2 : from[0] < 0x10 || from[0] >= 0xf0 ? 4 : 1;
}

static bool group_is_zero_before(const uint8_t from[16], unsigned place)
{
    unsigned group = (unsigned)from[place / 4 * 2] << 8 | from[place / 4 * 2 + 1];
    return group >> (16 - 4 * (place % 4)) == 0;
}

/* Digit by digit; zeros in front of a group stay zeros. */
static void map_ipv6(const struct ak_pseudonyms *p, const uint8_t from[16], uint8_t to[16])
{
    unsigned fixed = fixed_digits(from);
    memcpy(to, from, 16);
    for (unsigned place = 0; place < 32; place++) {
        unsigned shift = place % 2 != 0 ? 0 : 4, value = (unsigned)from[place / 2] >> shift & 15u;
        bool front = group_is_zero_before(from, place);
        if ((front && value == 0) || place < fixed)
            continue;
        unsigned moved = move_digit(p, from, place, value, front ? 1 : 0);
        to[place / 2] = (uint8_t)((to[place / 2] & (0xf0u >> shift)) | moved << shift);
    }
}

void ak_pseudonym_ipv6(struct ak_pseudonyms *p, uint8_t address[16])
{
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    static const uint8_t nat64[12] = {0, 0x64, 0xff, 0x9b};
    static const uint8_t zeros[15] = {0};
    if (memcmp(address, zeros, 15) == 0 && address[15] <= 1)
        return;
    if (memcmp(address, mapped, 12) == 0 || memcmp(address, nat64, 12) == 0) {
        ak_pseudonym_ipv4(p, address + 12);
        return;
    }
    size_t slot =
        (address[15] * 7u + address[14] * 5u + address[7] * 3u + address[5]) % AK_PSEUDONYM_CACHE;
    if (!p->ipv6[slot].used || memcmp(p->ipv6[slot].from, address, 16) != 0) {
        p->ipv6[slot].used = true;
        memcpy(p->ipv6[slot].from, address, 16);
        map_ipv6(p, address, p->ipv6[slot].to);
    }
    memcpy(address, p->ipv6[slot].to, 16);
}

void ak_pseudonym_hardware(struct ak_pseudonyms *p, uint8_t address[6])
{
    static const uint8_t none[6] = {0}, all[6] = {255, 255, 255, 255, 255, 255};
    if (memcmp(address, none, 6) == 0 || memcmp(address, all, 6) == 0)
        return;
    uint8_t from[6];
    memcpy(from, address, 6);
    put_random(p, from, 6, 2, address + 1, 5);
    address[0] = (uint8_t)(2 | (from[0] & 1));
}

void ak_pseudonym_bytes(struct ak_pseudonyms *p, uint8_t *bytes, size_t size)
{
    uint64_t counter[2] = {size != 0 ? ak_hash_bytes(p->bytes, bytes, size) : 0, 0}, value = 0;
    for (size_t i = 0; i < size; i++, value >>= 8) {
        counter[1] = i / 8;
        if (i % 8 == 0)
            value = ak_hash_bytes(p->bytes, counter, sizeof counter);
        bytes[i] = (uint8_t)value;
    }
}
