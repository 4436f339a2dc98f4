/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/collect_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/utf16.h"
#include "support/parser_check.h"

static void check(const char *text, enum ak_verdict verdict, size_t count)
{
    struct ak_bytes copy = ak_bytes_copy(text, strlen(text));
    struct ak_collect_line line;
    enum ak_verdict got = ak_collect_line_parse(ak_bytes_span(&copy), &line);
    if (got != verdict || line.count != count)
        fail_msg("%s: verdict %d, %zu fields", text, (int)got, line.count);
    ak_bytes_free(&copy);
}

static void tells_whole_lines_from_others(void **state)
{
    (void)state;
    check("server|build=16.0|edition=|", AK_VERDICT_PARSED, 2);
    check("  end|lines=3|  \r", AK_VERDICT_PARSED, 1);
    check("end|", AK_VERDICT_PARSED, 0);
    check("server|build=16.0|edition=x", AK_VERDICT_SHORT, 1);
    check("server|build=16.0|edition", AK_VERDICT_SHORT, 1);
    check("server|build|", AK_VERDICT_BAD, 0);
    check("server||", AK_VERDICT_BAD, 0);
    check("server|=x|", AK_VERDICT_BAD, 0);
    check("server|a=1|a=2|", AK_VERDICT_BAD, 1);
    check("server|A=1|", AK_VERDICT_BAD, 0);
    check("", AK_VERDICT_UNKNOWN, 0);
    check("-----", AK_VERDICT_UNKNOWN, 0);
    check("(3 rows affected)", AK_VERDICT_UNKNOWN, 0);
    check("Msg 297, Level 16|x=1|", AK_VERDICT_UNKNOWN, 0);
    check("|a=1|", AK_VERDICT_UNKNOWN, 0);
}

static void takes_no_more_fields_than_it_has_room_for(void **state)
{
    (void)state;
    char text[8 * (AK_COLLECT_FIELDS + 1) + 8] = "x|";
    for (int i = 0; i < AK_COLLECT_FIELDS; i++)
        (void)snprintf(text + strlen(text), sizeof text - strlen(text), "k%d=v|", i);
    check(text, AK_VERDICT_PARSED, AK_COLLECT_FIELDS);
    (void)snprintf(text + strlen(text), sizeof text - strlen(text), "z=v|");
    check(text, AK_VERDICT_BAD, AK_COLLECT_FIELDS);
}

static void decodes_what_is_written_in_codes(void **state)
{
    (void)state;
    static const struct {
        const char *raw, *decoded;
    } rows[] = {{"a%7Cb", "a|b"},
                {"a%7cb", "a|b"},
                {"100%25", "100%"},
                {"%0D%0A", "\r\n"},
                {"%2541", "%41"},
                {"%41", "%41"},
                {"%", "%"},
                {"%2", "%2"},
                {"%E3%81", "%E3%81"},
                {"%zz", "%zz"},
                {"", ""},
                {"a=b", "a=b"},
                {"\xe6\x97\xa5", "\xe6\x97\xa5"}};
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_bytes copy = ak_bytes_copy(rows[i].raw, strlen(rows[i].raw));
        struct ak_text out;
        ak_text_init(&out, 1000);
        ak_collect_value(ak_bytes_span(&copy), &out);
        assert_string_equal(ak_text_string(&out), rows[i].decoded);
        ak_text_release(&out);
        ak_bytes_free(&copy);
    }
}

static void finds_fields_by_name(void **state)
{
    (void)state;
    static const char text[] = "ring|a=1|ab=2|";
    struct ak_span span = {(const uint8_t *)text, sizeof text - 1};
    struct ak_collect_line line;
    assert_int_equal(ak_collect_line_parse(span, &line), AK_VERDICT_PARSED);
    ak_assert_text(line.name, "ring");
    ak_assert_text(*ak_collect_line_find(&line, "ab"), "2");
    assert_null(ak_collect_line_find(&line, "abc"));
    assert_null(ak_collect_line_find(&line, ""));
}

static void parse_damaged(struct ak_span bytes, void *context)
{
    struct ak_collect_line line;
    (void)context;
    if (ak_collect_line_parse(bytes, &line) == AK_VERDICT_UNKNOWN)
        return;
    ak_assert_inside(bytes, line.name);
    for (size_t i = 0; i < line.count; i++) {
        struct ak_text out;
        ak_assert_inside(bytes, line.field[i].key);
        ak_assert_inside(bytes, line.field[i].value);
        ak_text_init(&out, 1000);
        ak_collect_value(line.field[i].value, &out);
        assert_true(out.size <= line.field[i].value.size);
        ak_text_release(&out);
    }
}

static void survives_damage(void **state)
{
    (void)state;
    static const char text[] = "linked|name=A%7CB|provider=%25x|source=%0D|last=|";
    struct ak_span span = {(const uint8_t *)text, sizeof text - 1};
    ak_each_damage(span, parse_damaged, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_whole_lines_from_others),
        cmocka_unit_test(takes_no_more_fields_than_it_has_room_for),
        cmocka_unit_test(decodes_what_is_written_in_codes),
        cmocka_unit_test(finds_fields_by_name),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
