/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "os/address.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/banned.h"

bool ak_address_parse(const char *text, uint8_t *version, uint8_t address[16])
{
    memset(address, 0, 16);
    if (inet_pton(AF_INET, text, address) == 1) {
        *version = 4;
        return true;
    }
    *version = 6;
    return inet_pton(AF_INET6, text, address) == 1;
}
