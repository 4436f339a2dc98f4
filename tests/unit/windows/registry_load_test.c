/* SPDX-License-Identifier: Apache-2.0 */
#include "windows/registry_load.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/attr.h"
#include "base/limits.h"
#include "support/hive.h"
#include "support/parser_check.h"

static const struct ak_hash_key hash_key = {1, 2};
static struct hive hive;
static struct ak_registry *registry;

static int begin(void **state)
{
    (void)state;
    registry = ak_registry_new(hash_key);
    return registry == NULL;
}

static int end(void **state)
{
    (void)state;
    ak_registry_free(registry);
    registry = NULL;
    return 0;
}

static struct ak_span end_hive(uint32_t root, uint32_t primary, uint32_t secondary)
{
    struct ak_span span = {hive.bytes, hive_end(&hive, root, primary, secondary)};
    return span;
}

static struct ak_span system_hive(void)
{
    hive_begin(&hive);
    return end_hive(hive_system(&hive), 1, 1);
}

static const struct ak_registry_source *load_hive(struct ak_span bytes)
{
    struct ak_error error;
    struct ak_bytes copy = ak_bytes_copy(bytes.bytes, bytes.size);
    assert_int_equal(ak_registry_load_hive(registry, "hive", ak_bytes_span(&copy), NULL, 0, &error),
                     AK_ERR_NONE);
    ak_bytes_free(&copy); /* everything was copied */
    return ak_registry_source_at(registry, ak_registry_source_count(registry) - 1);
}

static const struct ak_registry_source *load_text(const char *text)
{
    struct ak_error error;
    struct ak_bytes copy = ak_bytes_copy(text, strlen(text));
    assert_int_equal(ak_registry_load_text(registry, "a.reg", ak_bytes_span(&copy), &error),
                     AK_ERR_NONE);
    ak_bytes_free(&copy);
    return ak_registry_source_at(registry, ak_registry_source_count(registry) - 1);
}

static uint32_t number(const char *path, const char *name)
{
    uint32_t value = 0xdead;
    (void)ak_registry_number(ak_registry_value(ak_registry_find(registry, path), name), &value);
    return value;
}

#define SCHANNEL "HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL"
#define REG_SCHANNEL                                                                               \
    "Windows Registry Editor Version 5.00\n\n[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\"     \
    "Control\\SecurityProviders\\SCHANNEL]\n"

static void loads_a_system_hive(void **state)
{
    (void)state;
    const struct ak_registry_source *source = load_hive(system_hive());
    assert_string_equal(source->mount, "HKLM\\SYSTEM");
    assert_int_equal(source->kind, AK_REGISTRY_SOURCE_HIVE);
    assert_int_equal(source->keys, 9);
    assert_int_equal(source->values, 3);
    assert_int_equal(source->damaged, 0);
    assert_false(source->dirty || source->replayed || source->too_many);
    assert_true(source->written > 0);
    assert_int_equal(number(SCHANNEL, "EventLogging"), 1);
    assert_int_equal(number(SCHANNEL "\\Protocols\\TLS 1.0\\Server", "enabled"), 0);
    const struct ak_registry_key *key = ak_registry_find(registry, SCHANNEL);
    struct ak_text path;
    ak_text_init(&path, 1000);
    ak_registry_key_path(key, &path);
    assert_string_equal(ak_text_string(&path),
                        "HKLM\\SYSTEM\\ControlSet001\\Control\\SecurityProviders\\SCHANNEL");
    ak_text_release(&path);
    assert_true(ak_registry_key_written(key) > 0);
    const struct ak_registry_value *value = ak_registry_value(key, "EventLogging");
    assert_int_equal(value->source, 0);
    assert_memory_equal(hive.bytes + value->offset + 4, "vk", 2);
}

