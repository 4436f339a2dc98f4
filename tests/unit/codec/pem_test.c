/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/pem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct ak_span span_of(const char *text)
{
    struct ak_span span = {(const uint8_t *)text, strlen(text)};
    return span;
}

static void blocks_are_found_one_after_another(void **state)
{
    (void)state;
    struct ak_span text = span_of("x\n-----BEGIN A-----\naGVs\r\nbG8=\n-----END A-----\n"
                                  "-----BEGIN B-----\nAAAA\n-----END B-----\n"
                                  "-----BEGIN A-----AQI=-----END A-----");
    uint8_t out[8];
    size_t at = 0, size;
    assert_true(ak_pem_next(text, "A", &at, out, sizeof out, &size));
    assert_int_equal(size, 5);
    assert_memory_equal(out, "hello", 5);
    assert_true(ak_pem_next(text, "A", &at, out, sizeof out, &size));
    assert_int_equal(size, 2);
    assert_memory_equal(out, "\1\2", 2);
    assert_false(ak_pem_next(text, "A", &at, out, sizeof out, &size));
    assert_int_equal(at, text.size);
}

static void damaged_blocks_are_passed_over(void **state)
{
    (void)state;
    static const char *const texts[] = {"-----BEGIN A-----\n!!!!\n-----END A-----",
                                        "-----BEGIN A-----\nAAAA",
                                        "-----BEGIN A-----\nA\n-----END A-----",
                                        "-----BEGIN A-----\n-----END A-----",
                                        "-----BEGIN A-----\nAA=A\n-----END A-----",
                                        "-----BEGIN A-----\nA===\n-----END A-----",
                                        "-----BEGIN A-----\nAAAAAAAAAAAAAAAA\n-----END A-----",
                                        ""};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        uint8_t out[8];
        size_t at = 0, size, calls = 0;
        struct ak_span text = span_of(texts[i]);
        while (at < text.size && calls++ < 4)
            assert_false(ak_pem_next(text, "A", &at, out, sizeof out, &size));
        assert_int_equal(at, text.size);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_found_one_after_another),
        cmocka_unit_test(damaged_blocks_are_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
