/* The registry's tree as it is built: keys and values in an arena, found by name.
 *
 * For the loaders; views use windows/registry.h. Nothing that was handed out is ever freed or
 * moved before the registry is released: growing and deleting only let go of old memory.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_WINDOWS_REGISTRY_TREE_H
#define AK_WINDOWS_REGISTRY_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/index.h"
#include "base/limits.h"
#include "windows/registry.h"
#include "windows/registry_load.h"

/* An index by name, made when a key with many names is first asked. */
struct ak_registry_names {
    struct ak_index index;
    struct ak_registry_names *next; /* all of a registry, for their release */
    bool stale;                     /* memory lacked, or a key changed its name: make it anew */
};

/* A value as the tree keeps it. */
struct ak_registry_slot {
    struct ak_registry_value value;
    uint32_t at; /* its place in the key's array */
};

struct ak_registry_key {
    struct ak_registry *registry;
    struct ak_registry_key *parent; /* NULL: the root of roots */
    const char *name;
    struct ak_registry_key **keys; /* NULL where one was deleted, until _settle */
    struct ak_registry_slot **values;
    struct ak_registry_key *unsettled; /* the next key that has holes */
    struct ak_registry_names *key_names, *value_names;
    int64_t written;
    uint32_t key_count, key_room, value_count, value_room;
    uint32_t at; /* its place in the parent's array */
    uint32_t name_size;
    uint16_t depth;
    bool holes; /* in the list of unsettled keys */
};

struct ak_registry {
    struct ak_arena arena;
    struct ak_hash_key key;
    struct ak_registry_key *root; /* above HKLM, HKCU, HKU */
    struct ak_registry_key *machine, *user, *users;
    struct ak_registry_names *names;
    struct ak_registry_key *unsettled;
    struct ak_registry_source *sources[AK_MAX_REGISTRY_SOURCES]; /* in the arena */
    size_t source_count;
    unsigned unknown_mounts;
};

/* A copy in the arena with a NUL behind it; U+0000 inside becomes U+FFFD. NULL: no memory. */
const char *ak_registry_text(struct ak_registry *registry, struct ak_span utf8);

/* The key of this name below `parent`, or NULL. */
struct ak_registry_key *ak_registry_child(const struct ak_registry_key *parent,
                                          struct ak_span name);
/* A new key at the end of `parent`, whether or not the name is taken. `name` lives in the arena.
 * NULL: no memory, or too deep (AK_MAX_REGISTRY_DEPTH). */
struct ak_registry_key *ak_registry_add_key(struct ak_registry_key *parent, const char *name,
                                            size_t size);
/* The key that a path leads to, made where it lacks. Aliases are resolved as in _find. NULL: no
 * memory, too deep, a name too long, or a first part that is no root. */
struct ak_registry_key *ak_registry_make(struct ak_registry *registry, const char *path);
/* Resolves the control set's alias: the key that `name` leads to from `parent`, or NULL. */
struct ak_registry_key *ak_registry_step(const struct ak_registry_key *parent, struct ak_span name);
/* Closes the holes that deleting left in arrays; every loader ends with it. Deleting one by one
 * would cost the square of what a long file deletes. */
void ak_registry_settle(struct ak_registry *registry);

/* Takes a key and all below it out of the tree. */
void ak_registry_delete_key(struct ak_registry_key *key);
/* The values and subkeys of a key. */
void ak_registry_clear_key(struct ak_registry_key *key);
/* Gives a key another name. */
void ak_registry_rename_key(struct ak_registry_key *key, const char *name);

struct ak_registry_slot *ak_registry_value_find(const struct ak_registry_key *key,
                                                struct ak_span name);
/* Adds a value, whose name and data live in the arena; `replace`: in the place of one of the same
 * name. False: no memory. */
AK_MUST_USE bool ak_registry_put_value(struct ak_registry_key *key,
                                       const struct ak_registry_value *value, bool replace);
void ak_registry_delete_value(struct ak_registry_key *key, struct ak_span name);
void ak_registry_delete_values(struct ak_registry_key *key);

/* Room for what is known to come. False: no memory. */
AK_MUST_USE bool ak_registry_reserve(struct ak_registry_key *key, size_t keys, size_t values);

#endif
