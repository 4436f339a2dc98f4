/* What joined events and settings change in a rule's answer, and how far. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/case_rules.h"

#include "diagnose/host_rule.h"
#include "support/case.h"

struct bench {
    struct known k;
    struct ak_met met;
    struct ak_ledger_event event[3];
    struct ak_clock clock;
    struct ak_alignment alignment;
    struct ak_host host[AK_SIDES];
    struct ak_windows system;
    struct ak_setting setting;
};

static struct bench *b;

static int begin(void **state)
{
    static struct bench room;
    (void)state;
    b = &room;
    memset(b, 0, sizeof *b);
    known_begin(&b->k, AK_PROTOCOL_TDS, AK_OUTCOME_FAILED, AK_STAGE_P3, AK_SIDE_SERVER,
                AK_CLOSE_FIN);
    known_tls(&b->k);
    known_end(&b->k, AK_SIDE_SERVER, false, 5);
    b->k.view.met = &b->met;
    b->alignment.clock = &b->clock;
    b->alignment.estimate.state = AK_CLOCK_AGREES;
    b->alignment.estimate.pairs = 3;
    return 0;
}

static struct ak_ledger_event *add_event(enum ak_log_provider provider, uint32_t code)
{
    struct ak_ledger_event *event = &b->event[b->met.event_count];
    struct ak_met_event *met = &b->met.event[b->met.event_count++];
    event->provider = (uint8_t)provider;
    event->code = code;
    event->file = "log";
    event->place = 7;
    met->event = event;
    met->alignment = &b->alignment;
    met->sole = true;
    return event;
}

static const struct ak_rule *rule(const char *id)
{
    const struct ak_rule *found = ak_rule_find(id);
    assert_non_null(found);
    return found;
}

/* The rule said `answer` with this grade. */
static enum ak_answer weigh(const char *id, enum ak_answer answer, enum ak_grade grade)
{
    memset(&b->k.match, 0, sizeof b->k.match);
    b->k.match.grade = answer == AK_ANSWER_YES ? grade : AK_GRADE_NONE;
    return ak_case_weigh(&b->k.view, rule(id), answer, &b->k.match);
}

static void assert_grade(const char *id, enum ak_answer answer, enum ak_grade grade,
                         enum ak_grade want)
{
    enum ak_answer got = weigh(id, answer, grade);
    assert_int_equal(got, want == AK_GRADE_NONE ? answer : AK_ANSWER_YES);
    assert_string_equal(ak_grade_name(b->k.match.grade), ak_grade_name(want));
}

/* ---- events ---- */

static void an_event_raises_what_the_wire_shows(void **state)
{
    (void)state;
    assert_grade("no-common-suite", AK_ANSWER_YES, AK_GRADE_POSSIBLE, AK_GRADE_POSSIBLE);
    add_event(AK_LOG_SCHANNEL, 36874);
    assert_grade("no-common-suite", AK_ANSWER_YES, AK_GRADE_POSSIBLE, AK_GRADE_LIKELY);
    assert_grade("no-common-suite", AK_ANSWER_YES, AK_GRADE_CERTAIN, AK_GRADE_CERTAIN);
    assert_grade("no-common-group", AK_ANSWER_YES, AK_GRADE_POSSIBLE, AK_GRADE_POSSIBLE);
    /* This message needs the wire's word, too. */
    assert_grade("no-common-suite", AK_ANSWER_NO, AK_GRADE_NONE, AK_GRADE_NONE);
}

static void an_event_may_speak_alone(void **state)
{
    (void)state;
    struct ak_ledger_event *e = add_event(AK_LOG_SCHANNEL, 36888);
    e->has_alert = true;
    e->alert = 70;
    assert_grade("no-common-version", AK_ANSWER_LACK, AK_GRADE_NONE, AK_GRADE_LIKELY);
    assert_int_equal(b->k.match.side, AK_CHANGE_BOTH);
    assert_int_equal(b->k.match.severity, rule("no-common-version")->severity);
    assert_true(known_lacks(&b->k, "registry-export") && known_lacks(&b->k, "both-sides-capture"));
    assert_non_null(known_fact(&b->k, AK_FACT_CLOSE));
    e->alert = 40;
    assert_grade("no-common-version", AK_ANSWER_LACK, AK_GRADE_NONE, AK_GRADE_NONE);
    e->alert = 70;
    e->has_alert = false;
    assert_grade("no-common-version", AK_ANSWER_LACK, AK_GRADE_NONE, AK_GRADE_NONE);
    e->has_alert = true;
    b->met.event[0].sole = false; /* it may be about another one */
    assert_grade("no-common-version", AK_ANSWER_LACK, AK_GRADE_NONE, AK_GRADE_NONE);
}

