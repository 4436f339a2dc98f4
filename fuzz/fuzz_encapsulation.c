/* Fuzzes what lies around the innermost IP packet: byte 0 chooses a link type, or a protocol in IP,
 * bytes 1 and 2 say how many bytes the capture cut off, the rest is the frame, or the payload. What
 * is found is opened again as the trace does it.
 * Promises: everything found lies in the input, and layers are bounded. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/encapsulation.h"

#include "base/limits.h"

#include "fuzz_target.h"

static const uint32_t link_types[] = {1,   0,   6,   8,   9,   10,  50,  51,  100,   104,
                                      105, 106, 107, 109, 117, 119, 122, 123, 127,   163,
                                      192, 197, 204, 219, 239, 240, 258, 276, 0xffff};
static const uint8_t protocols[] = {4, 17, 41, 47, 50, 51, 94, 97, 137, 17, 17, 17};

enum { LINKS = sizeof link_types / sizeof link_types[0] };

static void open_all(struct ak_span all, struct ak_ip_packet packet, struct ak_layers *layers)
{
    for (unsigned i = 0;; i++) {
        struct ak_inner_packet inner;
        FUZZ_CHECK(i <= AK_MAX_ENCAPSULATIONS);
        enum ak_inner answer = ak_layers_ip(&packet, &inner, layers);
        FUZZ_CHECK(layers->depth <= AK_MAX_ENCAPSULATIONS);
        FUZZ_CHECK(layers->met >> AK_ENCAPSULATIONS == 0);
        if (answer == AK_INNER_NONE || answer == AK_INNER_SHORT)
            return;
        if (answer == AK_INNER_PACKET) {
            packet = inner.packet;
        } else {
            FUZZ_CHECK(fuzz_inside(all.bytes, all.size, inner.bytes));
            if (ak_ip_parse(inner.bytes, inner.wire, &packet) != AK_VERDICT_PARSED)
                return;
        }
        FUZZ_CHECK(fuzz_inside(all.bytes, all.size, packet.payload));
        FUZZ_CHECK(packet.payload.size <= packet.payload_wire);
        if (packet.fragment)
            return;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t address[16] = {192, 0, 2, 1};
    if (size < 3 || size > FUZZ_MAX_INPUT)
        return 0;
    struct ak_span frame = {data + 3, size - 3}, rest = frame;
    struct ak_layers layers = {0, 0};
    uint32_t cut = ak_be16(data + 1);
    struct ak_ip_packet packet = {.version = data[0] & 0x80 ? 6 : 4,
                                  .protocol = protocols[data[0] % sizeof protocols],
                                  .source = address,
                                  .destination = address,
                                  .payload = frame,
                                  .payload_wire = (uint32_t)frame.size + cut};
    if (data[0] & 0x40) {
        uint32_t link = link_types[(data[0] & 0x3f) % LINKS];
        uint16_t protocol;
        enum ak_network network = ak_link_parse(link, frame, &rest, &protocol);
        if (network == AK_NETWORK_OTHER || network == AK_NETWORK_UNSUPPORTED)
            network = ak_layers_link(link, network, &rest, &protocol, &layers);
        FUZZ_CHECK(fuzz_inside(frame.bytes, frame.size, rest));
        if (network != AK_NETWORK_IP ||
            ak_ip_parse(rest, (uint32_t)rest.size + cut, &packet) != AK_VERDICT_PARSED ||
            packet.fragment)
            return 0;
    }
    open_all(frame, packet, &layers);
    return 0;
}
