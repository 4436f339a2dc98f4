/* SPDX-License-Identifier: Apache-2.0 */
/* .NET Framework: what is installed, and what programs ask Schannel for ("Transport Layer Security
 * best practices with .NET Framework"); WinHTTP and WinINet beside it. */
#include "windows/view.h"

#include <stdio.h>
#include <string.h>

#include "base/attr.h"

#include "base/banned.h"

#define NDP AK_KEY_SOFTWARE "\\Microsoft\\NET Framework Setup\\NDP"

/* ---- what is installed ---- */

static struct ak_dotnet_installed *new_installed(struct ak_dotnet *d, const char *version)
{
    for (size_t i = 0; i < d->installed_count; i++)
        if (strcmp(d->installed[i].version, version) == 0)
            return &d->installed[i];
    if (d->installed_count == AK_HOST_DOTNET)
        return NULL;
    struct ak_dotnet_installed *n = &d->installed[d->installed_count++];
    (void)snprintf(n->version, sizeof n->version, "%s", version);
    return n;
}

/* Before 4.0 each version has a key of its own and says Install=1 (3.0: Setup\InstallSuccess). */
static void old_versions(struct ak_viewing *view)
{
    static const struct {
        const char *version, *key, *value;
    } rows[] = {
        {"1.1", NDP "\\v1.1.4322", "Install"},
        {"2.0", NDP "\\v2.0.50727", "Install"},
        {"3.0", NDP "\\v3.0\\Setup", "InstallSuccess"},
        {"3.5", NDP "\\v3.5", "Install"},
    };
    char one[8];
    ak_view_text(
        ak_view_key(view, AK_KEY_SOFTWARE "\\Microsoft\\.NETFramework\\Policy\\v1.0\\3705"),
        "Install", one, sizeof one);
    if (strcmp(one, "1") == 0)
        (void)new_installed(&view->host->dotnet, "1.0");
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        const struct ak_registry_key *key = ak_view_key(view, rows[i].key);
        struct ak_setting install = ak_view_setting(key, rows[i].value);
        struct ak_dotnet_installed *n =
            ak_setting_on(&install) ? new_installed(&view->host->dotnet, rows[i].version) : NULL;
        if (n == NULL)
            continue;
        struct ak_setting sp = ak_view_setting(key, "SP");
        if (!sp.present) /* 3.0 keeps it one key higher */
            sp = ak_view_setting(ak_view_key(view, NDP "\\v3.0"), "SP");
        if (ak_setting_on(&sp) && sp.value < 100)
            (void)snprintf(n->service_pack, sizeof n->service_pack, "%u", (unsigned)sp.value);
        ak_view_text(key, "Version", n->text, sizeof n->text);
    }
}

static void new_versions(struct ak_viewing *view)
{
    static const char *const profiles[] = {"Full", "Client"};
    struct ak_dotnet *d = &view->host->dotnet;
    for (size_t i = 0; i < AK_COUNT(profiles); i++) {
        char path[128];
        (void)snprintf(path, sizeof path, NDP "\\v4\\%s", profiles[i]);
        const struct ak_registry_key *key = ak_view_key(view, path);
        struct ak_setting release = ak_view_setting(key, "Release");
        struct ak_setting install = ak_view_setting(key, "Install");
        bool numbered = release.present && release.number;
        if (!numbered && !ak_setting_on(&install))
            continue;
        const struct ak_dotnet_release *row =
            numbered ? ak_dotnet_release_find(release.value) : NULL;
        struct ak_dotnet_installed *n = new_installed(d, row != NULL ? row->version : "4.0");
        if (n == NULL)
            continue;
        n->release = numbered ? release.value : 0;
        n->exact = row != NULL && row->exact && row->release == release.value;
        n->full_profile = n->full_profile || i == 0;
        n->client_profile = n->client_profile || i == 1;
        ak_view_text(key, "Version", n->text, sizeof n->text);
    }
}

/* ---- what programs ask for ---- */

static uint32_t newest_release(const struct ak_dotnet *d, bool *old, bool *four)
{
    uint32_t release = 0;
    *old = *four = false;
    for (size_t i = 0; i < d->installed_count; i++) {
        const struct ak_dotnet_installed *n = &d->installed[i];
        release = n->release > release ? n->release : release;
        *four = *four || n->full_profile || n->client_profile;
        *old = *old || n->version[0] == '2' || n->version[0] == '3';
    }
    return release;
}

/* Versions that Schannel lets a client use: of those that it names, or (system) of the default set.
 */
static uint16_t let_through(const struct ak_host *host, uint16_t asked, bool system)
{
    uint16_t out = 0;
    for (unsigned p = AK_SCHANNEL_PROTOCOL_SSL30; p <= AK_SCHANNEL_PROTOCOL_TLS13; p++) {
        uint16_t bit = (uint16_t)(1u << (p - AK_SCHANNEL_PROTOCOL_SSL30));
        unsigned state = host->protocols[AK_SCHANNEL_CLIENT][p].state;
        bool wanted = system || (asked & bit) != 0;
        if (wanted &&
            (state == AK_PROTOCOL_STATE_ON || (state == AK_PROTOCOL_STATE_ON_REQUEST && !system)))
            out |= bit;
    }
    return out;
}

