/* SPDX-License-Identifier: Apache-2.0 */
#include "model/windows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/tls_names.h"

static void every_system_is_whole(void **state)
{
    (void)state;
    const struct ak_windows *w;
    size_t count = 0;
    for (; (w = ak_windows_at(count)) != NULL; count++) {
        assert_ptr_equal(ak_windows_find(w->id), w);
        for (unsigned r = 0; r < AK_SCHANNEL_ROLES; r++)
            assert_int_not_equal(w->protocols[r][AK_SCHANNEL_PROTOCOL_TLS12].state,
                                 AK_SCHANNEL_DEFAULT_UNKNOWN);
        for (size_t i = 0; i < w->suite_count; i++) {
            uint16_t group;
            assert_non_null(ak_cipher_suite_find(w->suites[i].code));
            assert_int_equal(ak_schannel_suite_code(w->suites[i].name, &group), w->suites[i].code);
            assert_int_equal(group, w->suites[i].group);
        }
        for (size_t i = 0; i < w->group_count; i++)
            assert_int_equal(ak_schannel_group_code(w->groups[i].name), w->groups[i].code);
    }
    assert_true(count >= 30);
    assert_null(ak_windows_find("win95"));
}

static void builds_name_releases(void **state)
{
    (void)state;
    const struct ak_windows_release *r = ak_windows_release_find(17763, true);
    assert_string_equal(r->name, "Windows Server 2019");
    assert_string_equal(r->support_end, "2029-01-09"); /* not that of the yearly channel */
    r = ak_windows_release_find(20348, false);         /* there is no client of that build */
    assert_string_equal(r->system->id, "ws2022");
    assert_null(ak_windows_release_find(1, true));
}

static void names_of_suites_come_with_and_without_curve(void **state)
{
    (void)state;
    uint16_t group;
    assert_int_equal(ak_schannel_suite_code("TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384_P384", &group),
                     0xc028);
    assert_int_equal(group, 0x0018);
    assert_int_equal(ak_schannel_suite_code("tls_ecdhe_rsa_with_aes_128_gcm_sha256", &group),
                     0xc02f);
    assert_int_equal(group, 0);
    assert_int_equal(ak_schannel_suite_code("TLS_DHE_PSK_WITH_AES_128_CCM", NULL), 0xc0a6);
    assert_int_equal(ak_schannel_suite_code("TLS_NOTHING", NULL), 0);
    assert_int_equal(ak_schannel_suite_code("", NULL), 0);
    assert_int_equal(ak_schannel_group_code("CURVE25519"), 0x001d);
    assert_int_equal(ak_schannel_group_code(""), 0);
}

static void releases_of_net_framework(void **state)
{
    (void)state;
    static const struct {
        uint32_t release;
        const char *version;
    } rows[] = {{378389, "4.5"}, {378758, "4.5.1"}, {394271, "4.6.1"}, {461814, "4.7.2"},
                {528372, "4.8"}, {533325, "4.8.1"}, {600000, "4.8.1"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_string_equal(ak_dotnet_release_find(rows[i].release)->version, rows[i].version);
    assert_null(ak_dotnet_release_find(378388));
}

static void keys_of_algorithms(void **state)
{
    (void)state;
    const struct ak_schannel_algorithm *a =
        ak_schannel_algorithm_find("Ciphers", "triple des 168/168");
    assert_int_equal(a->code, AK_CIPHER_3DES_EDE_CBC);
    assert_null(ak_schannel_algorithm_find("Hashes", "Triple DES 168"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_system_is_whole),
        cmocka_unit_test(builds_name_releases),
        cmocka_unit_test(names_of_suites_come_with_and_without_curve),
        cmocka_unit_test(releases_of_net_framework),
        cmocka_unit_test(keys_of_algorithms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
