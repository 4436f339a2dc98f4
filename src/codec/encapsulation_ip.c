/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/encapsulation_parts.h"

#include "base/limits.h"
#include "codec/esp_null.h"
#include "codec/ieee80211.h"

#include "base/banned.h"

/* GRE      flags, version(2) type(2) [checksum, reserved(4)] [key(4)] [sequence(4)] [ack(4)]
 * ERSPAN   I: an Ethernet frame; II: header(8), frame; III: header(12) [platform(8)], frame
 * VXLAN    flags(1: 08) reserved(2) next(1) network(3) reserved(1), Ethernet frame
 * Geneve   version, options' words(1) flags(1) type(2) network(3) reserved(1) options
 * GTP-U    version 1, flags(1) type(1: ff) length(2) tunnel(4) [sequence(2) N-PDU(1) next(1)
 *          extensions: words(1) ... next(1)]
 * Teredo   [0001 authentication] [0000 origin(8)] IPv6
 * L2TP     flags, version 2(2) [length(2)] tunnel(2) session(2) [sequence(4)] [offset(2) ...] PPP
 * CAPWAP   version, type(1) length(5 bits) radio(5) binding(5) flags(9) fragment(4) [radio] [info]
 * EtherIP  version 3(2), Ethernet frame
 * AH       next(1) words - 2(1) reserved(2) SPI(4) sequence(4) check value
 */

enum { UDP_HEADER = 8 };

enum {
    PORT_VXLAN = 4789,
    PORT_VXLAN_LINUX = 8472,
    PORT_VXLAN_GPE = 4790,
    PORT_GENEVE = 6081,
    PORT_GTP = 2152,
    PORT_TEREDO = 3544,
    PORT_L2TP = 1701,
    PORT_CAPWAP = 5247,
    PORT_GRE = 4754,
    PORT_MPLS = 6635,
    PORT_NAT_T = 4500
};

static enum ak_network erspan(struct ak_peeling *p, uint16_t type, bool sequence)
{
    if (!ak_peel_enter(p, AK_ENCAPSULATION_ERSPAN))
        return AK_NETWORK_OTHER;
    if (type == 0x88be) {
        ak_read_skip(&p->r, sequence ? 8 : 0, "ERSPAN header");
        return ak_reader_ok(&p->r) ? ak_peel_ethernet(p) : AK_NETWORK_SHORT;
    }
    const uint8_t *b = ak_reader_take(&p->r, 12, "ERSPAN header");
    if (b == NULL)
        return AK_NETWORK_SHORT;
    ak_read_skip(&p->r, b[11] & 1 ? 8 : 0, "ERSPAN platform header");
    if (!ak_reader_ok(&p->r))
        return AK_NETWORK_SHORT;
    /* Frame type: 0 Ethernet, 2 IP; the bit before it says that it is another protocol's. */
    return (b[10] >> 2 & 31) == 2 ? ak_peel_ip(p) : ak_peel_ethernet(p);
}

static enum ak_network gre(struct ak_peeling *p)
{
    const uint8_t *b = ak_reader_take(&p->r, 4, "GRE header");
    if (b == NULL)
        return AK_NETWORK_SHORT;
    uint16_t flags = ak_be16(b), type = ak_be16(b + 2);
    unsigned version = flags & 7;
    if (version > 1 || (flags & 0x4000) || !ak_peel_enter(p, AK_ENCAPSULATION_GRE))
        return AK_NETWORK_OTHER; /* source routes were never used */
    ak_read_skip(&p->r, flags & 0x8000 ? 4 : 0, "GRE checksum");
    ak_read_skip(&p->r, flags & 0x2000 ? 4 : 0, "GRE key");
    ak_read_skip(&p->r, flags & 0x1000 ? 4 : 0, "GRE sequence");
    ak_read_skip(&p->r, version == 1 && flags & 0x0080 ? 4 : 0, "GRE acknowledgement");
    if (!ak_reader_ok(&p->r))
        return AK_NETWORK_SHORT;
    if (type == 0x88be || type == 0x22eb)
        return erspan(p, type, (flags & 0x1000) != 0);
    if (type >= 0x8200 && type <= 0x82ff) /* Aruba: from and to access points */
        return ak_peel_80211(p, false, false);
    return ak_peel_type(p, type);
}

