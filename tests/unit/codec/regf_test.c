/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/regf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/attr.h"
#include "support/hive.h"
#include "support/parser_check.h"

static struct hive hive;

static struct ak_span whole(size_t size)
{
    struct ak_span span = {hive.bytes, size};
    return span;
}

static void open_good(struct ak_regf *regf, size_t size)
{
    struct ak_parse parse;
    assert_int_equal(ak_regf_open(regf, whole(size), &parse), AK_VERDICT_PARSED);
    assert_int_equal(regf->damage.count, 0);
}

/* The only subkey; the number of subkeys otherwise. */
static size_t subkeys(struct ak_regf *regf, uint32_t offset, struct ak_regf_key *last)
{
    struct ak_regf_key key;
    struct ak_regf_subkeys list;
    uint32_t at;
    size_t count = 0;
    assert_true(ak_regf_key_parse(regf, offset, &key));
    ak_regf_subkeys_begin(&list, regf, &key);
    while (ak_regf_subkeys_next(&list, &at))
        count += ak_regf_key_parse(regf, at, last);
    return count;
}

/* The base block field by field (Suhanov, "Base block"). */
static void parses_the_base_block(void **state)
{
    (void)state;
    struct ak_bytes b = ak_hex("'regf' 02000000 01000000   # sequence numbers\n"
                               "0040b7fd9d60d301            # last written\n"
                               "01000000 05000000           # 1.5\n"
                               "06000000 01000000           # a new log\n"
                               "20000000 00100000 01000000  # root, bins, clustering factor\n"
                               "53005900530000*58           # SYS\n"
                               "aa*16 00*380 00000000");
    struct ak_regf_base base;
    struct ak_parse parse;
    assert_int_equal(b.size, 512);
    assert_int_equal(ak_regf_base_parse(ak_bytes_span(&b), &base, &parse), AK_VERDICT_PARSED);
    assert_int_equal(base.primary, 2);
    assert_int_equal(base.secondary, 1);
    assert_int_equal(ak_regf_time(base.file_time), INT64_C(1511030980665344000));
    assert_int_equal(base.minor, 5);
    assert_int_equal(base.type, 6);
    assert_int_equal(base.root, 0x20);
    assert_int_equal(base.bins, 0x1000);
    assert_int_equal(base.id.bytes[15], 0xaa);
    assert_false(base.checksum_good);
    hive_checksum(b.at);
    (void)ak_regf_base_parse(ak_bytes_span(&b), &base, &parse);
    assert_true(base.checksum_good);
    b.at[0] = 'R';
    assert_int_equal(ak_regf_base_parse(ak_bytes_span(&b), &base, &parse), AK_VERDICT_UNKNOWN);
    ak_bytes_free(&b);
}

static void times_that_do_not_fit_are_none(void **state)
{
    (void)state;
    assert_int_equal(ak_regf_time(0), 0);
    assert_int_equal(ak_regf_time(UINT64_MAX), 0);
    assert_int_equal(ak_regf_time(UINT64_C(116444736000000001)), 100);
}

static void walks_a_tree(void **state)
{
    (void)state;
    struct ak_regf regf;
    struct ak_regf_key key;
    struct ak_regf_value value;
    hive_begin(&hive);
    uint32_t root = hive_system(&hive);
    open_good(&regf, hive_end(&hive, root, 1, 1));
    assert_int_equal(regf.root, root);
    assert_false(ak_regf_dirty(&regf));
    assert_int_equal(subkeys(&regf, root, &key), 2);
    ak_assert_text(key.name, "Select");
    assert_true(key.latin);
    assert_true(key.written > 0);
    struct ak_span list = ak_regf_value_list(&regf, &key);
    assert_int_equal(list.size, 4);
    assert_true(ak_regf_value_parse(&regf, ak_le32(list.bytes), &value));
    ak_assert_text(value.name, "Current");
    assert_true(value.resident);
    assert_int_equal(ak_le32(ak_regf_data(&regf, &value).bytes), 1);
    assert_int_equal(regf.damage.count, 0);
}

