/* SPDX-License-Identifier: Apache-2.0 */
#include "observe/event.h"

#include <string.h>

#include "base/banned.h"

const char *ak_login_part_name(enum ak_login_part part)
{
    static const char *const names[AK_LOGIN_PARTS] = {
        "total",        "enqueued",      "network_writes", "network_reads",
        "ssl",          "ssl_reads",     "ssl_writes",     "ssl_calls",
        "ssl_enqueued", "sspi",          "sspi_reads",     "sspi_writes",
        "sspi_calls",   "sspi_enqueued", "validating",     "user_code"};
    return names[part];
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool same_text(const char *a, const char *b)
{
    while (*a != '\0' && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return lower(*a) == lower(*b);
}

bool ak_event_same_host(const char *a, const char *b)
{
    while (*a != '\0' && *a != '.' && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    if (*a == '.' && *b == '.')
        return same_text(a, b);
    return (*a == '\0' || *a == '.') && (*b == '\0' || *b == '.');
}

bool ak_event_same_origin(const struct ak_event *a, const struct ak_event *b)
{
    if (a->host[0] == '\0' || b->host[0] == '\0') /* unknown: one only if it is one log */
        return a->host[0] == b->host[0] && strcmp(a->file, b->file) == 0 &&
               same_text(a->instance, b->instance);
    return ak_event_same_host(a->host, b->host) && same_text(a->instance, b->instance);
}

bool ak_event_same_kind(const struct ak_event *a, const struct ak_event *b)
{
    return a->provider == b->provider && a->code == b->code && a->has_state == b->has_state &&
           a->state == b->state && a->has_status == b->has_status && a->status == b->status &&
           a->detail == b->detail && a->has_alert == b->has_alert && a->alert == b->alert &&
           a->role == b->role && a->version == b->version && a->cipher_suite == b->cipher_suite &&
           a->port == b->port && ak_event_same_origin(a, b) &&
           strcmp(a->thumbprint, b->thumbprint) == 0;
}
