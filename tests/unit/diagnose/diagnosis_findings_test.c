/* How findings are kept: one for a rule, a server and a side, with its best proof. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/diagnosis_state.h"

#include "base/alloc.h"
#include "support/case.h"

struct bench {
    struct known k;
    struct ak_match m;
    struct ak_diagnosis *d;
    struct ak_met met;
};

static struct bench *b;

static const struct ak_rule *suite_rule(void)
{
    return ak_rule_find("no-common-suite");
}

static int begin(void **state)
{
    static struct bench room;
    (void)state;
    b = &room;
    memset(b, 0, sizeof *b);
    b->d = ak_diagnosis_new(5);
    assert_non_null(b->d);
    known_begin(&b->k, AK_PROTOCOL_TLS, AK_OUTCOME_FAILED, AK_STAGE_P3, AK_SIDE_SERVER,
                AK_CLOSE_FIN);
    known_tls(&b->k);
    b->m.grade = AK_GRADE_LIKELY;
    b->m.severity = AK_SEVERITY_WARNING;
    b->m.side = AK_CHANGE_SERVER;
    return 0;
}

static int end(void **state)
{
    (void)state;
    ak_diagnosis_free(b->d);
    return 0;
}

static struct ak_finding *note(void)
{
    return ak_diagnosis_note(b->d, suite_rule(), &b->k.view, &b->m);
}

static void one_for_rule_server_and_side(void **state)
{
    (void)state;
    struct ak_finding *f = note();
    assert_non_null(f);
    assert_ptr_equal(note(), f);
    assert_int_equal(f->count, 2);
    b->m.side = AK_CHANGE_CLIENT;
    struct ak_finding *other = note();
    assert_ptr_not_equal(other, f);
    assert_string_not_equal(other->id, f->id);
    b->m.side = AK_CHANGE_SERVER;
    b->k.c.end[AK_SIDE_SERVER].port = 1434;
    assert_ptr_not_equal(note(), f);
    b->k.c.end[AK_SIDE_SERVER].port = 1433;
    assert_ptr_not_equal(
        ak_diagnosis_note(b->d, ak_rule_find("no-common-group"), &b->k.view, &b->m), f);
    b->k.c.end[AK_SIDE_CLIENT].port++; /* any client's */
    assert_ptr_equal(note(), f);
    assert_int_equal(ak_diagnosis_findings(b->d), 4);
}

static void an_id_is_that_of_the_key(void **state)
{
    char id[20];
    (void)state;
    const struct ak_finding *f = note();
    ak_finding_id(suite_rule(), &b->k.c.end[AK_SIDE_SERVER], AK_CHANGE_SERVER, id);
    assert_string_equal(f->id, id);
    assert_int_equal(strlen(id), 18);
    assert_int_equal(strncmp(id, "f-", 2), 0);
    assert_int_equal(strspn(id + 2, "0123456789abcdef"), 16);
    ak_finding_id(suite_rule(), &b->k.c.end[AK_SIDE_CLIENT], AK_CHANGE_SERVER, id);
    assert_string_not_equal(f->id, id);
}

static void times_and_severity_of_all(void **state)
{
    (void)state;
    struct ak_finding *f = note();
    b->k.c.first_time -= 5;
    b->k.c.last_time -= 5;
    b->m.severity = AK_SEVERITY_ERROR;
    (void)note();
    b->k.c.first_time += 9;
    b->k.c.last_time += 9;
    b->m.severity = AK_SEVERITY_NOTE;
    (void)note();
    assert_int_equal(f->first, known_start - 5);
    assert_int_equal(f->last, b->k.c.last_time);
    assert_int_equal(f->severity, AK_SEVERITY_ERROR); /* the worst */
}

static void clients_and_samples_have_bounds(void **state)
{
    (void)state;
    struct ak_finding *f = NULL;
    for (unsigned i = 0; i < AK_FINDING_CLIENTS + 10; i++) {
        b->k.c.id = i + 1;
        b->k.c.end[AK_SIDE_CLIENT].address[2] = (uint8_t)(i >> 8);
        b->k.c.end[AK_SIDE_CLIENT].address[3] = (uint8_t)i;
        f = note();
        f = note(); /* each of them twice */
        if (i < AK_FINDING_CLIENTS)
            assert_int_equal(f->clients, i + 1);
    }
    assert_int_equal(f->clients, AK_FINDING_CLIENTS);
    assert_true(f->clients_more);
    assert_int_equal(f->sample_count, AK_MAX_SAMPLES);
    assert_int_equal(f->samples[0], 1);
    assert_int_equal(f->samples[AK_MAX_SAMPLES - 1], AK_MAX_SAMPLES / 2);
}

