/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/incoming.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "support/parser_check.h"

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
    memset(&ip, 0, sizeof ip);
    memset(&tcp, 0, sizeof tcp);
    if (!ak_packet_plain(frame, &ip, &tcp))
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(usual_frames_are_plain),
        cmocka_unit_test(it_never_differs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
