/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/evtx_xml.h"

#include "base/limits.h"
#include "base/utf16.h"
#include "base/words.h"

#include "base/banned.h"

/* tokens (0x40: more of the same kind follows):
 *
 * 00 end · 01 element: [dependency u16], size u32, name, with 0x40 size of attributes u32
 * 02 attributes over · 03 element over, empty · 04 element over · 05 value: type u8, data
 * 06 attribute: name · 07 CDATA: count u16, units · 08 character u16 · 09 entity: name
 * 0a, 0b processing instruction · 0d, 0e substitution: index u16, type u8 (0e: optional)
 * 0c template: u8, id u32, offset u32 [, here if the offset is this place: next u32, GUID, size
 * u32, fragment], then count u32, count times (size u16, type u8, 0), the values 0f fragment:
 * version u16, flags u8
 *
 * name: offset u32 [, here if the offset is this place: next u32, hash u16, count u16, units, 0000]
 */
enum token {
    TOKEN_END,
    TOKEN_ELEMENT,
    TOKEN_CONTENT,
    TOKEN_EMPTY,
    TOKEN_CLOSE,
    TOKEN_VALUE,
    TOKEN_ATTRIBUTE,
    TOKEN_CDATA,
    TOKEN_CHARACTER,
    TOKEN_ENTITY,
    TOKEN_PI_TARGET,
    TOKEN_PI_DATA,
    TOKEN_TEMPLATE,
    TOKEN_SUBSTITUTION,
    TOKEN_OPTIONAL,
    TOKEN_FRAGMENT,
    TOKEN_MORE = 0x40
};

enum value_type {
    TYPE_NULL = 0x00,
    TYPE_TEXT = 0x01,
    TYPE_ANSI = 0x02,
    TYPE_I8 = 0x03,
    TYPE_U8 = 0x04,
    TYPE_I16 = 0x05,
    TYPE_U16 = 0x06,
    TYPE_I32 = 0x07,
    TYPE_U32 = 0x08,
    TYPE_I64 = 0x09,
    TYPE_U64 = 0x0a,
    TYPE_BOOL = 0x0d,
    TYPE_SIZE = 0x10,
    TYPE_FILETIME = 0x11,
    TYPE_HEX32 = 0x14,
    TYPE_HEX64 = 0x15,
    TYPE_XML = 0x21,
    TYPE_ARRAY = 0x80
};

enum { LONG_TEXT = 128 }; /* bytes that cost as much as a token */

struct walk {
    struct ak_span chunk;
    struct ak_event_record *record;
    unsigned budget, depth;
};

/* The values of a template: where their descriptors and their bytes lie. */
struct values {
    struct ak_reader descriptors, bytes;
    uint32_t count;
};

static void fragment(struct walk *w, struct ak_reader *r, const struct values *values,
                     bool dependencies);

static bool spend(struct walk *w, struct ak_reader *r, unsigned tokens)
{
    if (w->budget < tokens) {
        ak_reader_fail(r, AK_VERDICT_BAD, "more tokens than an event has");
        return false;
    }
    w->budget -= tokens;
    return true;
}

/* A reader at an offset of the chunk; it shares the parse record. */
static struct ak_reader reader_at(const struct walk *w, const struct ak_reader *r, size_t offset)
{
    struct ak_reader at = {w->chunk.bytes, w->chunk.size, 0, r->parse};
    ak_read_skip(&at, offset, "offset");
    return at;
}

/* ---- names and texts ---- */

struct name {
    char utf8[256];
    size_t size;
};

static struct ak_span name_span(const struct name *name)
{
    struct ak_span span = {(const uint8_t *)name->utf8, name->size};
    return span;
}

static void name_body(struct ak_reader *r, struct name *name)
{
    ak_read_skip(r, 6, "name");
    size_t count = ak_read_le16(r, "length of a name");
    struct ak_span units = ak_read_span(r, 2 * count, "name");
    ak_read_skip(r, 2, "name");
    name->size = ak_utf16le_to_utf8(units, name->utf8, sizeof name->utf8);
}

