/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/rules.h"

#include "support/case.h"

static const struct ak_rule *const strict = &ak_rule_strict_mismatch;
static const struct ak_rule *const conflict = &ak_rule_encryption_setting_conflict;
static const struct ak_rule *const tls13 = &ak_rule_tls13_in_prelogin;
static const struct ak_rule *const clear = &ak_rule_cleartext_login;
static const struct ak_rule *const downgraded = &ak_rule_login_downgraded;
static const struct ak_rule *const refused = &ak_rule_login_refused;
static const struct ak_rule *const reset = &ak_rule_reset_after_login;

/* A PRELOGIN, and the server's end without an answer. */
static void plain_refused(struct known *k)
{
    known_begin(k, AK_PROTOCOL_TDS, AK_OUTCOME_REFUSED, AK_STAGE_P1, AK_SIDE_SERVER, AK_CLOSE_RST);
    known_tds(k, 1, 1);
    k->tds.has_reply = k->tds.has_server_encryption = false;
    known_step(k, AK_STEP_FIRST_CLIENT_DATA, 4, 10);
    known_end(k, AK_SIDE_SERVER, true, 20);
}

/* A strict ClientHello, and the server's end without an answer. */
static void strict_refused(struct known *k)
{
    known_begin(k, AK_PROTOCOL_TDS8, AK_OUTCOME_FAILED, AK_STAGE_P3, AK_SIDE_SERVER, AK_CLOSE_RST);
    known_tls(k);
    known_end(k, AK_SIDE_SERVER, true, 20);
}

static void a_plain_client_at_a_strict_server(void **state)
{
    (void)state;
    struct known k;
    plain_refused(&k);
    assert_match(&k, strict, AK_GRADE_POSSIBLE, AK_CHANGE_CLIENT);
    assert_true(known_rival(&k, "accept-starvation"));
    assert_true(known_lacks(&k, "strict-setting"));
    k.view.server = &k.server;
    assert_match(&k, strict, AK_GRADE_POSSIBLE, AK_CHANGE_CLIENT);
    k.server.tds8_answered = 3;
    assert_match(&k, strict, AK_GRADE_CERTAIN, AK_CHANGE_CLIENT);
    assert_int_equal(known_fact(&k, AK_FACT_OTHER_FORM)->a, 8);
    assert_int_equal(k.match.rival_count, 0);
    k.server.tds7_answered = 1; /* it does speak this form */
    assert_no_match(&k, strict, AK_ANSWER_NO, NULL);
}

static void a_strict_client_at_a_plain_server(void **state)
{
    (void)state;
    struct known k;
    strict_refused(&k);
    assert_match(&k, strict, AK_GRADE_POSSIBLE, AK_CHANGE_BOTH);
    assert_true(known_rival(&k, "no-common-suite"));
    k.view.server = &k.server;
    k.server.tds7_answered = 5; /* of unknown build: it might be a 2022 that is strict too */
    assert_match(&k, strict, AK_GRADE_LIKELY, AK_CHANGE_BOTH);
    k.server.has_build = true;
    k.server.version[0] = 16;
    assert_match(&k, strict, AK_GRADE_LIKELY, AK_CHANGE_BOTH);
    k.server.version[0] = 15; /* SQL Server 2019 knows no strict */
    assert_match(&k, strict, AK_GRADE_CERTAIN, AK_CHANGE_BOTH);
    assert_int_equal(known_fact(&k, AK_FACT_OTHER_FORM)->a, 7);
    k.server.tds8_answered = 1;
    assert_no_match(&k, strict, AK_ANSWER_NO, NULL);
}

static void other_refusals_are_no_strict_mismatch(void **state)
{
    (void)state;
    struct known k;
    plain_refused(&k);
    known_end(&k, AK_SIDE_SERVER, true, 3010); /* it thought about it for long */
    assert_no_match(&k, strict, AK_ANSWER_NO, "first-bytes-were-refused");
    known_end(&k, AK_SIDE_SERVER, true, 3009);
    assert_match(&k, strict, AK_GRADE_POSSIBLE, AK_CHANGE_CLIENT);
    k.tds.bad_prelogin = true;
    assert_no_match(&k, strict, AK_ANSWER_NO, "first-bytes-were-refused");
    plain_refused(&k);
    k.c.stage = AK_STAGE_P2;
    assert_no_match(&k, strict, AK_ANSWER_NO, "first-bytes-were-refused");
    strict_refused(&k);
    k.c.close = AK_CLOSE_ALERT; /* it did speak TLS */
    assert_no_match(&k, strict, AK_ANSWER_NO, "first-bytes-were-refused");
    strict_refused(&k);
    k.c.closed_by = AK_SIDE_CLIENT;
    assert_no_match(&k, strict, AK_ANSWER_NO, "server-closed-first");
}

