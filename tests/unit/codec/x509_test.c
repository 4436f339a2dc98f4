/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/x509.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/attr.h"
#include "codec/x509_vectors.h"
#include "support/parser_check.h"

#define DER(name)                                                                                  \
    {                                                                                              \
        x509_##name, sizeof x509_##name                                                            \
    }

static const struct fact_row {
    struct ak_span der;
    const char *subject, *issuer, *subject_cn, *issuer_cn, *serial;
    int64_t not_before, not_after;
    enum ak_key_type key_type;
    unsigned key_bits;
    const char *curve, *algorithm;
    enum ak_sign_hash sign_hash;
    enum ak_key_type sign_key;
    bool pss, self_issued, self_signed, authority, extended, server;
} fact_rows[] = {
    {DER(root),
     "CN=Example Root,O=Example",
     "CN=Example Root,O=Example",
     "Example Root",
     "Example Root",
     "01",
     1577836800,
     2208988800,
     AK_KEY_RSA,
     1024,
     "",
     "sha256WithRSAEncryption",
     AK_SIGN_HASH_SHA256,
     AK_KEY_RSA,
     0,
     1,
     1,
     1,
     0,
     1},
    {DER(rsa_sans),
     "CN=sql01.contoso.example,O=Contoso",
     "CN=Example Root,O=Example",
     "sql01.contoso.example",
     "Example Root",
     "0A1B2C",
     1704067200,
     1767225600,
     AK_KEY_RSA,
     2048,
     "",
     "sha256WithRSAEncryption",
     AK_SIGN_HASH_SHA256,
     AK_KEY_RSA,
     0,
     0,
     0,
     0,
     1,
     1},
    {DER(md5_self),
     "CN=SSL_Self_Signed_Fallback",
     "CN=SSL_Self_Signed_Fallback",
     "SSL_Self_Signed_Fallback",
     "SSL_Self_Signed_Fallback",
     "05",
     1704067200,
     2650838400,
     AK_KEY_RSA,
     1024,
     "",
     "md5WithRSAEncryption",
     AK_SIGN_HASH_MD5,
     AK_KEY_RSA,
     0,
     1,
     1,
     0,
     0,
     1},
    {DER(ec),
     "CN=ec.example",
     "CN=ec.example",
     "ec.example",
     "ec.example",
     "06",
     1704067200,
     1893456000,
     AK_KEY_EC,
     256,
     "prime256v1",
     "ecdsa-with-SHA256",
     AK_SIGN_HASH_SHA256,
     AK_KEY_EC,
     0,
     1,
     1,
     0,
     1,
     0},
    {DER(expired),
     "CN=old.example",
     "CN=old.example",
     "old.example",
     "old.example",
     "07",
     1230768000,
     1262390399,
     AK_KEY_RSA,
     1024,
     "",
     "sha1WithRSAEncryption",
     AK_SIGN_HASH_SHA1,
     AK_KEY_RSA,
     0,
     1,
     1,
     0,
     0,
     1},
    {DER(rsa512),
     "CN=short.example",
     "CN=short.example",
     "short.example",
     "short.example",
     "08",
     1704067200,
     1893456000,
     AK_KEY_RSA,
     512,
     "",
     "sha1WithRSAEncryption",
     AK_SIGN_HASH_SHA1,
     AK_KEY_RSA,
     0,
     1,
     1,
     0,
     0,
     1},
    {DER(wildcard),
     "CN=*.wild.example",
     "CN=Example Root,O=Example",
     "*.wild.example",
     "Example Root",
     "09",
     1704067200,
     1893456000,
     AK_KEY_EC,
     256,
     "prime256v1",
     "sha256WithRSAEncryption",
     AK_SIGN_HASH_SHA256,
     AK_KEY_RSA,
     0,
     0,
     0,
     0,
     0,
     1},
    {DER(cn_only),
     "CN=cn.example",
     "CN=Example Root,O=Example",
     "cn.example",
     "Example Root",
     "10",
     1704067200,
     1893456000,
     AK_KEY_EC,
     256,
     "prime256v1",
     "sha384WithRSAEncryption",
     AK_SIGN_HASH_SHA384,
     AK_KEY_RSA,
     0,
     0,
     0,
     0,
     0,
     1},
    {DER(ed),
     "CN=\xe6\x8f\xa1\xe6\x89\x8b.example",
     "CN=\xe6\x8f\xa1\xe6\x89\x8b.example",
     "\xe6\x8f\xa1\xe6\x89\x8b.example",
     "\xe6\x8f\xa1\xe6\x89\x8b.example",
     "12",
     0,
     2524607999,
     AK_KEY_ED25519,
     256,
     "",
     "ED25519",
     AK_SIGN_HASH_OTHER,
     AK_KEY_ED25519,
     0,
     1,
     1,
     0,
     1,
     1},
    {DER(pss),
     "CN=pss.example",
     "CN=Example Root,O=Example",
     "pss.example",
     "Example Root",
     "13",
     1704067200,
     2556144000,
     AK_KEY_RSA,
     1024,
     "",
     "rsassaPss",
     AK_SIGN_HASH_SHA256,
     AK_KEY_RSA,
     1,
     0,
     0,
     0,
     0,
     1},
};

