/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/host_rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "diagnose/diagnosis.h"
#include "model/programs.h"
#include "model/sql_names.h"
#include "windows/host_view.h"
#include "windows/registry_load.h"

#define HEAD "Windows Registry Editor Version 5.00\n\n"
#define SOFTWARE "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\"
#define SCHANNEL                                                                                   \
    "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL"
#define WINDOWS(build)                                                                             \
    SOFTWARE "Windows NT\\CurrentVersion]\n\"CurrentBuild\"=\"" build                              \
             "\"\n\"InstallationType\"=\"Server\"\n"
#define PAIR(version, role, enabled, by_default)                                                   \
    SCHANNEL "\\Protocols\\" version "\\" role "]\n\"Enabled\"=dword:" enabled                     \
             "\n\"DisabledByDefault\"=dword:" by_default "\n"

/* One or two machines, and what the rules said of them. */
struct case_of {
    struct ak_registry *registry[2];
    struct ak_host host[2];
    const struct ak_host *hosts[2];
    size_t count;
    struct ak_match match; /* of the rule that was asked for */
    const char *wanted;
    size_t found;
};

static void begin(struct case_of *k)
{
    memset(k, 0, sizeof *k);
}

static struct ak_host *add(struct case_of *k, const char *text)
{
    struct ak_hash_key key = {1, 2};
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    struct ak_span span = {(const uint8_t *)text, strlen(text)};
    size_t at = k->count++;
    k->registry[at] = ak_registry_new(key);
    assert_int_equal(ak_registry_load_text(k->registry[at], "a.reg", span, &error), AK_ERR_NONE);
    assert_int_equal(ak_host_view(k->registry[at], NULL, &k->host[at], &error), AK_ERR_NONE);
    k->hosts[at] = &k->host[at];
    return &k->host[at];
}

static void end(struct case_of *k)
{
    for (size_t i = 0; i < k->count; i++) {
        ak_host_release(&k->host[i]);
        ak_registry_free(k->registry[i]);
    }
}

static void note(void *context, const struct ak_rule *rule, const struct ak_host_case *c,
                 const struct ak_match *match)
{
    struct case_of *k = context;
    (void)c;
    assert_non_null(match);
    if (strcmp(rule->id, k->wanted) == 0 && k->found++ == 0)
        k->match = *match;
}

static enum ak_grade ask(struct case_of *k, const char *rule)
{
    memset(&k->match, 0, sizeof k->match);
    k->wanted = rule;
    k->found = 0;
    ak_host_rules_apply(k->hosts, k->count, NULL, NULL, note, k);
    return k->match.grade;
}

static enum ak_grade ask_once(const char *text, const char *rule, enum ak_severity *severity)
{
    struct case_of k;
    begin(&k);
    (void)add(&k, text);
    enum ak_grade grade = ask(&k, rule);
    *severity = k.match.severity;
    end(&k);
    return grade;
}

static const struct ak_fact *fact(const struct case_of *k, enum ak_fact_kind kind)
{
    for (size_t i = 0; i < k->match.fact_count; i++)
        if (k->match.facts[i].kind == kind)
            return &k->match.facts[i];
    return NULL;
}

static void half_a_pair_is_likely_and_no_evidence_possible(void **state)
{
    (void)state;
    const char *rule = "tls12-off-by-default";
    enum ak_severity severity;
    assert_int_equal(ask_once(HEAD WINDOWS("7601") SCHANNEL "]\n", rule, &severity),
                     AK_GRADE_CERTAIN);
    assert_int_equal(severity, AK_SEVERITY_WARNING);
    assert_int_equal(ask_once(HEAD WINDOWS("7601") PAIR("TLS 1.2", "Server", "1", "0") SCHANNEL
                              "\\Protocols\\TLS 1.2\\Client]\n\"Enabled\"=dword:1\n",
                              rule, &severity),
                     AK_GRADE_LIKELY);
    assert_int_equal(ask_once(HEAD WINDOWS("7601"), rule, &severity), AK_GRADE_POSSIBLE);
    assert_int_equal(ask_once(HEAD SCHANNEL "]\n", rule, &severity), AK_GRADE_NONE);
    assert_int_equal(ask_once(HEAD WINDOWS("7601") PAIR("TLS 1.2", "Server", "1", "0")
                                  PAIR("TLS 1.2", "Client", "0", "1"),
                              rule, &severity),
                     AK_GRADE_CERTAIN);
}

