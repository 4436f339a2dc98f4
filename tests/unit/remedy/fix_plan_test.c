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
    assert_null(ak_fix_of_finding(&finding, false, &place, &answer));
    assert_int_equal(answer, AK_FIX_NO_HOST);
    finding.host = m.host;
    const struct ak_fix_about *about = ak_fix_of_finding(&finding, false, &place, &answer);
    assert_non_null(about);
    assert_int_equal(ak_fix_plan_make(about, &place, &finding, m.registry, &plan), AK_FIX_READY);
    assert_true(plan.tried && !plan.remains);
    ak_fix_plan_release(&plan);
    /* The same finding with a set that does nothing for it. */
    assert_int_equal(make(&m, "template:legacy-temporary", &finding, &plan), AK_FIX_READY);
    ak_fix_plan_release(&plan);
    finding.rule = &ak_rule_out_of_support;
    assert_null(ak_fix_of_finding(&finding, false, &place, &answer));
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
    const struct ak_fix_about *about = ak_fix_of_finding(&finding, false, &place, &answer);
    assert_non_null(about);
    assert_string_equal(about->id, "change:version");
    assert_non_null(place.protocol);
    machine_end(&client);
    machine_end(&server);
}

#define SQL_KEY "[HKEY_LOCAL_MACHINE\\SOFTWARE\\%sMicrosoft\\Microsoft SQL Server\\"
#define SERVER_2022                                                                                \
    "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion]\n"                      \
    "\"CurrentBuild\"=\"20348\"\n\"InstallationType\"=\"Server\"\n"
#define OLD_DRIVER                                                                                 \
    "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion]\n"                      \
    "\"CurrentBuild\"=\"17763\"\n\"InstallationType\"=\"Server\"\n"                                \
    "[HKEY_LOCAL_MACHINE\\SOFTWARE\\ODBC\\ODBCINST.INI\\ODBC Drivers]\n"                           \
    "\"ODBC Driver 17 for SQL Server\"=\"Installed\"\n"                                            \
    "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\X]\n"           \
    "\"DisplayName\"=\"Microsoft ODBC Driver 17 for SQL Server\"\n"                                \
    "\"DisplayVersion\"=\"17.10.3.1\"\n"

/* Two instances, the second of which is strict; `wow64`: "" or "WOW6432Node\\". */
static void strict_server(const char *wow64, struct ak_text *out)
{
    ak_text_format(out,
                   SERVER_2022 SQL_KEY
                   "Instance Names\\SQL]\n"
                   "\"MSSQLSERVER\"=\"MSSQL16.MSSQLSERVER\"\n"
                   "\"SALES\"=\"MSSQL16.SALES\"\n" SQL_KEY "MSSQL16.MSSQLSERVER\\Setup]\n"
                   "\"Version\"=\"16.0.1000.6\"\n" SQL_KEY "MSSQL16.SALES\\Setup]\n"
                   "\"Version\"=\"16.0.1000.6\"\n" SQL_KEY
                   "MSSQL16.SALES\\MSSQLServer\\SuperSocketNetLib]\n"
                   "\"ForceStrict\"=dword:00000001\n",
                   wow64, wow64, wow64, wow64);
}

static void the_instance_is_the_one_that_decides(void **state)
{
    static const char *const nodes[] = {"", "WOW6432Node\\"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct ak_text text;
        ak_text_init(&text, 1u << 16);
        strict_server(nodes[i], &text);
        struct machine server = machine_of(ak_text_string(&text));
        struct machine client = machine_of(OLD_DRIVER);
        struct ak_finding finding = {.rule = &ak_rule_strict_mismatch,
                                     .severity = AK_SEVERITY_WARNING,
                                     .host = client.host,
                                     .other_host = server.host};
        struct ak_fix_place place;
        struct ak_fix_plan plan;
        enum ak_fix_answer answer;
        assert_null(ak_fix_of_finding(&finding, false, &place, &answer));
        assert_int_equal(answer, AK_FIX_NOT_ASKED);
        const struct ak_fix_about *about = ak_fix_of_finding(&finding, true, &place, &answer);
        assert_non_null(about);
        assert_string_equal(about->id, "change:strict");
        assert_ptr_equal(place.host, server.host);
        assert_ptr_equal(place.instance, ak_talk_instance(server.host));
        assert_int_equal(ak_fix_plan_make(about, &place, NULL, server.registry, &plan),
                         AK_FIX_READY);
        assert_int_equal(plan.set.count, 1);
        assert_ptr_equal(plan.instance, place.instance);
        assert_non_null(strstr(plan.set.changes[0].key, "\\MSSQL16.SALES\\"));
        assert_true((strstr(plan.set.changes[0].key, "Wow6432Node") != NULL) == (i == 1));
        assert_true((ak_registry_find(server.registry, plan.set.changes[0].key) != NULL));
        ak_fix_plan_release(&plan);
        machine_end(&client);
        machine_end(&server);
        ak_text_release(&text);
    }
}

static void an_instance_whose_key_is_a_path_is_left_alone(void **state)
{
    struct machine server =
        machine_of(SERVER_2022 "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Microsoft SQL Server\\"
                               "Instance Names\\SQL]\n\"MSSQLSERVER\"=\"A\\\\B\"\n"
                               "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Microsoft SQL Server\\"
                               "A\\B\\Setup]\n\"Version\"=\"16.0.1000.6\"\n"
                               "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Microsoft SQL Server\\"
                               "A\\B\\MSSQLServer\\SuperSocketNetLib]\n"
                               "\"ForceStrict\"=dword:00000001\n");
    struct machine client = machine_of(OLD_DRIVER);
    struct ak_finding finding = {.rule = &ak_rule_strict_mismatch,
                                 .severity = AK_SEVERITY_WARNING,
                                 .host = client.host,
                                 .other_host = server.host};
    struct ak_fix_place place;
    enum ak_fix_answer answer;
    (void)state;
    assert_null(ak_fix_of_finding(&finding, true, &place, &answer));
    assert_int_equal(answer, AK_FIX_NO_REMEDY);
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
        cmocka_unit_test(the_instance_is_the_one_that_decides),
        cmocka_unit_test(an_instance_whose_key_is_a_path_is_left_alone),
        cmocka_unit_test(survives_a_lack_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
