/* SPDX-License-Identifier: Apache-2.0 */
#include "report/text_report.h"

#include <string.h>

#include "base/alloc.h"
#include "report/facts.h"
#include "report/json.h"
#include "report/messages.h"
#include "report/text_certificate.h"
#include "report/text_case.h"
#include "report/text_event.h"
#include "report/text_parts.h"
#include "report/wrap.h"

#include "base/banned.h"

enum { LABEL = 14 }; /* columns of the left column of a finding */

static const char *severity_words(enum ak_severity severity, enum ak_lang lang)
{
    static const char *const words[] = {N_("NOTE"), N_("WARNING"), N_("ERROR")};
    return ak_tr(lang, words[severity]);
}

static const char *grade_words(enum ak_grade grade, enum ak_lang lang)
{
    static const char *const words[] = {"", N_("possible"), N_("likely"), N_("certain")};
    return ak_tr(lang, words[grade]);
}

/* ---- overview ---- */

static void host_words(const struct ak_text_style *s, const struct ak_host *host,
                       struct ak_text *line)
{
    if (host->name[0] != '\0')
        ak_safe_text(line, host->name);
    else
        ak_text_format(line, ak_tr(s->lang, N_("host %llu")), (unsigned long long)host->id);
}

void ak_text_overview(const struct ak_text_style *s, const struct ak_finding *f,
                      struct ak_text *out)
{
    enum { TITLE_AT = 52 };
    const struct ak_rule_words *words = ak_rule_words_find(f->rule->id);
    struct ak_text line;
    ak_text_init(&line, 1024);
    ak_text_add(&line, "  ");
    ak_pad(&line, severity_words(f->severity, s->lang), 9);
    ak_pad(&line, grade_words(f->grade, s->lang), 14);
    size_t at = line.size;
    if (f->host != NULL)
        host_words(s, f->host, &line);
    else if (f->certificate != NULL)
        ak_certificate_place(f->certificate->found, &line);
    else if (f->origin != NULL)
        ak_origin_words(f->origin, &line);
    else
        ak_address_words(&f->server, &line);
    ak_text_format(&line, " x %llu", (unsigned long long)f->count);
    size_t columns = 25 + ak_text_columns(ak_text_string(&line) + at);
    for (; columns < TITLE_AT; columns++)
        ak_text_char(&line, ' ');
    ak_text_add(&line, "  ");
    ak_text_bytes(out, line.bytes, line.size);
    ak_wrap(out, words ? words->title[s->lang] : f->rule->id, columns + 2, TITLE_AT + 2, s->width);
    ak_text_release(&line);
}

/* ---- findings ---- */

static void label(const struct ak_text_style *s, const char *name, struct ak_text *out)
{
    ak_text_add(out, "  ");
    ak_text_add(out, ak_paint(s, "\033[1m"));
    ak_pad(out, ak_tr(s->lang, name), LABEL - 2);
    ak_text_add(out, ak_paint(s, "\033[0m"));
}

static void labelled(const struct ak_text_style *s, const char *name, const char *text,
                     struct ak_text *out)
{
    label(s, name, out);
    ak_wrap(out, text, LABEL, LABEL, s->width);
}

static void headline(const struct ak_text_style *s, const struct ak_finding *f,
                     const struct ak_rule_words *words, struct ak_text *out)
{
    static const char *const colors[] = {"\033[36m", "\033[33m", "\033[31m"};
    ak_text_add(out, "\n");
    ak_text_add(out, ak_paint(s, colors[f->severity]));
    ak_text_add(out, severity_words(f->severity, s->lang));
    ak_text_add(out, ak_paint(s, "\033[0m\033[1m"));
    ak_text_add(out, "  ");
    ak_text_add(out, words ? words->title[s->lang] : f->rule->id);
    ak_text_add(out, ak_paint(s, "\033[0m"));
    struct ak_text rest;
    ak_text_init(&rest, 256);
    ak_text_format(&rest, "  [%s]  %s", grade_words(f->grade, s->lang), f->rule->id);
    size_t columns = ak_text_columns(severity_words(f->severity, s->lang)) + 2 +
                     ak_text_columns(words ? words->title[s->lang] : f->rule->id);
    if (columns + ak_text_columns(ak_text_string(&rest)) > s->width)
        ak_text_char(out, '\n');
    ak_text_add(out, ak_text_string(&rest));
    ak_text_char(out, '\n');
    ak_text_release(&rest);
}

