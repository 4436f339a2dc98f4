/* What the parts of codec/encapsulation.h share: each takes one layer off a reader and goes on. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CODEC_ENCAPSULATION_PARTS_H
#define AK_CODEC_ENCAPSULATION_PARTS_H

#include "codec/encapsulation.h"

struct ak_peeling {
    struct ak_reader r;
    uint16_t protocol; /* EtherType, 0: none was met */
    struct ak_layers *layers;
};

/* EtherTypes that more than one part names. */
enum { AK_ETHER_PPPOE = 0x8864, AK_ETHER_NSH = 0x894f };

/* Counts a layer; false when there are too many. */
bool ak_peel_enter(struct ak_peeling *p, enum ak_encapsulation layer);

/* Each answers IP when the reader stands at an IP header. */
enum ak_network ak_peel_type(struct ak_peeling *p, uint16_t type);
enum ak_network ak_peel_ethernet(struct ak_peeling *p);
enum ak_network ak_peel_ppp(struct ak_peeling *p);
enum ak_network ak_peel_llc(struct ak_peeling *p);
enum ak_network ak_peel_mpls(struct ak_peeling *p);
/* The next protocol of an NSH header, and of VXLAN's generic form (but for NSH in it). */
enum ak_network ak_peel_next(struct ak_peeling *p, uint8_t next);
/* The version nibble decides: OTHER unless it is 4 or 6. */
enum ak_network ak_peel_ip(struct ak_peeling *p);

#endif
