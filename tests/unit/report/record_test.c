/* A line of JSON taken apart. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "observe/fields.h"
#include "report/record.h"

static const char line[] =
    "{\"akushu\":{\"id\":7,\"outcome\":\"failed\",\"frames\":[1,14],"
    "\"alerts\":[{\"by\":\"server\",\"code\":40},{\"by\":\"client\",\"code\":0}],"
    "\"unknown\":{\"deep\":[[1]]}},\"tls\":{\"established\":false,"
    "\"client\":{\"server_name\":\"a\\\"b\\\\\\u001b\"}}}\n";

static void values(void **state)
{
    (void)state;
    struct ak_record r;
    assert_true(ak_record_init(&r, AK_KIND_CONVERSATION));
    for (int again = 0; again < 2; again++) {
        assert_true(ak_record_read(&r, line, sizeof line - 1));
        assert_string_equal(ak_record_value(&r, "akushu.id"), "7");
        assert_string_equal(ak_record_value(&r, "akushu.outcome"), "failed");
        assert_string_equal(ak_record_value(&r, "akushu.frames"), "1; 14");
        assert_string_equal(ak_record_value(&r, "akushu.alerts[].code"), "40; 0");
        assert_string_equal(ak_record_value(&r, "akushu.alerts[].by"), "server; client");
        assert_string_equal(ak_record_value(&r, "tls.established"), "false");
        assert_string_equal(ak_record_value(&r, "tls.client.server_name"), "a\"b\\\xef\xbf\xbd");
        assert_string_equal(ak_record_value(&r, "akushu.stage"), "");
        assert_string_equal(ak_record_value(&r, "no.such.path"), "");
    }
    assert_true(ak_record_read(&r, "{}", 2));
    assert_string_equal(ak_record_value(&r, "akushu.id"), "");
    ak_record_release(&r);
}

static void broken_lines_end(void **state)
{
    (void)state;
    struct ak_record r;
    assert_true(ak_record_init(&r, AK_KIND_CONVERSATION));
    for (size_t n = 0; n < sizeof line; n++) {
        char *copy = ak_alloc(1, n + 1);
        assert_non_null(copy);
        memcpy(copy, line, n);
        (void)ak_record_read(&r, copy, n);
        for (size_t i = 0; i < n; i++) { /* and every character another one */
            char kept = copy[i];
            static const char others[] = "{}[]\",:\\u";
            copy[i] = others[(i + n) % (sizeof others - 1)];
            (void)ak_record_read(&r, copy, n);
            copy[i] = kept;
        }
        ak_free(copy);
    }
    ak_record_release(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values),
        cmocka_unit_test(broken_lines_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