static void the_better_proof_is_kept(void **state)
{
    (void)state;
    b->k.c.id = 7;
    ak_match_fact(&b->m, AK_FACT_STEP, 4, AK_STEP_CLIENT_HELLO, 0);
    ak_match_rival(&b->m, "no-common-group");
    ak_match_lack(&b->m, "server-log");
    struct ak_finding *f = note();
    assert_int_equal(f->sample, 7);
    assert_int_equal(f->facts[0].after, 3000000); /* the hello, 3 ms behind the first frame */
    assert_string_equal(f->rivals[0], "no-common-group");
    assert_string_equal(f->lacks[0], "server-log");
    b->k.c.id = 8; /* as good: the first one stays */
    b->m.fact_count = b->m.rival_count = b->m.lack_count = 0;
    (void)note();
    assert_int_equal(f->sample, 7);
    assert_int_equal(f->fact_count, 1);
    b->k.c.id = 9;
    b->m.grade = AK_GRADE_CERTAIN;
    ak_match_fact(&b->m, AK_FACT_CLOSE, 1000, 0, 0); /* a frame of no step */
    b->m.facts[0].other = false;
    (void)note();
    assert_int_equal(f->sample, 9);
    assert_int_equal(f->grade, AK_GRADE_CERTAIN);
    assert_int_equal(f->fact_count, 1);
    assert_int_equal(f->facts[0].after, -1);
    assert_int_equal(f->rival_count + f->lack_count, 0);
    b->k.c.id = 10;
    b->m.grade = AK_GRADE_POSSIBLE;
    (void)note();
    assert_int_equal(f->sample, 9);
}

/* A frame of the other capture has its own clock. */
static void facts_of_the_other_capture_have_no_time(void **state)
{
    (void)state;
    ak_match_other(&b->m, AK_FACT_STEP, 4, AK_STEP_CLIENT_HELLO, 0);
    assert_int_equal(note()->facts[0].after, -1);
}

static void machines_and_logs_of_the_proof(void **state)
{
    static struct ak_host host;
    static struct ak_ledger_event event;
    static struct ak_clock clock = {.host = "SQL01"};
    static struct ak_alignment alignment = {.clock = &clock};
    (void)state;
    struct ak_finding *f = note();
    assert_null(f->logs_of);
    b->met.side[AK_SIDE_SERVER] = (struct ak_met_host){&host, AK_MET_BY_ADDRESS};
    b->met.event[0] = (struct ak_met_event){&event, &alignment, known_start, true};
    b->met.event_count = 1;
    b->k.view.met = &b->met;
    (void)note(); /* no better proof */
    assert_null(f->machine[AK_SIDE_SERVER].host);
    b->m.grade = AK_GRADE_CERTAIN;
    (void)note();
    assert_ptr_equal(f->machine[AK_SIDE_SERVER].host, &host);
    assert_string_equal(f->logs_of, "SQL01");
}

static void what_a_cause_explains(void **state)
{
    (void)state;
    struct ak_finding *f = note();
    ak_finding_explains(f, f->rule); /* not itself */
    assert_int_equal(f->explain_count, 0);
    ak_finding_explains(f, ak_rule_find("closed-by-server"));
    ak_finding_explains(f, ak_rule_find("closed-by-server"));
    assert_int_equal(f->explain_count, 1);
    for (size_t i = 0; i < ak_rule_count; i++)
        ak_finding_explains(f, ak_rules[i]);
    assert_int_equal(f->explain_count, AK_FINDING_RULES);
}

static unsigned heard;
static void on_noted(void *context, const struct ak_finding *f, const struct ak_conversation *c)
{
    assert_ptr_equal(context, b);
    assert_ptr_equal(c, &b->k.c);
    assert_int_equal(f->count, ++heard);
}
static void on_news(void *context, const struct ak_conversation *c, bool wide)
{
    (void)context;
    (void)c;
    (void)wide;
}

static void the_listener_hears_of_each(void **state)
{
    struct ak_diagnosis_listener listener = {b, on_noted, on_news};
    (void)state;
    heard = 0;
    ak_diagnosis_listen(b->d, &listener);
    (void)note();
    (void)note();
    assert_int_equal(heard, 2);
}

static void memory_may_lack(void **state)
{
    (void)state;
    for (unsigned long n = 1; n < 4; n++) {
        uint64_t lost = ak_diagnosis_lost(b->d);
        size_t count = ak_diagnosis_findings(b->d);
        b->k.c.end[AK_SIDE_SERVER].port = (uint16_t)(2000 + n);
        (void)ak_alloc_fail_after(n);
        const struct ak_finding *f = note();
        (void)ak_alloc_fail_after(0);
        if (f == NULL) {
            assert_int_equal(ak_diagnosis_lost(b->d), lost + 1);
            assert_int_equal(ak_diagnosis_findings(b->d), count);
        }
        assert_non_null(note()); /* there is memory again */
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_for_rule_server_and_side),   TEST(an_id_is_that_of_the_key),
        TEST(times_and_severity_of_all),      TEST(clients_and_samples_have_bounds),
        TEST(the_better_proof_is_kept),       TEST(facts_of_the_other_capture_have_no_time),
        TEST(machines_and_logs_of_the_proof), TEST(what_a_cause_explains),
        TEST(the_listener_hears_of_each),     TEST(memory_may_lack),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