/* A .reg over a hive changes what Windows would change. */
static void merges_an_export_over_a_hive(void **state)
{
    (void)state;
    (void)load_hive(system_hive());
    const struct ak_registry_source *source =
        load_text(REG_SCHANNEL "\"eventlogging\"=dword:7\n\"new\"=dword:8\n"
                               "[-HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Control\\"
                               "SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.0]\n"
                               "[HKEY_LOCAL_MACHINE\\SYSTEM\\Select]\n\"Default\"=-\n");
    assert_int_equal(source->kind, AK_REGISTRY_SOURCE_TEXT);
    assert_int_equal(source->keys, 2);
    assert_int_equal(source->values, 2);
    assert_int_equal(number(SCHANNEL, "EventLogging"), 7);
    assert_int_equal(
        number("HKLM\\SYSTEM\\ControlSet001\\Control\\SecurityProviders\\SCHANNEL", "new"), 8);
    const struct ak_registry_key *key = ak_registry_find(registry, SCHANNEL);
    assert_string_equal(ak_registry_value_at(key, 0)->name, "EventLogging");
    assert_int_equal(ak_registry_value_at(key, 0)->source, 1);
    assert_int_equal(ak_registry_value_at(key, 0)->offset, 4);
    assert_non_null(ak_registry_below(key, "Protocols"));
    assert_null(ak_registry_below(key, "Protocols\\TLS 1.0"));
    assert_int_equal(ak_registry_key_count(ak_registry_below(key, "Protocols")), 0);
}

/* The other way round: the hive says which control set the export meant. */
static void loads_a_hive_over_an_export(void **state)
{
    (void)state;
    (void)load_text(REG_SCHANNEL "\"EventLogging\"=dword:7\n\"only here\"=dword:8\n");
    (void)load_hive(system_hive());
    assert_int_equal(number(SCHANNEL, "EventLogging"), 1);
    assert_int_equal(number(SCHANNEL, "only here"), 8);
    assert_int_equal(
        number("HKLM\\SYSTEM\\ControlSet001\\Control\\SecurityProviders\\SCHANNEL", "only here"),
        8);
    assert_int_equal(ak_registry_key_count(ak_registry_find(registry, "HKLM\\SYSTEM")), 2);
}

static void names_what_an_export_lost(void **state)
{
    (void)state;
    const struct ak_registry_source *source =
        load_text("REGEDIT4\n[HKEY_DYN_DATA\\a]\n\"x\"=dword:1\n[HKEY_USERS\\a\n\"y\"=dword:1\n"
                  "rubbish\n[HKEY_USERS\\b]\n\"z\"=dword:2\n");
    assert_int_equal(source->damaged, 5);
    assert_int_equal(source->damaged_first, 2);
    assert_string_equal(source->damaged_why, "a key of no known root, or too deep, or too long");
    assert_int_equal(number("HKU\\b", "z"), 2);
    assert_null(ak_registry_find(registry, "HKU\\a"));
}

static void deletes_a_root_by_emptying_it(void **state)
{
    (void)state;
    (void)load_hive(system_hive());
    (void)load_text("REGEDIT4\n[HKEY_LOCAL_MACHINE]\n\"x\"=dword:1\n[-HKEY_LOCAL_MACHINE]\n");
    assert_int_equal(ak_registry_key_count(ak_registry_find(registry, "HKLM")), 0);
    assert_int_equal(ak_registry_value_count(ak_registry_find(registry, "HKLM")), 0);
    (void)load_text(REG_SCHANNEL "\"x\"=dword:2\n");
    assert_int_equal(number(SCHANNEL, "x"), 2);
}

#define POLICY_KEY "53005c0041000000 3b00 " /* S\A */

