/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/tds_session.h"

#include "base/limits.h"
#include "support/talk.h"

#define TLS_INSIDE ">[CH <[SH+[CE+[SK+[SD >[CK+[CC+[EF <[CC+[EF "

/* Every piece size from single bytes on: headers are cut everywhere. */
static void play(struct talk *t, const char *script, const char *letters)
{
    static const size_t pieces[] = {1, 2, 3, 5, 8, 11, 100, 0};
    for (size_t i = 0; i < AK_COUNT(pieces); i++) {
        if (i != 0)
            talk_close(t);
        talk_open(t, false);
        t->piece = pieces[i];
        talk_play(t, script);
        assert_string_equal(talk_letters(t), letters);
    }
}

static void reads_prelogin_both_ways(void **state)
{
    (void)state;
    struct talk t;
    play(&t, ">PL1 <PR3", ">PL <PR");
    const struct ak_tds_seen *tds = t.seen.tds;
    assert_true(tds->has_prelogin && tds->has_reply);
    assert_int_equal(tds->client_encryption, 1);
    assert_int_equal(tds->server_encryption, 3);
    assert_true(tds->has_client_version && tds->has_server_version);
    assert_int_equal(tds->server_version[0], 15);
    assert_int_equal(tds->server_build[0], 4003);
    assert_false(tds->bad_prelogin);
    assert_int_equal(t.seen.step[AK_STEP_PRELOGIN_REPLY].frame, 2);
    talk_close(&t);
}

static void prelogin_options_are_kept(void **state)
{
    (void)state;
    struct talk t;
    talk_open(&t, false);
    talk_hex(&t, AK_SIDE_CLIENT,
             "12 01 0043 0000 01 00  00 001f 0006 01 0025 0001 02 0026 000c 03 0032 0004 04 0036 "
             "0001 06 0037 0001 ff  10000000 0000 80 'SQLEXPRESS1' 00 01020304 01 01 00*3");
    const struct ak_tds_seen *tds = t.seen.tds;
    assert_int_equal(tds->client_encryption, 0x80);
    assert_string_equal(tds->instance, "SQLEXPRESS1");
    assert_true(tds->mars);
    assert_int_equal(tds->client_pid, 0x04030201);
    talk_hex(&t, AK_SIDE_SERVER,
             "04 01 0021 0000 01 00  00 0010 0006 01 0016 0001 02 0017 0001 ff 0c000800 0000 03 01 "
             "00");
    assert_true(tds->wrong_instance);
    talk_close(&t);
}

static void a_contradictory_prelogin_is_bad(void **state)
{
    (void)state;
    struct talk t;
    talk_open(&t, false);
    talk_hex(&t, AK_SIDE_CLIENT, "12 01 000f 0000 01 00  01 0006 0001 ff 00"); /* no VERSION */
    assert_true(t.seen.tds->has_prelogin);
    assert_true(t.seen.tds->bad_prelogin);
    talk_close(&t);
}

static void a_message_may_span_packets(void **state)
{
    (void)state;
    static struct octets body, out;
    body.size = out.size = 0;
    octets_prelogin(&body, AK_TDS_PRELOGIN, 1);
    octets_packet(&out, AK_TDS_PRELOGIN, 0, body.at + 8, 7);
    octets_packet(&out, AK_TDS_PRELOGIN, 1, body.at + 15, body.size - 15);
    struct talk t;
    for (size_t piece = 0; piece < 20; piece++) {
        talk_open(&t, false);
        t.piece = piece;
        talk_bytes(&t, AK_SIDE_CLIENT, octets_span(&out));
        assert_string_equal(talk_letters(&t), ">PL");
        assert_int_equal(t.seen.tds->client_encryption, 1);
        talk_close(&t);
    }
}

static void the_first_prelogin_counts(void **state)
{
    (void)state;
    struct talk t;
    play(&t, ">PL1 >PL2 <PR1 <[PR2", ">PL*2 <PR*2");
    assert_int_equal(t.seen.tds->client_encryption, 1);
    assert_int_equal(t.seen.tds->server_encryption, 1);
    talk_close(&t);
}

