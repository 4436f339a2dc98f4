/* SPDX-License-Identifier: Apache-2.0 */
#include "logs/log_reader.h"

#include <string.h>

#include "base/alloc.h"
#include "base/words.h"
#include "codec/event_xml.h"
#include "codec/evtx.h"
#include "logs/collected_view.h"
#include "logs/errorlog_view.h"
#include "logs/event_view.h"

#include "base/banned.h"

struct ak_log_reader {
    enum ak_log_kind kind;
    const char *file;
    void (*event)(void *context, const struct ak_event *event);
    void *context;
    uint64_t events;
    size_t skip; /* bytes of a mark, or of an EVTX file's header, that are still to come */
    struct ak_errorlog_view *errorlog;
    struct ak_event_xml *xml;
    struct ak_collected_view *collected;
    struct ak_event_record record;
    struct ak_evtx_counts evtx;
};

const char *ak_log_kind_name(enum ak_log_kind kind)
{
    static const char *const names[AK_LOG_KINDS] = {"none", "errorlog", "evtx", "event-xml",
                                                    "collected"};
    return names[kind];
}

enum ak_log_kind ak_log_sniff(struct ak_span head)
{
    size_t mark;
    if (ak_evtx_is(head))
        return ak_evtx_header_size(head) != 0 ? AK_LOG_KIND_EVTX : AK_LOG_KIND_NONE;
    enum ak_log_units units = ak_log_units_guess(head, &mark);
    head = ak_words_from(head, mark);
    if (ak_collected_is(units, head))
        return AK_LOG_KIND_COLLECTED;
    if (ak_errorlog_is(units, head))
        return AK_LOG_KIND_ERRORLOG;
    return ak_event_xml_is(units, head) ? AK_LOG_KIND_XML : AK_LOG_KIND_NONE;
}

static void on_event(void *context, const struct ak_event *event)
{
    struct ak_log_reader *r = context;
    r->events++;
    r->event(r->context, event);
}

static void on_record(void *context, const struct ak_event_record *record)
{
    struct ak_log_reader *r = context;
    struct ak_event event;
    if (ak_event_view(record, r->file, &event))
        on_event(r, &event);
}

struct ak_log_reader *ak_log_reader_new(enum ak_log_kind kind, struct ak_span head,
                                        const char *file,
                                        void (*event)(void *context, const struct ak_event *event),
                                        void *context)
{
    struct ak_log_reader *r = ak_alloc(1, sizeof *r);
    if (r == NULL)
        return NULL;
    r->kind = kind;
    r->file = file;
    r->event = event;
    r->context = context;
    ak_event_record_init(&r->record, ak_event_view_wants);
    enum ak_log_units units = ak_log_units_guess(head, &r->skip);
    if (kind == AK_LOG_KIND_EVTX)
        r->skip = ak_evtx_header_size(head);
    if (kind == AK_LOG_KIND_ERRORLOG)
        r->errorlog = ak_errorlog_view_new(file, units, on_event, r);
    if (kind == AK_LOG_KIND_XML)
        r->xml = ak_event_xml_new(units, &r->record);
    if (kind == AK_LOG_KIND_COLLECTED)
        r->collected = ak_collected_view_new(file, units, on_event, r);
    if ((kind == AK_LOG_KIND_ERRORLOG && r->errorlog == NULL) ||
        (kind == AK_LOG_KIND_COLLECTED && r->collected == NULL) ||
        (kind == AK_LOG_KIND_XML && r->xml == NULL)) {
        ak_log_reader_free(r);
        return NULL;
    }
    return r;
}

void ak_log_reader_free(struct ak_log_reader *r)
{
    if (r == NULL)
        return;
    ak_errorlog_view_free(r->errorlog);
    ak_event_xml_free(r->xml);
    ak_collected_view_free(r->collected);
    ak_event_record_release(&r->record);
    ak_free(r);
}

static size_t feed_evtx(struct ak_log_reader *r, struct ak_span bytes, bool last)
{
    struct ak_span rest = bytes;
    while (rest.size >= AK_EVTX_CHUNK || (last && rest.size != 0)) {
        ak_evtx_chunk(rest, &r->record, &r->evtx, on_record, r);
        rest = ak_words_from(rest, AK_EVTX_CHUNK);
    }
    return bytes.size - rest.size;
}

enum ak_err ak_log_reader_feed(struct ak_log_reader *r, struct ak_span bytes, bool last,
                               size_t *used)
{
    enum ak_err err = AK_ERR_NONE;
    size_t skipped = bytes.size < r->skip ? bytes.size : r->skip;
    bytes = ak_words_from(bytes, skipped);
    r->skip -= skipped;
    *used = 0;
    if (r->kind == AK_LOG_KIND_ERRORLOG)
        *used = ak_errorlog_view_feed(r->errorlog, bytes, last);
    else if (r->kind == AK_LOG_KIND_COLLECTED)
        *used = ak_collected_view_feed(r->collected, bytes, last);
    else if (r->kind == AK_LOG_KIND_XML)
        err = ak_event_xml_feed(r->xml, bytes, last, used, on_record, r);
    else
        *used = feed_evtx(r, bytes, last);
    *used += skipped;
    return err;
}

struct ak_log_counts ak_log_reader_counts(const struct ak_log_reader *r)
{
    struct ak_log_counts counts = {0, r->events, 0, 0};
    if (r->kind == AK_LOG_KIND_ERRORLOG) {
        struct ak_errorlog_counts c = ak_errorlog_view_counts(r->errorlog);
        counts.records = c.records;
        counts.cut_lines = c.cut_lines;
    } else if (r->kind == AK_LOG_KIND_COLLECTED) {
        const struct ak_collected *c = ak_collected_view_facts(r->collected);
        if (c != NULL) {
            counts.records = c->lines;
            counts.bad = c->bad;
        }
    } else if (r->kind == AK_LOG_KIND_XML) {
        const struct ak_event_xml_counts *c = ak_event_xml_counts(r->xml);
        counts.records = c->records;
        counts.bad = c->bad_records;
    } else {
        counts.records = r->evtx.records;
        counts.bad = r->evtx.bad_records + r->evtx.bad_chunks;
    }
    return counts;
}

struct ak_collected *ak_log_reader_take_collected(struct ak_log_reader *r)
{
    return r->collected != NULL ? ak_collected_view_take(r->collected) : NULL;
}
