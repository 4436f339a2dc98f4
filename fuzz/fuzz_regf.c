/* Fuzzes hives: ak_regf_open and the walk, ak_registry_load_hive and look-ups in the tree. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/limits.h"
#include "codec/regf.h"
#include "windows/registry_load.h"

#include "fuzz_target.h"

/* Counts what the tree holds and asks it for a part of it again by name. */
static void walk(const struct ak_registry_key *key, size_t depth, uint64_t *keys, uint64_t *values,
                 uint64_t *bytes)
{
    FUZZ_CHECK(depth <= AK_MAX_REGISTRY_DEPTH);
    ++*keys;
    for (size_t i = 0; i < ak_registry_value_count(key); i++) {
        const struct ak_registry_value *value = ak_registry_value_at(key, i);
        ++*values;
        *bytes += value->size;
        if (i < 20)
            FUZZ_CHECK(ak_registry_value(key, value->name) != NULL);
    }
    for (size_t i = 0; i < ak_registry_key_count(key); i++) {
        const struct ak_registry_key *child = ak_registry_key_at(key, i);
        const char *name = ak_registry_key_name(child);
        if (i < 20 && name[0] != '\0' && strchr(name, '\\') == NULL)
            FUZZ_CHECK(ak_registry_below(key, name) != NULL);
        walk(child, depth + 1, keys, values, bytes);
    }
}

/* A good checksum, so that half of the inputs get past the base block as it is. */
static void mend(uint8_t *base)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < AK_REGF_BASE - 4; i += 4)
        sum ^= ak_le32(base + i);
    for (unsigned i = 0; i < 4; i++)
        base[AK_REGF_BASE - 4 + i] = (uint8_t)(sum >> (8 * i));
}

static void load(struct ak_span hive)
{
    struct ak_hash_key hash_key = {1, 2};
    struct ak_error error;
    struct ak_registry *registry = ak_registry_new(hash_key);
    FUZZ_CHECK(registry != NULL);
    (void)ak_registry_sniff(hive);
    if (ak_registry_load_hive(registry, "hive", hive, NULL, 0, &error) == AK_ERR_NONE) {
        const struct ak_registry_source *source = ak_registry_source_at(registry, 0);
        const struct ak_registry_key *mount = ak_registry_find(registry, source->mount);
        uint64_t keys = 0, values = 0, bytes = 0;
        FUZZ_CHECK(mount != NULL);
        walk(mount, 0, &keys, &values, &bytes);
        FUZZ_CHECK(keys == source->keys || source->too_many);
        FUZZ_CHECK(values == source->values && bytes <= hive.size);
        FUZZ_CHECK((source->damaged != 0) == (source->damaged_why != NULL));
        FUZZ_CHECK(source->damaged_first <= (uint64_t)UINT32_MAX + AK_REGF_HEADER);
    } else {
        FUZZ_CHECK(ak_registry_source_count(registry) == 0);
    }
    ak_registry_free(registry);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ak_span hive = {data, size};
    if (size > FUZZ_MAX_INPUT)
        return 0;
    load(hive);
    if (size < AK_REGF_BASE)
        return 0;
    uint8_t *copy = malloc(size);
    FUZZ_CHECK(copy != NULL);
    memcpy(copy, data, size);
    mend(copy);
    hive.bytes = copy;
    load(hive);
    free(copy);
    return 0;
}
