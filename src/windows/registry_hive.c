/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/alloc.h"
#include "base/upcase.h"
#include "base/utf16.h"
#include "codec/regf.h"
#include "codec/regf_log.h"
#include "windows/registry_load.h"
#include "windows/registry_mount.h"
#include "windows/registry_source.h"
#include "windows/registry_tree.h"

#include "base/banned.h"

/* From a hive into the tree, a key at a time: its values, then its subkeys, which wait on a stack.
 * A key with subkeys is read once however lists point, and no more bytes are copied than the hive
 * has, so a crafted hive cannot make the tree larger than an honest one of its size. */

/* A key in the tree whose subkeys are still to be read. */
struct waiting {
    struct ak_registry_key *key;
    struct ak_regf_key raw;
};

struct hive_load {
    struct ak_registry *registry;
    struct ak_registry_source *source;
    struct ak_regf hive;
    uint8_t *seen; /* a bit for each 8 bytes of the bins */
    uint64_t bytes_left;
    struct waiting *stack;
    size_t count, room;
    bool lacks_memory;
};

static bool seen_before(struct hive_load *load, uint32_t offset)
{
    uint8_t bit = (uint8_t)(1u << (offset / 8 % 8));
    uint8_t *byte = &load->seen[offset / 64];
    bool before = (*byte & bit) != 0;
    *byte |= bit;
    return before;
}

/* Whether so many bytes of names and data may still be copied. */
static bool may_copy(struct hive_load *load, size_t size, uint32_t offset)
{
    if (size <= load->bytes_left) {
        load->bytes_left -= size;
        return true;
    }
    ak_regf_damaged(&load->hive, offset, "values that share their data beyond the hive's size");
    load->source->too_many = true;
    return false;
}

static bool is_ascii(struct ak_span text)
{
    uint8_t all = 0;
    for (size_t i = 0; i < text.size; i++)
        all |= (uint8_t)(text.bytes[i] | (text.bytes[i] == 0 ? 0x80u : 0u));
    return all < 0x80;
}

/* A name of Latin-1 or UTF-16LE as UTF-8 in the arena; NULL: no memory. */
static const char *name_text(struct ak_registry *registry, struct ak_span name, bool latin,
                             size_t *size)
{
    if (name.size == 0) {
        *size = 0;
        return "";
    }
    if (latin && is_ascii(name)) {
        char *text = ak_arena_take(&registry->arena, name.size + 1);
        if (text != NULL)
            memcpy(text, name.bytes, name.size);
        *size = name.size;
        return text;
    }
    struct ak_text utf8;
    ak_text_init(&utf8, SIZE_MAX);
    for (size_t i = 0; latin && i < name.size; i++)
        ak_utf8_put(name.bytes[i], &utf8);
    size_t room = name.size / 2 * 3 + 1;
    if (!latin && ak_text_reserve(&utf8, room))
        utf8.size = ak_utf16le_to_utf8(name, utf8.bytes, room);
    struct ak_span whole = {(const uint8_t *)utf8.bytes, utf8.size};
    const char *text = utf8.failed ? NULL : ak_registry_text(registry, whole);
    registry->arena.failed = registry->arena.failed || utf8.failed;
    ak_text_release(&utf8);
    *size = text != NULL ? strlen(text) : 0;
    return text;
}

/* ---- values ---- */

static bool load_data(struct hive_load *load, const struct ak_regf_value *raw,
                      struct ak_registry_value *value)
{
    struct ak_span data = ak_regf_data(&load->hive, raw);
    if (!may_copy(load, data.size, raw->offset))
        data.size = 0;
    value->cut = data.size < raw->size;
    value->data = (const uint8_t *)"";
    if (data.size == 0)
        return true;
    uint8_t *copy = ak_arena_take(&load->registry->arena, data.size);
    if (copy == NULL)
        return false;
    value->size = (uint32_t)data.size;
    if (data.bytes != NULL)
        memcpy(copy, data.bytes, data.size);
    else
        value->size = (uint32_t)ak_regf_data_copy(&load->hive, raw, copy, data.size);
    value->data = copy;
    return true;
}

static bool load_value(struct hive_load *load, struct ak_registry_key *key, uint32_t offset,
                       bool replace)
{
    struct ak_regf_value raw;
    struct ak_registry_value value = {0};
    size_t size;
    if (!ak_regf_value_parse(&load->hive, offset, &raw) || !may_copy(load, raw.name.size, offset))
        return true;
    value.name = name_text(load->registry, raw.name, raw.latin, &size);
    if (value.name == NULL || !load_data(load, &raw, &value))
        return false;
    value.type = raw.type;
    value.source = ak_registry_source_number(load->registry);
    value.offset = (uint64_t)AK_REGF_HEADER + offset;
    if (!ak_registry_put_value(key, &value, replace))
        return false;
    load->source->values++;
    return true;
}