/* With strong crypto set for both bitnesses, callers name TLS 1.2 and get it. */
static void naming_callers_lower_the_grade(void **state)
{
    (void)state;
    enum ak_severity severity;
    const char *text = HEAD WINDOWS("7601") SCHANNEL
        "]\n" SOFTWARE "NET Framework Setup\\NDP\\v4\\Full]\n"
        "\"Release\"=dword:70bf6\n" SOFTWARE ".NETFramework\\v4.0.30319]\n"
        "\"SchUseStrongCrypto\"=dword:1\n"
        "[HKEY_LOCAL_MACHINE\\SOFTWARE\\WOW6432Node\\"
        "Microsoft\\.NETFramework\\v4.0.30319]\n"
        "\"SchUseStrongCrypto\"=dword:1\n";
    assert_int_equal(ask_once(text, "tls12-off-by-default", &severity), AK_GRADE_LIKELY);
    assert_int_equal(ask_once(text, "dotnet-strong-crypto-missing", &severity), AK_GRADE_NONE);
}

#define INSTANCE(id, version)                                                                      \
    SOFTWARE "Microsoft SQL Server\\Instance Names\\SQL]\n\"MSSQLSERVER\"=\"" id "\"\n" SOFTWARE   \
             "Microsoft SQL Server\\" id "\\Setup]\n\"Version\"=\"" version "\"\n"

static void old_builds_with_nothing_left_are_errors(void **state)
{
    (void)state;
    enum ak_severity severity;
    const char *rule = "server-build-too-old";
    assert_int_equal(ask_once(HEAD INSTANCE("MSSQL12.X", "12.0.2000.8"), rule, &severity),
                     AK_GRADE_CERTAIN);
    assert_int_equal(severity, AK_SEVERITY_WARNING);
    assert_int_equal(ask_once(HEAD WINDOWS("9600") INSTANCE("MSSQL12.X", "12.0.2000.8") PAIR(
                                  "TLS 1.0", "Server", "0", "1") PAIR("TLS 1.1", "Server", "0", "1")
                                  PAIR("SSL 3.0", "Server", "0", "1"),
                              rule, &severity),
                     AK_GRADE_CERTAIN);
    assert_int_equal(severity, AK_SEVERITY_ERROR);
    assert_int_equal(ask_once(HEAD INSTANCE("MSSQL16.X", "16.0.1000.6"), rule, &severity),
                     AK_GRADE_NONE);
    assert_int_equal(ask_once(HEAD INSTANCE("MSSQL10.X", "gibberish"), rule, &severity),
                     AK_GRADE_NONE);
    /* SQL Server 2014 RTM reports what Azure SQL Database reports; an installed one is no Azure. */
    assert_int_equal(ak_sql_build_tls12(12, 0, 2000).tls12, AK_BUILD_TLS12_UNKNOWN);
    assert_int_equal(ak_sql_installed_tls12(12, 0, 2000).tls12, AK_BUILD_TLS12_NO);
    assert_int_equal(ak_sql_installed_tls12(9, 4, 5000).tls12, AK_BUILD_TLS12_NO);
    assert_int_equal(ak_sql_installed_tls12(13, 2, 5026).tls12, AK_BUILD_TLS12_YES);
}

