/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/sqlcheck_out.h"

#include "support/sqlcheck_told.h"

static void values_have_the_form_of_an_export(void **state)
{
    static const uint8_t strings[] = "a\0b"; /* and the NUL of C: two strings */
    struct ak_span list = {strings, sizeof strings};
    struct sqlcheck_told t;
    struct ak_sqlcheck_out out;
    (void)state;
    memset(&t, 0, sizeof t);
    ak_sqlcheck_out_init(&out, sqlcheck_told_item, &t);
    out.line = 7;
    ak_sqlcheck_put_key(&out, "HKEY_LOCAL_MACHINE\\K");
    ak_sqlcheck_put_number(&out, "n", 0x89abcdef);
    ak_sqlcheck_put_text(&out, "t", "text");
    ak_sqlcheck_put_text(&out, "none", "");
    ak_sqlcheck_put_strings(&out, "list", list);
    ak_sqlcheck_put_truth(&out, "yes", "True");
    ak_sqlcheck_put_truth(&out, "no", "False");
    ak_sqlcheck_put_truth(&out, "neither", "Not supported");
    assert_string_equal(t.text,
                        "K|n=2309737967\nK|t=text\nK|none=\nK|list=a,b,\nK|yes=1\nK|no=0\n");
    assert_int_equal(t.bad, 0);
    ak_sqlcheck_put_bad(&out, "a reason");
    assert_int_equal(t.bad, 1);
    ak_sqlcheck_out_release(&out);
}

struct types {
    uint32_t type[4];
    uint64_t line[4];
    size_t size[4], count;
};

static bool on_two(void *context, const struct ak_reg_text_item *item)
{
    struct types *seen = context;
    seen->type[seen->count] = item->type;
    seen->line[seen->count] = item->line;
    seen->size[seen->count] = item->data.size;
    return ++seen->count < 3;
}

static void types_lines_and_a_reader_that_has_enough(void **state)
{
    struct ak_span list = {(const uint8_t *)"x", 2};
    struct types seen = {.count = 0};
    struct ak_sqlcheck_out out;
    (void)state;
    ak_sqlcheck_out_init(&out, on_two, &seen);
    out.line = 3;
    ak_sqlcheck_put_text(&out, "t", "\xc3\xa9"); /* one character */
    out.line = 4;
    ak_sqlcheck_put_strings(&out, "l", list);
    ak_sqlcheck_put_number(&out, "n", 1);
    assert_true(out.stopped);
    ak_sqlcheck_put_number(&out, "more", 1);
    ak_sqlcheck_put_bad(&out, "more");
    assert_int_equal(seen.count, 3);
    assert_int_equal(seen.type[0], 1);
    assert_int_equal(seen.size[0], 4);
    assert_int_equal(seen.line[0], 3);
    assert_int_equal(seen.type[1], 7);
    assert_int_equal(seen.size[1], 6); /* x, its end, the end of the list */
    assert_int_equal(seen.line[1], 4);
    assert_int_equal(seen.type[2], 4);
    ak_sqlcheck_out_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_have_the_form_of_an_export),
        cmocka_unit_test(types_lines_and_a_reader_that_has_enough),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
