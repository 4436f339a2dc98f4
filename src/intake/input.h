/* One input, a file or a member of an archive, as a stream of plain bytes, whatever it was
 * compressed with (gzip, zstd: by content). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_INTAKE_INPUT_H
#define AK_INTAKE_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "intake/zip_archive.h"

struct ak_input;

/* "-" is standard input. NULL after filling error. */
struct ak_input *ak_input_open(const char *path, struct ak_error *error);
struct ak_input *ak_input_open_member(struct ak_zip *zip, size_t index, struct ak_error *error);
void ak_input_close(struct ak_input *input);

/* Up to room bytes; *size = 0 at the end. A FORMAT error says that compressed data are damaged or
 * end early: what came before was good. */
enum ak_err ak_input_read(struct ak_input *input, void *bytes, size_t room, size_t *size,
                          struct ak_error *error);
/* Instead of reading, once something was read, where that is faster (os/file_map.h): shows the
 * bytes of a plain file from `offset` on, further than the call before, until the next call for
 * this input. *size = 0: nothing is shown; where something was shown before, reading goes on at
 * `offset`. */
enum ak_err ak_input_show(struct ak_input *input, uint64_t offset, const uint8_t **bytes,
                          size_t *size, struct ak_error *error);
/* Once something was read: it is unpacked, which takes more time than reading does. */
bool ak_input_packed(const struct ak_input *input);
/* Bytes of the file itself read so far, and its size (0: unknown), for progress. */
void ak_input_progress(const struct ak_input *input, uint64_t *done, uint64_t *size);

#endif