/* ---- TLS inside ---- */

static void follows_tls_inside_prelogin(void **state)
{
    (void)state;
    struct talk t;
    play(&t, ">PL1 <PR1 " TLS_INSIDE ">AP <AP",
         ">PL <PR >CH <SH <CE <SK <SD >CK >CC >EF <CC <EF >AP <AP");
    assert_true(t.seen.tls->finished[AK_SIDE_CLIENT] && t.seen.tls->finished[AK_SIDE_SERVER]);
    assert_int_equal(t.seen.protocol, AK_PROTOCOL_TDS);
    assert_int_equal(t.seen.tls->client_data_turns, 1);
    assert_false(t.seen.tds->login_only);
    assert_false(t.seen.cleartext_login);
    talk_close(&t);
}

/* The border of a packet falls anywhere in a record, its header included. */
static void records_and_packets_are_independent(void **state)
{
    (void)state;
    static struct octets flight, out;
    for (size_t cut = 1; cut < 90; cut += 4) {
        struct talk t;
        flight.size = out.size = 0;
        octets_word(&flight, "SH");
        octets_word(&flight, "SK");
        octets_word(&flight, "SD");
        for (size_t at = 0; at < flight.size; at += cut) {
            size_t n = flight.size - at < cut ? flight.size - at : cut;
            octets_packet(&out, AK_TDS_PRELOGIN, at + n == flight.size, flight.at + at, n);
        }
        talk_open(&t, false);
        t.piece = cut % 13;
        talk_play(&t, ">PL1 <PR1 >[CH");
        talk_bytes(&t, AK_SIDE_SERVER, octets_span(&out));
        assert_string_equal(talk_letters(&t), ">PL <PR >CH <SH <SK <SD");
        talk_close(&t);
    }
}

static void alerts_are_read_inside(void **state)
{
    (void)state;
    struct talk t;
    play(&t, ">PL1 <PR1 >[CH <[AL40", ">PL <PR >CH <AL(40)");
    assert_int_equal(t.seen.alert_count, 1);
    talk_close(&t);
}

static void tls13_must_stay_wrapped(void **state)
{
    (void)state;
    struct talk t;
    play(&t, ">PL1 <PR1 >[CH13 <[SH13+[AP500 >[AP53 >AP <AP", ">PL <PR >CH <SH <EF >EF >AP <AP");
    assert_false(t.seen.tds->unwrapped_early[AK_SIDE_CLIENT]);
    assert_true(t.seen.tls->finished[AK_SIDE_CLIENT]);
    talk_close(&t);
    play(&t, ">PL1 <PR1 >[CH13 <[SH13+[AP500 >AP53", ">PL <PR >CH <SH <EF >AP");
    assert_true(t.seen.tds->unwrapped_early[AK_SIDE_CLIENT]);
    assert_false(t.seen.tls->finished[AK_SIDE_CLIENT]);
    talk_close(&t);
}

/* ---- logins ---- */

static void reads_a_login_in_clear(void **state)
{
    (void)state;
    struct talk t;
    play(&t, ">PL2 <PR2 >L7 <ACK >SQL <ROW", ">PL <PR >L7 <RE >AP <RE");
    const struct ak_tds_seen *tds = t.seen.tds;
    assert_true(t.seen.cleartext_login);
    assert_true(tds->clear_login && tds->clear_login_password);
    assert_string_equal(tds->host, "PC");
    assert_string_equal(tds->application, "app");
    assert_string_equal(tds->library, "lib");
    assert_string_equal(tds->login_server, "sql01");
    assert_string_equal(tds->database, "db");
    assert_null(tds->language);
    assert_int_equal(tds->login_tds_version, 0x74000004);
    assert_int_equal(tds->login_packet_size, 4096);
    assert_int_equal(tds->client_pid, 42);
    assert_true(tds->login_acknowledged);
    assert_int_equal(tds->acknowledged_tds_version, 0x74000004);
    assert_int_equal(t.seen.step[AK_STEP_LOGIN].frame, 3);
    assert_int_equal(t.seen.step[AK_STEP_SERVER_RESPONSE].frame, 4);
    talk_close(&t);
}

