/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "cli/commands.h"
#include "cli/message.h"
#include "cli/read_output.h"
#include "library/parties.h"
#include "model/profiles.h"
#include "report/messages.h"
#include "report/prediction.h"
#include "report/text_parts.h"
#include "report/wrap.h"

#include "base/banned.h"

enum { OUTPUT_MAXIMUM = 16 * 1024 * 1024, ALIAS = 18, ROLE = 16 };

/* Parties of some kilobytes each: too much for a stack. */
struct work {
    struct ak_named_party client, server;
    struct ak_party scratch;
    struct ak_prediction prediction;
};

static struct ak_text_style style_of(const struct ak_arguments *a)
{
    struct ak_text_style style = {a->lang, ak_report_color(a), a->all, ak_report_width(false)};
    return style;
}

/* ---- --list ---- */

static int list(const struct ak_arguments *a)
{
    const struct ak_text_style style = style_of(a);
    const struct ak_profile *p;
    struct ak_text out;
    ak_text_init(&out, OUTPUT_MAXIMUM);
    for (size_t i = 0; (p = ak_profile_at(i)) != NULL; i++) {
        const char *role = p->as_client && p->as_server ? N_("either side")
                           : p->as_client               ? N_("client")
                                                        : N_("server");
        ak_pad(&out, p->alias, ALIAS);
        ak_pad(&out, ak_tr(a->lang, role), ROLE);
        ak_wrap(&out, p->note, ALIAS + ROLE, ALIAS + ROLE, style.width);
    }
    const char *program;
    for (size_t i = 0; (program = ak_stack_program(i)) != NULL; i++) {
        if (ak_profile_find(program, NULL) != NULL && ak_profile_find(program, NULL)->as_server)
            continue;
        ak_pad(&out, program, ALIAS);
        ak_pad(&out, ak_tr(a->lang, N_("either side")), ROLE);
        ak_wrap(&out, ak_tr(a->lang, N_("as it is without configuration")), ALIAS + ROLE,
                ALIAS + ROLE, style.width);
    }
    ak_text_char(&out, '\n');
    ak_wrap(
        &out,
        ak_tr(a->lang,
              N_("Also: DRIVER@SYSTEM, SYSTEM+FILE.reg, a hive, a folder of hives, CAPTURE#NUMBER, "
                 "openssl.cnf, java.security, mssql.conf, a list of cipher suites.")),
        0, 0, style.width);
    bool good = ak_print(&out);
    ak_text_release(&out);
    return good ? AK_EXIT_NOTHING : AK_EXIT_PARTLY;
}

/* ---- parties ---- */

static void tell_notes(const char *word, const struct ak_party_notes *notes)
{
    for (unsigned i = 0; i < notes->count && i < AK_PARTY_NOTES; i++) {
        if (notes->first[i].line != 0)
            ak_complain("%s: line %u: not understood: %s", word, notes->first[i].line,
                        notes->first[i].text);
        else
            ak_complain("%s: not understood: %s", word, notes->first[i].text);
    }
    if (notes->count > AK_PARTY_NOTES)
        ak_complain("%s: %u more places not understood", word, notes->count - AK_PARTY_NOTES);
}

static int make(const char *word, enum ak_side role, struct ak_named_party *out)
{
    struct ak_parties_listener listener = {NULL, ak_complain_of};
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    enum ak_err err = ak_named_party_make(word, role, &listener, out, &error);
    if (err != AK_ERR_NONE) {
        ak_complain("%s: %s", word, error.text);
        return err == AK_ERR_USAGE ? AK_EXIT_USAGE : AK_EXIT_PARTLY;
    }
    tell_notes(word, &out->notes);
    return AK_EXIT_NOTHING;
}

static int show(const struct ak_arguments *a, struct work *w)
{
    const struct ak_text_style style = style_of(a);
    struct ak_text out;
    int status = make(a->operands[0], a->role == AK_ROLE_SERVER ? AK_SIDE_SERVER : AK_SIDE_CLIENT,
                      &w->client);
    if (status != AK_EXIT_NOTHING)
        return status;
    if (a->format == AK_FORMAT_JSONL) {
        ak_complain(
            "predict: a party alone is shown as text; give a client and a server for jsonl");
        return AK_EXIT_USAGE;
    }
    ak_text_init(&out, OUTPUT_MAXIMUM);
    ak_text_party(&style, &w->client.party, w->client.about, &out);
    bool good = ak_print(&out);
    ak_text_release(&out);
    return good ? AK_EXIT_NOTHING : AK_EXIT_PARTLY;
}

/* ---- two of them ---- */

static bool same_result(const struct ak_negotiation *a, const struct ak_negotiation *b)
{
    return a->established == b->established && a->version == b->version && a->suite == b->suite &&
           a->refusal == b->refusal;
}

static void negotiate(struct work *w)
{
    struct ak_prediction *x = &w->prediction;
    unsigned assumed = ak_parties_match(&w->client.party, &w->server.party);
    x->client = &w->client.party;
    x->server = &w->server.party;
    x->client_about = w->client.about;
    x->server_about = w->server.about;
    x->assumed_certificate = assumed & AK_ASSUMED_CERTIFICATE;
    x->assumed_sql_client = assumed & AK_ASSUMED_SQL_CLIENT;
    x->assumed_sql_server = assumed & AK_ASSUMED_SQL_SERVER;
    ak_negotiate(x->client, x->server, &x->result);
    x->change_count =
        ak_negotiate_changes(x->client, x->server, &w->scratch, x->changes, AK_PREDICTION_CHANGES);
    if (!w->client.on_request)
        return;
    w->scratch = w->client.party;
    w->scratch.names_versions = true;
    ak_negotiate(&w->scratch, x->server, &x->named_result);
    x->named = !same_result(&x->result, &x->named_result);
}

static int predict(const struct ak_arguments *a, struct work *w)
{
    const struct ak_text_style style = style_of(a);
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    struct ak_text out;
    int status = make(a->operands[0], AK_SIDE_CLIENT, &w->client);
    if (status == AK_EXIT_NOTHING)
        status = make(a->operands[1], AK_SIDE_SERVER, &w->server);
    if (status != AK_EXIT_NOTHING)
        return status;
    if (a->certificate != NULL) {
        w->server.party.chain_count = 0;
        if (ak_party_certificate(&w->server.party, a->certificate, &error) != AK_ERR_NONE) {
            ak_complain("--certificate=%s: %s", a->certificate, error.text);
            return error.code == AK_ERR_USAGE ? AK_EXIT_USAGE : AK_EXIT_PARTLY;
        }
    }
    negotiate(w);
    ak_text_init(&out, OUTPUT_MAXIMUM);
    if (a->format == AK_FORMAT_JSONL)
        ak_jsonl_prediction(&w->prediction, &out);
    else
        ak_text_prediction(&style, &w->prediction, &out);
    bool good = ak_print(&out);
    ak_text_release(&out);
    bool works = w->prediction.result.established || w->prediction.result.no_tls;
    return !good ? AK_EXIT_PARTLY : works ? AK_EXIT_NOTHING : AK_EXIT_FINDINGS;
}

int ak_command_predict(const struct ak_arguments *arguments)
{
    if (arguments->list)
        return list(arguments);
    struct work *w = ak_alloc(1, sizeof *w);
    if (w == NULL) {
        ak_complain("out of memory");
        return AK_EXIT_PARTLY;
    }
    int status = arguments->operand_count == 1 ? show(arguments, w) : predict(arguments, w);
    ak_free(w);
    return status;
}
