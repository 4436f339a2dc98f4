/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "os/replacement.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/attr.h"

#include "base/banned.h"

/* A handler knows nothing but what is global. */
static const char *volatile unfinished;

static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

static void on_signal(int number)
{
    const char *path = unfinished;
    if (path != NULL)
        (void)unlink(path);
    (void)signal(number, SIG_DFL);
    (void)raise(number);
}

/* Only where nobody else waits for the signal: whoever does ends the replacement itself. */
static void watch(const char *path)
{
    struct sigaction action, old;
    unfinished = path;
    for (size_t i = 0; i < AK_COUNT(signals); i++) {
        memset(&action, 0, sizeof action);
        (void)sigemptyset(&action.sa_mask);
        action.sa_handler = path != NULL ? on_signal : SIG_DFL;
        if (sigaction(signals[i], NULL, &old) == 0 &&
            old.sa_handler == (path != NULL ? SIG_DFL : on_signal))
            (void)sigaction(signals[i], &action, NULL);
    }
}

/* ".NAME.PID" beside the wanted name, or NULL when out of memory. */
static char *temporary_name(const char *path)
{
    size_t room = strlen(path) + 32;
    char *name = ak_alloc(1, room);
    const char *slash = strrchr(path, '/');
    int head = slash != NULL ? (int)(slash - path) + 1 : 0;
    if (name != NULL)
        (void)snprintf(name, room, "%.*s.%s.%ld", head, path, path + head, (long)getpid());
    return name;
}

static void forget(struct ak_replacement *r)
{
    watch(NULL);
    ak_free(r->path);
    ak_free(r->temporary);
    memset(r, 0, sizeof *r);
    r->file.handle = -1;
}

enum ak_err ak_replacement_open(struct ak_replacement *r, const char *path, struct ak_error *error)
{
    int number;
    enum ak_path_kind kind = ak_path_kind_of(path, &number);
    memset(r, 0, sizeof *r);
    r->file.handle = -1;
    if (kind == AK_PATH_DIRECTORY)
        return ak_error_system(error, AK_ERR_OPEN, EISDIR, "cannot create");
    if (kind == AK_PATH_OTHER)
        return ak_file_create(&r->file, path, error);
    r->path = ak_memdup(path, strlen(path) + 1);
    r->temporary = temporary_name(path);
    if (r->path == NULL || r->temporary == NULL) {
        forget(r);
        return ak_error_set(error, AK_ERR_MEMORY, "out of memory");
    }
    r->file.handle = open(r->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (r->file.handle < 0) {
        enum ak_err err = ak_error_system(error, AK_ERR_OPEN, errno, "cannot create");
        forget(r);
        return err;
    }
    watch(r->temporary);
    return AK_ERR_NONE;
}

enum ak_err ak_replacement_finish(struct ak_replacement *r, struct ak_error *error)
{
    enum ak_err err = ak_file_close(&r->file, error);
    if (err == AK_ERR_NONE && r->temporary != NULL && rename(r->temporary, r->path) != 0)
        err = ak_error_system(error, AK_ERR_WRITE, errno, "cannot rename");
    if (err != AK_ERR_NONE && r->temporary != NULL)
        (void)unlink(r->temporary);
    forget(r);
    return err;
}

void ak_replacement_abandon(struct ak_replacement *r)
{
    if (r->temporary == NULL && r->path == NULL && r->file.handle <= 0)
        return;
    (void)ak_file_close(&r->file, NULL);
    if (r->temporary != NULL)
        (void)unlink(r->temporary);
    forget(r);
}