static void host_line(const struct ak_text_style *s, const struct ak_finding *f,
                      struct ak_text *out)
{
    struct ak_text line;
    ak_text_init(&line, 4096);
    host_words(s, f->host, &line);
    if (f->other_host != NULL) {
        ak_text_add(&line, " -> ");
        host_words(s, f->other_host, &line);
    }
    if (f->count > 1)
        ak_text_format(&line, ak_tr(s->lang, N_(": %llu places")), (unsigned long long)f->count);
    labelled(s, N_("Host"), ak_text_string(&line), out);
    ak_text_release(&line);
}

static void origin_line(const struct ak_text_style *s, const struct ak_finding *f,
                        struct ak_text *out)
{
    struct ak_text line;
    ak_text_init(&line, 4096);
    ak_origin_words(f->origin, &line);
    ak_text_add(&line, ": ");
    ak_plural(s, &line, f->count, N_("event"), N_("events"));
    if (f->clients != 0) {
        ak_text_add(&line, f->clients_more ? ", > " : ", ");
        ak_plural(s, &line, f->clients, N_("client"), N_("clients"));
    }
    ak_text_add(&line, "; ");
    ak_text_time(&line, f->first, false);
    if (f->last / 1000000000 != f->first / 1000000000) {
        ak_text_add(&line, " - ");
        ak_text_time(&line, f->last, false);
    }
    labelled(s, N_("Log of"), ak_text_string(&line), out);
    ak_text_release(&line);
}

static void who_line(const struct ak_text_style *s, const struct ak_finding *f, struct ak_text *out)
{
    struct ak_text line;
    if (f->host != NULL) {
        host_line(s, f, out);
        return;
    }
    if (f->origin != NULL) {
        origin_line(s, f, out);
        return;
    }
    ak_text_init(&line, 4096);
    if (f->certificate != NULL) {
        ak_certificate_place(f->certificate->found, &line);
        labelled(s, N_("Certificate"), ak_text_string(&line), out);
        ak_text_release(&line);
        return;
    }
    ak_address_words(&f->server, &line);
    ak_text_add(&line, ": ");
    ak_plural(s, &line, f->count, N_("conversation"), N_("conversations"));
    ak_text_add(&line, ", ");
    if (f->clients_more)
        ak_text_add(&line, "> ");
    ak_plural(s, &line, f->clients, N_("client"), N_("clients"));
    ak_text_add(&line, "; ");
    ak_text_time(&line, f->first, false);
    if (f->last / 1000000000 != f->first / 1000000000) {
        ak_text_add(&line, " - ");
        ak_text_time(&line, f->last, false);
    }
    labelled(s, N_("Server"), ak_text_string(&line), out);
    ak_text_release(&line);
}

/* The file, when it is another than the conversation's, and the frame. */
static void place_words(const struct ak_text_style *s, const struct ak_finding *f, size_t fact,
                        struct ak_text *words)
{
    bool other = f->facts[fact].other && f->other_source != NULL;
    struct ak_place place =
        ak_source_place(other ? f->other_source : f->source, f->facts[fact].frame);
    if (strcmp(place.file, f->source->file) != 0)
        ak_text_format(words, "%s, ", place.file);
    if (place.frame != 0 && f->facts[fact].after >= 0)
        ak_text_format(words, ak_tr(s->lang, N_("frame %llu (+%.3f s): ")),
                       (unsigned long long)place.frame, (double)f->facts[fact].after / 1e9);
    else if (place.frame != 0)
        ak_text_format(words, ak_tr(s->lang, N_("frame %llu: ")), (unsigned long long)place.frame);
}

static void why_lines(const struct ak_text_style *s, const struct ak_finding *f,
                      struct ak_text *out)
{
    struct ak_text words, safe;
    ak_text_init(&words, 8192);
    ak_text_init(&safe, 16384);
    for (size_t i = 0; i < f->fact_count; i++) {
        ak_text_clear(&words);
        ak_text_clear(&safe);
        if (f->source != NULL)
            place_words(s, f, i, &words);
        ak_fact_words(&f->facts[i], s->lang, &words);
        ak_safe_text(&safe, ak_text_string(&words));
        if (i == 0)
            label(s, N_("Why"), out);
        else
            ak_blanks(out, LABEL);
        ak_wrap(out, ak_text_string(&safe), LABEL, LABEL + 2, s->width);
    }
    if (f->source != NULL) {
        ak_text_clear(&words);
        ak_text_clear(&safe);
        ak_text_format(&words, ak_tr(s->lang, N_("(conversation %llu of %s)")),
                       (unsigned long long)f->sample, f->source->file);
        ak_safe_text(&safe, ak_text_string(&words));
        ak_blanks(out, LABEL);
        ak_wrap(out, ak_text_string(&safe), LABEL, LABEL, s->width);
    }
    ak_text_release(&words);
    ak_text_release(&safe);
}