static void a_login_cut_by_a_hole_is_still_a_login(void **state)
{
    (void)state;
    struct talk t;
    talk_open(&t, false);
    talk_play(&t, ">PL2 <PR2");
    talk_hex(&t, AK_SIDE_CLIENT, "10 01 0200 0000 01 00 00*20");
    talk_play(&t, ">(484)");
    assert_true(t.seen.cleartext_login);
    assert_true(t.seen.hole);
    assert_null(t.seen.tds->host);
    talk_close(&t);
}

static void reads_errors_and_routing(void **state)
{
    (void)state;
    struct talk t;
    play(&t, ">PL2 <PR2 >L7 <E18456", ">PL <PR >L7 <RE");
    assert_int_equal(t.seen.tds->error_number, 18456);
    assert_int_equal(t.seen.tds->error_state, 1);
    assert_int_equal(t.seen.tds->error_severity, 14);
    assert_string_equal(t.seen.tds->error_text, "!");
    assert_false(t.seen.tds->login_acknowledged);
    talk_close(&t);
    play(&t, ">PL2 <PR2 >L7 <ROUTE", ">PL <PR >L7 <RE");
    assert_int_equal(t.seen.tds->routing_port, 1434);
    assert_string_equal(t.seen.tds->routing_server, "B");
    talk_close(&t);
}

static void a_later_error_is_not_the_logins(void **state)
{
    (void)state;
    struct talk t;
    play(&t, ">PL2 <PR2 >L7 <ACK >SQL <E18456", ">PL <PR >L7 <RE >AP <RE");
    assert_int_equal(t.seen.tds->error_number, 0);
    talk_close(&t);
}

static void knows_the_old_login(void **state)
{
    (void)state;
    struct talk t;
    play(&t, ">LOGIN2 <ROW", ">L7 <RE");
    assert_true(t.seen.tds->old_login);
    assert_true(t.seen.cleartext_login);
    talk_close(&t);
    play(&t, ">PL1 <PR2 >LOGIN2", ">PL <PR >L7"); /* FreeTDS falls back to it */
    assert_true(t.seen.tds->old_login);
    talk_close(&t);
}

/* Login-only encryption: LOGIN7 in TLS records, then clear TDS again. */
static void login_only_encryption_ends_after_the_login(void **state)
{
    (void)state;
    struct talk t;
    play(&t, ">PL0 <PR0 " TLS_INSIDE ">AP200 <ACK >SQL <ROW",
         ">PL <PR >CH <SH <CE <SK <SD >CK >CC >EF <CC <EF >AP <RE >AP <RE");
    assert_true(t.seen.tds->login_only);
    assert_false(t.seen.cleartext_login);
    assert_false(t.seen.tds->clear_login);
    assert_true(t.seen.tds->login_acknowledged);
    assert_int_equal(t.seen.tls->client_data_turns, 2);
    assert_int_equal(t.seen.step[AK_STEP_SERVER_RESPONSE].frame, 8);
    talk_close(&t);
}

static void the_reply_may_be_a_prelogin_packet(void **state)
{
    (void)state;
    struct talk t;
    talk_open(&t, false);
    talk_play(&t, ">PL1");
    talk_hex(&t, AK_SIDE_SERVER,
             "12 01 001a 0000 01 00  00 000b 0006 01 0011 0001 ff 0f000fa3 0000 01");
    assert_true(t.seen.tds->has_reply);
    assert_int_equal(t.seen.tds->server_encryption, 1);
    assert_string_equal(talk_letters(&t), ">PL <PR");
    talk_close(&t);
}

