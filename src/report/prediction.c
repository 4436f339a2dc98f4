/* SPDX-License-Identifier: Apache-2.0 */
#include "report/prediction.h"

#include <string.h>

#include "base/attr.h"
#include "model/sql_names.h"
#include "model/tls_names.h"
#include "report/facts.h"
#include "report/json.h"
#include "report/messages.h"
#include "report/prediction_words.h"
#include "report/text_parts.h"
#include "report/wrap.h"

#include "base/banned.h"

enum { LABEL = 12, CHANGES_SHOWN = 4 };

struct page {
    const struct ak_text_style *style;
    struct ak_text *out;
    struct ak_text line;
};

AK_FORMAT_ARG(2) static const char *tr(const struct page *p, const char *words)
{
    return ak_tr(p->style->lang, words);
}

static void flush(struct page *p, const char *name)
{
    ak_text_add(p->out, ak_paint(p->style, "\033[1m"));
    ak_pad(p->out, name[0] != '\0' ? tr(p, name) : "", LABEL);
    ak_text_add(p->out, ak_paint(p->style, "\033[0m"));
    ak_wrap(p->out, ak_text_string(&p->line), LABEL, LABEL, p->style->width);
    ak_text_clear(&p->line);
}

/* ---- who ---- */

static void who(struct page *p, const char *label, const struct ak_party *party, const char *about)
{
    ak_safe_text(&p->line, party->name);
    if (about[0] != '\0') {
        ak_text_add(&p->line, ": ");
        ak_safe_text(&p->line, about);
    }
    flush(p, label);
}

static void assumptions(struct page *p, const struct ak_prediction *x)
{
    if (x->assumed_sql_client) {
        ak_text_add(&p->line, tr(p, N_("assumed: a driver that does not ask for encryption")));
        flush(p, "");
    }
    if (x->assumed_sql_server) {
        ak_text_add(&p->line, tr(p, N_("assumed: SQL Server, encryption not forced")));
        flush(p, "");
    }
    if (x->assumed_certificate) {
        ak_text_add(&p->line,
                    tr(p, N_("assumed: a certificate with an RSA key of 2048 bits, signed "
                             "with SHA-256 (--certificate for another)")));
        flush(p, "");
    }
}

/* ---- the result ---- */

static void agreed(struct page *p, const struct ak_negotiation *n)
{
    ak_version_words(n->version, &p->line);
    const struct ak_cipher_suite *suite = ak_cipher_suite_find(n->suite);
    if (n->suite != 0)
        ak_text_format(&p->line, ", %s", suite != NULL ? suite->name : "?");
    if (n->group != 0 && ak_tls_group_name(n->group) != NULL)
        ak_text_format(&p->line, ", %s", ak_tls_group_name(n->group));
    if (n->dh_bits != 0)
        ak_text_format(&p->line, tr(p, N_(", DH of %u bits")), (unsigned)n->dh_bits);
    if (n->scheme != 0 && ak_tls_signature_scheme_name(n->scheme) != NULL)
        ak_text_format(&p->line, ", %s", ak_tls_signature_scheme_name(n->scheme));
}

static void sure(struct page *p, const struct ak_negotiation *n)
{
    static const char *const words[] = {"", N_("; rests on facts that no source confirms"),
                                        N_("; rests on facts of medium confidence"), ""};
    ak_text_add(&p->line, tr(p, words[n->confidence & 3]));
}

static void how_it_ends(struct page *p, const struct ak_negotiation *n)
{
    const char *alert = ak_tls_alert_name(n->alert);
    if (n->refusal == AK_REFUSAL_NOTHING_TO_OFFER) {
        ak_text_add(&p->line, tr(p, N_("the client sends nothing: its settings leave it no version "
                                       "or no suite")));
    } else if (n->close == AK_CLOSE_ALERT) {
        ak_text_format(&p->line,
                       tr(p, n->ended_by == AK_SIDE_CLIENT
                                 ? N_("the client ends it after %s with alert %u (%s)")
                                 : N_("the server ends it after %s with alert %u (%s)")),
                       ak_stage_words(n->stage, p->style->lang), (unsigned)n->alert,
                       alert != NULL ? alert : "?");
    } else {
        ak_text_format(&p->line,
                       tr(p, n->ended_by == AK_SIDE_CLIENT
                                 ? N_("the client closes after %s, without an alert")
                                 : N_("the server closes after %s, without an alert")),
                       ak_stage_words(n->stage, p->style->lang));
    }
    if (n->client_status == 0x2746)
        ak_text_add(&p->line, tr(p, N_("; a Windows client shows 10054 (0x2746), an existing "
                                       "connection was forcibly closed")));
    else if (n->client_status != 0)
        ak_text_format(&p->line, tr(p, N_("; a Windows client shows 0x%08x")),
                       (unsigned)n->client_status);
    flush(p, N_("Ends"));
}

