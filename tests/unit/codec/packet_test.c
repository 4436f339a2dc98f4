/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/packet.h"
#include "model/link_names.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/attr.h"
#include "support/parser_check.h"

/* ---- link layers ---- */

#define MACS "aa*6 bb*6 "
#define TAG "8100 0064 "
#define TAGS8 TAG TAG TAG TAG TAG TAG TAG TAG

static const struct link_row {
    uint32_t link;
    const char *hex;
    enum ak_network network;
    uint16_t protocol;
    size_t header; /* bytes that go; all the rest stays */
} link_rows[] = {
    {1, MACS "0800 45", AK_NETWORK_IP, 0x0800, 14},
    {1, MACS "86dd 60", AK_NETWORK_IP, 0x86dd, 14},
    {1, MACS "0806 0001", AK_NETWORK_OTHER, 0x0806, 14},
    {1, MACS "0026 4242", AK_NETWORK_OTHER, 0x0026, 14}, /* 802.3 length: LLC */
    {1, MACS TAG "0800 45", AK_NETWORK_IP, 0x0800, 18},
    {1, MACS "88a8 0001 " TAG "86dd 60", AK_NETWORK_IP, 0x86dd, 22},
    {1, MACS "9100 0001 9200 0002 0800 45", AK_NETWORK_IP, 0x0800, 22},
    {1, MACS TAGS8 "0800 45", AK_NETWORK_IP, 0x0800, 14 + 32},
    {1, MACS TAGS8 TAG "0800 45", AK_NETWORK_OTHER, 0x8100, 14 + 32}, /* one tag too many */
    {1, MACS TAG "0806", AK_NETWORK_OTHER, 0x0806, 18},
    {113, "0000 0001 0006 aa*8 0800 45", AK_NETWORK_IP, 0x0800, 16},
    {113, "0004 0304 0006 00*8 86dd 60", AK_NETWORK_IP, 0x86dd, 16},
    {113, "0000 0001 0006 aa*8 0806 45", AK_NETWORK_OTHER, 0x0806, 16},
    {113, "0000 0001 0006 aa*8 " TAG "0800 45", AK_NETWORK_IP, 0x0800, 20},
    {276, "0800 0000 00000002 0001 00 06 aa*8 45", AK_NETWORK_IP, 0x0800, 20},
    {276, "8100 0000 00000002 0001 00 06 aa*8 0064 86dd 60", AK_NETWORK_IP, 0x86dd, 24},
    {276, "0806 0000 00000002 0001 00 06 aa*8 45", AK_NETWORK_OTHER, 0x0806, 20},
    {0, "02000000 45", AK_NETWORK_IP, 0, 4},
    {0, "00000002 45", AK_NETWORK_IP, 0, 4}, /* written on a big-endian machine */
    {0, "0a000000 60", AK_NETWORK_IP, 0, 4}, /* AF_INET6: Linux */
    {0, "17000000 60", AK_NETWORK_IP, 0, 4}, /* Windows */
    {0, "18000000 60", AK_NETWORK_IP, 0, 4}, /* NetBSD, OpenBSD */
    {0, "1c000000 60", AK_NETWORK_IP, 0, 4}, /* FreeBSD */
    {0, "1e000000 60", AK_NETWORK_IP, 0, 4}, /* Darwin */
    {0, "0000001e 60", AK_NETWORK_IP, 0, 4},
    {0, "07000000 60", AK_NETWORK_OTHER, 0, 4},
    {108, "00000002 45", AK_NETWORK_IP, 0, 4},
    {108, "00000018 60", AK_NETWORK_IP, 0, 4},
    {108, "02000000 45", AK_NETWORK_OTHER, 0, 4},
    {101, "45", AK_NETWORK_IP, 0, 0},
    {228, "45", AK_NETWORK_IP, 0, 0},
    {229, "60", AK_NETWORK_IP, 0, 0},
    {12, "45", AK_NETWORK_IP, 0, 0},
    {14, "45", AK_NETWORK_IP, 0, 0},
    {105, "08 02", AK_NETWORK_UNSUPPORTED, 0, 0},
    {UINT32_MAX, "45", AK_NETWORK_UNSUPPORTED, 0, 0},
};

