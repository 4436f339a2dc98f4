/* SPDX-License-Identifier: Apache-2.0 */
#include "windows/registry_load.h"

#include "codec/reg_query.h"
#include "codec/reg_text.h"
#include "codec/regf.h"
#include "codec/registry_pol.h"
#include "codec/sqlcheck_text.h"
#include "base/upcase.h"
#include "windows/registry_source.h"
#include "windows/registry_tree.h"

#include "base/banned.h"

/* ---- sniffing ---- */

static bool at_is(struct ak_span bytes, size_t offset, const char *signature)
{
    size_t size = strlen(signature);
    return bytes.size >= offset && bytes.size - offset >= size &&
           memcmp(bytes.bytes + offset, signature, size) == 0;
}

enum ak_registry_sniff ak_registry_sniff(struct ak_span bytes)
{
    struct ak_regf_base base;
    struct ak_parse parse;
    if (ak_regf_base_parse(bytes, &base, &parse) != AK_VERDICT_UNKNOWN && at_is(bytes, 0, "regf")) {
        bool type = base.type == 1 || base.type == 2 || base.type == 6;
        /* The type may be what is damaged, and an emptied log has nothing behind its base block. */
        if (at_is(bytes, AK_REGF_BASE, "DIRT") || at_is(bytes, AK_REGF_BASE, "HvLE") ||
            (type && !at_is(bytes, AK_REGF_HEADER, "hbin")))
            return AK_REGISTRY_SNIFF_LOG;
        return AK_REGISTRY_SNIFF_HIVE;
    }
    if (at_is(bytes, AK_REGF_HEADER, "hbin"))
        return AK_REGISTRY_SNIFF_HIVE; /* without its base block */
    if (ak_registry_pol_is(bytes))
        return AK_REGISTRY_SNIFF_POLICY;
    if (ak_reg_text_is(bytes) || ak_reg_query_is(bytes))
        return AK_REGISTRY_SNIFF_TEXT;
    return ak_sqlcheck_text_is(bytes) ? AK_REGISTRY_SNIFF_REPORT : AK_REGISTRY_SNIFF_NO;
}

/* ---- sources ---- */

enum ak_err ak_registry_source_begin(struct ak_registry *registry, const char *name,
                                     enum ak_registry_source_kind kind, size_t size,
                                     struct ak_registry_source **source, struct ak_error *error)
{
    if (registry->source_count == AK_MAX_REGISTRY_SOURCES)
        return ak_error_set(error, AK_ERR_UNSUPPORTED, "more than %u files for one registry",
                            (unsigned)AK_MAX_REGISTRY_SOURCES);
    if (size > AK_MAX_REGISTRY_FILE)
        return ak_error_set(error, AK_ERR_UNSUPPORTED, "larger than %u MiB",
                            (unsigned)(AK_MAX_REGISTRY_FILE / (1024u * 1024u)));
    registry->arena.failed = registry->arena.full = false;
    *source = registry->sources[registry->source_count]; /* of a file that was refused, or none */
    if (*source == NULL)
        *source = ak_arena_take(&registry->arena, sizeof **source);
    if (*source == NULL)
        return ak_error_set(error, AK_ERR_MEMORY, "out of memory");
    registry->sources[registry->source_count] = *source;
    memset(*source, 0, sizeof **source);
    (*source)->name = name;
    (*source)->kind = kind;
    (*source)->mount = "";
    return AK_ERR_NONE;
}

uint16_t ak_registry_source_number(const struct ak_registry *registry)
{
    return (uint16_t)registry->source_count;
}

enum ak_err ak_registry_source_end(struct ak_registry *registry, bool lacks_memory,
                                   struct ak_error *error)
{
    struct ak_registry_source *source = registry->sources[registry->source_count];
    ak_registry_settle(registry);
    source->too_many = source->too_many || registry->arena.full;
    registry->source_count++;
    if (lacks_memory || (registry->arena.failed && !registry->arena.full))
        return ak_error_set(error, AK_ERR_MEMORY, "out of memory");
    return AK_ERR_NONE;
}

void ak_registry_source_damaged(struct ak_registry_source *source, uint64_t where, const char *why)
{
    if (source->damaged == 0) {
        source->damaged_first = where;
        source->damaged_why = why;
    }
    if (source->damaged != UINT32_MAX)
        source->damaged++;
}

