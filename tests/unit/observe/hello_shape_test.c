/* SPDX-License-Identifier: Apache-2.0 */
#include "observe/hello_shape.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/attr.h"
#include "base/limits.h"
#include "codec/tls_vectors.h"
#include "support/parser_check.h"

static const struct ak_hash_key key = {5, 6};

static int start(void **state)
{
    *state = ak_hello_store_new(key);
    return *state == NULL;
}

static int stop(void **state)
{
    ak_hello_store_free(*state);
    return 0;
}

/* Parses (SSL 2.0 format where the first bit says so) and asks for the shape; nothing of the input
 * is alive afterwards. */
static struct ak_hello_shape *shape_of(struct ak_hello_store *store, const char *hex)
{
    struct ak_bytes b = ak_hex(hex);
    struct ak_client_hello hello;
    struct ak_parse parse;
    enum ak_verdict verdict = b.at[0] & 0x80
                                  ? ak_ssl2_client_hello_parse(ak_bytes_span(&b), &hello, &parse)
                                  : ak_client_hello_parse(ak_bytes_span(&b), &hello, &parse);
    assert_int_equal(verdict, AK_VERDICT_PARSED);
    struct ak_hello_shape *shape = ak_hello_shape_of(store, &hello);
    assert_non_null(shape);
    ak_bytes_free(&b);
    return shape;
}

static void assert_list(const struct ak_u16_list *list, const char *hex)
{
    struct ak_bytes b = ak_hex(hex);
    assert_int_equal(list->count, b.size / 2);
    for (size_t i = 0; i < list->count; i++)
        assert_int_equal(list->values[i], ak_be16(b.at + 2 * i));
    ak_bytes_free(&b);
}

static void keeps_what_a_hello_says(void **state)
{
    struct ak_hello_shape *s = shape_of(*state, CHROME_CLIENT_HELLO);
    assert_false(s->ssl2_format);
    assert_true(s->has_server_name && s->extended_master_secret && s->renegotiation_info);
    assert_true(s->session_ticket && s->has_signature_algorithms && s->has_groups);
    assert_true(s->has_supported_versions);
    assert_int_equal(s->legacy_version, 0x0303);
    assert_int_equal(s->max_version, 0x0304);
    assert_int_equal(s->min_version, 0x0303);
    assert_list(&s->cipher_suites, "5a5a 1301 1302 1303 c02b c02f c02c c030 cca9 cca8 c013 c014"
                                   "009c 009d 002f 0035");
    assert_list(&s->groups, "3a3a 001d 0017 0018");
    assert_list(&s->signature_algorithms, "0403 0804 0401 0503 0805 0501 0806 0601");
    assert_list(&s->signature_algorithms_cert, "");
    assert_list(&s->supported_versions, "0a0a 0304 0303");
    assert_list(&s->key_share_groups, "3a3a 001d");
    assert_list(&s->extensions, "fafa 0000 0033 000d 0023 000b ff01 000a 001b 4469 0012 002d 0010"
                                "0005 002b 0017 1a1a 0015");
    assert_string_equal(s->alpn, "h2,http/1.1");
    assert_false(s->strict_tds);
    assert_string_equal(s->ja3, "83d028d5b4366d9ac26e9ea6424d793e");
    assert_string_equal(s->ja4, "t13d1516h2_8daaf6152771_e5627efa2ab1");
    assert_true(ak_u16_list_has(&s->cipher_suites, 0xc02f));
    assert_false(ak_u16_list_has(&s->cipher_suites, 0xc028));
    ak_hello_shape_drop(s);
}

static void keeps_ssl2_hellos(void **state)
{
    struct ak_hello_shape *s = shape_of(*state, SSL2_CLIENT_HELLO);
    assert_true(s->ssl2_format);
    assert_list(&s->cipher_suites, "0004 0005 000a 00ff"); /* kinds of SSL 2.0 are left out */
    assert_int_equal(s->max_version, 0x0301);
    assert_int_equal(s->min_version, 0);
    assert_string_equal(s->alpn, "");
    assert_int_equal(strlen(s->ja3), 32);
    assert_int_equal(strlen(s->ja4), 36);
    ak_hello_shape_drop(s);
}

