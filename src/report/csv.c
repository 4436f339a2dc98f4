/* SPDX-License-Identifier: Apache-2.0 */
#include "report/csv.h"

#include <string.h>

#include "base/alloc.h"
#include "observe/fields.h"

#include "base/banned.h"

enum { PATH = 160, DEPTH = 16, CELL_MAXIMUM = 16 * 1024 * 1024 };

struct cell {
    const char *path;
    struct ak_text value;
    bool text; /* a JSON string: may need a guard */
};

struct ak_csv {
    struct cell *cells;
    size_t count;
};

/* What is being read: the line, and the path of the value at hand. */
struct walk {
    struct ak_csv *csv;
    const char *at, *end;
    char path[PATH];
    struct ak_text text; /* of the string at hand */
};

static bool is_column(const struct ak_field *field, unsigned kind)
{
    bool container = field->type == AK_TYPE_OBJECT || field->type == AK_TYPE_OBJECTS;
    return (field->kinds & kind) != 0 && !container;
}

struct ak_csv *ak_csv_new(unsigned kind)
{
    struct ak_csv *csv = ak_alloc(1, sizeof *csv);
    if (csv == NULL)
        return NULL;
    csv->cells = ak_alloc(ak_field_count, sizeof *csv->cells);
    if (csv->cells == NULL) {
        ak_free(csv);
        return NULL;
    }
    for (size_t i = 0; i < ak_field_count; i++)
        if (is_column(&ak_fields[i], kind)) {
            csv->cells[csv->count].path = ak_fields[i].path;
            ak_text_init(&csv->cells[csv->count++].value, CELL_MAXIMUM);
        }
    return csv;
}

void ak_csv_free(struct ak_csv *csv)
{
    if (csv == NULL)
        return;
    for (size_t i = 0; i < csv->count; i++)
        ak_text_release(&csv->cells[i].value);
    ak_free(csv->cells);
    ak_free(csv);
}

/* ---- cells ---- */

static void put_cell(struct ak_text *out, const char *value, bool guard)
{
    bool formula = guard && strchr("=+-@\t\r", value[0]) != NULL && value[0] != '\0';
    bool quoted = formula || strpbrk(value, ",\"\r\n") != NULL;
    if (!quoted) {
        ak_text_add(out, value);
        return;
    }
    ak_text_char(out, '"');
    if (formula)
        ak_text_char(out, '\'');
    for (const char *p = value; *p != '\0'; p++) {
        if (*p == '"')
            ak_text_char(out, '"');
        ak_text_char(out, *p);
    }
    ak_text_char(out, '"');
}

void ak_csv_header(const struct ak_csv *csv, bool bom, struct ak_text *out)
{
    if (bom)
        ak_text_bytes(out, "\xef\xbb\xbf", 3);
    for (size_t i = 0; i < csv->count; i++) {
        if (i != 0)
            ak_text_char(out, ',');
        const char *name = csv->cells[i].path;
        put_cell(out, name[0] == '@' ? name + 1 : name, false); /* Excel: "@" begins a formula */
    }
    ak_text_add(out, "\r\n");
}

static struct cell *cell_of(struct walk *w)
{
    for (size_t i = 0; i < w->csv->count; i++)
        if (strcmp(w->csv->cells[i].path, w->path) == 0)
            return &w->csv->cells[i];
    return NULL;
}

static void add_value(struct walk *w, const char *value, size_t size, bool text)
{
    struct cell *cell = cell_of(w);
    if (cell == NULL)
        return;
    if (cell->value.size != 0)
        ak_text_add(&cell->value, "; ");
    ak_text_bytes(&cell->value, value, size);
    cell->text |= text;
}

/* ---- reading the line ---- */

static int next_char(struct walk *w)
{
    return w->at < w->end ? (unsigned char)*w->at++ : -1;
}

/* The writer escapes quotes and backslashes; as \uXXXX or \n only what is unfit for any eye. */
static void read_escape(struct walk *w)
{
    int c = next_char(w);
    if (c == '"' || c == '\\') {
        ak_text_char(&w->text, (char)c);
        return;
    }
    for (int i = 0; c == 'u' && i < 4; i++)
        (void)next_char(w);
    ak_text_bytes(&w->text, "\xef\xbf\xbd", 3);
}

/* Behind the opening quote; leaves the text in w->text. */
static void read_string(struct walk *w)
{
    ak_text_clear(&w->text);
    for (int c; (c = next_char(w)) != '"' && c >= 0;) {
        if (c == '\\')
            read_escape(w);
        else
            ak_text_char(&w->text, (char)c);
    }
}

/* Adds `.name` or `[]` to the path; false when it is too long. */
static bool push(struct walk *w, const char *name, size_t *before)
{
    *before = strlen(w->path);
    size_t size = strlen(name);
    if (*before + size + 2 > sizeof w->path)
        return false;
    if (*before != 0 && name[0] != '[')
        w->path[(*before)++] = '.';
    memcpy(w->path + *before, name, size + 1);
    if (*before != 0 && name[0] != '[')
        (*before)--;
    return true;
}

static void read_value(struct walk *w, unsigned depth);

static void read_object(struct walk *w, unsigned depth)
{
    while (w->at < w->end && *w->at != '}') {
        size_t before;
        if (*w->at == ',')
            w->at++;
        if (next_char(w) != '"')
            return;
        read_string(w);
        if (next_char(w) != ':' || !push(w, ak_text_string(&w->text), &before))
            return;
        read_value(w, depth + 1);
        w->path[before] = '\0';
    }
    w->at++;
}

static void read_array(struct walk *w, unsigned depth)
{
    while (w->at < w->end && *w->at != ']') {
        size_t before;
        if (*w->at == ',')
            w->at++;
        bool object = w->at < w->end && *w->at == '{';
        if (object && !push(w, "[]", &before))
            return;
        read_value(w, depth + 1);
        if (object)
            w->path[before] = '\0';
    }
    w->at++;
}

static void read_value(struct walk *w, unsigned depth)
{
    int c = depth < DEPTH ? next_char(w) : -1;
    if (c == '{') {
        read_object(w, depth);
    } else if (c == '[') {
        read_array(w, depth);
    } else if (c == '"') {
        read_string(w);
        add_value(w, w->text.bytes, w->text.size, true);
    } else if (c < 0) {
        w->at = w->end;
    } else {
        const char *start = w->at - 1;
        while (w->at < w->end && strchr(",}]\n", *w->at) == NULL)
            w->at++;
        add_value(w, start, (size_t)(w->at - start), false);
    }
}

void ak_csv_row(struct ak_csv *csv, const char *json, size_t size, struct ak_text *out)
{
    struct walk w = {csv, json, json + size, "", {0}};
    for (size_t i = 0; i < csv->count; i++) {
        ak_text_clear(&csv->cells[i].value);
        csv->cells[i].text = false;
    }
    ak_text_init(&w.text, CELL_MAXIMUM);
    read_value(&w, 0);
    bool failed = w.text.failed;
    ak_text_release(&w.text);
    for (size_t i = 0; i < csv->count; i++) {
        if (i != 0)
            ak_text_char(out, ',');
        failed = failed || csv->cells[i].value.failed;
        if (csv->cells[i].value.size != 0)
            put_cell(out, ak_text_string(&csv->cells[i].value), csv->cells[i].text);
    }
    ak_text_add(out, "\r\n");
    if (failed)
        ak_text_fail(out);
}
