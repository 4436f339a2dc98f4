/* The command that watches an interface, as far as it goes without one: tests/e2e/watch_test.py
 * watches. */
/* SPDX-License-Identifier: Apache-2.0 */
#define _XOPEN_SOURCE 700
#include "base/alloc.h"
#include "base/attr.h"
#include "support/command.h"

static struct command c;

static void interfaces_are_listed(void **state)
{
    (void)state;
    command_run(&c, "watch --list", ak_command_watch);
    if (c.status == AK_EXIT_NOTHING) {
        assert_string_equal(c.err, "");
        assert_true(command_count(c.out, "\n") != 0);
    } else { /* a system that shows none to this user */
        assert_int_equal(c.status, AK_EXIT_PARTLY);
        assert_non_null(strstr(c.err, "akushu: watch: "));
    }
}

static void what_cannot_be_watched(void **state)
{
    static const struct {
        const char *line, *says;
        int status;
    } rows[] = {
        {"watch nosuch0 --would-block=tls12-onyl", "--would-block=tls12-onyl: ", AK_EXIT_USAGE},
        {"watch nosuch0", "nosuch0: ", AK_EXIT_USAGE},
        {"watch nosuch0 --would-block=tls12-only", "nosuch0: ", AK_EXIT_USAGE},
    };
    (void)state;
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        command_run(&c, rows[i].line, ak_command_watch);
        assert_int_equal(c.status, rows[i].status);
        assert_non_null(strstr(c.err, rows[i].says));
        assert_string_equal(c.out, "");
        assert_int_equal(command_count(c.err, "\n"), 1);
    }
}

/* More words than a filter may have: refused before the interface is opened. */
static void a_filter_may_be_too_long(void **state)
{
    static char word[COMMAND_LINE - 64], line[COMMAND_LINE];
    static char *words[8];
    static struct ak_arguments a;
    (void)state;
    memset(word, 'x', sizeof word - 1);
    (void)snprintf(line, sizeof line, "watch nosuch0 %s", word);
    command_run(&c, line, NULL);
    assert_true(c.parsed);
    a = c.a;
    words[0] = c.a.operands[0];
    for (size_t i = 1; i < AK_COUNT(words); i++)
        words[i] = word;
    a.operands = words;
    a.operand_count = AK_COUNT(words);
    struct command_stream err = command_take(stderr, 2);
    int status = ak_command_watch(&a);
    command_give(&err, stderr, c.err, sizeof c.err);
    assert_int_equal(status, AK_EXIT_USAGE);
    assert_string_equal(c.err, "akushu: watch: the filter is too long\n");
}

static unsigned long at;

static int lacking(const struct ak_arguments *a)
{
    (void)ak_alloc_fail_after(at);
    int status = ak_command_watch(a);
    (void)ak_alloc_fail_after(0);
    return status;
}

static void memory_may_lack(void **state)
{
    (void)state;
    for (at = 1; at <= 3; at++) {
        command_run(&c, "watch nosuch0", lacking);
        assert_int_equal(c.status, AK_EXIT_PARTLY);
        assert_string_equal(c.err, "akushu: out of memory\n");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(interfaces_are_listed),
        cmocka_unit_test(what_cannot_be_watched),
        cmocka_unit_test(a_filter_may_be_too_long),
        cmocka_unit_test(memory_may_lack),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
