/* SPDX-License-Identifier: Apache-2.0 */
#include "logs/log_reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/limits.h"
#include "base/utf16.h"
#include "base/words.h"
#include "codec/log_text.h"
#include "support/parser_check.h"

static void write_event(void *context, const struct ak_event *e)
{
    struct ak_text *out = context;
    ak_text_format(out, "%d%s %s %u", (int)e->place, e->by_line ? "" : "#",
                   ak_log_provider_name(e->provider), (unsigned)e->code);
    if (e->has_state)
        ak_text_format(out, " s%u", (unsigned)e->state);
    if (e->has_status)
        ak_text_format(out, " 0x%x", (unsigned)e->status);
    if (e->version != 0)
        ak_text_format(out, " v%x", (unsigned)e->version);
    if (e->has_detail)
        ak_text_format(out, " d%x", (unsigned)e->detail);
    if (e->has_alert)
        ak_text_format(out, " a%u", (unsigned)e->alert);
    if (e->has_times)
        ak_text_format(out, " t%u/%u/%u", (unsigned)e->login_ms[AK_LOGIN_TOTAL],
                       (unsigned)e->login_ms[AK_LOGIN_SSL],
                       (unsigned)e->login_ms[AK_LOGIN_USER_CODE]);
    ak_text_format(out, "%s %s\\%s;", e->local ? " local" : "", e->host, e->instance);
}

static struct ak_log_counts read_log(struct ak_span text, size_t piece, struct ak_text *out)
{
    struct ak_log_counts none = {0, 0, 0, 0};
    struct ak_span head = ak_words_first(text, 8192);
    enum ak_log_kind kind = ak_log_sniff(head);
    if (kind == AK_LOG_KIND_NONE)
        return none;
    struct ak_log_reader *reader = ak_log_reader_new(kind, head, "file", write_event, out);
    assert_non_null(reader);
    size_t start = 0, end = 0, used;
    do {
        end = end + piece < text.size ? end + piece : text.size;
        struct ak_bytes b = ak_bytes_copy(text.bytes + start, end - start);
        assert_int_equal(ak_log_reader_feed(reader, ak_bytes_span(&b), end == text.size, &used),
                         AK_ERR_NONE);
        start += used;
        ak_bytes_free(&b);
    } while (end < text.size);
    struct ak_log_counts counts = ak_log_reader_counts(reader);
    ak_log_reader_free(reader);
    return counts;
}

#define T "2024-05-01 12:00:0"
#define HEAD                                                                                       \
    T "0.12 Server      Microsoft SQL Server 2019 - 15.0.4261.1 (X64)\r\n\tDate\r\n" T             \
      "0.12 Server      UTC adjustment: -5:30\r\n" T                                               \
      "0.13 Server      Logging SQL Server messages "                                              \
      "in file 'C:\\MSSQL15.X\\MSSQL\\Log\\ERRORLOG'.\r\n" T                                       \
      "0.14 spid9s      Server name is 'SQL01\\X'.\r\n"
#define HEAD_EVENTS "1 MSSQLSERVER 17069 \\;4 MSSQLSERVER 17111 \\X;5 MSSQLSERVER 17663 SQL01\\X;"

static void expect(const char *text, const char *expected)
{
    struct ak_span span = {(const uint8_t *)text, strlen(text)};
    for (size_t piece = 7; piece < span.size + 50; piece += 41) {
        struct ak_text out;
        ak_text_init(&out, 65536);
        (void)read_log(span, piece, &out);
        assert_string_equal(ak_text_string(&out), expected);
        ak_text_release(&out);
    }
}