static void drivers_by_their_third_number(void **state)
{
    (void)state;
    static const struct {
        const char *name, *version;
        enum ak_driver_tls12 tls12;
        bool strict;
    } rows[] = {
        {"SQLNCLI11", "11.0.2100.60", AK_DRIVER_TLS12_NO, false},
        {"SQLNCLI11", "11.4.7001.0", AK_DRIVER_TLS12_YES, false},
        {"SQLNCLI11", "", AK_DRIVER_TLS12_UNKNOWN, false},
        {"SQLNCLI10", "10.0.6543.0", AK_DRIVER_TLS12_YES, false},
        {"SQLNCLI10", "10.51.6537.0", AK_DRIVER_TLS12_YES, false},
        {"SQLNCLI10", "10.51.6536.0", AK_DRIVER_TLS12_NO, false},
        {"SQLNCLI", "", AK_DRIVER_TLS12_NO, false},
        {"SQLOLEDB", "", AK_DRIVER_TLS12_UNKNOWN, false},
        {"ODBC Driver 18 for SQL Server", "18.0.1.1", AK_DRIVER_TLS12_YES, false},
        {"ODBC Driver 18 for SQL Server", "18.1.2.1", AK_DRIVER_TLS12_YES, true},
        {"MSOLEDBSQL19", "", AK_DRIVER_TLS12_YES, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ak_driver_verdict v = ak_sql_driver_judge(rows[i].name, rows[i].version);
        assert_non_null(v.driver);
        assert_int_equal(v.tls12, rows[i].tls12);
        assert_int_equal(v.strict, rows[i].strict);
    }
    assert_null(ak_sql_driver_judge("Progress", "1").driver);
    for (size_t i = 0; ak_agent_at(i) != NULL; i++)
        assert_true(i < AK_AGENTS);
}

static void restarts_by_the_times_of_keys(void **state)
{
    (void)state;
    struct case_of k;
    begin(&k);
    struct ak_host *host = add(&k, HEAD WINDOWS("14393") PAIR("TLS 1.0", "Server", "0", "1"));
    struct ak_setting *s = &host->protocols[AK_SCHANNEL_SERVER][AK_SCHANNEL_PROTOCOL_TLS10].enabled;
    assert_int_equal(ask(&k, "restart-pending"), AK_GRADE_NONE); /* no times in an export */
    host->shutdown = 100 * INT64_C(1000000000);
    s->written = 100 * INT64_C(1000000000);
    assert_int_equal(ask(&k, "restart-pending"), AK_GRADE_NONE);
    s->written = 101 * INT64_C(1000000000);
    assert_int_equal(ask(&k, "restart-pending"), AK_GRADE_LIKELY);
    assert_int_equal(fact(&k, AK_FACT_WRITTEN)->a, 101);
    assert_string_equal(fact(&k, AK_FACT_WRITTEN)->text, "SCHANNEL\\Protocols\\TLS 1.0\\Server");
    end(&k);
}

/* The newest time of the evidence decides, of whichever machine it is. */
static void support_ends_by_the_evidence(void **state)
{
    (void)state;
    struct case_of k;
    begin(&k);
    struct ak_host *host = add(&k, HEAD WINDOWS("9600"));
    assert_int_equal(ask(&k, "out-of-support"), AK_GRADE_NONE);
    host->newest = INT64_C(1696982399) * 1000000000; /* 2023-10-10, the last day */
    assert_int_equal(ask(&k, "out-of-support"), AK_GRADE_NONE);
    host->newest = INT64_C(1696982401) * 1000000000;
    assert_int_equal(ask(&k, "out-of-support"), AK_GRADE_LIKELY);
    assert_string_equal(fact(&k, AK_FACT_SUPPORT_PAID)->text, "2026-10-13");
    host->newest = INT64_C(1800000000) * 1000000000;
    assert_int_equal(ask(&k, "out-of-support"), AK_GRADE_LIKELY);
    assert_null(fact(&k, AK_FACT_SUPPORT_PAID));
    assert_string_equal(fact(&k, AK_FACT_SUPPORT_ENDED)->text, "2026-10-13");
    end(&k);
}

/* What the user said goes before anything else; of more than two hosts, too. */
static void roles_decide(struct case_of *k)
{
    struct ak_host_pair pairs[AK_HOST_PAIRS];
    struct ak_roles roles = {{"case/a/", NULL}};
    k->host[0].sources[0].file = "case/a/x.reg";
    k->host[1].sources[0].file = "case/ab/y.reg";
    assert_int_equal(ak_host_rules_pairs(k->hosts, 2, &roles, NULL, pairs), 1);
    assert_ptr_equal(pairs[0].client, &k->host[0]);
    assert_ptr_equal(pairs[0].server, &k->host[1]);
    roles.folder[AK_SIDE_CLIENT] = NULL;
    roles.folder[AK_SIDE_SERVER] = "case/a/x.reg";
    assert_int_equal(ak_host_rules_pairs(k->hosts, 2, &roles, NULL, pairs), 1);
    assert_ptr_equal(pairs[0].server, &k->host[0]);
    roles.folder[AK_SIDE_SERVER] = "case"; /* both */
    assert_int_equal(ak_host_rules_pairs(k->hosts, 2, &roles, NULL, pairs), 0);
    roles.folder[AK_SIDE_CLIENT] = "case/ab"; /* the nearer folder counts */
    assert_int_equal(ak_host_rules_pairs(k->hosts, 2, &roles, NULL, pairs), 1);
    assert_ptr_equal(pairs[0].server, &k->host[0]);
    roles.folder[AK_SIDE_CLIENT] = "cas"; /* no folder of that name */
    assert_int_equal(ak_case_role(&k->host[0], &roles), AK_SIDE_SERVER);
}

static void who_serves(void **state)
{
    (void)state;
    struct case_of k;
    struct ak_host_pair pairs[AK_HOST_PAIRS];
    begin(&k);
    (void)add(&k, HEAD WINDOWS("17763") INSTANCE("MSSQL15.X", "15.0.2000.5"));
    (void)add(&k, HEAD WINDOWS("17763"));
    assert_int_equal(ak_host_rules_pairs(k.hosts, 2, NULL, NULL, pairs), 1);
    assert_ptr_equal(pairs[0].server, &k.host[0]);
    assert_ptr_equal(pairs[0].client, &k.host[1]);
    k.host[1].server = false;
    size_t instances = k.host[0].instance_count;
    k.host[0].instance_count = 0;
    assert_int_equal(ak_host_rules_pairs(k.hosts, 2, NULL, NULL, pairs), 1);
    assert_ptr_equal(pairs[0].server, &k.host[0]);
    k.host[1].server = true;
    assert_int_equal(ak_host_rules_pairs(k.hosts, 2, NULL, NULL, pairs), 0);
    assert_int_equal(ak_host_rules_pairs(k.hosts, 1, NULL, NULL, pairs), 0);
    roles_decide(&k);
    k.host[0].instance_count = instances;
    end(&k);
}

static void two_sql_servers_call_each_other(void **state)
{
    (void)state;
    struct case_of k;
    struct ak_host_pair pairs[AK_HOST_PAIRS];
    begin(&k);
    (void)add(&k, HEAD WINDOWS("14393") INSTANCE("MSSQL13.X", "13.2.5026.0")
                      PAIR("TLS 1.0", "Server", "0", "1") PAIR("TLS 1.1", "Server", "0", "1"));
    (void)add(&k, HEAD WINDOWS("9600") INSTANCE("MSSQL12.X", "12.0.6024.0")
                      PAIR("TLS 1.2", "Client", "0", "1"));
    assert_int_equal(ak_host_rules_pairs(k.hosts, 2, NULL, NULL, pairs), 2);
    assert_ptr_equal(pairs[0].client, pairs[1].server);
    assert_ptr_equal(pairs[1].client, pairs[0].server);
    /* Only one of the two directions fails; that it is used is not known. */
    assert_int_equal(ask(&k, "no-common-version"), AK_GRADE_LIKELY);
    assert_int_equal(k.match.severity, AK_SEVERITY_WARNING);
    assert_string_equal(fact(&k, AK_FACT_SPEAKS)->text, "SSL 3.0, TLS 1.0, TLS 1.1");
    end(&k);
}

static void the_least_change_is_told(void **state)
{
    (void)state;
    struct case_of k;
    begin(&k);
    (void)add(&k, HEAD WINDOWS("14393") INSTANCE("MSSQL13.X", "13.2.5026.0")
                      PAIR("TLS 1.0", "Server", "0", "1") PAIR("TLS 1.1", "Server", "0", "1"));
    (void)add(&k, HEAD WINDOWS("9600") PAIR("TLS 1.2", "Client", "0", "1"));
    assert_int_equal(ask(&k, "no-common-version"), AK_GRADE_CERTAIN);
    assert_int_equal(k.match.severity, AK_SEVERITY_ERROR);
    assert_int_equal(k.match.side, AK_CHANGE_CLIENT);
    assert_int_equal(fact(&k, AK_FACT_LEAST_CHANGE)->b, 0x0303);
    assert_string_equal(fact(&k, AK_FACT_SPEAKS)->text, "SSL 3.0, TLS 1.0, TLS 1.1");
    end(&k);
}

struct heard {
    size_t count;
    struct ak_why_not last;
};

static void hear(void *context, const struct ak_why_not *why)
{
    struct heard *h = context;
    h->count++;
    h->last = *why;
}

static struct heard why_not(const struct case_of *k, const char *rule)
{
    struct heard h = {0};
    struct ak_diagnosis *d = ak_diagnosis_new(1);
    assert_non_null(d);
    ak_diagnosis_ask(d, ak_rule_find(rule), 0, hear, &h);
    for (size_t i = 0; i < k->count; i++)
        ak_diagnosis_add_host(d, k->hosts[i]);
    (void)ak_diagnosis_finish(d);
    ak_diagnosis_free(d);
    return h;
}

static void why_not_of_machines(void **state)
{
    (void)state;
    struct case_of k;
    begin(&k);
    (void)add(&k, HEAD WINDOWS("7601") SCHANNEL "]\n");
    struct heard h = why_not(&k, "tls12-off-by-default");
    assert_int_equal(h.count, 1);
    assert_int_equal(h.last.answer, AK_ANSWER_YES);
    assert_int_equal(h.last.grade, AK_GRADE_CERTAIN);
    assert_int_equal(why_not(&k, "fips-mode").last.answer, AK_ANSWER_NO);
    assert_int_equal(why_not(&k, "idle-drop").last.answer, AK_ANSWER_LACK);
    h = why_not(&k, "no-common-suite"); /* it needs two */
    assert_ptr_equal(h.last.host, h.last.other_host);
    end(&k);
}

static void a_rule_on_machines_knows_itself(void **state)
{
    (void)state;
    for (size_t i = 0; i < ak_host_rule_count; i++) {
        assert_ptr_equal(ak_rule_find(ak_host_rules[i].rule->id), ak_host_rules[i].rule);
        assert_true(ak_host_rules[i].look != NULL || ak_host_rules[i].look_at_two != NULL);
        for (size_t j = 0; j < i; j++)
            assert_ptr_not_equal(ak_host_rules[i].rule, ak_host_rules[j].rule);
    }
}

static void a_healthy_server_says_nothing(void **state)
{
    (void)state;
    struct case_of k;
    begin(&k);
    (void)add(&k, HEAD WINDOWS("20348") SCHANNEL "]\n" INSTANCE("MSSQL16.X", "16.0.1000.6"));
    for (size_t i = 0; i < ak_host_rule_count; i++)
        assert_int_equal(ask(&k, ak_host_rules[i].rule->id), AK_GRADE_NONE);
    end(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(half_a_pair_is_likely_and_no_evidence_possible),
        cmocka_unit_test(naming_callers_lower_the_grade),
        cmocka_unit_test(old_builds_with_nothing_left_are_errors),
        cmocka_unit_test(drivers_by_their_third_number),
        cmocka_unit_test(restarts_by_the_times_of_keys),
        cmocka_unit_test(support_ends_by_the_evidence),
        cmocka_unit_test(who_serves),
        cmocka_unit_test(two_sql_servers_call_each_other),
        cmocka_unit_test(the_least_change_is_told),
        cmocka_unit_test(why_not_of_machines),
        cmocka_unit_test(a_rule_on_machines_knows_itself),
        cmocka_unit_test(a_healthy_server_says_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
