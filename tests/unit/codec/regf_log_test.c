/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/regf_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/attr.h"
#include "codec/regf.h"
#include "support/hive.h"
#include "support/parser_check.h"

/* A hive of one page of bins, 4/3, and logs that write a byte into pages. */
static struct hive hive;
static size_t hive_size;

struct log {
    uint8_t bytes[16 * 4096];
    size_t size;
};

static void begin_hive(uint32_t primary, uint32_t secondary)
{
    hive_begin(&hive);
    hive_size = hive_end(&hive, hive_system(&hive), primary, secondary);
}

static struct ak_span hive_span(void)
{
    struct ak_span span = {hive.bytes, hive_size};
    return span;
}

static struct ak_span log_span(const struct log *log)
{
    struct ak_span span = {log->bytes, log->size};
    return span;
}

static void log_begin(struct log *log, uint32_t type, uint32_t sequence)
{
    memset(log, 0, sizeof *log);
    memcpy(log->bytes, hive.bytes, 512);
    hive_le32(log->bytes + 4, sequence);
    hive_le32(log->bytes + 8, sequence);
    hive_le32(log->bytes + 28, type);
    hive_checksum(log->bytes);
    log->size = 512;
}

static void put_hash(uint8_t *at, const uint8_t *bytes, size_t size)
{
    struct ak_span span = {bytes, size};
    uint64_t hash = ak_regf_log_hash(span);
    hive_le32(at, (uint32_t)hash);
    hive_le32(at + 4, (uint32_t)(hash >> 32));
}

static void log_hashes(uint8_t *entry, size_t size)
{
    put_hash(entry + 24, entry + 40, size - 40);
    put_hash(entry + 32, entry, 32);
}

/* An entry that fills 512 bytes at `offset` of the bins with `byte`. Its place in the log. */
static size_t log_entry(struct log *log, uint32_t sequence, uint32_t bins, uint32_t offset,
                        uint8_t byte)
{
    uint8_t *entry = log->bytes + log->size;
    size_t at = log->size;
    memcpy(entry, "HvLE", 4);
    hive_le32(entry + 4, 1024);
    hive_le32(entry + 12, sequence);
    hive_le32(entry + 16, bins);
    hive_le32(entry + 20, 1);
    hive_le32(entry + 40, offset);
    hive_le32(entry + 44, 512);
    memset(entry + 48, byte, 512);
    log_hashes(entry, 1024);
    log->size += 1024;
    return at;
}

/* Made of the hive's own bytes, the image is the same. */
static void same_when_taken(const struct ak_span *logs, size_t count,
                            const struct ak_regf_replay *copied)
{
    struct ak_regf_replay taken;
    struct ak_error error;
    uint8_t *bytes = ak_memdup(hive_span().bytes, hive_span().size);
    assert_non_null(bytes);
    assert_int_equal(ak_regf_log_replay_take(&bytes, hive_span().size, logs, count, &taken, &error),
                     AK_ERR_NONE);
    assert_int_equal(bytes == NULL, copied->image != NULL);
    assert_int_equal(taken.size, copied->size);
    assert_int_equal(taken.entries, copied->entries);
    assert_int_equal(taken.image != NULL, copied->image != NULL);
    if (taken.image != NULL)
        assert_memory_equal(taken.image, copied->image, taken.size);
    ak_free(taken.image);
    ak_free(bytes);
}

/* Replays and gives the byte that stands at an offset of the bins; -1: nothing was applied. */
static int replay(const struct log *logs, size_t count, uint32_t offset,
                  struct ak_regf_replay *told)
{
    struct ak_span spans[4];
    struct ak_error error;
    for (size_t i = 0; i < count; i++)
        spans[i] = log_span(&logs[i]);
    assert_int_equal(ak_regf_log_replay(hive_span(), spans, count, told, &error), AK_ERR_NONE);
    int byte = told->image != NULL ? told->image[4096 + offset] : -1;
    if (told->image != NULL) {
        struct ak_regf_base base;
        struct ak_parse parse;
        struct ak_span image = {told->image, told->size};
        (void)ak_regf_base_parse(image, &base, &parse);
        assert_true(base.checksum_good && base.primary == base.secondary && base.type == 0);
        assert_true(told->size >= 4096 + (size_t)base.bins);
    }
    same_when_taken(spans, count, told);
    ak_free(told->image);
    told->image = NULL;
    return byte;
}

