/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/fix_rows.h"

#include <string.h>

#include "remedy/fix_tables.h"

#include "base/banned.h"

const char *ak_fix_restart_name(enum ak_fix_restart restart)
{
    static const char *const names[] = {"none", "service", "host"};
    return names[restart];
}

const struct ak_fix_about *ak_fix_about_find(const char *id)
{
    for (size_t i = 0; i < ak_fix_about_count; i++)
        if (strcmp(ak_fix_abouts[i].id, id) == 0)
            return &ak_fix_abouts[i];
    return NULL;
}

const struct ak_fix_about *ak_fix_about_at(size_t index)
{
    return index < ak_fix_about_count ? &ak_fix_abouts[index] : NULL;
}
