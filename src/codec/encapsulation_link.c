/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/encapsulation_parts.h"

#include "codec/erf.h"
#include "codec/ieee80211.h"

#include "base/banned.h"

/* www.tcpdump.org/linktypes.html
 * C_HDLC, 104   address(1) control(1) EtherType(2)
 * FRELAY, 107   address(2 to 4, the last one odd) 03 [pad 00] NLPID(1): cc IPv4, 8e IPv6, 80 SNAP
 * SUNATM, 123   flags(1) path(1) channel(2); flags 2: LLC
 * NFLOG, 239    family(1) version(1) resource(2), then length(2) type(2) value, little-endian
 * PKTAP, 258    length(4) next(4) link type(4) ..., little-endian
 * PPI, 192      version(1) flags(1) length(2) link type(4), little-endian
 */

static enum ak_network skipped(struct ak_peeling *p, size_t size, const char *what,
                               enum ak_network (*next)(struct ak_peeling *))
{
    ak_read_skip(&p->r, size, what);
    return ak_reader_ok(&p->r) ? next(p) : AK_NETWORK_SHORT;
}

static enum ak_network pppoe_session(struct ak_peeling *p)
{
    return ak_peel_type(p, AK_ETHER_PPPOE);
}

static enum ak_network c_hdlc(struct ak_peeling *p)
{
    const uint8_t *b = ak_reader_take(&p->r, 4, "HDLC header");
    if (b == NULL)
        return AK_NETWORK_SHORT;
    return b[0] == 0x0f || b[0] == 0x8f ? ak_peel_type(p, ak_be16(b + 2)) : AK_NETWORK_OTHER;
}

static enum ak_network frame_relay(struct ak_peeling *p)
{
    unsigned address = 0;
    uint8_t b;
    do {
        b = ak_read_u8(&p->r, "frame relay address");
    } while ((b & 1) == 0 && ++address < 4 && ak_reader_ok(&p->r));
    b = ak_read_u8(&p->r, "control");
    uint8_t protocol = ak_read_u8(&p->r, "NLPID");
    if (protocol == 0)
        protocol = ak_read_u8(&p->r, "NLPID");
    if (!ak_reader_ok(&p->r))
        return AK_NETWORK_SHORT;
    if (b != 3)
        return AK_NETWORK_OTHER;
    if (protocol == 0xcc || protocol == 0x8e)
        return ak_peel_ip(p);
    const uint8_t *snap = protocol == 0x80 ? ak_reader_take(&p->r, 5, "SNAP") : NULL;
    if (snap == NULL)
        return protocol == 0x80 ? AK_NETWORK_SHORT : AK_NETWORK_OTHER;
    bool ethertype = snap[0] == 0 && snap[1] == 0 && snap[2] == 0;
    return ethertype ? ak_peel_type(p, ak_be16(snap + 3)) : AK_NETWORK_OTHER;
}

static enum ak_network sun_atm(struct ak_peeling *p)
{
    const uint8_t *b = ak_reader_take(&p->r, 4, "ATM header");
    if (b == NULL)
        return AK_NETWORK_SHORT;
    return (b[0] & 15) == 2 ? ak_peel_llc(p) : AK_NETWORK_OTHER;
}

static enum ak_network token_ring(struct ak_peeling *p)
{
    const uint8_t *b = ak_reader_take(&p->r, 14, "token ring header");
    if (b == NULL)
        return AK_NETWORK_SHORT;
    if ((b[1] & 0xc0) != 0x40)
        return AK_NETWORK_OTHER;
    if (b[8] & 0x80) { /* source routing: its first byte has the length */
        struct ak_span route = ak_reader_rest(&p->r);
        size_t size = route.size != 0 ? route.bytes[0] & 0x1f : 0;
        ak_read_skip(&p->r, size, "source routing");
    }
    return ak_reader_ok(&p->r) ? ak_peel_llc(p) : AK_NETWORK_SHORT;
}

static enum ak_network nflog(struct ak_peeling *p)
{
    enum { PAYLOAD = 9 };
    ak_read_skip(&p->r, 4, "NFLOG header");
    while (ak_reader_ok(&p->r) && p->r.left != 0) {
        size_t length = ak_read_le16(&p->r, "NFLOG length");
        uint16_t type = ak_read_le16(&p->r, "NFLOG type");
        if (length < 4)
            return AK_NETWORK_OTHER;
        if (type == PAYLOAD && ak_reader_ok(&p->r)) {
            p->r = ak_read_sub(&p->r, length - 4, "NFLOG payload");
            return ak_reader_ok(&p->r) ? ak_peel_ip(p) : AK_NETWORK_SHORT;
        }
        size_t size = (length - 4 + 3) & ~(size_t)3;
        ak_read_skip(&p->r, size < p->r.left ? size : p->r.left, "NFLOG value");
    }
    return ak_reader_ok(&p->r) ? AK_NETWORK_OTHER : AK_NETWORK_SHORT;
}

static enum ak_network again(struct ak_peeling *p, uint32_t link_type);

static enum ak_network pktap(struct ak_peeling *p)
{
    struct ak_span rest = ak_reader_rest(&p->r);
    if (rest.size < 12)
        return AK_NETWORK_SHORT;
    size_t length = ak_le32(rest.bytes);
    if (length < 12)
        return AK_NETWORK_OTHER;
    uint32_t link = ak_le32(rest.bytes + 8);
    ak_read_skip(&p->r, length, "PKTAP header");
    return ak_reader_ok(&p->r) ? again(p, link) : AK_NETWORK_SHORT;
}