static bool switched(const struct ak_setting *setting, bool by_default, uint8_t *why)
{
    if (!setting->present || !setting->number)
        return by_default;
    if ((setting->value != 0) != by_default)
        *why = setting->policy ? AK_WHY_POLICY : AK_WHY_REGISTRY;
    return setting->value != 0;
}

static void defaults_of(struct ak_host *host, unsigned bits, unsigned target)
{
    struct ak_dotnet *d = &host->dotnet;
    const struct ak_dotnet_rule *rule = ak_dotnet_rule_at(target);
    struct ak_dotnet_default *out = &d->defaults[bits][target];
    unsigned runtime = target == AK_DOTNET_TARGET_35 ? 0 : 1;
    bool old, four;
    uint32_t release = newest_release(d, &old, &four);
    out->runs = !d->known || (target == AK_DOTNET_TARGET_35 ? old
                              : rule->minimum_release == 0  ? four
                                                            : release >= rule->minimum_release);
    out->why = AK_WHY_OS_DEFAULT;
    bool strong = switched(&d->strong_crypto[bits][runtime], rule->strong_crypto, &out->why);
    out->system = switched(&d->system_default[bits][runtime], rule->system_default, &out->why);
    out->asked = strong ? rule->asked_strong : rule->asked_weak;
    out->offered = let_through(host, out->asked, out->system);
}

void ak_view_dotnet(struct ak_viewing *view)
{
    static const char *const roots[AK_BITNESSES] = {AK_KEY_SOFTWARE "\\Microsoft\\.NETFramework",
                                                    AK_KEY_SOFTWARE
                                                    "\\WOW6432Node\\Microsoft\\.NETFramework"};
    static const char *const runtimes[] = {"v2.0.50727", "v4.0.30319"};
    struct ak_dotnet *d = &view->host->dotnet;
    d->known = ak_view_key(view, NDP) != NULL;
    old_versions(view);
    new_versions(view);
    for (unsigned b = 0; b < AK_BITNESSES; b++) {
        /* SQLCHECK reads SchUseStrongCrypto and not SystemDefaultTlsVersions. */
        d->settings_known[b] = ak_view_key(view, roots[b]) != NULL && !view->host->only_reports;
        for (unsigned r = 0; r < AK_COUNT(runtimes); r++) {
            const struct ak_registry_key *key =
                ak_registry_below(ak_view_key(view, roots[b]), runtimes[r]);
            d->strong_crypto[b][r] = ak_view_setting(key, "SchUseStrongCrypto");
            d->system_default[b][r] = ak_view_setting(key, "SystemDefaultTlsVersions");
        }
        for (unsigned t = 0; t < AK_DOTNET_TARGETS; t++)
            defaults_of(view->host, b, t);
    }
}

/* ---- WinHTTP and WinINet ---- */

/* WINHTTP_OPTION_SECURE_PROTOCOLS to versions. */
static uint16_t protocols_of_flags(uint32_t flags)
{
    static const uint32_t bits[] = {0x20, 0x80, 0x200, 0x800, 0x2000};
    uint16_t out = 0;
    for (unsigned i = 0; i < AK_COUNT(bits); i++)
        if (flags & bits[i])
            out = (uint16_t)(out | 1u << i);
    return out;
}

void ak_view_winhttp(struct ak_viewing *view)
{
#define SETTINGS "\\Microsoft\\Windows\\CurrentVersion\\Internet Settings"
    static const char *const keys[AK_BITNESSES] = {
        AK_KEY_SOFTWARE SETTINGS "\\WinHttp", AK_KEY_SOFTWARE "\\WOW6432Node" SETTINGS "\\WinHttp"};
    struct ak_host *host = view->host;
    struct ak_winhttp *w = &host->winhttp;
    w->known = host->software_known && !host->only_reports;
    for (unsigned b = 0; b < AK_BITNESSES; b++) {
        w->default_secure[b] =
            ak_view_setting(ak_view_key(view, keys[b]), "DefaultSecureProtocols");
        uint32_t flags = host->system != NULL ? host->system->winhttp_default : 0;
        if (w->default_secure[b].present && w->default_secure[b].number)
            flags = w->default_secure[b].value;
        w->offered[b] = let_through(host, protocols_of_flags(flags), false);
    }
    w->wininet_user =
        ak_view_setting(ak_view_key(view, "HKCU\\Software" SETTINGS), "SecureProtocols");
    w->wininet_policy = ak_view_setting(ak_view_key(view, AK_KEY_SOFTWARE "\\Policies" SETTINGS),
                                        "SecureProtocols");
#undef SETTINGS
}
