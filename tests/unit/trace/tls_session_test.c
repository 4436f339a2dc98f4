/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/tls_session.h"

#include "base/limits.h"
#include "support/talk.h"

/* Runs a script at several piece sizes; the last one's state stays for a look. */
static void play(struct talk *t, const char *script, const char *letters)
{
    static const size_t pieces[] = {1, 7, 300, 0};
    for (size_t i = 0; i < AK_COUNT(pieces); i++) {
        if (i != 0)
            talk_close(t);
        talk_open(t, false);
        t->piece = pieces[i];
        talk_play(t, script);
        if (letters != NULL)
            assert_string_equal(talk_letters(t), letters);
    }
}

static void reads_a_full_tls12_handshake(void **state)
{
    (void)state;
    struct talk t;
    play(&t, ">CH <SH+CE+SK+SD >CK+CC+EF <CC+EF >AP <AP40",
         ">CH <SH <CE <SK <SD >CK >CC >EF <CC <EF >AP <AP");
    const struct ak_tls_seen *tls = t.seen.tls;
    assert_string_equal(tls->server_name, "sql01");
    assert_non_null(tls->hello);
    assert_int_equal(tls->version, 0x0303);
    assert_int_equal(tls->version_code, 0x0303);
    assert_int_equal(tls->cipher_suite, 0xc02f);
    assert_int_equal(tls->group, 0x0017);
    assert_int_equal(tls->server_signature_scheme, 0x0401);
    assert_true(tls->server_ems);
    assert_false(tls->resumed);
    assert_int_equal(tls->chain_count, 1);
    assert_int_equal(tls->chain_sent, 1);
    assert_string_equal(tls->chain[0]->facts.subject_cn, "sql01.contoso.example");
    assert_true(tls->finished[AK_SIDE_CLIENT] && tls->finished[AK_SIDE_SERVER]);
    assert_true(tls->change_cipher[AK_SIDE_CLIENT] && tls->change_cipher[AK_SIDE_SERVER]);
    assert_int_equal(tls->client_data_turns, 1);
    assert_int_equal(tls->last_response_bytes, 40);
    assert_int_equal(tls->application_records[AK_SIDE_SERVER], 1);
    assert_int_equal(tls->ja3s[32], '\0');
    assert_int_equal(strlen(tls->ja3s), 32);
    talk_close(&t);
}

/* What counts as Finished: TLS <= 1.2 CCS and then a handshake record; each way. */
static void finished_needs_its_ccs(void **state)
{
    (void)state;
    static const struct {
        const char *script;
        bool client, server;
    } rows[] = {
        {">CH <SH+CE+SK+SD >CK+CC", false, false},
        {">CH <SH+CE+SK+SD >CK+CC+EF", true, false},
        {">CH <SH+CE+SK+SD >CK+CC+AP", false, false},
        {">CH <SH+CE+SK+SD >CK+CC+EA", false, false},
        {">CH <SH+CE+SK+SD >CK+CC+EF <CC", true, false},
        {">CH <SH+CE+SK+SD >CK+CC+EF <CC+EA", true, false},
        {">CH <SH+CE+SK+SD >CK+CC+EF <CC+EF", true, true},
        {">CH <SH+CE+SK+SD >CK+CC+EF <NST+CC+EF", true, true},
        {">CH10 <SH10+CE+SD >CK+CC+EF <CC+EF", true, true},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct talk t;
        play(&t, rows[i].script, NULL);
        assert_int_equal(t.seen.tls->finished[AK_SIDE_CLIENT], rows[i].client);
        assert_int_equal(t.seen.tls->finished[AK_SIDE_SERVER], rows[i].server);
        talk_close(&t);
    }
}

/* TLS 1.3: a record of at least 4 + hash + 1 + tag bytes; CCS means nothing. */
static void finished_in_tls13_is_told_by_size(void **state)
{
    (void)state;
    static const struct {
        const char *script;
        bool client, server;
    } rows[] = {
        {">CH13 <SH13+AP53", false, true},
        {">CH13 <SH13+AP52", false, false}, /* too small for SHA-256 */
        {">CH13 <SH384+AP68", false, false},
        {">CH13 <SH384+AP69", false, true}, /* SHA-384 */
        {">CH13 <SH13+CC+AP200+AP500+AP53 >CC+AP53", true, true},
        {">CH13+CC <SH13+CC+AP500 >AP53", true, true}, /* middlebox mode, early CCS */
        {">CH13 <SH13+AP500 >AP19", false, true},      /* an alert */
        {">CH13+CC+AP200 <SH13", false, false},        /* early data */
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct talk t;
        play(&t, rows[i].script, NULL);
        assert_int_equal(t.seen.tls->finished[AK_SIDE_CLIENT], rows[i].client);
        assert_int_equal(t.seen.tls->finished[AK_SIDE_SERVER], rows[i].server);
        assert_false(t.seen.tls->resumed);
        talk_close(&t);
    }
}

