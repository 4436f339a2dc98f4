/* SPDX-License-Identifier: Apache-2.0 */
/* SQL Server's instances and what programs reach them with. */
#include "windows/view.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/attr.h"
#include "observe/certificate.h"

#include "base/banned.h"

#define SQL_SERVER "\\Microsoft\\Microsoft SQL Server"

/* A host runs at most 50 instances (25 on a cluster); Microsoft's drivers are a dozen. */
enum { MOST_INSTANCES = 64, MOST_DRIVERS = 64 };

static void network(struct ak_sql_instance *i, const struct ak_registry_key *instance)
{
    const struct ak_registry_key *net =
        ak_registry_below(instance, "MSSQLServer\\SuperSocketNetLib");
    const struct ak_registry_key *tcp = ak_registry_below(net, "Tcp");
    const struct ak_registry_key *all = ak_registry_below(tcp, "IPAll");
    i->network_known = net != NULL;
    ak_view_text(net, "Certificate", i->certificate, sizeof i->certificate);
    i->force_encryption = ak_view_setting(net, "ForceEncryption");
    i->force_strict = ak_view_setting(net, "ForceStrict");
    i->extended_protection = ak_view_setting(net, "ExtendedProtection");
    i->hide_instance = ak_view_setting(net, "HideInstance");
    i->tcp_enabled = ak_view_setting(tcp, "Enabled");
    ak_view_text(all, "TcpPort", i->tcp_port, sizeof i->tcp_port);
    ak_view_text(all, "TcpDynamicPorts", i->tcp_dynamic, sizeof i->tcp_dynamic);
}

/* A store has a key for each certificate, named by its thumbprint. */
static enum ak_thumbprint_state thumbprint_state(const struct ak_viewing *view, const char *text)
{
    uint8_t sha1[20];
    bool clean;
    char path[128] = AK_KEY_SOFTWARE "\\Microsoft\\SystemCertificates\\MY\\Certificates";
    if (text[0] == '\0')
        return AK_THUMBPRINT_NONE;
    if (!ak_thumbprint_read(text, sha1, &clean) || !clean)
        return AK_THUMBPRINT_BAD;
    const struct ak_registry_key *store = ak_view_key(view, path);
    if (store == NULL)
        return AK_THUMBPRINT_UNKNOWN;
    return ak_registry_below(store, text) != NULL ? AK_THUMBPRINT_FOUND : AK_THUMBPRINT_MISSING;
}

static void add_instance(struct ak_viewing *view, const struct ak_registry_key *root,
                         const struct ak_registry_key *names, const char *name, bool wow64)
{
    struct ak_host *host = view->host;
    if (host->instance_count == MOST_INSTANCES)
        return;
    struct ak_sql_instance *i = &host->instances[host->instance_count++];
    (void)snprintf(i->name, sizeof i->name, "%s", name);
    i->wow64 = wow64;
    ak_view_text(names, name, i->id, sizeof i->id);
    const struct ak_registry_key *instance =
        i->id[0] != '\0' ? ak_registry_below(root, i->id) : NULL;
    const struct ak_registry_key *setup = ak_registry_below(instance, "Setup");
    ak_view_text(setup, "Version", i->version, sizeof i->version);
    ak_view_text(setup, "PatchLevel", i->patch_level, sizeof i->patch_level);
    ak_view_text(setup, "Edition", i->edition, sizeof i->edition);
    i->clustered = ak_view_setting(setup, "SQLCluster");
    i->hadr = ak_view_setting(ak_registry_below(instance, "MSSQLServer\\HADR"), "HADR_Enabled");
    network(i, instance);
    i->certificate_state = (uint8_t)thumbprint_state(view, i->certificate);
}

void ak_view_sql(struct ak_viewing *view)
{
    static const char *const roots[] = {AK_KEY_SOFTWARE SQL_SERVER,
                                        AK_KEY_SOFTWARE "\\WOW6432Node" SQL_SERVER};
    struct ak_host *host = view->host;
    for (size_t r = 0; r < AK_COUNT(roots); r++) {
        const struct ak_registry_key *root = ak_view_key(view, roots[r]);
        const struct ak_registry_key *names = ak_registry_below(root, "Instance Names\\SQL");
        size_t count = ak_registry_value_count(names);
        if (count == 0)
            continue;
        if (host->instances == NULL) {
            host->instances = ak_alloc(MOST_INSTANCES, sizeof *host->instances);
            view->failed = view->failed || host->instances == NULL;
        }
        for (size_t i = 0; host->instances != NULL && i < count; i++)
            if (ak_registry_value_at(names, i)->name[0] != '\0')
                add_instance(view, root, names, ak_registry_value_at(names, i)->name, r != 0);
    }
}

/* ---- drivers ---- */

