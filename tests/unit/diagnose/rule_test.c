/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/rule.h"

#include "diagnose/event_rule.h"
#include "diagnose/host_rule.h"

#include "support/case.h"

static void rules_are_whole_and_found(void **state)
{
    (void)state;
    assert_true(ak_rule_count >= 26);
    for (size_t i = 0; i < ak_rule_count; i++) {
        const struct ak_rule *rule = ak_rules[i];
        assert_ptr_equal(ak_rule_find(rule->id), rule);
        /* Those on machines or logs alone are never put to a conversation. */
        assert_true((rule->judge == NULL) == (rule->predicates[0] == &ak_needs_host ||
                                              rule->predicates[0] == &ak_needs_log));
        assert_non_null(rule->predicates[0]);
        assert_in_range(rule->severity, AK_SEVERITY_NOTE, AK_SEVERITY_ERROR);
        bool proved = strcmp(rule->proved_on, "lab") == 0 ||
                      strcmp(rule->proved_on, "synthetic") == 0 ||
                      strcmp(rule->proved_on, "public-capture") == 0 ||
                      strcmp(rule->proved_on, "real-windows") == 0;
        assert_true(proved);
        for (size_t k = 0; k < AK_RULE_PREDICATES && rule->predicates[k] != NULL; k++) {
            assert_non_null(rule->predicates[k]->holds);
            assert_true(rule->predicates[k]->id[0] != '\0');
        }
    }
    assert_null(ak_rule_find("no-such-rule"));
    assert_null(ak_rule_find(""));
}

/* A predicate's id stands for one question, and one question has one id. */
static void predicates_have_one_id(void **state)
{
    (void)state;
    for (size_t i = 0; i < ak_rule_count; i++)
        for (size_t a = 0; a < AK_RULE_PREDICATES && ak_rules[i]->predicates[a]; a++)
            for (size_t k = 0; k < ak_rule_count; k++)
                for (size_t b = 0; b < AK_RULE_PREDICATES && ak_rules[k]->predicates[b]; b++) {
                    const struct ak_predicate *x = ak_rules[i]->predicates[a];
                    const struct ak_predicate *y = ak_rules[k]->predicates[b];
                    assert_int_equal(strcmp(x->id, y->id) == 0, x->holds == y->holds);
                }
}

/* The last resorts come last, so that the order never prefers them. */
static void causes_come_before_last_resorts(void **state)
{
    (void)state;
    bool last = false;
    for (size_t i = 0; i < ak_rule_count; i++) {
        if (ak_rules[i]->judge == NULL)
            continue;
        assert_false(last && ak_rules[i]->class != AK_RULE_LAST_RESORT);
        last = ak_rules[i]->class == AK_RULE_LAST_RESORT;
    }
    assert_true(last);
}

/* A conversation of which nothing is known must not make any rule stumble. */
static void an_empty_conversation_matches_nothing(void **state)
{
    (void)state;
    struct known k;
    for (size_t i = 0; i < ak_rule_count; i++) {
        known_begin(&k, AK_PROTOCOL_UNKNOWN, AK_OUTCOME_INCOMPLETE, AK_STAGE_P0, AK_SIDE_NONE,
                    AK_CLOSE_NONE);
        assert_int_not_equal(known_ask(&k, ak_rules[i]), AK_ANSWER_YES);
    }
}

/* Every outcome at every stage with every close, with and without what was read. */
static void no_combination_makes_a_rule_stumble(void **state)
{
    (void)state;
    static const uint8_t alerts[] = {0, 40, 45, 48, 70, 116, 120};
    uint64_t asked = 0;
    for (unsigned n = 0; n < 4u * 6 * 9 * 3 * 5 * 8; n++) {
        struct known k;
        unsigned rest = n, parts = rest % 8;
        rest /= 8;
        enum ak_close close = (enum ak_close)(rest % 5);
        rest /= 5;
        enum ak_side by = (enum ak_side)(rest % 3);
        rest /= 3;
        enum ak_stage stage = (enum ak_stage)(rest % 9);
        rest /= 9;
        known_begin(&k, (enum ak_protocol)(rest / 6), (enum ak_outcome)(rest % 6), stage, by,
                    close);
        known_step(&k, AK_STEP_SYN, 1, 0);
        if (parts & 1 || close == AK_CLOSE_ALERT)
            known_tls(&k);
        if (parts & 1 && stage >= AK_STAGE_P4)
            known_server_hello(&k, n % 2 ? 0x0303 : 0x0304, n % 2 ? 0x009e : 0x1301);
        if (parts & 2 && k.c.tls != NULL)
            known_leaf(&k);
        if (parts & 4)
            known_tds(&k, (uint8_t)(n % 4), (uint8_t)(n / 4 % 4));
        if (close == AK_CLOSE_ALERT && by != AK_SIDE_NONE)
            known_alert(&k, by, alerts[n % AK_COUNT(alerts)]);
        for (size_t i = 0; i < ak_rule_count; i++, asked++) {
            enum ak_answer answer = known_ask(&k, ak_rules[i]);
            if (answer == AK_ANSWER_LACK)
                assert_non_null(k.failed->lack);
            assert_true(answer != AK_ANSWER_YES || k.match.fact_count != 0);
        }
    }
    assert_true(asked > 100000);
}