static void read_name(struct walk *w, struct ak_reader *r, struct name *name)
{
    size_t offset = ak_read_le32(r, "offset of a name");
    name->size = 0;
    if (offset == r->offset) {
        name_body(r, name);
    } else {
        struct ak_reader at = reader_at(w, r, offset);
        name_body(&at, name);
    }
    if (!ak_reader_ok(r))
        r->left = 0;
}

static void tell_utf16(struct walk *w, struct ak_span units)
{
    char utf8[3 * 2048 + 1];
    struct ak_span cut = ak_words_first(units, 4096);
    struct ak_span text = {(const uint8_t *)utf8, 0};
    while (cut.size >= 2 && cut.bytes[cut.size - 1] == 0 && cut.bytes[cut.size - 2] == 0)
        cut.size -= 2; /* the terminator, where there is one */
    text.size = ak_utf16le_to_utf8(cut, utf8, sizeof utf8);
    unsigned cost = (unsigned)cut.size / LONG_TEXT;
    w->budget -= cost < w->budget ? cost : w->budget;
    ak_event_record_text(w->record, text);
}

static void tell_number(struct walk *w, uint64_t value, bool negative, bool hex)
{
    char text[32];
    int n = hex        ? snprintf(text, sizeof text, "0x%llx", (unsigned long long)value)
            : negative ? snprintf(text, sizeof text, "%lld", (long long)value)
                       : snprintf(text, sizeof text, "%llu", (unsigned long long)value);
    struct ak_span span = {(const uint8_t *)text, (size_t)n};
    ak_event_record_text(w->record, span);
}

/* ---- values ---- */

static void tell_texts(struct walk *w, struct ak_span units)
{
    size_t start = 0;
    for (size_t i = 0; i + 2 <= units.size; i += 2) {
        if (units.bytes[i] != 0 || units.bytes[i + 1] != 0)
            continue;
        tell_utf16(w, ak_words_first(ak_words_from(units, start), i - start));
        start = i + 2;
        if (start + 2 <= units.size)
            ak_event_record_again(w->record);
    }
    if (start < units.size)
        tell_utf16(w, ak_words_from(units, start));
}

static void tell_ansi(struct walk *w, struct ak_span bytes)
{
    char utf8[3 * 1024 + 1];
    while (bytes.size != 0 && bytes.bytes[bytes.size - 1] == 0)
        bytes.size--;
    struct ak_span text = {(const uint8_t *)utf8, 0};
    text.size = ak_utf8_copy(ak_words_first(bytes, 1024), utf8, sizeof utf8);
    ak_event_record_text(w->record, text);
}

/* Bytes of one value of a number's type; 0: no number. */
static size_t number_size(unsigned type)
{
    switch (type) {
    case TYPE_I8:
    case TYPE_U8:
        return 1;
    case TYPE_I16:
    case TYPE_U16:
        return 2;
    case TYPE_I32:
    case TYPE_U32:
    case TYPE_BOOL:
    case TYPE_HEX32:
        return 4;
    case TYPE_I64:
    case TYPE_U64:
    case TYPE_HEX64:
    case TYPE_FILETIME:
        return 8;
    default:
        return 0;
    }
}

static void tell_value_number(struct walk *w, unsigned type, const uint8_t *p, size_t size)
{
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++)
        value |= (uint64_t)p[i] << 8 * i;
    bool is_signed = type == TYPE_I8 || type == TYPE_I16 || type == TYPE_I32 || type == TYPE_I64;
    if (is_signed && size < 8 && value >> (8 * size - 1) != 0)
        value |= UINT64_MAX << 8 * size;
    if (type == TYPE_FILETIME)
        ak_event_record_filetime(w->record, value);
    else
        tell_number(w, value, is_signed && value >> 63 != 0,
                    type == TYPE_HEX32 || type == TYPE_HEX64);
}

/* Only elements of templates have dependency identifiers: neither nested XML has them, nor a record
 * without a template (forwarded events). */
