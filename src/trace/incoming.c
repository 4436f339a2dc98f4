/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/incoming.h"

#include "base/banned.h"

enum { ETHERNET = 14, IPV4 = 20, IPV6 = 40, TCP = 20, PROTOCOL_TCP = 6 };

/* Where the parts of a plain frame lie. */
struct plain {
    const uint8_t *source, *destination, *tcp;
    uint32_t length; /* of the IP payload on the wire */
    size_t size;     /* what follows the IP header, with Ethernet padding; at least 20 */
    uint8_t version, ttl;
};

static AK_ALWAYS_INLINE bool find_parts(const struct ak_frame *frame, struct plain *parts)
{
    const uint8_t *p = frame->bytes;
    size_t size = frame->size;
    if (AK_UNLIKELY(frame->link_type != AK_LINK_ETHERNET || size < ETHERNET + IPV4 + TCP))
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
        if (AK_UNLIKELY((ak_be32(p + 6) & 0x3fff00ff) != PROTOCOL_TCP || total < IPV4 + TCP))
            return false;
        parts->version = 4;
        parts->ttl = p[8];
        parts->source = p + 12;
        parts->destination = p + 16;
        parts->tcp = p + IPV4;
        parts->length = total - IPV4;
        parts->size = size - IPV4;
        return true;
    }
    if (type >> 16 != 0x86dd || size < IPV6 + TCP || p[0] >> 4 != 6 || p[6] != PROTOCOL_TCP)
        return false;
    uint32_t length = ak_be16(p + 4);
    if (length == 0 || length > wire - IPV6)
        length = wire - IPV6;
    if (length < TCP)
        return false;
    parts->version = 6;
    parts->ttl = p[7];
    parts->source = p + 8;
    parts->destination = p + 24;
    parts->tcp = p + IPV6;
    parts->length = length;
    parts->size = size - IPV6;
    return true;
}

static AK_ALWAYS_INLINE void look(struct ak_incoming *in, const struct ak_frame *frame,
                                  const struct ak_flow_table *table, bool ask)
{
    struct plain parts;
    in->frame = frame;
    in->plain = find_parts(frame, &parts);
    if (AK_UNLIKELY(!in->plain))
        return;
    in->ttl = parts.ttl;
    in->tcp = parts.tcp;
    in->length = parts.length;
    in->whole = parts.size >= parts.length;
    ak_flow_key_make(&in->key, parts.version, parts.source, parts.destination, ak_be32(parts.tcp),
                     &in->direction);
    in->hash = ak_flow_hash(table, &in->key);
    if (ask)
        ak_index_prefetch(&table->flows, in->hash);
}

bool ak_incoming_parse(const struct ak_incoming *in, struct ak_ip_packet *ip,
                       struct ak_tcp_segment *tcp)
{
    const uint8_t *end = in->frame->bytes + in->frame->size;
    const size_t size = (size_t)(end - in->tcp);
    *ip = (struct ak_ip_packet){.version = (uint8_t)in->key.rest, .protocol = PROTOCOL_TCP};
    const size_t address = ip->version == 6 ? 16 : 4;
    ip->ttl = in->ttl;
    ip->source = in->tcp - 2 * address;
    ip->destination = in->tcp - address;
    ip->payload.bytes = in->tcp;
    ip->payload.size = size < in->length ? size : in->length; /* without Ethernet padding */
    ip->payload_wire = in->length;
    return ak_tcp_parse(ip->payload, ip->payload_wire, tcp) == AK_VERDICT_PARSED;
}

void ak_incoming_look(struct ak_incoming *in, const struct ak_frame *frames, size_t count,
                      const struct ak_flow_table *table)
{
    for (size_t i = 0; i < count; i++)
        look(&in[i], &frames[i], table, false);
}

void ak_incoming_ask(struct ak_incoming *in, const struct ak_frame *frames, size_t count,
                     const struct ak_flow_table *table)
{
    for (size_t i = 0; i < count; i++)
        look(&in[i], &frames[i], table, true);
}

size_t ak_incoming_read(struct ak_incoming *in, struct ak_frame *frames, size_t most,
                        const struct ak_capture_file *file, struct ak_span window, size_t *used,
                        const struct ak_flow_table *table)
{
    const struct ak_pcap_form form = ak_pcap_form_of(file);
    const uint8_t *p = window.bytes, *end = window.bytes + window.size;
    size_t n = 0;
    while (n < most && ak_pcap_frame(&form, p, (size_t)(end - p), &frames[n])) {
        p += form.header + frames[n].size;
        look(&in[n], &frames[n], table, true);
        n++;
    }
    *used = (size_t)(p - window.bytes);
    return n;
}
