/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/etl.h"

#include "base/alloc.h"
#include "base/limits.h"
#include "codec/etl_order.h"
#include "codec/etl_packet.h"
#include "codec/filetime.h"

#include "base/banned.h"

/* buffer  size(4) saved(4) current(4) references(4) time(8) sequence(8) clock(8) processor(2)
 *         logger(2) state(4) used(4) flags(2) type(2) ...(16), then records up to `used`, each on a
 *         multiple of 8
 * record  type in its third byte, size in the first two bytes; system and performance records have
 *         version(2) type(1) flags(1) size(2) instead
 * header  the first record: 32 bytes with the time on its clock at 16, then buffer size(4)
 *         version(4) provider(4) processors(4) end time(8) resolution(4) most(4) mode(4) written(4)
 *         first buffers(4) pointer size(4) events lost(4) MHz(4) two pointers, time zone(172),
 *         [4] boot time(8) counts a second(8) start time(8) clock type(4) buffers lost(4)
 */

enum {
    BUFFER_HEADER = 72,
    RECORD_HEADER = 8,
    TRACE_HEADER = 32,
    TIME_ZONE = 172,
    FLAG_COMPRESSED = 0x40,
    TYPE_SYSTEM32 = 1,
    TYPE_SYSTEM64 = 2,
    TYPE_COMPACT64 = 4,
    TYPE_PERFORMANCE32 = 16,
    TYPE_PERFORMANCE64 = 17,
    TYPE_EVENT32 = 18,
    TYPE_EVENT64 = 19,
    TYPE_LAST = 21,
    EVENT_HEADER = 80,
    CLOCK_SYSTEM = 2,
    CLOCK_PROCESSOR = 3
};

struct ak_etl {
    uint32_t buffer_size; /* of the first one */
    uint64_t left;        /* of the current buffer, not yet passed */
    uint64_t records;     /* of them in records */
    bool header_met, clock_known, ended;
    enum ending { WHOLE, CUT, IMPOSSIBLE } ending;
    uint32_t clock;
    uint64_t frequency; /* counts in a second */
    uint64_t first_count;
    int64_t start; /* nanoseconds, of first_count */
    struct ak_etl_order *order;
};

struct ak_etl *ak_etl_new(void)
{
    struct ak_etl *e = ak_alloc(1, sizeof *e);
    if (e == NULL)
        return NULL;
    e->order = ak_etl_order_new();
    if (e->order == NULL) {
        ak_free(e);
        return NULL;
    }
    return e;
}

void ak_etl_free(struct ak_etl *e)
{
    if (e == NULL)
        return;
    ak_etl_order_free(e->order);
    ak_free(e);
}

/* ---- the first record ---- */

/* System and performance records have their size elsewhere. */
static size_t record_size(const uint8_t *p)
{
    uint8_t type = p[2];
    bool system = (type >= TYPE_SYSTEM32 && type <= TYPE_COMPACT64) || type == TYPE_PERFORMANCE32 ||
                  type == TYPE_PERFORMANCE64;
    return ak_le16(p + (system ? 4 : 0));
}

static bool is_header_record(const uint8_t *p)
{
    return (p[2] == TYPE_SYSTEM32 || p[2] == TYPE_SYSTEM64) && p[3] == 0xc0 && ak_le16(p + 6) == 0;
}

bool ak_etl_sniff(const uint8_t *bytes, size_t size)
{
    if (size < BUFFER_HEADER + TRACE_HEADER + 4)
        return false;
    uint32_t buffer = ak_le32(bytes), used = ak_le32(bytes + 48);
    const uint8_t *record = bytes + BUFFER_HEADER;
    /* The header repeats the buffer's size. */
    return buffer >= 1024 && buffer <= AK_MAX_ETL_BUFFER && used >= BUFFER_HEADER + TRACE_HEADER &&
           used <= buffer && is_header_record(record) && record_size(record) > TRACE_HEADER &&
           ak_le32(record + TRACE_HEADER) == buffer;
}

