/* SPDX-License-Identifier: Apache-2.0 */
#include "report/schema.h"

#include <string.h>

#include "observe/fields.h"
#include "report/json.h"

#include "base/banned.h"

/* Is `path` a direct child of `parent` ("" is the line itself)? *leaf is its own name. */
static bool is_child(const char *path, const char *parent, const char **leaf)
{
    size_t n = strlen(parent);
    if (n != 0) {
        if (strncmp(path, parent, n) != 0 || path[n] != '.')
            return false;
        path += n + 1;
    }
    *leaf = path;
    return strchr(path, '.') == NULL;
}

static void write_object(struct ak_json *j, const char *parent, unsigned kind);

static void write_type(struct ak_json *j, const struct ak_field *f, unsigned kind)
{
    char inner[128];
    switch (f->type) {
    case AK_TYPE_TEXT:
        ak_json_member_word(j, "type", "string");
        break;
    case AK_TYPE_INTEGER:
        ak_json_member_word(j, "type", "integer");
        break;
    case AK_TYPE_BOOLEAN:
        ak_json_member_word(j, "type", "boolean");
        break;
    case AK_TYPE_TIME:
        ak_json_member_word(j, "type", "string");
        ak_json_member_word(j, "format", "date-time");
        break;
    case AK_TYPE_TEXTS:
    case AK_TYPE_INTEGERS:
        ak_json_member_word(j, "type", "array");
        ak_json_key(j, "items");
        ak_json_open(j, '{');
        ak_json_member_word(j, "type", f->type == AK_TYPE_TEXTS ? "string" : "integer");
        ak_json_close(j, '}');
        break;
    case AK_TYPE_ID:
        ak_json_member_word(j, "type", kind == AK_KIND_FINDING ? "string" : "integer");
        break;
    case AK_TYPE_OBJECT:
        write_object(j, f->path, kind);
        break;
    case AK_TYPE_OBJECTS:
        ak_json_member_word(j, "type", "array");
        ak_json_key(j, "items");
        ak_json_open(j, '{');
        (void)snprintf(inner, sizeof inner, "%s[]", f->path);
        write_object(j, inner, kind);
        ak_json_close(j, '}');
        break;
    }
}

static void write_object(struct ak_json *j, const char *parent, unsigned kind)
{
    const char *leaf;
    ak_json_member_word(j, "type", "object");
    ak_json_key(j, "properties");
    ak_json_open(j, '{');
    for (size_t i = 0; i < ak_field_count; i++) {
        const struct ak_field *f = &ak_fields[i];
        if (!(f->kinds & kind) || !is_child(f->path, parent, &leaf))
            continue;
        ak_json_key_n(j, leaf, strlen(leaf));
        ak_json_open(j, '{');
        ak_json_member_text(j, "description", f->about);
        write_type(j, f, kind);
        ak_json_close(j, '}');
    }
    ak_json_close(j, '}');
    ak_json_key(j, "required");
    ak_json_open(j, '[');
    for (size_t i = 0; i < ak_field_count; i++) {
        const struct ak_field *f = &ak_fields[i];
        if (!(f->required & kind) || !is_child(f->path, parent, &leaf))
            continue;
        ak_json_separate(j);
        ak_json_text(j, leaf);
    }
    ak_json_close(j, ']');
    ak_json_member_bool(j, "additionalProperties", false);
}

void ak_schema_json(struct ak_text *out)
{
    static const struct {
        unsigned kind;
        const char *name;
    } kinds[] = {{AK_KIND_CONVERSATION, "conversation"},
                 {AK_KIND_FINDING, "finding"},
                 {AK_KIND_SUMMARY, "summary"},
                 {AK_KIND_COMPARISON, "comparison"},
                 {AK_KIND_HOST, "host"},
                 {AK_KIND_EXPLANATION, "explanation"},
                 {AK_KIND_PREDICTION, "prediction"},
                 {AK_KIND_FIX, "fix"},
                 {AK_KIND_ENDPOINT, "endpoint"},
                 {AK_KIND_EVENT, "event"},
                 {AK_KIND_WOULD_BLOCK, "would_block"},
                 {AK_KIND_CERTIFICATE, "certificate"},
                 {AK_KIND_COLLECTED, "collected"}};
    struct ak_json json = {out, false}, *j = &json;
    ak_json_open(j, '{');
    ak_json_member_word(j, "$schema", "https://json-schema.org/draft/2020-12/schema");
    ak_json_member_word(j, "title", "akushu jsonl, schema 1");
    ak_json_key(j, "oneOf");
    ak_json_open(j, '[');
    for (size_t i = 0; i < AK_COUNT(kinds); i++) {
        ak_json_separate(j);
        ak_json_open(j, '{');
        ak_json_member_word(j, "title", kinds[i].name);
        write_object(j, "", kinds[i].kind);
        ak_json_close(j, '}');
    }
    ak_json_close(j, ']');
    ak_json_close(j, '}');
    ak_text_char(out, '\n');
}

static const char *type_word(enum ak_field_type type)
{
    static const char *const words[] = {"text",   "integer",         "boolean",
                                        "time",   "list of texts",   "list of integers",
                                        "object", "list of objects", "id"};
    return words[type];
}

void ak_schema_markdown(struct ak_text *out)
{
    ak_text_add(out, "| field | type | lines | meaning |\n|---|---|---|---|\n");
    for (size_t i = 0; i < ak_field_count; i++) {
        const struct ak_field *f = &ak_fields[i];
        ak_text_format(
            out, "| `%s` | %s | %s%s%s%s%s%s%s%s%s%s%s%s%s | %s |\n", f->path, type_word(f->type),
            f->kinds & AK_KIND_CONVERSATION ? "c" : "", f->kinds & AK_KIND_FINDING ? "f" : "",
            f->kinds & AK_KIND_SUMMARY ? "s" : "", f->kinds & AK_KIND_COMPARISON ? "x" : "",
            f->kinds & AK_KIND_HOST ? "h" : "", f->kinds & AK_KIND_EXPLANATION ? "e" : "",
            f->kinds & AK_KIND_PREDICTION ? "p" : "", f->kinds & AK_KIND_FIX ? "k" : "",
            f->kinds & AK_KIND_ENDPOINT ? "n" : "", f->kinds & AK_KIND_EVENT ? "v" : "",
            f->kinds & AK_KIND_WOULD_BLOCK ? "w" : "", f->kinds & AK_KIND_CERTIFICATE ? "t" : "",
            f->kinds & AK_KIND_COLLECTED ? "l" : "", f->about);
    }
}