static void loads_policies(void **state)
{
    (void)state;
    static const char *const hex =
        "'PReg' 01000000 "
        "5b00 " POLICY_KEY "6e000000 3b00 04000000 3b00 04000000 3b00 09000000 5d00"
        "5b00 " POLICY_KEY "2a002a00640065006c002e00 6f000000 3b00 01000000 3b00 04000000 3b00"
        "20000000 5d00"
        "5b00 " POLICY_KEY "2a002a0073006f00660074002e00 70000000 3b00 04000000 3b00 04000000 3b00"
        "08000000 5d00"
        "5b00 " POLICY_KEY "2a002a0073006f00660074002e00 71000000 3b00 04000000 3b00 04000000 3b00"
        "07000000 5d00"
        "5b00 " POLICY_KEY "2a002a00440065006c006500740065004b0065007900730000 00 3b00 01000000"
        "3b00 10000000 3b00 53005c0041005c0042003b0058000000 5d00";
    struct ak_bytes b = ak_hex(hex);
    struct ak_error error;
    (void)load_text("REGEDIT4\n[HKEY_LOCAL_MACHINE\\S\\A]\n\"n\"=dword:1\n\"o\"=dword:1\n"
                    "\"p\"=dword:1\n[HKEY_LOCAL_MACHINE\\S\\A\\B]\n[HKEY_LOCAL_MACHINE\\X]\n");
    assert_int_equal(ak_registry_load_policy(registry, "Registry.pol", ak_bytes_span(&b),
                                             AK_REGISTRY_POLICY_MACHINE, &error),
                     AK_ERR_NONE);
    const struct ak_registry_source *source = ak_registry_source_at(registry, 1);
    assert_int_equal(source->kind, AK_REGISTRY_SOURCE_POLICY);
    assert_int_equal(source->damaged, 0);
    assert_int_equal(number("HKLM\\S\\A", "n"), 9);
    assert_int_equal(number("HKLM\\S\\A", "o"), 0xdead);
    assert_int_equal(number("HKLM\\S\\A", "p"), 1); /* it was there: soft gives way */
    assert_int_equal(number("HKLM\\S\\A", "q"), 7);
    const struct ak_registry_key *key = ak_registry_find(registry, "HKLM\\S\\A");
    assert_true(ak_registry_value(key, "n")->policy);
    assert_false(ak_registry_value(key, "p")->policy);
    assert_null(ak_registry_find(registry, "HKLM\\S\\A\\B"));
    assert_null(ak_registry_find(registry, "HKLM\\X"));
    assert_int_equal(ak_registry_load_policy(registry, "Registry.pol", ak_bytes_span(&b),
                                             AK_REGISTRY_POLICY_USER, &error),
                     AK_ERR_NONE);
    assert_int_equal(number("HKCU\\S\\A", "q"), 7);
    ak_bytes_free(&b);
}

/* Subkeys that reg save wrote, and hives of other kinds. */
static void mounts_by_content(void **state)
{
    (void)state;
    static const struct {
        const char *root, *child, *grandchild, *mount;
    } rows[] = {
        {"SCHANNEL", "EventLog", NULL, SCHANNEL},
        {"", "TLS 1.2", "Server", SCHANNEL "\\Protocols"},
        {"Microsoft SQL Server", "x", NULL, "HKLM\\SOFTWARE\\Microsoft\\Microsoft SQL Server"},
        {"", "Instance Names", "SQL", "HKLM\\SOFTWARE\\Microsoft\\Microsoft SQL Server"},
        {"", "NDP", "v4", "HKLM\\SOFTWARE\\Microsoft\\NET Framework Setup"},
        {"", "v4", "Full", "HKLM\\SOFTWARE\\Microsoft\\NET Framework Setup\\NDP"},
        {"software", "Microsoft", NULL, "HKLM\\SOFTWARE"},
        {"Configuration", "SSL", "00010002",
         "HKLM\\SOFTWARE\\Policies\\Microsoft\\Cryptography\\Configuration"},
        {"local", "SSL", "00010002",
         "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Cryptography\\Configuration\\Local"},
        {"", "SSL", "00010002", NULL}, /* the system's or policy's: not to be told */
        {"", "SAM", NULL, NULL},
        {"x", "y", "z", NULL},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        uint32_t below = 0;
        hive_begin(&hive);
        if (rows[i].grandchild != NULL)
            below = hive_key(&hive, rows[i].grandchild, NULL, 0, NULL, 0);
        uint32_t child = hive_key(&hive, rows[i].child, &below, below != 0, NULL, 0);
        struct ak_span bytes = end_hive(hive_key(&hive, rows[i].root, &child, 1, NULL, 0), 1, 1);
        const char *mount = ak_registry_hive_mount(bytes);
        if (rows[i].mount == NULL)
            assert_null(mount);
        else
            assert_string_equal(mount, rows[i].mount);
    }
}

