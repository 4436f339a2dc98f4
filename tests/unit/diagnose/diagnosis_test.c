/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/diagnosis.h"

#include "base/alloc.h"
#include "support/case.h"

static struct ak_diagnosis *new_one(void)
{
    struct ak_diagnosis *d = ak_diagnosis_new(5);
    assert_non_null(d);
    return d;
}

/* A ClientHello that the server refused with this alert (0: a FIN). */
static void refused(struct known *k, uint64_t id, uint8_t alert)
{
    known_begin(k, AK_PROTOCOL_TLS, AK_OUTCOME_FAILED, AK_STAGE_P3, AK_SIDE_SERVER,
                alert ? AK_CLOSE_ALERT : AK_CLOSE_FIN);
    k->c.id = id;
    known_tls(k);
    known_end(k, AK_SIDE_SERVER, false, 5);
    if (alert != 0)
        known_alert(k, AK_SIDE_SERVER, alert);
}

static void clear_login(struct known *k, uint64_t id)
{
    known_begin(k, AK_PROTOCOL_TDS, AK_OUTCOME_PLAINTEXT, AK_STAGE_P7, AK_SIDE_CLIENT,
                AK_CLOSE_FIN);
    k->c.id = id;
    known_tds(k, 1, 2);
    k->c.cleartext_login = true;
}

static const struct ak_finding *the_finding(struct ak_diagnosis *d, const char *rule)
{
    for (size_t i = 0; ak_diagnosis_finding(d, i) != NULL; i++)
        if (strcmp(ak_diagnosis_finding(d, i)->rule->id, rule) == 0)
            return ak_diagnosis_finding(d, i);
    fail_msg("no finding of %s", rule);
    return NULL;
}

static bool explains(const struct ak_finding *f, const char *rule)
{
    for (size_t i = 0; i < f->explain_count; i++)
        if (strcmp(f->explains[i]->id, rule) == 0)
            return true;
    return false;
}

static void nothing_gives_nothing(void **state)
{
    (void)state;
    struct ak_diagnosis *d = new_one();
    assert_int_equal(ak_diagnosis_finish(d), 0);
    assert_null(ak_diagnosis_finding(d, 0));
    ak_diagnosis_free(d);
    ak_diagnosis_free(NULL);
}

static void one_cause_explains_the_others(void **state)
{
    (void)state;
    struct ak_diagnosis *d = new_one();
    struct known k;
    refused(&k, 1, 70);
    ak_diagnosis_add(d, &k.c);
    assert_int_equal(ak_diagnosis_finish(d), 1);
    const struct ak_finding *f = ak_diagnosis_finding(d, 0);
    assert_string_equal(f->rule->id, "no-common-version");
    assert_int_equal(f->grade, AK_GRADE_LIKELY);
    assert_int_equal(f->side, AK_CHANGE_SERVER);
    assert_true(explains(f, "closed-by-server"));
    assert_false(explains(f, "no-common-version"));
    assert_int_equal(f->stage, AK_STAGE_P3);
    assert_int_equal(f->close, AK_CLOSE_ALERT);
    assert_string_equal(f->source->file, "case");
    assert_null(ak_diagnosis_finding(d, 1));
    ak_diagnosis_free(d);
}

/* The higher grade wins over the earlier rule, the earlier rule among equals. */
static void grades_decide_between_causes(void **state)
{
    (void)state;
    struct ak_diagnosis *d = new_one();
    struct known k;
    refused(&k, 1, 40); /* no-common-suite is possible, middlebox-reset likely */
    k.c.close = AK_CLOSE_RST;
    k.c.side[AK_SIDE_SERVER].rst = true;
    k.c.side[AK_SIDE_SERVER].ttl_low = k.c.side[AK_SIDE_SERVER].ttl_high = 128;
    k.c.side[AK_SIDE_SERVER].rst_ttl = 64;
    ak_diagnosis_add(d, &k.c);
    assert_int_equal(ak_diagnosis_finish(d), 1);
    const struct ak_finding *f = ak_diagnosis_finding(d, 0);
    assert_string_equal(f->rule->id, "middlebox-reset");
    assert_true(explains(f, "no-common-suite"));
    assert_true(explains(f, "closed-by-server"));
    ak_diagnosis_free(d);
}

static void last_resorts_come_only_alone(void **state)
{
    (void)state;
    struct ak_diagnosis *d = new_one();
    struct known k;
    refused(&k, 1, 0);
    ak_diagnosis_add(d, &k.c);
    assert_int_equal(ak_diagnosis_finish(d), 1);
    assert_string_equal(ak_diagnosis_finding(d, 0)->rule->id, "closed-by-server");
    assert_int_equal(ak_diagnosis_finding(d, 0)->grade, AK_GRADE_POSSIBLE);
    ak_diagnosis_free(d);
}

