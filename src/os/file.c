/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#define _DEFAULT_SOURCE
#include "os/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/limits.h"

#include "base/banned.h"

enum ak_path_kind ak_path_kind_of(const char *path, int *number)
{
    struct stat st;
    *number = 0;
    if (stat(path, &st) != 0) {
        *number = errno;
        return AK_PATH_MISSING;
    }
    if (S_ISREG(st.st_mode))
        return AK_PATH_FILE;
    return S_ISDIR(st.st_mode) ? AK_PATH_DIRECTORY : AK_PATH_OTHER;
}

bool ak_path_is_absent(int number)
{
    return number == ENOENT || number == ENOTDIR || number == ENAMETOOLONG;
}

bool ak_path_identity(const char *path, uint64_t identity[2])
{
    struct stat st;
    if (stat(path, &st) != 0)
        return false;
    identity[0] = (uint64_t)st.st_dev;
    identity[1] = (uint64_t)st.st_ino;
    return true;
}

enum ak_err ak_directory_make(const char *path, struct ak_error *error)
{
    struct stat st;
    if (mkdir(path, 0777) == 0)
        return AK_ERR_NONE;
    int number = errno;
    if (number == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return AK_ERR_NONE;
    return ak_error_system(error, AK_ERR_OPEN, number, "cannot make the directory");
}

enum ak_err ak_file_open(struct ak_file *file, const char *path, struct ak_error *error)
{
    struct stat st;
    file->size = 0;
    file->standard = strcmp(path, "-") == 0;
    file->handle = file->standard ? 0 : open(path, O_RDONLY | O_CLOEXEC);
    if (file->handle < 0)
        return ak_error_system(error, AK_ERR_OPEN, errno, "cannot open");
    if (fstat(file->handle, &st) == 0 && S_ISREG(st.st_mode)) {
        file->size = (uint64_t)st.st_size;
        (void)posix_fadvise(file->handle, 0, 0, POSIX_FADV_SEQUENTIAL);
    }
    return AK_ERR_NONE;
}

enum ak_err ak_file_create(struct ak_file *file, const char *path, struct ak_error *error)
{
    file->size = 0;
    file->standard = strcmp(path, "-") == 0;
    file->handle = file->standard ? 1 : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file->handle < 0)
        return ak_error_system(error, AK_ERR_OPEN, errno, "cannot create");
    return AK_ERR_NONE;
}

enum ak_err ak_file_append(struct ak_file *file, const char *path, struct ak_error *error)
{
    struct stat st;
    file->size = 0;
    file->standard = strcmp(path, "-") == 0;
    file->handle = file->standard ? 1 : open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (file->handle < 0)
        return ak_error_system(error, AK_ERR_OPEN, errno, "cannot create");
    if (!file->standard && fstat(file->handle, &st) == 0 && S_ISREG(st.st_mode))
        file->size = (uint64_t)st.st_size;
    return AK_ERR_NONE;
}

enum ak_err ak_file_rename(const char *from, const char *to, struct ak_error *error)
{
    if (rename(from, to) == 0)
        return AK_ERR_NONE;
    return ak_error_system(error, AK_ERR_WRITE, errno, "cannot rename");
}

enum ak_err ak_file_read(struct ak_file *file, void *bytes, size_t room, size_t *size,
                         struct ak_error *error)
{
    ssize_t n;
    do
        n = read(file->handle, bytes, room);
    while (n < 0 && errno == EINTR);
    *size = n > 0 ? (size_t)n : 0;
    return n < 0 ? ak_error_system(error, AK_ERR_READ, errno, "cannot read") : AK_ERR_NONE;
}

enum ak_err ak_file_read_at(const struct ak_file *file, uint64_t offset, void *bytes, size_t room,
                            size_t *size, struct ak_error *error)
{
    ssize_t n;
    *size = 0;
    if (offset > INT64_MAX)
        return AK_ERR_NONE;
    do
        n = pread(file->handle, bytes, room, (off_t)offset);
    while (n < 0 && errno == EINTR);
    *size = n > 0 ? (size_t)n : 0;
    return n < 0 ? ak_error_system(error, AK_ERR_READ, errno, "cannot read") : AK_ERR_NONE;
}

