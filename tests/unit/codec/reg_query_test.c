/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/reg_query.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/text.h"
#include "support/parser_check.h"

static const char sample[] =
    "\r\n"
    "HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\r\n"
    "    ProductName    REG_SZ    Windows Server 2022 Standard\r\n"
    "    UBR    REG_DWORD    0x1f\r\n"
    "    (Default)    REG_SZ    (value not set)\r\n"
    "\r\n"
    "End of search: 2 match(es) found.\r\n"
    "HKLM\\SOFTWARE\\Classes\\SQLOLEDB\r\n"
    "    a b    REG_MULTI_SZ    x\\0y\r\n"
    "\tOld\tREG_EXPAND_SZ\t%T%\r\n"
    "    B    REG_BINARY    01fF\r\n"
    "    Q    REG_QWORD    0x102030405\r\n"
    "    E    REG_SZ    \r\n"
    "    N    REG_NONE\r\n"
    "    (\xe6\x97\xa2\xe5\xae\x9a)    REG_SZ    d\r\n"
    "    Bad    REG_DWORD    1\r\n"
    "    Odd    REG_BINARY    123\r\n"
    "    Big    REG_DWORD    0x123456789\r\n"
    "reg: not found";

static const char expected[] =
    "2 key HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\n"
    "3 value ProductName 1 "
    "570069006e0064006f007700730020005300650072007600650072002000320030003200320020005300740061006e"
    "0064006100720064000000\n"
    "4 value UBR 4 1f000000\n"
    "8 key HKLM\\SOFTWARE\\Classes\\SQLOLEDB\n"
    "9 value a b 7 7800000079000000"
    "0000\n"
    "10 value Old 2 2500540025000000\n"
    "11 value B 3 01ff\n"
    "12 value Q 11 0504030201000000\n"
    "13 value E 1 0000\n"
    "14 value N 0 \n"
    "15 value  1 64000000\n"
    "16 bad data that are not of their type\n"
    "17 bad data that are not of their type\n"
    "18 bad data that are not of their type\n";

static bool write_item(void *context, const struct ak_reg_text_item *item)
{
    static const char *const kinds[] = {"key", "", "value", "", "bad"};
    struct ak_text *out = context;
    ak_text_format(out, "%d %s ", (int)item->line, kinds[item->kind]);
    if (item->kind == AK_REG_TEXT_KEY)
        ak_text_add(out, item->path);
    else if (item->kind == AK_REG_TEXT_BAD)
        ak_text_add(out, item->why);
    else
        ak_text_bytes(out, item->name.bytes, item->name.size);
    if (item->kind == AK_REG_TEXT_VALUE) {
        ak_text_format(out, " %u ", (unsigned)item->type);
        ak_text_hex_bytes(out, item->data.bytes, item->data.size);
    }
    ak_text_char(out, '\n');
    return true;
}

static void check(struct ak_span bytes, const char *wanted)
{
    struct ak_text out;
    struct ak_error error;
    ak_text_init(&out, 1 << 20);
    assert_int_equal(ak_reg_query_read(bytes, write_item, &out, &error), AK_ERR_NONE);
    assert_string_equal(ak_text_string(&out), wanted);
    ak_text_release(&out);
}

static void reads_what_reg_query_prints(void **state)
{
    (void)state;
    struct ak_bytes copy = ak_bytes_copy(sample, sizeof sample - 1);
    check(ak_bytes_span(&copy), expected);
    ak_bytes_free(&copy);
}

static void reads_utf_16_with_its_mark(void **state)
{
    (void)state;
    uint8_t wide[2 * sizeof sample + 2] = {0xff, 0xfe};
    size_t size = 2;
    for (const char *p = sample; *p != '\0'; p++) {
        if ((unsigned char)*p >= 0x80)
            continue;
        wide[size++] = (uint8_t)*p;
        wide[size++] = 0;
    }
    struct ak_bytes copy = ak_bytes_copy(wide, size);
    struct ak_text out;
    struct ak_error error;
    ak_text_init(&out, 1 << 20);
    assert_int_equal(ak_reg_query_read(ak_bytes_span(&copy), write_item, &out, &error),
                     AK_ERR_NONE);
    assert_memory_equal(ak_text_string(&out), expected, 60);
    ak_text_release(&out);
    ak_bytes_free(&copy);
}

static bool stop_at_first(void *context, const struct ak_reg_text_item *item)
{
    (void)item;
    ++*(int *)context;
    return false;
}

static void ends_when_told(void **state)
{
    (void)state;
    struct ak_span bytes = {(const uint8_t *)sample, sizeof sample - 1};
    struct ak_error error;
    int calls = 0;
    assert_int_equal(ak_reg_query_read(bytes, stop_at_first, &calls, &error), AK_ERR_NONE);
    assert_int_equal(calls, 1);
}

static void refuses_other_texts(void **state)
{
    (void)state;
    static const char *const others[] = {"",
                                         "\r\n\r\n",
                                         "hello\r\nHKEY_LOCAL_MACHINE\\A\r\n",
                                         "Windows Registry Editor Version 5.00\r\n",
                                         "[HKEY_LOCAL_MACHINE\\A]\r\n",
                                         "HKEY_LOCAL"};
    for (size_t i = 0; i < AK_COUNT(others); i++) {
        struct ak_span bytes = {(const uint8_t *)others[i], strlen(others[i])};
        struct ak_error error;
        int calls = 0;
        assert_false(ak_reg_query_is(bytes));
        assert_int_equal(ak_reg_query_read(bytes, stop_at_first, &calls, &error), AK_ERR_FORMAT);
        assert_int_equal(calls, 0);
    }
}

static bool count_item(void *context, const struct ak_reg_text_item *item)
{
    size_t *count = context;
    ++*count;
    assert_true((item->why != NULL) == (item->kind == AK_REG_TEXT_BAD));
    return true;
}

static void read_damaged(struct ak_span bytes, void *context)
{
    struct ak_error error;
    size_t count = 0;
    (void)context;
    enum ak_err err = ak_reg_query_read(bytes, count_item, &count, &error);
    assert_true(err == AK_ERR_NONE || (err == AK_ERR_FORMAT && count == 0));
    assert_true(count <= bytes.size);
}

static void survives_damage(void **state)
{
    (void)state;
    struct ak_span bytes = {(const uint8_t *)sample, sizeof sample - 1};
    ak_each_damage(bytes, read_damaged, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_reg_query_prints),
        cmocka_unit_test(reads_utf_16_with_its_mark),
        cmocka_unit_test(ends_when_told),
        cmocka_unit_test(refuses_other_texts),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
