/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/encapsulation.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/limits.h"
#include "support/parser_check.h"

#define MACS "aa*6 bb*6 "
#define SNAP "aaaa03 000000 "
#define BIT(name) (1u << AK_ENCAPSULATION_##name)

/* ---- link types and layers below IP ---- */

/* What is left begins with 45 or 60 when the answer is IP. */
static const struct row {
    uint32_t link;
    const char *hex;
    enum ak_network network;
    size_t header;
    uint32_t met;
} rows[] = {
    /* PPP, PPPoE, HDLC (RFC 1661, 1662, 2516) */
    {9, "ff03 0021 45", AK_NETWORK_IP, 4, BIT(PPP)},
    {9, "21 45", AK_NETWORK_IP, 1, BIT(PPP)}, /* compressed protocol field */
    {9, "0057 60", AK_NETWORK_IP, 2, BIT(PPP)},
    {9, "c021 01", AK_NETWORK_OTHER, 2, BIT(PPP)}, /* LCP */
    {50, "ff03 0021 45", AK_NETWORK_IP, 4, BIT(PPP)},
    {204, "00 ff03 0021 45", AK_NETWORK_IP, 5, BIT(PPP)},
    {51, "11 00 1234 0016 0021 45", AK_NETWORK_IP, 8, BIT(PPP) | BIT(PPPOE)},
    {1, MACS "8864 11 00 1234 0016 0021 45", AK_NETWORK_IP, 22, BIT(PPP) | BIT(PPPOE)},
    {1, MACS "8100 0001 8864 11 00 1234 0016 0057 60", AK_NETWORK_IP, 26, BIT(PPP) | BIT(PPPOE)},
    {1, MACS "8864 21 00 1234 0016 0021 45", AK_NETWORK_OTHER, 20, 0}, /* version 2 */
    {1, MACS "8863 11 09 0000 0004", AK_NETWORK_OTHER, 14, 0},         /* discovery */
    {1, MACS "8864 11 00 12", AK_NETWORK_SHORT, 17, 0},
    {104, "0f00 0800 45", AK_NETWORK_IP, 4, 0},
    {104, "8f00 86dd 60", AK_NETWORK_IP, 4, 0},
    /* MPLS (RFC 3032, 4385) */
    {1, MACS "8847 00010140 45", AK_NETWORK_IP, 18, BIT(MPLS)},
    {1, MACS "8847 00010040 00020140 60", AK_NETWORK_IP, 22, BIT(MPLS)},
    {219, "00010140 45", AK_NETWORK_IP, 4, BIT(MPLS)},
    {1, MACS "8847 00010140 00000000 " MACS "0800 45", AK_NETWORK_IP, 36, BIT(MPLS)},
    {1, MACS "8847 00010140 " MACS "0800 45", AK_NETWORK_IP, 32, BIT(MPLS)},
    {1, MACS "8847 00010140 ff", AK_NETWORK_OTHER, 18, BIT(MPLS)},
    {1, MACS "8847 0001", AK_NETWORK_SHORT, 16, BIT(MPLS)},
    /* Tags and LLC (IEEE 802.1ah, 802.1BR, 802.2), NSH (RFC 8300) */
    {1, MACS "8926 80010001 0800 45", AK_NETWORK_IP, 20, BIT(VN_TAG)},
    {1, MACS "893f 000000010000 0800 45", AK_NETWORK_IP, 22, BIT(VN_TAG)},
    {1, MACS "88e7 00000001 " MACS "0800 45", AK_NETWORK_IP, 32, 0},
    {1, MACS "0026 " SNAP "0800 45", AK_NETWORK_IP, 22, 0},
    {1, MACS "0026 424203 0000000000", AK_NETWORK_OTHER, 22, 0}, /* spanning tree */
    {1, MACS "894f 0206 0101 00000001*1 45", AK_NETWORK_SHORT, 23, BIT(NSH)},
    {1, MACS "894f 0202 0101 00000001 45", AK_NETWORK_IP, 22, BIT(NSH)},
    {1, MACS "894f 0202 0103 00000001 " MACS "0800 45", AK_NETWORK_IP, 36, BIT(NSH)},
    {1, MACS "0806 0001", AK_NETWORK_OTHER, 14, 0},
    /* 802.11: to, from and between access points, QoS, encrypted, A-MSDU, radio headers */
    {105, "0801 0000 aa*18 0000 " SNAP "0800 45", AK_NETWORK_IP, 32, BIT(80211)},
    {105, "8802 0000 aa*18 0000 0000 " SNAP "86dd 60", AK_NETWORK_IP, 34, BIT(80211)},
    {105, "0803 0000 aa*18 0000 cc*6 " SNAP "0800 45", AK_NETWORK_IP, 38, BIT(80211)},
    {105, "8882 0000 aa*18 0000 0000 00*4 " SNAP "0800 45", AK_NETWORK_IP, 38, BIT(80211)},
    {105, "0841 0000 aa*18 0000 " SNAP "0800 45", AK_NETWORK_IP, 32, BIT(80211)}, /* NDIS */
    {105, "0841 0000 aa*18 0000 11*8 " SNAP "0800 45", AK_NETWORK_IP, 40, BIT(80211)},
    {105, "0841 0000 aa*18 0000 11*4 " SNAP "0800 45", AK_NETWORK_IP, 36, BIT(80211)},
    {105, "0841 0000 aa*18 0000 11*30", AK_NETWORK_OTHER, 24, BIT(80211)},
    {105, "8801 0000 aa*18 0000 8000 " MACS "0026 " SNAP "0800 45", AK_NETWORK_IP, 48, BIT(80211)},
    {105, "8000 0000 aa*18 0000 00*12", AK_NETWORK_OTHER, 24, 0}, /* beacon */
    {105, "4801 0000 aa*18 0000", AK_NETWORK_OTHER, 24, 0},       /* empty */
    {105, "0801 0000 aa*6", AK_NETWORK_SHORT, 10, 0},
    {127, "00 00 0800 00000000 0801 0000 aa*18 0000 " SNAP "0800 45", AK_NETWORK_IP, 40,
     BIT(80211)},
    {127, "00 00 0900 02000000 20 8801 0000 aa*18 0000 0000 0000 " SNAP "0800 45", AK_NETWORK_IP,
     45, BIT(80211)}, /* flags: padded */
    {127, "00 00 1200 03000000 00*8 20 00 8801 0000 aa*18 0000 0000 0000 " SNAP "0800 45",
     AK_NETWORK_IP, 54, BIT(80211)},
    {127, "00 00 0700 00000000", AK_NETWORK_OTHER, 0, 0},
    {119, "00000044 00000090 00*136 0801 0000 aa*18 0000 " SNAP "0800 45", AK_NETWORK_IP, 176,
     BIT(80211)},
    {163, "80211001 00000040 00*56 0801 0000 aa*18 0000 " SNAP "0800 45", AK_NETWORK_IP, 96,
     BIT(80211)},
    {192, "00 00 0800 69000000 0801 0000 aa*18 0000 " SNAP "0800 45", AK_NETWORK_IP, 40,
     BIT(80211)},
    {192, "00 00 0c00 01000000 00*4 " MACS "0800 45", AK_NETWORK_IP, 26, 0},
    /* others */
    {8, "00 00*15 45", AK_NETWORK_IP, 16, 0},
    {6, "1040 aa*6 0b*6 " SNAP "0800 45", AK_NETWORK_IP, 22, 0},
    {6, "1040 aa*6 80bbbbbbbbbb 0630 0011 0020 " SNAP "0800 45", AK_NETWORK_IP, 28, 0},
    {10, "50 aa*6 bb*6 " SNAP "0800 45", AK_NETWORK_IP, 21, 0},
    {100, SNAP "0800 45", AK_NETWORK_IP, 8, 0},
    {106, SNAP "0800 45", AK_NETWORK_IP, 8, 0},
    {122, "00*16 " SNAP "0800 45", AK_NETWORK_IP, 24, 0},
    {123, "02 00 0010 " SNAP "0800 45", AK_NETWORK_IP, 12, 0},
    {123, "05 00 0010 " SNAP "0800 45", AK_NETWORK_OTHER, 4, 0},
    {107, "1841 03 cc 45", AK_NETWORK_IP, 4, 0},
    {107, "1841 03 00 80 000000 0800 45", AK_NETWORK_IP, 10, 0},
    {107, "1841 03 09 45", AK_NETWORK_OTHER, 4, 0},
    {109, "02000000 00*8 45", AK_NETWORK_IP, 12, 0},
    {117, "3d 00*63 45", AK_NETWORK_IP, 64, 0},
    {239, "02 00 0000 0800 0100 08000100 0500 0900 45", AK_NETWORK_IP, 16, 0},
    {239, "02 00 0000 0300 0100", AK_NETWORK_OTHER, 8, 0},
    {240, "00*4 " MACS "0800 45", AK_NETWORK_IP, 18, 0},
    {258, "0c000000 01000000 01000000 " MACS "0800 45", AK_NETWORK_IP, 26, 0},
    {197, "00*4 0000c05e 02 04 002b 0000 0019 0000 " MACS "0800 45", AK_NETWORK_IP, 32, 0},
    {197, "00*4 0000c05e 82 04 002b 0000 0019 04*1 00*7 0000 " MACS "0800 45", AK_NETWORK_IP, 40,
     0},
    {197, "00*4 0000c05e 30 04 002b 0000 0019 00", AK_NETWORK_UNSUPPORTED, 16, 0},
    {189, "00*20", AK_NETWORK_UNSUPPORTED, 0, 0},
};

