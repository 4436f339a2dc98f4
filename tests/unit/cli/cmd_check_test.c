/* The command itself against servers of the lab: status, formats, what it writes. */
/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "cli/commands.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "support/command.h"
#include "support/lab_process.h"

static struct command c;

/* `options` at a server of this scenario. Returns the connections that it saw. */
static size_t check(const char *scenario, const char *options)
{
    struct lab lab;
    char line[400];
    assert_true(lab_begin(&lab, scenario, NULL));
    (void)snprintf(line, sizeof line, "check 127.0.0.1:%u --pace=1 %s", lab.at.port, options);
    command_run(&c, line, ak_command_check);
    return lab_end(&lab);
}

static void the_status_tells_what_came_out(void **state)
{
    static const struct {
        const char *scenario, *options, *says;
        int status;
    } rows[] = {
        {"healthy", "", "No findings.", AK_EXIT_NOTHING},
        {"no-common-version", "", "no-common-version", AK_EXIT_FINDINGS},
        {"no-common-version", "--fail-on=never", "no-common-version", AK_EXIT_NOTHING},
        {"slow-connect", "--connections=1", "slow-connect", AK_EXIT_NOTHING},
        {"slow-connect", "--connections=1 --fail-on=warning", "slow-connect", AK_EXIT_FINDINGS}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        (void)check(rows[i].scenario, rows[i].options);
        if (c.status != rows[i].status || strstr(c.out, rows[i].says) == NULL)
            fail_msg("%s %s: %d: %s%s", rows[i].scenario, rows[i].options, c.status, c.out, c.err);
        assert_string_equal(c.err, "");
    }
}

static void a_closed_port_is_unreachable(void **state)
{
    struct lab lab;
    char line[100];
    (void)state;
    assert_true(lab_begin(&lab, "healthy", NULL));
    (void)lab_end(&lab);
    (void)snprintf(line, sizeof line, "check 127.0.0.1:%u", lab.at.port);
    command_run(&c, line, ak_command_check);
    assert_int_equal(c.status, AK_EXIT_UNREACHABLE);
    assert_non_null(strstr(c.out, "port closed"));
}

static void lines_and_their_order(void **state)
{
    (void)state;
    size_t made = check("no-common-suite", "--format=jsonl");
    char counted[40];
    (void)snprintf(counted, sizeof counted, "\"connections\":%zu,", made);
    const char *talk = strstr(c.out, "\"kind\":\"conversation\"");
    const char *endpoint = strstr(c.out, "\"kind\":\"endpoint\"");
    const char *finding = strstr(c.out, "\"kind\":\"finding\"");
    const char *summary = strstr(c.out, "\"kind\":\"summary\"");
    assert_true(talk != NULL && endpoint > talk && finding > endpoint && summary > finding);
    assert_int_equal(command_count(c.out, "\"kind\":\"endpoint\""), 1);
    assert_int_equal(command_count(c.out, "\"kind\":\"summary\""), 1);
    assert_non_null(strstr(endpoint, counted));
    assert_non_null(strstr(endpoint, "\"rare_suites\":true"));
}

static void one_line_for_monitoring(void **state)
{
    (void)state;
    (void)check("healthy", "--monitor");
    assert_int_equal(c.status, 0);
    assert_int_equal(strncmp(c.out, "AKUSHU OK - ", 12), 0);
    (void)check("no-common-version", "--monitor");
    assert_int_equal(c.status, 2);
    assert_int_equal(strncmp(c.out, "AKUSHU CRITICAL - ", 18), 0);
    assert_int_equal(command_count(c.out, "\n"), 1);
    assert_int_equal(command_count(c.out, "|"), 1);
}

static off_t written(const char *scenario, const char *path, const char *more)
{
    char options[200];
    struct stat seen;
    (void)snprintf(options, sizeof options, "--write=%s %s", path, more);
    (void)check(scenario, options);
    assert_int_equal(stat(path, &seen), 0);
    assert_int_equal(unlink(path), 0);
    return seen.st_size;
}

static void what_is_written(void **state)
{
    char folder[] = "/tmp/akushu-cmd-check-XXXXXX", path[80], line[160];
    struct stat seen;
    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/check.pcapng", folder);
    off_t client = written("no-common-suite", path, "");
    assert_true(client > 500 && written("no-common-suite", path, "--all") > 3 * client);
    (void)snprintf(line, sizeof line, "check 127.0.0.1:1 --write=%s/none/x.pcapng", folder);
    command_run(&c, line, ak_command_check);
    assert_int_equal(c.status, AK_EXIT_PARTLY);
    assert_non_null(strstr(c.err, "x.pcapng"));
    assert_int_equal(stat(path, &seen), -1); /* nothing stays behind */
    assert_int_equal(rmdir(folder), 0);
}

static void repetitions_are_counted(void **state)
{
    (void)state;
    size_t made = check("healthy", "--repeat=6 --concurrency=3");
    assert_int_equal(c.status, AK_EXIT_NOTHING);
    assert_non_null(strstr(c.out, "Repeated 6 times: 0 failed"));
    assert_int_equal(made, 3 + 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_status_tells_what_came_out),
        cmocka_unit_test(a_closed_port_is_unreachable),
        cmocka_unit_test(lines_and_their_order),
        cmocka_unit_test(one_line_for_monitoring),
        cmocka_unit_test(what_is_written),
        cmocka_unit_test(repetitions_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