static void keeps_unknown_hives_apart(void **state)
{
    (void)state;
    for (int i = 1; i <= 2; i++) {
        hive_begin(&hive);
        uint32_t child = hive_key(&hive, i == 1 ? "SAM" : "Policy", NULL, 0, NULL, 0);
        struct ak_span bytes = end_hive(hive_key(&hive, "r", &child, 1, NULL, 0), 1, 1);
        assert_string_equal(load_hive(bytes)->mount, i == 1 ? "HKLM\\?" : "HKLM\\?2");
        assert_false(ak_registry_mount_taken(registry, bytes));
    }
    assert_non_null(ak_registry_find(registry, "HKLM\\?\\SAM"));
    assert_non_null(ak_registry_find(registry, "HKLM\\?2\\Policy"));
}

static void knows_when_a_mount_is_taken(void **state)
{
    (void)state;
    assert_false(ak_registry_mount_taken(registry, system_hive()));
    (void)load_hive(system_hive());
    assert_true(ak_registry_mount_taken(registry, system_hive()));
    uint32_t child;
    hive_begin(&hive);
    child = hive_key(&hive, "Instance Names", NULL, 0, NULL, 0);
    assert_false(
        ak_registry_mount_taken(registry, end_hive(hive_key(&hive, "", &child, 1, NULL, 0), 1, 1)));
}

static void keeps_odd_names_and_data(void **state)
{
    (void)state;
    uint32_t values[3];
    hive_begin(&hive);
    values[0] = hive_value(&hive, "a\xe9", 3, "0123456789", 10);
    values[1] = hive_value(&hive, "twice", 3, "x", 1);
    values[2] = hive_value(&hive, "TWICE", 3, "y", 1);
    uint32_t wide = hive_key(&hive, "abcd", NULL, 0, values, 3);
    memcpy(hive_at(&hive, wide) + 76, "\x00\x00\x18\x8a", 4); /* U+0000 U+8A18 */
    hive_at(&hive, wide)[2] = 0;                              /* UTF-16 */
    struct ak_span bytes = end_hive(hive_key(&hive, "", &wide, 1, NULL, 0), 1, 1);
    const struct ak_registry_source *source = load_hive(bytes);
    const struct ak_registry_key *key =
        ak_registry_key_at(ak_registry_find(registry, source->mount), 0);
    assert_string_equal(ak_registry_key_name(key), "\xef\xbf\xbd\xe8\xa8\x98");
    const struct ak_registry_value *value = ak_registry_value(key, "A\xc3\x89");
    assert_int_equal(value->size, 10);
    assert_memory_equal(value->data, "0123456789", 10);
    assert_int_equal(ak_registry_value_count(key), 3); /* as the hive has it */
}

static void tells_what_a_hive_lost(void **state)
{
    (void)state;
    struct ak_span bytes = system_hive();
    uint32_t value = hive_dword(&hive, "x", 1);
    hive_le32(hive_at(&hive, value) + 4, 100); /* not in the value, and nowhere else */
    hive_le32(hive_at(&hive, value) + 8, 0x10000);
    uint32_t key = hive_key(&hive, "Protocols", NULL, 0, &value, 1), second = 0x100000;
    uint32_t keys[2] = {key, second};
    bytes = end_hive(hive_key(&hive, "SCHANNEL", keys, 2, NULL, 0), 2, 1);
    const struct ak_registry_source *source = load_hive(bytes);
    assert_true(source->dirty);
    assert_false(source->replayed);
    assert_int_equal(source->damaged, 2);
    assert_int_equal(source->damaged_first, 4096 + 0x10000);
    assert_string_equal(source->damaged_why, "a cell outside of the bins");
    assert_true(ak_registry_value(ak_registry_find(registry, SCHANNEL "\\Protocols"), "x")->cut);
}