static enum ak_network peel(uint32_t link, struct ak_span frame, struct ak_span *rest,
                            struct ak_layers *layers)
{
    uint16_t protocol;
    enum ak_network network = ak_link_parse(link, frame, rest, &protocol);
    if (network == AK_NETWORK_OTHER || network == AK_NETWORK_UNSUPPORTED)
        network = ak_layers_link(link, network, rest, &protocol, layers);
    ak_assert_inside(frame, *rest);
    assert_true(layers->depth <= AK_MAX_ENCAPSULATIONS);
    return network;
}

static void takes_off_layers_below_ip(void **state)
{
    (void)state;
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_bytes b = ak_hex(rows[i].hex);
        struct ak_layers layers = {0, 0};
        struct ak_span rest;
        enum ak_network network = peel(rows[i].link, ak_bytes_span(&b), &rest, &layers);
        if (network != rows[i].network)
            fail_msg("%s: %d instead of %d", rows[i].hex, network, rows[i].network);
        if (network == AK_NETWORK_IP && rest.size != b.size - rows[i].header)
            fail_msg("%s: %zu bytes taken", rows[i].hex, b.size - rest.size);
        if (layers.met != rows[i].met)
            fail_msg("%s: met %x", rows[i].hex, (unsigned)layers.met);
        ak_bytes_free(&b);
    }
}