static void states_tell_messages_apart(void **state)
{
    (void)state;
    struct ak_ledger_event *e = add_event(AK_LOG_SCHANNEL, 36888);
    e->has_alert = e->has_state = true;
    e->alert = 40;
    e->state = 1205;
    assert_grade("no-common-suite", AK_ANSWER_YES, AK_GRADE_POSSIBLE, AK_GRADE_LIKELY);
    e->state = 1203;
    assert_grade("no-common-suite", AK_ANSWER_YES, AK_GRADE_POSSIBLE, AK_GRADE_POSSIBLE);
    e->provider = AK_LOG_SQL_SERVER;
    e->state = 1205;
    assert_grade("no-common-suite", AK_ANSWER_YES, AK_GRADE_POSSIBLE, AK_GRADE_POSSIBLE);
}

/* A doubtful clock, or an event that may be another's, proves nothing for certain. */
static void how_sure_a_clock_is(void **state)
{
    static const struct {
        enum ak_clock_state state;
        size_t pairs;
        bool sole;
        enum ak_grade want;
    } rows[] = {{AK_CLOCK_AGREES, 1, true, AK_GRADE_CERTAIN},
                {AK_CLOCK_AGREES, 9, false, AK_GRADE_LIKELY},
                {AK_CLOCK_ZONE, 2, true, AK_GRADE_CERTAIN},
                {AK_CLOCK_ZONE, 1, true, AK_GRADE_LIKELY},
                {AK_CLOCK_DIFFERS, 9, true, AK_GRADE_LIKELY}};
    (void)state;
    add_event(AK_LOG_SQL_SERVER, 18456);
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        b->alignment.estimate.state = rows[i].state;
        b->alignment.estimate.pairs = rows[i].pairs;
        b->met.event[0].sole = rows[i].sole;
        assert_grade("login-refused", AK_ANSWER_YES, AK_GRADE_POSSIBLE, rows[i].want);
    }
}

/* Schannel's word about a certificate is certain in the log of the client itself. */
static void the_clients_own_log(void **state)
{
    (void)state;
    add_event(AK_LOG_SCHANNEL, 36882);
    (void)snprintf(b->clock.host, sizeof b->clock.host, "app7.example");
    (void)snprintf(b->host[AK_SIDE_CLIENT].name, sizeof b->host[0].name, "APP7");
    assert_grade("certificate-untrusted", AK_ANSWER_YES, AK_GRADE_POSSIBLE, AK_GRADE_LIKELY);
    b->met.side[AK_SIDE_CLIENT].host = &b->host[AK_SIDE_CLIENT];
    b->met.side[AK_SIDE_CLIENT].by = AK_MET_BY_ADDRESS;
    assert_grade("certificate-untrusted", AK_ANSWER_YES, AK_GRADE_POSSIBLE, AK_GRADE_CERTAIN);
    b->met.side[AK_SIDE_CLIENT].by = AK_MET_BY_NAME;
    assert_grade("certificate-untrusted", AK_ANSWER_YES, AK_GRADE_POSSIBLE, AK_GRADE_LIKELY);
    b->met.side[AK_SIDE_CLIENT].by = AK_MET_BY_ADDRESS;
    (void)snprintf(b->clock.host, sizeof b->clock.host, "sql01"); /* somebody else's log */
    assert_grade("certificate-untrusted", AK_ANSWER_YES, AK_GRADE_POSSIBLE, AK_GRADE_LIKELY);
    b->met.side[AK_SIDE_CLIENT].by = AK_MET_BY_USER; /* who said that it is the client's */
    assert_grade("certificate-untrusted", AK_ANSWER_YES, AK_GRADE_POSSIBLE, AK_GRADE_CERTAIN);
    /* Alone it stays likely: the wire shows nothing of it. */
    assert_grade("certificate-untrusted", AK_ANSWER_NO, AK_GRADE_NONE, AK_GRADE_LIKELY);
}

