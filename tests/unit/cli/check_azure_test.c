/* Every endpoint of Azure's agents in turn: what is asked, what is left out, and one sum of all. */
/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "cli/check_azure.h"

#include "support/command.h"
#include "support/lab_process.h"

static struct command c;

static void only_the_word_alone(void **state)
{
    (void)state;
    command_run(&c, "check azure-agents", NULL);
    assert_true(ak_is_azure_agents(&c.a));
    command_run(&c, "check azure-agents sql01", NULL);
    assert_false(ak_is_azure_agents(&c.a));
    command_run(&c, "check sql01", NULL);
    assert_false(ak_is_azure_agents(&c.a));
}

static void mistakes_are_told(void **state)
{
    static const struct {
        const char *line, *says;
    } rows[] = {
        {"check azure-agents", "--region is needed"},
        {"check azure-agents --region=Japan", "lower-case letters"},
        {"check azure-agents --region=../x", "--region"},
        {"check azure-agents --region=japaneast --workspace=a.b", "--workspace"},
        {"check azure-agents --region=japaneast --monitor", "neither --monitor nor"},
        {"check azure-agents --region=japaneast --write=x.pcapng", "neither --monitor nor"}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        command_run(&c, rows[i].line, ak_check_azure);
        assert_int_equal(c.status, AK_EXIT_USAGE);
        assert_non_null(strstr(c.err, rows[i].says));
        assert_string_equal(c.out, "");
    }
}

static void a_plan_names_each_endpoint(void **state)
{
    (void)state;
    command_run(&c, "check azure-agents --plan --region=japaneast", ak_check_azure);
    assert_int_equal(c.status, AK_EXIT_NOTHING);
    assert_int_equal(command_count(c.out, "Nothing is sent."), 9);
    assert_non_null(strstr(c.out, "japaneast-agentservice-prod-1.azure-automation.net"));
    assert_null(strstr(c.out, "endpoints tried"));
    command_run(&c, "check azure-agents --plan --region=japaneast --workspace=0000-1111",
                ak_check_azure);
    assert_int_equal(command_count(c.out, "Nothing is sent."), 12);
    assert_non_null(strstr(c.out, "0000-1111."));
}

static void all_of_them_become_one_summary(void **state)
{
    struct lab lab;
    char line[200];
    (void)state;
    assert_true(lab_begin(&lab, "azure-agents", NULL));
    (void)snprintf(line, sizeof line,
                   "check azure-agents --region=japaneast --connect-to=127.0.0.1:%u --pace=1 "
                   "--format=jsonl",
                   lab.at.port);
    command_run(&c, line, ak_check_azure);
    assert_int_equal(c.status, AK_EXIT_NOTHING);
    assert_int_equal(command_count(c.out, "\"kind\":\"endpoint\""), 9);
    assert_int_equal(command_count(c.out, "\"kind\":\"summary\""), 1);
    const char *last = strstr(c.out, "\"kind\":\"summary\"");
    assert_null(strstr(last, "\"kind\":\"endpoint\""));
    size_t made = lab_end(&lab);
    char counted[60];
    (void)snprintf(counted, sizeof counted, "\"conversations\":%zu,", made);
    assert_non_null(strstr(last, counted));
}

static void nobody_reached_is_told(void **state)
{
    struct lab lab;
    char line[200];
    (void)state;
    assert_true(lab_begin(&lab, "azure-agents", NULL));
    (void)lab_end(&lab); /* its port is closed now */
    (void)snprintf(line, sizeof line,
                   "check azure-agents --region=japaneast --connect-to=127.0.0.1:%u --pace=1",
                   lab.at.port);
    command_run(&c, line, ak_check_azure);
    assert_int_equal(c.status, AK_EXIT_UNREACHABLE);
    assert_non_null(strstr(c.out, "9 endpoints tried, 9 of them cannot be used; 3 need"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_word_alone),
        cmocka_unit_test(mistakes_are_told),
        cmocka_unit_test(a_plan_names_each_endpoint),
        cmocka_unit_test(all_of_them_become_one_summary),
        cmocka_unit_test(nobody_reached_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
