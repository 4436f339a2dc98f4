/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/sqlcheck_instances.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/attr.h"

#include "base/banned.h"

#define SQL_SERVER AK_SQLCHECK_SOFTWARE "Microsoft\\Microsoft SQL Server"
#define SQL_SERVER_32 AK_SQLCHECK_SOFTWARE "WOW6432Node\\Microsoft\\Microsoft SQL Server"

#define OF_INSTANCE(label, field)                                                                  \
    {                                                                                              \
        label, offsetof(struct ak_sqlcheck_instance, field)                                        \
    }
static const struct {
    const char *label;
    size_t field;
} lines[] = {
    OF_INSTANCE("Version", version),
    OF_INSTANCE("Clustered", clustered),
    OF_INSTANCE("Always-On", always_on),
    OF_INSTANCE("Certificate", certificate),
    OF_INSTANCE("ForceEncryption", force_encryption),
    OF_INSTANCE("ForceStrict", force_strict),
    OF_INSTANCE("Hidden Instance", hidden),
    OF_INSTANCE("Extended Protection", protection),
    OF_INSTANCE("TCP Enabled", tcp),
    OF_INSTANCE("Listen on all IPs", all_addresses),
    OF_INSTANCE("TCP Port(s)", port),
    OF_INSTANCE("Dynamic TCP Port(s)", dynamic),
    OF_INSTANCE("Install Path", path),
};

void ak_sqlcheck_instances_narrow(struct ak_sqlcheck_instances *instances, const char *name)
{
    if (instances->narrow_count < AK_SQLCHECK_NARROW)
        (void)snprintf(instances->narrow[instances->narrow_count++], AK_SQLCHECK_NAME, "%.*s",
                       AK_SQLCHECK_NAME - 1, name);
}

bool ak_sqlcheck_instances_open(const struct ak_sqlcheck_instances *instances)
{
    return instances->now.name[0] != '\0';
}

bool ak_sqlcheck_instances_line(struct ak_sqlcheck_instances *instances, const char *label,
                                const char *text)
{
    for (size_t i = 0; i < AK_COUNT(lines); i++)
        if (strcmp(label, lines[i].label) == 0) {
            (void)snprintf((char *)&instances->now + lines[i].field, AK_SQLCHECK_CELL, "%s", text);
            return true;
        }
    return false;
}

/* "C:\Program Files\Microsoft SQL Server\MSSQL13.MSSQLSERVER\MSSQL\Binn": the folder above MSSQL
 * is the instance's id. */
static bool id_of(const char *path, char *id, size_t room)
{
    const char *end = strstr(path, "\\MSSQL\\"), *begin = end;
    while (begin != NULL && begin > path && begin[-1] != '\\')
        begin--;
    size_t size = begin != NULL ? (size_t)(end - begin) : 0;
    if (size < 7 || size >= room || strncmp(begin, "MSSQL", 5) != 0 ||
        memchr(begin, '.', size) == NULL)
        return false;
    memcpy(id, begin, size);
    id[size] = '\0';
    return true;
}

/* "13.0.5026.0 SP 2 Patch Level: 13.2.5865.1" */
static void put_version(struct ak_sqlcheck_out *out, char *version)
{
    static const char patch[] = "Patch Level: ";
    const char *level = strstr(version, patch);
    if (level != NULL)
        ak_sqlcheck_put_text(out, "PatchLevel", level + strlen(patch));
    version[strcspn(version, " ")] = '\0';
    ak_sqlcheck_put_text(out, "Version", version);
}

/* One from the ERRORLOG ("not hard-coded", with or without a slip of the pen, or "Self-generated")
 * is none that is configured. */
static void put_certificate(struct ak_sqlcheck_out *out, const char *certificate)
{
    size_t digits = strcspn(certificate, " ;(");
    char thumbprint[AK_SQLCHECK_CELL];
    (void)snprintf(thumbprint, sizeof thumbprint, "%.*s", (int)digits, certificate);
    if (certificate[0] == '\0')
        return;
    bool chosen = strstr(certificate, "not hard-coded") != NULL ||
                  strstr(certificate, "Self-generated") != NULL;
    ak_sqlcheck_put_text(out, "Certificate", chosen ? "" : thumbprint);
}

