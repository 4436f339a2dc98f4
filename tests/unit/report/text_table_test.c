/* SPDX-License-Identifier: Apache-2.0 */
#include "report/text_report.h"

#include "base/alloc.h"
#include "report/wrap.h"
#include "support/report.h"

static const struct ak_text_style english = {AK_LANG_EN, false, false, 200};
static const struct ak_text_style japanese = {AK_LANG_JA, false, false, 200};

static struct known failed(uint64_t id)
{
    struct known k;
    known_begin(&k, AK_PROTOCOL_TDS, AK_OUTCOME_FAILED, AK_STAGE_P3, AK_SIDE_SERVER, AK_CLOSE_FIN);
    k.c.id = id;
    ak_letters_add(&k.c.letters, AK_SIDE_CLIENT, AK_LETTER_S, 0);
    ak_letters_add(&k.c.letters, AK_SIDE_SERVER, AK_LETTER_SA, 0);
    return k;
}

static void print(const struct ak_text_style *style, const struct ak_text_table *table)
{
    ak_text_clear(&out);
    ak_text_table_print(style, table, &out);
}

/* The n-th line, from 0, without its end. */
static const char *line_at(unsigned n)
{
    static char line[1024];
    const char *p = text();
    for (; n > 0; n--) {
        p = strchr(p, '\n');
        assert_non_null(p);
        p++;
    }
    size_t size = strcspn(p, "\n");
    assert_true(size < sizeof line);
    memcpy(line, p, size);
    line[size] = '\0';
    return line;
}

/* Columns before this part of the line. */
static size_t column_of(const char *line, const char *part)
{
    char before[1024];
    const char *at = strstr(line, part);
    if (at == NULL)
        fail_msg("'%s' is not in: %s", part, line);
    memcpy(before, line, (size_t)(at - line));
    before[at - line] = '\0';
    return ak_text_columns(before);
}

/* ---- the table ---- */

static void rows_are_those_that_went_wrong(void **state)
{
    (void)state;
    static const struct {
        enum ak_outcome outcome;
        enum ak_stage stage;
        enum ak_close close;
        bool clear, shown;
    } rows[] = {
        {AK_OUTCOME_ESTABLISHED, AK_STAGE_P7, AK_CLOSE_FIN, false, false},
        {AK_OUTCOME_ESTABLISHED, AK_STAGE_P6, AK_CLOSE_RST, false, true},
        {AK_OUTCOME_ESTABLISHED, AK_STAGE_P5B, AK_CLOSE_NONE, false, false},
        {AK_OUTCOME_FAILED, AK_STAGE_P3, AK_CLOSE_FIN, false, true},
        {AK_OUTCOME_REFUSED, AK_STAGE_P0, AK_CLOSE_RST, false, true},
        {AK_OUTCOME_UNANSWERED, AK_STAGE_P0, AK_CLOSE_TIMEOUT, false, true},
        {AK_OUTCOME_PLAINTEXT, AK_STAGE_P7, AK_CLOSE_FIN, true, true},
        {AK_OUTCOME_PLAINTEXT, AK_STAGE_P7, AK_CLOSE_FIN, false, false},
        {AK_OUTCOME_INCOMPLETE, AK_STAGE_P3, AK_CLOSE_NONE, false, false},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++)
        for (int all = 0; all < 2; all++) {
            struct ak_text_style style = {AK_LANG_EN, false, all, 200};
            struct ak_text_table *table = ak_text_table_new(&style);
            struct known k;
            known_begin(&k, AK_PROTOCOL_TDS, rows[i].outcome, rows[i].stage, AK_SIDE_SERVER,
                        rows[i].close);
            k.c.cleartext_login = rows[i].clear;
            ak_letters_add(&k.c.letters, AK_SIDE_CLIENT, AK_LETTER_S, 0);
            ak_letters_add(&k.c.letters, AK_SIDE_SERVER, AK_LETTER_SA, 0);
            ak_text_table_add(table, &k.c);
            print(&style, table);
            if (rows[i].shown || all) {
                assert_has("192.0.2.5:50000");
                assert_has("22:13:20.000");
                assert_has("2023-11-14 UTC");
                assert_has(">S <SA\n");
            } else {
                assert_string_equal(text(), "");
            }
            ak_text_table_free(table);
        }
}

