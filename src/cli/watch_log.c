/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/watch_log.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

enum { PATH = 4096 };

static bool is_file(const struct ak_watch_log *log)
{
    return strcmp(log->path, "-") != 0;
}

static int64_t period_of(const struct ak_watch_log *log, int64_t now)
{
    return log->seconds != 0 ? now / 1000000000 / (int64_t)log->seconds : 0;
}

enum ak_err ak_watch_log_open(struct ak_watch_log *log, int64_t now, struct ak_error *error)
{
    enum ak_err err = ak_file_append(&log->file, log->path, error);
    log->size = log->file.size;
    log->period = period_of(log, now);
    return err;
}

enum ak_err ak_watch_log_reopen(struct ak_watch_log *log, struct ak_error *error)
{
    if (!is_file(log))
        return AK_ERR_NONE;
    enum ak_err err = ak_file_close(&log->file, error);
    if (err == AK_ERR_NONE)
        err = ak_file_append(&log->file, log->path, error);
    log->size = log->file.size;
    return err;
}

static enum ak_err rotate(struct ak_watch_log *log, struct ak_error *error)
{
    char from[PATH], to[PATH];
    int unused;
    if (strlen(log->path) + 8 > PATH)
        return ak_error_set(error, AK_ERR_USAGE, "the name is too long to rotate");
    enum ak_err err = ak_file_close(&log->file, error);
    for (unsigned i = log->keep; err == AK_ERR_NONE && i > 0; i--) {
        (void)snprintf(to, sizeof to, "%s.%u", log->path, i);
        if (i > 1)
            (void)snprintf(from, sizeof from, "%s.%u", log->path, i - 1);
        else
            (void)snprintf(from, sizeof from, "%s", log->path);
        if (ak_path_kind_of(from, &unused) == AK_PATH_FILE)
            err = ak_file_rename(from, to, error);
    }
    struct ak_error other;
    enum ak_err opened = ak_file_append(&log->file, log->path, err == AK_ERR_NONE ? error : &other);
    log->size = log->file.size;
    return err != AK_ERR_NONE ? err : opened;
}

enum ak_err ak_watch_log_write(struct ak_watch_log *log, struct ak_text *lines, int64_t now,
                               struct ak_error *error)
{
    enum ak_err err = AK_ERR_NONE;
    if (lines->size == 0 && !lines->failed)
        return AK_ERR_NONE;
    bool full = log->most_bytes != 0 && log->size != 0 && log->size + lines->size > log->most_bytes;
    if (is_file(log) && (full || period_of(log, now) != log->period)) {
        log->period = period_of(log, now);
        if (log->size != 0)
            err = rotate(log, error);
    }
    if (log->file.handle < 0)
        (void)ak_file_append(&log->file, log->path, error);
    if (lines->failed)
        err = ak_error_set(error, AK_ERR_MEMORY, "out of memory for the output");
    else if (!log->broken && log->file.handle >= 0) {
        enum ak_err written = ak_file_write(&log->file, lines->bytes, lines->size, error);
        log->broken = written != AK_ERR_NONE && ak_is_broken_pipe(error->system);
        log->lost += written != AK_ERR_NONE ? lines->size : 0;
        log->size += lines->size;
        err = written != AK_ERR_NONE ? written : err;
    } else {
        log->lost += lines->size;
        err = AK_ERR_WRITE;
    }
    ak_text_clear(lines);
    return err;
}

enum ak_err ak_watch_log_close(struct ak_watch_log *log, struct ak_error *error)
{
    return ak_file_close(&log->file, error);
}
