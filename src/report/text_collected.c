/* SPDX-License-Identifier: Apache-2.0 */
#include "report/text_collected.h"

#include "report/json.h"
#include "report/messages.h"
#include "report/text_parts.h"
#include "report/wrap.h"

#include "base/banned.h"

enum { LABEL = 18, SHOWN = 8 };

/* The words of each kind; keys and values are those of the file. */
static const char *const labels[AK_COLLECTED_KINDS] = {
    [AK_COLLECTED_SERVER] = N_("server"),
    [AK_COLLECTED_CONNECTION] = N_("connections"),
    [AK_COLLECTED_LINKED] = N_("linked server"),
    [AK_COLLECTED_ENDPOINT] = N_("endpoint"),
    [AK_COLLECTED_CERTIFICATE] = N_("certificate"),
    [AK_COLLECTED_SETTING] = N_("setting"),
    [AK_COLLECTED_OS] = N_("system"),
    [AK_COLLECTED_CLOCK] = N_("clock"),
    [AK_COLLECTED_POWERSHELL] = "PowerShell",
    [AK_COLLECTED_SERVICE] = N_("service"),
    [AK_COLLECTED_ADDRESS] = N_("address"),
    [AK_COLLECTED_SUITE] = N_("cipher suite"),
    [AK_COLLECTED_MISSING] = N_("not told"),
};

static void fact_words(const struct ak_collected_fact *f, struct ak_text *line)
{
    const struct ak_collected_row *row = ak_collected_row(f->kind);
    bool any = false;
    for (size_t i = 0; i < AK_COLLECTED_KEYS && row->key[i].name != NULL; i++) {
        if (f->value[i] == NULL)
            continue;
        ak_text_format(line, "%s%s ", any ? ", " : "", row->key[i].name);
        ak_safe_text(line, f->value[i]);
        any = true;
    }
}

static void row(const struct ak_text_style *s, const struct ak_collected_fact *f,
                struct ak_text *out)
{
    struct ak_text line;
    ak_text_init(&line, 65536);
    fact_words(f, &line);
    ak_text_add(out, "  ");
    ak_pad(out, ak_tr(s->lang, labels[f->kind]), LABEL);
    ak_wrap(out, ak_text_string(&line), LABEL + 2, LABEL + 2, s->width);
    ak_text_release(&line);
}

static void headline(const struct ak_text_style *s, const struct ak_collected *c,
                     struct ak_text *out)
{
    struct ak_text line;
    ak_text_init(&line, 16384);
    ak_text_add(&line, ak_tr(s->lang, c->of_sql ? N_("What SQL Server told of itself")
                                                : N_("What the machine told of itself")));
    ak_text_add(&line, ": ");
    ak_safe_text(&line, c->host[0] != '\0' ? c->host : c->file);
    if (c->instance[0] != '\0') {
        ak_text_char(&line, '\\');
        ak_safe_text(&line, c->instance);
    }
    ak_text_format(out, "\n%s", ak_paint(s, "\033[1m"));
    ak_wrap(out, ak_text_string(&line), 0, 2, s->width);
    ak_text_format(out, "%s", ak_paint(s, "\033[0m"));
    ak_text_release(&line);
}

static void where_from(const struct ak_text_style *s, const struct ak_collected *c,
                       struct ak_text *out)
{
    struct ak_text line;
    ak_text_init(&line, 16384);
    ak_safe_text(&line, c->file);
    if (c->timed) {
        ak_text_add(&line, ", ");
        ak_text_time(&line, c->time, false);
    }
    if (!c->complete || c->bad != 0 || c->left_out != 0)
        ak_text_format(&line, " (%s)", ak_tr(s->lang, N_("cut: lines are missing or damaged")));
    ak_text_add(out, "  ");
    ak_pad(out, ak_tr(s->lang, N_("from")), LABEL);
    ak_wrap(out, ak_text_string(&line), LABEL + 2, LABEL + 2, s->width);
    ak_text_release(&line);
}

void ak_text_collected(const struct ak_text_style *s, const struct ak_collected *c,
                       struct ak_text *out)
{
    size_t left = 0;
    headline(s, c, out);
    where_from(s, c, out);
    for (int kind = 0; kind < AK_COLLECTED_KINDS; kind++) {
        size_t shown = 0;
        for (size_t i = 0; i < c->count; i++) {
            if ((int)c->facts[i].kind != kind)
                continue;
            if (!s->all && shown == SHOWN) {
                left++;
                continue;
            }
            row(s, &c->facts[i], out);
            shown++;
        }
    }
    if (left != 0)
        ak_text_format(out, ak_tr(s->lang, N_("  (%zu more facts with --all)\n")), left);
}
