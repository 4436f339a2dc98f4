/* Responders against OpenSSL's client: logins, refusals, faults, stops, and bytes in any portions.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/ssl.h>

#include "base/text.h"
#include "codec/tds.h"
#include "lab/responder.h"
#include "lab/scenario.h"
#include "support/lab_talk.h"

/* ---- healthy servers ---- */

static const struct ak_lab_settings healthy;

static void logs_in_whatever_the_portions(void **state)
{
    static const size_t portions[] = {0, 1, 7};
    static const struct ak_lab_settings old = {.low = TLS1_VERSION};
    struct talk t;
    (void)state;
    for (size_t i = 0; i < sizeof portions / sizeof portions[0]; i++) {
        begin(&t, &old, "Passw0rd!");
        t.portion = portions[i];
        assert_int_equal(SSL_CTX_set_max_proto_version(t.context, TLS1_VERSION + (int)i), 1);
        assert_int_equal(prelogin(&t, 1), 1);
        assert_true(handshake(&t, true));
        wire_to_client(&t, true);
        assert_int_equal(login(&t, "Passw0rd!", true, true), ENVCHANGE);
        assert_int_equal(batch(&t, "set nocount on", true), DONE);
        assert_int_equal(batch(&t, "select @@version", true), COLUMNS);
        assert_int_equal(batch(&t, "SELECT @@MAX_PRECISION", true), COLUMNS);
        assert_non_null(strstr(ak_responder_story(t.responder), "logged in"));
        assert_null(strstr(ak_responder_story(t.responder), "Passw0rd"));
        end(&t);
    }
}

static void speaks_strict(void **state)
{
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    static const uint8_t body[] = {0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xff, 9, 0, 0, 0, 0, 0, 2};
    struct talk t;
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        begin(&t, &healthy, NULL);
        assert_int_equal(SSL_CTX_set_max_proto_version(t.context, versions[i]), 1);
        assert_int_equal(SSL_CTX_set_alpn_protos(t.context, (const unsigned char *)"\7tds/8.0", 8),
                         0);
        assert_true(handshake(&t, false));
        assert_int_equal(ask(&t, AK_TDS_PRELOGIN, body, sizeof body, true, true), 0); /* VERSION */
        assert_int_equal(login(&t, "x", true, true), ENVCHANGE);
        end(&t);
    }
}

/* ---- settings ---- */

static void stops_after_each_step(void **state)
{
    static const enum ak_responder_wish wishes[] = {AK_RESPONDER_FIN, AK_RESPONDER_RST,
                                                    AK_RESPONDER_FIN, AK_RESPONDER_SILENT};
    struct talk t;
    (void)state;
    for (unsigned step = AK_LAB_STEP_CONNECT; step < AK_LAB_STEPS; step++) {
        const enum ak_lab_close how = (enum ak_lab_close)(step % 4);
        const struct ak_lab_settings settings = {.stop = (enum ak_lab_step)step,
                                                 .stop_how = how,
                                                 .alert = 40,
                                                 .certificate = {.key = "ec256"}};
        begin(&t, &settings, NULL);
        assert_int_equal(ak_responder_wants(t.responder) != AK_RESPONDER_GOES_ON,
                         step == AK_LAB_STEP_CONNECT);
        if (step > AK_LAB_STEP_CONNECT && prelogin(&t, 1) == 1 && handshake(&t, true)) {
            wire_to_client(&t, true);
            if (login(&t, "x", true, true) == ENVCHANGE)
                (void)batch(&t, "select 1", true);
        }
        assert_int_equal(ak_responder_wants(t.responder), wishes[how]);
        ak_responder_received(t.responder, (const uint8_t *)"more", 4, 0);
        assert_int_equal(ak_responder_outgoing(t.responder).size, 0);
        end(&t);
    }
}