static void timeline_lines(const struct ak_text_style *s, const struct ak_finding *f,
                           struct ak_text *out)
{
    if (f->timeline == NULL)
        return;
    label(s, N_("Timeline"), out);
    ak_text_timeline(s, f->timeline, LABEL, out);
}

static void rule_list(const struct ak_text_style *s, const struct ak_finding *f,
                      struct ak_text *out)
{
    struct ak_text line;
    if (f->rival_count == 0)
        return;
    ak_text_init(&line, 4096);
    for (size_t i = 0; i < f->rival_count; i++) {
        if (i != 0)
            ak_text_add(&line, ", ");
        ak_text_add(&line, f->rivals[i]);
    }
    labelled(s, N_("Or else"), ak_text_string(&line), out);
    ak_text_release(&line);
}

static const char *side_words(const char *side, enum ak_lang lang)
{
    static const char *const names[] = {N_("client"), N_("server"), N_("both"), N_("network"),
                                        N_("host")};
    for (size_t i = 0; i < AK_COUNT(names); i++)
        if (strcmp(names[i], side) == 0)
            return ak_tr(lang, names[i]);
    return side;
}

static void detail(const struct ak_text_style *s, const char *name, const char *text,
                   struct ak_text *out)
{
    struct ak_text line;
    ak_text_init(&line, 16384);
    ak_text_format(&line, "%s: ", ak_tr(s->lang, name));
    ak_text_add(&line, text);
    ak_blanks(out, LABEL + 3);
    ak_wrap(out, ak_text_string(&line), LABEL + 3, LABEL + 5, s->width);
    ak_text_release(&line);
}

static const char *restart_words(const char *restart, enum ak_lang lang)
{
    if (strcmp(restart, "none") == 0)
        return ak_tr(lang, N_("nothing"));
    if (strcmp(restart, "host") == 0)
        return ak_tr(lang, N_("the whole machine"));
    if (strcmp(restart, "service:application") == 0)
        return ak_tr(lang, N_("the application or service"));
    if (strcmp(restart, "service:MSSQLSERVER") == 0)
        return ak_tr(lang, N_("the SQL Server service (MSSQLSERVER or MSSQL$INSTANCE)"));
    return restart;
}

/* A command is to be copied and stays on one line; advice wraps. */
static void proof_line(const struct ak_text_style *s, const char *text, struct ak_text *out)
{
    if (strpbrk(text, "\\\"'$|") == NULL) {
        detail(s, N_("proof"), text, out);
        return;
    }
    ak_blanks(out, LABEL + 3);
    ak_text_format(out, "%s: %s\n", ak_tr(s->lang, N_("proof")), text);
}

static bool proof_is_new(const struct ak_remedy_words *const *list, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (strcmp(list[i]->verify, list[index]->verify) == 0)
            return false;
    return true;
}

enum { REMEDIES_SHOWN = 2 }; /* the best ones, unless all are asked for */

static void change_lines(const struct ak_text_style *s, const struct ak_finding *f,
                         struct ak_text *out)
{
    const struct ak_remedy_words *list[AK_REMEDIES];
    size_t fitting, count = ak_remedies_of(f, list, &fitting), shown = count;
    struct ak_text line;
    ak_text_init(&line, 16384);
    if (!s->all && fitting != 0)
        shown = fitting;
    if (!s->all && shown > REMEDIES_SHOWN)
        shown = REMEDIES_SHOWN;
    for (size_t i = 0; i < shown; i++) {
        const struct ak_remedy_words *r = list[i];
        ak_text_clear(&line);
        ak_text_format(&line, "%zu. [%s] ", i + 1, side_words(r->side, s->lang));
        ak_text_add(&line, r->action[s->lang]);
        if (i == 0)
            label(s, N_("Change"), out);
        else
            ak_blanks(out, LABEL);
        ak_wrap(out, ak_text_string(&line), LABEL, LABEL + 3, s->width);
        if (r->risk[s->lang][0] != '\0')
            detail(s, N_("risk"), r->risk[s->lang], out);
        detail(s, N_("restart"), restart_words(r->restart, s->lang), out);
        if (proof_is_new(list, i))
            proof_line(s, r->verify, out);
    }
    if (shown < count) {
        ak_blanks(out, LABEL);
        ak_text_format(out, ak_tr(s->lang, N_("(%zu more with --all)\n")), count - shown);
    }
    ak_text_release(&line);
}

