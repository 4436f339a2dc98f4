/* Host names of services that refuse old versions. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/service_tls.h"

static void finds_names(void **state)
{
    (void)state;
    const struct ak_service_tls *s = ak_service_tls_find("0f1e.ods.opinsights.azure.com");
    assert_non_null(s);
    assert_int_equal(s->minimum_version, 0x0303);
    assert_true(s->certain);
    assert_non_null(ak_service_tls_find("SQL01.Database.Windows.Net"));
    assert_non_null(ak_service_tls_find("dev.azure.com"));
    assert_null(ak_service_tls_find("x.dev.azure.com"));
    assert_null(ak_service_tls_find("ods.opinsights.azure.com"));
    assert_null(ak_service_tls_find("evilods.opinsights.azure.com.example"));
    assert_null(ak_service_tls_find("xdatabase.windows.net"));
    assert_null(ak_service_tls_find("sql01"));
    assert_null(ak_service_tls_find(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
