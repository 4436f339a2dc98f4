/* The files at and below the paths that a user named, in the order in which they are found.
 *
 * Directories are walked in byte order, to a bounded depth; a link back to a directory above is
 * not followed. Nothing is opened.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_INTAKE_FILE_LIST_H
#define AK_INTAKE_FILE_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct ak_file_entry {
    char *path;   /* owned */
    char *series; /* owned: ak_ring_series; NULL for what stands alone: a pipe, standard input */
    size_t order; /* place in which it was found */
    size_t lead;  /* after sorting: the place of its series' first file */
    bool named;   /* by the user, and not found in a directory */
};

struct ak_file_list {
    struct ak_file_entry *entries;
    size_t count, room;
    size_t left_out; /* beyond AK_MAX_FILES */
};

/* Something that is not walked, or not read, and why. `evidence`: it could be some. */
typedef void ak_file_list_problem(void *context, const char *path, bool evidence,
                                  const struct ak_error *error);

void ak_file_list_init(struct ak_file_list *list);
void ak_file_list_release(struct ak_file_list *list);
/* A file, a directory or "-". AK_ERR_MEMORY is the only error. */
enum ak_err ak_file_list_add(struct ak_file_list *list, const char *path,
                             ak_file_list_problem *problem, void *context);
/* Adds one as the last. `regular`: a file, which may be part of a ring buffer. AK_ERR_MEMORY is the
 * only error. */
enum ak_err ak_file_list_append(struct ak_file_list *list, const char *path, bool named,
                                bool regular);
/* Takes one entry out. */
void ak_file_list_drop(struct ak_file_list *list, size_t index);
/* Entries of one series stand together afterwards; series, and files in them, in the order found.
 */
void ak_file_list_sort(struct ak_file_list *list);

#endif
