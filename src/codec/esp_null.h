/* An ESP packet whose encryption is NULL (RFC 4303, RFC 2410), which nothing in the packet says: it
 * is believed when padding, next header and the checksum of what is inside all agree.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CODEC_ESP_NULL_H
#define AK_CODEC_ESP_NULL_H

#include "codec/packet.h"

/* The payload of an IP packet of protocol 50, whole. True: `inner` is what it protects, and
 * `next` its protocol: 4, 41 or 6. `outer` gives the addresses for TCP's checksum. */
bool ak_esp_null(const struct ak_ip_packet *outer, struct ak_span *inner, uint8_t *next);

#endif
