/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/ieee80211.h"

#include "base/banned.h"

/* control(2) duration(2) address 1, 2, 3(6 each) sequence(2) [address 4(6)] [QoS(2)] [HT(4)]
 * [encryption: WEP 4, TKIP and CCMP 8] LLC ...                             data frames
 * A-MSDU: destination(6) source(6) length(2) LLC ...
 * radiotap: version(1) pad(1) length(2, little-endian) present(4) ... flags
 */

enum {
    DATA = 2,
    SUBTYPE_EMPTY = 4, /* bit: no data */
    SUBTYPE_QOS = 8,
    TO_DS = 0x01,
    FROM_DS = 0x02,
    PROTECTED = 0x40,
    ORDER = 0x80,
    QOS_AMSDU = 0x80
};

static bool llc_at(struct ak_span rest, size_t at)
{
    return rest.size >= at + 3 && rest.bytes[at] == 0xaa && rest.bytes[at + 1] == 0xaa &&
           rest.bytes[at + 2] == 3;
}

/* Where the data begins in a frame that is marked as protected; SIZE_MAX: it is encrypted. */
static size_t clear_at(struct ak_span rest, size_t inner)
{
    static const uint8_t before[] = {0, 8, 4};
    for (size_t i = 0; i < sizeof before; i++)
        if (llc_at(rest, before[i] + inner))
            return before[i];
    return SIZE_MAX;
}

enum ak_network ak_peel_80211(struct ak_peeling *p, bool padded, bool swapped)
{
    const uint8_t *b = ak_reader_take(&p->r, 24, "802.11 header");
    size_t header = 24;
    if (b == NULL)
        return AK_NETWORK_SHORT;
    uint8_t kind = b[swapped ? 1 : 0], flags = b[swapped ? 0 : 1];
    unsigned subtype = kind >> 4;
    bool amsdu = false;
    if ((kind & 3) != 0 || (kind >> 2 & 3) != DATA || subtype & SUBTYPE_EMPTY ||
        !ak_peel_enter(p, AK_ENCAPSULATION_80211))
        return AK_NETWORK_OTHER;
    if ((flags & TO_DS) && (flags & FROM_DS)) {
        ak_read_skip(&p->r, 6, "address 4");
        header += 6;
    }
    if (subtype & SUBTYPE_QOS) {
        amsdu = (ak_read_u8(&p->r, "QoS control") & QOS_AMSDU) != 0;
        ak_read_skip(&p->r, 1, "QoS control");
        header += 2;
        if (flags & ORDER) {
            ak_read_skip(&p->r, 4, "HT control");
            header += 4;
        }
    }
    if (padded && header % 4 != 0)
        ak_read_skip(&p->r, 4 - header % 4, "padding");
    if (!ak_reader_ok(&p->r))
        return AK_NETWORK_SHORT;
    if (flags & PROTECTED) {
        size_t at = clear_at(ak_reader_rest(&p->r), amsdu ? 14 : 0);
        if (at == SIZE_MAX)
            return AK_NETWORK_OTHER;
        ak_read_skip(&p->r, at, "encryption header");
    }
    if (amsdu)
        ak_read_skip(&p->r, 14, "A-MSDU header");
    return ak_reader_ok(&p->r) ? ak_peel_llc(p) : AK_NETWORK_SHORT;
}

/* Flags are the field behind TSFT, if both are there: bit 0x20 says that the header is padded. */
static bool padded_flag(const uint8_t *b, size_t length)
{
    uint32_t present = ak_le32(b + 4);
    size_t at = 8;
    if ((present & 2) == 0)
        return false;
    for (uint32_t word = present; word & 0x80000000u; at += 4) {
        if (at + 4 > length)
            return false;
        word = ak_le32(b + at);
    }
    if (present & 1)
        at = ((at + 7) & ~(size_t)7) + 8;
    return at < length && (b[at] & 0x20) != 0;
}

enum ak_network ak_peel_radiotap(struct ak_peeling *p)
{
    struct ak_span rest = ak_reader_rest(&p->r);
    if (rest.size < 8)
        return AK_NETWORK_SHORT;
    size_t length = ak_le16(rest.bytes + 2);
    if (rest.bytes[0] != 0 || length < 8)
        return AK_NETWORK_OTHER;
    const uint8_t *b = ak_reader_take(&p->r, length, "radiotap header");
    return b ? ak_peel_80211(p, padded_flag(b, length), false) : AK_NETWORK_SHORT;
}
