/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/capture_file.h"

#include "base/alloc.h"
#include "base/limits.h"
#include "base/reader.h"
#include "codec/foreign.h"

#include "base/banned.h"

/* pcap    magic(4) major(2) minor(2) zone(4) sigfigs(4) snaplen(4) linktype(4)
 *         then per frame: seconds(4) fraction(4) captured(4) original(4) bytes
 * pcapng  block: type(4) length(4) body length(4), all multiples of four
 */

enum {
    PCAP_HEADER = 24,
    BLOCK_SECTION = 0x0a0d0d0a,
    BLOCK_INTERFACE = 1,
    BLOCK_PACKET = 2,
    BLOCK_SIMPLE = 3,
    BLOCK_STATISTICS = 5,
    BLOCK_ENHANCED = 6,
    OPTION_COMMENT = 1,
    OPTION_STATISTICS_END = 3,
    OPTION_TSRESOL = 9,
    OPTION_TSOFFSET = 14,
    LOOKED_AT = 4096 /* the largest section header whose options are read */
};

void ak_capture_file_init(struct ak_capture_file *file)
{
    memset(file, 0, sizeof *file);
    file->until = INT64_MIN;
}

void ak_capture_file_release(struct ak_capture_file *file)
{
    for (size_t i = 0; i < file->process_count; i++)
        ak_free(file->processes[i].path);
    ak_free(file->processes);
    ak_foreign_free(file->foreign);
    ak_free(file->interfaces);
    ak_capture_file_init(file);
}

void ak_capture_notes_add(struct ak_capture_notes *to, const struct ak_capture_notes *from)
{
    to->duplicates += from->duplicates;
    to->dropped_packets += from->dropped_packets;
    to->lost_events += from->lost_events;
    to->lost_buffers += from->lost_buffers;
    to->compressed_buffers += from->compressed_buffers;
    to->packet_events += from->packet_events;
    to->other_events += from->other_events;
    to->unknown_packets += from->unknown_packets;
    to->broken_packets += from->broken_packets;
    to->late_packets += from->late_packets;
}

static uint32_t get32(const struct ak_capture_file *file, const uint8_t *p)
{
    return file->big_endian ? ak_be32(p) : ak_le32(p);
}

static uint16_t get16(const struct ak_capture_file *file, const uint8_t *p)
{
    return file->big_endian ? ak_be16(p) : ak_le16(p);
}

static bool pcap_magic(struct ak_capture_file *file, const uint8_t *p)
{
    for (int big = 0; big <= 1; big++) {
        uint32_t magic = big ? ak_be32(p) : ak_le32(p);
        if (magic != 0xa1b2c3d4 && magic != 0xa1b23c4d && magic != 0xa1b2cd34)
            continue;
        file->big_endian = big;
        file->nanoseconds = magic == 0xa1b23c4d;
        file->record_header = magic == 0xa1b2cd34 ? 24 : 16;
        return true;
    }
    return false;
}

enum ak_capture_format ak_capture_sniff(const uint8_t *bytes, size_t size)
{
    struct ak_capture_file probe;
    ak_capture_file_init(&probe);
    if (size >= 4 && pcap_magic(&probe, bytes))
        return AK_CAPTURE_PCAP;
    if (size >= 12 && ak_be32(bytes) == BLOCK_SECTION &&
        (ak_be32(bytes + 8) == 0x1a2b3c4d || ak_le32(bytes + 8) == 0x1a2b3c4d))
        return AK_CAPTURE_PCAPNG;
    return ak_foreign_sniff(bytes, size < AK_CAPTURE_SNIFF ? size : AK_CAPTURE_SNIFF);
}

bool ak_capture_file_end(struct ak_capture_file *file)
{
    bool undecided = file->foreign != NULL || file->format == AK_CAPTURE_UNKNOWN;
    bool more = undecided && !file->at_end;
    file->at_end = true;
    return more;
}

static enum ak_capture_step bad(const struct ak_capture_file *file, struct ak_error *error,
                                const char *reason)
{
    (void)ak_error_set(error, AK_ERR_FORMAT, "%s", reason);
    if (error != NULL)
        error->offset = file->offset;
    return AK_CAPTURE_BAD;
}

static enum ak_capture_step more(size_t *need, size_t wanted)
{
    *need = wanted;
    return AK_CAPTURE_MORE;
}

static enum ak_capture_step pcap_start(struct ak_capture_file *file, const uint8_t *window,
                                       size_t size, size_t *used, size_t *need)
{
    if (size < PCAP_HEADER)
        return more(need, PCAP_HEADER);
    (void)pcap_magic(file, window);
    file->format = AK_CAPTURE_PCAP;
    file->link_type = get32(file, window + 20) & 0xffff; /* upper bits: FCS length */
    *used = PCAP_HEADER;
    return AK_CAPTURE_OTHER;
}

