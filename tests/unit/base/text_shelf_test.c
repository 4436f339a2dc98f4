/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text_shelf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"

static void what_was_put_last_is_taken_first(void **state)
{
    (void)state;
    struct ak_text_shelf shelf = {0};
    struct ak_text a, b, c;
    size_t before = ak_memory_used();
    ak_text_init(&a, 1000);
    ak_text_init(&b, 1000);
    ak_text_init(&c, 50);
    ak_shelf_take(&shelf, &a); /* nothing there: it gets one of its own */
    assert_null(a.bytes);
    ak_text_bytes(&a, "first", 5);
    ak_text_bytes(&b, "second", 6);
    char *first = a.bytes, *second = b.bytes;
    ak_shelf_take(&shelf, &a); /* it has one */
    assert_ptr_equal(a.bytes, first);
    ak_shelf_put(&shelf, &a);
    ak_shelf_put(&shelf, &b);
    assert_null(b.bytes);
    assert_int_equal(b.room, 0);
    assert_int_equal(b.size, 0);
    assert_int_equal(b.maximum, 1000);
    ak_shelf_take(&shelf, &c);
    assert_ptr_equal(c.bytes, second);
    assert_int_equal(c.room, 50); /* not more than its maximum */
    ak_shelf_take(&shelf, &b);
    assert_ptr_equal(b.bytes, first);
    ak_shelf_put(&shelf, &b);
    ak_shelf_put(&shelf, &c);
    ak_shelf_release(&shelf);
    assert_int_equal(ak_memory_used(), before);
}

static void few_and_small_ones_are_kept(void **state)
{
    (void)state;
    struct ak_text_shelf shelf = {0};
    size_t before = ak_memory_used();
    struct ak_text large, many[AK_SHELF_TEXTS + 3];
    ak_text_init(&large, 4 * AK_SHELF_ROOM);
    assert_true(ak_text_reserve(&large, AK_SHELF_ROOM + 1));
    ak_shelf_put(&shelf, &large);
    assert_int_equal(shelf.count, 0);
    assert_int_equal(ak_memory_used(), before);
    for (size_t i = 0; i < AK_COUNT(many); i++) {
        ak_text_init(&many[i], 100);
        ak_text_char(&many[i], 'x');
    }
    for (size_t i = 0; i < AK_COUNT(many); i++)
        ak_shelf_put(&shelf, &many[i]);
    assert_int_equal(shelf.count, AK_SHELF_TEXTS);
    ak_shelf_release(&shelf);
    assert_int_equal(ak_memory_used(), before);
}

/* A text that could not grow, and one whose buffer it leaves: the next one can use it. */
static void a_failed_text_leaves_its_buffer(void **state)
{
    (void)state;
    struct ak_text_shelf shelf = {0};
    size_t before = ak_memory_used();
    struct ak_text text, next;
    ak_text_init(&text, 8);
    ak_text_bytes(&text, "1234", 4);
    ak_text_bytes(&text, "56789", 5);
    assert_true(text.failed);
    ak_shelf_put(&shelf, &text);
    assert_false(text.failed);
    ak_text_init(&next, 100);
    ak_shelf_take(&shelf, &next);
    ak_text_bytes(&next, "123456789", 9);
    assert_false(next.failed);
    assert_memory_equal(next.bytes, "123456789", 9);
    text.failed = true; /* without a buffer: it takes none until it is cleared */
    ak_shelf_put(&shelf, &next);
    ak_shelf_take(&shelf, &text);
    assert_null(text.bytes);
    ak_shelf_release(&shelf);
    assert_int_equal(ak_memory_used(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_put_last_is_taken_first),
        cmocka_unit_test(few_and_small_ones_are_kept),
        cmocka_unit_test(a_failed_text_leaves_its_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
