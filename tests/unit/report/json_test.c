/* SPDX-License-Identifier: Apache-2.0 */
#include "report/json.h"

#include "support/json_check.h"
#include "support/parser_check.h"

#include "base/attr.h"

static struct ak_text out;

static struct ak_json begin(void)
{
    struct ak_json j = {&out, false};
    ak_text_release(&out);
    ak_text_init(&out, 65536);
    return j;
}

static void objects_and_arrays(void **state)
{
    (void)state;
    struct ak_json json = begin(), *j = &json;
    ak_json_open(j, '{');
    ak_json_member_text(j, "a", "b");
    ak_json_member_u64(j, "n", UINT64_MAX);
    ak_json_key(j, "list");
    ak_json_open(j, '[');
    ak_json_close(j, ']');
    ak_json_key(j, "more");
    ak_json_open(j, '[');
    for (int i = 0; i < 3; i++) {
        ak_json_separate(j);
        ak_json_open(j, '{');
        ak_json_member_bool(j, "odd", i % 2);
        ak_json_close(j, '}');
    }
    ak_json_close(j, ']');
    ak_json_member_word(j, "w", "x");
    ak_json_key_n(j, "keyrest", 3);
    ak_json_time(j, 0);
    ak_json_ecs(j);
    ak_json_close(j, '}');
    assert_string_equal(ak_text_string(&out),
                        "{\"a\":\"b\",\"n\":18446744073709551615,\"list\":[],\"more\":[{\"odd\":"
                        "false},{\"odd\":true},{\"odd\":false}],\"w\":\"x\",\"key\":"
                        "\"1970-01-01T00:00:00.000000000Z\",\"ecs\":{\"version\":\"8.11\"}}");
    assert_json(ak_text_string(&out));
    ak_text_release(&out);
}

/* What JSON forbids, and what harms whoever prints it: C0, C1, bidirectional controls. */
static void texts_are_escaped(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out;
    } rows[] = {
        {"", ""},
        {"plain", "plain"},
        {"a\"b\\c/", "a\\\"b\\\\c/"},
        {"\x01\x02\t\n\r\x1b[31m\x1f", "\\u0001\\u0002\\u0009\\u000a\\u000d\\u001b[31m\\u001f"},
        {"\x7f", "\\u007f"},
        {"sql01.corp.example", "sql01.corp.example"},
        {"sql01.corp\x1f.ex\"amp\\le\x7f!", "sql01.corp\\u001f.ex\\\"amp\\\\le\\u007f!"},
        {"1234567\"12345678\\", "1234567\\\"12345678\\\\"},
        {"1234567\xc2\x9b"
         "12345678",
         "1234567\\u009b12345678"},
        {"\xc2\x80\xc2\x9b\xc2\x9f", "\\u0080\\u009b\\u009f"},
        {"\xc2\xa0\xc3\xa4", "\xc2\xa0\xc3\xa4"},
        {"\xe2\x80\x8e\xe2\x80\x8f", "\\u200e\\u200f"},
        {"\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa\xe2\x80\xae", "\\u2028\\u2029\\u202a\\u202e"},
        {"\xe2\x81\xa6\xe2\x81\xa9", "\\u2066\\u2069"},
        {"\xe2\x80\x8d\xe2\x80\x90\xe2\x80\xaf\xe2\x81\xa5\xe2\x81\xaa",
         "\xe2\x80\x8d\xe2\x80\x90\xe2\x80\xaf\xe2\x81\xa5\xe2\x81\xaa"}, /* their neighbours */
        {"\xe6\x97\xa5\xe6\x9c\xac", "\xe6\x97\xa5\xe6\x9c\xac"},
        {"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"},
        {"a\xe2\x80\xae"
         "b\"",
         "a\\u202e"
         "b\\\""},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_json j = begin();
        ak_json_text(&j, rows[i].in);
        struct ak_text wanted;
        ak_text_init(&wanted, 1000);
        ak_text_format(&wanted, "\"%s\"", rows[i].out);
        assert_string_equal(ak_text_string(&out), ak_text_string(&wanted));
        assert_json(ak_text_string(&out));
        ak_text_release(&wanted);
    }
    ak_text_release(&out);
}

/* Cut and stray bytes: never over-read, never out of the string. */
static void invalid_utf8_is_survived(void **state)
{
    (void)state;
    static const char *const rows[] = {"\xc2",   "\xe2",       "\xe2\x80", "\xe2\x81",
                                       "\x80",   "\xff",       "\xf0\x9f", "\xe2\"",
                                       "\xc2\"", "\xe2\x80\"", "\xc2\n"};
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_json j = begin();
        struct ak_bytes copy = ak_bytes_copy(rows[i], strlen(rows[i]) + 1);
        ak_json_text(&j, (const char *)copy.at);
        assert_json(ak_text_string(&out));
        ak_bytes_free(&copy);
    }
    ak_text_release(&out);
}