static enum ak_network vxlan(struct ak_peeling *p, bool generic)
{
    const uint8_t *b = ak_reader_take(&p->r, 8, "VXLAN header");
    if (b == NULL)
        return AK_NETWORK_SHORT;
    if ((b[0] & 0x08) == 0 || !ak_peel_enter(p, AK_ENCAPSULATION_VXLAN))
        return AK_NETWORK_OTHER;
    if (!generic || (b[0] & 0x04) == 0)
        return ak_peel_ethernet(p);
    return b[3] == 4 ? ak_peel_type(p, AK_ETHER_NSH) : ak_peel_next(p, b[3]);
}

static enum ak_network geneve(struct ak_peeling *p)
{
    const uint8_t *b = ak_reader_take(&p->r, 8, "Geneve header");
    if (b == NULL)
        return AK_NETWORK_SHORT;
    if (b[0] >> 6 != 0 || !ak_peel_enter(p, AK_ENCAPSULATION_GENEVE))
        return AK_NETWORK_OTHER;
    ak_read_skip(&p->r, (size_t)(b[0] & 0x3f) * 4, "Geneve options");
    return ak_reader_ok(&p->r) ? ak_peel_type(p, ak_be16(b + 2)) : AK_NETWORK_SHORT;
}

static enum ak_network gtp(struct ak_peeling *p)
{
    const uint8_t *b = ak_reader_take(&p->r, 8, "GTP-U header");
    if (b == NULL)
        return AK_NETWORK_SHORT;
    if (b[0] >> 4 != 3 || b[1] != 0xff || !ak_peel_enter(p, AK_ENCAPSULATION_GTP))
        return AK_NETWORK_OTHER;
    uint8_t next = 0;
    if (b[0] & 7) {
        ak_read_skip(&p->r, 3, "GTP-U sequence and N-PDU number");
        next = ak_read_u8(&p->r, "GTP-U extension type");
    }
    for (unsigned i = 0; (b[0] & 4) && next != 0 && i < AK_MAX_LINK_LAYERS; i++) {
        size_t words = ak_read_u8(&p->r, "GTP-U extension length");
        if (words == 0)
            return ak_reader_ok(&p->r) ? AK_NETWORK_OTHER : AK_NETWORK_SHORT;
        ak_read_skip(&p->r, words * 4 - 2, "GTP-U extension");
        next = ak_read_u8(&p->r, "GTP-U extension type");
    }
    return ak_reader_ok(&p->r) ? ak_peel_ip(p) : AK_NETWORK_SHORT;
}

static enum ak_network teredo(struct ak_peeling *p)
{
    struct ak_span rest = ak_reader_rest(&p->r);
    if (rest.size >= 4 && ak_be16(rest.bytes) == 1) { /* id and authentication value, then nonce */
        ak_read_skip(&p->r, 4 + (size_t)rest.bytes[2] + rest.bytes[3] + 9, "Teredo authentication");
        rest = ak_reader_rest(&p->r);
    }
    if (rest.size >= 8 && ak_be16(rest.bytes) == 0) {
        ak_read_skip(&p->r, 8, "Teredo origin");
        rest = ak_reader_rest(&p->r);
    }
    bool whole = rest.size >= 40 && rest.bytes[0] >> 4 == 6 &&
                 (size_t)ak_be16(rest.bytes + 4) + 40 >= rest.size;
    return whole && ak_peel_enter(p, AK_ENCAPSULATION_TEREDO) ? AK_NETWORK_IP : AK_NETWORK_OTHER;
}

