/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/incoming.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "support/octets.h"

/* Ethernet, IPv4, TCP with a SYN's options, 4 bytes of payload; and the same over IPv6. */
static const char four[] = "02 00 00 00 00 01 02 00 00 00 00 02 08 00"
                           "45 00 00 30 00 01 40 00 40 06 00 00 c0 00 02 01 c0 00 02 02"
                           "c3 50 05 99 00 00 00 01 00 00 00 02 60 02 20 00 00 00 00 00 02 04 05 b4"
                           "16 03 01 00";
static const char six[] = "02 00 00 00 00 01 02 00 00 00 00 02 86 dd"
                          "60 00 00 00 00 18 06 40 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01"
                          "20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 02"
                          "c3 50 05 99 00 00 00 01 00 00 00 02 50 18 20 00 00 00 00 00 16 03 01 00";

static struct ak_frame frame_of(const struct ak_bytes *bytes, uint32_t wire_size)
{
    struct ak_frame frame;
    memset(&frame, 0, sizeof frame);
    frame.bytes = bytes->at;
    frame.size = (uint32_t)bytes->size;
    frame.wire_size = wire_size;
    frame.link_type = AK_LINK_ETHERNET;
    return frame;
}

/* The long way: layer by layer. */
static bool layers(const struct ak_frame *frame, struct ak_ip_packet *ip,
                   struct ak_tcp_segment *tcp)
{
    struct ak_span bytes = {frame->bytes, frame->size}, rest;
    uint16_t protocol;
    if (ak_link_parse(frame->link_type, bytes, &rest, &protocol) != AK_NETWORK_IP)
        return false;
    uint32_t wire = frame->wire_size > frame->size ? frame->wire_size : frame->size;
    if (ak_ip_parse(rest, wire - (frame->size - (uint32_t)rest.size), ip) != AK_VERDICT_PARSED ||
        ip->protocol != 6 || ip->fragment)
        return false;
    return ak_tcp_parse(ip->payload, ip->payload_wire, tcp) == AK_VERDICT_PARSED;
}

/* What is plain is the same by the long way; returns whether it was plain. */
static bool agrees(const struct ak_frame *frame)
{
    struct ak_ip_packet ip, ip_long;
    struct ak_tcp_segment tcp, tcp_long;
    struct ak_flow_table table;
    struct ak_incoming in;
    struct ak_flow_key key;
    unsigned direction;
    memset(&table, 0, sizeof table);
    table.key = (struct ak_hash_key){5, 6};
    memset(&in, 0, sizeof in);
    memset(&key, 0, sizeof key);
    ak_incoming_look(&in, frame, 1, &table);
    assert_ptr_equal(in.frame, frame);
    if (!in.plain || !ak_incoming_parse(&in, &ip, &tcp))
        return false;
    assert_true(layers(frame, &ip_long, &tcp_long));
    assert_int_equal(ip.version, ip_long.version);
    assert_int_equal(ip.ttl, ip_long.ttl);
    assert_int_equal(ip.protocol, ip_long.protocol);
    assert_int_equal(ip.fragment, ip_long.fragment);
    assert_ptr_equal(ip.source, ip_long.source);
    assert_ptr_equal(ip.destination, ip_long.destination);
    assert_ptr_equal(ip.payload.bytes, ip_long.payload.bytes);
    assert_int_equal(ip.payload.size, ip_long.payload.size);
    assert_int_equal(ip.payload_wire, ip_long.payload_wire);
    assert_int_equal(tcp.source_port, tcp_long.source_port);
    assert_int_equal(tcp.destination_port, tcp_long.destination_port);
    assert_int_equal(tcp.sequence, tcp_long.sequence);
    assert_int_equal(tcp.acknowledgement, tcp_long.acknowledgement);
    assert_int_equal(tcp.window, tcp_long.window);
    assert_int_equal(tcp.flags, tcp_long.flags);
    assert_int_equal(tcp.mss, tcp_long.mss);
    assert_int_equal(tcp.payload_wire, tcp_long.payload_wire);
    assert_int_equal(tcp.payload.size, tcp_long.payload.size);
    assert_ptr_equal(tcp.payload.bytes, tcp_long.payload.bytes);
    ak_flow_key_make(&key, ip.version, ip.source, ip.destination,
                     (uint32_t)tcp.source_port << 16 | tcp.destination_port, &direction);
    assert_true(ak_flow_key_same(&in.key, &key));
    assert_int_equal(in.direction, direction);
    assert_true(in.hash == ak_flow_hash(&table, &key));
    assert_ptr_equal(in.tcp, ip.payload.bytes);
    assert_int_equal(in.length, ip.payload_wire);
    assert_int_equal(in.whole, ip.payload.size == ip.payload_wire);
    return true;
}

