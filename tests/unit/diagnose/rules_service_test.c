/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/rules.h"

#include "support/case.h"

static const struct ak_rule *const starttls = &ak_rule_starttls_refused;
static const struct ak_rule *const proxy = &ak_rule_proxy_denied;
static const struct ak_rule *const endpoint = &ak_rule_endpoint_handshake;

static void begin(struct known *k, struct ak_clear_seen *seen, enum ak_outcome outcome,
                  enum ak_stage stage)
{
    known_begin(k, AK_PROTOCOL_UNKNOWN, outcome, stage, AK_SIDE_CLIENT, AK_CLOSE_FIN);
    memset(seen, 0, sizeof *seen);
    k->c.clear = seen;
}

static void a_refused_starttls_is_no_close_only(void **state)
{
    (void)state;
    struct known k;
    struct ak_clear_seen seen;
    begin(&k, &seen, AK_OUTCOME_REFUSED, AK_STAGE_P2);
    seen.service = AK_SERVICE_SMTP;
    seen.starttls = AK_STARTTLS_REFUSED;
    (void)snprintf(seen.starttls_answer, sizeof seen.starttls_answer, "454");
    assert_int_equal(known_ask(&k, starttls), AK_ANSWER_YES);
    assert_int_equal(k.match.severity, AK_SEVERITY_ERROR);
    assert_false(k.match.exposure);
    assert_string_equal(known_fact(&k, AK_FACT_STARTTLS_REFUSED)->text, "smtp 454");
    k.c.outcome = AK_OUTCOME_PLAINTEXT;
    assert_int_equal(known_ask(&k, starttls), AK_ANSWER_YES);
    assert_int_equal(k.match.severity, AK_SEVERITY_WARNING);
    assert_true(k.match.exposure);
    assert_non_null(known_fact(&k, AK_FACT_WENT_ON_CLEAR));
    seen.starttls = AK_STARTTLS_ASKED;
    assert_int_equal(known_ask(&k, starttls), AK_ANSWER_NO);
    k.c.clear = NULL;
    assert_int_equal(known_ask(&k, starttls), AK_ANSWER_NO);
}

static void a_proxy_that_does_not_connect(void **state)
{
    (void)state;
    struct known k;
    struct ak_clear_seen seen;
    char host[] = "sql01.example";
    begin(&k, &seen, AK_OUTCOME_REFUSED, AK_STAGE_P2);
    seen.proxy = AK_PROXY_CONNECT;
    seen.proxy_host = host;
    seen.proxy_port = 1433;
    assert_int_equal(known_ask(&k, proxy), AK_ANSWER_NO); /* it has not answered */
    seen.proxy_answered = true;
    seen.proxy_code = 403;
    assert_int_equal(known_ask(&k, proxy), AK_ANSWER_YES);
    assert_int_equal(k.match.grade, AK_GRADE_LIKELY);
    assert_int_equal(k.match.side, AK_CHANGE_NETWORK);
    assert_string_equal(known_fact(&k, AK_FACT_PROXY_ANSWER)->text, "sql01.example:1433");
    seen.proxy_code = 407;
    assert_int_equal(known_ask(&k, proxy), AK_ANSWER_YES);
    assert_int_equal(k.match.grade, AK_GRADE_POSSIBLE);
    assert_int_equal(k.match.severity, AK_SEVERITY_WARNING);
    assert_int_equal(k.match.side, AK_CHANGE_CLIENT);
    seen.proxy_granted = true;
    assert_int_equal(known_ask(&k, proxy), AK_ANSWER_NO);
}

static void an_endpoint_that_waits(void **state)
{
    (void)state;
    struct known k;
    struct ak_clear_seen seen;
    const int64_t second = 1000000000;
    begin(&k, &seen, AK_OUTCOME_PLAINTEXT, AK_STAGE_P7);
    seen.service = AK_SERVICE_MIRRORING;
    assert_int_equal(known_ask(&k, endpoint), AK_ANSWER_NO);
    seen.endpoint_last.frame = 5;
    seen.endpoint_last.time = known_start + second;
    known_step(&k, AK_STEP_FIN, 6, 15999);
    assert_int_equal(known_ask(&k, endpoint), AK_ANSWER_NO);
    known_step(&k, AK_STEP_FIN, 6, 16000);
    assert_int_equal(known_ask(&k, endpoint), AK_ANSWER_YES);
    assert_int_equal(k.match.grade, AK_GRADE_POSSIBLE);
    assert_int_equal(known_fact(&k, AK_FACT_STALL)->a, 15000);
    assert_int_equal(known_fact(&k, AK_FACT_STALL)->b, AK_SIDE_NONE);
    seen.stall = 20 * second;
    seen.stall_by = AK_SIDE_SERVER;
    k.c.closed_by = AK_SIDE_NONE;
    assert_int_equal(known_ask(&k, endpoint), AK_ANSWER_YES);
    assert_int_equal(known_fact(&k, AK_FACT_STALL)->b, AK_SIDE_SERVER);
    assert_int_equal(k.match.severity, AK_SEVERITY_WARNING);
    seen.service = AK_SERVICE_NONE;
    assert_int_equal(known_ask(&k, endpoint), AK_ANSWER_NO);
}

static void an_endpoint_that_refuses(void **state)
{
    (void)state;
    struct known k;
    struct ak_clear_seen seen;
    begin(&k, &seen, AK_OUTCOME_PLAINTEXT, AK_STAGE_P7);
    seen.service = AK_SERVICE_MIRRORING;
    seen.gss.first.frame = 4;
    seen.gss.offered = 1u << AK_GSS_KERBEROS | 1u << AK_GSS_NTLM;
    assert_int_equal(known_ask(&k, endpoint), AK_ANSWER_NO);
    seen.gss.refused.frame = 5;
    assert_int_equal(known_ask(&k, endpoint), AK_ANSWER_YES);
    assert_int_equal(k.match.grade, AK_GRADE_LIKELY);
    assert_string_equal(known_fact(&k, AK_FACT_LOGIN_WAY)->text, "kerberos, ntlm");
    assert_string_equal(known_fact(&k, AK_FACT_LOGIN_REFUSED)->text, "SPNEGO reject");
    seen.gss.kerberos = AK_KERBEROS_ERROR;
    seen.gss.error = 37;
    assert_int_equal(known_ask(&k, endpoint), AK_ANSWER_YES);
    assert_string_equal(known_fact(&k, AK_FACT_LOGIN_REFUSED)->text,
                        "KRB-ERROR 37 (KRB_AP_ERR_SKEW)");
    k.c.closed_by = AK_SIDE_NONE;
    assert_int_equal(known_ask(&k, endpoint), AK_ANSWER_NO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refused_starttls_is_no_close_only),
        cmocka_unit_test(a_proxy_that_does_not_connect),
        cmocka_unit_test(an_endpoint_that_waits),
        cmocka_unit_test(an_endpoint_that_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