static void strips_link_layers(void **state)
{
    (void)state;
    for (size_t i = 0; i < AK_COUNT(link_rows); i++) {
        const struct link_row *row = &link_rows[i];
        struct ak_bytes b = ak_hex(row->hex);
        struct ak_span rest;
        uint16_t protocol;
        assert_int_equal(ak_link_parse(row->link, ak_bytes_span(&b), &rest, &protocol),
                         row->network);
        assert_int_equal(protocol, row->protocol);
        assert_int_equal(rest.size, b.size - row->header);
        assert_ptr_equal(rest.bytes, b.at + row->header);
        ak_bytes_free(&b);
    }
}

static void cut_link(struct ak_span in, void *context)
{
    const struct link_row *row = context;
    struct ak_span rest;
    uint16_t protocol;
    enum ak_network network = ak_link_parse(row->link, in, &rest, &protocol);
    if (row->network == AK_NETWORK_UNSUPPORTED)
        assert_int_equal(network, AK_NETWORK_UNSUPPORTED);
    else if (in.size < row->header || (row->header == 0 && in.size == 0))
        assert_int_equal(network, AK_NETWORK_SHORT);
    else
        assert_int_equal(network, row->network);
    ak_assert_inside(in, rest);
}

static void any_link(struct ak_span in, void *context)
{
    const struct link_row *row = context;
    struct ak_span rest;
    uint16_t protocol;
    (void)ak_link_parse(row->link, in, &rest, &protocol);
    ak_assert_inside(in, rest);
}

static void damaged_link_layers(void **state)
{
    (void)state;
    for (size_t i = 0; i < AK_COUNT(link_rows); i++) {
        struct link_row row = link_rows[i];
        struct ak_bytes b = ak_hex(row.hex);
        ak_each_prefix(ak_bytes_span(&b), cut_link, &row);
        ak_each_flip(ak_bytes_span(&b), any_link, &row);
        ak_bytes_free(&b);
    }
}

static void names_link_types(void **state)
{
    (void)state;
    assert_string_equal(ak_link_type_name(1), "ETHERNET");
    assert_string_equal(ak_link_type_name(113), "LINUX_SLL");
    assert_string_equal(ak_link_type_name(276), "LINUX_SLL2");
    assert_string_equal(ak_link_type_name(0), "NULL");
    assert_null(ak_link_type_name(65000));
}

/* ---- IP ---- */

#define V4(length, fragment) "45 00 " length " 1234 " fragment " 40 06 0000 c0000201 c0000209 "
#define V6(length, next) "60000000 " length " " next " 40 20010db8 00*11 01 20010db8 00*11 02 "

