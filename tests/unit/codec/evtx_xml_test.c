/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/evtx_xml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/put.h"
#include "support/parser_check.h"

/* Builders of binary XML; names stand where they are used. */
static void put_name(struct ak_text *out, const char *name)
{
    ak_put_le(out, out->size + 4, 4);
    ak_put_le(out, 0, 6);
    ak_put_le(out, strlen(name), 2);
    for (; *name != '\0'; name++)
        ak_put_le(out, (uint8_t)*name, 2);
    ak_put_le(out, 0, 2);
}

static void put_open(struct ak_text *out, const char *name, bool dependency)
{
    ak_put_u8(out, 1);
    ak_put_le(out, 0, dependency ? 6 : 4);
    put_name(out, name);
    ak_put_u8(out, 2);
}

static void put_value(struct ak_text *out, const char *value)
{
    ak_put_u8(out, 5);
    ak_put_u8(out, 1);
    ak_put_le(out, strlen(value), 2);
    for (; *value != '\0'; value++)
        ak_put_le(out, (uint8_t)*value, 2);
}

static void put_close(struct ak_text *out)
{
    ak_put_u8(out, 4);
}

/* Reads all of it as one fragment; the verdict. */
static enum ak_verdict read_all(const struct ak_text *xml, struct ak_event_record *record)
{
    struct ak_bytes b = ak_bytes_copy(xml->bytes, xml->size);
    struct ak_parse parse;
    struct ak_reader r = ak_reader_of(b.at, b.size, &parse);
    unsigned budget = AK_MAX_CHUNK_TOKENS;
    ak_evtx_xml_read(ak_bytes_span(&b), &r, record, &budget);
    assert_true(budget < AK_MAX_CHUNK_TOKENS);
    ak_bytes_free(&b);
    return parse.verdict;
}

/* Each kind of value as a substitution of <EventID>, or of <Data>. */
static void values_become_texts(void **state)
{
    (void)state;
    static const struct {
        unsigned type;
        const char *hex, *value;
    } rows[] = {
        {0x00, "", ""},
        {0x01, "6100 6200", "ab"},
        {0x01, "6100 0000", "a"},
        {0x02, "'ab' 00", "ab"},
        {0x03, "ff", "-1"},
        {0x04, "ff", "255"},
        {0x05, "feff", "-2"},
        {0x06, "feff", "65534"},
        {0x07, "00000080", "-2147483648"},
        {0x08, "28000000", "40"},
        {0x09, "ffffffffffffffff", "-1"},
        {0x0a, "ffffffffffffffff", "18446744073709551615"},
        {0x0d, "01000000", "1"},
        {0x10, "28000000", "0x28"},
        {0x14, "31030980", "0x80090331"},
        {0x15, "3103098000000000", "0x80090331"},
        {0x0f, "00*16", ""},    /* GUID */
        {0x0e, "010203", ""},   /* binary */
        {0x08, "2800", ""},     /* shorter than its type */
        {0x77, "01020304", ""}, /* no such type */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ak_bytes value = ak_hex(rows[i].hex);
        struct ak_event_record record;
        struct ak_text xml;
        ak_event_record_init(&record, NULL);
        ak_text_init(&xml, 65536);
        ak_put_le(&xml, 0x0101010f, 4); /* fragment */
        xml.bytes[3] = 0;
        ak_put_u8(&xml, 0x0c); /* template instance, defined here */
        ak_put_le(&xml, 1, 5);
        ak_put_le(&xml, xml.size + 4, 4);
        ak_put_le(&xml, 0, 20);
        size_t size_at = xml.size;
        ak_put_le(&xml, 0, 4);
        size_t begin = xml.size;
        put_open(&xml, "Event", true);
        put_open(&xml, "EventData", true);
        put_open(&xml, "Data", true);
        ak_put_u8(&xml, 0x0d);
        ak_put_le(&xml, 0, 2);
        ak_put_u8(&xml, rows[i].type);
        put_close(&xml);
        put_close(&xml);
        put_close(&xml);
        ak_put_u8(&xml, 0);
        xml.bytes[size_at] = (char)(uint8_t)((xml.size - begin) & 0xff);
        xml.bytes[size_at + 1] = (char)(uint8_t)((xml.size - begin) >> 8);
        ak_put_le(&xml, 1, 4);
        ak_put_le(&xml, value.size, 2);
        ak_put_le(&xml, rows[i].type, 2);
        ak_text_bytes(&xml, value.at, value.size);
        ak_put_u8(&xml, 0);
        assert_int_equal(read_all(&xml, &record), AK_VERDICT_PARSED);
        assert_int_equal(record.item_count, 1);
        assert_string_equal(ak_event_record_value(&record, 0), rows[i].value);
        ak_text_release(&xml);
        ak_event_record_release(&record);
        ak_bytes_free(&value);
    }
}

