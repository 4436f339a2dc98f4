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

static void what_was_not_read_is_listed(void **state)
{
    static char file[] = "case.zip/\033[31mx";
    struct ak_passed_over list[25];
    struct ak_totals totals;
    struct ak_text_style all = english;
    (void)state;
    memset(&totals, 0, sizeof totals);
    for (size_t i = 0; i < 25; i++) {
        list[i].file = file;
        list[i].what = "not_read";
        (void)snprintf(list[i].why, sizeof list[i].why, "the file is empty");
    }
    struct ak_summary s = {.totals = &totals,
                           .passed_over = list,
                           .passed_over_listed = 25,
                           .passed_over_count = 1200};
    ak_text_clear(&out);
    ak_text_summary(&english, &s, &out);
    assert_has("Not read, or not to the end:\n  case.zip/");
    assert_has_not("\033");
    assert_has("x: the file is empty\n");
    assert_has("  (1180 more, 1,000 at most with --all)\n");
    all.all = true;
    ak_text_clear(&out);
    ak_text_summary(&all, &s, &out);
    assert_has("  (1175 more, 1,000 at most with --all)\n");
    ak_text_clear(&out);
    ak_text_summary(&japanese, &s, &out);
    assert_has_not("empty");
    ak_text_clear(&out);
    ak_jsonl_summary(&s, &out);
    assert_has("\"passed_over\":[{\"file\":\"case.zip/");
    assert_has("\"what\":\"not_read\",\"why\":\"the file is empty\"}");
    assert_has("\"passed_over_unlisted\":1175");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_not_read_is_listed),
        cmocka_unit_test(one_is_not_many),
        cmocka_unit_test(colours_only_when_asked),
    };
    return cmocka_run_group_tests(tests, begin_output, end_output);
}
