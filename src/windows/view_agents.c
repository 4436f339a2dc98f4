/* SPDX-License-Identifier: Apache-2.0 */
/* Agents of Azure that are installed, and Windows PowerShell, which some of them need. */
#include "windows/view.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define SERVICES "HKLM\\SYSTEM\\CurrentControlSet\\Services\\"

static bool begins(const char *name, const char *start, size_t size)
{
    char head[128];
    if (size >= sizeof head || strlen(name) < size)
        return false;
    memcpy(head, name, size);
    head[size] = '\0';
    char wanted[128];
    memcpy(wanted, start, size);
    wanted[size] = '\0';
    return ak_same_name(head, wanted);
}

/* Is the key there, or one below its parent that begins like it ("...\\name*")? */
static bool has_key(const struct ak_viewing *view, const char *path)
{
    size_t size = strlen(path);
    const char *last = strrchr(path, '\\');
    char parent[160];
    if (size == 0 || last == NULL)
        return false;
    if (path[size - 1] != '*')
        return ak_view_key(view, path) != NULL;
    (void)snprintf(parent, sizeof parent, "%.*s", (int)(last - path), path);
    const struct ak_registry_key *key = ak_view_key(view, parent);
    for (size_t i = 0; i < ak_registry_key_count(key); i++)
        if (begins(ak_registry_key_name(ak_registry_key_at(key, i)), last + 1,
                   (size_t)(path + size - 1 - (last + 1))))
            return true;
    return false;
}

void ak_view_agents(struct ak_viewing *view)
{
    struct ak_host *host = view->host;
    const struct ak_agent *agent;
    for (size_t i = 0; (agent = ak_agent_at(i)) != NULL && host->agent_count < AK_AGENTS; i++) {
        char path[192];
        (void)snprintf(path, sizeof path, SERVICES "%s", agent->service);
        const struct ak_registry_key *service =
            agent->service[0] != '\0' ? ak_view_key(view, path) : NULL;
        if (service == NULL && !has_key(view, agent->key))
            continue;
        struct ak_host_agent *a = &host->agents[host->agent_count++];
        a->agent = agent;
        a->by_service = service != NULL;
        a->start = ak_view_setting(service, "Start");
    }
    /* 3 holds what is installed since Windows PowerShell 3.0, 1 what was there before. */
    static const char *const engines[] = {
        AK_KEY_SOFTWARE "\\Microsoft\\PowerShell\\3\\PowerShellEngine",
        AK_KEY_SOFTWARE "\\Microsoft\\PowerShell\\1\\PowerShellEngine"};
    for (size_t i = 0; i < 2 && host->powershell[0] == '\0'; i++)
        ak_view_text(ak_view_key(view, engines[i]), "PowerShellVersion", host->powershell,
                     sizeof host->powershell);
}