/* ---- settings ---- */

static void forecast(const char *id, enum ak_grade grade)
{
    b->met.forecast.made = true;
    b->met.forecast.rule = id;
    b->met.forecast.grade = grade;
    b->met.side[AK_SIDE_SERVER].host = &b->host[AK_SIDE_SERVER];
    b->met.side[AK_SIDE_SERVER].by = AK_MET_BY_ADDRESS;
    b->host[AK_SIDE_SERVER].os_confidence = AK_CONFIDENCE_HIGH;
}

static void settings_that_agree(void **state)
{
    (void)state;
    forecast("no-common-version", AK_GRADE_CERTAIN);
    memset(&b->k.match, 0, sizeof b->k.match);
    b->k.match.grade = AK_GRADE_LIKELY;
    ak_match_rival(&b->k.match, "no-common-suite");
    ak_match_lack(&b->k.match, "server-log");
    assert_int_equal(
        ak_case_weigh(&b->k.view, rule("no-common-version"), AK_ANSWER_YES, &b->k.match),
        AK_ANSWER_YES);
    assert_int_equal(b->k.match.grade, AK_GRADE_CERTAIN);
    assert_int_equal(b->k.match.rival_count + b->k.match.lack_count, 0); /* nothing else is left */
    /* Of another rule they say nothing. */
    assert_grade("no-common-suite", AK_ANSWER_NO, AK_GRADE_NONE, AK_GRADE_NONE);
    b->met.forecast.grade = AK_GRADE_LIKELY;
    b->met.forecast.later = &b->setting;
    assert_grade("no-common-version", AK_ANSWER_YES, AK_GRADE_POSSIBLE, AK_GRADE_LIKELY);
    assert_true(known_lacks(&b->k, "start-times") && known_lacks(&b->k, "server-offer"));
}

static void settings_may_speak_alone(void **state)
{
    (void)state;
    forecast("no-common-version", AK_GRADE_LIKELY);
    assert_grade("no-common-version", AK_ANSWER_NO, AK_GRADE_NONE, AK_GRADE_LIKELY);
    assert_int_equal(b->k.match.severity, AK_SEVERITY_ERROR);
    assert_int_equal(b->k.match.side, AK_CHANGE_SERVER);
    known_old_hello(&b->k, 0x0301);
    assert_grade("no-common-version", AK_ANSWER_NO, AK_GRADE_NONE, AK_GRADE_LIKELY);
    assert_int_equal(b->k.match.side, AK_CHANGE_CLIENT); /* it offers nothing newer */
    forecast("no-common-suite", AK_GRADE_LIKELY);
    assert_grade("no-common-suite", AK_ANSWER_LACK, AK_GRADE_NONE, AK_GRADE_LIKELY);
    assert_int_equal(b->k.match.side, AK_CHANGE_BOTH);
}

static void settings_that_contradict(void **state)
{
    (void)state;
    forecast(NULL, AK_GRADE_NONE);
    b->met.forecast.contradicts = true;
    assert_grade("no-common-version", AK_ANSWER_YES, AK_GRADE_LIKELY, AK_GRADE_POSSIBLE);
    assert_true(known_lacks(&b->k, "start-times"));
    assert_grade("no-common-version", AK_ANSWER_YES, AK_GRADE_CERTAIN, AK_GRADE_CERTAIN);
    assert_grade("login-refused", AK_ANSWER_YES, AK_GRADE_LIKELY, AK_GRADE_LIKELY);
    /* A key that was written after the last start explains it. */
    b->met.forecast.pending = &b->setting;
    assert_grade("no-common-version", AK_ANSWER_YES, AK_GRADE_LIKELY, AK_GRADE_LIKELY);
    b->met.forecast.pending = NULL;
    b->met.side[AK_SIDE_SERVER].by = AK_MET_BY_NAME; /* perhaps not this machine */
    assert_grade("no-common-version", AK_ANSWER_YES, AK_GRADE_LIKELY, AK_GRADE_LIKELY);
    b->met.side[AK_SIDE_SERVER].by = AK_MET_BY_CERTIFICATE;
    b->host[AK_SIDE_SERVER].os_confidence = AK_CONFIDENCE_MEDIUM;
    assert_grade("no-common-version", AK_ANSWER_YES, AK_GRADE_LIKELY, AK_GRADE_LIKELY);
}

