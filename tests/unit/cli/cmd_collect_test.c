/* The command that prints the collect scripts: which script, where to, and what is refused. */
/* SPDX-License-Identifier: Apache-2.0 */
#define _XOPEN_SOURCE 700
#include "base/alloc.h"
#include "base/attr.h"
#include "support/command.h"
#include "support/temporary.h"

static struct command c;

static void the_forms(void **state)
{
    static const struct {
        const char *line, *begins;
    } rows[] = {{"collect", "#"},
                {"collect --script", "#"},
                {"collect --script=powershell", "#"},
                {"collect --script=cmd", "@echo off"},
                {"collect --script=sql", "--"}};
    (void)state;
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        command_run(&c, rows[i].line, ak_command_collect);
        assert_int_equal(c.status, AK_EXIT_NOTHING);
        assert_string_equal(c.err, "");
        assert_int_equal(strncmp(c.out, rows[i].begins, strlen(rows[i].begins)), 0);
        assert_int_equal(strcmp(c.out + strlen(c.out) - 2, "\r\n"), 0);
    }
}

static void what_is_wished_stands_in_it(void **state)
{
    (void)state;
    command_run(&c, "collect", ak_command_collect);
    assert_non_null(strstr(c.out, "MSSQLServer"));
    size_t both = strlen(c.out);
    assert_non_null(strstr(c.out, "$Hours = 24,"));
    command_run(&c, "collect --role=client --hours=3 --folder=D:\\case", ak_command_collect);
    assert_int_equal(c.status, AK_EXIT_NOTHING);
    assert_true(strlen(c.out) < both);
    assert_null(strstr(c.out, "$Hours = 24,"));
    assert_non_null(strstr(c.out, "$Hours = 3,"));
    assert_non_null(strstr(c.out, "D:\\case"));
    command_run(&c, "collect --role=server --instance=PROD1", ak_command_collect);
    assert_non_null(strstr(c.out, "PROD1"));
}

static void what_a_script_cannot_carry(void **state)
{
    static const char *const rows[][2] = {
        {"collect --instance=a'b", "--instance: 'a'b'"}, {"collect --instance=a;b", "--instance"},
        {"collect --folder=C:\\%TEMP%", "--folder"},     {"collect --folder=C:\\x\\", "ends with"},
        {"collect trace.pcap", "takes no file"},         {"collect --hours=0", "--hours"}};
    (void)state;
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        command_run(&c, rows[i][0], ak_command_collect);
        assert_int_equal(c.status, AK_EXIT_USAGE);
        assert_non_null(strstr(c.err, rows[i][1]));
        assert_string_equal(c.out, "");
    }
}

static void into_a_file(void **state)
{
    struct temporary folder;
    char line[400], *bytes = malloc(256 * 1024);
    (void)state;
    assert_non_null(bytes);
    temporary_open(&folder);
    const char *path = temporary_path(&folder, "collect.cmd");
    (void)snprintf(line, sizeof line, "collect --script=cmd --output=%s", path);
    command_run(&c, line, ak_command_collect);
    assert_int_equal(c.status, AK_EXIT_NOTHING);
    assert_string_equal(c.out, "");
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    bytes[fread(bytes, 1, 256 * 1024 - 1, file)] = '\0';
    (void)fclose(file);
    command_run(&c, "collect --script=cmd", ak_command_collect);
    assert_string_equal(bytes, c.out);
    (void)snprintf(line, sizeof line, "collect --output=%s", folder.path);
    command_run(&c, line, ak_command_collect);
    assert_int_equal(c.status, AK_EXIT_PARTLY);
    assert_non_null(strstr(c.err, folder.path));
    temporary_close(&folder);
    free(bytes);
    command_run(&c, "collect --output=/dev/full", ak_command_collect);
    assert_int_equal(c.status, AK_EXIT_PARTLY);
    assert_non_null(strstr(c.err, "/dev/full: "));
}

static int lacking(const struct ak_arguments *a)
{
    (void)ak_alloc_fail_after(1);
    int status = ak_command_collect(a);
    (void)ak_alloc_fail_after(0);
    return status;
}

static void memory_may_lack(void **state)
{
    (void)state;
    command_run(&c, "collect", lacking);
    assert_int_equal(c.status, AK_EXIT_PARTLY);
    assert_non_null(strstr(c.err, "out of memory"));
    assert_string_equal(c.out, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_forms),       cmocka_unit_test(what_is_wished_stands_in_it),
        cmocka_unit_test(into_a_file),     cmocka_unit_test(what_a_script_cannot_carry),
        cmocka_unit_test(memory_may_lack),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
