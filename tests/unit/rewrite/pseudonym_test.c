/* Pseudonyms keep form, length and equality, and nothing else. */
/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include "rewrite/pseudonym.h"

#include <arpa/inet.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "rewrite/ipv6_text.h"

static struct ak_pseudonyms *names;

static int set_up(void **state)
{
    (void)state;
    names = ak_pseudonyms_new("a key");
    return names == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    ak_pseudonyms_free(names);
    return 0;
}

/* Into one of several static buffers. */
static const char *mapped(const char *text)
{
    static char room[8][256];
    static unsigned next;
    char *out = room[next++ % 8];
    (void)snprintf(out, sizeof room[0], "%s", text);
    ak_pseudonym_text(names, AK_TEXT_UTF8, (uint8_t *)out, strlen(out));
    assert_int_equal(strlen(out), strlen(text));
    return out;
}

static void words_change_and_agree(void **state)
{
    (void)state;
    assert_string_not_equal(mapped("sqlserver01"), "sqlserver01");
    assert_string_equal(mapped("sqlserver01"), mapped("sqlserver01"));
    char upper[16], lower[16];
    (void)snprintf(upper, sizeof upper, "%s", mapped("SQL01"));
    (void)snprintf(lower, sizeof lower, "%s", mapped("sql01"));
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(upper[i] | 0x20, lower[i]);
    assert_true(upper[0] >= 'A' && upper[0] <= 'Z' && upper[4] >= '0' && upper[4] <= '9');
    assert_string_equal(upper + 3, lower + 3);
}

static void labels_keep_their_relations(void **state)
{
    (void)state;
    const char *host = mapped("sql01.contoso.local"), *wildcard = mapped("*.contoso.local");
    assert_string_equal(strchr(host, '.'), wildcard + 1);
    assert_non_null(strstr(host, ".local"));
    assert_null(strstr(host, "contoso"));
    assert_string_equal(mapped("localhost"), "localhost");
}

static void different_words_stay_different(void **state)
{
    (void)state;
    bool met[1000] = {false};
    for (unsigned i = 0; i < 1000; i++) {
        char text[4];
        (void)snprintf(text, sizeof text, "%03u", i);
        const char *other = mapped(text);
        unsigned value = (unsigned)(other[0] - '0') * 100 + (unsigned)(other[1] - '0') * 10 +
                         (unsigned)(other[2] - '0');
        assert_false(met[value]);
        met[value] = true;
    }
}

static void one_text_in_every_encoding(void **state)
{
    (void)state;
    uint8_t utf8[] = "Gr\xc3\xb6\xc3\x9f"
                     "e-\xe6\x8f\xa1";
    uint8_t le[] = {'G', 0, 'r', 0, 0xf6, 0, 0xdf, 0, 'e', 0, '-', 0, 0xe1, 0x63};
    uint8_t be[14];
    le[12] = 0xe1;
    le[13] = 0x63; /* U+63E1 is e6 8f a1 in UTF-8 */
    for (size_t i = 0; i < sizeof le; i += 2) {
        be[i] = le[i + 1];
        be[i + 1] = le[i];
    }
    ak_pseudonym_text(names, AK_TEXT_UTF8, utf8, sizeof utf8 - 1);
    ak_pseudonym_text(names, AK_TEXT_UTF16LE, le, sizeof le);
    ak_pseudonym_text(names, AK_TEXT_UTF16BE, be, sizeof be);
    for (size_t i = 0; i < sizeof le; i += 2) {
        assert_int_equal(be[i], le[i + 1]);
        assert_int_equal(be[i + 1], le[i]);
    }
    assert_int_equal(utf8[0], le[0]);
    assert_int_equal((utf8[2] & 0x1f) << 6 | (utf8[3] & 0x3f), le[4] | le[5] << 8);
    assert_int_equal((utf8[8] & 0x0f) << 12 | (utf8[9] & 0x3f) << 6 | (utf8[10] & 0x3f),
                     le[12] | le[13] << 8);
}

static void what_is_no_text_becomes_zero(void **state)
{
    (void)state;
    uint8_t lone[] = {'a', 0, 0x00, 0xd8, 'b', 0}, zeros[6] = {0};
    ak_pseudonym_text(names, AK_TEXT_UTF16LE, lone, sizeof lone);
    assert_memory_equal(lone, zeros, 6);
    uint8_t bad[] = {'a', 0xff, 'b', 0xc0, 'c', 0x80};
    ak_pseudonym_text(names, AK_TEXT_UTF8, bad, sizeof bad);
    assert_memory_equal(bad, zeros, 6);
}

