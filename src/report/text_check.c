/* SPDX-License-Identifier: Apache-2.0 */
#include "report/check.h"

#include <stdio.h>
#include <string.h>

#include "base/statistic.h"
#include "model/sql_names.h"
#include "model/tls_names.h"
#include "report/check_words.h"
#include "report/facts.h"
#include "report/json.h"
#include "report/messages.h"
#include "report/text_parts.h"
#include "report/wrap.h"

#include "base/banned.h"

enum { LABEL = 15 };
#define MILLISECONDS 1e6

static void labelled(const struct ak_text_style *s, const char *name, struct ak_text *line,
                     struct ak_text *out)
{
    struct ak_text safe;
    if (line->size == 0)
        return;
    ak_text_init(&safe, 16384);
    ak_safe_text(&safe, ak_text_string(line));
    ak_text_add(out, "  ");
    ak_text_add(out, ak_paint(s, "\033[1m"));
    ak_pad(out, ak_tr(s->lang, name), LABEL - 2);
    ak_text_add(out, ak_paint(s, "\033[0m"));
    ak_wrap(out, ak_text_string(&safe), LABEL, LABEL, s->width);
    ak_text_release(&safe);
    ak_text_clear(line);
}

/* ---- one address ---- */

static void step(const struct ak_text_style *s, const char *name, int64_t from, int64_t to,
                 struct ak_text *line)
{
    if (from == 0 || to == 0 || to < from)
        return;
    if (line->size != 0)
        ak_text_add(line, ", ");
    ak_text_format(line, "%s %.1f ms", ak_tr(s->lang, name), (double)(to - from) / MILLISECONDS);
}

static void steps_line(const struct ak_text_style *s, const struct ak_probe_result *r,
                       struct ak_text *line, struct ak_text *out)
{
    const int64_t *at = r->step;
    int64_t asked = at[AK_STEP_PRELOGIN_REPLY];
    int64_t before = asked != 0                         ? asked
                     : at[AK_STEP_STARTTLS_ANSWER] != 0 ? at[AK_STEP_STARTTLS_ANSWER]
                                                        : at[AK_STEP_SYN_ACK];
    step(s, N_("connect"), r->began, at[AK_STEP_SYN_ACK], line);
    step(s, "PRELOGIN", at[AK_STEP_SYN_ACK], asked, line);
    step(s, "STARTTLS", at[AK_STEP_SYN_ACK], at[AK_STEP_STARTTLS_ANSWER], line);
    step(s, N_("server's hello"), before, at[AK_STEP_SERVER_HELLO], line);
    step(s, N_("handshake complete"), at[AK_STEP_SERVER_HELLO], at[AK_STEP_SERVER_FINISHED], line);
    step(s, N_("login answered"), at[AK_STEP_LOGIN], at[AK_STEP_SERVER_RESPONSE], line);
    labelled(s, N_("Steps"), line, out);
}

static void server_line(const struct ak_text_style *s, const struct ak_check_node *node,
                        struct ak_text *line, struct ak_text *out)
{
    const struct ak_probe_result *r = node->result;
    if (!r->has_reply)
        return;
    ak_text_format(line, "SQL Server %u.%u.%u", r->version_major, r->version_minor, r->build);
    if (r->has_encryption && ak_encryption_name(r->encryption) != NULL)
        ak_text_format(line, ak_tr(s->lang, N_(", answers encryption \"%s\"")),
                       ak_encryption_name(r->encryption));
    if (node->offer->encryption_off == AK_TRIED_REFUSED)
        ak_text_add(line, ak_tr(s->lang, N_(", encryption is forced")));
    if (node->offer->encryption_off == AK_TRIED_ACCEPTED)
        ak_text_add(line, ak_tr(s->lang, N_(", encryption is not forced")));
    labelled(s, N_("Server"), line, out);
}

static void tls_line(const struct ak_text_style *s, const struct ak_probe_result *r,
                     struct ak_text *line, struct ak_text *out)
{
    const struct ak_cipher_suite *suite = ak_cipher_suite_find(r->suite);
    const char *group = ak_tls_group_name(r->group);
    if (!r->has_server_hello)
        return;
    ak_version_words(r->version, line);
    if (suite != NULL)
        ak_text_format(line, ", %s", suite->name);
    if (r->group != 0 && group != NULL)
        ak_text_format(line, ", %s", group);
    if (r->dh_bits != 0)
        ak_text_format(line, ak_tr(s->lang, N_(", DH of %u bits")), r->dh_bits);
    if (r->alpn[0] != '\0')
        ak_text_format(line, ", ALPN %s", r->alpn);
    if (!r->server_ems && r->version < 0x0304)
        ak_text_add(line, ak_tr(s->lang, N_(", without extended master secret")));
    labelled(s, "TLS", line, out);
}

