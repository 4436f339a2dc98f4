/* Reads a capture file in memory to its end, in exactly sized windows, and sums up its frames. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_TESTS_SUPPORT_CAPTURE_RUN_H
#define AK_TESTS_SUPPORT_CAPTURE_RUN_H

#include <stdio.h>
#include <stdlib.h>

#include "codec/capture_file.h"
#include "support/parser_check.h"

struct capture_run {
    uint64_t frames, bytes, hash;
    int64_t first, last;           /* times */
    uint32_t link_type, wire_size; /* of the last frame */
    enum ak_capture_step end;
    struct ak_error error;
    struct ak_capture_notes notes;
    uint64_t bad_blocks;
    int64_t until;
    size_t processes;
    struct ak_process_note process; /* the last one; without its path */
    char path[64];
};

static inline void capture_run_frame(struct capture_run *run, const struct ak_frame *frame)
{
    if (run->frames++ == 0)
        run->first = frame->time;
    run->last = frame->time;
    run->bytes += frame->size;
    run->link_type = frame->link_type;
    run->wire_size = frame->wire_size;
    for (uint32_t i = 0; i < frame->size; i++)
        run->hash = (run->hash ^ frame->bytes[i]) * UINT64_C(0x9fb21c651e98df25);
}

static inline void capture_run_end(struct capture_run *run, struct ak_capture_file *file)
{
    run->notes = file->notes;
    run->bad_blocks = file->bad_blocks;
    run->until = file->until;
    run->processes = file->process_count;
    if (file->process_count != 0) {
        run->process = file->processes[file->process_count - 1];
        (void)snprintf(run->path, sizeof run->path, "%s", run->process.path);
    }
    ak_capture_file_release(file);
}

/* Windows of `step` bytes, larger where more is asked for; 0: all that is left. */
static inline void capture_run(struct ak_span bytes, size_t step, struct capture_run *run)
{
    struct ak_capture_file file;
    size_t at = 0, shown = step;
    memset(run, 0, sizeof *run);
    ak_capture_file_init(&file);
    for (;;) {
        struct ak_frame frame;
        size_t used, need, left = bytes.size - at;
        size_t size = step == 0 || shown > left || file.at_end ? left : shown;
        struct ak_bytes window = ak_bytes_copy(bytes.bytes + at, size);
        run->end = ak_capture_file_next(&file, window.at, size, &used, &need, &frame, &run->error);
        if (run->end == AK_CAPTURE_FRAME)
            capture_run_frame(run, &frame);
        ak_bytes_free(&window);
        at += used;
        shown = step;
        if (run->end == AK_CAPTURE_BAD)
            break;
        if (run->end != AK_CAPTURE_MORE)
            continue;
        shown = need;
        if (at + size < bytes.size)
            continue;
        if (!ak_capture_file_end(&file))
            break;
    }
    capture_run_end(run, &file);
}

/* A file of the golden cases. */
static inline struct ak_bytes capture_run_load(const char *name)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s/%s", AK_TEST_GOLDEN, name);
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        abort();
    static uint8_t buffer[65536];
    size_t size = fread(buffer, 1, sizeof buffer, f);
    (void)fclose(f);
    return ak_bytes_copy(buffer, size);
}

#endif
