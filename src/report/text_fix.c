/* SPDX-License-Identifier: Apache-2.0 */
#include "report/text_fix.h"

#include <string.h>

#include "base/upcase.h"
#include "report/fix_words.h"
#include "report/messages.h"
#include "report/text_parts.h"
#include "report/wrap.h"

#include "base/banned.h"

enum { INDENT = 2, LABEL = 10, VALUE_ROOM = 1024 * 1024, VALUE_SHOWN = 400 };

const char *ak_fix_answer_name(enum ak_fix_answer answer)
{
    static const char *const names[] = {"ready",        "nothing_to_change", "no_host",
                                        "no_remedy",    "not_asked",         "no_agreement",
                                        "out_of_memory"};
    return names[answer];
}

void ak_fix_value_words(const struct ak_fix_change *c, struct ak_text *out)
{
    struct ak_text text;
    uint32_t number;
    ak_text_init(&text, VALUE_ROOM);
    if (ak_fix_number_of(c, &number)) {
        ak_text_format(out, number > 9 ? "0x%x" : "%u", (unsigned)number);
    } else if (ak_fix_text_of(c, &text)) {
        bool list = c->type == AK_REGISTRY_TYPE_MULTI_SZ;
        ak_text_add(out, list ? "" : "\"");
        for (size_t i = 0; i < text.size; i++)
            if (text.bytes[i] != '\n')
                ak_text_char(out, text.bytes[i]);
            else if (i + 1 < text.size)
                ak_text_add(out, ", ");
        ak_text_add(out, list ? "" : "\"");
    } else {
        ak_text_format(out, "hex(%x):", (unsigned)c->type);
        ak_text_hex_bytes(out, c->data, c->size);
    }
    ak_text_release(&text);
}

const struct ak_fix_change *ak_fix_before(const struct ak_fix_plan *plan,
                                          const struct ak_fix_change *change)
{
    for (size_t i = 0; i < plan->undo.count; i++) {
        const struct ak_fix_change *u = &plan->undo.changes[i];
        if (u->action == AK_FIX_SET_VALUE && ak_same_name(u->key, change->key) &&
            ak_same_name(u->name, change->name))
            return u;
    }
    return NULL;
}

/* ---- pieces ---- */

static void paragraph(const struct ak_text_style *s, const char *label, const char *text,
                      struct ak_text *out)
{
    struct ak_text safe;
    ak_text_init(&safe, VALUE_ROOM);
    ak_safe_text(&safe, text);
    ak_blanks(out, INDENT);
    ak_text_add(out, label);
    size_t used = INDENT + ak_text_columns(label);
    if (used < LABEL) {
        ak_blanks(out, LABEL - used);
        used = LABEL;
    }
    ak_wrap(out, ak_text_string(&safe), used, LABEL, s->width);
    ak_text_release(&safe);
}

static void shortened(struct ak_text *value)
{
    if (value->size <= VALUE_SHOWN)
        return;
    size_t n = VALUE_SHOWN;
    while (n > 0 && ((unsigned char)value->bytes[n] & 0xc0) == 0x80)
        n--;
    value->size = n;
    ak_text_add(value, "...");
}

static void value_line(const struct ak_text_style *s, const struct ak_fix_plan *p,
                       const struct ak_fix_change *c, struct ak_text *out)
{
    struct ak_text line, value;
    const struct ak_fix_change *old = ak_fix_before(p, c);
    ak_text_init(&line, VALUE_ROOM);
    ak_text_init(&value, VALUE_ROOM);
    ak_safe_text(&line, c->name[0] != '\0' ? c->name : "@");
    if (c->action == AK_FIX_SET_VALUE) {
        ak_fix_value_words(c, &value);
        shortened(&value);
        ak_text_add(&line, " = ");
        ak_safe_text(&line, ak_text_string(&value));
    } else {
        ak_text_format(&line, ": %s", ak_tr(s->lang, N_("deleted")));
    }
    ak_text_clear(&value);
    if (old != NULL)
        ak_fix_value_words(old, &value);
    shortened(&value);
    ak_text_add(&line, "  (");
    if (old != NULL) {
        ak_text_add(&line, ak_tr(s->lang, N_("was ")));
        ak_safe_text(&line, ak_text_string(&value));
    } else {
        ak_text_add(&line,
                    ak_tr(s->lang, c->unseen ? N_("not in the evidence") : N_("is not set")));
    }
    ak_text_char(&line, ')');
    if (c->policy)
        ak_text_format(&line, " [%s]", ak_tr(s->lang, N_("policy")));
    ak_blanks(out, 6);
    ak_wrap(out, ak_text_string(&line), 6, 8, s->width);
    ak_text_release(&line);
    ak_text_release(&value);
}

