/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/attr.h"

static void gives_zeroed_aligned_pieces(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 7, 8, 9, 100, 4095, 4096, 5000, 20000, 300000, 3};
    struct ak_arena arena;
    uint8_t *pieces[AK_COUNT(sizes) * 50];
    ak_arena_init(&arena, 64 * 1024 * 1024);
    for (size_t i = 0; i < AK_COUNT(pieces); i++) {
        size_t size = sizes[i % AK_COUNT(sizes)];
        pieces[i] = ak_arena_take(&arena, size);
        assert_non_null(pieces[i]);
        assert_int_equal((uintptr_t)pieces[i] % 8, 0);
        for (size_t k = 0; k < size; k++)
            assert_int_equal(pieces[i][k], 0);
        memset(pieces[i], (int)(i % 255 + 1), size);
    }
    for (size_t i = 0; i < AK_COUNT(pieces); i++) /* none overlaps another */
        for (size_t k = 0; k < sizes[i % AK_COUNT(sizes)]; k++)
            assert_int_equal(pieces[i][k], i % 255 + 1);
    assert_false(arena.failed);
    ak_arena_release(&arena);
    assert_int_equal(arena.used, 0);
}

/* By large pages, and a piece that is as large as a block of them. */
static void gives_everything_back(void **state)
{
    (void)state;
    enum { PIECE = 1000, PIECES = 12000 };
    size_t before = ak_memory_used();
    struct ak_arena arena;
    ak_arena_init(&arena, 64 * 1024 * 1024);
    for (size_t size = AK_LARGE_PAGE - 24; size <= AK_LARGE_PAGE + 8; size += 8) {
        uint8_t *piece = ak_arena_take(&arena, size);
        assert_non_null(piece);
        memset(piece, 255, size);
    }
    for (size_t i = 0; i < PIECES; i++) {
        uint8_t *piece = ak_arena_take(&arena, PIECE);
        assert_non_null(piece);
        assert_int_equal(piece[0] | piece[PIECE - 1], 0);
        memset(piece, 255, PIECE);
    }
    assert_true(arena.used >= PIECE * PIECES && ak_memory_used() - before >= arena.used);
    ak_arena_release(&arena);
    assert_int_equal(ak_memory_used(), before);
}

static void stops_at_its_maximum(void **state)
{
    (void)state;
    static const size_t sizes[] = {8, 1000, 40000, SIZE_MAX, SIZE_MAX - 7};
    for (size_t i = 0; i < AK_COUNT(sizes); i++) {
        struct ak_arena arena;
        size_t taken = 0;
        ak_arena_init(&arena, 100000);
        while (ak_arena_take(&arena, sizes[i]) != NULL)
            taken += sizes[i];
        assert_true(taken <= 100000 && arena.used <= 100000);
        assert_true(arena.full && arena.failed);
        ak_arena_release(&arena);
    }
}

static void tells_a_lack_of_memory_from_its_maximum(void **state)
{
    (void)state;
    struct ak_arena arena;
    ak_arena_init(&arena, 100000);
    (void)ak_alloc_fail_after(1);
    void *piece = ak_arena_take(&arena, 10);
    (void)ak_alloc_fail_after(0);
    assert_int_equal(piece == NULL, arena.failed); /* no torture in some builds */
    assert_false(arena.full);
    ak_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_zeroed_aligned_pieces),
        cmocka_unit_test(gives_everything_back),
        cmocka_unit_test(stops_at_its_maximum),
        cmocka_unit_test(tells_a_lack_of_memory_from_its_maximum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
