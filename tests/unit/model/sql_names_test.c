// SPDX-License-Identifier: Apache-2.0
#include "model/sql_names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void products_have_names(void **state)
{
    (void)state;
    assert_string_equal(ak_sql_product_name(8, 0), "SQL Server 2000");
    assert_string_equal(ak_sql_product_name(9, 0), "SQL Server 2005");
    assert_string_equal(ak_sql_product_name(10, 0), "SQL Server 2008");
    assert_string_equal(ak_sql_product_name(10, 50), "SQL Server 2008 R2");
    assert_string_equal(ak_sql_product_name(10, 3), "SQL Server 2008");
    assert_string_equal(ak_sql_product_name(10, 51), "SQL Server 2008 R2");
    assert_string_equal(ak_sql_product_name(11, 0), "SQL Server 2012");
    assert_string_equal(ak_sql_product_name(12, 0), "SQL Server 2014 (or Azure SQL Database)");
    assert_string_equal(ak_sql_product_name(13, 0), "SQL Server 2016");
    assert_string_equal(ak_sql_product_name(14, 0), "SQL Server 2017");
    assert_string_equal(ak_sql_product_name(15, 0), "SQL Server 2019");
    assert_string_equal(ak_sql_product_name(16, 0), "SQL Server 2022");
    assert_string_equal(ak_sql_product_name(17, 0), "SQL Server 2025");
    assert_null(ak_sql_product_name(0, 0));
    assert_null(ak_sql_product_name(99, 0));
}

struct build_case {
    unsigned major;
    unsigned minor;
    unsigned third;
    enum ak_build_tls12 tls12;
    bool certain;
};

// Both sides of every cut-off of KB3135244.
static const struct build_case build_cases[] = {
    {6, 0, 100, AK_BUILD_TLS12_NO, true},
    {8, 0, 2039, AK_BUILD_TLS12_NO, true},
    {9, 0, 5324, AK_BUILD_TLS12_NO, true},
    // 2008
    {10, 0, 1600, AK_BUILD_TLS12_UNKNOWN, false},
    {10, 0, 5544, AK_BUILD_TLS12_NO, false},
    {10, 0, 5545, AK_BUILD_TLS12_YES, false},
    {10, 0, 5895, AK_BUILD_TLS12_NO, false},
    {10, 0, 5896, AK_BUILD_TLS12_YES, false},
    {10, 0, 6546, AK_BUILD_TLS12_NO, false},
    {10, 0, 6547, AK_BUILD_TLS12_YES, false},
    // 2008 R2
    {10, 50, 1600, AK_BUILD_TLS12_UNKNOWN, false},
    {10, 50, 4046, AK_BUILD_TLS12_NO, false},
    {10, 50, 4047, AK_BUILD_TLS12_YES, false},
    {10, 50, 4343, AK_BUILD_TLS12_NO, false},
    {10, 50, 4344, AK_BUILD_TLS12_YES, false},
    {10, 50, 6541, AK_BUILD_TLS12_NO, false},
    {10, 50, 6542, AK_BUILD_TLS12_YES, false},
    // 2012
    {11, 0, 2100, AK_BUILD_TLS12_NO, true},
    {11, 0, 5343, AK_BUILD_TLS12_NO, true},
    {11, 0, 5352, AK_BUILD_TLS12_YES, true},
    {11, 0, 5532, AK_BUILD_TLS12_NO, true},
    {11, 0, 5644, AK_BUILD_TLS12_YES, true},
    {11, 0, 6020, AK_BUILD_TLS12_NO, true},
    {11, 0, 6216, AK_BUILD_TLS12_YES, true},
    {11, 0, 6518, AK_BUILD_TLS12_YES, true},
    {11, 0, 7001, AK_BUILD_TLS12_YES, true},
    {11, 0, 7507, AK_BUILD_TLS12_YES, true},
    // 2014
    {12, 0, 2000, AK_BUILD_TLS12_UNKNOWN, false},
    {12, 0, 2254, AK_BUILD_TLS12_NO, true},
    {12, 0, 2271, AK_BUILD_TLS12_YES, true},
    {12, 0, 2342, AK_BUILD_TLS12_NO, true},
    {12, 0, 2564, AK_BUILD_TLS12_YES, true},
    {12, 0, 4213, AK_BUILD_TLS12_NO, true},
    {12, 0, 4219, AK_BUILD_TLS12_YES, true},
    {12, 0, 4416, AK_BUILD_TLS12_NO, true},
    {12, 0, 4439, AK_BUILD_TLS12_YES, true},
    {12, 0, 5000, AK_BUILD_TLS12_YES, true},
    {12, 0, 6024, AK_BUILD_TLS12_YES, true},
    // Built in
    {13, 0, 1601, AK_BUILD_TLS12_YES, true},
    {16, 0, 1000, AK_BUILD_TLS12_YES, true},
    {17, 0, 0, AK_BUILD_TLS12_YES, true},
    {18, 0, 100, AK_BUILD_TLS12_YES, false},
    // No build at all
    {0, 0, 0, AK_BUILD_TLS12_UNKNOWN, false},
    {12, 0, 1000, AK_BUILD_TLS12_UNKNOWN, false},
};

static void builds_are_judged_by_their_branch(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(build_cases) / sizeof(build_cases[0]); i++) {
        const struct build_case *want = &build_cases[i];
        struct ak_build_verdict got = ak_sql_build_tls12(want->major, want->minor, want->third);
        if (got.tls12 != want->tls12 || got.certain != want->certain) {
            fail_msg("%u.%u.%u: verdict %d, certain %d", want->major, want->minor, want->third,
                     (int)got.tls12, (int)got.certain);
        }
        assert_non_null(got.note);
    }
}

static void tds_versions_have_names(void **state)
{
    (void)state;
    assert_string_equal(ak_tds_version_name(0x70000000), "7.0");
    assert_string_equal(ak_tds_version_name(0x07000000), "7.0");
    assert_string_equal(ak_tds_version_name(0x71000001), "7.1");
    assert_string_equal(ak_tds_version_name(0x72090002), "7.2");
    assert_string_equal(ak_tds_version_name(0x730a0003), "7.3");
    assert_string_equal(ak_tds_version_name(0x730b0003), "7.3");
    assert_string_equal(ak_tds_version_name(0x74000004), "7.4");
    assert_string_equal(ak_tds_version_name(0x08000000), "8.0");
    assert_null(ak_tds_version_name(0));
    assert_null(ak_tds_version_name(0x04000074)); // little-endian by mistake
}

static void errors_have_names(void **state)
{
    (void)state;
    assert_string_equal(ak_sql_error_name(18456), "login failed");
    assert_non_null(ak_sql_error_name(18452));
    assert_non_null(ak_sql_error_name(17806));
    assert_non_null(ak_sql_error_name(4060));
    assert_non_null(ak_sql_error_name(17142));
    assert_non_null(ak_sql_error_name(18486));
    assert_null(ak_sql_error_name(0));
    assert_null(ak_sql_error_name(-18456));
    assert_null(ak_sql_error_name(INT32_MAX));
    assert_null(ak_sql_error_name(INT32_MIN));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_have_names),
        cmocka_unit_test(builds_are_judged_by_their_branch),
        cmocka_unit_test(tds_versions_have_names),
        cmocka_unit_test(errors_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