/* Values by a Python program that verified the logs of real hives. */
static void hashes_as_windows_does(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        uint64_t hash;
    } rows[] = {
        {"", UINT64_C(0xb39efca403966e08)},       {"'a'", UINT64_C(0x21a013c726f292f4)},
        {"'ab'", UINT64_C(0x7911da00317285f8)},   {"'abc'", UINT64_C(0xb9cf3dfca41914f7)},
        {"'abcd'", UINT64_C(0x20094fb11a6cd086)}, {"'HvLE' 00*28", UINT64_C(0xbd65808db899c2f2)},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_bytes b = ak_hex(rows[i].hex);
        assert_int_equal(ak_regf_log_hash(ak_bytes_span(&b)), rows[i].hash);
        ak_bytes_free(&b);
    }
}

static void applies_entries_in_order(void **state)
{
    (void)state;
    struct log logs[2];
    struct ak_regf_replay told;
    begin_hive(4, 3);
    log_begin(&logs[1], 6, 4);
    (void)log_entry(&logs[1], 4, 0x1000, 0x800, 0xa1);
    (void)log_entry(&logs[1], 5, 0x1000, 0x800, 0xa2);
    log_begin(&logs[0], 6, 6); /* the newer one first */
    (void)log_entry(&logs[0], 6, 0x1000, 0x800, 0xa3);
    assert_int_equal(replay(logs, 2, 0x800, &told), 0xa3);
    assert_int_equal(told.entries, 3);
    assert_int_equal(told.pages, 3);
    assert_true(told.dirty);
}

static void leaves_a_clean_hive_alone(void **state)
{
    (void)state;
    struct log log;
    struct ak_regf_replay told;
    begin_hive(4, 4);
    log_begin(&log, 6, 4);
    (void)log_entry(&log, 4, 0x1000, 0x800, 0xa1);
    assert_int_equal(replay(&log, 1, 0x800, &told), -1);
    assert_false(told.dirty);
}

static void leaves_stale_and_foreign_logs(void **state)
{
    (void)state;
    struct log log;
    struct ak_regf_replay told;
    begin_hive(40, 39);
    log_begin(&log, 6, 30); /* all of it is in the hive */
    (void)log_entry(&log, 30, 0x1000, 0x800, 0xa1);
    (void)log_entry(&log, 31, 0x1000, 0x800, 0xa2);
    assert_int_equal(replay(&log, 1, 0x800, &told), -1);
    assert_true(told.dirty);
    log_begin(&log, 6, 40);
    (void)log_entry(&log, 40, 0x1000, 0x800, 0xa1);
    log.bytes[112] = 1; /* the id of another hive */
    hive_checksum(log.bytes);
    assert_int_equal(replay(&log, 1, 0x800, &told), -1);
    log.bytes[112] = 0;
    log.bytes[48] = 'X'; /* another file's name */
    hive_checksum(log.bytes);
    assert_int_equal(replay(&log, 1, 0x800, &told), -1);
    log.bytes[48] = 0; /* its own again, but damaged */
    assert_int_equal(replay(&log, 1, 0x800, &told), -1);
    hive_checksum(log.bytes);
    assert_int_equal(replay(&log, 1, 0x800, &told), 0xa1);
}

