/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/reg_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/attr.h"
#include "base/text.h"
#include "support/parser_check.h"

#define V5 "Windows Registry Editor Version 5.00\r\n\r\n"

/* Items as lines: "3 key PATH", "4 value NAME TYPE HEX", "5 bad WHY" ... */
static bool write_item(void *context, const struct ak_reg_text_item *item)
{
    static const char *const kinds[] = {"key", "delete-key", "value", "delete-value", "bad"};
    struct ak_text *out = context;
    ak_text_format(out, "%d %s ", (int)item->line, kinds[item->kind]);
    if (item->kind == AK_REG_TEXT_KEY || item->kind == AK_REG_TEXT_DELETE_KEY)
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

static void check(const void *bytes, size_t size, const char *expected)
{
    struct ak_bytes copy = ak_bytes_copy(bytes, size);
    struct ak_text out;
    struct ak_error error;
    ak_text_init(&out, 1 << 20);
    assert_int_equal(ak_reg_text_read(ak_bytes_span(&copy), write_item, &out, &error), AK_ERR_NONE);
    assert_string_equal(ak_text_string(&out), expected);
    ak_text_release(&out);
    ak_bytes_free(&copy);
}

static void check_text(const char *text, const char *expected)
{
    check(text, strlen(text), expected);
}

static void reads_keys_and_values(void **state)
{
    (void)state;
    check_text(V5 "[HKEY_LOCAL_MACHINE\\SOFTWARE\\A]\r\n"
                  "@=\"x\"\r\n"
                  "\"n\\\\a\\\"me\"=\"C:\\\\b \\\"c\\\"\"\r\n"
                  "\"d\"=dword:0000000A\r\n"
                  "\"short\"=dword:a ; a comment\r\n"
                  "; a comment\r\n"
                  "\r\n"
                  "[HKEY_CURRENT_USER\\B]\r\n",
               "3 key HKEY_LOCAL_MACHINE\\SOFTWARE\\A\n"
               "4 value  1 78000000\n"
               "5 value n\\a\"me 1 43003a005c0062002000220063002200"
               "0000\n"
               "6 value d 4 0a000000\n"
               "7 value short 4 0a000000\n"
               "10 key HKEY_CURRENT_USER\\B\n");
}

static void reads_deletions(void **state)
{
    (void)state;
    check_text(V5 "[-HKEY_LOCAL_MACHINE\\A]\n[HKEY_LOCAL_MACHINE\\B]\n\"x\"=-\n@=-\n",
               "3 delete-key HKEY_LOCAL_MACHINE\\A\n"
               "4 key HKEY_LOCAL_MACHINE\\B\n"
               "5 delete-value x\n"
               "6 delete-value \n");
}

static void reads_lists_of_bytes(void **state)
{
    (void)state;
    check_text(V5 "[HKEY_USERS\\A]\n"
                  "\"none\"=hex:\n"
                  "\"bin\"=hex:01,2,ff\n"
                  "\"multi\"=hex(7):41,00,\\\n"
                  "  00,00,\\\n"
                  "  ; in between\n"
                  "  00,00\n"
                  "\"qword\"=hex(b):01,00,00,00,00,00,00,00\n"
                  "\"expand\"=HEX(2):25,00,00,00\n"
                  "\"odd\"=hex(ffff0012):aa\n"
                  "\"last comma\"=hex:01,\n",
               "3 key HKEY_USERS\\A\n"
               "4 value none 3 \n"
               "5 value bin 3 0102ff\n"
               "6 value multi 7 410000000000\n"
               "10 value qword 11 0100000000000000\n"
               "11 value expand 2 25000000\n"
               "12 value odd 4294901778 aa\n"
               "13 value last comma 3 01\n");
}

static void takes_the_last_bracket(void **state)
{
    (void)state;
    check_text(V5 "[HKEY_USERS\\a]b]c]\r\n[HKEY_USERS\\d]  ; so\r\n",
               "3 key HKEY_USERS\\a]b]c\n4 key HKEY_USERS\\d\n");
}

static void takes_raw_newlines_in_texts(void **state)
{
    (void)state;
    check_text(V5 "[HKEY_USERS\\a]\r\n\"x\"=\"1\r\n2\r\n\"\r\n\"y\"=\"3\"\r\n",
               "3 key HKEY_USERS\\a\n"
               "4 value x 1 31000d000a0032000d000a000000\n"
               "7 value y 1 33000000\n");
}

/* A line that is bad, and what comes of the rest. */
static void names_bad_lines(void **state)
{
    (void)state;
    static const struct {
        const char *line, *why;
    } rows[] = {
        {"what is this", "a line that is neither key nor value"},
        {"\"a=\"x\"", "a name without an equals sign"},
        {"\"a\"", "a name without an equals sign"},
        {"\"a\"=", "data of an unknown kind"},
        {"\"a\"=qword:1", "data of an unknown kind"},
        {"\"a\"=\"x\" y", "something behind the data"},
        {"\"a\"=\"x", "a text without end"},
        {"\"a\"=dword:xyz", "a dword that is no number of up to eight digits"},
        {"\"a\"=dword:123456789", "a dword that is no number of up to eight digits"},
        {"\"a\"=hex:123", "a byte of more than two digits"},
        {"\"a\"=hex:01,zz", "something behind the data"},
        {"\"a\"=hex(x):01", "a type that is no number"},
        {"\"a\"=hex(1:01", "a type that is no number"},
        {"\"a\"=hex(1)01", "hex without a colon"},
        {"\"a\"=hex:01,\\ x", "something behind the backslash of a list"},
        {"\"a\"=hex:01,\\\n02,\\\nxyz,\\\n03", "something behind the data"},
        {"[HKEY_USERS\\x", "a key without its closing bracket"},
        {"[HKEY_USERS\\x] y", "something behind a key"},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        char text[512], expected[512];
        int lines = 1;
        for (const char *c = rows[i].line; *c != '\0'; c++)
            lines += *c == '\n';
        (void)snprintf(text, sizeof text,
                       V5 "[HKEY_USERS\\a]\n%s\n\"good\"=dword:1\n[HKEY_USERS\\b]\n", rows[i].line);
        (void)snprintf(expected, sizeof expected,
                       "3 key HKEY_USERS\\a\n4 bad %s\n%d value good 4 01000000\n"
                       "%d key HKEY_USERS\\b\n",
                       rows[i].why, 4 + lines, 5 + lines);
        check_text(text, expected);
    }
}

/* The same words in every encoding; U+8A18 is 8b 4c in code page 932. */
static void reads_every_encoding(void **state)
{
    (void)state;
    static const char text[] =
        "Windows Registry Editor Version 5.00\r\n"
        "[HKEY_USERS\\\xe8\xa8\x98\xe9\x8c\xb2]\r\n\"a\"=\"\xe8\xa8\x98\"\r\n";
    static const char expected[] = "2 key HKEY_USERS\\\xe8\xa8\x98\xe9\x8c\xb2\n"
                                   "3 value a 1 188a0000\n";
    uint8_t wide[2 * sizeof text + 2];
    check_text(text, expected);
    for (int big = 0; big < 2; big++)
        for (size_t mark = 0; mark < 2; mark++) {
            size_t size = 0;
            const char *p = text;
            if (mark) {
                wide[size++] = big ? 0xfe : 0xff;
                wide[size++] = big ? 0xff : 0xfe;
            }
            while (*p != '\0') {
                unsigned c = (unsigned char)*p;
                if (c >= 0x80) {
                    c = c == 0xe8 ? 0x8a18 : 0x9332;
                    p += 2;
                }
                p++;
                wide[size++] = (uint8_t)(big ? c >> 8 : c);
                wide[size++] = (uint8_t)(big ? c : c >> 8);
            }
            check(wide, size, expected);
        }
    check_text("\xef\xbb\xbf"
               "Windows Registry Editor Version 5.00\n[HKEY_USERS\\a]\n",
               "2 key HKEY_USERS\\a\n");
}

/* REGEDIT4 of a Japanese machine: names, texts and bytes of texts in code page 932. */
static void reads_regedit4_in_its_code_page(void **state)
{
    (void)state;
    check_text("REGEDIT4\r\n\r\n[HKEY_USERS\\\x8b\x4c\x98\x5e]\r\n"
               "\"\x95\x5c\"=\"\x8b\x4c\x98\x5e\"\r\n"
               "\"m\"=hex(7):8b,4c,00,41,00,00\r\n"
               "\"b\"=hex:8b,4c\r\n",
               "3 key HKEY_USERS\\\xe8\xa8\x98\xe9\x8c\xb2\n"
               "4 value \xe8\xa1\xa8 1 188a32930000\n"
               "5 value m 7 188a0000410000000000\n"
               "6 value b 3 8b4c\n");
    check_text("REGEDIT4\n[HKEY_USERS\\Z\xfcrich]\n\"caf\xe9\"=\"\x80\"\n",
               "2 key HKEY_USERS\\Z\xc3\xbcrich\n3 value caf\xc3\xa9 1 ac200000\n");
    /* Version 5 stores UTF-16 in its bytes whatever the file is written in. */
    check_text(V5 "[HKEY_USERS\\a]\n\"m\"=hex(1):41,00\n",
               "3 key HKEY_USERS\\a\n4 value m 1 4100\n");
}

/* Exports are joined with `copy a+b` and `type`. */
static void goes_over_headers_in_the_middle(void **state)
{
    (void)state;
    check_text(V5 "[HKEY_USERS\\a]\n\xef\xbb\xbf" V5 "[HKEY_USERS\\b]\n",
               "3 key HKEY_USERS\\a\n6 key HKEY_USERS\\b\n");
}

static void knows_exports_by_their_header(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        bool is;
    } rows[] = {
        {"'REGEDIT4' 0d0a", true},
        {"'REGEDIT4'", true},
        {"0d0a0d0a 'REGEDIT4' 0a", true},
        {"'windows registry editor version 5.00'", true},
        {"fffe 52004500470045004400490054003400 0d000a00", true},
        {"feff 00520045004700450044004900540034", true},
        {"52004500470045004400490054003400", true},
        {"'REGEDIT'", false},
        {"'[HKEY_USERS]'", false},
        {"''", false},
        {"fffe", false},
        {"00", false},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_bytes b = ak_hex(rows[i].hex);
        struct ak_text out;
        struct ak_error error;
        assert_int_equal(ak_reg_text_is(ak_bytes_span(&b)), rows[i].is);
        ak_text_init(&out, 1000);
        assert_int_equal(ak_reg_text_read(ak_bytes_span(&b), write_item, &out, &error),
                         rows[i].is ? AK_ERR_NONE : AK_ERR_FORMAT);
        ak_text_release(&out);
        ak_bytes_free(&b);
    }
}

