/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/registry_pol.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/attr.h"
#include "base/text.h"
#include "support/parser_check.h"

/* [MS-GPREG] 2.2.1: "[" key ";" value ";" type ";" size ";" data "]". */
#define HEADER "'PReg' 01000000 "
#define OPEN "5b00 "
#define KEY "53005c004100 0000 3b00 " /* S\A */
#define REST(type, size) "3b00 " type " 3b00 " size " 3b00 "
#define CLOSE "5d00 "
#define DWORD REST("04000000", "04000000") "01000000 " CLOSE
#define DEL "2a002a00640065006c002e00 "                             /* **del. */
#define SOFT "2a002a0073006f00660074002e00 "                        /* **soft. */
#define DELVALS "2a002a00640065006c00760061006c0073002e00 "         /* **delvals. */
#define DELETE "2a002a00440065006c00650074006500 "                  /* **Delete */
#define VALUES "560061006c00750065007300 0000 "                     /* Values */
#define KEYS "4b00650079007300 0000 "                               /* Keys */
#define SECURE "2a002a005300650063007500720065004b0065007900 0000 " /* **SecureKey */
#define NAME "6e00 0000 "                                           /* n */
#define LIST REST("01000000", "08000000") "61003b0062000000 " CLOSE /* a;b */
#define BLANK REST("01000000", "04000000") "20000000 " CLOSE

static bool write_item(void *context, const struct ak_registry_pol_item *item)
{
    static const char *const kinds[] = {"set",           "soft",       "key",         "delete",
                                        "delete-values", "delete-all", "delete-keys", "bad"};
    struct ak_text *out = context;
    ak_text_format(out, "%d %s ", (int)item->offset, kinds[item->kind]);
    ak_text_bytes(out, item->key.bytes, item->key.size);
    ak_text_char(out, ' ');
    ak_text_bytes(out, item->name.bytes, item->name.size);
    ak_text_char(out, ' ');
    ak_text_hex_bytes(out, item->data.bytes, item->data.size);
    ak_text_char(out, ' ');
    ak_text_bytes(out, item->list.bytes, item->list.size);
    ak_text_add(out, item->why != NULL ? item->why : "");
    ak_text_char(out, '\n');
    return true;
}

static void reads_records(void **state)
{
    (void)state;
    static const struct {
        const char *hex, *expected;
    } rows[] = {
        {HEADER, ""},
        {HEADER OPEN KEY NAME DWORD, "8 set S\\A n 01000000 \n"},
        {HEADER OPEN KEY SOFT NAME DWORD, "8 soft S\\A n 01000000 \n"},
        {HEADER OPEN KEY DEL NAME BLANK, "8 delete S\\A n 20000000 \n"},
        {HEADER OPEN KEY DELVALS "0000 " BLANK, "8 delete-all S\\A  20000000 \n"},
        {HEADER OPEN KEY DELETE VALUES LIST, "8 delete-values S\\A  61003b0062000000 a;b\n"},
        {HEADER OPEN KEY DELETE KEYS LIST, "8 delete-keys S\\A  61003b0062000000 a;b\n"},
        {HEADER OPEN KEY SECURE DWORD, "8 key S\\A  01000000 \n"},
        {HEADER OPEN KEY "0000 " REST("00000000", "00000000") CLOSE, "8 key S\\A   \n"},
        {HEADER OPEN KEY NAME DWORD OPEN KEY NAME DWORD,
         "8 set S\\A n 01000000 \n44 set S\\A n 01000000 \n"},
        {HEADER OPEN KEY "3b00", "8 bad    a record that is cut\n"},
        {HEADER "5c00" KEY NAME DWORD OPEN KEY NAME DWORD,
         "8 bad    a mark that is missing\n44 set S\\A n 01000000 \n"},
        {HEADER OPEN KEY NAME REST("04000000", "ff000000") "01000000 " CLOSE OPEN KEY NAME DWORD,
         "8 bad    a record that is cut\n44 set S\\A n 01000000 \n"},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_bytes b = ak_hex(rows[i].hex);
        struct ak_text out;
        struct ak_error error;
        ak_text_init(&out, 10000);
        assert_true(ak_registry_pol_is(ak_bytes_span(&b)));
        assert_int_equal(ak_registry_pol_read(ak_bytes_span(&b), write_item, &out, &error),
                         AK_ERR_NONE);
        assert_string_equal(ak_text_string(&out), rows[i].expected);
        ak_text_release(&out);
        ak_bytes_free(&b);
    }
}

static bool count_item(void *context, const struct ak_registry_pol_item *item)
{
    size_t *count = context;
    assert_int_equal(item->kind == AK_REGISTRY_POL_BAD, item->why != NULL);
    return ++*count < 1000;
}

static void refuses_other_files(void **state)
{
    (void)state;
    static const char *const rows[] = {"", "'PReg'", "'PReg' 02000000", "'PREG' 01000000"};
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_bytes b = ak_hex(rows[i]);
        struct ak_error error;
        size_t count = 0;
        assert_int_equal(ak_registry_pol_read(ak_bytes_span(&b), count_item, &count, &error),
                         AK_ERR_FORMAT);
        ak_bytes_free(&b);
    }
}

static void anything(struct ak_span bytes, void *context)
{
    (void)context;
    size_t count = 0;
    struct ak_error error;
    (void)ak_registry_pol_read(bytes, count_item, &count, &error);
    assert_true(count <= bytes.size / 2);
}

static void damage_is_survived(void **state)
{
    (void)state;
    struct ak_bytes b = ak_hex(HEADER OPEN KEY DEL NAME BLANK OPEN KEY DELETE KEYS LIST);
    ak_each_damage(ak_bytes_span(&b), anything, NULL);
    ak_bytes_free(&b);
}

static void survives_a_lack_of_memory(void **state)
{
    (void)state;
    struct ak_bytes b = ak_hex(HEADER OPEN KEY NAME DWORD);
    struct ak_error error;
    size_t count = 0;
    (void)ak_alloc_fail_after(1);
    enum ak_err err = ak_registry_pol_read(ak_bytes_span(&b), count_item, &count, &error);
    (void)ak_alloc_fail_after(0);
    assert_true(err == AK_ERR_MEMORY || count == 1); /* no torture in this build */
    ak_bytes_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_records),
        cmocka_unit_test(refuses_other_files),
        cmocka_unit_test(damage_is_survived),
        cmocka_unit_test(survives_a_lack_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