#define TAIL " 00 0002 002f 01 00 "

static void versions_offered(void **state)
{
    static const struct {
        const char *hex;
        uint16_t max, min;
    } rows[] = {
        {"0301 11*32" TAIL, 0x0301, 0},
        {"0303 11*32" TAIL "0000", 0x0303, 0},
        {"0303 11*32" TAIL "000d 002b 0009 08 0301 0302 0303 0304", 0x0304, 0x0301},
        {"0303 11*32" TAIL "0009 002b 0005 04 0304 0303", 0x0304, 0x0303},
        {"0303 11*32" TAIL "0007 002b 0003 02 7f1c", 0x0304, 0x0304}, /* draft 28 */
        {"0303 11*32" TAIL "0009 002b 0005 04 fafa 0302", 0x0302, 0x0302},
        {"0303 11*32" TAIL "0007 002b 0003 02 fafa", 0x0303, 0}, /* GREASE alone */
        {"0303 11*32" TAIL "0006 002b 0002 01 03", 0x0303, 0},   /* a list that lies */
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_hello_shape *s = shape_of(*state, rows[i].hex);
        assert_int_equal(s->max_version, rows[i].max);
        assert_int_equal(s->min_version, rows[i].min);
        ak_hello_shape_drop(s);
    }
}

static void application_protocols(void **state)
{
    static const struct {
        const char *hex, *alpn;
        bool strict;
    } rows[] = {
        {"0303 11*32" TAIL "000e 0010 000a 0008 07 'tds/8.0'", "tds/8.0", true},
        {"0303 11*32" TAIL "0011 0010 000d 000b 02 'h2' 07 'tds/8.0'", "h2,tds/8.0", true},
        {"0303 11*32" TAIL "0009 0010 0005 0003 02 0a80", "??", false}, /* nothing unprintable */
        {"0303 11*32" TAIL "0008 0010 0004 0002 00 00", "", false},
        {"0303 11*32" TAIL "0006 0010 0002 0000", "", false},
        {"0303 11*32" TAIL, "", false},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_hello_shape *s = shape_of(*state, rows[i].hex);
        assert_string_equal(s->alpn, rows[i].alpn);
        assert_int_equal(s->strict_tds, rows[i].strict);
        ak_hello_shape_drop(s);
    }
}

/* What differs from one connection to the next does not make another shape. */
static void one_client_one_shape(void **state)
{
    (void)state;
    static const char *const same[] = {
        "0303 11*32 00 0002 002f 01 00 0023 0000 0006 0004 00 0001 'a'"
        "0033 0009 0007 001d 0003 010203 0023 0000 000a 0004 0002 001d",
        "0303 22*32 20 33*32 0002 002f 01 00 002c 0000 000a 0008 00 0005 'sql01'"
        "0033 000a 0008 001d 0004 09080706 0023 0004 aabbccdd 000a 0004 0002 001d"};
    struct ak_hello_store *store = ak_hello_store_new(key);
    struct ak_hello_shape *a = shape_of(store, same[0]);
    struct ak_hello_shape *b = shape_of(store, same[1]);
    assert_ptr_equal(a, b);
    assert_int_equal(a->id, 1);
    assert_int_equal(a->references, 3);
    ak_hello_shape_drop(a);
    ak_hello_shape_drop(b);
    ak_hello_store_free(store);
}

