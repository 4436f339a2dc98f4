/* SPDX-License-Identifier: Apache-2.0 */
#include "report/text_report.h"

#include "support/report.h"

static const struct ak_text_style english = {AK_LANG_EN, false, false, 80};
static const struct ak_text_style japanese = {AK_LANG_JA, false, false, 80};

static void summarise(const struct ak_text_style *style, uint64_t files, uint64_t frames,
                      uint64_t errors)
{
    struct ak_totals totals;
    memset(&totals, 0, sizeof totals);
    totals.frames = frames;
    totals.conversations = frames;
    totals.not_tcp = frames - 1;
    struct ak_summary s = {
        .totals = &totals, .files = files, .outcomes = {frames}, .findings = {0, 0, errors}};
    ak_text_clear(&out);
    ak_text_summary(style, &s, &out);
}

static void one_is_not_many(void **state)
{
    (void)state;
    summarise(&english, 1, 1, 1);
    assert_has("1 capture, 1 frame\n");
    assert_has("1 (1 established)\n");
    assert_has("1 error\n");
    assert_has_not("Not understood");
    summarise(&english, 2, 5, 3);
    assert_has("2 captures, 5 frames\n");
    assert_has("3 errors\n");
    assert_has("Not understood:\n  4 IP packets of another protocol than TCP\n");
    summarise(&english, 1, 1, 0);
    assert_has("none\n");
    summarise(&japanese, 1, 1, 1);
    assert_has_not("capture");
    assert_has_not("error");
}

static void colours_only_when_asked(void **state)
{
    (void)state;
    struct ak_text_style color = english;
    summarise(&english, 1, 1, 1);
    assert_has_not("\033");
    color.color = true;
    summarise(&color, 1, 1, 1);
    assert_has("\033[31m1 error\033[0m");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_is_not_many),
        cmocka_unit_test(colours_only_when_asked),
    };
    return cmocka_run_group_tests(tests, begin_output, end_output);
}