/* Link layers in each other without end. */
static void layers_are_bounded(void **state)
{
    (void)state;
    struct ak_layers layers = {0, 0};
    struct ak_span rest;
    struct ak_bytes b = ak_hex("0c000000 01000000 02010000*1 "
                               "0c000000 01000000 02010000 0c000000 01000000 02010000 "
                               "0c000000 01000000 02010000 0c000000 01000000 02010000 "
                               "0c000000 01000000 02010000 0c000000 01000000 02010000 "
                               "0c000000 01000000 02010000 0c000000 01000000 02010000 "
                               "0c000000 01000000 02010000 0c000000 01000000 02010000 "
                               "0c000000 01000000 02010000 0c000000 01000000 02010000 "
                               "0c000000 01000000 02010000 0c000000 01000000 02010000 "
                               "0c000000 01000000 02010000 0c000000 01000000 02010000 "
                               "0c000000 01000000 65000000 45");
    assert_int_equal(peel(258, ak_bytes_span(&b), &rest, &layers), AK_NETWORK_OTHER);
    assert_int_equal(layers.depth, AK_MAX_ENCAPSULATIONS);
    ak_bytes_free(&b);
}

/* ---- tunnels in IP ---- */

#define V4 "45 00 0028 0001 0000 40 06 0000 0a000001 0a000002 "
#define V6 "60000000 0014 06 40 20010db8 00*11 01 20010db8 00*11 02 "
#define TCP "c351 0599 00000001 00000002 50 10 2000 0000 0000 "
#define UDP(port, length) "d000 " port " " length " 0000 "

