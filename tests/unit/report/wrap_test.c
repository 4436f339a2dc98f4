/* SPDX-License-Identifier: Apache-2.0 */
#include "report/wrap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "report/words.h"
#include "support/parser_check.h"

static void characters_have_columns(void **state)
{
    (void)state;
    static const struct {
        unsigned c, columns;
    } rows[] = {
        {'a', 1},    {0xe4, 1},   {0x300, 0},   {0x36f, 0},   {0x3b1, 1},   {0x1100, 2},
        {0x200b, 0}, {0x2010, 1}, {0x3000, 2},  {0x303f, 1},  {0x3042, 2},  {0x30fc, 2},
        {0x3099, 0}, {0x4e00, 2}, {0x9fff, 2},  {0xac00, 2},  {0xff01, 2},  {0xff61, 1},
        {0xff9e, 1}, {0xfe0f, 0}, {0x1f600, 2}, {0x20000, 2}, {0x10000, 1},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++)
        assert_int_equal(ak_char_columns(rows[i].c), rows[i].columns);
}

static void texts_have_columns(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t columns;
    } rows[] = {
        {"", 0},
        {"abc", 3},
        {"\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e", 6},
        {"a\xe6\x97\xa5z", 4},
        {"\xc3\xa4", 1},
        {"a\xcc\x88", 1},    /* a and a combining mark */
        {"\xef\xbd\xb1", 1}, /* half-width katakana */
        {"\xe6\x97", 2},
        {"\xff", 1},
        {"\x80", 1},
        {"\xe6", 1},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_bytes copy = ak_bytes_copy(rows[i].text, strlen(rows[i].text) + 1);
        assert_int_equal(ak_text_columns((const char *)copy.at), rows[i].columns);
        ak_bytes_free(&copy);
    }
}

struct row {
    const char *text;
    size_t at, indent, width;
    const char *lines;
};

static void lines_break_at_blanks(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"", 0, 0, 10, "\n"},
        {"one", 0, 0, 10, "one\n"},
        {"one two three four", 0, 0, 10, "one two\nthree four\n"},
        {"one two three four", 0, 0, 9, "one two\nthree\nfour\n"},
        {"one two three four", 0, 2, 10, "one two\n  three\n  four\n"},
        {"one two three four", 5, 5, 12, "one two\n     three\n     four\n"},
        {"one two", 4, 0, 10, "one\ntwo\n"},
        {"  one   two  ", 0, 0, 10, "one two\n"},
        {"one\ntwo", 0, 0, 10, "one two\n"},
        {"incomprehensible", 0, 2, 10, "incomprehensible\n"}, /* no place to break */
        {"one incomprehensible word", 0, 2, 10, "one\n  incomprehensible\n  word\n"},
        {"1234567890 x", 0, 0, 10, "1234567890\nx\n"},
        {"an incomprehensible word", 0, 2, 10, "an\n  incomprehensible\n  word\n"},
        {"no answer for 6 s", 14, 16, 80, "no answer for 6 s\n"}, /* a word as wide as the indent */
        {"aaaaaaaa bbbbbb cc", 10, 4, 20, "aaaaaaaa\n    bbbbbb cc\n"}, /* the first column again */
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_text out;
        ak_text_init(&out, 1000);
        ak_wrap(&out, rows[i].text, rows[i].at, rows[i].indent, rows[i].width);
        assert_string_equal(ak_text_string(&out), rows[i].lines);
        ak_text_release(&out);
    }
}

#define NICHI "\xe6\x97\xa5"
#define HON "\xe6\x9c\xac"
#define GO "\xe8\xaa\x9e"
#define STOP "\xe3\x80\x82"

static void lines_break_between_wide_characters(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {NICHI HON GO, 0, 0, 6, NICHI HON GO "\n"},
        {NICHI HON GO, 0, 0, 5, NICHI HON "\n" GO "\n"},
        {NICHI HON GO, 0, 2, 4, NICHI HON "\n  " GO "\n"},
        {NICHI HON GO STOP NICHI, 0, 0, 6, NICHI HON "\n" GO STOP NICHI "\n"}, /* 。 never leads */
        {"TLS 1.2 " NICHI HON, 0, 0, 9, "TLS 1.2\n" NICHI HON "\n"},
        {NICHI "abc" HON, 0, 0, 6, NICHI "abc\n" HON "\n"},
        {NICHI " " HON, 0, 0, 10, NICHI " " HON "\n"},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_text out;
        ak_text_init(&out, 1000);
        ak_wrap(&out, rows[i].text, rows[i].at, rows[i].indent, rows[i].width);
        assert_string_equal(ak_text_string(&out), rows[i].lines);
        ak_text_release(&out);
    }
}