static void times_are_rfc3339(void **state)
{
    (void)state;
    static const struct {
        int64_t time;
        const char *text;
    } rows[] = {
        {0, "1970-01-01T00:00:00.000000000Z"},
        {1, "1970-01-01T00:00:00.000000001Z"},
        {-1, "1969-12-31T23:59:59.999999999Z"},
        {-1000000000, "1969-12-31T23:59:59.000000000Z"},
        {-1000000001, "1969-12-31T23:59:58.999999999Z"},
        {INT64_C(951782399999999999), "2000-02-28T23:59:59.999999999Z"},
        {INT64_C(951782400000000000), "2000-02-29T00:00:00.000000000Z"},
        {INT64_C(951868800000000000), "2000-03-01T00:00:00.000000000Z"},
        {INT64_C(1078012800000000000), "2004-02-29T00:00:00.000000000Z"},
        {INT64_C(1709164800000000000), "2024-02-29T00:00:00.000000000Z"},
        {INT64_C(1795309323123456789), "2026-11-22T01:02:03.123456789Z"},
        {INT64_C(4107542400000000000), "2100-03-01T00:00:00.000000000Z"},
        {INT64_C(4107456000000000000), "2100-02-28T00:00:00.000000000Z"}, /* no leap year */
        {INT64_C(-2208988800000000000), "1900-01-01T00:00:00.000000000Z"},
        {INT64_C(-2203977600000000000), "1900-02-28T00:00:00.000000000Z"},
        {INT64_C(-2203891200000000000), "1900-03-01T00:00:00.000000000Z"},
        {INT64_MAX, "2262-04-11T23:47:16.854775807Z"},
        {INT64_MIN, "1677-09-21T00:12:43.145224192Z"},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        char seconds[32];
        (void)begin();
        ak_text_time(&out, rows[i].time, true);
        assert_string_equal(ak_text_string(&out), rows[i].text);
        ak_text_clear(&out);
        ak_text_time(&out, rows[i].time, false);
        (void)snprintf(seconds, sizeof seconds, "%.19sZ", rows[i].text);
        assert_string_equal(ak_text_string(&out), seconds);
    }
    ak_text_release(&out);
}

/* Each day of four centuries, counted by hand. */
static void every_day_follows_the_one_before(void **state)
{
    (void)state;
    static const unsigned lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    unsigned year = 1700, month = 1, day = 1;
    struct ak_text text;
    ak_text_init(&text, 64);
    for (int64_t at = -98615; at < -98615 + 146097; at++) { /* 1700-01-01 is day -98615 */
        char wanted[32];
        ak_text_clear(&text);
        ak_text_time(&text, at * 86400 * 1000000000, false);
        (void)snprintf(wanted, sizeof wanted, "%04u-%02u-%02uT00:00:00Z", year, month, day);
        assert_string_equal(ak_text_string(&text), wanted);
        bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        unsigned last = lengths[month - 1] + (month == 2 && leap);
        day = day == last ? 1 : day + 1;
        month = day != 1 ? month : month == 12 ? 1 : month + 1;
        year += day == 1 && month == 1;
    }
    ak_text_release(&text);
}

/* RFC 5280 4.1.2.5: 9999-12-31T23:59:59Z says that a certificate has no end. */
static void dates_reach_further_than_nanoseconds(void **state)
{
    (void)state;
    static const struct {
        int64_t seconds;
        const char *text;
    } rows[] = {
        {0, "1970-01-01T00:00:00Z"},
        {INT64_C(253402300799), "9999-12-31T23:59:59Z"},
        {INT64_C(253402300800), "9999-01-01T00:00:00Z"}, /* the year stays in four digits */
        {-INT64_C(62167219200), "0000-01-01T00:00:00Z"},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        (void)begin();
        ak_text_date(&out, rows[i].seconds, false);
        assert_string_equal(ak_text_string(&out), rows[i].text);
    }
    ak_text_release(&out);
}

static void a_full_buffer_only_fails(void **state)
{
    (void)state;
    struct ak_text small;
    for (size_t room = 0; room < 40; room++) {
        struct ak_json j = {&small, false};
        ak_text_init(&small, room);
        ak_json_open(&j, '{');
        ak_json_member_text(&j, "key", "some \x01 text");
        ak_json_close(&j, '}');
        assert_int_equal(small.failed, room < 26);
        assert_true(small.size <= room);
        ak_text_release(&small);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_and_arrays),
        cmocka_unit_test(texts_are_escaped),
        cmocka_unit_test(invalid_utf8_is_survived),
        cmocka_unit_test(times_are_rfc3339),
        cmocka_unit_test(every_day_follows_the_one_before),
        cmocka_unit_test(dates_reach_further_than_nanoseconds),
        cmocka_unit_test(a_full_buffer_only_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
