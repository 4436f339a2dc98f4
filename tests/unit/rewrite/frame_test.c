/* SPDX-License-Identifier: Apache-2.0 */
#include "rewrite/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "support/parser_check.h"

/* Ethernet, IPv4 with an option, TCP, "abc", and three bytes of padding. */
#define FRAME                                                                                      \
    "020000000001 020000000002 0800"                                                               \
    "46 00 002f 1234 4000 40 06 0000 c6336405 c6336409 94040000"                                   \
    "c351 0599 00000001 00000002 50 18 2000 0000 0000 'abc' 0d0e0f"

struct scene {
    struct ak_bytes bytes;
    struct ak_frame frame;
    struct ak_ip_packet ip;
    struct ak_tcp_segment tcp;
    struct ak_tap_segment segment;
    struct ak_frame_copy copy;
};

static void begin(struct scene *s, size_t size)
{
    struct ak_span rest;
    uint16_t protocol;
    memset(s, 0, sizeof *s);
    s->bytes = ak_hex(FRAME);
    s->frame.bytes = s->bytes.at;
    s->frame.size = (uint32_t)(size != 0 ? size : s->bytes.size);
    s->frame.wire_size = (uint32_t)s->bytes.size;
    s->frame.link_type = AK_LINK_ETHERNET;
    struct ak_span all = {s->frame.bytes, s->frame.size};
    assert_int_equal(ak_link_parse(AK_LINK_ETHERNET, all, &rest, &protocol), AK_NETWORK_IP);
    assert_int_equal(ak_ip_parse(rest, s->frame.wire_size - 14, &s->ip), AK_VERDICT_PARSED);
    assert_int_equal(ak_tcp_parse(s->ip.payload, s->ip.payload_wire, &s->tcp), AK_VERDICT_PARSED);
    s->segment.frame = &s->frame;
    s->segment.ip = &s->ip;
    s->segment.tcp = &s->tcp;
    ak_frame_copy_init(&s->copy);
    assert_true(ak_frame_copy_take(&s->copy, &s->segment));
}

static void end(struct scene *s)
{
    ak_frame_copy_release(&s->copy);
    ak_bytes_free(&s->bytes);
}

static const uint8_t *at(const struct scene *s, size_t place)
{
    return (const uint8_t *)s->copy.bytes.bytes + place;
}

/* RFC 1071: over a header with a right checksum it is zero. */
static unsigned sum(const uint8_t *bytes, size_t size, unsigned start)
{
    unsigned total = start;
    for (size_t i = 0; i < size; i++)
        total += i % 2 == 0 ? (unsigned)bytes[i] << 8 : bytes[i];
    while (total >> 16 != 0)
        total = (total & 0xffff) + (total >> 16);
    return ~total & 0xffff;
}

static void knows_the_places(void **state)
{
    (void)state;
    struct scene s;
    begin(&s, 0);
    assert_int_equal(s.copy.version, 4);
    assert_int_equal(s.copy.ip, 14);
    assert_int_equal(s.copy.tcp, 38);
    assert_int_equal(s.copy.payload, 58);
    assert_int_equal(s.copy.payload_size, 3);
    assert_true(s.copy.whole);
    assert_memory_equal(at(&s, 58), "abc", 3);
    ak_frame_clear_trailer(&s.copy);
    assert_memory_equal(at(&s, 58), "abc\0\0\0", 6);
    end(&s);
}

static void pseudonyms_leave_no_address(void **state)
{
    (void)state;
    struct scene s;
    struct ak_pseudonyms *names = ak_pseudonyms_new("key");
    assert_non_null(names);
    begin(&s, 0);
    ak_frame_pseudonymize(&s.copy, names);
    assert_memory_not_equal(at(&s, 0), s.bytes.at, 6);
    assert_memory_not_equal(at(&s, 6), s.bytes.at + 6, 6);
    assert_memory_not_equal(at(&s, 26), s.bytes.at + 26, 4);
    assert_memory_not_equal(at(&s, 30), s.bytes.at + 30, 4);
    assert_memory_equal(at(&s, 26), at(&s, 30), 2); /* still one network */
    assert_int_not_equal(at(&s, 34)[0], 0x94);      /* the option is gone */
    assert_memory_equal(at(&s, 38), s.bytes.at + 38, 16);
    assert_int_equal(s.copy.bytes.size, s.bytes.size);
    end(&s);
    ak_pseudonyms_free(names);
}

static void checksums_are_made_anew(void **state)
{
    (void)state;
    struct scene s;
    begin(&s, 0);
    ak_frame_make_checksums(&s.copy);
    assert_int_equal(sum(at(&s, 14), 24, 0), 0);
    unsigned pseudo = 6 + 23;
    for (size_t i = 26; i < 34; i += 2)
        pseudo += (unsigned)at(&s, i)[0] << 8 | at(&s, i)[1];
    assert_int_equal(sum(at(&s, 38), 23, pseudo), 0);
    end(&s);
    begin(&s, 60); /* cut: bytes are missing, so there is none of TCP */
    assert_false(s.copy.whole);
    ak_frame_make_checksums(&s.copy);
    assert_int_equal(sum(at(&s, 14), 24, 0), 0);
    assert_memory_equal(at(&s, 54), "\0\0", 2);
    end(&s);
}

/* From inside a tunnel: raw IP without options, whatever lay around it, with checksums. */
static void inner_packets_lose_their_tunnel(void **state)
{
    (void)state;
    struct scene s;
    begin(&s, 0);
    s.segment.inner = true;
    assert_true(ak_frame_copy_take(&s.copy, &s.segment));
    assert_int_equal(s.copy.link_type, AK_LINK_RAW);
    assert_int_equal(s.copy.ip, 0);
    assert_int_equal(s.copy.tcp, 20);
    assert_int_equal(s.copy.payload, 40);
    assert_int_equal(s.copy.payload_size, 3);
    assert_int_equal(s.copy.bytes.size, 43);
    assert_int_equal(s.copy.wire_size, 43);
    assert_memory_equal(at(&s, 12), "\xc6\x33\x64\x05\xc6\x33\x64\x09", 8);
    assert_memory_equal(at(&s, 40), "abc", 3);
    assert_int_equal(sum(at(&s, 0), 20, 0), 0);
    assert_int_equal(sum(at(&s, 20), 23, sum(at(&s, 12), 8, 6 + 23) ^ 0xffff), 0);
    end(&s);
    begin(&s, 0); /* bytes that the capture cut stay counted */
    s.segment.inner = true;
    s.ip.payload.size--;
    assert_true(ak_frame_copy_take(&s.copy, &s.segment));
    assert_int_equal(s.copy.bytes.size, 42);
    assert_int_equal(s.copy.wire_size, 43);
    assert_int_equal(ak_be16(at(&s, 2)), 43);
    end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_the_places),
        cmocka_unit_test(pseudonyms_leave_no_address),
        cmocka_unit_test(inner_packets_lose_their_tunnel),
        cmocka_unit_test(checksums_are_made_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
