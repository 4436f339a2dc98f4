/* SPDX-License-Identifier: Apache-2.0 */
#include "windows/registry_change.h"

#include <string.h>

#include "base/upcase.h"
#include "windows/registry_tree.h"

#include "base/banned.h"

/* The tree is ours, only its views hand it out as const. */
static struct ak_registry_key *find(const struct ak_registry *registry, const char *path)
{
    const struct ak_registry_key *key = ak_registry_find(registry, path);
    if (key == NULL)
        return NULL;
    return key->parent != NULL ? key->parent->keys[key->at] : NULL;
}

bool ak_registry_change_make(struct ak_registry *registry, const char *path)
{
    return ak_registry_make(registry, path) != NULL;
}

bool ak_registry_change_set(struct ak_registry *registry, const char *path, const char *name,
                            uint32_t type, struct ak_span data)
{
    struct ak_registry_key *key = ak_registry_make(registry, path);
    const struct ak_registry_value *old = ak_registry_value(key, name);
    struct ak_registry_value value;
    memset(&value, 0, sizeof value);
    if (key == NULL)
        return false;
    value.name = ak_registry_text(registry, ak_span_of(name));
    uint8_t *copy = ak_arena_take(&registry->arena, data.size + 1);
    if (value.name == NULL || copy == NULL)
        return false;
    if (data.size != 0)
        memcpy(copy, data.bytes, data.size);
    value.data = copy;
    value.size = (uint32_t)data.size;
    value.type = type;
    value.policy = old != NULL && old->policy;
    value.source = old != NULL ? old->source : 0;
    return ak_registry_put_value(key, &value, true);
}

void ak_registry_change_unset(struct ak_registry *registry, const char *path, const char *name)
{
    struct ak_registry_key *key = find(registry, path);
    if (key != NULL)
        ak_registry_delete_value(key, ak_span_of(name));
    ak_registry_settle(registry);
}

void ak_registry_change_remove(struct ak_registry *registry, const char *path)
{
    struct ak_registry_key *key = find(registry, path);
    if (key != NULL && key->parent != registry->root)
        ak_registry_delete_key(key);
    ak_registry_settle(registry);
}

void ak_registry_change_remove_empty(struct ak_registry *registry, const char *path)
{
    const struct ak_registry_key *key = ak_registry_find(registry, path);
    if (ak_registry_key_count(key) == 0 && ak_registry_value_count(key) == 0)
        ak_registry_change_remove(registry, path);
}
