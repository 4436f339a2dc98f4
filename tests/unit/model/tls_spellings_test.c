/* SPDX-License-Identifier: Apache-2.0 */
#include "model/tls_spellings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/words.h"
#include "model/tls_names.h"

static void reads_suites(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint16_t code, curve;
    } rows[] = {
        {"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", 0xc030, 0},
        {"tls_ecdhe_rsa_with_aes_256_gcm_sha384", 0xc030, 0},
        {"TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA_P256", 0xc014, 0x17},
        {"TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384_P521", 0xc024, 0x19},
        {"ECDHE-RSA-AES256-GCM-SHA384", 0xc030, 0},
        {"AES128-SHA", 0x002f, 0},
        {"SSL_RSA_WITH_3DES_EDE_CBC_SHA", 0x000a, 0},
        {"TLS_AES_128_GCM_SHA256", 0x1301, 0},
        {"0xC02F", 0xc02f, 0},
        {"{0xC0,0x2F}", 0xc02f, 0},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        uint16_t code = 0, curve = 1;
        assert_true(ak_tls_suite_spelled(ak_words_of(rows[i].name), &code, &curve));
        assert_int_equal(code, rows[i].code);
        assert_int_equal(curve, rows[i].curve);
    }
}

static void refuses_what_is_none(void **state)
{
    (void)state;
    static const char *const names[] = {"",
                                        "TLS_",
                                        "TLS_ECDHE_RSA_WITH_AES_256_GCM",
                                        "0xFFFF",
                                        "TLS_RSA_WITH_AES_128_CBC_SHA_P257",
                                        "SHA256",
                                        "0xC0"};
    uint16_t code;
    for (size_t i = 0; i < AK_COUNT(names); i++)
        assert_false(ak_tls_suite_spelled(ak_words_of(names[i]), &code, NULL));
    char longest[300];
    memset(longest, 'A', sizeof longest);
    struct ak_span span = {(const uint8_t *)longest, sizeof longest};
    assert_false(ak_tls_suite_spelled(span, &code, NULL));
}

static void every_name_is_read_back(void **state)
{
    (void)state;
    const struct ak_cipher_suite *suite;
    uint16_t code;
    for (size_t i = 0; (suite = ak_cipher_suite_at(i)) != NULL; i++) {
        assert_true(ak_tls_suite_spelled(ak_words_of(suite->name), &code, NULL));
        assert_int_equal(code, suite->code);
    }
    for (size_t i = 0; i < ak_openssl_suite_row_count; i++) {
        assert_true(ak_tls_suite_spelled(ak_words_of(ak_openssl_suite_rows[i].name), &code, NULL));
        assert_int_equal(code, ak_openssl_suite_rows[i].code);
        assert_non_null(ak_cipher_suite_find(code));
    }
}

static void reads_groups_and_schemes(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint16_t code;
    } groups[] = {{"P-256", 0x17},      {"prime256v1", 0x17}, {"secp384r1", 0x18},
                  {"NistP521", 0x19},   {"X25519", 0x1d},     {"curve25519", 0x1d},
                  {"ffdhe2048", 0x100}, {"FF3072", 0x101},    {"SECP256R1", 0x17}},
      schemes[] = {{"RSA+SHA256", 0x401},
                   {"rsa_pss_rsae_sha256", 0x804},
                   {"ECDSA+SHA384", 0x503},
                   {"SIGN-RSA-SHA512", 0x601},
                   {"SIGN-ECDSA-SECP256R1-SHA256", 0x403},
                   {"RSA-PSS+SHA256", 0x804},
                   {"ed25519", 0x807},
                   {"RSA/SHA512", 0x601}};
    uint16_t code;
    for (size_t i = 0; i < AK_COUNT(groups); i++) {
        assert_true(ak_tls_group_spelled(ak_words_of(groups[i].name), &code));
        assert_int_equal(code, groups[i].code);
    }
    for (size_t i = 0; i < AK_COUNT(schemes); i++) {
        assert_true(ak_tls_scheme_spelled(ak_words_of(schemes[i].name), &code));
        assert_int_equal(code, schemes[i].code);
    }
    assert_false(ak_tls_group_spelled(ak_words_of("P-255"), &code));
    assert_false(ak_tls_scheme_spelled(ak_words_of("RSA+SHA255"), &code));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_suites),
        cmocka_unit_test(refuses_what_is_none),
        cmocka_unit_test(every_name_is_read_back),
        cmocka_unit_test(reads_groups_and_schemes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