static const struct ip_row {
    const char *hex;
    uint32_t wire;
    enum ak_verdict verdict;
    uint8_t version, protocol;
    bool fragment, more;
    uint32_t offset, id;
    size_t header, payload; /* captured */
    uint32_t payload_wire;
} ip_rows[] = {
    {V4("0018", "4000") "01020304", 24, AK_VERDICT_PARSED, 4, 6, 0, 0, 0, 0x1234, 20, 4, 4},
    /* Ethernet padding goes */
    {V4("0018", "4000") "01020304 00*22", 46, AK_VERDICT_PARSED, 4, 6, 0, 0, 0, 0x1234, 20, 4, 4},
    /* the capture cut it */
    {V4("05dc", "4000") "01020304", 1500, AK_VERDICT_PARSED, 4, 6, 0, 0, 0, 0x1234, 20, 4, 1480},
    /* length 0: segmentation offload, the frame's size counts */
    {V4("0000", "4000") "01020304", 9000, AK_VERDICT_PARSED, 4, 6, 0, 0, 0, 0x1234, 20, 4, 8980},
    {V4("0000", "4000") "01020304", 19, AK_VERDICT_BAD, 0, 0, 0, 0, 0, 0, 0, 0, 0},
    {V4("0013", "4000") "01020304", 24, AK_VERDICT_BAD, 0, 0, 0, 0, 0, 0, 0, 0, 0},
    {V4("0014", "4000"), 20, AK_VERDICT_PARSED, 4, 6, 0, 0, 0, 0x1234, 20, 0, 0},
    /* first, middle and last fragment; the reserved bit is no fragment */
    {V4("0018", "2000") "01020304", 24, AK_VERDICT_PARSED, 4, 6, 1, 1, 0, 0x1234, 20, 4, 4},
    {V4("0018", "20b9") "01020304", 24, AK_VERDICT_PARSED, 4, 6, 1, 1, 1480, 0x1234, 20, 4, 4},
    {V4("0018", "1fff") "01020304", 24, AK_VERDICT_PARSED, 4, 6, 1, 0, 65528, 0x1234, 20, 4, 4},
    {V4("0018", "8000") "01020304", 24, AK_VERDICT_PARSED, 4, 6, 0, 0, 0, 0x1234, 20, 4, 4},
    /* options: a header of 24, one of 16, one that the capture cut */
    {"46 00 0019 0001 0000 40 06 0000 c0000201 c0000209 94040000 ff", 25, AK_VERDICT_PARSED, 4, 6,
     0, 0, 0, 1, 24, 1, 1},
    {"44 00 0019 0001 0000 40 06 0000 c0000201 c0000209", 25, AK_VERDICT_BAD, 0, 0, 0, 0, 0, 0, 0,
     0, 0},
    {"4f 00 0064 0001 0000 40 06 0000 c0000201 c0000209", 100, AK_VERDICT_SHORT, 0, 0, 0, 0, 0, 0,
     0, 0, 0},
    {"55 00 0018 0001 0000 40 06 0000 c0000201 c0000209", 24, AK_VERDICT_UNKNOWN, 0, 0, 0, 0, 0, 0,
     0, 0, 0},
    {V6("0004", "06") "01020304 0000", 46, AK_VERDICT_PARSED, 6, 6, 0, 0, 0, 0, 40, 4, 4},
    {V6("0000", "06") "01020304", 5000, AK_VERDICT_PARSED, 6, 6, 0, 0, 0, 0, 40, 4, 4960},
    {V6("0000", "06"), 40, AK_VERDICT_PARSED, 6, 6, 0, 0, 0, 0, 40, 0, 0},
    {V6("0000", "06"), 0, AK_VERDICT_PARSED, 6, 6, 0, 0, 0, 0, 40, 0, 0},
    /* hop-by-hop, routing, destination options */
    {V6("0021", "00") "2b 00 00*6 3c 01 00*14 06 00 00*6 ff", 73, AK_VERDICT_PARSED, 6, 6, 0, 0, 0,
     0, 72, 1, 1},
    /* first fragment: the upper header is there; middle: whatever follows is data */
    {V6("000a", "2c") "06 00 0001 0000abcd 0102", 50, AK_VERDICT_PARSED, 6, 6, 1, 1, 0, 0xabcd, 48,
     2, 2},
    {V6("000a", "2c") "3c 00 0009 0000abcd 0102", 50, AK_VERDICT_PARSED, 6, 60, 1, 1, 8, 0xabcd, 48,
     2, 2},
    {V6("000a", "2c") "06 00 fff8 0000abcd 0102", 50, AK_VERDICT_PARSED, 6, 6, 1, 0, 0xfff8, 0xabcd,
     48, 2, 2},
    /* an atomic fragment (RFC 6946) is none */
    {V6("000a", "2c") "06 00 0000 0000abcd 0102", 50, AK_VERDICT_PARSED, 6, 6, 0, 0, 0, 0xabcd, 48,
     2, 2},
    {V6("0004", "00") "06 00 00*6", 48, AK_VERDICT_BAD, 0, 0, 0, 0, 0, 0, 0, 0, 0},
    {V6("0100", "00") "06 ff 00*6", 296, AK_VERDICT_SHORT, 0, 0, 0, 0, 0, 0, 0, 0, 0},
    {V6("0100", "00") "06 00 00*5", 296, AK_VERDICT_SHORT, 0, 0, 0, 0, 0, 0, 0, 0, 0},
    /* no next header, and ESP: not TCP, but well formed */
    {V6("0000", "3b"), 40, AK_VERDICT_PARSED, 6, 59, 0, 0, 0, 0, 40, 0, 0},
    {V6("0004", "32") "01020304", 44, AK_VERDICT_PARSED, 6, 50, 0, 0, 0, 0, 40, 4, 4},
};