static const struct tunnel {
    uint8_t version, protocol;
    const char *hex;
    enum ak_inner inner;
    size_t header; /* DATAGRAM: where it begins; PACKET: where its payload begins */
    uint32_t met;
} tunnels[] = {
    {4, 4, V4 TCP, AK_INNER_DATAGRAM, 0, BIT(IP_IN_IP)},
    {4, 41, V6 TCP, AK_INNER_DATAGRAM, 0, BIT(6IN4)},
    {6, 4, V4 TCP, AK_INNER_DATAGRAM, 0, BIT(4IN6)},
    {6, 41, V6 TCP, AK_INNER_DATAGRAM, 0, BIT(IP_IN_IP)},
    {4, 4, "00 00", AK_INNER_NONE, 0, 0},
    {4, 1, "08 00", AK_INNER_NONE, 0, 0},
    /* GRE (RFC 2784, 2890, 2637), ERSPAN, EtherIP, MPLS */
    {4, 47, "0000 0800 " V4 TCP, AK_INNER_DATAGRAM, 4, BIT(GRE)},
    {4, 47, "b000 0800 00000000 00000001 00000002 " V4 TCP, AK_INNER_DATAGRAM, 16, BIT(GRE)},
    {4, 47, "3081 880b 00200001 00000001 00000002 ff03 0021 " V4 TCP, AK_INNER_DATAGRAM, 20,
     BIT(GRE) | BIT(PPP)},
    {4, 47, "0000 6558 " MACS "0800 " V4 TCP, AK_INNER_DATAGRAM, 18, BIT(GRE)},
    {4, 47, "0000 88be " MACS "0800 " V4 TCP, AK_INNER_DATAGRAM, 18, BIT(GRE) | BIT(ERSPAN)},
    {4, 47, "1000 88be 00000001 00*8 " MACS "0800 " V4 TCP, AK_INNER_DATAGRAM, 30,
     BIT(GRE) | BIT(ERSPAN)},
    {4, 47, "1000 22eb 00000001 00*11 01 00*8 " MACS "0800 " V4 TCP, AK_INNER_DATAGRAM, 42,
     BIT(GRE) | BIT(ERSPAN)},
    {4, 47, "1000 22eb 00000001 00*10 08 00 " V4 TCP, AK_INNER_DATAGRAM, 20,
     BIT(GRE) | BIT(ERSPAN)},
    {4, 47, "0000 8847 00010140 " V4 TCP, AK_INNER_DATAGRAM, 8, BIT(GRE) | BIT(MPLS)},
    {4, 47, "0000 8200 0801 0000 aa*18 0000 " SNAP "0800 " V4 TCP, AK_INNER_DATAGRAM, 36,
     BIT(GRE) | BIT(80211)},
    {4, 47, "4000 0800 " V4 TCP, AK_INNER_NONE, 0, 0},
    {4, 47, "0002 0800 " V4 TCP, AK_INNER_NONE, 0, 0},
    {4, 47, "2000 0800 00", AK_INNER_SHORT, 0, BIT(GRE)},
    {4, 97, "3000 " MACS "0800 " V4 TCP, AK_INNER_DATAGRAM, 16, BIT(ETHERIP)},
    {4, 97, "2000 " MACS "0800 " V4 TCP, AK_INNER_NONE, 0, 0},
    {4, 137, "00010140 " V4 TCP, AK_INNER_DATAGRAM, 4, BIT(MPLS)},
    /* AH (RFC 4302) */
    {4, 51, "06 04 0000 00000001 00000001 00*12 " TCP, AK_INNER_PACKET, 24, BIT(AH)},
    {6, 51, "29 04 0000 00000001 00000001 00*12 " V6, AK_INNER_PACKET, 24, BIT(AH)},
    {4, 51, "06 ff 0000 00000001 00000001 00*12 ", AK_INNER_NONE, 0, 0},
    /* ports: VXLAN, its generic form, Geneve, GRE, MPLS, GTP-U, Teredo, L2TP, CAPWAP */
    {4, 17, UDP("12b5", "0046") "08000000 00000100 " MACS "0800 " V4 TCP, AK_INNER_DATAGRAM, 30,
     BIT(VXLAN)},
    {4, 17, UDP("2118", "0046") "08000000 00000100 " MACS "86dd " V6 TCP, AK_INNER_DATAGRAM, 30,
     BIT(VXLAN)},
    {4, 17, UDP("12b5", "0046") "00000000 00000100 " MACS "0800 " V4 TCP, AK_INNER_NONE, 0, 0},
    {4, 17, UDP("12b6", "0038") "0c000001 00000100 " V4 TCP, AK_INNER_DATAGRAM, 16, BIT(VXLAN)},
    {4, 17, UDP("12b6", "0046") "0c000004 00000100 0202 0101 00000001 " V4 TCP, AK_INNER_DATAGRAM,
     24, BIT(VXLAN) | BIT(NSH)},
    {4, 17, UDP("17c1", "003c") "0100 0800 00000100 00000000 " V4 TCP, AK_INNER_DATAGRAM, 20,
     BIT(GENEVE)},
    {4, 17, UDP("17c1", "0046") "0000 6558 00000100 " MACS "0800 " V4 TCP, AK_INNER_DATAGRAM, 30,
     BIT(GENEVE)},
    {4, 17, UDP("17c1", "0046") "4000 6558 00000100 " MACS "0800 " V4 TCP, AK_INNER_NONE, 0, 0},
    {4, 17, UDP("1292", "0034") "0000 0800 " V4 TCP, AK_INNER_DATAGRAM, 12, BIT(GRE)},
    {4, 17, UDP("19eb", "0034") "00010140 " V4 TCP, AK_INNER_DATAGRAM, 12, BIT(MPLS)},
    {4, 17, UDP("0868", "0038") "30 ff 0028 00000001 " V4 TCP, AK_INNER_DATAGRAM, 16, BIT(GTP)},
    {4, 17, UDP("0868", "0040") "34 ff 0030 00000001 0000 00 85 01 0000 00 " V4 TCP,
     AK_INNER_DATAGRAM, 24, BIT(GTP)},
    {4, 17, UDP("0868", "0010") "30 01 0000 00000001 ", AK_INNER_NONE, 0, 0}, /* echo */
    {4, 17, UDP("0868", "003c") "34 ff 002c 00000001 0000 00 85 00 " V4 TCP, AK_INNER_NONE, 0,
     BIT(GTP)},
    {4, 17, UDP("0dd8", "0044") V6 TCP, AK_INNER_DATAGRAM, 8, BIT(TEREDO)},
    {4, 17, UDP("0dd8", "0059") "0001 00 00 00*9 0000 00*6 " V6 TCP, AK_INNER_DATAGRAM, 29,
     BIT(TEREDO)},
    {4, 17, UDP("0dd8", "0010") "60*8", AK_INNER_NONE, 0, 0},
    {4, 17, UDP("06a5", "003a") "0002 0001 0001 ff03 0021 " V4 TCP, AK_INNER_DATAGRAM, 18,
     BIT(L2TP) | BIT(PPP)},
    {4, 17, UDP("06a5", "0044") "4a02 0030 0001 0001 0000 0000 0002 0000 0021 " V4 TCP,
     AK_INNER_DATAGRAM, 26, BIT(L2TP) | BIT(PPP)},
    {4, 17, UDP("06a5", "0014") "c802 000c 0001 0000 0000 0000", AK_INNER_NONE, 0, 0},
    {4, 17, UDP("147f", "0050") "00 10 03 00 00000000 0108 0000 aa*18 0000 " SNAP "0800 " V4 TCP,
     AK_INNER_DATAGRAM, 48, BIT(CAPWAP) | BIT(80211)}, /* turned round */
    {4, 17, UDP("147f", "0046") "00 10 02 00 00000000 " MACS "0800 " V4 TCP, AK_INNER_DATAGRAM, 30,
     BIT(CAPWAP)},
    {4, 17, UDP("147f", "0046") "01 00 00 00 16fefd00 " MACS, AK_INNER_NONE, 0, 0}, /* DTLS */
    {4, 17, UDP("0035", "0010") "00*8", AK_INNER_NONE, 0, 0},
    {4, 17, "d000", AK_INNER_NONE, 0, 0},
    /* The UDP length ends before the inner header: nothing is in it. */
    {4, 17, UDP("1292", "0009") "0000 0800 " V4 TCP, AK_INNER_NONE, 0, BIT(GRE)},
};

