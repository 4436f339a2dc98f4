/* The table of scenarios: names, what they imitate, rules that exist, servers that differ. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "lab/scenario.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "diagnose/rule.h"
#include "report/messages.h"

static void names_are_words(void **state)
{
    const struct ak_lab_scenario *s;
    (void)state;
    for (size_t i = 0; (s = ak_lab_scenario_at(i)) != NULL; i++) {
        assert_int_equal(strspn(s->name, "abcdefghijklmnopqrstuvwxyz0123456789-"), strlen(s->name));
        assert_true(strlen(s->name) < 30);                  /* the list's column */
        assert_ptr_equal(ak_lab_scenario_find(s->name), s); /* so there is no other of the name */
    }
    assert_non_null(ak_lab_scenario_find("healthy"));
    assert_null(ak_lab_scenario_at(1000));
    assert_null(ak_lab_scenario_find(""));
}

static void rules_exist(void **state)
{
    const struct ak_lab_scenario *s;
    (void)state;
    for (size_t i = 0; (s = ak_lab_scenario_at(i)) != NULL; i++)
        if (s->rule[0] != '\0' && ak_rule_find(s->rule) == NULL)
            fail_msg("%s: no rule %s", s->name, s->rule);
}

static void pages_are_numbers_of_scenarios(void **state)
{
    static const struct {
        char letter;
        unsigned most;
    } kinds[] = {{'S', 6}, {'T', 10}, {'A', 4}, {'X', 27}};
    const struct ak_lab_scenario *s;
    unsigned seen[4][28] = {{0}};
    (void)state;
    for (size_t i = 0; (s = ak_lab_scenario_at(i)) != NULL; i++)
        for (const char *p = s->pages; *p != '\0'; p += strcspn(p, " "), p += *p == ' ') {
            unsigned number = 0;
            char letter = 0;
            int used = 0;
            assert_int_equal(sscanf(p, "%c%u%n", &letter, &number, &used), 2);
            assert_true(p[used] == ' ' || p[used] == '\0');
            for (size_t k = 0; k < 4; k++)
                if (kinds[k].letter == letter) {
                    assert_true(number >= 1 && number <= kinds[k].most);
                    seen[k][number]++;
                }
        }
    for (unsigned n = 1; n <= 6; n++)
        assert_true(seen[0][n] != 0); /* S1 to S6 all have one */
    for (unsigned n = 1; n <= 10; n++)
        assert_true(seen[1][n] != 0);
}

static void texts_have_a_japanese_one(void **state)
{
    const struct ak_lab_scenario *s;
    (void)state;
    for (size_t i = 0; (s = ak_lab_scenario_at(i)) != NULL; i++)
        if (strcmp(ak_tr(AK_LANG_JA, s->about), s->about) == 0)
            fail_msg("%s", s->name);
}

/* Where the server has the fault, its settings with the remedy are others. */
static void remedies_change_something(void **state)
{
    static const char *const no_fault_of_the_server[] = {"healthy", "port-exhaustion"};
    const struct ak_lab_scenario *s;
    (void)state;
    for (size_t i = 0; (s = ak_lab_scenario_at(i)) != NULL; i++) {
        bool other = memcmp(&s->broken, &s->fixed, sizeof s->broken) != 0, none = false;
        for (size_t k = 0; k < 2; k++)
            none = none || strcmp(s->name, no_fault_of_the_server[k]) == 0;
        if (other == none)
            fail_msg("%s", s->name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_words),
        cmocka_unit_test(rules_exist),
        cmocka_unit_test(pages_are_numbers_of_scenarios),
        cmocka_unit_test(texts_have_a_japanese_one),
        cmocka_unit_test(remedies_change_something),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
