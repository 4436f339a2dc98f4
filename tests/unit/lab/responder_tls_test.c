/* TLS of a responder: versions, ALPN, client certificates, a new handshake, records that are split
 * or damaged. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/err.h>

#include "support/lab_talk.h"

static const struct ak_lab_certificate quick = {.key = "ec256"};

static bool told(const struct talk *t, const char *words)
{
    return strstr(ak_responder_story(t->responder), words) != NULL;
}

static void versions_are_kept_to(void **state)
{
    static const struct {
        uint16_t low, high;
        int client;
        bool good;
    } rows[] = {{0, 0, TLS1_2_VERSION, true},
                {0, 0, TLS1_1_VERSION, false},
                {TLS1_VERSION, 0, TLS1_VERSION, true},
                {TLS1_VERSION, TLS1_VERSION, TLS1_2_VERSION, false},
                {0, 0, TLS1_3_VERSION, false}}; /* never inside PRELOGIN */
    struct talk t;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct ak_lab_settings settings = {
            .low = rows[i].low, .high = rows[i].high, .certificate = quick};
        begin(&t, &settings, NULL);
        assert_int_equal(SSL_CTX_set_min_proto_version(t.context, rows[i].client), 1);
        assert_int_equal(SSL_CTX_set_max_proto_version(t.context, rows[i].client), 1);
        assert_int_equal(prelogin(&t, 1), 1);
        assert_int_equal(handshake(&t, true), rows[i].good);
        assert_int_equal(ak_responder_wants(t.responder),
                         rows[i].good ? AK_RESPONDER_GOES_ON : AK_RESPONDER_FIN);
        assert_int_equal(told(&t, "handshake failed"), !rows[i].good);
        end(&t);
    }
}

static void alpn_must_be_known(void **state)
{
    static const struct ak_lab_settings h2 = {.ways = AK_LAB_TLS,
                                              .application = "h2",
                                              .refusal = AK_LAB_CLOSE_ALERT,
                                              .certificate = {.key = "ec256"}};
    static const struct {
        const char *offer;
        bool good;
    } rows[] = {{"\2h2", true}, {"\x8http/1.1", false}, {"\x8http/1.1\2h2", true}, {NULL, true}};
    struct talk t;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        begin(&t, &h2, NULL);
        assert_int_equal(SSL_CTX_set_max_proto_version(t.context, TLS1_2_VERSION), 1);
        if (rows[i].offer != NULL)
            assert_int_equal(SSL_CTX_set_alpn_protos(t.context, (const uint8_t *)rows[i].offer,
                                                     (unsigned)strlen(rows[i].offer)),
                             0);
        assert_int_equal(handshake(&t, false), rows[i].good);
        if (!rows[i].good) /* the alert came */
            assert_int_equal(ERR_GET_REASON(ERR_peek_last_error()),
                             SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL);
        ERR_clear_error();
        end(&t);
    }
}

static void a_client_without_its_certificate(void **state)
{
    static const struct ak_lab_settings wants = {
        .ways = AK_LAB_TLS, .needs_certificate = true, .certificate = {.key = "ec256"}};
    struct talk t;
    (void)state;
    begin(&t, &wants, NULL);
    assert_int_equal(SSL_CTX_set_max_proto_version(t.context, TLS1_2_VERSION), 1);
    assert_false(handshake(&t, false));
    assert_true(told(&t, "peer did not return a certificate"));
    assert_int_equal(ak_responder_wants(t.responder), AK_RESPONDER_FIN);
    end(&t);
}

static void plain_tls_is_answered_and_closed(void **state)
{
    static const struct ak_lab_settings web = {.ways = AK_LAB_TLS, .certificate = {.key = "ec256"}};
    struct talk t;
    char page[200] = "";
    (void)state;
    begin(&t, &web, NULL);
    assert_true(handshake(&t, false));
    assert_true(SSL_write(t.ssl, "GET /\r\n\r\n", 9) == 9);
    client_to_wire(&t, false);
    wire_to_client(&t, false);
    assert_true(SSL_read(t.ssl, page, sizeof page - 1) > 0);
    assert_non_null(strstr(page, "akushu lab"));
    assert_true(SSL_read(t.ssl, page, sizeof page) <= 0);
    assert_int_equal(SSL_get_shutdown(t.ssl) & SSL_RECEIVED_SHUTDOWN, SSL_RECEIVED_SHUTDOWN);
    assert_int_equal(ak_responder_wants(t.responder), AK_RESPONDER_FIN);
    end(&t);
}

/* ---- a new handshake before the login is answered ---- */

/* The client's part of it, until nobody has anything to say. */
static int read_on(struct talk *t, void *bytes, int size)
{
    for (int round = 0; round < 10; round++) {
        wire_to_client(t, false);
        int got = SSL_read(t->ssl, bytes, size);
        client_to_wire(t, false);
        if (got > 0 || t->back.size == 0)
            return got;
    }
    return 0;
}

