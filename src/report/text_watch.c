/* SPDX-License-Identifier: Apache-2.0 */
#include "report/watch_view.h"

#include <string.h>

#include "report/facts.h"
#include "report/json.h"
#include "report/messages.h"
#include "report/text_parts.h"
#include "report/wrap.h"

#include "base/banned.h"

enum { RULE = 30, SERVER = 26, COUNT = 9, VERSION = 12, LINE = 1024, BELOW = 14 };

int ak_watch_view_order(const struct ak_finding *a, const struct ak_finding *b)
{
    if (a->severity != b->severity)
        return a->severity > b->severity ? -1 : 1;
    if (a->last != b->last)
        return a->last > b->last ? -1 : 1;
    return strcmp(a->id, b->id);
}

/* "17:20:01" of that day in UTC; with its date when the day is another one than today. */
static void time_words(int64_t time, int64_t now, struct ak_text *out)
{
    enum { CLOCK_AT = 11, CLOCK = 8, DATE = 10 };
    const int64_t day = INT64_C(86400) * 1000000000;
    struct ak_text stamp;
    ak_text_init(&stamp, 64);
    ak_text_time(&stamp, time, false);
    if (stamp.size > CLOCK_AT + CLOCK) {
        bool today = time / day == now / day;
        ak_text_bytes(out, stamp.bytes + (today ? CLOCK_AT : 0), today ? CLOCK : DATE);
    }
    ak_text_release(&stamp);
}

/* The line, cut at the width of the screen. */
static void put(const struct ak_text_style *s, struct ak_text *line, struct ak_text *out)
{
    const char *text = ak_text_string(line);
    if (ak_text_columns(text) <= s->width) {
        ak_text_add(out, text);
    } else {
        size_t size = strlen(text);
        char *cut = line->bytes;
        do {
            do
                size--;
            while (size > 0 && ((unsigned char)cut[size] & 0xc0) == 0x80);
            cut[size] = '\0';
        } while (size > 0 && ak_text_columns(cut) > s->width);
        ak_text_add(out, cut);
    }
    ak_text_char(out, '\n');
    ak_text_clear(line);
}

static void heading(const struct ak_text_style *s, struct ak_text *line, struct ak_text *out)
{
    ak_text_add(out, ak_paint(s, "\033[1m"));
    put(s, line, out);
    ak_text_add(out, ak_paint(s, "\033[0m"));
}

static void head(const struct ak_text_style *s, const struct ak_watch_view *v, struct ak_text *line,
                 struct ak_text *out)
{
    const struct ak_live_totals *l = v->summary->live;
    int64_t seconds = (v->now - l->from) / 1000000000;
    ak_text_format(line, "akushu watch %s  %lld:%02lld:%02lld  ", l->interface,
                   (long long)(seconds / 3600), (long long)(seconds / 60 % 60),
                   (long long)(seconds % 60));
    ak_text_format(line, ak_tr(s->lang, N_("%llu frames (%llu/s), %zu connections open")),
                   (unsigned long long)v->summary->totals->frames, (unsigned long long)v->rate,
                   v->open);
    heading(s, line, out);
    bool lost = l->kernel_drops != 0 || l->interface_drops != 0 || v->summary->totals->evicted != 0;
    ak_text_add(out, ak_paint(s, lost ? "\033[33m" : ""));
    ak_text_format(line,
                   ak_tr(s->lang, N_("dropped: %llu by the kernel, %llu by the interface; %llu "
                                     "connections given up early")),
                   (unsigned long long)l->kernel_drops, (unsigned long long)l->interface_drops,
                   (unsigned long long)v->summary->totals->evicted);
    put(s, line, out);
    ak_text_add(out, ak_paint(s, lost ? "\033[0m" : ""));
}

