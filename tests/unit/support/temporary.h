/* A directory of their own for tests that need files, removed with all that is in it. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_TESTS_SUPPORT_TEMPORARY_H
#define AK_TESTS_SUPPORT_TEMPORARY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "os/file.h"

struct temporary {
    char path[256];
};

static inline void temporary_open(struct temporary *t)
{
    const char *base = getenv("TMPDIR");
    (void)snprintf(t->path, sizeof t->path, "%s/akushu-unit-XXXXXX", base ? base : "/tmp");
    assert_non_null(mkdtemp(t->path));
}

static inline void temporary_remove(const char *path)
{
    struct stat st;
    char **names;
    size_t count;
    if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode) &&
        ak_directory_names(path, &names, &count, NULL) == AK_ERR_NONE) {
        for (size_t i = 0; i < count; i++) {
            char inner[4096];
            int size = snprintf(inner, sizeof inner, "%s/%s", path, names[i]);
            if (size > 0 && (size_t)size < sizeof inner)
                temporary_remove(inner);
        }
        ak_names_free(names, count);
    }
    (void)remove(path);
}

static inline void temporary_close(struct temporary *t)
{
    temporary_remove(t->path);
}

/* The path of a name in it; valid until eight more calls. */
static inline const char *temporary_path(const struct temporary *t, const char *name)
{
    static char path[8][512];
    static unsigned next;
    char *out = path[next++ % 8];
    (void)snprintf(out, sizeof path[0], "%s/%s", t->path, name);
    return out;
}

static inline void temporary_directory(const struct temporary *t, const char *name)
{
    assert_int_equal(mkdir(temporary_path(t, name), 0700), 0);
}

static inline const char *temporary_file(const struct temporary *t, const char *name,
                                         const void *bytes, size_t size)
{
    const char *path = temporary_path(t, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    return path;
}

#endif
