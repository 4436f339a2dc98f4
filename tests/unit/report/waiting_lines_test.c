/* SPDX-License-Identifier: Apache-2.0 */
#include "report/waiting_lines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const struct ak_source file = {.file = "client.pcap", .first_frame = 1};
static const struct ak_source other = {.file = "server.pcap", .first_frame = 1};

static struct ak_conversation conversation(uint64_t id)
{
    struct ak_conversation c;
    memset(&c, 0, sizeof c);
    c.id = id;
    c.source = &file;
    c.first_frame = c.last_frame = 1;
    c.end[0].version = c.end[1].version = 4;
    c.tcp_end_by = c.closed_by = AK_SIDE_NONE;
    return c;
}

static void lines_leave_in_order(void **state)
{
    (void)state;
    struct ak_waiting_lines w;
    struct ak_jsonl *jsonl = ak_jsonl_new();
    struct ak_conversation one = conversation(1), two = conversation(2);
    struct ak_joint joint;
    struct ak_text out, plain;
    uint64_t id = 7;
    assert_non_null(jsonl);
    ak_text_init(&out, 65536);
    ak_text_init(&plain, 65536);
    ak_waiting_lines_init(&w, 65536);
    assert_false(ak_waiting_lines_next(&w, &id));
    assert_true(ak_waiting_lines_add(&w, jsonl, &one));
    assert_true(ak_waiting_lines_put(&w, "{}\n", 3));
    assert_true(ak_waiting_lines_add(&w, jsonl, &two));
    assert_true(ak_waiting_lines_next(&w, &id));
    assert_int_equal(id, 1);
    ak_waiting_lines_take(&w, NULL, &out);
    ak_jsonl_conversation(jsonl, &one, &plain);
    assert_string_equal(ak_text_string(&out), ak_text_string(&plain));
    assert_true(ak_waiting_lines_next(&w, &id));
    assert_int_equal(id, 0);
    ak_text_clear(&out);
    ak_waiting_lines_take(&w, NULL, &out);
    assert_string_equal(ak_text_string(&out), "{}\n");
    assert_true(ak_waiting_lines_next(&w, &id));
    assert_int_equal(id, 2);
    memset(&joint, 0, sizeof joint);
    joint.id = 9;
    joint.source = &other;
    joint.offset = -1500000;
    joint.near = AK_SIDE_SERVER;
    joint.translated[AK_SIDE_CLIENT] = true;
    joint.end[AK_SIDE_CLIENT].version = 4;
    joint.end[AK_SIDE_CLIENT].port = 61000;
    ak_text_clear(&out);
    ak_waiting_lines_take(&w, &joint, &out);
    assert_non_null(strstr(ak_text_string(&out),
                           "],\"other_side\":{\"id\":9,\"file\":\"server.pcap\",\"offset_ms\":-1,"
                           "\"near\":\"server\",\"nat\":{\"client\":{\"ip\":\"0.0.0.0\","
                           "\"port\":61000}}}},\"@timestamp\":"));
    assert_false(ak_waiting_lines_next(&w, &id));
    ak_waiting_lines_release(&w);
    ak_text_release(&out);
    ak_text_release(&plain);
    ak_jsonl_free(jsonl);
}

static void the_room_is_bounded(void **state)
{
    (void)state;
    struct ak_waiting_lines w;
    struct ak_jsonl *jsonl = ak_jsonl_new();
    struct ak_conversation c = conversation(1);
    struct ak_text out;
    uint64_t id;
    size_t taken = 0, given = 0;
    assert_non_null(jsonl);
    ak_text_init(&out, 65536);
    ak_waiting_lines_init(&w, 2048);
    for (int round = 0; round < 3; round++) {
        for (; ak_waiting_lines_add(&w, jsonl, &c); c.id++)
            given++;
        assert_false(ak_waiting_lines_put(&w, "{}\n", 3));
        assert_in_range(w.text.size, 2048, 4096);
        for (; ak_waiting_lines_next(&w, &id); taken++) {
            ak_waiting_lines_take(&w, NULL, &out);
            assert_int_equal(out.bytes[out.size - 1], '\n');
        }
    }
    assert_int_equal(taken, given);
    assert_true(given > 3);
    ak_waiting_lines_release(&w);
    ak_text_release(&out);
    ak_jsonl_free(jsonl);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_leave_in_order),
        cmocka_unit_test(the_room_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
