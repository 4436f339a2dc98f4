/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/fix_undo.h"

#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "windows/registry_change.h"

#include "base/banned.h"

static void bring_back(const struct ak_fix_change *c, const struct ak_registry_value *v,
                       const char *key, struct ak_fix_set *undo)
{
    struct ak_fix_change change = {.action = AK_FIX_SET_VALUE,
                                   .policy = c->policy,
                                   .unseen = c->unseen,
                                   .key = key,
                                   .name = v->name,
                                   .type = v->type,
                                   .data = v->data,
                                   .size = v->size};
    ak_fix_add(undo, &change);
}

static void same_owner(const struct ak_fix_change *c, enum ak_fix_action action, const char *key,
                       const char *name, struct ak_fix_set *undo)
{
    struct ak_fix_change change = {.action = (uint8_t)action,
                                   .policy = c->policy,
                                   .unseen = c->unseen,
                                   .key = key,
                                   .name = name};
    ak_fix_add(undo, &change);
}

/* Every name in it can be written down. */
static bool can_come_back(const struct ak_registry_key *key, unsigned depth)
{
    if (depth == AK_MAX_REGISTRY_DEPTH)
        return false;
    for (size_t i = 0; i < ak_registry_value_count(key); i++)
        if (!ak_fix_writable(ak_registry_value_at(key, i)->name))
            return false;
    for (size_t i = 0; i < ak_registry_key_count(key); i++) {
        const struct ak_registry_key *child = ak_registry_key_at(key, i);
        if (!ak_fix_writable(ak_registry_key_name(child)) || !can_come_back(child, depth + 1))
            return false;
    }
    return true;
}

void ak_fix_keep_undoable(struct ak_fix_set *set, const struct ak_registry *registry)
{
    size_t kept = 0;
    for (size_t i = 0; i < set->count; i++) {
        const struct ak_fix_change *c = &set->changes[i];
        const struct ak_registry_key *key =
            c->action == AK_FIX_DELETE_KEY ? ak_registry_find(registry, c->key) : NULL;
        if (key == NULL || can_come_back(key, 0))
            set->changes[kept++] = *c;
    }
    set->left_out += set->count - kept;
    set->count = kept;
}

/* A key that is deleted, with all below it. */
static void bring_back_key(const struct ak_fix_change *c, const struct ak_registry_key *key,
                           const char *path, unsigned depth, struct ak_fix_set *undo)
{
    struct ak_text below;
    if (depth == AK_MAX_REGISTRY_DEPTH)
        return;
    same_owner(c, AK_FIX_MAKE_KEY, path, "", undo);
    for (size_t i = 0; i < ak_registry_value_count(key); i++)
        bring_back(c, ak_registry_value_at(key, i), path, undo);
    ak_text_init(&below, 1024 * 1024);
    for (size_t i = 0; i < ak_registry_key_count(key); i++) {
        const struct ak_registry_key *child = ak_registry_key_at(key, i);
        ak_text_clear(&below);
        ak_text_format(&below, "%s\\%s", path, ak_registry_key_name(child));
        bring_back_key(c, child, ak_text_string(&below), depth + 1, undo);
        undo->failed = undo->failed || below.failed;
    }
    ak_text_release(&below);
}

static void undo_value(const struct ak_fix_change *c, const struct ak_registry *registry,
                       struct ak_fix_set *undo)
{
    const struct ak_registry_key *key = ak_registry_find(registry, c->key);
    const struct ak_registry_value *v = ak_registry_value(key, c->name);
    if (c->action == AK_FIX_DELETE_KEY && key != NULL)
        bring_back_key(c, key, c->key, 0, undo);
    else if (c->action <= AK_FIX_DELETE_VALUE && v != NULL)
        bring_back(c, v, c->key, undo);
    else if (c->action == AK_FIX_SET_VALUE)
        same_owner(c, AK_FIX_DELETE_VALUE, c->key, c->name, undo);
}

/* The keys that the change makes: the deepest first. */
static void undo_keys(const struct ak_fix_change *c, const struct ak_registry *registry,
                      struct ak_fix_set *undo)
{
    struct ak_text path;
    if (c->action != AK_FIX_SET_VALUE && c->action != AK_FIX_MAKE_KEY)
        return;
    ak_text_init(&path, 1024 * 1024);
    ak_text_add(&path, c->key);
    while (path.size != 0 && ak_registry_find(registry, ak_text_string(&path)) == NULL) {
        same_owner(c, AK_FIX_REMOVE_EMPTY, ak_text_string(&path), "", undo);
        const char *slash = strrchr(ak_text_string(&path), '\\');
        path.size = slash != NULL ? (size_t)(slash - path.bytes) : 0;
    }
    undo->failed = undo->failed || path.failed;
    ak_text_release(&path);
}

/* Removals stand behind everything else, longer paths before their parents. */
static void removals_last(struct ak_fix_set *undo)
{
    for (size_t i = 1; i < undo->count; i++) {
        struct ak_fix_change moved = undo->changes[i];
        bool removal = moved.action == AK_FIX_REMOVE_EMPTY;
        size_t k = i;
        for (; k > 0; k--) {
            const struct ak_fix_change *before = &undo->changes[k - 1];
            bool later = before->action == AK_FIX_REMOVE_EMPTY &&
                         (!removal || strlen(before->key) < strlen(moved.key));
            if (!later)
                break;
            undo->changes[k] = *before;
        }
        undo->changes[k] = moved;
    }
}

void ak_fix_undo(const struct ak_fix_set *set, const struct ak_registry *registry,
                 struct ak_fix_set *undo)
{
    for (size_t i = set->count; i > 0; i--)
        undo_value(&set->changes[i - 1], registry, undo);
    for (size_t i = set->count; i > 0; i--)
        undo_keys(&set->changes[i - 1], registry, undo);
    removals_last(undo);
    undo->failed = undo->failed || set->failed;
}

bool ak_fix_apply(const struct ak_fix_set *set, struct ak_registry *registry)
{
    for (size_t i = 0; i < set->count; i++) {
        const struct ak_fix_change *c = &set->changes[i];
        struct ak_span data = {c->data, c->size};
        bool good = true;
        switch ((enum ak_fix_action)c->action) {
        case AK_FIX_SET_VALUE:
            good = ak_registry_change_set(registry, c->key, c->name, c->type, data);
            break;
        case AK_FIX_DELETE_VALUE:
            ak_registry_change_unset(registry, c->key, c->name);
            break;
        case AK_FIX_MAKE_KEY:
            good = ak_registry_change_make(registry, c->key);
            break;
        case AK_FIX_DELETE_KEY:
            ak_registry_change_remove(registry, c->key);
            break;
        case AK_FIX_REMOVE_EMPTY:
        case AK_FIX_ACTIONS:
            ak_registry_change_remove_empty(registry, c->key);
            break;
        }
        if (!good)
            return false;
    }
    return true;
}
