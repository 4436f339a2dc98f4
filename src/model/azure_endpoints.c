/* SPDX-License-Identifier: Apache-2.0 */
#include "model/azure_endpoints.h"

#include <string.h>

#include "model/model_tables.h"

#include "base/banned.h"

const struct ak_azure_endpoint *ak_azure_endpoint_at(size_t index)
{
    return index < ak_azure_endpoint_row_count ? &ak_azure_endpoint_rows[index] : NULL;
}

bool ak_azure_endpoint_host(const struct ak_azure_endpoint *endpoint, const char *region,
                            const char *workspace, char *out, size_t room)
{
    static const char region_mark[] = "{region}", workspace_mark[] = "{workspace}";
    const char *at = endpoint->host;
    size_t size = 0;
    while (*at != '\0') {
        const char *word = NULL;
        size_t skip = 1;
        bool of_region = strncmp(at, region_mark, sizeof region_mark - 1) == 0;
        bool of_workspace = strncmp(at, workspace_mark, sizeof workspace_mark - 1) == 0;
        if (of_region || of_workspace) {
            word = of_region ? region : workspace;
            skip = of_region ? sizeof region_mark - 1 : sizeof workspace_mark - 1;
            if (word == NULL)
                return false;
        }
        size_t part = word != NULL ? strlen(word) : 1;
        if (part >= room - size)
            return false;
        memcpy(out + size, word != NULL ? word : at, part);
        size += part;
        at += skip;
    }
    out[size] = '\0';
    return true;
}
