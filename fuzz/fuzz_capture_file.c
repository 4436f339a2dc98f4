/* Fuzzes ak_capture_sniff and ak_capture_file_next: a whole file of any capture format.
 * Promises: frames lie in the window (but for formats that keep them), MORE asks for more than
 * there is, and the frames do not depend on how the file was cut into windows. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/capture_file.h"

#include <string.h>

#include "fuzz_target.h"

struct summary {
    uint64_t frames, bad_blocks, offset;
    uint64_t hash;
    enum ak_capture_step end;
};

static void mix(struct summary *sum, uint64_t value)
{
    sum->hash = (sum->hash ^ value) * UINT64_C(0x9fb21c651e98df25);
}

static void note(struct summary *sum, const struct ak_frame *frame)
{
    sum->frames++;
    mix(sum, frame->size);
    mix(sum, frame->wire_size);
    mix(sum, (uint64_t)frame->time);
    mix(sum, frame->link_type);
    for (uint32_t i = 0; i < frame->size; i++)
        mix(sum, frame->bytes[i]);
}

/* step 0: the whole rest of the file each time; else exactly sized copies of that size or more. */
static struct summary read_all(const uint8_t *data, size_t size, size_t step)
{
    struct ak_capture_file file;
    struct ak_error error;
    struct summary sum = {0};
    size_t at = 0, shown = step;
    ak_capture_file_init(&file);
    for (;;) {
        struct ak_frame frame;
        size_t used, need, n = size - at;
        uint8_t *copy = NULL;
        const uint8_t *window = data + at;
        if (step != 0) {
            n = shown < n && !file.at_end ? shown : n;
            copy = malloc(n ? n : 1);
            FUZZ_CHECK(copy != NULL);
            memcpy(copy, window, n);
            window = copy;
        }
        enum ak_capture_step got =
            ak_capture_file_next(&file, window, n, &used, &need, &frame, &error);
        FUZZ_CHECK(used <= n);
        if (got == AK_CAPTURE_FRAME) {
            struct ak_span bytes = {frame.bytes, frame.size};
            bool keeps = file.format == AK_CAPTURE_ETL || file.format == AK_CAPTURE_NETMON;
            FUZZ_CHECK(keeps || fuzz_inside(window, n, bytes));
            note(&sum, &frame);
        }
        free(copy);
        at += used;
        shown = step;
        if (got == AK_CAPTURE_FRAME || got == AK_CAPTURE_OTHER)
            continue;
        FUZZ_CHECK(used == 0);
        sum.end = got;
        if (got == AK_CAPTURE_MORE) {
            FUZZ_CHECK(need > n);
            shown = need;
            if (at + n < size || ak_capture_file_end(&file))
                continue;
        }
        break;
    }
    sum.bad_blocks = file.bad_blocks;
    sum.offset = file.offset;
    ak_capture_file_release(&file);
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > FUZZ_MAX_INPUT)
        return 0;
    (void)ak_capture_sniff(data, size);
    struct summary whole = read_all(data, size, 0);
    struct summary parts = read_all(data, size, 1 + size % 251);
    FUZZ_CHECK(whole.frames == parts.frames && whole.hash == parts.hash);
    FUZZ_CHECK(whole.end == parts.end && whole.offset == parts.offset);
    FUZZ_CHECK(whole.bad_blocks == parts.bad_blocks);
    return 0;
}