static enum ak_capture_step pcap_next(struct ak_capture_file *file, const uint8_t *window,
                                      size_t size, size_t *used, size_t *need,
                                      struct ak_frame *frame, struct ak_error *error)
{
    if (AK_UNLIKELY(size < file->record_header))
        return more(need, file->record_header);
    uint32_t captured = get32(file, window + 8);
    if (AK_UNLIKELY(captured > AK_MAX_FRAME))
        return bad(file, error, "a frame header names an impossible length");
    size_t whole = (size_t)file->record_header + captured;
    if (AK_UNLIKELY(size < whole))
        return more(need, whole);
    const struct ak_pcap_form form = ak_pcap_form_of(file);
    AK_BUG_ON(!ak_pcap_frame(&form, window, size, frame));
    *used = whole;
    return AK_CAPTURE_FRAME;
}

static size_t pcap_frames(const struct ak_capture_file *file, const uint8_t *window, size_t size,
                          size_t *used, struct ak_frame *frames, size_t most)
{
    const struct ak_pcap_form form = ak_pcap_form_of(file);
    const uint8_t *p = window, *end = window + size;
    size_t n = 0;
    while (n < most && ak_pcap_frame(&form, p, (size_t)(end - p), &frames[n])) {
        p += form.header + frames[n].size;
        n++;
    }
    *used = (size_t)(p - window);
    return n;
}

/* The option at *at, which goes on behind it; false behind the last one, or where one lies. */
static bool next_option(const struct ak_capture_file *file, struct ak_span body, size_t *at,
                        unsigned *code, struct ak_span *value)
{
    if (body.size - *at < 4)
        return false;
    size_t length = get16(file, body.bytes + *at + 2);
    *code = get16(file, body.bytes + *at);
    *at += 4;
    if (*code == 0 || length > body.size - *at)
        return false;
    value->bytes = body.bytes + *at;
    value->size = length;
    size_t padded = (length + 3) & ~(size_t)3;
    *at += padded < body.size - *at ? padded : body.size - *at;
    return true;
}

static void interface_option(const struct ak_capture_file *file, struct ak_capture_interface *in,
                             unsigned code, struct ak_span value)
{
    if (code == OPTION_TSRESOL && value.size >= 1) {
        unsigned resolution = value.bytes[0] & 0x7f;
        if (value.bytes[0] & 0x80) {
            in->ticks_per_second = 0;
            in->shift = resolution < 63 ? resolution : 63;
            return;
        }
        in->ticks_per_second = 1;
        for (unsigned i = 0; i < resolution && i < 19; i++)
            in->ticks_per_second *= 10;
    }
    if (code == OPTION_TSOFFSET && value.size >= 8) {
        uint64_t low = get32(file, value.bytes + (file->big_endian ? 4 : 0));
        uint64_t high = get32(file, value.bytes + (file->big_endian ? 0 : 4));
        in->offset_seconds = (int64_t)(high << 32 | low);
    }
}

static void interface_block(struct ak_capture_file *file, struct ak_span body)
{
    if (body.size < 8 || file->interface_count >= AK_MAX_INTERFACES) {
        file->bad_blocks++;
        return;
    }
    if (file->interface_count == file->interface_room) {
        size_t room = file->interface_room ? file->interface_room * 2 : 4;
        void *grown = ak_realloc(file->interfaces, room, sizeof *file->interfaces);
        if (grown == NULL) {
            file->bad_blocks++;
            return;
        }
        file->interfaces = grown;
        file->interface_room = room;
    }
    struct ak_capture_interface *in = &file->interfaces[file->interface_count++];
    memset(in, 0, sizeof *in);
    in->link_type = get16(file, body.bytes);
    in->snap_length = get32(file, body.bytes + 4);
    in->ticks_per_second = 1000000;
    size_t at = 8;
    unsigned code;
    struct ak_span value;
    while (next_option(file, body, &at, &code, &value))
        interface_option(file, in, code, value);
}

static int64_t interface_time(const struct ak_capture_interface *in, uint64_t ticks)
{
    uint64_t seconds, nanoseconds;
    if (in->ticks_per_second != 0) {
        seconds = ticks / in->ticks_per_second;
        uint64_t rest = ticks % in->ticks_per_second;
        if (in->ticks_per_second <= UINT64_C(1000000000))
            nanoseconds = rest * (UINT64_C(1000000000) / in->ticks_per_second);
        else
            nanoseconds = rest / (in->ticks_per_second / UINT64_C(1000000000));
    } else {
        seconds = ticks >> in->shift;
        uint64_t rest = ticks & (((uint64_t)1 << in->shift) - 1);
        unsigned drop = in->shift > 33 ? in->shift - 33 : 0;
        nanoseconds = (rest >> drop) * UINT64_C(1000000000) >> (in->shift - drop);
    }
    /* Keep far-future nonsense inside the type: year 2200 is enough for anyone's capture. */
    const uint64_t most = UINT64_C(7258118400);
    if (seconds > most)
        seconds = most;
    int64_t offset = in->offset_seconds;
    if (offset > (int64_t)most || offset < -(int64_t)most)
        offset = 0;
    int64_t whole = (int64_t)seconds + offset;
    if (whole > (int64_t)most)
        whole = (int64_t)most;
    return whole * 1000000000 + (int64_t)nanoseconds;
}

