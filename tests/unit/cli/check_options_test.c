/* Each option of check by itself, and those that contradict each other. */
/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "cli/check_options.h"

#include "base/attr.h"
#include "base/limits.h"
#include "support/command.h"

static struct command c;

static void numbers_have_bounds(void **state)
{
    static const struct {
        const char *name;
        unsigned least, most;
    } rows[] = {{"repeat", 1, AK_MAX_CHECK_REPETITIONS},
                {"concurrency", 1, 256},
                {"connections", 1, AK_MAX_CHECK_ATTEMPTS},
                {"pace", 0, 60000},
                {"timeout", 1, 3600}};
    static const char *const nonsense[] = {"", "x", "1x", "-1", "+1", " 1", "0x10", "9999999999"};
    struct ak_check_arguments o;
    char value[16];
    (void)state;
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        const unsigned *at[] = {&o.repeat, &o.concurrency, &o.connections, &o.pace, &o.timeout};
        for (int k = -1; k <= 1; k += 2) {
            unsigned border = k < 0 ? rows[i].least : rows[i].most;
            memset(&o, 0xff, sizeof o);
            (void)snprintf(value, sizeof value, "%u", border);
            assert_int_equal(ak_check_option(rows[i].name, value, &o), AK_TAKEN);
            assert_int_equal(*at[i], border);
            if (border == 0)
                continue;
            (void)snprintf(value, sizeof value, "%u", border + (unsigned)k);
            memset(&o, 0, sizeof o);
            assert_int_equal(ak_check_option(rows[i].name, value, &o), AK_TAKEN_WRONG);
            assert_int_equal(*at[i], 0);
        }
        for (size_t k = 0; k < AK_COUNT(nonsense); k++)
            assert_int_equal(ak_check_option(rows[i].name, nonsense[k], &o), AK_TAKEN_WRONG);
    }
}

static void words_and_flags_find_their_place(void **state)
{
    struct ak_check_arguments o;
    const char *const *const words[] = {&o.server_name, &o.alpn,          &o.proxy,        &o.user,
                                        &o.database,    &o.password_file, &o.password_env, &o.ca,
                                        &o.region,      &o.workspace,     &o.connect_to};
    static const char *const names[] = {"server-name", "alpn",          "proxy",        "user",
                                        "database",    "password-file", "password-env", "ca",
                                        "region",      "workspace",     "connect-to"};
    const bool *const flags[] = {&o.leading_zero, &o.plan, &o.monitor, &o.verbose, &o.verify};
    static const char *const flag_names[] = {"leading-zero", "plan", "monitor", "verbose",
                                             "verify"};
    (void)state;
    for (size_t i = 0; i < AK_COUNT(names); i++) {
        memset(&o, 0, sizeof o);
        assert_int_equal(ak_check_option(names[i], "here", &o), AK_TAKEN);
        for (size_t k = 0; k < AK_COUNT(words); k++)
            assert_true((*words[k] != NULL) == (i == k));
        assert_string_equal(*words[i], "here");
    }
    for (size_t i = 0; i < AK_COUNT(flag_names); i++) {
        memset(&o, 0, sizeof o);
        assert_int_equal(ak_check_option(flag_names[i], NULL, &o), AK_TAKEN);
        for (size_t k = 0; k < AK_COUNT(flags); k++)
            assert_int_equal(*flags[k], i == k);
    }
    assert_int_equal(ak_check_option("format", "jsonl", &o), AK_TAKEN_OTHER);
}

static void evidence_beside_is_counted(void **state)
{
    struct ak_check_arguments o;
    (void)state;
    memset(&o, 0, sizeof o);
    for (size_t i = 0; i < AK_CHOSEN_PROGRAMS; i++)
        assert_int_equal(ak_check_option("with", "a.pcap", &o), AK_TAKEN);
    assert_int_equal(ak_check_option("with", "b.pcap", &o), AK_TAKEN_WRONG);
    assert_int_equal(o.with_count, AK_CHOSEN_PROGRAMS);
}

static void contradictions_are_told(void **state)
{
    static const struct {
        const char *line, *says;
    } rows[] = {{"check", "a server is needed"},
                {"check a b c d e f g h i j k l m n o p q", "more than 16"},
                {"check sql01 --format=csv", "text or jsonl"},
                {"check sql01 --database=x", "belong to --user"},
                {"check sql01 --password-env=X", "belong to --user"},
                {"check sql01 --user=sa --password-env=X --password-file=y", "cannot both"},
                {"check sql01 --concurrency=2", "--concurrency belongs to --repeat"},
                {"check sql01 --monitor --verbose", "--monitor"},
                {"check sql01 --write=-", "needs a file"},
                {"check sql01 --pace=60001", "number from 0 to 60000"},
                {"check sql01 --concurrency=2 --repeat=5 --all", NULL},
                {"check sql01 --user=sa --password-env=X --database=x", NULL},
                {"check a b c d e f g h i j k l m n o p", NULL}};
    (void)state;
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        command_run(&c, rows[i].line, NULL);
        assert_int_equal(c.parsed, rows[i].says == NULL);
        if (rows[i].says != NULL)
            assert_non_null(strstr(c.err, rows[i].says));
        else
            assert_string_equal(c.err, "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_have_bounds),
        cmocka_unit_test(words_and_flags_find_their_place),
        cmocka_unit_test(evidence_beside_is_counted),
        cmocka_unit_test(contradictions_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
