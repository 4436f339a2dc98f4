/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/rules.h"

#include "support/case.h"

static const struct ak_rule *const expired = &ak_rule_certificate_expired;
static const struct ak_rule *const untrusted = &ak_rule_certificate_untrusted;
static const struct ak_rule *const name = &ak_rule_certificate_name_mismatch;
static const struct ak_rule *const key = &ak_rule_rsa_key_too_short;
static const struct ak_rule *const client = &ak_rule_client_certificate_required;

/* The client saw a certificate and left. */
static void left(struct known *k, uint8_t alert)
{
    known_begin(k, AK_PROTOCOL_TLS, AK_OUTCOME_FAILED, AK_STAGE_P4, AK_SIDE_CLIENT,
                alert ? AK_CLOSE_ALERT : AK_CLOSE_FIN);
    known_tls(k);
    known_server_hello(k, 0x0303, 0xc02f);
    known_leaf(k);
    known_end(k, AK_SIDE_CLIENT, false, 5);
    if (alert != 0)
        known_alert(k, AK_SIDE_CLIENT, alert);
}

/* A client that checks late, as tedious does: Finished, and no login. */
static void left_late(struct known *k)
{
    left(k, 0);
    k->c.protocol = AK_PROTOCOL_TDS;
    k->c.outcome = AK_OUTCOME_ESTABLISHED;
    k->c.stage = AK_STAGE_P5B;
}

static void make_expired(struct known *k)
{
    k->leaf.facts.not_after = known_start / 1000000000 - 1;
}

static void expired_by_the_clock(void **state)
{
    (void)state;
    struct known k;
    int64_t now = known_start / 1000000000;
    left(&k, 0);
    assert_no_match(&k, expired, AK_ANSWER_NO, "certificate-outside-validity");
    k.leaf.facts.not_after = now; /* its last second */
    assert_no_match(&k, expired, AK_ANSWER_NO, "certificate-outside-validity");
    k.leaf.facts.not_after = now - 1;
    assert_match(&k, expired, AK_GRADE_LIKELY, AK_CHANGE_SERVER);
    assert_true(known_rival(&k, "certificate-untrusted"));
    assert_int_equal(known_fact(&k, AK_FACT_VALIDITY)->b, now - 1);
    left(&k, 0);
    k.leaf.facts.not_before = now + 1; /* not valid yet */
    assert_match(&k, expired, AK_GRADE_LIKELY, AK_CHANGE_SERVER);
    left_late(&k);
    make_expired(&k);
    assert_match(&k, expired, AK_GRADE_LIKELY, AK_CHANGE_SERVER);
}

static void expired_by_alert(void **state)
{
    (void)state;
    struct known k;
    left(&k, 45);
    assert_match(&k, expired, AK_GRADE_LIKELY, AK_CHANGE_SERVER); /* the clocks disagree */
    make_expired(&k);
    assert_match(&k, expired, AK_GRADE_CERTAIN, AK_CHANGE_SERVER);
    assert_int_equal(k.match.rival_count, 0);
    k.view.leaf = NULL; /* TLS 1.3 hides it */
    assert_match(&k, expired, AK_GRADE_LIKELY, AK_CHANGE_SERVER);
    left(&k, 0);
    make_expired(&k);
    k.c.closed_by = AK_SIDE_SERVER;
    assert_no_match(&k, expired, AK_ANSWER_NO, "client-closed-first");
}

static void a_hidden_certificate_is_lack_of_evidence(void **state)
{
    (void)state;
    struct known k;
    left(&k, 0);
    k.view.leaf = NULL;
    assert_no_match(&k, expired, AK_ANSWER_NO, "certificate-outside-validity");
    k.tls.version = 0x0304;
    assert_no_match(&k, expired, AK_ANSWER_LACK, "certificate-outside-validity");
    assert_no_match(&k, untrusted, AK_ANSWER_LACK, "client-refused-certificate");
    assert_no_match(&k, name, AK_ANSWER_LACK, "certificate-seen");
    assert_no_match(&k, key, AK_ANSWER_LACK, "certificate-seen");
}