static bool count_item(void *context, const struct ak_reg_text_item *item)
{
    size_t *count = context;
    assert_true(item->line > 0);
    assert_int_equal(item->kind == AK_REG_TEXT_BAD, item->why != NULL);
    return ++*count < 1000;
}

static void anything(struct ak_span bytes, void *context)
{
    (void)context;
    size_t count = 0;
    struct ak_error error;
    (void)ak_reg_text_is(bytes);
    (void)ak_reg_text_read(bytes, count_item, &count, &error);
}

static void damage_is_survived(void **state)
{
    (void)state;
    static const char *const vectors[] = {
        V5 "[HKEY_USERS\\a]\r\n\"x\"=\"1\r\n2\"\r\n@=hex(7):41,\\\r\n  00\r\n[-HKEY_USERS\\b]\r\n",
        "REGEDIT4\n[HKEY_USERS\\\x8b\x4c]\n\"\x95\x5c\"=hex(2):8b,4c\n\"y\"=dword:1\n",
    };
    for (size_t i = 0; i < AK_COUNT(vectors); i++) {
        struct ak_span span = {(const uint8_t *)vectors[i], strlen(vectors[i])};
        ak_each_damage(span, anything, NULL);
    }
}

static void survives_a_lack_of_memory(void **state)
{
    (void)state;
    static const char text[] = "REGEDIT4\n[HKEY_USERS\\\x8b\x4c\x98\x5e]\n\"a\"=hex(2):8b,4c\n";
    struct ak_span span = {(const uint8_t *)text, sizeof text - 1};
    size_t count = 0;
    struct ak_error error;
    (void)ak_alloc_fail_after(0);
    assert_int_equal(ak_reg_text_read(span, count_item, &count, &error), AK_ERR_NONE);
    unsigned long requests = ak_alloc_fail_after(0);
    for (unsigned long n = 1; n <= requests; n++) {
        (void)ak_alloc_fail_after(n);
        enum ak_err err = ak_reg_text_read(span, count_item, &count, &error);
        (void)ak_alloc_fail_after(0);
        assert_int_equal(err, AK_ERR_MEMORY);
    }
}

