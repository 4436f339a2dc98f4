/* Fuzzes ak_spnego_parse. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/spnego.h"

#include "fuzz_target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ak_span in = {data, size};
    struct ak_spnego spnego;
    struct ak_parse parse;
    if (size > FUZZ_MAX_INPUT)
        return 0;
    enum ak_verdict verdict = ak_spnego_parse(in, &spnego, &parse);
    FUZZ_CHECK(parse.verdict == verdict && parse.offset <= size);
    FUZZ_CHECK(verdict != AK_VERDICT_PARSED || (spnego.structure != 0 && spnego.structure <= size));
    return 0;
}
