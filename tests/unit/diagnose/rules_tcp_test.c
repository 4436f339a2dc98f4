/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/rules.h"

#include "support/case.h"

static const struct ak_rule *const silent = &ak_rule_no_answer;
static const struct ak_rule *const starved = &ak_rule_accept_starvation;
static const struct ak_rule *const middlebox = &ak_rule_middlebox_reset;
static const struct ak_rule *const idle = &ak_rule_idle_drop;
static const struct ak_rule *const by_server = &ak_rule_closed_by_server;
static const struct ak_rule *const by_client = &ak_rule_closed_by_client;

static void an_unanswered_syn(void **state)
{
    (void)state;
    struct known k;
    known_begin(&k, AK_PROTOCOL_UNKNOWN, AK_OUTCOME_UNANSWERED, AK_STAGE_P0, AK_SIDE_NONE,
                AK_CLOSE_TIMEOUT);
    known_step(&k, AK_STEP_SYN, 1, 0);
    k.c.syn_retries = 3;
    assert_match(&k, silent, AK_GRADE_LIKELY, AK_CHANGE_NETWORK);
    assert_int_equal(known_fact(&k, AK_FACT_SYN_RETRIES)->a, 3);
    assert_true(known_rival(&k, "accept-starvation"));
    assert_false(known_rival(&k, "strict-mismatch"));
    assert_true(known_lacks(&k, "both-sides-capture"));
}

static void an_unanswered_question(void **state)
{
    (void)state;
    static const struct {
        enum ak_step asked;
        enum ak_step end; /* AK_STEPS: the last frame */
    } rows[] = {
        {AK_STEP_CLIENT_HELLO, AK_STEP_FIN},
        {AK_STEP_FIRST_CLIENT_DATA, AK_STEP_RST},
        {AK_STEP_SYN, AK_STEPS},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct known k;
        known_begin(&k, AK_PROTOCOL_TDS, AK_OUTCOME_UNANSWERED, AK_STAGE_P1, AK_SIDE_CLIENT,
                    AK_CLOSE_TIMEOUT);
        known_step(&k, rows[i].asked, 4, 500);
        k.c.last_time = known_start + INT64_C(6500) * 1000000;
        if (rows[i].end != AK_STEPS)
            known_step(&k, rows[i].end, 9, 6500);
        assert_match(&k, silent, AK_GRADE_POSSIBLE, AK_CHANGE_SERVER);
        assert_int_equal(known_fact(&k, AK_FACT_SILENCE)->a, 6000);
        assert_true(known_rival(&k, "strict-mismatch"));
        assert_true(known_lacks(&k, "server-load"));
    }
}

/* A server that lets a PRELOGIN lie and then closes did not answer either. */
static void a_late_close_is_no_answer(void **state)
{
    (void)state;
    struct known k;
    known_begin(&k, AK_PROTOCOL_TDS, AK_OUTCOME_REFUSED, AK_STAGE_P1, AK_SIDE_SERVER, AK_CLOSE_FIN);
    known_step(&k, AK_STEP_FIRST_CLIENT_DATA, 4, 0);
    known_end(&k, AK_SIDE_SERVER, false, 3000);
    assert_match(&k, silent, AK_GRADE_POSSIBLE, AK_CHANGE_SERVER);
    known_end(&k, AK_SIDE_SERVER, false, 2999);
    assert_no_match(&k, silent, AK_ANSWER_NO, "nobody-answered");
    known_end(&k, AK_SIDE_SERVER, false, 3000);
    k.c.stage = AK_STAGE_P2;
    assert_no_match(&k, silent, AK_ANSWER_NO, "nobody-answered");
}

