/* A party decides: what it would answer is what OpenSSL answers, what it refuses is refused its
 * way. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/lab_talk.h"

static bool told(const struct talk *t, const char *words)
{
    return strstr(ak_responder_story(t->responder), words) != NULL;
}

static void unknown_parties_make_no_server(void **state)
{
    static const struct ak_lab_settings nobody = {.party = "no such party",
                                                  .certificate = {.key = "ec256"}};
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    (void)state;
    assert_null(ak_lab_server_new(&nobody, &authority, NULL, TODAY, &error));
    assert_int_equal(error.code, AK_ERR_USAGE);
    assert_true(error.text[0] != '\0');
}

/* Each takes of a client that offers everything what its Windows puts first. */
static void the_partys_order_decides(void **state)
{
    static const struct {
        const char *party, *suite;
        int version;
    } rows[] = {{"ws2012r2", "ECDHE-RSA-AES256-SHA384", TLS1_2_VERSION},
                {"ws2016", "ECDHE-RSA-AES256-GCM-SHA384", TLS1_2_VERSION},
                {"ws2022", "ECDHE-RSA-AES256-GCM-SHA384", TLS1_2_VERSION},
                {"ws2008r2", "ECDHE-RSA-AES256-SHA", TLS1_VERSION}};
    struct talk t;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct ak_lab_settings settings = {.party = rows[i].party, .low = TLS1_VERSION};
        begin(&t, &settings, NULL);
        assert_int_equal(SSL_CTX_set_min_proto_version(t.context, TLS1_VERSION), 1);
        assert_int_equal(prelogin(&t, 1), 1);
        if (!handshake(&t, true))
            fail_msg("%s: %s", rows[i].party, ak_responder_story(t.responder));
        if (strcmp(SSL_get_cipher_name(t.ssl), rows[i].suite) != 0 ||
            SSL_version(t.ssl) != rows[i].version)
            fail_msg("%s: %s %s", rows[i].party, SSL_get_version(t.ssl),
                     SSL_get_cipher_name(t.ssl));
        assert_true(told(&t, rows[i].party) && told(&t, " answers TLS "));
        end(&t);
    }
}

static void refusals_have_their_form(void **state)
{
    static const enum ak_lab_close forms[] = {AK_LAB_CLOSE_FIN, AK_LAB_CLOSE_RST,
                                              AK_LAB_CLOSE_ALERT, AK_LAB_CLOSE_SILENT};
    static const enum ak_responder_wish wishes[] = {AK_RESPONDER_FIN, AK_RESPONDER_RST,
                                                    AK_RESPONDER_FIN, AK_RESPONDER_SILENT};
    struct talk t;
    (void)state;
    for (size_t i = 0; i < 8; i++) {
        const bool wrapped = i < 4;
        const struct ak_lab_settings settings = {.ways = wrapped ? 0 : AK_LAB_TLS,
                                                 .party = "ws2012r2",
                                                 .low = TLS1_VERSION,
                                                 .refusal = forms[i % 4]};
        const bool alert = forms[i % 4] == AK_LAB_CLOSE_ALERT;
        begin(&t, &settings, NULL);
        assert_int_equal(SSL_CTX_set_max_proto_version(t.context, TLS1_2_VERSION), 1);
        assert_int_equal(SSL_CTX_set_cipher_list(t.context, "ECDHE-RSA-CHACHA20-POLY1305"), 1);
        if (wrapped)
            assert_int_equal(prelogin(&t, 1), 1);
        t.ssl = SSL_new(t.context);
        SSL_set_bio(t.ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
        assert_int_equal(SSL_connect(t.ssl), -1);
        client_to_wire(&t, wrapped);
        assert_int_equal(ak_responder_wants(t.responder), wishes[i % 4]);
        assert_true(told(&t, "ws2012r2 refuses: no-common-suite"));
        assert_int_equal(t.back.size, alert ? (wrapped ? 8 + 7 : 7) : 0);
        if (alert)
            assert_int_equal((uint8_t)t.back.bytes[t.back.size - 7], 21);
        end(&t);
    }
}

/* RC4 first on a server of 2008, and a client that has nothing else: OpenSSL cannot answer it. */
static void what_openssl_lacks_is_said(void **state)
{
    static const uint8_t hello[] = {22, 3,  1,  0,  49, 1,  0,  0,  45, 3,  1,  1,  2,  3,
                                    4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17,
                                    18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
                                    32, 0,  0,  6,  0,  5,  0,  4,  0,  10, 1,  0};
    static const struct ak_lab_settings settings = {
        .ways = AK_LAB_TLS, .party = "ws2008", .low = TLS1_VERSION};
    struct talk t;
    (void)state;
    begin(&t, &settings, NULL);
    give(&t, hello, sizeof hello);
    assert_true(told(&t, "ws2008 answers TLS 1.0 TLS_RSA_WITH_"));
    assert_true(told(&t, "which OpenSSL has not"));
    assert_int_equal(ak_responder_wants(t.responder), AK_RESPONDER_FIN);
    assert_int_equal(t.back.size, 0);
    end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unknown_parties_make_no_server),
        cmocka_unit_test(the_partys_order_decides),
        cmocka_unit_test(refusals_have_their_form),
        cmocka_unit_test(what_openssl_lacks_is_said),
    };
    return cmocka_run_group_tests(tests, make_authority, free_authority);
}
