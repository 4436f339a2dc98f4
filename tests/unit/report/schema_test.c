/* SPDX-License-Identifier: Apache-2.0 */
#include "report/schema.h"

#include "base/attr.h"
#include "observe/fields.h"
#include "support/json_check.h"

static const char *const kind_names[] = {
    "conversation", "finding",     "summary",  "comparison", "host",
    "explanation",  "prediction",  "fix",      "endpoint",   "event",
    "would_block",  "certificate", "collected"};
enum { KINDS = 13 };

/* "oneOf[1].properties.akushu.properties.id" for "akushu.id" of findings. */
static void schema_path(char *out, size_t room, size_t kind, const char *path)
{
    size_t n = (size_t)snprintf(out, room, "oneOf[%zu]", kind);
    for (const char *p = path; *p != '\0';) {
        size_t size = strcspn(p, ".[");
        n += (size_t)snprintf(out + n, room - n, ".properties.%.*s", (int)size, p);
        p += size;
        if (strncmp(p, "[]", 2) == 0) {
            n += (size_t)snprintf(out + n, room - n, ".items");
            p += 2;
        }
        p += *p == '.';
    }
    assert_true(n < room);
}

static void the_schema_is_json(void **state)
{
    (void)state;
    struct ak_text out;
    ak_text_init(&out, 1024 * 1024);
    ak_schema_json(&out);
    const char *schema = ak_text_string(&out);
    assert_json(schema);
    assert_json_at(schema, "$schema", "\"https://json-schema.org/draft/2020-12/schema\"");
    for (size_t kind = 0; kind < KINDS; kind++) {
        char path[64], title[32];
        (void)snprintf(path, sizeof path, "oneOf[%zu].title", kind);
        (void)snprintf(title, sizeof title, "\"%s\"", kind_names[kind]);
        assert_json_at(schema, path, title);
        (void)snprintf(path, sizeof path, "oneOf[%zu].additionalProperties", kind);
        assert_json_at(schema, path, "false");
    }
    assert_null(json_at(schema, "oneOf[13]"));
    ak_text_release(&out);
}

static const char *type_of(const struct ak_field *f, size_t kind)
{
    switch (f->type) {
    case AK_TYPE_INTEGER:
        return "\"integer\"";
    case AK_TYPE_BOOLEAN:
        return "\"boolean\"";
    case AK_TYPE_TEXTS:
    case AK_TYPE_INTEGERS:
    case AK_TYPE_OBJECTS:
        return "\"array\"";
    case AK_TYPE_OBJECT:
        return "\"object\"";
    case AK_TYPE_ID:
        return kind == 1 ? "\"string\"" : "\"integer\"";
    default:
        return "\"string\"";
    }
}

/* Every field stands where it may, with its type, and nowhere else. */
static void every_field_is_in_the_schema(void **state)
{
    (void)state;
    struct ak_text out;
    ak_text_init(&out, 1024 * 1024);
    ak_schema_json(&out);
    const char *schema = ak_text_string(&out);
    for (size_t i = 0; i < ak_field_count; i++)
        for (size_t kind = 0; kind < KINDS; kind++) {
            char path[512];
            schema_path(path, sizeof path, kind, ak_fields[i].path);
            const char *at = json_at(schema, path);
            if (!(ak_fields[i].kinds & 1u << kind)) {
                assert_null(at);
                continue;
            }
            if (at == NULL)
                fail_msg("%s is missing in %s", ak_fields[i].path, kind_names[kind]);
            assert_json_at(at, "type", type_of(&ak_fields[i], kind));
            assert_non_null(json_at(at, "description"));
        }
    ak_text_release(&out);
}

/* The table itself: parents come before children, kinds and requirements fit. */
static void the_table_of_fields_is_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < ak_field_count; i++) {
        const struct ak_field *f = &ak_fields[i];
        assert_true(f->about[0] != '\0');
        assert_true(f->kinds != 0 && (f->kinds & ~(unsigned)AK_KIND_ALL) == 0);
        assert_int_equal(f->required & ~f->kinds, 0);
        const char *dot = strrchr(f->path, '.');
        bool parent = dot == NULL;
        for (size_t k = 0; k < i; k++) {
            assert_string_not_equal(f->path, ak_fields[k].path);
            size_t n = strlen(ak_fields[k].path);
            bool list = ak_fields[k].type == AK_TYPE_OBJECTS;
            if (dot == NULL || strncmp(f->path, ak_fields[k].path, n) != 0)
                continue;
            const char *rest = f->path + n;
            if (rest == (list ? dot - 2 : dot) && (list || ak_fields[k].type == AK_TYPE_OBJECT)) {
                parent = true;
                assert_int_equal(f->kinds & ~ak_fields[k].kinds, 0);
            }
        }
        if (!parent)
            fail_msg("%s has no parent before it", f->path);
    }
}

static void markdown_has_a_row_for_each(void **state)
{
    (void)state;
    struct ak_text out;
    size_t lines = 0;
    ak_text_init(&out, 1024 * 1024);
    ak_schema_markdown(&out);
    const char *text = ak_text_string(&out);
    for (const char *p = text; (p = strchr(p, '\n')) != NULL; p++)
        lines++;
    assert_int_equal(lines, ak_field_count + 2);
    for (size_t i = 0; i < ak_field_count; i++) {
        char cell[128];
        (void)snprintf(cell, sizeof cell, "| `%s` | ", ak_fields[i].path);
        assert_non_null(strstr(text, cell));
    }
    ak_text_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_schema_is_json),
        cmocka_unit_test(every_field_is_in_the_schema),
        cmocka_unit_test(the_table_of_fields_is_whole),
        cmocka_unit_test(markdown_has_a_row_for_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
