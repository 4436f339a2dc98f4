/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/registry_pol.h"

#include "codec/regf.h"

#include "base/text.h"
#include "base/upcase.h"
#include "base/utf16.h"

#include "base/banned.h"

/* "PReg" version(4) = 1, then for each value, all text in UTF-16LE:
 * [ key 0000 ; name 0000 ; type(4) ; size(4) ; data(size) ]
 */

enum { VERSION = 1, TYPE_NONE = 0 };

bool ak_registry_pol_is(struct ak_span bytes)
{
    return bytes.size >= 8 && memcmp(bytes.bytes, "PReg", 4) == 0;
}

static void expect(struct ak_reader *r, char mark)
{
    if (ak_read_le16(r, "mark") != (uint16_t)mark && ak_reader_ok(r))
        ak_reader_fail(r, AK_VERDICT_BAD, "a mark that is missing");
}

/* The units before the terminator. */
static struct ak_span read_string(struct ak_reader *r)
{
    struct ak_reader start = *r;
    size_t size = 0;
    while (r->left >= 2 && ak_read_le16(r, "text") != 0)
        size += 2;
    if (size + 2 > start.left)
        ak_reader_fail(r, AK_VERDICT_SHORT, "a text without end");
    return ak_read_span(&start, ak_reader_ok(r) ? size : 0, "text");
}

struct raw {
    struct ak_span key, name, data;
    uint32_t type;
};

static void read_record(struct ak_reader *r, struct raw *raw)
{
    expect(r, '[');
    raw->key = read_string(r);
    expect(r, ';');
    raw->name = read_string(r);
    expect(r, ';');
    raw->type = ak_read_le32(r, "type");
    expect(r, ';');
    size_t size = ak_read_le32(r, "size");
    expect(r, ';');
    raw->data = ak_read_span(r, size, "data");
    expect(r, ']');
}

/* Special names; what follows the word is the name of a value where `named`. */
static const struct {
    const char *word;
    bool named;
    enum ak_registry_pol_kind kind;
} words[] = {
    {"**del.", true, AK_REGISTRY_POL_DELETE_VALUE},
    {"**delvals.", false, AK_REGISTRY_POL_DELETE_ALL_VALUES},
    {"**delvals", false, AK_REGISTRY_POL_DELETE_ALL_VALUES},
    {"**DeleteValues", false, AK_REGISTRY_POL_DELETE_VALUES},
    {"**DeleteKeys", false, AK_REGISTRY_POL_DELETE_KEYS},
    {"**soft.", true, AK_REGISTRY_POL_SOFT},
    {"**SecureKey", false, AK_REGISTRY_POL_KEY},
};

static void judge(struct ak_registry_pol_item *item)
{
    item->kind = item->name.size == 0 && item->type == TYPE_NONE && item->data.size == 0
                     ? AK_REGISTRY_POL_KEY
                     : AK_REGISTRY_POL_SET;
    for (size_t i = 0; i < AK_COUNT(words); i++) {
        if (!ak_upcase_begins(item->name, words[i].word))
            continue;
        size_t size = strlen(words[i].word);
        item->kind = words[i].kind;
        item->name.bytes += size;
        item->name.size = words[i].named ? item->name.size - size : 0;
        return;
    }
}

static struct ak_span string_of(const struct ak_text *text, size_t from)
{
    struct ak_span span = {(const uint8_t *)text->bytes + from, text->size - from};
    return span;
}

static void add_utf8(struct ak_span units, struct ak_text *out)
{
    size_t room = units.size / 2 * 3 + 1;
    if (ak_text_reserve(out, room))
        out->size += ak_utf16le_to_utf8(units, out->bytes + out->size, room);
}

/* False: memory lacks. */
static bool convert(const struct raw *raw, struct ak_text *text, struct ak_registry_pol_item *item)
{
    struct ak_span list = raw->data;
    while (list.size >= 2 && ak_le16(list.bytes + list.size - 2) == 0)
        list.size -= 2;
    ak_text_clear(text);
    add_utf8(raw->key, text);
    size_t name = text->size;
    add_utf8(raw->name, text);
    size_t after = text->size;
    if (ak_upcase_begins(string_of(text, name), "**Delete"))
        add_utf8(list, text);
    if (text->failed)
        return false;
    item->key = string_of(text, 0);
    item->key.size = name;
    item->name = string_of(text, name);
    item->name.size = after - name;
    item->list = string_of(text, after);
    item->type = raw->type;
    item->data = raw->data;
    judge(item);
    return true;
}

/* Behind a bad record: the next "[" at a unit's place that follows a "]". */
static void search(struct ak_reader *r)
{
    uint16_t before = 0;
    while (r->left >= 2) {
        struct ak_reader here = *r;
        uint16_t unit = ak_read_le16(r, "mark");
        if (before == ']' && unit == '[') {
            *r = here;
            return;
        }
        before = unit;
    }
    ak_read_skip(r, r->left, "rest");
}

enum ak_err ak_registry_pol_read(struct ak_span bytes,
                                 bool (*each)(void *context,
                                              const struct ak_registry_pol_item *item),
                                 void *context, struct ak_error *error)
{
    struct ak_parse parse, inner;
    struct ak_reader r = ak_reader_of(bytes.bytes, bytes.size, &parse);
    ak_read_skip(&r, 4, "signature");
    uint32_t version = ak_read_le32(&r, "version");
    if (!ak_registry_pol_is(bytes) || version != VERSION)
        return ak_error_set(error, AK_ERR_FORMAT, "no policy file of version 1");
    struct ak_text text;
    ak_text_init(&text, SIZE_MAX);
    bool more = true, memory = true;
    while (more && r.left != 0) {
        struct ak_registry_pol_item item = {.offset = r.offset};
        struct raw raw;
        struct ak_reader record = r;
        record.parse = &inner;
        inner = parse;
        read_record(&record, &raw);
        if (ak_reader_ok(&record)) {
            memory = convert(&raw, &text, &item);
            r.at = record.at;
            r.left = record.left;
            r.offset = record.offset;
        } else {
            item.kind = AK_REGISTRY_POL_BAD;
            item.why = inner.verdict == AK_VERDICT_SHORT ? AK_REGF_WHY("a record that is cut")
                                                         : inner.field;
            search(&r);
        }
        more = memory && each(context, &item);
    }
    ak_text_release(&text);
    return memory ? AK_ERR_NONE : ak_error_set(error, AK_ERR_MEMORY, "out of memory");
}
