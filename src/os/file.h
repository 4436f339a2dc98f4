/* Files, directories and standard streams: the only place that asks the system for them. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_OS_FILE_H
#define AK_OS_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum ak_path_kind { AK_PATH_MISSING, AK_PATH_FILE, AK_PATH_DIRECTORY, AK_PATH_OTHER };

struct ak_file {
    int handle;    /* -1: closed */
    bool standard; /* a standard stream: not closed */
    uint64_t size; /* of a regular file, else 0 */
};

/* Follows symbolic links. `*number` is errno when MISSING. */
enum ak_path_kind ak_path_kind_of(const char *path, int *number);
/* Is this errno that of a name that nothing has? Else something there cannot be reached. */
bool ak_path_is_absent(int number);
/* The file's identity, to notice one that is named twice; false when it has none. */
bool ak_path_identity(const char *path, uint64_t identity[2]);

/* Makes a directory; one that is there already is no fault. */
enum ak_err ak_directory_make(const char *path, struct ak_error *error);

/* Opens for reading; "-" is standard input. */
enum ak_err ak_file_open(struct ak_file *file, const char *path, struct ak_error *error);
/* Creates or truncates for writing; "-" is standard output. */
enum ak_err ak_file_create(struct ak_file *file, const char *path, struct ak_error *error);
/* Creates it, or opens it to write behind what it holds; `size` is that. Each write then goes
 * behind whatever others wrote meanwhile. */
enum ak_err ak_file_append(struct ak_file *file, const char *path, struct ak_error *error);
/* Gives a file another name in place of whatever has that name. */
enum ak_err ak_file_rename(const char *from, const char *to, struct ak_error *error);
/* Reads up to room bytes; *size = 0 at the end. */
enum ak_err ak_file_read(struct ak_file *file, void *bytes, size_t room, size_t *size,
                         struct ak_error *error);
/* The same from an offset of a regular file; where ak_file_read goes on does not change. */
enum ak_err ak_file_read_at(const struct ak_file *file, uint64_t offset, void *bytes, size_t room,
                            size_t *size, struct ak_error *error);
/* ak_file_read goes on there, in a regular file; behind its end is an error. */
enum ak_err ak_file_seek(const struct ak_file *file, uint64_t offset, struct ak_error *error);
/* Writes everything. */
enum ak_err ak_file_write(struct ak_file *file, const void *bytes, size_t size,
                          struct ak_error *error);
/* Reports what a delayed write may only tell now. */
enum ak_err ak_file_close(struct ak_file *file, struct ak_error *error);

/* Names in a directory without "." and "..", sorted by bytes; freed by ak_names_free. */
enum ak_err ak_directory_names(const char *path, char ***names, size_t *count,
                               struct ak_error *error);
void ak_names_free(char **names, size_t count);

/* Is standard output (1) or standard error (2) a terminal? */
bool ak_is_terminal(int stream);
/* Columns of the terminal on this stream; 0 when it is none. */
unsigned ak_terminal_columns(int stream);
/* Its lines; 0 when it is none. */
unsigned ak_terminal_lines(int stream);
/* Writing into a closed pipe returns an error instead of ending the process. */
void ak_ignore_broken_pipe(void);
/* Is this errno that of a pipe whose reader has gone? */
bool ak_is_broken_pipe(int number);
/* Unpredictable bits for hash keys; never reaches any output. */
uint64_t ak_random_seed(void);

#endif
