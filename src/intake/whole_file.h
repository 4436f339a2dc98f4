/* A file as one piece of memory, for formats that point back and forth. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_INTAKE_WHOLE_FILE_H
#define AK_INTAKE_WHOLE_FILE_H

#include <stdint.h>

#include "base/error.h"
#include "base/reader.h"
#include "intake/archives.h"
#include "intake/input.h"

/* Reads on from an input of which `size` bytes were read already, at most `maximum` in all. The
 * bytes are the caller's (ak_free). AK_ERR_UNSUPPORTED: it is longer. A damaged end (AK_ERR_FORMAT
 * of a compressed file) leaves what came before in *bytes and tells the error. */
enum ak_err ak_whole_file_rest(struct ak_input *input, const uint8_t *begin, size_t begun,
                               size_t maximum, uint8_t **bytes, size_t *size,
                               struct ak_error *error);

/* The file (or member of an archive; `archives` may be NULL) whose name is `path` and one of two
 * endings. Empty, and *owned is NULL, when there is
 * none or it cannot be read. */
struct ak_span ak_whole_file_beside(struct ak_archives *archives, const char *path,
                                    const char *ending, const char *other_ending, size_t maximum,
                                    uint8_t **owned);

/* A file that is named: the bytes are the caller's. "-" is standard input. */
enum ak_err ak_whole_file(const char *path, size_t maximum, uint8_t **bytes, size_t *size,
                          struct ak_error *error);

#endif
