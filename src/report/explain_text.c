/* SPDX-License-Identifier: Apache-2.0 */
#include "report/explain_text.h"

#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "report/explain_words.h"
#include "report/messages.h"
#include "report/text_parts.h"
#include "report/wrap.h"

#include "base/banned.h"

enum { LABEL = 18, CAUSES_IN_FULL = 8, SEEN_AS = 8 };

struct page {
    const struct ak_text_style *style;
    const struct ak_symptom_reading *reading; /* NULL: of one cause */
    enum ak_lang lang;
    size_t width;
    struct ak_text *out;
};

/* ---- lines ---- */

/* The left column on the first line of a part, blanks on the others. */
static void label(const struct page *p, const char *name, bool first)
{
    if (!first) {
        ak_blanks(p->out, LABEL);
        return;
    }
    ak_text_add(p->out, ak_paint(p->style, "\033[1m"));
    ak_pad(p->out, ak_tr(p->lang, name), LABEL);
    ak_text_add(p->out, ak_paint(p->style, "\033[0m"));
}

static void labelled(const struct page *p, const char *name, bool first, const char *text)
{
    label(p, name, first);
    ak_wrap(p->out, text, LABEL, LABEL + 2, p->width);
}

/* "  on the wire: ..." below a cause. */
static void shown(const struct page *p, const char *where, const char *text)
{
    struct ak_text line;
    ak_text_init(&line, 2048);
    ak_text_format(&line, "%s: %s", ak_tr(p->lang, where), text);
    ak_blanks(p->out, LABEL + 2);
    ak_wrap(p->out, ak_text_string(&line), LABEL + 2, LABEL + 4, p->width);
    ak_text_release(&line);
}

/* ---- who speaks, what was recognised ---- */

const char *ak_explain_stack_name(const char *id, enum ak_lang lang)
{
    for (size_t i = 0; i < ak_stack_words_count; i++)
        if (strcmp(ak_stack_words_rows[i].id, id) == 0)
            return ak_stack_words_rows[i].name[lang];
    return "";
}

/* Hit i is the first of its stack in the text. */
static bool names_stack(const struct ak_symptom_reading *r, size_t i)
{
    const char *stack = r->hits[i].symptom->stack;
    if (stack[0] == '\0')
        return false;
    for (size_t j = 0; j < r->hit_count; j++)
        if (strcmp(r->hits[j].symptom->stack, stack) == 0 &&
            (r->hits[j].begin < r->hits[i].begin ||
             (r->hits[j].begin == r->hits[i].begin && j < i)))
            return false;
    return true;
}

static void speakers(const struct page *p)
{
    bool first = true;
    size_t after = 0, count = p->reading->hit_count;
    for (size_t round = 0; round < count; round++) {
        size_t next = count;
        for (size_t i = 0; i < count; i++) /* in the order of the text */
            if (names_stack(p->reading, i) && p->reading->hits[i].begin * count + i >= after &&
                (next == count || p->reading->hits[i].begin * count + i <
                                      p->reading->hits[next].begin * count + next))
                next = i;
        if (next == count)
            return;
        labelled(p, N_("Reported by"), first,
                 ak_explain_stack_name(p->reading->hits[next].symptom->stack, p->lang));
        after = p->reading->hits[next].begin * count + next + 1;
        first = false;
    }
}

/* "10054 WSAECONNRESET: ", "0x80090331 SEC_E_...: ", "SSL_ERROR_SSL: " */
static void number_words(const struct ak_symptom_hit *hit, const char *symbol, struct ak_text *out)
{
    if (hit->number >= 0x80000000u)
        ak_text_format(out, "0x%08X", (unsigned)hit->number);
    else if (hit->number != 0)
        ak_text_format(out, "%u", (unsigned)hit->number);
    if (hit->number != 0 && symbol[0] != '\0')
        ak_text_char(out, ' ');
    ak_text_add(out, symbol);
    ak_text_add(out, ": ");
}

static void recognised_line(const struct page *p, const struct ak_symptom_hit *hit, bool first)
{
    const struct ak_symptom_words *words = &ak_symptom_words_rows[ak_symptom_index(hit->symptom)];
    struct ak_text line;
    ak_text_init(&line, 2048);
    if (hit->pattern == NULL)
        number_words(hit, words->symbol, &line);
    ak_text_add(&line, words->meaning[p->lang]);
    if (words->unconfirmed)
        ak_text_add(&line, ak_tr(p->lang, N_(" (not confirmed by a document)")));
    if (!hit->agrees)
        ak_text_add(&line, ak_tr(p->lang, N_(" (another matter than the lines above)")));
    labelled(p, N_("Recognised"), first, ak_text_string(&line));
    ak_text_release(&line);
}

