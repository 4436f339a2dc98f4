/* Certificates under pseudonyms: readable, of the same kind, and nobody's. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rewrite/certificate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "codec/x509.h"
#include "codec/x509_vectors.h"
#include "support/parser_check.h"

struct vector {
    const uint8_t *der;
    size_t size;
};

static const struct vector vectors[] = {
    {x509_root, sizeof x509_root},
    {x509_rsa_sans, sizeof x509_rsa_sans},
    {x509_md5_self, sizeof x509_md5_self},
    {x509_ec, sizeof x509_ec},
    {x509_expired, sizeof x509_expired},
    {x509_rsa512, sizeof x509_rsa512},
    {x509_wildcard, sizeof x509_wildcard},
    {x509_cn_only, sizeof x509_cn_only},
    {x509_ed, sizeof x509_ed},
    {x509_pss, sizeof x509_pss},
};

static void read_both(const struct vector *v, struct ak_x509 *before, struct ak_x509 *after,
                      uint8_t *der)
{
    struct ak_pseudonyms *names = ak_pseudonyms_new("certificates");
    struct ak_span old = {v->der, v->size}, rewritten = {der, v->size};
    assert_non_null(names);
    memcpy(der, v->der, v->size);
    ak_rewrite_certificate(names, der, v->size);
    assert_int_equal(ak_x509_parse(old, before), AK_VERDICT_PARSED);
    assert_int_equal(ak_x509_parse(rewritten, after), AK_VERDICT_PARSED);
    ak_pseudonyms_free(names);
}

static void kind_stays_and_identity_goes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        static struct ak_x509 before, after;
        static uint8_t der[1024];
        read_both(&vectors[i], &before, &after, der);
        assert_int_equal(before.key_type, after.key_type);
        assert_int_equal(before.key_bits, after.key_bits);
        assert_string_equal(before.curve, after.curve);
        assert_string_equal(before.signature_algorithm, after.signature_algorithm);
        assert_int_equal(before.not_before, after.not_before);
        assert_int_equal(before.not_after, after.not_after);
        assert_int_equal(before.self_issued, after.self_issued);
        assert_int_equal(before.self_signed, after.self_signed);
        assert_int_equal(before.is_authority, after.is_authority);
        assert_int_equal(before.server_usage, after.server_usage);
        assert_int_equal(before.name_count, after.name_count);
        assert_int_equal(strlen(before.subject), strlen(after.subject));
        bool common = strcmp(before.subject_cn, "SSL_Self_Signed_Fallback") == 0;
        if (strlen(before.subject_cn) > 3 && !common)
            assert_string_not_equal(before.subject_cn, after.subject_cn);
        if (strlen(before.serial) > 4)
            assert_string_not_equal(before.serial, after.serial);
        assert_int_equal(strlen(before.serial), strlen(after.serial));
        /* No long run of the signature or of the key is left. */
        const uint8_t *end = vectors[i].der + vectors[i].size - 32;
        for (size_t at = 0; at + 32 <= vectors[i].size; at++)
            assert_memory_not_equal(der + at, end, 32);
    }
}

static void names_match_as_before(void **state)
{
    (void)state;
    static struct ak_x509 before, after;
    static uint8_t der[1024];
    read_both(&vectors[1], &before, &after, der);
    const char *at = before.names, *now = after.names;
    for (unsigned i = 0; i < before.name_count; i++) {
        assert_true(at[0] == 'I' || strlen(at) == strlen(now));
        at += strlen(at) + 1;
        now += strlen(now) + 1;
    }
    struct ak_pseudonyms *names = ak_pseudonyms_new("certificates");
    char host[64] = "";
    assert_int_equal(strncmp(before.names, "DNS:", 4), 0);
    memcpy(host, before.names + 4, strlen(before.names + 4));
    assert_true(ak_x509_names_host(&before, host));
    ak_pseudonym_text(names, AK_TEXT_UTF8, (uint8_t *)host, strlen(host));
    assert_true(ak_x509_names_host(&after, host));
    ak_pseudonyms_free(names);
}

static void one_certificate_one_pseudonym(void **state)
{
    (void)state;
    static struct ak_x509 before, after;
    static uint8_t first[1024], second[1024];
    read_both(&vectors[3], &before, &after, first);
    read_both(&vectors[3], &before, &after, second);
    assert_memory_equal(first, second, vectors[3].size);
}

static void rewrite(struct ak_span der, void *context)
{
    struct ak_bytes copy = ak_bytes_copy(der.bytes, der.size);
    ak_rewrite_certificate(context, copy.at, copy.size);
    ak_bytes_free(&copy);
    copy = ak_bytes_copy(der.bytes, der.size);
    ak_rewrite_distinguished_name(context, copy.at, copy.size);
    ak_bytes_free(&copy);
}

static void damaged_ones_are_survived(void **state)
{
    (void)state;
    struct ak_pseudonyms *names = ak_pseudonyms_new("damage");
    struct ak_span ed = {x509_ed, sizeof x509_ed};
    ak_each_damage(ed, rewrite, names);
    ak_pseudonyms_free(names);
}

static void what_is_no_certificate_becomes_zero(void **state)
{
    (void)state;
    struct ak_pseudonyms *names = ak_pseudonyms_new("zero");
    uint8_t text[] = "0this is no certificate at all", zeros[sizeof text] = {0};
    ak_rewrite_certificate(names, text, sizeof text);
    assert_memory_equal(text, zeros, sizeof text);
    ak_pseudonyms_free(names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kind_stays_and_identity_goes),
        cmocka_unit_test(names_match_as_before),
        cmocka_unit_test(one_certificate_one_pseudonym),
        cmocka_unit_test(damaged_ones_are_survived),
        cmocka_unit_test(what_is_no_certificate_becomes_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
