/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/rules.h"

#include "support/case.h"

static const struct ak_rule *const slow = &ak_rule_slow_connect;
static const struct ak_rule *const spent = &ak_rule_client_timeout_spent;
static const struct ak_rule *const kerberos = &ak_rule_kerberos_not_tls;
static const struct ak_rule *const packet = &ak_rule_packet_size_too_large;
static const struct ak_rule *const mars = &ak_rule_mars_close;
static const struct ak_rule *const splitting = &ak_rule_record_splitting;

/* ---- slow-connect ---- */

/* A login that worked; each of five waits takes as many milliseconds. */
static void login_after(struct known *k, const int64_t wait[5])
{
    known_begin(k, AK_PROTOCOL_TDS, AK_OUTCOME_ESTABLISHED, AK_STAGE_P7, AK_SIDE_CLIENT,
                AK_CLOSE_FIN);
    known_tls(k);
    known_tds(k, 1, 1);
    known_server_hello(k, 0x0303, 0xc02f);
    static const enum ak_step steps[] = {AK_STEP_SYN,
                                         AK_STEP_SYN_ACK,
                                         AK_STEP_PRELOGIN,
                                         AK_STEP_PRELOGIN_REPLY,
                                         AK_STEP_CLIENT_HELLO,
                                         AK_STEP_SERVER_HELLO,
                                         AK_STEP_CLIENT_FINISHED,
                                         AK_STEP_SERVER_FINISHED,
                                         AK_STEP_CLIENT_DATA,
                                         AK_STEP_SERVER_RESPONSE};
    int64_t now = 0;
    for (unsigned i = 0; i < AK_COUNT(steps); i++) {
        now += i % 2 != 0 ? wait[i / 2] : 7000; /* what the client takes is its own affair */
        known_step(k, steps[i], i + 1, now);
    }
}

static void waits_add_up(void **state)
{
    (void)state;
    struct known k;
    login_after(&k, (const int64_t[5]){1000, 1000, 1000, 1000, 1000});
    assert_match(&k, slow, AK_GRADE_LIKELY, AK_CHANGE_SERVER);
    assert_int_equal(known_fact(&k, AK_FACT_SLOW_SUM)->a, 5000);
    assert_int_equal(known_fact(&k, AK_FACT_SLOW_STEP)->b, AK_STEP_SYN_ACK);
    assert_int_equal(k.match.fact_count, 6);
    assert_true(known_lacks(&k, "server-load"));
    login_after(&k, (const int64_t[5]){1000, 1000, 1000, 1000, 999});
    assert_no_match(&k, slow, AK_ANSWER_NO, "server-answers-slowly");
    assert_int_equal(ak_slow_connect_ms(&k.c), 0);
    login_after(&k, (const int64_t[5]){0, 400, 0, 0, 5600});
    assert_match(&k, slow, AK_GRADE_LIKELY, AK_CHANGE_SERVER);
    assert_int_equal(k.match.fact_count, 2); /* only what is a tenth of the sum */
    assert_int_equal(known_fact(&k, AK_FACT_SLOW_STEP)->b, AK_STEP_SERVER_RESPONSE);
    assert_int_equal(known_fact(&k, AK_FACT_SLOW_STEP)->a, 5600);
}

static void only_waits_of_a_login_count(void **state)
{
    (void)state;
    struct known k;
    login_after(&k, (const int64_t[5]){0, 0, 0, 0, 60000});
    k.c.protocol = AK_PROTOCOL_TLS; /* other protocols may let a request wait */
    assert_no_match(&k, slow, AK_ANSWER_NO, "server-answers-slowly");
    k.c.protocol = AK_PROTOCOL_TDS8;
    assert_match(&k, slow, AK_GRADE_LIKELY, AK_CHANGE_SERVER);
    login_after(&k, (const int64_t[5]){6000, 0, 0, 0, 0});
    k.c.protocol = AK_PROTOCOL_UNKNOWN;
    assert_match(&k, slow, AK_GRADE_LIKELY, AK_CHANGE_SERVER);
    k.c.tls = NULL; /* neither TLS nor SQL Server: not our business */
    assert_no_match(&k, slow, AK_ANSWER_NO, "server-answers-slowly");
    login_after(&k, (const int64_t[5]){0, 0, 6000, 0, 0});
    k.c.step[AK_STEP_SERVER_HELLO].frame = 0; /* no answer is not a slow answer */
    assert_no_match(&k, slow, AK_ANSWER_NO, "server-answers-slowly");
}

