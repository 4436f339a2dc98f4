/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>

#include "base/attr.h"
#include "base/put.h"
#include "probe/hello_parts.h"

#include "base/banned.h"

/* Public values that a server's checks accept. The private ones are thrown away: whoever sends
 * these hellos stops at the ServerHello. */

enum share_kind {
    SHARE_BYTES, /* any bytes will do (RFC 7748 5) */
    SHARE_POINT, /* uncompressed point of a curve, `parameter` its NID */
    SHARE_DH,    /* a square below the prime (RFC 7919) */
    SHARE_KEM    /* ML-KEM key, `parameter` its number of polynomials (FIPS 203 7.2), and another
                    share before or behind it */
};

struct share_row {
    uint16_t group;
    uint8_t kind; /* enum share_kind */
    int parameter;
    uint16_t size;
    uint16_t other; /* KEM: the group of the classic share */
    bool other_first;
};

static const struct share_row rows[] = {
    {0x0017, SHARE_POINT, NID_X9_62_prime256v1, 65, 0, false},
    {0x0018, SHARE_POINT, NID_secp384r1, 97, 0, false},
    {0x0019, SHARE_POINT, NID_secp521r1, 133, 0, false},
    {0x001d, SHARE_BYTES, 0, 32, 0, false},
    {0x001e, SHARE_BYTES, 0, 56, 0, false},
    {0x001f, SHARE_POINT, NID_brainpoolP256r1, 65, 0, false},
    {0x0020, SHARE_POINT, NID_brainpoolP384r1, 97, 0, false},
    {0x0021, SHARE_POINT, NID_brainpoolP512r1, 129, 0, false},
    {0x0100, SHARE_DH, 0, 256, 0, false},
    {0x0101, SHARE_DH, 0, 384, 0, false},
    {0x0102, SHARE_DH, 0, 512, 0, false},
    {0x0103, SHARE_DH, 0, 768, 0, false},
    {0x0104, SHARE_DH, 0, 1024, 0, false},
    {0x11eb, SHARE_KEM, 3, 1184, 0x0017, true},
    {0x11ec, SHARE_KEM, 3, 1184, 0x001d, false},
    {0x11ed, SHARE_KEM, 4, 1568, 0x0018, true},
    {0x6399, SHARE_KEM, 3, 1184, 0x001d, true},
};

static const struct share_row *row_of(uint16_t group)
{
    for (size_t i = 0; i < AK_COUNT(rows); i++)
        if (rows[i].group == group)
            return &rows[i];
    return NULL;
}

bool ak_key_share_known(uint16_t group)
{
    return row_of(group) != NULL;
}

/* scalar * G, the scalar drawn from the source. */
static bool put_point(struct ak_hello_work *work, const struct share_row *row)
{
    uint8_t scalar[64], point[133];
    size_t size = row->size / 2u < sizeof scalar ? row->size / 2u : sizeof scalar;
    work->source->random(work->source->context, scalar, size);
    scalar[0] &= 0x3f; /* below the order of each of these curves, and never zero */
    scalar[size - 1] |= 1;
    EC_GROUP *group = EC_GROUP_new_by_curve_name(row->parameter);
    BIGNUM *number = BN_bin2bn(scalar, (int)size, NULL);
    EC_POINT *at = group != NULL ? EC_POINT_new(group) : NULL;
    size_t made = 0;
    if (number != NULL && at != NULL && EC_POINT_mul(group, at, number, NULL, NULL, NULL) == 1)
        made =
            EC_POINT_point2oct(group, at, POINT_CONVERSION_UNCOMPRESSED, point, sizeof point, NULL);
    EC_POINT_free(at);
    BN_free(number);
    EC_GROUP_free(group);
    if (made == row->size)
        ak_text_bytes(work->out, point, made);
    return made == row->size;
}

/* The square of a number of half the prime's size: below the prime, and in the subgroup. */
static bool put_dh(struct ak_hello_work *work, const struct share_row *row)
{
    uint8_t root[512], square[1024];
    size_t size = row->size / 2u;
    work->source->random(work->source->context, root, size);
    root[size - 1] |= 2;
    BIGNUM *number = BN_bin2bn(root, (int)size, NULL), *result = BN_new();
    BN_CTX *scratch = BN_CTX_new();
    bool good = number != NULL && result != NULL && scratch != NULL &&
                BN_sqr(result, number, scratch) == 1 &&
                BN_bn2binpad(result, square, row->size) == row->size;
    BN_CTX_free(scratch);
    BN_free(result);
    BN_free(number);
    if (good)
        ak_text_bytes(work->out, square, row->size);
    return good;
}

/* Pairs of coefficients below 3329 in 12 bits each, and 32 bytes of seed. */
static void put_kem(struct ak_hello_work *work, int polynomials)
{
    for (int i = 0; i < polynomials * 128 && !work->out->failed; i++) {
        uint8_t r[4];
        work->source->random(work->source->context, r, sizeof r);
        unsigned a = ((unsigned)r[0] << 8 | r[1]) % 3329, b = ((unsigned)r[2] << 8 | r[3]) % 3329;
        ak_put_le(work->out, a | (uint64_t)b << 12, 3);
    }
    ak_hello_random(work, 32);
}

bool ak_key_share_put(struct ak_hello_work *work, uint16_t group)
{
    const struct share_row *row = row_of(group);
    if (row == NULL)
        return false;
    switch (row->kind) {
    case SHARE_BYTES:
        ak_hello_random(work, row->size);
        return true;
    case SHARE_POINT:
        return put_point(work, row);
    case SHARE_DH:
        return put_dh(work, row);
    default:
        break;
    }
    if (row->other_first && !ak_key_share_put(work, row->other))
        return false;
    put_kem(work, row->parameter);
    return row->other_first || ak_key_share_put(work, row->other);
}
