/* Where frames come from: one capture, in a file or in the files of a ring buffer.
 *
 * Frame numbers inside akushu count through a whole capture; people need the number in its file.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_OBSERVE_SOURCE_H
#define AK_OBSERVE_SOURCE_H

#include <stddef.h>
#include <stdint.h>

struct ak_process_note;

/* How the first comment of a file that `akushu fix` wrote begins: such a file is no evidence. */
#define AK_FIX_REMARK "akushu fix: "

struct ak_source {
    const char *file;
    uint64_t first_frame;   /* number of its first frame in the capture: 1 in the first file */
    struct ak_source *next; /* the file that goes on where this one ends; NULL: none */
    /* Who owned its connections, sorted by ak_processes_sort; borrowed. */
    const struct ak_process_note *processes;
    size_t process_count;
};

struct ak_place {
    const char *file;
    uint64_t frame; /* 1, 2, 3 ... in that file */
};

/* The place of a frame at or after the source's first one. Frame 0 (none) stays 0. */
struct ak_place ak_source_place(const struct ak_source *source, uint64_t frame);

#endif
