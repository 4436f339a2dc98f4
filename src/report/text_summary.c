/* SPDX-License-Identifier: Apache-2.0 */
/* The text report's first lines: what was read, what came of it, and what was not understood. */
#include "report/facts.h"
#include "report/json.h"
#include "report/messages.h"
#include "report/text_parts.h"
#include "report/text_case.h"
#include "report/text_report.h"
#include "report/wrap.h"

#include "base/banned.h"

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
    ak_counted(c->out, count, ak_tr(c->style->lang, what));
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
        ak_plural(s, out, summary->findings[i], one[i], many[i]);
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
    ak_plural(s, out, totals->browser_requests, N_("request"), N_("requests"));
    if (totals->browser_unanswered != 0) {
        ak_text_add(out, ", ");
        ak_counted(out, totals->browser_unanswered, ak_tr(s->lang, N_("without an answer")));
    }
    ak_text_char(out, '\n');
}

static void read_line(const struct ak_text_style *s, const struct ak_summary *summary,
                      struct ak_text *out)
{
    struct ak_text line;
    ak_text_init(&line, 1024);
    if (summary->registry_files != 0) {
        ak_plural(s, &line, summary->registry_files, N_("registry file"), N_("registry files"));
        ak_text_add(&line, " (");
        ak_plural(s, &line, summary->hosts, N_("host"), N_("hosts"));
        ak_text_add(&line, summary->files + summary->log_count != 0 ? "), " : ")");
    }
    if (summary->log_count != 0) {
        ak_plural(s, &line, summary->log_count, N_("log"), N_("logs"));
        ak_text_add(&line, " (");
        ak_plural(s, &line, summary->log_records, N_("record"), N_("records"));
        ak_text_add(&line, ", ");
        ak_plural(s, &line, summary->events, N_("event about connections"),
                  N_("events about connections"));
        ak_text_add(&line, summary->files != 0 ? "), " : ")");
    }
    if (summary->certificates != 0) {
        ak_text_add(&line, line.size != 0 && summary->files == 0 ? ", " : "");
        ak_plural(s, &line, summary->certificates, N_("certificate"), N_("certificates"));
        ak_text_add(&line, summary->files != 0 ? ", " : "");
    }
    if (summary->files == 0 && line.size != 0) {
        ak_pad(out, ak_tr(s->lang, N_("Read")), 15);
        ak_wrap(out, ak_text_string(&line), 15, 15, s->width);
        ak_text_release(&line);
        return;
    }
    ak_plural(s, &line, summary->files, N_("capture"), N_("captures"));
    if (summary->joined_files != 0)
        ak_text_format(&line, ak_tr(s->lang, N_(" (%llu of them go on where another one ends)")),
                       (unsigned long long)summary->joined_files);
    ak_text_add(&line, ", ");
    ak_plural(s, &line, summary->totals->frames, N_("frame"), N_("frames"));
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
        ak_counted(&line, summary->outcomes[i], outcome_words((enum ak_outcome)i, s->lang));
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
    ak_plural(s, line, c->connections, N_("connection in both"), N_("connections in both"));
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
    ak_plural(s, &line, summary->totals->frames, N_("frame"), N_("frames"));
    ak_text_format(&line, ak_tr(s->lang, N_(", %llu dropped by the kernel, %llu by the interface")),
                   (unsigned long long)l->kernel_drops, (unsigned long long)l->interface_drops);
    ak_pad(out, ak_tr(s->lang, N_("Watched")), 15);
    ak_wrap(out, ak_text_string(&line), 15, 15, s->width);
    ak_text_release(&line);
}

static void passed_over_lines(const struct ak_text_style *s, const struct ak_summary *summary,
                              struct ak_text *out)
{
    enum { SHORT = 20 };
    size_t listed = summary->passed_over_listed;
    if (!s->all && listed > SHORT)
        listed = SHORT;
    struct ak_text line;
    if (summary->passed_over_count == 0)
        return;
    ak_text_init(&line, 65536);
    ak_text_format(out, "%s\n", ak_tr(s->lang, N_("Not read, or not to the end:")));
    for (size_t i = 0; i < listed; i++) {
        const struct ak_passed_over *p = &summary->passed_over[i];
        ak_text_clear(&line);
        ak_safe_text(&line, p->file);
        ak_text_add(&line, ": ");
        ak_text_add(&line, ak_tr(s->lang, p->why));
        ak_text_add(out, "  ");
        ak_wrap(out, ak_text_string(&line), 2, 4, s->width);
    }
    if (listed < summary->passed_over_count)
        ak_text_format(out, ak_tr(s->lang, N_("  (%llu more, 1,000 at most with --all)\n")),
                       (unsigned long long)(summary->passed_over_count - listed));
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
    ak_text_clocks(s, summary->joined, out);
    findings_line(s, summary, out);
    struct understood_context context = {s, out, false};
    ak_not_understood_each(summary, not_understood_line, &context);
    passed_over_lines(s, summary, out);
}
