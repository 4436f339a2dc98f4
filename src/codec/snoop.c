/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/snoop.h"

#include "base/limits.h"
#include "codec/packet.h"

#include "base/banned.h"

/* "snoop" 0 0 0 version(4) link type(4)
 * original length(4) included(4) record length(4) drops(4) seconds(4) microseconds(4) bytes pad
 */

enum { FILE_HEADER = 16, RECORD_HEADER = 24, SNOOP_IPNET = 26 };

bool ak_snoop_sniff(const uint8_t *bytes, size_t size)
{
    static const uint8_t magic[] = {'s', 'n', 'o', 'o', 'p', 0, 0, 0};
    return size >= 12 && memcmp(bytes, magic, sizeof magic) == 0 && ak_be32(bytes + 8) == 2;
}

/* RFC 1761's numbers, and those that Solaris took from DLPI later on. */
static uint32_t link_of(uint32_t type)
{
    switch (type) {
    case 0: /* IEEE 802.3 */
    case 4: /* Ethernet */
        return AK_LINK_ETHERNET;
    case 2:
        return AK_LINK_TOKEN_RING;
    case 8:
        return AK_LINK_FDDI;
    case SNOOP_IPNET:
        return AK_LINK_RAW;
    default:
        return AK_LINK_UNKNOWN(type);
    }
}

static enum ak_capture_step more(size_t *need, size_t wanted)
{
    *need = wanted;
    return AK_CAPTURE_MORE;
}

enum ak_capture_step ak_snoop_next(bool *begun, uint32_t *link_type, const uint8_t *window,
                                   size_t size, size_t *used, size_t *need, struct ak_frame *frame,
                                   struct ak_error *error)
{
    if (!*begun) {
        if (size < FILE_HEADER)
            return more(need, FILE_HEADER);
        *begun = true;
        *link_type = link_of(ak_be32(window + 12));
        *used = FILE_HEADER;
        return AK_CAPTURE_OTHER;
    }
    if (size < RECORD_HEADER)
        return more(need, RECORD_HEADER);
    uint32_t captured = ak_be32(window + 4), whole = ak_be32(window + 8);
    if (whole > AK_MAX_FRAME || whole < RECORD_HEADER || captured > whole - RECORD_HEADER) {
        (void)ak_error_set(error, AK_ERR_FORMAT, "a frame header names an impossible length");
        return AK_CAPTURE_BAD;
    }
    if (size < whole)
        return more(need, whole);
    *used = whole;
    frame->bytes = window + RECORD_HEADER;
    frame->size = captured;
    frame->wire_size = ak_be32(window);
    frame->time = (int64_t)ak_be32(window + 16) * 1000000000 + (int64_t)ak_be32(window + 20) * 1000;
    frame->link_type = *link_type;
    if (frame->link_type == AK_LINK_RAW && captured >= 24) { /* ipnet: a header of its own */
        frame->bytes += 24;
        frame->size -= 24;
        frame->wire_size -= frame->wire_size >= 24 ? 24 : frame->wire_size;
    }
    return AK_CAPTURE_FRAME;
}
