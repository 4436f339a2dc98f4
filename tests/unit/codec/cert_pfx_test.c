/* PKCS #12: what each kind of bag and safe tells, which passwords open one, and what it may cost.
 * Sniffing and damage are cert_file_test's. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/cert_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <openssl/x509.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/limits.h"
#include "support/parser_check.h"

static EVP_PKEY *key;
static X509 *certificate[2];

static X509 *make_certificate(const char *name)
{
    X509 *x = X509_new();
    X509_NAME *subject = X509_get_subject_name(x);
    assert_int_equal(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                                                (const unsigned char *)name, -1, -1, 0),
                     1);
    assert_int_equal(X509_set_issuer_name(x, subject), 1);
    assert_non_null(ASN1_TIME_set(X509_getm_notBefore(x), 1700000000));
    assert_non_null(ASN1_TIME_set(X509_getm_notAfter(x), 1900000000));
    assert_int_equal(X509_set_pubkey(x, key), 1);
    assert_true(X509_sign(x, key, EVP_sha256()) > 0);
    return x;
}

static int begin(void **state)
{
    (void)state;
    key = EVP_EC_gen("prime256v1");
    certificate[0] = make_certificate("sql01");
    certificate[1] = make_certificate("ca");
    return 0;
}

static int end(void **state)
{
    (void)state;
    for (size_t i = 0; i < AK_COUNT(certificate); i++)
        X509_free(certificate[i]);
    EVP_PKEY_free(key);
    return 0;
}

/* ---- what was read ---- */

struct seen {
    size_t count;
    struct ak_cert_properties properties[4];
    size_t size[4];
};

static void on_entry(void *context, const struct ak_cert_entry *e)
{
    struct seen *seen = context;
    if (seen->count < AK_COUNT(seen->size)) {
        seen->properties[seen->count] = e->properties;
        seen->size[seen->count] = e->der.size;
    }
    seen->count++;
}

enum { CHEAP = 70000 }; /* rounds: 3 bytes as an INTEGER, of which there is no other */

/* Says that the first derivation of CHEAP rounds has as many: the files are made in no time. */
static void make_dear(unsigned char *bytes, size_t size, unsigned rounds)
{
    static const unsigned char cheap[] = {2, 3, CHEAP >> 16, CHEAP >> 8 & 0xff, CHEAP & 0xff};
    size_t at = 0;
    while (at + sizeof cheap <= size && memcmp(bytes + at, cheap, sizeof cheap) != 0)
        at++;
    assert_true(at + sizeof cheap <= size);
    for (size_t i = 0; i < 3; i++)
        bytes[at + 2 + i] = (unsigned char)(rounds >> (16 - 8 * i));
}

/* Takes the file and frees it. `rounds`: of its first derivation; 0: as it was made. */
static enum ak_cert_outcome read_dear(PKCS12 *file, unsigned rounds, const char *password,
                                      struct seen *seen)
{
    unsigned char *bytes = NULL;
    assert_non_null(file);
    int size = i2d_PKCS12(file, &bytes);
    PKCS12_free(file);
    assert_true(size > 0);
    struct ak_span span = {bytes, (size_t)size};
    if (rounds != 0)
        make_dear(bytes, (size_t)size, rounds);
    memset(seen, 0, sizeof *seen);
    assert_int_equal(ak_cert_sniff(span), AK_CERT_FORMAT_PFX);
    enum ak_cert_outcome outcome =
        ak_cert_file_read(AK_CERT_FORMAT_PFX, span, password, on_entry, seen);
    OPENSSL_free(bytes);
    return outcome;
}

static enum ak_cert_outcome read_it(PKCS12 *file, const char *password, struct seen *seen)
{
    return read_dear(file, 0, password, seen);
}

/* ---- files made bag by bag ---- */

struct file {
    STACK_OF(PKCS12_SAFEBAG) * bags;
    STACK_OF(PKCS7) * safes;
};