static void read_header(struct ak_etl *e, struct ak_span record, struct ak_capture_file *file)
{
    struct ak_parse parse;
    struct ak_reader r = ak_reader_of(record.bytes, record.size, &parse);
    const uint8_t *b = ak_reader_take(&r, TRACE_HEADER, "record header");
    const uint8_t *h = ak_reader_take(&r, 56, "trace header");
    if (b == NULL || h == NULL)
        return;
    size_t pointer = ak_le32(h + 44) == 4 ? 4 : 8;
    ak_read_skip(&r, 2 * pointer + TIME_ZONE, "names and time zone");
    if (r.offset % 8 != 0)
        ak_read_skip(&r, 8 - r.offset % 8, "padding");
    const uint8_t *t = ak_reader_take(&r, 32, "clock");
    if (t == NULL)
        return;
    e->clock_known = true;
    e->first_count = ak_le64(b + 16);
    e->frequency = ak_le64(t + 8);
    e->start = ak_filetime_nanoseconds(ak_le64(t + 16));
    e->clock = ak_le32(t + 24);
    if (e->clock == CLOCK_PROCESSOR)
        e->frequency = (uint64_t)ak_le32(h + 52) * 1000000;
    file->notes.lost_events += ak_le32(h + 48);
    file->notes.lost_buffers += ak_le32(t + 28);
    int64_t end = ak_filetime_nanoseconds(ak_le64(h + 16));
    if (end > e->start)
        file->until = end;
}

/* ---- time ---- */

/* `counts` at that many a second, in nanoseconds; at most some centuries. */
static int64_t duration(uint64_t counts, uint64_t frequency)
{
    const uint64_t second = 1000000000, most = UINT64_C(5000000000);
    uint64_t whole = counts / frequency, rest = counts % frequency;
    if (whole > most)
        return (int64_t)(most * second);
    while (frequency > UINT64_C(18000000000)) { /* no clock is so fast */
        frequency /= 2;
        rest /= 2;
    }
    return (int64_t)(whole * second + rest * second / frequency);
}

static int64_t moment(const struct ak_etl *e, uint64_t count)
{
    const int64_t latest = ak_filetime_nanoseconds(UINT64_MAX);
    if (!e->clock_known || e->clock == CLOCK_SYSTEM)
        return ak_filetime_nanoseconds(count);
    uint64_t frequency = e->frequency != 0 ? e->frequency : 10000000;
    if (count < e->first_count) {
        int64_t before = duration(e->first_count - count, frequency);
        return e->start > before ? e->start - before : 0;
    }
    int64_t after = duration(count - e->first_count, frequency);
    return after < latest - e->start ? e->start + after : latest;
}

/* ---- records ---- */

static bool take_event(struct ak_etl *e, struct ak_span record, struct ak_capture_file *file)
{
    struct ak_etl_part part;
    switch (ak_etl_packet(record, &part)) {
    case AK_ETL_PACKET:
        file->notes.packet_events++;
        return ak_etl_order_add(e->order, &part, moment(e, ak_le64(record.bytes + 16)),
                                ak_le64(record.bytes + 8));
    case AK_ETL_UNKNOWN:
        file->notes.packet_events++;
        file->notes.unknown_packets++;
        return true;
    case AK_ETL_CONTRADICTS:
        file->notes.packet_events++;
        file->bad_blocks++;
        return true;
    case AK_ETL_OTHER:
        break;
    }
    file->notes.other_events++;
    return true;
}

static bool take_record(struct ak_etl *e, struct ak_span record, struct ak_capture_file *file)
{
    uint8_t type = record.bytes[2];
    if (!e->header_met) {
        e->header_met = true;
        if (is_header_record(record.bytes)) {
            read_header(e, record, file);
            return true;
        }
    }
    if ((type == TYPE_EVENT32 || type == TYPE_EVENT64) && record.size >= EVENT_HEADER)
        return take_event(e, record, file);
    file->notes.other_events++;
    return true;
}

/* What was kept comes out before this is told. */
static enum ak_capture_step end(struct ak_etl *e, enum ending ending)
{
    e->ended = true;
    e->ending = ending;
    return AK_CAPTURE_OTHER;
}

static enum ak_capture_step bad(struct ak_error *error, enum ak_err code, const char *text)
{
    (void)ak_error_set(error, code, "%s", text);
    return AK_CAPTURE_BAD;
}

