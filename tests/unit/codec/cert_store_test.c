/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/cert_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "support/parser_check.h"

/* [MS-GPEF] 2.2.1.1.1.1: key provider, purposes, friendly name, a certificate of five bytes. */
static const char entry[] = "02000000 01000000 2c000000 # KEY_PROV_INFO\n"
                            "1c000000 20000000 0c000000 20000000 00000000 00000000 02000000\n"
                            "41000000 5000 7200 6f00 7600 0000 # 'A', 'Prov'\n"
                            "0000\n"
                            "09000000 01000000 02000000 3000 # no purpose is left\n"
                            "0b000000 01000000 08000000 5300 5100 4c00 0000 # 'SQL'\n"
                            "13000000 01000000 00000000 # archived\n"
                            "20000000 01000000 05000000 30 03 020101\n";

static struct ak_bytes store_of(const char *before, const char *after)
{
    char text[2048];
    (void)snprintf(text, sizeof text, "%s %s %s", before, entry, after);
    return ak_hex(text);
}

struct seen {
    size_t count;
    struct ak_span whole;
    struct ak_cert_entry last;
};

static void on_entry(void *context, const struct ak_cert_entry *e)
{
    struct seen *seen = context;
    ak_assert_inside(seen->whole, e->der);
    seen->last = *e;
    seen->count++;
}

static void assert_entry(const struct ak_cert_entry *e)
{
    assert_int_equal(e->der.size, 5);
    assert_true(e->properties.told && e->properties.has_key && e->properties.has_key_spec);
    assert_int_equal(e->properties.key_spec, AK_KEY_SPEC_SIGNATURE);
    assert_int_equal(e->properties.provider_type, 12);
    assert_false(e->properties.cng);
    assert_string_equal(e->properties.provider, "Prov");
    assert_true(e->properties.has_usage);
    assert_false(e->properties.server_usage);
    assert_string_equal(e->properties.friendly_name, "SQL");
    assert_true(e->properties.archived);
    assert_false(e->properties.damaged);
}

static void test_store(void **state)
{
    static const char *const ends[] = {"", "00*12", "21000000 01000000 01000000 00 00*12"};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct ak_bytes b = store_of("00000000 'CERT'", ends[i]);
        struct ak_parse parse;
        struct seen seen = {0, ak_bytes_span(&b), {{NULL, 0}, {0}}};
        assert_true(ak_cert_store_is(ak_bytes_span(&b)));
        assert_int_equal(ak_cert_store_read(ak_bytes_span(&b), on_entry, &seen, &parse),
                         AK_VERDICT_PARSED);
        assert_int_equal(seen.count, 1);
        assert_entry(&seen.last);
        ak_bytes_free(&b);
    }
}

static void test_blob(void **state)
{
    (void)state;
    struct ak_bytes b = store_of("", "");
    struct ak_parse parse;
    struct ak_cert_entry e;
    assert_int_equal(ak_cert_blob_parse(ak_bytes_span(&b), &e, &parse), AK_VERDICT_PARSED);
    assert_entry(&e);
    ak_bytes_free(&b);
    b = ak_hex("0b000000 01000000 02000000 0000"); /* properties without a certificate */
    assert_int_equal(ak_cert_blob_parse(ak_bytes_span(&b), &e, &parse), AK_VERDICT_UNKNOWN);
    assert_int_equal(e.der.size, 0);
    ak_bytes_free(&b);
}

static void test_cng(void **state)
{
    (void)state;
    struct ak_bytes b = ak_hex("02000000 01000000 1e000000 1c000000 00000000 00000000 20000000"
                               "00000000 00000000 00000000 0000"
                               "20000000 01000000 01000000 30");
    struct ak_parse parse;
    struct ak_cert_entry e;
    assert_int_equal(ak_cert_blob_parse(ak_bytes_span(&b), &e, &parse), AK_VERDICT_PARSED);
    assert_true(e.properties.cng && e.properties.has_key);
    assert_int_equal(e.properties.key_spec, AK_KEY_SPEC_NONE);
    ak_bytes_free(&b);
}

/* A property that contradicts itself is told, and the certificate is read all the same. */
static void test_damaged_property(void **state)
{
    static const char *const bad[] = {
        "02000000 01000000 04000000 00000000",                /* too short */
        "02000000 01000000 1c000000 00000000 ff000000 00*20", /* name outside */
        "06000000 01000000 02000000 0100",                    /* KEY_SPEC of 2 bytes */
        "09000000 01000000 03000000 300500",                  /* DER beyond its end */
        "09000000 01000000 05000000 3003020101",              /* no object id */
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char text[512];
        struct ak_parse parse;
        struct ak_cert_entry e;
        (void)snprintf(text, sizeof text, "%s 20000000 01000000 01000000 30", bad[i]);
        struct ak_bytes b = ak_hex(text);
        assert_int_equal(ak_cert_blob_parse(ak_bytes_span(&b), &e, &parse), AK_VERDICT_PARSED);
        assert_true(e.properties.damaged);
        assert_int_equal(e.der.size, 1);
        ak_bytes_free(&b);
    }
}

static void test_usage(void **state)
{
    static const struct {
        const char *der;
        bool valid, serves;
    } rows[] = {
        {"300a 0608 2b06010505070301", true, true},  /* serverAuth */
        {"300a 0608 2b06010505070302", true, false}, /* clientAuth */
        {"3014 0608 2b06010505070302 0608 2b06010505070301", true, true},
        {"3006 0604 551d2500", true, true}, /* anyExtendedKeyUsage */
        {"3000", true, false},
        {"", false, false},
        {"3002 0608", false, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ak_bytes b = ak_hex(rows[i].der);
        bool valid;
        assert_int_equal(ak_cert_usage_serves(ak_bytes_span(&b), &valid), rows[i].serves);
        assert_int_equal(valid, rows[i].valid);
        ak_bytes_free(&b);
    }
}

static void survive(struct ak_span bytes, void *context)
{
    struct ak_parse parse;
    struct ak_cert_entry e;
    struct seen seen = {0, bytes, {{NULL, 0}, {0}}};
    (void)context;
    enum ak_verdict verdict = ak_cert_store_read(bytes, on_entry, &seen, &parse);
    assert_true(verdict == parse.verdict);
    assert_true(ak_cert_store_is(bytes) || seen.count == 0);
    (void)ak_cert_blob_parse(bytes, &e, &parse);
    ak_assert_inside(bytes, e.der);
}

static void test_damage(void **state)
{
    (void)state;
    struct ak_bytes b = store_of("00000000 'CERT'", "00*12");
    ak_each_damage(ak_bytes_span(&b), survive, NULL);
    ak_bytes_free(&b);
    b = store_of("", "");
    ak_each_damage(ak_bytes_span(&b), survive, NULL);
    ak_bytes_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_store), cmocka_unit_test(test_blob),
        cmocka_unit_test(test_cng),   cmocka_unit_test(test_damaged_property),
        cmocka_unit_test(test_usage), cmocka_unit_test(test_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
