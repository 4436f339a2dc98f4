/* SPDX-License-Identifier: Apache-2.0 */
#include "model/stacks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void ways_fall_back(void **state)
{
    (void)state;
    /* A row of its own, and one that only AK_STACK_OTHER has. */
    assert_int_equal(ak_stack_way(AK_STACK_SCHANNEL, AK_WAY_REFUSAL), 1);
    assert_int_equal(ak_stack_way(AK_STACK_NSS, AK_WAY_REFUSAL), 0);
    assert_int_equal(ak_stack_way(AK_STACK_JSSE, AK_WAY_ALERT_NO_VERSION), 70);
    assert_int_equal(ak_stack_way((enum ak_stack)99, AK_WAY_ALERT_NO_SUITE), 40);
}

static void names(void **state)
{
    (void)state;
    assert_string_equal(ak_stack_name(AK_STACK_OPENSSL), "openssl");
    assert_int_equal(ak_stack_of("gnutls"), AK_STACK_GNUTLS);
    assert_int_equal(ak_stack_of("nonsense"), AK_STACK_OTHER);
    assert_string_equal(ak_way_name(AK_WAY_SUPPORTED_VERSIONS), "supported-versions");
    assert_string_equal(ak_way_name(AK_WAY_SHARE_ORDER), "share-order");
    assert_string_equal(ak_way_name((enum ak_way)(AK_WAYS - 1)), "alert-no-scheme");
}

static void defaults(void **state)
{
    (void)state;
    assert_non_null(ak_stack_default_find("openssl-3.0", "suites"));
    assert_null(ak_stack_default_find("openssl-3.0", "colour"));
    assert_null(ak_stack_default_find("openssl-9", "suites"));
    assert_non_null(ak_gnutls_keyword_find("NORMAL", "ciphers"));
    const char *last = "", *name;
    size_t count = 0;
    while ((name = ak_stack_program(count)) != NULL) {
        assert_true(strcmp(last, name) < 0);
        assert_non_null(ak_stack_default_find(name, "versions"));
        last = name;
        count++;
    }
    assert_true(count >= 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ways_fall_back),
        cmocka_unit_test(names),
        cmocka_unit_test(defaults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
