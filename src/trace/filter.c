/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/filter.h"

#include <string.h>

#include "base/banned.h"

void ak_filter_init(struct ak_filter *filter)
{
    memset(filter, 0, sizeof *filter);
    filter->since = INT64_MIN;
    filter->until = INT64_MAX;
}

bool ak_filter_time(const struct ak_filter *filter, int64_t time)
{
    return time >= filter->since && time <= filter->until;
}

static bool is_host(const struct ak_filter_host *host, uint8_t version, const uint8_t *address)
{
    size_t whole = host->bits / 8;
    unsigned rest = host->bits % 8;
    if (host->version != version || memcmp(host->address, address, whole) != 0)
        return false;
    return rest == 0 || ((host->address[whole] ^ address[whole]) >> (8 - rest)) == 0;
}

static bool any_host(const struct ak_filter *filter, const struct ak_ip_packet *ip)
{
    for (size_t i = 0; i < filter->hosts; i++)
        if (is_host(&filter->host[i], ip->version, ip->source) ||
            is_host(&filter->host[i], ip->version, ip->destination))
            return true;
    return filter->hosts == 0;
}

bool ak_filter_packet(const struct ak_filter *filter, const struct ak_ip_packet *ip,
                      uint16_t source_port, uint16_t destination_port)
{
    bool port = filter->ports == 0;
    for (size_t i = 0; i < filter->ports && !port; i++)
        port = filter->port[i] == source_port || filter->port[i] == destination_port;
    return port && any_host(filter, ip);
}