static bool has_commands(const struct ak_finding *f, size_t index)
{
    const struct ak_next_words *next = ak_next_words_find(f->lacks[index]);
    return next != NULL && next->commands[0][0] != '\0';
}

/* Another step before it asks for the same. */
static bool comes_again(const struct ak_finding *f, size_t index)
{
    const struct ak_next_words *next = ak_next_words_find(f->lacks[index]);
    for (size_t i = 0; i < index; i++) {
        const struct ak_next_words *other = ak_next_words_find(f->lacks[i]);
        bool same = other != NULL && strcmp(other->collect_side, next->collect_side) == 0;
        for (size_t k = 0; same && k < AK_NEXT_COMMANDS; k++)
            same = strcmp(other->commands[k], next->commands[k]) == 0;
        if (same)
            return true;
    }
    return false;
}

/* What to type, each command on a line of its own, never wrapped: it is there to be copied. */
static void command_lines(const struct ak_text_style *s, const struct ak_finding *f,
                          struct ak_text *out)
{
    struct ak_text line;
    bool any = false;
    ak_text_init(&line, 4096);
    for (size_t i = 0; f->grade != AK_GRADE_CERTAIN && i < f->lack_count; i++) {
        if (!has_commands(f, i) || comes_again(f, i))
            continue;
        const struct ak_next_words *next = ak_next_words_find(f->lacks[i]);
        ak_text_clear(&line);
        ak_text_format(&line, "[%s] %s", side_words(next->collect_side, s->lang),
                       next->note[s->lang]);
        if (!any)
            label(s, N_("Collect"), out);
        else
            ak_blanks(out, LABEL);
        any = true;
        ak_wrap(out, ak_text_string(&line), LABEL, LABEL + 2, s->width);
        for (size_t k = 0; k < AK_NEXT_COMMANDS && next->commands[k][0] != '\0'; k++)
            ak_text_format(out, "    %s\n", next->commands[k]);
    }
    ak_text_release(&line);
}

static void next_lines(const struct ak_text_style *s, const struct ak_finding *f,
                       struct ak_text *out)
{
    struct ak_text line;
    bool any = false;
    ak_text_init(&line, 16384);
    for (size_t i = 0; f->grade != AK_GRADE_CERTAIN && i < f->lack_count; i++) {
        const struct ak_next_words *next = ak_next_words_find(f->lacks[i]);
        if (next == NULL)
            continue;
        ak_text_clear(&line);
        ak_text_format(&line, "[%s] ", side_words(next->side, s->lang));
        ak_text_add(&line, next->text[s->lang]);
        if (!any)
            label(s, N_("To be surer"), out);
        else
            ak_blanks(out, LABEL);
        any = true;
        ak_wrap(out, ak_text_string(&line), LABEL, LABEL + 2, s->width);
    }
    ak_text_release(&line);
}

/* The text that the user may have seen: the first of the table that fits stage and close. */
static void seen_lines(const struct ak_text_style *s, const struct ak_finding *f,
                       struct ak_text *out)
{
    const struct ak_error_text *e;
    unsigned shown = 0;
    const char *close = ak_close_name(f->close);
    bool worked = f->rule->class == AK_RULE_EXPOSURE && f->stage == AK_STAGE_P7;
    if (f->host != NULL || f->origin != NULL || f->certificate != NULL || worked ||
        f->protocol == AK_PROTOCOL_TLS)
        return; /* nobody saw an error; or the texts are not those of this service */
    for (size_t i = 0; shown < 2 && (e = ak_error_text_at(i)) != NULL; i++) {
        bool fits = (int)f->stage >= e->stage_from && (int)f->stage <= e->stage_to &&
                    (strcmp(e->close, "any") == 0 || strcmp(e->close, close) == 0);
        if (!fits)
            continue;
        if (shown == 0)
            label(s, N_("May be seen"), out);
        else
            ak_blanks(out, LABEL);
        ak_wrap(out, e->text[AK_LANG_EN], LABEL, LABEL + 2, s->width);
        if (strcmp(e->text[AK_LANG_JA], e->text[AK_LANG_EN]) != 0) {
            ak_blanks(out, LABEL + 2);
            ak_wrap(out, e->text[AK_LANG_JA], LABEL + 2, LABEL + 2, s->width);
        }
        shown++;
    }
}