static bool load_values(struct hive_load *load, struct ak_registry_key *key,
                        const struct ak_regf_key *raw)
{
    struct ak_parse parse;
    struct ak_span list = ak_regf_value_list(&load->hive, raw);
    bool replace = key->value_count != 0; /* what the hive itself holds twice stays twice */
    if (list.size == 0)
        return true;
    if (!ak_registry_reserve(key, 0, list.size / 4))
        return false;
    struct ak_reader r = ak_reader_of(list.bytes, list.size, &parse);
    while (r.left >= 4)
        if (!load_value(load, key, ak_read_le32(&r, "value"), replace))
            return false;
    return true;
}

/* ---- keys ---- */

static bool push(struct hive_load *load, struct ak_registry_key *key, const struct ak_regf_key *raw)
{
    if (raw->subkeys == 0)
        return true;
    if (load->count == load->room) {
        size_t room = load->room != 0 ? load->room * 2 : 256;
        struct waiting *stack = ak_realloc(load->stack, room, sizeof *stack);
        if (stack == NULL) {
            load->lacks_memory = true;
            return false;
        }
        load->stack = stack;
        load->room = room;
    }
    load->stack[load->count].key = key;
    load->stack[load->count].raw = *raw;
    load->count++;
    return true;
}

static bool load_key(struct hive_load *load, struct ak_registry_key *key,
                     const struct ak_regf_key *raw)
{
    key->written = raw->written;
    load->source->keys++;
    return load_values(load, key, raw) && push(load, key, raw);
}

/* False: no memory. */
static bool load_subkey(struct hive_load *load, struct ak_registry_key *parent, uint32_t offset,
                        bool merge)
{
    struct ak_regf_key raw;
    size_t size;
    if (!ak_regf_key_parse(&load->hive, offset, &raw))
        return true;
    if (seen_before(load, offset)) {
        ak_regf_damaged(&load->hive, offset, "a key in two places");
        if (raw.subkeys != 0) /* perhaps above itself */
            return true;
    }
    if (parent->depth >= AK_MAX_REGISTRY_DEPTH) {
        ak_regf_damaged(&load->hive, offset, "keys that are too deep");
        load->source->too_many = true;
        return true;
    }
    if (!may_copy(load, raw.name.size, offset))
        return true;
    const char *name = name_text(load->registry, raw.name, raw.latin, &size);
    if (name == NULL)
        return false;
    struct ak_span span = {(const uint8_t *)name, size};
    struct ak_registry_key *key = merge ? ak_registry_child(parent, span) : NULL;
    if (key == NULL)
        key = ak_registry_add_key(parent, name, size);
    return key != NULL && load_key(load, key, &raw);
}

static bool load_subkeys(struct hive_load *load, const struct waiting *waiting)
{
    struct ak_regf_subkeys list;
    uint32_t offset;
    bool merge = waiting->key->key_count != 0;
    ak_regf_subkeys_begin(&list, &load->hive, &waiting->raw);
    if (!ak_registry_reserve(waiting->key, ak_regf_subkeys_known(&list), 0))
        return false;
    while (ak_regf_subkeys_next(&list, &offset))
        if (!load_subkey(load, waiting->key, offset, merge))
            return false;
    return true;
}

static void load_tree(struct hive_load *load, struct ak_registry_key *mount)
{
    struct ak_regf_key root;
    load->seen = ak_alloc(load->hive.bins.size / 64 + 1, 1);
    load->lacks_memory = load->seen == NULL;
    if (load->lacks_memory || !ak_regf_key_parse(&load->hive, load->hive.root, &root))
        return;
    (void)seen_before(load, load->hive.root);
    bool more = load_key(load, mount, &root);
    while (more && load->count != 0) {
        struct waiting next = load->stack[--load->count];
        more = load_subkeys(load, &next);
    }
}

/* ---- the place in the tree ---- */

/* An export may have been read before the hive that tells which control set is the current one. */
static void adopt_control_set(struct ak_registry *registry, const struct ak_regf *hive)
{
    char name[16];
    uint32_t number = ak_registry_mount_control_set(hive);
    struct ak_registry_key *system = ak_registry_child(registry->machine, ak_span_of("SYSTEM"));
    struct ak_registry_key *set =
        system != NULL ? ak_registry_child(system, ak_span_of("CurrentControlSet")) : NULL;
    if (set == NULL || number == 0 || number > 999)
        return;
    (void)snprintf(name, sizeof name, "ControlSet%03u", (unsigned)number);
    if (ak_registry_child(system, ak_span_of(name)) != NULL)
        return;
    const char *text = ak_registry_text(registry, ak_span_of(name));
    if (text != NULL)
        ak_registry_rename_key(set, text);
}

