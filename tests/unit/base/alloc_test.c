/* SPDX-License-Identifier: Apache-2.0 */
#include "base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void zeroed(void **state)
{
    (void)state;
    unsigned char *p = ak_alloc(100, 3);
    assert_non_null(p);
    for (size_t i = 0; i < 300; i++)
        assert_int_equal(p[i], 0);
    ak_free(p);
    ak_free(NULL);
}

static void overflow_is_refused(void **state)
{
    (void)state;
    /* volatile: the compiler would warn about a size that it can see */
    volatile size_t half = SIZE_MAX / 2 + 1;
    assert_null(ak_alloc(half, 2));
    void *p = ak_alloc(1, 16);
    assert_non_null(p);
    void *q = ak_realloc(p, half, 2);
    assert_null(q);
    memset(p, 1, 16); /* the old block is still there */
    ak_free(p);
}

static void resizing_keeps_bytes(void **state)
{
    (void)state;
    char *p = ak_realloc(NULL, 4, 1);
    assert_non_null(p);
    memcpy(p, "abc", 4);
    char *q = ak_realloc(p, 1000, 10);
    assert_non_null(q);
    assert_string_equal(q, "abc");
    ak_free(q);
}

static void duplicates(void **state)
{
    (void)state;
    char *p = ak_memdup("abc", 4);
    assert_non_null(p);
    assert_string_equal(p, "abc");
    ak_free(p);
    p = ak_memdup(NULL, 0);
    assert_non_null(p);
    ak_free(p);
}

static void large_pages_are_aligned_zeroed_and_counted(void **state)
{
    (void)state;
    size_t before = ak_memory_used();
    for (size_t pages = 1; pages <= 3; pages++) {
        size_t size = pages * AK_LARGE_PAGE;
        unsigned char *p = ak_alloc_large(size);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % AK_LARGE_PAGE, 0);
        assert_int_equal(ak_memory_used() - before, size);
        for (size_t i = 0; i < size; i += 511)
            assert_int_equal(p[i], 0);
        memset(p, 1, size);
        ak_free_large(p, size);
        assert_int_equal(ak_memory_used(), before);
    }
    ak_free_large(NULL, AK_LARGE_PAGE);
    volatile size_t most = SIZE_MAX - AK_LARGE_PAGE + 1;
    assert_null(ak_alloc_large(most));
    assert_null(ak_alloc_large(most / 4 * 3)); /* more than there are addresses */
    assert_int_equal(ak_memory_used(), before);
}

static void nth_request_fails(void **state)
{
    (void)state;
    (void)ak_alloc_fail_after(2);
#ifdef AK_TORTURE
    void *first = ak_alloc(1, 1);
    void *second = ak_memdup("x", 1);
    void *third = ak_realloc(NULL, 1, 1);
    assert_non_null(first);
    assert_null(second);
    assert_non_null(third);
    assert_int_equal(ak_alloc_fail_after(0), 3);
    ak_free(first);
    ak_free(third);
#else
    void *p = NULL;
    for (int i = 0; i < 4; i++) {
        p = ak_alloc(1, 1);
        assert_non_null(p);
        ak_free(p);
    }
    assert_int_equal(ak_alloc_fail_after(0), 0);
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zeroed),
        cmocka_unit_test(overflow_is_refused),
        cmocka_unit_test(resizing_keeps_bytes),
        cmocka_unit_test(duplicates),
        cmocka_unit_test(large_pages_are_aligned_zeroed_and_counted),
        cmocka_unit_test(nth_request_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