/* An error and its text are one time and one source; others may come between. */
static void errors_are_paired(void **state)
{
    (void)state;
    expect(HEAD T "1.00 Logon       Error: 17806, Severity: 20, State: 14.\r\n" T
                  "1.00 spid7s      Error: 18456, Severity: 14, State: 8.\r\n" T
                  "1.00 spid7s      Login failed. 0x1\r\n" T
                  "1.00 Logon       SSPI with 0x8009030c\r\n more\r\n",
           HEAD_EVENTS "7 MSSQLSERVER 18456 s8 0x1 SQL01\\X;"
                       "6 MSSQLSERVER 17806 s14 0x8009030c SQL01\\X;");
    /* without a text: at the end, or pushed out by others */
    expect(HEAD T "1.00 Logon       Error: 17806, Severity: 20, State: 14.\r\n",
           HEAD_EVENTS "6 MSSQLSERVER 17806 s14 SQL01\\X;");
    /* the text of an error that nobody asked for is no message of its own */
    expect(HEAD T "1.00 spid7s      Error: 50000, Severity: 16, State: 1.\r\n" T
                  "1.00 spid7s      A self-generated certificate was successfully loaded for "
                  "encryption\r\n",
           HEAD_EVENTS);
    expect(HEAD T "1.00 spid7s      A self-generated certificate was successfully loaded for "
                  "encryption.\r\n",
           HEAD_EVENTS "6 MSSQLSERVER 26018 SQL01\\X;");
}

static void encode(struct ak_span text, enum ak_log_units units, struct ak_text *out)
{
    ak_text_clear(out);
    if (units == AK_LOG_BYTES)
        ak_text_bytes(out, text.bytes, text.size);
    else
        ak_utf8_to_utf16le(text, out);
    for (size_t i = 0; units == AK_LOG_UTF16BE && i + 1 < out->size; i += 2) {
        char low = out->bytes[i];
        out->bytes[i] = out->bytes[i + 1];
        out->bytes[i + 1] = low;
    }
}

/* Every number that an ERRORLOG tells of connections and certificates, printed by an instance of
 * each language, in every encoding of Unicode: its header and its text. */
static void numbers_are_read_in_any_language(void **state)
{
    (void)state;
    static const struct {
        const char *source, *words[4]; /* around the three numbers */
    } languages[] = {
        {"Logon", {"Error: ", ", Severity: ", ", State: ", "."}},
        {"ログオン", {"エラー: ", "、重大度: ", "、状態: ", "。"}},
        {"ログオン", {"エラー:", "、重大度:", "、状態:", "."}},
        {"Anmeldung", {"Fehler: ", ", Schweregrad: ", ", Status: ", "."}},
        {"Connexion", {"Erreur : ", ", Gravité : ", ", État : ", "."}},
        {"Inicio de sesión", {"Error: ", ", Gravedad: ", ", Estado: ", "."}},
        {"Accesso", {"Errore: ", ", gravità: ", ", stato: ", "."}},
        {"Logon", {"Erro: ", ", Severidade: ", ", Estado: ", "."}},
        {"登录", {"错误: ", "，严重性: ", "，状态: ", "。"}},
        {"登录", {"错误：", "，严重级别：", "，状态：", "。"}},
        {"登入", {"錯誤: ", "，嚴重性: ", "，狀態: ", "。"}},
        {"로그온", {"오류: ", ", 심각도: ", ", 상태: ", "."}},
        {"Вход", {"Ошибка: ", ", серьезность: ", ", состояние: ", "."}},
    };
    static const uint32_t numbers[] = {
        17120, 17182, 17187, 17190, 17194, 17195, 17197, 17802, 17806, 17807, 17819, 17821, 17826,
        17828, 17830, 17832, 17835, 17836, 18452, 18456, 26010, 26011, 26012, 26013, 26014, 26015,
        26017, 26018, 26023, 26024, 26037, 26057, 26058, 28047, 28048, 33555, 33556, 33557, 33565};
    static const enum ak_log_units units[] = {AK_LOG_BYTES, AK_LOG_UTF16LE, AK_LOG_UTF16BE};
    struct ak_text text, file, out, expected;
    ak_text_init(&text, 1 << 16);
    ak_text_init(&file, 1 << 16);
    ak_text_init(&out, 1 << 16);
    ak_text_init(&expected, 1 << 16);
    for (size_t i = 0; i < AK_COUNT(languages); i++) {
        ak_text_clear(&text);
        ak_text_clear(&expected);
        for (size_t k = 0; k < AK_COUNT(numbers); k++) {
            const char *const *w = languages[i].words;
            ak_text_format(&text, T "1.%02u %s   %s%u%s16%s17%s\r\n", (unsigned)k,
                           languages[i].source, w[0], (unsigned)numbers[k], w[1], w[2], w[3]);
            ak_text_format(&text, T "1.%02u %s   x [Y: 10.1.2.3]\r\n", (unsigned)k,
                           languages[i].source);
            ak_text_format(&expected, "%u MSSQLSERVER %u s17 local \\;", (unsigned)(2 * k + 1),
                           (unsigned)numbers[k]);
        }
        for (size_t k = 0; k < AK_COUNT(units); k++) {
            struct ak_span utf8 = {(const uint8_t *)text.bytes, text.size};
            encode(utf8, units[k], &file);
            struct ak_span span = {(const uint8_t *)file.bytes, file.size};
            ak_text_clear(&out);
            (void)read_log(span, span.size, &out);
            if (strcmp(ak_text_string(&out), ak_text_string(&expected)) != 0)
                fail_msg("%s, %u: %s", languages[i].source, (unsigned)k, ak_text_string(&out));
        }
    }
    ak_text_release(&text);
    ak_text_release(&file);
    ak_text_release(&out);
    ak_text_release(&expected);
}

