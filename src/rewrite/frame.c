/* SPDX-License-Identifier: Apache-2.0 */
#include "rewrite/frame.h"

#include "base/checksum.h"
#include "base/limits.h"
#include "base/reader.h"

#include "base/banned.h"

enum { IPV4_HEADER = 20, IPV6_HEADER = 40, TCP_HEADER = 20, TCP = 6 };

void ak_frame_copy_init(struct ak_frame_copy *copy)
{
    memset(copy, 0, sizeof *copy);
    ak_text_init(&copy->bytes, AK_MAX_FRAME + AK_MAX_DATAGRAM);
}

void ak_frame_copy_release(struct ak_frame_copy *copy)
{
    ak_text_release(&copy->bytes);
}

static uint8_t *byte_at(struct ak_frame_copy *copy, size_t at)
{
    return (uint8_t *)copy->bytes.bytes + at;
}

static void put16(uint8_t *p, size_t value)
{
    p[0] = (uint8_t)(value >> 8);
    p[1] = (uint8_t)value;
}

/* ---- copying ---- */

static void put_ipv4(struct ak_frame_copy *copy, const struct ak_ip_packet *ip, const uint8_t *old)
{
    uint8_t header[IPV4_HEADER] = {0x45, old[1]};
    size_t total = IPV4_HEADER + (size_t)ip->payload_wire;
    put16(header + 2, total <= AK_MAX_DATAGRAM ? total : 0);
    memcpy(header + 4, old + 4, 2);
    header[8] = ip->ttl;
    header[9] = TCP;
    memcpy(header + 12, ip->source, 4);
    memcpy(header + 16, ip->destination, 4);
    ak_text_bytes(&copy->bytes, header, sizeof header);
}

static void put_ipv6(struct ak_frame_copy *copy, const struct ak_ip_packet *ip, const uint8_t *old)
{
    uint8_t header[IPV6_HEADER];
    memcpy(header, old, IPV6_HEADER);
    put16(header + 4, ip->payload_wire <= AK_MAX_DATAGRAM ? ip->payload_wire : 0);
    header[6] = TCP;
    header[7] = ip->ttl;
    ak_text_bytes(&copy->bytes, header, sizeof header);
}

/* What is not in the frame as it stands: a datagram put together, or one from inside a tunnel,
 * whose outer addresses and headers nobody needs. */
static void take_datagram(struct ak_frame_copy *copy, const struct ak_tap_segment *s,
                          const uint8_t *header)
{
    if (s->inner) {
        copy->link_type = AK_LINK_RAW;
        copy->ip = 0;
    } else {
        copy->ip = (size_t)(header - s->frame->bytes);
        ak_text_bytes(&copy->bytes, s->frame->bytes, copy->ip);
    }
    if (s->ip->version == 4)
        put_ipv4(copy, s->ip, header);
    else
        put_ipv6(copy, s->ip, header);
    copy->tcp = copy->bytes.size;
    ak_text_bytes(&copy->bytes, s->ip->payload.bytes, s->ip->payload.size);
    copy->wire_size = (uint32_t)(copy->tcp + s->ip->payload_wire);
}

bool ak_frame_copy_take(struct ak_frame_copy *copy, const struct ak_tap_segment *s)
{
    const struct ak_frame *frame = s->frame;
    const uint8_t *header = s->ip->source - (s->ip->version == 4 ? 12 : 8);
    ak_text_clear(&copy->bytes);
    copy->link_type = frame->link_type;
    copy->version = s->ip->version;
    if (s->reassembled || s->inner) {
        take_datagram(copy, s, header);
    } else {
        copy->ip = (size_t)(header - frame->bytes);
        ak_text_bytes(&copy->bytes, frame->bytes, frame->size);
        copy->tcp = (size_t)(s->ip->payload.bytes - frame->bytes);
        copy->wire_size = frame->wire_size > frame->size ? frame->wire_size : frame->size;
    }
    if (copy->bytes.failed)
        return false;
    size_t end = copy->tcp + s->ip->payload.size;
    size_t options = (size_t)(*byte_at(copy, copy->tcp + 12) >> 4) * 4;
    copy->payload = copy->tcp + options < end ? copy->tcp + options : end;
    copy->payload_size = end - copy->payload;
    copy->whole = s->ip->payload.size == s->ip->payload_wire;
    if (s->reassembled || s->inner) /* the header is another one than that of the checksum */
        ak_frame_make_checksums(copy);
    return true;
}

