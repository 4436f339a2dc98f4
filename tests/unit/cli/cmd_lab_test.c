/* The lab's command: the list, what it prints when it listens, and what it refuses. It ends with
 * its standard input, which is empty here. */
/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "cli/commands.h"

#include <fcntl.h>
#include <stdlib.h>

#include "lab/scenario.h"
#include "support/command.h"

static struct command c;

static void lab(const char *options)
{
    char line[300];
    (void)snprintf(line, sizeof line, "lab %s --until-stdin-ends", options);
    command_run(&c, line, ak_command_lab);
}

static void the_list_has_every_scenario(void **state)
{
    const struct ak_lab_scenario *s;
    (void)state;
    command_run(&c, "lab --list", ak_command_lab);
    assert_int_equal(c.status, AK_EXIT_NOTHING);
    for (size_t i = 0; (s = ak_lab_scenario_at(i)) != NULL; i++) {
        char name[60];
        (void)snprintf(name, sizeof name, "%s%s ", i != 0 ? "\n" : "", s->name);
        const char *at = strstr(c.out, name);
        assert_non_null(at);
        const char *rule = strchr(at + 1, '\n');
        assert_non_null(rule);
        size_t n = strlen(s->rule[0] != '\0' ? s->rule : "-");
        assert_int_equal(strncmp(rule - n, s->rule[0] != '\0' ? s->rule : "-", n), 0);
    }
}

static void a_guide_with_the_real_port(void **state)
{
    (void)state;
    lab("no-common-version");
    assert_int_equal(c.status, AK_EXIT_NOTHING);
    unsigned port = 0;
    assert_int_equal(sscanf(c.out, "listening 127.0.0.1:%u\n", &port), 1);
    char text[80];
    (void)snprintf(text, sizeof text, "akushu check 127.0.0.1:%u\n", port);
    assert_non_null(strstr(c.out, text));
    (void)snprintf(text, sizeof text, "port: %u, encrypt: true", port);
    assert_non_null(strstr(c.out, text));
    assert_non_null(strstr(c.out, "ERR_SSL_UNSUPPORTED_PROTOCOL"));
    assert_non_null(strstr(c.out, "no-common-version\n"));
    assert_true(strstr(c.out, ":PORT") == NULL && strstr(c.out, " PORT") == NULL);
    lab("no-common-version --fixed");
    assert_null(strstr(c.out, "ERR_SSL_UNSUPPORTED_PROTOCOL"));
    assert_null(strstr(c.out, "no-common-version"));
    lab("healthy --bind=::1");
    if (c.status == AK_EXIT_NOTHING) /* where there is IPv6 */
        assert_non_null(strstr(c.out, "akushu check [::1]:"));
    lab("--as=ws2012r2");
    assert_non_null(strstr(c.out, "ws2012r2"));
}

static void the_certificate_is_written(void **state)
{
    char path[] = "/tmp/akushu-lab-XXXXXX", options[100], text[64] = "";
    int fd = mkstemp(path);
    (void)state;
    (void)snprintf(options, sizeof options, "healthy --write-certificate=%s", path);
    lab(options);
    assert_int_equal(c.status, AK_EXIT_NOTHING);
    (void)close(fd);
    fd = open(path, O_RDONLY);
    assert_true(fd >= 0 && read(fd, text, 27) == 27);
    assert_string_equal(text, "-----BEGIN CERTIFICATE-----");
    (void)close(fd);
    assert_int_equal(unlink(path), 0);
    lab("healthy --write-certificate=/nonexistent/x.pem");
    assert_int_equal(c.status, AK_EXIT_PARTLY);
    assert_non_null(strstr(c.err, "/nonexistent/x.pem"));
}

static void mistakes_are_told(void **state)
{
    static const struct {
        const char *options, *says;
        int status;
    } rows[] = {{"no-such-thing", "is no scenario", AK_EXIT_USAGE},
                {"healthy --bind=nowhere", "is no address", AK_EXIT_USAGE},
                {"--as=nonsense", "lab: ", AK_EXIT_USAGE},
                {"healthy --bind=192.0.2.1", "lab: 192.0.2.1: ", AK_EXIT_PARTLY}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        lab(rows[i].options);
        if (c.status != rows[i].status || strstr(c.err, rows[i].says) == NULL)
            fail_msg("%s: %d: %s", rows[i].options, c.status, c.err);
        assert_string_equal(c.out, "");
    }
}

static int begin(void **state)
{
    int nothing = open("/dev/null", O_RDONLY);
    (void)state;
    return nothing >= 0 && dup2(nothing, 0) == 0 && close(nothing) == 0 ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_list_has_every_scenario),
        cmocka_unit_test(a_guide_with_the_real_port),
        cmocka_unit_test(the_certificate_is_written),
        cmocka_unit_test(mistakes_are_told),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
