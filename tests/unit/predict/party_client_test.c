/* SPDX-License-Identifier: Apache-2.0 */
#include "predict/party_client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct ak_party party;

static void a_hello_without_the_extension_counts_by_its_highest(void **state)
{
    (void)state;
    ak_party_of_client(ak_client_profile_find("tedious_19"), "t", &party);
    assert_true(ak_party_version_on(&party, AK_PARTY_TLS12));
    assert_false(ak_party_version_on(&party, AK_PARTY_TLS13));
    assert_false(ak_party_version_on(&party, AK_PARTY_TLS11));
    assert_int_equal(party.stack, AK_STACK_OPENSSL);
    assert_int_equal(party.extended_master_secret, AK_NEED_SUPPORTED);
    assert_true(party.suites_complete && party.groups.known && party.schemes.known);
}

static void supported_versions_decide_where_they_were_sent(void **state)
{
    (void)state;
    ak_party_of_client(ak_client_profile_find("jtds_13"), "j", &party);
    assert_true(ak_party_version_on(&party, AK_PARTY_TLS13));
    assert_true(ak_party_version_on(&party, AK_PARTY_TLS12));
    assert_false(ak_party_version_on(&party, AK_PARTY_TLS11));
    assert_int_equal(party.stack, AK_STACK_JSSE);
}

static void old_clients_have_neither_groups_nor_schemes(void **state)
{
    (void)state;
    ak_party_of_client(ak_client_profile_find("ie_8_xp"), "xp", &party);
    assert_int_equal(party.groups.count, 0);
    assert_int_equal(party.extended_master_secret, AK_NEED_NONE);
    assert_true(ak_party_version_on(&party, AK_PARTY_TLS10));
    assert_false(ak_party_version_on(&party, AK_PARTY_TLS12));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hello_without_the_extension_counts_by_its_highest),
        cmocka_unit_test(supported_versions_decide_where_they_were_sent),
        cmocka_unit_test(old_clients_have_neither_groups_nor_schemes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
