/* What --plan says for each kind of check; it makes no connection (there is nobody at these names).
 */
/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "cli/check_plan.h"

#include <stdlib.h>

#include "support/command.h"

static struct command c;

static void says(const char *line, const char *const words[], const char *const never[])
{
    command_run(&c, line, ak_command_check);
    assert_int_equal(c.status, AK_EXIT_NOTHING);
    /* Lines are wrapped: blanks and ends of lines are one. */
    size_t n = 0;
    for (const char *p = c.out; *p != '\0'; p++)
        if ((*p != ' ' && *p != '\n') || n == 0 || c.out[n - 1] != ' ')
            c.out[n++] = *p == '\n' ? ' ' : *p;
    c.out[n] = '\0';
    for (size_t i = 0; words[i] != NULL; i++)
        if (strstr(c.out, words[i]) == NULL)
            fail_msg("%s: no \"%s\" in: %s", line, words[i], c.out);
    for (size_t i = 0; never[i] != NULL; i++)
        if (strstr(c.out, never[i]) != NULL)
            fail_msg("%s: \"%s\" in: %s", line, never[i], c.out);
}
#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

static void a_plain_check(void **state)
{
    (void)state;
    says("check --plan sql01.invalid",
         LIST("Nothing is sent.", "to sql01.invalid (tds), port 1433",
              "as openssl-3.0: TLS 1.2, TLS 1.3", "PRELOGIN that asks for no encryption",
              "session of before resumed", "one strict (TDS 8) hello", "At most 60 connections",
              "50 ms apart"),
         LIST("a login", "the same to", "handshakes, ", "are made"));
    says("check --plan https://web.invalid --leading-zero --connections=7 --pace=5",
         LIST("(https), port 443", "the session of before resumed", "at the end up to four TLS_DHE",
              "At most 7 connections", "5 ms apart"),
         LIST("PRELOGIN", "TDS 8"));
}

static void whatever_else_was_asked_for(void **state)
{
    (void)state;
    says("check --plan sql01.invalid sql02.invalid:1500 --repeat=30 --concurrency=3",
         LIST("the same to sql02.invalid,1500", "then 30 handshakes, 3 at once"), LIST("a login"));
    says("check --plan sql01.invalid\\LAB", LIST("sql01.invalid\\LAB", "SQL Server Browser names"),
         LIST("port 1433"));
    says("check --plan sql01.invalid --connect-to=192.0.2.1:9",
         LIST("connections are made to 192.0.2.1, port 9"), LIST("proxy"));
    says("check --plan sql01.invalid --proxy=proxy.invalid:3128",
         LIST("through the proxy proxy.invalid, port 3128"), LIST("made to"));
    says("check --plan sql01.invalid --as=ws2008r2", LIST("as ws2008r2: ", "TLS 1.0"),
         LIST("TLS 1.3"));
    assert_int_equal(setenv("AKUSHU_TEST_PASSWORD", "S3cret-of-nobody", 1), 0);
    says("check --plan sql01.invalid --user=sa --password-env=AKUSHU_TEST_PASSWORD",
         LIST("a login as sa, inside TLS alone"), LIST("S3cret"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_check),
        cmocka_unit_test(whatever_else_was_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
