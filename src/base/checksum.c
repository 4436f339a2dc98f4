/* SPDX-License-Identifier: Apache-2.0 */
#include "base/checksum.h"

#include "base/banned.h"

uint32_t ak_checksum_add(uint32_t sum, const uint8_t *bytes, size_t size)
{
    uint64_t wide = sum;
    for (; size >= 2; bytes += 2, size -= 2)
        wide += (uint32_t)bytes[0] << 8 | bytes[1];
    if (size != 0)
        wide += (uint32_t)bytes[0] << 8;
    while (wide >> 16 != 0)
        wide = (wide & 0xffff) + (wide >> 16);
    return (uint32_t)wide;
}
