/* SPDX-License-Identifier: Apache-2.0 */
#include "report/jsonl_letters.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static uint32_t draw_next(uint32_t *draw)
{
    *draw = *draw * 1664525u + 1013904223u;
    return *draw >> 8;
}

/* What is remembered of others is never told of these. */
static void assert_told(struct ak_jsonl_letters *memory, const struct ak_letters *letters)
{
    char words[AK_LETTERS_TEXT], wanted[AK_LETTERS_TEXT + 32];
    struct ak_text out;
    ak_text_init(&out, 4096);
    (void)ak_letters_text(letters, words, sizeof words);
    int size = snprintf(wanted, sizeof wanted, ",\"letters\":\"%s\"", words);
    ak_jsonl_letters(memory, letters, &out);
    assert_int_equal(out.size, size);
    assert_memory_equal(out.bytes, wanted, out.size);
    ak_text_release(&out);
}

static void the_same_text_first_and_later(void **state)
{
    (void)state;
    struct ak_jsonl_letters *memory = ak_jsonl_letters_new();
    struct ak_letters letters;
    assert_non_null(memory);
    memset(&letters, 0, sizeof letters);
    for (int i = 0; i < 120; i++) { /* none, then one more each time: past what is kept */
        assert_told(memory, &letters);
        assert_told(memory, &letters);
        ak_letters_add(&letters, i % 3 == 0 ? AK_SIDE_SERVER : AK_SIDE_CLIENT,
                       (enum ak_letter)(i % AK_LETTERS), (uint8_t)i);
    }
    ak_jsonl_letters_free(memory);
}

/* Few kinds, so that most were told before, in an order that fits no memory. */
static void any_letters_in_any_order(void **state)
{
    (void)state;
    struct ak_jsonl_letters *memory = ak_jsonl_letters_new();
    uint32_t draw = 7;
    assert_non_null(memory);
    for (int i = 0; i < 50000; i++) {
        struct ak_letters letters;
        memset(&letters, 0xff, sizeof letters); /* what lies behind the last one is nothing */
        letters.count = 0;
        uint32_t kind = draw_next(&draw) % 2000 + 1;
        for (unsigned n = kind % 41; n > 0; n--)
            ak_letters_add(&letters, draw_next(&kind) & 1 ? AK_SIDE_SERVER : AK_SIDE_CLIENT,
                           (enum ak_letter)(draw_next(&kind) % AK_LETTERS),
                           (uint8_t)(draw_next(&kind) & 3));
        assert_told(memory, &letters);
    }
    ak_jsonl_letters_free(memory);
}

/* An end, or a repetition more, is another text. */
static void what_differs_in_one_place(void **state)
{
    (void)state;
    struct ak_jsonl_letters *memory = ak_jsonl_letters_new();
    struct ak_letters first, second;
    assert_non_null(memory);
    memset(&first, 0, sizeof first);
    for (int i = 0; i < 19; i++)
        ak_letters_add(&first, (enum ak_side)(i & 1), AK_LETTER_AP, 0);
    for (int i = 0; i < 19; i++) {
        second = first;
        second.head[i].repeats = 7;
        assert_told(memory, &first);
        assert_told(memory, &second);
    }
    second = first;
    second.count--;
    assert_told(memory, &second);
    assert_told(memory, &first);
    ak_jsonl_letters_free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_text_first_and_later),
        cmocka_unit_test(any_letters_in_any_order),
        cmocka_unit_test(what_differs_in_one_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
