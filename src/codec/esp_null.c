/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/esp_null.h"

#include "base/attr.h"
#include "base/checksum.h"

#include "base/banned.h"

/* SPI(4) sequence(4) payload padding(1, 2, 3 ...) padding length(1) next header(1) check value */

enum { HEADER = 8, TRAILER = 2 };

static bool is_tcp(const struct ak_ip_packet *outer, struct ak_span body)
{
    size_t address = outer->version == 6 ? 16 : 4;
    if (body.size < 20)
        return false;
    size_t header = (size_t)(body.bytes[12] >> 4) * 4;
    uint32_t sum = (uint32_t)(6 + body.size);
    sum = ak_checksum_add(sum, outer->source, address);
    sum = ak_checksum_add(sum, outer->destination, address);
    return header >= 20 && header <= body.size &&
           ak_checksum_add(sum, body.bytes, body.size) == 0xffff;
}

static bool is_ipv4(struct ak_span body)
{
    if (body.size < 20 || body.bytes[0] >> 4 != 4 || ak_be16(body.bytes + 2) != body.size)
        return false;
    size_t header = (size_t)(body.bytes[0] & 15) * 4;
    return header >= 20 && header <= body.size && ak_checksum_add(0, body.bytes, header) == 0xffff;
}

static bool is_ipv6(struct ak_span body)
{
    return body.size >= 40 && body.bytes[0] >> 4 == 6 &&
           (size_t)ak_be16(body.bytes + 4) + 40 == body.size;
}

static bool fits(const struct ak_ip_packet *outer, size_t check, struct ak_span *inner,
                 uint8_t *next)
{
    const uint8_t *p = outer->payload.bytes;
    size_t size = outer->payload.size;
    if (size < HEADER + TRAILER + check)
        return false;
    size_t end = size - check - TRAILER;
    size_t padding = p[end];
    if (padding > end - HEADER)
        return false;
    for (size_t i = 0; i < padding; i++)
        if (p[end - padding + i] != i + 1)
            return false;
    *next = p[end + 1];
    inner->bytes = p + HEADER;
    inner->size = end - padding - HEADER;
    switch (*next) {
    case 4:
        return is_ipv4(*inner);
    case 6:
        return is_tcp(outer, *inner);
    case 41:
        return is_ipv6(*inner);
    default:
        return false;
    }
}

bool ak_esp_null(const struct ak_ip_packet *outer, struct ak_span *inner, uint8_t *next)
{
    static const uint8_t checks[] = {12, 16, 24, 32, 0, 8, 20}; /* bytes of the check value */
    if (outer->payload.size != outer->payload_wire)
        return false;
    for (size_t i = 0; i < AK_COUNT(checks); i++)
        if (fits(outer, checks[i], inner, next))
            return true;
    return false;
}
