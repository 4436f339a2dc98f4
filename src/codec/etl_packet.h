/* Events of Windows' packet captures: what one event says of one packet.
 *
 * Providers: Microsoft-Windows-NDIS-PacketCapture (netsh trace start capture=yes),
 * Microsoft-Windows-PktMon, Microsoft-Windows-Ras-NdisWanPacketCapture. Their layouts are those of
 * the providers' manifests; Microsoft's etl2pcapng reads the same fields through Windows.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CODEC_ETL_PACKET_H
#define AK_CODEC_ETL_PACKET_H

#include "base/reader.h"

enum ak_etl_event {
    AK_ETL_PACKET,     /* `part` is filled */
    AK_ETL_OTHER,      /* another provider's, or one without packet bytes */
    AK_ETL_UNKNOWN,    /* packet bytes of a kind that is not read here */
    AK_ETL_CONTRADICTS /* lengths that do not fit */
};

/* A packet, or a piece of one. */
struct ak_etl_part {
    uint32_t link_type;
    uint32_t wire_size; /* 0: not told */
    bool first, last;   /* piece of the packet */
    bool dropped;       /* Windows threw it away */
    bool has_group;
    uint64_t group; /* pktmon: the same for every sight of the same packet, with `number` */
    uint32_t number;
    uint32_t place; /* where in the stack it was seen: interface, port or component */
    struct ak_span bytes;
};

/* A record of type EVENT_HEADER32 or 64, whole (its size field is right), 80 bytes at least. */
enum ak_etl_event ak_etl_packet(struct ak_span record, struct ak_etl_part *part);

#endif
