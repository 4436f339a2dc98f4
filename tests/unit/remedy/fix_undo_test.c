/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/fix_undo.h"

#include "remedy/fix_forms.h"
#include "support/machine.h"

static void there_and_back(void **state)
{
    struct machine m =
        machine_of(MACHINE_2008R2 "[" MACHINE_SCHANNEL "\\Odd\\Below]\n\"X\"=\"y\"\n@=hex:01,02\n");
    struct ak_fix_set set, undo;
    struct ak_text before, after;
    (void)state;
    ak_text_init(&before, 1u << 20);
    ak_text_init(&after, 1u << 20);
    ak_fix_set_init(&set);
    ak_fix_set_init(&undo);
    machine_dump(ak_registry_find(m.registry, "HKLM"), &before);
    ak_fix_add_number(&set, MACHINE_KEY, "EventLogging", 7);
    ak_fix_add_number(&set, MACHINE_KEY "\\Protocols\\TLS 1.2\\Client", "Enabled", 1);
    ak_fix_add_key(&set, AK_FIX_DELETE_KEY, MACHINE_KEY "\\Odd");
    ak_fix_undo(&set, m.registry, &undo);
    assert_true(ak_fix_apply(&set, m.registry));
    assert_null(ak_registry_find(m.registry, MACHINE_KEY "\\Odd"));
    assert_true(ak_fix_apply(&undo, m.registry));
    machine_dump(ak_registry_find(m.registry, "HKLM"), &after);
    assert_string_equal(ak_text_string(&after), ak_text_string(&before));
    /* The deepest key first, behind everything else. */
    assert_int_equal(undo.changes[undo.count - 1].action, AK_FIX_REMOVE_EMPTY);
    assert_string_equal(undo.changes[undo.count - 1].key, MACHINE_KEY "\\Protocols");
    assert_string_equal(undo.changes[undo.count - 3].key,
                        MACHINE_KEY "\\Protocols\\TLS 1.2\\Client");
    ak_fix_set_release(&set);
    ak_fix_set_release(&undo);
    ak_text_release(&before);
    ak_text_release(&after);
    machine_end(&m);
}

static void a_key_that_cannot_come_back_stays(void **state)
{
    struct machine m = machine_of(MACHINE_2008R2 "[" MACHINE_SCHANNEL
                                                 "\\Plain\\Below]\n\"X\"=\"y\"\n[" MACHINE_SCHANNEL
                                                 "\\Odd\\Below]\n\"two\nlines\"=dword:1\n");
    struct ak_fix_set set;
    (void)state;
    ak_fix_set_init(&set);
    ak_fix_add_key(&set, AK_FIX_DELETE_KEY, MACHINE_KEY "\\Odd");
    ak_fix_add_key(&set, AK_FIX_DELETE_KEY, MACHINE_KEY "\\Plain");
    ak_fix_add_number(&set, MACHINE_KEY, "EventLogging", 7);
    ak_fix_keep_undoable(&set, m.registry);
    assert_int_equal(set.count, 2);
    assert_int_equal(set.left_out, 1);
    assert_string_equal(set.changes[0].key, MACHINE_KEY "\\Plain");
    assert_string_equal(set.changes[1].name, "EventLogging");
    ak_fix_set_release(&set);
    machine_end(&m);
}

static void a_key_that_filled_meanwhile_stays(void **state)
{
    struct machine m = machine_of(MACHINE_2008R2);
    struct ak_fix_set set, undo, other;
    (void)state;
    ak_fix_set_init(&set);
    ak_fix_set_init(&undo);
    ak_fix_set_init(&other);
    ak_fix_add_number(&set, MACHINE_KEY "\\New", "Enabled", 1);
    ak_fix_add_number(&other, MACHINE_KEY "\\New", "Another", 1);
    ak_fix_undo(&set, m.registry, &undo);
    assert_true(ak_fix_apply(&set, m.registry));
    assert_true(ak_fix_apply(&other, m.registry));
    assert_true(ak_fix_apply(&undo, m.registry));
    const struct ak_registry_key *key = ak_registry_find(m.registry, MACHINE_KEY "\\New");
    assert_int_equal(ak_registry_value_count(key), 1);
    ak_fix_set_release(&set);
    ak_fix_set_release(&undo);
    ak_fix_set_release(&other);
    machine_end(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(a_key_that_cannot_come_back_stays),
        cmocka_unit_test(a_key_that_filled_meanwhile_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