/* [MS-TDS] 2.2.6.5: every pair of values. */
static void encryption_bytes(void **state)
{
    (void)state;
    enum { OFF, ON, NOT_SUP, REQ, CERTIFICATE = 0x80 };
    static const struct {
        uint8_t client, server;
        bool contradict;
        enum ak_change_side side;
    } rows[] = {
        {OFF, OFF, false, 0},
        {OFF, ON, false, 0},
        {OFF, NOT_SUP, false, 0},
        {OFF, REQ, false, 0},
        {ON, ON, false, 0},
        {ON, REQ, false, 0},
        {ON, NOT_SUP, true, AK_CHANGE_SERVER},
        {ON, OFF, true, AK_CHANGE_SERVER},
        {REQ, NOT_SUP, true, AK_CHANGE_SERVER},
        {REQ, OFF, true, AK_CHANGE_SERVER},
        {REQ, ON, false, 0},
        {REQ, REQ, false, 0},
        {NOT_SUP, NOT_SUP, false, 0},
        {NOT_SUP, OFF, false, 0},
        {NOT_SUP, ON, true, AK_CHANGE_CLIENT},
        {NOT_SUP, REQ, true, AK_CHANGE_CLIENT},
        {CERTIFICATE, OFF, true, AK_CHANGE_SERVER},
        {CERTIFICATE, ON, false, 0},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct known k;
        known_begin(&k, AK_PROTOCOL_TDS, AK_OUTCOME_REFUSED, AK_STAGE_P2, AK_SIDE_CLIENT,
                    AK_CLOSE_FIN);
        known_tds(&k, rows[i].client, rows[i].server);
        if (!rows[i].contradict) {
            assert_no_match(&k, conflict, AK_ANSWER_NO, "encryption-bytes-contradict");
            continue;
        }
        assert_match(&k, conflict, AK_GRADE_CERTAIN, rows[i].side);
        assert_int_equal(known_fact(&k, AK_FACT_ENCRYPTION)->a, rows[i].client);
        assert_int_equal(known_fact(&k, AK_FACT_ENCRYPTION)->b, rows[i].server);
        k.c.outcome = AK_OUTCOME_PLAINTEXT; /* they went on all the same */
        assert_no_match(&k, conflict, AK_ANSWER_NO, "encryption-bytes-contradict");
        k.c.protocol = AK_PROTOCOL_TLS;
        assert_no_match(&k, conflict, AK_ANSWER_NO, "is-tds");
    }
}

static void a_conflict_needs_both_bytes(void **state)
{
    (void)state;
    struct known k;
    known_begin(&k, AK_PROTOCOL_TDS, AK_OUTCOME_REFUSED, AK_STAGE_P2, AK_SIDE_CLIENT, AK_CLOSE_FIN);
    assert_no_match(&k, conflict, AK_ANSWER_NO, "encryption-bytes-contradict");
    known_tds(&k, 1, 2);
    k.tds.has_server_encryption = false;
    assert_no_match(&k, conflict, AK_ANSWER_NO, "encryption-bytes-contradict");
}

static void tls13_records_outside(void **state)
{
    (void)state;
    struct known k;
    known_begin(&k, AK_PROTOCOL_TDS, AK_OUTCOME_FAILED, AK_STAGE_P4, AK_SIDE_SERVER, AK_CLOSE_FIN);
    known_tls(&k);
    known_tds(&k, 1, 1);
    known_server_hello(&k, 0x0304, 0x1301);
    assert_no_match(&k, tls13, AK_ANSWER_NO, "tls13-records-left-prelogin");
    k.tds.unwrapped_early[AK_SIDE_CLIENT] = true;
    assert_match(&k, tls13, AK_GRADE_LIKELY, AK_CHANGE_SERVER);
    assert_non_null(known_fact(&k, AK_FACT_RAW_TLS13));
    k.c.outcome = AK_OUTCOME_ESTABLISHED;
    assert_no_match(&k, tls13, AK_ANSWER_NO, "tls13-records-left-prelogin");
    k.c.outcome = AK_OUTCOME_FAILED;
    k.tls.version = 0x0303;
    assert_no_match(&k, tls13, AK_ANSWER_NO, "tls13-records-left-prelogin");
}

