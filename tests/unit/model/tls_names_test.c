// SPDX-License-Identifier: Apache-2.0
#include "model/tls_names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void versions_have_names(void **state)
{
    (void)state;
    assert_string_equal(ak_tls_version_name(0x0002), "2.0");
    assert_string_equal(ak_tls_version_name(0x0300), "3.0");
    assert_string_equal(ak_tls_version_name(0x0301), "1.0");
    assert_string_equal(ak_tls_version_name(0x0302), "1.1");
    assert_string_equal(ak_tls_version_name(0x0303), "1.2");
    assert_string_equal(ak_tls_version_name(0x0304), "1.3");
    assert_string_equal(ak_tls_version_name(0x7f1c), "1.3");
    assert_null(ak_tls_version_name(0x0305));
    assert_null(ak_tls_version_name(0x0a0a));
    assert_null(ak_tls_version_name(0xfefd));
    assert_string_equal(ak_tls_version_protocol(0x0002), "ssl");
    assert_string_equal(ak_tls_version_protocol(0x0300), "ssl");
    assert_string_equal(ak_tls_version_protocol(0x0301), "tls");
    assert_string_equal(ak_tls_version_protocol(0x7f12), "tls");
}

static void drafts_become_tls13(void **state)
{
    (void)state;
    assert_int_equal(ak_tls_version_normal(0x7f00), 0x0304);
    assert_int_equal(ak_tls_version_normal(0x7fff), 0x0304);
    assert_int_equal(ak_tls_version_normal(0xfb17), 0x0304);
    assert_int_equal(ak_tls_version_normal(0xfb1a), 0x0304);
    assert_int_equal(ak_tls_version_normal(0xfb18), 0xfb18);
    assert_int_equal(ak_tls_version_normal(0x7eff), 0x7eff);
    assert_int_equal(ak_tls_version_normal(0x8000), 0x8000);
    assert_int_equal(ak_tls_version_normal(0x0303), 0x0303);
}

