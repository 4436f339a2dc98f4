/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* F_SETLEASE */
#include "os/file_map.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/limits.h"
#include "support/temporary.h"

enum { WHOLE = AK_MAPPED_FROM + AK_MAPPED_STRETCH, LARGE = WHOLE + 12345 };

static uint8_t bytes[LARGE];

static const char *make(struct temporary *t)
{
    temporary_open(t);
    uint32_t x = 1;
    for (size_t i = 0; i < sizeof bytes; i++) {
        x = x * 1664525u + 1013904223u;
        bytes[i] = (uint8_t)(x >> 24);
    }
    return temporary_file(t, "large", bytes, sizeof bytes);
}

/* Where the tests run, the file system may grant no lease: then there is nothing to test. */
static struct ak_file_map *map_or_skip(struct temporary *t, struct ak_file *file, const char *path)
{
    assert_int_equal(ak_file_open(file, path, NULL), AK_ERR_NONE);
    struct ak_file_map *map = ak_file_map_open(file);
    if (map == NULL) {
        (void)ak_file_close(file, NULL);
        temporary_close(t);
        skip();
    }
    return map;
}

static void shows_what_the_file_holds(void **state)
{
    (void)state;
    struct temporary t;
    struct ak_file file;
    const uint8_t *shown;
    size_t size;
    uint64_t offset = 100, end = 0;
    struct ak_file_map *map = map_or_skip(&t, &file, make(&t));
    for (unsigned i = 0; ak_file_map_show(map, offset, &shown, &size); i++) {
        assert_true(offset + size > end);
        end = offset + size;
        assert_memory_equal(shown, bytes + offset, size);
        if (i % 5 != 0) /* every fifth time all of it is wanted again, and more */
            offset += size - (i % 3) * 1000;
    }
    assert_int_equal(end, WHOLE);
    ak_file_map_close(map);
    assert_int_equal(ak_file_close(&file, NULL), AK_ERR_NONE);
    temporary_close(&t);
}

static void what_was_passed_over_is_not_shown(void **state)
{
    (void)state;
    struct temporary t;
    struct ak_file file;
    const uint8_t *shown;
    size_t size;
    uint64_t offset = 3 * (uint64_t)AK_MAPPED_STRETCH + 77;
    struct ak_file_map *map = map_or_skip(&t, &file, make(&t));
    assert_true(ak_file_map_show(map, 0, &shown, &size));
    assert_true(ak_file_map_show(map, offset, &shown, &size));
    assert_true(size <= AK_READ_BLOCK);
    assert_memory_equal(shown, bytes + offset, size);
    assert_false(ak_file_map_show(map, WHOLE, &shown, &size));
    ak_file_map_close(map);
    assert_int_equal(ak_file_close(&file, NULL), AK_ERR_NONE);
    temporary_close(&t);
}

static void short_files_are_read(void **state)
{
    (void)state;
    struct temporary t;
    struct ak_file file;
    (void)make(&t);
    const char *path = temporary_file(&t, "short", bytes, AK_MAPPED_FROM - 1);
    assert_int_equal(ak_file_open(&file, path, NULL), AK_ERR_NONE);
    assert_null(ak_file_map_open(&file));
    assert_int_equal(ak_file_close(&file, NULL), AK_ERR_NONE);
    temporary_close(&t);
}

static void a_file_that_is_being_written_is_read(void **state)
{
    (void)state;
    struct temporary t;
    struct ak_file file;
    const char *path = make(&t);
    int writer = open(path, O_WRONLY);
    assert_true(writer >= 0);
    assert_int_equal(ak_file_open(&file, path, NULL), AK_ERR_NONE);
    assert_null(ak_file_map_open(&file));
    assert_int_equal(close(writer), 0);
    assert_int_equal(ak_file_close(&file, NULL), AK_ERR_NONE);
    temporary_close(&t);
}

static void a_stream_is_read(void **state)
{
    (void)state;
    struct temporary t;
    struct ak_file file;
    assert_int_equal(ak_file_open(&file, make(&t), NULL), AK_ERR_NONE);
    file.standard = true;
    assert_null(ak_file_map_open(&file));
    file.standard = false;
    assert_int_equal(ak_file_close(&file, NULL), AK_ERR_NONE);
    temporary_close(&t);
}