static void clocks_may_jump(void **state)
{
    (void)state;
    struct known k;
    login_after(&k, (const int64_t[5]){600000, 0, 0, 0, 0});
    assert_match(&k, slow, AK_GRADE_LIKELY, AK_CHANGE_SERVER);
    login_after(&k, (const int64_t[5]){600001, 0, 0, 0, 0});
    assert_no_match(&k, slow, AK_ANSWER_NO, "server-answers-slowly");
    login_after(&k, (const int64_t[5]){-600000, 0, 0, 0, 0});
    assert_no_match(&k, slow, AK_ANSWER_NO, "server-answers-slowly");
}

/* ---- client-timeout-spent ---- */

static void leaves_after(struct known *k, int64_t ms, bool rst)
{
    known_begin(k, AK_PROTOCOL_TDS, AK_OUTCOME_REFUSED, AK_STAGE_P1, AK_SIDE_CLIENT,
                rst ? AK_CLOSE_RST : AK_CLOSE_FIN);
    k->c.tds = &k->tds;
    k->view.tds = &k->tds;
    known_step(k, AK_STEP_PRELOGIN, 4, 2);
    known_end(k, AK_SIDE_CLIENT, rst, 2 + ms);
}

static void a_client_that_did_not_wait(void **state)
{
    (void)state;
    struct known k;
    for (int rst = 0; rst < 2; rst++) {
        leaves_after(&k, 999, rst);
        assert_match(&k, spent, AK_GRADE_POSSIBLE, AK_CHANGE_CLIENT);
        assert_true(known_lacks(&k, "client-log"));
        leaves_after(&k, 1000, rst);
        assert_no_match(&k, spent, AK_ANSWER_NO, "client-did-not-wait");
    }
}

static void who_waited_or_was_heard_had_time(void **state)
{
    (void)state;
    struct known k;
    leaves_after(&k, 10, false);
    k.c.protocol = AK_PROTOCOL_TLS;
    assert_no_match(&k, spent, AK_ANSWER_NO, "is-tds");
    leaves_after(&k, 10, false);
    k.c.closed_by = AK_SIDE_SERVER;
    assert_no_match(&k, spent, AK_ANSWER_NO, "client-did-not-wait");
    leaves_after(&k, 10, false);
    k.c.stage = AK_STAGE_P2;
    assert_no_match(&k, spent, AK_ANSWER_NO, "client-did-not-wait");
    leaves_after(&k, 10, false);
    k.c.hole = true;
    assert_no_match(&k, spent, AK_ANSWER_NO, "client-did-not-wait");
    leaves_after(&k, 10, false);
    k.c.step[AK_STEP_PRELOGIN].frame = 0;
    assert_no_match(&k, spent, AK_ANSWER_NO, "client-did-not-wait");
    leaves_after(&k, 10, false);
    k.c.step[AK_STEP_FIN].frame = 0;
    assert_no_match(&k, spent, AK_ANSWER_NO, "client-did-not-wait");
}

/* ---- kerberos-not-tls ---- */

static void refused_with(struct known *k, int32_t number)
{
    known_begin(k, AK_PROTOCOL_TDS, AK_OUTCOME_PLAINTEXT, AK_STAGE_P7, AK_SIDE_SERVER,
                AK_CLOSE_FIN);
    known_tds(k, 2, 2);
    k->tds.error_number = number;
}

static void windows_logins_fail_by_number(void **state)
{
    (void)state;
    static const struct {
        int32_t number;
        bool windows;
    } rows[] = {{17805, false}, {17806, true}, {17807, true},  {17808, false},
                {18451, false}, {18452, true}, {18456, false}, {0, false}};
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct known k;
        refused_with(&k, rows[i].number);
        if (!rows[i].windows) {
            assert_no_match(&k, kerberos, AK_ANSWER_NO, "windows-login-failed");
            continue;
        }
        assert_match(&k, kerberos, AK_GRADE_CERTAIN, AK_CHANGE_BOTH);
        assert_int_equal(known_fact(&k, AK_FACT_SQL_ERROR)->a, rows[i].number);
        assert_true(known_lacks(&k, "kerberos-log"));
    }
}

static void later_errors_belong_to_statements(void **state)
{
    (void)state;
    struct known k;
    refused_with(&k, 18452);
    k.tds.login_acknowledged = true;
    assert_no_match(&k, kerberos, AK_ANSWER_NO, "windows-login-failed");
    refused_with(&k, 18452);
    k.c.hole = true; /* the acknowledgement may have been in it */
    assert_no_match(&k, kerberos, AK_ANSWER_NO, "windows-login-failed");
    refused_with(&k, 18452);
    k.view.tds = NULL;
    assert_no_match(&k, kerberos, AK_ANSWER_NO, "windows-login-failed");
}

/* ---- packet-size-too-large ---- */