static void starvation(void **state)
{
    (void)state;
    static const struct {
        enum ak_outcome outcome;
        enum ak_stage stage;
        bool unheard;
    } rows[] = {
        {AK_OUTCOME_UNANSWERED, AK_STAGE_P0, true},  {AK_OUTCOME_REFUSED, AK_STAGE_P1, true},
        {AK_OUTCOME_ESTABLISHED, AK_STAGE_P6, true}, {AK_OUTCOME_UNANSWERED, AK_STAGE_P3, false},
        {AK_OUTCOME_REFUSED, AK_STAGE_P2, false},    {AK_OUTCOME_ESTABLISHED, AK_STAGE_P7, false},
        {AK_OUTCOME_FAILED, AK_STAGE_P1, false},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct known k;
        known_begin(&k, AK_PROTOCOL_TDS, rows[i].outcome, rows[i].stage, AK_SIDE_SERVER,
                    AK_CLOSE_RST);
        if (!rows[i].unheard) {
            assert_no_match(&k, starved, AK_ANSWER_NO, "ended-before-an-answer");
            continue;
        }
        assert_no_match(&k, starved, AK_ANSWER_LACK, "many-of-one-server-at-once");
        k.view.server = &k.server;
        assert_no_match(&k, starved, AK_ANSWER_LACK, "many-of-one-server-at-once");
        k.server.starved.used = true;
        k.server.starved.conversations = 100;
        k.server.starved.silent = 40;
        assert_no_match(&k, starved, AK_ANSWER_NO, "many-of-one-server-at-once");
        k.server.established = 1; /* it can be reached at times */
        assert_match(&k, starved, AK_GRADE_LIKELY, AK_CHANGE_SERVER);
        assert_int_equal(known_fact(&k, AK_FACT_LOAD)->a, 100);
        assert_int_equal(known_fact(&k, AK_FACT_LOAD)->b, 40);
    }
}

static void resets_from_elsewhere(void **state)
{
    (void)state;
    static const struct {
        uint8_t low, high, reset;
        uint64_t packets;
        bool yes;
        uint8_t shown;
    } rows[] = {
        {128, 128, 64, 5, true, 128}, {128, 128, 124, 5, false, 0}, {128, 128, 123, 5, true, 128},
        {60, 60, 65, 5, true, 60},    {60, 60, 64, 5, false, 0},    {58, 62, 60, 5, false, 0},
        {58, 62, 67, 5, true, 62},    {128, 128, 64, 1, false, 0}, /* nothing else was seen of it */
        {0, 0, 64, 5, false, 0},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++)
        for (int side = 0; side < AK_SIDES; side++) {
            struct known k;
            known_begin(&k, AK_PROTOCOL_TLS, AK_OUTCOME_FAILED, AK_STAGE_P3, (enum ak_side)side,
                        AK_CLOSE_RST);
            struct ak_side_seen *s = &k.c.side[side];
            s->rst = true;
            s->ttl_low = rows[i].low;
            s->ttl_high = rows[i].high;
            s->rst_ttl = rows[i].reset;
            s->packets = rows[i].packets;
            if (!rows[i].yes) {
                assert_no_match(&k, middlebox, AK_ANSWER_NO, "reset-has-a-foreign-ttl");
                continue;
            }
            assert_match(&k, middlebox, AK_GRADE_LIKELY, AK_CHANGE_NETWORK);
            assert_int_equal(known_fact(&k, AK_FACT_TTL)->a, rows[i].reset);
            assert_int_equal(known_fact(&k, AK_FACT_TTL)->b, rows[i].shown);
            k.c.close = AK_CLOSE_FIN; /* the RST came after the end */
            assert_no_match(&k, middlebox, AK_ANSWER_NO, "reset-has-a-foreign-ttl");
            k.c.close = AK_CLOSE_RST;
            k.c.closed_by = (enum ak_side) !side;
            assert_no_match(&k, middlebox, AK_ANSWER_NO, "reset-has-a-foreign-ttl");
        }
}

/* ---- idle-drop ---- */

/* A working session that a RST of this side ends. */
static void reset_by(struct known *k, enum ak_side side)
{
    known_begin(k, AK_PROTOCOL_TDS, AK_OUTCOME_ESTABLISHED, AK_STAGE_P7, side, AK_CLOSE_RST);
    known_end(k, side, true, 300000);
}

