/* What the targets of registry texts share: what readers promise of their items, and a registry
 * that has something already and takes the text on top. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_FUZZ_REGISTRY_H
#define AK_FUZZ_REGISTRY_H

#include <string.h>

#include "base/utf16.h"
#include "codec/reg_text.h"
#include "windows/registry_load.h"

#include "fuzz_target.h"

struct fuzz_items {
    uint64_t line;
    size_t count;
};

static inline bool fuzz_item(void *context, const struct ak_reg_text_item *item)
{
    struct fuzz_items *seen = context;
    FUZZ_CHECK(item->line >= seen->line && (item->why != NULL) == (item->kind == AK_REG_TEXT_BAD));
    if (item->kind == AK_REG_TEXT_KEY || item->kind == AK_REG_TEXT_DELETE_KEY) {
        struct ak_span path = {(const uint8_t *)item->path, strlen(item->path)};
        FUZZ_CHECK(ak_utf8_valid(path));
    }
    seen->line = item->line;
    seen->count++;
    return true;
}

/* A reader as ak_reg_text_read: its result and that of loading the same text are one. */
static inline void fuzz_registry_text(
    struct ak_span text,
    enum ak_err (*read)(struct ak_span bytes,
                        bool (*each)(void *context, const struct ak_reg_text_item *item),
                        void *context, struct ak_error *error))
{
    static const char before[] =
        "REGEDIT4\n[HKEY_LOCAL_MACHINE\\SYSTEM\\Select]\n\"Current\"=dword:1\n"
        "[HKEY_USERS\\a\\b]\n\"x\"=\"y\"\n@=\"z\"\n";
    struct ak_span own = {(const uint8_t *)before, sizeof before - 1};
    struct ak_hash_key hash_key = {1, 2};
    struct ak_error error;
    struct fuzz_items seen = {0, 0};
    enum ak_err err = read(text, fuzz_item, &seen, &error);
    FUZZ_CHECK(err == AK_ERR_NONE || (err == AK_ERR_FORMAT && seen.count == 0));
    FUZZ_CHECK(seen.count <= text.size);
    struct ak_registry *registry = ak_registry_new(hash_key);
    FUZZ_CHECK(registry != NULL);
    (void)ak_registry_load_text(registry, "before", own, &error);
    FUZZ_CHECK(ak_registry_load_text(registry, "text", text, &error) == err);
    FUZZ_CHECK(ak_registry_source_count(registry) == (err == AK_ERR_NONE ? 2u : 1u));
    FUZZ_CHECK(ak_registry_find(registry, "HKLM") != NULL);
    ak_registry_free(registry);
}

#endif
