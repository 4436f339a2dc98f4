/* SPDX-License-Identifier: Apache-2.0 */
#include "report/text_event.h"

#include <stdio.h>

#include "model/tls_names.h"
#include "report/facts.h"
#include "report/json.h"
#include "report/log_words.h"
#include "report/messages.h"
#include "report/text_parts.h"
#include "report/wrap.h"

#include "base/banned.h"

enum { ROWS = 30, INDENT = 24 };

void ak_origin_words(const struct ak_event_origin *o, struct ak_text *out)
{
    if (o->host[0] == '\0' && o->instance[0] == '\0') {
        ak_safe_text(out, o->file);
        return;
    }
    ak_safe_text(out, o->host);
    if (o->instance[0] == '\0')
        return;
    ak_text_char(out, '\\');
    ak_safe_text(out, o->instance);
}

/* ---- codes ---- */

struct codes {
    struct ak_text *out;
    bool any;
};

static void begin(struct codes *c)
{
    ak_text_add(c->out, c->any ? ", " : " (");
    c->any = true;
}

static void status_words(struct codes *c, const struct ak_event *e)
{
    const struct ak_log_code_words *w = ak_log_status_words(e->status);
    begin(c);
    if (e->status < 0x10000)
        ak_text_u64(c->out, e->status);
    else
        ak_text_format(c->out, "0x%08x", (unsigned)e->status);
    if (w != NULL && w->symbol[0] != '\0')
        ak_text_format(c->out, " %s", w->symbol);
}

static void login_words(struct codes *c, const struct ak_event *e, enum ak_lang lang)
{
    static const enum ak_login_part shown[] = {AK_LOGIN_READS, AK_LOGIN_SSL, AK_LOGIN_SSPI,
                                               AK_LOGIN_ENQUEUED};
    static const char *const names[] = {N_("network"), "TLS", "SSPI", N_("waiting for a worker")};
    begin(c);
    ak_text_format(c->out, "%u ms", (unsigned)e->login_ms[AK_LOGIN_TOTAL]);
    for (size_t i = 0; i < AK_COUNT(shown); i++)
        if (e->login_ms[shown[i]] != 0)
            ak_text_format(c->out, ", %s %u", ak_tr(lang, names[i]),
                           (unsigned)e->login_ms[shown[i]]);
}

static void tls_words(struct codes *c, const struct ak_event *e)
{
    const struct ak_cipher_suite *suite = ak_cipher_suite_find(e->cipher_suite);
    if (e->version != 0) {
        begin(c);
        ak_version_words(e->version, c->out);
    }
    if (e->cipher_suite != 0 && suite != NULL) {
        begin(c);
        ak_text_add(c->out, suite->name);
    }
}

void ak_event_words(const struct ak_event *e, enum ak_lang lang, struct ak_text *out)
{
    struct codes c = {out, false};
    const char *alert = e->has_alert ? ak_tls_alert_name(e->alert) : NULL;
    ak_text_add(out, ak_log_event_meaning(e->provider, e->code, lang));
    if (e->has_status)
        status_words(&c, e);
    if (e->has_detail) {
        begin(&c);
        ak_text_format(out, "status code 0x%x", (unsigned)e->detail);
    }
    if (e->has_alert) {
        begin(&c);
        ak_text_format(out, ak_tr(lang, N_("alert %u")), (unsigned)e->alert);
        if (alert != NULL)
            ak_text_format(out, " %s", alert);
    }
    if (e->has_state) {
        begin(&c);
        ak_text_format(out, ak_tr(lang, N_("state %u")), (unsigned)e->state);
    }
    if (e->has_times)
        login_words(&c, e, lang);
    tls_words(&c, e);
    if (e->port != 0) {
        begin(&c);
        ak_text_format(out, ak_tr(lang, N_("port %u")), (unsigned)e->port);
    }
    if (e->build[0] != '\0' && e->provider == AK_LOG_SQL_SERVER && e->code == 17069) {
        begin(&c);
        ak_safe_text(out, e->build);
    }
    if (e->target[0] != '\0') {
        begin(&c);
        ak_safe_text(out, e->target);
    }
    if (c.any)
        ak_text_char(out, ')');
}

/* ---- the table ---- */

static void row(const struct ak_text_style *s, const struct ak_event_group *g, struct ak_text *out)
{
    struct ak_text line;
    const struct ak_event *e = g->slowest_ms != 0 ? &g->slowest : &g->sample;
    ak_text_init(&line, 16384);
    ak_text_add(out, "  ");
    if (g->sample.local) { /* no Z: whose clock it is nobody told */
        struct ak_text time;
        ak_text_init(&time, 64);
        ak_text_time(&time, g->first, false);
        ak_text_bytes(out, time.bytes, time.size != 0 ? time.size - 1 : 0);
        ak_text_char(out, ' ');
        ak_text_release(&time);
    } else {
        ak_text_time(out, g->first, false);
    }
    ak_text_add(out, "  ");
    if (g->origin != NULL)
        ak_origin_words(g->origin, &line);
    ak_text_format(&line, ": %s %u", ak_log_provider_name(g->sample.provider),
                   (unsigned)g->sample.code);
    if (g->count > 1)
        ak_text_format(&line, " x %llu", (unsigned long long)g->count);
    ak_text_add(&line, ": ");
    ak_event_words(e, s->lang, &line);
    if (g->clients > 1)
        ak_text_format(&line, ak_tr(s->lang, N_(", %zu clients")), g->clients);
    ak_text_add(&line, "  [");
    ak_safe_text(&line, g->sample.file);
    ak_text_format(&line, "%s%llu]", g->sample.by_line ? ":" : "#",
                   (unsigned long long)g->sample.place);
    ak_wrap(out, ak_text_string(&line), INDENT, INDENT + 2, s->width);
    ak_text_release(&line);
}

static bool is_shown(const struct ak_text_style *s, const struct ak_event_group *g)
{
    return s->all || g->sample.weight != AK_LOG_WEIGHT_FACT;
}

void ak_text_events(const struct ak_text_style *s, const struct ak_event_book *book,
                    struct ak_text *out)
{
    size_t shown = 0, left = 0;
    const struct ak_event_group *g;
    for (size_t i = 0; book != NULL && (g = ak_event_book_at(book, i)) != NULL; i++) {
        if (!is_shown(s, g) || (!s->all && shown == ROWS)) {
            left++;
            continue;
        }
        if (shown++ == 0)
            ak_text_format(out, "\n%s%s%s\n", ak_paint(s, "\033[1m"),
                           ak_tr(s->lang, N_("Events in logs")), ak_paint(s, "\033[0m"));
        row(s, g, out);
    }
    if (left != 0)
        ak_text_format(out, ak_tr(s->lang, N_("  (%zu more kinds of events with --all)\n")), left);
}
