/* SPDX-License-Identifier: Apache-2.0 */
#include "model/profiles.h"

#include <string.h>

#include "model/profile_tables.h"

#include "base/banned.h"

static bool same(const char *a, const char *b)
{
    for (;; a++, b++) {
        char x = (char)(*a >= 'A' && *a <= 'Z' ? *a + 32 : *a);
        if (x == '_')
            x = '-';
        if (x != (*b == '_' ? '-' : *b))
            return false;
        if (x == '\0')
            return true;
    }
}

const struct ak_profile *ak_profile_at(size_t index)
{
    return index < ak_profile_row_count ? &ak_profile_rows[index] : NULL;
}

const struct ak_client_profile *ak_client_profile_find(const char *id)
{
    for (size_t i = 0; i < ak_client_profile_row_count; i++)
        if (same(id, ak_client_profile_rows[i].id))
            return &ak_client_profile_rows[i];
    return NULL;
}

/* Letters that two names begin with, and letters of the one that the other holds: enough to guess
 * what a slip of the hand meant. */
static unsigned likeness(const char *a, const char *b)
{
    unsigned first = 0, shared = 0;
    while (a[first] != '\0' && a[first] == b[first])
        first++;
    for (const char *p = a; *p != '\0'; p++)
        shared += strchr(b, *p) != NULL;
    size_t x = strlen(a), y = strlen(b);
    unsigned apart = (unsigned)(x > y ? x - y : y - x);
    return 3 * first + shared > 2 * apart ? 3 * first + shared - 2 * apart : 0;
}

const struct ak_profile *ak_profile_find(const char *alias, const char **nearest)
{
    unsigned best = (unsigned)strlen(alias);
    if (nearest != NULL)
        *nearest = NULL;
    for (size_t i = 0; i < ak_profile_row_count; i++)
        if (same(alias, ak_profile_rows[i].alias))
            return &ak_profile_rows[i];
    for (size_t i = 0; i < ak_profile_row_count; i++) {
        const struct ak_profile *p = &ak_profile_rows[i];
        bool is_system = p->kind == AK_PROFILE_WINDOWS && same(alias, p->system->id);
        if (is_system || (p->kind == AK_PROFILE_CLIENT && same(alias, p->client->id)))
            return p;
        unsigned like = likeness(alias, p->alias);
        if (nearest != NULL && like > best) {
            best = like;
            *nearest = p->alias;
        }
    }
    return NULL;
}