/* Fields stand under their names; wide characters in the head count two columns. */
static void columns_are_aligned(void **state)
{
    (void)state;
    static const struct {
        const struct ak_text_style *style;
        const char *start, *client, *outcome, *packets;
    } rows[] = {
        {&english, "start", "client", "outcome", "packets"},
        {&japanese, "\xe9\x96\x8b\xe5\xa7\x8b", "\xe3\x82\xaf\xe3\x83\xa9\xe3\x82\xa4",
         "\xe7\xb5\x90\xe6\x9e\x9c", "\xe3\x83\x91\xe3\x82\xb1"},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_text_table *table = ak_text_table_new(rows[i].style);
        struct known short_one = failed(1), long_one = failed(1234567);
        long_one.c.end[AK_SIDE_CLIENT].version = 6;
        memset(long_one.c.end[AK_SIDE_CLIENT].address, 0x20, 16);
        long_one.c.outcome = AK_OUTCOME_UNANSWERED;
        ak_text_table_add(table, &short_one.c);
        ak_text_table_add(table, &long_one.c);
        print(rows[i].style, table);
        char head[1024];
        assert_string_equal(line_at(0), "");
        (void)snprintf(head, sizeof head, "%s", line_at(2));
        for (unsigned line = 3; line < 5; line++) {
            bool first = line == 3;
            const char *row = line_at(line);
            const char *client = first ? "192.0.2.5:50000" : "[2020:2020:";
            const char *outcome = first ? "failed" : "unanswered";
            assert_int_equal(strncmp(row, first ? "1  " : "1234567  ", first ? 3 : 9), 0);
            assert_int_equal(column_of(row, "22:13:20.000"), column_of(head, rows[i].start));
            assert_int_equal(column_of(row, client), column_of(head, rows[i].client));
            assert_int_equal(column_of(row, outcome), column_of(head, rows[i].outcome));
            assert_int_equal(column_of(row, ">S <SA"), column_of(head, rows[i].packets));
        }
        ak_text_table_free(table);
    }
}

static void an_empty_table_is_nothing(void **state)
{
    (void)state;
    struct ak_text_table *table = ak_text_table_new(&english);
    print(&english, table);
    assert_string_equal(text(), "");
    ak_text_table_free(table);
    ak_text_table_free(NULL);
}

/* Rows keep their order; the date is that of the earliest. */
static void the_date_is_the_earliest(void **state)
{
    (void)state;
    struct ak_text_table *table = ak_text_table_new(&english);
    struct known late = failed(2), early = failed(1), dead = failed(3);
    late.c.first_time += INT64_C(3) * 86400 * 1000000000;
    dead.c.first_time = 0; /* healthy: it has no row and no say */
    dead.c.outcome = AK_OUTCOME_INCOMPLETE;
    ak_text_table_add(table, &dead.c);
    ak_text_table_add(table, &late.c);
    ak_text_table_add(table, &early.c);
    print(&english, table);
    assert_string_equal(line_at(1), "Conversations that did not go well (--all shows every one), "
                                    "2023-11-14 UTC");
    assert_int_equal(line_at(3)[0], '2');
    assert_int_equal(line_at(4)[0], '1');
    assert_has_not("1970");
    ak_text_table_free(table);
}

static void colours_stand_round_the_head(void **state)
{
    (void)state;
    struct ak_text_style color = english;
    struct ak_text_table *table = ak_text_table_new(&english);
    struct known k = failed(1);
    ak_text_table_add(table, &k.c);
    print(&english, table);
    assert_has_not("\033");
    color.color = true;
    print(&color, table);
    assert_has("\n\033[1m#");
    assert_has("packets\n\033[0m1");
    ak_text_table_free(table);
}