void ak_frame_clear_trailer(struct ak_frame_copy *copy)
{
    size_t end = copy->payload + copy->payload_size;
    if (end < copy->bytes.size)
        memset(byte_at(copy, end), 0, copy->bytes.size - end);
}

/* ---- pseudonyms ---- */

static void map_hardware(struct ak_frame_copy *copy, struct ak_pseudonyms *names, size_t at,
                         size_t size)
{
    if (size == 6)
        ak_pseudonym_hardware(names, byte_at(copy, at));
    else
        memset(byte_at(copy, at), 0, size);
}

static void map_link(struct ak_frame_copy *copy, struct ak_pseudonyms *names)
{
    switch (copy->link_type) {
    case AK_LINK_ETHERNET:
        map_hardware(copy, names, 0, 6);
        map_hardware(copy, names, 6, 6);
        break;
    case AK_LINK_COOKED:
        map_hardware(copy, names, 6, ak_be16(byte_at(copy, 4)) == 6 ? 6 : 8);
        memset(byte_at(copy, 12), 0, 2);
        break;
    case AK_LINK_COOKED2:
        map_hardware(copy, names, 12, *byte_at(copy, 11) == 6 ? 6 : 8);
        memset(byte_at(copy, 18), 0, 2);
        break;
    default:
        break;
    }
}

/* RFC 8200 4: of an extension header the type of what follows and its length stay; Pad1 is 0. */
static void empty_extensions(struct ak_frame_copy *copy)
{
    uint8_t next = *byte_at(copy, copy->ip + 6);
    for (size_t at = copy->ip + IPV6_HEADER; next != TCP && at + 8 <= copy->tcp;) {
        uint8_t *p = byte_at(copy, at);
        size_t size = next == 44 ? 8 : 8 + (size_t)p[1] * 8;
        size_t room = copy->tcp - at;
        size_t kept = next == 44 ? 8 : next == 43 ? 4 : 2;
        next = p[0];
        if (size > room)
            size = room;
        memset(p + kept, 0, size - kept);
        at += size;
    }
}

/* What stays: end, no-operation, MSS, window scale, SACK permitted, SACK, timestamps. Others (MPTCP
 * carries addresses) become no-operations. */
static void empty_tcp_options(struct ak_frame_copy *copy)
{
    size_t end = copy->payload;
    for (size_t at = copy->tcp + TCP_HEADER; at < end;) {
        uint8_t *p = byte_at(copy, at);
        if (p[0] == 0) {
            memset(p, 0, end - at);
            return;
        }
        if (p[0] == 1) {
            at++;
            continue;
        }
        size_t size = end - at >= 2 ? p[1] : 0;
        bool known = p[0] <= 5 || p[0] == 8;
        if (size < 2 || size > end - at) {
            memset(p, 0, end - at);
            return;
        }
        if (!known)
            memset(p, 1, size);
        at += size;
    }
}

void ak_frame_pseudonymize(struct ak_frame_copy *copy, struct ak_pseudonyms *names)
{
    uint8_t *ip = byte_at(copy, copy->ip);
    map_link(copy, names);
    if (copy->version == 4) {
        ak_pseudonym_ipv4(names, ip + 12);
        ak_pseudonym_ipv4(names, ip + 16);
        if (copy->tcp > copy->ip + IPV4_HEADER)
            memset(ip + IPV4_HEADER, 0, copy->tcp - copy->ip - IPV4_HEADER);
    } else {
        ak_pseudonym_ipv6(names, ip + 8);
        ak_pseudonym_ipv6(names, ip + 24);
        empty_extensions(copy);
    }
    empty_tcp_options(copy);
}

/* ---- checksums (RFC 1071) ---- */

void ak_frame_make_checksums(struct ak_frame_copy *copy)
{
    uint8_t *ip = byte_at(copy, copy->ip), *tcp = byte_at(copy, copy->tcp);
    size_t size = copy->payload + copy->payload_size - copy->tcp;
    size_t addresses = copy->version == 4 ? 8 : 32;
    if (copy->version == 4) {
        put16(ip + 10, 0);
        put16(ip + 10, ~ak_checksum_add(0, ip, (size_t)(ip[0] & 15) * 4) & 0xffff);
    }
    put16(tcp + 16, 0);
    if (!copy->whole)
        return;
    uint32_t sum = (uint32_t)(TCP + (size & 0xffff) + (size >> 16));
    sum = ak_checksum_add(sum, ip + (copy->version == 4 ? 12 : 8), addresses);
    put16(tcp + 16, ~ak_checksum_add(sum, tcp, size) & 0xffff);
}
