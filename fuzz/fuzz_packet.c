/* Fuzzes ak_link_parse, ak_ip_parse and ak_tcp_parse: byte 0 chooses the link type, bytes 1 and 2
 * say how many bytes the capture cut off, the rest is the frame. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/packet.h"
#include "model/link_names.h"

#include "fuzz_target.h"

static const uint32_t link_types[] = {1, 113, 276, 0, 108, 101, 228, 229, 12, 14, 105, 65535};

static void one_segment(struct ak_span payload, uint32_t wire)
{
    struct ak_tcp_segment segment;
    if (ak_tcp_parse(payload, wire, &segment) != AK_VERDICT_PARSED)
        return;
    FUZZ_CHECK(fuzz_inside(payload.bytes, payload.size, segment.payload));
    FUZZ_CHECK(segment.payload.size <= segment.payload_wire);
    FUZZ_CHECK(segment.payload_wire <= wire);
    FUZZ_CHECK((segment.flags & AK_TCP_SYN) || segment.mss == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3 || size > FUZZ_MAX_INPUT)
        return 0;
    uint32_t link = link_types[data[0] % (sizeof link_types / sizeof link_types[0])];
    uint32_t cut = ak_be16(data + 1);
    struct ak_span frame = {data + 3, size - 3}, rest;
    uint16_t protocol;
    (void)ak_link_type_name(link);
    enum ak_network network = ak_link_parse(link, frame, &rest, &protocol);
    FUZZ_CHECK(fuzz_inside(frame.bytes, frame.size, rest));
    if (network != AK_NETWORK_IP)
        return 0;
    struct ak_ip_packet packet;
    if (ak_ip_parse(rest, (uint32_t)rest.size + cut, &packet) != AK_VERDICT_PARSED)
        return 0;
    FUZZ_CHECK(packet.version == 4 || packet.version == 6);
    FUZZ_CHECK(fuzz_inside(rest.bytes, rest.size, packet.payload));
    FUZZ_CHECK(packet.payload.size <= packet.payload_wire);
    size_t address = packet.version == 4 ? 4 : 16;
    struct ak_span ends[] = {{packet.source, address}, {packet.destination, address}};
    FUZZ_CHECK(fuzz_inside(rest.bytes, rest.size, ends[0]));
    FUZZ_CHECK(fuzz_inside(rest.bytes, rest.size, ends[1]));
    one_segment(packet.payload, packet.payload_wire);
    return 0;
}