static void filter_line(const struct ak_text_style *s, const struct ak_finding *f,
                        struct ak_text *out)
{
    char client[46], server[46];
    struct ak_text line;
    const char *ip = f->server.version == 6 ? "ipv6" : "ip";
    ak_endpoint_text(&f->client, client);
    ak_endpoint_text(&f->server, server);
    ak_text_init(&line, 1024);
    ak_text_format(&line, "%s.addr == %s && tcp.port == %u && %s.addr == %s && tcp.port == %u", ip,
                   client, f->client.port, ip, server, f->server.port);
    label(s, "Wireshark", out);
    ak_text_add(out, ak_text_string(&line)); /* one line: it is to be copied */
    ak_text_char(out, '\n');
    ak_text_release(&line);
}

void ak_text_finding(const struct ak_text_style *s, const struct ak_finding *f, struct ak_text *out)
{
    const struct ak_rule_words *words = ak_rule_words_find(f->rule->id);
    char explain[80];
    headline(s, f, words, out);
    if (words != NULL)
        labelled(s, N_("What"), words->cause[s->lang], out);
    who_line(s, f, out);
    why_lines(s, f, out);
    timeline_lines(s, f, out);
    rule_list(s, f, out);
    change_lines(s, f, out);
    next_lines(s, f, out);
    command_lines(s, f, out);
    seen_lines(s, f, out);
    if (f->host == NULL && f->origin == NULL && f->certificate == NULL)
        filter_line(s, f, out);
    (void)snprintf(explain, sizeof explain, "akushu explain %s", f->rule->id);
    labelled(s, N_("More"), explain, out);
}

/* ---- --why-not ---- */

static void why_not_words(const struct ak_text_style *s, const struct ak_rule *rule,
                          const struct ak_why_not *why, struct ak_text *out)
{
    if (why->answer == AK_ANSWER_YES && why->preferred == NULL)
        ak_text_format(out, ak_tr(s->lang, N_("%s matches: %s")), rule->id,
                       grade_words(why->grade, s->lang));
    else if (why->answer == AK_ANSWER_YES)
        ak_text_format(out, ak_tr(s->lang, N_("%s matches (%s), but %s explains it")), rule->id,
                       grade_words(why->grade, s->lang), why->preferred->id);
    else if (why->failed == NULL)
        ak_text_format(out, ak_tr(s->lang, N_("%s does not match")), rule->id);
    else if (why->answer == AK_ANSWER_NO)
        ak_text_format(out, ak_tr(s->lang, N_("%s does not match; not true: %s")), rule->id,
                       ak_predicate_words(why->failed->id, s->lang));
    else
        ak_text_format(out, ak_tr(s->lang, N_("%s cannot be told; not seen: %s")), rule->id,
                       ak_predicate_words(why->failed->id, s->lang));
}

static void why_not_host(const struct ak_text_style *s, const struct ak_rule *rule,
                         const struct ak_why_not *why, struct ak_text *out)
{
    host_words(s, why->host, out);
    if (why->other_host != NULL && why->other_host != why->host) {
        ak_text_add(out, " -> ");
        host_words(s, why->other_host, out);
    }
    ak_text_add(out, ": ");
    if (why->answer == AK_ANSWER_LACK)
        ak_text_format(out, ak_tr(s->lang, N_("%s looks at conversations, not at machines")),
                       rule->id);
    else if (why->other_host == why->host)
        ak_text_format(
            out,
            ak_tr(s->lang, N_("%s looks at two machines of which one serves the other; they are "
                              "not here")),
            rule->id);
    else
        why_not_words(s, rule, why, out);
}

void ak_text_why_not(const struct ak_text_style *s, const struct ak_rule *rule,
                     const struct ak_why_not *why, struct ak_text *out)
{
    struct ak_text words, safe;
    ak_text_init(&words, 65536);
    ak_text_init(&safe, 4 * 65536);
    if (why->host != NULL) {
        why_not_host(s, rule, why, &words);
    } else {
        ak_text_format(&words, "%s #%llu: ", why->file, (unsigned long long)why->conversation);
        why_not_words(s, rule, why, &words);
    }
    ak_safe_text(&safe, ak_text_string(&words));
    ak_wrap(out, ak_text_string(&safe), 0, 4, s->width);
    const struct ak_next_words *next = why->lack ? ak_next_words_find(why->lack) : NULL;
    if (next != NULL) {
        ak_text_clear(&words);
        ak_text_format(&words, "%s: %s", ak_tr(s->lang, N_("collect")), next->text[s->lang]);
        ak_blanks(out, 4);
        ak_wrap(out, ak_text_string(&words), 4, 4, s->width);
    }
    ak_text_release(&words);
    ak_text_release(&safe);
}
