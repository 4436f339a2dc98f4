/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/event_xml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/limits.h"
#include "base/words.h"
#include "support/parser_check.h"

#define OPEN "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'>"
#define SYSTEM(id)                                                                                 \
    "<System><Provider Name='Schannel'/><EventID>" id "</EventID><Computer>S&amp;1</Computer>"     \
    "<TimeCreated SystemTime='2024-05-01T03:00:00Z'/></System>"
#define ONE(id) OPEN SYSTEM(id) "<EventData><Data Name='AlertDesc'>40</Data></EventData></Event>"

static void write_record(void *context, const struct ak_event_record *r)
{
    const char *alert = ak_event_record_find(r, "AlertDesc");
    ak_text_format(context, "%u %s %s;", (unsigned)r->id, r->computer, alert ? alert : "-");
}

static struct ak_event_xml_counts read_text(struct ak_span text, enum ak_log_units units,
                                            size_t piece, struct ak_text *out)
{
    struct ak_event_record record;
    size_t start = 0, end = 0, used;
    ak_event_record_init(&record, NULL);
    struct ak_event_xml *xml = ak_event_xml_new(units, &record);
    assert_non_null(xml);
    do {
        end = end + piece < text.size ? end + piece : text.size;
        struct ak_bytes b = ak_bytes_copy(text.bytes + start, end - start);
        assert_int_equal(
            ak_event_xml_feed(xml, ak_bytes_span(&b), end == text.size, &used, write_record, out),
            AK_ERR_NONE);
        assert_true(used <= b.size);
        start += used;
        ak_bytes_free(&b);
    } while (end < text.size);
    struct ak_event_xml_counts counts = *ak_event_xml_counts(xml);
    ak_event_xml_free(xml);
    ak_event_record_release(&record);
    return counts;
}

static void events_are_cut_out(void **state)
{
    (void)state;
    static const struct {
        const char *text, *expected;
        uint64_t bad;
    } rows[] = {
        {ONE("1"), "1 S&1 40;", 0},
        {ONE("1") ONE("2"), "1 S&1 40;2 S&1 40;", 0}, /* no element around them */
        {"<?xml version='1.0' encoding='utf-16'?>\n<Events>" ONE("1") "\r\n" ONE("2") "</Events>",
         "1 S&1 40;2 S&1 40;", 0},
        {ONE("1") OPEN "<broken></Event>" ONE("3"), "1 S&1 40;3 S&1 40;", 1},
        {ONE("1") OPEN "<System>", "1 S&1 40;", 1}, /* cut */
        {"<EventData></EventData><Events></Events>", "", 0},
        {"<!DOCTYPE x [<!ENTITY a 'b'>]>" ONE("1"), "1 S&1 40;", 0}, /* outside of all events */
        {OPEN "&x;" SYSTEM("1") "</Event>" ONE("2"), "2 S&1 40;", 1},
        {"", "", 0},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_span text = {(const uint8_t *)rows[i].text, strlen(rows[i].text)};
        for (size_t piece = 1; piece <= text.size + 1; piece += piece < 9 ? 1 : 61) {
            struct ak_text out;
            ak_text_init(&out, 4096);
            struct ak_event_xml_counts counts = read_text(text, AK_LOG_BYTES, piece, &out);
            assert_string_equal(ak_text_string(&out), rows[i].expected);
            assert_int_equal(counts.bad_records, rows[i].bad);
            ak_text_release(&out);
        }
    }
}

static void other_encodings_are_read(void **state)
{
    (void)state;
    static const char text[] = ONE("1") ONE("2");
    struct ak_text wide, out;
    ak_text_init(&wide, 65536);
    for (size_t i = 0; i < sizeof text - 1; i++) {
        ak_text_char(&wide, text[i]);
        ak_text_char(&wide, '\0');
    }
    struct ak_span span = {(const uint8_t *)wide.bytes, wide.size};
    assert_true(ak_event_xml_is(AK_LOG_UTF16LE, span));
    for (size_t piece = 1; piece < span.size; piece += 97) {
        ak_text_init(&out, 4096);
        (void)read_text(span, AK_LOG_UTF16LE, piece, &out);
        assert_string_equal(ak_text_string(&out), "1 S&1 40;2 S&1 40;");
        ak_text_release(&out);
    }
    ak_text_release(&wide);
}

static void events_are_bounded(void **state)
{
    (void)state;
    size_t size = 3 * AK_MAX_EVENT_XML;
    struct ak_text text, out;
    ak_text_init(&text, SIZE_MAX);
    ak_text_init(&out, 4096);
    ak_text_add(&text, OPEN "<System>");
    while (text.size < size)
        ak_text_char(&text, 'x');
    ak_text_add(&text, "</System></Event>" ONE("2"));
    struct ak_span span = {(const uint8_t *)text.bytes, text.size};
    struct ak_event_xml_counts counts = read_text(span, AK_LOG_BYTES, 1 << 18, &out);
    assert_string_equal(ak_text_string(&out), "2 S&1 40;");
    assert_int_equal(counts.bad_records, 1);
    assert_int_equal(counts.records, 2);
    ak_text_release(&text);
    ak_text_release(&out);
}

static void only_events_are_events(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is;
    } rows[] = {
        {ONE("1"), true},
        {" \r\n" ONE("1"), true},
        {"<?xml?>" ONE("1"), true},
        {"<Event>", false},
        {"x" ONE("1"), false},
        {"<html>http://schemas.microsoft.com</html>", false},
        {"", false},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++)
        assert_int_equal(ak_event_xml_is(AK_LOG_BYTES, ak_words_of(rows[i].text)), rows[i].is);
}

static void survive(struct ak_span bytes, void *context)
{
    struct ak_text out;
    (void)context;
    ak_text_init(&out, 65536);
    (void)ak_event_xml_is(AK_LOG_BYTES, bytes);
    (void)read_text(bytes, AK_LOG_BYTES, 64, &out);
    ak_text_release(&out);
}

static void damage_is_survived(void **state)
{
    (void)state;
    static const char text[] = OPEN "<UserData><EventXML><A>1</A></EventXML></UserData></Event>";
    struct ak_span span = {(const uint8_t *)text, sizeof text - 1};
    ak_each_damage(span, survive, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_are_cut_out), cmocka_unit_test(other_encodings_are_read),
        cmocka_unit_test(events_are_bounded), cmocka_unit_test(only_events_are_events),
        cmocka_unit_test(damage_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
