/* Reassembly of fragmented IP datagrams (RFC 791 3.2, RFC 8200 4.5), bounded in number and size. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_TRACE_FRAGMENTS_H
#define AK_TRACE_FRAGMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "codec/packet.h"

struct ak_fragments;

struct ak_fragments *ak_fragments_new(void);
void ak_fragments_free(struct ak_fragments *fragments);

/* Takes one fragment. True when it completed its datagram: `packet` then describes the whole one,
 * whose payload is borrowed until the next call. The oldest datagram gives way when too many are
 * open; `*dropped` counts those. */
bool ak_fragments_add(struct ak_fragments *fragments, struct ak_ip_packet *packet,
                      uint64_t *dropped);

#endif