static void parses_ip(void **state)
{
    (void)state;
    for (size_t i = 0; i < AK_COUNT(ip_rows); i++) {
        const struct ip_row *row = &ip_rows[i];
        struct ak_bytes b = ak_hex(row->hex);
        struct ak_ip_packet p;
        assert_int_equal(ak_ip_parse(ak_bytes_span(&b), row->wire, &p), row->verdict);
        if (row->verdict == AK_VERDICT_PARSED) {
            assert_int_equal(p.version, row->version);
            assert_int_equal(p.protocol, row->protocol);
            assert_int_equal(p.ttl, 0x40);
            assert_int_equal(p.fragment, row->fragment);
            assert_int_equal(p.more_fragments, row->more);
            assert_int_equal(p.fragment_offset, row->offset);
            assert_int_equal(p.fragment_id, row->id);
            assert_int_equal(p.payload.size, row->payload);
            assert_int_equal(p.payload_wire, row->payload_wire);
            if (row->payload != 0)
                assert_ptr_equal(p.payload.bytes, b.at + row->header);
            assert_ptr_equal(p.source, b.at + (row->version == 4 ? 12 : 8));
            assert_ptr_equal(p.destination, b.at + (row->version == 4 ? 16 : 24));
        }
        ak_bytes_free(&b);
    }
}

static void endless_extension_headers(void **state)
{
    (void)state;
    /* 12 extension headers are read, 13 are not */
    static const struct {
        const char *hex;
        enum ak_verdict verdict;
    } rows[] = {
        {V6("0064", "00") "00 00 00*86 06 00 00*6 01020304", AK_VERDICT_PARSED},
        {V6("006c", "00") "00 00 00*94 06 00 00*6 01020304", AK_VERDICT_UNKNOWN},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_bytes b = ak_hex(rows[i].hex);
        struct ak_ip_packet p;
        assert_int_equal(ak_ip_parse(ak_bytes_span(&b), (uint32_t)b.size, &p), rows[i].verdict);
        if (rows[i].verdict == AK_VERDICT_PARSED)
            assert_int_equal(p.payload.size, 4);
        ak_bytes_free(&b);
    }
}

static void any_ip(struct ak_span in, void *context)
{
    const struct ip_row *row = context;
    struct ak_ip_packet p;
    if (ak_ip_parse(in, row->wire, &p) != AK_VERDICT_PARSED)
        return;
    ak_assert_inside(in, p.payload);
    assert_true(p.payload.size <= p.payload_wire);
    struct ak_span from = {p.source, p.version == 4 ? 4 : 16};
    struct ak_span to = {p.destination, from.size};
    ak_assert_inside(in, from);
    ak_assert_inside(in, to);
}

static void cut_ip(struct ak_span in, void *context)
{
    const struct ip_row *row = context;
    struct ak_ip_packet p;
    if (row->verdict == AK_VERDICT_PARSED && in.size < row->header)
        assert_int_equal(ak_ip_parse(in, row->wire, &p), AK_VERDICT_SHORT);
    any_ip(in, context);
}

static void damaged_ip(void **state)
{
    (void)state;
    for (size_t i = 0; i < AK_COUNT(ip_rows); i++) {
        struct ip_row row = ip_rows[i];
        struct ak_bytes b = ak_hex(row.hex);
        ak_each_prefix(ak_bytes_span(&b), cut_ip, &row);
        ak_each_flip(ak_bytes_span(&b), any_ip, &row);
        ak_bytes_free(&b);
    }
}

/* ---- TCP ---- */

#define TCP(offset, flags) "c350 0599 01020304 0a0b0c0d " offset " " flags " fa f0 0000 0000 "