static void untrusted_ones(void **state)
{
    (void)state;
    static const struct {
        uint8_t alert;
        bool self, late;
        enum ak_grade grade; /* NONE: no match */
    } rows[] = {
        {48, false, false, AK_GRADE_CERTAIN},  {48, true, false, AK_GRADE_CERTAIN},
        {42, true, false, AK_GRADE_LIKELY},    {46, true, false, AK_GRADE_LIKELY},
        {42, false, false, AK_GRADE_POSSIBLE}, {0, true, false, AK_GRADE_POSSIBLE},
        {0, false, false, AK_GRADE_POSSIBLE},  {0, true, true, AK_GRADE_LIKELY},
        {0, false, true, AK_GRADE_POSSIBLE},   {45, true, false, AK_GRADE_NONE},
        {40, true, false, AK_GRADE_NONE},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct known k;
        if (rows[i].late)
            left_late(&k);
        else
            left(&k, rows[i].alert);
        k.leaf.facts.self_issued = rows[i].self;
        if (rows[i].grade == AK_GRADE_NONE) {
            assert_no_match(&k, untrusted, AK_ANSWER_NO, "client-refused-certificate");
            continue;
        }
        assert_match(&k, untrusted, rows[i].grade, AK_CHANGE_SERVER);
        assert_int_equal(known_fact(&k, AK_FACT_SELF_SIGNED) != NULL, rows[i].self);
        assert_int_equal(known_rival(&k, "certificate-name-mismatch"), rows[i].alert != 48);
    }
}

static void leaving_means_leaving_at_once(void **state)
{
    (void)state;
    struct known k;
    left(&k, 0);
    k.c.close = AK_CLOSE_TIMEOUT; /* the server fell silent */
    assert_no_match(&k, untrusted, AK_ANSWER_NO, "client-refused-certificate");
    left_late(&k);
    k.c.close = AK_CLOSE_RST;
    assert_no_match(&k, untrusted, AK_ANSWER_NO, "client-refused-certificate");
    left_late(&k);
    k.c.protocol = AK_PROTOCOL_TLS; /* any other client may just have looked */
    assert_no_match(&k, untrusted, AK_ANSWER_NO, "client-refused-certificate");
    left_late(&k);
    k.c.stage = AK_STAGE_P6;
    assert_no_match(&k, untrusted, AK_ANSWER_NO, "client-refused-certificate");
}

static void names(void **state)
{
    (void)state;
    struct known k;
    left(&k, 0);
    assert_no_match(&k, name, AK_ANSWER_LACK, "name-not-in-certificate"); /* no SNI */
    k.tls.server_name = (char *)(uintptr_t) "sql01.example";
    assert_no_match(&k, name, AK_ANSWER_NO, "name-not-in-certificate");
    k.tls.server_name = (char *)(uintptr_t) "SQL01.EXAMPLE";
    assert_no_match(&k, name, AK_ANSWER_NO, "name-not-in-certificate");
    k.tls.server_name = (char *)(uintptr_t) "sql02";
    assert_match(&k, name, AK_GRADE_LIKELY, AK_CHANGE_SERVER);
    assert_string_equal(known_fact(&k, AK_FACT_NAME)->text, "sql02");
    k.leaf.facts.self_issued = true; /* another fault that would do as well */
    assert_match(&k, name, AK_GRADE_POSSIBLE, AK_CHANGE_SERVER);
    k.leaf.facts.self_issued = false;
    make_expired(&k);
    assert_match(&k, name, AK_GRADE_POSSIBLE, AK_CHANGE_SERVER);
    left(&k, 48);
    k.tls.server_name = (char *)(uintptr_t) "sql02";
    assert_no_match(&k, name, AK_ANSWER_NO, "name-not-in-certificate");
    left(&k, 46);
    k.tls.server_name = (char *)(uintptr_t) "sql02";
    assert_match(&k, name, AK_GRADE_LIKELY, AK_CHANGE_SERVER);
}

static void short_keys(void **state)
{
    (void)state;
    static const struct {
        enum ak_key_type type;
        unsigned bits;
        enum ak_grade grade;
    } rows[] = {
        {AK_KEY_RSA, 512, AK_GRADE_LIKELY},    {AK_KEY_RSA, 1023, AK_GRADE_LIKELY},
        {AK_KEY_RSA, 1024, AK_GRADE_POSSIBLE}, {AK_KEY_RSA, 2047, AK_GRADE_POSSIBLE},
        {AK_KEY_RSA, 2048, AK_GRADE_NONE},     {AK_KEY_EC, 256, AK_GRADE_NONE},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct known k;
        left(&k, 0);
        k.leaf.facts.key_type = rows[i].type;
        k.leaf.facts.key_bits = rows[i].bits;
        if (rows[i].grade == AK_GRADE_NONE) {
            assert_no_match(&k, key, AK_ANSWER_NO, "rsa-key-is-short");
            continue;
        }
        assert_match(&k, key, rows[i].grade, AK_CHANGE_SERVER);
        assert_int_equal(known_fact(&k, AK_FACT_KEY_BITS)->a, rows[i].bits);
        known_alert(&k, AK_SIDE_CLIENT, 48);
        assert_no_match(&k, key, AK_ANSWER_NO, "rsa-key-is-short");
    }
}

