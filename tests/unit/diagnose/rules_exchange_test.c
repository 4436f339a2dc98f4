/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/rules.h"

#include "support/case.h"

static const struct ak_rule *const zero = &ak_rule_dhe_leading_zero;
static const struct ak_rule *const group = &ak_rule_dh_group_refused;
static const struct ak_rule *const ems = &ak_rule_ems_mismatch;

/* The server refuses the client's Finished of a TLS_DHE handshake. */
static void refused_finished(struct known *k, uint8_t alert)
{
    known_begin(k, AK_PROTOCOL_TDS, AK_OUTCOME_FAILED, AK_STAGE_P5, AK_SIDE_SERVER,
                alert ? AK_CLOSE_ALERT : AK_CLOSE_FIN);
    known_tls(k);
    known_server_hello(k, 0x0303, 0x009e);
    known_end(k, AK_SIDE_SERVER, false, 5);
    if (alert != 0)
        known_alert(k, AK_SIDE_SERVER, alert);
}

static void a_leading_zero_is_possible_alone(void **state)
{
    (void)state;
    static const uint8_t keys[] = {0, 20, 21, 40, 51};
    for (size_t i = 0; i < AK_COUNT(keys); i++) {
        struct known k;
        refused_finished(&k, keys[i]);
        assert_match(&k, zero, AK_GRADE_POSSIBLE, AK_CHANGE_BOTH);
        assert_true(known_lacks(&k, "more-conversations"));
        assert_int_equal(known_fact(&k, AK_FACT_DHE_SUITE)->a, 0x009e);
        assert_int_equal(known_fact(&k, AK_FACT_DHE_SUITE)->b, 0);
    }
}

static void it_is_likely_when_the_pair_works_otherwise(void **state)
{
    (void)state;
    struct known k;
    refused_finished(&k, 0);
    k.pair.established = 254;
    k.pair.id = 17;
    k.view.pair = &k.pair;
    k.tls.server_ems = true;
    assert_match(&k, zero, AK_GRADE_LIKELY, AK_CHANGE_BOTH);
    assert_int_equal(known_fact(&k, AK_FACT_PAIR_WORKED)->a, 254);
    assert_int_equal(known_fact(&k, AK_FACT_PAIR_WORKED)->b, 17);
    assert_int_equal(known_fact(&k, AK_FACT_DHE_SUITE)->b, 1);
    assert_false(known_lacks(&k, "more-conversations"));
    k.pair.established = 0;
    assert_match(&k, zero, AK_GRADE_POSSIBLE, AK_CHANGE_BOTH);
}

static void rates_of_the_pair_and_of_all_clients(void **state)
{
    (void)state;
    struct ak_pair_known suite = {.established = 31, .failed = 1};
    struct known k;
    refused_finished(&k, 0);
    k.pair.established = 19;
    k.pair.failed = 1;
    k.view.pair = &k.pair;
    k.view.suite = &suite;
    assert_match(&k, zero, AK_GRADE_LIKELY, AK_CHANGE_BOTH);
    assert_int_equal(known_fact(&k, AK_FACT_PAIR_RATE)->a, 1);
    assert_int_equal(known_fact(&k, AK_FACT_PAIR_RATE)->b, 20);
    assert_int_equal(known_fact(&k, AK_FACT_SUITE_RATE)->a, 1);
    assert_int_equal(known_fact(&k, AK_FACT_SUITE_RATE)->b, 32);
    assert_true(known_rival(&k, "ems-mismatch"));
    suite.established = 19; /* one client only: the same figure once */
    k.tls.server_ems = true;
    assert_match(&k, zero, AK_GRADE_LIKELY, AK_CHANGE_BOTH);
    assert_null(known_fact(&k, AK_FACT_SUITE_RATE));
    assert_false(known_rival(&k, "ems-mismatch"));
    suite.established = k.pair.established = 0; /* one of one is no rate */
    assert_match(&k, zero, AK_GRADE_POSSIBLE, AK_CHANGE_BOTH);
    assert_null(known_fact(&k, AK_FACT_PAIR_RATE));
    assert_null(known_fact(&k, AK_FACT_SUITE_RATE));
}

static void a_leading_zero_needs_all_of_it(void **state)
{
    (void)state;
    struct known k;
    refused_finished(&k, 42); /* a complaint about something else */
    assert_no_match(&k, zero, AK_ANSWER_NO, "finished-was-refused");
    refused_finished(&k, 0);
    k.tls.client_certificate_empty = true; /* that explains it better */
    assert_no_match(&k, zero, AK_ANSWER_NO, "finished-was-refused");
    refused_finished(&k, 0);
    k.c.hole = true;
    assert_no_match(&k, zero, AK_ANSWER_LACK, "no-bytes-missing");
    refused_finished(&k, 0);
    k.c.closed_by = AK_SIDE_CLIENT;
    assert_no_match(&k, zero, AK_ANSWER_NO, "server-closed-first");
    refused_finished(&k, 0);
    known_server_hello(&k, 0x0303, 0xc02f); /* ECDHE */
    assert_no_match(&k, zero, AK_ANSWER_NO, "server-chose-dhe");
    known_server_hello(&k, 0x0303, 0xfefe); /* nobody knows it */
    assert_no_match(&k, zero, AK_ANSWER_NO, "server-chose-dhe");
    k.view.tls = NULL;
    assert_no_match(&k, zero, AK_ANSWER_NO, "server-chose-dhe");
    refused_finished(&k, 0);
    k.c.stage = AK_STAGE_P4;
    assert_no_match(&k, zero, AK_ANSWER_NO, "ended-after-client-finished");
}