static void closes_without_an_alert(void **state)
{
    static const struct ak_lab_settings silent = {.suites = "CAMELLIA256-SHA"};
    static const struct ak_lab_settings loud = {.suites = "CAMELLIA256-SHA",
                                                .refusal = AK_LAB_CLOSE_ALERT};
    struct talk t;
    (void)state;
    begin(&t, &silent, NULL);
    assert_int_equal(SSL_CTX_set_cipher_list(t.context, "AES128-SHA256"), 1);
    assert_int_equal(prelogin(&t, 1), 1);
    assert_false(handshake(&t, true));
    assert_int_equal(t.back.size, 0);
    assert_int_equal(ak_responder_wants(t.responder), AK_RESPONDER_FIN);
    end(&t);
    begin(&t, &loud, NULL);
    assert_int_equal(SSL_CTX_set_max_proto_version(t.context, TLS1_2_VERSION), 1);
    assert_int_equal(SSL_CTX_set_cipher_list(t.context, "AES128-SHA256"), 1);
    assert_int_equal(prelogin(&t, 1), 1);
    assert_false(handshake(&t, true));
    assert_non_null(strstr(ak_responder_story(t.responder), "no shared cipher"));
    end(&t);
}

static void decides_as_a_windows_would(void **state)
{
    static const struct ak_lab_settings server = {.party = "sql2014", .low = TLS1_VERSION};
    static const struct ak_lab_settings md5 = {
        .party = "sql2014", .low = TLS1_VERSION, .certificate = {.hash = "md5"}};
    struct talk t;
    (void)state;
    begin(&t, &server, NULL);
    assert_int_equal(prelogin(&t, 1), 1);
    assert_true(handshake(&t, true));
    /* Server 2012 R2 has no ECDHE_RSA with GCM. */
    assert_string_equal(SSL_get_cipher_name(t.ssl), "ECDHE-RSA-AES256-SHA384");
    end(&t);
    begin(&t, &md5, NULL);
    assert_int_equal(prelogin(&t, 1), 1);
    assert_false(handshake(&t, true));
    assert_int_equal(t.back.size, 0);
    assert_non_null(strstr(ak_responder_story(t.responder), "certificate-hash-refused"));
    end(&t);
}

static void drips_and_floods(void **state)
{
    static const struct ak_lab_settings drops = {.drip_ms = 1000};
    static const struct ak_lab_settings packets = {.flood = AK_LAB_FLOOD_PACKETS};
    struct talk t;
    (void)state;
    begin(&t, &drops, NULL);
    static const uint8_t body[] = {0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xff, 9, 0, 0, 0, 0, 0, 1};
    give_packet(&t, AK_TDS_PRELOGIN, body, sizeof body);
    assert_int_equal(t.back.size, 1);
    assert_int_equal(ak_responder_deadline(t.responder), LATER);
    ak_responder_tick(t.responder, LATER - 1);
    assert_int_equal(ak_responder_outgoing(t.responder).size, 0);
    ak_responder_tick(t.responder, LATER);
    assert_int_equal(ak_responder_outgoing(t.responder).size, 1);
    end(&t);
    begin(&t, &packets, NULL);
    give_packet(&t, AK_TDS_PRELOGIN, body, sizeof body);
    size_t first = t.back.size;
    assert_true(first >= PACKET);
    ak_responder_tick(t.responder, LATER);
    take_outgoing(&t);
    assert_true(t.back.size > first);
    end(&t);
}

/* ---- the faults of Diffie-Hellman ---- */

static unsigned successes(enum ak_lab_fault fault, unsigned tries)
{
    const struct ak_lab_settings settings = {.fault = fault, .fault_often = true};
    struct talk t;
    unsigned good = 0;
    begin(&t, &settings, NULL);
    for (unsigned i = 0; i < tries; i++) {
        ak_responder_free(t.responder);
        SSL_free(t.ssl);
        t.ssl = NULL;
        ak_text_clear(&t.back);
        t.responder = ak_responder_new(t.server, 0);
        assert_int_equal(prelogin(&t, 1), 1);
        bool done = handshake(&t, true);
        if (done) {
            wire_to_client(&t, true);
            assert_int_equal(login(&t, "x", true, true), ENVCHANGE);
            assert_int_equal(batch(&t, "select @@version", true), COLUMNS);
        } else {
            assert_int_equal(ak_responder_wants(t.responder), AK_RESPONDER_FIN);
        }
        good += done;
    }
    end(&t);
    return good;
}

