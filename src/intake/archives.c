/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/archives.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/index.h"
#include "base/limits.h"
#include "base/text.h"
#include "intake/zip_archive.h"
#include "os/file.h"

#include "base/banned.h"

struct member {
    char *name; /* owned; no two are the same */
    size_t index;
};

/* One that is open. */
struct opened {
    struct archive *archive;
    struct ak_file file;
    struct ak_zip *zip;
    struct member *members; /* sorted by name */
    size_t count;
};

struct archive {
    uint64_t given; /* bytes that came out of it, as long as it is not open */
    bool refused;
    size_t size; /* of the path */
    char path[];
};

struct ak_archives {
    struct ak_hash_key key;
    struct ak_index index; /* of struct archive, by path */
    struct opened *opened; /* NULL: none */
    uint64_t allowed;      /* 0: what its size allows */
};

struct ak_archives *ak_archives_new(void)
{
    struct ak_archives *a = ak_alloc(1, sizeof *a);
    if (a == NULL)
        return NULL;
    a->key.k0 = ak_random_seed();
    a->key.k1 = ak_random_seed();
    if (ak_index_init(&a->index, AK_MAX_FILES))
        return a;
    ak_free(a);
    return NULL;
}

static void close_opened(struct ak_archives *a)
{
    struct opened *o = a->opened;
    a->opened = NULL;
    if (o == NULL)
        return;
    if (o->zip != NULL) {
        o->archive->given = ak_zip_given(o->zip);
        o->archive->refused = o->archive->refused || ak_zip_is_spent(o->zip);
    }
    ak_zip_drop(o->zip);
    (void)ak_file_close(&o->file, NULL);
    for (size_t i = 0; i < o->count; i++)
        ak_free(o->members[i].name);
    ak_free(o->members);
    ak_free(o);
}

void ak_archives_free(struct ak_archives *a)
{
    struct archive *archive;
    if (a == NULL)
        return;
    close_opened(a);
    for (size_t at = 0; (archive = ak_index_each(&a->index, &at)) != NULL;)
        ak_free(archive);
    ak_index_release(&a->index);
    ak_free(a);
}

void ak_archives_allow(struct ak_archives *a, uint64_t bytes)
{
    a->allowed = bytes;
}

/* ---- by path ---- */

static struct archive *find(const struct ak_archives *a, const char *path, size_t size)
{
    uint64_t hash = ak_hash_content(a->key, path, size), at = hash;
    struct archive *archive;
    while ((archive = ak_index_next(&a->index, hash, &at)) != NULL)
        if (archive->size == size && memcmp(archive->path, path, size) == 0)
            return archive;
    return NULL;
}

/* The archive that a member's path begins with; NULL for the path of a file. */
static struct archive *archive_of(const struct ak_archives *a, const char *path)
{
    struct archive *archive = NULL;
    const char *slash = a != NULL && a->index.count != 0 ? strchr(path, '/') : NULL;
    for (; slash != NULL && archive == NULL; slash = strchr(slash + 1, '/'))
        archive = find(a, path, (size_t)(slash - path));
    return archive;
}

static struct archive *add(struct ak_archives *a, const char *path)
{
    size_t size = strlen(path);
    struct archive *archive = find(a, path, size);
    if (archive != NULL)
        return archive;
    archive = ak_alloc(1, sizeof *archive + size + 1);
    if (archive == NULL)
        return NULL;
    archive->size = size;
    memcpy(archive->path, path, size + 1);
    if (ak_index_add(&a->index, ak_hash_content(a->key, path, size), archive))
        return archive;
    ak_free(archive);
    return NULL;
}

/* ---- opening ---- */

static int by_name(const void *a, const void *b)
{
    const struct member *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    return order != 0 ? order : (x->index > y->index) - (x->index < y->index);
}

static bool rename_member(struct member *m)
{
    struct ak_text text;
    ak_text_init(&text, SIZE_MAX / 2);
    ak_text_format(&text, "%s#%zu", m->name, m->index + 1);
    ak_free(m->name);
    m->name = text.failed ? NULL : ak_memdup(ak_text_string(&text), text.size + 1);
    ak_text_release(&text);
    return m->name != NULL;
}

static bool keep_names(struct opened *o)
{
    struct ak_text name;
    size_t count = ak_zip_count(o->zip);
    bool good = true;
    o->members = ak_alloc(count != 0 ? count : 1, sizeof *o->members);
    if (o->members == NULL)
        return false;
    ak_text_init(&name, 4 * AK_MAX_ZIP_NAME);
    for (size_t i = 0; i < count && good; i++) {
        ak_text_clear(&name);
        ak_zip_name(o->zip, i, &name);
        o->members[i].index = i;
        o->members[i].name = name.failed ? NULL : ak_memdup(ak_text_string(&name), name.size + 1);
        good = o->members[i].name != NULL;
        o->count += good;
    }
    ak_text_release(&name);
    if (!good)
        return false;
    qsort(o->members, o->count, sizeof *o->members, by_name);
    for (size_t i = o->count; i-- > 0 && good;)
        if (*o->members[i].name == '\0' ||
            (i != 0 && strcmp(o->members[i].name, o->members[i - 1].name) == 0))
            good = rename_member(&o->members[i]);
    qsort(o->members, good ? o->count : 0, sizeof *o->members, by_name);
    return good;
}

static bool read_at(void *context, uint64_t offset, void *bytes, size_t room, size_t *got,
                    struct ak_error *error)
{
    return ak_file_read_at(context, offset, bytes, room, got, error) == AK_ERR_NONE;
}

