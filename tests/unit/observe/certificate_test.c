/* SPDX-License-Identifier: Apache-2.0 */
#include "observe/certificate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/digest.h"
#include "base/limits.h"
#include "codec/x509_vectors.h"
#include "support/parser_check.h"

static const struct ak_hash_key key = {3, 4};

static void keeps_one_of_each(void **state)
{
    (void)state;
    struct ak_certificate_store *store = ak_certificate_store_new(key);
    struct ak_span ec = {x509_ec, sizeof x509_ec}, root = {x509_root, sizeof x509_root};
    struct ak_bytes again = ak_bytes_copy(x509_ec, sizeof x509_ec);
    struct ak_certificate *a = ak_certificate_of(store, ec);
    struct ak_certificate *b = ak_certificate_of(store, root);
    struct ak_certificate *c = ak_certificate_of(store, ak_bytes_span(&again));
    assert_non_null(a);
    assert_ptr_equal(a, c);
    assert_ptr_not_equal(a, b);
    assert_int_equal(a->id, 1);
    assert_int_equal(b->id, 2);
    assert_int_equal(a->references, 3); /* the store's, and two */
    assert_true(a->readable);
    assert_string_equal(a->facts.subject_cn, "ec.example");
    assert_int_equal(a->size, sizeof x509_ec);
    assert_memory_equal(a->der, x509_ec, sizeof x509_ec);
    assert_ptr_not_equal(a->der, x509_ec); /* a copy */
    ak_bytes_free(&again);
    ak_certificate_store_free(store);
    assert_int_equal(a->references, 2); /* outlives the store */
    assert_string_equal(c->facts.subject_cn, "ec.example");
    ak_certificate_drop(a);
    ak_certificate_drop(b);
    ak_certificate_drop(c);
    ak_certificate_drop(NULL);
}

static void computes_thumbprints(void **state)
{
    (void)state;
    struct ak_certificate_store *store = ak_certificate_store_new(key);
    struct ak_span der = {x509_root, sizeof x509_root};
    struct ak_certificate *c = ak_certificate_of(store, der);
    struct ak_digest *digest = ak_digest_new();
    uint8_t sha1[20], sha256[32];
    assert_true(ak_digest_make(digest, AK_DIGEST_SHA1, der.bytes, der.size, sha1));
    assert_true(ak_digest_make(digest, AK_DIGEST_SHA256, der.bytes, der.size, sha256));
    assert_memory_equal(c->sha1, sha1, sizeof sha1);
    assert_memory_equal(c->sha256, sha256, sizeof sha256);
    ak_digest_free(digest);
    ak_certificate_drop(c);
    ak_certificate_store_free(store);
}

static void keeps_what_nobody_can_read(void **state)
{
    (void)state;
    struct ak_certificate_store *store = ak_certificate_store_new(key);
    struct ak_bytes b = ak_hex("30 03 02 01 00");
    struct ak_certificate *c = ak_certificate_of(store, ak_bytes_span(&b));
    assert_non_null(c);
    assert_false(c->readable);
    assert_int_equal(c->size, 5);
    assert_memory_equal(c->der, b.at, 5);
    ak_certificate_drop(c);
    ak_certificate_store_free(store);
    ak_bytes_free(&b);
}

static void refuses_impossible_sizes(void **state)
{
    (void)state;
    struct ak_certificate_store *store = ak_certificate_store_new(key);
    struct ak_bytes b = ak_hex("30*65537");
    struct ak_span none = {NULL, 0}, most = {b.at, AK_MAX_CERTIFICATE};
    assert_int_equal(b.size, AK_MAX_CERTIFICATE + 1);
    assert_null(ak_certificate_of(store, none));
    assert_null(ak_certificate_of(store, ak_bytes_span(&b)));
    struct ak_certificate *c = ak_certificate_of(store, most);
    assert_non_null(c);
    ak_certificate_drop(c);
    ak_certificate_store_free(store);
    ak_certificate_store_free(NULL);
    ak_bytes_free(&b);
}