/* Windows may have written a part of the bins already: a gap before the first entry is usual. */
static void begins_behind_a_gap_and_stops_at_one(void **state)
{
    (void)state;
    struct log log;
    struct ak_regf_replay told;
    begin_hive(4, 3);
    log_begin(&log, 6, 90);
    (void)log_entry(&log, 90, 0x1000, 0x800, 0xa1);
    (void)log_entry(&log, 92, 0x1000, 0x800, 0xa2);
    assert_int_equal(replay(&log, 1, 0x800, &told), 0xa1);
    assert_int_equal(told.entries, 1);
}

/* What breaks an entry also ends the log there. */
static void stops_at_a_bad_entry(void **state)
{
    (void)state;
    static const struct {
        size_t at; /* in the second entry */
        uint32_t number;
        bool rehash;
    } rows[] = {
        {60, 0x55, false},      /* a byte of the page: its hash is wrong */
        {12, 5 | 0x100, false}, /* the head's hash */
        {4, 0x100000, true},    /* longer than the log */
        {4, 1000, true},        /* no multiple of a sector */
        {20, 0x20000000, true}, /* more pages than there is room for */
        {20, 2, true},          /* a page whose bytes are not there */
        {40, 0xfff, true},      /* a page beyond the bins */
        {40, 0xffffff00, true}, /* the same */
        {16, 0x7ffff000, true}, /* a hive that no log can hold */
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct log log;
        struct ak_regf_replay told;
        begin_hive(4, 3);
        log_begin(&log, 6, 4);
        (void)log_entry(&log, 4, 0x1000, 0x800, 0xa1);
        uint8_t *second = log.bytes + log_entry(&log, 5, 0x1000, 0x800, 0xa2);
        hive_le32(second + rows[i].at, rows[i].number);
        if (rows[i].rehash)
            log_hashes(second, 1024);
        assert_int_equal(replay(&log, 1, 0x800, &told), 0xa1);
        assert_int_equal(told.entries, 1);
    }
}

static void grows_the_hive(void **state)
{
    (void)state;
    struct log log;
    struct ak_regf_replay told;
    begin_hive(4, 3);
    log_begin(&log, 6, 4);
    (void)log_entry(&log, 4, 0x2000, 0x1e00, 0xa1);
    assert_int_equal(replay(&log, 1, 0x1e00, &told), 0xa1);
    assert_int_equal(told.size, 4096 + 0x2000);
}

/* Old logs: a bitmap of 512-byte pages; all or nothing. */
static void applies_an_old_log(void **state)
{
    (void)state;
    struct log log;
    struct ak_regf_replay told;
    begin_hive(4, 3);
    log_begin(&log, 1, 4);
    memcpy(log.bytes + 512, "DIRT\x14", 5); /* pages 2 and 4 */
    memset(log.bytes + 1024, 0xb1, 512);
    memset(log.bytes + 1536, 0xb2, 512);
    log.size = 2048;
    assert_int_equal(replay(&log, 1, 0x400, &told), 0xb1);
    assert_int_equal(replay(&log, 1, 0x9ff, &told), 0xb2);
    assert_int_equal(told.entries, 1);
    assert_int_equal(told.pages, 2);
    log.size = 2047;
    assert_int_equal(replay(&log, 1, 0x400, &told), -1);
    log.size = 2048;
    log.bytes[12] ^= 1; /* for another write */
    hive_checksum(log.bytes);
    assert_int_equal(replay(&log, 1, 0x400, &told), -1);
    log.bytes[12] ^= 1;
    hive_le32(log.bytes + 8, 3); /* a log that was not finished */
    hive_checksum(log.bytes);
    assert_int_equal(replay(&log, 1, 0x400, &told), -1);
}

static void refuses_an_old_log_of_misplaced_bins(void **state)
{
    (void)state;
    struct log log;
    struct ak_regf_replay told;
    begin_hive(4, 3);
    log_begin(&log, 1, 4);
    memcpy(log.bytes + 512, "DIRT\x01", 5);
    memcpy(log.bytes + 1024, "hbin\x00\x10", 6); /* says that it is the second page */
    log.size = 1536;
    assert_int_equal(replay(&log, 1, 0, &told), -1);
    log.bytes[1024 + 5] = 0;
    assert_int_equal(replay(&log, 1, 0, &told), 'h');
}