static void clear_login(struct known *k, uint8_t client, uint8_t server)
{
    known_begin(k, AK_PROTOCOL_TDS, AK_OUTCOME_PLAINTEXT, AK_STAGE_P7, AK_SIDE_CLIENT,
                AK_CLOSE_FIN);
    known_tds(k, client, server);
    k->c.cleartext_login = true;
    k->tds.clear_login = k->tds.clear_login_password = true;
    known_step(k, AK_STEP_LOGIN, 6, 5);
}

static void logins_in_clear(void **state)
{
    (void)state;
    struct known k;
    clear_login(&k, 2, 2);
    k.tds.library = (char *)(uintptr_t) "lib";
    assert_match(&k, clear, AK_GRADE_CERTAIN, AK_CHANGE_BOTH);
    assert_string_equal(known_fact(&k, AK_FACT_CLEAR_LOGIN)->text, "lib");
    assert_int_equal(known_fact(&k, AK_FACT_CLEAR_LOGIN)->a, 1);
    assert_non_null(known_fact(&k, AK_FACT_ENCRYPTION));
    assert_null(known_fact(&k, AK_FACT_OLD_LOGIN));
    assert_int_equal(clear->severity, AK_SEVERITY_WARNING);
    assert_int_equal(clear->class, AK_RULE_EXPOSURE);
    k.tds.application = (char *)(uintptr_t) "app";
    k.tds.old_login = true;
    k.tds.clear_login_password = false;
    assert_match(&k, clear, AK_GRADE_CERTAIN, AK_CHANGE_BOTH);
    assert_string_equal(known_fact(&k, AK_FACT_CLEAR_LOGIN)->text, "app");
    assert_int_equal(known_fact(&k, AK_FACT_CLEAR_LOGIN)->a, 0);
    assert_non_null(known_fact(&k, AK_FACT_OLD_LOGIN));
    k.c.cleartext_login = false;
    assert_no_match(&k, clear, AK_ANSWER_NO, "login-in-clear");
    assert_no_match(&k, downgraded, AK_ANSWER_NO, "login-in-clear");
}

static void downgrades(void **state)
{
    (void)state;
    static const struct {
        uint8_t client;
        bool asked;
    } rows[] = {{0, false}, {1, true}, {2, false}, {3, true}, {0x81, true}};
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct known k;
        clear_login(&k, rows[i].client, 2);
        if (rows[i].asked)
            assert_match(&k, downgraded, AK_GRADE_CERTAIN, AK_CHANGE_SERVER);
        else
            assert_no_match(&k, downgraded, AK_ANSWER_NO, "client-asked-for-encryption");
        k.tds.has_client_encryption = false;
        assert_no_match(&k, downgraded, AK_ANSWER_NO, "client-asked-for-encryption");
    }
}

static void refusals_in_clear(void **state)
{
    (void)state;
    static const struct {
        int32_t number;
        bool yes;
    } rows[] = {{18456, true}, {0, false}, {208, false}, {18452, true}};
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct known k;
        clear_login(&k, 2, 2);
        k.tds.error_number = rows[i].number;
        k.tds.error_text = (char *)(uintptr_t) "Login failed for user 'sa'.";
        if (!rows[i].yes) {
            assert_no_match(&k, refused, AK_ANSWER_NO, "login-was-refused");
            continue;
        }
        assert_match(&k, refused, AK_GRADE_CERTAIN, AK_CHANGE_CLIENT);
        assert_int_equal(known_fact(&k, AK_FACT_SQL_ERROR)->a, rows[i].number);
        assert_string_equal(known_fact(&k, AK_FACT_SQL_ERROR)->text, k.tds.error_text);
        k.tds.login_acknowledged = true; /* an error of something later */
        assert_no_match(&k, refused, AK_ANSWER_NO, "login-was-refused");
        k.tds.login_acknowledged = false;
        k.c.hole = true; /* the acknowledgement may lie in it */
        assert_no_match(&k, refused, AK_ANSWER_NO, "login-was-refused");
    }
}