static void dhe_on_both_machines(void **state)
{
    (void)state;
    forecast(NULL, AK_GRADE_NONE);
    b->system.name = "Windows Server 2012 R2";
    b->met.side[AK_SIDE_CLIENT].host = &b->host[AK_SIDE_CLIENT];
    b->met.side[AK_SIDE_CLIENT].by = AK_MET_BY_ADDRESS;
    for (int i = 0; i < AK_SIDES; i++) {
        b->host[i].dhe_fix_known = true;
        b->host[i].system = &b->system;
        b->host[i].os_confidence = AK_CONFIDENCE_HIGH;
    }
    b->k.tls.server_ems = true;
    /* Both fixed, or neither: the fault needs one of each. */
    assert_grade("dhe-leading-zero", AK_ANSWER_YES, AK_GRADE_LIKELY, AK_GRADE_POSSIBLE);
    b->host[AK_SIDE_SERVER].dhe_fixed = true;
    assert_grade("dhe-leading-zero", AK_ANSWER_YES, AK_GRADE_LIKELY, AK_GRADE_CERTAIN);
    assert_non_null(known_fact(&b->k, AK_FACT_DHE_FIX));
    assert_grade("dhe-leading-zero", AK_ANSWER_YES, AK_GRADE_POSSIBLE, AK_GRADE_POSSIBLE);
    b->k.tls.server_ems = false;
    assert_grade("dhe-leading-zero", AK_ANSWER_YES, AK_GRADE_LIKELY, AK_GRADE_LIKELY);
    b->k.tls.server_ems = true;
    b->host[AK_SIDE_CLIENT].os_confidence = AK_CONFIDENCE_LOW;
    assert_grade("dhe-leading-zero", AK_ANSWER_YES, AK_GRADE_LIKELY, AK_GRADE_POSSIBLE);
    b->host[AK_SIDE_CLIENT].os_confidence = AK_CONFIDENCE_HIGH;
    b->met.side[AK_SIDE_CLIENT].by = AK_MET_BY_NAME;
    assert_grade("dhe-leading-zero", AK_ANSWER_YES, AK_GRADE_LIKELY, AK_GRADE_LIKELY);
    assert_null(known_fact(&b->k, AK_FACT_DHE_FIX));
}

static void another_node_of_a_cluster(void **state)
{
    (void)state;
    forecast("no-common-suite", AK_GRADE_CERTAIN);
    assert_grade("cluster-nodes-differ", AK_ANSWER_YES, AK_GRADE_LIKELY, AK_GRADE_CERTAIN);
    assert_grade("cluster-nodes-differ", AK_ANSWER_NO, AK_GRADE_NONE, AK_GRADE_NONE);
}

/* ---- facts ---- */

static void joined_facts_stand_first(void **state)
{
    (void)state;
    struct ak_ledger_event *e = add_event(AK_LOG_SCHANNEL, 36874);
    struct ak_match *m = &b->k.match;
    e->place = 42;
    forecast("no-common-suite", AK_GRADE_LIKELY);
    (void)snprintf(b->host[AK_SIDE_SERVER].name, sizeof b->host[0].name, "SQL01");
    b->met.side[AK_SIDE_CLIENT].host = &b->host[AK_SIDE_CLIENT];
    b->host[AK_SIDE_CLIENT].id = 5; /* without a name */
    b->met.forecast.n.refusal = AK_REFUSAL_NO_COMMON_SUITE;
    b->met.forecast.suites = 3;
    memset(m, 0, sizeof *m);
    ak_match_fact(m, AK_FACT_STEP, 1, 2, 3);
    ak_match_lack(m, "server-log");
    ak_match_lack(m, "server-offer");
    ak_match_lack(m, "registry-export");
    ak_match_lack(m, "both-sides-capture");
    ak_case_facts(&b->k.view, rule("no-common-suite"), m);
    assert_int_equal(m->facts[0].kind, AK_FACT_EVENT);
    assert_int_equal(m->facts[0].a, (int64_t)((uint64_t)AK_LOG_SCHANNEL << 32 | 36874));
    assert_non_null(strstr(m->facts[0].text, "42"));
    assert_int_equal(m->facts[1].kind, AK_FACT_MET_HOST);
    assert_string_equal(m->facts[1].text, "SQL01");
    assert_int_equal(m->facts[1].b, AK_MET_BY_ADDRESS);
    assert_string_equal(m->facts[2].text, "#5");
    assert_non_null(known_fact(&b->k, AK_FACT_LIST_DISJOINT));
    assert_int_equal(known_fact(&b->k, AK_FACT_LIST_DISJOINT)->a, 3);
    assert_int_equal(m->facts[m->fact_count - 1].kind, AK_FACT_STEP); /* the rule's own */
    /* What the case has is not asked for. */
    assert_int_equal(m->lack_count, 1);
    assert_true(known_lacks(&b->k, "both-sides-capture"));
}

