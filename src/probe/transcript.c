/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/transcript.h"

#include <string.h>

#include "base/checksum.h"
#include "codec/packet.h"

#include "base/banned.h"

enum { SEGMENT = 1460, TCP_HEADER = 20, IP4 = 20, IP6 = 40, TTL = 64, WINDOW = 65535 };
enum { CLIENT_FIRST = 1000, SERVER_FIRST = 2000, TCP = 6 };

static void put16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
    put16(at, value >> 16);
    put16(at + 2, value & 0xffff);
}

static size_t ip_header(const struct ak_transcript *t, enum ak_side by, size_t payload,
                        uint8_t *out)
{
    const struct ak_endpoint *from = &t->end[by], *to = &t->end[by == AK_SIDE_CLIENT];
    if (from->version == 4) {
        out[0] = 0x45;
        put16(out + 2, (unsigned)(IP4 + payload));
        put16(out + 6, 0x4000);
        out[8] = TTL;
        out[9] = TCP;
        memcpy(out + 12, from->address, 4);
        memcpy(out + 16, to->address, 4);
        put16(out + 10, ~ak_checksum_add(0, out, IP4) & 0xffff);
        return IP4;
    }
    out[0] = 0x60;
    put16(out + 4, (unsigned)payload);
    out[6] = TCP;
    out[7] = TTL;
    memcpy(out + 8, from->address, 16);
    memcpy(out + 24, to->address, 16);
    return IP6;
}

static void segment(struct ak_transcript *t, enum ak_side by, unsigned flags, const uint8_t *bytes,
                    size_t size, int64_t time)
{
    uint8_t frame[IP6 + TCP_HEADER + SEGMENT];
    enum ak_side other = by == AK_SIDE_CLIENT ? AK_SIDE_SERVER : AK_SIDE_CLIENT;
    memset(frame, 0, IP6 + TCP_HEADER);
    size_t head = ip_header(t, by, TCP_HEADER + size, frame);
    uint8_t *tcp = frame + head;
    put16(tcp, t->end[by].port);
    put16(tcp + 2, t->end[other].port);
    put32(tcp + 4, t->sequence[by]);
    if ((flags & AK_TCP_ACK) != 0)
        put32(tcp + 8, t->sequence[other]);
    put16(tcp + 12, 0x5000u | flags);
    put16(tcp + 14, WINDOW);
    if (size != 0)
        memcpy(tcp + TCP_HEADER, bytes, size);
    size_t address = head == IP4 ? 8 : 32;
    uint32_t sum =
        ak_checksum_add(TCP + TCP_HEADER + (uint32_t)size, frame + head - address, address);
    put16(tcp + 16, ~ak_checksum_add(sum, tcp, TCP_HEADER + size) & 0xffff);
    t->sequence[by] += (uint32_t)size + ((flags & (AK_TCP_SYN | AK_TCP_FIN)) != 0 ? 1 : 0);
    struct ak_frame out = {frame, (uint32_t)(head + TCP_HEADER + size),
                           (uint32_t)(head + TCP_HEADER + size), time, AK_LINK_RAW};
    t->sink(t->context, &out);
}

void ak_transcript_init(struct ak_transcript *t, const struct ak_endpoint *client,
                        const struct ak_endpoint *server, ak_transcript_sink *sink, void *context)
{
    memset(t, 0, sizeof *t);
    t->end[AK_SIDE_CLIENT] = *client;
    t->end[AK_SIDE_SERVER] = *server;
    t->sequence[AK_SIDE_CLIENT] = CLIENT_FIRST;
    t->sequence[AK_SIDE_SERVER] = SERVER_FIRST;
    t->sink = sink;
    t->context = context;
}

void ak_transcript_begin(struct ak_transcript *t, int64_t time)
{
    segment(t, AK_SIDE_CLIENT, AK_TCP_SYN, NULL, 0, time);
}

void ak_transcript_opened(struct ak_transcript *t, int64_t time)
{
    segment(t, AK_SIDE_SERVER, AK_TCP_SYN | AK_TCP_ACK, NULL, 0, time);
    segment(t, AK_SIDE_CLIENT, AK_TCP_ACK, NULL, 0, time);
}

void ak_transcript_refused(struct ak_transcript *t, int64_t time)
{
    t->sequence[AK_SIDE_SERVER] = 0;
    segment(t, AK_SIDE_SERVER, AK_TCP_RST | AK_TCP_ACK, NULL, 0, time);
}

void ak_transcript_bytes(struct ak_transcript *t, enum ak_side by, const uint8_t *bytes,
                         size_t size, int64_t time)
{
    for (size_t at = 0; at < size; at += SEGMENT) {
        size_t part = size - at < SEGMENT ? size - at : SEGMENT;
        segment(t, by, AK_TCP_ACK | AK_TCP_PSH, bytes + at, part, time);
    }
}

void ak_transcript_fin(struct ak_transcript *t, enum ak_side by, int64_t time)
{
    enum ak_side other = by == AK_SIDE_CLIENT ? AK_SIDE_SERVER : AK_SIDE_CLIENT;
    if (t->finished[by])
        return;
    t->finished[by] = true;
    segment(t, by, AK_TCP_FIN | AK_TCP_ACK, NULL, 0, time);
    if (t->finished[other])
        segment(t, other, AK_TCP_ACK, NULL, 0, time);
}

void ak_transcript_rst(struct ak_transcript *t, enum ak_side by, int64_t time)
{
    segment(t, by, AK_TCP_RST | AK_TCP_ACK, NULL, 0, time);
}
