/* SPDX-License-Identifier: Apache-2.0 */
#include "library/handover_state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const struct ak_rule no_suite = {.id = "no-common-suite"}, slow = {.id = "slow-connect"};
static struct ak_finding findings[] = {
    {.id = "f-0000000000000001", .rule = &slow, .severity = AK_SEVERITY_NOTE},
    {.id = "f-0000000000000005", .rule = &no_suite, .severity = AK_SEVERITY_ERROR},
    {.id = "f-0000000000000009", .rule = &no_suite, .severity = AK_SEVERITY_WARNING},
};

static void begin(struct ak_handover *h, const struct ak_handover_options *options,
                  const struct ak_finding *sorted[3], bool wanted[3])
{
    memset(h, 0, sizeof *h);
    for (size_t i = 0; i < 3; i++) {
        sorted[i] = &findings[i];
        wanted[i] = false;
    }
    h->options = options;
    h->findings = sorted;
    h->wanted = wanted;
    h->finding_count = 3;
}

static void conversations_are_bits(void **state)
{
    struct ak_handover h = {0};
    uint8_t bits[3] = {0};
    (void)state;
    h.chosen = bits;
    h.chosen_size = 20;
    ak_handover_choose(&h, 9);
    ak_handover_choose(&h, 19);
    ak_handover_choose(&h, 20); /* beyond: nothing happens */
    assert_true(ak_handover_is_chosen(&h, 9) && ak_handover_is_chosen(&h, 19));
    assert_false(ak_handover_is_chosen(&h, 10) || ak_handover_is_chosen(&h, 20));
    assert_int_equal(bits[2], 8);
}

static void findings_by_their_ids(void **state)
{
    struct ak_handover_options options = {.least = AK_SEVERITY_WARNING};
    const struct ak_finding *sorted[3];
    struct ak_handover h;
    bool wanted[3];
    (void)state;
    begin(&h, &options, sorted, wanted);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(ak_handover_find(&h, findings[i].id), i);
    assert_true(ak_handover_find(&h, "f-0000000000000004") == SIZE_MAX);
    ak_handover_want(&h);
    assert_false(ak_handover_is_wanted(&h, &findings[0]));
    assert_true(ak_handover_is_wanted(&h, &findings[1]) && ak_handover_is_wanted(&h, &findings[2]));
    assert_int_equal(h.result.findings, 2);
}

static void findings_by_name(void **state)
{
    static const char *const names[] = {"f-0000000000000001", "no-such", "other"};
    static const char *const rule[] = {"no-common-suite"};
    struct ak_handover_options options = {.findings = names, .finding_count = 3};
    const struct ak_finding *sorted[3];
    struct ak_handover h;
    bool wanted[3];
    (void)state;
    begin(&h, &options, sorted, wanted);
    ak_handover_want(&h);
    assert_string_equal(h.result.unknown, "no-such"); /* the first that is none */
    assert_true(wanted[0] && !wanted[1] && !wanted[2]);
    options.findings = rule;
    options.finding_count = 1;
    begin(&h, &options, sorted, wanted);
    ak_handover_want(&h);
    assert_null(h.result.unknown);
    assert_true(!wanted[0] && wanted[1] && wanted[2]);
}

static void whole_servers(void **state)
{
    struct ak_endpoint servers[] = {{4, {192, 0, 2, 1}, 1433}, {4, {192, 0, 2, 2}, 1433}};
    struct ak_endpoint other = {4, {192, 0, 2, 2}, 1434};
    struct ak_handover h = {0};
    (void)state;
    h.whole = servers;
    h.whole_count = 1;
    assert_true(ak_handover_is_whole(&h, &servers[0]));
    assert_false(ak_handover_is_whole(&h, &servers[1]) || ak_handover_is_whole(&h, &other));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conversations_are_bits),
        cmocka_unit_test(findings_by_their_ids),
        cmocka_unit_test(findings_by_name),
        cmocka_unit_test(whole_servers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