/* Beyond the limit certificates are still made, only no longer remembered. */
static void stops_remembering(void **state)
{
    (void)state;
    struct ak_certificate_store *store = ak_certificate_store_new(key);
    const uint32_t most =
        (uint32_t)(AK_MAX_CERTIFICATE_BYTES / (sizeof(struct ak_certificate) + 4));
    const uint32_t kept = most < AK_MAX_CERTIFICATES ? most : AK_MAX_CERTIFICATES;
    for (uint32_t i = 0; i < kept + 10; i++) {
        struct ak_span der = {(const uint8_t *)&i, sizeof i};
        struct ak_certificate *c = ak_certificate_of(store, der);
        assert_non_null(c);
        assert_int_equal(c->id, i < kept ? i + 1 : 0);
        assert_int_equal(c->references, i < kept ? 2 : 1);
        ak_certificate_drop(c);
    }
    uint32_t first = 0;
    struct ak_span der = {(const uint8_t *)&first, sizeof first};
    struct ak_certificate *c = ak_certificate_of(store, der);
    assert_int_equal(c->id, 1);
    ak_certificate_drop(c);
    ak_certificate_store_free(store);
}

/* Only a forger makes many with equal ends; the first ones are kept, so that looking stays cheap.
 */
static void equal_ends_are_told_apart_and_bounded(void **state)
{
    (void)state;
    enum { KEPT = 64 };
    struct ak_certificate_store *store = ak_certificate_store_new(key);
    uint8_t bytes[300] = {0x30};
    struct ak_span der = {bytes, sizeof bytes};
    for (int round = 0; round < 2; round++)
        for (uint8_t i = 0; i < KEPT + 5; i++) {
            bytes[150] = i;
            struct ak_certificate *c = ak_certificate_of(store, der);
            assert_non_null(c);
            assert_int_equal(c->der[150], i);
            assert_int_equal(c->id, i < KEPT ? i + 1 : 0);
            ak_certificate_drop(c);
        }
    bytes[0] = 0x31; /* other ends: kept again */
    struct ak_certificate *c = ak_certificate_of(store, der);
    assert_int_equal(c->id, KEPT + 1);
    ak_certificate_drop(c);
    ak_certificate_store_free(store);
}

/* As people paste them: MMC copies an invisible mark and blanks along. */
static void reads_thumbprints(void **state)
{
#define HEX "00112233445566778899AABBCCDDEEFF00112233"
    static const struct {
        const char *text;
        bool read, clean;
    } rows[] = {
        {HEX, true, true},
        {"00112233445566778899aabbccddeeff00112233", true, true},
        {"\xe2\x80\x8e" HEX, true, false},
        {"00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff 00 11 22 33", true, false},
        {"00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff:00:11:22:33", true, false},
        {HEX "4", false, true},
        {"0011223344", false, true},
        {"0011223344x5566778899AABBCCDDEEFF00112233", false, true},
        {"\xe2\x80", false, true},
        {"\xe2", false, true},
        {"", false, true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t sha1[20];
        bool clean;
        assert_int_equal(ak_thumbprint_read(rows[i].text, sha1, &clean), rows[i].read);
        assert_int_equal(clean, rows[i].clean);
        assert_int_equal(sha1[1], rows[i].read ? 0x11 : sha1[1]);
        assert_true(!rows[i].read || sha1[19] == 0x33);
    }
}

#ifdef AK_TORTURE
static void survives_lack_of_memory(void **state)
{
    (void)state;
    for (unsigned long n = 1; n < 6; n++) {
        struct ak_span der = {x509_ec, sizeof x509_ec};
        (void)ak_alloc_fail_after(n);
        struct ak_certificate_store *store = ak_certificate_store_new(key);
        struct ak_certificate *c = store ? ak_certificate_of(store, der) : NULL;
        unsigned long made = ak_alloc_fail_after(0);
        assert_true(c != NULL || made == n); /* fails where it was told to, and at once */
        ak_certificate_drop(c);
        ak_certificate_store_free(store);
    }
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_one_of_each),
        cmocka_unit_test(computes_thumbprints),
        cmocka_unit_test(keeps_what_nobody_can_read),
        cmocka_unit_test(refuses_impossible_sizes),
        cmocka_unit_test(stops_remembering),
        cmocka_unit_test(equal_ends_are_told_apart_and_bounded),
        cmocka_unit_test(reads_thumbprints),
#ifdef AK_TORTURE
        cmocka_unit_test(survives_lack_of_memory),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