static void addresses_in_texts_are_those_of_packets(void **state)
{
    (void)state;
    uint8_t address[4] = {192, 168, 10, 7};
    char expected[64];
    ak_pseudonym_ipv4(names, address);
    (void)snprintf(expected, sizeof expected, "%u.%u.%u.%u", address[0], address[1], address[2],
                   address[3]);
    assert_int_equal(strlen(expected), strlen("192.168.10.7"));
    assert_string_equal(mapped("192.168.10.7"), expected);
    assert_memory_equal(mapped("192.168.10.7:1433"), expected, strlen(expected));
    assert_memory_not_equal(mapped("192.168.10.7.5"), expected, strlen(expected));
}

static void ipv4_keeps_classes_and_prefixes(void **state)
{
    (void)state;
    static const uint8_t from[][4] = {{10, 1, 2, 3},      {10, 1, 2, 4},      {127, 0, 0, 1},
                                      {169, 254, 7, 7},   {172, 16, 0, 1},    {172, 31, 255, 1},
                                      {192, 168, 1, 1},   {100, 64, 0, 1},    {224, 0, 0, 5},
                                      {8, 8, 8, 8},       {93, 184, 216, 34}, {198, 51, 100, 7},
                                      {203, 0, 113, 200}, {172, 217, 1, 1}};
    uint8_t first[4];
    for (size_t i = 0; i < sizeof from / sizeof from[0]; i++) {
        uint8_t to[4];
        char a[32], b[32];
        memcpy(to, from[i], 4);
        ak_pseudonym_ipv4(names, to);
        assert_memory_not_equal(to, from[i], 4);
        assert_int_not_equal(to[3], from[i][3]);
        (void)snprintf(a, sizeof a, "%u.%u.%u.%u", from[i][0], from[i][1], from[i][2], from[i][3]);
        (void)snprintf(b, sizeof b, "%u.%u.%u.%u", to[0], to[1], to[2], to[3]);
        assert_int_equal(strlen(a), strlen(b));
        if (i == 0)
            memcpy(first, to, 4);
        if (i == 1)
            assert_memory_equal(first, to, 3);
        if (i < 9)
            assert_int_equal(to[0], from[i][0]);
        if (i == 4 || i == 5)
            assert_true(to[1] >= 16 && to[1] <= 31);
        if (i == 6)
            assert_int_equal(to[1], 168);
        if (i >= 9)
            assert_true(to[0] != 10 && to[0] != 127 && to[0] < 224);
    }
    uint8_t none[4] = {0}, zero[4] = {0};
    ak_pseudonym_ipv4(names, none);
    assert_memory_equal(none, zero, 4);
}

static void ipv4_is_a_permutation(void **state)
{
    (void)state;
    bool met[256] = {false};
    for (unsigned last = 0; last < 256; last++) {
        uint8_t address[4] = {198, 51, 100, (uint8_t)last};
        ak_pseudonym_ipv4(names, address);
        assert_false(met[address[3]]);
        met[address[3]] = true;
    }
}

static void ipv6_keeps_classes(void **state)
{
    (void)state;
    uint8_t global[16] = {0x2a, 0x01, 4, 5}, same[16] = {0x2a, 0x01, 4, 5}, loop[16] = {0},
            local[16] = {0xfe, 0x80}, unique[16] = {0xfd, 9}, group[16] = {0xff, 2},
            mapped4[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 1, 1, 1};
    same[15] = 9;
    loop[15] = 1;
    ak_pseudonym_ipv6(names, global);
    ak_pseudonym_ipv6(names, same);
    assert_memory_equal(global, same, 15);
    assert_int_equal(global[15], 0);
    assert_in_range(same[15], 1, 15);
    assert_int_not_equal(same[15], 9);
    assert_int_equal(global[0] >> 4, 2);
    assert_memory_not_equal(global, "\x2a\x01\x04\x05", 4);
    ak_pseudonym_ipv6(names, loop);
    assert_int_equal(loop[15], 1);
    local[15] = unique[15] = group[15] = 1;
    ak_pseudonym_ipv6(names, local);
    assert_memory_equal(local, "\xfe\x80\0\0\0\0\0\0", 8);
    assert_int_not_equal(local[15], 1);
    ak_pseudonym_ipv6(names, unique);
    assert_int_equal(unique[0], 0xfd);
    ak_pseudonym_ipv6(names, group);
    assert_memory_equal(group, "\xff\2", 2);
    ak_pseudonym_ipv6(names, mapped4);
    assert_int_equal(mapped4[12], 10);
    assert_int_not_equal(mapped4[15], 1);
}

