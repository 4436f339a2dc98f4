/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/fix_set.h"

#include <string.h>

#include "base/alloc.h"
#include "base/attr.h"
#include "base/text.h"
#include "base/upcase.h"
#include "base/utf16.h"

#include "base/banned.h"

enum { MOST_BYTES = 64 * 1024 * 1024, MOST_CHANGES = 65536 };

const char *ak_fix_action_name(enum ak_fix_action action)
{
    static const char *const names[AK_FIX_ACTIONS] = {"set_value", "delete_value", "make_key",
                                                      "delete_key", "remove_empty_key"};
    return names[action];
}

void ak_fix_set_init(struct ak_fix_set *set)
{
    memset(set, 0, sizeof *set);
    ak_arena_init(&set->arena, MOST_BYTES);
}

void ak_fix_set_release(struct ak_fix_set *set)
{
    ak_arena_release(&set->arena);
    ak_free(set->changes);
    memset(set, 0, sizeof *set);
}

static const void *keep(struct ak_fix_set *set, const void *bytes, size_t size)
{
    uint8_t *copy = ak_arena_take(&set->arena, size + 1);
    if (copy == NULL)
        set->failed = true;
    else if (size != 0)
        memcpy(copy, bytes, size);
    return copy;
}

/* Lines end at control characters, in comments as in commands. */
bool ak_fix_writable(const char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return false;
    return true;
}

static bool about_key(const struct ak_fix_change *c)
{
    return c->action >= AK_FIX_MAKE_KEY;
}

/* The place of an earlier change of the same value or key, or the end. */
static struct ak_fix_change *place_of(struct ak_fix_set *set, const struct ak_fix_change *change)
{
    for (size_t i = 0; i < set->count; i++) {
        struct ak_fix_change *c = &set->changes[i];
        if (about_key(c) == about_key(change) && (!about_key(c) || c->action == change->action) &&
            ak_same_name(c->key, change->key) && ak_same_name(c->name, change->name))
            return c;
    }
    if (set->count == set->room) {
        size_t room = set->room != 0 ? 2 * set->room : 16;
        struct ak_fix_change *grown =
            room > MOST_CHANGES ? NULL : ak_realloc(set->changes, room, sizeof *grown);
        if (grown == NULL)
            return NULL;
        set->changes = grown;
        set->room = room;
    }
    return &set->changes[set->count++];
}

void ak_fix_add(struct ak_fix_set *set, const struct ak_fix_change *change)
{
    if (!ak_fix_writable(change->key) || !ak_fix_writable(change->name)) {
        set->left_out++;
        return;
    }
    struct ak_fix_change copy = *change;
    copy.key = keep(set, change->key, strlen(change->key) + 1);
    copy.name = keep(set, change->name, strlen(change->name) + 1);
    copy.data = keep(set, change->data, change->size);
    struct ak_fix_change *place = set->failed ? NULL : place_of(set, change);
    if (place == NULL)
        set->failed = true;
    else
        *place = copy;
}

void ak_fix_add_number(struct ak_fix_set *set, const char *key, const char *name, uint32_t number)
{
    uint8_t data[4] = {(uint8_t)number, (uint8_t)(number >> 8), (uint8_t)(number >> 16),
                       (uint8_t)(number >> 24)};
    struct ak_fix_change change = {.action = AK_FIX_SET_VALUE,
                                   .key = key,
                                   .name = name,
                                   .type = AK_REGISTRY_TYPE_DWORD,
                                   .data = data,
                                   .size = sizeof data};
    ak_fix_add(set, &change);
}

void ak_fix_add_key(struct ak_fix_set *set, enum ak_fix_action action, const char *key)
{
    struct ak_fix_change change = {.action = (uint8_t)action, .key = key, .name = ""};
    ak_fix_add(set, &change);
}

void ak_fix_add_delete(struct ak_fix_set *set, const char *key, const char *name)
{
    struct ak_fix_change change = {.action = AK_FIX_DELETE_VALUE, .key = key, .name = name};
    ak_fix_add(set, &change);
}