static void matches_are_bounded(void **state)
{
    (void)state;
    struct ak_match m = {0};
    for (int i = 0; i < 20; i++) {
        ak_match_fact(&m, AK_FACT_STEP, (uint64_t)i, i, 0);
        ak_match_rival(&m, "x");
        ak_match_lack(&m, "y");
        assert_int_equal(m.lack_count, 1); /* what to collect is told once */
    }
    static const char *const steps[AK_MATCH_LACKS + 2] = {"a", "b", "c", "d", "e", "f", "g", "h"};
    for (size_t i = 0; i < AK_COUNT(steps); i++)
        ak_match_lack(&m, steps[i]);
    ak_match_text(&m, AK_FACT_NAME, 1, 0, "left out");
    assert_int_equal(m.fact_count, AK_MATCH_FACTS);
    assert_int_equal(m.facts[AK_MATCH_FACTS - 1].a, AK_MATCH_FACTS - 1);
    assert_int_equal(m.rival_count, AK_MATCH_RIVALS);
    assert_int_equal(m.lack_count, AK_MATCH_LACKS);
}

static void texts_are_cut_between_characters(void **state)
{
    (void)state;
    for (size_t blanks = AK_FACT_TEXT - 60; blanks < AK_FACT_TEXT - 40; blanks++) {
        struct ak_match m = {0};
        char text[AK_FACT_TEXT + 60];
        memset(text, ' ', blanks);
        for (size_t i = 0; i < 20; i++)
            memcpy(text + blanks + 3 * i, "\xe6\x97\xa5", 3);
        text[blanks + 60] = '\0';
        ak_match_text(&m, AK_FACT_NAME, 1, 2, text);
        size_t n = strlen(m.facts[0].text);
        assert_true(n < sizeof m.facts[0].text && n > sizeof m.facts[0].text - 4);
        assert_int_equal((n - blanks) % 3, 0);
        assert_memory_equal(m.facts[0].text, text, n);
    }
    struct ak_match m = {0};
    ak_match_text(&m, AK_FACT_NAME, 1, 2, NULL);
    assert_string_equal(m.facts[0].text, "");
    assert_int_equal(m.facts[0].a, 2);
}

static void the_end_shows_step_alert_and_close(void **state)
{
    (void)state;
    static const enum ak_step order[] = {AK_STEP_SYN,
                                         AK_STEP_SYN_ACK,
                                         AK_STEP_FIRST_CLIENT_DATA,
                                         AK_STEP_PRELOGIN,
                                         AK_STEP_PRELOGIN_REPLY,
                                         AK_STEP_CLIENT_HELLO,
                                         AK_STEP_HELLO_RETRY,
                                         AK_STEP_SERVER_HELLO,
                                         AK_STEP_SERVER_HELLO_DONE,
                                         AK_STEP_CLIENT_KEY_EXCHANGE,
                                         AK_STEP_CLIENT_FINISHED,
                                         AK_STEP_SERVER_FINISHED,
                                         AK_STEP_CLIENT_DATA,
                                         AK_STEP_SERVER_RESPONSE};
    struct known k;
    known_begin(&k, AK_PROTOCOL_TLS, AK_OUTCOME_FAILED, AK_STAGE_P3, AK_SIDE_SERVER, AK_CLOSE_FIN);
    ak_match_end(&k.match, &k.view);
    assert_int_equal(k.match.fact_count, 0);
    for (size_t i = 0; i < AK_COUNT(order); i++) {
        memset(&k.match, 0, sizeof k.match);
        known_step(&k, order[i], i + 1, (int64_t)i);
        ak_match_end(&k.match, &k.view);
        assert_int_equal(k.match.fact_count, 1);
        assert_int_equal(k.match.facts[0].a, order[i]);
        assert_int_equal(k.match.facts[0].frame, i + 1);
    }
    memset(&k.match, 0, sizeof k.match);
    known_alert(&k, AK_SIDE_CLIENT, 0);
    k.c.alert[0].level = 1; /* a warning is not shown */
    known_alert(&k, AK_SIDE_SERVER, 40);
    known_alert(&k, AK_SIDE_SERVER, 80); /* only the first fatal one is */
    known_end(&k, AK_SIDE_CLIENT, true, 50);
    ak_match_end(&k.match, &k.view);
    assert_int_equal(k.match.fact_count, 3);
    assert_int_equal(known_fact(&k, AK_FACT_ALERT)->b, 40);
    assert_int_equal(known_fact(&k, AK_FACT_CLOSE)->a, AK_SIDE_CLIENT);
    assert_int_equal(known_fact(&k, AK_FACT_CLOSE)->b, AK_CLOSE_RST);
}

static void values_have_names(void **state)
{
    (void)state;
    assert_string_equal(ak_grade_name(AK_GRADE_POSSIBLE), "possible");
    assert_string_equal(ak_grade_name(AK_GRADE_LIKELY), "likely");
    assert_string_equal(ak_grade_name(AK_GRADE_CERTAIN), "certain");
    assert_string_equal(ak_severity_name(AK_SEVERITY_NOTE), "note");
    assert_string_equal(ak_severity_name(AK_SEVERITY_WARNING), "warning");
    assert_string_equal(ak_severity_name(AK_SEVERITY_ERROR), "error");
    assert_string_equal(ak_change_side_name(AK_CHANGE_CLIENT), "client");
    assert_string_equal(ak_change_side_name(AK_CHANGE_SERVER), "server");
    assert_string_equal(ak_change_side_name(AK_CHANGE_BOTH), "both");
    assert_string_equal(ak_change_side_name(AK_CHANGE_NETWORK), "network");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_are_whole_and_found),
        cmocka_unit_test(predicates_have_one_id),
        cmocka_unit_test(causes_come_before_last_resorts),
        cmocka_unit_test(an_empty_conversation_matches_nothing),
        cmocka_unit_test(no_combination_makes_a_rule_stumble),
        cmocka_unit_test(matches_are_bounded),
        cmocka_unit_test(texts_are_cut_between_characters),
        cmocka_unit_test(the_end_shows_step_alert_and_close),
        cmocka_unit_test(values_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
