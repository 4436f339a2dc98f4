/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/evtx.h"

#include "base/limits.h"
#include "base/words.h"
#include "codec/evtx_xml.h"

#include "base/banned.h"

/* file:   "ElfFile\0" .. size of this block u16 @40 = 4096 .. then chunks of 65536 bytes
 * chunk:  "ElfChnk\0" .. first byte behind the last record u32 @48 .. strings @128, templates @384,
 *         records @512
 * record: 2a2a0000, size u32, id u64, written FILETIME u64, binary XML, size u32 again
 */
enum {
    HEADER = 128,
    BLOCK_SIZE_AT = 40,
    FREE_AT = 48,
    RECORDS_AT = 512,
    RECORD_HEAD = 24,
    RECORD_LEAST = RECORD_HEAD + 4,
    RECORD_ALIGN = 8
};

static bool begins(struct ak_span bytes, const char *mark, size_t size)
{
    return bytes.size >= size && memcmp(bytes.bytes, mark, size) == 0;
}

bool ak_evtx_is(struct ak_span head)
{
    return begins(head, "ElfFile", 8);
}

size_t ak_evtx_header_size(struct ak_span head)
{
    struct ak_parse parse;
    struct ak_reader r = ak_reader_of(head.bytes, head.size, &parse);
    ak_read_skip(&r, BLOCK_SIZE_AT, "header");
    size_t size = ak_read_le16(&r, "size of the header block");
    return ak_evtx_is(head) && ak_reader_ok(&r) && size >= HEADER ? size : 0;
}

static bool is_empty(struct ak_span chunk)
{
    for (size_t i = 0; i < chunk.size; i++)
        if (chunk.bytes[i] != 0)
            return false;
    return true;
}

/* The place of the next record's mark at or behind `from`, or `end`. */
static size_t find_mark(struct ak_span chunk, size_t from, size_t end)
{
    for (size_t at = (from + RECORD_ALIGN - 1) & ~(size_t)(RECORD_ALIGN - 1); at + 4 <= end;
         at += RECORD_ALIGN)
        if (begins(ak_words_from(chunk, at), "**\0", 4))
            return at;
    return end;
}

/* Size of the record at `at`, or 0. */
static size_t record_size(struct ak_span chunk, size_t at, size_t end)
{
    struct ak_span rest = ak_words_from(chunk, at);
    if (!begins(rest, "**\0", 4) || end - at < RECORD_LEAST)
        return 0;
    size_t size = ak_le32(rest.bytes + 4);
    if (size < RECORD_LEAST || size > end - at || ak_le32(rest.bytes + size - 4) != size)
        return 0;
    return size;
}

static void read_record(struct ak_span chunk, size_t at, size_t size, unsigned *budget,
                        struct ak_event_record *record, struct ak_evtx_counts *counts,
                        void (*each)(void *context, const struct ak_event_record *record),
                        void *context)
{
    struct ak_parse parse;
    struct ak_reader r = ak_reader_of(chunk.bytes, chunk.size, &parse);
    ak_event_record_clear(record);
    ak_read_skip(&r, at + 8, "record");
    struct ak_reader head = ak_read_sub(&r, 16, "record");
    uint64_t id = ak_read_le64(&head, "id");
    struct ak_reader body = ak_read_sub(&r, size - RECORD_LEAST, "record");
    ak_evtx_xml_read(chunk, &body, record, budget);
    record->record_id = id;
    counts->bad_records += !ak_reader_ok(&body);
    if (ak_reader_ok(&body) && !record->unwanted && record->has_id)
        each(context, record);
}

void ak_evtx_chunk(struct ak_span chunk, struct ak_event_record *record,
                   struct ak_evtx_counts *counts,
                   void (*each)(void *context, const struct ak_event_record *record), void *context)
{
    chunk = ak_words_first(chunk, AK_EVTX_CHUNK);
    if (!begins(chunk, "ElfChnk", 8) || chunk.size < RECORDS_AT) {
        if (is_empty(chunk))
            counts->unused++;
        else
            counts->bad_chunks++;
        return;
    }
    unsigned budget = AK_MAX_CHUNK_TOKENS;
    counts->chunks++;
    size_t end = ak_le32(chunk.bytes + FREE_AT), size;
    if (end < RECORDS_AT || end > chunk.size)
        end = chunk.size;
    for (size_t at = RECORDS_AT; at < end; at += size) {
        size = record_size(chunk, at, end);
        if (size == 0) { /* a hole, or damage: the next mark that is whole */
            counts->bad_records++;
            size = find_mark(chunk, at + RECORD_ALIGN, end) - at;
            continue;
        }
        counts->records++;
        read_record(chunk, at, size, &budget, record, counts, each, context);
    }
}
