/* SPDX-License-Identifier: Apache-2.0 */
#include "windows/registry_tree.h"

#include <stdio.h>

#include "base/alloc.h"
#include "base/upcase.h"
#include "base/utf16.h"

#include "base/banned.h"

/* Up to so many names are looked through one by one; most keys have fewer. */
enum { INDEXED = 16 };

struct ak_registry *ak_registry_new(struct ak_hash_key key)
{
    struct ak_registry *registry = ak_alloc(1, sizeof *registry);
    if (registry == NULL)
        return NULL;
    ak_arena_init(&registry->arena, AK_MAX_REGISTRY_MEMORY);
    registry->key = key;
    registry->root = ak_arena_take(&registry->arena, sizeof *registry->root);
    if (registry->root != NULL) {
        registry->root->registry = registry;
        registry->root->name = "";
        registry->machine = ak_registry_add_key(registry->root, "HKLM", 4);
        registry->user = ak_registry_add_key(registry->root, "HKCU", 4);
        registry->users = ak_registry_add_key(registry->root, "HKU", 3);
    }
    if (registry->users == NULL || registry->user == NULL || registry->machine == NULL) {
        ak_registry_free(registry);
        return NULL;
    }
    return registry;
}

void ak_registry_free(struct ak_registry *registry)
{
    if (registry == NULL)
        return;
    for (struct ak_registry_names *names = registry->names; names != NULL; names = names->next)
        ak_index_release(&names->index);
    ak_arena_release(&registry->arena);
    ak_free(registry);
}

const char *ak_registry_text(struct ak_registry *registry, struct ak_span utf8)
{
    size_t zeros = 0;
    for (size_t i = 0; i < utf8.size; i++)
        zeros += utf8.bytes[i] == 0;
    char *text = ak_arena_take(&registry->arena, utf8.size + 2 * zeros + 1);
    if (text == NULL)
        return NULL;
    if (zeros == 0 && utf8.size != 0)
        memcpy(text, utf8.bytes, utf8.size);
    else if (zeros != 0)
        (void)ak_utf8_copy(utf8, text, utf8.size + 2 * zeros + 1);
    return text;
}

/* ---- names ---- */

static struct ak_span key_name(const struct ak_registry_key *key)
{
    struct ak_span name = {(const uint8_t *)key->name, key->name_size};
    return name;
}

static struct ak_span slot_name(const struct ak_registry_slot *slot)
{
    return ak_span_of(slot->value.name);
}

static struct ak_registry_names *new_names(struct ak_registry *registry, size_t maximum)
{
    struct ak_registry_names *names = ak_arena_take(&registry->arena, sizeof *names);
    if (names == NULL || !ak_index_init(&names->index, maximum))
        return NULL;
    names->next = registry->names;
    registry->names = names;
    return names;
}

/* An empty index in place of none or of a stale one; NULL: no memory. */
static struct ak_registry_names *fresh_names(struct ak_registry *registry,
                                             struct ak_registry_names *names)
{
    if (names == NULL)
        return new_names(registry, SIZE_MAX);
    ak_index_release(&names->index);
    names->stale = !ak_index_init(&names->index, SIZE_MAX);
    return names->stale ? NULL : names;
}

static bool add_name(struct ak_registry_names *names, struct ak_hash_key key, struct ak_span name,
                     void *thing)
{
    return ak_index_add(&names->index, ak_upcase_hash(key, name), thing);
}

/* Indexes are caches: making one does not change what a const key is. */
static struct ak_registry_names *key_names(const struct ak_registry_key *key)
{
    struct ak_registry_key *own = (struct ak_registry_key *)(uintptr_t)key;
    if (own->key_names != NULL && !own->key_names->stale)
        return own->key_names;
    struct ak_registry_names *names = fresh_names(key->registry, own->key_names);
    if (names == NULL)
        return NULL;
    own->key_names = names;
    for (uint32_t i = 0; i < key->key_count && !names->stale; i++)
        if (key->keys[i] != NULL)
            names->stale =
                !add_name(names, key->registry->key, key_name(key->keys[i]), key->keys[i]);
    return names->stale ? NULL : names;
}