static const char *unknown_mount(struct ak_registry *registry)
{
    char path[32];
    registry->unknown_mounts++;
    (void)snprintf(path, sizeof path, registry->unknown_mounts == 1 ? "HKLM\\?" : "HKLM\\?%u",
                   registry->unknown_mounts);
    return ak_registry_text(registry, ak_span_of(path));
}

static struct ak_registry_key *mount_of(struct hive_load *load)
{
    const char *path = ak_registry_mount_of(&load->hive);
    if (path == NULL)
        path = unknown_mount(load->registry);
    else if (strcmp(path, "HKLM\\SYSTEM") == 0)
        adopt_control_set(load->registry, &load->hive);
    if (path == NULL)
        return NULL;
    load->source->mount = path;
    return ak_registry_make(load->registry, path);
}

const char *ak_registry_hive_mount(struct ak_span bytes)
{
    struct ak_regf hive;
    struct ak_parse parse;
    return ak_regf_open(&hive, bytes, &parse) == AK_VERDICT_PARSED ? ak_registry_mount_of(&hive)
                                                                   : NULL;
}

bool ak_registry_mount_taken(const struct ak_registry *registry, struct ak_span bytes)
{
    const char *mount = ak_registry_hive_mount(bytes);
    if (mount == NULL)
        return false;
    for (size_t i = 0; i < registry->source_count; i++)
        if (registry->sources[i]->kind == AK_REGISTRY_SOURCE_HIVE &&
            strcmp(registry->sources[i]->mount, mount) == 0)
            return true;
    return false;
}

/* ---- the whole file ---- */

static void report(struct hive_load *load)
{
    struct ak_registry_source *source = load->source;
    const struct ak_regf_damage *damage = &load->hive.damage;
    source->written = ak_regf_time(load->hive.base.file_time);
    source->damaged = damage->count;
    source->damaged_first = damage->first;
    source->damaged_why = damage->why;
}

static enum ak_err load_image(struct hive_load *load, struct ak_span image, struct ak_error *error)
{
    struct ak_parse parse;
    enum ak_verdict verdict = ak_regf_open(&load->hive, image, &parse);
    if (verdict == AK_VERDICT_UNKNOWN)
        return ak_error_set(error, AK_ERR_FORMAT, "no registry hive");
    if (verdict != AK_VERDICT_PARSED)
        return ak_error_set(error, AK_ERR_FORMAT, "a registry hive whose root key is lost");
    load->bytes_left = load->hive.bins.size;
    struct ak_registry_key *mount = mount_of(load);
    if (mount != NULL)
        load_tree(load, mount);
    report(load);
    bool lacks_memory = load->lacks_memory;
    ak_free(load->seen);
    ak_free(load->stack);
    return ak_registry_source_end(load->registry, lacks_memory, error);
}

/* `given`: the hive's bytes, when they may be changed and taken; else NULL. */
static enum ak_err load_hive(struct ak_registry *registry, const char *name, struct ak_span hive,
                             uint8_t **given, const struct ak_span *logs, size_t log_count,
                             struct ak_error *error)
{
    struct hive_load load = {.registry = registry};
    struct ak_regf_replay replay;
    enum ak_err err = ak_registry_source_begin(registry, name, AK_REGISTRY_SOURCE_HIVE, hive.size,
                                               &load.source, error);
    if (err != AK_ERR_NONE)
        return err;
    err = given != NULL ? ak_regf_log_replay_take(given, hive.size, logs, log_count, &replay, error)
                        : ak_regf_log_replay(hive, logs, log_count, &replay, error);
    if (err != AK_ERR_NONE)
        return err;
    load.source->dirty = replay.dirty;
    load.source->replayed = replay.image != NULL;
    load.source->log_entries = replay.entries;
    load.source->log_pages = replay.pages;
    struct ak_span image = {replay.image, replay.size};
    err = load_image(&load, replay.image != NULL ? image : hive, error);
    ak_free(replay.image);
    return err;
}

enum ak_err ak_registry_load_hive(struct ak_registry *registry, const char *name,
                                  struct ak_span hive, const struct ak_span *logs, size_t log_count,
                                  struct ak_error *error)
{
    return load_hive(registry, name, hive, NULL, logs, log_count, error);
}

enum ak_err ak_registry_take_hive(struct ak_registry *registry, const char *name, uint8_t *hive,
                                  size_t size, const struct ak_span *logs, size_t log_count,
                                  struct ak_error *error)
{
    struct ak_span span = {hive, size};
    enum ak_err err = load_hive(registry, name, span, &hive, logs, log_count, error);
    ak_free(hive);
    return err;
}