static enum ak_network l2tp(struct ak_peeling *p)
{
    uint16_t flags = ak_read_be16(&p->r, "L2TP flags");
    if (!ak_reader_ok(&p->r))
        return AK_NETWORK_SHORT;
    if ((flags & 0x800f) != 2 || !ak_peel_enter(p, AK_ENCAPSULATION_L2TP))
        return AK_NETWORK_OTHER;
    ak_read_skip(&p->r, flags & 0x4000 ? 6 : 4, "L2TP header");
    ak_read_skip(&p->r, flags & 0x0800 ? 4 : 0, "L2TP sequence");
    if (flags & 0x0200)
        ak_read_skip(&p->r, ak_read_be16(&p->r, "L2TP offset"), "L2TP offset");
    return ak_reader_ok(&p->r) ? ak_peel_ppp(p) : AK_NETWORK_SHORT;
}

static enum ak_network capwap(struct ak_peeling *p)
{
    struct ak_span rest = ak_reader_rest(&p->r);
    if (rest.size < 8)
        return AK_NETWORK_SHORT;
    const uint8_t *b = rest.bytes;
    size_t length = (size_t)(b[1] >> 3) * 4;
    bool native = (b[2] & 1) != 0, fragment = (b[3] & 0x80) != 0 || ak_be16(b + 6) >> 3 != 0;
    if (b[0] != 0 || length < 8 || fragment || !ak_peel_enter(p, AK_ENCAPSULATION_CAPWAP))
        return AK_NETWORK_OTHER; /* type 1 is DTLS */
    ak_read_skip(&p->r, length, "CAPWAP header");
    if (!ak_reader_ok(&p->r))
        return AK_NETWORK_SHORT;
    if (!native)
        return ak_peel_ethernet(p);
    rest = ak_reader_rest(&p->r);
    /* Some controllers turn the frame control field round; data frames tell which. */
    bool swapped = rest.size >= 2 && (rest.bytes[0] & 0x0f) != 0x08 && (rest.bytes[1] & 0x0f) == 8;
    return ak_peel_80211(p, false, swapped);
}

/* Either port: answers come from it. */
static bool port_is(uint16_t source, uint16_t destination, uint16_t port)
{
    return source == port || destination == port;
}

static enum ak_network udp(struct ak_peeling *p, uint16_t source, uint16_t destination)
{
    if (destination == PORT_VXLAN || destination == PORT_VXLAN_LINUX)
        return vxlan(p, false);
    if (destination == PORT_VXLAN_GPE)
        return vxlan(p, true);
    if (destination == PORT_GENEVE)
        return geneve(p);
    if (destination == PORT_GRE)
        return gre(p);
    if (destination == PORT_MPLS)
        return ak_peel_mpls(p);
    if (port_is(source, destination, PORT_GTP))
        return gtp(p);
    if (port_is(source, destination, PORT_TEREDO))
        return teredo(p);
    if (port_is(source, destination, PORT_L2TP))
        return l2tp(p);
    if (port_is(source, destination, PORT_CAPWAP))
        return capwap(p);
    return AK_NETWORK_OTHER;
}

static enum ak_encapsulation nested(const struct ak_ip_packet *outer, uint8_t inner)
{
    if (inner == outer->version)
        return AK_ENCAPSULATION_IP_IN_IP;
    return inner == 6 ? AK_ENCAPSULATION_6IN4 : AK_ENCAPSULATION_4IN6;
}

static enum ak_network ip_in_ip(struct ak_peeling *p, const struct ak_ip_packet *outer)
{
    enum ak_network network = ak_peel_ip(p);
    if (network != AK_NETWORK_IP)
        return network;
    uint8_t version = (uint8_t)(ak_reader_rest(&p->r).bytes[0] >> 4);
    return ak_peel_enter(p, nested(outer, version)) ? AK_NETWORK_IP : AK_NETWORK_OTHER;
}

static enum ak_network ether_ip(struct ak_peeling *p)
{
    uint16_t version = ak_read_be16(&p->r, "EtherIP version");
    if (!ak_reader_ok(&p->r))
        return AK_NETWORK_SHORT;
    if (version >> 12 != 3 || !ak_peel_enter(p, AK_ENCAPSULATION_ETHERIP))
        return AK_NETWORK_OTHER;
    return ak_peel_ethernet(p);
}