static unsigned rows_printed(void)
{
    unsigned rows = 0;
    for (const char *p = text(); (p = strstr(p, "192.0.2.5:50000")) != NULL; p++)
        rows++;
    return rows;
}

static void rows_are_bounded(void **state)
{
    (void)state;
    struct ak_text_table *table = ak_text_table_new(&english);
    for (uint64_t i = 0; i < AK_MAX_TABLE_ROWS + 3; i++) {
        struct known k = failed(i + 1);
        ak_text_table_add(table, &k.c);
        if (i + 1 == AK_MAX_TABLE_ROWS) {
            print(&english, table);
            assert_int_equal(rows_printed(), AK_MAX_TABLE_ROWS);
            assert_has_not("more:");
        }
    }
    print(&english, table);
    assert_int_equal(rows_printed(), AK_MAX_TABLE_ROWS);
    assert_has("\n2000  ");
    assert_has_not("\n2001  ");
    assert_has("... and 3 more: --format=jsonl lists all\n");
    print(&japanese, table);
    assert_has_not("more:");
    assert_has(" 3 ");
    ak_text_table_free(table);
}

static void narrow_tables_keep_to_the_width(void **state)
{
    (void)state;
    struct known k = failed(1);
    memset(&k.c.letters, 0, sizeof k.c.letters);
    for (unsigned i = 0; i < AK_LETTERS_HEAD; i++) /* another detail, so that they stay apart */
        ak_letters_add(&k.c.letters, AK_SIDE_CLIENT, AK_LETTER_AP, i % 2);
    for (size_t width = 60; width <= 220; width += 20) {
        struct ak_text_style style = {AK_LANG_EN, false, false, width};
        struct ak_text_table *table = ak_text_table_new(&style);
        ak_text_table_add(table, &k.c);
        print(&style, table);
        size_t words = 0;
        for (const char *p = text(); (p = strstr(p, ">AP")) != NULL; p++)
            words++;
        assert_int_equal(words, AK_LETTERS_HEAD);
        for (const char *p = strstr(text(), ">AP"); p != NULL && *p != '\0';) {
            size_t size = strcspn(p, "\n");
            assert_true(size <= width);
            p += size + 1;
        }
        ak_text_table_free(table);
    }
}

#ifdef AK_TORTURE
/* A row is whole or counted as left out. */
static void want_of_memory_leaves_rows_out(void **state)
{
    (void)state;
    unsigned long made = 1;
    unsigned lost = 0;
    for (unsigned long n = 1; n <= made + 1; n++) {
        (void)ak_alloc_fail_after(n);
        struct ak_text_table *table = ak_text_table_new(&english);
        for (uint64_t i = 0; table != NULL && i < 40; i++) {
            struct known k = failed(i + 1);
            ak_text_table_add(table, &k.c);
        }
        made = ak_alloc_fail_after(0);
        if (table == NULL)
            continue;
        print(&english, table);
        unsigned rows = rows_printed(), whole = 0;
        for (const char *p = text(); (p = strstr(p, ">S <SA\n")) != NULL; p++)
            whole++;
        assert_int_equal(rows, whole);
        char more[64];
        (void)snprintf(more, sizeof more, "... and %u more", 40 - rows);
        if (rows < 40)
            assert_has(more);
        lost += rows < 40;
        ak_text_table_free(table);
    }
    assert_true(lost > 0);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_those_that_went_wrong),
        cmocka_unit_test(columns_are_aligned),
        cmocka_unit_test(an_empty_table_is_nothing),
        cmocka_unit_test(the_date_is_the_earliest),
        cmocka_unit_test(colours_stand_round_the_head),
        cmocka_unit_test(rows_are_bounded),
        cmocka_unit_test(narrow_tables_keep_to_the_width),
#ifdef AK_TORTURE
        cmocka_unit_test(want_of_memory_leaves_rows_out),
#endif
    };
    return cmocka_run_group_tests(tests, begin_output, end_output);
}
