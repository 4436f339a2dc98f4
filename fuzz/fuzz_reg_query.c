/* Fuzzes what reg query prints: ak_reg_query_read, and ak_registry_load_text over what was there.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/reg_query.h"

#include "base/utf16.h"
#include "windows/registry_load.h"

#include "fuzz_target.h"

struct seen {
    uint64_t line;
    size_t items;
};

static bool check(void *context, const struct ak_reg_text_item *item)
{
    struct seen *seen = context;
    FUZZ_CHECK(item->line >= seen->line && (item->why != NULL) == (item->kind == AK_REG_TEXT_BAD));
    if (item->kind == AK_REG_TEXT_KEY || item->kind == AK_REG_TEXT_DELETE_KEY) {
        struct ak_span path = {(const uint8_t *)item->path, strlen(item->path)};
        FUZZ_CHECK(ak_utf8_valid(path));
    }
    seen->line = item->line;
    seen->items++;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char before[] =
        "REGEDIT4\n[HKEY_LOCAL_MACHINE\\SYSTEM\\Select]\n\"Current\"=dword:1\n"
        "[HKEY_USERS\\a\\b]\n\"x\"=\"y\"\n@=\"z\"\n";
    struct ak_span text = {data, size}, own = {(const uint8_t *)before, sizeof before - 1};
    struct ak_hash_key hash_key = {1, 2};
    struct ak_error error;
    struct seen seen = {0, 0};
    if (size > FUZZ_MAX_INPUT)
        return 0;
    if (!ak_reg_query_is(text))
        return 0; /* as an export it is fuzz_reg_text's */
    enum ak_err err = ak_reg_query_read(text, check, &seen, &error);
    FUZZ_CHECK(err == AK_ERR_NONE || (err == AK_ERR_FORMAT && seen.items == 0));
    FUZZ_CHECK(seen.items <= size);
    struct ak_registry *registry = ak_registry_new(hash_key);
    FUZZ_CHECK(registry != NULL);
    (void)ak_registry_load_text(registry, "before", own, &error);
    FUZZ_CHECK(ak_registry_load_text(registry, "text", text, &error) == err);
    FUZZ_CHECK(ak_registry_source_count(registry) == (err == AK_ERR_NONE ? 2u : 1u));
    FUZZ_CHECK(ak_registry_find(registry, "HKLM") != NULL);
    ak_registry_free(registry);
    return 0;
}