/* Each of these is another shape: the order of lists and every flag counts. */
static void other_clients_other_shapes(void **state)
{
    (void)state;
    static const char *const hellos[] = {
        "0303 11*32 00 0004 002f 0035 01 00",
        "0303 11*32 00 0004 0035 002f 01 00",
        "0302 11*32 00 0004 002f 0035 01 00",
        "0303 11*32 00 0002 002f 01 00",
        "0303 11*32 00 0004 002f 0035 01 00 0000",
        "0303 11*32 00 0004 002f 0035 01 00 0004 0017 0000",
        "0303 11*32 00 0004 002f 0035 01 00 0004 0023 0000",
        "0303 11*32 00 0004 002f 0035 01 00 0004 0012 0000",
        "0303 11*32 00 0004 002f 0035 01 00 0008 0017 0000 0023 0000",
        "0303 11*32 00 0004 002f 0035 01 00 0008 0023 0000 0017 0000",
        "0303 11*32 00 0004 002f 0035 01 00 000a 000a 0006 0004 0017 0018",
        "0303 11*32 00 0004 002f 0035 01 00 000a 000a 0006 0004 0018 0017",
        "0303 11*32 00 0004 002f 0035 01 00 000a 000d 0006 0004 0017 0018",
        "0303 11*32 00 0004 002f 0035 01 00 000a 0032 0006 0004 0017 0018",
        "0303 11*32 00 0004 002f 0035 01 00 0006 000b 0002 01 00",
        "0303 11*32 00 0004 002f 0035 01 00 0006 000b 0002 01 01",
        "0303 11*32 00 0004 002f 0035 01 00 0009 0010 0005 0003 02 'h2'",
        "0303 11*32 00 0004 002f 0035 01 00 0009 0010 0005 0003 02 'h3'",
        "0303 11*32 00 0004 002f 0035 01 00 0007 002b 0003 02 0304",
        "0303 11*32 00 0004 002f 0035 01 00 0007 002b 0003 02 0303",
        "0303 11*32 00 0004 002f 0035 01 00 000b 0033 0007 0005 001d 0001 00",
        "0303 11*32 00 0004 002f 0035 01 00 000b 0033 0007 0005 0017 0001 00",
    };
    struct ak_hello_store *store = ak_hello_store_new(key);
    for (size_t i = 0; i < AK_COUNT(hellos); i++) {
        struct ak_hello_shape *s = shape_of(store, hellos[i]);
        assert_int_equal(s->id, i + 1);
        ak_hello_shape_drop(s);
    }
    ak_hello_store_free(store);
}

static void shapes_outlive_the_store(void **state)
{
    (void)state;
    struct ak_hello_store *store = ak_hello_store_new(key);
    struct ak_hello_shape *s = shape_of(store, RFC8448_CLIENT_HELLO);
    ak_hello_store_free(store);
    assert_int_equal(s->references, 1);
    assert_int_equal(s->groups.values[0], 29);
    ak_hello_shape_drop(ak_hello_shape_keep(s));
    ak_hello_shape_drop(s);
    ak_hello_shape_drop(NULL);
    assert_null(ak_hello_shape_keep(NULL));
    ak_hello_store_free(NULL);
}

static void stops_remembering(void **state)
{
    (void)state;
    struct ak_hello_store *store = ak_hello_store_new(key);
    for (uint32_t i = 0; i < AK_MAX_HELLO_SHAPES + 3; i++) {
        uint8_t suite[2] = {(uint8_t)(i >> 8), (uint8_t)i};
        struct ak_client_hello hello;
        memset(&hello, 0, sizeof hello);
        hello.legacy_version = 0x0303;
        hello.cipher_suites.bytes = suite;
        hello.cipher_suites.size = 2;
        struct ak_hello_shape *s = ak_hello_shape_of(store, &hello);
        assert_int_equal(s->id, i < AK_MAX_HELLO_SHAPES ? i + 1 : 0);
        assert_int_equal(s->cipher_suites.values[0], i);
        ak_hello_shape_drop(s);
    }
    ak_hello_store_free(store);
}

static void lists_meet(void **state)
{
    (void)state;
    static const uint16_t a[] = {0x0a0a, 1, 2}, b[] = {0x0a0a, 3, 4}, c[] = {9, 2};
    const struct ak_u16_list la = {a, 3}, lb = {b, 3}, lc = {c, 2}, none = {NULL, 0};
    assert_false(ak_u16_lists_meet(&la, &lb)); /* GREASE is nothing in common */
    assert_true(ak_u16_lists_meet(&la, &lc));
    assert_true(ak_u16_lists_meet(&lc, &la));
    assert_false(ak_u16_lists_meet(&none, &la));
    assert_false(ak_u16_lists_meet(&la, &none));
    assert_false(ak_u16_list_has(&none, 0));
}

