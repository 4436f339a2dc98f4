/* Each option of watch by itself, and those that contradict each other. */
/* SPDX-License-Identifier: Apache-2.0 */
#define _XOPEN_SOURCE 700
#include "cli/watch_options.h"

#include "base/attr.h"
#include "support/command.h"

#define K UINT64_C(1024)
#define M (1024 * K)
#define G (1024 * M)

static struct command c;
static struct ak_watch_arguments o;
static char said[1024];

static enum ak_taken take(const char *name, const char *value)
{
    struct command_stream err = command_take(stderr, 2);
    memset(&o, 0, sizeof o);
    enum ak_taken taken = ak_watch_option(name, value, &o);
    command_give(&err, stderr, said, sizeof said);
    assert_true((taken == AK_TAKEN_WRONG) == (said[0] != '\0'));
    return taken;
}

static void rotation_by_size_or_time(void **state)
{
    static const struct {
        const char *value;
        uint64_t bytes, seconds;
    } rows[] = {
        {"1K", K, 0},         {"100M", 100 * M, 0},     {"2G", 2 * G, 0},         {"1h", 0, 3600},
        {"7d", 0, 7 * 86400}, {"366d", 0, 366 * 86400}, {"8783h", 0, 8783 * 3600}};
    static const char *const wrong[] = {"",
                                        "M",
                                        "0M",
                                        "0h",
                                        "100",
                                        "1m",
                                        "1kb",
                                        "1MM",
                                        "-1M",
                                        "+1M",
                                        " 1M",
                                        "367d",
                                        "1 M",
                                        "1H",
                                        "1D",
                                        "1.5G",
                                        "8785h",
                                        "99999999999999999999G",
                                        "17179869183G"};
    (void)state;
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        assert_int_equal(take("rotate", rows[i].value), AK_TAKEN);
        assert_int_equal(o.rotate_bytes, rows[i].bytes);
        assert_int_equal(o.rotate_seconds, rows[i].seconds);
    }
    for (size_t i = 0; i < AK_COUNT(wrong); i++) {
        assert_int_equal(take("rotate", wrong[i]), AK_TAKEN_WRONG);
        assert_true(o.rotate_bytes == 0 && o.rotate_seconds == 0);
        assert_non_null(strstr(said, "--rotate="));
    }
    /* Both may be given. */
    memset(&o, 0, sizeof o);
    assert_int_equal(ak_watch_option("rotate", "1M", &o), AK_TAKEN);
    assert_int_equal(ak_watch_option("rotate", "1d", &o), AK_TAKEN);
    assert_true(o.rotate_bytes == M && o.rotate_seconds == 86400);
}

static void sizes_and_numbers_have_bounds(void **state)
{
    static const char *const buffers[] = {"",    "255K", "2048M", "2G",  "64",
                                          "64m", "1d",   "0M",    "99G", "4294967297K"};
    static const char *const keeps[] = {
        "", "0", "-1", "+1", "1x", "10000", " 1", "99999999999999999999", "0x1", "1.0"};
    (void)state;
    assert_int_equal(take("buffer", "256K"), AK_TAKEN);
    assert_int_equal(o.buffer, 256 * K);
    assert_int_equal(take("buffer", "2047M"), AK_TAKEN);
    assert_int_equal(o.buffer, 2047 * M);
    assert_int_equal(take("buffer", "1G"), AK_TAKEN);
    assert_int_equal(o.buffer, G);
    for (size_t i = 0; i < AK_COUNT(buffers); i++) {
        assert_int_equal(take("buffer", buffers[i]), AK_TAKEN_WRONG);
        assert_int_equal(o.buffer, 0);
    }
    assert_int_equal(take("keep", "1"), AK_TAKEN);
    assert_true(o.keep == 1 && o.has_keep);
    assert_int_equal(take("keep", "9999"), AK_TAKEN);
    assert_int_equal(o.keep, 9999);
    for (size_t i = 0; i < AK_COUNT(keeps); i++) {
        assert_int_equal(take("keep", keeps[i]), AK_TAKEN_WRONG);
        assert_false(o.has_keep);
    }
}

static void words_and_flags_find_their_place(void **state)
{
    (void)state;
    assert_int_equal(take("metrics", "file"), AK_TAKEN);
    assert_string_equal(o.metrics, "file");
    assert_int_equal(take("user-name", "nobody"), AK_TAKEN);
    assert_string_equal(o.user_name, "nobody");
    assert_int_equal(take("keep-privileges", NULL), AK_TAKEN);
    assert_true(o.keep_privileges && !o.not_promiscuous);
    assert_int_equal(take("no-promiscuous", NULL), AK_TAKEN);
    assert_true(o.not_promiscuous && !o.keep_privileges);
    assert_int_equal(take("write", "x"), AK_TAKEN_OTHER);
}

static void contradictions_are_told(void **state)
{
    static const struct {
        const char *line, *says; /* NULL: nothing is wrong */
    } rows[] = {{"watch", "an interface is needed"},
                {"watch --list", NULL},
                {"watch --list eth0", "--list takes no interface"},
                {"watch eth0", NULL},
                {"watch eth0 tcp port 1433", NULL},
                {"watch eth0 --format=jsonl", NULL},
                {"watch eth0 --format=csv", "text or jsonl"},
                {"watch eth0 --rotate=1M", "--output=FILE"},
                {"watch eth0 --rotate=1M --output=-", "--output=FILE"},
                {"watch eth0 --keep=3", "--output=FILE"},
                {"watch eth0 --keep=3 --output=log", "--keep belongs to --rotate"},
                {"watch eth0 --keep=3 --rotate=1h --output=log", NULL},
                {"watch eth0 --keep-privileges --user-name=a", "exclude each other"},
                {"watch eth0 --keep-privileges", NULL},
                {"watch eth0 --user-name=a", NULL}};
    (void)state;
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        command_run(&c, rows[i].line, NULL);
        assert_int_equal(c.parsed, rows[i].says == NULL);
        if (rows[i].says == NULL) {
            assert_string_equal(c.err, "");
            continue;
        }
        assert_non_null(strstr(c.err, rows[i].says));
        assert_non_null(strstr(c.err, "akushu help watch"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rotation_by_size_or_time),
        cmocka_unit_test(sizes_and_numbers_have_bounds),
        cmocka_unit_test(words_and_flags_find_their_place),
        cmocka_unit_test(contradictions_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