static const struct tcp_row {
    const char *hex;
    uint32_t wire;
    enum ak_verdict verdict;
    uint16_t mss;
    size_t payload;
    uint32_t payload_wire;
} tcp_rows[] = {
    {TCP("50", "18") "010203", 23, AK_VERDICT_PARSED, 0, 3, 3},
    {TCP("50", "18") "010203", 1480, AK_VERDICT_PARSED, 0, 3, 1460}, /* cut by the capture */
    {TCP("50", "10"), 20, AK_VERDICT_PARSED, 0, 0, 0},
    {TCP("60", "02") "020405b4", 24, AK_VERDICT_PARSED, 1460, 0, 0},
    {TCP("80", "02") "01 01 0103 0300 020405b4", 32, AK_VERDICT_PARSED, 0, 0, 0}, /* a lie */
    {TCP("80", "12") "01 0303 08 020405b4 0402 0000", 32, AK_VERDICT_PARSED, 1460, 0, 0},
    {TCP("60", "10") "020405b4", 24, AK_VERDICT_PARSED, 0, 0, 0},      /* only a SYN has one */
    {TCP("60", "02") "020305b4", 24, AK_VERDICT_PARSED, 0, 0, 0},      /* wrong size */
    {TCP("60", "02") "000405b4", 24, AK_VERDICT_PARSED, 0, 0, 0},      /* end of options */
    {TCP("60", "02") "080a0000", 24, AK_VERDICT_PARSED, 0, 0, 0},      /* longer than the header */
    {TCP("60", "02") "01010204 05b4", 26, AK_VERDICT_PARSED, 0, 2, 2}, /* leaves the header */
    {TCP("60", "02") "08000000", 24, AK_VERDICT_PARSED, 0, 0, 0},      /* would loop */
    {TCP("60", "02") "01010102", 24, AK_VERDICT_PARSED, 0, 0, 0},      /* no length byte */
    {TCP("60", "02") "0204", 24, AK_VERDICT_PARSED, 0, 0, 0}, /* options cut by the capture */
    {TCP("f0", "18"), 60, AK_VERDICT_PARSED, 0, 0, 0},
    {TCP("f0", "18"), 59, AK_VERDICT_BAD, 0, 0, 0}, /* the header is longer than the segment */
    {TCP("40", "18"), 20, AK_VERDICT_BAD, 0, 0, 0},
    {TCP("00", "18"), 20, AK_VERDICT_BAD, 0, 0, 0},
};

static void parses_tcp(void **state)
{
    (void)state;
    for (size_t i = 0; i < AK_COUNT(tcp_rows); i++) {
        const struct tcp_row *row = &tcp_rows[i];
        struct ak_bytes b = ak_hex(row->hex);
        struct ak_tcp_segment s;
        assert_int_equal(ak_tcp_parse(ak_bytes_span(&b), row->wire, &s), row->verdict);
        if (row->verdict == AK_VERDICT_PARSED) {
            assert_int_equal(s.source_port, 50000);
            assert_int_equal(s.destination_port, 1433);
            assert_int_equal(s.sequence, 0x01020304);
            assert_int_equal(s.acknowledgement, 0x0a0b0c0d);
            assert_int_equal(s.window, 0xfaf0);
            assert_int_equal(s.flags, b.at[13]);
            assert_int_equal(s.mss, row->mss);
            assert_int_equal(s.payload.size, row->payload);
            assert_int_equal(s.payload_wire, row->payload_wire);
        }
        ak_bytes_free(&b);
    }
}

static void any_tcp(struct ak_span in, void *context)
{
    const struct tcp_row *row = context;
    struct ak_tcp_segment s;
    enum ak_verdict verdict = ak_tcp_parse(in, row->wire, &s);
    if (in.size < 20)
        assert_int_equal(verdict, AK_VERDICT_SHORT);
    if (verdict != AK_VERDICT_PARSED)
        return;
    ak_assert_inside(in, s.payload);
    assert_true(s.payload.size <= s.payload_wire);
}

static void damaged_tcp(void **state)
{
    (void)state;
    for (size_t i = 0; i < AK_COUNT(tcp_rows); i++) {
        struct tcp_row row = tcp_rows[i];
        struct ak_bytes b = ak_hex(row.hex);
        ak_each_damage(ak_bytes_span(&b), any_tcp, &row);
        ak_bytes_free(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strips_link_layers),
        cmocka_unit_test(damaged_link_layers),
        cmocka_unit_test(names_link_types),
        cmocka_unit_test(parses_ip),
        cmocka_unit_test(endless_extension_headers),
        cmocka_unit_test(damaged_ip),
        cmocka_unit_test(parses_tcp),
        cmocka_unit_test(damaged_tcp),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
