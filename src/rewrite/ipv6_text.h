/* IPv6 addresses in texts: found, and written again in the place of the old one. RFC 4291 2.2. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REWRITE_IPV6_TEXT_H
#define AK_REWRITE_IPV6_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* Characters of an address at the beginning of the text, or 0; it may not go on with a letter,
 * digit or colon. An embedded IPv4 address may be in dotted form. */
size_t ak_ipv6_text_read(const uint32_t *text, size_t size, uint8_t address[16]);
/* Writes another address over the one that was read. Every group of it must have as many digits as
 * the old one's, zeros in front not counted, and so must the octets of a dotted end. */
void ak_ipv6_text_put(uint32_t *text, size_t size, const uint8_t address[16]);

#endif
