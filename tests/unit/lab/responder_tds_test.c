/* TDS as the lab's servers speak it: packets, PRELOGIN, login, requests, and what is out of place.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/lab_talk.h"

static const struct ak_lab_settings healthy;

/* ---- PRELOGIN ---- */

/* MS-TDS 2.2.6.5: rows are the client's bytes 0 to 3, columns the settings. */
static void negotiates_encryption(void **state)
{
    static const int replies[4][3] = {{0, 3, 2}, {1, 1, 2}, {2, 3, 2}, {1, 1, 2}};
    struct talk t;
    (void)state;
    for (uint8_t client = 0; client < 4; client++)
        for (unsigned setting = 0; setting < 3; setting++) {
            const struct ak_lab_settings settings = {.encryption = (enum ak_lab_encryption)setting,
                                                     .certificate = {.key = "ec256"}};
            begin(&t, &settings, NULL);
            assert_int_equal(prelogin(&t, client), replies[client][setting]);
            end(&t);
        }
}

static void waits_for_a_turn(void **state)
{
    static const struct ak_lab_settings settings = {.at_once = 1, .reply_ms = 500};
    static const uint8_t packet[] = {0x12, 1, 0,  26, 0, 0,    0, 0, 0, 0, 11, 0, 6,
                                     1,    0, 17, 0,  1, 0xff, 9, 0, 0, 0, 0,  0, 1};
    struct talk t;
    (void)state;
    begin(&t, &settings, NULL);
    struct ak_responder *second = ak_responder_new(t.server, 0);
    ak_responder_received(t.responder, packet, sizeof packet, 0);
    ak_responder_received(second, packet, sizeof packet, 0);
    assert_int_equal(ak_responder_outgoing(t.responder).size, 0);
    assert_int_equal(ak_responder_deadline(t.responder), LATER / 2);
    ak_responder_tick(second, ak_responder_deadline(second));
    ak_responder_tick(t.responder, LATER / 2);
    assert_true(ak_responder_outgoing(t.responder).size != 0);
    ak_responder_tick(second, LATER / 2 + 1);
    assert_int_equal(ak_responder_outgoing(second).size, 0);
    ak_responder_tick(second, LATER + 2);
    assert_true(ak_responder_outgoing(second).size != 0);
    ak_responder_free(second);
    end(&t);
}

/* PRELOGIN packets: VERSION alone, the header's type and status as given. */
static void send_prelogin(struct talk *t, uint8_t type, uint8_t status, size_t size)
{
    const uint8_t packet[] = {type, status, 0,  26, 0, 0,    0, 0, 0, 0, 11, 0, 6,
                              1,    0,      17, 0,  1, 0xff, 9, 0, 0, 0, 0,  0, 2};
    assert_true(size <= sizeof packet);
    ak_responder_received(t->responder, packet, size, t->now);
}

static void what_is_no_prelogin(void **state)
{
    static const struct {
        uint8_t bytes[17];
        size_t size;
        const char *story;
    } rows[] = {
        /* A packet of another type behind the first one, whose message goes on. */
        {{0x12, 0, 0, 9, 0, 0, 0, 0, 0xff, 0x77, 1, 0, 9, 0, 0, 0, 0}, 17, "no TDS packet"},
        /* Options without a version. */
        {{0x12, 1, 0, 9, 0, 0, 0, 0, 0xff}, 9, "no PRELOGIN"},
        {{0x12, 1, 0, 8, 0, 0, 0, 0}, 8, "no PRELOGIN"},
    };
    struct talk t;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        begin(&t, &healthy, NULL);
        ak_responder_received(t.responder, rows[i].bytes, rows[i].size, 0);
        assert_non_null(strstr(ak_responder_story(t.responder), rows[i].story));
        assert_int_equal(ak_responder_wants(t.responder), AK_RESPONDER_FIN);
        assert_int_equal(ak_responder_outgoing(t.responder).size, 0);
        end(&t);
    }
}