static struct ak_registry_names *value_names(const struct ak_registry_key *key)
{
    struct ak_registry_key *own = (struct ak_registry_key *)(uintptr_t)key;
    if (own->value_names != NULL && !own->value_names->stale)
        return own->value_names;
    struct ak_registry_names *names = fresh_names(key->registry, own->value_names);
    if (names == NULL)
        return NULL;
    own->value_names = names;
    for (uint32_t i = 0; i < key->value_count && !names->stale; i++)
        if (key->values[i] != NULL)
            names->stale =
                !add_name(names, key->registry->key, slot_name(key->values[i]), key->values[i]);
    return names->stale ? NULL : names;
}

struct ak_registry_key *ak_registry_child(const struct ak_registry_key *parent, struct ak_span name)
{
    struct ak_registry_names *names = parent->key_count > INDEXED ? key_names(parent) : NULL;
    if (names != NULL) {
        uint64_t hash = ak_upcase_hash(parent->registry->key, name), at = hash;
        struct ak_registry_key *key;
        while ((key = ak_index_next(&names->index, hash, &at)) != NULL)
            if (ak_upcase_equal(key_name(key), name))
                return key;
        return NULL;
    }
    for (uint32_t i = 0; i < parent->key_count; i++)
        if (parent->keys[i] != NULL && ak_upcase_equal(key_name(parent->keys[i]), name))
            return parent->keys[i];
    return NULL;
}

struct ak_registry_slot *ak_registry_value_find(const struct ak_registry_key *key,
                                                struct ak_span name)
{
    struct ak_registry_names *names = key->value_count > INDEXED ? value_names(key) : NULL;
    if (names != NULL) {
        uint64_t hash = ak_upcase_hash(key->registry->key, name), at = hash;
        struct ak_registry_slot *slot;
        while ((slot = ak_index_next(&names->index, hash, &at)) != NULL)
            if (ak_upcase_equal(slot_name(slot), name))
                return slot;
        return NULL;
    }
    for (uint32_t i = 0; i < key->value_count; i++)
        if (key->values[i] != NULL && ak_upcase_equal(slot_name(key->values[i]), name))
            return key->values[i];
    return NULL;
}

/* ---- growing ---- */

/* Room for `wanted` pointers, the first `count` kept; the old array is let go of. */
static void *grown(struct ak_arena *arena, const void *old, uint32_t count, uint32_t *room,
                   size_t wanted)
{
    size_t most = (size_t)*room * 2; /* what is first reserved is often all there will be */
    most = wanted > most ? wanted : most;
    if (most > UINT32_MAX / 2)
        return NULL;
    void *array = ak_arena_take(arena, most * sizeof(void *));
    if (array == NULL)
        return NULL;
    if (count != 0)
        memcpy(array, old, count * sizeof(void *));
    *room = (uint32_t)most;
    return array;
}

static bool room_for_keys(struct ak_registry_key *key, size_t more)
{
    if (more <= key->key_room - key->key_count)
        return true;
    void *keys = grown(&key->registry->arena, key->keys, key->key_count, &key->key_room,
                       key->key_count + more);
    if (keys == NULL)
        return false;
    key->keys = keys;
    return true;
}

static bool room_for_values(struct ak_registry_key *key, size_t more)
{
    if (more <= key->value_room - key->value_count)
        return true;
    void *values = grown(&key->registry->arena, key->values, key->value_count, &key->value_room,
                         key->value_count + more);
    if (values == NULL)
        return false;
    key->values = values;
    return true;
}

bool ak_registry_reserve(struct ak_registry_key *key, size_t keys, size_t values)
{
    return room_for_keys(key, keys) && room_for_values(key, values);
}