static bool remarks(const char *text)
{
    struct ak_span span = {(const uint8_t *)text, strlen(text)};
    return ak_reg_text_remarks(span, "akushu fix: ");
}

static void a_remark_behind_the_header_is_known(void **state)
{
    (void)state;
    assert_true(remarks("REGEDIT4\n\n; akushu fix: x\n"));
    assert_true(remarks("Windows Registry Editor Version 5.00\r\n;akushu fix: x"));
    assert_true(remarks("\xef\xbb\xbf\nREGEDIT4\r\n\r\n \r\n; akushu fix: x\r\n"));
    assert_false(remarks("REGEDIT4\n\n; exported, then akushu fix: x\n"));
    assert_false(remarks("REGEDIT4\n\n[HKEY_LOCAL_MACHINE\\A]\n; akushu fix: x\n"));
    assert_false(remarks("; akushu fix: x\n"));
    assert_false(remarks("REGEDIT4\n\n; akushu"));
    assert_false(remarks("REGEDIT4"));
    assert_false(remarks(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_remark_behind_the_header_is_known),
        cmocka_unit_test(reads_keys_and_values),
        cmocka_unit_test(reads_deletions),
        cmocka_unit_test(reads_lists_of_bytes),
        cmocka_unit_test(takes_the_last_bracket),
        cmocka_unit_test(takes_raw_newlines_in_texts),
        cmocka_unit_test(names_bad_lines),
        cmocka_unit_test(reads_every_encoding),
        cmocka_unit_test(reads_regedit4_in_its_code_page),
        cmocka_unit_test(goes_over_headers_in_the_middle),
        cmocka_unit_test(knows_exports_by_their_header),
        cmocka_unit_test(damage_is_survived),
        cmocka_unit_test(survives_a_lack_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
