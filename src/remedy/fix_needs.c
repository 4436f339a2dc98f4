/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/fix_needs.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/attr.h"
#include "model/sql_names.h"
#include "predict/negotiate.h"
#include "predict/party_host.h"
#include "remedy/fix_fill.h"
#include "windows/host_view.h"

#include "base/banned.h"

#define CONTROL "HKLM\\SYSTEM\\CurrentControlSet\\Control\\"
#define SOFTWARE "HKLM\\SOFTWARE\\Microsoft\\"

struct needing {
    const struct ak_host *before, *after;
    const struct ak_registry *registry;
    bool *failed;
};

const char *ak_fix_need_name(enum ak_fix_need need)
{
    static const char *const names[AK_FIX_NEEDS] = {"rdp_tls10", "rdp",    "winrm",  "sql_self",
                                                    "sql_build", "dotnet", "winhttp"};
    return names[need];
}

static bool number_of(const struct needing *n, const char *key, const char *name, uint32_t *number)
{
    return ak_registry_number(ak_registry_value(ak_registry_find(n->registry, key), name), number);
}

/* ---- Remote Desktop ---- */

/* Off only when the registry says so. */
static bool rdp_speaks_tls(const struct needing *n)
{
    uint32_t deny, layer;
    if (number_of(n, CONTROL "Terminal Server", "fDenyTSConnections", &deny) && deny != 0)
        return false;
    return !number_of(n, CONTROL "Terminal Server\\WinStations\\RDP-Tcp", "SecurityLayer",
                      &layer) ||
           layer != 0;
}

static bool package_installed(const struct ak_registry *registry, const char *number)
{
    const struct ak_registry_key *packages = ak_registry_find(
        registry, SOFTWARE "Windows\\CurrentVersion\\Component Based Servicing\\Packages");
    for (size_t i = 0; i < ak_registry_key_count(packages); i++)
        if (strstr(ak_registry_key_name(ak_registry_key_at(packages, i)), number) != NULL)
            return true;
    return false;
}

static bool allowed(const struct ak_host *host, enum ak_schannel_protocol protocol)
{
    unsigned state = host->protocols[AK_SCHANNEL_SERVER][protocol].state;
    return state == AK_PROTOCOL_STATE_ON || state == AK_PROTOCOL_STATE_ON_REQUEST;
}

static bool rdp_tls10(const struct needing *n)
{
    const struct ak_windows *w = n->before->system;
    return w != NULL && w->nt_major == 6 && w->nt_minor == 1 && rdp_speaks_tls(n) &&
           allowed(n->before, AK_SCHANNEL_PROTOCOL_TLS10) &&
           !allowed(n->after, AK_SCHANNEL_PROTOCOL_TLS10) &&
           !package_installed(n->registry, "KB3080079") &&
           !package_installed(n->registry, "KB3125574"); /* the rollup of 2016 holds it */
}

/* ---- who connects to whom ---- */

struct talk {
    struct ak_party client, server;
    struct ak_negotiation end;
};

/* Do the two still agree? Yes when it cannot be told. `sql`: the server is this instance. */
static bool agree(const struct needing *n, const struct ak_host *client,
                  const struct ak_host *server, const struct ak_sql_instance *sql)
{
    struct talk *t = ak_alloc(1, sizeof *t);
    bool good = true;
    if (t == NULL) {
        *n->failed = true;
        return true;
    }
    if (ak_party_of_host(client, AK_SIDE_CLIENT, "client", &t->client) &&
        ak_party_of_host(server, AK_SIDE_SERVER, "server", &t->server)) {
        if (sql != NULL)
            ak_party_sql_server(&t->server, sql);
        ak_negotiate(&t->client, &t->server, &t->end);
        good = t->end.established || t->end.no_tls;
    }
    ak_free(t);
    return good;
}