/* Lists of all kinds, and lists of lists. */
static void reads_every_kind_of_list(void **state)
{
    (void)state;
    static const char *const kinds[] = {"lf", "lh", "li"};
    for (size_t i = 0; i < AK_COUNT(kinds); i++) {
        struct ak_regf regf;
        struct ak_regf_key key;
        uint32_t keys[3], lists[2];
        hive_begin(&hive);
        for (size_t k = 0; k < 3; k++)
            keys[k] = hive_key(&hive, "k", NULL, 0, NULL, 0);
        lists[0] = hive_list(&hive, kinds[i], keys, 2);
        lists[1] = hive_list(&hive, kinds[i], keys + 2, 1);
        uint32_t list = hive_list(&hive, "ri", lists, 2);
        uint32_t root = hive_key_of(&hive, "", list, 3, 0, 0);
        open_good(&regf, hive_end(&hive, root, 1, 1));
        assert_int_equal(subkeys(&regf, root, &key), 3);
        assert_int_equal(regf.damage.count, 0);
    }
}

static void stops_lists_that_go_round(void **state)
{
    (void)state;
    struct ak_regf regf;
    struct ak_regf_key key;
    hive_begin(&hive);
    uint32_t self = hive_list(&hive, "ri", NULL, 0);
    uint32_t list = hive_list(&hive, "ri", (const uint32_t[]){self, self}, 2);
    uint32_t root = hive_key_of(&hive, "", list, 5, 0, 0);
    hive_le32(hive_at(&hive, list) + 4, list);
    open_good(&regf, hive_end(&hive, root, 1, 1));
    assert_int_equal(subkeys(&regf, root, &key), 0);
    assert_string_equal(regf.damage.why, "lists in lists in lists");
    assert_int_equal(regf.damage.first, 4096 + list);
}

/* A list that is shared by many: its elements count against the hive's size. */
static void bounds_work_by_the_size(void **state)
{
    (void)state;
    struct ak_regf regf;
    struct ak_regf_key key;
    uint32_t lists[200];
    hive_begin(&hive);
    uint32_t one = hive_key(&hive, "k", NULL, 0, NULL, 0), keys[100];
    for (size_t i = 0; i < AK_COUNT(keys); i++)
        keys[i] = one;
    lists[0] = hive_list(&hive, "li", keys, AK_COUNT(keys));
    for (size_t i = 1; i < AK_COUNT(lists); i++)
        lists[i] = lists[0];
    uint32_t list = hive_list(&hive, "ri", lists, AK_COUNT(lists));
    uint32_t root = hive_key_of(&hive, "", list, 20000, 0, 0);
    size_t size = hive_end(&hive, root, 1, 1);
    open_good(&regf, size);
    assert_true(subkeys(&regf, root, &key) < size / 4);
    assert_string_equal(regf.damage.why, "lists that are longer than the hive");
}

/* 16,344 bytes a segment; format 1.4 and later. */
static void puts_big_data_together(void **state)
{
    (void)state;
    static uint8_t data[20000], copy[20000];
    struct ak_regf regf;
    struct ak_regf_value value;
    uint8_t db[8] = {'d', 'b', 2, 0}, vk[24] = {'v', 'k', 0, 0};
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 7);
    hive_begin(&hive);
    uint32_t parts[2] = {hive_cell(&hive, data, 16344),
                         hive_cell(&hive, data + 16344, sizeof data - 16344)};
    hive_le32(db + 4, hive_offsets(&hive, parts, 2));
    hive_le32(vk + 4, sizeof data);
    hive_le32(vk + 8, hive_cell(&hive, db, sizeof db));
    hive_le32(vk + 12, 3);
    uint32_t at = hive_cell(&hive, vk, sizeof vk);
    uint32_t root = hive_key(&hive, "", NULL, 0, &at, 1);
    open_good(&regf, hive_end(&hive, root, 1, 1));
    assert_true(ak_regf_value_parse(&regf, at, &value));
    struct ak_span found = ak_regf_data(&regf, &value);
    assert_null(found.bytes);
    assert_int_equal(found.size, sizeof data);
    assert_int_equal(ak_regf_data_copy(&regf, &value, copy, sizeof copy), sizeof data);
    assert_memory_equal(copy, data, sizeof data);
    assert_int_equal(regf.damage.count, 0);
    hive_le32(hive_at(&hive, parts[1]) - 4, 0x10); /* freed: its part and what follows is lost */
    assert_int_equal(ak_regf_data(&regf, &value).size, 16344);
    assert_string_equal(regf.damage.why, "a value with less data than it says");
}

