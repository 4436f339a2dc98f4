/* SPDX-License-Identifier: Apache-2.0 */
#include "windows/host_view.h"

#include <string.h>

#include "base/alloc.h"
#include "base/utf16.h"
#include "windows/view.h"

#include "base/banned.h"

const struct ak_registry_key *ak_view_key(const struct ak_viewing *view, const char *path)
{
    return view->registry == NULL ? NULL : ak_registry_find(view->registry, path);
}

struct ak_setting ak_view_setting(const struct ak_registry_key *key, const char *name)
{
    struct ak_setting s = {0};
    const struct ak_registry_value *value = ak_registry_value(key, name);
    if (value == NULL)
        return s;
    s.present = true;
    s.number = ak_registry_number(value, &s.value);
    s.policy = value->policy;
    s.written = ak_registry_key_written(key);
    s.source = value->source;
    return s;
}

bool ak_setting_on(const struct ak_setting *setting)
{
    return setting->present && setting->number && setting->value != 0;
}

bool ak_setting_off(const struct ak_setting *setting)
{
    return setting->present && setting->number && setting->value == 0;
}

void ak_view_text(const struct ak_registry_key *key, const char *name, char *out, size_t room)
{
    struct ak_text text;
    ak_text_init(&text, 65536);
    out[0] = '\0';
    if (ak_registry_string(ak_registry_value(key, name), &text)) {
        struct ak_span span = {(const uint8_t *)text.bytes, text.size};
        (void)ak_utf8_copy(span, out, room);
    }
    ak_text_release(&text);
}

static char *copy(struct ak_viewing *view, const char *text)
{
    char *out = ak_memdup(text, strlen(text) + 1);
    view->failed = view->failed || out == NULL;
    return out;
}

void ak_view_oddity(struct ak_viewing *view, enum ak_oddity kind, const struct ak_registry_key *key,
                    const char *name, const char *meant)
{
    struct ak_host *host = view->host;
    struct ak_text path;
    if (host->oddity_count == AK_HOST_ODDITIES) {
        host->oddities_left_out++;
        return;
    }
    struct ak_host_oddity *o = &host->oddities[host->oddity_count++];
    ak_text_init(&path, 65536);
    ak_registry_key_path(key, &path);
    o->kind = (uint8_t)kind;
    o->path = copy(view, ak_text_string(&path));
    o->value = copy(view, name);
    o->meant = copy(view, meant);
    o->written = ak_registry_key_written(key);
    ak_text_release(&path);
}

enum ak_err ak_host_view(const struct ak_registry *registry, const struct ak_windows *given,
                         struct ak_host *host, struct ak_error *error)
{
    struct ak_viewing view = {registry, host, false};
    memset(host, 0, sizeof *host);
    if (given != NULL) {
        host->system = given;
        host->os_origin = AK_OS_GIVEN;
        host->os_confidence = given->confidence;
    }
    ak_view_system(&view);
    ak_view_network(&view);
    ak_view_schannel(&view);
    ak_view_suites(&view);
    ak_view_groups(&view);
    ak_view_dotnet(&view);
    ak_view_winhttp(&view);
    ak_view_sql(&view);
    ak_view_drivers(&view);
    ak_view_agents(&view);
    ak_view_oddities(&view);
    if (view.failed)
        return ak_error_set(error, AK_ERR_MEMORY, "out of memory for the host's configuration");
    return AK_ERR_NONE;
}
