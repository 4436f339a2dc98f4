// SPDX-License-Identifier: Apache-2.0
#include "model/log_events.h"

#include <string.h>

#include "model/log_tables.h"

#include "base/banned.h"

const char *ak_log_provider_name(enum ak_log_provider provider)
{
    static const char *const names[AK_LOG_PROVIDERS] = {"MSSQLSERVER", "SQLSERVERAGENT", "Schannel",
                                                        "Service Control Manager",
                                                        "Health Service Modules"};
    return names[provider];
}

const char *ak_log_weight_name(enum ak_log_weight weight)
{
    static const char *const names[AK_LOG_WEIGHTS] = {"fact", "note", "fault"};
    return names[weight];
}

static bool named_instance(const char *name, const char *prefix, const char **instance)
{
    size_t n = strlen(prefix);
    if (strncmp(name, prefix, n) != 0)
        return false;
    *instance = name + n;
    return true;
}

bool ak_log_provider_find(const char *name, enum ak_log_provider *provider, const char **instance)
{
    *instance = "";
    for (int i = 0; i < AK_LOG_PROVIDERS; i++)
        if (strcmp(name, ak_log_provider_name((enum ak_log_provider)i)) == 0) {
            *provider = (enum ak_log_provider)i;
            return true;
        }
    *provider = AK_LOG_SQL_SERVER;
    if (named_instance(name, "MSSQL$", instance))
        return true;
    *provider = AK_LOG_SQL_AGENT;
    return named_instance(name, "SQLAgent$", instance);
}

const struct ak_log_event *ak_log_event_find(enum ak_log_provider provider, uint32_t number)
{
    size_t from = 0, to = ak_log_event_count;
    while (from < to) {
        size_t middle = (from + to) / 2;
        const struct ak_log_event *e = &ak_log_event_rows[middle];
        if (e->provider == provider && e->number == number)
            return e;
        if (e->provider < provider || (e->provider == provider && e->number < number))
            from = middle + 1;
        else
            to = middle;
    }
    return NULL;
}

const struct ak_log_text *ak_log_text_at(size_t index)
{
    return index < ak_log_text_count ? &ak_log_text_rows[index] : NULL;
}
