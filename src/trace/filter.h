/* Which frames count: a span of time, hosts, ports. Applied while headers are read. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_TRACE_FILTER_H
#define AK_TRACE_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/packet.h"

enum { AK_FILTER_ENTRIES = 64 };

struct ak_filter_host {
    uint8_t version; /* 4 or 6 */
    uint8_t bits;    /* of the address that count */
    uint8_t address[16];
};

/* All zero but `until`: everything counts (see _init). */
struct ak_filter {
    int64_t since, until; /* nanoseconds since 1970; both inclusive */
    struct ak_filter_host host[AK_FILTER_ENTRIES];
    uint16_t port[AK_FILTER_ENTRIES];
    size_t hosts, ports; /* 0: any */
};

void ak_filter_init(struct ak_filter *filter);
bool ak_filter_time(const struct ak_filter *filter, int64_t time);
/* One end is a wanted host (if any is named), and one end has a wanted port (if any is named). */
bool ak_filter_packet(const struct ak_filter *filter, const struct ak_ip_packet *ip,
                      uint16_t source_port, uint16_t destination_port);

#endif
