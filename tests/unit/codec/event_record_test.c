/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/event_record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/words.h"

static void open(struct ak_event_record *r, const char *name)
{
    ak_event_record_open(r, ak_words_of(name));
}

static void attribute(struct ak_event_record *r, const char *name, const char *value)
{
    ak_event_record_attribute(r, ak_words_of(name));
    ak_event_record_text(r, ak_words_of(value));
}

static void leaf(struct ak_event_record *r, const char *name, const char *value)
{
    open(r, name);
    ak_event_record_content(r);
    ak_event_record_text(r, ak_words_of(value));
    ak_event_record_close(r);
}

static void begin(struct ak_event_record *r, const char *provider)
{
    open(r, "Event");
    attribute(r, "xmlns", "x");
    ak_event_record_content(r);
    open(r, "System");
    ak_event_record_content(r);
    open(r, "Provider");
    attribute(r, "Guid", "{}");
    attribute(r, "Name", provider);
    ak_event_record_close(r);
}

static bool wants_schannel(const char *provider)
{
    return strcmp(provider, "Schannel") == 0;
}

static void elements_become_a_record(void **state)
{
    (void)state;
    struct ak_event_record r;
    ak_event_record_init(&r, wants_schannel);
    begin(&r, "Schannel");
    leaf(&r, "EventID", "36888");
    leaf(&r, "Level", "2");
    open(&r, "TimeCreated");
    attribute(&r, "SystemTime", "2024-05-01T03:00:00.5Z");
    ak_event_record_close(&r);
    leaf(&r, "EventRecordID", "77");
    leaf(&r, "Channel", "System");
    leaf(&r, "Computer", "SQL01");
    ak_event_record_close(&r);
    open(&r, "EventData");
    open(&r, "Data");
    attribute(&r, "Name", "AlertDesc");
    ak_event_record_content(&r);
    ak_event_record_text(&r, ak_words_of("4"));
    ak_event_record_text(&r, ak_words_of("0"));
    ak_event_record_close(&r);
    leaf(&r, "Data", "without a name");
    open(&r, "Data");
    ak_event_record_close(&r);
    ak_event_record_close(&r);
    ak_event_record_close(&r);
    assert_false(r.unwanted);
    assert_true(r.has_id && r.has_time && !r.user_data);
    assert_int_equal(r.id, 36888);
    assert_int_equal(r.level, 2);
    assert_int_equal(r.record_id, 77);
    assert_int_equal(r.time, INT64_C(1714532400500000000));
    assert_string_equal(r.channel, "System");
    assert_string_equal(r.computer, "SQL01");
    assert_int_equal(r.item_count, 3);
    assert_string_equal(ak_event_record_find(&r, "AlertDesc"), "40");
    assert_string_equal(ak_event_record_name(&r, 1), "");
    assert_string_equal(ak_event_record_value(&r, 1), "without a name");
    assert_string_equal(ak_event_record_value(&r, 2), "");
    assert_null(ak_event_record_find(&r, "ErrorState"));
    ak_event_record_clear(&r);
    begin(&r, "Other");
    assert_true(r.unwanted);
    ak_event_record_release(&r);
}

static void user_data_and_arrays_are_items(void **state)
{
    (void)state;
    struct ak_event_record r;
    ak_event_record_init(&r, NULL);
    begin(&r, "Schannel");
    ak_event_record_close(&r);
    open(&r, "UserData");
    open(&r, "EventXML");
    leaf(&r, "Type", "server");
    open(&r, "Deep");
    leaf(&r, "Deeper", "lost");
    ak_event_record_close(&r);
    ak_event_record_close(&r);
    ak_event_record_close(&r);
    open(&r, "EventData");
    open(&r, "Data");
    ak_event_record_content(&r);
    ak_event_record_text(&r, ak_words_of("one"));
    ak_event_record_again(&r);
    ak_event_record_text(&r, ak_words_of("two"));
    ak_event_record_close(&r);
    assert_true(r.user_data);
    assert_int_equal(r.item_count, 4);
    assert_string_equal(ak_event_record_find(&r, "Type"), "server");
    assert_string_equal(ak_event_record_value(&r, 2), "one");
    assert_string_equal(ak_event_record_value(&r, 3), "two");
    ak_event_record_release(&r);
}

/* Whatever comes, room is bounded and nothing is read beyond it. */
static void hostile_elements_are_bounded(void **state)
{
    (void)state;
    struct ak_event_record r;
    char *big = malloc(20001);
    memset(big, 'x', 20000);
    big[20000] = '\0';
    ak_event_record_init(&r, NULL);
    ak_event_record_close(&r); /* none is open */
    for (int i = 0; i < 100; i++)
        open(&r, "Event");
    for (int i = 0; i < 120; i++)
        ak_event_record_close(&r);
    ak_event_record_clear(&r);
    begin(&r, big);
    assert_int_equal(strlen(r.provider), sizeof r.provider - 1);
    ak_event_record_close(&r);
    open(&r, "EventData");
    for (int i = 0; i < 100; i++)
        leaf(&r, "Data", big);
    assert_true(r.item_count <= AK_EVENT_ITEMS);
    assert_int_equal(r.item_count + r.items_left_out, 100);
    for (size_t i = 0; i < r.item_count; i++)
        assert_true(strlen(ak_event_record_value(&r, i)) < 20000);
    ak_event_record_release(&r);
    free(big);
}

static void times_come_as_numbers_too(void **state)
{
    (void)state;
    static const struct {
        uint64_t filetime;
        bool good;
    } rows[] = {{UINT64_C(133590060005000000), true},
                {0, false},
                {UINT64_MAX, false},
                {UINT64_C(116444736000000000), true}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ak_event_record r;
        ak_event_record_init(&r, NULL);
        begin(&r, "Schannel");
        open(&r, "TimeCreated");
        ak_event_record_attribute(&r, ak_words_of("SystemTime"));
        ak_event_record_filetime(&r, rows[i].filetime);
        ak_event_record_close(&r);
        assert_int_equal(r.has_time, rows[i].good);
        ak_event_record_release(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elements_become_a_record),
        cmocka_unit_test(user_data_and_arrays_are_items),
        cmocka_unit_test(hostile_elements_are_bounded),
        cmocka_unit_test(times_come_as_numbers_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
