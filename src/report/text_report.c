/* SPDX-License-Identifier: Apache-2.0 */
#include "report/text_report.h"

#include <string.h>

#include "base/alloc.h"
#include "report/facts.h"
#include "report/json.h"
#include "report/messages.h"
#include "report/text_certificate.h"
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

/* ---- summary ---- */

static void counted(struct ak_text *out, uint64_t count, const char *words)
{
    ak_text_u64(out, count);
    ak_text_char(out, ' ');
    ak_text_add(out, words);
}

/* "1 capture", "2 captures"; Japanese has one form. */
static void plural(const struct ak_text_style *s, struct ak_text *out, uint64_t count,
                   const char *one, const char *many)
{
    counted(out, count, ak_tr(s->lang, count == 1 && s->lang == AK_LANG_EN ? one : many));
}

static const char *outcome_words(enum ak_outcome outcome, enum ak_lang lang)
{
    static const char *const words[] = {N_("established"), N_("failed"),    N_("refused"),
                                        N_("unanswered"),  N_("plaintext"), N_("incomplete")};
    return ak_tr(lang, words[outcome]);
}

struct understood_context {
    const struct ak_text_style *style;
    struct ak_text *out;
    bool any;
};

static void not_understood_line(void *context, const char *what, uint64_t count)
{
    struct understood_context *c = context;
    if (!c->any)
        ak_text_format(c->out, "%s\n", ak_tr(c->style->lang, N_("Not understood:")));
    c->any = true;
    ak_text_add(c->out, "  ");
    counted(c->out, count, ak_tr(c->style->lang, what));
    ak_text_char(c->out, '\n');
}

static void findings_line(const struct ak_text_style *s, const struct ak_summary *summary,
                          struct ak_text *out)
{
    static const char *const one[] = {N_("note"), N_("warning"), N_("error")};
    static const char *const many[] = {N_("notes"), N_("warnings"), N_("errors")};
    static const char *const colors[] = {"\033[36m", "\033[33m", "\033[31m"};
    bool any = false;
    ak_pad(out, ak_tr(s->lang, N_("Findings")), 15);
    for (int i = 2; i >= 0; i--) {
        if (summary->findings[i] == 0)
            continue;
        if (any)
            ak_text_add(out, ", ");
        any = true;
        ak_text_add(out, ak_paint(s, colors[i]));
        plural(s, out, summary->findings[i], one[i], many[i]);
        ak_text_add(out, ak_paint(s, "\033[0m"));
    }
    if (!any)
        ak_text_add(out, ak_tr(s->lang, N_("none")));
    ak_text_char(out, '\n');
}

static void browser_line(const struct ak_text_style *s, const struct ak_totals *totals,
                         struct ak_text *out)
{
    if (totals->browser_requests == 0)
        return;
    ak_pad(out, ak_tr(s->lang, N_("SQL Browser")), 15);
    plural(s, out, totals->browser_requests, N_("request"), N_("requests"));
    if (totals->browser_unanswered != 0) {
        ak_text_add(out, ", ");
        counted(out, totals->browser_unanswered, ak_tr(s->lang, N_("without an answer")));
    }
    ak_text_char(out, '\n');
}

static void read_line(const struct ak_text_style *s, const struct ak_summary *summary,
                      struct ak_text *out)
{
    struct ak_text line;
    ak_text_init(&line, 1024);
    if (summary->registry_files != 0) {
        plural(s, &line, summary->registry_files, N_("registry file"), N_("registry files"));
        ak_text_add(&line, " (");
        plural(s, &line, summary->hosts, N_("host"), N_("hosts"));
        ak_text_add(&line, summary->files + summary->log_count != 0 ? "), " : ")");
    }
    if (summary->log_count != 0) {
        plural(s, &line, summary->log_count, N_("log"), N_("logs"));
        ak_text_add(&line, " (");
        plural(s, &line, summary->log_records, N_("record"), N_("records"));
        ak_text_add(&line, ", ");
        plural(s, &line, summary->events, N_("event about connections"),
               N_("events about connections"));
        ak_text_add(&line, summary->files != 0 ? "), " : ")");
    }
    if (summary->certificates != 0) {
        ak_text_add(&line, line.size != 0 && summary->files == 0 ? ", " : "");
        plural(s, &line, summary->certificates, N_("certificate"), N_("certificates"));
        ak_text_add(&line, summary->files != 0 ? ", " : "");
    }
    if (summary->files == 0 && line.size != 0) {
        ak_pad(out, ak_tr(s->lang, N_("Read")), 15);
        ak_wrap(out, ak_text_string(&line), 15, 15, s->width);
        ak_text_release(&line);
        return;
    }
    plural(s, &line, summary->files, N_("capture"), N_("captures"));
    if (summary->joined_files != 0)
        ak_text_format(&line, ak_tr(s->lang, N_(" (%llu of them go on where another one ends)")),
                       (unsigned long long)summary->joined_files);
    ak_text_add(&line, ", ");
    plural(s, &line, summary->totals->frames, N_("frame"), N_("frames"));
    if (summary->totals->filtered_frames != 0)
        ak_text_format(&line, ak_tr(s->lang, N_(" (%llu left out by the filter)")),
                       (unsigned long long)summary->totals->filtered_frames);
    ak_pad(out, ak_tr(s->lang, N_("Read")), 15);
    ak_wrap(out, ak_text_string(&line), 15, 15, s->width);
    ak_text_release(&line);
}

