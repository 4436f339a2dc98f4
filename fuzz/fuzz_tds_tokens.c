/* Fuzzes ak_tds_token_parse: a whole response (type 04) without packet headers. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/tds.h"

#include "fuzz_target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > FUZZ_MAX_INPUT)
        return 0;
    struct ak_parse parse;
    struct ak_reader r = ak_reader_of(data, size, &parse);
    while (r.left != 0) {
        struct ak_tds_token token;
        size_t before = r.left;
        enum ak_verdict verdict = ak_tds_token_parse(&r, &token);
        FUZZ_CHECK(r.left < before); /* a caller's loop ends */
        FUZZ_CHECK(verdict == AK_VERDICT_PARSED || r.left == 0);
        FUZZ_CHECK(fuzz_inside(data, size, token.message));
        FUZZ_CHECK(fuzz_inside(data, size, token.server));
        FUZZ_CHECK(token.packet_size < 1000000);
    }
    return 0;
}