static void reads_a_tls13_handshake(void **state)
{
    (void)state;
    struct talk t;
    play(&t, ">CH13 <SH13+CC+AP500 >CC+AP53 >AP100 <AP80 >AP19 <AP19",
         ">CH <SH <CC <EF >CC >EF >AP <AP >EA <EA");
    const struct ak_tls_seen *tls = t.seen.tls;
    assert_int_equal(tls->version, 0x0304);
    assert_int_equal(tls->cipher_suite, 0x1301);
    assert_int_equal(tls->group, 0x001d);
    assert_false(tls->certificate_message);
    assert_int_equal(tls->encrypted_alerts[AK_SIDE_CLIENT], 1);
    assert_int_equal(tls->encrypted_alerts[AK_SIDE_SERVER], 1);
    assert_int_equal(tls->client_data_turns, 1);
    assert_int_equal(tls->last_response_bytes, 80);
    talk_close(&t);
}

static void reads_a_retry_request(void **state)
{
    (void)state;
    struct talk t;
    play(&t, ">CH13 <HRR+CC >CC+CH13 <SH13+AP500 >AP53", ">CH <HRR <CC >CC >CH <SH <EF >EF");
    const struct ak_tls_seen *tls = t.seen.tls;
    assert_true(tls->hello_retry);
    assert_int_equal(tls->retry_group, 0x0017);
    assert_int_equal(tls->client_hellos, 2);
    assert_int_equal(tls->server_hellos, 2);
    assert_int_equal(tls->group, 0x001d);
    assert_true(tls->finished[AK_SIDE_CLIENT] && tls->finished[AK_SIDE_SERVER]);
    assert_int_equal(t.seen.step[AK_STEP_HELLO_RETRY].frame, 2);
    assert_int_equal(t.seen.step[AK_STEP_SERVER_HELLO].frame, 4);
    talk_close(&t);
    play(&t, ">CH13 <HRR", ">CH <HRR");
    assert_false(t.seen.tls->has_server_hello);
    assert_int_equal(t.seen.tls->version, 0);
    talk_close(&t);
}

static void tells_resumption(void **state)
{
    (void)state;
    static const struct {
        const char *script;
        bool resumed;
    } rows[] = {
        {">CH <SH+CC+EF >CC+EF", true},
        {">CH <SH+NST+CC+EF >CC+EF", true},
        {">CH <SH+CE+SK+SD >CK+CC+EF <CC+EF", false},
        {">CH13 <SHPSK+AP53 >AP53", true},
        {">CH13 <SH13+AP53 >AP53", false},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct talk t;
        play(&t, rows[i].script, NULL);
        assert_int_equal(t.seen.tls->resumed, rows[i].resumed);
        assert_true(t.seen.tls->finished[AK_SIDE_CLIENT] && t.seen.tls->finished[AK_SIDE_SERVER]);
        talk_close(&t);
    }
}

/* RFC 8446 6: in 1.3 every alert but close_notify and user_canceled is fatal, whatever its level.
 */
static void tells_fatal_alerts(void **state)
{
    (void)state;
    static const struct {
        const char *script;
        uint8_t level;
    } rows[] = {
        {">CH <AL40", 2},         {">CH <AW40", 1},         {">CH <AL0", 2},
        {">CH <AW0", 1},          {">CH <SH >AW48", 1},     {">CH13 <SH13 >AW48", 2},
        {">CH13 <SH13 >AL0", 1},  {">CH13 <SH13 >AL90", 1}, {">CH13 <SH13 >AW90", 1},
        {">CH13 <SH13 >AL48", 2}, {">CH13 <AW48", 1}, /* before the version is known */
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct talk t;
        play(&t, rows[i].script, NULL);
        assert_int_equal(t.seen.alert_count, 1);
        assert_int_equal(t.seen.alert[0].level, rows[i].level);
        assert_int_equal(t.seen.step[AK_STEP_ALERT].frame != 0, rows[i].level == 2);
        talk_close(&t);
    }
}

