/* SPDX-License-Identifier: Apache-2.0 */
#include "base/upcase.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/attr.h"

static void makes_upper_case(void **state)
{
    (void)state;
    static const struct {
        uint32_t from, to;
    } rows[] = {
        {'a', 'A'},       {'z', 'Z'},       {'@', '@'},         {'[', '['},
        {0xe4, 0xc4},     {0xff, 0x178},    {0xdf, 0xdf},       {0xf7, 0xf7},
        {0x101, 0x100},   {0x100, 0x100},   {0x3c3, 0x3a3},     {0x3c2, 0x3a3},
        {0x44f, 0x42f},   {0xff41, 0xff21}, {0x131, 0x131},     {0xb5, 0xb5},
        {0x8a18, 0x8a18}, {0xffff, 0xffff}, {0x10428, 0x10428}, {0x110000, 0x110000},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++)
        assert_int_equal(ak_upcase(rows[i].from), rows[i].to);
}

static void compares_without_case(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool equal;
    } rows[] = {
        {"", "", true},
        {"SCHANNEL", "sChannel", true},
        {"SCHANNEL", "SCHANNE", false},
        {"TLS 1.0", "TLS 1.1", false},
        {"\xc3\xa4", "\xc3\x84", true},
        {"\xc3\xa4", "a", false},
        {"\xff", "\xfe", true}, /* neither is a character */
        {"\xe8\xa8\x98", "\xe8\xa8\x99", false},
    };
    struct ak_hash_key key = {3, 4};
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_span a = ak_span_of(rows[i].a), b = ak_span_of(rows[i].b);
        assert_int_equal(ak_upcase_equal(a, b), rows[i].equal);
        assert_int_equal(ak_upcase_hash(key, a) == ak_upcase_hash(key, b), rows[i].equal);
    }
    assert_true(ak_upcase_begins(ak_span_of("**DEL.x"), "**del."));
    assert_false(ak_upcase_begins(ak_span_of("**de"), "**del."));
}

static void hashes_long_names_whole(void **state)
{
    (void)state;
    struct ak_hash_key key = {3, 4};
    char name[300], other[300];
    memset(name, 'a', sizeof name);
    for (size_t size = 0; size < sizeof name; size++) {
        struct ak_span a = {(const uint8_t *)name, size}, b = {(const uint8_t *)other, size};
        memset(other, 'A', sizeof other);
        assert_int_equal(ak_upcase_hash(key, a), ak_upcase_hash(key, b));
        if (size == 0)
            continue;
        other[0] = 'b';
        assert_int_not_equal(ak_upcase_hash(key, a), ak_upcase_hash(key, b));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(makes_upper_case),
        cmocka_unit_test(compares_without_case),
        cmocka_unit_test(hashes_long_names_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
