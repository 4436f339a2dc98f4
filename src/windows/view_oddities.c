/* SPDX-License-Identifier: Apache-2.0 */
/* What looks like a setting and is none: keys and values that Windows never reads. */
#include "windows/view.h"

#include <stdio.h>
#include <string.h>

#include "base/attr.h"

#include "base/banned.h"

/* Letters and digits alone, in lower case: "TLS1.2", "TLS 1.2 " and "tls 1_2" become one. */
static void bare(const char *name, char *out, size_t room)
{
    size_t n = 0;
    for (; *name != '\0' && n + 1 < room; name++) {
        char c = (char)(*name >= 'A' && *name <= 'Z' ? *name + 32 : *name);
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            out[n++] = c;
    }
    out[n] = '\0';
}

/* At most one letter added, lost or changed, or two neighbours swapped: a slip of the hand. */
static bool nearly(const char *a, const char *b)
{
    size_t x = strlen(a), y = strlen(b), same = 0;
    while (same < x && same < y && a[same] == b[same])
        same++;
    const char *p = a + same, *q = b + same;
    if (x == y && p[0] != '\0' && p[1] != '\0' && p[0] == q[1] && p[1] == q[0] &&
        strcmp(p + 2, q + 2) == 0)
        return true;
    if (x == y)
        return *p == '\0' || strcmp(p + 1, q + 1) == 0;
    return x + 1 == y ? strcmp(p, q + 1) == 0 : x == y + 1 && strcmp(p + 1, q) == 0;
}

static const char *meant_by(const char *name, const char *const *known, size_t count)
{
    char mine[64], theirs[64];
    bare(name, mine, sizeof mine);
    for (size_t i = 0; i < count; i++)
        if (ak_same_name(name, known[i]))
            return NULL; /* spelt as it should be */
    for (size_t i = 0; i < count; i++) {
        bare(known[i], theirs, sizeof theirs);
        if (strcmp(mine, theirs) == 0)
            return known[i];
    }
    for (size_t i = 0; i < count; i++) {
        bare(known[i], theirs, sizeof theirs);
        if (strlen(theirs) > 6 && nearly(mine, theirs))
            return known[i];
    }
    return NULL;
}

static void values_of(struct ak_viewing *view, const struct ak_registry_key *key,
                      const char *const *known, size_t count, bool unnamed_is_odd)
{
    for (size_t i = 0; i < ak_registry_value_count(key); i++) {
        const struct ak_registry_value *value = ak_registry_value_at(key, i);
        uint32_t number;
        bool expected = false;
        for (size_t k = 0; k < count; k++)
            expected = expected || ak_same_name(value->name, known[k]);
        if (value->name[0] == '\0' && unnamed_is_odd && value->size > 2)
            ak_view_oddity(view, AK_ODDITY_UNNAMED_VALUE, key, "", "");
        else if (expected && !ak_registry_number(value, &number))
            ak_view_oddity(view, AK_ODDITY_WRONG_TYPE, key, value->name, "REG_DWORD");
        else if (!expected && meant_by(value->name, known, count) != NULL)
            ak_view_oddity(view, AK_ODDITY_MISSPELT_VALUE, key, value->name,
                           meant_by(value->name, known, count));
    }
}

static const char *const protocol_values[] = {"Enabled", "DisabledByDefault"};

static void one_protocol_key(struct ak_viewing *view, const struct ak_registry_key *key,
                             bool misspelt)
{
    static const char *const roles[] = {"Client", "Server"};
    values_of(view, key, NULL, 0, true);
    for (size_t i = 0; i < AK_COUNT(protocol_values); i++)
        if (!misspelt && ak_registry_value(key, protocol_values[i]) != NULL)
            ak_view_oddity(view, AK_ODDITY_WRONG_LEVEL, key, protocol_values[i], "");
    for (size_t i = 0; i < ak_registry_key_count(key); i++) {
        const struct ak_registry_key *role = ak_registry_key_at(key, i);
        const char *meant = meant_by(ak_registry_key_name(role), roles, AK_COUNT(roles));
        if (meant != NULL)
            ak_view_oddity(view, AK_ODDITY_MISSPELT_KEY, role, "", meant);
        values_of(view, role, protocol_values, AK_COUNT(protocol_values), true);
    }
}

static void protocol_keys(struct ak_viewing *view)
{
    const struct ak_registry_key *protocols = ak_view_key(view, AK_KEY_SCHANNEL "\\Protocols");
    const char *known[AK_SCHANNEL_PROTOCOLS];
    for (unsigned i = 0; i < AK_SCHANNEL_PROTOCOLS; i++)
        known[i] = ak_schannel_protocol_name((enum ak_schannel_protocol)i);
    for (size_t i = 0; i < ak_registry_key_count(protocols); i++) {
        const struct ak_registry_key *key = ak_registry_key_at(protocols, i);
        const char *meant = meant_by(ak_registry_key_name(key), known, AK_COUNT(known));
        if (meant != NULL)
            ak_view_oddity(view, AK_ODDITY_MISSPELT_KEY, key, "", meant);
        one_protocol_key(view, key, meant != NULL);
    }
}

