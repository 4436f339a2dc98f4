/* SPDX-License-Identifier: Apache-2.0 */
#include "model/service_tls.h"

#include <string.h>

#include "model/model_tables.h"

#include "base/banned.h"

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool same(const char *a, const char *b)
{
    while (*a != '\0' && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return *a == *b;
}

static bool fits(const char *pattern, const char *host)
{
    if (pattern[0] != '*')
        return same(host, pattern);
    size_t tail = strlen(pattern) - 1, size = strlen(host);
    return size > tail && same(host + (size - tail), pattern + 1);
}

const struct ak_service_tls *ak_service_tls_find(const char *host)
{
    for (size_t i = 0; i < ak_service_tls_row_count; i++)
        if (fits(ak_service_tls_rows[i].pattern, host))
            return &ak_service_tls_rows[i];
    return NULL;
}