static void accepts_line(const struct ak_text_style *s, const struct ak_offer *offer,
                         struct ak_text *line, struct ak_text *out)
{
    static const enum ak_tried kinds[] = {AK_TRIED_ACCEPTED, AK_TRIED_REFUSED};
    static const char *const names[] = {N_("Accepts"), N_("Refuses")};
    for (size_t k = 0; k < AK_COUNT(kinds); k++) {
        for (size_t i = 0; i < AK_OFFER_VERSIONS; i++) {
            if (offer->version[i].tried != kinds[k])
                continue;
            if (line->size != 0)
                ak_text_add(line, ", ");
            ak_version_words(ak_offer_version_code(i), line);
        }
        if (line->size != 0 && offer->rare && kinds[k] == AK_TRIED_REFUSED)
            ak_text_add(line, ak_tr(s->lang, N_(" (with the usual cipher suites; with rare ones "
                                                "they were not tried)")));
        labelled(s, names[k], line, out);
    }
}

static void certificate_line(const struct ak_text_style *s, const struct ak_check_node *node,
                             struct ak_text *line, struct ak_text *out)
{
    const struct ak_probe_result *r = node->result;
    const struct ak_certificate *leaf = r->chain_count != 0             ? r->chain[0]
                                        : node->offer->chain_count != 0 ? node->offer->chain[0]
                                                                        : NULL;
    if (leaf == NULL || !leaf->readable)
        return;
    ak_certificate_words(s, leaf, line);
    labelled(s, N_("Certificate"), line, out);
}

static void login_line(const struct ak_text_style *s, const struct ak_probe_result *r,
                       struct ak_text *line, struct ak_text *out)
{
    if (r->login_acknowledged)
        ak_text_add(line, ak_tr(s->lang, N_("accepted")));
    else if (r->login_error != 0)
        ak_text_format(line, ak_tr(s->lang, N_("refused by SQL Server: error %d, state %u: %s")),
                       (int)r->login_error, r->login_state, r->login_text);
    if (r->routing_server[0] != '\0')
        ak_text_format(line, ak_tr(s->lang, N_("; sends clients on to %s,%u")), r->routing_server,
                       r->routing_port);
    labelled(s, N_("Login"), line, out);
}

static void zero_line(const struct ak_text_style *s, const struct ak_offer *offer,
                      struct ak_text *line, struct ak_text *out)
{
    if (offer->zero == AK_ZERO_NOT_TRIED)
        return;
    ak_text_add(line, ak_zero_words(s->lang, (enum ak_zero_verdict)offer->zero));
    ak_text_format(line, ak_tr(s->lang, N_(" (%u connections)")), offer->zero_connections);
    labelled(s, N_("Leading zero"), line, out);
}

static void node_lines(const struct ak_text_style *s, const struct ak_check_node *node,
                       struct ak_text *out)
{
    struct ak_text line;
    const struct ak_offer *offer = node->offer;
    ak_text_init(&line, 16384);
    ak_text_char(out, '\n');
    ak_text_add(out, ak_paint(s, "\033[1m"));
    ak_address_words(&node->end, out);
    ak_text_add(out, ak_paint(s, "\033[0m"));
    ak_text_add(out, "  ");
    if (node->result == NULL) {
        ak_text_format(out, "%s\n", ak_unasked_words(s->lang, node));
        ak_text_release(&line);
        return;
    }
    ak_end_words(s, node->result, &line);
    if (offer->failed != 0 && offer->worked != 0)
        ak_text_format(&line, ak_tr(s->lang, N_(" (it also worked: %u of %u)")), offer->worked,
                       offer->worked + offer->failed);
    struct ak_text head;
    ak_text_init(&head, 256);
    ak_address_words(&node->end, &head);
    ak_wrap(out, ak_text_string(&line), ak_text_columns(ak_text_string(&head)) + 2, 2, s->width);
    ak_text_release(&head);
    ak_text_clear(&line);
    steps_line(s, node->result, &line, out);
    server_line(s, node, &line, out);
    tls_line(s, node->result, &line, out);
    accepts_line(s, offer, &line, out);
    certificate_line(s, node, &line, out);
    login_line(s, node->result, &line, out);
    zero_line(s, offer, &line, out);
    ak_text_format(&line, "%u", offer->attempts);
    labelled(s, N_("Connections"), &line, out);
    ak_text_release(&line);
}

