/* SPDX-License-Identifier: Apache-2.0 */
#include "windows/registry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/attr.h"
#include "support/hive.h"
#include "windows/registry_load.h"

static const struct ak_hash_key hash_key = {1, 2};

static void load(struct ak_registry *registry, const char *text)
{
    struct ak_span span = {(const uint8_t *)text, strlen(text)};
    struct ak_error error;
    assert_int_equal(ak_registry_load_text(registry, "a.reg", span, &error), AK_ERR_NONE);
}

static uint32_t number(const struct ak_registry *registry, const char *path, const char *name)
{
    uint32_t value = 0xdead;
    (void)ak_registry_number(ak_registry_value(ak_registry_find(registry, path), name), &value);
    return value;
}

#define HEAD "Windows Registry Editor Version 5.00\n"
#define SYSTEM "[HKEY_LOCAL_MACHINE\\SYSTEM\\"

static void finds_by_path_without_case(void **state)
{
    (void)state;
    struct ak_registry *registry = ak_registry_new(hash_key);
    struct ak_text path;
    load(registry, HEAD "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Foo\\B\xc3\xa4r]\n\"N\"=dword:7\n@=\"x\"\n"
                        "[HKEY_CLASSES_ROOT\\.txt]\n\"n\"=dword:8\n");
    assert_int_equal(number(registry, "HKLM\\software\\FOO\\b\xc3\x84R", "n"), 7);
    assert_int_equal(number(registry, "hkey_local_machine\\Software\\\\Foo\\B\xc3\xa4r\\", "N"), 7);
    assert_int_equal(number(registry, "HKCR\\.TXT", "N"), 8);
    assert_int_equal(number(registry, "HKLM\\SOFTWARE\\Classes\\.txt", "N"), 8);
    assert_null(ak_registry_find(registry, "HKLM\\SOFTWARE\\Fo"));
    assert_null(ak_registry_find(registry, "HKEY_NOWHERE\\SOFTWARE"));
    assert_null(ak_registry_find(registry, ""));
    assert_null(ak_registry_below(NULL, "x"));
    assert_null(ak_registry_value(NULL, "x"));
    assert_int_equal(ak_registry_key_count(NULL) + ak_registry_value_count(NULL), 0);
    const struct ak_registry_key *key = ak_registry_find(registry, "HKLM\\SOFTWARE");
    assert_ptr_equal(ak_registry_below(key, ""), key);
    key = ak_registry_below(key, "foo\\b\xc3\xa4r");
    ak_text_init(&path, 1000);
    ak_registry_key_path(key, &path);
    assert_string_equal(ak_text_string(&path), "HKLM\\SOFTWARE\\Foo\\B\xc3\xa4r");
    assert_string_equal(ak_registry_key_name(key), "B\xc3\xa4r");
    assert_int_equal(ak_registry_key_written(key), 0);
    assert_string_equal(ak_registry_value_at(key, 1)->name, "");
    ak_text_release(&path);
    ak_registry_free(registry);
}

static void resolves_the_current_control_set(void **state)
{
    (void)state;
    struct ak_registry *registry = ak_registry_new(hash_key);
    load(registry, HEAD SYSTEM "CurrentControlSet\\Control]\n\"a\"=dword:1\n");
    assert_int_equal(number(registry, "HKLM\\SYSTEM\\CurrentControlSet\\Control", "a"), 1);
    load(registry, HEAD SYSTEM "Select]\n\"Current\"=dword:2\n");
    assert_int_equal(number(registry, "HKLM\\SYSTEM\\CurrentControlSet\\Control", "a"), 1);
    load(registry, HEAD SYSTEM "ControlSet002\\Control]\n\"a\"=dword:5\n");
    assert_int_equal(number(registry, "HKLM\\SYSTEM\\currentcontrolset\\Control", "a"), 5);
    load(registry, HEAD SYSTEM "CurrentControlSet\\Control]\n\"a\"=dword:6\n");
    assert_int_equal(number(registry, "HKLM\\SYSTEM\\ControlSet002\\Control", "a"), 6);
    /* Elsewhere the name means itself. */
    load(registry, HEAD "[HKEY_LOCAL_MACHINE\\SOFTWARE\\CurrentControlSet]\n\"a\"=dword:9\n");
    assert_int_equal(number(registry, "HKLM\\SOFTWARE\\CurrentControlSet", "a"), 9);
    ak_registry_free(registry);
}

static void reads_numbers(void **state)
{
    (void)state;
    static const struct {
        uint32_t type, size;
        uint8_t data[8];
        bool good;
        uint32_t number;
    } rows[] = {
        {AK_REGISTRY_TYPE_DWORD, 4, {1, 2, 0, 0}, true, 0x201},
        {AK_REGISTRY_TYPE_DWORD_BIG_ENDIAN, 4, {0, 0, 2, 1}, true, 0x201},
        {AK_REGISTRY_TYPE_QWORD, 8, {255, 255, 255, 255, 0, 0, 0, 0}, true, 0xffffffff},
        {AK_REGISTRY_TYPE_QWORD, 8, {0, 0, 0, 0, 1, 0, 0, 0}, false, 0},
        {AK_REGISTRY_TYPE_DWORD, 3, {1, 2, 0, 0}, false, 0},
        {AK_REGISTRY_TYPE_DWORD, 8, {1, 2, 0, 0}, false, 0},
        {AK_REGISTRY_TYPE_BINARY, 4, {1, 0, 0, 0}, false, 0},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_registry_value value = {
            .type = rows[i].type, .data = rows[i].data, .size = rows[i].size};
        uint32_t found = 0;
        assert_int_equal(ak_registry_number(&value, &found), rows[i].good);
        assert_int_equal(found, rows[i].number);
    }
}

