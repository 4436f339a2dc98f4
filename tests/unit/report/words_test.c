// SPDX-License-Identifier: Apache-2.0
#include "report/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void both_are_there(const char *const text[AK_LANG_COUNT])
{
    for (int lang = 0; lang < AK_LANG_COUNT; lang++) {
        assert_non_null(text[lang]);
        assert_string_not_equal(text[lang], "");
    }
}

static void check_remedies(const struct ak_rule_words *rule)
{
    for (size_t i = 0; i < rule->remedy_count; i++) {
        const struct ak_remedy_words *remedy = &rule->remedies[i];
        both_are_there(remedy->action);
        assert_non_null(remedy->risk[AK_LANG_EN]);
        assert_non_null(remedy->risk[AK_LANG_JA]);
        assert_string_not_equal(remedy->side, "");
        assert_string_not_equal(remedy->verify, "");
        bool service = strncmp(remedy->restart, "service:", 8) == 0;
        assert_true(service || strcmp(remedy->restart, "none") == 0 ||
                    strcmp(remedy->restart, "host") == 0);
    }
}

static void every_rule_is_whole(void **state)
{
    (void)state;
    size_t count = 0;
    const struct ak_rule_words *previous = NULL;
    for (;; count++) {
        const struct ak_rule_words *rule = ak_rule_words_at(count);
        if (rule == NULL) {
            break;
        }
        assert_ptr_equal(ak_rule_words_find(rule->id), rule);
        both_are_there(rule->title);
        both_are_there(rule->cause);
        both_are_there(rule->page);
        check_remedies(rule);
        assert_true(previous == NULL || strcmp(previous->id, rule->id) < 0);
        previous = rule;
    }
    assert_true(count > 0);
    assert_null(ak_rule_words_at(count + 1));
    assert_null(ak_rule_words_at(SIZE_MAX));
}

static void a_known_rule_is_found(void **state)
{
    (void)state;
    const struct ak_rule_words *rule = ak_rule_words_find("no-common-version");
    assert_non_null(rule);
    assert_string_equal(rule->severity, "error");
    assert_true(rule->remedy_count > 0);
    assert_null(ak_rule_words_find(""));
    assert_null(ak_rule_words_find("no-common-versio"));
    assert_null(ak_rule_words_find("no-common-version-"));
}

static void every_next_step_is_whole(void **state)
{
    (void)state;
    size_t count = 0;
    for (; ak_next_words_at(count) != NULL; count++) {
        const struct ak_next_words *next = ak_next_words_at(count);
        assert_ptr_equal(ak_next_words_find(next->id), next);
        assert_string_not_equal(next->side, "");
        both_are_there(next->text);
    }
    assert_true(count > 0);
    assert_null(ak_next_words_find("no-such-step"));
}

static void every_error_text_is_whole(void **state)
{
    (void)state;
    size_t count = 0;
    for (; ak_error_text_at(count) != NULL; count++) {
        const struct ak_error_text *text = ak_error_text_at(count);
        both_are_there(text->text);
        assert_string_not_equal(text->id, "");
        assert_string_not_equal(text->close, "");
        assert_in_range(text->stage_from, 0, 8);
        assert_in_range(text->stage_to, text->stage_from, 8);
    }
    assert_true(count > 0);
    assert_null(ak_error_text_at(SIZE_MAX));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_rule_is_whole),
        cmocka_unit_test(a_known_rule_is_found),
        cmocka_unit_test(every_next_step_is_whole),
        cmocka_unit_test(every_error_text_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
