/* Fuzzes event traces: byte 0 says in which windows the rest, a whole file, is read. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/etl.h"

#include "fuzz_capture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_capture(AK_CAPTURE_ETL, data, size);
}
