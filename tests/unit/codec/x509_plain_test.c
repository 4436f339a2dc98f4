/* SPDX-License-Identifier: Apache-2.0 */
/* libcrypto is the judge of whatever is read without it. */
#include "codec/x509_plain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/attr.h"
#include "support/parser_check.h"
#include "codec/x509_vectors.h"

#define DER(name)                                                                                  \
    {                                                                                              \
        x509_##name, sizeof x509_##name                                                            \
    }

static const struct ak_span plain[] = {DER(rsa_sans), DER(ec_leaf), DER(wildcard), DER(cn_only),
                                       DER(nul_name)};

/* Returns whether it was read here. */
static bool agrees(struct ak_span der)
{
    static struct ak_x509 own, other;
    if (!ak_x509_plain(der, &own))
        return false;
    assert_int_equal(ak_x509_by_libcrypto(der, &other), AK_VERDICT_PARSED);
    if (own.key_type == AK_KEY_EC && other.key_type == AK_KEY_OTHER) {
        other.key_type = AK_KEY_EC; /* the point does not lie on its curve */
        other.key_bits = own.key_bits;
        memcpy(other.curve, own.curve, sizeof other.curve);
    }
    assert_memory_equal(&own, &other, sizeof own);
    return true;
}

static void common_certificates_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < AK_COUNT(plain); i++)
        assert_true(agrees(plain[i]));
}

/* Their own issuer, Edwards curves, RSA-PSS: libcrypto's. */
static void the_rest_is_left(void **state)
{
    (void)state;
    static const struct ak_span rest[] = {DER(root),   DER(md5_self), DER(ec),  DER(expired),
                                          DER(rsa512), DER(ed),       DER(pss), {NULL, 0}};
    for (size_t i = 0; i < AK_COUNT(rest); i++)
        assert_false(agrees(rest[i]));
}

static void count_damage(struct ak_span in, void *context)
{
    size_t *read = context;
    *read += agrees(in);
}

static void damage_is_left_or_read_alike(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) { /* of RSA and of P-384 */
        size_t read = 0;
        ak_each_damage(plain[i], count_damage, &read);
        assert_true(read > 100); /* a bit of a key, of a name, of the signature */
    }
}

/* Nothing may follow, which libcrypto ignores. */
static void an_end_is_an_end(void **state)
{
    (void)state;
    uint8_t longer[sizeof x509_ec_leaf + 1] = {0};
    memcpy(longer, x509_ec_leaf, sizeof x509_ec_leaf);
    assert_false(agrees((struct ak_span){longer, sizeof longer}));
    assert_true(agrees((struct ak_span){longer, sizeof x509_ec_leaf}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(common_certificates_are_read),
        cmocka_unit_test(the_rest_is_left),
        cmocka_unit_test(damage_is_left_or_read_alike),
        cmocka_unit_test(an_end_is_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