/* A text such as "sql-17836" says it already. */
static bool said_by_text(const struct page *p, const struct ak_symptom_hit *code)
{
    char number[16];
    (void)snprintf(number, sizeof number, "-%u", (unsigned)code->number);
    size_t size = strlen(number);
    for (size_t i = 0; i < p->reading->hit_count && code->pattern == NULL; i++) {
        const char *id = p->reading->hits[i].symptom->id;
        size_t length = strlen(id);
        if (p->reading->hits[i].pattern != NULL && length > size &&
            strcmp(id + length - size, number) == 0)
            return true;
    }
    return false;
}

static void recognised(const struct page *p)
{
    bool first = true;
    for (size_t i = 0; i < p->reading->hit_count; i++) {
        enum ak_symptom_kind kind = p->reading->hits[i].symptom->kind;
        if (kind == AK_SYMPTOM_STACK || kind == AK_SYMPTOM_HINT ||
            said_by_text(p, &p->reading->hits[i]))
            continue;
        recognised_line(p, &p->reading->hits[i], first);
        first = false;
    }
    if (!p->reading->known)
        labelled(p, N_("Recognised"), first,
                 ak_tr(p->lang, N_("none of the error texts and numbers that akushu knows")));
}

/* ---- stage ---- */

const char *ak_explain_stage_code(unsigned stage)
{
    static const char *const codes[] = {"P0", "P1", "P2", "P3", "P4", "P5", "P5b", "P6", "P7"};
    return stage < AK_COUNT(codes) ? codes[stage] : "";
}

static const char *stage_words(unsigned stage, enum ak_lang lang)
{
    static const char *const words[] = {
        N_("no connection yet"),
        N_("PRELOGIN sent"),
        N_("PRELOGIN answered"),
        N_("TLS: the client's hello"),
        N_("TLS: the server's hello and certificate"),
        N_("TLS: the client's Finished"),
        N_("TLS complete"),
        N_("login sent"),
        N_("after the login"),
    };
    return stage < AK_COUNT(words) ? ak_tr(lang, words[stage]) : "";
}

static void stage(const struct page *p)
{
    const struct ak_symptom_reading *r = p->reading;
    struct ak_text line;
    if (!r->staged)
        return;
    ak_text_init(&line, 512);
    if (r->stage_from == r->stage_to)
        ak_text_format(&line, "%s (%s)", stage_words(r->stage_from, p->lang),
                       ak_explain_stage_code(r->stage_from));
    else
        ak_text_format(&line, ak_tr(p->lang, N_("from \"%s\" to \"%s\" (%s-%s)")),
                       stage_words(r->stage_from, p->lang), stage_words(r->stage_to, p->lang),
                       ak_explain_stage_code(r->stage_from), ak_explain_stage_code(r->stage_to));
    labelled(p, N_("Last step"), true, ak_text_string(&line));
    ak_text_release(&line);
}

/* ---- causes ---- */

static void cause(const struct page *p, const struct ak_cause_words *words, bool first)
{
    struct ak_text line;
    ak_text_init(&line, 2048);
    ak_text_format(&line, "%s: %s", words->id, words->title[p->lang]);
    labelled(p, N_("Possible causes"), first, ak_text_string(&line));
    ak_blanks(p->out, LABEL + 2);
    ak_wrap(p->out, words->cause[p->lang], LABEL + 2, LABEL + 2, p->width);
    shown(p, N_("on the wire"), words->wire[p->lang]);
    shown(p, N_("in the log"), words->log[p->lang]);
    ak_text_release(&line);
}

static void causes(const struct page *p)
{
    const struct ak_symptom_reading *r = p->reading;
    struct ak_text rest;
    ak_text_init(&rest, 4096);
    for (size_t i = 0; i < r->cause_count; i++) {
        if (i < CAUSES_IN_FULL) {
            cause(p, &ak_cause_words_rows[r->causes[i]], i == 0);
            continue;
        }
        ak_text_add(&rest, i == CAUSES_IN_FULL ? "" : ", ");
        ak_text_add(&rest, ak_cause_words_rows[r->causes[i]].id);
    }
    if (rest.size != 0)
        labelled(p, N_("Less likely"), true, ak_text_string(&rest));
    ak_text_release(&rest);
}

/* ---- what to do next ---- */