static void server_ended(struct known *k, uint8_t alert)
{
    known_begin(k, AK_PROTOCOL_TLS, AK_OUTCOME_FAILED, AK_STAGE_P5, AK_SIDE_SERVER,
                alert ? AK_CLOSE_ALERT : AK_CLOSE_FIN);
    known_tls(k);
    known_server_hello(k, 0x0303, 0xc02f);
    known_end(k, AK_SIDE_SERVER, false, 5);
    if (alert != 0)
        known_alert(k, AK_SIDE_SERVER, alert);
}

static void client_certificates(void **state)
{
    (void)state;
    static const struct {
        uint8_t alert;
        bool requested, sent, empty, yes;
    } rows[] = {
        {116, false, false, false, true}, {116, true, true, false, true},
        {0, true, false, true, true},     {40, true, false, true, true},
        {42, true, false, true, true},    {51, true, false, true, false}, /* of the keys */
        {0, true, true, false, false},    {0, false, false, false, false},
        {0, true, false, false, false}, /* died before the answer */
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct known k;
        server_ended(&k, rows[i].alert);
        k.tls.client_certificate_requested = rows[i].requested;
        k.tls.client_certificate_sent = rows[i].sent;
        k.tls.client_certificate_empty = rows[i].empty;
        if (rows[i].yes)
            assert_match(&k, client, AK_GRADE_LIKELY, AK_CHANGE_CLIENT);
        else
            assert_no_match(&k, client, AK_ANSWER_NO, "client-sent-no-certificate");
    }
}

/* TLS 1.3 hides all but the server's encrypted alert after the client's Finished. */
static void a_hidden_refusal_is_possible(void **state)
{
    (void)state;
    struct known k;
    server_ended(&k, 0);
    known_server_hello(&k, 0x0304, 0x1301);
    k.c.outcome = AK_OUTCOME_ESTABLISHED;
    k.c.stage = AK_STAGE_P5B;
    assert_no_match(&k, client, AK_ANSWER_NO, "client-sent-no-certificate");
    const struct ak_when finished = {10, 1000000000}, soon = {12, 1100000000};
    const struct ak_when fin = {13, 1200000000}, late = {12, 9000000000};
    k.c.step[AK_STEP_CLIENT_FINISHED] = finished;
    k.tls.encrypted_alerts[AK_SIDE_SERVER] = 1;
    k.tls.first_encrypted_alert[AK_SIDE_SERVER] = soon;
    k.c.step[AK_STEP_FIN] = fin;
    assert_match(&k, client, AK_GRADE_POSSIBLE, AK_CHANGE_CLIENT);
    assert_non_null(known_fact(&k, AK_FACT_ENCRYPTED_ALERT));
    k.c.closed_by = AK_SIDE_CLIENT; /* its FIN may come before the server's */
    assert_match(&k, client, AK_GRADE_POSSIBLE, AK_CHANGE_CLIENT);
    k.c.step[AK_STEP_FIN].frame = 11; /* it left first: the alert answers it */
    assert_no_match(&k, client, AK_ANSWER_NO, "server-ended-or-alerted-first");
    k.c.step[AK_STEP_FIN] = fin;
    k.tls.first_encrypted_alert[AK_SIDE_SERVER] = late; /* the end of an idle connection */
    assert_no_match(&k, client, AK_ANSWER_NO, "server-ended-or-alerted-first");
    k.tls.first_encrypted_alert[AK_SIDE_SERVER] = soon;
    k.c.closed_by = AK_SIDE_SERVER;
    k.tls.encrypted_alerts[AK_SIDE_CLIENT] = 1; /* it was the client who said goodbye */
    assert_no_match(&k, client, AK_ANSWER_NO, "client-sent-no-certificate");
    k.tls.encrypted_alerts[AK_SIDE_CLIENT] = 0;
    k.c.stage = AK_STAGE_P7; /* answered: an ordinary close_notify */
    assert_no_match(&k, client, AK_ANSWER_NO, "client-sent-no-certificate");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(expired_by_the_clock),
        cmocka_unit_test(expired_by_alert),
        cmocka_unit_test(a_hidden_certificate_is_lack_of_evidence),
        cmocka_unit_test(untrusted_ones),
        cmocka_unit_test(leaving_means_leaving_at_once),
        cmocka_unit_test(names),
        cmocka_unit_test(short_keys),
        cmocka_unit_test(client_certificates),
        cmocka_unit_test(a_hidden_refusal_is_possible),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
