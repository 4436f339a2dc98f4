/* SPDX-License-Identifier: Apache-2.0 */
#include "model/service_names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void every_value_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (int i = 0; i < AK_SERVICES; i++)
        for (int k = 0; k < i; k++)
            assert_string_not_equal(ak_service_name((enum ak_service)i),
                                    ak_service_name((enum ak_service)k));
    for (int i = 0; i < AK_PROXY_KINDS; i++)
        for (int k = 0; k < i; k++)
            assert_string_not_equal(ak_proxy_name((enum ak_proxy_kind)i),
                                    ak_proxy_name((enum ak_proxy_kind)k));
    assert_string_equal(ak_starttls_name(AK_STARTTLS_NONE), "none");
    assert_string_equal(ak_starttls_name(AK_STARTTLS_REFUSED), "refused");
}

static void alpn_names_the_service(void **state)
{
    (void)state;
    assert_int_equal(ak_service_of_alpn("postgresql", 10), AK_SERVICE_POSTGRESQL);
    assert_int_equal(ak_service_of_alpn("xmpp-server", 11), AK_SERVICE_XMPP);
    assert_int_equal(ak_service_of_alpn("imap2", 5), AK_SERVICE_NONE);
    assert_int_equal(ak_service_of_alpn("ima", 3), AK_SERVICE_NONE);
    assert_int_equal(ak_service_of_alpn("h2", 2), AK_SERVICE_NONE);
    assert_int_equal(ak_service_of_alpn("", 0), AK_SERVICE_NONE);
}

static void rdp_answers_in_words(void **state)
{
    (void)state;
    assert_null(ak_rdp_failure_name(0));
    assert_string_equal(ak_rdp_failure_name(2), "SSL_NOT_ALLOWED_BY_SERVER");
    assert_null(ak_rdp_failure_name(7));
    assert_null(ak_rdp_failure_name(0xffffffffu));
    assert_string_equal(ak_rdp_protocol_name(0), "ssl");
    assert_string_equal(ak_rdp_protocol_name(AK_RDP_PROTOCOLS - 1), "rdsaad");
    assert_null(ak_rdp_protocol_name(AK_RDP_PROTOCOLS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_value_has_a_name_of_its_own),
        cmocka_unit_test(alpn_names_the_service),
        cmocka_unit_test(rdp_answers_in_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