/* A base block that was lost comes back from the log, in the newest run of entries. */
static void recovers_the_base_block(void **state)
{
    (void)state;
    struct log logs[3];
    struct ak_regf_replay told;
    begin_hive(4, 3);
    log_begin(&logs[0], 6, 20);
    log_begin(&logs[1], 6, 7);
    log_begin(&logs[2], 6, 21);
    (void)log_entry(&logs[0], 20, 0x1000, 0x800, 0xa2);
    (void)log_entry(&logs[1], 7, 0x1000, 0x400, 0xa1); /* stale, and nothing says so */
    (void)log_entry(&logs[2], 21, 0x1000, 0x800, 0xa3);
    memset(hive.bytes, 0, 512);
    assert_int_equal(replay(logs, 3, 0x800, &told), 0xa3);
    assert_int_equal(told.entries, 2);
    assert_true(told.dirty);
}

struct pair {
    struct ak_span other;
    bool is_log;
};

static void anything(struct ak_span bytes, void *context)
{
    const struct pair *pair = context;
    struct ak_regf_replay told;
    struct ak_error error;
    struct ak_span hive_bytes = pair->is_log ? pair->other : bytes;
    struct ak_span log = pair->is_log ? bytes : pair->other;
    assert_int_equal(ak_regf_log_replay(hive_bytes, &log, 1, &told, &error), AK_ERR_NONE);
    assert_int_equal(told.image != NULL, told.entries != 0);
    ak_free(told.image);
}

static void damage_is_survived(void **state)
{
    (void)state;
    struct log log;
    begin_hive(4, 3);
    log_begin(&log, 6, 4);
    (void)log_entry(&log, 4, 0x1000, 0x800, 0xa1);
    (void)log_entry(&log, 5, 0x1000, 0xc00, 0xa2);
    struct pair of_log = {hive_span(), true}, of_hive = {log_span(&log), false};
    ak_each_damage(log_span(&log), anything, &of_log);
    ak_each_prefix(hive_span(), anything, &of_hive);
    struct ak_span base = {hive.bytes, 512};
    ak_each_damage(base, anything, &of_hive);
    log_begin(&log, 1, 4);
    memcpy(log.bytes + 512, "DIRT\x14", 5);
    log.size = 2048;
    ak_each_damage(log_span(&log), anything, &of_log);
}

static void survives_a_lack_of_memory(void **state)
{
    (void)state;
    struct log log;
    struct ak_regf_replay told;
    struct ak_error error;
    begin_hive(4, 3);
    log_begin(&log, 6, 4);
    (void)log_entry(&log, 4, 0x1000, 0x800, 0xa1);
    (void)log_entry(&log, 5, 0x9000, 0x800, 0xa1);
    struct ak_span span = log_span(&log);
    (void)ak_alloc_fail_after(1);
    enum ak_err err = ak_regf_log_replay(hive_span(), &span, 1, &told, &error);
    (void)ak_alloc_fail_after(0);
    assert_true(err == AK_ERR_MEMORY || told.image != NULL); /* no torture in this build */
    ak_free(told.image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_as_windows_does),
        cmocka_unit_test(applies_entries_in_order),
        cmocka_unit_test(leaves_a_clean_hive_alone),
        cmocka_unit_test(leaves_stale_and_foreign_logs),
        cmocka_unit_test(begins_behind_a_gap_and_stops_at_one),
        cmocka_unit_test(stops_at_a_bad_entry),
        cmocka_unit_test(grows_the_hive),
        cmocka_unit_test(applies_an_old_log),
        cmocka_unit_test(refuses_an_old_log_of_misplaced_bins),
        cmocka_unit_test(recovers_the_base_block),
        cmocka_unit_test(damage_is_survived),
        cmocka_unit_test(survives_a_lack_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
