/* Whole captures through everything: ak_capture_file_next, ak_trace_frame and what lies under it
 * (links, IP, fragments, TCP, streams, dialogues, TLS and TDS sessions), rules and reports. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz_target.h"

#include "support/pipeline.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > FUZZ_MAX_INPUT)
        return 0;
    struct ak_pipeline_result whole = ak_pipeline_run(data, size, 0);
    if (size < 2048) {
        struct ak_pipeline_result small = ak_pipeline_run(data, size, 7);
        FUZZ_CHECK(whole.conversations == small.conversations);
        FUZZ_CHECK(whole.output_bytes == small.output_bytes);
    }
    return 0;
}