/* The longest run that may not be broken: narrow characters up to a blank. */
static size_t longest_word(const char *text)
{
    size_t longest = 2, here = 0;
    for (const char *p = text; *p != '\0'; p++) {
        bool breaks = *p == ' ' || *p == '\n' || (*p & 0x80) != 0;
        here = breaks ? 0 : here + 1;
        longest = here > longest ? here : longest;
    }
    return longest + 4; /* what may stick to it */
}

static void check_width(const char *text, size_t indent, size_t width)
{
    struct ak_text out;
    ak_text_init(&out, 65536);
    ak_wrap(&out, text, indent, indent, width);
    const char *p = ak_text_string(&out);
    for (size_t at = indent; *p != '\0'; at = 0) {
        size_t n = strcspn(p, "\n");
        char line[4096];
        assert_true(n < sizeof line && p[n] == '\n');
        memcpy(line, p, n);
        line[n] = '\0';
        if (at + ak_text_columns(line) > width)
            fail_msg("more than %zu columns: %s", width, line);
        assert_true(n == 0 || line[n - 1] != ' ');
        p += n + 1;
    }
    ak_text_release(&out);
}

/* No line over the width: of every cause and remedy, in both languages. */
static void no_line_is_wider_than_asked(void **state)
{
    (void)state;
    static const size_t widths[] = {60, 72, 80, 100, 132};
    for (size_t i = 0; ak_rule_words_at(i) != NULL; i++)
        for (int lang = 0; lang < AK_LANG_COUNT; lang++)
            for (size_t w = 0; w < AK_COUNT(widths); w++) {
                const struct ak_rule_words *words = ak_rule_words_at(i);
                for (size_t k = 0; k <= words->remedy_count; k++) {
                    const char *text = k < words->remedy_count ? words->remedies[k].action[lang]
                                                               : words->cause[lang];
                    if (longest_word(text) + 14 <= widths[w])
                        check_width(text, 14, widths[w]);
                }
            }
}

/* Nothing but blanks and line ends is lost or added. */
static void all_words_stay(void **state)
{
    (void)state;
    for (size_t i = 0; ak_rule_words_at(i) != NULL; i++)
        for (int lang = 0; lang < AK_LANG_COUNT; lang++) {
            const char *in = ak_rule_words_at(i)->cause[lang];
            struct ak_text out;
            ak_text_init(&out, 65536);
            ak_wrap(&out, in, 0, 4, 40);
            const char *p = ak_text_string(&out);
            for (;;) {
                in += strspn(in, " \n");
                p += strspn(p, " \n");
                if (*in == '\0')
                    break;
                assert_int_equal(*in++, *p++);
            }
            assert_int_equal(*p, '\0');
            ak_text_release(&out);
        }
}

static void wire_text_is_made_harmless(void **state)
{
    (void)state;
#define BAD "\xef\xbf\xbd"
    static const struct {
        const char *in, *out;
    } rows[] = {
        {"", ""},
        {"plain \"text\"", "plain \"text\""},
        {"\x1b[31mred", BAD "[31mred"},
        {"a\tb\nc\rd", "a" BAD "b" BAD "c" BAD "d"},
        {"\x7f", BAD},
        {"\xc2\x80\xc2\x9b\xc2\x9f\xc2\xa0", BAD BAD BAD "\xc2\xa0"},
        {"\xe2\x80\x8e\xe2\x80\xae\xe2\x80\xa8\xe2\x81\xa9", BAD BAD BAD BAD},
        {"\xe2\x80\x90\xe2\x81\xaa", "\xe2\x80\x90\xe2\x81\xaa"},
        {NICHI HON, NICHI HON},
        {"\x9b"
         "31m",
         BAD "31m"}, /* a C1 control as one byte: some terminals obey */
        {"\xff\xe6\x97", BAD BAD BAD},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_text out;
        struct ak_bytes copy = ak_bytes_copy(rows[i].in, strlen(rows[i].in) + 1);
        ak_text_init(&out, 1000);
        ak_safe_text(&out, (const char *)copy.at);
        assert_string_equal(ak_text_string(&out), rows[i].out);
        ak_text_release(&out);
        ak_bytes_free(&copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(characters_have_columns),
        cmocka_unit_test(texts_have_columns),
        cmocka_unit_test(lines_break_at_blanks),
        cmocka_unit_test(lines_break_between_wide_characters),
        cmocka_unit_test(no_line_is_wider_than_asked),
        cmocka_unit_test(all_words_stay),
        cmocka_unit_test(wire_text_is_made_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