/* ---- repetitions ---- */

static void repeated_step(const struct ak_text_style *s, enum ak_check_step_kind kind,
                          const struct ak_check_step *step, struct ak_text *out)
{
    static const char *const names[] = {N_("connect"), N_("first answer"), N_("server's hello"),
                                        N_("handshake complete")};
    if (step->count == 0)
        return;
    ak_text_add(out, "  ");
    ak_pad(out, ak_tr(s->lang, names[kind]), 22);
    ak_text_format(out, "%9.1f %9.1f %9.1f %9.1f %9.1f\n", (double)step->least / MILLISECONDS,
                   (double)step->median / MILLISECONDS, (double)step->p95 / MILLISECONDS,
                   (double)step->p99 / MILLISECONDS, (double)step->most / MILLISECONDS);
}

static void histogram(const struct ak_text_style *s, const struct ak_check_step *steps,
                      struct ak_text *out)
{
    ak_text_format(out, "\n  %-22s", ak_tr(s->lang, N_("histogram, up to ms")));
    for (size_t b = 0; b < AK_CHECK_BUCKETS; b++) {
        if (ak_check_bucket_ms(b) != 0)
            ak_text_format(out, "%6u", ak_check_bucket_ms(b));
        else
            ak_text_format(out, "%6s", ">");
    }
    ak_text_char(out, '\n');
    for (int i = 0; i < AK_CHECK_STEPS; i++) {
        if (steps[i].count == 0)
            continue;
        ak_text_add(out, "  ");
        ak_pad(out, ak_check_step_name((enum ak_check_step_kind)i), 22);
        for (size_t b = 0; b < AK_CHECK_BUCKETS; b++)
            ak_text_format(out, "%6llu", (unsigned long long)steps[i].histogram[b]);
        ak_text_char(out, '\n');
    }
}

static void shares(const struct ak_text_style *s, const struct ak_check_report *report,
                   struct ak_text *out)
{
    const struct ak_check_repetition *r = &report->repetition;
    for (size_t i = 0; i < r->share_count; i++) {
        const struct ak_check_share *x = &r->share[i];
        const struct ak_cipher_suite *suite = x->suite != 0 ? ak_cipher_suite_find(x->suite) : NULL;
        struct ak_text name;
        ak_text_init(&name, 256);
        if (suite != NULL)
            ak_text_add(&name, suite->name);
        else
            ak_address_words(&report->node[x->node].end, &name);
        ak_text_format(out, ak_tr(s->lang, N_("  %s: %llu of %llu failed\n")),
                       ak_text_string(&name), (unsigned long long)x->failed,
                       (unsigned long long)x->made);
        ak_text_release(&name);
    }
}

static void repetition(const struct ak_text_style *s, const struct ak_check_report *report,
                       struct ak_text *out)
{
    const struct ak_check_repetition *r = &report->repetition;
    if (r->made == 0)
        return;
    struct ak_interval interval = ak_interval_of(r->failed, r->made, 0.95);
    ak_text_format(out,
                   ak_tr(s->lang, N_("\nRepeated %llu times: %llu failed, %.2f %% (95 %% "
                                     "interval: %.2f to %.2f %%)\n")),
                   (unsigned long long)r->made, (unsigned long long)r->failed,
                   100.0 * (double)r->failed / (double)r->made, 100 * interval.low,
                   100 * interval.high);
    for (int i = 0; i <= AK_PROBE_END_NOTHING; i++)
        if (r->ends[i] != 0)
            ak_text_format(out, "  %s: %llu\n", ak_end_name_words(s->lang, (enum ak_probe_end)i),
                           (unsigned long long)r->ends[i]);
    shares(s, report, out);
    ak_text_format(out, "\n  %-22s%9s %9s %9s %9s %9s\n", "ms", ak_tr(s->lang, N_("least")),
                   ak_tr(s->lang, N_("median")), "95 %", "99 %", ak_tr(s->lang, N_("most")));
    for (int i = 0; i < AK_CHECK_STEPS; i++)
        repeated_step(s, (enum ak_check_step_kind)i, &r->step[i], out);
    histogram(s, r->step, out);
}

