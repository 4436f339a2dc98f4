/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/etl_packet.h"

#include "codec/packet.h"

#include "base/banned.h"

/* record    size(2) type(1) marker(1) flags(2) property(2) thread(4) process(4) time(8)
 *           provider(16) event(2) version(1) channel(1) level(1) opcode(1) task(2) keyword(8)
 *           processor time(8) activity(16)
 *           [flag 1: items reserved(2) type(2) more(2) size(2) data, each padded to 8]  user data
 * 1001      miniport(4) interface(4) size(4) bytes [flow(8) offload(8)]           NDIS
 * 1003      miniport(4) interface(4) port(4) port name, NIC name, NIC type (UTF-16, 0)
 *           destinations(4) destination(8 each) size(4) bytes ...                 VM switch
 * 160, 170  group(8) number(2) appearance(2) direction(2) type(2) component(2) edge(2) filter(2)
 *           drop reason(4) drop location(4) original(2) logged(2) bytes           pktmon
 * 5001, 2   domain, user (UTF-16, 0) size(4) bytes                                RAS
 */

enum {
    HEADER = 80,
    FLAG_EXTENDED = 1,
    NDIS_PACKET = 1001,
    NDIS_METADATA = 1002,
    NDIS_SWITCH_PACKET = 1003,
    PKTMON_PACKET = 160,
    PKTMON_DROP = 170,
    RAS_SEND = 5001,
    RAS_RECEIVE = 5002
};

#define KEYWORD_WIRELESS_WAN UINT64_C(0x200)
#define KEYWORD_TUNNEL UINT64_C(0x8000)
#define KEYWORD_80211 UINT64_C(0x10000)
#define KEYWORD_START UINT64_C(0x40000000)
#define KEYWORD_END UINT64_C(0x80000000)

static const uint8_t ndis_provider[16] = {0x6e, 0x00, 0xd6, 0x2e, 0x29, 0x47, 0x09, 0x46,
                                          0xb4, 0x23, 0x3e, 0xe7, 0xbc, 0xd6, 0x78, 0xef};
static const uint8_t pktmon_provider[16] = {0xd9, 0x80, 0x4f, 0x4d, 0xbd, 0xc8, 0x73, 0x4d,
                                            0xbb, 0x5b, 0x19, 0xc9, 0x04, 0x02, 0xc5, 0xac};
static const uint8_t ras_provider[16] = {0xf7, 0x21, 0x45, 0xd8, 0x35, 0x22, 0x37, 0x42,
                                         0xa7, 0xc0, 0x14, 0xe3, 0xa9, 0x67, 0x62, 0x86};

static void skip_extended(struct ak_reader *r)
{
    bool more = true;
    while (more && ak_reader_ok(r)) {
        const uint8_t *item = ak_reader_take(r, 8, "extended item");
        if (item == NULL)
            return;
        size_t size = ak_le16(item + 6);
        more = (ak_le16(item + 4) & 1) != 0;
        ak_read_skip(r, (size + 7) & ~(size_t)7, "extended item");
    }
}

static void skip_text(struct ak_reader *r)
{
    while (ak_read_le16(r, "text") != 0 && ak_reader_ok(r))
        ;
}

static enum ak_etl_event ndis(struct ak_reader *r, uint16_t event, uint64_t keyword,
                              struct ak_etl_part *part)
{
    ak_read_skip(r, 4, "miniport");
    part->place = ak_read_le32(r, "interface");
    if (event == NDIS_SWITCH_PACKET) {
        part->place = 0x80000000u | ak_read_le32(r, "port");
        for (unsigned i = 0; i < 3; i++)
            skip_text(r);
        uint32_t destinations = ak_read_le32(r, "destinations");
        if (destinations > r->left / 8)
            return AK_ETL_CONTRADICTS;
        ak_read_skip(r, (size_t)destinations * 8, "destinations");
    }
    part->bytes = ak_read_span(r, ak_read_le32(r, "fragment size"), "fragment");
    if (!ak_reader_ok(r))
        return AK_ETL_CONTRADICTS;
    uint8_t nibble = part->bytes.size != 0 ? part->bytes.bytes[0] >> 4 : 0;
    part->link_type = AK_LINK_ETHERNET;
    if (keyword & KEYWORD_80211)
        part->link_type = AK_LINK_IEEE802_11;
    else if (keyword & KEYWORD_WIRELESS_WAN || (keyword & KEYWORD_TUNNEL && (nibble & ~2u) == 4))
        part->link_type = AK_LINK_RAW;
    part->first = (keyword & KEYWORD_START) != 0;
    part->last = (keyword & KEYWORD_END) != 0;
    return AK_ETL_PACKET;
}

static enum ak_etl_event pktmon(struct ak_reader *r, uint16_t event, struct ak_etl_part *part)
{
    const uint8_t *b = ak_reader_take(r, 34, "pktmon header");
    if (b == NULL)
        return AK_ETL_CONTRADICTS;
    part->first = part->last = true;
    part->dropped = event == PKTMON_DROP;
    part->has_group = true;
    part->group = ak_le64(b);
    part->number = ak_le16(b + 8);
    part->place = (uint32_t)ak_le16(b + 16) << 16 | ak_le16(b + 18);
    part->wire_size = ak_le16(b + 30);
    part->bytes = ak_read_span(r, ak_le16(b + 32), "payload");
    if (!ak_reader_ok(r) || r->left != 0) /* a layout of a later version */
        return AK_ETL_CONTRADICTS;
    switch (ak_le16(b + 14)) {
    case 1:
        part->link_type = AK_LINK_ETHERNET;
        return AK_ETL_PACKET;
    case 2:
        part->link_type = AK_LINK_IEEE802_11;
        return AK_ETL_PACKET;
    case 3:
        part->link_type = AK_LINK_RAW;
        return AK_ETL_PACKET;
    default: /* HTTP, a TCP payload without its addresses ... */
        return AK_ETL_UNKNOWN;
    }
}

static enum ak_etl_event ras(struct ak_reader *r, struct ak_etl_part *part)
{
    skip_text(r);
    skip_text(r);
    part->place = UINT32_MAX;
    part->first = part->last = true;
    part->link_type = AK_LINK_ETHERNET;
    part->bytes = ak_read_span(r, ak_read_le32(r, "fragment size"), "fragment");
    return ak_reader_ok(r) ? AK_ETL_PACKET : AK_ETL_CONTRADICTS;
}

enum ak_etl_event ak_etl_packet(struct ak_span record, struct ak_etl_part *part)
{
    struct ak_parse parse;
    struct ak_reader r = ak_reader_of(record.bytes, record.size, &parse);
    const uint8_t *b = ak_reader_take(&r, HEADER, "event header");
    memset(part, 0, sizeof *part);
    if (b == NULL)
        return AK_ETL_CONTRADICTS;
    if (ak_le16(b + 4) & FLAG_EXTENDED)
        skip_extended(&r);
    uint16_t event = ak_le16(b + 40);
    const uint8_t *provider = b + 24;
    if (memcmp(provider, ndis_provider, sizeof ndis_provider) == 0 &&
        (event == NDIS_PACKET || event == NDIS_SWITCH_PACKET))
        return ndis(&r, event, ak_le64(b + 48), part);
    if (memcmp(provider, pktmon_provider, sizeof pktmon_provider) == 0 &&
        (event == PKTMON_PACKET || event == PKTMON_DROP))
        return pktmon(&r, event, part);
    if (memcmp(provider, ras_provider, sizeof ras_provider) == 0 &&
        (event == RAS_SEND || event == RAS_RECEIVE))
        return ras(&r, part);
    return AK_ETL_OTHER;
}
