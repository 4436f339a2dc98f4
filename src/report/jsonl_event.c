/* SPDX-License-Identifier: Apache-2.0 */
#include "report/jsonl_event.h"

#include <stdio.h>
#include <string.h>

#include "model/tls_names.h"
#include "report/json.h"
#include "report/log_words.h"

#include "base/banned.h"

static void text(struct ak_json *j, const char *key, const char *value)
{
    if (value[0] == '\0')
        return;
    ak_json_key_n(j, key, strlen(key));
    ak_json_text(j, value);
}

static void write_place(const struct ak_event *e, struct ak_json *j)
{
    ak_json_member_u64(j, "id", e->id);
    ak_json_member_text(j, "file", e->file);
    if (e->by_line)
        ak_json_member_u64(j, "line", e->place);
    else
        ak_json_member_u64(j, "record", e->place);
    ak_json_member_word(j, "weight", ak_log_weight_name(e->weight));
    ak_json_member_text(j, "meaning", ak_log_event_meaning(e->provider, e->code, AK_LANG_EN));
    text(j, "instance", e->instance);
    if (e->local)
        ak_json_member_bool(j, "local_time", true);
}

static void write_code(struct ak_json *j, const char *key, uint32_t value)
{
    char code[16];
    (void)snprintf(code, sizeof code, "0x%08x", (unsigned)value);
    ak_json_key_n(j, key, strlen(key));
    ak_json_text(j, code);
}

static void write_codes(const struct ak_event *e, struct ak_json *j)
{
    if (e->has_severity)
        ak_json_member_u64(j, "error_severity", e->severity);
    if (e->has_state)
        ak_json_member_u64(j, "error_state", e->state);
    if (e->has_status) {
        const struct ak_log_code_words *w = ak_log_status_words(e->status);
        write_code(j, "status", e->status);
        text(j, "status_name", w != NULL ? w->symbol : "");
    }
    if (e->has_detail)
        write_code(j, "status_code", e->detail);
    if (e->has_alert) {
        const char *name = ak_tls_alert_name(e->alert);
        ak_json_member_u64(j, "alert", e->alert);
        text(j, "alert_name", name != NULL ? name : "");
    }
    if (e->role != AK_EVENT_ROLE_UNKNOWN)
        ak_json_member_word(j, "role", e->role == AK_EVENT_ROLE_CLIENT ? "client" : "server");
}

static void write_tls(const struct ak_event *e, struct ak_json *j)
{
    const char *version = ak_tls_version_name(e->version);
    const struct ak_cipher_suite *suite = ak_cipher_suite_find(e->cipher_suite);
    if (e->version != 0 && version != NULL)
        ak_json_member_word(j, "tls_version", version);
    if (e->cipher_suite != 0)
        ak_json_member_code(j, "cipher", e->cipher_suite, suite != NULL ? suite->name : NULL);
    text(j, "thumbprint", e->thumbprint);
    text(j, "target", e->target);
    text(j, "program", e->program);
}

static void write_times(const struct ak_event *e, struct ak_json *j)
{
    ak_json_key(j, "login_ms");
    ak_json_open(j, '{');
    for (int i = 0; i < AK_LOGIN_PARTS; i++) {
        const char *name = ak_login_part_name((enum ak_login_part)i);
        ak_json_key_n(j, name, strlen(name));
        ak_text_u64(j->out, e->login_ms[i]);
    }
    ak_json_close(j, '}');
}

static void write_event(const struct ak_event *e, struct ak_json *j)
{
    char code[16];
    (void)snprintf(code, sizeof code, "%u", (unsigned)e->code);
    ak_json_event_open(j, "event", "network");
    ak_json_member_text(j, "code", code);
    ak_json_member_text(j, "provider", ak_log_provider_name(e->provider));
    ak_json_close(j, '}');
}

void ak_jsonl_event(const struct ak_event *e, struct ak_text *out)
{
    struct ak_json json = {out, false}, *j = &json;
    char address[46];
    ak_json_open(j, '{');
    ak_json_key(j, "akushu");
    ak_json_open(j, '{');
    ak_json_member_word(j, "kind", "event");
    ak_json_member_u64(j, "schema", 1);
    write_place(e, j);
    write_codes(e, j);
    write_tls(e, j);
    if (e->client_local)
        ak_json_member_bool(j, "from_this_machine", true);
    if (e->port != 0)
        ak_json_member_u64(j, "listens_on", e->port);
    text(j, "server_build", e->build);
    if (e->has_times)
        write_times(e, j);
    ak_json_close(j, '}');
    ak_json_key(j, "@timestamp");
    ak_json_time(j, e->time);
    ak_json_member_text(j, "message", e->text);
    write_event(e, j);
    ak_json_ecs(j);
    if (e->host[0] != '\0') {
        ak_json_key(j, "host");
        ak_json_open(j, '{');
        ak_json_member_text(j, "name", e->host);
        ak_json_close(j, '}');
    }
    if (e->client.version != 0) {
        ak_endpoint_text(&e->client, address);
        ak_json_key(j, "client");
        ak_json_open(j, '{');
        ak_json_member_word(j, "ip", address);
        ak_json_close(j, '}');
    }
    ak_json_close(j, '}');
    ak_text_char(out, '\n');
}
