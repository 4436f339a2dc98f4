/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/encapsulation_parts.h"

#include "base/limits.h"
#include "codec/ieee80211.h"

#include "base/banned.h"

/* PPPoE    version/type(1) code(1) session(2) length(2), then PPP
 * PPP      [ff 03] protocol(1 if odd, else 2)
 * MPLS     label(20 bits) class(3) bottom(1) ttl(8), repeated until bottom; then an IP header, or
 *          [control word(4)] and an Ethernet frame
 * VN-tag   direction, destination, source(4) type(2); E-tag (802.1BR) likewise with 6 bytes
 * I-tag    priority, service(4), then an Ethernet frame (802.1ah)
 * NSH      base(4, its length in words) path(4) context; next protocol in the base
 * LLC      aa aa 03 organisation(3) type(2)
 */

enum {
    TYPE_IPV4 = 0x0800,
    TYPE_IPV6 = 0x86dd,
    TYPE_ARP = 0x0806,
    TYPE_ETHERNET = 0x6558,
    TYPE_PPP = 0x880b,
    TYPE_MPLS = 0x8847,
    TYPE_MPLS_UPSTREAM = 0x8848,
    TYPE_PPPOE_DISCOVERY = 0x8863,
    TYPE_I_TAG = 0x88e7,
    TYPE_E_TAG = 0x893f,
    TYPE_VN_TAG = 0x8926,
    TYPE_CISCO_META = 0x8909,
    LAST_LENGTH = 1500
};

bool ak_peel_enter(struct ak_peeling *p, enum ak_encapsulation layer)
{
    if (p->layers->depth >= AK_MAX_ENCAPSULATIONS)
        return false;
    p->layers->depth++;
    if (layer != AK_ENCAPSULATIONS)
        p->layers->met |= 1u << layer;
    return true;
}

static enum ak_network cut_or(const struct ak_peeling *p, enum ak_network network)
{
    return ak_reader_ok(&p->r) ? network : AK_NETWORK_SHORT;
}

enum ak_network ak_peel_ip(struct ak_peeling *p)
{
    struct ak_span rest = ak_reader_rest(&p->r);
    if (rest.size == 0)
        return AK_NETWORK_SHORT;
    unsigned version = rest.bytes[0] >> 4;
    return version == 4 || version == 6 ? AK_NETWORK_IP : AK_NETWORK_OTHER;
}

enum ak_network ak_peel_ethernet(struct ak_peeling *p)
{
    const uint8_t *header = ak_reader_take(&p->r, 14, "Ethernet header");
    return header ? ak_peel_type(p, ak_be16(header + 12)) : AK_NETWORK_SHORT;
}

enum ak_network ak_peel_llc(struct ak_peeling *p)
{
    const uint8_t *b = ak_reader_take(&p->r, 8, "LLC header");
    if (b == NULL)
        return AK_NETWORK_SHORT;
    if (b[0] != 0xaa || b[1] != 0xaa || b[2] != 3)
        return AK_NETWORK_OTHER;
    /* Organisation 0 is an EtherType; f8 is the bridge tunnel's (Apple, 802.1H). */
    if (b[3] != 0 || b[4] != 0 || (b[5] != 0 && b[5] != 0xf8))
        return AK_NETWORK_OTHER;
    return ak_peel_type(p, ak_be16(b + 6));
}

enum ak_network ak_peel_ppp(struct ak_peeling *p)
{
    struct ak_span rest = ak_reader_rest(&p->r);
    if (!ak_peel_enter(p, AK_ENCAPSULATION_PPP))
        return AK_NETWORK_OTHER;
    if (rest.size >= 2 && rest.bytes[0] == 0xff && rest.bytes[1] == 3)
        ak_read_skip(&p->r, 2, "PPP address and control");
    uint16_t protocol = ak_read_u8(&p->r, "PPP protocol");
    if ((protocol & 1) == 0)
        protocol = (uint16_t)(protocol << 8 | ak_read_u8(&p->r, "PPP protocol"));
    if (!ak_reader_ok(&p->r))
        return AK_NETWORK_SHORT;
    switch (protocol) {
    case 0x0021:
        return ak_peel_type(p, TYPE_IPV4);
    case 0x0057:
        return ak_peel_type(p, TYPE_IPV6);
    case 0x0281:
    case 0x0283:
        return ak_peel_mpls(p);
    default:
        p->protocol = protocol;
        return AK_NETWORK_OTHER;
    }
}

/* Does an Ethernet header stand there? Only the type can tell. */
static bool ethernet_at(struct ak_span rest, size_t at)
{
    if (rest.size < at + 14)
        return false;
    switch (ak_be16(rest.bytes + at + 12)) {
    case TYPE_IPV4:
    case TYPE_IPV6:
    case TYPE_ARP:
    case TYPE_MPLS:
    case AK_ETHER_PPPOE:
    case TYPE_PPPOE_DISCOVERY:
    case 0x8100:
    case 0x88a8:
        return true;
    default:
        return false;
    }
}