static void tell_xml(struct walk *w, struct ak_reader *value)
{
    if (w->depth == AK_MAX_EVENT_DEPTH) {
        ak_reader_fail(value, AK_VERDICT_BAD, "templates inside of templates");
        return;
    }
    w->depth++;
    fragment(w, value, NULL, false);
    w->depth--;
}

static void tell_value(struct walk *w, unsigned type, struct ak_reader *value)
{
    struct ak_span bytes = ak_reader_rest(value);
    unsigned base = type & ~(unsigned)TYPE_ARRAY;
    if (type == TYPE_SIZE)
        base = type = bytes.size == 8 ? TYPE_HEX64 : TYPE_HEX32;
    size_t size = number_size(base);
    if (type == TYPE_XML) {
        tell_xml(w, value);
    } else if (base == TYPE_TEXT) {
        if (type == TYPE_TEXT)
            tell_utf16(w, bytes);
        else
            tell_texts(w, bytes);
    } else if (base == TYPE_ANSI) {
        tell_ansi(w, bytes);
    } else if (size != 0) {
        for (size_t at = 0; at + size <= bytes.size; at += size) {
            if (at != 0)
                ak_event_record_again(w->record);
            if (!spend(w, value, 1))
                break;
            tell_value_number(w, base, bytes.bytes + at, size);
        }
    } /* GUIDs, SIDs, binary data: nothing here needs them */
}

static void substitution(struct walk *w, struct ak_reader *r, const struct values *values)
{
    size_t index = ak_read_le16(r, "substitution"), offset = 0, size = 0;
    unsigned type = TYPE_NULL;
    ak_read_skip(r, 1, "type of a substitution");
    if (values == NULL || index >= values->count || !spend(w, r, (unsigned)index / 4))
        return;
    struct ak_reader descriptors = values->descriptors, bytes = values->bytes;
    for (size_t i = 0; i <= index; i++) {
        offset += size;
        size = ak_read_le16(&descriptors, "size of a value");
        type = ak_read_u8(&descriptors, "type of a value");
        ak_read_skip(&descriptors, 1, "type of a value");
    }
    ak_read_skip(&bytes, offset, "value");
    struct ak_reader value = ak_read_sub(&bytes, size, "value");
    if (type != TYPE_NULL && size != 0 && ak_reader_ok(r))
        tell_value(w, type, &value);
    if (!ak_reader_ok(r))
        r->left = 0;
}

static void literal(struct walk *w, struct ak_reader *r)
{
    unsigned type = ak_read_u8(r, "type of a value");
    if (type != TYPE_TEXT) {
        ak_reader_fail(r, AK_VERDICT_UNKNOWN, "a value that is no text");
        return;
    }
    size_t count = ak_read_le16(r, "length of a text");
    tell_utf16(w, ak_read_span(r, 2 * count, "text"));
}

/* ---- templates ---- */

static struct ak_reader template_body(struct ak_reader *at)
{
    ak_read_skip(at, 4 + 16, "template");
    size_t size = ak_read_le32(at, "size of a template");
    return ak_read_sub(at, size, "template");
}

static void template_instance(struct walk *w, struct ak_reader *r)
{
    struct ak_reader body;
    struct values values;
    size_t total = 0;
    ak_read_skip(r, 1 + 4, "template");
    size_t offset = ak_read_le32(r, "offset of a template");
    if (offset == r->offset) {
        body = template_body(r);
    } else {
        struct ak_reader at = reader_at(w, r, offset);
        body = template_body(&at);
    }
    values.count = ak_read_le32(r, "number of values");
    if (values.count > r->left / 4 || !ak_reader_ok(r)) {
        ak_reader_fail(r, AK_VERDICT_SHORT, "values");
        return;
    }
    values.descriptors = ak_read_sub(r, (size_t)values.count * 4, "values");
    struct ak_reader descriptors = values.descriptors;
    for (uint32_t i = 0; i < values.count; i++) {
        total += ak_read_le16(&descriptors, "size of a value");
        ak_read_skip(&descriptors, 2, "type of a value");
    }
    values.bytes = ak_read_sub(r, total, "values");
    if (w->depth == AK_MAX_EVENT_DEPTH)
        ak_reader_fail(r, AK_VERDICT_BAD, "templates inside of templates");
    if (!ak_reader_ok(r) || !spend(w, r, values.count / 16))
        return;
    w->depth++;
    fragment(w, &body, &values, true);
    w->depth--;
    if (!ak_reader_ok(r))
        r->left = 0;
}