static void nobody_answers_any_more(void **state)
{
    (void)state;
    for (int side = 0; side < AK_SIDES; side++) {
        struct known k;
        reset_by(&k, (enum ak_side)side);
        k.c.side[side].unanswered = 5;
        assert_match(&k, idle, AK_GRADE_LIKELY, AK_CHANGE_NETWORK);
        assert_int_equal(known_fact(&k, AK_FACT_UNANSWERED)->a, 5);
        assert_int_equal(known_fact(&k, AK_FACT_UNANSWERED)->b, side);
        assert_null(known_fact(&k, AK_FACT_IDLE));
        assert_true(known_lacks(&k, "both-sides-capture"));
        k.c.side[side].unanswered = 4;
        k.c.side[!side].unanswered = 9; /* the other side's are another matter */
        assert_no_match(&k, idle, AK_ANSWER_NO, "way-went-dead");
        k.c.side[side].unanswered = 5;
        k.c.stage = AK_STAGE_P6;
        assert_no_match(&k, idle, AK_ANSWER_NO, "way-went-dead");
        k.c.stage = AK_STAGE_P7;
        k.c.closed_by = (enum ak_side) !side; /* it answers a FIN */
        assert_no_match(&k, idle, AK_ANSWER_NO, "way-went-dead");
        known_end(&k, (enum ak_side)side, false, 300000);
        k.c.closed_by = (enum ak_side)side;
        assert_no_match(&k, idle, AK_ANSWER_NO, "way-went-dead");
    }
}

/* The client speaks after `pause` ms, the server's RST follows `late` ms later. */
static void wakes_after(struct known *k, int64_t pause, int64_t late)
{
    reset_by(k, AK_SIDE_SERVER);
    k->c.pause = pause * 1000000;
    k->c.pause_end = k->c.step[AK_STEP_RST].time - late * 1000000;
    k->c.side[AK_SIDE_CLIENT].woke = true;
}

static void a_long_pause_and_then_a_reset(void **state)
{
    (void)state;
    struct known k;
    wakes_after(&k, 240000, 3000);
    assert_match(&k, idle, AK_GRADE_POSSIBLE, AK_CHANGE_NETWORK);
    assert_int_equal(known_fact(&k, AK_FACT_IDLE)->a, 240000);
    assert_null(known_fact(&k, AK_FACT_UNANSWERED));
    wakes_after(&k, 240000, 3001); /* too late to be an answer */
    assert_no_match(&k, idle, AK_ANSWER_NO, "way-went-dead");
    wakes_after(&k, 240000, -1); /* the pause came after it */
    assert_no_match(&k, idle, AK_ANSWER_NO, "way-went-dead");
    wakes_after(&k, 0, 1);
    assert_no_match(&k, idle, AK_ANSWER_NO, "way-went-dead");
    wakes_after(&k, 240000, 1);
    k.c.close = AK_CLOSE_FIN; /* an orderly end, and a RST to what came late */
    k.c.closed_by = AK_SIDE_CLIENT;
    assert_no_match(&k, idle, AK_ANSWER_NO, "way-went-dead");
    wakes_after(&k, 240000, 0);
    k.c.side[AK_SIDE_CLIENT].woke = false;
    k.c.side[AK_SIDE_SERVER].woke = true; /* it reset by itself */
    assert_no_match(&k, idle, AK_ANSWER_NO, "way-went-dead");
}

static void last_resorts(void **state)
{
    (void)state;
    static const struct {
        enum ak_outcome outcome;
        enum ak_stage stage;
        bool server, client;
    } rows[] = {
        {AK_OUTCOME_FAILED, AK_STAGE_P3, true, true},
        {AK_OUTCOME_FAILED, AK_STAGE_P4, true, true},
        {AK_OUTCOME_REFUSED, AK_STAGE_P1, true, true},
        {AK_OUTCOME_REFUSED, AK_STAGE_P0, true, false}, /* a port probe is no failure */
        {AK_OUTCOME_ESTABLISHED, AK_STAGE_P7, false, false},
        {AK_OUTCOME_INCOMPLETE, AK_STAGE_P3, false, false},
        {AK_OUTCOME_UNANSWERED, AK_STAGE_P3, false, false},
        {AK_OUTCOME_PLAINTEXT, AK_STAGE_P6, false, false},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct known k;
        known_begin(&k, AK_PROTOCOL_TLS, rows[i].outcome, rows[i].stage, AK_SIDE_SERVER,
                    AK_CLOSE_FIN);
        assert_int_equal(known_ask(&k, by_server), rows[i].server ? AK_ANSWER_YES : AK_ANSWER_NO);
        if (rows[i].server) {
            assert_match(&k, by_server, AK_GRADE_POSSIBLE, AK_CHANGE_SERVER);
            assert_int_equal(known_rival(&k, "no-common-suite"), rows[i].stage == AK_STAGE_P3);
        }
        assert_int_equal(known_ask(&k, by_client), AK_ANSWER_NO);
        k.c.closed_by = AK_SIDE_CLIENT;
        assert_int_equal(known_ask(&k, by_client), rows[i].client ? AK_ANSWER_YES : AK_ANSWER_NO);
        if (rows[i].client) {
            assert_match(&k, by_client, AK_GRADE_POSSIBLE, AK_CHANGE_CLIENT);
            assert_int_equal(known_rival(&k, "certificate-untrusted"),
                             rows[i].stage == AK_STAGE_P4);
        }
        assert_int_equal(known_ask(&k, by_server), AK_ANSWER_NO);
    }
    assert_int_equal(by_server->class, AK_RULE_LAST_RESORT);
    assert_int_equal(by_client->class, AK_RULE_LAST_RESORT);
}

