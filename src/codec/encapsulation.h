/* What lies around the innermost IP packet of a frame: link types and layers that codec/packet.h
 * leaves (802.11, PPP, LLC, MPLS, VN-tags), and tunnels (IP in IP, GRE, VXLAN, GTP ...).
 *
 * Called only for what codec/packet.h does not understand by itself. Nothing is copied or kept.
 * Layers of one frame are counted in its `struct ak_layers` and bounded. A UDP payload or an ESP
 * packet is taken for a tunnel only if its headers say so without contradiction.
 * RFC 1661, 2516 (PPP), 2784, 2890, 2637 (GRE), 3032, 4385, 7510 (MPLS), 2003, 4213 (IP in IP),
 * 3378 (EtherIP), 4302, 4303 (AH, ESP), 7348 (VXLAN), 8926 (Geneve), 8300 (NSH), 4380 (Teredo),
 * 2661 (L2TP), 5415 (CAPWAP), 3GPP TS 29.281 (GTP-U), IEEE 802.1ah, 802.1BR,
 * draft-foschiano-erspan-03.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CODEC_ENCAPSULATION_H
#define AK_CODEC_ENCAPSULATION_H

#include "codec/packet.h"
#include "model/link_names.h"

struct ak_layers {
    uint32_t met;   /* bit n: enum ak_encapsulation n */
    unsigned depth; /* layers taken off, at most AK_MAX_ENCAPSULATIONS */
};

/* Goes on where ak_link_parse answered OTHER or UNSUPPORTED: `rest` and `protocol` are what it
 * left, and are moved on. The answers mean the same. */
enum ak_network ak_layers_link(uint32_t link_type, enum ak_network network, struct ak_span *rest,
                               uint16_t *protocol, struct ak_layers *layers);

enum ak_inner {
    AK_INNER_NONE,     /* no tunnel, or none that is read */
    AK_INNER_DATAGRAM, /* `bytes` begin with an IPv4 or IPv6 header; `wire` were on the wire */
    AK_INNER_PACKET,   /* `packet`, whose protocol is another one: AH, ESP in transport mode */
    AK_INNER_SHORT     /* a tunnel whose headers the capture cut */
};

struct ak_inner_packet {
    struct ak_span bytes;
    uint32_t wire;
    struct ak_ip_packet packet;
};

/* An IP packet that is neither a fragment nor TCP: what is in it? */
enum ak_inner ak_layers_ip(const struct ak_ip_packet *outer, struct ak_inner_packet *inner,
                           struct ak_layers *layers);

#endif
