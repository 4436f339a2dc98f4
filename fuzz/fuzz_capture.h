/* Reads an input as a capture file of a given format, twice: at once and in small windows.
 *
 * Promises: a frame's bytes can be read, MORE asks for more than there is, processes have names,
 * and neither frames nor notes depend on how the file was cut into windows.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_FUZZ_CAPTURE_H
#define AK_FUZZ_CAPTURE_H

#include <string.h>

#include "codec/foreign.h"

#include "fuzz_target.h"

struct fuzz_seen {
    uint64_t frames, hash, bad_blocks;
    struct ak_capture_notes notes;
    enum ak_capture_step end;
};

static inline void fuzz_capture_frame(struct fuzz_seen *seen, const struct ak_frame *frame)
{
    const uint64_t words[] = {frame->size, frame->wire_size, (uint64_t)frame->time,
                              frame->link_type};
    seen->frames++;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        seen->hash = (seen->hash ^ words[i]) * UINT64_C(0x9fb21c651e98df25);
    for (uint32_t i = 0; i < frame->size; i++)
        seen->hash = (seen->hash ^ frame->bytes[i]) * UINT64_C(0x9fb21c651e98df25);
}

static inline struct fuzz_seen fuzz_capture_read(enum ak_capture_format format, const uint8_t *data,
                                                 size_t size, size_t step)
{
    struct ak_capture_file file;
    struct ak_error error;
    struct fuzz_seen seen;
    size_t at = 0, shown = step;
    memset(&seen, 0, sizeof seen);
    ak_capture_file_init(&file);
    file.format = format;
    file.foreign = ak_foreign_new(format);
    FUZZ_CHECK(file.foreign != NULL);
    for (;;) {
        struct ak_frame frame;
        size_t used, need, left = size - at, n = shown < left && !file.at_end ? shown : left;
        uint8_t *window = malloc(n ? n : 1);
        FUZZ_CHECK(window != NULL);
        memcpy(window, data + at, n);
        seen.end = ak_capture_file_next(&file, window, n, &used, &need, &frame, &error);
        FUZZ_CHECK(used <= n);
        if (seen.end == AK_CAPTURE_FRAME)
            fuzz_capture_frame(&seen, &frame);
        free(window);
        at += used;
        shown = step;
        if (seen.end == AK_CAPTURE_FRAME || seen.end == AK_CAPTURE_OTHER)
            continue;
        FUZZ_CHECK(used == 0);
        if (seen.end == AK_CAPTURE_BAD)
            break;
        FUZZ_CHECK(need > n);
        shown = need;
        if (at + n == size && !ak_capture_file_end(&file))
            break;
    }
    for (size_t i = 0; i < file.process_count; i++)
        FUZZ_CHECK(file.processes[i].path != NULL);
    seen.notes = file.notes;
    seen.bad_blocks = file.bad_blocks;
    ak_capture_file_release(&file);
    return seen;
}

static inline int fuzz_capture(enum ak_capture_format format, const uint8_t *data, size_t size)
{
    if (size < 1 || size > FUZZ_MAX_INPUT)
        return 0;
    struct fuzz_seen whole = fuzz_capture_read(format, data + 1, size - 1, SIZE_MAX);
    struct fuzz_seen parts = fuzz_capture_read(format, data + 1, size - 1, 1 + (size_t)data[0] * 5);
    FUZZ_CHECK(whole.frames == parts.frames && whole.hash == parts.hash);
    FUZZ_CHECK(whole.bad_blocks == parts.bad_blocks && whole.end == parts.end);
    FUZZ_CHECK(memcmp(&whole.notes, &parts.notes, sizeof whole.notes) == 0);
    (void)ak_foreign_sniff(data + 1, size - 1);
    return 0;
}

#endif
