/* Fuzzes policy files: ak_registry_pol_read, and ak_registry_load_policy over what was there. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/registry_pol.h"

#include "base/utf16.h"
#include "windows/registry_load.h"

#include "fuzz_target.h"

struct seen {
    struct ak_span file;
    size_t offset, items;
};

static bool check(void *context, const struct ak_registry_pol_item *item)
{
    struct seen *seen = context;
    FUZZ_CHECK(item->offset >= seen->offset && item->offset < seen->file.size);
    FUZZ_CHECK((item->why != NULL) == (item->kind == AK_REGISTRY_POL_BAD));
    FUZZ_CHECK(fuzz_inside(seen->file.bytes, seen->file.size, item->data));
    FUZZ_CHECK(ak_utf8_valid(item->key) && ak_utf8_valid(item->name) && ak_utf8_valid(item->list));
    seen->offset = item->offset + 1;
    seen->items++;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char before[] = "REGEDIT4\n[HKEY_LOCAL_MACHINE\\S\\A\\B]\n\"n\"=dword:1\n"
                                 "[HKEY_LOCAL_MACHINE\\S\\A]\n\"n\"=dword:1\n\"a\"=\"b\"\n";
    struct ak_span policy = {data, size}, own = {(const uint8_t *)before, sizeof before - 1};
    struct ak_hash_key hash_key = {1, 2};
    struct ak_error error;
    struct seen seen = {policy, 0, 0};
    if (size > FUZZ_MAX_INPUT)
        return 0;
    enum ak_err err = ak_registry_pol_read(policy, check, &seen, &error);
    FUZZ_CHECK(err == AK_ERR_NONE || (err == AK_ERR_FORMAT && seen.items == 0));
    struct ak_registry *registry = ak_registry_new(hash_key);
    FUZZ_CHECK(registry != NULL);
    (void)ak_registry_load_text(registry, "before", own, &error);
    FUZZ_CHECK(ak_registry_load_policy(registry, "pol", policy, AK_REGISTRY_POLICY_MACHINE,
                                       &error) == err);
    FUZZ_CHECK(ak_registry_source_count(registry) == (err == AK_ERR_NONE ? 2u : 1u));
    ak_registry_free(registry);
    return 0;
}
