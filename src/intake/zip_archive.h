/* A zip archive: its members, and their bytes as streams (libzip).
 *
 * The archive is hostile: how much is read to open it, how many members it has, how many bytes
 * come out of it and how many of those its own size allows are bounded (base/limits.h). A member is
 * never written anywhere.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_INTAKE_ZIP_ARCHIVE_H
#define AK_INTAKE_ZIP_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/reader.h"
#include "base/text.h"

/* Where its bytes come from. read_at: up to room bytes from an offset, *got = 0 behind the end;
 * false after filling `error`. */
struct ak_zip_origin {
    void *context;
    uint64_t size;
    bool (*read_at)(void *context, uint64_t offset, void *bytes, size_t room, size_t *got,
                    struct ak_error *error);
};

enum ak_zip_obstacle {
    AK_ZIP_READABLE,
    AK_ZIP_FOLDER,      /* its name ends in a slash */
    AK_ZIP_ENCRYPTED,   /* under a password */
    AK_ZIP_UNSUPPORTED, /* packed in a way that is not read */
    AK_ZIP_DAMAGED,     /* its entry in the directory is */
    AK_ZIP_DOCUMENT     /* of whole archives: a document (Office, OpenDocument) or a Java program */
};
/* Says it in words. */
enum ak_err ak_zip_obstacle_told(enum ak_zip_obstacle obstacle, struct ak_error *error);

struct ak_zip_member {
    enum ak_zip_obstacle obstacle;
    uint64_t size; /* as the directory claims */
};

struct ak_zip;
struct ak_zip_stream;

/* Do the first bytes of a file begin a zip archive? Four are enough. */
bool ak_zip_sniff(struct ak_span head);

/* `origin` is copied; what it points at is borrowed until _drop. NULL after filling error:
 * AK_ERR_FORMAT when it is damaged, AK_ERR_UNSUPPORTED when it is refused: too large a directory,
 * too many members, or members that claim more than its size can honestly hold. */
struct ak_zip *ak_zip_open(const struct ak_zip_origin *origin, struct ak_error *error);
struct ak_zip *ak_zip_keep(struct ak_zip *zip);
void ak_zip_drop(struct ak_zip *zip);
/* `given` bytes came out of it before, when it was open. `allowed`: so many may in all; 0: what its
 * size allows. */
void ak_zip_resume(struct ak_zip *zip, uint64_t given, uint64_t allowed);
uint64_t ak_zip_given(const struct ak_zip *zip);
/* Did more come out of it than may? */
bool ak_zip_is_spent(const struct ak_zip *zip);

size_t ak_zip_count(const struct ak_zip *zip);
/* Has it the form of an archive only? */
bool ak_zip_is_document(const struct ak_zip *zip);
/* False: there is none, or its entry cannot be read. */
bool ak_zip_member_at(const struct ak_zip *zip, size_t index, struct ak_zip_member *member);
/* Appends its name as UTF-8 with slashes: a name without the UTF-8 mark is UTF-8 if it can be, else
 * in code page 932 if it looks Japanese, else in 437. Nothing for a name that is empty. */
void ak_zip_name(const struct ak_zip *zip, size_t index, struct ak_text *name);

/* NULL after filling error. It holds the archive by itself. */
struct ak_zip_stream *ak_zip_stream_open(struct ak_zip *zip, size_t index, struct ak_error *error);
void ak_zip_stream_close(struct ak_zip_stream *stream);
/* Up to room bytes; *got = 0 at the end. AK_ERR_FORMAT: damaged, what came before was good unless
 * the checksum is what failed. AK_ERR_UNSUPPORTED: more came out of the archive than its size can
 * honestly hold; it gives nothing from now on. */
enum ak_err ak_zip_stream_read(struct ak_zip_stream *stream, void *bytes, size_t room, size_t *got,
                               struct ak_error *error);

#endif