/* A current Windows as it is installed: the administrator's own machine. */
static bool administrator_reaches(const struct needing *n, const struct ak_host *server)
{
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    struct ak_host *client = ak_alloc(1, sizeof *client);
    bool good = true;
    if (client == NULL ||
        ak_host_view(NULL, ak_windows_find("win11_23h2"), client, &error) != AK_ERR_NONE)
        *n->failed = true;
    else
        good = agree(n, client, server, NULL);
    if (client != NULL)
        ak_host_release(client);
    ak_free(client);
    return good;
}

static bool administrator_lost(const struct needing *n)
{
    return administrator_reaches(n, n->before) && !administrator_reaches(n, n->after);
}

static bool rdp(const struct needing *n)
{
    return rdp_speaks_tls(n) && administrator_lost(n);
}

static bool winrm(const struct needing *n)
{
    const struct ak_registry_key *listeners =
        ak_registry_find(n->registry, SOFTWARE "Windows\\CurrentVersion\\WSMAN\\Listener");
    for (size_t i = 0; i < ak_registry_key_count(listeners); i++)
        if (strstr(ak_registry_key_name(ak_registry_key_at(listeners, i)), "HTTPS") != NULL)
            return administrator_lost(n);
    return false;
}

static bool sql_self(const struct needing *n)
{
    for (size_t i = 0; i < n->before->instance_count; i++) {
        const struct ak_sql_instance *sql = &n->before->instances[i];
        if (agree(n, n->before, n->before, sql) && !agree(n, n->after, n->after, sql))
            return true;
    }
    return false;
}

static bool build_lacks_tls12(const struct ak_sql_instance *sql)
{
    const char *text = sql->patch_level[0] != '\0' ? sql->patch_level : sql->version;
    unsigned long part[3] = {0, 0, 0};
    for (size_t i = 0; i < AK_COUNT(part) && *text >= '0' && *text <= '9'; i++) {
        char *end;
        part[i] = strtoul(text, &end, 10);
        text = end + (*end == '.');
    }
    return ak_sql_build_tls12((unsigned)part[0], (unsigned)part[1], (unsigned)part[2]).tls12 ==
           AK_BUILD_TLS12_NO;
}

static bool sql_build(const struct needing *n)
{
    static const enum ak_schannel_protocol old[] = {AK_SCHANNEL_PROTOCOL_TLS10,
                                                    AK_SCHANNEL_PROTOCOL_TLS11};
    bool before = false, after = false;
    for (size_t i = 0; i < AK_COUNT(old); i++) {
        before = before || allowed(n->before, old[i]);
        after = after || allowed(n->after, old[i]);
    }
    for (size_t i = 0; before && !after && i < n->before->instance_count; i++)
        if (build_lacks_tls12(&n->before->instances[i]))
            return true;
    return false;
}

/* ---- programs that go out ---- */

static unsigned bitnesses(const struct needing *n)
{
    return ak_fix_wow64(n->registry) ? AK_BITNESSES : 1;
}

static bool dotnet(const struct needing *n)
{
    for (unsigned b = 0; b < bitnesses(n); b++)
        for (unsigned t = 0; t < AK_DOTNET_TARGETS; t++) {
            const struct ak_dotnet_default *x = &n->before->dotnet.defaults[b][t];
            const struct ak_dotnet_default *y = &n->after->dotnet.defaults[b][t];
            if (x->runs && n->before->dotnet.known && x->offered != 0 && y->offered == 0)
                return true;
        }
    return false;
}

static bool winhttp(const struct needing *n)
{
    for (unsigned b = 0; b < bitnesses(n); b++)
        if (n->before->winhttp.offered[b] != 0 && n->after->winhttp.offered[b] == 0)
            return true;
    return false;
}

uint32_t ak_fix_needs_lost(const struct ak_host *before, const struct ak_host *after,
                           const struct ak_registry *registry, bool *failed)
{
    static bool (*const lost[AK_FIX_NEEDS])(const struct needing *) = {
        rdp_tls10, rdp, winrm, sql_self, sql_build, dotnet, winhttp};
    struct needing n = {before, after, registry, failed};
    uint32_t out = 0;
    *failed = false;
    for (unsigned i = 0; i < AK_FIX_NEEDS; i++)
        if (lost[i](&n))
            out |= 1u << i;
    return out;
}