/* A key that is its own grandchild, and data that all values share. */
static void crafted_hives_stay_small(void **state)
{
    (void)state;
    uint32_t values[100];
    hive_begin(&hive);
    static const uint8_t large[9000];
    values[0] = hive_value(&hive, "v", 3, large, sizeof large);
    for (size_t i = 1; i < AK_COUNT(values); i++)
        values[i] = values[0];
    uint32_t child = hive_key(&hive, "c", values, 1, NULL, 0);
    uint32_t root = hive_key(&hive, "r", &child, 1, values, AK_COUNT(values));
    hive_le32(hive_at(&hive, ak_le32(hive_at(&hive, child) + 28)) + 4, root);
    const struct ak_registry_source *source = load_hive(end_hive(root, 1, 1));
    assert_true(source->too_many);
    assert_int_equal(source->keys, 2);
    size_t bytes = 0;
    const struct ak_registry_key *key = ak_registry_find(registry, source->mount);
    for (size_t i = 0; i < ak_registry_value_count(key); i++)
        bytes += ak_registry_value_at(key, i)->size;
    assert_true(bytes <= hive.end);
}

static void refuses_what_it_cannot_read(void **state)
{
    (void)state;
    struct ak_error error;
    struct ak_span nothing = {NULL, 0}, text = {(const uint8_t *)"hello", 5};
    static const uint8_t byte;
    struct ak_span huge = {&byte, (size_t)AK_MAX_REGISTRY_FILE + 1};
    assert_int_equal(ak_registry_load_hive(registry, "a", nothing, NULL, 0, &error), AK_ERR_FORMAT);
    assert_int_equal(ak_registry_load_hive(registry, "a", text, NULL, 0, &error), AK_ERR_FORMAT);
    assert_int_equal(ak_registry_load_text(registry, "a", text, &error), AK_ERR_FORMAT);
    assert_int_equal(ak_registry_load_policy(registry, "a", text, AK_REGISTRY_POLICY_USER, &error),
                     AK_ERR_FORMAT);
    assert_int_equal(ak_registry_load_text(registry, "a", huge, &error), AK_ERR_UNSUPPORTED);
    assert_int_equal(ak_registry_source_count(registry), 0);
    struct ak_span bytes = system_hive();
    bytes.size = 4096;
    assert_int_equal(ak_registry_load_hive(registry, "a", bytes, NULL, 0, &error), AK_ERR_FORMAT);
    for (unsigned i = 0; i < AK_MAX_REGISTRY_SOURCES; i++)
        (void)load_text("REGEDIT4\n");
    text.bytes = (const uint8_t *)"REGEDIT4\n";
    text.size = 9;
    assert_int_equal(ak_registry_load_text(registry, "a", text, &error), AK_ERR_UNSUPPORTED);
}

static void too_deep_is_told(void **state)
{
    (void)state;
    struct ak_text text;
    ak_text_init(&text, 1 << 20);
    ak_text_add(&text, "REGEDIT4\n[HKEY_USERS");
    for (int i = 0; i < 600; i++)
        ak_text_add(&text, "\\a");
    ak_text_add(&text, "]\n\"x\"=dword:1\n");
    assert_int_equal(load_text(ak_text_string(&text))->damaged, 2);
    ak_text_release(&text);
}