static void there_is_one_at_a_time(void **state)
{
    (void)state;
    struct temporary t;
    struct ak_file file, other;
    const char *path = make(&t);
    struct ak_file_map *map = map_or_skip(&t, &file, path);
    assert_int_equal(ak_file_open(&other, path, NULL), AK_ERR_NONE);
    assert_null(ak_file_map_open(&other));
    ak_file_map_close(map);
    map = ak_file_map_open(&other);
    assert_non_null(map);
    ak_file_map_close(map);
    assert_int_equal(ak_file_close(&other, NULL), AK_ERR_NONE);
    assert_int_equal(ak_file_close(&file, NULL), AK_ERR_NONE);
    temporary_close(&t);
}

/* Who wants to write waits for no more than a copy of what may be looked at, which stays as it was;
 * the map's owner learns of it. */
static void a_writer_hardly_waits(void **state)
{
    (void)state;
    struct temporary t;
    struct ak_file file;
    const uint8_t *shown;
    size_t size;
    const char *path = make(&t);
    struct ak_file_map *map = map_or_skip(&t, &file, path);
    assert_true(ak_file_map_show(map, 0, &shown, &size));
    assert_true(ak_file_map_show(map, size - 5000, &shown, &size));
    uint64_t offset = AK_READ_BLOCK - 5000;
    assert_int_equal(open(path, O_WRONLY | O_NONBLOCK), -1);
    assert_int_equal(errno, EWOULDBLOCK);
    int writer = open(path, O_WRONLY | O_NONBLOCK);
    assert_true(writer >= 0);
    assert_int_equal(pwrite(writer, "changed", 7, (off_t)offset), 7);
    assert_memory_equal(shown, bytes + offset, size);
    assert_int_equal(ftruncate(writer, 0), 0);
    assert_memory_equal(shown, bytes + offset, size);
    assert_false(ak_file_map_show(map, offset + size, &shown, &size));
    assert_false(ak_file_map_torn(map));
    ak_file_map_close(map);
    assert_int_equal(close(writer), 0);
    assert_int_equal(ak_file_close(&file, NULL), AK_ERR_NONE);
    temporary_close(&t);
}

/* As for one that was stopped until the system took its lease away. */
static void what_is_not_there_is_zero_and_told(void **state)
{
    (void)state;
    struct temporary t;
    struct ak_file file;
    const uint8_t *shown;
    size_t size, cut = AK_READ_BLOCK + 8192;
    const char *path = make(&t);
    ak_file_map_allow(); /* cmocka has its own handler in every test */
    struct ak_file_map *map = map_or_skip(&t, &file, path);
    assert_true(ak_file_map_show(map, 0, &shown, &size));
    assert_true(ak_file_map_show(map, size, &shown, &size));
    assert_int_equal(fcntl(file.handle, F_SETLEASE, F_UNLCK), 0);
    assert_int_equal(truncate(path, (off_t)cut), 0);
    for (size_t i = 0; i < size; i++)
        assert_int_equal(shown[i], i < 8192 ? bytes[AK_READ_BLOCK + i] : 0);
    assert_false(ak_file_map_show(map, AK_READ_BLOCK + size, &shown, &size));
    assert_true(ak_file_map_torn(map));
    ak_file_map_close(map);
    assert_int_equal(ak_file_close(&file, NULL), AK_ERR_NONE);
    temporary_close(&t);
}

static void another_fault_still_ends_the_program(void **state)
{
    (void)state;
    struct temporary t;
    int status;
    const char *path = make(&t);
    ak_file_map_allow(); /* cmocka has its own handler in every test */
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int handle = open(path, O_RDWR);
        volatile const uint8_t *cut = mmap(NULL, LARGE, PROT_READ, MAP_SHARED, handle, 0);
        (void)setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
        if (cut != MAP_FAILED && ftruncate(handle, 0) == 0)
            (void)cut[0];
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGBUS);
    temporary_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows_what_the_file_holds),
        cmocka_unit_test(what_was_passed_over_is_not_shown),
        cmocka_unit_test(short_files_are_read),
        cmocka_unit_test(a_file_that_is_being_written_is_read),
        cmocka_unit_test(a_stream_is_read),
        cmocka_unit_test(there_is_one_at_a_time),
        cmocka_unit_test(a_writer_hardly_waits),
        cmocka_unit_test(what_is_not_there_is_zero_and_told),
        cmocka_unit_test(another_fault_still_ends_the_program),
    };
    ak_file_map_allow();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