void ak_text_check(const struct ak_text_style *s, const struct ak_check_report *report,
                   struct ak_text *out)
{
    struct ak_text line;
    ak_text_init(&line, 4096);
    ak_text_format(&line, ak_tr(s->lang, N_("Checked %s (%s) as %s")), report->name, report->scheme,
                   report->client);
    ak_wrap(out, ak_text_string(&line), 0, 2, s->width);
    ak_text_clear(&line);
    if (report->unresolved[0] != '\0')
        ak_text_format(out, "  %s\n", report->unresolved);
    if (report->left_out != 0)
        ak_text_format(out, ak_tr(s->lang, N_("  %zu more addresses were not asked\n")),
                       report->left_out);
    for (size_t i = 0; i < report->instance_count; i++)
        ak_text_format(&line, "%s%s%s%s,%u", i != 0 ? "; " : "", report->instance[i].name,
                       report->instance[i].version[0] != '\0' ? " " : "",
                       report->instance[i].version, report->instance[i].port);
    labelled(s, "SQL Browser", &line, out);
    for (size_t i = 0; i < report->node_count; i++)
        node_lines(s, &report->node[i], out);
    repetition(s, report, out);
    if (report->interrupted)
        ak_text_format(out, "\n%s\n",
                       ak_tr(s->lang, N_("Interrupted: what was found until then stands above.")));
    ak_text_release(&line);
}

static void brief_node(const struct ak_text_style *s, const struct ak_check_report *report,
                       const struct ak_check_node *node, struct ak_text *line)
{
    const struct ak_probe_result *r = node->result;
    ak_text_format(line, "%s (", report->name);
    ak_address_words(&node->end, line);
    ak_text_add(line, ")  ");
    if (r == NULL) {
        ak_text_add(line, ak_unasked_words(s->lang, node));
        return;
    }
    ak_end_words(s, r, line);
    if (r->has_server_hello) {
        const struct ak_cipher_suite *suite = ak_cipher_suite_find(r->suite);
        ak_text_add(line, ", ");
        ak_version_words(r->version, line);
        ak_text_format(line, ", %s", suite != NULL ? suite->name : "?");
    }
    if (r->chain_count != 0 && r->chain[0]->readable)
        ak_phrase(line, ak_tr(s->lang, N_(", issued by {1}")), r->chain[0]->facts.issuer, NULL);
}

void ak_text_check_brief(const struct ak_text_style *s, const struct ak_check_report *report,
                         struct ak_text *out)
{
    struct ak_text line, safe;
    ak_text_init(&line, 4096);
    ak_text_init(&safe, 16384);
    if (report->unresolved[0] != '\0')
        ak_text_format(&line, "%s  %s", report->name, report->unresolved);
    for (size_t i = 0; i == 0 || i < report->node_count; i++) {
        if (i < report->node_count)
            brief_node(s, report, &report->node[i], &line);
        ak_safe_text(&safe, ak_text_string(&line));
        ak_text_add(out, "  ");
        ak_wrap(out, ak_text_string(&safe), 2, 4, s->width);
        ak_text_clear(&line);
        ak_text_clear(&safe);
    }
    ak_text_release(&line);
    ak_text_release(&safe);
}

void ak_text_check_attempt(const struct ak_text_style *s, const struct ak_check_report *report,
                           const struct ak_check_attempt *a, struct ak_text *out)
{
    struct ak_text what, came;
    ak_text_init(&what, 512);
    ak_text_init(&came, 2048);
    ak_purpose_words(s, a->purpose, a->part, a->code, &what);
    ak_end_words(s, a->result, &came);
    if (a->result->has_server_hello && a->result->suite != 0) {
        const struct ak_cipher_suite *suite = ak_cipher_suite_find(a->result->suite);
        ak_text_add(&came, ": ");
        ak_version_words(a->result->version, &came);
        ak_text_format(&came, ", %s", suite != NULL ? suite->name : "?");
    }
    ak_text_format(out, "%4llu  ", (unsigned long long)a->number);
    if (report->node_count > 1) {
        ak_address_words(&report->node[a->node].end, out);
        ak_text_add(out, "  ");
    }
    ak_text_format(out, "%7.1f ms  ", (double)(a->result->ended - a->result->began) / MILLISECONDS);
    ak_pad(out, ak_text_string(&what), 46);
    ak_text_format(out, "  %s\n", ak_text_string(&came));
    ak_text_release(&what);
    ak_text_release(&came);
}
