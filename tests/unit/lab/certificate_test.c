/* Certificates made on the spot, read back. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "codec/pem.h"
#include "codec/x509.h"
#include "lab/certificate.h"

enum { TODAY = 1795305600, DAY = 24 * 3600 };
static struct ak_lab_authority authority;

static int make_authority(void **state)
{
    (void)state;
    return ak_lab_authority_make(&authority, NULL) == AK_ERR_NONE ? 0 : -1;
}

static int free_authority(void **state)
{
    (void)state;
    ak_lab_authority_release(&authority);
    return 0;
}

static void read_back(X509 *certificate, struct ak_x509 *facts)
{
    uint8_t *der = NULL;
    int size = i2d_X509(certificate, &der);
    assert_true(size > 0);
    const struct ak_span span = {der, (size_t)size};
    assert_int_equal(ak_x509_parse(span, facts), AK_VERDICT_PARSED);
    OPENSSL_free(der);
}

static void makes_what_is_wanted(void **state)
{
    static const struct {
        struct ak_lab_certificate wanted;
        enum ak_sign_hash hash, above; /* of its own signature, of the intermediate's */
        enum ak_key_type key;
        unsigned bits;
        const char *issuer;
    } cases[] = {
        {{0}, AK_SIGN_HASH_SHA256, AK_SIGN_HASH_OTHER, AK_KEY_RSA, 2048, "akushu lab authority"},
        {{.key = "rsa1024", .hash = "md5"},
         AK_SIGN_HASH_MD5,
         AK_SIGN_HASH_OTHER,
         AK_KEY_RSA,
         1024,
         "akushu lab authority"},
        {{.key = "ec256", .issuer = AK_LAB_ISSUED_BY_BETWEEN, .hash = "sha512"},
         AK_SIGN_HASH_SHA256,
         AK_SIGN_HASH_SHA512,
         AK_KEY_EC,
         256,
         "intermediate"},
        {{.key = "ec384", .issuer = AK_LAB_ISSUED_BY_ITSELF},
         AK_SIGN_HASH_SHA256,
         AK_SIGN_HASH_OTHER,
         AK_KEY_EC,
         384,
         "SSL_Self_Signed_Fallback"},
        {{.key = "ec256", .issuer = AK_LAB_ISSUED_BY_PROXY, .hash = "sha1"},
         AK_SIGN_HASH_SHA1,
         AK_SIGN_HASH_OTHER,
         AK_KEY_EC,
         256,
         "Inspection"},
        {{.key = "ec256", .issuer = AK_LAB_ISSUED_BY_SERVICE},
         AK_SIGN_HASH_SHA256,
         AK_SIGN_HASH_OTHER,
         AK_KEY_EC,
         256,
         "Microsoft Corporation"},
    };
    struct ak_x509 facts;
    struct ak_lab_keys keys;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(ak_lab_keys_make(&keys, &cases[i].wanted, &authority, TODAY, NULL),
                         AK_ERR_NONE);
        read_back(keys.chain[0], &facts);
        assert_int_equal(facts.sign_hash, cases[i].hash);
        assert_int_equal(facts.key_type, cases[i].key);
        assert_int_equal(facts.key_bits, cases[i].bits);
        assert_non_null(strstr(facts.issuer, cases[i].issuer));
        assert_int_equal(facts.not_before, TODAY - DAY);
        bool itself = cases[i].wanted.issuer == AK_LAB_ISSUED_BY_ITSELF;
        assert_int_equal(facts.self_signed, itself);
        assert_int_equal(ak_x509_names_host(&facts, "127.0.0.1"), !itself);
        assert_int_equal(keys.chain[1] != NULL, cases[i].above != AK_SIGN_HASH_OTHER);
        if (keys.chain[1] != NULL) {
            read_back(keys.chain[1], &facts);
            assert_int_equal(facts.sign_hash, cases[i].above);
            assert_true(facts.is_authority);
        }
        ak_lab_keys_release(&keys);
    }
}

static void keeps_dates_and_names(void **state)
{
    static const struct ak_lab_certificate wanted = {
        .key = "ec256", .name = "sql02.contoso.example", .from_day = -10, .to_day = -1};
    struct ak_x509 facts;
    struct ak_lab_keys keys;
    struct ak_text pem;
    struct ak_party party;
    uint8_t der[4096];
    size_t at = 0, size;
    (void)state;
    assert_int_equal(ak_lab_keys_make(&keys, &wanted, &authority, TODAY, NULL), AK_ERR_NONE);
    read_back(keys.chain[0], &facts);
    assert_int_equal(facts.not_after, TODAY - DAY);
    assert_true(ak_x509_names_host(&facts, "sql02.contoso.example"));
    assert_false(ak_x509_names_host(&facts, "localhost"));
    ak_text_init(&pem, 16384);
    assert_true(ak_lab_keys_anchor(&keys, &pem));
    const struct ak_span text = {(const uint8_t *)pem.bytes, pem.size};
    assert_true(ak_pem_next(text, "CERTIFICATE", &at, der, sizeof der, &size));
    ak_text_release(&pem);
    ak_party_init(&party, "server", AK_SIDE_SERVER, AK_STACK_SCHANNEL);
    ak_lab_keys_describe(&keys, &party);
    assert_int_equal(party.chains[0].links[0].key, AK_KEY_EC);
    assert_int_equal(party.chains[0].links[0].curve, 23);
    assert_int_equal(party.chains[0].links[0].sign_key, AK_KEY_RSA);
    X509 *other = ak_lab_certificate_for(&keys, "a.azure-automation.net", &authority, TODAY);
    assert_non_null(other);
    read_back(other, &facts);
    assert_true(ak_x509_names_host(&facts, "a.azure-automation.net"));
    X509_free(other);
    assert_null(ak_lab_certificate_for(&keys, "a,IP:127.0.0.1", &authority, TODAY));
    ak_lab_keys_release(&keys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(makes_what_is_wanted),
        cmocka_unit_test(keeps_dates_and_names),
    };
    return cmocka_run_group_tests(tests, make_authority, free_authority);
}
