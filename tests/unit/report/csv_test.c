/* Rows of the table: quoting, lists, formulas, characters that harm. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "observe/fields.h"
#include "report/csv.h"

/* The cell of one column in the row of a line; valid until the next call. */
static const char *row_of(const char *json)
{
    static struct ak_text out;
    struct ak_csv *csv = ak_csv_new(AK_KIND_FINDING);
    assert_non_null(csv);
    ak_text_release(&out);
    ak_text_init(&out, 65536);
    ak_csv_row(csv, json, strlen(json), &out);
    ak_csv_free(csv);
    assert_false(out.failed);
    return ak_text_string(&out);
}

static void assert_has(const char *json, const char *cell)
{
    const char *row = row_of(json);
    if (strstr(row, cell) == NULL)
        fail_msg("%s not in %s", cell, row);
    assert_string_equal(row + strlen(row) - 2, "\r\n");
}

static void cells(void **state)
{
    (void)state;
    assert_has("{\"rule\":{\"id\":\"plain\"}}\n", ",plain,");
    assert_has("{\"rule\":{\"id\":\"a,b\"}}\n", ",\"a,b\",");
    assert_has("{\"rule\":{\"id\":\"say \\\"x\\\"\"}}\n", ",\"say \"\"x\"\"\",");
    assert_has("{\"rule\":{\"id\":\"back\\\\slash\"}}\n", ",back\\slash,");
    assert_has("{\"akushu\":{\"count\":214,\"samples\":[1,5]}}\n", ",214,,,,1; 5,");
    assert_has("{\"akushu\":{\"explains\":[\"a\",\"b\"]}}\n", ",a; b,");
    assert_has("{\"akushu\":{\"evidence\":[{\"frame\":7},{\"frame\":9}]}}\n", ",7; 9,");
    assert_has("{\"akushu\":{\"no such field\":\"x\",\"count\":1}}\n", ",1,");
}

static void formulas_are_guarded(void **state)
{
    (void)state;
    static const char *const starts = "=+-@";
    for (const char *p = starts; *p != '\0'; p++) {
        char json[64], cell[64];
        (void)snprintf(json, sizeof json, "{\"rule\":{\"id\":\"%ccmd\"}}\n", *p);
        (void)snprintf(cell, sizeof cell, ",\"'%ccmd\",", *p);
        assert_has(json, cell);
    }
    assert_has("{\"akushu\":{\"count\":-5}}\n", ",-5,"); /* a number is no formula */
}

static void harmful_characters_are_not_passed_on(void **state)
{
    (void)state;
    assert_has("{\"rule\":{\"id\":\"a\\u001b]0;x\\u202eb\\n\"}}\n", ",a\xef\xbf\xbd]0;x\xef\xbf\xbd"
                                                                    "b\xef\xbf\xbd,");
}

static void broken_lines_end(void **state)
{
    (void)state;
    static const char line[] =
        "{\"akushu\":{\"evidence\":[{\"file\":\"a\\u001b\",\"frame\":7}],\"x\":[[{\"a\":true}]]}}";
    for (size_t n = 0; n < sizeof line; n++) {
        struct ak_text out;
        struct ak_csv *csv = ak_csv_new(AK_KIND_FINDING);
        char *copy = ak_alloc(1, n + 1); /* so that a read beyond it is seen */
        memcpy(copy, line, n);
        ak_text_init(&out, 65536);
        ak_csv_row(csv, copy, n, &out);
        assert_false(out.failed);
        ak_text_release(&out);
        ak_free(copy);
        ak_csv_free(csv);
    }
}

static void names_and_mark(void **state)
{
    (void)state;
    struct ak_csv *csv = ak_csv_new(AK_KIND_CONVERSATION);
    struct ak_text out;
    ak_text_init(&out, 65536);
    ak_csv_header(csv, true, &out);
    assert_memory_equal(out.bytes, "\xef\xbb\xbftimestamp,ecs.version,", 25);
    assert_non_null(strstr(ak_text_string(&out), ",akushu.alerts[].code,"));
    assert_null(strstr(ak_text_string(&out), ",akushu.alerts,"));
    ak_text_release(&out);
    ak_csv_free(csv);
    ak_csv_free(NULL);
}

static void wants_memory(void **state)
{
    (void)state;
    static const char line[] = "{\"rule\":{\"id\":\"a,b\"}}\n";
    unsigned long made = 1;
    for (unsigned long n = 1; n <= made; n++) {
        struct ak_text out;
        ak_text_init(&out, 65536);
        (void)ak_alloc_fail_after(n);
        struct ak_csv *csv = ak_csv_new(AK_KIND_FINDING);
        if (csv != NULL)
            ak_csv_row(csv, line, sizeof line - 1, &out);
        made = ak_alloc_fail_after(0);
        assert_true(csv == NULL || out.failed || n > made);
        ak_csv_free(csv);
        ak_text_release(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells),
        cmocka_unit_test(formulas_are_guarded),
        cmocka_unit_test(harmful_characters_are_not_passed_on),
        cmocka_unit_test(broken_lines_end),
        cmocka_unit_test(names_and_mark),
        cmocka_unit_test(wants_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