static void a_new_handshake_is_asked_for(void **state)
{
    static const struct ak_lab_settings asks = {.renegotiates = true,
                                                .certificate = {.key = "ec256"}};
    struct talk t;
    (void)state;
    for (int refuses = 0; refuses < 2; refuses++) {
        uint8_t body[PACKET], packet[PACKET] = {AK_TDS_LOGIN7, 1}, back[PACKET];
        begin(&t, &asks, NULL);
        if (refuses)
            (void)SSL_CTX_set_options(t.context, SSL_OP_NO_RENEGOTIATION);
        assert_int_equal(prelogin(&t, 1), 1);
        assert_true(handshake(&t, true));
        wire_to_client(&t, true);
        size_t size = make_login(body, "x");
        memcpy(packet + 8, body, size);
        packet[3] = (uint8_t)(size + 8);
        assert_true(SSL_write(t.ssl, packet, (int)size + 8) > 0);
        client_to_wire(&t, false);
        assert_true(told(&t, "asks for a new handshake"));
        assert_false(told(&t, "logged in"));
        int got = read_on(&t, back, sizeof back);
        assert_int_equal(got > 8, !refuses);
        assert_int_equal(told(&t, "logged in"), !refuses);
        assert_int_equal(ak_responder_wants(t.responder),
                         refuses ? AK_RESPONDER_FIN : AK_RESPONDER_GOES_ON);
        if (!refuses)
            assert_int_equal(batch(&t, "select @@version", true), 0x81);
        end(&t);
    }
}

/* ---- records ---- */

/* A TDS packet in records of these sizes; the rest in one. */
static void write_in(struct talk *t, const uint8_t *packet, size_t size, size_t first)
{
    if (first != 0)
        assert_int_equal(SSL_write(t->ssl, packet, (int)first), (int)first);
    assert_int_equal(SSL_write(t->ssl, packet + first, (int)(size - first)), (int)(size - first));
    client_to_wire(t, false);
}

static void old_servers_want_whole_packets(void **state)
{
    static const struct {
        uint16_t version;
        size_t first; /* bytes in a record of their own */
        bool hangs;
    } rows[] = {{TLS1_VERSION, 0, false},
                {TLS1_VERSION, 1, true},
                {TLS1_VERSION, 20, true},
                {TLS1_1_VERSION, 1, false}};
    struct talk t;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct ak_lab_settings settings = {
            .low = rows[i].version, .high = rows[i].version, .whole_records = true};
        uint8_t body[PACKET], packet[PACKET] = {AK_TDS_LOGIN7, 1};
        begin(&t, &settings, NULL);
        /* OpenSSL would put an empty record before each one of CBC. */
        (void)SSL_CTX_set_options(t.context, SSL_OP_DONT_INSERT_EMPTY_FRAGMENTS);
        assert_int_equal(SSL_CTX_set_min_proto_version(t.context, TLS1_VERSION), 1);
        assert_int_equal(prelogin(&t, 1), 1);
        assert_true(handshake(&t, true));
        wire_to_client(&t, true);
        size_t size = make_login(body, "x");
        memcpy(packet + 8, body, size);
        packet[3] = (uint8_t)(size + 8);
        write_in(&t, packet, size + 8, rows[i].first);
        assert_int_equal(told(&t, "logged in"), !rows[i].hangs);
        assert_int_equal(ak_responder_wants(t.responder),
                         rows[i].hangs ? AK_RESPONDER_SILENT : AK_RESPONDER_GOES_ON);
        end(&t);
    }
}

static void damaged_records_end_the_talk(void **state)
{
    static const struct ak_lab_settings plain = {.ways = AK_LAB_TLS,
                                                 .certificate = {.key = "ec256"}};
    static const uint8_t damaged[] = {0x17, 3,  3,  0,  24, 1,  2,  3,  4,  5,  6,  7,  8,  9, 10,
                                      11,   12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24};
    struct talk t;
    (void)state;
    begin(&t, &plain, NULL);
    assert_int_equal(SSL_CTX_set_max_proto_version(t.context, TLS1_2_VERSION), 1);
    assert_true(handshake(&t, false));
    give(&t, damaged, sizeof damaged - 1);
    assert_int_equal(ak_responder_wants(t.responder), AK_RESPONDER_GOES_ON); /* not whole yet */
    give(&t, damaged + sizeof damaged - 1, 1);
    assert_int_equal(ak_responder_wants(t.responder), AK_RESPONDER_FIN);
    assert_true(told(&t, "bad record"));
    end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versions_are_kept_to),
        cmocka_unit_test(alpn_must_be_known),
        cmocka_unit_test(a_client_without_its_certificate),
        cmocka_unit_test(plain_tls_is_answered_and_closed),
        cmocka_unit_test(a_new_handshake_is_asked_for),
        cmocka_unit_test(old_servers_want_whole_packets),
        cmocka_unit_test(damaged_records_end_the_talk),
    };
    return cmocka_run_group_tests(tests, make_authority, free_authority);
}
