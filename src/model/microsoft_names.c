/* SPDX-License-Identifier: Apache-2.0 */
#include "model/microsoft_names.h"

#include <string.h>

#include "model/model_tables.h"

#include "base/banned.h"

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool ends_with(const char *name, size_t size, const char *suffix)
{
    size_t n = strlen(suffix);
    if (n > size || (n < size && name[size - n - 1] != '.'))
        return false;
    for (size_t i = 0; i < n; i++)
        if (lower(name[size - n + i]) != suffix[i])
            return false;
    return true;
}

size_t ak_microsoft_host_part(const char *name)
{
    size_t size = strlen(name), dot = size != 0 && name[size - 1] == '.', most = 0;
    for (size_t i = 0; i < ak_microsoft_host_count; i++) {
        size_t n = strlen(ak_microsoft_hosts[i]);
        if (n > most && ends_with(name, size - dot, ak_microsoft_hosts[i]))
            most = n;
    }
    return most != 0 ? most + dot : 0;
}

bool ak_is_microsoft_host(const char *name)
{
    return ak_microsoft_host_part(name) != 0;
}

bool ak_is_microsoft_organisation(const char *organisation)
{
    for (size_t i = 0; i < ak_microsoft_issuer_count; i++)
        if (strcmp(organisation, ak_microsoft_issuers[i]) == 0)
            return true;
    return false;
}

/* Does the value at `at` equal the organisation up to its end? RFC 4514 2.4 escapes with "\". */
static bool same_value(const char *at, const char *organisation)
{
    for (; *at != '\0' && *at != ',' && *at != '+'; at++, organisation++) {
        if (at[0] == '\\' && at[1] != '\0')
            at++;
        if (*at != *organisation)
            return false;
    }
    return *organisation == '\0';
}

bool ak_is_microsoft_issuer(const char *dn)
{
    for (const char *at = strstr(dn, "O="); at != NULL; at = strstr(at + 2, "O=")) {
        bool begins = at == dn || at[-1] == ',' || at[-1] == '+';
        for (size_t i = 0; begins && i < ak_microsoft_issuer_count; i++)
            if (same_value(at + 2, ak_microsoft_issuers[i]))
                return true;
    }
    return false;
}
