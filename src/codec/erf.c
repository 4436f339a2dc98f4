/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/erf.h"

#include "base/limits.h"
#include "codec/packet.h"

#include "base/banned.h"

/* time(8, little-endian: fraction, seconds) type(1) flags(1) record length(2) lost(2) wire
 * length(2) [extensions of 8 bytes, while the first byte's highest bit is set] [Ethernet: offset,
 * pad(2)]
 */

enum {
    HEADER = 16,
    TYPE_HDLC = 1,
    TYPE_ETHERNET = 2,
    TYPE_COLOR_HDLC = 10,
    TYPE_COLOR_ETHERNET = 11,
    TYPE_DSM_COLOR_HDLC = 15,
    TYPE_DSM_COLOR_ETHERNET = 16,
    TYPE_HASH_HDLC = 19,
    TYPE_HASH_ETHERNET = 20,
    TYPE_IPV4 = 22,
    TYPE_IPV6 = 23,
    TYPE_LAST = 48,
    EXTENSIONS = 16
};

/* PPP and Cisco's HDLC share a type. */
static uint32_t hdlc(const struct ak_reader *r)
{
    struct ak_span rest = ak_reader_rest(r);
    bool ppp = rest.size >= 2 && rest.bytes[0] == 0xff && rest.bytes[1] == 3;
    return ppp ? AK_LINK_PPP : AK_LINK_C_HDLC;
}

static uint32_t link_of(struct ak_reader *r, unsigned type)
{
    switch (type) {
    case TYPE_ETHERNET:
    case TYPE_COLOR_ETHERNET:
    case TYPE_DSM_COLOR_ETHERNET:
    case TYPE_HASH_ETHERNET:
        ak_read_skip(r, 2, "ERF padding");
        return AK_LINK_ETHERNET;
    case TYPE_HDLC:
    case TYPE_COLOR_HDLC:
    case TYPE_DSM_COLOR_HDLC:
    case TYPE_HASH_HDLC:
        return hdlc(r);
    case TYPE_IPV4:
    case TYPE_IPV6:
        return AK_LINK_RAW;
    default:
        return AK_ERF_OTHER;
    }
}

bool ak_erf_record(struct ak_reader *r, struct ak_erf_record *record)
{
    const uint8_t *b = ak_reader_take(r, HEADER, "ERF header");
    if (b == NULL)
        return false;
    unsigned type = b[8] & 0x7f;
    bool more = (b[8] & 0x80) != 0;
    uint64_t fraction = ak_le32(b);
    record->time = (int64_t)ak_le32(b + 4) * 1000000000 + (int64_t)(fraction * 1000000000 >> 32);
    record->size = ak_be16(b + 10);
    record->wire_size = ak_be16(b + 14);
    if (record->size < HEADER || type == 0 || type > TYPE_LAST)
        return false;
    for (unsigned i = 0; more && i < EXTENSIONS; i++) {
        const uint8_t *extension = ak_reader_take(r, 8, "ERF extension");
        more = extension != NULL && (extension[0] & 0x80) != 0;
    }
    record->link_type = link_of(r, type);
    return ak_reader_ok(r) && !more;
}

/* Between 1995 and 2100: a random 32-bit number is in nearly as often as not, so this only helps
 * the other signs. */
static bool sane_time(int64_t time)
{
    return time > INT64_C(788918400000000000) && time < INT64_C(4102444800000000000);
}

bool ak_erf_sniff(const uint8_t *bytes, size_t size)
{
    struct ak_parse parse;
    int64_t before = 0;
    size_t at = 0;
    unsigned records = 0;
    for (; records < 3 && size - at >= HEADER; records++) {
        struct ak_reader r = ak_reader_of(bytes + at, size - at, &parse);
        struct ak_erf_record record;
        if (!ak_erf_record(&r, &record) || !sane_time(record.time))
            return false;
        bool near = records == 0 || (record.time - before < INT64_C(86400000000000) &&
                                     before - record.time < INT64_C(1000000000));
        if (!near || record.link_type == AK_ERF_OTHER || record.wire_size == 0 ||
            r.offset > record.size)
            return false;
        before = record.time;
        if (record.size >= size - at)
            return records != 0 || record.size == size - at;
        at += record.size;
    }
    return records >= 2;
}

enum ak_capture_step ak_erf_next(const uint8_t *window, size_t size, size_t *used, size_t *need,
                                 struct ak_frame *frame, struct ak_error *error)
{
    struct ak_parse parse;
    struct ak_erf_record record;
    if (size < HEADER || size < ak_be16(window + 10)) {
        *need = size < HEADER ? HEADER : ak_be16(window + 10);
        return AK_CAPTURE_MORE;
    }
    size_t whole = ak_be16(window + 10);
    struct ak_reader r = ak_reader_of(window, whole, &parse);
    if (!ak_erf_record(&r, &record)) {
        (void)ak_error_set(error, AK_ERR_FORMAT, "a frame header names an impossible length");
        return AK_CAPTURE_BAD;
    }
    *used = whole;
    if (record.link_type == AK_ERF_OTHER)
        return AK_CAPTURE_OTHER;
    struct ak_span rest = ak_reader_rest(&r);
    frame->bytes = rest.bytes;
    frame->size = (uint32_t)rest.size;
    if (frame->size > record.wire_size) /* padding */
        frame->size = record.wire_size;
    frame->wire_size = record.wire_size;
    frame->time = record.time;
    frame->link_type = record.link_type;
    return AK_CAPTURE_FRAME;
}
