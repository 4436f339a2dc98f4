/* Fuzzes Network Monitor files: byte 0 says in which windows the rest, a whole file, is read. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/netmon.h"

#include "fuzz_capture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_capture(AK_CAPTURE_NETMON, data, size);
}