/* An encrypted session that the server resets; another one showed `size`. */
static void reset_with(struct known *k, uint32_t size)
{
    known_begin(k, AK_PROTOCOL_TDS, AK_OUTCOME_ESTABLISHED, AK_STAGE_P7, AK_SIDE_SERVER,
                AK_CLOSE_RST);
    known_tls(k);
    known_tds(k, 1, 1);
    known_server_hello(k, 0x0303, 0xc02f);
    k->server.packet_size = size;
    k->server.packet_size_id = 4;
    k->view.server = &k->server;
}

static void packets_have_a_maximum(void **state)
{
    (void)state;
    struct known k;
    reset_with(&k, 16384);
    assert_match(&k, packet, AK_GRADE_LIKELY, AK_CHANGE_SERVER);
    assert_int_equal(known_fact(&k, AK_FACT_PACKET_SIZE)->a, 16384);
    assert_int_equal(known_fact(&k, AK_FACT_PACKET_SIZE)->b, 4);
    reset_with(&k, 16383);
    assert_no_match(&k, packet, AK_ANSWER_NO, "packet-size-above-16383");
    reset_with(&k, 0);
    assert_no_match(&k, packet, AK_ANSWER_LACK, "packet-size-above-16383");
    k.view.server = NULL;
    assert_no_match(&k, packet, AK_ANSWER_LACK, "packet-size-above-16383");
}

static void only_encrypted_sessions_that_died(void **state)
{
    (void)state;
    static const struct {
        enum ak_stage stage;
        enum ak_side by;
        enum ak_close how;
        bool died;
    } rows[] = {
        {AK_STAGE_P7, AK_SIDE_SERVER, AK_CLOSE_RST, true},
        {AK_STAGE_P7, AK_SIDE_CLIENT, AK_CLOSE_RST, false}, /* a habit */
        {AK_STAGE_P7, AK_SIDE_SERVER, AK_CLOSE_FIN, false},
        {AK_STAGE_P6, AK_SIDE_SERVER, AK_CLOSE_FIN, true},
        {AK_STAGE_P6, AK_SIDE_CLIENT, AK_CLOSE_RST, true},
        {AK_STAGE_P6, AK_SIDE_NONE, AK_CLOSE_NONE, false}, /* still open */
        {AK_STAGE_P5B, AK_SIDE_SERVER, AK_CLOSE_RST, false},
    };
    struct known k;
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        reset_with(&k, 32767);
        k.c.stage = rows[i].stage;
        k.c.closed_by = rows[i].by;
        k.c.close = rows[i].how;
        if (rows[i].died)
            assert_match(&k, packet, AK_GRADE_LIKELY, AK_CHANGE_SERVER);
        else
            assert_no_match(&k, packet, AK_ANSWER_NO, "encrypted-session-ended-early");
    }
    reset_with(&k, 32767);
    k.tds.login_only = true; /* the packets themselves are not encrypted */
    assert_no_match(&k, packet, AK_ANSWER_NO, "encrypted-session-ended-early");
    reset_with(&k, 32767);
    k.c.protocol = AK_PROTOCOL_TLS;
    assert_no_match(&k, packet, AK_ANSWER_NO, "encrypted-session-ended-early");
    reset_with(&k, 32767);
    k.view.tds = NULL; /* strict */
    k.c.protocol = AK_PROTOCOL_TDS8;
    assert_match(&k, packet, AK_GRADE_LIKELY, AK_CHANGE_SERVER);
}

/* ---- mars-close ---- */

static void late_reset(struct known *k)
{
    known_begin(k, AK_PROTOCOL_TDS, AK_OUTCOME_ESTABLISHED, AK_STAGE_P7, AK_SIDE_CLIENT,
                AK_CLOSE_FIN);
    known_tds(k, 1, 1);
    k->tds.mars = true;
    known_end(k, AK_SIDE_CLIENT, true, 90);
}

static void a_mars_session_may_end_with_a_reset(void **state)
{
    (void)state;
    struct known k;
    late_reset(&k);
    assert_match(&k, mars, AK_GRADE_LIKELY, AK_CHANGE_CLIENT);
    assert_int_equal(known_fact(&k, AK_FACT_MARS)->a, 0);
    k.tds.smp_fin[AK_SIDE_SERVER] = true; /* that of the client is what counts */
    assert_match(&k, mars, AK_GRADE_LIKELY, AK_CHANGE_CLIENT);
    k.tds.mars = false;
    k.tds.smp = k.tds.smp_fin[AK_SIDE_CLIENT] = true;
    assert_match(&k, mars, AK_GRADE_CERTAIN, AK_CHANGE_CLIENT);
    assert_int_equal(known_fact(&k, AK_FACT_MARS)->a, 1);
}

