/* SPDX-License-Identifier: Apache-2.0 */
#include "report/jsonl_host.h"

#include <string.h>

#include "base/attr.h"
#include "model/tls_names.h"
#include "report/json.h"

#include "base/banned.h"

const char *ak_schannel_version_text(unsigned index)
{
    static const char *const names[] = {"3.0", "1.0", "1.1", "1.2", "1.3"};
    return names[index];
}

static void versions(struct ak_json *j, const char *key, uint16_t bits)
{
    ak_json_key_n(j, key, strlen(key));
    ak_json_open(j, '[');
    for (unsigned i = 0; i < 5; i++) {
        if (!(bits & 1u << i))
            continue;
        ak_json_separate(j);
        ak_json_text(j, ak_schannel_version_text(i));
    }
    ak_json_close(j, ']');
}

static void open_list(struct ak_json *j, const char *key)
{
    ak_json_key_n(j, key, strlen(key));
    ak_json_open(j, '[');
}

static void open_row(struct ak_json *j)
{
    ak_json_separate(j);
    ak_json_open(j, '{');
}

static void number(struct ak_json *j, const char *key, const struct ak_setting *s)
{
    if (!s->present || !s->number)
        return;
    ak_json_key_n(j, key, strlen(key));
    ak_text_u64(j->out, s->value);
}

static void text(struct ak_json *j, const char *key, const char *value)
{
    if (value[0] == '\0')
        return;
    ak_json_key_n(j, key, strlen(key));
    ak_json_text(j, value);
}

static void write_sources(const struct ak_host *h, struct ak_json *j)
{
    open_list(j, "sources");
    for (size_t i = 0; i < h->source_count; i++) {
        const struct ak_host_source *s = &h->sources[i];
        open_row(j);
        ak_json_member_text(j, "file", s->file);
        ak_json_member_word(j, "kind", s->kind);
        text(j, "mount", s->mount);
        ak_json_member_u64(j, "keys", s->keys);
        ak_json_member_u64(j, "values", s->values);
        if (s->dirty) {
            ak_json_member_bool(j, "dirty", true);
            ak_json_member_bool(j, "replayed", s->replayed);
            ak_json_member_u64(j, "log_entries", s->log_entries);
            ak_json_member_u64(j, "log_pages", s->log_pages);
        }
        if (s->damaged != 0) {
            ak_json_member_u64(j, "damaged", s->damaged);
            ak_json_member_u64(j, "damaged_first", s->damaged_first);
            ak_json_member_text(j, "damaged_why", s->damaged_why != NULL ? s->damaged_why : "");
        }
        if (s->too_many)
            ak_json_member_bool(j, "cut", true);
        ak_json_close(j, '}');
    }
    ak_json_close(j, ']');
}

static void write_system(const struct ak_host *h, struct ak_json *j)
{
    static const char *const origins[] = {"unknown", "given", "version", "features"};
    ak_json_member_word(j, "os_origin", origins[h->os_origin]);
    if (h->system != NULL) {
        ak_json_member_word(j, "os_id", h->system->id);
        ak_json_member_word(j, "os_confidence", ak_confidence_name(h->os_confidence));
    }
    if (h->release != NULL) {
        text(j, "support_end", h->release->support_end);
        text(j, "extended_support_end", h->release->esu_end);
    }
    if (h->dhe_fix_known)
        ak_json_member_bool(j, "dhe_leading_zero_fixed", h->dhe_fixed);
    if (h->shutdown != 0) {
        ak_json_key(j, "last_shutdown");
        ak_json_time(j, h->shutdown);
    }
}

static void write_protocols(const struct ak_host *h, struct ak_json *j)
{
    static const char *const roles[] = {"client", "server"};
    open_list(j, "protocols");
    for (unsigned r = 0; r < AK_SCHANNEL_ROLES; r++) {
        for (unsigned p = 0; p < AK_SCHANNEL_PROTOCOLS; p++) {
            const struct ak_host_protocol *x = &h->protocols[r][p];
            int64_t written = x->enabled.written > x->disabled_by_default.written
                                  ? x->enabled.written
                                  : x->disabled_by_default.written;
            open_row(j);
            ak_json_member_word(j, "protocol",
                                ak_schannel_protocol_name((enum ak_schannel_protocol)p));
            ak_json_member_word(j, "role", roles[r]);
            ak_json_member_word(j, "state", ak_protocol_state_name(x->state));
            ak_json_member_word(j, "why", ak_why_name(x->why));
            ak_json_member_word(j, "confidence", ak_confidence_name(x->confidence));
            number(j, "enabled", &x->enabled);
            number(j, "disabled_by_default", &x->disabled_by_default);
            if (written != 0) {
                ak_json_key(j, "written");
                ak_json_time(j, written);
            }
            ak_json_close(j, '}');
        }
    }
    ak_json_close(j, ']');
}