static void exposures_stand_beside_a_cause(void **state)
{
    (void)state;
    struct ak_diagnosis *d = new_one();
    struct known k;
    clear_login(&k, 1);
    k.tds.error_number = 18456;
    ak_diagnosis_add(d, &k.c);
    assert_int_equal(ak_diagnosis_finish(d), 3);
    assert_int_equal(the_finding(d, "cleartext-login")->grade, AK_GRADE_CERTAIN);
    assert_int_equal(the_finding(d, "login-downgraded")->grade, AK_GRADE_CERTAIN);
    assert_int_equal(the_finding(d, "login-refused")->explain_count, 0);
    ak_diagnosis_free(d);
}

/* The address, the port, the rule and the side make a finding, and nothing else its id. */
static void ids_are_stable(void **state)
{
    (void)state;
    static const struct {
        bool old_client;
        uint8_t alert;
        const char *id;
    } rows[] = {
        {false, 70, "f-914b22232ac7acf6"}, /* SHA-256 of no-common-version|192.0.2.9|1433|server */
        {true, 70, "f-53a075a0a5290a88"},
        {false, 0, "f-9bae830fb7f8efc2"},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++)
        for (uint64_t id = 1; id < 3; id++) {
            struct ak_diagnosis *d = ak_diagnosis_new(id * 77);
            struct known k;
            refused(&k, id, rows[i].alert);
            k.c.first_time += (int64_t)id * 1000;
            k.c.end[AK_SIDE_CLIENT].port = (uint16_t)(40000 + id);
            if (rows[i].old_client)
                known_old_hello(&k, 0x0301);
            ak_diagnosis_add(d, &k.c);
            assert_int_equal(ak_diagnosis_finish(d), 1);
            assert_string_equal(ak_diagnosis_finding(d, 0)->id, rows[i].id);
            ak_diagnosis_free(d);
        }
    struct ak_diagnosis *d = new_one();
    struct known k;
    static const uint8_t address[16] = {0x20, 1, 0x0d, 0xb8, [15] = 9};
    known_begin(&k, AK_PROTOCOL_UNKNOWN, AK_OUTCOME_UNANSWERED, AK_STAGE_P0, AK_SIDE_NONE,
                AK_CLOSE_TIMEOUT);
    k.c.end[AK_SIDE_SERVER].version = 6;
    memcpy(k.c.end[AK_SIDE_SERVER].address, address, 16);
    ak_diagnosis_add(d, &k.c);
    assert_int_equal(ak_diagnosis_finish(d), 1);
    assert_string_equal(ak_diagnosis_finding(d, 0)->id, "f-5428a0d9e1435a16");
    ak_diagnosis_free(d);
}

static void findings_are_grouped(void **state)
{
    (void)state;
    struct ak_diagnosis *d = new_one();
    struct known k;
    for (uint64_t i = 0; i < 60; i++) {
        refused(&k, i + 1, 70);
        k.c.first_time = known_start - (int64_t)i * 1000;
        k.c.last_time = known_start + (int64_t)i * 1000;
        k.c.end[AK_SIDE_CLIENT].address[3] = (uint8_t)(1 + i % 7);
        k.c.end[AK_SIDE_CLIENT].port = (uint16_t)(50000 + i);
        k.c.end[AK_SIDE_SERVER].port = (uint16_t)(i % 3 == 0 ? 1434 : 1433);
        ak_diagnosis_add(d, &k.c);
    }
    assert_int_equal(ak_diagnosis_finish(d), 2);
    const struct ak_finding *f = ak_diagnosis_finding(d, 0);
    assert_int_equal(f->server.port, 1433);
    assert_int_equal(f->count, 40);
    assert_int_equal(f->clients, 7);
    assert_false(f->clients_more);
    assert_int_equal(f->sample_count, AK_MAX_SAMPLES);
    assert_int_equal(f->samples[0], 2);
    assert_int_equal(f->samples[1], 3);
    assert_int_equal(f->first, known_start - 59 * 1000 + (59 % 3 == 0 ? 1000 : 0));
    assert_int_equal(f->last, known_start + 59 * 1000);
    assert_int_equal(ak_diagnosis_finding(d, 1)->count, 20);
    ak_diagnosis_free(d);
}

