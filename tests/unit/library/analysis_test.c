/* An analysis counts what it read and what it could not, and hands over each conversation once. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "library/analysis.h"

struct heard {
    unsigned conversations, problems, answers;
};

static void on_conversation(void *context, const struct ak_conversation *c)
{
    struct heard *heard = context;
    assert_int_equal(c->id, ++heard->conversations);
}

static void on_problem(void *context, enum ak_problem problem, const char *path,
                       const struct ak_error *error)
{
    struct heard *heard = context;
    assert_int_equal(problem, AK_PROBLEM_UNREADABLE);
    assert_non_null(strstr(path, "no such file"));
    assert_true(error->text[0] != '\0');
    heard->problems++;
}

static void on_why_not(void *context, const struct ak_why_not *why)
{
    struct heard *heard = context;
    assert_int_equal(why->conversation, 1);
    heard->answers++;
}

static struct ak_analysis *begin(struct heard *heard)
{
    struct ak_analysis_listener listener = {heard, on_conversation, on_problem, NULL, NULL, NULL,
                                            NULL};
    memset(heard, 0, sizeof *heard);
    struct ak_analysis *analysis = ak_analysis_new(&listener);
    assert_non_null(analysis);
    return analysis;
}

static void read_path(struct ak_analysis *analysis, const char *path)
{
    struct ak_error error;
    char name[1024];
    (void)snprintf(name, sizeof name, "%s", path);
    char *names[] = {name};
    assert_int_equal(ak_analysis_paths(analysis, names, 1, &error), AK_ERR_NONE);
}

static void ignore_problem(void *context, enum ak_problem problem, const char *path,
                           const struct ak_error *error)
{
    (void)context;
    (void)problem;
    (void)path;
    (void)error;
}

static void lists_what_it_passed_over(void **state)
{
    (void)state;
    struct heard heard;
    struct ak_analysis_listener listener = {
        &heard, on_conversation, ignore_problem, NULL, NULL, NULL, NULL};
    memset(&heard, 0, sizeof heard);
    struct ak_analysis *analysis = ak_analysis_new(&listener);
    read_path(analysis, "/no such file");
    read_path(analysis, AK_TEST_GOLDEN "/clients-fail-alert70-ted");
    (void)ak_analysis_finish(analysis);
    const struct ak_summary *summary = ak_analysis_summary(analysis);
    assert_true(summary->passed_over_listed >= 2);
    assert_int_equal(summary->passed_over_listed, summary->passed_over_count);
    assert_string_equal(summary->passed_over[0].file, "/no such file");
    assert_string_equal(summary->passed_over[0].what, "not_read");
    assert_string_equal(summary->passed_over[1].what, "no_evidence");
    assert_non_null(strstr(summary->passed_over[1].why, "of no kind"));
    ak_analysis_free(analysis);
}

static void counts_what_it_read(void **state)
{
    (void)state;
    struct heard heard;
    struct ak_analysis *analysis = begin(&heard);
    read_path(analysis, AK_TEST_GOLDEN "/clients-fail-alert70-ted/capture.pcap");
    assert_int_equal(ak_analysis_finish(analysis), 1);
    const struct ak_summary *summary = ak_analysis_summary(analysis);
    assert_int_equal(heard.conversations, 1);
    assert_int_equal(summary->files, 1);
    assert_int_equal(summary->outcomes[AK_OUTCOME_FAILED], 1);
    assert_int_equal(summary->findings[AK_SEVERITY_ERROR], 1);
    assert_int_equal(summary->totals->conversations, 1);
    assert_string_equal(ak_analysis_finding(analysis, 0)->rule->id, "no-common-version");
    assert_false(ak_analysis_partly(analysis));
    ak_analysis_free(analysis);
}

static void counts_what_it_could_not_read(void **state)
{
    (void)state;
    struct heard heard;
    struct ak_analysis *analysis = begin(&heard);
    read_path(analysis, AK_TEST_GOLDEN "/no such file");
    assert_int_equal(ak_analysis_finish(analysis), 0);
    assert_int_equal(heard.problems, 1);
    assert_int_equal(ak_analysis_summary(analysis)->unreadable_files, 1);
    assert_int_equal(ak_analysis_summary(analysis)->files, 0);
    assert_true(ak_analysis_partly(analysis));
    ak_analysis_free(analysis);
    ak_analysis_free(NULL);
}

static void answers_why_not(void **state)
{
    (void)state;
    struct heard heard;
    struct ak_analysis *analysis = begin(&heard);
    ak_analysis_ask(analysis, ak_rule_find("no-common-suite"), 1, on_why_not, &heard);
    read_path(analysis, AK_TEST_GOLDEN "/clients-fail-alert70-ted/capture.pcap");
    (void)ak_analysis_finish(analysis);
    assert_int_equal(heard.answers, 1);
    ak_analysis_free(analysis);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_what_it_passed_over),
        cmocka_unit_test(counts_what_it_read),
        cmocka_unit_test(counts_what_it_could_not_read),
        cmocka_unit_test(answers_why_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
