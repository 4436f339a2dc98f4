/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/cert_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>

#include <cmocka.h>

#include "base/text.h"
#include "support/parser_check.h"

/* One small certificate with its key; everything else is made of it. */
struct material {
    EVP_PKEY *key;
    X509 *certificate;
    struct ak_bytes der, pem, p7b, pfx, pfx_open, pfx_dear, sst;
};

static X509 *make_certificate(EVP_PKEY *key)
{
    X509 *x = X509_new();
    X509_NAME *name = X509_get_subject_name(x);
    assert_int_equal(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                                (const unsigned char *)"sql01", -1, -1, 0),
                     1);
    assert_int_equal(X509_set_version(x, X509_VERSION_3), 1);
    assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(x), 7), 1);
    assert_int_equal(X509_set_issuer_name(x, name), 1);
    assert_non_null(ASN1_TIME_set(X509_getm_notBefore(x), 1700000000));
    assert_non_null(ASN1_TIME_set(X509_getm_notAfter(x), 1900000000));
    assert_int_equal(X509_set_pubkey(x, key), 1);
    assert_true(X509_sign(x, key, EVP_sha256()) > 0);
    return x;
}

static struct ak_bytes taken(unsigned char *bytes, int size)
{
    assert_true(size > 0);
    struct ak_bytes b = ak_bytes_copy(bytes, (size_t)size);
    OPENSSL_free(bytes);
    return b;
}

static struct ak_bytes make_pfx(const struct material *m, const char *password, int rounds)
{
    unsigned char *bytes = NULL;
    PKCS12 *p =
        PKCS12_create(password, "SQL", m->key, m->certificate, NULL, 0, 0, rounds, rounds, KEY_EX);
    assert_non_null(p);
    int size = i2d_PKCS12(p, &bytes);
    PKCS12_free(p);
    return taken(bytes, size);
}

static struct ak_bytes make_p7b(X509 *x)
{
    unsigned char *bytes = NULL;
    PKCS7 *p7 = PKCS7_new();
    assert_int_equal(PKCS7_set_type(p7, NID_pkcs7_signed), 1);
    assert_int_equal(PKCS7_content_new(p7, NID_pkcs7_data), 1);
    assert_int_equal(PKCS7_add_certificate(p7, x), 1);
    int size = i2d_PKCS7(p7, &bytes);
    PKCS7_free(p7);
    return taken(bytes, size);
}

static struct ak_bytes make_sst(const struct ak_bytes *der)
{
    uint8_t bytes[2048] = {0, 0, 0, 0, 'C', 'E', 'R', 'T', 32, 0, 0, 0, 1, 0, 0, 0};
    bytes[16] = (uint8_t)der->size;
    bytes[17] = (uint8_t)(der->size >> 8);
    memcpy(bytes + 20, der->at, der->size);
    return ak_bytes_copy(bytes, 20 + der->size + 12);
}

static struct ak_bytes make_pem(const struct material *m)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *bytes;
    assert_int_equal(BIO_puts(bio, "Bag Attributes\n    friendlyName: SQL\n") > 0, 1);
    assert_int_equal(PEM_write_bio_X509(bio, m->certificate), 1);
    assert_int_equal(PEM_write_bio_PrivateKey(bio, m->key, NULL, NULL, 0, NULL, NULL), 1);
    assert_int_equal(PEM_write_bio_X509_AUX(bio, m->certificate), 1);
    long size = BIO_get_mem_data(bio, &bytes);
    struct ak_bytes b = ak_bytes_copy(bytes, (size_t)size);
    BIO_free(bio);
    return b;
}

static int set_up(void **state)
{
    static struct material m;
    unsigned char *bytes = NULL;
    m.key = EVP_EC_gen("prime256v1");
    m.certificate = make_certificate(m.key);
    int size = i2d_X509(m.certificate, &bytes);
    m.der = taken(bytes, size);
    m.pem = make_pem(&m);
    m.p7b = make_p7b(m.certificate);
    m.pfx = make_pfx(&m, "geheim", 1);
    m.pfx_open = make_pfx(&m, "", 1);
    m.pfx_dear = make_pfx(&m, "geheim", 3000000);
    m.sst = make_sst(&m.der);
    *state = &m;
    return 0;
}