/* A message may come in several packets, and a packet byte by byte. */
static void a_message_in_pieces(void **state)
{
    static const uint8_t first[] = {0x12, 0, 0, 19, 0, 0,  0, 0, 0,   0,
                                    11,   0, 6, 1,  0, 17, 0, 1, 0xff};
    static const uint8_t second[] = {0x12, 1, 0, 15, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 2};
    struct talk t;
    (void)state;
    begin(&t, &healthy, NULL);
    for (size_t i = 0; i < sizeof first; i++)
        ak_responder_received(t.responder, first + i, 1, 0);
    assert_int_equal(ak_responder_outgoing(t.responder).size, 0);
    for (size_t i = 0; i < sizeof second; i++) {
        assert_int_equal(ak_responder_outgoing(t.responder).size, 0);
        ak_responder_received(t.responder, second + i, 1, 0);
    }
    assert_true(ak_responder_outgoing(t.responder).size != 0);
    assert_non_null(strstr(ak_responder_story(t.responder), "PRELOGIN 9.0.0 asks encryption 2"));
    end(&t);
}

static void settings_that_contradict(void **state)
{
    static const struct ak_lab_settings forced = {.encryption = AK_LAB_ENCRYPTION_FORCED};
    struct talk t;
    (void)state;
    begin(&t, &forced, NULL);
    send_prelogin(&t, 0x12, 1, 26); /* not supported by the client */
    assert_non_null(strstr(ak_responder_story(t.responder), "settings contradict each other"));
    end(&t);
    begin(&t, &healthy, NULL);
    send_prelogin(&t, 0x12, 1, 26);
    assert_null(strstr(ak_responder_story(t.responder), "contradict"));
    end(&t);
}

/* ---- login ---- */

static void encrypts_the_login_alone(void **state)
{
    struct talk t;
    (void)state;
    begin(&t, &healthy, NULL);
    assert_int_equal(prelogin(&t, 0), 0);
    assert_true(handshake(&t, true));
    wire_to_client(&t, true);
    assert_int_equal(login(&t, "x", true, false), ENVCHANGE);
    t.back.size = 0;
    assert_int_equal(batch(&t, "select 1", false), COLUMNS);
    end(&t);
}

static void refuses_another_password(void **state)
{
    static const char *const wrong[] = {"", "Passw0rd", "Passw0rd!!", "passw0rd!"};
    struct talk t;
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        begin(&t, &healthy, "Passw0rd!");
        assert_int_equal(prelogin(&t, 1), 1);
        assert_true(handshake(&t, true));
        wire_to_client(&t, true);
        assert_int_equal(login(&t, wrong[i], true, true), ERROR_TOKEN);
        assert_int_equal(ak_responder_wants(t.responder), AK_RESPONDER_FIN);
        end(&t);
    }
}

static void an_error_of_the_settings(void **state)
{
    static const struct ak_lab_settings disabled = {.login_error = 18470};
    struct talk t;
    (void)state;
    begin(&t, &disabled, "Passw0rd!");
    assert_int_equal(prelogin(&t, 1), 1);
    assert_true(handshake(&t, true));
    wire_to_client(&t, true);
    assert_int_equal(login(&t, "Passw0rd!", true, true), ERROR_TOKEN); /* right, and all the same */
    assert_non_null(strstr(ak_responder_story(t.responder), "refuses with error 18470"));
    end(&t);
}

/* The login's place is behind PRELOGIN, and in a packet of its own type. */
static void what_is_no_login(void **state)
{
    static const uint8_t request[] = {0x10, 1, 0, 12, 0, 0, 0, 0, 1, 2, 3, 4};
    struct talk t;
    (void)state;
    begin(&t, &healthy, NULL);
    send_prelogin(&t, 0x12, 1, 26);
    ak_responder_received(t.responder, request, sizeof request, 0);
    assert_non_null(strstr(ak_responder_story(t.responder), "no LOGIN7"));
    assert_int_equal(ak_responder_wants(t.responder), AK_RESPONDER_FIN);
    end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(negotiates_encryption),    cmocka_unit_test(waits_for_a_turn),
        cmocka_unit_test(what_is_no_prelogin),      cmocka_unit_test(a_message_in_pieces),
        cmocka_unit_test(settings_that_contradict), cmocka_unit_test(encrypts_the_login_alone),
        cmocka_unit_test(refuses_another_password), cmocka_unit_test(an_error_of_the_settings),
        cmocka_unit_test(what_is_no_login),
    };
    return cmocka_run_group_tests(tests, make_authority, free_authority);
}
