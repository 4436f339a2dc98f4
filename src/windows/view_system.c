/* SPDX-License-Identifier: Apache-2.0 */
/* Which Windows this is: from SOFTWARE where it is there, else from what SYSTEM gives away. */
#include "windows/view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/reader.h"
#include "codec/filetime.h"

#include "base/banned.h"

#define CURRENT_VERSION AK_KEY_SOFTWARE "\\Microsoft\\Windows NT\\CurrentVersion"

static uint32_t leading_number(const char *text)
{
    unsigned long n = strtoul(text, NULL, 10);
    return text[0] >= '0' && text[0] <= '9' && n < 1000000 ? (uint32_t)n : 0;
}

static void server_or_client(struct ak_viewing *view, const struct ak_registry_key *current)
{
    struct ak_host *host = view->host;
    char text[64];
    const struct ak_registry_key *options = ak_view_key(view, AK_KEY_CONTROL "\\ProductOptions");
    ak_view_text(options, "ProductType", text, sizeof text);
    if (text[0] != '\0') {
        host->server_known = true;
        host->server = !ak_same_name(text, "WinNT"); /* ServerNT, LanmanNT */
        return;
    }
    ak_view_text(current, "InstallationType", text, sizeof text);
    if (text[0] != '\0') {
        host->server_known = true;
        host->server = !ak_same_name(text, "Client");
        return;
    }
    if (host->product[0] != '\0') {
        host->server_known = true;
        host->server = strstr(host->product, "Server") != NULL;
    }
}

/* The newest system that is not newer than the build, for builds that no table lists (previews,
 * release to manufacture without service pack). */
static void nearest_build(struct ak_host *host)
{
    const struct ak_windows_release *best = NULL, *r;
    for (size_t i = 0; (r = ak_windows_release_at(i)) != NULL; i++)
        if (r->build <= host->build && (!host->server_known || r->server == host->server) &&
            (best == NULL || r->build > best->build))
            best = r;
    if (best != NULL) {
        host->system = best->system;
        host->os_confidence = AK_CONFIDENCE_LOW;
    }
}

static void from_build(struct ak_host *host, uint8_t origin)
{
    const struct ak_windows_release *release =
        ak_windows_release_find(host->build, host->server_known && host->server);
    host->os_origin = origin;
    if (release == NULL) {
        nearest_build(host);
        return;
    }
    host->release = release->server == host->server || !host->server_known ? release : NULL;
    host->system = release->system;
    host->os_confidence = origin == AK_OS_VERSION ? AK_CONFIDENCE_HIGH : AK_CONFIDENCE_MEDIUM;
}

static bool any_string_ends(const struct ak_registry_value *value, const char *suffix);

struct wanted {
    const char *text;
    bool found;
};

static void look_for(void *context, const char *string)
{
    struct wanted *w = context;
    w->found = w->found || strstr(string, w->text) != NULL;
}

static bool any_string_ends(const struct ak_registry_value *value, const char *suffix)
{
    struct wanted w = {suffix, false};
    (void)ak_registry_strings(value, true, look_for, &w);
    return w.found;
}

/* SYSTEM alone has no product version, but traces of it: the build's lab of the last shutdown (10
 * and later), the service pack's build, and which lists its TLS keys hold. */
static void from_features(struct ak_viewing *view)
{
    struct ak_host *host = view->host;
    char lab[64];
    const struct ak_registry_key *windows = ak_view_key(view, AK_KEY_CONTROL "\\Windows");
    const struct ak_registry_key *ssl =
        ak_view_key(view, AK_KEY_CONTROL "\\Cryptography\\Configuration\\Local\\SSL\\00010002");
    ak_view_text(windows, "ShutdownStopTimePerfCounterBuildLab", lab, sizeof lab);
    host->build = leading_number(lab);
    if (host->build != 0) {
        from_build(host, AK_OS_FEATURES);
        return;
    }
    const struct ak_registry_value *functions = ak_registry_value(ssl, "Functions");
    const char *id = NULL;
    if (functions == NULL)
        return;
    struct ak_setting csd = ak_view_setting(windows, "CSDBuildNumber");
    if (ak_registry_value(ssl, "EccCurves") != NULL)
        id = "win10_1709";
    else if (any_string_ends(functions, "_P256"))
        /* 7 and 2008 R2 are 7601.17514 and 7600.16385; 8 and 8.1 say 16384. */
        id = csd.number && (csd.value == 17514 || csd.value == 16385) ? "win7_2008r2"
                                                                      : "win81_2012r2";
    if (id != NULL) {
        host->os_origin = AK_OS_FEATURES;
        host->system = ak_windows_find(id);
        host->os_confidence = AK_CONFIDENCE_LOW;
    }
}

