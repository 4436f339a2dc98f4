/* SPDX-License-Identifier: Apache-2.0 */
#include "report/record.h"

#include <string.h>

#include "base/alloc.h"
#include "observe/fields.h"

#include "base/banned.h"

enum { PATH = 160, DEPTH = 16, CELL_MAXIMUM = 16 * 1024 * 1024 };

/* What is being read: the line, and the path of the value at hand. */
struct walk {
    struct ak_record *record;
    const char *at, *end;
    char path[PATH];
    struct ak_text text; /* of the string at hand */
};

static bool is_column(const struct ak_field *field, unsigned kind)
{
    bool container = field->type == AK_TYPE_OBJECT || field->type == AK_TYPE_OBJECTS;
    return (field->kinds & kind) != 0 && !container;
}

bool ak_record_init(struct ak_record *record, unsigned kind)
{
    record->count = 0;
    record->cells = ak_alloc(ak_field_count, sizeof *record->cells);
    if (record->cells == NULL)
        return false;
    for (size_t i = 0; i < ak_field_count; i++)
        if (is_column(&ak_fields[i], kind)) {
            record->cells[record->count].path = ak_fields[i].path;
            ak_text_init(&record->cells[record->count++].value, CELL_MAXIMUM);
        }
    return true;
}

void ak_record_release(struct ak_record *record)
{
    for (size_t i = 0; i < record->count; i++)
        ak_text_release(&record->cells[i].value);
    ak_free(record->cells);
    record->cells = NULL;
    record->count = 0;
}

static struct ak_record_cell *cell_at(struct ak_record *record, const char *path)
{
    for (size_t i = 0; i < record->count; i++)
        if (strcmp(record->cells[i].path, path) == 0)
            return &record->cells[i];
    return NULL;
}

const char *ak_record_value(struct ak_record *record, const char *path)
{
    struct ak_record_cell *cell = cell_at(record, path);
    return cell != NULL && cell->value.size != 0 ? ak_text_string(&cell->value) : "";
}

static void add_value(struct walk *w, const char *value, size_t size, bool text)
{
    struct ak_record_cell *cell = cell_at(w->record, w->path);
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

bool ak_record_read(struct ak_record *record, const char *json, size_t size)
{
    struct walk w = {record, json, json + size, "", {0}};
    for (size_t i = 0; i < record->count; i++) {
        ak_text_clear(&record->cells[i].value);
        record->cells[i].text = false;
    }
    ak_text_init(&w.text, CELL_MAXIMUM);
    read_value(&w, 0);
    bool good = !w.text.failed;
    ak_text_release(&w.text);
    for (size_t i = 0; i < record->count; i++)
        good = good && !record->cells[i].value.failed;
    return good;
}