static void many_clients_are_a_lower_bound(void **state)
{
    (void)state;
    struct ak_diagnosis *d = new_one();
    struct known k;
    for (uint64_t i = 0; i < AK_FINDING_CLIENTS + 10; i++) {
        refused(&k, i + 1, 70);
        k.c.end[AK_SIDE_CLIENT].address[2] = (uint8_t)(i >> 8);
        k.c.end[AK_SIDE_CLIENT].address[3] = (uint8_t)i;
        ak_diagnosis_add(d, &k.c);
    }
    assert_int_equal(ak_diagnosis_finish(d), 1);
    assert_int_equal(ak_diagnosis_finding(d, 0)->clients, AK_FINDING_CLIENTS);
    assert_true(ak_diagnosis_finding(d, 0)->clients_more);
    assert_int_equal(ak_diagnosis_finding(d, 0)->count, AK_FINDING_CLIENTS + 10);
    ak_diagnosis_free(d);
}

static void the_best_proof_is_shown(void **state)
{
    (void)state;
    struct ak_diagnosis *d = new_one();
    struct known k;
    refused(&k, 1, 70); /* likely */
    ak_diagnosis_add(d, &k.c);
    known_begin(&k, AK_PROTOCOL_TLS, AK_OUTCOME_FAILED, AK_STAGE_P4, AK_SIDE_CLIENT,
                AK_CLOSE_ALERT);
    k.c.id = 2;
    known_tls(&k);
    known_server_hello(&k, 0x0301, 0x002f);
    known_alert(&k, AK_SIDE_CLIENT, 70); /* certain, and the same side must change */
    ak_diagnosis_add(d, &k.c);
    refused(&k, 3, 70);
    ak_diagnosis_add(d, &k.c);
    assert_int_equal(ak_diagnosis_finish(d), 1);
    const struct ak_finding *f = ak_diagnosis_finding(d, 0);
    assert_int_equal(f->grade, AK_GRADE_CERTAIN);
    assert_int_equal(f->sample, 2);
    assert_int_equal(f->stage, AK_STAGE_P4);
    assert_int_equal(f->count, 3);
    ak_diagnosis_free(d);
}

static void findings_are_sorted(void **state)
{
    (void)state;
    static const struct {
        const char *rule;
        uint8_t address;
        uint16_t port;
    } wanted[] = {
        {"no-common-version", 9, 1433}, /* errors, likely */
        {"closed-by-server", 3, 1433},  /* errors, possible: by rule, address, port */
        {"closed-by-server", 9, 1433},  {"closed-by-server", 9, 1434},
        {"no-common-suite", 9, 1433},   {"cleartext-login", 9, 1433}, /* warnings */
        {"login-downgraded", 9, 1433},
    };
    struct ak_diagnosis *d = new_one();
    struct known k;
    clear_login(&k, 1);
    ak_diagnosis_add(d, &k.c);
    refused(&k, 2, 0);
    k.c.end[AK_SIDE_SERVER].port = 1434;
    ak_diagnosis_add(d, &k.c);
    refused(&k, 3, 0);
    ak_diagnosis_add(d, &k.c);
    refused(&k, 4, 40);
    ak_diagnosis_add(d, &k.c);
    refused(&k, 5, 0);
    k.c.end[AK_SIDE_SERVER].address[3] = 3;
    ak_diagnosis_add(d, &k.c);
    refused(&k, 6, 70);
    ak_diagnosis_add(d, &k.c);
    assert_int_equal(ak_diagnosis_finish(d), AK_COUNT(wanted));
    for (size_t i = 0; i < AK_COUNT(wanted); i++) {
        const struct ak_finding *f = ak_diagnosis_finding(d, i);
        assert_string_equal(f->rule->id, wanted[i].rule);
        assert_int_equal(f->server.address[3], wanted[i].address);
        assert_int_equal(f->server.port, wanted[i].port);
    }
    ak_diagnosis_free(d);
}

/* What later conversations show decides about earlier ones. */
static void judgement_waits_for_the_end(void **state)
{
    (void)state;
    struct ak_diagnosis *d = new_one();
    struct known k;
    refused(&k, 1, 0); /* no alert: nothing tells why */
    ak_diagnosis_add(d, &k.c);
    known_begin(&k, AK_PROTOCOL_TLS, AK_OUTCOME_ESTABLISHED, AK_STAGE_P7, AK_SIDE_CLIENT,
                AK_CLOSE_FIN);
    k.c.id = 2;
    known_tls(&k);
    known_server_hello(&k, 0x0303, 0xc030); /* what the first one did not offer */
    ak_diagnosis_add(d, &k.c);
    memset(&k.c, 0xee, sizeof k.c); /* what it keeps are copies */
    memset(&k.tls, 0xee, sizeof k.tls);
    assert_int_equal(ak_diagnosis_finish(d), 1);
    const struct ak_finding *f = ak_diagnosis_finding(d, 0);
    assert_string_equal(f->rule->id, "no-common-suite");
    assert_int_equal(f->grade, AK_GRADE_LIKELY);
    ak_diagnosis_free(d);
}

