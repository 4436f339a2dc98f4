/* SPDX-License-Identifier: Apache-2.0 */
#include "report/text_report.h"

#include <string.h>

#include "base/alloc.h"
#include "report/json.h"
#include "report/messages.h"
#include "report/text_parts.h"
#include "report/wrap.h"

#include "base/banned.h"

struct ak_text_table {
    bool all;
    bool dated;
    int64_t first_time;
    uint64_t rows, left_out;
    struct ak_text text; /* rows: fields separated by TAB, ended by LF */
};

struct ak_text_table *ak_text_table_new(const struct ak_text_style *style)
{
    struct ak_text_table *table = ak_alloc(1, sizeof *table);
    if (table == NULL)
        return NULL;
    table->all = style->all;
    ak_text_init(&table->text, 8 * 1024 * 1024);
    return table;
}

void ak_text_table_free(struct ak_text_table *table)
{
    if (table == NULL)
        return;
    ak_text_release(&table->text);
    ak_free(table);
}

static bool is_healthy(const struct ak_conversation *c)
{
    switch (c->outcome) {
    case AK_OUTCOME_ESTABLISHED:
        return c->stage == AK_STAGE_P7 || c->close == AK_CLOSE_NONE;
    case AK_OUTCOME_PLAINTEXT:
        return !c->cleartext_login;
    case AK_OUTCOME_INCOMPLETE:
        return true;
    default:
        return false;
    }
}

static void write_row(struct ak_text *row, const struct ak_conversation *c)
{
    struct ak_text stamp; /* 2026-11-22T01:02:03.123...Z: the time of day, with milliseconds */
    ak_text_init(&stamp, 64);
    ak_text_time(&stamp, c->first_time, true);
    ak_text_u64(row, c->id);
    ak_text_char(row, '\t');
    if (stamp.size > 23)
        ak_text_bytes(row, stamp.bytes + 11, 12);
    ak_text_release(&stamp);
    ak_text_char(row, '\t');
    ak_address_words(&c->end[AK_SIDE_CLIENT], row);
    ak_text_char(row, '\t');
    ak_address_words(&c->end[AK_SIDE_SERVER], row);
    char letters[AK_LETTERS_TEXT];
    ak_letters_text(&c->letters, letters, sizeof letters);
    ak_text_format(row, "\t%s\t%s\t%s\t%s %s\t%s\n", ak_protocol_name(c->protocol),
                   ak_outcome_name(c->outcome), ak_stage_name(c->stage), ak_side_name(c->closed_by),
                   ak_close_name(c->close), letters);
}

void ak_text_table_add(struct ak_text_table *table, const struct ak_conversation *c)
{
    struct ak_text *text = &table->text;
    if (!table->all && is_healthy(c))
        return;
    size_t before = text->size;
    if (table->rows < AK_MAX_TABLE_ROWS)
        write_row(text, c);
    if (table->rows == AK_MAX_TABLE_ROWS || text->failed) {
        text->size = before; /* no part of a row stays */
        text->failed = false;
        table->left_out++;
        return;
    }
    table->rows++;
    if (!table->dated || c->first_time < table->first_time)
        table->first_time = c->first_time;
    table->dated = true;
}

enum { COLUMNS = 9 };

/* Start and size of each field of one row. */
static const char *split(const char *p, const char *field[COLUMNS], size_t size[COLUMNS])
{
    for (size_t i = 0; i < COLUMNS; i++) {
        field[i] = p;
        while (*p != '\t' && *p != '\n')
            p++;
        size[i] = (size_t)(p - field[i]);
        p++;
    }
    return p;
}

static void table_head(const struct ak_text_style *s, const size_t width[COLUMNS],
                       struct ak_text *out)
{
    static const char *const names[COLUMNS] = {"#",          N_("start"),     N_("client"),
                                               N_("server"), N_("protocol"),  N_("outcome"),
                                               N_("stage"),  N_("closed by"), N_("packets")};
    ak_text_add(out, ak_paint(s, "\033[1m"));
    for (size_t i = 0; i < COLUMNS; i++) {
        ak_pad(out, ak_tr(s->lang, names[i]), i + 1 < COLUMNS ? width[i] : 0);
        ak_text_add(out, i + 1 < COLUMNS ? "  " : "\n");
    }
    ak_text_add(out, ak_paint(s, "\033[0m"));
}