/* An error instead of a PRELOGIN reply is no reply. */
static void a_response_that_is_no_reply(void **state)
{
    (void)state;
    struct talk t;
    talk_open(&t, false);
    talk_play(&t, ">PL1 <E18456");
    assert_false(t.seen.tds->has_reply);
    assert_int_equal(t.seen.tds->error_number, 18456);
    talk_close(&t);
}

/* [MC-SMP] 2.2.1: MARS after the login. */
static void follows_smp_frames(void **state)
{
    (void)state;
    struct talk t;
    for (size_t piece = 0; piece < 20; piece++) {
        talk_open(&t, false);
        t.piece = piece;
        talk_play(&t, ">PL2 <PR2 >L7 <ACK");
        talk_hex(&t, AK_SIDE_CLIENT, "53 01 0000 10000000 00000000 04000000");
        talk_hex(&t, AK_SIDE_CLIENT, "53 08 0000 1e000000 01000000 04000000 01 01 000e 00*10");
        talk_hex(&t, AK_SIDE_SERVER, "53 08 0000 12000000 01000000 04000000 04 01");
        talk_hex(&t, AK_SIDE_SERVER, "53 02 0000 10000000 01000000 05000000");
        assert_true(t.seen.tds->smp);
        assert_false(t.seen.tds->smp_fin[AK_SIDE_CLIENT]);
        talk_hex(&t, AK_SIDE_CLIENT, "53 04 0000 10000000 01000000 04000000");
        assert_true(t.seen.tds->smp_fin[AK_SIDE_CLIENT]);
        assert_false(t.seen.tds->smp_fin[AK_SIDE_SERVER]);
        assert_string_equal(talk_letters(&t), ">PL <PR >L7 <RE >AP <RE");
        talk_close(&t);
    }
}

static void large_messages_are_kept_in_part(void **state)
{
    (void)state;
    static struct octets body, out;
    struct talk t;
    body.size = out.size = 0;
    octets_hex(&body, "ad 0a00 01 74000004 00 0f000fa3"); /* LOGINACK, then something long */
    octets_fill(&body, 0x81, 3 * AK_MAX_TDS_MESSAGE);
    octets_packet(&out, AK_TDS_RESPONSE, 0, body.at, 30000);
    octets_packet(&out, AK_TDS_RESPONSE, 1, body.at + 30000, body.size - 30000);
    talk_open(&t, false);
    talk_play(&t, ">PL2 <PR2 >L7");
    talk_bytes(&t, AK_SIDE_SERVER, octets_span(&out));
    assert_true(t.seen.tds->login_acknowledged);
    talk_play(&t, ">SQL <ROW");
    assert_string_equal(talk_letters(&t), ">PL <PR >L7 <RE*2 >AP <RE");
    talk_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_prelogin_both_ways),
        cmocka_unit_test(prelogin_options_are_kept),
        cmocka_unit_test(a_contradictory_prelogin_is_bad),
        cmocka_unit_test(a_message_may_span_packets),
        cmocka_unit_test(the_first_prelogin_counts),
        cmocka_unit_test(follows_tls_inside_prelogin),
        cmocka_unit_test(records_and_packets_are_independent),
        cmocka_unit_test(alerts_are_read_inside),
        cmocka_unit_test(tls13_must_stay_wrapped),
        cmocka_unit_test(reads_a_login_in_clear),
        cmocka_unit_test(a_login_cut_by_a_hole_is_still_a_login),
        cmocka_unit_test(reads_errors_and_routing),
        cmocka_unit_test(a_later_error_is_not_the_logins),
        cmocka_unit_test(knows_the_old_login),
        cmocka_unit_test(login_only_encryption_ends_after_the_login),
        cmocka_unit_test(the_reply_may_be_a_prelogin_packet),
        cmocka_unit_test(a_response_that_is_no_reply),
        cmocka_unit_test(follows_smp_frames),
        cmocka_unit_test(large_messages_are_kept_in_part),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