static void usual_frames_are_plain(void **state)
{
    (void)state;
    const char *const texts[] = {four, six};
    for (size_t i = 0; i < AK_COUNT(texts); i++) {
        struct ak_bytes bytes = ak_hex(texts[i]);
        struct ak_frame frame = frame_of(&bytes, (uint32_t)bytes.size);
        assert_true(agrees(&frame));
        frame.wire_size += 1000; /* cut by the snapshot length */
        assert_true(agrees(&frame));
        frame.wire_size = 0;
        assert_true(agrees(&frame));
        frame.link_type = AK_LINK_COOKED;
        assert_false(agrees(&frame));
        ak_bytes_free(&bytes);
    }
}

/* Every prefix, and every value of every byte: never another answer than the long way's. */
static void it_never_differs(void **state)
{
    (void)state;
    const char *const texts[] = {four, six};
    unsigned plain = 0;
    for (size_t i = 0; i < AK_COUNT(texts); i++) {
        struct ak_bytes bytes = ak_hex(texts[i]);
        for (size_t size = 0; size <= bytes.size; size++) {
            struct ak_bytes copy = ak_bytes_copy(bytes.at, size);
            struct ak_frame frame = frame_of(&copy, (uint32_t)bytes.size);
            plain += agrees(&frame);
            frame.wire_size = (uint32_t)size;
            plain += agrees(&frame);
            ak_bytes_free(&copy);
        }
        for (size_t at = 0; at < bytes.size; at++) {
            uint8_t was = bytes.at[at];
            for (unsigned value = 0; value < 256; value++) {
                bytes.at[at] = (uint8_t)value;
                struct ak_frame frame = frame_of(&bytes, (uint32_t)bytes.size);
                plain += agrees(&frame);
            }
            bytes.at[at] = was;
        }
        ak_bytes_free(&bytes);
    }
    assert_true(plain > 10000); /* most bytes of a header change values, not its kind */
}

static void same_incoming(const struct ak_incoming *a, const struct ak_incoming *b)
{
    assert_ptr_equal(a->frame->bytes, b->frame->bytes);
    assert_int_equal(a->frame->size, b->frame->size);
    assert_int_equal(a->frame->wire_size, b->frame->wire_size);
    assert_int_equal(a->frame->time, b->frame->time);
    assert_int_equal(a->frame->link_type, b->frame->link_type);
    assert_int_equal(a->plain, b->plain);
    assert_true(a->hash == b->hash);
    assert_ptr_equal(a->tcp, b->tcp);
}

/* Records of a pcap file that are read as they are followed: the same frames, and what they are. */
static void records_are_read_as_frames_are(void **state)
{
    (void)state;
    enum { MOST = 3 };
    static const char *const records[] = {"01000000 02000000 3e000000 3f000000",
                                          "00000001 00000002 0000003e 0000003f"};
    for (unsigned big = 0; big < 2; big++) {
        static struct octets o;
        struct ak_capture_file file;
        struct ak_flow_table table;
        o.size = 0;
        for (unsigned i = 0; i < 5; i++) {
            octets_hex(&o, records[big]);
            octets_hex(&o, four);
        }
        ak_capture_file_init(&file);
        file.format = AK_CAPTURE_PCAP;
        file.big_endian = big;
        file.record_header = 16;
        file.link_type = AK_LINK_ETHERNET;
        assert_true(ak_capture_file_is_plain(&file));
        assert_true(ak_flow_table_init(&table, (struct ak_hash_key){5, 6}));
        for (size_t size = 0; size <= o.size; size++) { /* however far the window reaches */
            struct ak_frame here[MOST], there[MOST];
            struct ak_incoming a[MOST], b[MOST];
            size_t used, used_long;
            struct ak_bytes copy = ak_bytes_copy(o.at, size);
            struct ak_span window = {copy.at, size};
            size_t n = ak_incoming_read(a, here, MOST, &file, window, &used, &table);
            assert_int_equal(n,
                             ak_capture_file_frames(&file, copy.at, size, &used_long, there, MOST));
            assert_int_equal(n, size / 78 < MOST ? size / 78 : MOST);
            assert_int_equal(used, used_long);
            ak_incoming_look(b, there, n, &table);
            for (size_t i = 0; i < n; i++)
                same_incoming(&a[i], &b[i]);
            ak_bytes_free(&copy);
        }
        ak_flow_table_release(&table);
        ak_capture_file_release(&file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(usual_frames_are_plain),
        cmocka_unit_test(it_never_differs),
        cmocka_unit_test(records_are_read_as_frames_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
