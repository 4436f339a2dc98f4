/* SPDX-License-Identifier: Apache-2.0 */
#include "windows/registry_change.h"

#include "support/machine.h"

static const struct ak_span one = {(const uint8_t *)"\1\0\0\0", 4};

static void values_come_and_go(void **state)
{
    struct machine m = machine_of(MACHINE_2008R2);
    uint32_t number;
    (void)state;
    assert_true(ak_registry_change_set(m.registry, MACHINE_KEY "\\Protocols\\TLS 1.2\\Client",
                                       "Enabled", AK_REGISTRY_TYPE_DWORD, one));
    const struct ak_registry_key *key =
        ak_registry_find(m.registry, MACHINE_KEY "\\Protocols\\TLS 1.2\\Client");
    assert_true(ak_registry_number(ak_registry_value(key, "enabled"), &number));
    assert_int_equal(number, 1);
    ak_registry_change_unset(m.registry, MACHINE_KEY "\\Protocols\\TLS 1.2\\Client", "Enabled");
    ak_registry_change_unset(m.registry, MACHINE_KEY "\\Nowhere", "Enabled");
    assert_null(ak_registry_value(key, "Enabled"));
    machine_end(&m);
}

static void keys_go_with_all_or_only_when_empty(void **state)
{
    struct machine m = machine_of(MACHINE_2008R2);
    (void)state;
    assert_true(ak_registry_change_make(m.registry, MACHINE_KEY "\\Protocols\\TLS 1.2"));
    ak_registry_change_remove_empty(m.registry, MACHINE_KEY "\\Protocols");
    assert_non_null(ak_registry_find(m.registry, MACHINE_KEY "\\Protocols"));
    ak_registry_change_remove_empty(m.registry, MACHINE_KEY "\\Protocols\\TLS 1.2");
    ak_registry_change_remove_empty(m.registry, MACHINE_KEY "\\Protocols");
    assert_null(ak_registry_find(m.registry, MACHINE_KEY "\\Protocols"));
    ak_registry_change_remove(m.registry, MACHINE_KEY);
    assert_null(ak_registry_find(m.registry, MACHINE_KEY));
    ak_registry_change_remove(m.registry, MACHINE_KEY);
    ak_registry_change_remove(m.registry, "HKLM");
    assert_non_null(ak_registry_find(m.registry, "HKLM\\SOFTWARE"));
    assert_false(ak_registry_change_make(m.registry, "NOROOT\\x"));
    machine_end(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_come_and_go),
        cmocka_unit_test(keys_go_with_all_or_only_when_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