static void write_suites(const struct ak_host *h, struct ak_json *j)
{
    open_list(j, "cipher_suites");
    for (size_t i = 0; i < h->suite_count; i++) {
        const struct ak_host_suite *s = &h->suites[i];
        open_row(j);
        ak_json_member_text(j, "name", s->name);
        if (s->code != 0) {
            ak_json_key(j, "code");
            ak_json_code(j, s->code);
            versions(j, "versions", s->versions);
        }
        if (s->removed != AK_WHY_OS_DEFAULT)
            ak_json_member_word(j, "removed", ak_why_name(s->removed));
        ak_json_close(j, '}');
    }
    ak_json_close(j, ']');
    ak_json_member_word(j, "cipher_suites_origin", ak_list_origin_name(h->suites_origin));
    if (h->suite_count != 0)
        ak_json_member_word(j, "cipher_suites_confidence",
                            ak_confidence_name(h->suites_confidence));
}

static void write_groups(const struct ak_host *h, struct ak_json *j)
{
    open_list(j, "groups");
    for (size_t i = 0; i < h->group_count; i++) {
        open_row(j);
        ak_json_member_text(j, "name", h->groups[i].name);
        ak_json_key(j, "code");
        ak_json_code(j, h->groups[i].code);
        if (h->groups[i].removed)
            ak_json_member_bool(j, "removed", true);
        ak_json_close(j, '}');
    }
    ak_json_close(j, ']');
    ak_json_member_word(j, "groups_origin", ak_list_origin_name(h->groups_origin));
    open_list(j, "signature_schemes");
    size_t count = h->local_scheme_count != 0 ? h->local_scheme_count : h->scheme_count;
    for (size_t i = 0; i < count; i++) {
        uint16_t code = h->local_scheme_count != 0 ? h->local_schemes[i] : h->schemes[i].code;
        const char *name = ak_tls_signature_scheme_name(code);
        if (h->local_scheme_count == 0 && h->schemes[i].unpatched)
            continue;
        ak_json_separate(j);
        ak_json_text(j, name != NULL ? name : "");
    }
    ak_json_close(j, ']');
    ak_json_member_word(j, "signature_schemes_origin",
                        h->local_scheme_count != 0 ? "local"
                        : count != 0               ? "os_default"
                                                   : "unknown");
}

static void write_switches(const struct ak_host *h, struct ak_json *j)
{
    const struct ak_host_minima *m = &h->minima;
    number(j, "fips", &h->fips);
    number(j, "event_logging", &h->event_logging);
    number(j, "no_extended_master_secret_client", &h->no_ems_client);
    number(j, "no_extended_master_secret_server", &h->no_ems_server);
    ak_json_key(j, "minima");
    ak_json_open(j, '{');
    number(j, "dh_client_min", &m->dh_client_min);
    number(j, "dh_client_max", &m->dh_client_max);
    number(j, "dh_server_bits", &m->dh_server_bits);
    number(j, "rsa_client_min", &m->rsa_client_min);
    number(j, "rsa_client_max", &m->rsa_client_max);
    ak_json_close(j, '}');
    open_list(j, "algorithms");
    for (size_t i = 0; i < h->algorithm_count; i++) {
        open_row(j);
        ak_json_member_text(j, "kind", h->algorithms[i].kind);
        ak_json_member_text(j, "name", h->algorithms[i].name);
        number(j, "enabled", &h->algorithms[i].enabled);
        ak_json_close(j, '}');
    }
    ak_json_close(j, ']');
}

static void write_dotnet(const struct ak_host *h, struct ak_json *j)
{
    static const char *const bits[] = {"64", "32"};
    const struct ak_dotnet *d = &h->dotnet;
    ak_json_key(j, "dotnet");
    ak_json_open(j, '{');
    ak_json_member_bool(j, "known", d->known);
    open_list(j, "installed");
    for (size_t i = 0; i < d->installed_count; i++) {
        const struct ak_dotnet_installed *n = &d->installed[i];
        open_row(j);
        ak_json_member_text(j, "version", n->version);
        text(j, "service_pack", n->service_pack);
        if (n->release != 0) {
            ak_json_member_u64(j, "release", n->release);
            ak_json_member_bool(j, "exact", n->exact);
        }
        if (n->full_profile || n->client_profile)
            ak_json_member_word(j, "profile", n->full_profile ? "full" : "client");
        text(j, "file_version", n->text);
        ak_json_close(j, '}');
    }
    ak_json_close(j, ']');
    open_list(j, "defaults");
    for (unsigned b = 0; b < AK_BITNESSES; b++) {
        for (unsigned t = 0; t < AK_DOTNET_TARGETS; t++) {
            const struct ak_dotnet_default *x = &d->defaults[b][t];
            open_row(j);
            ak_json_member_word(j, "target", ak_dotnet_target_name((enum ak_dotnet_target)t));
            ak_json_member_word(j, "bits", bits[b]);
            ak_json_member_bool(j, "runs", x->runs);
            ak_json_member_word(j, "chosen_by", x->system ? "system" : "framework");
            versions(j, "offered_versions", x->offered);
            ak_json_member_word(j, "why", ak_why_name(x->why));
            ak_json_close(j, '}');
        }
    }
    ak_json_close(j, ']');
    ak_json_close(j, '}');
    open_list(j, "winhttp");
    for (unsigned b = 0; b < AK_BITNESSES; b++) {
        open_row(j);
        ak_json_member_word(j, "bits", bits[b]);
        number(j, "default_secure_protocols", &h->winhttp.default_secure[b]);
        versions(j, "offered_versions", h->winhttp.offered[b]);
        ak_json_close(j, '}');
    }
    ak_json_close(j, ']');
}