static void many_errors_wait_in_bounds(void **state)
{
    (void)state;
    struct ak_text text, out;
    ak_text_init(&text, 65536);
    ak_text_init(&out, 65536);
    for (unsigned i = 0; i < 3 * AK_MAX_PENDING_ERRORS; i++)
        ak_text_format(&text, T "1.%02u Logon       Error: 18456, Severity: 14, State: %u.\r\n", i,
                       i);
    struct ak_span span = {(const uint8_t *)text.bytes, text.size};
    struct ak_log_counts counts = read_log(span, span.size, &out);
    assert_int_equal(counts.events, 3 * AK_MAX_PENDING_ERRORS);
    ak_text_release(&text);
    ak_text_release(&out);
}

static void times_become_utc(void **state)
{
    (void)state;
    static const struct {
        const char *zone;
        bool known;
    } rows[] = {
        {"UTC adjustment: 9:00", true},  {"UTC 調整: 9:00", true},
        {"UTC-Anpassung: -1:30", true},  {"UTC adjustment: 15:00", false},
        {"UTC adjustment: 9:60", false}, {"adjustment: 9:00", false},
        {"UTC adjustment: :00", false},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_text text, out;
        ak_text_init(&text, 65536);
        ak_text_init(&out, 65536);
        ak_text_format(&text,
                       T "0.12 Server      Microsoft SQL Server 2019 - 15.0.1.1\r\n" T
                         "0.12 Server      %s\r\n",
                       rows[i].zone);
        struct ak_span span = {(const uint8_t *)text.bytes, text.size};
        (void)read_log(span, span.size, &out);
        assert_string_equal(ak_text_string(&out), rows[i].known ? "1 MSSQLSERVER 17069 \\;"
                                                                : "1 MSSQLSERVER 17069 local \\;");
        ak_text_release(&text);
        ak_text_release(&out);
    }
}

#define EVENT(provider, id, data)                                                                  \
    "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider "      \
    "Name='" provider "'/><EventID>" id "</EventID><EventRecordID>7</EventRecordID><Computer>"     \
    "S</Computer></System>" data "</Event>"

