/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include "os/file_map.h"

#include <errno.h>
#include <fcntl.h>

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

/* Who wants to write is not let in before the map is closed, and the map's owner learns of it. */
static void a_writer_waits(void **state)
{
    (void)state;
    struct temporary t;
    struct ak_file file;
    const uint8_t *shown;
    size_t size;
    const char *path = make(&t);
    struct ak_file_map *map = map_or_skip(&t, &file, path);
    assert_true(ak_file_map_show(map, 0, &shown, &size));
    assert_int_equal(open(path, O_WRONLY | O_NONBLOCK), -1);
    assert_int_equal(errno, EWOULDBLOCK);
    assert_memory_equal(shown, bytes, size);
    assert_false(ak_file_map_show(map, size, &shown, &size));
    ak_file_map_close(map);
    int writer = open(path, O_WRONLY | O_NONBLOCK);
    assert_true(writer >= 0);
    assert_int_equal(close(writer), 0);
    assert_int_equal(ak_file_close(&file, NULL), AK_ERR_NONE);
    temporary_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows_what_the_file_holds),
        cmocka_unit_test(what_was_passed_over_is_not_shown),
        cmocka_unit_test(short_files_are_read),
        cmocka_unit_test(a_file_that_is_being_written_is_read),
        cmocka_unit_test(a_writer_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