static void shut_down(struct ak_viewing *view)
{
    const struct ak_registry_value *value =
        ak_registry_value(ak_view_key(view, AK_KEY_CONTROL "\\Windows"), "ShutdownTime");
    if (value == NULL || value->size != 8)
        return;
    (void)ak_filetime_read(ak_le64(value->data), &view->host->shutdown);
}

static void take_source(struct ak_host *host, const struct ak_registry_source *s)
{
    static const char *const kinds[] = {"hive", "reg", "policy", "sqlcheck"};
    host->newest = s->written > host->newest ? s->written : host->newest;
    if (host->source_count == AK_HOST_SOURCES)
        return;
    struct ak_host_source *to = &host->sources[host->source_count++];
    to->file = s->name != NULL ? s->name : ""; /* there was no memory for it */
    (void)snprintf(to->kind, sizeof to->kind, "%s", kinds[s->kind]);
    (void)snprintf(to->mount, sizeof to->mount, "%s", s->mount != NULL ? s->mount : "");
    to->keys = s->keys;
    to->values = s->values;
    to->dirty = s->dirty;
    to->replayed = s->replayed;
    to->log_entries = s->log_entries;
    to->log_pages = s->log_pages;
    to->damaged = s->damaged;
    to->damaged_first = s->damaged_first;
    to->damaged_why = s->damaged_why;
    to->too_many = s->too_many;
}

static void what_is_there(struct ak_viewing *view)
{
    struct ak_host *host = view->host;
    host->system_known = ak_view_key(view, AK_KEY_CONTROL) != NULL;
    host->software_known = ak_view_key(view, AK_KEY_SOFTWARE "\\Microsoft") != NULL;
    host->schannel_known = ak_view_key(view, AK_KEY_SCHANNEL) != NULL;
    size_t count = view->registry != NULL ? ak_registry_source_count(view->registry) : 0;
    host->only_reports = count != 0;
    for (size_t i = 0; i < count; i++) {
        const struct ak_registry_source *s = ak_registry_source_at(view->registry, i);
        bool report = s->kind == AK_REGISTRY_SOURCE_REPORT;
        host->only_reports = host->only_reports && report;
        host->reported = host->reported || (report && s->values != 0);
        take_source(host, s);
    }
}

void ak_view_system(struct ak_viewing *view)
{
    struct ak_host *host = view->host;
    const struct ak_registry_key *current = ak_view_key(view, CURRENT_VERSION);
    char text[64];
    what_is_there(view);
    ak_view_text(ak_view_key(view, AK_KEY_CONTROL "\\ComputerName\\ComputerName"), "ComputerName",
                 host->name, sizeof host->name);
    ak_view_text(current, "ProductName", host->product, sizeof host->product);
    ak_view_text(current, "CSDVersion", host->service_pack, sizeof host->service_pack);
    server_or_client(view, current);
    shut_down(view);
    if (host->os_origin == AK_OS_GIVEN)
        return;
    ak_view_text(current, "CurrentBuild", text, sizeof text);
    if (text[0] == '\0')
        ak_view_text(current, "CurrentBuildNumber", text, sizeof text);
    host->build = leading_number(text);
    struct ak_setting ubr = ak_view_setting(current, "UBR");
    host->ubr_known = ubr.present && ubr.number;
    host->ubr = ubr.value;
    if (host->build != 0)
        from_build(host, AK_OS_VERSION);
    else if (host->system_known)
        from_features(view);
}