enum ak_err ak_file_seek(const struct ak_file *file, uint64_t offset, struct ak_error *error)
{
    struct stat st;
    if (offset > INT64_MAX || fstat(file->handle, &st) != 0 ||
        lseek(file->handle, (off_t)offset, SEEK_SET) < 0)
        return ak_error_system(error, AK_ERR_READ, errno, "cannot read");
    if ((uint64_t)st.st_size < offset)
        return ak_error_set(error, AK_ERR_READ, "the file became shorter while it was read");
    return AK_ERR_NONE;
}

enum ak_err ak_file_write(struct ak_file *file, const void *bytes, size_t size,
                          struct ak_error *error)
{
    const char *at = bytes;
    while (size != 0) {
        ssize_t n = write(file->handle, at, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return ak_error_system(error, AK_ERR_WRITE, errno, "cannot write");
        at += n;
        size -= (size_t)n;
    }
    return AK_ERR_NONE;
}

enum ak_err ak_file_close(struct ak_file *file, struct ak_error *error)
{
    int handle = file->handle;
    file->handle = -1;
    if (handle < 0 || file->standard)
        return AK_ERR_NONE;
    if (close(handle) != 0 && errno != EINTR)
        return ak_error_system(error, AK_ERR_WRITE, errno, "cannot close");
    return AK_ERR_NONE;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static enum ak_err add_name(char ***names, size_t *count, size_t *room, const char *name,
                            struct ak_error *error)
{
    if (*count == *room) {
        size_t more = *room ? *room * 2 : 64;
        char **grown = ak_realloc(*names, more, sizeof **names);
        if (grown == NULL)
            return ak_error_set(error, AK_ERR_MEMORY, "out of memory");
        *names = grown;
        *room = more;
    }
    char *copy = ak_memdup(name, strlen(name) + 1);
    if (copy == NULL)
        return ak_error_set(error, AK_ERR_MEMORY, "out of memory");
    (*names)[(*count)++] = copy;
    return AK_ERR_NONE;
}

enum ak_err ak_directory_names(const char *path, char ***names, size_t *count,
                               struct ak_error *error)
{
    enum ak_err err = AK_ERR_NONE;
    size_t room = 0;
    *names = NULL;
    *count = 0;
    DIR *directory = opendir(path);
    if (directory == NULL)
        return ak_error_system(error, AK_ERR_OPEN, errno, "cannot open");
    const struct dirent *entry;
    while (err == AK_ERR_NONE && *count < AK_MAX_FILES && (entry = readdir(directory)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            err = add_name(names, count, &room, entry->d_name, error);
    (void)closedir(directory);
    if (*count > 1)
        qsort(*names, *count, sizeof **names, by_bytes);
    return err;
}

void ak_names_free(char **names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        ak_free(names[i]);
    ak_free(names);
}

bool ak_is_terminal(int stream)
{
    return isatty(stream) == 1;
}

unsigned ak_terminal_columns(int stream)
{
    struct winsize size;
    if (ioctl(stream, TIOCGWINSZ, &size) != 0)
        return 0;
    return size.ws_col;
}

unsigned ak_terminal_lines(int stream)
{
    struct winsize size;
    if (ioctl(stream, TIOCGWINSZ, &size) != 0)
        return 0;
    return size.ws_row;
}

void ak_ignore_broken_pipe(void)
{
    (void)signal(SIGPIPE, SIG_IGN);
}

bool ak_is_broken_pipe(int number)
{
    return number == EPIPE;
}

uint64_t ak_random_seed(void)
{
    uint64_t seed = 0;
    if (getrandom(&seed, sizeof seed, 0) != (ssize_t)sizeof seed)
        seed = (uint64_t)getpid() * UINT64_C(0x9e3779b97f4a7c15);
    return seed;
}
