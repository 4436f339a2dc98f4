/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/event_xml.h"

#include <expat.h>

#include "base/alloc.h"
#include "base/limits.h"
#include "base/words.h"

#include "base/banned.h"

#define EVENT_SCHEMA "http://schemas.microsoft.com/win/2004/08/events/event"

struct ak_event_xml {
    enum ak_log_units units;
    struct ak_event_record *record;
    XML_Parser parser;
    struct ak_text text; /* UTF-8 that is not used up: at most one event and one window */
    struct ak_event_xml_counts counts;
    bool skipping; /* the rest of an event that is too long */
};

/* ---- where events begin and end ---- */

enum { PIECE = 65536 };

/* Offset of the first `mark` at or behind `from`; the size: none. */
static size_t find(const struct ak_text *text, size_t from, const char *mark)
{
    size_t n = strlen(mark);
    while (text->size - from >= n) {
        const char *at = memchr(text->bytes + from, mark[0], text->size - from - n + 1);
        if (at == NULL)
            break;
        from = (size_t)(at - text->bytes);
        if (memcmp(at, mark, n) == 0)
            return from;
        from++;
    }
    return text->size;
}

/* "<Event" and the end of that name: "<EventData" is another element. */
static size_t find_event(const struct ak_text *text, size_t from)
{
    enum { NAME = 6 };
    while ((from = find(text, from, "<Event")) < text->size) {
        char next = from + NAME < text->size ? text->bytes[from + NAME] : ' ';
        if (next == ' ' || next == '>' || next == '\t' || next == '\r' || next == '\n')
            break;
        from += NAME;
    }
    return from;
}

/* The last bytes may begin "<Event" or its end: they stay. */
static size_t keep_tail(const struct ak_text *text, size_t from)
{
    enum { TAIL = 16 };
    return text->size - from > TAIL ? text->size - TAIL : from;
}

bool ak_event_xml_is(enum ak_log_units units, struct ak_span head)
{
    struct ak_text text;
    size_t at = 0;
    ak_text_init(&text, SIZE_MAX);
    ak_log_utf8(units, head, &text);
    while (at < text.size && strchr(" \t\r\n", text.bytes[at]) != NULL && text.bytes[at] != '\0')
        at++;
    bool found = at < text.size && text.bytes[at] == '<' && find_event(&text, at) < text.size &&
                 find(&text, at, EVENT_SCHEMA) < text.size;
    ak_text_release(&text);
    return found;
}

/* ---- expat ---- */

static void *xml_alloc(size_t size)
{
    return ak_alloc(1, size);
}

static void *xml_realloc(void *block, size_t size)
{
    return ak_realloc(block, size, 1);
}

static void on_start(void *context, const XML_Char *name, const XML_Char **attributes)
{
    struct ak_event_record *record = ((struct ak_event_xml *)context)->record;
    if (record->unwanted)
        return;
    ak_event_record_open(record, ak_words_of(name));
    for (size_t i = 0; attributes[i] != NULL; i += 2) {
        ak_event_record_attribute(record, ak_words_of(attributes[i]));
        ak_event_record_text(record, ak_words_of(attributes[i + 1]));
    }
    ak_event_record_content(record);
}

static void on_text(void *context, const XML_Char *text, int size)
{
    struct ak_event_record *record = ((struct ak_event_xml *)context)->record;
    struct ak_span span = {(const uint8_t *)text, (size_t)size};
    if (!record->unwanted)
        ak_event_record_text(record, span);
}

static void on_end(void *context, const XML_Char *name)
{
    struct ak_event_record *record = ((struct ak_event_xml *)context)->record;
    (void)name;
    if (!record->unwanted)
        ak_event_record_close(record);
}

/* Nothing that an event needs is declared: a declaration ends the reading of this one. */
static void on_doctype(void *context, const XML_Char *name, const XML_Char *system,
                       const XML_Char *public, int internal)
{
    struct ak_event_xml *xml = context;
    (void)name;
    (void)system;
    (void)public;
    (void)internal;
    (void)XML_StopParser(xml->parser, XML_FALSE);
}

static void prepare(struct ak_event_xml *xml)
{
    XML_SetUserData(xml->parser, xml);
    XML_SetElementHandler(xml->parser, on_start, on_end);
    XML_SetCharacterDataHandler(xml->parser, on_text);
    XML_SetStartDoctypeDeclHandler(xml->parser, on_doctype);
}

