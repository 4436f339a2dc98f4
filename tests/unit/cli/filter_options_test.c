/* --since, --until, --host and --port: what they take, and what they say of the rest. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "../../../src/cli/filter_options.c" /* the program's, not the library's */

#include "../../../src/cli/message.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct ak_filter empty(void)
{
    struct ak_filter f;
    ak_filter_init(&f);
    return f;
}

static void takes_what_it_knows(void **state)
{
    (void)state;
    struct ak_filter f = empty();
    assert_int_equal(ak_filter_option("since", "2026-11-22", &f), AK_FILTER_TAKEN);
    assert_int_equal(ak_filter_option("until", "2026-11-22T00:00:01Z", &f), AK_FILTER_TAKEN);
    assert_int_equal(f.until - f.since, 1000000000);
    assert_int_equal(ak_filter_option("host", "192.0.2.1", &f), AK_FILTER_TAKEN);
    assert_int_equal(ak_filter_option("host", "2001:db8::/32", &f), AK_FILTER_TAKEN);
    assert_int_equal(f.hosts, 2);
    assert_int_equal(f.host[0].bits, 32);
    assert_int_equal(f.host[1].bits, 32);
    assert_int_equal(f.host[1].version, 6);
    assert_int_equal(ak_filter_option("port", "65535", &f), AK_FILTER_TAKEN);
    assert_int_equal(f.port[0], 65535);
    assert_int_equal(ak_filter_option("format", "text", &f), AK_FILTER_OTHER);
}

static void refuses_the_rest(void **state)
{
    (void)state;
    static const char *const wrong[][2] = {
        {"since", "yesterday"},
        {"until", ""},
        {"host", "sql01"},
        {"host", "192.0.2.1/33"},
        {"host", "192.0.2.1/"},
        {"host", "192.0.2.1/8x"},
        {"host", "/8"},
        {"port", "0"},
        {"port", "65536"},
        {"port", "14 33"},
        {"port", "1433,443"},
        {"port", "-1"},
        {"host", "1111111111111111111111111111111111111111111111111111111111111111111111111111"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct ak_filter f = empty(), same = f;
        if (ak_filter_option(wrong[i][0], wrong[i][1], &f) != AK_FILTER_WRONG)
            fail_msg("--%s=%s", wrong[i][0], wrong[i][1]);
        assert_int_equal(f.hosts, same.hosts);
        assert_int_equal(f.ports, same.ports);
    }
}

static void has_a_bound(void **state)
{
    (void)state;
    struct ak_filter f = empty();
    for (int i = 0; i < AK_FILTER_ENTRIES; i++) {
        assert_int_equal(ak_filter_option("port", "443", &f), AK_FILTER_TAKEN);
        assert_int_equal(ak_filter_option("host", "::1", &f), AK_FILTER_TAKEN);
    }
    assert_int_equal(ak_filter_option("port", "443", &f), AK_FILTER_WRONG);
    assert_int_equal(ak_filter_option("host", "::1", &f), AK_FILTER_WRONG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_what_it_knows),
        cmocka_unit_test(refuses_the_rest),
        cmocka_unit_test(has_a_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
