/* The hello that offers everything, without what puts servers off or explains nothing. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/windows.h"
#include "probe/ladder.h"

static struct ak_party wide;

static int make(void **state)
{
    (void)state;
    ak_party_wide(&wide);
    return 0;
}

static void offers_at_most_64_suites(void **state)
{
    (void)state;
    assert_true(wide.suite_count > 40);
    assert_true(wide.suite_count <= 64);
    for (size_t i = 0; i < wide.suite_count; i++) {
        const struct ak_cipher_suite *s = ak_cipher_suite_find(wide.suites[i].code);
        assert_non_null(s);
        assert_true(wide.suites[i].on);
        if (s->authentication == AK_AUTH_NULL || s->authentication == AK_AUTH_PSK ||
            s->cipher == AK_CIPHER_NULL || s->key_exchange == AK_KX_OTHER)
            fail_msg("%s is offered", s->name);
        assert_null(strstr(s->name, "_anon_"));
        for (size_t k = 0; k < i; k++)
            assert_int_not_equal(wide.suites[k].code, wide.suites[i].code);
    }
}

/* Whatever a Windows of any age has alone must be among them: else a check would say "nothing". */
static void no_windows_is_left_out(void **state)
{
    const struct ak_windows *system;
    (void)state;
    for (size_t at = 0; (system = ak_windows_at(at)) != NULL; at++) {
        size_t shared = 0;
        for (size_t i = 0; i < system->suite_count; i++)
            shared += ak_party_suite_find(&wide, system->suites[i].code) != NULL;
        assert_true(shared * 2 >= system->suite_count);
    }
    static const uint16_t old[] = {0x000a, 0x0005, 0x0004, 0x002f, 0x0035, 0x0033,
                                   0x0039, 0x009e, 0xc014, 0xc02b, 0x1301};
    for (size_t i = 0; i < sizeof old / sizeof old[0]; i++)
        if (ak_party_suite_find(&wide, old[i]) == NULL)
            fail_msg("suite %04x is not offered", old[i]);
}

static void offers_what_a_change_may_need(void **state)
{
    (void)state;
    assert_false(ak_party_version_on(&wide, AK_PARTY_SSL20));
    assert_false(ak_party_version_on(&wide, AK_PARTY_SSL30));
    for (int at = AK_PARTY_TLS10; at <= AK_PARTY_TLS13; at++)
        assert_true(ak_party_version_on(&wide, (enum ak_party_version_at)at));
    assert_true(ak_party_list_has(&wide.groups, 0x001d));
    assert_true(ak_party_list_has(&wide.groups, 0x0019));
    assert_true(ak_party_list_has(&wide.schemes, 0x0201)); /* rsa_pkcs1_sha1 */
    assert_true(ak_party_list_has(&wide.schemes, 0x0101)); /* with MD5 */
    assert_true(ak_party_list_has(&wide.schemes, 0x0601));
    assert_int_equal(wide.extended_master_secret, AK_NEED_SUPPORTED);
    assert_int_equal(wide.renegotiation_info, AK_NEED_SUPPORTED);
    assert_int_equal(wide.groups.left_out + wide.schemes.left_out + wide.suites_left_out, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(offers_at_most_64_suites),
        cmocka_unit_test(no_windows_is_left_out),
        cmocka_unit_test(offers_what_a_change_may_need),
    };
    return cmocka_run_group_tests(tests, make, NULL);
}
