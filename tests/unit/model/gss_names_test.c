/* SPDX-License-Identifier: Apache-2.0 */
#include "model/gss_names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void values_have_names(void **state)
{
    (void)state;
    assert_string_equal(ak_gss_mechanism_name(AK_GSS_NONE), "none");
    assert_string_equal(ak_gss_mechanism_name(AK_GSS_NEGOEX), "negoex");
    assert_string_equal(ak_kerberos_message_name(AK_KERBEROS_AP_REP), "AP-REP");
    assert_string_equal(ak_spnego_state_name(AK_SPNEGO_REJECT), "reject");
    assert_string_equal(ak_spnego_state_name(AK_SPNEGO_STATES), "unknown");
}

static void errors_that_windows_hosts_meet(void **state)
{
    (void)state;
    assert_string_equal(ak_kerberos_error_name(14), "KDC_ERR_ETYPE_NOSUPP");
    assert_string_equal(ak_kerberos_error_name(37), "KRB_AP_ERR_SKEW");
    assert_null(ak_kerberos_error_name(0));
    assert_null(ak_kerberos_error_name(-14));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_have_names),
        cmocka_unit_test(errors_that_windows_hosts_meet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