static PKCS12_SAFEBAG *add_certificate(struct file *f, X509 *x, const char *id)
{
    PKCS12_SAFEBAG *bag = PKCS12_add_cert(&f->bags, x);
    assert_non_null(bag);
    if (id != NULL)
        assert_int_equal(
            PKCS12_add_localkeyid(bag, (unsigned char *)(uintptr_t)id, (int)strlen(id)), 1);
    return bag;
}

/* `usage` 0: none is told. Sealed under `password`, or in clear. */
static PKCS12_SAFEBAG *add_key(struct file *f, const char *id, int usage, const char *password,
                               int rounds)
{
    PKCS12_SAFEBAG *bag =
        PKCS12_add_key(&f->bags, key, usage, rounds,
                       password != NULL ? NID_pbe_WithSHA1And3_Key_TripleDES_CBC : -1, password);
    assert_non_null(bag);
    if (id != NULL)
        assert_int_equal(
            PKCS12_add_localkeyid(bag, (unsigned char *)(uintptr_t)id, (int)strlen(id)), 1);
    return bag;
}

/* All bags so far become a safe; `cipher` -1: in clear. */
static void close_safe(struct file *f, int cipher, int rounds, const char *password)
{
    assert_int_equal(PKCS12_add_safe(&f->safes, f->bags, cipher, rounds, password), 1);
    sk_PKCS12_SAFEBAG_pop_free(f->bags, PKCS12_SAFEBAG_free);
    f->bags = NULL;
}

/* `password` NULL: no MAC guards it. */
static PKCS12 *finish(struct file *f, const char *password)
{
    PKCS12 *p = PKCS12_add_safes(f->safes, 0);
    sk_PKCS7_pop_free(f->safes, PKCS7_free);
    assert_non_null(p);
    if (password != NULL)
        assert_int_equal(PKCS12_set_mac(p, password, -1, NULL, 0, 1, EVP_sha1()), 1);
    return p;
}

static void set_provider(PKCS12_SAFEBAG *bag, const char *name)
{
    assert_int_equal(PKCS12_add_CSPName_asc(bag, name, -1), 1);
}

/* ---- keys ---- */

static void a_key_is_joined_by_its_id(void **state)
{
    struct file f = {NULL, NULL};
    struct seen seen;
    (void)state;
    add_certificate(&f, certificate[0], "1");
    add_certificate(&f, certificate[1], NULL);
    set_provider(add_key(&f, "1", KEY_SIG, NULL, 1),
                 "Microsoft RSA SChannel Cryptographic Provider");
    close_safe(&f, -1, 0, NULL);
    assert_int_equal(read_it(finish(&f, NULL), NULL, &seen), AK_CERT_OUTCOME_READ);
    assert_int_equal(seen.count, 2);
    assert_true(seen.properties[0].has_key && seen.properties[0].has_key_spec);
    assert_int_equal(seen.properties[0].key_spec, AK_KEY_SPEC_SIGNATURE);
    assert_string_equal(seen.properties[0].provider,
                        "Microsoft RSA SChannel Cryptographic Provider");
    assert_false(seen.properties[0].cng);
    assert_false(seen.properties[1].has_key);
    assert_true(seen.properties[1].told); /* that it has none is told */
}

static void a_key_of_somebody_else(void **state)
{
    struct file f = {NULL, NULL};
    struct seen seen;
    (void)state;
    add_certificate(&f, certificate[0], "1");
    add_key(&f, "12", KEY_EX, NULL, 1);
    add_key(&f, NULL, KEY_EX, NULL, 1);
    close_safe(&f, -1, 0, NULL);
    assert_int_equal(read_it(finish(&f, NULL), NULL, &seen), AK_CERT_OUTCOME_READ);
    assert_int_equal(seen.count, 1);
    assert_false(seen.properties[0].has_key);
}

