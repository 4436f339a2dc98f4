/* A whole capture in memory through every layer: reader, trace, diagnosis, reports. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_TESTS_PIPELINE_H
#define AK_TESTS_PIPELINE_H

#include <stddef.h>
#include <stdint.h>

struct ak_pipeline_result {
    uint64_t conversations, findings, output_bytes;
};

/* Feeds bytes[0..size) in windows of at most `window` bytes (0: all at once). Nothing that the
 * bytes contain may make it fail; running out of memory is survived and said. */
struct ak_pipeline_result ak_pipeline_run(const uint8_t *bytes, size_t size, size_t window);

#endif
