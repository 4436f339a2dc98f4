/* Fuzzes ak_ntlm_parse. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/ntlmssp.h"

#include "fuzz_target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ak_span in = {data, size};
    struct ak_ntlm ntlm;
    struct ak_parse parse;
    if (size > FUZZ_MAX_INPUT)
        return 0;
    enum ak_verdict verdict = ak_ntlm_parse(in, &ntlm, &parse);
    FUZZ_CHECK(parse.verdict == verdict && parse.offset <= size);
    FUZZ_CHECK(fuzz_inside(data, size, ntlm.domain) && fuzz_inside(data, size, ntlm.user));
    FUZZ_CHECK(fuzz_inside(data, size, ntlm.workstation));
    FUZZ_CHECK(fuzz_inside(data, size, ntlm.dns_computer));
    return 0;
}
