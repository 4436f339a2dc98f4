/* Fuzzes ak_ssrp_request_parse, ak_ssrp_answer_parse and ak_ssrp_instance_next. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/ssrp.h"

#include "fuzz_target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ak_span in = {data, size};
    struct ak_ssrp_request request;
    struct ak_ssrp_answer answer;
    struct ak_ssrp_instance instance;
    struct ak_parse parse;
    if (size > FUZZ_MAX_INPUT)
        return 0;
    enum ak_verdict verdict = ak_ssrp_request_parse(in, &request, &parse);
    FUZZ_CHECK(parse.verdict == verdict && request.instance.size <= 32);
    FUZZ_CHECK(fuzz_inside(data, size, request.instance));
    (void)ak_ssrp_answer_parse(in, &answer, &parse);
    FUZZ_CHECK(fuzz_inside(data, size, answer.text));
    while (ak_ssrp_instance_next(&answer.text, &instance))
        FUZZ_CHECK(instance.name.size != 0 && fuzz_inside(data, size, instance.name) &&
                   fuzz_inside(data, size, instance.version) &&
                   fuzz_inside(data, size, instance.server));
    return 0;
}