struct ak_event_xml *ak_event_xml_new(enum ak_log_units units, struct ak_event_record *record)
{
    static const XML_Memory_Handling_Suite memory = {xml_alloc, xml_realloc, ak_free};
    struct ak_event_xml *xml = ak_alloc(1, sizeof *xml);
    if (xml == NULL)
        return NULL;
    xml->units = units;
    xml->record = record;
    ak_text_init(&xml->text, 4 * AK_MAX_EVENT_XML);
    xml->parser = XML_ParserCreate_MM("UTF-8", &memory, NULL);
    if (xml->parser == NULL) {
        ak_event_xml_free(xml);
        return NULL;
    }
    return xml;
}

void ak_event_xml_free(struct ak_event_xml *xml)
{
    if (xml == NULL)
        return;
    if (xml->parser != NULL)
        XML_ParserFree(xml->parser);
    ak_text_release(&xml->text);
    ak_free(xml);
}

static enum ak_err read_event(struct ak_event_xml *xml, size_t from, size_t to,
                              void (*each)(void *context, const struct ak_event_record *record),
                              void *context)
{
    ak_event_record_clear(xml->record);
    (void)XML_ParserReset(xml->parser, "UTF-8");
    prepare(xml);
    enum XML_Status status = XML_Parse(xml->parser, xml->text.bytes + from, (int)(to - from), 1);
    if (status != XML_STATUS_OK && XML_GetErrorCode(xml->parser) == XML_ERROR_NO_MEMORY)
        return AK_ERR_MEMORY;
    xml->counts.records++;
    xml->counts.bad_records += status != XML_STATUS_OK;
    if (status == XML_STATUS_OK && !xml->record->unwanted && xml->record->has_id)
        each(context, xml->record);
    return AK_ERR_NONE;
}

/* ---- the text ---- */

static void drop(struct ak_text *text, size_t size)
{
    if (size != 0)
        memmove(text->bytes, text->bytes + size, text->size - size);
    text->size -= size;
}

/* Reads the whole events of the text. */
static enum ak_err read_events(struct ak_event_xml *xml, bool last,
                               void (*each)(void *context, const struct ak_event_record *record),
                               void *context)
{
    static const char end_mark[] = "</Event>";
    size_t at = 0;
    enum ak_err err = AK_ERR_NONE;
    while (err == AK_ERR_NONE) {
        size_t from = xml->skipping ? at : find_event(&xml->text, at);
        if (from == xml->text.size) {
            at = keep_tail(&xml->text, at);
            break;
        }
        size_t end = find(&xml->text, from, end_mark);
        bool whole = end < xml->text.size;
        end += whole ? sizeof end_mark - 1 : 0;
        if (xml->skipping || (!whole && end - from > AK_MAX_EVENT_XML)) {
            xml->counts.records += !xml->skipping;
            xml->counts.bad_records += !xml->skipping;
            xml->skipping = !whole;
            at = whole ? end : keep_tail(&xml->text, from);
            if (whole)
                continue;
            break;
        }
        at = from;
        if (!whole)
            break;
        err = read_event(xml, from, end, each, context);
        at = end;
    }
    if (last && !xml->skipping && find_event(&xml->text, at) < xml->text.size) {
        xml->counts.records++; /* the last one is cut */
        xml->counts.bad_records++;
    }
    drop(&xml->text, at);
    return err;
}

/* How many bytes of the piece are whole characters: a cut one waits for the next. */
static size_t whole_part(enum ak_log_units units, struct ak_span piece)
{
    size_t size = piece.size;
    if (units != AK_LOG_BYTES) {
        size &= ~(size_t)1;
        uint8_t high = size >= 2 ? piece.bytes[size - (units == AK_LOG_UTF16LE ? 1 : 2)] : 0;
        return (high & 0xfc) == 0xd8 && size > 2 ? size - 2 : size;
    }
    while (size != 0 && piece.bytes[size - 1] >= 0x80 && piece.size - size < 64)
        size--;
    return size != 0 && piece.size - size < 64 ? size : piece.size;
}

enum ak_err ak_event_xml_feed(struct ak_event_xml *xml, struct ak_span bytes, bool last,
                              size_t *used,
                              void (*each)(void *context, const struct ak_event_record *record),
                              void *context)
{
    enum ak_err err = AK_ERR_NONE;
    *used = 0;
    while (err == AK_ERR_NONE) {
        struct ak_span piece = ak_words_first(ak_words_from(bytes, *used), PIECE);
        bool end = last && *used + piece.size == bytes.size;
        if (!end)
            piece.size = whole_part(xml->units, piece);
        if (piece.size == 0 && !end)
            break;
        ak_log_utf8(xml->units, piece, &xml->text);
        *used += piece.size;
        if (xml->text.failed)
            return AK_ERR_MEMORY;
        err = read_events(xml, end, each, context);
        if (end)
            break;
    }
    return err;
}

const struct ak_event_xml_counts *ak_event_xml_counts(const struct ak_event_xml *xml)
{
    return &xml->counts;
}
