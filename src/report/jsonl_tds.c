/* SPDX-License-Identifier: Apache-2.0 */
#include "report/jsonl_tds.h"

#include "model/sql_names.h"

#include "base/banned.h"

const char *ak_encryption_scope(const struct ak_conversation *c)
{
    const struct ak_tds_seen *tds = c->tds;
    if (tds == NULL || !tds->has_client_encryption || !tds->has_server_encryption)
        return NULL;
    unsigned client = tds->client_encryption & 0x1f, server = tds->server_encryption & 0x1f;
    if (tds->login_only || (client == 0 && server == 0))
        return "login";
    if (client == 2 && (server == 1 || server == 3))
        return NULL; /* one of them must give up */
    if (server == 2 || (client == 2 && server == 0))
        return "none";
    return "session";
}

static void build_text(const uint8_t version[2], const uint16_t build[2], struct ak_text *out)
{
    ak_text_format(out, "%u.%u.%u.%u", version[0], version[1], build[0], build[1]);
}

void ak_jsonl_tds_prelogin(const struct ak_conversation *c, struct ak_json *j)
{
    const struct ak_tds_seen *tds = c->tds;
    if (tds->has_server_version) {
        const char *product = ak_sql_product_name(tds->server_version[0], tds->server_version[1]);
        ak_json_key(j, "server_build");
        ak_text_char(j->out, '"');
        build_text(tds->server_version, tds->server_build, j->out);
        ak_text_char(j->out, '"');
        if (product != NULL)
            ak_json_member_word(j, "server_product", product);
    }
    if (tds->has_client_version) {
        ak_json_key(j, "client_version");
        ak_text_char(j->out, '"');
        build_text(tds->client_version, tds->client_build, j->out);
        ak_text_char(j->out, '"');
    }
    if (tds->instance != NULL)
        ak_json_member_text(j, "instance", tds->instance);
    if (tds->has_client_encryption || tds->has_server_encryption) {
        const char *scope = ak_encryption_scope(c);
        ak_json_key(j, "encryption");
        ak_json_open(j, '{');
        if (tds->has_client_encryption && ak_encryption_name(tds->client_encryption))
            ak_json_member_word(j, "client", ak_encryption_name(tds->client_encryption));
        if (tds->has_server_encryption && ak_encryption_name(tds->server_encryption))
            ak_json_member_word(j, "server", ak_encryption_name(tds->server_encryption));
        if (scope != NULL)
            ak_json_member_word(j, "scope", scope);
        ak_json_close(j, '}');
    }
    if (tds->mars)
        ak_json_member_bool(j, "mars", true);
}

static void optional_text(struct ak_json *j, const char *key, size_t size, const char *value)
{
    if (value == NULL)
        return;
    ak_json_key_n(j, key, size);
    ak_json_text(j, value);
}

void ak_jsonl_tds_login(const struct ak_tds_seen *tds, struct ak_json *j)
{
    if (tds->login_tds_version != 0) {
        const char *version = ak_tds_version_name(tds->login_tds_version);
        ak_json_key(j, "login");
        ak_json_open(j, '{');
        optional_text(j, "host", 4, tds->host);
        optional_text(j, "application", 11, tds->application);
        optional_text(j, "library", 7, tds->library);
        optional_text(j, "server", 6, tds->login_server);
        optional_text(j, "database", 8, tds->database);
        if (version != NULL)
            ak_json_member_word(j, "tds_version", version);
        ak_json_member_u64(j, "packet_size", tds->login_packet_size);
        ak_json_member_bool(j, "integrated", tds->sspi);
        ak_json_close(j, '}');
    }
    if (tds->error_number != 0) {
        ak_json_key(j, "error");
        ak_json_open(j, '{');
        ak_json_key(j, "number");
        ak_text_i64(j->out, tds->error_number);
        ak_json_member_u64(j, "state", tds->error_state);
        ak_json_member_u64(j, "severity", tds->error_severity);
        optional_text(j, "text", 4, tds->error_text);
        ak_json_close(j, '}');
    }
    if (tds->routing_port != 0) {
        ak_json_key(j, "routing");
        ak_json_open(j, '{');
        optional_text(j, "server", 6, tds->routing_server);
        ak_json_member_u64(j, "port", tds->routing_port);
        ak_json_close(j, '}');
    }
}