static void healthy_conversations_are_not_judged(void **state)
{
    (void)state;
    static const struct {
        enum ak_outcome outcome;
        enum ak_stage stage;
        enum ak_close close;
    } rows[] = {
        {AK_OUTCOME_ESTABLISHED, AK_STAGE_P7, AK_CLOSE_FIN},
        {AK_OUTCOME_ESTABLISHED, AK_STAGE_P7, AK_CLOSE_NONE},
        {AK_OUTCOME_PLAINTEXT, AK_STAGE_P7, AK_CLOSE_FIN},
        {AK_OUTCOME_INCOMPLETE, AK_STAGE_P3, AK_CLOSE_FIN},
    };
    struct ak_diagnosis *d = new_one();
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct known k;
        known_begin(&k, AK_PROTOCOL_TLS, rows[i].outcome, rows[i].stage, AK_SIDE_SERVER,
                    rows[i].close);
        ak_diagnosis_add(d, &k.c);
    }
    assert_int_equal(ak_diagnosis_finish(d), 0);
    assert_int_equal(ak_diagnosis_lost(d), 0);
    ak_diagnosis_free(d);
}

static void too_many_suspects_are_judged_early(void **state)
{
    (void)state;
    struct ak_diagnosis *d = new_one();
    struct known k;
    for (uint64_t i = 0; i < AK_MAX_SUSPECTS + 5; i++) {
        known_begin(&k, AK_PROTOCOL_UNKNOWN, AK_OUTCOME_REFUSED, AK_STAGE_P0, AK_SIDE_SERVER,
                    AK_CLOSE_RST);
        k.c.id = i + 1;
        ak_diagnosis_add(d, &k.c);
    }
    assert_int_equal(ak_diagnosis_early(d), 5);
    assert_int_equal(ak_diagnosis_finish(d), 1);
    assert_int_equal(ak_diagnosis_finding(d, 0)->count, AK_MAX_SUSPECTS + 5);
    assert_int_equal(ak_diagnosis_lost(d), 0);
    ak_diagnosis_free(d);
}

/* ---- --why-not ---- */

struct answers {
    struct ak_why_not why[8];
    size_t count;
};

static void take_answer(void *context, const struct ak_why_not *why)
{
    struct answers *a = context;
    assert_true(a->count < AK_COUNT(a->why));
    a->why[a->count++] = *why;
}

static void why_not_names_what_failed(void **state)
{
    (void)state;
    struct ak_diagnosis *d = new_one();
    struct answers a = {0};
    struct known k;
    ak_diagnosis_ask(d, ak_rule_find("no-common-suite"), 0, take_answer, &a);
    known_begin(&k, AK_PROTOCOL_TLS, AK_OUTCOME_ESTABLISHED, AK_STAGE_P7, AK_SIDE_CLIENT,
                AK_CLOSE_FIN);
    ak_diagnosis_add(d, &k.c); /* even a healthy one is asked */
    refused(&k, 2, 0);
    ak_diagnosis_add(d, &k.c);
    refused(&k, 3, 40);
    ak_diagnosis_add(d, &k.c);
    refused(&k, 4, 70);
    ak_diagnosis_add(d, &k.c);
    (void)ak_diagnosis_finish(d);
    assert_int_equal(a.count, 4);
    assert_int_equal(a.why[0].answer, AK_ANSWER_NO);
    assert_string_equal(a.why[0].failed->id, "ended-after-client-hello");
    assert_null(a.why[0].lack);
    assert_string_equal(a.why[0].file, "case");
    assert_int_equal(a.why[1].answer, AK_ANSWER_LACK);
    assert_string_equal(a.why[1].failed->id, "suites-were-refused");
    assert_string_equal(a.why[1].lack, "server-offer");
    assert_int_equal(a.why[2].answer, AK_ANSWER_YES);
    assert_int_equal(a.why[2].grade, AK_GRADE_POSSIBLE);
    assert_null(a.why[2].preferred);
    assert_null(a.why[2].failed);
    assert_int_equal(a.why[2].conversation, 3);
    assert_int_equal(a.why[3].answer, AK_ANSWER_NO);
    ak_diagnosis_free(d);
}

