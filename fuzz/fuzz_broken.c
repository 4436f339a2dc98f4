/* Broken on purpose: reads one byte past its input when that starts with b0 0b. A fuzzing set-up
 * that does not find this within a minute finds nothing else either. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz_target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static volatile uint8_t last;
    if (size >= 2 && data[0] == 0xb0 && data[1] == 0x0b)
        last = data[size];
    return last & 0;
}