/* Statistics: interface(4) time high(4) low(4) options; what is wrong with them matters little. */
static void statistics_block(struct ak_capture_file *file, struct ak_span body)
{
    if (body.size < 12 || get32(file, body.bytes) >= file->interface_count)
        return;
    const struct ak_capture_interface *in = &file->interfaces[get32(file, body.bytes)];
    size_t at = 12;
    unsigned code;
    struct ak_span value;
    while (next_option(file, body, &at, &code, &value)) {
        if (code != OPTION_STATISTICS_END || value.size != 8)
            continue;
        uint64_t ticks = (uint64_t)get32(file, value.bytes) << 32 | get32(file, value.bytes + 4);
        int64_t time = interface_time(in, ticks);
        if (time > file->until)
            file->until = time;
    }
}

/* Enhanced packet: interface(4) time high(4) low(4) captured(4) original(4) bytes options
 * Packet (old):    interface(2) drops(2) then as above
 * Simple packet:   original(4) bytes */
static bool packet_block(struct ak_capture_file *file, uint32_t type, struct ak_span body,
                         struct ak_frame *frame)
{
    uint32_t number = 0;
    size_t header = type == BLOCK_SIMPLE ? 4 : 20;
    if (body.size < header)
        return false;
    if (type != BLOCK_SIMPLE)
        number = type == BLOCK_PACKET ? get16(file, body.bytes) : get32(file, body.bytes);
    if (number >= file->interface_count)
        return false;
    const struct ak_capture_interface *in = &file->interfaces[number];
    uint32_t captured;
    if (type == BLOCK_SIMPLE) {
        captured = get32(file, body.bytes);
        frame->wire_size = captured;
        if (in->snap_length != 0 && captured > in->snap_length)
            captured = in->snap_length;
        if (captured > body.size - header)
            captured = (uint32_t)(body.size - header);
        frame->time = file->last_time;
    } else {
        captured = get32(file, body.bytes + 12);
        frame->wire_size = get32(file, body.bytes + 16);
        if (captured > body.size - header)
            return false;
        uint64_t ticks = (uint64_t)get32(file, body.bytes + 4) << 32 | get32(file, body.bytes + 8);
        frame->time = interface_time(in, ticks);
        file->last_time = frame->time;
    }
    frame->bytes = body.bytes + header;
    frame->size = captured;
    frame->link_type = in->link_type;
    return true;
}

/* Behind byte-order mark, version and length stand options. */
static bool says_apart(const struct ak_capture_file *file, struct ak_span body)
{
    static const char words[] = AK_PCAPNG_APART;
    size_t at = 16;
    unsigned code;
    struct ak_span value;
    while (next_option(file, body, &at, &code, &value))
        if (code == OPTION_COMMENT && value.size == sizeof words - 1 &&
            memcmp(value.bytes, words, value.size) == 0)
            return true;
    return false;
}

static enum ak_capture_step section(struct ak_capture_file *file, const uint8_t *window,
                                    size_t size, size_t *used, size_t *need, struct ak_error *error)
{
    if (size < 12)
        return more(need, 12);
    if (ak_be32(window + 8) == 0x1a2b3c4d)
        file->big_endian = true;
    else if (ak_le32(window + 8) == 0x1a2b3c4d)
        file->big_endian = false;
    else
        return bad(file, error, "a section header has no byte-order mark");
    uint32_t length = get32(file, window + 4);
    if (length < 28 || length % 4 != 0)
        return bad(file, error, "a section header names an impossible length");
    if (length <= LOOKED_AT && size < length && !file->at_end)
        return more(need, length);
    struct ak_span body = {window + 8, length - 12};
    file->section_apart =
        file->section_apart || (length <= LOOKED_AT && size >= length && says_apart(file, body));
    file->interface_count = 0;
    file->section_began = true;
    file->format = AK_CAPTURE_PCAPNG;
    file->skip = length;
    *used = 0;
    return AK_CAPTURE_OTHER;
}

