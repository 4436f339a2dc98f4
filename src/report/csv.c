/* SPDX-License-Identifier: Apache-2.0 */
#include "report/csv.h"

#include <string.h>

#include "base/alloc.h"
#include "report/record.h"

#include "base/banned.h"

struct ak_csv {
    struct ak_record record;
};

struct ak_csv *ak_csv_new(unsigned kind)
{
    struct ak_csv *csv = ak_alloc(1, sizeof *csv);
    if (csv == NULL || !ak_record_init(&csv->record, kind)) {
        ak_free(csv);
        return NULL;
    }
    return csv;
}

void ak_csv_free(struct ak_csv *csv)
{
    if (csv == NULL)
        return;
    ak_record_release(&csv->record);
    ak_free(csv);
}

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
    for (size_t i = 0; i < csv->record.count; i++) {
        if (i != 0)
            ak_text_char(out, ',');
        const char *name = csv->record.cells[i].path;
        put_cell(out, name[0] == '@' ? name + 1 : name, false); /* Excel: "@" begins a formula */
    }
    ak_text_add(out, "\r\n");
}

void ak_csv_row(struct ak_csv *csv, const char *json, size_t size, struct ak_text *out)
{
    if (!ak_record_read(&csv->record, json, size))
        ak_text_fail(out);
    for (size_t i = 0; i < csv->record.count; i++) {
        struct ak_record_cell *cell = &csv->record.cells[i];
        if (i != 0)
            ak_text_char(out, ',');
        if (cell->value.size != 0)
            put_cell(out, ak_text_string(&cell->value), cell->text);
    }
    ak_text_add(out, "\r\n");
}
