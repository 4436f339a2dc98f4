/* The output file of a watch: whole lines behind whatever it holds, begun anew by size or time. */
/* SPDX-License-Identifier: Apache-2.0 */
/* FILE becomes FILE.1, that FILE.2, and so on; the oldest beyond those to keep is replaced. A write
 * that fails is told once and tried again with the next lines, which are kept no longer than that.
 */
#ifndef AK_CLI_WATCH_LOG_H
#define AK_CLI_WATCH_LOG_H

#include "base/text.h"
#include "os/file.h"

struct ak_watch_log {
    const char *path;             /* borrowed; "-": standard output, which is never begun anew */
    uint64_t most_bytes, seconds; /* 0: not by this */
    unsigned keep;                /* at least 1 */
    struct ak_file file;
    uint64_t size;
    int64_t period; /* of the last write: time / seconds */
    bool broken;    /* the reader of the pipe has gone */
    uint64_t lost;  /* bytes that could not be written */
};

enum ak_err ak_watch_log_open(struct ak_watch_log *log, int64_t now, struct ak_error *error);
/* Whole lines. Clears `lines`. An error is told to the caller once for each failure. */
enum ak_err ak_watch_log_write(struct ak_watch_log *log, struct ak_text *lines, int64_t now,
                               struct ak_error *error);
/* The file was given another name by somebody else: a new one is begun. */
enum ak_err ak_watch_log_reopen(struct ak_watch_log *log, struct ak_error *error);
enum ak_err ak_watch_log_close(struct ak_watch_log *log, struct ak_error *error);

#endif