/* ---- elements ---- */

static void element(struct walk *w, struct ak_reader *r, bool dependencies, bool attributes)
{
    struct name name;
    ak_read_skip(r, (dependencies ? 2 : 0) + 4, "element");
    read_name(w, r, &name);
    if (attributes)
        ak_read_skip(r, 4, "size of attributes");
    if (ak_reader_ok(r))
        ak_event_record_open(w->record, name_span(&name));
}

static void named(struct walk *w, struct ak_reader *r, enum token token)
{
    static const struct {
        const char *name;
        char c;
    } entities[] = {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
    struct name name;
    read_name(w, r, &name);
    if (!ak_reader_ok(r))
        return;
    if (token == TOKEN_ATTRIBUTE)
        ak_event_record_attribute(w->record, name_span(&name));
    for (size_t i = 0; token == TOKEN_ENTITY && i < sizeof entities / sizeof entities[0]; i++)
        if (ak_words_equal(name_span(&name), entities[i].name)) {
            struct ak_span c = {(const uint8_t *)&entities[i].c, 1};
            ak_event_record_text(w->record, c);
        }
}

static void one_token(struct walk *w, struct ak_reader *r, unsigned token,
                      const struct values *values, bool dependencies)
{
    uint8_t unit[2];
    struct ak_span units = {unit, 2};
    switch (token & ~(unsigned)TOKEN_MORE) {
    case TOKEN_ELEMENT:
        element(w, r, dependencies, (token & TOKEN_MORE) != 0);
        break;
    case TOKEN_CONTENT:
        ak_event_record_content(w->record);
        break;
    case TOKEN_EMPTY:
    case TOKEN_CLOSE:
        ak_event_record_close(w->record);
        break;
    case TOKEN_VALUE:
        literal(w, r);
        break;
    case TOKEN_CDATA:
        tell_utf16(w, ak_read_span(r, 2 * (size_t)ak_read_le16(r, "length"), "CDATA"));
        break;
    case TOKEN_CHARACTER:
        unit[0] = ak_read_u8(r, "character");
        unit[1] = ak_read_u8(r, "character");
        tell_utf16(w, units);
        break;
    case TOKEN_ATTRIBUTE:
    case TOKEN_ENTITY:
    case TOKEN_PI_TARGET:
        named(w, r, (enum token)(token & ~(unsigned)TOKEN_MORE));
        break;
    case TOKEN_PI_DATA:
        ak_read_skip(r, 2 * (size_t)ak_read_le16(r, "length"), "instruction");
        break;
    case TOKEN_TEMPLATE:
        template_instance(w, r);
        break;
    case TOKEN_SUBSTITUTION:
    case TOKEN_OPTIONAL:
        substitution(w, r, values);
        break;
    case TOKEN_FRAGMENT:
        ak_read_skip(r, 3, "fragment");
        break;
    default:
        ak_reader_fail(r, AK_VERDICT_UNKNOWN, "token");
        break;
    }
}

static void fragment(struct walk *w, struct ak_reader *r, const struct values *values,
                     bool dependencies)
{
    while (r->left != 0 && ak_reader_ok(r) && !w->record->unwanted && spend(w, r, 1)) {
        unsigned token = ak_read_u8(r, "token");
        if (token == TOKEN_END)
            break;
        one_token(w, r, token, values, dependencies);
    }
}

void ak_evtx_xml_read(struct ak_span chunk, struct ak_reader *r, struct ak_event_record *record,
                      unsigned *budget)
{
    unsigned most = *budget < AK_MAX_EVENT_TOKENS ? *budget : AK_MAX_EVENT_TOKENS;
    struct walk w = {chunk, record, most, 0};
    fragment(&w, r, NULL, false);
    *budget -= most - w.budget;
}
