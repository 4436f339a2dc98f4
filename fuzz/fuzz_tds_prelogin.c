/* Fuzzes ak_tds_packet_parse, ak_smp_parse (the first bytes) and ak_prelogin_parse (the body). */
/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/tds.h"

#include "base/limits.h"
#include "fuzz_target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > FUZZ_MAX_INPUT)
        return 0;
    struct ak_tds_packet packet;
    struct ak_smp smp;
    if (size >= AK_TDS_HEADER && ak_tds_packet_parse(data, &packet))
        FUZZ_CHECK(packet.length >= AK_TDS_HEADER && packet.length <= AK_MAX_TDS_PACKET);
    if (size >= AK_SMP_HEADER && ak_smp_parse(data, &smp))
        FUZZ_CHECK(smp.length >= AK_SMP_HEADER);

    struct ak_span in = {data, size};
    struct ak_prelogin prelogin;
    struct ak_parse parse;
    enum ak_verdict verdict = ak_prelogin_parse(in, &prelogin, &parse);
    FUZZ_CHECK(parse.verdict == verdict && parse.offset <= size);
    FUZZ_CHECK(prelogin.options <= size / 5 && prelogin.unknown_options <= prelogin.options);
    FUZZ_CHECK(fuzz_inside(data, size, prelogin.instance));
    FUZZ_CHECK(fuzz_inside(data, size, prelogin.trace_id));
    FUZZ_CHECK(!prelogin.has_trace_id || prelogin.trace_id.size >= 16);
    return 0;
}