static void conversations_line(const struct ak_text_style *s, const struct ak_summary *summary,
                               struct ak_text *out)
{
    bool any = false;
    ak_pad(out, ak_tr(s->lang, N_("Conversations")), 15);
    struct ak_text line;
    ak_text_init(&line, 1024);
    ak_text_u64(&line, summary->totals->conversations);
    for (int i = 0; i < 6; i++) {
        if (summary->outcomes[i] == 0)
            continue;
        ak_text_add(&line, any ? ", " : " (");
        any = true;
        counted(&line, summary->outcomes[i], outcome_words((enum ak_outcome)i, s->lang));
    }
    ak_text_add(&line, any ? ")" : "");
    ak_wrap(out, ak_text_string(&line), 15, 15, s->width);
    ak_text_release(&line);
}

/* "client.pcap (at the client) and server.pcap (at the server): 3 connections ..." */
static void joined_words(const struct ak_text_style *s, const struct ak_joined_captures *c,
                         struct ak_text *line)
{
    static const char *const places[] = {N_(" (at the client)"), N_(" (at the server)"), ""};
    enum ak_side near = c->first_near;
    enum ak_side far = near == AK_SIDE_NONE     ? AK_SIDE_NONE
                       : near == AK_SIDE_CLIENT ? AK_SIDE_SERVER
                                                : AK_SIDE_CLIENT;
    ak_safe_text(line, c->first->file);
    ak_text_add(line, *places[near] ? ak_tr(s->lang, places[near]) : "");
    ak_text_add(line, " + ");
    ak_safe_text(line, c->second->file);
    ak_text_add(line, *places[far] ? ak_tr(s->lang, places[far]) : "");
    ak_text_add(line, ": ");
    plural(s, line, c->connections, N_("connection in both"), N_("connections in both"));
    ak_text_format(line, ak_tr(s->lang, N_("; the second clock differs by %+.6f s")),
                   (double)c->offset / 1e9);
    if (c->spread >= 0)
        ak_text_format(line, " (+/- %.6f s)", (double)c->spread / 1e9);
    const struct {
        uint64_t count;
        const char *words;
    } rows[] = {
        {c->translated, N_("; {1} with translated addresses")},
        {c->forged, N_("; {1} reset or closed by something between")},
        {c->vanishing[AK_SIDE_CLIENT], N_("; bytes of the client lost between in {1}")},
        {c->vanishing[AK_SIDE_SERVER], N_("; bytes of the server lost between in {1}")},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        char count[24];
        (void)snprintf(count, sizeof count, "%llu", (unsigned long long)rows[i].count);
        if (rows[i].count != 0)
            ak_phrase(line, ak_tr(s->lang, rows[i].words), count, NULL);
    }
}

static void joined_lines(const struct ak_text_style *s, const struct ak_join *join,
                         struct ak_text *out)
{
    struct ak_text line;
    ak_text_init(&line, 65536);
    for (size_t i = 0; join != NULL && i < ak_join_captures(join); i++) {
        ak_text_clear(&line);
        joined_words(s, ak_join_captures_at(join, i), &line);
        ak_pad(out, i == 0 ? ak_tr(s->lang, N_("Joined")) : "", 15);
        ak_wrap(out, ak_text_string(&line), 15, 15, s->width);
    }
    ak_text_release(&line);
}

static void watch_line(const struct ak_text_style *s, const struct ak_summary *summary,
                       struct ak_text *out)
{
    const struct ak_live_totals *l = summary->live;
    struct ak_text line;
    ak_text_init(&line, 1024);
    ak_text_format(&line, "%s, ", l->interface);
    ak_text_time(&line, l->from, false);
    ak_text_add(&line, " - ");
    ak_text_time(&line, l->to, false);
    ak_text_add(&line, ": ");
    plural(s, &line, summary->totals->frames, N_("frame"), N_("frames"));
    ak_text_format(&line, ak_tr(s->lang, N_(", %llu dropped by the kernel, %llu by the interface")),
                   (unsigned long long)l->kernel_drops, (unsigned long long)l->interface_drops);
    ak_pad(out, ak_tr(s->lang, N_("Watched")), 15);
    ak_wrap(out, ak_text_string(&line), 15, 15, s->width);
    ak_text_release(&line);
}

void ak_text_summary(const struct ak_text_style *s, const struct ak_summary *summary,
                     struct ak_text *out)
{
    if (summary->live != NULL)
        watch_line(s, summary, out);
    else
        read_line(s, summary, out);
    if (summary->live != NULL || summary->files != 0 ||
        summary->registry_files + summary->log_count + summary->certificate_files == 0)
        conversations_line(s, summary, out);
    browser_line(s, summary->totals, out);
    joined_lines(s, summary->join, out);
    findings_line(s, summary, out);
    struct understood_context context = {s, out, false};
    ak_not_understood_each(summary, not_understood_line, &context);
}

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
    plural(s, &line, f->count, N_("event"), N_("events"));
    if (f->clients != 0) {
        ak_text_add(&line, f->clients_more ? ", > " : ", ");
        plural(s, &line, f->clients, N_("client"), N_("clients"));
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
    plural(s, &line, f->count, N_("conversation"), N_("conversations"));
    ak_text_add(&line, ", ");
    if (f->clients_more)
        ak_text_add(&line, "> ");
    plural(s, &line, f->clients, N_("client"), N_("clients"));
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
    rule_list(s, f, out);
    change_lines(s, f, out);
    next_lines(s, f, out);
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