static void a_match_is_never_overfull(void **state)
{
    (void)state;
    struct ak_match *m = &b->k.match;
    for (size_t i = 0; i < 3; i++)
        add_event(AK_LOG_SCHANNEL, 36874);
    memset(m, 0, sizeof *m);
    for (size_t i = 0; i < AK_MATCH_FACTS; i++)
        ak_match_fact(m, AK_FACT_STEP, 1, (int64_t)i, 0);
    ak_case_facts(&b->k.view, rule("no-common-suite"), m);
    assert_int_equal(m->fact_count, AK_MATCH_FACTS);
    assert_int_equal(m->facts[2].kind, AK_FACT_EVENT);
    assert_int_equal(m->facts[3].a, 0); /* in their order; the last ones gave way */
    assert_int_equal(m->facts[AK_MATCH_FACTS - 1].a, AK_MATCH_FACTS - 4);
    b->k.view.met = NULL;
    m->fact_count = 0;
    ak_case_facts(&b->k.view, rule("no-common-suite"), m);
    assert_int_equal(m->fact_count, 0);
}

static void settings_that_are_pending_are_told(void **state)
{
    (void)state;
    struct ak_match *m = &b->k.match;
    forecast(NULL, AK_GRADE_NONE);
    b->met.forecast.contradicts = true;
    b->met.forecast.pending = &b->setting;
    b->setting.written = INT64_C(77) * 1000000000;
    (void)snprintf(b->met.forecast.pending_key, sizeof b->met.forecast.pending_key, "KEY");
    memset(m, 0, sizeof *m);
    ak_case_facts(&b->k.view, rule("no-common-version"), m);
    assert_non_null(known_fact(&b->k, AK_FACT_CONTRADICTED));
    assert_non_null(known_fact(&b->k, AK_FACT_SPEAKS));
    assert_string_equal(known_fact(&b->k, AK_FACT_PENDING)->text, "KEY");
    assert_int_equal(known_fact(&b->k, AK_FACT_PENDING)->a, 77);
    b->met.forecast.contradicts = false; /* and of another rule: nothing is told */
    memset(m, 0, sizeof *m);
    ak_case_facts(&b->k.view, rule("no-common-version"), m);
    assert_null(known_fact(&b->k, AK_FACT_PENDING));
}

static void told_events_keep_the_highest_grade(void **state)
{
    (void)state;
    add_event(AK_LOG_SCHANNEL, 36874);
    ak_case_told(&b->met, AK_GRADE_LIKELY);
    assert_int_equal(b->event[0].told, AK_GRADE_LIKELY);
    ak_case_told(&b->met, AK_GRADE_POSSIBLE);
    assert_int_equal(b->event[0].told, AK_GRADE_LIKELY);
    ak_case_told(&b->met, AK_GRADE_CERTAIN);
    assert_int_equal(b->event[0].told, AK_GRADE_CERTAIN);
    ak_case_told(NULL, AK_GRADE_CERTAIN);
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_event_raises_what_the_wire_shows),
        TEST(an_event_may_speak_alone),
        TEST(states_tell_messages_apart),
        TEST(how_sure_a_clock_is),
        TEST(the_clients_own_log),
        TEST(settings_that_agree),
        TEST(settings_may_speak_alone),
        TEST(settings_that_contradict),
        TEST(dhe_on_both_machines),
        TEST(another_node_of_a_cluster),
        TEST(joined_facts_stand_first),
        TEST(a_match_is_never_overfull),
        TEST(settings_that_are_pending_are_told),
        TEST(told_events_keep_the_highest_grade),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
