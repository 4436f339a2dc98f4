/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/netmon.h"

#include "base/alloc.h"
#include "base/limits.h"
#include "base/moment.h"
#include "base/reader.h"
#include "base/text.h"
#include "base/utf16.h"
#include "codec/filetime.h"
#include "codec/packet.h"

#include "base/banned.h"

/* file     "RTSS" or "GMBU" minor(1) major(1) network(2) year, month, day of week, day, hour,
 * minute, second, millisecond(2 each) frame table: offset, length(4) user data(8) comments(8)
 *          processes: offset, count(4) network information(8)
 * table    offset(4) of each frame
 * frame    1.x: milliseconds(4) original(2) included(2) bytes
 *          2.x: microseconds(8) original(4) included(4) bytes, then
 *          2.1: network(2); 2.2: process(4); 2.3: FILETIME(8) zone(1)
 * process  path size(4) path (UTF-16) icon size(4) icon id(4) local port(2) 0(2) remote port(2)
 * 0(2) version 6(4) local(16) remote(16); before the first one version(2) 802.11   version(1) size
 * of this header(2) ...
 */

enum {
    HEADER = 64,
    HEADER_1 = 8,
    HEADER_2 = 16,
    PATH_MOST = 65536,
    NET_PCAP = 0xe000,
    NET_METADATA = 0xffe0
};

struct ak_netmon {
    struct ak_text bytes; /* the file */
    bool begun;
    uint8_t major, minor;
    uint16_t network;
    int64_t start;
    uint32_t table, frames, next; /* offset of the table, entries, entry to read */
    uint64_t given;               /* bytes of frames: no file has more than it is long */
};

bool ak_netmon_sniff(const uint8_t *bytes, size_t size)
{
    if (size < 12)
        return false;
    bool first = memcmp(bytes, "RTSS", 4) == 0, second = memcmp(bytes, "GMBU", 4) == 0;
    return (first && bytes[5] <= 1) || (second && bytes[5] == 2);
}

struct ak_netmon *ak_netmon_new(void)
{
    struct ak_netmon *n = ak_alloc(1, sizeof *n);
    if (n != NULL)
        ak_text_init(&n->bytes, AK_MAX_NETMON_FILE);
    return n;
}

void ak_netmon_free(struct ak_netmon *n)
{
    if (n == NULL)
        return;
    ak_text_release(&n->bytes);
    ak_free(n);
}

static struct ak_reader reader_at(const struct ak_netmon *n, uint64_t offset,
                                  struct ak_parse *parse)
{
    const uint8_t *bytes = (const uint8_t *)n->bytes.bytes;
    size_t size = offset < n->bytes.size ? n->bytes.size - (size_t)offset : 0;
    return ak_reader_of(size != 0 ? bytes + offset : bytes, size, parse);
}

static enum ak_capture_step bad(struct ak_error *error, enum ak_err code, const char *text)
{
    (void)ak_error_set(error, code, "%s", text);
    return AK_CAPTURE_BAD;
}

/* ---- the process table ---- */

static bool read_process(struct ak_reader *r, struct ak_process_note *note)
{
    size_t path = ak_read_le32(r, "path size");
    if (path > PATH_MOST)
        return false;
    struct ak_span name = ak_read_span(r, path, "path");
    ak_read_skip(r, ak_read_le32(r, "icon size"), "icon");
    note->id = ak_read_le32(r, "process id");
    note->local_port = ak_read_le16(r, "local port");
    ak_read_skip(r, 2, "padding");
    note->remote_port = ak_read_le16(r, "remote port");
    ak_read_skip(r, 2, "padding");
    note->version = ak_read_le32(r, "address family") != 0 ? 6 : 4;
    const uint8_t *addresses = ak_reader_take(r, 32, "addresses");
    if (addresses == NULL)
        return false;
    memcpy(note->local, addresses, note->version == 6 ? 16 : 4);
    memcpy(note->remote, addresses + 16, note->version == 6 ? 16 : 4);
    for (size_t i = 0; i + 2 <= name.size; i += 2)
        if (ak_le16(name.bytes + i) == 0)
            name.size = i;
    size_t room = name.size / 2 * 3 + 1;
    note->path = ak_alloc(1, room);
    if (note->path == NULL)
        return false;
    (void)ak_utf16le_to_utf8(name, note->path, room);
    return true;
}