static void sniffs(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        enum ak_registry_sniff kind;
    } rows[] = {
        {"", AK_REGISTRY_SNIFF_NO},
        {"'regf'", AK_REGISTRY_SNIFF_HIVE},
        {"'regf' 00*508 00*3584 'hbin'", AK_REGISTRY_SNIFF_HIVE},
        {"'regf' 00*508 'HvLE'", AK_REGISTRY_SNIFF_LOG},
        {"'regf' 00*508 'DIRT'", AK_REGISTRY_SNIFF_LOG},
        {"'regf' 00*508 'DIRT' 00*3580 'hbin'", AK_REGISTRY_SNIFF_LOG}, /* a page of a bin */
        {"'regf' 00*24 06000000 00*4064 'hbin'", AK_REGISTRY_SNIFF_HIVE},
        {"'regf' 00*24 06000000 00*480", AK_REGISTRY_SNIFF_LOG},
        {"'regf' 00*24 01000000 00*480", AK_REGISTRY_SNIFF_LOG},
        {"00*4096 'hbin'", AK_REGISTRY_SNIFF_HIVE},
        {"'PReg' 01000000", AK_REGISTRY_SNIFF_POLICY},
        {"'REGEDIT4' 0d0a", AK_REGISTRY_SNIFF_TEXT},
        {"fffe 52004500470045004400490054003400", AK_REGISTRY_SNIFF_TEXT},
        {"'ElfFile' 00", AK_REGISTRY_SNIFF_NO},
        {"'Registry'", AK_REGISTRY_SNIFF_NO},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_bytes b = ak_hex(rows[i].hex);
        assert_int_equal(ak_registry_sniff(ak_bytes_span(&b)), rows[i].kind);
        ak_bytes_free(&b);
    }
}

/* Each allocation fails in turn: what was read stays, nothing leaks, and it is said. */
static void survives_a_lack_of_memory(void **state)
{
    (void)state;
    struct ak_span bytes = system_hive();
    static const char text[] = REG_SCHANNEL "\"a\"=\"b\"\n[-HKEY_USERS\\x]\n";
    struct ak_span reg = {(const uint8_t *)text, sizeof text - 1};
    struct ak_error error;
    unsigned long requests = 1;
    for (unsigned long n = 1; n <= requests; n++) {
        (void)ak_alloc_fail_after(n);
        struct ak_registry *own = ak_registry_new(hash_key);
        if (own != NULL) {
            enum ak_err hive_err = ak_registry_load_hive(own, "h", bytes, NULL, 0, &error);
            enum ak_err text_err = ak_registry_load_text(own, "t", reg, &error);
            assert_true(hive_err == AK_ERR_NONE || hive_err == AK_ERR_MEMORY);
            assert_true(text_err == AK_ERR_NONE || text_err == AK_ERR_MEMORY);
            (void)ak_registry_find(own, SCHANNEL);
        }
        unsigned long made = ak_alloc_fail_after(0);
        requests = made > requests ? made : requests;
        ak_registry_free(own);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(loads_a_system_hive, begin, end),
        cmocka_unit_test_setup_teardown(merges_an_export_over_a_hive, begin, end),
        cmocka_unit_test_setup_teardown(loads_a_hive_over_an_export, begin, end),
        cmocka_unit_test_setup_teardown(names_what_an_export_lost, begin, end),
        cmocka_unit_test_setup_teardown(deletes_a_root_by_emptying_it, begin, end),
        cmocka_unit_test_setup_teardown(loads_policies, begin, end),
        cmocka_unit_test(mounts_by_content),
        cmocka_unit_test_setup_teardown(keeps_unknown_hives_apart, begin, end),
        cmocka_unit_test_setup_teardown(knows_when_a_mount_is_taken, begin, end),
        cmocka_unit_test_setup_teardown(keeps_odd_names_and_data, begin, end),
        cmocka_unit_test_setup_teardown(tells_what_a_hive_lost, begin, end),
        cmocka_unit_test_setup_teardown(crafted_hives_stay_small, begin, end),
        cmocka_unit_test_setup_teardown(refuses_what_it_cannot_read, begin, end),
        cmocka_unit_test_setup_teardown(too_deep_is_told, begin, end),
        cmocka_unit_test(sniffs),
        cmocka_unit_test(survives_a_lack_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
