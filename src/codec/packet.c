/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/packet.h"

#include "base/attr.h"
#include "base/limits.h"

#include "base/banned.h"

/* Ethernet     destination(6) source(6) type(2)
 * 802.1Q/ad    tag(2) type(2)
 * cooked v1    packet type(2) ARPHRD(2) length(2) address(8) protocol(2)
 * cooked v2    protocol(2) reserved(2) interface(4) ARPHRD(2) packet type(1) length(1) address(8)
 * null         family(4, host order of the writer); loop: family(4, big-endian)
 */

enum { ETHER_IPV4 = 0x0800, ETHER_IPV6 = 0x86dd, ETHER_CISCO_META = 0x8909 };

static bool is_tag(uint16_t type)
{
    return type == 0x8100 || type == 0x88a8 || type == 0x9100 || type == 0x9200 ||
           type == ETHER_CISCO_META;
}

static enum ak_network by_ethertype(struct ak_reader *r, uint16_t type, struct ak_span *rest,
                                    uint16_t *protocol)
{
    for (unsigned i = 0; AK_UNLIKELY(is_tag(type)) && i < AK_MAX_LINK_LAYERS; i++) {
        if (type == ETHER_CISCO_META) { /* version(1) length(1, words of 4 bytes) words */
            ak_read_skip(r, 1, "metadata version");
            ak_read_skip(r, (size_t)ak_read_u8(r, "metadata length") * 4, "metadata");
        } else {
            ak_read_skip(r, 2, "VLAN tag");
        }
        type = ak_read_be16(r, "EtherType");
    }
    *protocol = type;
    *rest = ak_reader_rest(r);
    if (!ak_reader_ok(r))
        return AK_NETWORK_SHORT;
    return type == ETHER_IPV4 || type == ETHER_IPV6 ? AK_NETWORK_IP : AK_NETWORK_OTHER;
}

static enum ak_network by_family(struct ak_reader *r, bool big_endian, struct ak_span *rest)
{
    const uint8_t *p = ak_reader_take(r, 4, "address family");
    *rest = ak_reader_rest(r);
    if (p == NULL)
        return AK_NETWORK_SHORT;
    uint32_t family = big_endian ? ak_be32(p) : ak_le32(p);
    if (!big_endian && family > 0xffff)
        family = ak_be32(p);
    /* AF_INET is 2 everywhere; AF_INET6 is 10, 23, 24, 28 or 30 by system. */
    bool ip =
        family == 2 || family == 10 || family == 23 || family == 24 || family == 28 || family == 30;
    return ip ? AK_NETWORK_IP : AK_NETWORK_OTHER;
}

enum ak_network ak_link_parse(uint32_t link_type, struct ak_span frame, struct ak_span *rest,
                              uint16_t *protocol)
{
    struct ak_parse parse;
    struct ak_reader r = ak_reader_of(frame.bytes, frame.size, &parse);
    const uint8_t *p;
    *protocol = 0;
    *rest = frame;
    switch (link_type) {
    case AK_LINK_ETHERNET:
        p = ak_reader_take(&r, 14, "Ethernet header");
        return p ? by_ethertype(&r, ak_be16(p + 12), rest, protocol) : AK_NETWORK_SHORT;
    case AK_LINK_COOKED:
        p = ak_reader_take(&r, 16, "cooked header");
        return p ? by_ethertype(&r, ak_be16(p + 14), rest, protocol) : AK_NETWORK_SHORT;
    case AK_LINK_COOKED2:
        p = ak_reader_take(&r, 20, "cooked header v2");
        return p ? by_ethertype(&r, ak_be16(p), rest, protocol) : AK_NETWORK_SHORT;
    case AK_LINK_NULL:
        return by_family(&r, false, rest);
    case AK_LINK_LOOP:
        return by_family(&r, true, rest);
    case AK_LINK_RAW:
    case AK_LINK_IPV4:
    case AK_LINK_IPV6:
    case 12: /* DLT_RAW of several systems, written to files by mistake */
    case 14:
        return frame.size ? AK_NETWORK_IP : AK_NETWORK_SHORT;
    default:
        return AK_NETWORK_UNSUPPORTED;
    }
}

/* RFC 791: version/ihl, tos, total length, id, flags/offset, ttl, protocol, checksum, addresses */
static enum ak_verdict parse_ipv4(struct ak_span bytes, uint32_t wire_size,
                                  struct ak_ip_packet *packet)
{
    if (bytes.size < 20)
        return AK_VERDICT_SHORT;
    const uint8_t *p = bytes.bytes;
    size_t header = (size_t)(p[0] & 15) * 4;
    if (header < 20)
        return AK_VERDICT_BAD;
    if (header > bytes.size)
        return AK_VERDICT_SHORT;
    uint32_t total = ak_be16(p + 2);
    if (total == 0 || total > wire_size) /* offload, or a length that the frame itself refutes */
        total = wire_size;
    if (total < header)
        return AK_VERDICT_BAD;
    uint16_t fragment = ak_be16(p + 6);
    packet->version = 4;
    packet->ttl = p[8];
    packet->protocol = p[9];
    packet->fragment = (fragment & 0x3fff) != 0;
    packet->more_fragments = (fragment & 0x2000) != 0;
    packet->fragment_offset = (uint32_t)(fragment & 0x1fff) * 8;
    packet->fragment_id = ak_be16(p + 4);
    packet->source = p + 12;
    packet->destination = p + 16;
    packet->payload_wire = total - (uint32_t)header;
    packet->payload.bytes = p + header;
    packet->payload.size = bytes.size - header;
    return AK_VERDICT_PARSED;
}