/* Does the whole row but its letters fit? Else each row takes three lines. */
static bool is_wide(const struct ak_text_style *s, size_t letters_at)
{
    return letters_at <= s->width;
}

static void put_field(const char *const *field, const size_t *size, const size_t *width, size_t i,
                      struct ak_text *out)
{
    ak_text_bytes(out, field[i], size[i]);
    for (size_t n = size[i]; n < width[i]; n++)
        ak_text_char(out, ' ');
    ak_text_add(out, "  ");
}

static void end_line(struct ak_text *out)
{
    while (out->size != 0 && out->bytes[out->size - 1] == ' ')
        out->size--;
    ak_text_char(out, '\n');
}

static void table_row(const struct ak_text_style *s, const char *field[COLUMNS],
                      const size_t size[COLUMNS], const size_t width[COLUMNS], size_t letters_at,
                      struct ak_text *out)
{
    enum { BREAK_AT = 4, INDENT = 6 };
    static const size_t natural[COLUMNS];
    char letters[600];
    bool wide = is_wide(s, letters_at);
    for (size_t i = 0; i + 1 < COLUMNS; i++) {
        if (!wide && i == BREAK_AT) {
            end_line(out);
            ak_blanks(out, INDENT);
        }
        put_field(field, size, wide ? width : natural, i, out);
    }
    size_t n = size[COLUMNS - 1] < sizeof letters ? size[COLUMNS - 1] : sizeof letters - 1;
    memcpy(letters, field[COLUMNS - 1], n);
    letters[n] = '\0';
    if (letters_at + 20 > s->width) {
        end_line(out);
        ak_blanks(out, INDENT);
        ak_wrap(out, letters, INDENT, INDENT, s->width);
    } else {
        ak_wrap(out, letters, letters_at, letters_at, s->width);
    }
}

/* "from 2026-11-22 UTC" without the words. */
static void date_of(int64_t time, char *out, size_t room)
{
    struct ak_text stamp;
    ak_text_init(&stamp, 64);
    ak_text_time(&stamp, time, false);
    (void)snprintf(out, room, "%.10s UTC", ak_text_string(&stamp));
    ak_text_release(&stamp);
}

void ak_text_table_print(const struct ak_text_style *s, const struct ak_text_table *table,
                         struct ak_text *out)
{
    static const char *const heads[COLUMNS] = {"#",          N_("start"),     N_("client"),
                                               N_("server"), N_("protocol"),  N_("outcome"),
                                               N_("stage"),  N_("closed by"), ""};
    size_t width[COLUMNS] = {0}, size[COLUMNS], letters_at = 0;
    const char *field[COLUMNS];
    if (table->rows == 0)
        return;
    const char *p = table->text.bytes, *end = p + table->text.size;
    for (size_t i = 0; i < COLUMNS; i++)
        width[i] = ak_text_columns(ak_tr(s->lang, heads[i]));
    while (p < end) {
        p = split(p, field, size);
        for (size_t i = 0; i < COLUMNS; i++)
            width[i] = size[i] > width[i] ? size[i] : width[i];
    }
    for (size_t i = 0; i + 1 < COLUMNS; i++)
        letters_at += width[i] + 2;
    char date[24];
    date_of(table->first_time, date, sizeof date);
    ak_text_format(out, "\n%s, %s\n",
                   ak_tr(s->lang, s->all ? N_("All conversations")
                                         : N_("Conversations that did not go well (--all shows "
                                              "every one)")),
                   date);
    if (is_wide(s, letters_at))
        table_head(s, width, out);
    for (p = table->text.bytes; p < end;) {
        p = split(p, field, size);
        table_row(s, field, size, width, letters_at, out);
    }
    if (table->left_out != 0)
        ak_text_format(out, ak_tr(s->lang, N_("... and %llu more: --format=jsonl lists all\n")),
                       (unsigned long long)table->left_out);
}
