/* SPDX-License-Identifier: Apache-2.0 */
/* What the diagnosis does with machines: findings, their ids, and the answers to a question. */
#include "diagnose/diagnosis.h"

#include "base/alloc.h"
#include "base/limits.h"
#include "diagnose/host_rules.h"
#include "diagnose/rules.h"
#include "support/machine.h"

static const struct ak_finding *finding_of(const struct ak_diagnosis *d, const char *rule)
{
    const struct ak_finding *f;
    for (size_t i = 0; (f = ak_diagnosis_finding(d, i)) != NULL; i++)
        if (strcmp(f->rule->id, rule) == 0)
            return f;
    return NULL;
}

static void a_finding_names_its_machine(void **state)
{
    struct machine m = machine_of(MACHINE_2008R2);
    struct ak_diagnosis *a = ak_diagnosis_new(1), *b = ak_diagnosis_new(2);
    (void)state;
    assert_true(a != NULL && b != NULL);
    ak_diagnosis_add_host(a, m.host);
    ak_diagnosis_add_host(b, m.host);
    assert_true(ak_diagnosis_finish(a) != 0);
    (void)ak_diagnosis_finish(b);
    const struct ak_finding *f = finding_of(a, "tls12-off-by-default");
    assert_non_null(f);
    assert_ptr_equal(f->host, m.host);
    assert_null(f->other_host);
    /* The id depends on what it is about, not on the seed. */
    assert_string_equal(f->id, finding_of(b, "tls12-off-by-default")->id);
    ak_diagnosis_free(a);
    ak_diagnosis_free(b);
    machine_end(&m);
}

static void more_machines_than_room(void **state)
{
    struct machine m = machine_of(MACHINE_2008R2);
    struct ak_diagnosis *d = ak_diagnosis_new(1);
    (void)state;
    assert_non_null(d);
    for (size_t i = 0; i < AK_MAX_HOSTS + 2; i++)
        ak_diagnosis_add_host(d, m.host);
    assert_int_equal(ak_diagnosis_lost(d), 2);
    ak_diagnosis_free(d);
    machine_end(&m);
}

struct answers {
    size_t count, yes, lack;
    bool none; /* told that there are no two of which one serves */
};

static void note(void *context, const struct ak_why_not *why)
{
    struct answers *a = context;
    a->count++;
    a->yes += why->answer == AK_ANSWER_YES;
    a->lack += why->answer == AK_ANSWER_LACK;
    a->none = a->none || why->other_host == why->host;
}

static struct answers ask(const struct ak_rule *rule, const struct ak_host *one,
                          const struct ak_host *two)
{
    struct answers a = {0};
    struct ak_diagnosis *d = ak_diagnosis_new(1);
    assert_non_null(d);
    ak_diagnosis_ask(d, rule, 0, note, &a);
    ak_diagnosis_add_host(d, one);
    if (two != NULL)
        ak_diagnosis_add_host(d, two);
    (void)ak_diagnosis_finish(d);
    ak_diagnosis_free(d);
    return a;
}

static void a_question_is_answered_for_each(void **state)
{
    static const char sql[] =
        MACHINE_2008R2 "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Microsoft SQL Server\\Instance "
                       "Names\\SQL]\n\"MSSQLSERVER\"=\"MSSQL11.MSSQLSERVER\"\n";
    struct machine a = machine_of(MACHINE_2008R2), b = machine_of(sql), c = machine_of(sql);
    (void)state;
    struct answers own = ask(&ak_rule_tls12_off_by_default, a.host, b.host);
    assert_true(own.count == 2 && own.yes == 2);
    struct answers wire = ask(&ak_rule_idle_drop, a.host, NULL); /* looks at conversations */
    assert_true(wire.count == 1 && wire.lack == 1);
    struct answers alone = ask(&ak_rule_no_common_version, a.host, NULL);
    assert_true(alone.count == 1 && alone.none);
    struct answers served = ask(&ak_rule_no_common_version, a.host, b.host);
    assert_true(served.count == 1 && !served.none);
    struct answers both =
        ask(&ak_rule_no_common_version, b.host, c.host); /* each calls the other */
    assert_true(both.count == 2 && !both.none);
    machine_end(&a);
    machine_end(&b);
    machine_end(&c);
}

static void survives_a_lack_of_memory(void **state)
{
    struct machine m = machine_of(MACHINE_2008R2);
    (void)state;
    for (unsigned long n = 1;; n++) {
        (void)ak_alloc_fail_after(n);
        struct ak_diagnosis *d = ak_diagnosis_new(1);
        size_t count = 0;
        if (d != NULL) {
            ak_diagnosis_add_host(d, m.host);
            count = ak_diagnosis_finish(d);
        }
        bool failed = ak_alloc_fail_after(0) >= n;
        if (d != NULL && failed && finding_of(d, "tls12-off-by-default") == NULL)
            assert_true(ak_diagnosis_lost(d) != 0);
        (void)count;
        ak_diagnosis_free(d);
        if (!failed)
            break;
    }
    machine_end(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_finding_names_its_machine),
        cmocka_unit_test(more_machines_than_room),
        cmocka_unit_test(a_question_is_answered_for_each),
        cmocka_unit_test(survives_a_lack_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