/* Forwarded events: no template, no dependency identifiers. */
static void elements_without_a_template_are_read(void **state)
{
    (void)state;
    struct ak_event_record record;
    struct ak_text xml;
    ak_event_record_init(&record, NULL);
    ak_text_init(&xml, 65536);
    put_open(&xml, "Event", false);
    put_open(&xml, "System", false);
    put_open(&xml, "EventID", false);
    put_value(&xml, "36888");
    for (int i = 0; i < 3; i++)
        put_close(&xml);
    assert_int_equal(read_all(&xml, &record), AK_VERDICT_PARSED);
    assert_int_equal(record.id, 36888);
    ak_text_release(&xml);
    ak_event_record_release(&record);
}

/* A template that holds itself, and tokens without end. */
static void endless_work_is_refused(void **state)
{
    (void)state;
    struct ak_event_record record;
    struct ak_text xml;
    ak_event_record_init(&record, NULL);
    ak_text_init(&xml, 1 << 20);
    ak_put_u8(&xml, 0x0c);
    ak_put_le(&xml, 1, 5);
    ak_put_le(&xml, 10, 4); /* its definition stands behind it */
    ak_put_le(&xml, 0, 20);
    ak_put_le(&xml, 14, 4);
    ak_put_u8(&xml, 0x0c);
    ak_put_le(&xml, 1, 5);
    ak_put_le(&xml, 10, 4);
    ak_put_le(&xml, 0, 4);
    ak_put_le(&xml, 0, 8);
    assert_int_equal(read_all(&xml, &record), AK_VERDICT_BAD);
    ak_text_clear(&xml);
    for (int i = 0; i < 20000; i++)
        ak_put_u8(&xml, 2);
    ak_event_record_clear(&record);
    assert_int_equal(read_all(&xml, &record), AK_VERDICT_BAD);
    ak_text_clear(&xml);
    ak_put_u8(&xml, 0x33); /* no such token */
    ak_event_record_clear(&record);
    assert_int_equal(read_all(&xml, &record), AK_VERDICT_UNKNOWN);
    ak_text_release(&xml);
    ak_event_record_release(&record);
}

/* Texts that are longer than a token costs, and a chunk whose tokens are used up. */
static void work_is_paid_by_the_chunk(void **state)
{
    (void)state;
    struct ak_event_record record;
    struct ak_parse parse;
    struct ak_text xml;
    ak_event_record_init(&record, NULL);
    ak_text_init(&xml, 65536);
    put_open(&xml, "Event", false);
    char text[1001];
    memset(text, 'x', 1000);
    text[1000] = '\0';
    put_value(&xml, text);
    put_close(&xml);
    struct ak_span span = {(const uint8_t *)xml.bytes, xml.size};
    for (unsigned budget = 0; budget < 30; budget++) {
        unsigned left = budget;
        struct ak_reader r = ak_reader_of(span.bytes, span.size, &parse);
        ak_event_record_clear(&record);
        ak_evtx_xml_read(span, &r, &record, &left);
        assert_int_equal(parse.verdict, budget < 19 ? AK_VERDICT_BAD : AK_VERDICT_PARSED);
        assert_int_equal(left, budget < 19 ? 0 : budget - 19);
    }
    ak_text_release(&xml);
    ak_event_record_release(&record);
}

static void survive(struct ak_span bytes, void *context)
{
    struct ak_event_record record;
    struct ak_parse parse;
    (void)context;
    ak_event_record_init(&record, NULL);
    struct ak_reader r = ak_reader_of(bytes.bytes, bytes.size, &parse);
    unsigned budget = AK_MAX_CHUNK_TOKENS;
    ak_evtx_xml_read(bytes, &r, &record, &budget);
    ak_event_record_release(&record);
}

static void damage_is_survived(void **state)
{
    (void)state;
    struct ak_text xml;
    ak_text_init(&xml, 65536);
    put_open(&xml, "Event", false);
    put_open(&xml, "EventData", false);
    put_open(&xml, "Data", false);
    put_value(&xml, "40");
    ak_put_u8(&xml, 0x08); /* a character, an entity, CDATA */
    ak_put_le(&xml, 'x', 2);
    ak_put_u8(&xml, 0x09);
    put_name(&xml, "amp");
    ak_put_u8(&xml, 0x07);
    ak_put_le(&xml, 1, 2);
    ak_put_le(&xml, 'y', 2);
    for (int i = 0; i < 3; i++)
        put_close(&xml);
    struct ak_event_record record;
    ak_event_record_init(&record, NULL);
    assert_int_equal(read_all(&xml, &record), AK_VERDICT_PARSED);
    assert_string_equal(ak_event_record_value(&record, 0), "40x&y");
    ak_event_record_release(&record);
    struct ak_span span = {(const uint8_t *)xml.bytes, xml.size};
    ak_each_damage(span, survive, NULL);
    ak_text_release(&xml);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_become_texts),
        cmocka_unit_test(elements_without_a_template_are_read),
        cmocka_unit_test(endless_work_is_refused),
        cmocka_unit_test(work_is_paid_by_the_chunk),
        cmocka_unit_test(damage_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
