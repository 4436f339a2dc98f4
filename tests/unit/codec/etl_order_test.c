/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/etl_order.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "support/parser_check.h"

/* Ethernet, IPv4 (id 1234), TCP from 50001 to 1433, "abc". */
#define PACKET                                                                                     \
    "020000000001 020000000002 0800"                                                               \
    "45 00 002b 1234 4000 80 06 0000 c0000205 c0000209"                                            \
    "c351 0599 00000001 00000002 50 18 2000 0000 0000 'abc'"

enum { MS = 1000000, CHECKSUM = 24, SEQUENCE = 14 + 20 + 7, TCP_CHECKSUM = 14 + 20 + 16 };

static struct ak_bytes packet;
static struct ak_capture_notes notes;

static struct ak_etl_order *begin(void)
{
    struct ak_etl_order *order = ak_etl_order_new();
    assert_non_null(order);
    packet = ak_hex(PACKET);
    memset(&notes, 0, sizeof notes);
    return order;
}

static struct ak_etl_part part_at(uint32_t place)
{
    struct ak_etl_part part = {.link_type = 1,
                               .first = true,
                               .last = true,
                               .place = place,
                               .bytes = ak_bytes_span(&packet)};
    return part;
}

static void add(struct ak_etl_order *order, uint32_t place, int64_t time)
{
    struct ak_etl_part part = part_at(place);
    assert_true(ak_etl_order_add(order, &part, time, 1));
}

/* Takes all; the number of frames. */
static unsigned drain(struct ak_etl_order *order, int64_t *last)
{
    struct ak_frame frame;
    unsigned count = 0;
    while (ak_etl_order_take(order, &notes, &frame)) {
        assert_true(last == NULL || frame.time >= *last || count == 0);
        if (last != NULL)
            *last = frame.time;
        count++;
    }
    return count;
}

static void end(struct ak_etl_order *order)
{
    ak_etl_order_free(order);
    ak_bytes_free(&packet);
}

static void packets_come_in_order_of_time(void **state)
{
    (void)state;
    struct ak_etl_order *order = begin();
    int64_t last = 0;
    for (unsigned i = 0; i < 1000; i++) {
        packet.at[SEQUENCE] = (uint8_t)i;
        packet.at[SEQUENCE - 1] = (uint8_t)(i >> 8);
        add(order, 1, (int64_t)(i * 7919 % 1000) * MS);
    }
    assert_int_equal(drain(order, &last), 1000);
    assert_int_equal(last, 999 * (int64_t)MS);
    assert_int_equal(notes.late_packets, 0);
    end(order);
}

/* Another layer sees the same packet; checksums may be filled in meanwhile. */
static void layers_are_one_packet(void **state)
{
    (void)state;
    struct ak_etl_order *order = begin();
    add(order, 1, 0);
    packet.at[CHECKSUM] = 0x55;
    add(order, 2, 1);
    packet.at[TCP_CHECKSUM] = 0x66;
    add(order, 3, 2);
    assert_int_equal(drain(order, NULL), 1);
    assert_int_equal(notes.duplicates, 2);
    end(order);
}

static void the_same_place_again_is_sent_again(void **state)
{
    (void)state;
    struct ak_etl_order *order = begin();
    for (unsigned i = 0; i < 3; i++) {
        add(order, 1, (int64_t)i * 20 * MS);
        add(order, 2, (int64_t)i * 20 * MS + 1);
    }
    assert_int_equal(drain(order, NULL), 3);
    assert_int_equal(notes.duplicates, 3);
    end(order);
}

/* An equal IP id says nothing: other bytes, another packet. */
static void the_id_of_ip_decides_nothing(void **state)
{
    (void)state;
    struct ak_etl_order *order = begin();
    add(order, 1, 0);
    packet.at[SEQUENCE] ^= 1;
    add(order, 2, 1);
    assert_int_equal(drain(order, NULL), 2);
    assert_int_equal(notes.duplicates, 0);
    end(order);
}

static void late_sights_are_packets(void **state)
{
    (void)state;
    struct ak_etl_order *order = begin();
    add(order, 1, 0);
    add(order, 2, 101 * MS);
    assert_int_equal(drain(order, NULL), 2);
    end(order);
}

