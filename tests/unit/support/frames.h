/* The frames of a golden capture in memory. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_TESTS_FRAMES_H
#define AK_TESTS_FRAMES_H

#include "codec/capture_file.h"

struct ak_test_frames {
    struct ak_frame *frames;
    size_t count;
    uint8_t *bytes; /* that the frames borrow */
};

/* Of AK_TEST_GOLDEN/<name>; fails the test when it cannot be read. */
struct ak_test_frames ak_test_frames_of(const char *name);
void ak_test_frames_free(struct ak_test_frames *frames);

#endif
