/* IP addresses as text. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_OS_ADDRESS_H
#define AK_OS_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

/* "192.0.2.1" or "2001:db8::1" (no zone, no port, no name): version 4 or 6. */
bool ak_address_parse(const char *text, uint8_t *version, uint8_t address[16]);

#endif