static enum ak_inner open_tunnel(const struct tunnel *t, struct ak_span payload,
                                 struct ak_inner_packet *inner, struct ak_layers *layers)
{
    static const uint8_t address[16] = {192, 0, 2, 1};
    struct ak_ip_packet outer = {.version = t->version,
                                 .protocol = t->protocol,
                                 .source = address,
                                 .destination = address,
                                 .payload = payload,
                                 .payload_wire = (uint32_t)payload.size + 7};
    memset(inner, 0, sizeof *inner);
    enum ak_inner answer = ak_layers_ip(&outer, inner, layers);
    if (answer == AK_INNER_DATAGRAM)
        ak_assert_inside(payload, inner->bytes);
    if (answer == AK_INNER_PACKET) {
        ak_assert_inside(payload, inner->packet.payload);
        assert_true(inner->packet.payload.size <= inner->packet.payload_wire);
    }
    return answer;
}

static void opens_tunnels(void **state)
{
    (void)state;
    for (size_t i = 0; i < AK_COUNT(tunnels); i++) {
        const struct tunnel *t = &tunnels[i];
        struct ak_bytes b = ak_hex(t->hex);
        struct ak_layers layers = {0, 0};
        struct ak_inner_packet inner;
        enum ak_inner answer = open_tunnel(t, ak_bytes_span(&b), &inner, &layers);
        if (answer != t->inner)
            fail_msg("%s: %d instead of %d", t->hex, answer, t->inner);
        const uint8_t *at = answer == AK_INNER_DATAGRAM ? inner.bytes.bytes
                            : answer == AK_INNER_PACKET ? inner.packet.payload.bytes
                                                        : b.at + t->header;
        if (at != b.at + t->header)
            fail_msg("%s: begins at %td", t->hex, at - b.at);
        if (layers.met != t->met)
            fail_msg("%s: met %x", t->hex, (unsigned)layers.met);
        ak_bytes_free(&b);
    }
}

