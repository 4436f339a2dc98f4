/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>

#include "base/alloc.h"
#include "support/temporary.h"

static void tells_what_a_path_is(void **state)
{
    (void)state;
    struct temporary t;
    int number = -1;
    temporary_open(&t);
    const char *file = temporary_file(&t, "a", "x", 1);
    assert_int_equal(ak_path_kind_of(file, &number), AK_PATH_FILE);
    assert_int_equal(number, 0);
    assert_int_equal(ak_path_kind_of(t.path, &number), AK_PATH_DIRECTORY);
    assert_int_equal(ak_path_kind_of("/dev/null", &number), AK_PATH_OTHER);
    assert_int_equal(ak_path_kind_of(temporary_path(&t, "none"), &number), AK_PATH_MISSING);
    assert_int_equal(number, ENOENT);
    assert_int_equal(ak_path_kind_of(temporary_path(&t, "a/b"), &number), AK_PATH_MISSING);
    assert_int_equal(number, ENOTDIR);
    const char *link = temporary_path(&t, "link");
    assert_int_equal(symlink(file, link), 0);
    assert_int_equal(ak_path_kind_of(link, &number), AK_PATH_FILE);
    const char *dangling = temporary_path(&t, "dangling");
    assert_int_equal(symlink("nowhere", dangling), 0);
    assert_int_equal(ak_path_kind_of(dangling, &number), AK_PATH_MISSING);
    temporary_close(&t);
}

static void tells_the_same_file_by_two_names(void **state)
{
    (void)state;
    struct temporary t;
    uint64_t a[2], b[2], c[2];
    temporary_open(&t);
    const char *file = temporary_file(&t, "a", "x", 1);
    const char *other = temporary_file(&t, "b", "x", 1);
    const char *link = temporary_path(&t, "link");
    assert_int_equal(symlink(file, link), 0);
    assert_true(ak_path_identity(file, a));
    assert_true(ak_path_identity(link, b));
    assert_true(ak_path_identity(other, c));
    assert_memory_equal(a, b, sizeof a);
    assert_memory_not_equal(a, c, sizeof a);
    assert_false(ak_path_identity(temporary_path(&t, "none"), a));
    temporary_close(&t);
}

static void writes_and_reads(void **state)
{
    (void)state;
    struct temporary t;
    struct ak_file file;
    struct ak_error error;
    char bytes[16];
    size_t size = 99;
    temporary_open(&t);
    const char *path = temporary_path(&t, "out");
    assert_int_equal(ak_file_create(&file, path, &error), AK_ERR_NONE);
    assert_int_equal(ak_file_write(&file, "hello ", 6, &error), AK_ERR_NONE);
    assert_int_equal(ak_file_write(&file, "", 0, &error), AK_ERR_NONE);
    assert_int_equal(ak_file_write(&file, "there", 5, &error), AK_ERR_NONE);
    assert_int_equal(ak_file_close(&file, &error), AK_ERR_NONE);
    assert_int_equal(file.handle, -1);
    assert_int_equal(ak_file_close(&file, &error), AK_ERR_NONE); /* twice is harmless */
    assert_int_equal(ak_file_open(&file, path, &error), AK_ERR_NONE);
    assert_int_equal(file.size, 11);
    assert_false(file.standard);
    assert_int_equal(ak_file_read(&file, bytes, 8, &size, &error), AK_ERR_NONE);
    assert_int_equal(size, 8);
    assert_memory_equal(bytes, "hello th", 8);
    assert_int_equal(ak_file_read(&file, bytes, 8, &size, &error), AK_ERR_NONE);
    assert_int_equal(size, 3);
    assert_int_equal(ak_file_read(&file, bytes, 8, &size, &error), AK_ERR_NONE);
    assert_int_equal(size, 0);
    assert_int_equal(ak_file_close(&file, NULL), AK_ERR_NONE);
    assert_int_equal(ak_file_create(&file, path, &error), AK_ERR_NONE); /* truncates */
    assert_int_equal(ak_file_close(&file, &error), AK_ERR_NONE);
    assert_int_equal(ak_file_open(&file, path, &error), AK_ERR_NONE);
    assert_int_equal(file.size, 0);
    assert_int_equal(ak_file_close(&file, &error), AK_ERR_NONE);
    temporary_close(&t);
}

static void errors_say_why(void **state)
{
    (void)state;
    struct temporary t;
    struct ak_file file;
    struct ak_error error;
    char byte;
    size_t size = 1;
    temporary_open(&t);
    assert_int_equal(ak_file_open(&file, temporary_path(&t, "none"), &error), AK_ERR_OPEN);
    assert_int_equal(error.code, AK_ERR_OPEN);
    assert_int_equal(error.system, ENOENT);
    assert_memory_equal(error.text, "cannot open", 11);
    assert_int_equal(ak_file_open(&file, temporary_path(&t, "none"), NULL), AK_ERR_OPEN);
    assert_int_equal(ak_file_create(&file, temporary_path(&t, "no/where"), &error), AK_ERR_OPEN);
    assert_int_equal(ak_file_open(&file, t.path, &error), AK_ERR_NONE); /* a directory opens */
    assert_int_equal(ak_file_read(&file, &byte, 1, &size, &error), AK_ERR_READ);
    assert_int_equal(error.system, EISDIR);
    assert_int_equal(size, 0);
    assert_int_equal(ak_file_close(&file, &error), AK_ERR_NONE);
    temporary_close(&t);
}