/* A buffer of zeros stands for room that was set aside and never written. */
static enum ak_capture_step begin_buffer(struct ak_etl *e, struct ak_capture_file *file,
                                         const uint8_t *window, size_t *used)
{
    uint32_t size = ak_le32(window), filled = ak_le32(window + 48);
    if (e->buffer_size == 0)
        e->buffer_size = size;
    if (size == 0 && e->buffer_size != 0) {
        e->left = e->buffer_size;
        e->records = 0;
        return AK_CAPTURE_OTHER;
    }
    if (size < BUFFER_HEADER || size > AK_MAX_ETL_BUFFER)
        return end(e, IMPOSSIBLE);
    if (filled < BUFFER_HEADER)
        filled = BUFFER_HEADER;
    if (filled > size) {
        file->bad_blocks++;
        filled = size;
    }
    *used = BUFFER_HEADER;
    e->left = size - BUFFER_HEADER;
    e->records = filled - BUFFER_HEADER;
    if (ak_le16(window + 52) & FLAG_COMPRESSED) {
        file->notes.compressed_buffers++;
        e->records = 0;
    }
    return AK_CAPTURE_OTHER;
}

/* One record at the window's start, of which at least its header is there. *need: it is cut. */
static enum ak_capture_step one_record(struct ak_etl *e, struct ak_capture_file *file,
                                       const uint8_t *window, size_t size, size_t *used,
                                       size_t *need, struct ak_error *error)
{
    size_t whole = record_size(window), padded = (whole + 7) & ~(size_t)7;
    if (whole < RECORD_HEADER || whole > e->records || window[2] == 0 || window[2] > TYPE_LAST) {
        file->bad_blocks++;
        e->records = 0;
        return AK_CAPTURE_OTHER;
    }
    if (padded > e->records)
        padded = (size_t)e->records;
    if (size < padded) {
        *need = padded;
        return AK_CAPTURE_MORE;
    }
    struct ak_span record = {window, whole};
    *used = padded;
    e->records -= padded;
    e->left -= padded;
    if (!take_record(e, record, file))
        return bad(error, AK_ERR_MEMORY, "out of memory");
    return AK_CAPTURE_OTHER;
}

static enum ak_capture_step walk(struct ak_etl *e, struct ak_capture_file *file,
                                 const uint8_t *window, size_t size, size_t *used, size_t *need,
                                 struct ak_error *error)
{
    size_t least = e->left == 0 ? BUFFER_HEADER : e->records != 0 ? RECORD_HEADER : 1;
    if (e->records != 0 && e->records < RECORD_HEADER) {
        e->records = 0;
        least = 1;
    }
    if (size < least) {
        *need = least;
        return AK_CAPTURE_MORE;
    }
    if (e->left == 0)
        return begin_buffer(e, file, window, used);
    if (e->records != 0)
        return one_record(e, file, window, size, used, need, error);
    *used = e->left < size ? (size_t)e->left : size;
    e->left -= *used;
    return AK_CAPTURE_OTHER;
}

enum ak_capture_step ak_etl_next(struct ak_etl *e, struct ak_capture_file *file,
                                 const uint8_t *window, size_t size, size_t *used, size_t *need,
                                 struct ak_frame *frame, struct ak_error *error)
{
    if ((e->ended || ak_etl_order_full(e->order)) &&
        ak_etl_order_take(e->order, &file->notes, frame))
        return AK_CAPTURE_FRAME;
    if (!e->ended) {
        enum ak_capture_step step = walk(e, file, window, size, used, need, error);
        if (step != AK_CAPTURE_MORE || !file->at_end)
            return step;
        return end(e, size != 0 || e->left != 0 ? CUT : WHOLE);
    }
    if (e->ending == CUT)
        return bad(error, AK_ERR_FORMAT, "the event trace ends inside a buffer (truncated)");
    if (e->ending == IMPOSSIBLE)
        return bad(error, AK_ERR_FORMAT, "a buffer header names an impossible length");
    *need = size + 1;
    return AK_CAPTURE_MORE;
}
