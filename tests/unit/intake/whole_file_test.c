/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include "intake/whole_file.h"

#include "support/temporary.h"

#include <zlib.h>

#include "base/alloc.h"
#include "base/limits.h"

enum { LARGE = 3 * AK_READ_BLOCK + 17 };

static uint8_t *noise(void)
{
    static uint8_t bytes[LARGE];
    uint32_t x = 1;
    for (size_t i = 0; i < LARGE; i++) {
        x = x * 1664525u + 1013904223u;
        bytes[i] = (uint8_t)(x >> 24);
    }
    return bytes;
}

static void reads(const char *path, const uint8_t *expected, size_t expected_size)
{
    struct ak_error error;
    uint8_t *bytes;
    size_t size;
    assert_int_equal(ak_whole_file(path, LARGE, &bytes, &size, &error), AK_ERR_NONE);
    assert_int_equal(size, expected_size);
    assert_memory_equal(bytes, expected, size);
    ak_free(bytes);
}

static void plain_and_packed(void **state)
{
    struct temporary t;
    (void)state;
    temporary_open(&t);
    reads(temporary_file(&t, "plain", noise(), LARGE), noise(), LARGE);
    reads(temporary_file(&t, "empty", "", 0), noise(), 0);
    gzFile packed = gzopen(temporary_path(&t, "packed.gz"), "wb");
    assert_int_equal(gzwrite(packed, noise(), LARGE), LARGE);
    assert_int_equal(gzclose(packed), Z_OK);
    reads(temporary_path(&t, "packed.gz"), noise(), LARGE);
    temporary_close(&t);
}

static void what_was_read_before_stands_in_front(void **state)
{
    struct temporary t;
    struct ak_error error;
    uint8_t *bytes;
    size_t size;
    (void)state;
    temporary_open(&t);
    struct ak_input *input = ak_input_open(temporary_file(&t, "a", "defg", 4), &error);
    assert_non_null(input);
    assert_int_equal(
        ak_whole_file_rest(input, (const uint8_t *)"abc", 3, LARGE, &bytes, &size, &error),
        AK_ERR_NONE);
    assert_int_equal(size, 7);
    assert_memory_equal(bytes, "abcdefg", 7);
    ak_free(bytes);
    ak_input_close(input);
    temporary_close(&t);
}

static void too_long_missing_and_cut(void **state)
{
    struct temporary t;
    struct ak_error error;
    uint8_t *bytes;
    size_t size;
    (void)state;
    temporary_open(&t);
    const char *path = temporary_file(&t, "a", noise(), LARGE);
    assert_int_equal(ak_whole_file(path, LARGE - 1, &bytes, &size, &error), AK_ERR_UNSUPPORTED);
    assert_null(bytes);
    assert_int_equal(ak_whole_file(temporary_path(&t, "b"), 9, &bytes, &size, &error), AK_ERR_OPEN);
    gzFile packed = gzopen(temporary_path(&t, "c"), "wb");
    assert_int_equal(gzwrite(packed, noise(), LARGE), LARGE);
    assert_int_equal(gzclose(packed), Z_OK);
    assert_int_equal(truncate(temporary_path(&t, "c"), LARGE / 2), 0);
    assert_int_equal(ak_whole_file(temporary_path(&t, "c"), LARGE, &bytes, &size, &error),
                     AK_ERR_FORMAT);
    assert_true(size > 0 && size < LARGE); /* what came before the end */
    assert_memory_equal(bytes, noise(), size);
    ak_free(bytes);
    temporary_close(&t);
}

static void beside(void **state)
{
    struct temporary t;
    uint8_t *owned;
    (void)state;
    temporary_open(&t);
    const char *hive = temporary_path(&t, "SYSTEM");
    (void)temporary_file(&t, "SYSTEM.log1", "abc", 3);
    struct ak_span span = ak_whole_file_beside(NULL, hive, ".LOG1", ".log1", 9, &owned);
    assert_int_equal(span.size, 3);
    ak_free(owned);
    span = ak_whole_file_beside(NULL, hive, ".LOG2", ".log2", 9, &owned);
    assert_true(span.size == 0 && owned == NULL);
    temporary_close(&t);
}

static void survives_a_lack_of_memory(void **state)
{
    struct temporary t;
    (void)state;
    temporary_open(&t);
    const char *path = temporary_file(&t, "a", noise(), LARGE);
    for (unsigned long n = 1;; n++) {
        struct ak_error error;
        uint8_t *bytes;
        size_t size;
        (void)ak_alloc_fail_after(n);
        enum ak_err err = ak_whole_file(path, LARGE, &bytes, &size, &error);
        bool failed = ak_alloc_fail_after(0) >= n;
        assert_int_equal(err, failed ? AK_ERR_MEMORY : AK_ERR_NONE);
        ak_free(bytes);
        if (!failed)
            break;
    }
    temporary_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_and_packed),
        cmocka_unit_test(what_was_read_before_stands_in_front),
        cmocka_unit_test(too_long_missing_and_cut),
        cmocka_unit_test(beside),
        cmocka_unit_test(survives_a_lack_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