static void a_group_is_one_packet_wherever_it_is_seen(void **state)
{
    (void)state;
    struct ak_etl_order *order = begin();
    struct ak_etl_part part = part_at(1);
    part.has_group = true;
    part.group = 77;
    part.number = 1;
    for (unsigned i = 0; i < 20; i++) {
        part.place = i;
        part.dropped = i == 19;
        assert_true(ak_etl_order_add(order, &part, (int64_t)i * 1000 * MS, i));
    }
    part.number = 2; /* the next one in the group */
    packet.at[SEQUENCE] ^= 1;
    assert_true(ak_etl_order_add(order, &part, 0, 1));
    assert_int_equal(drain(order, NULL), 2);
    assert_int_equal(notes.duplicates, 19);
    assert_int_equal(notes.dropped_packets, 2);
    end(order);
}

static void piece(struct ak_etl_order *order, size_t from, size_t to, int64_t time, uint64_t thread)
{
    struct ak_etl_part part = part_at(1);
    part.first = from == 0;
    part.last = to == packet.size;
    part.bytes.bytes += from;
    part.bytes.size = to - from;
    assert_true(ak_etl_order_add(order, &part, time, thread));
}

static void pieces_are_joined_by_thread(void **state)
{
    (void)state;
    struct ak_etl_order *order = begin();
    struct ak_frame frame;
    piece(order, 0, 20, 1, 1);
    packet.at[SEQUENCE] ^= 1;
    piece(order, 0, 20, 2, 2);
    piece(order, 20, packet.size, 4, 2);
    packet.at[SEQUENCE] ^= 1;
    piece(order, 20, 40, 3, 1);
    piece(order, 40, packet.size, 5, 1);
    assert_true(ak_etl_order_take(order, &notes, &frame));
    assert_int_equal(frame.size, packet.size);
    assert_int_equal(frame.time, 2);
    assert_true(ak_etl_order_take(order, &notes, &frame));
    assert_memory_equal(frame.bytes, packet.at, packet.size);
    assert_int_equal(frame.time, 1);
    assert_int_equal(drain(order, NULL), 0);
    assert_int_equal(notes.broken_packets, 0);
    end(order);
}

static void lost_pieces_are_counted(void **state)
{
    (void)state;
    struct ak_etl_order *order = begin();
    piece(order, 20, packet.size, 1, 1); /* no beginning */
    piece(order, 0, 20, 2, 1);           /* no end: another one begins */
    piece(order, 0, 20, 3, 1);           /* no end: the trace is over */
    assert_int_equal(drain(order, NULL), 0);
    assert_int_equal(notes.broken_packets, 3);
    for (unsigned i = 0; i < 200; i++)
        piece(order, 0, 20, i, i); /* more than are kept */
    assert_int_equal(drain(order, NULL), 0);
    assert_int_equal(notes.broken_packets, 203);
    end(order);
}

/* NDIS cuts packets without telling their length: the IP header does. */
static void cut_packets_have_their_length(void **state)
{
    (void)state;
    struct ak_etl_order *order = begin();
    struct ak_frame frame;
    struct ak_etl_part part = part_at(1);
    part.bytes.size = 54;
    assert_true(ak_etl_order_add(order, &part, 1, 1));
    assert_true(ak_etl_order_take(order, &notes, &frame));
    assert_int_equal(frame.size, 54);
    assert_int_equal(frame.wire_size, 57);
    part.wire_size = 99;
    part.place = 1;
    assert_true(ak_etl_order_add(order, &part, 2, 1));
    assert_true(ak_etl_order_take(order, &notes, &frame));
    assert_int_equal(frame.wire_size, 99);
    end(order);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_come_in_order_of_time),
        cmocka_unit_test(layers_are_one_packet),
        cmocka_unit_test(the_same_place_again_is_sent_again),
        cmocka_unit_test(the_id_of_ip_decides_nothing),
        cmocka_unit_test(late_sights_are_packets),
        cmocka_unit_test(a_group_is_one_packet_wherever_it_is_seen),
        cmocka_unit_test(pieces_are_joined_by_thread),
        cmocka_unit_test(lost_pieces_are_counted),
        cmocka_unit_test(cut_packets_have_their_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