static enum ak_err open_zip(struct ak_archives *a, struct opened *o, struct ak_error *error)
{
    struct ak_zip_origin origin = {&o->file, o->file.size, read_at};
    if (ak_file_open(&o->file, o->archive->path, error) != AK_ERR_NONE)
        return error->code;
    origin.size = o->file.size;
    o->zip = ak_zip_open(&origin, error);
    if (o->zip == NULL)
        return error->code;
    ak_zip_resume(o->zip, o->archive->given, a->allowed);
    if (!keep_names(o))
        return ak_error_set(error, AK_ERR_MEMORY, "out of memory");
    return AK_ERR_NONE;
}

static enum ak_err open_archive(struct ak_archives *a, struct archive *archive,
                                struct ak_error *error)
{
    if (a->opened != NULL && a->opened->archive == archive)
        return AK_ERR_NONE;
    close_opened(a);
    a->opened = ak_alloc(1, sizeof *a->opened);
    if (a->opened == NULL)
        return ak_error_set(error, AK_ERR_MEMORY, "out of memory");
    a->opened->archive = archive;
    a->opened->file.handle = -1;
    enum ak_err err = open_zip(a, a->opened, error);
    if (err != AK_ERR_NONE)
        close_opened(a);
    return err;
}

struct ak_input *ak_archives_open(struct ak_archives *a, const char *path, struct ak_error *error)
{
    struct archive *archive = archive_of(a, path);
    struct member key = {(char *)(uintptr_t)path, 0};
    if (archive == NULL)
        return ak_input_open(path, error);
    if (open_archive(a, archive, error) != AK_ERR_NONE)
        return NULL;
    key.name += archive->size + 1;
    const struct opened *o = a->opened;
    size_t low = 0, high = o->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(o->members[middle].name, key.name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < o->count && strcmp(o->members[low].name, key.name) == 0)
        return ak_input_open_member(o->zip, o->members[low].index, error);
    (void)ak_error_set(error, AK_ERR_OPEN, "not in the archive");
    return NULL;
}

bool ak_archives_refused(const struct ak_archives *a, const char *path)
{
    const struct archive *archive = archive_of(a, path);
    if (archive == NULL)
        return false;
    bool open = a->opened != NULL && a->opened->archive == archive;
    return archive->refused || (open && ak_zip_is_spent(a->opened->zip));
}

/* ---- unfolding ---- */

struct unfolding {
    struct ak_archives *archives;
    struct ak_file_list all;
    ak_file_list_problem *problem;
    void *context;
};

static bool is_zip(const char *path)
{
    struct ak_file file;
    uint8_t head[4];
    size_t size = 0, got = 1;
    if (ak_file_open(&file, path, NULL) != AK_ERR_NONE)
        return false;
    while (size < sizeof head && got != 0) {
        if (ak_file_read(&file, head + size, sizeof head - size, &got, NULL) != AK_ERR_NONE)
            break;
        size += got;
    }
    (void)ak_file_close(&file, NULL);
    struct ak_span span = {head, size};
    return ak_zip_sniff(span);
}

static enum ak_err take_members(struct unfolding *u, const char *path)
{
    const struct opened *o = u->archives->opened;
    struct ak_text full;
    enum ak_err err = AK_ERR_NONE;
    ak_text_init(&full, SIZE_MAX / 2);
    for (size_t i = 0; i < o->count && err == AK_ERR_NONE; i++) {
        struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
        struct ak_zip_member m;
        if (!ak_zip_member_at(o->zip, o->members[i].index, &m))
            m.obstacle = AK_ZIP_DAMAGED;
        if (m.obstacle == AK_ZIP_FOLDER)
            continue;
        ak_text_clear(&full);
        ak_text_add(&full, path);
        ak_text_char(&full, '/');
        ak_text_add(&full, o->members[i].name);
        if (full.failed)
            err = AK_ERR_MEMORY;
        else if (ak_zip_obstacle_told(m.obstacle, &error) != AK_ERR_NONE)
            u->problem(u->context, ak_text_string(&full), true, &error);
        else
            err = ak_file_list_append(&u->all, ak_text_string(&full), false, true);
    }
    ak_text_release(&full);
    return err;
}

static enum ak_err unfold_one(struct unfolding *u, const char *path, bool named)
{
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    struct archive *archive = add(u->archives, path);
    if (archive == NULL)
        return AK_ERR_MEMORY;
    enum ak_err err = open_archive(u->archives, archive, &error);
    if (err == AK_ERR_MEMORY)
        return err;
    if (err != AK_ERR_NONE) {
        u->problem(u->context, path, true, &error);
    } else if (ak_zip_is_document(u->archives->opened->zip)) {
        (void)ak_zip_obstacle_told(AK_ZIP_DOCUMENT, &error);
        u->problem(u->context, path, named, &error);
    } else if (u->archives->opened->count == 0) {
        (void)ak_error_set(&error, AK_ERR_FORMAT, "the archive is empty");
        u->problem(u->context, path, named, &error);
    } else {
        return take_members(u, path);
    }
    return AK_ERR_NONE;
}

enum ak_err ak_archives_unfold(struct ak_archives *a, struct ak_file_list *list,
                               ak_file_list_problem *problem, void *context)
{
    struct unfolding u = {a, {NULL, 0, 0, list->left_out}, problem, context};
    enum ak_err err = AK_ERR_NONE;
    for (size_t i = 0; i < list->count && err == AK_ERR_NONE; i++) {
        const struct ak_file_entry *e = &list->entries[i];
        if (e->series != NULL && is_zip(e->path))
            err = unfold_one(&u, e->path, e->named);
        else
            err = ak_file_list_append(&u.all, e->path, e->named, e->series != NULL);
    }
    ak_file_list_release(list);
    *list = u.all;
    return err;
}
