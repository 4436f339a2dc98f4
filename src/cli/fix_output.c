/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/fix_output.h"

#include <string.h>

#include "base/alloc.h"
#include "cli/commands.h"
#include "cli/message.h"
#include "os/replacement.h"

#include "base/banned.h"

enum { MOST_BYTES = 64 * 1024 * 1024, MOST_FILES = 16384, PATH_ROOM = 65536 };

void ak_fix_output_init(struct ak_fix_output *o, const char *directory, bool force)
{
    memset(o, 0, sizeof *o);
    o->directory = directory;
    o->force = force;
}

void ak_fix_output_release(struct ak_fix_output *o)
{
    for (size_t i = 0; i < o->count; i++) {
        ak_free(o->files[i].name);
        ak_text_release(&o->files[i].bytes);
    }
    ak_free(o->files);
    memset(o, 0, sizeof *o);
}

struct ak_text *ak_fix_output_add(struct ak_fix_output *o, const char *name)
{
    AK_BUG_ON(strchr(name, '/') != NULL);
    if (o->count == o->room) {
        size_t room = o->room != 0 ? 2 * o->room : 32;
        struct ak_fix_output_file *grown =
            room > MOST_FILES ? NULL : ak_realloc(o->files, room, sizeof *grown);
        o->failed = o->failed || grown == NULL;
        if (grown == NULL)
            return NULL;
        o->files = grown;
        o->room = room;
    }
    struct ak_fix_output_file *f = &o->files[o->count];
    f->name = ak_memdup(name, strlen(name) + 1);
    o->failed = o->failed || f->name == NULL;
    if (f->name == NULL)
        return NULL;
    ak_text_init(&f->bytes, MOST_BYTES);
    o->count++;
    return &f->bytes;
}

static const char *path_of(const struct ak_fix_output *o, const char *name, struct ak_text *path)
{
    size_t n = strlen(o->directory);
    ak_text_clear(path);
    ak_text_add(path, o->directory);
    if (n != 0 && o->directory[n - 1] != '/')
        ak_text_char(path, '/');
    ak_text_add(path, name);
    return ak_text_string(path);
}

/* Only plain files are ever replaced: a name that leads to a device or a pipe leads out. */
static bool may_write(const struct ak_fix_output *o, const char *path)
{
    int number;
    enum ak_path_kind kind = ak_path_kind_of(path, &number);
    if (kind == AK_PATH_MISSING)
        return true;
    if (kind == AK_PATH_FILE && o->force)
        return true;
    if (kind == AK_PATH_FILE)
        ak_complain("%s: exists already; --force overwrites it", path);
    else
        ak_complain("%s: exists already and is no file", path);
    return false;
}

static bool write_one(const char *path, const struct ak_text *bytes)
{
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    struct ak_replacement r;
    enum ak_err err = ak_replacement_open(&r, path, &error);
    if (err == AK_ERR_NONE) {
        err = ak_file_write(&r.file, bytes->bytes, bytes->size, &error);
        if (err == AK_ERR_NONE)
            err = ak_replacement_finish(&r, &error);
        else
            ak_replacement_abandon(&r);
    }
    if (err != AK_ERR_NONE)
        ak_complain("%s: %s", path, error.text);
    return err == AK_ERR_NONE;
}

int ak_fix_output_write(struct ak_fix_output *o)
{
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    struct ak_text path;
    int status = 0;
    ak_text_init(&path, PATH_ROOM);
    for (size_t i = 0; i < o->count; i++)
        o->failed = o->failed || o->files[i].bytes.failed;
    if (o->failed) {
        ak_complain("out of memory");
        status = AK_EXIT_PARTLY;
    } else if (o->count != 0 && ak_directory_make(o->directory, &error) != AK_ERR_NONE) {
        ak_complain("%s: %s", o->directory, error.text);
        status = AK_EXIT_PARTLY;
    }
    for (size_t i = 0; i < o->count && status == 0; i++)
        if (!may_write(o, path_of(o, o->files[i].name, &path)))
            status = AK_EXIT_USAGE;
    for (size_t i = 0; i < o->count && status == 0; i++)
        if (!write_one(path_of(o, o->files[i].name, &path), &o->files[i].bytes))
            status = AK_EXIT_PARTLY;
    ak_text_release(&path);
    return status;
}
