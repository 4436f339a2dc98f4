/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/fix_set.h"

#include "support/machine.h"

static void later_replaces_earlier(void **state)
{
    struct ak_fix_set set;
    (void)state;
    ak_fix_set_init(&set);
    ak_fix_add_number(&set, MACHINE_KEY, "A", 1);
    ak_fix_add_number(&set, MACHINE_KEY, "B", 1);
    ak_fix_add_delete(&set, MACHINE_KEY, "a"); /* names have no case */
    assert_int_equal(set.count, 2);
    assert_int_equal(set.changes[0].action, AK_FIX_DELETE_VALUE);
    ak_fix_add_key(&set, AK_FIX_DELETE_KEY, MACHINE_KEY);
    assert_int_equal(set.count, 3); /* a key is no value */
    ak_fix_set_release(&set);
}

static void control_characters_are_left_out(void **state)
{
    struct ak_fix_set set;
    (void)state;
    ak_fix_set_init(&set);
    ak_fix_add_number(&set, MACHINE_KEY, "A\n[HKEY_LOCAL_MACHINE\\X]", 1);
    ak_fix_add_number(&set, MACHINE_KEY "\r\n", "A", 1);
    assert_int_equal(set.count, 0);
    assert_int_equal(set.left_out, 2);
    ak_fix_set_release(&set);
}

static void what_is_so_already_falls_away(void **state)
{
    struct machine m = machine_of(MACHINE_2008R2);
    struct ak_fix_set set;
    (void)state;
    ak_fix_set_init(&set);
    ak_fix_add_number(&set, MACHINE_KEY, "EventLogging", 1);
    ak_fix_add_delete(&set, MACHINE_KEY, "Absent");
    ak_fix_add_key(&set, AK_FIX_DELETE_KEY, MACHINE_KEY "\\Absent");
    ak_fix_add_number(&set, MACHINE_KEY, "SendTrustedIssuerList", 0);
    ak_fix_add_number(&set, "HKLM\\SOFTWARE\\Policies\\X", "Y", 0);
    assert_int_equal(ak_fix_settle(&set, m.registry), 2);
    assert_false(set.changes[0].policy);
    assert_false(set.changes[0].unseen); /* its key has a value in the evidence */
    assert_true(set.changes[1].policy);
    assert_true(set.changes[1].unseen);
    assert_int_equal(ak_fix_count(&set, true), 1);
    ak_fix_set_release(&set);
    machine_end(&m);
}

static void lists_have_two_forms(void **state)
{
    static const char *const names[] = {"A", "B"};
    struct ak_fix_set set;
    (void)state;
    ak_fix_set_init(&set);
    ak_fix_add_list(&set, MACHINE_KEY, "M", names, 2, false);
    ak_fix_add_list(&set, MACHINE_KEY, "S", names, 2, true);
    assert_int_equal(set.changes[0].type, AK_REGISTRY_TYPE_MULTI_SZ);
    assert_int_equal(set.changes[0].size, 10);
    assert_memory_equal(set.changes[0].data, "A\0\0\0B\0\0\0\0\0", 10);
    assert_int_equal(set.changes[1].type, AK_REGISTRY_TYPE_SZ);
    assert_memory_equal(set.changes[1].data, "A\0,\0B\0\0\0", 8);
    ak_fix_set_release(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(later_replaces_earlier),
        cmocka_unit_test(control_characters_are_left_out),
        cmocka_unit_test(what_is_so_already_falls_away),
        cmocka_unit_test(lists_have_two_forms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