static void keys_of_cng(void **state)
{
    static const struct {
        const char *name;
        bool cng;
    } rows[] = {{"Microsoft Software Key Storage Provider", true},
                {"Microsoft Platform Crypto Provider", true},
                {"Microsoft Enhanced Cryptographic Provider v1.0", false}};
    (void)state;
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct file f = {NULL, NULL};
        struct seen seen;
        add_certificate(&f, certificate[0], "1");
        set_provider(add_key(&f, "1", 0, NULL, 1), rows[i].name);
        close_safe(&f, -1, 0, NULL);
        assert_int_equal(read_it(finish(&f, NULL), NULL, &seen), AK_CERT_OUTCOME_READ);
        assert_true(seen.properties[0].has_key && !seen.properties[0].has_key_spec);
        assert_int_equal(seen.properties[0].cng, rows[i].cng);
    }
}

/* Its kind stands under the password; that there is one does not. */
static void a_sealed_key(void **state)
{
    struct seen seen;
    (void)state;
    for (int dear = 0; dear < 2; dear++) {
        struct file f = {NULL, NULL};
        add_certificate(&f, certificate[0], "1");
        add_key(&f, "1", KEY_EX, "geheim", CHEAP);
        close_safe(&f, -1, 0, NULL);
        assert_int_equal(
            read_dear(finish(&f, NULL), dear ? AK_MAX_PFX_ROUNDS + 1 : 0, "geheim", &seen),
            AK_CERT_OUTCOME_READ);
        assert_true(seen.properties[0].has_key);
        assert_int_equal(seen.properties[0].has_key_spec, !dear);
    }
    assert_int_equal(seen.properties[0].key_spec, 0);
}

/* ---- passwords ---- */

/* A certificate under a password of its own: the MAC's is right, and does not open it. */
static void a_safe_that_stays_locked(void **state)
{
    struct file f = {NULL, NULL};
    struct seen seen;
    (void)state;
    add_certificate(&f, certificate[0], NULL);
    close_safe(&f, -1, 0, NULL);
    add_certificate(&f, certificate[1], NULL);
    close_safe(&f, NID_pbe_WithSHA1And3_Key_TripleDES_CBC, 1, "anders");
    assert_int_equal(read_it(finish(&f, "geheim"), "geheim", &seen), AK_CERT_OUTCOME_PARTLY);
    assert_int_equal(seen.count, 1);
    f.bags = NULL;
    f.safes = NULL;
    add_certificate(&f, certificate[1], NULL);
    close_safe(&f, NID_pbe_WithSHA1And3_Key_TripleDES_CBC, 1, "anders");
    assert_int_equal(read_it(finish(&f, "geheim"), "geheim", &seen), AK_CERT_OUTCOME_UNSUPPORTED);
    assert_int_equal(seen.count, 0);
}

/* Without a MAC only the safe itself tells whether a password fits. */
static void no_mac(void **state)
{
    static const struct {
        const char *password;
        enum ak_cert_outcome outcome;
    } rows[] = {{"geheim", AK_CERT_OUTCOME_READ},
                {"falsch", AK_CERT_OUTCOME_WRONG_PASSWORD},
                {NULL, AK_CERT_OUTCOME_NEEDS_PASSWORD}};
    (void)state;
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct file f = {NULL, NULL};
        struct seen seen;
        add_certificate(&f, certificate[0], NULL);
        close_safe(&f, NID_aes_256_cbc, 1, "geheim");
        assert_int_equal(read_it(finish(&f, NULL), rows[i].password, &seen), rows[i].outcome);
        assert_int_equal(seen.count, rows[i].outcome == AK_CERT_OUTCOME_READ);
    }
}

/* RC2 of 40 bits, as Windows up to 2016 writes it: of a library context of its own. */
static void old_ciphers(void **state)
{
    OSSL_LIB_CTX *library = OSSL_LIB_CTX_new();
    OSSL_PROVIDER *legacy = OSSL_PROVIDER_load(library, "legacy");
    OSSL_PROVIDER *usual = OSSL_PROVIDER_load(library, "default");
    struct file f = {NULL, NULL};
    struct seen seen;
    (void)state;
    if (legacy == NULL) {
        OSSL_PROVIDER_unload(usual);
        OSSL_LIB_CTX_free(library);
        skip();
    }
    add_certificate(&f, certificate[0], NULL);
    assert_int_equal(PKCS12_add_safe_ex(&f.safes, f.bags, NID_pbe_WithSHA1And40BitRC2_CBC, 1,
                                        "geheim", library, NULL),
                     1);
    sk_PKCS12_SAFEBAG_pop_free(f.bags, PKCS12_SAFEBAG_free);
    assert_int_equal(read_it(finish(&f, "geheim"), "geheim", &seen), AK_CERT_OUTCOME_READ);
    assert_int_equal(seen.count, 1);
    assert_null(EVP_CIPHER_fetch(NULL, "RC2-40-CBC", NULL)); /* nobody else has it now */
    OSSL_PROVIDER_unload(legacy);
    OSSL_PROVIDER_unload(usual);
    OSSL_LIB_CTX_free(library);
}