static enum ak_network ppi(struct ak_peeling *p)
{
    struct ak_span rest = ak_reader_rest(&p->r);
    if (rest.size < 8)
        return AK_NETWORK_SHORT;
    size_t length = ak_le16(rest.bytes + 2);
    if (length < 8)
        return AK_NETWORK_OTHER;
    uint32_t link = ak_le32(rest.bytes + 4);
    ak_read_skip(&p->r, length, "PPI header");
    return ak_reader_ok(&p->r) ? again(p, link) : AK_NETWORK_SHORT;
}

/* Both begin with a big-endian or little-endian magic and the header's length; a plain 802.11 frame
 * may stand there as well. */
static enum ak_network old_radio(struct ak_peeling *p)
{
    struct ak_span rest = ak_reader_rest(&p->r);
    if (rest.size < 8)
        return AK_NETWORK_SHORT;
    size_t length = 0;
    if (ak_be32(rest.bytes) >> 12 == 0x80211)
        length = ak_be32(rest.bytes + 4);
    else if (ak_le32(rest.bytes) == 0x44 || ak_be32(rest.bytes) == 0x44)
        length = 144;
    ak_read_skip(&p->r, length, "radio header");
    return ak_reader_ok(&p->r) ? ak_peel_80211(p, false, false) : AK_NETWORK_SHORT;
}

static enum ak_network packet_filter_log(struct ak_peeling *p)
{
    struct ak_span rest = ak_reader_rest(&p->r);
    if (rest.size == 0)
        return AK_NETWORK_SHORT;
    return skipped(p, ((size_t)rest.bytes[0] + 3) & ~(size_t)3, "log header", ak_peel_ip);
}

static enum ak_network erf_record(struct ak_peeling *p)
{
    struct ak_erf_record record;
    if (!ak_erf_record(&p->r, &record))
        return ak_reader_ok(&p->r) ? AK_NETWORK_OTHER : AK_NETWORK_SHORT;
    return again(p, record.link_type);
}

static enum ak_network wireless(struct ak_peeling *p, uint32_t link_type)
{
    if (link_type == AK_LINK_RADIOTAP)
        return ak_peel_radiotap(p);
    return link_type == AK_LINK_IEEE802_11 ? ak_peel_80211(p, false, false) : old_radio(p);
}

static enum ak_network by_link(struct ak_peeling *p, uint32_t link_type)
{
    switch (link_type) {
    case AK_LINK_PPP:
    case AK_LINK_PPP_HDLC:
        return ak_peel_ppp(p);
    case AK_LINK_PPP_WITH_DIR:
        return skipped(p, 1, "direction", ak_peel_ppp);
    case AK_LINK_PPP_ETHER:
        return pppoe_session(p);
    case AK_LINK_SLIP:
        return skipped(p, 16, "SLIP header", ak_peel_ip);
    case AK_LINK_TOKEN_RING:
        return token_ring(p);
    case AK_LINK_FDDI:
        return skipped(p, 13, "FDDI header", ak_peel_llc);
    case AK_LINK_ATM_RFC1483:
    case AK_LINK_ATM_CLIP:
        return ak_peel_llc(p);
    case AK_LINK_IP_OVER_FC:
        return skipped(p, 16, "fibre channel header", ak_peel_llc);
    case AK_LINK_C_HDLC:
        return c_hdlc(p);
    case AK_LINK_FRELAY:
        return frame_relay(p);
    case AK_LINK_ENC:
        return skipped(p, 12, "encapsulation header", ak_peel_ip);
    case AK_LINK_PFLOG:
        return packet_filter_log(p);
    case AK_LINK_SUNATM:
        return sun_atm(p);
    case AK_LINK_IEEE802_11:
    case AK_LINK_RADIOTAP:
    case AK_LINK_PRISM:
    case AK_LINK_AVS:
        return wireless(p, link_type);
    case AK_LINK_PPI:
        return ppi(p);
    case AK_LINK_ERF:
        return erf_record(p);
    case AK_LINK_MPLS:
        return ak_peel_mpls(p);
    case AK_LINK_NFLOG:
        return nflog(p);
    case AK_LINK_NETANALYZER:
        return skipped(p, 4, "netANALYZER header", ak_peel_ethernet);
    case AK_LINK_PKTAP:
        return pktap(p);
    default:
        return AK_NETWORK_UNSUPPORTED;
    }
}

/* A link type inside another one. */
static enum ak_network again(struct ak_peeling *p, uint32_t link_type)
{
    if (!ak_peel_enter(p, AK_ENCAPSULATIONS))
        return AK_NETWORK_OTHER;
    struct ak_span rest;
    enum ak_network network = ak_link_parse(link_type, ak_reader_rest(&p->r), &rest, &p->protocol);
    if (network == AK_NETWORK_UNSUPPORTED)
        return by_link(p, link_type);
    ak_read_skip(&p->r, p->r.left - rest.size, "link header");
    return network == AK_NETWORK_OTHER && p->protocol != 0 ? ak_peel_type(p, p->protocol) : network;
}

enum ak_network ak_layers_link(uint32_t link_type, enum ak_network network, struct ak_span *rest,
                               uint16_t *protocol, struct ak_layers *layers)
{
    struct ak_parse parse;
    struct ak_peeling p = {ak_reader_of(rest->bytes, rest->size, &parse), *protocol, layers};
    if (network == AK_NETWORK_UNSUPPORTED)
        network = by_link(&p, link_type);
    else if (network == AK_NETWORK_OTHER && *protocol != 0)
        network = ak_peel_type(&p, *protocol);
    else
        return network;
    if (network != AK_NETWORK_UNSUPPORTED) {
        *rest = ak_reader_rest(&p.r);
        *protocol = p.protocol;
    }
    return network;
}
