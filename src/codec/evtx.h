/* Windows event logs (EVTX): the file's header, its chunks and their records.
 *
 * No document of Microsoft describes the format; this follows the description of the libyal project
 * (libevtx, "Windows XML Event Log"), and libevtx is the judge in the tests. Everything that a
 * record refers to lies in its own chunk of 64 KiB, so a file is read chunk by chunk.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CODEC_EVTX_H
#define AK_CODEC_EVTX_H

#include "codec/event_record.h"

enum { AK_EVTX_CHUNK = 65536 };

bool ak_evtx_is(struct ak_span head);
/* Bytes before the first chunk; 0: no header of a log. */
size_t ak_evtx_header_size(struct ak_span head);

struct ak_evtx_counts {
    uint64_t chunks, records;
    uint64_t unused;      /* blocks without the mark of a chunk that hold nothing */
    uint64_t bad_chunks;  /* blocks without that mark that hold something */
    uint64_t bad_records; /* their bytes contradict the format; they are counted in records, too */
};

/* Calls for every record that `record` does not find unwanted, in order of the file; `record` is
 * used again for each. `chunk` has at most AK_EVTX_CHUNK bytes, fewer at the end of a file that is
 * cut. */
void ak_evtx_chunk(struct ak_span chunk, struct ak_event_record *record,
                   struct ak_evtx_counts *counts,
                   void (*each)(void *context, const struct ak_event_record *record),
                   void *context);

#endif