static int tear_down(void **state)
{
    struct material *m = *state;
    struct ak_bytes *all[] = {&m->der,      &m->pem,      &m->p7b, &m->pfx,
                              &m->pfx_open, &m->pfx_dear, &m->sst};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        ak_bytes_free(all[i]);
    X509_free(m->certificate);
    EVP_PKEY_free(m->key);
    return 0;
}

struct seen {
    size_t count;
    struct ak_cert_properties properties;
    uint8_t der[1024];
    size_t size;
};

static void on_entry(void *context, const struct ak_cert_entry *e)
{
    struct seen *seen = context;
    seen->count++;
    seen->properties = e->properties;
    seen->size = e->der.size;
    if (e->der.size <= sizeof seen->der)
        memcpy(seen->der, e->der.bytes, e->der.size);
}

static enum ak_cert_outcome read_it(const struct ak_bytes *file, enum ak_cert_format format,
                                    const char *password, struct seen *seen)
{
    memset(seen, 0, sizeof *seen);
    assert_int_equal(ak_cert_sniff(ak_bytes_span(file)), format);
    return ak_cert_file_read(format, ak_bytes_span(file), password, on_entry, seen);
}

static void assert_ours(const struct material *m, const struct seen *seen, size_t count)
{
    assert_int_equal(seen->count, count);
    assert_int_equal(seen->size, m->der.size);
    assert_memory_equal(seen->der, m->der.at, m->der.size);
}

static void test_formats(void **state)
{
    const struct material *m = *state;
    struct seen seen;
    assert_int_equal(read_it(&m->der, AK_CERT_FORMAT_DER, NULL, &seen), AK_CERT_OUTCOME_READ);
    assert_ours(m, &seen, 1);
    assert_int_equal(read_it(&m->pem, AK_CERT_FORMAT_PEM, NULL, &seen), AK_CERT_OUTCOME_READ);
    assert_ours(m, &seen, 2); /* the trusted one, too */
    assert_int_equal(read_it(&m->p7b, AK_CERT_FORMAT_P7B, NULL, &seen), AK_CERT_OUTCOME_READ);
    assert_ours(m, &seen, 1);
    assert_int_equal(read_it(&m->sst, AK_CERT_FORMAT_SST, NULL, &seen), AK_CERT_OUTCOME_READ);
    assert_ours(m, &seen, 1);
}

/* As Windows PowerShell writes it: either order of the bytes, with and without a mark. */
static void test_wide_pem(void **state)
{
    const struct material *m = *state;
    for (unsigned form = 0; form < 4; form++) {
        bool big = (form & 1) != 0;
        struct ak_text wide;
        struct seen seen;
        ak_text_init(&wide, 1 << 16);
        if ((form & 2) != 0)
            ak_text_bytes(&wide, big ? "\xfe\xff" : "\xff\xfe", 2);
        for (size_t i = 0; i < m->pem.size; i++) {
            const uint8_t unit[2] = {big ? 0 : m->pem.at[i], big ? m->pem.at[i] : 0};
            ak_text_bytes(&wide, unit, sizeof unit);
        }
        struct ak_bytes file = ak_bytes_copy((const uint8_t *)wide.bytes, wide.size);
        assert_int_equal(read_it(&file, AK_CERT_FORMAT_PEM, NULL, &seen), AK_CERT_OUTCOME_READ);
        assert_ours(m, &seen, 2);
        ak_bytes_free(&file);
        ak_text_release(&wide);
    }
}

static void test_pfx(void **state)
{
    const struct material *m = *state;
    struct seen seen;
    assert_int_equal(read_it(&m->pfx, AK_CERT_FORMAT_PFX, NULL, &seen),
                     AK_CERT_OUTCOME_NEEDS_PASSWORD);
    assert_int_equal(seen.count, 0);
    assert_int_equal(read_it(&m->pfx, AK_CERT_FORMAT_PFX, "falsch", &seen),
                     AK_CERT_OUTCOME_WRONG_PASSWORD);
    assert_int_equal(seen.count, 0);
    assert_int_equal(read_it(&m->pfx, AK_CERT_FORMAT_PFX, "geheim", &seen), AK_CERT_OUTCOME_READ);
    assert_ours(m, &seen, 1);
    assert_true(seen.properties.has_key && seen.properties.has_key_spec);
    assert_int_equal(seen.properties.key_spec, AK_KEY_SPEC_EXCHANGE);
    assert_string_equal(seen.properties.friendly_name, "SQL");
    assert_int_equal(read_it(&m->pfx_open, AK_CERT_FORMAT_PFX, NULL, &seen), AK_CERT_OUTCOME_READ);
    assert_ours(m, &seen, 1);
    /* A password that is not needed does no harm. */
    assert_int_equal(read_it(&m->pfx_open, AK_CERT_FORMAT_PFX, "geheim", &seen),
                     AK_CERT_OUTCOME_READ);
    assert_ours(m, &seen, 1);
}