/* A value's data, changed in one place; what is read then. */
static void names_what_is_wrong_with_data(void **state)
{
    (void)state;
    static const struct {
        uint32_t size, where; /* 0: the cell of ten bytes */
        size_t left;
        const char *why;
    } rows[] = {
        {10, 0, 10, NULL},
        {12, 0, 12, NULL}, /* the cell has room for it */
        {13, 0, 12, "a value with less data than it says"},
        {0x7fffffff, 0, 12, "a value with less data than it says"},
        {10, 0x10000000, 0, "a cell outside of the bins"},
        {10, 0x23, 0, "a cell at an odd place"},
        {0, 0x10000000, 0, NULL},
        {0x80000005, 0, 4, "a value with less data than it says"},
        {0x80000002, 0, 2, NULL},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_regf regf;
        struct ak_regf_value value;
        hive_begin(&hive);
        uint32_t at = hive_value(&hive, "v", 3, "0123456789", 10);
        uint32_t root = hive_key(&hive, "", NULL, 0, &at, 1);
        hive_le32(hive_at(&hive, at) + 4, rows[i].size);
        if (rows[i].where != 0)
            hive_le32(hive_at(&hive, at) + 8, rows[i].where);
        open_good(&regf, hive_end(&hive, root, 1, 1));
        assert_true(ak_regf_value_parse(&regf, at, &value));
        assert_int_equal(ak_regf_data(&regf, &value).size, rows[i].left);
        assert_int_equal(regf.damage.count, rows[i].why != NULL);
        if (rows[i].why != NULL)
            assert_string_equal(regf.damage.why, rows[i].why);
    }
}

/* NT 3.5 kept a link in each cell. */
static void reads_the_oldest_cells(void **state)
{
    (void)state;
    struct ak_regf regf;
    struct ak_regf_key key;
    hive_begin(&hive);
    hive.minor = 1;
    uint32_t root = hive_system(&hive);
    open_good(&regf, hive_end(&hive, root, 1, 1));
    assert_int_equal(subkeys(&regf, root, &key), 2);
    ak_assert_text(key.name, "Select");
}

static void tells_a_dirty_hive(void **state)
{
    (void)state;
    struct ak_regf regf;
    struct ak_parse parse;
    hive_begin(&hive);
    uint32_t root = hive_system(&hive);
    size_t size = hive_end(&hive, root, 2, 1);
    open_good(&regf, size);
    assert_true(ak_regf_dirty(&regf));
    hive.bytes[4] = 1; /* the numbers agree, the checksum does not */
    assert_int_equal(ak_regf_open(&regf, whole(size), &parse), AK_VERDICT_PARSED);
    assert_true(ak_regf_dirty(&regf));
    assert_string_equal(regf.damage.why, "the base block");
}

/* Bins that are sound give their root away, whatever the base block says. */
static void finds_the_root_without_help(void **state)
{
    (void)state;
    static const struct {
        size_t from, size;
        bool checksum;
        const char *why;
    } rows[] = {
        {36, 4, true, "no key where the root should be"},
        {36, 4, false, "the base block"},
        {0, 512, false, "the base block"},
        {0, 4096, false, "the base block"},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_regf regf;
        struct ak_parse parse;
        struct ak_regf_key key;
        hive_begin(&hive);
        uint32_t root = hive_system(&hive);
        size_t size = hive_end(&hive, root, 1, 1);
        memset(hive.bytes + rows[i].from, 0, rows[i].size);
        if (rows[i].checksum)
            hive_checksum(hive.bytes);
        assert_int_equal(ak_regf_open(&regf, whole(size + 4096), &parse), AK_VERDICT_PARSED);
        assert_int_equal(regf.root, root);
        assert_int_equal(subkeys(&regf, root, &key), 2);
        assert_int_equal(regf.damage.count, 1);
        assert_string_equal(regf.damage.why, rows[i].why);
    }
}

