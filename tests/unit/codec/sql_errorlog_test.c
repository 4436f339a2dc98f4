/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/sql_errorlog.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/limits.h"
#include "support/parser_check.h"

static struct ak_span span_of(const char *text)
{
    struct ak_span span = {(const uint8_t *)text, strlen(text)};
    return span;
}

static void write_line(void *context, const struct ak_errorlog_line *line)
{
    struct ak_text *out = context;
    ak_text_format(out, "%d%s%s%s", (int)line->number,
                   !line->record ? " more"
                   : line->agent ? " agent"
                                 : " record",
                   line->cut ? " cut" : "", line->record ? " <" : "");
    ak_text_bytes(out, line->stamp.bytes, line->stamp.size);
    if (line->record)
        ak_text_add(out, "><");
    ak_text_bytes(out, line->source.bytes, line->source.size);
    ak_text_add(out, line->record ? "><" : " <");
    ak_text_bytes(out, line->text.bytes, line->text.size < 40 ? line->text.size : 40);
    ak_text_add(out, ">\n");
}

static void expect(const char *text, const char *expected)
{
    struct ak_bytes b = ak_bytes_copy(text, strlen(text));
    struct ak_errorlog log;
    struct ak_text out;
    ak_errorlog_init(&log, AK_LOG_BYTES);
    ak_text_init(&out, 65536);
    assert_int_equal(ak_errorlog_feed(&log, ak_bytes_span(&b), true, write_line, &out), b.size);
    assert_string_equal(ak_text_string(&out), expected);
    ak_text_release(&out);
    ak_bytes_free(&b);
}

#define T "2024-05-01 12:00:00"

static void lines_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        const char *text, *expected;
    } rows[] = {
        {"", ""},
        {T ".12 Server      text\r\n", "1 record <" T ".12><Server><text>\n"},
        {T ".12 spid7s      a  b\n", "1 record <" T ".12><spid7s><a  b>\n"},
        {T ".12 spid12345s  text", "1 record <" T ".12><spid12345s><text>\n"},
        {T ".12 spid1234567 text", "1 record <" T ".12><spid1234567><text>\n"},
        {T ".690 Server       text", "1 record <" T ".690><Server><text>\n"}, /* milliseconds */
        {T ".12 Service Broker manager  x", "1 record <" T ".12><Service Broker><manager  x>\n"},
        {T ".12 Server      a\n\tb\n", "1 record <" T ".12><Server><a>\n2 more <\tb>\n"},
        {"\n" T " - ! [298] SQLServer Error", "1 more <>\n2 agent <" T "><298><SQLServer Error>\n"},
        {T " - x [298] y", "1 more <" T " - x [298] y>\n"},
        {T " - ! [] y", "1 more <" T " - ! [] y>\n"},
        {T " - ! [1234567] y", "1 more <" T " - ! [1234567] y>\n"},
        {T ".1 Server      a", "1 more <" T ".1 Server      a>\n"},
        {T ".12  Server      a", "1 more <" T ".12  Server      a>\n"},
        {T ".12 Serverblankless", "1 more <" T ".12 Serverblankless>\n"},
        {"2024/05/01 12:00:00.12 Server      a", "1 more <2024/05/01 12:00:00.12 Server      a>\n"},
        {"x" T ".12 Server      a", "1 more <x" T ".12 Server      a>\n"},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++)
        expect(rows[i].text, rows[i].expected);
}

/* However the text is cut into pieces, the same lines come out of it. */
static void pieces_make_the_same_lines(void **state)
{
    (void)state;
    static const char text[] = T ".12 Server      a\r\n\tb\r\n" T ".13 Logon       c\r\n";
    static const char expected[] =
        "1 record <" T ".12><Server><a>\n2 more <\tb>\n3 record <" T ".13><Logon><c>\n";
    for (size_t piece = 1; piece < sizeof text; piece++) {
        struct ak_errorlog log;
        struct ak_text out;
        size_t start = 0;
        ak_errorlog_init(&log, AK_LOG_BYTES);
        ak_text_init(&out, 65536);
        for (size_t end = 0; end < sizeof text - 1;) {
            end = end + piece < sizeof text - 1 ? end + piece : sizeof text - 1;
            struct ak_bytes b = ak_bytes_copy(text + start, end - start);
            start +=
                ak_errorlog_feed(&log, ak_bytes_span(&b), end == sizeof text - 1, write_line, &out);
            ak_bytes_free(&b);
        }
        assert_string_equal(ak_text_string(&out), expected);
        assert_int_equal(log.records, 2);
        ak_text_release(&out);
    }
}

/* What is longer than the limit is told once, and the line behind it is whole. */
static void long_lines_are_cut(void **state)
{
    (void)state;
    size_t size = AK_MAX_LOG_LINE * 3;
    char *text = malloc(size + 64);
    struct ak_text out;
    memcpy(text, T ".12 Server      ", 35);
    memset(text + 35, 'x', size - 35);
    int n = snprintf(text + size, 64, "\n%s.13 Logon       c\n", T);
    for (size_t piece = 1000; piece <= size + 64; piece *= 4) {
        struct ak_errorlog log;
        size_t start = 0, all = size + (size_t)n;
        ak_errorlog_init(&log, AK_LOG_BYTES);
        ak_text_init(&out, 65536);
        for (size_t end = 0; end < all;) {
            end = end + piece < all ? end + piece : all;
            struct ak_span span = {(const uint8_t *)text + start, end - start};
            start += ak_errorlog_feed(&log, span, end == all, write_line, &out);
            assert_true(end - start <= AK_MAX_LOG_LINE);
        }
        assert_string_equal(ak_text_string(&out),
                            "1 record cut <" T
                            ".12><Server><xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx>\n"
                            "2 record <" T ".13><Logon><c>\n");
        assert_int_equal(log.cut_lines, 1);
        ak_text_release(&out);
    }
    free(text);
}

