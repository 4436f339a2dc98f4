/* Fuzzes ak_server_hello_parse (the body). */
/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/tls.h"

#include "fuzz_target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > FUZZ_MAX_INPUT)
        return 0;
    struct ak_span in = {data, size};
    struct ak_server_hello hello;
    struct ak_parse parse;
    enum ak_verdict verdict = ak_server_hello_parse(in, &hello, &parse);
    struct ak_span random = {hello.random, hello.random != NULL ? 32 : 0};
    FUZZ_CHECK(parse.verdict == verdict && parse.offset <= size);
    FUZZ_CHECK(fuzz_inside(data, size, random));
    FUZZ_CHECK(fuzz_inside(data, size, hello.session_id));
    FUZZ_CHECK(fuzz_inside(data, size, hello.extensions));
    FUZZ_CHECK(fuzz_inside(data, size, hello.alpn));
    FUZZ_CHECK(verdict != AK_VERDICT_PARSED || hello.random != NULL);
    return 0;
}
