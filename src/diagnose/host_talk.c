/* SPDX-License-Identifier: Apache-2.0 */
/* What a machine brings into a conversation with SQL Server, and what looks at hosts share. */
#include <stdio.h>
#include <string.h>

#include "diagnose/host_rules.h"
#include "model/programs.h"
#include "model/sql_names.h"
#include "predict/party_host.h"

#include "base/banned.h"

bool ak_setting_is(const struct ak_setting *setting, uint32_t value)
{
    return setting->present && setting->number && setting->value == value;
}

static bool is_set(const struct ak_setting *setting)
{
    return setting->present && setting->number && setting->value != 0;
}

unsigned ak_host_told(const struct ak_host *host)
{
    return host->schannel_known ? host->os_confidence : AK_CONFIDENCE_LOW;
}

bool ak_host_list_told(const struct ak_host *host, unsigned origin)
{
    bool whole = false;
    for (size_t i = 0; i < host->source_count; i++)
        whole = whole || (strcmp(host->sources[i].kind, "hive") == 0 &&
                          strcmp(host->sources[i].mount, "HKLM\\SOFTWARE") == 0);
    return origin == AK_LIST_POLICY || (origin == AK_LIST_LOCAL && whole);
}

bool ak_host_speaks(const struct ak_host *host, enum ak_schannel_role role,
                    enum ak_schannel_protocol protocol)
{
    return host->protocols[role][protocol].state == AK_PROTOCOL_STATE_ON;
}

void ak_versions_text(unsigned bits, char *out, size_t room)
{
    size_t used = 0;
    out[0] = '\0';
    for (unsigned p = AK_SCHANNEL_PROTOCOL_SSL30; p <= AK_SCHANNEL_PROTOCOL_TLS13; p++)
        if (bits >> (p - AK_SCHANNEL_PROTOCOL_SSL30) & 1 && used < room)
            used += (size_t)snprintf(out + used, room - used, "%s%s", used != 0 ? ", " : "",
                                     ak_schannel_protocol_name((enum ak_schannel_protocol)p));
}

unsigned ak_host_versions(const struct ak_host *host, enum ak_schannel_role role, bool named)
{
    unsigned bits = 0;
    for (unsigned p = AK_SCHANNEL_PROTOCOL_SSL30; p <= AK_SCHANNEL_PROTOCOL_TLS13; p++) {
        unsigned state = host->protocols[role][p].state;
        if (state == AK_PROTOCOL_STATE_ON || (named && state == AK_PROTOCOL_STATE_ON_REQUEST))
            bits |= 1u << (p - AK_SCHANNEL_PROTOCOL_SSL30);
    }
    return bits;
}

void ak_match_instance(struct ak_match *m, const struct ak_sql_instance *instance)
{
    char text[AK_FACT_TEXT];
    const char *version =
        instance->patch_level[0] != '\0' ? instance->patch_level : instance->version;
    (void)snprintf(text, sizeof text, "%s %s", instance->name, version);
    ak_match_text(m, AK_FACT_INSTANCE, 0, 0, text);
}

void ak_match_pair(struct ak_match *m, const struct ak_host *host, enum ak_schannel_role role,
                   enum ak_schannel_protocol protocol)
{
    static const char *const roles[] = {"Client", "Server"};
    const struct ak_host_protocol *p = &host->protocols[role][protocol];
    char key[64];
    (void)snprintf(key, sizeof key, "SCHANNEL\\Protocols\\%s\\%s",
                   ak_schannel_protocol_name(protocol), roles[role]);
    ak_match_setting(m, key, "Enabled", &p->enabled);
    ak_match_setting(m, key, "DisabledByDefault", &p->disabled_by_default);
}

/* ---- SQL Server ---- */

struct ak_build_verdict ak_talk_build(const struct ak_sql_instance *instance)
{
    unsigned n[3];
    (void)ak_version_numbers(
        instance->patch_level[0] != '\0' ? instance->patch_level : instance->version, n);
    return ak_sql_installed_tls12(n[0], n[1], n[2]);
}

enum { USUAL_BITS = 2048 };

void ak_talk_server(const struct ak_sql_instance *instance, struct ak_party *server)
{
    struct ak_build_verdict build = ak_talk_build(instance);
    (void)ak_party_chain_add(server, AK_KEY_RSA, USUAL_BITS, 0, AK_SIGN_HASH_SHA256, AK_KEY_RSA);
    server->confidence[AK_PARTY_PART_CERTIFICATES] = AK_CONFIDENCE_MEDIUM;
    if (build.tls12 != AK_BUILD_TLS12_NO)
        return;
    ak_party_version_set(server, AK_PARTY_TLS12, AK_SWITCH_ABSENT, "not-supported");
    ak_party_version_set(server, AK_PARTY_TLS13, AK_SWITCH_ABSENT, "not-supported");
    if (!build.certain && server->confidence[AK_PARTY_PART_VERSIONS] > AK_CONFIDENCE_MEDIUM)
        server->confidence[AK_PARTY_PART_VERSIONS] = AK_CONFIDENCE_MEDIUM;
}

const struct ak_sql_instance *ak_talk_instance(const struct ak_host *host)
{
    const struct ak_sql_instance *best = host->instance_count != 0 ? &host->instances[0] : NULL;
    for (size_t i = 0; i < host->instance_count; i++) {
        const struct ak_sql_instance *x = &host->instances[i];
        if (is_set(&x->force_strict))
            return x;
        if (is_set(&x->force_encryption) && !is_set(&best->force_encryption))
            best = x;
    }
    return best;
}

/* Programs can bring drivers of their own (.NET, Java): what the registry tells is never the whole.
 */
void ak_talk_client(const struct ak_host *host, struct ak_party *client)
{
    bool none = ak_host_versions(host, AK_SCHANNEL_CLIENT, true) == 0, strict = false;
    size_t known = 0;
    for (size_t i = 0; i < host->driver_count; i++) {
        struct ak_driver_verdict v =
            ak_sql_driver_judge(host->drivers[i].name, host->drivers[i].version);
        known += v.driver != NULL;
        strict = strict || v.driver == NULL || v.strict;
    }
    if (!none && (!host->software_known || known == 0 || strict))
        return;
    client->sql.known = true;
    client->sql.encryption = none ? AK_TDS_ENCRYPTION_NOT_SUP : AK_TDS_ENCRYPTION_OFF;
    client->confidence[AK_PARTY_PART_SQL] = AK_CONFIDENCE_MEDIUM;
}

bool ak_talk_parties(const struct ak_host *host, const struct ak_host *server,
                     struct ak_party *client_party, struct ak_party *server_party)
{
    if (!ak_party_of_host(host, AK_SIDE_CLIENT, host->name, client_party) ||
        !ak_party_of_host(server, AK_SIDE_SERVER, server->name, server_party))
        return false;
    const struct ak_sql_instance *instance = ak_talk_instance(server);
    if (instance != NULL) {
        ak_party_sql_server(server_party, instance);
        ak_talk_server(instance, server_party);
        ak_talk_client(host, client_party);
    }
    return true;
}