static void has_the_faults(void **state)
{
    enum { TRIES = 24 };
    (void)state;
    assert_int_equal(successes(AK_LAB_FAULT_HEALTHY, TRIES), TRIES);
    unsigned good = successes(AK_LAB_FAULT_Z_UNSTRIPPED, TRIES);
    assert_true(good != 0 && good != TRIES);
    /* OpenSSL pads its public value to the size of the prime. */
    good = successes(AK_LAB_FAULT_YC_PADDED, TRIES);
    assert_true(good != 0 && good != TRIES);
    assert_int_equal(successes(AK_LAB_FAULT_YC_UNPADDED, TRIES), TRIES);
}

/* ---- whatever comes ---- */

static void survives_nonsense(void **state)
{
    static const uint8_t starts[] = {0x12, 0x16, 0x10, 0x80, 0x02, 0x00, 0xff};
    static const enum ak_lab_fault faults[] = {AK_LAB_FAULT_NONE, AK_LAB_FAULT_HEALTHY};
    uint8_t bytes[300];
    struct talk t;
    (void)state;
    for (size_t f = 0; f < 2; f++) {
        const struct ak_lab_settings settings = {.fault = faults[f], .ways = f ? AK_LAB_TLS : 0};
        begin(&t, &settings, NULL);
        for (size_t i = 0; i < sizeof starts; i++)
            for (unsigned seed = 0; seed < 40; seed++) {
                for (size_t n = 0; n < sizeof bytes; n++)
                    bytes[n] = (uint8_t)((n * 2654435761u + seed * 40503u) >> 7);
                bytes[0] = starts[i];
                bytes[1] = seed % 2 ? 3 : 1;
                bytes[2] = seed % 2 ? 1 : 0;
                bytes[3] = (uint8_t)seed;
                ak_responder_free(t.responder);
                t.responder = ak_responder_new(t.server, 0);
                give(&t, bytes, sizeof bytes);
                ak_text_clear(&t.back);
            }
        end(&t);
    }
}

static void every_scenario_can_be_served(void **state)
{
    const struct ak_lab_scenario *s;
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    (void)state;
    for (size_t i = 0; (s = ak_lab_scenario_at(i)) != NULL; i++) {
        assert_ptr_equal(ak_lab_scenario_find(s->name), s);
        assert_true(s->about[0] != '\0' && s->run[0] != '\0' && s->shows[0] != '\0');
        struct ak_lab_settings both[2] = {s->broken, s->fixed};
        for (size_t n = 0; n < 2; n++) {
            if (both[n].fault == AK_LAB_FAULT_NONE && both[n].certificate.key == NULL)
                both[n].certificate.key = "ec256"; /* quicker to make */
            struct ak_lab_server *server =
                ak_lab_server_new(&both[n], &authority, NULL, TODAY, &error);
            assert_non_null(server);
            ak_lab_server_free(server);
        }
    }
    assert_null(ak_lab_scenario_find("no such thing"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(logs_in_whatever_the_portions),
        cmocka_unit_test(speaks_strict),
        cmocka_unit_test(stops_after_each_step),
        cmocka_unit_test(closes_without_an_alert),
        cmocka_unit_test(decides_as_a_windows_would),
        cmocka_unit_test(drips_and_floods),
        cmocka_unit_test(has_the_faults),
        cmocka_unit_test(survives_nonsense),
        cmocka_unit_test(every_scenario_can_be_served),
    };
    return cmocka_run_group_tests(tests, make_authority, free_authority);
}
