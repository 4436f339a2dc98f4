/* Fuzzes a chunk of an EVTX file: its records, and their binary XML as it is told to an event
 * record. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/evtx.h"

#include "base/utf16.h"

#include "fuzz_target.h"

static void each(void *context, const struct ak_event_record *record)
{
    size_t *told = context;
    FUZZ_CHECK(record->item_count <= AK_EVENT_ITEMS && record->has_id && !record->unwanted);
    for (size_t i = 0; i < record->item_count; i++) {
        const char *name = ak_event_record_name(record, i),
                   *value = ak_event_record_value(record, i);
        FUZZ_CHECK(name + strlen(name) < record->pool.bytes + record->pool.size);
        FUZZ_CHECK(value + strlen(value) < record->pool.bytes + record->pool.size);
    }
    ++*told;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ak_span chunk = {data, size};
    struct ak_evtx_counts counts = {0, 0, 0, 0, 0};
    struct ak_event_record record;
    size_t told = 0;
    if (size > FUZZ_MAX_INPUT)
        return 0;
    (void)ak_evtx_header_size(chunk);
    ak_event_record_init(&record, NULL);
    ak_evtx_chunk(chunk, &record, &counts, each, &told);
    ak_event_record_release(&record);
    FUZZ_CHECK(told <= counts.records && counts.records <= size / 28 + 1);
    FUZZ_CHECK(counts.chunks + counts.unused + counts.bad_chunks == 1);
    return 0;
}