static void key_line(const struct ak_text_style *s, const struct ak_fix_change *c,
                     struct ak_text *out)
{
    struct ak_text line;
    ak_text_init(&line, VALUE_ROOM);
    ak_safe_text(&line, c->key);
    if (c->action == AK_FIX_DELETE_KEY)
        ak_text_format(&line, ": %s", ak_tr(s->lang, N_("the key is deleted")));
    ak_blanks(out, 4);
    ak_wrap(out, ak_text_string(&line), 4, 6, s->width);
    ak_text_release(&line);
}

static void changes(const struct ak_text_style *s, const struct ak_fix_plan *p, struct ak_text *out)
{
    const char *key = "";
    ak_text_format(out, "  %s\n", ak_tr(s->lang, N_("Changes:")));
    for (size_t i = 0; i < p->set.count; i++) {
        const struct ak_fix_change *c = &p->set.changes[i];
        if (c->action >= AK_FIX_MAKE_KEY || !ak_same_name(key, c->key))
            key_line(s, c, out);
        key = c->key;
        if (c->action <= AK_FIX_DELETE_VALUE)
            value_line(s, p, c, out);
    }
    if (p->set.left_out != 0)
        ak_text_format(out,
                       ak_tr(s->lang, N_("    %llu more cannot be written: a name with control "
                                         "characters, or a policy list over 1,023 characters\n")),
                       (unsigned long long)p->set.left_out);
}

static void outlook(const struct ak_text_style *s, const struct ak_fix_report *r,
                    struct ak_text *out)
{
    const struct ak_fix_plan *p = r->job->plan;
    if (p->tried && r->finding != NULL)
        paragraph(s, ak_tr(s->lang, N_("Tried: ")),
                  ak_tr(s->lang, p->remains
                                     ? N_("with these values alone the finding would remain: see "
                                          "its other remedies (akushu explain)")
                                     : N_("with these values the finding is gone")),
                  out);
    for (unsigned i = 0; i < AK_FIX_NEEDS; i++)
        if (p->lost & 1u << i)
            paragraph(s, ak_tr(s->lang, N_("LOST: ")),
                      ak_fix_need_words((enum ak_fix_need)i, s->lang), out);
    if (r->refused)
        paragraph(s, "",
                  ak_tr(s->lang, N_("Refused: nothing is written for this. --allow-lockout writes "
                                    "it all the same.")),
                  out);
    for (size_t i = 0; i < r->file_count; i++)
        paragraph(s, i == 0 ? ak_tr(s->lang, N_("Files: ")) : "", r->files[i], out);
}

static void ready(const struct ak_text_style *s, const struct ak_fix_report *r, struct ak_text *out)
{
    const struct ak_fix_plan *p = r->job->plan;
    const struct ak_fix_words *words = ak_fix_words_find(p->about->id);
    struct ak_text text;
    ak_text_init(&text, VALUE_ROOM);
    paragraph(s, ak_tr(s->lang, N_("What: ")), words->what[s->lang], out);
    paragraph(s, ak_tr(s->lang, N_("Risk: ")), words->risk[s->lang], out);
    ak_fix_restart_words(p, s->lang, &text);
    paragraph(s, ak_tr(s->lang, N_("Restart: ")), ak_text_string(&text), out);
    changes(s, p, out);
    ak_text_clear(&text);
    ak_fix_verify_words(p, &text);
    const char *line = ak_text_string(&text);
    for (bool first = true; *line != '\0'; first = false) {
        struct ak_text one;
        size_t n = strcspn(line, "\n");
        ak_text_init(&one, VALUE_ROOM);
        ak_text_bytes(&one, line, n);
        paragraph(s, first ? ak_tr(s->lang, N_("Proof: ")) : "", ak_text_string(&one), out);
        ak_text_release(&one);
        line += n + (line[n] == '\n');
    }
    outlook(s, r, out);
    ak_text_release(&text);
}

void ak_text_fix(const struct ak_text_style *s, const struct ak_fix_report *r, struct ak_text *out)
{
    static const char *const words[] = {
        "",
        N_("nothing to change: everything is so already"),
        N_("a finding about connections: give akushu the registry of the machine that must change "
           "(reg export), too"),
        N_("no value of the registry helps: see the remedies of akushu explain"),
        N_("what a value of the registry could do weakens this machine, or is not decided here "
           "alone: it is written when the finding is named (--finding)"),
        N_("no value of the registry helps: without the cipher suites that it would take away the "
           "two would not agree"),
        N_("out of memory")};
    ak_text_add(out, ak_paint(s, "\033[1m"));
    if (r->host != NULL) {
        ak_safe_text(out, r->host->name[0] != '\0' ? r->host->name
                                                   : ak_tr(s->lang, N_("host of unknown name")));
        ak_text_add(out, ": ");
    }
    const char *colon = strchr(r->set, ':');
    ak_text_format(out, "%s%s\n", colon != NULL ? colon + 1 : r->set, ak_paint(s, "\033[0m"));
    if (r->answer == AK_FIX_READY)
        ready(s, r, out);
    else
        paragraph(s, "", ak_tr(s->lang, words[r->answer]), out);
    ak_text_char(out, '\n');
}