static bool is_extension(uint8_t next)
{
    return next == 0 || next == 43 || next == 44 || next == 60 || next == 135 || next == 139 ||
           next == 140;
}

/* RFC 8200 4: hop-by-hop, routing, destination options share one form; fragment has its own. */
static enum ak_verdict skip_extensions(struct ak_reader *r, struct ak_ip_packet *packet)
{
    for (unsigned i = 0; is_extension(packet->protocol); i++) {
        if (i == AK_MAX_IPV6_EXTENSIONS)
            return AK_VERDICT_UNKNOWN;
        bool fragment = packet->protocol == 44;
        const uint8_t *p = ak_reader_take(r, 8, "IPv6 extension header");
        if (p == NULL)
            return AK_VERDICT_SHORT;
        packet->protocol = p[0];
        if (!fragment) {
            ak_read_skip(r, (size_t)p[1] * 8, "IPv6 extension header");
            if (!ak_reader_ok(r))
                return AK_VERDICT_SHORT;
            continue;
        }
        packet->fragment_offset = ak_be16(p + 2) & 0xfff8u;
        packet->more_fragments = (p[3] & 1) != 0;
        packet->fragment = packet->more_fragments || packet->fragment_offset != 0;
        packet->fragment_id = ak_be32(p + 4);
        if (packet->fragment_offset != 0)
            return AK_VERDICT_PARSED; /* what follows is the middle of a datagram */
    }
    return AK_VERDICT_PARSED;
}

static enum ak_verdict parse_ipv6(struct ak_span bytes, uint32_t wire_size,
                                  struct ak_ip_packet *packet)
{
    struct ak_parse parse;
    struct ak_reader r = ak_reader_of(bytes.bytes, bytes.size, &parse);
    const uint8_t *p = ak_reader_take(&r, 40, "IPv6 header");
    if (p == NULL)
        return AK_VERDICT_SHORT;
    uint32_t length = ak_be16(p + 4);
    uint32_t room = wire_size > 40 ? wire_size - 40 : 0;
    if (length == 0 || length > room)
        length = room;
    packet->version = 6;
    packet->protocol = p[6];
    packet->ttl = p[7];
    packet->source = p + 8;
    packet->destination = p + 24;
    size_t before = r.left;
    enum ak_verdict verdict = skip_extensions(&r, packet);
    if (verdict != AK_VERDICT_PARSED)
        return verdict;
    size_t extensions = before - r.left;
    if (extensions > length)
        return AK_VERDICT_BAD;
    packet->payload_wire = length - (uint32_t)extensions;
    packet->payload = ak_reader_rest(&r);
    return AK_VERDICT_PARSED;
}

enum ak_verdict ak_ip_parse(struct ak_span bytes, uint32_t wire_size, struct ak_ip_packet *packet)
{
    memset(packet, 0, sizeof *packet);
    if (bytes.size == 0)
        return AK_VERDICT_SHORT;
    enum ak_verdict verdict = AK_VERDICT_UNKNOWN;
    if (AK_LIKELY(bytes.bytes[0] >> 4 == 4))
        verdict = parse_ipv4(bytes, wire_size, packet);
    else if (bytes.bytes[0] >> 4 == 6)
        verdict = parse_ipv6(bytes, wire_size, packet);
    if (verdict != AK_VERDICT_PARSED)
        return verdict;
    if (packet->payload.size > packet->payload_wire)
        packet->payload.size = packet->payload_wire; /* Ethernet padding */
    return AK_VERDICT_PARSED;
}

static uint16_t tcp_mss(const uint8_t *options, size_t size)
{
    for (size_t i = 0; i + 1 < size;) {
        if (options[i] == 0)
            break;
        if (options[i] == 1) {
            i++;
            continue;
        }
        size_t length = options[i + 1];
        if (length < 2 || length > size - i)
            break;
        if (options[i] == 2 && length == 4)
            return ak_be16(options + i + 2);
        i += length;
    }
    return 0;
}

/* RFC 9293 3.1: ports, sequence, acknowledgement, offset, flags, window, checksum, urgent */
enum ak_verdict ak_tcp_parse(struct ak_span bytes, uint32_t wire_size,
                             struct ak_tcp_segment *segment)
{
    if (bytes.size < 20)
        return AK_VERDICT_SHORT;
    const uint8_t *p = bytes.bytes;
    size_t header = (size_t)(p[12] >> 4) * 4;
    if (header < 20 || header > wire_size)
        return AK_VERDICT_BAD;
    segment->source_port = ak_be16(p);
    segment->destination_port = ak_be16(p + 2);
    segment->sequence = ak_be32(p + 4);
    segment->acknowledgement = ak_be32(p + 8);
    segment->flags = p[13];
    segment->window = ak_be16(p + 14);
    segment->mss = 0;
    if (segment->flags & AK_TCP_SYN && header <= bytes.size)
        segment->mss = tcp_mss(p + 20, header - 20);
    segment->payload_wire = wire_size - (uint32_t)header;
    segment->payload.size = header < bytes.size ? bytes.size - header : 0;
    segment->payload.bytes = segment->payload.size ? p + header : NULL;
    return AK_VERDICT_PARSED;
}
