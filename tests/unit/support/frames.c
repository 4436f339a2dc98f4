/* SPDX-License-Identifier: Apache-2.0 */
#include "support/frames.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static uint8_t *file_of(const char *name, size_t *size)
{
    char path[1024];
    (void)snprintf(path, sizeof path, AK_TEST_GOLDEN "/%s", name);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    assert_int_equal(fseek(f, 0, SEEK_END), 0);
    *size = (size_t)ftell(f);
    rewind(f);
    uint8_t *bytes = malloc(*size);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, *size, f), *size);
    (void)fclose(f);
    return bytes;
}

struct ak_test_frames ak_test_frames_of(const char *name)
{
    struct ak_test_frames all = {NULL, 0, NULL};
    struct ak_capture_file file;
    struct ak_frame frame;
    struct ak_error error;
    size_t size, at = 0, room = 0, used, need;
    all.bytes = file_of(name, &size);
    ak_capture_file_init(&file);
    for (;;) {
        enum ak_capture_step step =
            ak_capture_file_next(&file, all.bytes + at, size - at, &used, &need, &frame, &error);
        at += used;
        if (step == AK_CAPTURE_MORE)
            break;
        assert_int_not_equal(step, AK_CAPTURE_BAD);
        if (step != AK_CAPTURE_FRAME)
            continue;
        if (all.count == room) {
            room = room != 0 ? 2 * room : 64;
            all.frames = realloc(all.frames, room * sizeof *all.frames);
            assert_non_null(all.frames);
        }
        all.frames[all.count++] = frame;
    }
    ak_capture_file_release(&file);
    assert_int_not_equal(all.count, 0);
    return all;
}

void ak_test_frames_free(struct ak_test_frames *all)
{
    free(all->frames);
    free(all->bytes);
}