static void ipv6_in_a_text_stays_ipv6(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "2001:db8::7",      "2a01:4f8:1:2:3:4:5:6",  "FE80::1:AB",      "fd00:12:0034::",
        "::ffff:192.0.2.1", "64:ff9b::198.51.100.7", "::FFFF:10.1.1.1", "2001:0DB8:0:00ab::1"};
    for (size_t i = 0; i < AK_COUNT(texts); i++) {
        char before[64], line[96];
        uint8_t old[16], new[16];
        (void)snprintf(before, sizeof before, "%s", texts[i]);
        (void)snprintf(line, sizeof line, "[%s]:443", texts[i]);
        const char *after = mapped(texts[i]);
        assert_int_equal(strlen(after), strlen(texts[i]));
        assert_string_not_equal(after, texts[i]);
        assert_int_equal(inet_pton(AF_INET6, before, old), 1);
        assert_int_equal(inet_pton(AF_INET6, after, new), 1);
        ak_pseudonym_ipv6(names, old);
        assert_memory_equal(old, new, 16); /* the same as in a packet's header */
        (void)snprintf(before, sizeof before, "[%s]:", after);
        assert_int_equal(strncmp(mapped(line), before, strlen(before)), 0);
    }
    assert_string_equal(mapped("::1"), "::1");
    assert_string_equal(mapped("::"), "::");
}

static void what_only_looks_like_ipv6_is_words(void **state)
{
    (void)state;
    static const char *const texts[] = {"std::vector",        "12:30:45", "1:2:3:4:5:6:7:8:9",
                                        "ab::cdefg",          "1::2::3",  "x2001:db8::7",
                                        "2001:db8::192.0.2.9"};
    for (size_t i = 0; i < AK_COUNT(texts); i++) {
        uint32_t wide[32];
        uint8_t address[16];
        size_t size = strlen(texts[i]);
        for (size_t k = 0; k < size; k++)
            wide[k] = (uint8_t)texts[i][k];
        assert_int_equal(ak_ipv6_text_read(wide, size, address), 0);
        assert_int_equal(strlen(mapped(texts[i])), size);
    }
}

static void hardware_addresses_lose_their_maker(void **state)
{
    (void)state;
    uint8_t a[6] = {0x00, 0x15, 0x5d, 1, 2, 3}, again[6] = {0x00, 0x15, 0x5d, 1, 2, 3};
    uint8_t group[6] = {0x01, 0, 0x5e, 0, 0, 1}, all[6] = {255, 255, 255, 255, 255, 255};
    ak_pseudonym_hardware(names, a);
    ak_pseudonym_hardware(names, again);
    assert_memory_equal(a, again, 6);
    assert_int_equal(a[0], 2);
    assert_memory_not_equal(a + 1, "\x15\x5d", 2);
    ak_pseudonym_hardware(names, group);
    assert_int_equal(group[0], 3);
    ak_pseudonym_hardware(names, all);
    assert_int_equal(all[0], 255);
}

static void another_key_other_pseudonyms(void **state)
{
    (void)state;
    struct ak_pseudonyms *other = ak_pseudonyms_new("another key");
    uint8_t a[] = "sqlserver01", b[] = "sqlserver01", bytes[2][20] = {{1}, {1}};
    assert_non_null(other);
    ak_pseudonym_text(names, AK_TEXT_UTF8, a, sizeof a - 1);
    ak_pseudonym_text(other, AK_TEXT_UTF8, b, sizeof b - 1);
    assert_memory_not_equal(a, b, sizeof a);
    ak_pseudonym_bytes(names, bytes[0], 20);
    ak_pseudonym_bytes(other, bytes[1], 20);
    assert_memory_not_equal(bytes[0], bytes[1], 20);
    ak_pseudonyms_free(other);
}

static void masks_keep_the_form_of_sentences(void **state)
{
    (void)state;
    uint8_t wide[] = {'L', 0, 'o', 0, '\'', 0, 's', 0, 'a', 0, '1', 0, '.', 0};
    ak_mask_text(AK_TEXT_UTF16LE, wide, sizeof wide);
    static const uint8_t expected[] = {'x', 0, 'x', 0, '\'', 0, 'x', 0, 'x', 0, '0', 0, '.', 0};
    assert_memory_equal(wide, expected, sizeof wide);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_change_and_agree),
        cmocka_unit_test(labels_keep_their_relations),
        cmocka_unit_test(different_words_stay_different),
        cmocka_unit_test(one_text_in_every_encoding),
        cmocka_unit_test(what_is_no_text_becomes_zero),
        cmocka_unit_test(addresses_in_texts_are_those_of_packets),
        cmocka_unit_test(ipv4_keeps_classes_and_prefixes),
        cmocka_unit_test(ipv4_is_a_permutation),
        cmocka_unit_test(ipv6_keeps_classes),
        cmocka_unit_test(ipv6_in_a_text_stays_ipv6),
        cmocka_unit_test(what_only_looks_like_ipv6_is_words),
        cmocka_unit_test(hardware_addresses_lose_their_maker),
        cmocka_unit_test(another_key_other_pseudonyms),
        cmocka_unit_test(masks_keep_the_form_of_sentences),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
