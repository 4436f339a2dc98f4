/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/file_list.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/limits.h"
#include "base/text.h"
#include "intake/ring.h"
#include "os/file.h"

#include "base/banned.h"

struct walk {
    struct ak_file_list *list;
    ak_file_list_problem *problem;
    void *context;
};

/* The directories above the one that is walked. */
struct trail {
    const struct trail *above;
    uint64_t identity[2];
    bool known;
};

void ak_file_list_init(struct ak_file_list *list)
{
    memset(list, 0, sizeof *list);
}

void ak_file_list_release(struct ak_file_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        ak_free(list->entries[i].path);
        ak_free(list->entries[i].series);
    }
    ak_free(list->entries);
    ak_file_list_init(list);
}

enum ak_err ak_file_list_append(struct ak_file_list *list, const char *path, bool named,
                                bool regular)
{
    if (list->count == AK_MAX_FILES) {
        list->left_out++;
        return AK_ERR_NONE;
    }
    if (list->count == list->room) {
        size_t room = list->room == 0 ? 16 : 2 * list->room;
        struct ak_file_entry *more = ak_realloc(list->entries, room, sizeof *more);
        if (more == NULL)
            return AK_ERR_MEMORY;
        list->entries = more;
        list->room = room;
    }
    struct ak_file_entry entry = {ak_memdup(path, strlen(path) + 1), NULL, list->count, 0, named};
    if (regular)
        entry.series = ak_ring_series(path);
    if (entry.path == NULL || (regular && entry.series == NULL)) {
        ak_free(entry.path);
        ak_free(entry.series);
        return AK_ERR_MEMORY;
    }
    list->entries[list->count++] = entry;
    return AK_ERR_NONE;
}

static bool on_trail(const struct trail *trail, const uint64_t identity[2])
{
    for (; trail != NULL; trail = trail->above)
        if (trail->known && trail->identity[0] == identity[0] && trail->identity[1] == identity[1])
            return true;
    return false;
}

static enum ak_err add(struct walk *w, const char *path, unsigned depth, const struct trail *above);

static enum ak_err add_directory(struct walk *w, const char *path, unsigned depth,
                                 const struct trail *above)
{
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    struct trail here = {above, {0, 0}, false};
    here.known = ak_path_identity(path, here.identity);
    if (here.known && on_trail(above, here.identity)) {
        (void)ak_error_set(&error, AK_ERR_USAGE, "a link back to a folder above it");
        w->problem(w->context, path, false, &error);
        return AK_ERR_NONE;
    }
    if (depth == AK_MAX_DIRECTORY_DEPTH) {
        (void)ak_error_set(&error, AK_ERR_UNSUPPORTED, "directories are nested too deeply");
        w->problem(w->context, path, true, &error);
        return AK_ERR_NONE;
    }
    char **names;
    size_t count;
    enum ak_err err = ak_directory_names(path, &names, &count, &error);
    if (err != AK_ERR_NONE && err != AK_ERR_MEMORY) {
        w->problem(w->context, path, true, &error);
        err = AK_ERR_NONE;
    }
    w->list->left_out += count == AK_MAX_FILES; /* there may be more */
    struct ak_text full;
    ak_text_init(&full, 65536);
    for (size_t i = 0; i < count && err == AK_ERR_NONE; i++) {
        ak_text_clear(&full);
        ak_text_add(&full, path);
        if (full.size != 0 && full.bytes[full.size - 1] != '/')
            ak_text_char(&full, '/');
        ak_text_add(&full, names[i]);
        err = add(w, ak_text_string(&full), depth + 1, &here);
    }
    ak_text_release(&full);
    ak_names_free(names, count);
    return err;
}

static enum ak_err add(struct walk *w, const char *path, unsigned depth, const struct trail *above)
{
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    bool named = depth == 0;
    int number;
    if (named && strcmp(path, "-") == 0)
        return ak_file_list_append(w->list, path, true, false);
    enum ak_path_kind kind = ak_path_kind_of(path, &number);
    if (kind == AK_PATH_DIRECTORY)
        return add_directory(w, path, depth, above);
    if (kind == AK_PATH_MISSING) {
        (void)ak_error_system(&error, AK_ERR_OPEN, number, "cannot open");
        w->problem(w->context, path, true, &error);
        return AK_ERR_NONE;
    }
    if (kind != AK_PATH_FILE && !named) {
        (void)ak_error_set(&error, AK_ERR_USAGE, "a device, pipe or socket: read only when named");
        w->problem(w->context, path, false, &error);
        return AK_ERR_NONE;
    }
    return ak_file_list_append(w->list, path, named, kind == AK_PATH_FILE);
}

enum ak_err ak_file_list_add(struct ak_file_list *list, const char *path,
                             ak_file_list_problem *problem, void *context)
{
    struct walk w = {list, problem, context};
    return add(&w, path, 0, NULL);
}

void ak_file_list_drop(struct ak_file_list *list, size_t index)
{
    ak_free(list->entries[index].path);
    ak_free(list->entries[index].series);
    list->count--;
    memmove(&list->entries[index], &list->entries[index + 1],
            (list->count - index) * sizeof *list->entries);
}

static int by_order(const void *a, const void *b)
{
    const struct ak_file_entry *x = a, *y = b;
    return (x->order > y->order) - (x->order < y->order);
}

static int by_series(const void *a, const void *b)
{
    const struct ak_file_entry *x = a, *y = b;
    int order = (x->series != NULL) - (y->series != NULL);
    if (order == 0 && x->series != NULL)
        order = strcmp(x->series, y->series);
    return order != 0 ? order : by_order(a, b);
}

static int by_lead(const void *a, const void *b)
{
    const struct ak_file_entry *x = a, *y = b;
    int order = (x->lead > y->lead) - (x->lead < y->lead);
    return order != 0 ? order : by_order(a, b);
}

/* Series by series, and then the series by the order of their first files. */
void ak_file_list_sort(struct ak_file_list *list)
{
    if (list->count < 2)
        return;
    qsort(list->entries, list->count, sizeof *list->entries, by_series);
    size_t lead = list->entries[0].order;
    for (size_t i = 0; i < list->count; i++) {
        struct ak_file_entry *e = &list->entries[i];
        bool same = i != 0 && e->series != NULL && e[-1].series != NULL &&
                    strcmp(e->series, e[-1].series) == 0;
        lead = same ? lead : e->order;
        e->lead = lead;
    }
    qsort(list->entries, list->count, sizeof *list->entries, by_lead);
}