static void event_logs_are_read(void **state)
{
    (void)state;
    expect(EVENT("Schannel", "36888",
                 "<EventData><Data Name='ErrorState'>1205</Data><Data Name='AlertDesc'>40</Data>"
                 "</EventData>"),
           "7# Schannel 36888 s1205 a40 S\\;");
    expect(EVENT("Schannel", "36888", "<EventData><Data>40</Data><Data>1205</Data></EventData>"),
           "7# Schannel 36888 s1205 a40 S\\;"); /* without names */
    expect(EVENT("Schannel", "36888",
                 "<EventData><Data Name='AlertDesc'>256</Data><Data Name='ErrorState'>x</Data>"
                 "</EventData>"),
           "7# Schannel 36888 S\\;");
    expect(EVENT("MSSQL$SALES", "17806",
                 "<EventData><Data>8009030c</Data><Data>14</Data></EventData>"),
           "7# MSSQLSERVER 17806 0x8009030c S\\SALES;");
    expect(
        EVENT("Schannel", "36880", "<EventData><Data Name='Protocol'>TLS 1.2</Data></EventData>"),
        "7# Schannel 36880 v303 S\\;");
    expect(EVENT("Schannel", "36880",
                 "<EventData><Data Name='Protocol'>Unspecified Protocol (4096)</Data></EventData>"),
           "7# Schannel 36880 v304 S\\;");
    expect(EVENT("Schannel", "36880",
                 "<EventData><Data Name='Protocol'>Unspecified Protocol (4097)</Data></EventData>"),
           "7# Schannel 36880 S\\;");
    expect(EVENT("MSSQLSERVER", "17182",
                 "<EventData><Data>80090331</Data><Data>80</Data></EventData>"),
           "7# MSSQLSERVER 17182 0x80090331 d80 S\\;");
    expect(EVENT("MSSQLSERVER", "17182", "<EventData><Data>d</Data><Data>38</Data></EventData>"),
           "7# MSSQLSERVER 17182 0xd d38 S\\;");
    expect(EVENT("MSSQLSERVER", "17830",
                 "<EventData><Data>2746</Data><Data>100</Data><Data>1</Data><Data>2</Data><Data>3"
                 "</Data><Data>40</Data><Data>5</Data><Data>6</Data><Data>7</Data><Data>8</Data>"
                 "<Data>9</Data><Data>10</Data><Data>11</Data><Data>12</Data><Data>13</Data><Data>"
                 "14</Data><Data>15</Data><Data> [CLIENT: 10.1.2.3]</Data></EventData>"),
           "7# MSSQLSERVER 17830 0x2746 t100/40/15 S\\;");
    expect(EVENT("MSSQLSERVER", "17830",
                 "<EventData><Data>2746</Data><Data>100</Data><Data>1</Data><Data>2</Data><Data>3"
                 "</Data><Data>40</Data><Data>5</Data><Data>6</Data><Data>7</Data><Data> [CLIENT: "
                 "10.1.2.3]</Data></EventData>"),
           "7# MSSQLSERVER 17830 0x2746 t100/40/7 S\\;");
    expect(EVENT("MSSQLSERVER", "17194", "<EventData><Data>2746</Data></EventData>"),
           "7# MSSQLSERVER 17194 0x2746 S\\;");
    expect(EVENT("MSSQLSERVER", "17194", "<EventData><Data>10054</Data></EventData>"),
           "7# MSSQLSERVER 17194 0x2746 S\\;");
    expect(EVENT("MSSQLSERVER", "17194", "<EventData><Data>80090331</Data></EventData>"),
           "7# MSSQLSERVER 17194 0x80090331 S\\;");
    expect(EVENT("Service Control Manager", "7024",
                 "<EventData><Data>SQL Server (X)</Data><Data>%%2148081668</Data></EventData>"),
           "7# Service Control Manager 7024 0x80092004 S\\X;");
    expect(EVENT("Service Control Manager", "7024",
                 "<EventData><Data>Print Spooler</Data><Data>%%5</Data></EventData>"),
           "");
    expect(EVENT("Schannel", "1", "") EVENT("Other", "36888", ""), "");
}

static void other_files_are_no_logs(void **state)
{
    (void)state;
    static const char *const rows[] = {"",     "MZ",     "<html></html>", "2024-05-01 x",
                                       "regf", "ElfFile"};
    for (size_t i = 0; i < AK_COUNT(rows); i++)
        assert_int_equal(ak_log_sniff(ak_words_of(rows[i])), AK_LOG_KIND_NONE);
}

static void survive(struct ak_span bytes, void *context)
{
    struct ak_text out;
    (void)context;
    ak_text_init(&out, 65536);
    (void)read_log(bytes, 97, &out);
    ak_text_release(&out);
}

static void damage_is_survived(void **state)
{
    (void)state;
    static const char text[] = T "0.12 Server      Microsoft SQL Server 2 - 1.2.3.4\r\n" T
                                 "0.12 Server      UTC: 9:00\r\n" T
                                 "1.00 Logon       Error: 17830, Severity: 20, State: 14.\r\n" T
                                 "1.00 Logon       0x1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 [C: ::1]";
    struct ak_span span = {(const uint8_t *)text, sizeof text - 1};
    ak_each_damage(span, survive, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_read_in_any_language),
        cmocka_unit_test(errors_are_paired),
        cmocka_unit_test(many_errors_wait_in_bounds),
        cmocka_unit_test(times_become_utc),
        cmocka_unit_test(event_logs_are_read),
        cmocka_unit_test(other_files_are_no_logs),
        cmocka_unit_test(damage_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
