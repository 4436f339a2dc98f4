/* Lines arrive whole, in order, in files that are begun anew by size, by time and on demand. */
/* SPDX-License-Identifier: Apache-2.0 */
#define _XOPEN_SOURCE 700
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/watch_log.h"

#define SECOND INT64_C(1000000000)

static char folder[32], path[64];

static int make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/akushu-log-XXXXXX");
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/log", folder);
    return 0;
}

static int remove_folder(void **state)
{
    char name[80];
    (void)state;
    for (int i = 0; i < 10; i++) {
        (void)snprintf(name, sizeof name, i == 0 ? "%s" : "%s.%d", path, i);
        (void)unlink(name);
    }
    return rmdir(folder);
}

/* What a file holds; "" when there is none. */
static const char *content(int number)
{
    static char text[4096];
    char name[80];
    (void)snprintf(name, sizeof name, number == 0 ? "%s" : "%s.%d", path, number);
    FILE *f = fopen(name, "rb");
    size_t n = f != NULL ? fread(text, 1, sizeof text - 1, f) : 0;
    text[n] = '\0';
    if (f != NULL)
        (void)fclose(f);
    return text;
}

static void put(struct ak_watch_log *log, const char *line, int64_t now)
{
    struct ak_text text;
    struct ak_error error;
    ak_text_init(&text, 4096);
    ak_text_add(&text, line);
    assert_int_equal(ak_watch_log_write(log, &text, now, &error), AK_ERR_NONE);
    assert_int_equal(text.size, 0);
    ak_text_release(&text);
}

static void by_size(void **state)
{
    (void)state;
    struct ak_error error;
    struct ak_watch_log log = {.path = path, .most_bytes = 10, .keep = 2, .file = {.handle = -1}};
    assert_int_equal(ak_watch_log_open(&log, 0, &error), AK_ERR_NONE);
    put(&log, "one\n", 0);
    put(&log, "two\n", 0);
    put(&log, "three\n", 0);
    put(&log, "a line that is longer than the size\n", 0);
    put(&log, "five\n", 0);
    assert_string_equal(content(0), "five\n");
    assert_string_equal(content(1), "a line that is longer than the size\n");
    assert_string_equal(content(2), "three\n");
    assert_string_equal(content(3), "");
    assert_int_equal(ak_watch_log_close(&log, &error), AK_ERR_NONE);
    /* Begun again, it goes on behind what is there. */
    assert_int_equal(ak_watch_log_open(&log, 0, &error), AK_ERR_NONE);
    put(&log, "six\n", 0);
    assert_string_equal(content(0), "five\nsix\n");
    assert_int_equal(ak_watch_log_close(&log, &error), AK_ERR_NONE);
}

static void by_time(void **state)
{
    (void)state;
    struct ak_error error;
    struct ak_watch_log log = {.path = path, .seconds = 3600, .keep = 3, .file = {.handle = -1}};
    assert_int_equal(ak_watch_log_open(&log, 3599 * SECOND, &error), AK_ERR_NONE);
    put(&log, "one\n", 3599 * SECOND);
    put(&log, "two\n", 3600 * SECOND);
    put(&log, "three\n", 7199 * SECOND);
    put(&log, "four\n", 20000 * SECOND);
    assert_string_equal(content(0), "four\n");
    assert_string_equal(content(1), "two\nthree\n");
    assert_string_equal(content(2), "one\n");
    assert_int_equal(ak_watch_log_close(&log, &error), AK_ERR_NONE);
}

static void on_demand(void **state)
{
    (void)state;
    struct ak_error error;
    char moved[80];
    struct ak_watch_log log = {.path = path, .keep = 1, .file = {.handle = -1}};
    (void)snprintf(moved, sizeof moved, "%s.9", path);
    assert_int_equal(ak_watch_log_open(&log, 0, &error), AK_ERR_NONE);
    put(&log, "one\n", 0);
    assert_int_equal(rename(path, moved), 0);
    put(&log, "two\n", 0); /* nobody said anything yet */
    assert_int_equal(ak_watch_log_reopen(&log, &error), AK_ERR_NONE);
    put(&log, "three\n", 0);
    assert_string_equal(content(9), "one\ntwo\n");
    assert_string_equal(content(0), "three\n");
    assert_int_equal(ak_watch_log_close(&log, &error), AK_ERR_NONE);
}

static void a_failure_is_told_and_counted(void **state)
{
    (void)state;
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    struct ak_text text;
    struct ak_watch_log log = {.path = "/dev/full", .keep = 1, .file = {.handle = -1}};
    ak_text_init(&text, 100);
    assert_int_equal(ak_watch_log_open(&log, 0, &error), AK_ERR_NONE);
    ak_text_add(&text, "line\n");
    assert_int_equal(ak_watch_log_write(&log, &text, 0, &error), AK_ERR_WRITE);
    assert_int_equal(log.lost, 5);
    assert_false(log.broken);
    ak_text_fail(&text);
    assert_int_equal(ak_watch_log_write(&log, &text, 0, &error), AK_ERR_MEMORY);
    (void)ak_watch_log_close(&log, &error);
    ak_text_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(by_size, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(by_time, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(on_demand, make_folder, remove_folder),
        cmocka_unit_test(a_failure_is_told_and_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