/* One short encrypted answer to one question, and the end. */
static void refusals_in_secret(void **state)
{
    (void)state;
    static const struct {
        enum ak_protocol protocol;
        unsigned turns;
        uint64_t bytes;
        bool yes;
    } rows[] = {
        {AK_PROTOCOL_TDS, 1, 200, true},  {AK_PROTOCOL_TDS, 1, 400, true},
        {AK_PROTOCOL_TDS, 1, 401, false}, {AK_PROTOCOL_TDS, 2, 200, false},
        {AK_PROTOCOL_TDS8, 2, 200, true}, {AK_PROTOCOL_TDS8, 1, 200, false},
        {AK_PROTOCOL_TLS, 1, 200, false}, {AK_PROTOCOL_UNKNOWN, 1, 200, false},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct known k;
        known_begin(&k, rows[i].protocol, AK_OUTCOME_ESTABLISHED, AK_STAGE_P7, AK_SIDE_CLIENT,
                    AK_CLOSE_FIN);
        known_tls(&k);
        k.tls.client_data_turns = rows[i].turns;
        k.tls.last_response_bytes = rows[i].bytes;
        k.tls.application_records[AK_SIDE_SERVER] = 1;
        if (!rows[i].yes) {
            assert_no_match(&k, refused, AK_ANSWER_NO, "login-was-refused");
            continue;
        }
        assert_match(&k, refused, AK_GRADE_POSSIBLE, AK_CHANGE_CLIENT);
        assert_int_equal(known_fact(&k, AK_FACT_RESPONSE_BYTES)->a, (int64_t)rows[i].bytes);
        k.c.close = AK_CLOSE_NONE; /* still open: it was answered well */
        assert_no_match(&k, refused, AK_ANSWER_NO, "login-was-refused");
    }
}

static void resets_after_the_handshake(void **state)
{
    (void)state;
    static const struct {
        enum ak_protocol protocol;
        enum ak_stage stage;
        enum ak_side by;
        enum ak_close close;
        bool yes;
    } rows[] = {
        {AK_PROTOCOL_TDS, AK_STAGE_P6, AK_SIDE_SERVER, AK_CLOSE_RST, true},
        {AK_PROTOCOL_TDS, AK_STAGE_P6, AK_SIDE_SERVER, AK_CLOSE_FIN, true},
        {AK_PROTOCOL_TDS, AK_STAGE_P7, AK_SIDE_SERVER, AK_CLOSE_RST, true},
        {AK_PROTOCOL_TDS, AK_STAGE_P7, AK_SIDE_SERVER, AK_CLOSE_FIN, false},
        {AK_PROTOCOL_TDS8, AK_STAGE_P5B, AK_SIDE_SERVER, AK_CLOSE_RST, true},
        {AK_PROTOCOL_TDS, AK_STAGE_P6, AK_SIDE_CLIENT, AK_CLOSE_RST, false},
        {AK_PROTOCOL_TLS, AK_STAGE_P5B, AK_SIDE_SERVER, AK_CLOSE_RST, true},
        {AK_PROTOCOL_TLS, AK_STAGE_P6, AK_SIDE_SERVER, AK_CLOSE_RST, true},
        {AK_PROTOCOL_TLS, AK_STAGE_P7, AK_SIDE_SERVER, AK_CLOSE_RST, false},
        {AK_PROTOCOL_TLS, AK_STAGE_P6, AK_SIDE_SERVER, AK_CLOSE_FIN, false},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct known k;
        known_begin(&k, rows[i].protocol, AK_OUTCOME_ESTABLISHED, rows[i].stage, rows[i].by,
                    rows[i].close);
        known_tls(&k);
        if (rows[i].yes)
            assert_match(&k, reset, AK_GRADE_POSSIBLE, AK_CHANGE_SERVER);
        else
            assert_no_match(&k, reset, AK_ANSWER_NO, "server-reset-after-handshake");
        k.c.outcome = AK_OUTCOME_FAILED;
        assert_no_match(&k, reset, AK_ANSWER_NO, "server-reset-after-handshake");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_client_at_a_strict_server),
        cmocka_unit_test(a_strict_client_at_a_plain_server),
        cmocka_unit_test(other_refusals_are_no_strict_mismatch),
        cmocka_unit_test(encryption_bytes),
        cmocka_unit_test(a_conflict_needs_both_bytes),
        cmocka_unit_test(tls13_records_outside),
        cmocka_unit_test(logins_in_clear),
        cmocka_unit_test(downgrades),
        cmocka_unit_test(refusals_in_clear),
        cmocka_unit_test(refusals_in_secret),
        cmocka_unit_test(resets_after_the_handshake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