/* ---- exports and policy ---- */

/* What both have in common: items that are put into one key after the other. */
struct items {
    struct ak_registry *registry;
    struct ak_registry_source *source;
    struct ak_registry_key *key; /* NULL: none yet, deleted, or its line was bad */
    const char *root;            /* of a policy file's keys */
    struct ak_text path;
};

/* The key of a path. When it cannot be made the reason is told. */
static struct ak_registry_key *make(struct items *items, const char *path, uint64_t where)
{
    struct ak_registry_key *key = ak_registry_make(items->registry, path);
    if (key == NULL && !items->registry->arena.failed)
        ak_registry_source_damaged(items->source, where,
                                   "a key of no known root, or too deep, or too long");
    return key;
}

static void put(struct items *items, struct ak_registry_key *key, struct ak_span name,
                uint32_t type, struct ak_span data, uint64_t where)
{
    struct ak_registry *registry = items->registry;
    struct ak_registry_value value = {0};
    /* A report adds to what hives and exports hold, and changes nothing of it. */
    if (items->source->kind == AK_REGISTRY_SOURCE_REPORT &&
        ak_registry_value_find(key, name) != NULL)
        return;
    value.name = ak_registry_text(registry, name);
    uint8_t *copy = ak_arena_take(&registry->arena, data.size + 1);
    if (value.name == NULL || copy == NULL)
        return;
    if (data.size != 0)
        memcpy(copy, data.bytes, data.size);
    value.data = copy;
    value.size = (uint32_t)data.size;
    value.type = type;
    value.policy = items->source->kind == AK_REGISTRY_SOURCE_POLICY;
    value.source = ak_registry_source_number(registry);
    value.offset = where;
    if (ak_registry_put_value(key, &value, true))
        items->source->values++;
}

static void delete_key(struct items *items, const char *path)
{
    const struct ak_registry_key *found = ak_registry_find(items->registry, path);
    struct ak_registry_key *key = (struct ak_registry_key *)(uintptr_t)found;
    if (key == NULL)
        return;
    if (key->depth <= 1) /* a root stays */
        ak_registry_clear_key(key);
    else
        ak_registry_delete_key(key);
}

static bool text_item(void *context, const struct ak_reg_text_item *item)
{
    struct items *items = context;
    switch (item->kind) {
    case AK_REG_TEXT_KEY:
        items->key = make(items, item->path, item->line);
        items->source->keys += items->key != NULL;
        break;
    case AK_REG_TEXT_DELETE_KEY:
        items->key = NULL;
        delete_key(items, item->path);
        break;
    case AK_REG_TEXT_VALUE:
        if (items->key != NULL)
            put(items, items->key, item->name, item->type, item->data, item->line);
        else
            ak_registry_source_damaged(items->source, item->line, "a value without its key");
        break;
    case AK_REG_TEXT_DELETE_VALUE:
        if (items->key != NULL)
            ak_registry_delete_value(items->key, item->name);
        break;
    case AK_REG_TEXT_BAD:
        if (item->path != NULL)
            items->key = NULL;
        ak_registry_source_damaged(items->source, item->line, item->why);
        break;
    }
    return !items->registry->arena.failed;
}

typedef enum ak_err text_reader(struct ak_span bytes,
                                bool (*each)(void *context, const struct ak_reg_text_item *item),
                                void *context, struct ak_error *error);

/* An export, or what reg query printed. */
static enum ak_err read_text(struct ak_span bytes,
                             bool (*each)(void *context, const struct ak_reg_text_item *item),
                             void *context, struct ak_error *error)
{
    return ak_reg_query_is(bytes) ? ak_reg_query_read(bytes, each, context, error)
                                  : ak_reg_text_read(bytes, each, context, error);
}

static enum ak_err load_items(struct ak_registry *registry, const char *name,
                              enum ak_registry_source_kind kind, text_reader *read,
                              struct ak_span text, struct ak_error *error)
{
    struct items items = {.registry = registry};
    enum ak_err err =
        ak_registry_source_begin(registry, name, kind, text.size, &items.source, error);
    if (err != AK_ERR_NONE)
        return err;
    err = read(text, text_item, &items, error);
    if (err == AK_ERR_FORMAT)
        return err;
    return ak_registry_source_end(registry, err == AK_ERR_MEMORY, error);
}