static enum ak_capture_step pcapng_next(struct ak_capture_file *file, const uint8_t *window,
                                        size_t size, size_t *used, size_t *need,
                                        struct ak_frame *frame, struct ak_error *error)
{
    if (size < 8)
        return more(need, 8);
    uint32_t type = get32(file, window);
    if (type == BLOCK_SECTION)
        return section(file, window, size, used, need, error);
    uint32_t length = get32(file, window + 4);
    if (length < 12 || length % 4 != 0)
        return bad(file, error, "a block names an impossible length");
    bool packet = type == BLOCK_ENHANCED || type == BLOCK_SIMPLE || type == BLOCK_PACKET;
    bool read = packet || type == BLOCK_INTERFACE || type == BLOCK_STATISTICS;
    if (!read || length > AK_MAX_FRAME) {
        if (packet || type == BLOCK_INTERFACE)
            file->bad_blocks++;
        file->skip = length;
        *used = 0;
        return AK_CAPTURE_OTHER;
    }
    if (size < length)
        return more(need, length);
    struct ak_span body = {window + 8, length - 12};
    *used = length;
    if (type == BLOCK_INTERFACE)
        interface_block(file, body);
    else if (type == BLOCK_STATISTICS)
        statistics_block(file, body);
    if (!packet)
        return AK_CAPTURE_OTHER;
    if (packet_block(file, type, body, frame))
        return AK_CAPTURE_FRAME;
    file->bad_blocks++;
    return AK_CAPTURE_OTHER;
}

static enum ak_capture_step start(struct ak_capture_file *file, const uint8_t *window, size_t size,
                                  size_t *used, size_t *need, struct ak_error *error)
{
    if (size < 12)
        return more(need, 12);
    enum ak_capture_format format = ak_capture_sniff(window, size);
    if (format == AK_CAPTURE_PCAP)
        return pcap_start(file, window, size, used, need);
    if (format == AK_CAPTURE_PCAPNG)
        return section(file, window, size, used, need, error);
    if (size < AK_CAPTURE_SNIFF && !file->at_end)
        return more(need, AK_CAPTURE_SNIFF); /* so that no window decides */
    if (format == AK_CAPTURE_UNKNOWN)
        return bad(file, error, "not a capture file");
    file->foreign = ak_foreign_new(format);
    if (file->foreign == NULL) {
        (void)ak_error_set(error, AK_ERR_MEMORY, "out of memory");
        return AK_CAPTURE_BAD;
    }
    file->format = format;
    return AK_CAPTURE_OTHER;
}

enum ak_capture_step ak_capture_file_next(struct ak_capture_file *file, const uint8_t *window,
                                          size_t size, size_t *used, size_t *need,
                                          struct ak_frame *frame, struct ak_error *error)
{
    enum ak_capture_step step;
    *used = 0;
    *need = 0;
    if (AK_UNLIKELY(file->skip != 0)) {
        if (size == 0)
            return more(need, 1);
        *used = file->skip < size ? (size_t)file->skip : size;
        file->skip -= *used;
        step = AK_CAPTURE_OTHER;
    } else if (AK_LIKELY(file->format == AK_CAPTURE_PCAP)) {
        step = pcap_next(file, window, size, used, need, frame, error);
    } else if (file->format == AK_CAPTURE_PCAPNG) {
        step = pcapng_next(file, window, size, used, need, frame, error);
    } else if (file->foreign != NULL) {
        step = ak_foreign_next(file->foreign, file, window, size, used, need, frame, error);
    } else {
        step = start(file, window, size, used, need, error);
    }
    file->offset += *used;
    return step;
}

/* Blocks of packets that follow each other. */
static size_t pcapng_frames(struct ak_capture_file *file, const uint8_t *window, size_t size,
                            size_t *used, struct ak_frame *frames, size_t most)
{
    uint64_t bad_blocks = file->bad_blocks;
    size_t n = 0, need, step;
    *used = 0;
    while (n < most && size - *used >= 8 && get32(file, window + *used) == BLOCK_ENHANCED &&
           pcapng_next(file, window + *used, size - *used, &step, &need, &frames[n], NULL) ==
               AK_CAPTURE_FRAME) {
        *used += step;
        n++;
    }
    file->bad_blocks = bad_blocks; /* one that stopped it comes again */
    return n;
}

size_t ak_capture_file_frames(struct ak_capture_file *file, const uint8_t *window, size_t size,
                              size_t *used, struct ak_frame *frames, size_t most)
{
    size_t n = 0;
    *used = 0;
    if (file->skip != 0 || file->section_began)
        return 0;
    if (AK_LIKELY(file->format == AK_CAPTURE_PCAP))
        n = pcap_frames(file, window, size, used, frames, most);
    else if (file->format == AK_CAPTURE_PCAPNG)
        n = pcapng_frames(file, window, size, used, frames, most);
    file->offset += *used;
    return n;
}
