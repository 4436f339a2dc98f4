/* A hand-over capture holds the conversations of its findings, and whole servers where they count.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include "library/handover.h"

#include "support/temporary.h"

#include "base/alloc.h"
#include "base/attr.h"

static void on_conversation(void *context, const struct ak_conversation *c)
{
    (void)context;
    (void)c;
}

static void on_problem(void *context, enum ak_problem problem, const char *path,
                       const struct ak_error *error)
{
    (void)context;
    (void)problem;
    (void)path;
    (void)error;
}

static struct ak_handover_result hand_over(char *path, struct ak_handover_options *options,
                                           enum ak_err expected)
{
    struct ak_analysis_listener listener = {NULL, on_conversation, on_problem, NULL, NULL, NULL,
                                            NULL};
    struct ak_analysis *analysis = ak_analysis_new(&listener);
    struct ak_handover_result result;
    struct ak_error error;
    assert_non_null(analysis);
    options->paths = &path;
    options->path_count = 1;
    struct ak_handover *handover = ak_handover_new(analysis, options);
    assert_non_null(handover);
    assert_int_equal(ak_analysis_paths(analysis, &path, 1, &error), AK_ERR_NONE);
    (void)ak_analysis_finish(analysis);
    assert_int_equal(ak_handover_write(handover, &result, &error), expected);
    ak_handover_free(handover);
    ak_analysis_free(analysis);
    return result;
}

/* 12 refused among 30 at one server: the finding rests on the window, so all are needed. */
static void a_finding_that_rests_on_others_takes_them_along(void **state)
{
    (void)state;
    struct temporary t;
    char path[] = AK_TEST_GOLDEN "/syn-accept-starvation-fires/capture.pcap";
    static const char *const rule[] = {"accept-starvation"};
    struct ak_handover_options options = {.findings = rule, .finding_count = 1};
    struct ak_handover_options all = {.everything = true};
    temporary_open(&t);
    options.output = temporary_path(&t, "some.pcapng");
    all.output = temporary_path(&t, "all.pcapng");
    struct ak_handover_result some = hand_over(path, &options, AK_ERR_NONE);
    struct ak_handover_result whole = hand_over(path, &all, AK_ERR_NONE);
    assert_int_equal(some.findings, 1);
    assert_true(some.conversations > 1 && some.conversations <= whole.conversations);
    char again[512];
    (void)snprintf(again, sizeof again, "%s", options.output);
    options.output = temporary_path(&t, "again.pcapng");
    struct ak_handover_result third = hand_over(again, &options, AK_ERR_NONE);
    assert_int_equal(third.findings, 1);
    assert_int_equal(third.conversations, some.conversations);
    temporary_close(&t);
}

static void nothing_is_written_without_a_finding(void **state)
{
    (void)state;
    struct temporary t;
    int number;
    char path[] = AK_TEST_GOLDEN "/clients-fail-alert70-ted/capture.pcap";
    static const char *const rule[] = {"no-answer"};
    temporary_open(&t);
    const char *out = temporary_path(&t, "out.pcapng");
    struct ak_handover_options options = {.output = out, .findings = rule, .finding_count = 1};
    struct ak_handover_result result = hand_over(path, &options, AK_ERR_NONE);
    assert_string_equal(result.unknown, "no-answer");
    assert_int_equal(result.findings, 0);
    assert_int_equal(ak_path_kind_of(out, &number), AK_PATH_MISSING);
    temporary_close(&t);
}

static void an_output_that_fails_is_an_error(void **state)
{
    (void)state;
    char path[] = AK_TEST_GOLDEN "/clients-fail-alert70-ted/capture.pcap";
    struct ak_handover_options options = {.output = "/dev/full", .everything = true, .strip = true};
    (void)hand_over(path, &options, AK_ERR_WRITE);
    options.output = "/no/such/folder/out.pcapng";
    (void)hand_over(path, &options, AK_ERR_OPEN);
}

/* One attempt in which anything may fail for want of memory: nothing leaks, nothing is left. */
static void attempt(char *path, struct ak_handover_options *options)
{
    struct ak_analysis_listener listener = {NULL, on_conversation, on_problem, NULL, NULL, NULL,
                                            NULL};
    struct ak_analysis *analysis = ak_analysis_new(&listener);
    struct ak_handover *handover = analysis ? ak_handover_new(analysis, options) : NULL;
    struct ak_handover_result result;
    struct ak_error error;
    if (handover != NULL && ak_analysis_paths(analysis, &path, 1, &error) == AK_ERR_NONE) {
        (void)ak_analysis_finish(analysis);
        (void)ak_handover_write(handover, &result, &error);
    }
    ak_handover_free(handover);
    ak_analysis_free(analysis);
}

static void every_failing_allocation_is_survived(void **state)
{
    (void)state;
    struct temporary t;
    char path[] = AK_TEST_GOLDEN "/clients-fail-rst-after-cke-ted/capture.pcap";
    char *paths[] = {path};
    struct ak_handover_options options = {
        .paths = paths, .path_count = 1, .least = AK_SEVERITY_ERROR, .key = "torture"};
    temporary_open(&t);
    options.output = temporary_path(&t, "out.pcapng");
    (void)ak_alloc_fail_after(0);
    attempt(path, &options);
    unsigned long requests = ak_alloc_fail_after(0);
    for (unsigned long n = 1; n <= requests; n++) {
        (void)remove(options.output);
        (void)ak_alloc_fail_after(n);
        attempt(path, &options);
        (void)ak_alloc_fail_after(0);
        char **names;
        size_t count;
        assert_int_equal(ak_directory_names(t.path, &names, &count, NULL), AK_ERR_NONE);
        assert_true(count == 0 || (count == 1 && strcmp(names[0], "out.pcapng") == 0));
        ak_names_free(names, count);
    }
    temporary_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_finding_that_rests_on_others_takes_them_along),
        cmocka_unit_test(nothing_is_written_without_a_finding),
        cmocka_unit_test(an_output_that_fails_is_an_error),
        cmocka_unit_test(every_failing_allocation_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