struct ak_registry_key *ak_registry_add_key(struct ak_registry_key *parent, const char *name,
                                            size_t size)
{
    struct ak_registry *registry = parent->registry;
    if (parent->depth >= AK_MAX_REGISTRY_DEPTH || size > UINT32_MAX)
        return NULL;
    struct ak_registry_key *key = ak_arena_take(&registry->arena, sizeof *key);
    if (key == NULL || !room_for_keys(parent, 1))
        return NULL;
    key->registry = registry;
    key->parent = parent;
    key->name = name;
    key->name_size = (uint32_t)size;
    key->depth = (uint16_t)(parent->depth + 1);
    key->at = parent->key_count;
    parent->keys[parent->key_count++] = key;
    if (parent->key_names != NULL && !parent->key_names->stale)
        parent->key_names->stale = !add_name(parent->key_names, registry->key, key_name(key), key);
    return key;
}

bool ak_registry_put_value(struct ak_registry_key *key, const struct ak_registry_value *value,
                           bool replace)
{
    struct ak_registry_slot *slot =
        replace ? ak_registry_value_find(key, ak_span_of(value->name)) : NULL;
    if (slot != NULL) {
        const char *old = slot->value.name; /* an index may hold it */
        slot->value = *value;
        slot->value.name = old;
        return true;
    }
    slot = ak_arena_take(&key->registry->arena, sizeof *slot);
    if (slot == NULL || !room_for_values(key, 1))
        return false;
    slot->value = *value;
    slot->at = key->value_count;
    key->values[key->value_count++] = slot;
    if (key->value_names != NULL && !key->value_names->stale)
        key->value_names->stale =
            !add_name(key->value_names, key->registry->key, slot_name(slot), slot);
    return true;
}

/* ---- deleting ---- */

static void holed(struct ak_registry_key *key)
{
    if (key->holes)
        return;
    key->holes = true;
    key->unsettled = key->registry->unsettled;
    key->registry->unsettled = key;
}

static void settle(struct ak_registry_key *key)
{
    uint32_t keys = 0, values = 0;
    for (uint32_t i = 0; i < key->key_count; i++)
        if (key->keys[i] != NULL) {
            key->keys[i]->at = keys;
            key->keys[keys++] = key->keys[i];
        }
    for (uint32_t i = 0; i < key->value_count; i++)
        if (key->values[i] != NULL) {
            key->values[i]->at = values;
            key->values[values++] = key->values[i];
        }
    key->key_count = keys;
    key->value_count = values;
    key->holes = false;
}

void ak_registry_settle(struct ak_registry *registry)
{
    while (registry->unsettled != NULL) {
        struct ak_registry_key *key = registry->unsettled;
        registry->unsettled = key->unsettled;
        settle(key);
    }
}

static void forget(struct ak_registry_names *names, struct ak_hash_key key, struct ak_span name,
                   const void *thing)
{
    if (names != NULL && !names->stale)
        ak_index_remove(&names->index, ak_upcase_hash(key, name), thing);
}

void ak_registry_delete_key(struct ak_registry_key *key)
{
    struct ak_registry_key *parent = key->parent;
    forget(parent->key_names, key->registry->key, key_name(key), key);
    parent->keys[key->at] = NULL;
    holed(parent);
}

void ak_registry_delete_value(struct ak_registry_key *key, struct ak_span name)
{
    struct ak_registry_slot *slot = ak_registry_value_find(key, name);
    if (slot == NULL)
        return;
    forget(key->value_names, key->registry->key, slot_name(slot), slot);
    key->values[slot->at] = NULL;
    holed(key);
}

static void stale(struct ak_registry_names *names)
{
    if (names != NULL)
        names->stale = true;
}

void ak_registry_delete_values(struct ak_registry_key *key)
{
    key->value_count = 0;
    stale(key->value_names);
}

void ak_registry_clear_key(struct ak_registry_key *key)
{
    key->key_count = 0;
    stale(key->key_names);
    ak_registry_delete_values(key);
}

void ak_registry_rename_key(struct ak_registry_key *key, const char *name)
{
    key->name = name;
    key->name_size = (uint32_t)strlen(name);
    stale(key->parent->key_names);
}