static void append(void *context, const char *string)
{
    ak_text_add(context, "<");
    ak_text_add(context, string);
    ak_text_add(context, ">");
}

static void reads_strings(void **state)
{
    (void)state;
    static const struct {
        uint32_t type, size;
        char data[24];
        bool commas;
        const char *first, *all; /* NULL: no text */
    } rows[] = {
        {1, 6, "a\0b\0\0", false, "ab", "<ab>"},
        {1, 4, "a\0b\0", false, "ab", "<ab>"}, /* without its terminator */
        {1, 3, "a\0b", false, "a", "<a>"},
        {2, 12, "a\0,\0 \0b\0,\0\0", false, "a, b,", "<a, b,>"},
        {2, 12, "a\0,\0 \0b\0,\0\0", true, "a, b,", "<a><b><>"},
        {1, 8, "a\0\0\0b\0\0", false, "a", "<a>"},
        {7, 12, "a\0\0\0b\0\0\0\0", false, "a", "<a><b>"},
        {7, 6, "a\0\0\0b\0", false, "a", "<a><b>"},
        {7, 14, "a\0\0\0\0\0b\0\0\0\0\0", false, "a", "<a><><b>"},
        {7, 12, "\0\0\0\0\0\0\0\0\0\0\0", false, "", ""},
        {7, 10, "a\0,\0b\0\0\0\0", true, "a,b", "<a,b>"},
        {1, 0, "", false, "", ""},
        {3, 4, "a\0b\0", false, NULL, ""},
        {4, 4, "a\0b\0", false, NULL, ""},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_registry_value value = {
            .type = rows[i].type, .data = (const uint8_t *)rows[i].data, .size = rows[i].size};
        struct ak_text text;
        ak_text_init(&text, 1000);
        assert_int_equal(ak_registry_string(&value, &text), rows[i].first != NULL);
        assert_string_equal(ak_text_string(&text), rows[i].first != NULL ? rows[i].first : "");
        ak_text_clear(&text);
        size_t count = ak_registry_strings(&value, rows[i].commas, append, &text);
        assert_string_equal(ak_text_string(&text), rows[i].all);
        for (const char *c = rows[i].all; *c != '\0'; c++)
            count -= *c == '<';
        assert_int_equal(count, 0);
        ak_text_release(&text);
    }
    assert_int_equal(ak_registry_strings(NULL, false, append, NULL), 0);
}

/* Many names: an index is made, and keeps up with what is added, replaced and deleted. */
static void keeps_large_keys_fast_and_right(void **state)
{
    (void)state;
    enum { MANY = 3000 };
    struct ak_registry *registry = ak_registry_new(hash_key);
    struct ak_text text;
    char path[64];
    ak_text_init(&text, 1 << 20);
    ak_text_add(&text, HEAD);
    for (int i = 0; i < MANY; i++)
        ak_text_format(&text, "[HKEY_USERS\\k%d]\n[HKEY_USERS]\n\"v%d\"=dword:%x\n", i, i, i);
    for (int i = 0; i < MANY; i += 3)
        ak_text_format(&text, "[-HKEY_USERS\\K%d]\n[HKEY_USERS]\n\"V%d\"=-\n", i, i);
    for (int i = 1; i < MANY; i += 3)
        ak_text_format(&text, "[HKEY_USERS\\K%d\\x]\n[HKEY_USERS]\n\"V%d\"=dword:ffff\n", i, i);
    load(registry, ak_text_string(&text));
    const struct ak_registry_key *users = ak_registry_find(registry, "HKU");
    assert_int_equal(ak_registry_key_count(users), MANY - MANY / 3);
    assert_int_equal(ak_registry_value_count(users), MANY - MANY / 3);
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(path, sizeof path, "k%d", i);
        assert_int_equal(ak_registry_below(users, path) != NULL, i % 3 != 0);
        assert_int_equal(ak_registry_key_count(ak_registry_below(users, path)), i % 3 == 1);
        path[0] = 'V';
        uint32_t found = 0xdead;
        assert_int_equal(ak_registry_number(ak_registry_value(users, path), &found), i % 3 != 0);
        assert_int_equal(found, i % 3 == 0 ? 0xdead : i % 3 == 1 ? 0xffff : i);
    }
    assert_string_equal(ak_registry_key_name(ak_registry_key_at(users, 0)), "k1");
    assert_string_equal(ak_registry_value_at(users, 1)->name, "v2");
    ak_text_release(&text);
    ak_registry_free(registry);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_by_path_without_case),
        cmocka_unit_test(resolves_the_current_control_set),
        cmocka_unit_test(reads_numbers),
        cmocka_unit_test(reads_strings),
        cmocka_unit_test(keeps_large_keys_fast_and_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
