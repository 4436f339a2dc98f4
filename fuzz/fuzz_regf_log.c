/* Fuzzes ak_regf_log_replay: input is a hive's base block, a page of bins, then two logs.
 *
 * size of the first log (2 bytes, little-endian, in units of 512), hive (8192), log, log. Checksums
 * and hashes are made good before the second of two runs: else no mutation would get past them.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/alloc.h"
#include "codec/regf.h"
#include "codec/regf_log.h"

#include "fuzz_target.h"

enum { HIVE = 8192 };

static void replay(struct ak_span hive, const struct ak_span *logs)
{
    struct ak_regf_replay told;
    struct ak_error error;
    FUZZ_CHECK(ak_regf_log_replay(hive, logs, 2, &told, &error) == AK_ERR_NONE);
    FUZZ_CHECK((told.image != NULL) == (told.entries != 0));
    if (told.image != NULL) {
        struct ak_span image = {told.image, told.size};
        struct ak_regf regf;
        struct ak_parse parse;
        FUZZ_CHECK(told.dirty && told.size >= hive.size);
        (void)ak_regf_open(&regf, image, &parse);
        FUZZ_CHECK(regf.base_good && !ak_regf_dirty(&regf));
    }
    ak_free(told.image);
}

static void put_le32(uint8_t *at, uint32_t number)
{
    for (unsigned i = 0; i < 4; i++)
        at[i] = (uint8_t)(number >> (8 * i));
}

static void mend_base(uint8_t *bytes, size_t size)
{
    uint32_t sum = 0;
    if (size < AK_REGF_BASE)
        return;
    for (size_t i = 0; i < AK_REGF_BASE - 4; i += 4)
        sum ^= ak_le32(bytes + i);
    put_le32(bytes + AK_REGF_BASE - 4, sum);
}

static void mend_hash(uint8_t *at, const uint8_t *bytes, size_t size)
{
    struct ak_span span = {bytes, size};
    uint64_t hash = ak_regf_log_hash(span);
    put_le32(at, (uint32_t)hash);
    put_le32(at + 4, (uint32_t)(hash >> 32));
}

static void mend_log(uint8_t *bytes, size_t size)
{
    mend_base(bytes, size);
    for (size_t at = 512; at + 40 <= size && memcmp(bytes + at, "HvLE", 4) == 0;) {
        size_t length = ak_le32(bytes + at + 4);
        if (length < 40 || length > size - at || length % 512 != 0)
            break;
        mend_hash(bytes + at + 24, bytes + at + 40, length - 40);
        mend_hash(bytes + at + 32, bytes + at, 32);
        at += length;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > FUZZ_MAX_INPUT || size < 2)
        return 0;
    size_t first = (size_t)ak_le16(data) * 512;
    uint8_t *copy = malloc(size - 1); /* no byte more: a sanitizer sees a read past the end */
    FUZZ_CHECK(copy != NULL);
    size -= 2;
    memcpy(copy, data + 2, size);
    size_t hive_size = size < HIVE ? size : HIVE, rest = size - hive_size;
    first = first < rest ? first : rest;
    uint8_t *log = copy + hive_size;
    struct ak_span hive = {copy, hive_size};
    struct ak_span logs[2] = {{log, first}, {log + first, rest - first}};
    replay(hive, logs);
    mend_base(copy, hive_size);
    mend_log(log, first);
    mend_log(log + first, rest - first);
    replay(hive, logs);
    free(copy);
    return 0;
}