static void a_clear_login_that_died_is_a_failure(void **state)
{
    (void)state;
    struct known k;
    known_begin(&k, AK_PROTOCOL_TDS, AK_OUTCOME_PLAINTEXT, AK_STAGE_P6, AK_SIDE_SERVER,
                AK_CLOSE_RST);
    known_tds(&k, 2, 2);
    k.c.cleartext_login = true;
    assert_match(&k, by_server, AK_GRADE_POSSIBLE, AK_CHANGE_SERVER);
    k.tds.old_login = true; /* FreeTDS's last try is expected to be refused */
    assert_no_match(&k, by_server, AK_ANSWER_NO, "connection-ended-early");
    k.tds.old_login = false;
    k.c.stage = AK_STAGE_P7;
    assert_no_match(&k, by_server, AK_ANSWER_NO, "connection-ended-early");
}

/* ---- host-ignores-packets ---- */

static void only_the_silent_host_can_tell(void **state)
{
    (void)state;
    struct known k;
    const struct ak_rule *rule = &ak_rule_host_ignores_packets;
    known_begin(&k, AK_PROTOCOL_TDS, AK_OUTCOME_INCOMPLETE, AK_STAGE_P2, AK_SIDE_NONE,
                AK_CLOSE_NONE);
    struct ak_side_seen *client = &k.c.side[AK_SIDE_CLIENT], *server = &k.c.side[AK_SIDE_SERVER];
    client->ttl_low = client->ttl_high = 128;
    server->ttl_low = server->ttl_high = 125;
    server->unanswered = 4;
    assert_int_equal(known_ask(&k, rule), AK_ANSWER_NO);
    server->unanswered = 5;
    assert_int_equal(known_ask(&k, rule), AK_ANSWER_YES);
    assert_int_equal(k.match.grade, AK_GRADE_POSSIBLE);
    assert_int_equal(k.match.side, AK_CHANGE_CLIENT);
    assert_int_equal(known_fact(&k, AK_FACT_NOT_ACKNOWLEDGED)->b, AK_SIDE_SERVER);
    server->ttl_high = 64; /* another device answers for it: nothing can be said */
    assert_int_equal(known_ask(&k, rule), AK_ANSWER_NO);
    server->ttl_high = 125;
    client->ttl_low = client->ttl_high = 120; /* captured elsewhere */
    assert_int_equal(known_ask(&k, rule), AK_ANSWER_NO);
    server->ttl_low = 0;
    assert_int_equal(known_ask(&k, rule), AK_ANSWER_NO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_unanswered_syn),
        cmocka_unit_test(an_unanswered_question),
        cmocka_unit_test(a_late_close_is_no_answer),
        cmocka_unit_test(starvation),
        cmocka_unit_test(resets_from_elsewhere),
        cmocka_unit_test(nobody_answers_any_more),
        cmocka_unit_test(a_long_pause_and_then_a_reset),
        cmocka_unit_test(last_resorts),
        cmocka_unit_test(a_clear_login_that_died_is_a_failure),
        cmocka_unit_test(only_the_silent_host_can_tell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
