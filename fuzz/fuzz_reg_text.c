/* Fuzzes registry exports: ak_reg_text_read, and ak_registry_load_text over what was there. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/reg_text.h"

#include "codec/reg_query.h"

#include "fuzz_registry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ak_span text = {data, size};
    if (size <= FUZZ_MAX_INPUT && !ak_reg_query_is(text)) /* those are fuzz_reg_query's */
        fuzz_registry_text(text, ak_reg_text_read);
    return 0;
}