static void encrypted_alerts_say_nothing(void **state)
{
    (void)state;
    struct talk t;
    play(&t, ">CH <SH+CE+SK+SD >CK+CC+EF <CC+EF <EA >EA2", NULL);
    assert_int_equal(t.seen.alert_count, 0);
    assert_int_equal(t.seen.tls->encrypted_alerts[AK_SIDE_SERVER], 1);
    assert_int_equal(t.seen.tls->encrypted_alerts[AK_SIDE_CLIENT], 1);
    talk_close(&t);
    /* In clear, but of no known level or size. */
    talk_open(&t, false);
    talk_play(&t, ">CH");
    talk_hex(&t, AK_SIDE_SERVER, "15 0303 0002 0728");
    talk_hex(&t, AK_SIDE_SERVER, "15 0303 0001 02");
    talk_hex(&t, AK_SIDE_SERVER, "15 0303 0003 02 28 00");
    assert_int_equal(t.seen.alert_count, 0);
    assert_string_equal(talk_letters(&t), ">CH <EA*3");
    talk_close(&t);
}

static void alerts_are_bounded(void **state)
{
    (void)state;
    struct talk t;
    talk_open(&t, false);
    talk_play(&t, ">CH");
    for (unsigned i = 0; i < AK_MAX_ALERTS + 5; i++)
        talk_play(&t, "<AL40");
    assert_int_equal(t.seen.alert_count, AK_MAX_ALERTS);
    assert_int_equal(t.seen.alert[0].frame, 2);
    talk_close(&t);
}

static void reads_client_certificates(void **state)
{
    (void)state;
    static const struct {
        const char *script;
        bool requested, sent, empty;
    } rows[] = {
        {">CH <SH+CE+SK+SD >CK", false, false, false},
        {">CH <SH+CE+SK+CR+SD >CK", true, false, false},
        {">CH <SH+CE+SK+CR+SD >CE0+CK", true, false, true},
        {">CH <SH+CE+SK+CR+SD >CE+CK", true, true, false},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct talk t;
        play(&t, rows[i].script, NULL);
        assert_int_equal(t.seen.tls->client_certificate_requested, rows[i].requested);
        assert_int_equal(t.seen.tls->client_certificate_sent, rows[i].sent);
        assert_int_equal(t.seen.tls->client_certificate_empty, rows[i].empty);
        talk_close(&t);
    }
}

/* RFC 5246 8.1.2: leading zeros of Diffie-Hellman values, sent or stripped. */
static void measures_diffie_hellman(void **state)
{
    (void)state;
    static const struct {
        const char *script;
        unsigned bits;
        bool server, client;
    } rows[] = {
        {">CH <SHDHE+CE+SKD+SD >CKD", 1024, false, false},
        {">CH <SHDHE+CE+SKDZ+SD >CKD", 1024, true, false},
        {">CH <SHDHE+CE+SKD+SD >CKDZ", 1024, false, true},
        {">CH <SH+CE+SK+SD >CK", 0, false, false},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct talk t;
        play(&t, rows[i].script, NULL);
        assert_int_equal(t.seen.tls->dh_prime_bits, rows[i].bits);
        assert_int_equal(t.seen.tls->dh_server_leading_zero, rows[i].server);
        assert_int_equal(t.seen.tls->dh_client_leading_zero, rows[i].client);
        talk_close(&t);
    }
}

/* Several messages in a record, and one message over several records. */
static void messages_and_records_are_independent(void **state)
{
    (void)state;
    static struct octets all, out;
    struct talk t;
    for (size_t cut = 1; cut < 60; cut += 3) {
        all.size = out.size = 0;
        octets_handshake_hex(&all, 2, "0303 22*32 00 c02f 00");
        octets_handshake_hex(&all, 14, "");
        /* Take the two messages out of their records and cut them anew. */
        static struct octets plain;
        plain.size = 0;
        octets_add(&plain, all.at + 5, 42);
        octets_add(&plain, all.at + 5 + 42 + 5, 4);
        for (size_t at = 0; at < plain.size; at += cut) {
            size_t n = plain.size - at < cut ? plain.size - at : cut;
            octets_record(&out, AK_TLS_HANDSHAKE, 0x0303, plain.at + at, n);
        }
        talk_open(&t, false);
        talk_play(&t, ">CH");
        talk_bytes(&t, AK_SIDE_SERVER, octets_span(&out));
        assert_string_equal(talk_letters(&t), ">CH <SH <SD");
        talk_close(&t);
    }
}