/* A path of the policy's root; "" when memory lacks. */
enum ak_err ak_registry_load_text(struct ak_registry *registry, const char *name,
                                  struct ak_span text, struct ak_error *error)
{
    return load_items(registry, name, AK_REGISTRY_SOURCE_TEXT, read_text, text, error);
}

enum ak_err ak_registry_load_report(struct ak_registry *registry, const char *name,
                                    struct ak_span report, struct ak_error *error)
{
    return load_items(registry, name, AK_REGISTRY_SOURCE_REPORT, ak_sqlcheck_text_read, report,
                      error);
}

static const char *policy_path(struct items *items, struct ak_span key)
{
    ak_text_clear(&items->path);
    ak_text_add(&items->path, items->root);
    ak_text_char(&items->path, '\\');
    ak_text_bytes(&items->path, key.bytes, key.size);
    return ak_text_string(&items->path);
}

static void delete_listed(struct items *items, const struct ak_registry_pol_item *item,
                          struct ak_registry_key *key)
{
    struct ak_span rest = item->list;
    while (rest.size != 0) {
        const uint8_t *end = memchr(rest.bytes, ';', rest.size);
        struct ak_span one = {rest.bytes, end != NULL ? (size_t)(end - rest.bytes) : rest.size};
        rest.bytes += one.size + (end != NULL);
        rest.size -= one.size + (end != NULL);
        if (item->kind == AK_REGISTRY_POL_DELETE_VALUES)
            ak_registry_delete_value(key, one);
        else if (one.size != 0) /* keys are named from the policy's root */
            delete_key(items, policy_path(items, one));
    }
}

static void policy_value(struct items *items, const struct ak_registry_pol_item *item,
                         struct ak_registry_key *key)
{
    switch (item->kind) {
    case AK_REGISTRY_POL_SOFT: /* only where nothing stands */
        if (ak_registry_value_find(key, item->name) != NULL)
            break;
        put(items, key, item->name, item->type, item->data, item->offset);
        break;
    case AK_REGISTRY_POL_SET:
        put(items, key, item->name, item->type, item->data, item->offset);
        break;
    case AK_REGISTRY_POL_DELETE_VALUE:
        ak_registry_delete_value(key, item->name);
        break;
    case AK_REGISTRY_POL_DELETE_ALL_VALUES:
        ak_registry_delete_values(key);
        break;
    case AK_REGISTRY_POL_DELETE_VALUES:
    case AK_REGISTRY_POL_DELETE_KEYS:
        delete_listed(items, item, key);
        break;
    case AK_REGISTRY_POL_KEY:
    case AK_REGISTRY_POL_BAD:
        break;
    }
}

static bool policy_item(void *context, const struct ak_registry_pol_item *item)
{
    struct items *items = context;
    if (item->kind == AK_REGISTRY_POL_BAD) {
        ak_registry_source_damaged(items->source, item->offset, item->why);
        return true;
    }
    const char *path = policy_path(items, item->key);
    struct ak_registry_key *key = !items->path.failed ? make(items, path, item->offset) : NULL;
    if (key != NULL) {
        items->source->keys++;
        policy_value(items, item, key);
    }
    return !items->registry->arena.failed && !items->path.failed;
}

enum ak_err ak_registry_load_policy(struct ak_registry *registry, const char *name,
                                    struct ak_span policy, enum ak_registry_policy whose,
                                    struct ak_error *error)
{
    struct items items = {.registry = registry};
    enum ak_err err = ak_registry_source_begin(registry, name, AK_REGISTRY_SOURCE_POLICY,
                                               policy.size, &items.source, error);
    if (err != AK_ERR_NONE)
        return err;
    items.root = whose == AK_REGISTRY_POLICY_MACHINE ? "HKLM" : "HKCU";
    ak_text_init(&items.path, SIZE_MAX);
    err = ak_registry_pol_read(policy, policy_item, &items, error);
    bool lacks_memory = err == AK_ERR_MEMORY || items.path.failed;
    ak_text_release(&items.path);
    if (err == AK_ERR_FORMAT)
        return err;
    items.source->mount = items.root;
    return ak_registry_source_end(registry, lacks_memory, error);
}
