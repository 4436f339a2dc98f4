/* Fuzzes ak_client_hello_parse (the body) and ak_ssl2_client_hello_parse (the record). */
/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/tls.h"

#include "fuzz_target.h"

static void check(struct ak_span in, const struct ak_client_hello *h, const struct ak_parse *parse,
                  enum ak_verdict verdict)
{
    const struct ak_span spans[] = {{h->random, h->random != NULL ? 32 : 0},
                                    h->session_id,
                                    h->cipher_suites,
                                    h->compression,
                                    h->extensions,
                                    h->server_name,
                                    h->groups,
                                    h->point_formats,
                                    h->signature_algorithms,
                                    h->signature_algorithms_cert,
                                    h->supported_versions,
                                    h->alpn,
                                    h->key_shares};
    for (size_t i = 0; i < sizeof spans / sizeof spans[0]; i++)
        FUZZ_CHECK(fuzz_inside(in.bytes, in.size, spans[i]));
    FUZZ_CHECK(parse->verdict == verdict && parse->offset <= in.size);
    FUZZ_CHECK(verdict == AK_VERDICT_PARSED || parse->field != NULL);
    FUZZ_CHECK(h->groups.size % 2 == 0 && h->signature_algorithms.size % 2 == 0);
    FUZZ_CHECK(h->supported_versions.size % 2 == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > FUZZ_MAX_INPUT)
        return 0;
    struct ak_span in = {data, size};
    struct ak_client_hello hello;
    struct ak_parse parse;
    enum ak_verdict verdict = ak_client_hello_parse(in, &hello, &parse);
    check(in, &hello, &parse, verdict);
    FUZZ_CHECK(verdict != AK_VERDICT_PARSED || hello.random != NULL);
    verdict = ak_ssl2_client_hello_parse(in, &hello, &parse);
    check(in, &hello, &parse, verdict);
    FUZZ_CHECK(hello.ssl2_format && hello.random == NULL);
    return 0;
}
