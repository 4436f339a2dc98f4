/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/pcapng_write.h"

#include <string.h>

#include "base/limits.h"

#include "base/banned.h"

/* block     type(4) length(4) body padding length(4)
 * section   1a2b3c4d major(2) minor(2) section length(8) options
 * interface link type(2) reserved(2) snapshot length(4) options
 * packet    interface(4) time high(4) low(4) captured(4) original(4) bytes padding options
 * option    code(2) length(2) value padding; ended by code 0
 */

enum {
    BLOCK_SECTION = 0x0a0d0d0a,
    BLOCK_INTERFACE = 1,
    BLOCK_STATISTICS = 5,
    BLOCK_ENHANCED = 6,
    OPTION_COMMENT = 1,
    OPTION_STATISTICS_END = 3,
    OPTION_APPLICATION = 4,
    OPTION_RESOLUTION = 9,
    PACKET_HEADER = 32, /* with the block's own fields */
    OPTION_HEADER = 4
};

static void put16(struct ak_text *out, uint32_t value)
{
    uint8_t p[2] = {(uint8_t)value, (uint8_t)(value >> 8)};
    ak_text_bytes(out, p, sizeof p);
}

static void put32(struct ak_text *out, uint32_t value)
{
    put16(out, value & 0xffff);
    put16(out, value >> 16);
}

static size_t padding(size_t size)
{
    return (4 - size % 4) % 4;
}

static void put_padded(struct ak_text *out, const void *bytes, size_t size)
{
    static const uint8_t zeros[4] = {0};
    ak_text_bytes(out, bytes, size);
    ak_text_bytes(out, zeros, padding(size));
}

static void put_option(struct ak_text *out, unsigned code, const void *value, size_t size)
{
    put16(out, code);
    put16(out, (uint32_t)size);
    put_padded(out, value, size);
}

static size_t option_size(size_t size)
{
    return OPTION_HEADER + size + padding(size);
}

static void put_time(struct ak_text *out, int64_t time)
{
    uint64_t ticks = time > 0 ? (uint64_t)time : 0;
    put32(out, (uint32_t)(ticks >> 32));
    put32(out, (uint32_t)ticks);
}

void ak_pcapng_section(struct ak_text *out, const char *application, bool apart)
{
    size_t n = strlen(application), said = apart ? strlen(AK_PCAPNG_APART) : 0;
    uint32_t length = (uint32_t)(28 + option_size(n) + OPTION_HEADER);
    if (apart)
        length += (uint32_t)option_size(said);
    put32(out, BLOCK_SECTION);
    put32(out, length);
    put32(out, 0x1a2b3c4d);
    put16(out, 1);
    put16(out, 0);
    put32(out, UINT32_MAX); /* a section length that is not given */
    put32(out, UINT32_MAX);
    if (apart)
        put_option(out, OPTION_COMMENT, AK_PCAPNG_APART, said);
    put_option(out, OPTION_APPLICATION, application, n);
    put_option(out, 0, NULL, 0);
    put32(out, length);
}

void ak_pcapng_interface(struct ak_text *out, uint32_t link_type)
{
    static const uint8_t nanoseconds = 9;
    uint32_t length = (uint32_t)(20 + option_size(1) + OPTION_HEADER);
    put32(out, BLOCK_INTERFACE);
    put32(out, length);
    put16(out, link_type);
    put16(out, 0);
    put32(out, 0);
    put_option(out, OPTION_RESOLUTION, &nanoseconds, 1);
    put_option(out, 0, NULL, 0);
    put32(out, length);
}

/* Cut at a character's border. */
static size_t comment_size(const char *comment)
{
    size_t n = strlen(comment);
    if (n <= AK_PCAPNG_COMMENT)
        return n;
    n = AK_PCAPNG_COMMENT;
    while (n > 0 && ((unsigned char)comment[n] & 0xc0) == 0x80)
        n--;
    return n;
}

void ak_pcapng_packet(struct ak_text *out, uint32_t interface, const struct ak_frame *frame,
                      const char *comment)
{
    size_t said = comment != NULL ? comment_size(comment) : 0;
    size_t options = said != 0 ? option_size(said) + OPTION_HEADER : 0;
    size_t most = AK_MAX_FRAME - PACKET_HEADER - options - 3;
    uint32_t size = frame->size < most ? frame->size : (uint32_t)most;
    uint32_t wire = frame->wire_size > frame->size ? frame->wire_size : frame->size;
    uint32_t length = (uint32_t)(PACKET_HEADER + size + padding(size) + options);
    put32(out, BLOCK_ENHANCED);
    put32(out, length);
    put32(out, interface);
    put_time(out, frame->time);
    put32(out, size);
    put32(out, wire);
    put_padded(out, frame->bytes, size);
    if (said != 0) {
        put_option(out, OPTION_COMMENT, comment, said);
        put_option(out, 0, NULL, 0);
    }
    put32(out, length);
}

void ak_pcapng_statistics(struct ak_text *out, uint32_t interface, int64_t end)
{
    uint64_t ticks = end > 0 ? (uint64_t)end : 0;
    uint8_t value[8];
    for (size_t i = 0; i < 4; i++) {
        value[i] = (uint8_t)(ticks >> (32 + 8 * i));
        value[4 + i] = (uint8_t)(ticks >> (8 * i));
    }
    uint32_t length = (uint32_t)(24 + option_size(sizeof value) + OPTION_HEADER);
    put32(out, BLOCK_STATISTICS);
    put32(out, length);
    put32(out, interface);
    put_time(out, end);
    put_option(out, OPTION_STATISTICS_END, value, sizeof value);
    put_option(out, 0, NULL, 0);
    put32(out, length);
}