static void reads_facts(void **state)
{
    (void)state;
    for (size_t i = 0; i < AK_COUNT(fact_rows); i++) {
        const struct fact_row *row = &fact_rows[i];
        struct ak_x509 c;
        assert_int_equal(ak_x509_parse(row->der, &c), AK_VERDICT_PARSED);
        assert_string_equal(c.subject, row->subject);
        assert_string_equal(c.issuer, row->issuer);
        assert_string_equal(c.subject_cn, row->subject_cn);
        assert_string_equal(c.issuer_cn, row->issuer_cn);
        assert_string_equal(c.serial, row->serial);
        assert_true(c.not_before == row->not_before);
        assert_true(c.not_after == row->not_after);
        assert_int_equal(c.key_type, row->key_type);
        assert_int_equal(c.key_bits, row->key_bits);
        assert_string_equal(c.curve, row->curve);
        assert_string_equal(c.signature_algorithm, row->algorithm);
        assert_int_equal(c.sign_hash, row->sign_hash);
        assert_int_equal(c.sign_key, row->sign_key);
        assert_int_equal(c.sign_pss, row->pss);
        assert_int_equal(c.self_issued, row->self_issued);
        assert_int_equal(c.self_signed, row->self_signed);
        assert_int_equal(c.is_authority, row->authority);
        assert_int_equal(c.has_extended_usage, row->extended);
        assert_int_equal(c.server_usage, row->server);
    }
}

static void keeps_names(void **state)
{
    (void)state;
    static const struct {
        struct ak_span der;
        const char *names[4];
    } rows[] = {
        {DER(rsa_sans),
         {"DNS:sql01.contoso.example", "DNS:sql01", "IP:192.0.2.9", "IP:2001:db8:0:0:0:0:0:9"}},
        {DER(ec), {"DNS:ec.example"}},
        {DER(wildcard), {"DNS:*.wild.example"}},
        {DER(cn_only), {NULL}},
        {DER(nul_name), {"DNS:bank.example\xef\xbf\xbd.evil.example"}},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_x509 c;
        assert_int_equal(ak_x509_parse(rows[i].der, &c), AK_VERDICT_PARSED);
        const char *at = c.names;
        unsigned count = 0;
        for (; count < 4 && rows[i].names[count] != NULL; count++, at += strlen(at) + 1)
            assert_string_equal(at, rows[i].names[count]);
        assert_int_equal(c.name_count, count);
    }
}

static void names_hosts(void **state)
{
    (void)state;
    static const struct {
        struct ak_span der;
        const char *host;
        bool named;
    } rows[] = {
        {DER(rsa_sans), "sql01.contoso.example", true},
        {DER(rsa_sans), "SQL01.Contoso.EXAMPLE", true},
        {DER(rsa_sans), "sql01", true},
        {DER(rsa_sans), "sql0", false},
        {DER(rsa_sans), "sql011", false},
        {DER(rsa_sans), "contoso.example", false},
        {DER(rsa_sans), "192.0.2.9", true},
        {DER(rsa_sans), "192.0.2.90", false},
        {DER(rsa_sans), "192.0.2.", false},
        {DER(rsa_sans), "2001:db8::9", true}, /* however it is written */
        {DER(rsa_sans), "2001:DB8:0:0::9", true},
        {DER(rsa_sans), "2001:0db8:0000:0000:0000:0000:0000:0009", true},
        {DER(rsa_sans), "2001:db8::8", false},
        {DER(rsa_sans), "", false},
        /* a wildcard is one whole label */
        {DER(wildcard), "a.wild.example", true},
        {DER(wildcard), "A.WILD.example", true},
        {DER(wildcard), "a.b.wild.example", false},
        {DER(wildcard), "wild.example", false},
        {DER(wildcard), ".wild.example", false},
        {DER(wildcard), "awild.example", false},
        {DER(wildcard), "*.wild.example", true},
        /* the common name counts only where there is no DNS name */
        {DER(cn_only), "cn.example", true},
        {DER(cn_only), "CN.example", true},
        {DER(cn_only), "other.example", false},
        {DER(nul_name), "plain.example", false},
        {DER(nul_name), "bank.example", false}, /* the name goes on behind the NUL */
        {DER(md5_self), "SSL_Self_Signed_Fallback", true},
        {DER(md5_self), "sql01", false},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_x509 c;
        assert_int_equal(ak_x509_parse(rows[i].der, &c), AK_VERDICT_PARSED);
        if (ak_x509_names_host(&c, rows[i].host) != rows[i].named)
            fail_msg("row %zu: %s", i, rows[i].host);
    }
}