enum ak_network ak_peel_mpls(struct ak_peeling *p)
{
    const uint8_t *label;
    if (!ak_peel_enter(p, AK_ENCAPSULATION_MPLS))
        return AK_NETWORK_OTHER;
    unsigned labels = 0;
    do {
        label = ak_reader_take(&p->r, 4, "MPLS label");
        if (label == NULL)
            return AK_NETWORK_SHORT;
        if (++labels > AK_MAX_LINK_LAYERS)
            return AK_NETWORK_OTHER;
    } while ((label[2] & 1) == 0);
    struct ak_span rest = ak_reader_rest(&p->r);
    if (rest.size == 0)
        return AK_NETWORK_SHORT;
    if (rest.bytes[0] >> 4 == 6 || (rest.bytes[0] >> 4 == 4 && (rest.bytes[0] & 15) >= 5))
        return AK_NETWORK_IP;
    bool control = rest.bytes[0] == 0 && ethernet_at(rest, 4);
    if (!control && !ethernet_at(rest, 0))
        return AK_NETWORK_OTHER;
    ak_read_skip(&p->r, control ? 4 : 0, "control word");
    return ak_peel_ethernet(p);
}

static enum ak_network pppoe(struct ak_peeling *p)
{
    const uint8_t *b = ak_reader_take(&p->r, 6, "PPPoE header");
    if (b == NULL)
        return AK_NETWORK_SHORT;
    if (b[0] != 0x11 || b[1] != 0 || !ak_peel_enter(p, AK_ENCAPSULATION_PPPOE))
        return AK_NETWORK_OTHER;
    return ak_peel_ppp(p);
}

enum ak_network ak_peel_next(struct ak_peeling *p, uint8_t next)
{
    switch (next) {
    case 1:
    case 2:
        return ak_peel_ip(p);
    case 3:
        return ak_peel_ethernet(p);
    case 5:
        return ak_peel_mpls(p);
    default:
        return AK_NETWORK_OTHER;
    }
}

static enum ak_network service_header(struct ak_peeling *p)
{
    const uint8_t *b = ak_reader_take(&p->r, 8, "NSH");
    if (b == NULL)
        return AK_NETWORK_SHORT;
    size_t words = b[1] & 0x3f;
    if (b[0] >> 6 != 0 || words < 2 || !ak_peel_enter(p, AK_ENCAPSULATION_NSH))
        return AK_NETWORK_OTHER;
    ak_read_skip(&p->r, words * 4 - 8, "NSH context");
    if (!ak_reader_ok(&p->r))
        return AK_NETWORK_SHORT;
    return ak_peel_next(p, b[3]);
}

static enum ak_network tag(struct ak_peeling *p, uint16_t type)
{
    bool vn = type == TYPE_VN_TAG || type == TYPE_E_TAG;
    if (!ak_peel_enter(p, vn ? AK_ENCAPSULATION_VN_TAG : AK_ENCAPSULATIONS))
        return AK_NETWORK_OTHER;
    if (type == TYPE_CISCO_META) { /* version(1) length(1, words) */
        ak_read_skip(&p->r, 1, "metadata version");
        ak_read_skip(&p->r, (size_t)ak_read_u8(&p->r, "metadata length") * 4, "metadata");
    } else {
        ak_read_skip(&p->r, type == TYPE_VN_TAG ? 4 : type == TYPE_E_TAG ? 6 : 2, "tag");
    }
    type = ak_read_be16(&p->r, "EtherType");
    return cut_or(p, ak_reader_ok(&p->r) ? ak_peel_type(p, type) : AK_NETWORK_SHORT);
}

enum ak_network ak_peel_type(struct ak_peeling *p, uint16_t type)
{
    p->protocol = type;
    if (type <= LAST_LENGTH)
        return ak_peel_enter(p, AK_ENCAPSULATIONS) ? ak_peel_llc(p) : AK_NETWORK_OTHER;
    switch (type) {
    case TYPE_IPV4:
    case TYPE_IPV6:
        return p->r.left != 0 ? AK_NETWORK_IP : AK_NETWORK_SHORT;
    case 0x8100:
    case 0x88a8:
    case 0x9100:
    case 0x9200:
    case TYPE_CISCO_META:
    case TYPE_VN_TAG:
    case TYPE_E_TAG:
        return tag(p, type);
    case AK_ETHER_PPPOE:
        return pppoe(p);
    case TYPE_PPP:
        return ak_peel_ppp(p);
    case TYPE_MPLS:
    case TYPE_MPLS_UPSTREAM:
        return ak_peel_mpls(p);
    case TYPE_ETHERNET:
        return ak_peel_enter(p, AK_ENCAPSULATIONS) ? ak_peel_ethernet(p) : AK_NETWORK_OTHER;
    case TYPE_I_TAG:
        ak_read_skip(&p->r, 4, "I-tag");
        return ak_peel_enter(p, AK_ENCAPSULATIONS) ? ak_peel_ethernet(p) : AK_NETWORK_OTHER;
    case AK_ETHER_NSH:
        return service_header(p);
    default:
        return AK_NETWORK_OTHER;
    }
}