/* Somebody's file may not keep us busy for minutes. */
static void test_dear(void **state)
{
    const struct material *m = *state;
    struct seen seen;
    assert_int_equal(read_it(&m->pfx_dear, AK_CERT_FORMAT_PFX, "geheim", &seen),
                     AK_CERT_OUTCOME_UNSUPPORTED);
}

static void test_none(void **state)
{
    static const char *const others[] = {"",
                                         "30",
                                         "3082",
                                         "30820100 020101",
                                         "'-----BEGIN RSA PRIVATE KEY-----'",
                                         "3005 0603 2a0304",
                                         "00000000 'CER'",
                                         "30820004 30820000"};
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct ak_bytes b = ak_hex(others[i]);
        assert_int_equal(ak_cert_sniff(ak_bytes_span(&b)), AK_CERT_FORMAT_NONE);
        ak_bytes_free(&b);
    }
}

/* Blocks that begin and never end are looked at a bounded number of times. */
static void test_endless_pem(void **state)
{
    enum { BLOCKS = 4000 };
    static const char begin[] = "-----BEGIN CERTIFICATE-----\n";
    const size_t n = sizeof begin - 1;
    uint8_t *text = malloc(BLOCKS * n);
    struct seen seen = {0};
    (void)state;
    for (size_t i = 0; i < BLOCKS; i++)
        memcpy(text + i * n, begin, n);
    struct ak_span span = {text, BLOCKS * n};
    assert_int_equal(ak_cert_file_read(AK_CERT_FORMAT_PEM, span, NULL, on_entry, &seen),
                     AK_CERT_OUTCOME_BAD);
    free(text);
}

static void survive(struct ak_span bytes, void *context)
{
    struct seen seen;
    const enum ak_cert_format *format = context;
    memset(&seen, 0, sizeof seen);
    (void)ak_cert_sniff(bytes);
    enum ak_cert_outcome outcome = ak_cert_file_read(*format, bytes, "geheim", on_entry, &seen);
    bool read = outcome == AK_CERT_OUTCOME_READ || outcome == AK_CERT_OUTCOME_PARTLY;
    assert_true(read == (seen.count != 0));
}

static void test_damage(void **state)
{
    const struct material *m = *state;
    const struct {
        const struct ak_bytes *file;
        enum ak_cert_format format;
    } rows[] = {{&m->der, AK_CERT_FORMAT_DER},
                {&m->pem, AK_CERT_FORMAT_PEM},
                {&m->p7b, AK_CERT_FORMAT_P7B},
                {&m->sst, AK_CERT_FORMAT_SST}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        enum ak_cert_format format = rows[i].format;
        ak_each_damage(ak_bytes_span(rows[i].file), survive, &format);
    }
    /* Each byte of a PKCS #12 file once: opening one makes a library context. */
    enum ak_cert_format pfx = AK_CERT_FORMAT_PFX;
    ak_each_prefix(ak_bytes_span(&m->pfx), survive, &pfx);
    for (size_t i = 0; i < m->pfx.size; i++) {
        struct ak_bytes b = ak_bytes_copy(m->pfx.at, m->pfx.size);
        b.at[i] ^= (uint8_t)(1u << i % 8);
        survive(ak_bytes_span(&b), &pfx);
        ak_bytes_free(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formats), cmocka_unit_test(test_wide_pem),
        cmocka_unit_test(test_pfx),     cmocka_unit_test(test_dear),
        cmocka_unit_test(test_none),    cmocka_unit_test(test_endless_pem),
        cmocka_unit_test(test_damage),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