static void refuses_what_has_no_root(void **state)
{
    (void)state;
    struct ak_regf regf;
    struct ak_parse parse;
    hive_begin(&hive);
    uint32_t root = hive_system(&hive);
    size_t size = hive_end(&hive, root, 1, 1);
    assert_int_equal(ak_regf_open(&regf, whole(4096), &parse), AK_VERDICT_SHORT);
    memset(hive.bytes + 4096, 0, size - 4096);
    assert_int_equal(ak_regf_open(&regf, whole(size), &parse), AK_VERDICT_BAD);
    memset(hive.bytes, 0, 4096);
    assert_int_equal(ak_regf_open(&regf, whole(size), &parse), AK_VERDICT_UNKNOWN);
}

/* Every key and value below a key; returns how many cells were read. */
static size_t walk(struct ak_regf *regf, uint32_t offset, unsigned depth)
{
    struct ak_regf_key key;
    struct ak_regf_subkeys list;
    struct ak_parse parse;
    uint32_t at;
    size_t count = 1;
    static uint8_t copy[65536];
    if (depth > 20 || !ak_regf_key_parse(regf, offset, &key))
        return 0;
    ak_assert_inside(regf->image, key.name);
    struct ak_span values = ak_regf_value_list(regf, &key);
    struct ak_reader r = ak_reader_of(values.bytes, values.size, &parse);
    while (r.left >= 4) {
        struct ak_regf_value value;
        if (!ak_regf_value_parse(regf, ak_read_le32(&r, "value"), &value))
            continue;
        struct ak_span data = ak_regf_data(regf, &value);
        assert_true(data.size <= value.size);
        if (data.bytes != NULL)
            ak_assert_inside(regf->image, data);
        else
            (void)ak_regf_data_copy(regf, &value, copy, sizeof copy);
        count++;
    }
    ak_regf_subkeys_begin(&list, regf, &key);
    while (ak_regf_subkeys_next(&list, &at))
        count += walk(regf, at, depth + 1);
    return count;
}

static void anything(struct ak_span bytes, void *context)
{
    struct ak_regf regf;
    struct ak_parse parse;
    size_t *most = context;
    if (ak_regf_open(&regf, bytes, &parse) == AK_VERDICT_PARSED) {
        size_t count = walk(&regf, regf.root, 0);
        *most = count > *most ? count : *most;
    }
}

/* The base block and the used part of the bins: the rest is free room. */
static void damage_is_survived(void **state)
{
    (void)state;
    size_t most = 0;
    hive_begin(&hive);
    uint32_t root = hive_system(&hive);
    size_t size = hive_end(&hive, root, 1, 1), used = hive.end;
    ak_each_prefix(whole(size), anything, &most);
    assert_int_equal(most, 12);
    struct ak_bytes copy = ak_bytes_copy(hive.bytes, size);
    for (size_t i = 0; i < used; i = i == 511 ? 4096 : i + 1)
        for (unsigned bit = 0; bit < 8; bit++) {
            copy.at[i] ^= (uint8_t)(1u << bit);
            anything(ak_bytes_span(&copy), &most);
            copy.at[i] ^= (uint8_t)(1u << bit);
        }
    ak_bytes_free(&copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_the_base_block),
        cmocka_unit_test(times_that_do_not_fit_are_none),
        cmocka_unit_test(walks_a_tree),
        cmocka_unit_test(reads_every_kind_of_list),
        cmocka_unit_test(stops_lists_that_go_round),
        cmocka_unit_test(bounds_work_by_the_size),
        cmocka_unit_test(puts_big_data_together),
        cmocka_unit_test(names_what_is_wrong_with_data),
        cmocka_unit_test(reads_the_oldest_cells),
        cmocka_unit_test(tells_a_dirty_hive),
        cmocka_unit_test(finds_the_root_without_help),
        cmocka_unit_test(refuses_what_has_no_root),
        cmocka_unit_test(damage_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
