/* SPDX-License-Identifier: Apache-2.0 */
#include "report/would_block.h"

#include "model/tls_names.h"
#include "report/facts.h"
#include "report/messages.h"
#include "report/prediction.h"
#include "report/prediction_words.h"
#include "report/text_parts.h"
#include "report/wrap.h"

#include "base/banned.h"

enum { INDENT = 6, LINE = 8192, RESET = 0x2746 };

static void client_words(const struct ak_would_row *r, struct ak_text *out)
{
    char address[46];
    ak_endpoint_text(&r->client, address);
    ak_text_add(out, address);
    if (r->program[0] != '\0') {
        ak_text_add(out, " (");
        ak_safe_text(out, r->program);
        ak_text_add(out, ")");
    }
}

static void server_words(const struct ak_would_row *r, struct ak_text *out)
{
    ak_address_words(&r->server, out);
    if (r->server_name[0] != '\0') {
        ak_text_add(out, " (");
        ak_safe_text(out, r->server_name);
        ak_text_add(out, ")");
    }
}

static void used_words(const struct ak_would_row *r, struct ak_text *out)
{
    const struct ak_cipher_suite *suite = ak_cipher_suite_find(r->suite);
    ak_version_words(r->version, out);
    if (suite != NULL)
        ak_text_format(out, ", %s", suite->name);
    else
        ak_text_format(out, ", 0x%04x", (unsigned)r->suite);
}

/* What a Windows client shows then. */
static void status_words(const struct ak_text_style *s, const struct ak_negotiation *n,
                         struct ak_text *out)
{
    if (n->client_status == RESET)
        ak_text_add(out, ak_tr(s->lang, N_("; a Windows client shows 10054 (0x2746), an existing "
                                           "connection was forcibly closed")));
    else if (n->client_status != 0)
        ak_text_format(out, ak_tr(s->lang, N_("; a Windows client shows 0x%08x")),
                       (unsigned)n->client_status);
}

static void why_words(const struct ak_text_style *s, const struct ak_would_row *r,
                      struct ak_text *out)
{
    if (r->unsure == AK_UNSURE_MODEL) {
        ak_text_add(out, ak_tr(s->lang, N_("unsure: not even what works now could be predicted")));
        return;
    }
    if (r->unsure == AK_UNSURE_VERSION) {
        struct ak_text version;
        ak_text_init(&version, 64);
        ak_version_words(r->then.version, &version);
        ak_text_format(out,
                       ak_tr(s->lang, N_("unsure: it needs %s, which the server did not choose "
                                         "though it was offered")),
                       ak_text_string(&version));
        ak_text_release(&version);
        return;
    }
    ak_text_add(out, ak_tr(s->lang, ak_refusal_words(r->then.refusal)));
    ak_text_format(out, " [%s]", ak_refusal_name(r->then.refusal));
    if (r->build_too_old)
        ak_text_add(out, ak_tr(s->lang, N_("; this build of SQL Server has no TLS 1.2")));
    status_words(s, &r->then, out);
}

static void count_words(const struct ak_text_style *s, const struct ak_would_row *r,
                        struct ak_text *out)
{
    ak_text_format(
        out, ak_tr(s->lang, r->count == 1 ? N_("%llu connection: ") : N_("%llu connections: ")),
        (unsigned long long)r->count);
    ak_text_time(out, r->first, false);
    if (r->last / 1000000000 != r->first / 1000000000) {
        ak_text_add(out, " - ");
        ak_text_time(out, r->last, false);
    }
    ak_text_add(out, "; ");
    ak_text_add(out, ak_tr(s->lang, r->by_registry ? N_("by the server's registry")
                                                   : N_("by what the wire shows of the server")));
}

static void row_lines(const struct ak_text_style *s, const struct ak_would_row *r,
                      struct ak_text *out)
{
    struct ak_text line;
    ak_text_init(&line, LINE);
    ak_text_add(out, ak_paint(s, r->would == AK_WOULD_FAIL ? "\033[31m" : "\033[33m"));
    ak_text_add(out, "  ");
    client_words(r, &line);
    ak_text_add(&line, " -> ");
    server_words(r, &line);
    ak_wrap(out, ak_text_string(&line), 2, INDENT, s->width);
    ak_text_add(out, ak_paint(s, "\033[0m"));
    ak_text_clear(&line);
    used_words(r, &line);
    ak_text_add(&line, " -> ");
    why_words(s, r, &line);
    ak_blanks(out, INDENT);
    ak_wrap(out, ak_text_string(&line), INDENT, INDENT, s->width);
    ak_text_clear(&line);
    count_words(s, r, &line);
    ak_blanks(out, INDENT);
    ak_wrap(out, ak_text_string(&line), INDENT, INDENT, s->width);
    ak_text_release(&line);
}