static void another_record_ends_a_half_read_message(void **state)
{
    (void)state;
    struct talk t;
    talk_open(&t, false);
    talk_play(&t, ">CH");
    talk_hex(&t, AK_SIDE_SERVER, "16 0303 0006 0200 0030 0303"); /* begins a ServerHello */
    talk_play(&t, "<AL80 <SH");
    assert_string_equal(talk_letters(&t), ">CH <AL(80) <SH");
    talk_close(&t);
}

static void huge_messages_are_skipped(void **state)
{
    (void)state;
    static struct octets o;
    struct talk t;
    talk_open(&t, false);
    talk_play(&t, ">CH <SH");
    uint32_t size = AK_MAX_HANDSHAKE_MESSAGE + 1;
    o.size = 0;
    octets_be(&o, AK_TLS_CERTIFICATE, 1);
    octets_be(&o, size, 3);
    octets_fill(&o, 0xff, size);
    octets_hex(&o, "0e000000"); /* ServerHelloDone */
    for (size_t at = 0; at < o.size; at += 16384) {
        static struct octets record;
        size_t n = o.size - at < 16384 ? o.size - at : 16384;
        record.size = 0;
        octets_record(&record, AK_TLS_HANDSHAKE, 0x0303, o.at + at, n);
        talk_bytes(&t, AK_SIDE_SERVER, octets_span(&record));
    }
    assert_string_equal(talk_letters(&t), ">CH <SH <SD");
    assert_false(t.seen.tls->certificate_message);
    talk_close(&t);
}

static void damaged_hellos_are_noted(void **state)
{
    (void)state;
    struct talk t;
    play(&t, ">CHBAD <AL50", ">CH <AL(50)");
    assert_int_equal(t.seen.tls->client_hellos, 1);
    assert_null(t.seen.tls->hello);
    assert_true(t.seen.tls->malformed_hello);
    talk_close(&t);
    talk_open(&t, false);
    talk_play(&t, ">CH");
    talk_hex(&t, AK_SIDE_SERVER, "16 0303 0006 02 000002 0303");
    assert_true(t.seen.tls->malformed_hello);
    assert_false(t.seen.tls->has_server_hello);
    talk_close(&t);
}

static void the_first_of_each_counts(void **state)
{
    (void)state;
    struct talk t;
    play(&t, ">CH >CH10 <SH <SH10 <CE <CE0", ">CH*2 <SH*2 <CE*2");
    assert_int_equal(t.seen.tls->client_hellos, 2);
    assert_int_equal(t.seen.tls->hello->max_version, 0x0303);
    assert_int_equal(t.seen.tls->version, 0x0303);
    assert_int_equal(t.seen.tls->chain_count, 1);
    talk_close(&t);
}

/* A server's messages from a client, and the other way round, are nothing. */
static void messages_of_the_wrong_side_are_left(void **state)
{
    (void)state;
    struct talk t;
    play(&t, ">CH >SH >SD <CK <CH", ">CH");
    assert_false(t.seen.tls->has_server_hello);
    assert_int_equal(t.seen.tls->client_hellos, 1);
    talk_close(&t);
}

static void turns_count_questions(void **state)
{
    (void)state;
    struct talk t;
    play(&t, ">CH <SH+CE+SK+SD >CK+CC+EF <CC+EF >AP+AP <AP100 <AP100 >AP <AP30 <AP30 <AP30", NULL);
    assert_int_equal(t.seen.tls->client_data_turns, 2);
    assert_int_equal(t.seen.tls->last_response_bytes, 90);
    talk_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_full_tls12_handshake),
        cmocka_unit_test(finished_needs_its_ccs),
        cmocka_unit_test(finished_in_tls13_is_told_by_size),
        cmocka_unit_test(reads_a_tls13_handshake),
        cmocka_unit_test(reads_a_retry_request),
        cmocka_unit_test(tells_resumption),
        cmocka_unit_test(tells_fatal_alerts),
        cmocka_unit_test(encrypted_alerts_say_nothing),
        cmocka_unit_test(alerts_are_bounded),
        cmocka_unit_test(reads_client_certificates),
        cmocka_unit_test(measures_diffie_hellman),
        cmocka_unit_test(messages_and_records_are_independent),
        cmocka_unit_test(another_record_ends_a_half_read_message),
        cmocka_unit_test(huge_messages_are_skipped),
        cmocka_unit_test(damaged_hellos_are_noted),
        cmocka_unit_test(the_first_of_each_counts),
        cmocka_unit_test(messages_of_the_wrong_side_are_left),
        cmocka_unit_test(turns_count_questions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