static void other_ends_are_no_mars_close(void **state)
{
    (void)state;
    struct known k;
    for (int row = 0; row < 7; row++) {
        late_reset(&k);
        if (row == 0)
            k.tds.mars = false;
        if (row == 1)
            k.view.tds = NULL;
        if (row == 2)
            k.c.stage = AK_STAGE_P6;
        if (row == 3)
            k.c.closed_by = AK_SIDE_SERVER;
        if (row == 4)
            k.c.close = AK_CLOSE_RST;
        if (row == 5)
            known_end(&k, AK_SIDE_SERVER, true, 90);
        if (row == 6)
            known_end(&k, AK_SIDE_CLIENT, false, 90);
        assert_no_match(&k, mars, AK_ANSWER_NO, "mars-session-closed-by-client");
    }
}

/* ---- record-splitting ---- */

/* Two requests in three records at this version; the last was never answered. */
static void left_hanging(struct known *k, uint16_t version, uint16_t suite)
{
    known_begin(k, AK_PROTOCOL_TDS, AK_OUTCOME_ESTABLISHED, AK_STAGE_P7, AK_SIDE_CLIENT,
                AK_CLOSE_TIMEOUT);
    known_tls(k);
    known_tds(k, 1, 1);
    known_server_hello(k, version, suite);
    k->tls.version = version;
    k->tls.application_records[AK_SIDE_CLIENT] = 3;
    k->tls.application_records[AK_SIDE_SERVER] = 2;
    k->tls.client_data_turns = 2;
    k->tls.last_response_bytes = 0;
    known_step(k, AK_STEP_CLIENT_DATA, 15, 20);
}

static void split_requests_may_hang(void **state)
{
    enum { CBC = 0xc014, GCM = 0xc030, RC4 = 0x0005 };
    (void)state;
    struct known k;
    left_hanging(&k, 0x0301, CBC);
    assert_match(&k, splitting, AK_GRADE_POSSIBLE, AK_CHANGE_SERVER);
    assert_int_equal(known_fact(&k, AK_FACT_SPLIT)->a, 3);
    assert_int_equal(known_fact(&k, AK_FACT_SPLIT)->b, 2);
    left_hanging(&k, 0x0301, CBC);
    k.c.closed_by = AK_SIDE_SERVER;
    k.c.close = AK_CLOSE_FIN;
    assert_match(&k, splitting, AK_GRADE_POSSIBLE, AK_CHANGE_SERVER);
    static const struct {
        uint16_t version, suite;
    } guarded[] = {{0x0302, CBC}, {0x0303, GCM}, {0x0301, RC4}, {0, CBC}};
    for (size_t i = 0; i < AK_COUNT(guarded); i++) {
        left_hanging(&k, guarded[i].version, guarded[i].suite);
        assert_no_match(&k, splitting, AK_ANSWER_NO, "client-splits-records");
    }
    left_hanging(&k, 0x0301, CBC);
    k.tls.application_records[AK_SIDE_CLIENT] = 2; /* one record each time */
    assert_no_match(&k, splitting, AK_ANSWER_NO, "client-splits-records");
}

static void who_was_answered_or_left_early_did_not_hang(void **state)
{
    (void)state;
    struct known k;
    left_hanging(&k, 0x0301, 0xc014);
    k.tls.last_response_bytes = 1;
    assert_no_match(&k, splitting, AK_ANSWER_NO, "last-request-unanswered");
    left_hanging(&k, 0x0301, 0xc014);
    k.c.close = AK_CLOSE_FIN; /* the client, before three seconds were over */
    assert_no_match(&k, splitting, AK_ANSWER_NO, "last-request-unanswered");
    left_hanging(&k, 0x0301, 0xc014);
    k.c.hole = true;
    assert_no_match(&k, splitting, AK_ANSWER_NO, "last-request-unanswered");
    left_hanging(&k, 0x0301, 0xc014);
    k.c.protocol = AK_PROTOCOL_TLS;
    assert_no_match(&k, splitting, AK_ANSWER_NO, "client-splits-records");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waits_add_up),
        cmocka_unit_test(only_waits_of_a_login_count),
        cmocka_unit_test(clocks_may_jump),
        cmocka_unit_test(a_client_that_did_not_wait),
        cmocka_unit_test(who_waited_or_was_heard_had_time),
        cmocka_unit_test(windows_logins_fail_by_number),
        cmocka_unit_test(later_errors_belong_to_statements),
        cmocka_unit_test(packets_have_a_maximum),
        cmocka_unit_test(split_requests_may_hang),
        cmocka_unit_test(who_was_answered_or_left_early_did_not_hang),
        cmocka_unit_test(only_encrypted_sessions_that_died),
        cmocka_unit_test(a_mars_session_may_end_with_a_reset),
        cmocka_unit_test(other_ends_are_no_mars_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