static void a_closed_pipe_is_an_error_and_no_signal(void **state)
{
    (void)state;
    int ends[2];
    struct ak_error error;
    ak_ignore_broken_pipe();
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(close(ends[0]), 0);
    struct ak_file file = {ends[1], false, 0};
    assert_int_equal(ak_file_write(&file, "x", 1, &error), AK_ERR_WRITE);
    assert_true(ak_is_broken_pipe(error.system));
    assert_false(ak_is_broken_pipe(ENOSPC));
    assert_int_equal(ak_file_close(&file, &error), AK_ERR_NONE);
}

static void a_full_device_is_an_error(void **state)
{
    (void)state;
    struct ak_file file;
    struct ak_error error;
    if (ak_file_create(&file, "/dev/full", &error) != AK_ERR_NONE)
        skip();
    assert_int_equal(ak_file_write(&file, "x", 1, &error), AK_ERR_WRITE);
    assert_int_equal(error.system, ENOSPC);
    (void)ak_file_close(&file, &error);
}

static void standard_streams_stay_open(void **state)
{
    (void)state;
    struct ak_file file;
    struct ak_error error;
    assert_int_equal(ak_file_open(&file, "-", &error), AK_ERR_NONE);
    assert_true(file.standard);
    assert_int_equal(file.handle, 0);
    assert_int_equal(ak_file_close(&file, &error), AK_ERR_NONE);
    assert_int_equal(ak_file_create(&file, "-", &error), AK_ERR_NONE);
    assert_int_equal(file.handle, 1);
    assert_int_equal(ak_file_close(&file, &error), AK_ERR_NONE);
    assert_true(fcntl(1, F_GETFD) != -1);
}

static void directories_are_listed_in_order(void **state)
{
    (void)state;
    static const char *const made[] = {"b", "a", "Z", "a.pcap", "\xe6\x97\xa5", ".hidden"};
    static const char *const wanted[] = {".hidden", "Z", "a", "a.pcap", "b", "sub", "\xe6\x97\xa5"};
    struct temporary t;
    struct ak_error error;
    char **names;
    size_t count;
    temporary_open(&t);
    for (size_t i = 0; i < sizeof made / sizeof made[0]; i++)
        (void)temporary_file(&t, made[i], "", 0);
    temporary_directory(&t, "sub");
    assert_int_equal(ak_directory_names(t.path, &names, &count, &error), AK_ERR_NONE);
    assert_int_equal(count, sizeof wanted / sizeof wanted[0]);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(names[i], wanted[i]);
    ak_names_free(names, count);
    assert_int_equal(ak_directory_names(temporary_path(&t, "sub"), &names, &count, &error),
                     AK_ERR_NONE);
    assert_int_equal(count, 0);
    ak_names_free(names, count);
    assert_int_equal(ak_directory_names(temporary_path(&t, "a"), &names, &count, &error),
                     AK_ERR_OPEN);
    assert_int_equal(error.system, ENOTDIR);
    assert_int_equal(count, 0);
    ak_names_free(names, count);
    temporary_close(&t);
}

static void a_listing_survives_want_of_memory(void **state)
{
    (void)state;
    struct temporary t;
    struct ak_error error;
    char **names, name[16];
    size_t count;
    temporary_open(&t);
    for (unsigned i = 0; i < 70; i++) {
        (void)snprintf(name, sizeof name, "%u", i);
        (void)temporary_file(&t, name, "", 0);
    }
    unsigned long made = 1;
    for (unsigned long n = 1; n <= made + 1; n++) {
        (void)ak_alloc_fail_after(n);
        enum ak_err err = ak_directory_names(t.path, &names, &count, &error);
        made = ak_alloc_fail_after(0);
        assert_int_equal(err, n <= made ? AK_ERR_MEMORY : AK_ERR_NONE);
        ak_names_free(names, count);
    }
    temporary_close(&t);
}

static void reading_goes_on_elsewhere(void **state)
{
    (void)state;
    struct temporary t;
    struct ak_file file;
    struct ak_error error;
    char bytes[4];
    size_t size;
    temporary_open(&t);
    assert_int_equal(ak_file_open(&file, temporary_file(&t, "a", "0123456789", 10), &error),
                     AK_ERR_NONE);
    assert_int_equal(ak_file_seek(&file, 7, &error), AK_ERR_NONE);
    assert_int_equal(ak_file_read(&file, bytes, sizeof bytes, &size, &error), AK_ERR_NONE);
    assert_int_equal(size, 3);
    assert_memory_equal(bytes, "789", 3);
    assert_int_equal(ak_file_seek(&file, 10, &error), AK_ERR_NONE);
    assert_int_equal(ak_file_seek(&file, 11, &error), AK_ERR_READ);
    assert_string_equal(error.text, "the file became shorter while it was read");
    assert_int_equal(ak_file_seek(&file, UINT64_MAX, &error), AK_ERR_READ);
    assert_int_equal(ak_file_close(&file, &error), AK_ERR_NONE);
    temporary_close(&t);
}

static void the_rest_answers(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_false(ak_is_terminal(ends[0]));
    assert_int_equal(ak_terminal_columns(ends[0]), 0);
    assert_true(ak_random_seed() != ak_random_seed());
    assert_int_equal(close(ends[0]), 0);
    assert_int_equal(close(ends[1]), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_what_a_path_is),
        cmocka_unit_test(tells_the_same_file_by_two_names),
        cmocka_unit_test(writes_and_reads),
        cmocka_unit_test(errors_say_why),
        cmocka_unit_test(a_closed_pipe_is_an_error_and_no_signal),
        cmocka_unit_test(a_full_device_is_an_error),
        cmocka_unit_test(standard_streams_stay_open),
        cmocka_unit_test(directories_are_listed_in_order),
        cmocka_unit_test(a_listing_survives_want_of_memory),
        cmocka_unit_test(reading_goes_on_elsewhere),
        cmocka_unit_test(the_rest_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