static enum ak_inner answer(enum ak_network network, const struct ak_peeling *p, uint32_t wire,
                            struct ak_inner_packet *inner)
{
    if (network == AK_NETWORK_SHORT)
        return AK_INNER_SHORT;
    if (network != AK_NETWORK_IP || wire < p->r.offset)
        return AK_INNER_NONE;
    inner->bytes = ak_reader_rest(&p->r);
    inner->wire = wire - (uint32_t)p->r.offset;
    return AK_INNER_DATAGRAM;
}

/* The same packet with the header taken off: its protocol may be TCP now. */
static enum ak_inner authenticated(const struct ak_ip_packet *outer, struct ak_peeling *p,
                                   struct ak_inner_packet *inner)
{
    const uint8_t *b = ak_reader_take(&p->r, 12, "AH");
    if (b == NULL)
        return AK_INNER_SHORT;
    size_t size = ((size_t)b[1] + 2) * 4;
    if (size < 12 || size > outer->payload_wire || !ak_peel_enter(p, AK_ENCAPSULATION_AH))
        return AK_INNER_NONE;
    ak_read_skip(&p->r, size - 12, "AH check value");
    if (!ak_reader_ok(&p->r))
        return AK_INNER_SHORT;
    inner->packet = *outer;
    inner->packet.protocol = b[0];
    inner->packet.payload = ak_reader_rest(&p->r);
    inner->packet.payload_wire = outer->payload_wire - (uint32_t)size;
    return AK_INNER_PACKET;
}

static enum ak_inner null_encrypted(const struct ak_ip_packet *outer, struct ak_peeling *p,
                                    struct ak_inner_packet *inner)
{
    struct ak_span body;
    uint8_t next;
    if (!ak_esp_null(outer, &body, &next) || !ak_peel_enter(p, AK_ENCAPSULATION_ESP_NULL))
        return AK_INNER_NONE;
    inner->bytes = body;
    inner->wire = (uint32_t)body.size;
    if (next != 6)
        return AK_INNER_DATAGRAM;
    inner->packet = *outer;
    inner->packet.protocol = next;
    inner->packet.payload = body;
    inner->packet.payload_wire = inner->wire;
    return AK_INNER_PACKET;
}

static enum ak_inner udp_payload(const struct ak_ip_packet *outer, struct ak_peeling *p,
                                 struct ak_inner_packet *inner)
{
    const uint8_t *b = ak_reader_take(&p->r, UDP_HEADER, "UDP header");
    if (b == NULL)
        return AK_INNER_NONE; /* not known to be a tunnel */
    uint16_t source = ak_be16(b), destination = ak_be16(b + 2), length = ak_be16(b + 4);
    if (port_is(source, destination, PORT_NAT_T)) {
        struct ak_ip_packet esp = *outer;
        esp.payload = ak_reader_rest(&p->r);
        esp.payload_wire = outer->payload_wire - UDP_HEADER;
        return null_encrypted(&esp, p, inner);
    }
    uint32_t wire = outer->payload_wire;
    if (length >= UDP_HEADER && length < wire)
        wire = length;
    return answer(udp(p, source, destination), p, wire, inner);
}

enum ak_inner ak_layers_ip(const struct ak_ip_packet *outer, struct ak_inner_packet *inner,
                           struct ak_layers *layers)
{
    struct ak_parse parse;
    struct ak_peeling p = {ak_reader_of(outer->payload.bytes, outer->payload.size, &parse), 0,
                           layers};
    enum ak_network network;
    switch (outer->protocol) {
    case 4:
    case 41:
    case 94:
        network = ip_in_ip(&p, outer);
        break;
    case 17:
        return udp_payload(outer, &p, inner);
    case 47:
        network = gre(&p);
        break;
    case 50:
        return null_encrypted(outer, &p, inner);
    case 51:
        return authenticated(outer, &p, inner);
    case 97:
        network = ether_ip(&p);
        break;
    case 137:
        network = ak_peel_mpls(&p);
        break;
    default:
        return AK_INNER_NONE;
    }
    return answer(network, &p, outer->payload_wire, inner);
}
