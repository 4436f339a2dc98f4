/* SPDX-License-Identifier: Apache-2.0 */
#include "base/pool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"

enum { MANY = 20000 };

static unsigned char *blocks[MANY];

/* Each block holds a number of its own from end to end: none overlaps another. */
static void mark(unsigned char *block, size_t size, size_t number)
{
    for (size_t i = 0; i < size; i++)
        block[i] = (unsigned char)(number * 31 + i);
}

static void is_marked(const unsigned char *block, size_t size, size_t number)
{
    for (size_t i = 0; i < size; i++)
        assert_int_equal(block[i], (unsigned char)(number * 31 + i));
}

static void blocks_do_not_overlap(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 8, 24, 519, 1901};
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        struct ak_pool pool;
        size_t before = ak_memory_used();
        ak_pool_init(&pool, sizes[s]);
        for (size_t i = 0; i < MANY; i++) {
            blocks[i] = ak_pool_take(&pool);
            assert_non_null(blocks[i]);
            assert_int_equal((uintptr_t)blocks[i] % (sizes[s] < 256 ? 8 : 64), 0);
            mark(blocks[i], sizes[s], i);
        }
        assert_int_equal(pool.taken, MANY);
        assert_true(pool.made >= MANY);
        assert_int_equal(ak_pool_spare_bytes(&pool), (pool.made - MANY) * pool.size);
        for (size_t i = 0; i < MANY; i++)
            is_marked(blocks[i], sizes[s], i);
        assert_true(ak_memory_used() - before >= MANY * sizes[s]);
        ak_pool_release(&pool);
        assert_int_equal(ak_memory_used(), before);
    }
}

static void what_was_given_back_comes_first(void **state)
{
    (void)state;
    struct ak_pool pool;
    ak_pool_init(&pool, 100);
    void *a = ak_pool_take(&pool), *b = ak_pool_take(&pool);
    ak_pool_give(&pool, a);
    ak_pool_give(&pool, b);
    ak_pool_give(&pool, NULL);
    assert_int_equal(pool.taken, 0);
    assert_ptr_equal(ak_pool_take(&pool), b);
    assert_ptr_equal(ak_pool_take(&pool), a);
    void *c = ak_pool_take(&pool);
    assert_true(c != a && c != b);
    ak_pool_release(&pool);
    assert_non_null(ak_pool_take(&pool)); /* as after _init */
    ak_pool_release(&pool);
}

/* Few blocks take little; many come by large pages. */
static void slabs_grow(void **state)
{
    (void)state;
    struct ak_pool pool;
    size_t before = ak_memory_used();
    ak_pool_init(&pool, 1000);
    assert_int_equal(ak_memory_used(), before);
    assert_non_null(ak_pool_take(&pool));
    assert_true(ak_memory_used() - before < 64 * 1024);
    size_t most = 0, made = 0;
    for (size_t i = 0; i < MANY; i++) {
        assert_non_null(ak_pool_take(&pool));
        most = pool.made - made > most ? pool.made - made : most;
        made = pool.made;
    }
    assert_true(most >= 1000 && most <= AK_LARGE_PAGE / 1000);
    ak_pool_release(&pool);
    assert_int_equal(ak_memory_used(), before);
}

static void zeroed_memory_may_be_released(void **state)
{
    (void)state;
    struct ak_pool pool;
    memset(&pool, 0, sizeof pool);
    ak_pool_release(&pool);
    ak_pool_release(&pool);
}

static void want_of_memory_is_survived(void **state)
{
    (void)state;
    unsigned long made = 1;
    size_t before = ak_memory_used();
    for (unsigned long n = 1; n <= made + 1; n++) {
        struct ak_pool pool;
        size_t got = 0;
        ak_pool_init(&pool, 3000);
        (void)ak_alloc_fail_after(n);
        for (size_t i = 0; i < 3000; i++)
            got += ak_pool_take(&pool) != NULL;
        made = ak_alloc_fail_after(0);
        assert_int_equal(pool.taken, got);
        ak_pool_release(&pool);
        assert_int_equal(ak_memory_used(), before);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_do_not_overlap),
        cmocka_unit_test(what_was_given_back_comes_first),
        cmocka_unit_test(slabs_grow),
        cmocka_unit_test(zeroed_memory_may_be_released),
        cmocka_unit_test(want_of_memory_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