static void left_after_parameters(struct known *k, unsigned bits, uint8_t alert)
{
    known_begin(k, AK_PROTOCOL_TLS, AK_OUTCOME_FAILED, AK_STAGE_P4, AK_SIDE_CLIENT,
                alert ? AK_CLOSE_ALERT : AK_CLOSE_FIN);
    known_tls(k);
    known_server_hello(k, 0x0303, 0x009e);
    k->tls.dh_prime_bits = bits;
    if (alert != 0)
        known_alert(k, AK_SIDE_CLIENT, alert);
}

static void short_groups(void **state)
{
    (void)state;
    static const struct {
        unsigned bits;
        uint8_t alert;
        enum ak_grade grade; /* NONE: no match */
    } rows[] = {
        {512, 0, AK_GRADE_LIKELY},    {1023, 0, AK_GRADE_LIKELY},  {1024, 0, AK_GRADE_POSSIBLE},
        {2047, 0, AK_GRADE_POSSIBLE}, {2048, 0, AK_GRADE_NONE},    {0, 0, AK_GRADE_NONE},
        {1024, 40, AK_GRADE_LIKELY},  {1024, 47, AK_GRADE_LIKELY}, {1024, 71, AK_GRADE_LIKELY},
        {1024, 80, AK_GRADE_LIKELY},  {1024, 48, AK_GRADE_NONE},   {512, 42, AK_GRADE_NONE},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct known k;
        left_after_parameters(&k, rows[i].bits, rows[i].alert);
        if (rows[i].grade == AK_GRADE_NONE) {
            assert_no_match(&k, group, AK_ANSWER_NO, "client-left-after-short-dh-group");
            continue;
        }
        assert_match(&k, group, rows[i].grade, AK_CHANGE_SERVER);
        assert_int_equal(known_fact(&k, AK_FACT_DH_BITS)->a, rows[i].bits);
        assert_true(known_rival(&k, "certificate-untrusted"));
    }
}

static void a_client_that_gave_up_waiting_did_not_refuse(void **state)
{
    (void)state;
    struct known k;
    left_after_parameters(&k, 512, 0);
    k.c.close = AK_CLOSE_TIMEOUT;
    assert_no_match(&k, group, AK_ANSWER_NO, "client-left-after-short-dh-group");
    left_after_parameters(&k, 512, 0);
    k.c.closed_by = AK_SIDE_SERVER;
    assert_no_match(&k, group, AK_ANSWER_NO, "client-closed-first");
    left_after_parameters(&k, 512, 0);
    k.c.stage = AK_STAGE_P5;
    assert_no_match(&k, group, AK_ANSWER_NO, "client-left-after-short-dh-group");
}

/* ---- ems-mismatch ---- */

/* Resumed in TLS 1.2; only the client speaks of extended master secret, and leaves. */
static void resumed_without_ems(struct known *k)
{
    known_begin(k, AK_PROTOCOL_TDS, AK_OUTCOME_FAILED, AK_STAGE_P4, AK_SIDE_CLIENT, AK_CLOSE_FIN);
    known_tls(k);
    k->hello.extended_master_secret = true;
    known_server_hello(k, 0x0303, 0xc02f);
    k->tls.resumed = true;
}

static void a_session_may_not_lose_its_master_secret(void **state)
{
    (void)state;
    struct known k;
    resumed_without_ems(&k);
    assert_match(&k, ems, AK_GRADE_LIKELY, AK_CHANGE_SERVER);
    assert_int_equal(known_fact(&k, AK_FACT_RESUMED_NO_EMS)->frame, 5);
    assert_true(known_lacks(&k, "server-os"));
    resumed_without_ems(&k);
    known_server_hello(&k, 0x0301, 0xc014);
    assert_match(&k, ems, AK_GRADE_LIKELY, AK_CHANGE_SERVER);
}

static void other_resumptions_are_well(void **state)
{
    (void)state;
    static const char *const without = "resumed-without-ems";
    struct known k;
    resumed_without_ems(&k);
    k.tls.server_ems = true;
    assert_no_match(&k, ems, AK_ANSWER_NO, without);
    resumed_without_ems(&k);
    k.hello.extended_master_secret = false;
    assert_no_match(&k, ems, AK_ANSWER_NO, without);
    resumed_without_ems(&k);
    k.tls.resumed = false;
    assert_no_match(&k, ems, AK_ANSWER_NO, without);
    resumed_without_ems(&k);
    known_server_hello(&k, 0x0304, 0x1301); /* has no such extension */
    assert_no_match(&k, ems, AK_ANSWER_NO, without);
    resumed_without_ems(&k);
    k.view.hello = NULL;
    assert_no_match(&k, ems, AK_ANSWER_NO, without);
    k.view.tls = NULL;
    assert_no_match(&k, ems, AK_ANSWER_NO, without);
    resumed_without_ems(&k);
    k.c.hole = true;
    assert_no_match(&k, ems, AK_ANSWER_LACK, "no-bytes-missing");
    resumed_without_ems(&k);
    k.c.closed_by = AK_SIDE_SERVER;
    assert_no_match(&k, ems, AK_ANSWER_NO, "client-closed-first");
    resumed_without_ems(&k);
    k.c.outcome = AK_OUTCOME_ESTABLISHED;
    assert_no_match(&k, ems, AK_ANSWER_NO, "handshake-failed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_leading_zero_is_possible_alone),
        cmocka_unit_test(it_is_likely_when_the_pair_works_otherwise),
        cmocka_unit_test(rates_of_the_pair_and_of_all_clients),
        cmocka_unit_test(a_leading_zero_needs_all_of_it),
        cmocka_unit_test(a_session_may_not_lose_its_master_secret),
        cmocka_unit_test(other_resumptions_are_well),
        cmocka_unit_test(short_groups),
        cmocka_unit_test(a_client_that_gave_up_waiting_did_not_refuse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