/* What cannot be read of the table is left out: the frames are what counts. */
static void read_processes(const struct ak_netmon *n, struct ak_capture_file *file, uint32_t offset,
                           uint32_t count)
{
    struct ak_parse parse;
    struct ak_reader r = reader_at(n, offset, &parse);
    if (offset == 0 || count == 0 || count > n->bytes.size / 56)
        return;
    if (count > AK_MAX_PROCESSES)
        count = AK_MAX_PROCESSES;
    file->processes = ak_alloc(count, sizeof *file->processes);
    ak_read_skip(&r, 2, "table version");
    while (file->processes != NULL && file->process_count < count &&
           read_process(&r, &file->processes[file->process_count]))
        file->process_count++;
}

/* ---- frames ---- */

/* Years before 1970 or after 2200 are the begin of 1970, other nonsense is the first month or day.
 */
static int64_t days_of(unsigned year, unsigned month, unsigned day)
{
    if (year < 1970 || year > 2200)
        return 0;
    return ak_moment_days(year, month >= 1 && month <= 12 ? month : 1,
                          day >= 1 && day <= 31 ? day : 1);
}

static int64_t start_of(const uint8_t *t)
{
    int64_t seconds = days_of(ak_le16(t), ak_le16(t + 2), ak_le16(t + 6)) * 86400;
    seconds += (int64_t)ak_le16(t + 8) * 3600 + (int64_t)ak_le16(t + 10) * 60 + ak_le16(t + 12);
    return seconds * 1000000000 + (int64_t)ak_le16(t + 14) * 1000000;
}

static enum ak_capture_step read_header(struct ak_netmon *n, struct ak_capture_file *file,
                                        struct ak_error *error)
{
    struct ak_parse parse;
    struct ak_reader r = reader_at(n, 0, &parse);
    const uint8_t *h = ak_reader_take(&r, HEADER, "file header");
    if (h == NULL)
        return bad(error, AK_ERR_FORMAT, "the file ends inside its header (truncated)");
    n->begun = true;
    file->section_began = true; /* the caller looks at what was noted */
    n->minor = h[4];
    n->major = h[5];
    n->network = ak_le16(h + 6);
    n->start = start_of(h + 8);
    n->table = ak_le32(h + 24);
    n->frames = ak_le32(h + 28) / 4;
    size_t behind = n->table < n->bytes.size ? n->bytes.size - n->table : 0;
    if (n->frames > behind / 4) {
        n->frames = (uint32_t)(behind / 4);
        file->bad_blocks++; /* the rest of the frames cannot be found */
    }
    if (n->major == 2 && n->minor >= 2)
        read_processes(n, file, ak_le32(h + 48), ak_le32(h + 52));
    return AK_CAPTURE_OTHER;
}

static uint32_t link_of(uint16_t network)
{
    static const uint32_t links[] = {
        AK_LINK_ETHERNET, AK_LINK_ETHERNET,   AK_LINK_TOKEN_RING, AK_LINK_FDDI, UINT32_MAX,
        UINT32_MAX,       AK_LINK_IEEE802_11, AK_LINK_RAW,        AK_LINK_RAW,  AK_LINK_RAW};
    if (network < sizeof links / sizeof links[0] && links[network] != UINT32_MAX)
        return links[network];
    if (network == 0xe080)
        return AK_LINK_IEEE802_11;
    if ((network & 0xf000) == NET_PCAP)
        return network & 0x0fff;
    return AK_LINK_UNKNOWN(network);
}

/* Behind the bytes of a frame of 2.1 and later. */
static uint16_t read_trailer(const struct ak_netmon *n, struct ak_reader *r, int64_t *time)
{
    uint16_t network = ak_read_le16(r, "network");
    if (n->minor < 3 || !ak_reader_ok(r))
        return network;
    ak_read_skip(r, 4, "process");
    uint64_t filetime = ak_read_le64(r, "time");
    if (filetime >> 32 != 0)
        *time = ak_filetime_nanoseconds(filetime);
    return network;
}

