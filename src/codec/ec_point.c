/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/ec_point.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509.h>

#include "base/banned.h"

static EC_GROUP *group_of(struct ak_span key)
{
    const unsigned char *p = key.bytes;
    char name[64];
    EC_GROUP *group = NULL;
    EVP_PKEY *parsed = key.size < 65536 ? d2i_PUBKEY(NULL, &p, (long)key.size) : NULL;
    if (parsed != NULL && EVP_PKEY_get_group_name(parsed, name, sizeof name, NULL) == 1)
        group = EC_GROUP_new_by_curve_name(OBJ_txt2nid(name));
    EVP_PKEY_free(parsed);
    return group;
}

static bool write_point(const EC_GROUP *group, struct ak_span seed, uint8_t *to, size_t size)
{
    BN_CTX *context = BN_CTX_new();
    EC_POINT *point = EC_POINT_new(group);
    BIGNUM *factor = BN_bin2bn(seed.bytes, (int)seed.size, NULL);
    bool compressed = to[0] == 2 || to[0] == 3;
    point_conversion_form_t form =
        compressed ? POINT_CONVERSION_COMPRESSED : POINT_CONVERSION_UNCOMPRESSED;
    bool good = context != NULL && point != NULL && factor != NULL && (compressed || to[0] == 4) &&
                BN_nnmod(factor, factor, EC_GROUP_get0_order(group), context) == 1 &&
                EC_POINT_mul(group, point, factor, NULL, NULL, context) == 1 &&
                EC_POINT_point2oct(group, point, form, NULL, 0, context) == size;
    if (good)
        (void)EC_POINT_point2oct(group, point, form, to, size, context);
    BN_free(factor);
    EC_POINT_free(point);
    BN_CTX_free(context);
    return good;
}

bool ak_ec_point_stand_in(struct ak_span key, struct ak_span seed, uint8_t *point, size_t size)
{
    bool good = false;
    ERR_set_mark();
    EC_GROUP *group = size != 0 && seed.size < 1024 ? group_of(key) : NULL;
    if (group != NULL)
        good = write_point(group, seed, point, size);
    EC_GROUP_free(group);
    ERR_pop_to_mark();
    return good;
}