/* ---- what it may cost ---- */

/* Each derivation is affordable, but not all of them: those of safes and those of keys are one
 * sum. */
static void rounds_are_counted_over_the_file(void **state)
{
    struct seen seen;
    (void)state;
    for (int dear = 0; dear < 2; dear++) {
        struct file f = {NULL, NULL};
        for (size_t i = 0; i < 2; i++) {
            add_certificate(&f, certificate[i], NULL);
            close_safe(&f, NID_pbe_WithSHA1And3_Key_TripleDES_CBC, CHEAP, "geheim");
        }
        add_certificate(&f, certificate[0], "1");
        add_key(&f, "1", KEY_EX, "geheim", CHEAP);
        close_safe(&f, -1, 0, NULL);
        assert_int_equal(
            read_dear(finish(&f, NULL), dear ? AK_MAX_PFX_ROUNDS - CHEAP + 1 : 0, "geheim", &seen),
            dear ? AK_CERT_OUTCOME_PARTLY : AK_CERT_OUTCOME_READ);
        assert_int_equal(seen.count, dear ? 1 : 3);
        const struct ak_cert_properties *last = &seen.properties[seen.count - 1];
        assert_true(last->has_key);
        assert_int_equal(last->has_key_spec, !dear);
    }
}

static void nothing_in_it(void **state)
{
    struct file f = {NULL, NULL};
    struct seen seen;
    (void)state;
    add_key(&f, "1", KEY_EX, NULL, 1);
    close_safe(&f, -1, 0, NULL);
    assert_int_equal(read_it(finish(&f, NULL), NULL, &seen), AK_CERT_OUTCOME_EMPTY);
    assert_int_equal(seen.count, 0);
}

static void names_for_people(void **state)
{
    struct file f = {NULL, NULL};
    struct seen seen;
    char much[AK_CERT_PROPERTY_TEXT + 50];
    (void)state;
    memset(much, 'n', sizeof much - 1);
    much[sizeof much - 1] = '\0';
    PKCS12_SAFEBAG *bag = add_certificate(&f, certificate[0], NULL);
    assert_int_equal(PKCS12_add_friendlyname_utf8(bag, "\xe6\x8f\xa1\xe6\x89\x8b", -1), 1);
    bag = add_certificate(&f, certificate[1], NULL);
    assert_int_equal(PKCS12_add_friendlyname_utf8(bag, much, -1), 1);
    close_safe(&f, -1, 0, NULL);
    assert_int_equal(read_it(finish(&f, NULL), NULL, &seen), AK_CERT_OUTCOME_READ);
    assert_string_equal(seen.properties[0].friendly_name, "\xe6\x8f\xa1\xe6\x89\x8b");
    assert_int_equal(strlen(seen.properties[1].friendly_name), AK_CERT_PROPERTY_TEXT - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_is_joined_by_its_id),
        cmocka_unit_test(a_key_of_somebody_else),
        cmocka_unit_test(keys_of_cng),
        cmocka_unit_test(a_sealed_key),
        cmocka_unit_test(a_safe_that_stays_locked),
        cmocka_unit_test(no_mac),
        cmocka_unit_test(old_ciphers),
        cmocka_unit_test(rounds_are_counted_over_the_file),
        cmocka_unit_test(nothing_in_it),
        cmocka_unit_test(names_for_people),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