static void write_sql(const struct ak_host *h, struct ak_json *j)
{
    static const char *const bits[] = {"64", "32"};
    open_list(j, "sql_instances");
    for (size_t i = 0; i < h->instance_count; i++) {
        const struct ak_sql_instance *x = &h->instances[i];
        open_row(j);
        ak_json_member_text(j, "name", x->name);
        text(j, "id", x->id);
        text(j, "version", x->version);
        text(j, "patch_level", x->patch_level);
        text(j, "edition", x->edition);
        text(j, "certificate", x->certificate);
        number(j, "force_encryption", &x->force_encryption);
        number(j, "force_strict", &x->force_strict);
        number(j, "extended_protection", &x->extended_protection);
        number(j, "hide_instance", &x->hide_instance);
        number(j, "tcp", &x->tcp_enabled);
        text(j, "tcp_port", x->tcp_port);
        text(j, "tcp_dynamic_ports", x->tcp_dynamic);
        number(j, "availability_groups", &x->hadr);
        number(j, "failover_cluster", &x->clustered);
        ak_json_close(j, '}');
    }
    ak_json_close(j, ']');
    open_list(j, "drivers");
    for (size_t i = 0; i < h->driver_count; i++) {
        open_row(j);
        ak_json_member_text(j, "name", h->drivers[i].name);
        text(j, "version", h->drivers[i].version);
        ak_json_member_word(j, "bits", bits[h->drivers[i].bitness]);
        ak_json_close(j, '}');
    }
    ak_json_close(j, ']');
}

static void write_agents(const struct ak_host *h, struct ak_json *j)
{
    open_list(j, "agents");
    for (size_t i = 0; i < h->agent_count; i++) {
        open_row(j);
        ak_json_member_word(j, "id", h->agents[i].agent->id);
        ak_json_member_text(j, "name", h->agents[i].agent->name);
        number(j, "start", &h->agents[i].start);
        ak_json_close(j, '}');
    }
    ak_json_close(j, ']');
    text(j, "powershell", h->powershell);
}

static void write_oddities(const struct ak_host *h, struct ak_json *j)
{
    open_list(j, "oddities");
    for (size_t i = 0; i < h->oddity_count; i++) {
        const struct ak_host_oddity *o = &h->oddities[i];
        open_row(j);
        ak_json_member_word(j, "kind", ak_oddity_name(o->kind));
        ak_json_member_text(j, "key", o->path);
        text(j, "value", o->value);
        text(j, "meant", o->meant);
        ak_json_close(j, '}');
    }
    ak_json_close(j, ']');
}

static void write_addresses(const struct ak_host *h, struct ak_json *j)
{
    char address[46];
    if (h->address_count == 0)
        return;
    open_list(j, "ip");
    for (size_t i = 0; i < h->address_count; i++) {
        ak_endpoint_text(&h->address[i], address);
        ak_json_separate(j);
        ak_json_text(j, address);
    }
    ak_json_close(j, ']');
}

static void write_os(const struct ak_host *h, struct ak_json *j)
{
    char version[32];
    ak_json_key(j, "host");
    ak_json_open(j, '{');
    text(j, "name", h->name);
    write_addresses(h, j);
    ak_json_key(j, "os");
    ak_json_open(j, '{');
    ak_json_member_word(j, "family", "windows");
    if (h->product[0] != '\0')
        text(j, "name", h->product);
    else if (h->system != NULL)
        text(j, "name", h->system->name);
    if (h->build != 0) {
        if (h->ubr_known)
            (void)snprintf(version, sizeof version, "%u.%u", (unsigned)h->build, (unsigned)h->ubr);
        else
            (void)snprintf(version, sizeof version, "%u", (unsigned)h->build);
        text(j, "kernel", version);
    }
    ak_json_close(j, '}');
    ak_json_close(j, '}');
}

void ak_jsonl_host(const struct ak_host *h, struct ak_text *out)
{
    struct ak_json json = {out, false}, *j = &json;
    ak_json_open(j, '{');
    ak_json_key(j, "akushu");
    ak_json_open(j, '{');
    ak_json_member_word(j, "kind", "host");
    ak_json_member_u64(j, "schema", 1);
    ak_json_member_u64(j, "id", h->id);
    write_sources(h, j);
    write_system(h, j);
    write_protocols(h, j);
    write_suites(h, j);
    write_groups(h, j);
    write_switches(h, j);
    write_dotnet(h, j);
    write_sql(h, j);
    write_agents(h, j);
    write_oddities(h, j);
    ak_json_close(j, '}');
    ak_json_event(j, "event", "configuration");
    ak_json_ecs(j);
    write_os(h, j);
    ak_json_close(j, '}');
    ak_text_char(out, '\n');
}