static void ja3s_is_remembered(void **state)
{
    static const struct {
        const char *hex, *ja3s;
    } rows[] = {
        {RFC8448_SERVER_HELLO, "eb1d94daa7e0344597e756a1fb6e7054"},
        {TLS12_SERVER_HELLO, "7f76f3e952a1bc7d407366fafe1db7ed"},
    };
    for (size_t i = 0; i < 2 * AK_COUNT(rows); i++) {
        struct ak_bytes b = ak_hex(rows[i % 2].hex);
        struct ak_server_hello hello;
        struct ak_parse parse;
        char out[33];
        memset(out, 'x', sizeof out);
        assert_int_equal(ak_server_hello_parse(ak_bytes_span(&b), &hello, &parse),
                         AK_VERDICT_PARSED);
        ak_ja3s_of(*state, &hello, out);
        assert_string_equal(out, rows[i % 2].ja3s);
        ak_bytes_free(&b);
    }
    /* more extensions than the memory of one entry holds */
    struct ak_bytes b = ak_hex("0303 11*32 00 c02f 00 0190 00*400");
    struct ak_server_hello hello;
    struct ak_parse parse;
    char out[33];
    assert_int_equal(ak_server_hello_parse(ak_bytes_span(&b), &hello, &parse), AK_VERDICT_PARSED);
    ak_ja3s_of(*state, &hello, out);
    assert_int_equal(strlen(out), 32);
    ak_bytes_free(&b);
}

static void any_hello(struct ak_span in, void *context)
{
    struct ak_client_hello hello;
    struct ak_parse parse;
    if (ak_client_hello_parse(in, &hello, &parse) != AK_VERDICT_PARSED)
        return;
    struct ak_hello_shape *s = ak_hello_shape_of(context, &hello);
    assert_non_null(s);
    assert_int_equal(s->cipher_suites.count, hello.cipher_suites.size / 2);
    assert_true(s->extensions.count <= hello.extensions.size / 4);
    assert_int_equal(strlen(s->ja4), AK_JA4_SIZE - 1);
    ak_hello_shape_drop(s);
}

static void damaged_hellos(void **state)
{
    struct ak_bytes b = ak_hex(CHROME_CLIENT_HELLO);
    ak_each_damage(ak_bytes_span(&b), any_hello, *state);
    ak_bytes_free(&b);
}

#ifdef AK_TORTURE
/* Whichever allocation fails: NULL or a whole shape, never a wrong fingerprint, never a leak. */
static void survives_lack_of_memory(void **state)
{
    (void)state;
    for (unsigned long n = 1; n < 20; n++) {
        struct ak_bytes b = ak_hex(CHROME_CLIENT_HELLO);
        struct ak_client_hello hello;
        struct ak_parse parse;
        (void)ak_client_hello_parse(ak_bytes_span(&b), &hello, &parse);
        (void)ak_alloc_fail_after(n);
        struct ak_hello_store *store = ak_hello_store_new(key);
        struct ak_hello_shape *s = store ? ak_hello_shape_of(store, &hello) : NULL;
        (void)ak_alloc_fail_after(0);
        if (s != NULL) {
            assert_true(s->ja3[0] == '\0' ||
                        strcmp(s->ja3, "83d028d5b4366d9ac26e9ea6424d793e") == 0);
            assert_true(s->ja4[0] == '\0' ||
                        strcmp(s->ja4, "t13d1516h2_8daaf6152771_e5627efa2ab1") == 0);
        }
        ak_hello_shape_drop(s);
        ak_hello_store_free(store);
        ak_bytes_free(&b);
    }
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_what_a_hello_says),
        cmocka_unit_test(keeps_ssl2_hellos),
        cmocka_unit_test(versions_offered),
        cmocka_unit_test(application_protocols),
        cmocka_unit_test(one_client_one_shape),
        cmocka_unit_test(other_clients_other_shapes),
        cmocka_unit_test(shapes_outlive_the_store),
        cmocka_unit_test(stops_remembering),
        cmocka_unit_test(lists_meet),
        cmocka_unit_test(ja3s_is_remembered),
        cmocka_unit_test(damaged_hellos),
#ifdef AK_TORTURE
        cmocka_unit_test(survives_lack_of_memory),
#endif
    };
    return cmocka_run_group_tests(tests, start, stop);
}