/* Microseconds that may be negative: a frame can lie before the nominal begin. */
static int64_t time_after(const struct ak_netmon *n, const uint8_t *h)
{
    const int64_t most = INT64_C(3000000000000000); /* a century of microseconds */
    if (n->major < 2)
        return n->start + (int64_t)ak_le32(h) * 1000000;
    int64_t delta = (int64_t)(ak_le64(h) * 10) / 10;
    return delta < most && delta > -most ? n->start + delta * 1000 : n->start;
}

/* An 802.11 frame of Network Monitor has a header of its own in front. */
static void strip_wireless(struct ak_frame *frame)
{
    if (frame->size < 3)
        return;
    uint32_t size = ak_le16(frame->bytes + 1);
    if (size > frame->size)
        size = frame->size;
    frame->bytes += size;
    frame->size -= size;
    frame->wire_size -= frame->wire_size >= size ? size : frame->wire_size;
}

static bool read_frame(struct ak_netmon *n, uint32_t offset, struct ak_capture_notes *notes,
                       struct ak_frame *frame, bool *metadata)
{
    struct ak_parse parse;
    struct ak_reader r = reader_at(n, offset, &parse);
    const uint8_t *h = ak_reader_take(&r, n->major < 2 ? HEADER_1 : HEADER_2, "frame header");
    if (h == NULL)
        return false;
    size_t captured = n->major < 2 ? ak_le16(h + 6) : ak_le32(h + 12);
    struct ak_span bytes =
        ak_read_span(&r, captured <= AK_MAX_FRAME ? captured : SIZE_MAX, "frame");
    uint16_t network = n->network;
    frame->time = time_after(n, h);
    if (n->major == 2 && n->minor >= 1)
        network = read_trailer(n, &r, &frame->time);
    if (!ak_reader_ok(&r))
        return false;
    n->given += r.offset;
    *metadata = network >= NET_METADATA;
    notes->other_events += *metadata;
    frame->bytes = bytes.bytes;
    frame->size = (uint32_t)bytes.size;
    frame->wire_size = n->major < 2 ? ak_le16(h + 4) : ak_le32(h + 8);
    frame->link_type = link_of(network);
    if (network == 6)
        strip_wireless(frame);
    return true;
}

static enum ak_capture_step next_frame(struct ak_netmon *n, struct ak_capture_file *file,
                                       struct ak_frame *frame)
{
    struct ak_parse parse;
    bool metadata;
    struct ak_reader r = reader_at(n, (uint64_t)n->table + 4 * (uint64_t)n->next++, &parse);
    uint32_t offset = ak_read_le32(&r, "frame table");
    if (n->given > n->bytes.size) { /* frames upon frames: made up */
        n->next = n->frames;
        file->bad_blocks++;
        return AK_CAPTURE_OTHER;
    }
    if (!read_frame(n, offset, &file->notes, frame, &metadata)) {
        file->bad_blocks++;
        return AK_CAPTURE_OTHER;
    }
    return metadata ? AK_CAPTURE_OTHER : AK_CAPTURE_FRAME;
}

enum ak_capture_step ak_netmon_next(struct ak_netmon *n, struct ak_capture_file *file,
                                    const uint8_t *window, size_t size, size_t *used, size_t *need,
                                    struct ak_frame *frame, struct ak_error *error)
{
    if (size != 0) {
        ak_text_bytes(&n->bytes, window, size);
        *used = size;
        if (!n->bytes.failed)
            return AK_CAPTURE_OTHER;
        *used = 0;
        return n->bytes.size + size > AK_MAX_NETMON_FILE
                   ? bad(error, AK_ERR_UNSUPPORTED, "larger than Network Monitor files can be")
                   : bad(error, AK_ERR_MEMORY, "out of memory");
    }
    if (file->at_end && !n->begun)
        return read_header(n, file, error);
    if (n->begun && n->next < n->frames)
        return next_frame(n, file, frame);
    *need = 1;
    return AK_CAPTURE_MORE;
}