/* "Internet  Settings": New-Item made a twin that nobody reads (a script of the 5022 article does).
 */
static void dead_keys(struct ak_viewing *view)
{
    static const char *const parents[] = {AK_KEY_SOFTWARE "\\Microsoft\\Windows\\CurrentVersion",
                                          AK_KEY_SOFTWARE
                                          "\\WOW6432Node\\Microsoft\\Windows\\CurrentVersion",
                                          AK_KEY_CONTROL "\\SecurityProviders"};
    static const char *const wanted[] = {"Internet Settings", "SCHANNEL"};
    for (size_t p = 0; p < AK_COUNT(parents); p++) {
        const struct ak_registry_key *parent = ak_view_key(view, parents[p]);
        for (size_t i = 0; i < ak_registry_key_count(parent); i++) {
            const struct ak_registry_key *key = ak_registry_key_at(parent, i);
            char mine[64], theirs[64];
            bare(ak_registry_key_name(key), mine, sizeof mine);
            for (size_t w = 0; w < AK_COUNT(wanted); w++) {
                bare(wanted[w], theirs, sizeof theirs);
                if (strcmp(mine, theirs) == 0 &&
                    !ak_same_name(ak_registry_key_name(key), wanted[w]))
                    ak_view_oddity(view, AK_ODDITY_DEAD_KEY, key, "", wanted[w]);
            }
        }
    }
}

static void dotnet_keys(struct ak_viewing *view)
{
    static const char *const roots[] = {AK_KEY_SOFTWARE "\\Microsoft\\.NETFramework",
                                        AK_KEY_SOFTWARE "\\WOW6432Node\\Microsoft\\.NETFramework"};
    static const char *const runtimes[] = {"v2.0.50727", "v4.0.30319"};
    static const char *const values[] = {"SchUseStrongCrypto", "SystemDefaultTlsVersions"};
    for (size_t r = 0; r < AK_COUNT(roots); r++) {
        const struct ak_registry_key *root = ak_view_key(view, roots[r]);
        for (size_t i = 0; i < ak_registry_key_count(root); i++) {
            const struct ak_registry_key *key = ak_registry_key_at(root, i);
            const char *name = ak_registry_key_name(key);
            bool holds = ak_registry_value(key, values[0]) != NULL ||
                         ak_registry_value(key, values[1]) != NULL;
            const char *meant = holds ? meant_by(name, runtimes, AK_COUNT(runtimes)) : NULL;
            if (meant != NULL)
                ak_view_oddity(view, AK_ODDITY_MISSPELT_KEY, key, "", meant);
            if (ak_same_name(name, runtimes[0]) || ak_same_name(name, runtimes[1]))
                values_of(view, key, values, AK_COUNT(values), false);
        }
    }
}

/* ---- the control set that Windows falls back to ---- */

static bool same_setting(const struct ak_registry_key *a, const struct ak_registry_key *b,
                         const char *name)
{
    struct ak_setting x = ak_view_setting(a, name), y = ak_view_setting(b, name);
    return x.present == y.present && x.number == y.number && x.value == y.value;
}

static void other_control_set(struct ak_viewing *view)
{
    static const char *const roles[] = {"Client", "Server"};
    struct ak_setting good =
        ak_view_setting(ak_view_key(view, "HKLM\\SYSTEM\\Select"), "LastKnownGood");
    struct ak_setting current =
        ak_view_setting(ak_view_key(view, "HKLM\\SYSTEM\\Select"), "Current");
    char path[160];
    if (!good.number || good.value == 0 || good.value > 999 || !current.number ||
        good.value == current.value)
        return;
    (void)snprintf(path, sizeof path,
                   "HKLM\\SYSTEM\\ControlSet%03u\\Control\\SecurityProviders\\SCHANNEL\\Protocols",
                   (unsigned)good.value);
    const struct ak_registry_key *theirs = ak_view_key(view, path);
    const struct ak_registry_key *ours = ak_view_key(view, AK_KEY_SCHANNEL "\\Protocols");
    for (unsigned p = 0; theirs != NULL && p < AK_SCHANNEL_PROTOCOLS; p++) {
        for (unsigned r = 0; r < AK_COUNT(roles); r++) {
            (void)snprintf(path, sizeof path, "%s\\%s",
                           ak_schannel_protocol_name((enum ak_schannel_protocol)p), roles[r]);
            const struct ak_registry_key *a = ak_registry_below(theirs, path);
            const struct ak_registry_key *b = ak_registry_below(ours, path);
            if (!same_setting(a, b, "Enabled") || !same_setting(a, b, "DisabledByDefault"))
                ak_view_oddity(view, AK_ODDITY_OTHER_CONTROL_SET, a != NULL ? a : theirs, "", path);
        }
    }
}

void ak_view_oddities(struct ak_viewing *view)
{
    protocol_keys(view);
    dead_keys(view);
    dotnet_keys(view);
    other_control_set(view);
}
