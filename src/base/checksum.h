/* The Internet checksum's sum (RFC 1071): of IP headers, and of TCP behind its pseudo header. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_BASE_CHECKSUM_H
#define AK_BASE_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* The ones' complement sum of big-endian words, an odd last byte padded with zero; `sum` carries on
 * from what came before and may be any number. At most 0xffff: what a header holds is its
 * complement, and the sum over bytes with their checksum is 0xffff. */
uint32_t ak_checksum_add(uint32_t sum, const uint8_t *bytes, size_t size);

#endif
