/* The library's public face: a capture gives lines, findings and a summary. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "akushu/akushu.h"

struct seen {
    unsigned lines, findings, summaries, problems;
};

static void on_line(void *context, const char *json, size_t size)
{
    struct seen *seen = context;
    char head[64] = {0};
    assert_true(size > 2 && json[0] == '{' && json[size - 1] == '\n');
    memcpy(head, json, size < 63 ? size : 63);
    seen->lines++;
    seen->findings += strstr(head, "\"kind\":\"finding\"") != NULL;
    seen->summaries += strstr(head, "\"kind\":\"summary\"") != NULL;
}

static void on_problem(void *context, const char *path, const char *text)
{
    struct seen *seen = context;
    assert_non_null(path);
    assert_true(text[0] != '\0');
    seen->problems++;
}

static struct ak_reading *begin(struct seen *seen)
{
    struct ak_reading_options options = {seen, on_line, on_problem};
    memset(seen, 0, sizeof *seen);
    struct ak_reading *reading = ak_reading_new(&options);
    assert_non_null(reading);
    return reading;
}

static void reads_a_capture(void **state)
{
    (void)state;
    struct seen seen;
    struct ak_reading *reading = begin(&seen);
    assert_int_equal(
        ak_reading_path(reading, AK_TEST_GOLDEN "/clients-fail-alert70-ted/capture.pcap"), 0);
    assert_int_equal(seen.lines, 1);
    assert_int_equal(ak_reading_finish(reading), 1);
    assert_int_equal(seen.lines, 3);
    assert_int_equal(seen.findings, 1);
    assert_int_equal(seen.summaries, 1);
    assert_int_equal(seen.problems, 0);
    ak_reading_free(reading);
}

static void tells_what_it_cannot_read(void **state)
{
    (void)state;
    struct seen seen;
    struct ak_reading *reading = begin(&seen);
    assert_int_equal(ak_reading_path(reading, AK_TEST_GOLDEN "/no such file"), 0);
    assert_int_equal(ak_reading_finish(reading), 0);
    assert_int_equal(seen.problems, 1);
    assert_int_equal(seen.lines, 1);
    ak_reading_free(reading);
    ak_reading_free(NULL);
    assert_true(strlen(ak_version()) >= 5);
}

static void on_joined(void *context, const char *json, size_t size)
{
    unsigned *joined = context;
    char line[8192] = {0};
    memcpy(line, json, size < sizeof line ? size : sizeof line - 1);
    *joined += strstr(line, "\"other_side\":{") != NULL;
}

/* Both lines of a connection that two captures show name the other one, when one call reads both.
 */
static void joins_both_sides(void **state)
{
    (void)state;
    char *paths[] = {(char *)(uintptr_t)(AK_TEST_GOLDEN "/syn-two-sides-nat/client.pcap"),
                     (char *)(uintptr_t)(AK_TEST_GOLDEN "/syn-two-sides-nat/server.pcap")};
    unsigned joined = 0;
    struct ak_reading_options options = {&joined, on_joined, NULL};
    struct ak_reading *reading = ak_reading_new(&options);
    assert_int_equal(ak_reading_paths(reading, paths, 2), 0);
    assert_int_equal(joined, 0);
    assert_true(ak_reading_finish(reading) >= 0);
    assert_int_equal(joined, 4);
    ak_reading_free(reading);
}

static void reads_nothing_when_nothing_is_named(void **state)
{
    (void)state;
    struct seen seen;
    struct ak_reading *reading = begin(&seen);
    assert_int_equal(ak_reading_paths(reading, NULL, 0), 0);
    assert_int_equal(ak_reading_finish(reading), 0);
    assert_int_equal(seen.lines, 1);
    assert_int_equal(seen.summaries, 1);
    ak_reading_free(reading);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_capture),
        cmocka_unit_test(tells_what_it_cannot_read),
        cmocka_unit_test(joins_both_sides),
        cmocka_unit_test(reads_nothing_when_nothing_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