/* Facts alone decide: no certificate is needed to try patterns. */
static void name_patterns(void **state)
{
    (void)state;
    static const struct {
        char names[24];
        unsigned count;
        const char *cn, *host;
        bool named;
    } rows[] = {
        {"", 0, "", "", false},
        {"", 0, "a", "a", true},
        {"IP:192.0.2.1", 1, "a", "a", true}, /* addresses alone: the common name still counts */
        {"DNS:b", 1, "a", "a", false},
        {"DNS:b\0IP:192.0.2.1", 2, "", "192.0.2.1", true},
        {"DNS:192.0.2.1", 1, "", "192.0.2.1", true}, /* old .NET clients accept that too */
        {"DNS:*", 1, "", "a", false},
        {"DNS:*.", 1, "", "a", false},
        {"DNS:a*.example", 1, "", "ab.example", false},
        {"", 0, "*.example", "a.example", true},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_x509 c;
        memset(&c, 0, sizeof c);
        memcpy(c.names, rows[i].names, sizeof rows[i].names);
        memcpy(c.subject_cn, rows[i].cn, strlen(rows[i].cn) + 1);
        c.name_count = rows[i].count;
        if (ak_x509_names_host(&c, rows[i].host) != rows[i].named)
            fail_msg("row %zu: %s", i, rows[i].host);
    }
}

static void refuses_garbage(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "", "30", "3000", "30 80 00 00", "3082ffff", "00*64", "'-----BEGIN CERTIFICATE-----'"};
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_bytes b = ak_hex(rows[i]);
        struct ak_x509 c;
        memset(&c, 0x5a, sizeof c);
        assert_int_equal(ak_x509_parse(ak_bytes_span(&b), &c), AK_VERDICT_BAD);
        assert_string_equal(c.subject, "");
        assert_int_equal(c.name_count, 0);
        ak_bytes_free(&b);
    }
}

static void names_types(void **state)
{
    (void)state;
    assert_string_equal(ak_key_type_name(AK_KEY_OTHER), "other");
    assert_string_equal(ak_key_type_name(AK_KEY_RSA), "rsa");
    assert_string_equal(ak_key_type_name(AK_KEY_ED448), "ed448");
    assert_string_equal(ak_sign_hash_name(AK_SIGN_HASH_OTHER), "other");
    assert_string_equal(ak_sign_hash_name(AK_SIGN_HASH_MD5), "md5");
    assert_string_equal(ak_sign_hash_name(AK_SIGN_HASH_SHA512), "sha512");
}

static bool ends(const char *text, size_t room)
{
    return memchr(text, '\0', room) != NULL;
}

static void any_certificate(struct ak_span in, void *context)
{
    const size_t *whole = context;
    struct ak_x509 c;
    enum ak_verdict verdict = ak_x509_parse(in, &c);
    if (in.size < *whole)
        assert_int_equal(verdict, AK_VERDICT_BAD);
    assert_true(ends(c.subject, sizeof c.subject) && ends(c.issuer, sizeof c.issuer));
    assert_true(ends(c.subject_cn, sizeof c.subject_cn) && ends(c.serial, sizeof c.serial));
    assert_true(ends(c.curve, sizeof c.curve));
    assert_true(ends(c.signature_algorithm, sizeof c.signature_algorithm));
    size_t at = 0;
    for (unsigned i = 0; i < c.name_count; i++) {
        assert_true(at < sizeof c.names);
        assert_true(ends(c.names + at, sizeof c.names - at));
        assert_true(c.names[at] != '\0');
        at += strlen(c.names + at) + 1;
    }
    (void)ak_x509_names_host(&c, "a.wild.example");
}

static void damaged_certificates(void **state)
{
    (void)state;
    static const struct ak_span rows[] = {DER(rsa_sans), DER(nul_name), DER(pss), DER(ed)};
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        size_t whole = rows[i].size;
        ak_each_damage(rows[i], any_certificate, &whole);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_facts),          cmocka_unit_test(keeps_names),
        cmocka_unit_test(names_hosts),          cmocka_unit_test(name_patterns),
        cmocka_unit_test(refuses_garbage),      cmocka_unit_test(names_types),
        cmocka_unit_test(damaged_certificates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