/* One cause left: what proves it. Else what the sharpest text asks for; a trace if nothing does. */
const char *ak_explain_step(const struct ak_symptom_reading *r)
{
    if (r->cause_count == 1 && ak_cause_words_rows[r->causes[0]].step[0] != '\0')
        return ak_cause_words_rows[r->causes[0]].step;
    return r->step[0] != '\0' ? r->step : "trace";
}

static void step(const struct page *p, const char *id, const char *name)
{
    bool first = true;
    for (size_t i = 0; i < ak_step_words_count; i++) {
        const struct ak_step_words *words = &ak_step_words_rows[i];
        if (strcmp(words->id, id) != 0)
            continue;
        labelled(p, name, first, words->text[p->lang]);
        ak_blanks(p->out, LABEL + 2);
        ak_text_add(p->out, words->command);
        ak_text_char(p->out, '\n');
        first = false;
    }
}

static void pages(const struct page *p)
{
    struct ak_text line;
    ak_text_init(&line, 1024);
    for (size_t i = 0; i < p->reading->cause_count && i < 3; i++) {
        const struct ak_cause_words *words = &ak_cause_words_rows[p->reading->causes[i]];
        ak_text_format(&line, "%sakushu explain %s", line.size != 0 ? "\n" : "", words->id);
    }
    const char *commands = ak_text_string(&line);
    bool first = true;
    while (*commands != '\0') {
        size_t n = strcspn(commands, "\n");
        label(p, N_("More"), first);
        ak_text_bytes(p->out, commands, n);
        ak_text_char(p->out, '\n');
        commands += n + (commands[n] == '\n');
        first = false;
    }
    ak_text_release(&line);
}

void ak_explain_text(const struct ak_text_style *style, const struct ak_symptom_reading *reading,
                     struct ak_text *out)
{
    struct page p = {style, reading, style->lang, style->width, out};
    speakers(&p);
    recognised(&p);
    stage(&p);
    causes(&p);
    if (reading->known || reading->staged)
        step(&p, ak_explain_step(reading),
             reading->cause_count > 1 ? N_("Tells them apart") : N_("Next"));
    pages(&p);
}

/* ---- one cause ---- */

const struct ak_cause_words *ak_explain_cause_find(const char *id)
{
    for (size_t i = 0; i < ak_cause_words_count; i++)
        if (strcmp(ak_cause_words_rows[i].id, id) == 0)
            return &ak_cause_words_rows[i];
    return NULL;
}

/* Is it the first symptom of this likeliest cause that says so? */
static bool says_it_first(size_t index, const char *id, enum ak_lang lang)
{
    const struct ak_symptom *symptom = ak_symptom_at(index);
    if (symptom->cause_count == 0 || strcmp(ak_cause_id(symptom->causes[0]), id) != 0)
        return false;
    for (size_t i = 0; i < index; i++)
        if (strcmp(ak_symptom_words_rows[i].meaning[lang],
                   ak_symptom_words_rows[index].meaning[lang]) == 0)
            return false;
    return true;
}

/* Texts and numbers whose likeliest cause it is. */
static void seen_as(const struct page *p, const char *id)
{
    size_t count = 0;
    for (size_t i = 0; ak_symptom_at(i) != NULL && count < SEEN_AS; i++) {
        if (!says_it_first(i, id, p->lang))
            continue;
        struct ak_text line;
        ak_text_init(&line, 2048);
        ak_text_add(&line, ak_symptom_words_rows[i].symbol);
        ak_text_add(&line, line.size != 0 ? ": " : "");
        ak_text_add(&line, ak_symptom_words_rows[i].meaning[p->lang]);
        labelled(p, N_("Seen as"), count++ == 0, ak_text_string(&line));
        ak_text_release(&line);
    }
}

void ak_explain_cause(const struct ak_text_style *style, const struct ak_cause_words *cause,
                      struct ak_text *out)
{
    struct page p = {style, NULL, style->lang, style->width, out};
    ak_text_add(out, ak_paint(style, "\033[1m"));
    ak_text_format(out, "%s: ", cause->id);
    ak_wrap(out, cause->title[p.lang], strlen(cause->id) + 2, 2, p.width);
    ak_text_add(out, ak_paint(style, "\033[0m"));
    labelled(&p, N_("What"), true, cause->cause[p.lang]);
    labelled(&p, N_("On the wire"), true, cause->wire[p.lang]);
    labelled(&p, N_("In the log"), true, cause->log[p.lang]);
    seen_as(&p, cause->id);
    step(&p, cause->step[0] != '\0' ? cause->step : "trace", N_("Next"));
}
