/* akushu as a library: captures, registries, logs and certificates in, lines of JSON out.
 *
 * One reading at a time per object; objects are independent of each other and may be used from
 * different threads. Lines follow the schema that `akushu schema` prints (docs/output.md): one for
 * each TCP conversation while files are read, then findings and a summary from ak_reading_finish.
 * Where one call reads several files, lines of conversations wait for ak_reading_finish, too
 * (as many as a sixteenth of 256 MB holds): the other side of a connection may be in a later one.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AKUSHU_AKUSHU_H
#define AKUSHU_AKUSHU_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* "0.1.0"; static. */
const char *ak_version(void);

struct ak_reading;

struct ak_reading_options {
    void *context; /* passed to the callbacks */
    /* One line with its line end, UTF-8, not NUL-terminated, valid during the call. */
    void (*line)(void *context, const char *json, size_t size);
    /* Something could not be read, or only in part: an English sentence. May be NULL. */
    void (*problem)(void *context, const char *path, const char *text);
};

/* The options are copied. NULL when out of memory. */
struct ak_reading *ak_reading_new(const struct ak_reading_options *options);
/* Accepts NULL. */
void ak_reading_free(struct ak_reading *reading);

/* Reads evidence of any kind that `akushu read` takes (captures, registries, logs, certificates and
 * what `akushu collect` gathered), plain or in gzip, zstd or zip, all of it below a directory, or "-"
 * for standard input. Lines of hosts leave from ak_reading_finish, since a host's files belong
 * together. 0, or -1 when out of memory; unreadable input goes to `problem`. */
int ak_reading_path(struct ak_reading *reading, const char *path);
/* The same of several: the files of a ring buffer are read as one, and a conversation's line tells
 * which capture of the others shows the connection's other side. */
int ak_reading_paths(struct ak_reading *reading, char *const *paths, size_t count);

/* Judges, and hands out findings and the summary. Returns the number of findings of severity
 * error, or -1 when out of memory. The object can then only be freed. */
int ak_reading_finish(struct ak_reading *reading);

#ifdef __cplusplus
}
#endif

#endif
