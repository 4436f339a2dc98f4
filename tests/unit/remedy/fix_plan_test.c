/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/fix_plan.h"

#include "base/alloc.h"
#include "diagnose/host_rules.h"
#include "diagnose/rules.h"
#include "remedy/fix_undo.h"
#include "support/machine.h"

static enum ak_fix_answer make(struct machine *m, const char *id, const struct ak_finding *finding,
                               struct ak_fix_plan *plan)
{
    struct ak_fix_place place = {.host = m->host};
    return ak_fix_plan_make(ak_fix_about_find(id), &place, finding, m->registry, plan);
}

static void a_plan_leaves_the_registry_as_it_was(void **state)
{
    struct machine m = machine_of(MACHINE_2008R2);
    struct ak_fix_plan plan;
    struct ak_text before, after;
    (void)state;
    ak_text_init(&before, 1u << 20);
    ak_text_init(&after, 1u << 20);
    machine_dump(ak_registry_find(m.registry, "HKLM"), &before);
    assert_int_equal(make(&m, "template:tls12-only", NULL, &plan), AK_FIX_READY);
    machine_dump(ak_registry_find(m.registry, "HKLM"), &after);
    assert_string_equal(ak_text_string(&after), ak_text_string(&before));
    assert_true(plan.tried && !plan.remains && plan.set.count != 0);
    /* Remote Desktop of Server 2008 R2 speaks TLS 1.0 alone. */
    assert_true(plan.lost & 1u << AK_FIX_NEED_RDP_TLS10);
    assert_true(ak_fix_apply(&plan.set, m.registry));
    ak_fix_plan_release(&plan);
    assert_int_equal(make(&m, "template:tls12-only", NULL, &plan), AK_FIX_NOTHING);
    ak_text_release(&before);
    ak_text_release(&after);
    machine_end(&m);
}

static void the_finding_is_gone_behind_it(void **state)
{
    struct machine m = machine_of(MACHINE_2008R2);
    struct ak_finding finding = {.rule = &ak_rule_tls12_off_by_default,
                                 .severity = AK_SEVERITY_WARNING};
    struct ak_fix_place place;
    struct ak_fix_plan plan;
    enum ak_fix_answer answer;
    (void)state;
    assert_null(ak_fix_of_finding(&finding, &place, &answer));
    assert_int_equal(answer, AK_FIX_NO_HOST);
    finding.host = m.host;
    const struct ak_fix_about *about = ak_fix_of_finding(&finding, &place, &answer);
    assert_non_null(about);
    assert_int_equal(ak_fix_plan_make(about, &place, &finding, m.registry, &plan), AK_FIX_READY);
    assert_true(plan.tried && !plan.remains);
    ak_fix_plan_release(&plan);
    /* The same finding with a set that does nothing for it. */
    assert_int_equal(make(&m, "template:legacy-temporary", &finding, &plan), AK_FIX_READY);
    ak_fix_plan_release(&plan);
    finding.rule = &ak_rule_out_of_support;
    assert_null(ak_fix_of_finding(&finding, &place, &answer));
    assert_int_equal(answer, AK_FIX_NO_REMEDY);
    machine_end(&m);
}

static void of_two_hosts_the_least_change(void **state)
{
    struct machine server =
        machine_of("[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion]\n"
                   "\"CurrentBuild\"=\"17763\"\n\"InstallationType\"=\"Server\"\n"
                   "[" MACHINE_SCHANNEL "\\Protocols\\TLS 1.0\\Server]\n"
                   "\"Enabled\"=dword:00000000\n");
    struct machine client = machine_of(MACHINE_2008R2);
    struct ak_finding finding = {.rule = &ak_rule_no_common_version,
                                 .severity = AK_SEVERITY_WARNING,
                                 .host = client.host,
                                 .other_host = server.host};
    struct ak_fix_place place;
    enum ak_fix_answer answer;
    (void)state;
    const struct ak_fix_about *about = ak_fix_of_finding(&finding, &place, &answer);
    assert_non_null(about);
    assert_string_equal(about->id, "change:version");
    assert_non_null(place.protocol);
    machine_end(&client);
    machine_end(&server);
}

static void survives_a_lack_of_memory(void **state)
{
    struct machine m = machine_of(MACHINE_2008R2);
    (void)state;
    for (unsigned long n = 1;; n++) {
        struct ak_fix_plan plan;
        (void)ak_alloc_fail_after(n);
        enum ak_fix_answer answer = make(&m, "template:tls12-only", NULL, &plan);
        bool failed = ak_alloc_fail_after(0) >= n;
        assert_true(answer == AK_FIX_MEMORY || answer == AK_FIX_READY || answer == AK_FIX_NOTHING);
        if (answer == AK_FIX_READY)
            ak_fix_plan_release(&plan);
        if (!failed)
            break;
    }
    machine_end(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plan_leaves_the_registry_as_it_was),
        cmocka_unit_test(the_finding_is_gone_behind_it),
        cmocka_unit_test(of_two_hosts_the_least_change),
        cmocka_unit_test(survives_a_lack_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
