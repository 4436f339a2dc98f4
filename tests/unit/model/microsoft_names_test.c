/* SPDX-License-Identifier: Apache-2.0 */
#include "model/microsoft_names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void hosts_lie_under_a_suffix(void **state)
{
    (void)state;
    assert_true(ak_is_microsoft_host("x.database.windows.net"));
    assert_true(ak_is_microsoft_host("Management.Azure.COM"));
    assert_true(ak_is_microsoft_host("azure.com"));
    assert_true(ak_is_microsoft_host("azure.com."));
    assert_false(ak_is_microsoft_host("notazure.com"));
    assert_false(ak_is_microsoft_host("azure.com.example"));
    assert_false(ak_is_microsoft_host("com"));
    assert_false(ak_is_microsoft_host(""));
    assert_false(ak_is_microsoft_host("."));
}

static void issuers_are_known_by_their_organisation(void **state)
{
    (void)state;
    assert_true(ak_is_microsoft_issuer("CN=Microsoft Azure RSA TLS Issuing CA 03,"
                                       "O=Microsoft Corporation,C=US"));
    assert_true(ak_is_microsoft_issuer("O=DigiCert Inc"));
    assert_true(ak_is_microsoft_issuer("CN=x,O=DigiCert\\, Inc.,C=US"));
    assert_true(ak_is_microsoft_issuer("CN=x,O=Other,O=Microsoft Corporation"));
    assert_false(ak_is_microsoft_issuer("CN=x,O=Microsoft Corporation Ltd"));
    assert_false(ak_is_microsoft_issuer("CN=x,O=Contoso Microsoft Corporation"));
    assert_false(ak_is_microsoft_issuer("CN=O\\=Microsoft Corporation"));
    assert_false(ak_is_microsoft_issuer("CN=x,O=Microsoft"));
    assert_false(ak_is_microsoft_issuer("CN=x,FOO=Microsoft Corporation"));
    assert_false(ak_is_microsoft_issuer("CN=x,O=DigiCert\\"));
    assert_false(ak_is_microsoft_issuer(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts_lie_under_a_suffix),
        cmocka_unit_test(issuers_are_known_by_their_organisation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