void ak_fix_add_set(struct ak_fix_set *set, const struct ak_fix_set *more)
{
    for (size_t i = 0; i < more->count; i++)
        ak_fix_add(set, &more->changes[i]);
    set->left_out += more->left_out;
    set->failed = set->failed || more->failed;
}

void ak_fix_add_list(struct ak_fix_set *set, const char *key, const char *name,
                     const char *const *strings, size_t count, bool commas)
{
    struct ak_text text;
    ak_text_init(&text, MOST_BYTES);
    for (size_t i = 0; i < count; i++) {
        if (commas && i != 0)
            ak_utf16le_put(',', &text);
        ak_utf8_to_utf16le(ak_span_of(strings[i]), &text);
        if (!commas)
            ak_text_bytes(&text, "\0", 2);
    }
    ak_text_bytes(&text, "\0", 2);
    struct ak_fix_change change = {.action = AK_FIX_SET_VALUE,
                                   .key = key,
                                   .name = name,
                                   .type = commas ? AK_REGISTRY_TYPE_SZ : AK_REGISTRY_TYPE_MULTI_SZ,
                                   .data = (const uint8_t *)text.bytes,
                                   .size = text.size};
    if (text.failed)
        set->failed = true;
    else
        ak_fix_add(set, &change);
    ak_text_release(&text);
}

/* ---- against what is there ---- */

static bool changes_nothing(const struct ak_fix_change *c, const struct ak_registry_key *key)
{
    const struct ak_registry_value *v = ak_registry_value(key, c->name);
    switch ((enum ak_fix_action)c->action) {
    case AK_FIX_SET_VALUE:
        return v != NULL && v->type == c->type && v->size == c->size && !v->cut &&
               (c->size == 0 || memcmp(v->data, c->data, c->size) == 0);
    case AK_FIX_DELETE_VALUE:
        return v == NULL;
    case AK_FIX_MAKE_KEY:
        return key != NULL;
    default:
        return key == NULL;
    }
}

static bool begins(const char *path, const char *with)
{
    size_t n = strlen(with);
    return ak_upcase_begins(ak_span_of(path), with) && (path[n] == '\\' || path[n] == '\0');
}

/* Does a source hold this part of the registry? Hives hold all below their place; an export holds
 * what hangs below a key that has values in it. */
static bool seen(const struct ak_registry *registry, const char *path)
{
    char part[1024];
    for (size_t i = 0; i < ak_registry_source_count(registry); i++) {
        const struct ak_registry_source *s = ak_registry_source_at(registry, i);
        if (s->kind == AK_REGISTRY_SOURCE_HIVE && begins(path, s->mount))
            return true;
    }
    size_t n = strlen(path);
    if (n >= sizeof part)
        return false;
    memcpy(part, path, n + 1);
    for (; n > 0; n--) {
        if (part[n] != '\\' && part[n] != '\0')
            continue;
        part[n] = '\0';
        if (ak_registry_value_count(ak_registry_find(registry, part)) != 0)
            return true;
    }
    return false;
}

static bool owned_by_policy(const struct ak_fix_change *c, const struct ak_registry_key *key)
{
    const struct ak_registry_value *v = about_key(c) ? NULL : ak_registry_value(key, c->name);
    for (size_t i = 0; about_key(c) && i < ak_registry_value_count(key); i++)
        if (ak_registry_value_at(key, i)->policy)
            return true;
    return (v != NULL && v->policy) || begins(c->key, "HKLM\\SOFTWARE\\Policies") ||
           begins(c->key, "HKCU\\Software\\Policies");
}

size_t ak_fix_settle(struct ak_fix_set *set, const struct ak_registry *registry)
{
    size_t kept = 0;
    for (size_t i = 0; i < set->count; i++) {
        struct ak_fix_change *c = &set->changes[i];
        const struct ak_registry_key *key = ak_registry_find(registry, c->key);
        if (changes_nothing(c, key))
            continue;
        c->policy = owned_by_policy(c, key);
        c->unseen = !seen(registry, c->key);
        set->changes[kept++] = *c;
    }
    return set->count = kept;
}

size_t ak_fix_count(const struct ak_fix_set *set, bool policy)
{
    size_t count = 0;
    for (size_t i = 0; i < set->count; i++)
        count += set->changes[i].policy == policy;
    return count;
}