static void versions_of(struct page *p, const struct ak_party *party)
{
    bool any = false;
    for (unsigned i = 0; i < AK_PARTY_VERSIONS; i++) {
        if (!ak_party_version_on(party, (enum ak_party_version_at)i))
            continue;
        ak_text_add(&p->line, any ? ", " : "");
        ak_version_words(ak_party_version_code((enum ak_party_version_at)i), &p->line);
        any = true;
    }
    if (!any)
        ak_text_add(&p->line, tr(p, N_("none")));
}

static void both_sides(struct page *p, const struct ak_prediction *x)
{
    if (x->result.refusal != AK_REFUSAL_NO_COMMON_VERSION &&
        x->result.refusal != AK_REFUSAL_NOTHING_TO_OFFER)
        return;
    ak_text_add(&p->line, tr(p, N_("client: ")));
    versions_of(p, x->client);
    ak_text_add(&p->line, tr(p, N_("; server: ")));
    versions_of(p, x->server);
    flush(p, N_("Versions"));
}

static void hazards(struct page *p, uint32_t bits)
{
    for (unsigned i = 0; i < 5; i++) {
        if (!(bits & 1u << i))
            continue;
        ak_text_add(&p->line, tr(p, ak_hazard_words(1u << i)));
        flush(p, N_("Beware"));
    }
}

static void changes(struct page *p, const struct ak_prediction *x)
{
    size_t shown =
        p->style->all || x->change_count < CHANGES_SHOWN ? x->change_count : CHANGES_SHOWN;
    for (size_t i = 0; i < shown; i++) {
        const struct ak_change *c = &x->changes[i];
        ak_text_format(&p->line, "%zu. [%s] ", i + 1,
                       tr(p, c->side == AK_SIDE_CLIENT ? N_("client") : N_("server")));
        ak_change_words(c, p->style->lang, &p->line);
        if (c->weakens)
            ak_text_add(&p->line, tr(p, N_(" (weakens; for a time at most)")));
        ak_text_add(&p->line, " -> ");
        if (c->result.no_tls)
            ak_text_add(&p->line, tr(p, N_("no TLS")));
        else
            agreed(p, &c->result);
        flush(p, i == 0 ? N_("Change one") : "");
    }
    if (shown < x->change_count) {
        ak_text_format(&p->line, tr(p, N_("(%zu more with --all)\n")), x->change_count - shown);
        p->line.size--; /* the line end */
        flush(p, "");
    }
}

static void result(struct page *p, const struct ak_prediction *x, const struct ak_negotiation *n)
{
    const char *good = ak_paint(p->style, "\033[32m"), *bad = ak_paint(p->style, "\033[31m");
    if (n->no_tls) {
        ak_text_add(&p->line, tr(p, N_("no TLS: both sides go on in clear")));
    } else if (n->established) {
        ak_text_add(&p->line, tr(p, N_("works: ")));
        agreed(p, n);
        sure(p, n);
    } else {
        ak_text_add(&p->line, tr(p, ak_refusal_words(n->refusal)));
        ak_text_format(&p->line, " [%s]", ak_refusal_name(n->refusal));
        sure(p, n);
    }
    ak_text_add(p->out, n->established || n->no_tls ? good : bad);
    flush(p, n->established || n->no_tls ? N_("RESULT") : N_("FAILS"));
    if (!n->established && !n->no_tls) {
        how_it_ends(p, n);
        both_sides(p, x);
    }
    hazards(p, n->hazards);
}

