/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/filter_options.h"

#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "base/moment.h"
#include "cli/message.h"
#include "os/address.h"

#include "base/banned.h"

/* A decimal number of at most `most`; -1 for anything else. */
static long small_number(const char *text, long most)
{
    char *end;
    if (text[0] < '0' || text[0] > '9' || strlen(text) > 5)
        return -1;
    long value = strtol(text, &end, 10);
    return *end == '\0' && value <= most ? value : -1;
}

static bool take_time(const char *value, int64_t *time)
{
    if (ak_moment_parse(value, time))
        return true;
    ak_complain("'%s' is not a time: 2026-11-22, 2026-11-22T10:15:03 (UTC) or "
                "2026-11-22T10:15:03+09:00 is needed",
                value);
    return false;
}

static bool take_since(const char *value, struct ak_filter *filter)
{
    return take_time(value, &filter->since);
}

static bool take_until(const char *value, struct ak_filter *filter)
{
    return take_time(value, &filter->until);
}

static bool has_room(size_t count, const char *what)
{
    if (count < AK_FILTER_ENTRIES)
        return true;
    ak_complain("--%s: more than %d of them", what, (int)AK_FILTER_ENTRIES);
    return false;
}

static bool take_host(const char *value, struct ak_filter *filter)
{
    char address[64];
    const char *slash = strchr(value, '/');
    size_t size = slash != NULL ? (size_t)(slash - value) : strlen(value);
    if (!has_room(filter->hosts, "host"))
        return false;
    struct ak_filter_host *host = &filter->host[filter->hosts];
    if (size < sizeof address) {
        memcpy(address, value, size);
        address[size] = '\0';
        if (ak_address_parse(address, &host->version, host->address)) {
            long most = host->version == 4 ? 32 : 128;
            long bits = slash != NULL ? small_number(slash + 1, most) : most;
            host->bits = (uint8_t)bits;
            if (bits >= 0) {
                filter->hosts++;
                return true;
            }
        }
    }
    ak_complain("--host: '%s' is not an address or a network such as 192.0.2.0/24 (names are not "
                "looked up)",
                value);
    return false;
}

static bool take_port(const char *value, struct ak_filter *filter)
{
    long port = small_number(value, 65535);
    if (!has_room(filter->ports, "port"))
        return false;
    if (port < 1) {
        ak_complain("--port: '%s' is not a port from 1 to 65535", value);
        return false;
    }
    filter->port[filter->ports++] = (uint16_t)port;
    return true;
}

enum ak_filter_answer ak_filter_option(const char *name, const char *value,
                                       struct ak_filter *filter)
{
    static const struct {
        const char *name;
        bool (*take)(const char *value, struct ak_filter *filter);
    } table[] = {
        {"since", take_since}, {"until", take_until}, {"host", take_host}, {"port", take_port}};
    for (size_t i = 0; i < AK_COUNT(table); i++)
        if (strcmp(table[i].name, name) == 0)
            return table[i].take(value, filter) ? AK_FILTER_TAKEN : AK_FILTER_WRONG;
    return AK_FILTER_OTHER;
}