static void put_network(struct ak_sqlcheck_out *out, const struct ak_sqlcheck_instance *i,
                        const char *key)
{
    char path[4 * AK_SQLCHECK_CELL];
    (void)snprintf(path, sizeof path, "%s\\MSSQLServer\\SuperSocketNetLib", key);
    ak_sqlcheck_put_key(out, path);
    put_certificate(out, i->certificate);
    ak_sqlcheck_put_truth(out, "ForceEncryption", i->force_encryption);
    ak_sqlcheck_put_truth(out, "ForceStrict", i->force_strict);
    ak_sqlcheck_put_truth(out, "HideInstance", i->hidden);
    if (strcmp(i->protection, "Off") == 0)
        ak_sqlcheck_put_number(out, "ExtendedProtection", 0);
    (void)snprintf(path, sizeof path, "%s\\MSSQLServer\\SuperSocketNetLib\\Tcp", key);
    ak_sqlcheck_put_key(out, path);
    ak_sqlcheck_put_truth(out, "Enabled", i->tcp);
    if (strcmp(i->all_addresses, "True") != 0)
        return;
    (void)snprintf(path, sizeof path, "%s\\MSSQLServer\\SuperSocketNetLib\\Tcp\\IPAll", key);
    ak_sqlcheck_put_key(out, path);
    ak_sqlcheck_put_text(out, "TcpPort", i->port);
    ak_sqlcheck_put_text(out, "TcpDynamicPorts", i->dynamic);
}

void ak_sqlcheck_instances_end(struct ak_sqlcheck_instances *instances, struct ak_sqlcheck_out *out)
{
    struct ak_sqlcheck_instance *i = &instances->now;
    char id[AK_SQLCHECK_NAME], key[2 * AK_SQLCHECK_CELL], path[3 * AK_SQLCHECK_CELL];
    bool narrow = false;
    for (size_t k = 0; k < instances->narrow_count; k++)
        narrow = narrow || strcmp(instances->narrow[k], i->name) == 0;
    if (i->name[0] != '\0' && id_of(i->path, id, sizeof id)) {
        const char *root = narrow ? SQL_SERVER_32 : SQL_SERVER;
        (void)snprintf(key, sizeof key, "%s\\%s", root, id);
        (void)snprintf(path, sizeof path, "%s\\Instance Names\\SQL", root);
        ak_sqlcheck_put_key(out, path);
        ak_sqlcheck_put_text(out, i->name, id);
        (void)snprintf(path, sizeof path, "%s\\Setup", key);
        ak_sqlcheck_put_key(out, path);
        put_version(out, i->version);
        ak_sqlcheck_put_text(out, "Edition", i->edition);
        ak_sqlcheck_put_truth(out, "SQLCluster", i->clustered);
        put_network(out, i, key);
        /* "False" also comes from a name of a value that the tool spells as a path. */
        if (strcmp(i->always_on, "True") == 0) {
            (void)snprintf(path, sizeof path, "%s\\MSSQLServer\\HADR", key);
            ak_sqlcheck_put_key(out, path);
            ak_sqlcheck_put_number(out, "HADR_Enabled", 1);
        }
    }
    memset(i, 0, sizeof *i);
}

void ak_sqlcheck_instances_begin(struct ak_sqlcheck_instances *instances,
                                 struct ak_sqlcheck_out *out, const char *title)
{
    const char *edition = strrchr(title, '(');
    size_t name = edition != NULL ? (size_t)(edition - title) : strlen(title);
    ak_sqlcheck_instances_end(instances, out);
    while (name != 0 && title[name - 1] == ' ')
        name--;
    if (name >= AK_SQLCHECK_NAME || memchr(title, '\\', name) != NULL)
        return;
    memcpy(instances->now.name, title, name);
    if (edition != NULL)
        (void)snprintf(instances->now.edition, AK_SQLCHECK_CELL, "%.*s",
                       (int)strcspn(edition + 1, ")"), edition + 1);
}
