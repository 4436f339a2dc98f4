/* One record of a Windows event log, put together from its elements: the same for binary XML (EVTX)
 * and for exported text.
 *
 *   <Event><System><Provider Name=.../><EventID>...</EventID> ... </System>
 *          <EventData><Data Name="AlertDesc">40</Data></EventData>             or
 *          <UserData><EventXML><AlertDesc>40</AlertDesc></EventXML></UserData></Event>
 *
 * The caller tells elements in order; what of it matters is kept, in bounded room. As soon as the
 * provider is known and nobody wants it, `unwanted` is set and the rest need not be told.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CODEC_EVENT_RECORD_H
#define AK_CODEC_EVENT_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/reader.h"
#include "base/text.h"

enum { AK_EVENT_ITEMS = 48, AK_EVENT_LEVELS = 16 };

struct ak_event_item {
    size_t name, value; /* offsets of NUL-terminated UTF-8 in `pool`; a name may be "" */
};

struct ak_event_record {
    bool (*wants)(const char *provider); /* NULL: every provider */
    bool unwanted;
    char provider[96], channel[64], computer[128], process[24];
    uint64_t record_id;
    uint32_t id, level;
    bool has_id, has_time, user_data;
    int64_t time; /* nanoseconds since 1970, UTC */
    struct ak_event_item items[AK_EVENT_ITEMS];
    size_t item_count, items_left_out;
    struct ak_text pool;
    /* While it is put together: */
    uint8_t path[AK_EVENT_LEVELS]; /* kinds of the open elements */
    size_t depth;
    uint8_t attribute;
    struct ak_text value;
};

void ak_event_record_init(struct ak_event_record *record, bool (*wants)(const char *provider));
void ak_event_record_release(struct ak_event_record *record);
/* Makes ready for the next record. */
void ak_event_record_clear(struct ak_event_record *record);

/* Names and texts are UTF-8; a text may come in pieces. */
void ak_event_record_open(struct ak_event_record *record, struct ak_span name);
void ak_event_record_attribute(struct ak_event_record *record, struct ak_span name);
void ak_event_record_content(struct ak_event_record *record); /* the attributes are over */
void ak_event_record_text(struct ak_event_record *record, struct ak_span utf8);
/* 100 ns since 1601, as a value of its own. */
void ak_event_record_filetime(struct ak_event_record *record, uint64_t filetime);
/* The value ends and another of the same element begins (arrays in binary XML). */
void ak_event_record_again(struct ak_event_record *record);
void ak_event_record_close(struct ak_event_record *record);

/* The value of a named item, or NULL. */
const char *ak_event_record_find(const struct ak_event_record *record, const char *name);
const char *ak_event_record_name(const struct ak_event_record *record, size_t item);
const char *ak_event_record_value(const struct ak_event_record *record, size_t item);

#endif
