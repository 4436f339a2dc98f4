/* SPDX-License-Identifier: Apache-2.0 */
#include "base/checksum.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/attr.h"
#include "support/parser_check.h"

static void sums_of_known_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        uint32_t before, sum;
    } rows[] = {
        {"", 0, 0},
        {"", 0x1fffe, 0xffff},              /* carries of what came before */
        {"", UINT32_MAX, 0xffff},           /* whatever that is */
        {"0001 f203 f4f5 f6f7", 0, 0xddf2}, /* RFC 1071 3 */
        {"f203 f4f5 f6f7", 1, 0xddf2},      /* the same in two parts */
        {"0001 f203 f4f5 f6", 0, 0xdcfb},   /* an odd byte is a word's first */
        {"0001 f203 f4f5 f600", 0, 0xdcfb},
        {"ffff ffff", 0, 0xffff},
        {"0000", 0, 0},
        /* An IPv4 header with its checksum b861. */
        {"4500 0073 0000 4000 4011 b861 c0a8 0001 c0a8 00c7", 0, 0xffff},
        {"4500 0073 0000 4000 4011 0000 c0a8 0001 c0a8 00c7", 0, 0xffff ^ 0xb861},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_bytes b = ak_hex(rows[i].hex);
        assert_int_equal(ak_checksum_add(rows[i].before, b.at, b.size), rows[i].sum);
        ak_bytes_free(&b);
    }
}

/* The largest frame: the words add up to more than 32 bits. */
static void carries_of_many_words_are_kept(void **state)
{
    (void)state;
    struct ak_bytes b = ak_hex("ff*1048576");
    assert_int_equal(ak_checksum_add(0, b.at, b.size), 0xffff);
    for (size_t i = 1; i < b.size; i += 2)
        b.at[i] = 0xfe;
    /* 524,288 times -1, in arithmetic modulo 65,535 */
    assert_int_equal(ak_checksum_add(0, b.at, b.size), 65535 - 524288 % 65535);
    ak_bytes_free(&b);
}

static void one_prefix(struct ak_span bytes, void *context)
{
    uint32_t whole = ak_checksum_add(0, bytes.bytes, bytes.size);
    (void)context;
    assert_true(whole <= 0xffff);
    for (size_t cut = 0; cut <= bytes.size; cut += 2) /* parts of whole words */
        assert_int_equal(ak_checksum_add(ak_checksum_add(0, bytes.bytes, cut), bytes.bytes + cut,
                                         bytes.size - cut),
                         whole);
}

static void parts_make_the_whole(void **state)
{
    (void)state;
    struct ak_bytes b = ak_hex("0001 f203 f4f5 f6f7 ffff 8000 7fff 01");
    ak_each_damage(ak_bytes_span(&b), one_prefix, NULL);
    ak_bytes_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_of_known_bytes),
        cmocka_unit_test(carries_of_many_words_are_kept),
        cmocka_unit_test(parts_make_the_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