static void findings(const struct ak_text_style *s, const struct ak_watch_view *v, size_t most,
                     struct ak_text *line, struct ak_text *out)
{
    static const char *const colors[] = {"\033[36m", "\033[33m", "\033[31m"};
    ak_text_char(out, '\n');
    ak_pad(line, ak_tr(s->lang, N_("Failures by cause")), RULE);
    ak_pad(line, ak_tr(s->lang, N_("server")), SERVER);
    ak_pad(line, ak_tr(s->lang, N_("count")), COUNT);
    ak_text_add(line, ak_tr(s->lang, N_("last seen")));
    heading(s, line, out);
    for (size_t i = 0; i < v->finding_count && i < most; i++) {
        const struct ak_finding *f = v->findings[i];
        struct ak_text part;
        ak_text_init(&part, LINE);
        ak_pad(line, f->rule->id, RULE);
        if (f->host != NULL)
            ak_safe_text(&part, f->host->name);
        else
            ak_address_words(&f->server, &part);
        ak_pad(line, ak_text_string(&part), SERVER);
        ak_text_clear(&part);
        ak_text_u64(&part, f->count);
        ak_pad(line, ak_text_string(&part), COUNT);
        if (f->host == NULL)
            time_words(f->last, v->now, line);
        ak_text_add(out, ak_paint(s, colors[f->severity]));
        put(s, line, out);
        ak_text_add(out, ak_paint(s, "\033[0m"));
        ak_text_release(&part);
    }
    if (v->finding_count == 0) {
        ak_text_format(line, "  %s", ak_tr(s->lang, N_("none")));
        put(s, line, out);
    } else if (v->finding_count > most) {
        ak_text_format(line, ak_tr(s->lang, N_("  ... and %zu more")), v->finding_count - most);
        put(s, line, out);
    }
}

static void versions(const struct ak_text_style *s, const struct ak_watch_view *v,
                     struct ak_text *line, struct ak_text *out)
{
    bool any = false;
    ak_text_char(out, '\n');
    ak_pad(line, ak_tr(s->lang, N_("Clients by TLS version")), RULE);
    ak_pad(line, ak_tr(s->lang, N_("connections")), SERVER);
    ak_pad(line, ak_tr(s->lang, N_("addresses")), COUNT);
    ak_text_add(line, ak_tr(s->lang, N_("last seen")));
    heading(s, line, out);
    for (unsigned i = 0; i < AK_TALLY_VERSIONS; i++) {
        const struct ak_tally_version *t = &v->tally->versions[i];
        struct ak_text part;
        if (t->connections == 0)
            continue;
        any = true;
        ak_text_init(&part, LINE);
        if (i + 1 < AK_TALLY_VERSIONS)
            ak_version_words(ak_tally_version_code(i), &part);
        else
            ak_text_add(&part, ak_tr(s->lang, N_("other")));
        ak_pad(line, ak_text_string(&part), RULE);
        ak_text_clear(&part);
        ak_text_u64(&part, t->connections);
        ak_pad(line, ak_text_string(&part), SERVER);
        ak_text_clear(&part);
        ak_text_format(&part, v->tally->clients_more ? "> %llu" : "%llu",
                       (unsigned long long)t->clients);
        ak_pad(line, ak_text_string(&part), COUNT);
        time_words(t->last, v->now, line);
        put(s, line, out);
        ak_text_release(&part);
    }
    if (!any) {
        ak_text_format(line, "  %s", ak_tr(s->lang, N_("none")));
        put(s, line, out);
    }
}

void ak_text_watch(const struct ak_text_style *s, const struct ak_watch_view *v, unsigned lines,
                   struct ak_text *out)
{
    struct ak_text line;
    size_t most = lines == 0 ? SIZE_MAX : lines > BELOW + 4 ? lines - BELOW : 4;
    ak_text_init(&line, LINE);
    head(s, v, &line, out);
    findings(s, v, most, &line, out);
    versions(s, v, &line, out);
    if (v->would != NULL) {
        ak_text_char(out, '\n');
        ak_text_would_totals(s, ak_would_block_totals(v->would), v->summary->policy, out);
    }
    ak_text_release(&line);
}

void ak_text_watch_finding(const struct ak_text_style *s, const struct ak_finding *f, bool first,
                           struct ak_text *out)
{
    static const char *const severities[] = {N_("NOTE"), N_("WARNING"), N_("ERROR")};
    const struct ak_rule_words *words = ak_rule_words_find(f->rule->id);
    ak_text_time(out, f->last, false);
    ak_text_format(out, "  %s  ", ak_tr(s->lang, severities[f->severity]));
    if (f->host != NULL) {
        ak_safe_text(out, f->host->name);
    } else {
        ak_address_words(&f->server, out);
        ak_text_format(out, first ? " x %llu" : " x %llu ...", (unsigned long long)f->count);
    }
    ak_text_format(out, "  %s [%s, %s]\n", words != NULL ? words->title[s->lang] : f->rule->id,
                   f->rule->id, ak_grade_name(f->grade));
}
