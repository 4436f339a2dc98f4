/* SPDX-License-Identifier: Apache-2.0 */
#include "observe/host.h"

#include <string.h>

#include "base/alloc.h"
#include "base/attr.h"

#include "base/banned.h"

/* The ids of enums are part of the output: they are never translated. */
const char *ak_why_name(enum ak_why why)
{
    static const char *const names[] = {
        "os_default",    "not_supported", "registry",   "policy",  "fips",
        "algorithm_off", "incomplete",    "on_request", "unknown",
    };
    return names[why];
}

const char *ak_protocol_state_name(enum ak_protocol_state state)
{
    static const char *const names[] = {"off", "on_request", "on", "unknown"};
    return names[state];
}

const char *ak_list_origin_name(enum ak_list_origin origin)
{
    static const char *const names[] = {"unknown", "os_default", "local", "policy"};
    return names[origin];
}

const char *ak_dotnet_target_name(enum ak_dotnet_target target)
{
    static const char *const names[] = {"2.0-3.5", "4.0-4.5.2", "4.6-4.6.2", "4.7-4.7.2", "4.8"};
    return names[target];
}

const char *ak_oddity_name(enum ak_oddity oddity)
{
    static const char *const names[] = {
        "misspelt_key", "misspelt_value", "wrong_level",   "dead_key",      "unnamed_value",
        "enabled_one",  "wrong_type",     "unknown_suite", "list_too_long", "other_control_set",
    };
    return names[oddity];
}

void ak_host_release(struct ak_host *host)
{
    for (size_t i = 0; i < host->oddity_count; i++) {
        ak_free(host->oddities[i].path);
        ak_free(host->oddities[i].value);
        ak_free(host->oddities[i].meant);
    }
    for (size_t i = 0; i < host->suite_count; i++)
        ak_free(host->suites[i].own_name);
    ak_free(host->suites);
    ak_free(host->groups);
    ak_free(host->local_schemes);
    ak_free(host->instances);
    ak_free(host->drivers);
    memset(host, 0, sizeof *host);
}