static void times_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *stamp;
        int64_t time; /* -1: none */
    } rows[] = {
        {"1970-01-01 00:00:00.00", 0},
        {"2024-05-01 12:00:00.12", INT64_C(1714564800120000000)},
        {"2024-05-01 12:00:00.123", INT64_C(1714564800123000000)},
        {"2024-02-29 23:59:60", INT64_C(1709251200000000000)},
        {"2024-13-01 12:00:00.12", -1},
        {"2024-05-00 12:00:00.12", -1},
        {"2024-05-01 24:00:00.12", -1},
        {"1969-12-31 23:59:59.99", -1},
        {"9999-12-31 23:59:59.99", -1},
        {"2024-05-01", -1},
        {"", -1},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        int64_t time = -1;
        bool good = ak_errorlog_time(AK_LOG_BYTES, span_of(rows[i].stamp), &time);
        assert_int_equal(good, rows[i].time != -1);
        assert_int_equal(time, rows[i].time);
    }
}

static void errors_need_no_language(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t number, severity, state;
    } rows[] = {
        {"Error: 18456, Severity: 14, State: 8.", 18456, 14, 8},
        {"エラー: 18456、重大度: 14、状態: 8。", 18456, 14, 8},
        {"Erreur : 17806, Gravité : 20, État : 14.", 17806, 20, 14},
        {"Fehler: 17182, Schweregrad: 16, Status: 1.", 17182, 16, 1},
        {"错误: 18456，严重性: 14，状态: 38。", 18456, 14, 38},
        {"Ошибка: 18456, серьезность: 14, состояние: 38.", 18456, 14, 38},
        {"\x83G\x83\x89\x81[: 18456\x81"
         "A\x8f"
         "d\x91\xe5\x93x: 14\x81"
         "A\x8f\xf3\x91\xd4: 8\x81"
         "B",
         18456, 14, 8}, /* code page 932 */
        {"Error: 18456, Severity: 14", 0, 0, 0},
        {"Error: 18456, Severity: 26, State: 1.", 0, 0, 0},
        {"Error: 18456, Severity: 14, State: 256.", 0, 0, 0},
        {"Error: 0, Severity: 14, State: 1.", 0, 0, 0},
        {"Error: 99999999999, Severity: 14, State: 1.", 0, 0, 0},
        {"Error: 18456, Severity: 14, State: 8. and more", 0, 0, 0},
        {"Error 18456, Severity: 14, State: 8.", 0, 0, 0},
        {"Error: 18456, Severity 14, State: 8.", 0, 0, 0},
        {"A long beginning of a text: 18456, Severity: 14, State: 8.", 0, 0, 0},
        {"UTC adjustment: 9:00", 0, 0, 0},
        {"", 0, 0, 0},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        uint32_t n[3];
        bool found = ak_errorlog_is_error(AK_LOG_BYTES, span_of(rows[i].text), n);
        assert_int_equal(found, rows[i].number != 0);
        if (!found)
            continue;
        assert_int_equal(n[0], rows[i].number);
        assert_int_equal(n[1], rows[i].severity);
        assert_int_equal(n[2], rows[i].state);
    }
}

static void logs_are_known_by_their_lines(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool known;
    } rows[] = {
        {T ".12 Server      Microsoft SQL Server 2019", true},
        {"excerpt:\n" T ".12 spid7s      text\n", true},
        {T ".12 サーバー        Microsoft SQL Server 2016", true},
        {T " - ? [100] Microsoft SQLServerAgent version 15.0", true},
        {T ".12 INFO        com.example.Main started\n", false}, /* another program's log */
        {T ".12 spid        text\n", false},
        {T ",123 Server      text\n", false},
        {"just words", false},
        {"", false},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++)
        assert_int_equal(ak_errorlog_is(AK_LOG_BYTES, span_of(rows[i].text)), rows[i].known);
}

static void ignore(void *context, const struct ak_errorlog_line *line)
{
    const struct ak_span *all = context;
    ak_assert_inside(*all, line->stamp);
    ak_assert_inside(*all, line->source);
    ak_assert_inside(*all, line->text);
}

static void survive(struct ak_span bytes, void *context)
{
    (void)context;
    for (int u = AK_LOG_BYTES; u <= AK_LOG_UTF16BE; u++) {
        struct ak_errorlog log;
        uint32_t n[3];
        int64_t time;
        ak_errorlog_init(&log, (enum ak_log_units)u);
        assert_int_equal(ak_errorlog_feed(&log, bytes, true, ignore, &bytes), bytes.size);
        (void)ak_errorlog_is((enum ak_log_units)u, bytes);
        (void)ak_errorlog_is_error((enum ak_log_units)u, bytes, n);
        (void)ak_errorlog_time((enum ak_log_units)u, bytes, &time);
    }
}

static void damage_is_survived(void **state)
{
    (void)state;
    static const char text[] =
        T ".12 Logon       Error: 18456, Severity: 14, State: 8.\r\n" T " - ! [298] x\r\n";
    ak_each_damage(span_of(text), survive, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_told_apart),    cmocka_unit_test(pieces_make_the_same_lines),
        cmocka_unit_test(long_lines_are_cut),      cmocka_unit_test(times_are_read),
        cmocka_unit_test(errors_need_no_language), cmocka_unit_test(logs_are_known_by_their_lines),
        cmocka_unit_test(damage_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
