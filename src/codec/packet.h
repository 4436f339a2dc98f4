/* One captured frame down to its TCP segment: link layer, VLAN tags, IPv4, IPv6, TCP headers.
 *
 * Nothing is copied and nothing is kept. Link types: Ethernet, Linux cooked v1 and v2, raw IP,
 * null and loop (www.tcpdump.org/linktypes.html); IEEE 802.1Q and 802.1ad tags; RFC 791, RFC 8200,
 * RFC 9293. Lengths of zero in IP headers mean segmentation offload: the frame's size counts.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CODEC_PACKET_H
#define AK_CODEC_PACKET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/reader.h"

enum ak_link_type {
    AK_LINK_NULL = 0,
    AK_LINK_ETHERNET = 1,
    AK_LINK_RAW = 101,
    AK_LINK_LOOP = 108,
    AK_LINK_COOKED = 113,
    AK_LINK_IPV4 = 228,
    AK_LINK_IPV6 = 229,
    AK_LINK_COOKED2 = 276,
    /* codec/encapsulation.h reads the others. */
    AK_LINK_TOKEN_RING = 6,
    AK_LINK_SLIP = 8,
    AK_LINK_PPP = 9,
    AK_LINK_FDDI = 10,
    AK_LINK_PPP_HDLC = 50,
    AK_LINK_PPP_ETHER = 51,
    AK_LINK_ATM_RFC1483 = 100,
    AK_LINK_C_HDLC = 104,
    AK_LINK_IEEE802_11 = 105,
    AK_LINK_ATM_CLIP = 106,
    AK_LINK_FRELAY = 107,
    AK_LINK_ENC = 109,
    AK_LINK_PFLOG = 117,
    AK_LINK_PRISM = 119,
    AK_LINK_IP_OVER_FC = 122,
    AK_LINK_SUNATM = 123,
    AK_LINK_RADIOTAP = 127,
    AK_LINK_AVS = 163,
    AK_LINK_PPI = 192,
    AK_LINK_ERF = 197,
    AK_LINK_PPP_WITH_DIR = 204,
    AK_LINK_MPLS = 219,
    AK_LINK_NFLOG = 239,
    AK_LINK_NETANALYZER = 240,
    AK_LINK_PKTAP = 258
};

/* A number that no link type has, for a format's own `type`. */
#define AK_LINK_UNKNOWN(type) (0x80000000u | (type))

enum ak_network {
    AK_NETWORK_IP,         /* rest is an IPv4 or IPv6 header */
    AK_NETWORK_OTHER,      /* ARP, LLDP ...: not for us, not an error; protocol is the EtherType */
    AK_NETWORK_SHORT,      /* the frame ends inside its link header */
    AK_NETWORK_UNSUPPORTED /* a link type that is not read here */
};

/* Strips the link layer. `protocol` is the EtherType that was found (0 when there is none). */
enum ak_network ak_link_parse(uint32_t link_type, struct ak_span frame, struct ak_span *rest,
                              uint16_t *protocol);

struct ak_ip_packet {
    uint8_t version; /* 4 or 6 */
    uint8_t protocol;
    uint8_t ttl;
    bool fragment; /* offset != 0 or more to come */
    bool more_fragments;
    uint32_t fragment_offset; /* bytes */
    uint32_t fragment_id;
    const uint8_t *source, *destination; /* 4 or 16 bytes */
    struct ak_span payload;              /* captured part */
    uint32_t payload_wire;               /* what the header says (or the frame had) */
};

/* SHORT: captured bytes end inside the header; BAD: contradiction; UNKNOWN: neither 4 nor 6, or
 * an IPv6 header chain that does not end in an upper layer. */
enum ak_verdict ak_ip_parse(struct ak_span bytes, uint32_t wire_size, struct ak_ip_packet *packet);

enum { AK_TCP_FIN = 1, AK_TCP_SYN = 2, AK_TCP_RST = 4, AK_TCP_PSH = 8, AK_TCP_ACK = 16 };

struct ak_tcp_segment {
    uint16_t source_port, destination_port;
    uint32_t sequence, acknowledgement;
    uint16_t window; /* unscaled */
    uint8_t flags;
    uint16_t mss;           /* of a SYN, else 0 */
    struct ak_span payload; /* captured part */
    uint32_t payload_wire;  /* >= payload.size */
};

enum ak_verdict ak_tcp_parse(struct ak_span bytes, uint32_t wire_size,
                             struct ak_tcp_segment *segment);

#endif