// One of each kind; the values are those of the RFC that defines the suite.
static const struct ak_cipher_suite suite_cases[] = {
    {0x0000, AK_KX_NULL, AK_AUTH_NULL, AK_CIPHER_NULL, AK_HASH_NULL, 0, 0, 0x0300, 0x0303,
     "TLS_NULL_WITH_NULL_NULL"},
    {0x0003, AK_KX_RSA, AK_AUTH_RSA, AK_CIPHER_RC4_40, AK_HASH_MD5, 16, 0, 0x0300, 0x0301,
     "TLS_RSA_EXPORT_WITH_RC4_40_MD5"},
    {0x0005, AK_KX_RSA, AK_AUTH_RSA, AK_CIPHER_RC4_128, AK_HASH_SHA1, 20, 32, 0x0300, 0x0303,
     "TLS_RSA_WITH_RC4_128_SHA"},
    {0x0009, AK_KX_RSA, AK_AUTH_RSA, AK_CIPHER_DES_CBC, AK_HASH_SHA1, 20, 0, 0x0300, 0x0302,
     "TLS_RSA_WITH_DES_CBC_SHA"},
    {0x000a, AK_KX_RSA, AK_AUTH_RSA, AK_CIPHER_3DES_EDE_CBC, AK_HASH_SHA1, 20, 32, 0x0300, 0x0303,
     "TLS_RSA_WITH_3DES_EDE_CBC_SHA"},
    {0x0018, AK_KX_DHE, AK_AUTH_NULL, AK_CIPHER_RC4_128, AK_HASH_MD5, 16, 32, 0x0300, 0x0303,
     "TLS_DH_anon_WITH_RC4_128_MD5"},
    {0x0030, AK_KX_DH, AK_AUTH_DSS, AK_CIPHER_AES_128_CBC, AK_HASH_SHA1, 20, 32, 0x0300, 0x0303,
     "TLS_DH_DSS_WITH_AES_128_CBC_SHA"},
    {0x003c, AK_KX_RSA, AK_AUTH_RSA, AK_CIPHER_AES_128_CBC, AK_HASH_SHA256, 32, 32, 0x0303, 0x0303,
     "TLS_RSA_WITH_AES_128_CBC_SHA256"},
    {0x0062, AK_KX_RSA, AK_AUTH_RSA, AK_CIPHER_DES_CBC, AK_HASH_SHA1, 20, 0, 0x0300, 0x0301,
     "TLS_RSA_EXPORT1024_WITH_DES_CBC_SHA"},
    {0x009f, AK_KX_DHE, AK_AUTH_RSA, AK_CIPHER_AES_256_GCM, AK_HASH_SHA384, 16, 48, 0x0303, 0x0303,
     "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384"},
    {0x1301, AK_KX_TLS13, AK_AUTH_TLS13, AK_CIPHER_AES_128_GCM, AK_HASH_SHA256, 16, 32, 0x0304,
     0x0304, "TLS_AES_128_GCM_SHA256"},
    {0x1302, AK_KX_TLS13, AK_AUTH_TLS13, AK_CIPHER_AES_256_GCM, AK_HASH_SHA384, 16, 48, 0x0304,
     0x0304, "TLS_AES_256_GCM_SHA384"},
    {0x1303, AK_KX_TLS13, AK_AUTH_TLS13, AK_CIPHER_CHACHA20_POLY1305, AK_HASH_SHA256, 16, 32,
     0x0304, 0x0304, "TLS_CHACHA20_POLY1305_SHA256"},
    {0x1304, AK_KX_TLS13, AK_AUTH_TLS13, AK_CIPHER_AES_128_CCM, AK_HASH_SHA256, 16, 32, 0x0304,
     0x0304, "TLS_AES_128_CCM_SHA256"},
    {0x1305, AK_KX_TLS13, AK_AUTH_TLS13, AK_CIPHER_AES_128_CCM, AK_HASH_SHA256, 8, 32, 0x0304,
     0x0304, "TLS_AES_128_CCM_8_SHA256"},
    {0xc001, AK_KX_ECDH, AK_AUTH_ECDSA, AK_CIPHER_NULL, AK_HASH_SHA1, 20, 32, 0x0301, 0x0303,
     "TLS_ECDH_ECDSA_WITH_NULL_SHA"},
    {0xc014, AK_KX_ECDHE, AK_AUTH_RSA, AK_CIPHER_AES_256_CBC, AK_HASH_SHA1, 20, 32, 0x0301, 0x0303,
     "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"},
    {0xc01e, AK_KX_SRP, AK_AUTH_RSA, AK_CIPHER_AES_128_CBC, AK_HASH_SHA1, 20, 32, 0x0300, 0x0303,
     "TLS_SRP_SHA_RSA_WITH_AES_128_CBC_SHA"},
    {0xc02b, AK_KX_ECDHE, AK_AUTH_ECDSA, AK_CIPHER_AES_128_GCM, AK_HASH_SHA256, 16, 32, 0x0303,
     0x0303, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"},
    {0xc030, AK_KX_ECDHE, AK_AUTH_RSA, AK_CIPHER_AES_256_GCM, AK_HASH_SHA384, 16, 48, 0x0303,
     0x0303, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"},
    {0xc037, AK_KX_ECDHE_PSK, AK_AUTH_PSK, AK_CIPHER_AES_128_CBC, AK_HASH_SHA256, 32, 32, 0x0301,
     0x0303, "TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA256"},
    {0xc0ab, AK_KX_DHE_PSK, AK_AUTH_PSK, AK_CIPHER_AES_256_CCM, AK_HASH_SHA256, 8, 32, 0x0303,
     0x0303, "TLS_PSK_DHE_WITH_AES_256_CCM_8"},
    {0xc0ac, AK_KX_ECDHE, AK_AUTH_ECDSA, AK_CIPHER_AES_128_CCM, AK_HASH_SHA256, 16, 32, 0x0303,
     0x0303, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM"},
    {0xc0ae, AK_KX_ECDHE, AK_AUTH_ECDSA, AK_CIPHER_AES_128_CCM, AK_HASH_SHA256, 8, 32, 0x0303,
     0x0303, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8"},
    {0xc0b5, AK_KX_TLS13, AK_AUTH_TLS13, AK_CIPHER_NULL, AK_HASH_SHA384, 48, 48, 0x0304, 0x0304,
     "TLS_SHA384_SHA384"},
    {0xc100, AK_KX_OTHER, AK_AUTH_OTHER, AK_CIPHER_GOST, AK_HASH_GOST, 16, 32, 0x0303, 0x0303,
     "TLS_GOSTR341112_256_WITH_KUZNYECHIK_CTR_OMAC"},
    {0xcca8, AK_KX_ECDHE, AK_AUTH_RSA, AK_CIPHER_CHACHA20_POLY1305, AK_HASH_SHA256, 16, 32, 0x0303,
     0x0303, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"},
    {0xd003, AK_KX_ECDHE_PSK, AK_AUTH_PSK, AK_CIPHER_AES_128_CCM, AK_HASH_SHA256, 8, 32, 0x0303,
     0x0303, "TLS_ECDHE_PSK_WITH_AES_128_CCM_8_SHA256"},
};

static void suites_have_properties(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(suite_cases) / sizeof(suite_cases[0]); i++) {
        const struct ak_cipher_suite *want = &suite_cases[i];
        const struct ak_cipher_suite *got = ak_cipher_suite_find(want->code);
        assert_non_null(got);
        assert_string_equal(got->name, want->name);
        assert_int_equal(got->code, want->code);
        assert_int_equal(got->key_exchange, want->key_exchange);
        assert_int_equal(got->authentication, want->authentication);
        assert_int_equal(got->cipher, want->cipher);
        assert_int_equal(got->hash, want->hash);
        assert_int_equal(got->tag_bytes, want->tag_bytes);
        assert_int_equal(got->hash_bytes, want->hash_bytes);
        assert_int_equal(got->min_version, want->min_version);
        assert_int_equal(got->max_version, want->max_version);
    }
}

// Whatever the table holds, its rows agree with themselves.
static void every_suite_is_consistent(void **state)
{
    (void)state;
    unsigned count = 0;
    for (unsigned code = 0; code <= UINT16_MAX; code++) {
        const struct ak_cipher_suite *suite = ak_cipher_suite_find((uint16_t)code);
        if (suite == NULL) {
            continue;
        }
        count++;
        assert_int_equal(suite->code, code);
        assert_false(ak_tls_is_grease((uint16_t)code));
        assert_true(suite->min_version <= suite->max_version);
        assert_true(suite->key_exchange <= AK_KX_OTHER);
        assert_true(suite->authentication <= AK_AUTH_OTHER);
        assert_true(suite->cipher <= AK_CIPHER_OTHER);
        assert_true(suite->hash <= AK_HASH_OTHER);
        bool only_tls13 = suite->min_version == 0x0304;
        assert_int_equal(only_tls13, suite->key_exchange == AK_KX_TLS13);
        assert_int_equal(only_tls13, suite->max_version == 0x0304);
        bool short_tag = strstr(suite->name, "CCM_8") != NULL;
        if (strstr(suite->name, "CCM") != NULL || strstr(suite->name, "GCM") != NULL) {
            assert_int_equal(suite->tag_bytes, short_tag ? 8 : 16);
        }
        if (only_tls13 && strstr(suite->name, "SHA384") != NULL) {
            assert_int_equal(suite->hash_bytes, 48);
        }
    }
    assert_true(count >= 350);
}

static void signals_are_no_suites(void **state)
{
    (void)state;
    const struct ak_cipher_suite *renegotiation = ak_cipher_suite_find(0x00ff);
    const struct ak_cipher_suite *fallback = ak_cipher_suite_find(0x5600);
    assert_non_null(renegotiation);
    assert_non_null(fallback);
    assert_string_equal(renegotiation->name, "TLS_EMPTY_RENEGOTIATION_INFO_SCSV");
    assert_string_equal(fallback->name, "TLS_FALLBACK_SCSV");
    assert_int_equal(renegotiation->key_exchange, AK_KX_OTHER);
    assert_int_equal(fallback->key_exchange, AK_KX_OTHER);
    assert_true(ak_cipher_suite_is_signal(0x00ff));
    assert_true(ak_cipher_suite_is_signal(0x5600));
    assert_true(ak_cipher_suite_is_signal(0x1a1a));
    assert_false(ak_cipher_suite_is_signal(0x1301));
    assert_null(ak_cipher_suite_find(0x1a1a));
    assert_null(ak_cipher_suite_find(0x1300));
    assert_null(ak_cipher_suite_find(0xffff));
}

static void ssl2_kinds_have_names(void **state)
{
    (void)state;
    assert_string_equal(ak_ssl2_cipher_name(0x010080), "SSL_CK_RC4_128_WITH_MD5");
    assert_string_equal(ak_ssl2_cipher_name(0x0700c0), "SSL_CK_DES_192_EDE3_CBC_WITH_MD5");
    assert_string_equal(ak_ssl2_cipher_name(0x00000a), "TLS_RSA_WITH_3DES_EDE_CBC_SHA");
    assert_null(ak_ssl2_cipher_name(0x010081));
    assert_null(ak_ssl2_cipher_name(0x00fffe));
    assert_null(ak_ssl2_cipher_name(0xff010080));
}

static void groups_have_names(void **state)
{
    (void)state;
    assert_string_equal(ak_tls_group_name(1), "sect163k1");
    assert_string_equal(ak_tls_group_name(23), "secp256r1");
    assert_string_equal(ak_tls_group_name(28), "brainpoolP512r1");
    assert_string_equal(ak_tls_group_name(29), "x25519");
    assert_string_equal(ak_tls_group_name(33), "brainpoolP512r1tls13");
    assert_string_equal(ak_tls_group_name(256), "ffdhe2048");
    assert_string_equal(ak_tls_group_name(260), "ffdhe8192");
    assert_string_equal(ak_tls_group_name(0x11ec), "X25519MLKEM768");
    assert_string_equal(ak_tls_group_name(0x6399), "X25519Kyber768Draft00");
    assert_string_equal(ak_tls_group_name(0xff01), "arbitrary_explicit_prime_curves");
    assert_string_equal(ak_tls_group_name(0xff02), "arbitrary_explicit_char2_curves");
    assert_null(ak_tls_group_name(0));
    assert_null(ak_tls_group_name(0x2a2a));
    assert_null(ak_tls_group_name(0xffff));
}

static void signature_schemes_have_names(void **state)
{
    (void)state;
    assert_string_equal(ak_tls_signature_scheme_name(0x0101), "rsa_pkcs1_md5");
    assert_string_equal(ak_tls_signature_scheme_name(0x0201), "rsa_pkcs1_sha1");
    assert_string_equal(ak_tls_signature_scheme_name(0x0202), "dsa_sha1");
    assert_string_equal(ak_tls_signature_scheme_name(0x0203), "ecdsa_sha1");
    assert_string_equal(ak_tls_signature_scheme_name(0x0301), "rsa_pkcs1_sha224");
    assert_string_equal(ak_tls_signature_scheme_name(0x0402), "dsa_sha256");
    assert_string_equal(ak_tls_signature_scheme_name(0x0403), "ecdsa_secp256r1_sha256");
    assert_string_equal(ak_tls_signature_scheme_name(0x0601), "rsa_pkcs1_sha512");
    assert_string_equal(ak_tls_signature_scheme_name(0x0804), "rsa_pss_rsae_sha256");
    assert_string_equal(ak_tls_signature_scheme_name(0x0807), "ed25519");
    assert_string_equal(ak_tls_signature_scheme_name(0x080b), "rsa_pss_pss_sha512");
    assert_null(ak_tls_signature_scheme_name(0x0800));
    assert_null(ak_tls_signature_scheme_name(0xffff));
}

static void alerts_have_names(void **state)
{
    (void)state;
    static const struct {
        uint8_t code;
        const char *name;
    } want[] = {
        {0, "close_notify"},
        {21, "decryption_failed"},
        {40, "handshake_failure"},
        {41, "no_certificate"},
        {60, "export_restriction"},
        {70, "protocol_version"},
        {71, "insufficient_security"},
        {86, "inappropriate_fallback"},
        {90, "user_canceled"},
        {100, "no_renegotiation"},
        {109, "missing_extension"},
        {110, "unsupported_extension"},
        {112, "unrecognized_name"},
        {113, "bad_certificate_status_response"},
        {115, "unknown_psk_identity"},
        {116, "certificate_required"},
        {120, "no_application_protocol"},
        {121, "ech_required"},
    };
    for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
        assert_string_equal(ak_tls_alert_name(want[i].code), want[i].name);
    }
    assert_null(ak_tls_alert_name(1));
    assert_null(ak_tls_alert_name(255));
}

// The table of "Schannel error codes for TLS and SSL alerts", with its Default row.
static void alerts_have_schannel_statuses(void **state)
{
    (void)state;
    static const struct {
        uint8_t code;
        uint32_t status;
    } want[] = {
        {20, 0x8009030f}, {30, 0x8009030f},  {21, 0x80090330}, {51, 0x80090330}, {42, 0x80090327},
        {43, 0x80090327}, {46, 0x80090327},  {44, 0x80092010}, {45, 0x80090328}, {48, 0x80090325},
        {49, 0x8009030c}, {70, 0x80090302},  {71, 0x80090331}, {80, 0x80090304}, {90, 0x80090333},
        {40, 0x80090326}, {120, 0x80090367}, {10, 0x80090326}, {86, 0x80090326}, {255, 0x80090326},
    };
    for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
        assert_int_equal(ak_schannel_status_of_alert(want[i].code), want[i].status);
    }
}

static void extensions_have_names(void **state)
{
    (void)state;
    assert_string_equal(ak_tls_extension_name(0), "server_name");
    assert_string_equal(ak_tls_extension_name(10), "supported_groups");
    assert_string_equal(ak_tls_extension_name(16), "application_layer_protocol_negotiation");
    assert_string_equal(ak_tls_extension_name(23), "extended_master_secret");
    assert_string_equal(ak_tls_extension_name(43), "supported_versions");
    assert_string_equal(ak_tls_extension_name(51), "key_share");
    assert_string_equal(ak_tls_extension_name(0xfe0d), "encrypted_client_hello");
    assert_string_equal(ak_tls_extension_name(0xff01), "renegotiation_info");
    assert_null(ak_tls_extension_name(0x3a3a));
    assert_null(ak_tls_extension_name(0xffff));
}

static void grease_is_exactly_sixteen_values(void **state)
{
    (void)state;
    unsigned count = 0;
    for (unsigned code = 0; code <= UINT16_MAX; code++) {
        if (ak_tls_is_grease((uint16_t)code)) {
            assert_int_equal(code, 0x0a0a + 0x1010 * count);
            count++;
        }
    }
    assert_int_equal(count, 16);
    assert_false(ak_tls_is_grease(0x0a1a));
    assert_false(ak_tls_is_grease(0x0a0b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versions_have_names),
        cmocka_unit_test(drafts_become_tls13),
        cmocka_unit_test(suites_have_properties),
        cmocka_unit_test(every_suite_is_consistent),
        cmocka_unit_test(signals_are_no_suites),
        cmocka_unit_test(ssl2_kinds_have_names),
        cmocka_unit_test(groups_have_names),
        cmocka_unit_test(signature_schemes_have_names),
        cmocka_unit_test(alerts_have_names),
        cmocka_unit_test(alerts_have_schannel_statuses),
        cmocka_unit_test(extensions_have_names),
        cmocka_unit_test(grease_is_exactly_sixteen_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
