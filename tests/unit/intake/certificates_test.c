/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/certificates.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "codec/x509_vectors.h"

struct told {
    const char *thumbprint; /* NULL: that of the certificate */
    const char *has_key, *key_spec, *provider;
};

static void set(struct ak_collected_fact *fact, const char *key, const char *value)
{
    const struct ak_collected_row *row = ak_collected_row(fact->kind);
    for (size_t i = 0; i < AK_COLLECTED_KEYS && row->key[i].name != NULL; i++)
        if (strcmp(row->key[i].name, key) == 0) {
            fact->value[i] = value;
            return;
        }
    fail_msg("%s: no such key", key);
}

/* One certificate in the file of that name, and what windows.txt says of it. */
static struct ak_found_certificate tell(const char *name, bool of_sql, struct told told)
{
    static const char digits[] = "0123456789abcdef";
    struct ak_certificates *c = ak_certificates_new();
    struct ak_span der = {x509_rsa_sans, sizeof x509_rsa_sans};
    enum ak_cert_outcome outcome;
    char thumbprint[41] = "";
    assert_non_null(c);
    assert_int_equal(ak_certificates_add(c, name, name, AK_CERT_FORMAT_DER, der, NULL, &outcome),
                     AK_ERR_NONE);
    assert_int_equal(ak_certificates_count(c), 1);
    const uint8_t *sha1 = ak_certificates_at(c, 0)->certificate->sha1;
    for (size_t i = 0; i < 20; i++) {
        thumbprint[2 * i] = digits[sha1[i] >> 4];
        thumbprint[2 * i + 1] = digits[sha1[i] & 15];
    }
    struct ak_collected *collected = ak_collected_new("case/host/windows.txt");
    assert_non_null(collected);
    collected->of_sql = of_sql;
    struct ak_collected_fact *other = ak_collected_add(collected, AK_COLLECTED_OS);
    struct ak_collected_fact *fact = ak_collected_add(collected, AK_COLLECTED_CERTIFICATE);
    assert_non_null(other);
    assert_non_null(fact);
    set(fact, "thumbprint", told.thumbprint != NULL ? told.thumbprint : thumbprint);
    set(fact, "has_key", told.has_key);
    set(fact, "key_spec", told.key_spec);
    set(fact, "provider", told.provider);
    ak_certificates_tell(c, collected);
    ak_certificates_finish(c, NULL);
    struct ak_found_certificate found = *ak_certificates_at(c, 0);
    ak_collected_free(collected);
    ak_certificates_free(c);
    return found;
}

static void a_collected_key_becomes_a_property(void **state)
{
    (void)state;
    static const char beside[] = "case/host/certificates.pem";
    struct told whole = {NULL, "1", "2", "Microsoft RSA SChannel Cryptographic Provider"};
    struct ak_found_certificate f = tell(beside, false, whole);
    assert_int_equal(f.place, AK_CERT_PLACE_MY);
    assert_true(f.properties.told && f.properties.has_key && f.properties.has_key_spec);
    assert_int_equal(f.properties.key_spec, 2);
    assert_false(f.properties.cng);
    assert_string_equal(f.properties.provider, "Microsoft RSA SChannel Cryptographic Provider");
    whole.key_spec = "0";
    f = tell(beside, false, whole);
    assert_true(f.properties.cng);
    /* a key that the script could not read: that there is one is all that is known */
    whole.key_spec = NULL;
    f = tell(beside, false, whole);
    assert_true(f.properties.told && f.properties.has_key);
    assert_false(f.properties.has_key_spec || f.properties.cng);
    whole.key_spec = "3";
    assert_false(tell(beside, false, whole).properties.has_key_spec);
    struct told none = {NULL, "0", NULL, NULL};
    f = tell(beside, false, none);
    assert_int_equal(f.place, AK_CERT_PLACE_MY);
    assert_true(f.properties.told);
    assert_false(f.properties.has_key);
}

static void what_is_not_the_machines_stays_a_file(void **state)
{
    (void)state;
    struct told whole = {NULL, "1", "2", NULL};
    assert_int_equal(tell("case/other/certificates.pem", false, whole).place, AK_CERT_PLACE_FILE);
    assert_int_equal(tell("certificates.pem", false, whole).place, AK_CERT_PLACE_FILE);
    assert_int_equal(tell("case/hostage/certificates.pem", false, whole).place, AK_CERT_PLACE_FILE);
    /* certificates of SQL Server's own catalogue */
    assert_int_equal(tell("case/host/certificates.pem", true, whole).place, AK_CERT_PLACE_FILE);
    static const struct told wrong[] = {
        {"0011223344556677889900112233445566778899", "1", "2", NULL},
        {"short", "1", "2", NULL},
        {NULL, NULL, "2", NULL},
        {NULL, "maybe", "2", NULL},
    };
    for (size_t i = 0; i < AK_COUNT(wrong); i++)
        assert_false(tell("case/host/certificates.pem", false, wrong[i]).properties.told);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_collected_key_becomes_a_property),
        cmocka_unit_test(what_is_not_the_machines_stays_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