static void survive_damage(struct ak_span bytes, void *context)
{
    struct ak_layers layers = {0, 0};
    struct ak_inner_packet inner;
    (void)open_tunnel(context, bytes, &inner, &layers);
}

static void survive_damaged_frame(struct ak_span bytes, void *context)
{
    const struct row *row = context;
    struct ak_layers layers = {0, 0};
    struct ak_span rest;
    (void)peel(row->link, bytes, &rest, &layers);
}

static void survives_damage(void **state)
{
    (void)state;
    for (size_t i = 0; i < AK_COUNT(tunnels); i++) {
        struct ak_bytes b = ak_hex(tunnels[i].hex);
        struct tunnel t = tunnels[i];
        ak_each_damage(ak_bytes_span(&b), survive_damage, &t);
        ak_bytes_free(&b);
    }
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_bytes b = ak_hex(rows[i].hex);
        struct row row = rows[i];
        ak_each_damage(ak_bytes_span(&b), survive_damaged_frame, &row);
        ak_bytes_free(&b);
    }
}

static void every_layer_has_a_name(void **state)
{
    (void)state;
    for (int i = 0; i < AK_ENCAPSULATIONS; i++)
        assert_non_null(ak_encapsulation_name((enum ak_encapsulation)i));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_off_layers_below_ip),
        cmocka_unit_test(layers_are_bounded),
        cmocka_unit_test(opens_tunnels),
        cmocka_unit_test(survives_damage),
        cmocka_unit_test(every_layer_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
