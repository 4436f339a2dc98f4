/* What the views of the registry share: reading one setting, adding an oddity, taking text. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_WINDOWS_VIEW_H
#define AK_WINDOWS_VIEW_H

#include "base/upcase.h"
#include "observe/host.h"
#include "windows/registry.h"

#define AK_KEY_CONTROL "HKLM\\SYSTEM\\CurrentControlSet\\Control"
#define AK_KEY_SCHANNEL AK_KEY_CONTROL "\\SecurityProviders\\SCHANNEL"
#define AK_KEY_SOFTWARE "HKLM\\SOFTWARE"

/* One host while it is read. */
struct ak_viewing {
    const struct ak_registry *registry; /* NULL: a system as it is installed */
    struct ak_host *host;
    bool failed; /* out of memory: what is missing is not there by chance */
};

/* NULL where the registry is. */
const struct ak_registry_key *ak_view_key(const struct ak_viewing *view, const char *path);
struct ak_setting ak_view_setting(const struct ak_registry_key *key, const char *name);
/* The setting is a number and it is not zero / it is zero. */
bool ak_setting_on(const struct ak_setting *setting);
bool ak_setting_off(const struct ak_setting *setting);
/* Copies the text of a value, cut at `room`; "" when there is none. */
void ak_view_text(const struct ak_registry_key *key, const char *name, char *out, size_t room);
/* Notes something odd about a value (or the whole key: name ""). */
void ak_view_oddity(struct ak_viewing *view, enum ak_oddity kind, const struct ak_registry_key *key,
                    const char *name, const char *meant);

/* The views, in the order in which each builds on the one before. */
void ak_view_system(struct ak_viewing *view);
void ak_view_network(struct ak_viewing *view);
void ak_view_schannel(struct ak_viewing *view);
void ak_view_suites(struct ak_viewing *view);
void ak_view_groups(struct ak_viewing *view);
void ak_view_dotnet(struct ak_viewing *view);
void ak_view_winhttp(struct ak_viewing *view);
void ak_view_sql(struct ak_viewing *view);
void ak_view_drivers(struct ak_viewing *view);
void ak_view_agents(struct ak_viewing *view);
void ak_view_oddities(struct ak_viewing *view);

#endif