static void why_not_names_what_was_preferred(void **state)
{
    (void)state;
    struct ak_diagnosis *d = new_one();
    struct answers a = {0};
    struct known k;
    ak_diagnosis_ask(d, ak_rule_find("closed-by-server"), 2, take_answer, &a);
    refused(&k, 1, 70);
    ak_diagnosis_add(d, &k.c);
    refused(&k, 2, 70);
    ak_diagnosis_add(d, &k.c);
    (void)ak_diagnosis_finish(d);
    assert_int_equal(a.count, 1); /* only the one asked about */
    assert_int_equal(a.why[0].conversation, 2);
    assert_int_equal(a.why[0].answer, AK_ANSWER_YES);
    assert_string_equal(a.why[0].preferred->id, "no-common-version");
    ak_diagnosis_free(d);
}

static void why_not_about_an_exposure_has_no_rival(void **state)
{
    (void)state;
    struct ak_diagnosis *d = new_one();
    struct answers a = {0};
    struct known k;
    ak_diagnosis_ask(d, ak_rule_find("cleartext-login"), 0, take_answer, &a);
    clear_login(&k, 1);
    k.tds.error_number = 18456; /* a cause of its own */
    ak_diagnosis_add(d, &k.c);
    (void)ak_diagnosis_finish(d);
    assert_int_equal(a.why[0].answer, AK_ANSWER_YES);
    assert_null(a.why[0].preferred);
    ak_diagnosis_free(d);
}

/* The judge itself may decline when all its conditions hold: then none failed. */
static void why_not_when_the_judge_declines(void **state)
{
    (void)state;
    struct ak_diagnosis *d = new_one();
    struct answers a = {0};
    struct known k;
    ak_diagnosis_ask(d, ak_rule_find("strict-mismatch"), 2, take_answer, &a);
    known_begin(&k, AK_PROTOCOL_TDS, AK_OUTCOME_REFUSED, AK_STAGE_P2, AK_SIDE_CLIENT, AK_CLOSE_FIN);
    known_tds(&k, 1, 1); /* the server does answer TDS 7 */
    ak_diagnosis_add(d, &k.c);
    known_begin(&k, AK_PROTOCOL_TDS, AK_OUTCOME_REFUSED, AK_STAGE_P1, AK_SIDE_SERVER, AK_CLOSE_RST);
    known_tds(&k, 1, 1);
    k.tds.has_reply = false;
    k.c.id = 2;
    ak_diagnosis_add(d, &k.c);
    (void)ak_diagnosis_finish(d);
    assert_int_equal(a.count, 1);
    assert_int_equal(a.why[0].answer, AK_ANSWER_NO);
    assert_null(a.why[0].failed);
    ak_diagnosis_free(d);
}

/* Nothing may be lost without being counted. */
static void want_of_memory_is_counted(void **state)
{
    (void)state;
    unsigned long made = 1;
    for (unsigned long n = 1; n <= made + 1; n++) {
        struct known k;
        (void)ak_alloc_fail_after(n);
        struct ak_diagnosis *d = ak_diagnosis_new(1);
        for (uint64_t i = 0; d != NULL && i < 40; i++) {
            refused(&k, i + 1, 70);
            k.c.end[AK_SIDE_SERVER].port = (uint16_t)(1000 + i);
            ak_diagnosis_add(d, &k.c);
        }
        size_t found = d != NULL ? ak_diagnosis_finish(d) : 0;
        made = ak_alloc_fail_after(0);
        if (d != NULL && found < 40)
            assert_true(ak_diagnosis_lost(d) != 0);
        ak_diagnosis_free(d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_gives_nothing),
        cmocka_unit_test(one_cause_explains_the_others),
        cmocka_unit_test(grades_decide_between_causes),
        cmocka_unit_test(last_resorts_come_only_alone),
        cmocka_unit_test(exposures_stand_beside_a_cause),
        cmocka_unit_test(ids_are_stable),
        cmocka_unit_test(findings_are_grouped),
        cmocka_unit_test(many_clients_are_a_lower_bound),
        cmocka_unit_test(the_best_proof_is_shown),
        cmocka_unit_test(findings_are_sorted),
        cmocka_unit_test(judgement_waits_for_the_end),
        cmocka_unit_test(healthy_conversations_are_not_judged),
        cmocka_unit_test(too_many_suspects_are_judged_early),
        cmocka_unit_test(why_not_names_what_failed),
        cmocka_unit_test(why_not_names_what_was_preferred),
        cmocka_unit_test(why_not_about_an_exposure_has_no_rival),
        cmocka_unit_test(why_not_when_the_judge_declines),
        cmocka_unit_test(want_of_memory_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