void ak_text_prediction(const struct ak_text_style *style, const struct ak_prediction *x,
                        struct ak_text *out)
{
    struct page page = {style, out, {0}}, *p = &page;
    ak_text_init(&p->line, 65536);
    who(p, N_("Client"), x->client, x->client_about);
    who(p, N_("Server"), x->server, x->server_about);
    assumptions(p, x);
    result(p, x, &x->result);
    changes(p, x);
    if (x->named) {
        ak_text_add(&p->line,
                    tr(p, N_("programs that name the versions themselves (SchUseStrongCrypto=1, or "
                             "code): ")));
        if (x->named_result.established)
            agreed(p, &x->named_result);
        else
            ak_text_add(&p->line, tr(p, ak_refusal_words(x->named_result.refusal)));
        flush(p, N_("But"));
        hazards(p, x->named_result.hazards & ~x->result.hazards);
    }
    const char *rule = ak_refusal_rule(x->result.refusal);
    if (rule != NULL) {
        ak_text_format(&p->line, "akushu explain %s", rule);
        flush(p, N_("More"));
    }
    ak_text_release(&p->line);
}

/* ---- one party ---- */

static const char *switch_words(const struct page *p, unsigned state)
{
    static const char *const words[] = {N_("not there"), N_("off"), N_("on request"), N_("on")};
    return tr(p, words[state]);
}

static void party_versions(struct page *p, const struct ak_party *party)
{
    for (unsigned i = 0; i < AK_PARTY_VERSIONS; i++) {
        const struct ak_party_version *v = &party->versions[i];
        ak_version_words(ak_party_version_code((enum ak_party_version_at)i), &p->line);
        ak_text_format(&p->line, ": %s (%s)", switch_words(p, v->state), v->why);
        flush(p, i == 0 ? N_("Versions") : "");
    }
}

static void codes(struct page *p, const char *label, const struct ak_party_list *list,
                  const char *(*name)(uint16_t))
{
    bool any = false;
    if (!list->known)
        ak_text_add(&p->line, tr(p, N_("not known")));
    for (size_t i = 0; i < list->count; i++) {
        if (!list->entries[i].on)
            continue;
        const char *text = name(list->entries[i].code);
        ak_text_add(&p->line, any ? ", " : "");
        if (text != NULL)
            ak_text_add(&p->line, text);
        else
            ak_text_format(&p->line, "0x%04x", (unsigned)list->entries[i].code);
        any = true;
    }
    if (list->known && !any)
        ak_text_add(&p->line, tr(p, N_("none")));
    flush(p, label);
}

static void party_suites(struct page *p, const struct ak_party *party)
{
    unsigned place = 0;
    if (!party->suites_known) {
        ak_text_add(&p->line, tr(p, N_("not known")));
        flush(p, N_("Suites"));
    }
    for (size_t i = 0; i < party->suite_count; i++) {
        const struct ak_cipher_suite *suite = ak_cipher_suite_find(party->suites[i].code);
        if (!party->suites[i].on)
            continue;
        ak_text_format(&p->line, "%u ", ++place);
        if (suite != NULL)
            ak_text_add(&p->line, suite->name);
        else
            ak_text_format(&p->line, "0x%04x", (unsigned)party->suites[i].code);
        flush(p, place == 1 ? N_("Suites") : "");
    }
}

static void party_keys(struct page *p, const struct ak_party *party)
{
    const struct ak_key_bounds *b = &party->bounds;
    if (party->role == AK_SIDE_SERVER && party->dh_bits != 0)
        ak_text_format(&p->line, tr(p, N_("DH group sent: %u bits")), (unsigned)party->dh_bits);
    if (party->role == AK_SIDE_CLIENT)
        ak_text_format(&p->line, tr(p, N_("at least: RSA %u, DH %u bits")), (unsigned)b->rsa_min,
                       (unsigned)b->dh_min);
    if (p->line.size != 0)
        flush(p, N_("Keys"));
}

void ak_text_party(const struct ak_text_style *style, const struct ak_party *party,
                   const char *about, struct ak_text *out)
{
    struct page page = {style, out, {0}}, *p = &page;
    ak_text_init(&p->line, 65536);
    who(p, party->role == AK_SIDE_CLIENT ? N_("Client") : N_("Server"), party, about);
    party_versions(p, party);
    party_suites(p, party);
    codes(p, N_("Groups"), &party->groups, ak_tls_group_name);
    codes(p, N_("Signatures"), &party->schemes, ak_tls_signature_scheme_name);
    party_keys(p, party);
    ak_text_release(&p->line);
}