static struct ak_host_driver *new_driver(struct ak_viewing *view, const char *name,
                                         unsigned bitness)
{
    struct ak_host *host = view->host;
    if (host->drivers == NULL) {
        host->drivers = ak_alloc(MOST_DRIVERS, sizeof *host->drivers);
        view->failed = view->failed || host->drivers == NULL;
    }
    for (size_t i = 0; i < host->driver_count; i++)
        if (host->drivers[i].bitness == bitness && strcmp(host->drivers[i].name, name) == 0)
            return &host->drivers[i];
    if (host->drivers == NULL || host->driver_count == MOST_DRIVERS)
        return NULL;
    struct ak_host_driver *d = &host->drivers[host->driver_count++];
    (void)snprintf(d->name, sizeof d->name, "%s", name);
    d->bitness = (uint8_t)bitness;
    return d;
}

static bool for_sql_server(const char *name)
{
    return strstr(name, "for SQL Server") != NULL ||
           strstr(name, "SQL Server Native Client") != NULL ||
           strcmp(name, "SQL Native Client") == 0 || strcmp(name, "SQL Server") == 0;
}

/* The programs list knows the version: "Microsoft ODBC Driver 17 for SQL Server", 17.10.3.1. */
static void installed_version(const struct ak_registry_key *programs, struct ak_host_driver *driver)
{
    for (size_t i = 0; driver != NULL && i < ak_registry_key_count(programs); i++) {
        const struct ak_registry_key *program = ak_registry_key_at(programs, i);
        char name[160];
        ak_view_text(program, "DisplayName", name, sizeof name);
        if (strstr(name, driver->name) != NULL)
            ak_view_text(program, "DisplayVersion", driver->version, sizeof driver->version);
    }
}

/* The native client is one program with two interfaces; the programs list has its OLE DB name. */
static void same_program(struct ak_host *host, unsigned bitness)
{
    static const char *const pairs[][2] = {{"SQL Server Native Client 10.0", "SQLNCLI10"},
                                           {"SQL Server Native Client 11.0", "SQLNCLI11"}};
    for (size_t p = 0; p < AK_COUNT(pairs); p++) {
        struct ak_host_driver *odbc = NULL, *provider = NULL;
        for (size_t i = 0; i < host->driver_count; i++) {
            struct ak_host_driver *d = &host->drivers[i];
            odbc = d->bitness == bitness && strcmp(d->name, pairs[p][0]) == 0 ? d : odbc;
            provider = d->bitness == bitness && strcmp(d->name, pairs[p][1]) == 0 ? d : provider;
        }
        if (odbc != NULL && provider != NULL && odbc->version[0] == '\0')
            memcpy(odbc->version, provider->version, sizeof odbc->version);
    }
}

static void providers(struct ak_viewing *view, const char *prefix, unsigned bitness)
{
    static const struct {
        const char *id, *program;
    } rows[] = {{"SQLOLEDB", ""},
                {"SQLNCLI", "Microsoft SQL Server Native Client"},
                {"SQLNCLI10", "SQL Server 2008 Native Client"},
                {"SQLNCLI10", "SQL Server 2008 R2 Native Client"},
                {"SQLNCLI11", "SQL Server 2012 Native Client"},
                {"MSOLEDBSQL", "Microsoft OLE DB Driver for SQL Server"},
                {"MSOLEDBSQL19", "Microsoft OLE DB Driver 19 for SQL Server"}};
    char path[160];
    (void)snprintf(path, sizeof path, "%s\\Microsoft\\Windows\\CurrentVersion\\Uninstall", prefix);
    const struct ak_registry_key *programs = ak_view_key(view, path);
    (void)snprintf(path, sizeof path, "%s\\Classes", prefix);
    const struct ak_registry_key *classes = ak_view_key(view, path);
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        if (ak_registry_below(classes, rows[i].id) == NULL)
            continue;
        struct ak_host_driver *d = new_driver(view, rows[i].id, bitness), named = {0};
        if (d == NULL || rows[i].program[0] == '\0')
            continue;
        (void)snprintf(named.name, sizeof named.name, "%s", rows[i].program);
        installed_version(programs, &named);
        if (named.version[0] != '\0')
            memcpy(d->version, named.version, sizeof d->version);
    }
    (void)snprintf(path, sizeof path, "%s\\ODBC\\ODBCINST.INI\\ODBC Drivers", prefix);
    const struct ak_registry_key *odbc = ak_view_key(view, path);
    for (size_t i = 0; i < ak_registry_value_count(odbc); i++) {
        const char *name = ak_registry_value_at(odbc, i)->name;
        if (for_sql_server(name))
            installed_version(programs, new_driver(view, name, bitness));
    }
    same_program(view->host, bitness);
}

void ak_view_drivers(struct ak_viewing *view)
{
    providers(view, AK_KEY_SOFTWARE, AK_64_BIT);
    providers(view, AK_KEY_SOFTWARE "\\WOW6432Node", AK_32_BIT);
}