/* "12 days", "5 hours", "3 minutes" */
static void span_words(const struct ak_text_style *s, int64_t nanoseconds, struct ak_text *out)
{
    enum { MINUTE = 60, HOUR = 3600, DAY = 86400 };
    int64_t seconds = nanoseconds > 0 ? nanoseconds / 1000000000 : 0;
    if (seconds >= 2 * (int64_t)DAY)
        ak_text_format(out, ak_tr(s->lang, N_("%lld days")), (long long)(seconds / DAY));
    else if (seconds >= 2 * (int64_t)HOUR)
        ak_text_format(out, ak_tr(s->lang, N_("%lld hours")), (long long)(seconds / HOUR));
    else
        ak_text_format(out, ak_tr(s->lang, N_("%lld minutes")), (long long)(seconds / MINUTE));
}

static void others(const struct ak_text_style *s, const struct ak_would_totals *t,
                   struct ak_text *out)
{
    const struct {
        uint64_t count;
        const char *words;
    } rows[] = {
        {t->failed_already, N_("connections fail already, whatever the policy")},
        {t->without_tls, N_("connections without TLS, which the policy does not touch")},
        {t->unseen, N_("connections of which the beginning or the end was not seen: not judged")},
        {t->not_kept, N_("connections not judged for want of room")},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++)
        if (rows[i].count != 0)
            ak_text_format(out, "  %llu %s\n", (unsigned long long)rows[i].count,
                           ak_tr(s->lang, rows[i].words));
}

void ak_text_would_totals(const struct ak_text_style *s, const struct ak_would_totals *t,
                          const char *policy, struct ak_text *out)
{
    struct ak_text line;
    bool fails = t->each[AK_WOULD_FAIL] != 0;
    ak_text_init(&line, LINE);
    ak_text_format(&line, "%s: ", policy);
    ak_text_format(&line,
                   ak_tr(s->lang, N_("%llu of %llu connections would fail, %llu are unsure")),
                   (unsigned long long)t->each[AK_WOULD_FAIL], (unsigned long long)t->judged,
                   (unsigned long long)t->each[AK_WOULD_UNSURE]);
    if (fails) {
        ak_text_add(&line, ak_tr(s->lang, N_("; the last one that would fail at ")));
        ak_text_time(&line, t->last_fail, false);
    }
    ak_text_add(&line, ak_tr(s->lang, N_("; none for ")));
    span_words(s, t->last - (fails ? t->last_fail : t->first), &line);
    ak_text_add(out, ak_paint(s, fails ? "\033[31m" : "\033[32m"));
    ak_wrap(out, ak_text_string(&line), 0, 2, s->width);
    ak_text_add(out, ak_paint(s, "\033[0m"));
    ak_text_release(&line);
    others(s, t, out);
}

void ak_text_would_block(const struct ak_text_style *s, const struct ak_would_block *block,
                         const char *policy, size_t most, struct ak_text *out)
{
    const struct ak_would_totals *t = ak_would_block_totals(block);
    const struct ak_would_row *r;
    size_t shown = 0, all = t->rows[AK_WOULD_FAIL] + t->rows[AK_WOULD_UNSURE];
    ak_text_char(out, '\n');
    ak_text_add(out, ak_paint(s, "\033[1m"));
    ak_text_format(out, ak_tr(s->lang, N_("Who would fail if %s were set on the servers")), policy);
    ak_text_add(out, ak_paint(s, "\033[0m"));
    ak_text_char(out, '\n');
    for (; shown < most && (r = ak_would_block_row(block, shown)) != NULL; shown++) {
        if (r->would == AK_WOULD_WORK)
            break;
        row_lines(s, r, out);
    }
    if (shown < all)
        ak_text_format(out, ak_tr(s->lang, N_("  ... and %zu more: --format=jsonl lists all\n")),
                       all - shown);
    ak_text_would_totals(s, t, policy, out);
}

void ak_text_would_line(const struct ak_text_style *s, const struct ak_would_row *r,
                        const char *policy, struct ak_text *out)
{
    ak_text_format(out, ak_tr(s->lang, N_("would fail under %s: ")), policy);
    client_words(r, out);
    ak_text_add(out, " -> ");
    server_words(r, out);
    ak_text_add(out, ": ");
    used_words(r, out);
    ak_text_add(out, " -> ");
    why_words(s, r, out);
    ak_text_char(out, '\n');
}
