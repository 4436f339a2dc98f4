/* SPDX-License-Identifier: Apache-2.0 */
#include "report/would_block.h"

#include <string.h>

#include "model/tls_names.h"
#include "report/prediction.h"

#include "base/banned.h"

static const char *unsure_name(enum ak_unsure unsure)
{
    static const char *const names[] = {"", "not-predicted-now", "version-not-seen"};
    return names[unsure];
}

static void write_who(const struct ak_would_row *r, struct ak_json *j)
{
    if (r->program[0] != '\0') {
        ak_json_member_text(j, "program", r->program);
        ak_json_member_word(j, "program_from", r->program_of_hello ? "hello" : "login");
    }
    if (r->server_name[0] != '\0')
        ak_json_member_text(j, "server_name", r->server_name);
    ak_json_member_word(j, "protocol", ak_protocol_name((enum ak_protocol)r->protocol));
    ak_json_member_text(j, "ja4", r->ja4);
}

static void write_ends(const struct ak_would_row *r, struct ak_json *j)
{
    char address[46];
    ak_endpoint_text(&r->client, address);
    ak_json_key(j, "client");
    ak_json_open(j, '{');
    ak_json_member_word(j, "ip", address);
    ak_json_close(j, '}');
    ak_endpoint_text(&r->server, address);
    ak_json_key(j, "server");
    ak_json_open(j, '{');
    ak_json_member_word(j, "ip", address);
    ak_json_member_u64(j, "port", r->server.port);
    ak_json_close(j, '}');
}

static void write_tls(const struct ak_would_row *r, struct ak_json *j)
{
    const struct ak_cipher_suite *suite = ak_cipher_suite_find(r->suite);
    ak_json_key(j, "tls");
    ak_json_open(j, '{');
    ak_json_member_code(j, "version", r->version, ak_tls_version_name(r->version));
    ak_json_member_code(j, "cipher", r->suite, suite != NULL ? suite->name : NULL);
    ak_json_close(j, '}');
}

void ak_jsonl_would_block(const struct ak_would_row *r, const char *policy, struct ak_text *out)
{
    struct ak_json json = {out, false}, *j = &json;
    ak_json_open(j, '{');
    ak_json_key(j, "akushu");
    ak_json_open(j, '{');
    ak_json_member_word(j, "kind", "would_block");
    ak_json_member_u64(j, "schema", 1);
    ak_json_member_text(j, "policy", policy);
    ak_json_member_word(j, "would", ak_would_name(r->would));
    if (r->unsure != AK_UNSURE_NOT)
        ak_json_member_word(j, "unsure", unsure_name(r->unsure));
    ak_json_member_word(j, "basis", r->by_registry ? "registry" : "wire");
    if (r->build_too_old)
        ak_json_member_bool(j, "build_too_old", true);
    write_who(r, j);
    ak_json_member_u64(j, "count", r->count);
    ak_json_key(j, "first");
    ak_json_time(j, r->first);
    ak_json_key(j, "last");
    ak_json_time(j, r->last);
    ak_json_member_u64(j, "sample", r->sample);
    ak_json_key(j, "result");
    ak_jsonl_negotiation(&r->then, j);
    ak_json_close(j, '}');
    ak_json_key(j, "@timestamp");
    ak_json_time(j, r->last);
    ak_json_event(j, "alert", "network");
    ak_json_ecs(j);
    write_ends(r, j);
    write_tls(r, j);
    ak_json_close(j, '}');
    ak_text_char(out, '\n');
}

void ak_jsonl_would_totals(const struct ak_would_totals *t, const char *policy, struct ak_json *j)
{
    ak_json_key(j, "would_block");
    ak_json_open(j, '{');
    ak_json_member_text(j, "policy", policy);
    ak_json_member_u64(j, "judged", t->judged);
    ak_json_member_u64(j, "works", t->each[AK_WOULD_WORK]);
    ak_json_member_u64(j, "unsure", t->each[AK_WOULD_UNSURE]);
    ak_json_member_u64(j, "fails", t->each[AK_WOULD_FAIL]);
    ak_json_member_u64(j, "failed_already", t->failed_already);
    ak_json_member_u64(j, "without_tls", t->without_tls);
    ak_json_member_u64(j, "unseen", t->unseen);
    ak_json_member_u64(j, "not_kept", t->not_kept);
    if (t->first != 0) {
        ak_json_key(j, "from");
        ak_json_time(j, t->first);
        ak_json_key(j, "to");
        ak_json_time(j, t->last);
    }
    if (t->last_fail != INT64_MIN) {
        ak_json_key(j, "last_fail");
        ak_json_time(j, t->last_fail);
    }
    ak_json_close(j, '}');
}
