/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/incoming.h"

#include "base/banned.h"

enum { ETHERNET = 14, IPV4 = 20, IPV6 = 40, TCP = 20, PROTOCOL_TCP = 6 };

/* The segment behind an IP header that names `length` bytes of payload; at least 20 bytes are
 * there. Options matter on a SYN alone (RFC 9293 3.1). */
static AK_ALWAYS_INLINE bool plain_tcp(const uint8_t *p, size_t size, uint32_t length,
                                       struct ak_ip_packet *ip, struct ak_tcp_segment *tcp)
{
    ip->protocol = PROTOCOL_TCP;
    ip->payload.bytes = p;
    ip->payload.size = size < length ? size : length; /* without Ethernet padding */
    ip->payload_wire = length;
    size_t header = (size_t)(p[12] >> 4) * 4;
    if (AK_UNLIKELY(p[13] & AK_TCP_SYN || header < TCP || header > ip->payload.size))
        return ak_tcp_parse(ip->payload, length, tcp) == AK_VERDICT_PARSED;
    const uint32_t ports = ak_be32(p);
    tcp->source_port = (uint16_t)(ports >> 16);
    tcp->destination_port = (uint16_t)ports;
    tcp->sequence = ak_be32(p + 4);
    tcp->acknowledgement = ak_be32(p + 8);
    tcp->flags = p[13];
    tcp->window = ak_be16(p + 14);
    tcp->mss = 0;
    tcp->payload_wire = length - (uint32_t)header;
    tcp->payload.size = ip->payload.size - header;
    tcp->payload.bytes = tcp->payload.size != 0 ? p + header : NULL;
    return true;
}

static AK_ALWAYS_INLINE bool plain(const struct ak_frame *frame, struct ak_ip_packet *ip,
                                   struct ak_tcp_segment *tcp)
{
    const uint8_t *p = frame->bytes;
    size_t size = frame->size;
    if (frame->link_type != AK_LINK_ETHERNET || size < ETHERNET + IPV4 + TCP)
        return false;
    uint32_t wire = frame->wire_size > frame->size ? frame->wire_size : frame->size;
    const uint32_t type = ak_be32(p + 12); /* and the first two bytes behind it */
    p += ETHERNET;
    size -= ETHERNET;
    wire -= ETHERNET;
    if (AK_LIKELY(type >> 8 == 0x080045)) {
        uint32_t total = ak_be16(p + 2);
        if (AK_UNLIKELY(total - 1 >= wire)) /* 0: offload; or a length that the frame refutes */
            total = wire;
        /* fragment, time to live, protocol */
        if ((ak_be32(p + 6) & 0x3fff00ff) != PROTOCOL_TCP || total < IPV4)
            return false;
        ip->version = 4;
        ip->ttl = p[8];
        ip->source = p + 12;
        ip->destination = p + 16;
        return plain_tcp(p + IPV4, size - IPV4, total - IPV4, ip, tcp);
    }
    if (type >> 16 != 0x86dd || size < IPV6 + TCP || p[0] >> 4 != 6 || p[6] != PROTOCOL_TCP)
        return false;
    uint32_t length = ak_be16(p + 4);
    if (length == 0 || length > wire - IPV6)
        length = wire - IPV6;
    ip->version = 6;
    ip->ttl = p[7];
    ip->source = p + 8;
    ip->destination = p + 24;
    return plain_tcp(p + IPV6, size - IPV6, length, ip, tcp);
}

bool ak_packet_plain(const struct ak_frame *frame, struct ak_ip_packet *ip,
                     struct ak_tcp_segment *tcp)
{
    return plain(frame, ip, tcp);
}

static AK_ALWAYS_INLINE void look(struct ak_incoming *in, const struct ak_frame *frame,
                                  const struct ak_flow_table *table)
{
    in->frame = frame;
    in->plain = plain(frame, &in->ip, &in->tcp);
    if (!in->plain)
        return;
    ak_flow_key_make(&in->key, in->ip.version, in->ip.source, in->ip.destination,
                     ak_be32(in->ip.payload.bytes), &in->direction);
    in->hash = ak_flow_hash(table, &in->key);
}

void ak_incoming_look(struct ak_incoming *in, const struct ak_frame *frames, size_t count,
                      const struct ak_flow_table *table)
{
    for (size_t i = 0; i < count; i++)
        look(&in[i], &frames[i], table);
}
