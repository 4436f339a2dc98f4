/* SPDX-License-Identifier: Apache-2.0 */
#include "report/prediction.h"

#include <string.h>

#include "model/tls_names.h"
#include "report/facts.h"
#include "report/json.h"
#include "report/prediction_words.h"

#include "base/banned.h"

void ak_jsonl_negotiation(const struct ak_negotiation *n, struct ak_json *j)
{
    static const char *const sides[] = {"client", "server", "none"};
    const struct ak_cipher_suite *suite = ak_cipher_suite_find(n->suite);
    ak_json_open(j, '{');
    ak_json_member_bool(j, "established", n->established);
    if (n->no_tls)
        ak_json_member_bool(j, "no_tls", true);
    ak_json_member_code(j, "version", n->version, ak_tls_version_name(n->version));
    ak_json_member_code(j, "cipher", n->suite, suite != NULL ? suite->name : NULL);
    ak_json_member_code(j, "curve", n->group, ak_tls_group_name(n->group));
    ak_json_member_code(j, "signature_scheme", n->scheme, ak_tls_signature_scheme_name(n->scheme));
    if (n->dh_bits != 0)
        ak_json_member_u64(j, "dh_bits", n->dh_bits);
    if (!n->established && !n->no_tls) {
        ak_json_member_word(j, "refusal", ak_refusal_name(n->refusal));
        ak_json_member_word(j, "stage", ak_stage_name(n->stage));
        ak_json_member_word(j, "ended_by", sides[n->ended_by]);
        ak_json_member_word(j, "close", ak_close_name(n->close));
        if (n->close == AK_CLOSE_ALERT)
            ak_json_member_u64(j, "alert", n->alert);
        if (n->client_status != 0) {
            ak_json_key(j, "client_status");
            ak_text_format(j->out, "\"0x%x\"", (unsigned)n->client_status);
        }
    }
    ak_json_member_word(j, "confidence", ak_confidence_name(n->confidence));
    ak_json_close(j, '}');
}

static void write_hazards(struct ak_json *j, uint32_t hazards)
{
    static const char *const names[] = {"dhe-leading-zero", "tls13-in-prelogin", "login-only",
                                        "clear-login", "old-version"};
    ak_json_key(j, "hazards");
    ak_json_open(j, '[');
    for (unsigned i = 0; i < 5; i++) {
        if (!(hazards & 1u << i))
            continue;
        ak_json_separate(j);
        ak_json_text(j, names[i]);
    }
    ak_json_close(j, ']');
}

static void write_changes(const struct ak_prediction *x, struct ak_json *j)
{
    struct ak_text words;
    ak_text_init(&words, 4096);
    ak_json_key(j, "changes");
    ak_json_open(j, '[');
    for (size_t i = 0; i < x->change_count; i++) {
        const struct ak_change *c = &x->changes[i];
        ak_text_clear(&words);
        ak_change_words(c, AK_LANG_EN, &words);
        ak_json_separate(j);
        ak_json_open(j, '{');
        ak_json_member_word(j, "side", c->side == AK_SIDE_CLIENT ? "client" : "server");
        ak_json_member_text(j, "action", ak_text_string(&words));
        ak_json_member_bool(j, "weakens", c->weakens);
        ak_json_key(j, "result");
        ak_jsonl_negotiation(&c->result, j);
        ak_json_close(j, '}');
    }
    ak_json_close(j, ']');
    ak_text_release(&words);
}

static void write_party(struct ak_json *j, const char *key, const struct ak_party *party,
                        const char *about)
{
    ak_json_key_n(j, key, strlen(key));
    ak_json_open(j, '{');
    ak_json_member_text(j, "name", party->name);
    if (about[0] != '\0')
        ak_json_member_text(j, "about", about);
    ak_json_close(j, '}');
}

static void write_assumed(const struct ak_prediction *x, struct ak_json *j)
{
    const struct {
        bool is;
        const char *name;
    } rows[] = {{x->assumed_certificate, "certificate"},
                {x->assumed_sql_client, "sql-client"},
                {x->assumed_sql_server, "sql-server"}};
    ak_json_key(j, "assumed");
    ak_json_open(j, '[');
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (!rows[i].is)
            continue;
        ak_json_separate(j);
        ak_json_text(j, rows[i].name);
    }
    ak_json_close(j, ']');
}

void ak_jsonl_prediction(const struct ak_prediction *x, struct ak_text *out)
{
    struct ak_json json = {out, false}, *j = &json;
    ak_json_open(j, '{');
    ak_json_key(j, "akushu");
    ak_json_open(j, '{');
    ak_json_member_word(j, "kind", "prediction");
    ak_json_member_u64(j, "schema", 1);
    write_party(j, "client", x->client, x->client_about);
    write_party(j, "server", x->server, x->server_about);
    write_assumed(x, j);
    ak_json_key(j, "result");
    ak_jsonl_negotiation(&x->result, j);
    if (x->named) {
        ak_json_key(j, "result_for_callers_that_name_versions");
        ak_jsonl_negotiation(&x->named_result, j);
    }
    write_hazards(j, x->result.hazards);
    write_changes(x, j);
    ak_json_close(j, '}');
    ak_json_event(j, "event", "configuration");
    ak_json_ecs(j);
    ak_json_close(j, '}');
    ak_text_char(out, '\n');
}
