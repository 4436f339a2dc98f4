/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/certificate_rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { NOW = 1700000000 };

/* A server's certificate without a fault, configured on SQL01; a row changes it. */
struct bench {
    struct ak_certificate certificate, issuer;
    struct ak_found_certificate found[2];
    const struct ak_found_certificate *list[2];
    struct ak_sql_instance instance;
    struct ak_host host;
    const struct ak_host *hosts[1];
    struct ak_certificate_evidence e;
    struct ak_certificate_case cases[2];
    char matches[256];
};

static void set_up(struct bench *b)
{
    memset(b, 0, sizeof *b);
    struct ak_x509 *x = &b->certificate.facts;
    b->certificate.readable = b->issuer.readable = true;
    b->certificate.sha1[0] = b->certificate.sha256[0] = 0xaa;
    b->issuer.sha1[0] = b->issuer.sha256[0] = 0xbb;
    (void)snprintf(x->subject, sizeof x->subject, "CN=sql01");
    (void)snprintf(x->subject_cn, sizeof x->subject_cn, "sql01");
    (void)snprintf(x->issuer, sizeof x->issuer, "CN=ca");
    (void)snprintf(b->issuer.facts.subject, sizeof x->subject, "CN=ca");
    (void)snprintf(b->issuer.facts.issuer, sizeof x->subject, "CN=root");
    b->issuer.facts.is_authority = true;
    x->not_before = NOW - 1000;
    x->not_after = NOW + 1000;
    x->key_type = AK_KEY_RSA;
    x->key_bits = 2048;
    x->sign_hash = b->issuer.facts.sign_hash = AK_SIGN_HASH_SHA256;
    x->server_usage = x->may_encipher_keys = x->may_sign = true;
    (void)snprintf(b->instance.name, sizeof b->instance.name, "MSSQLSERVER");
    (void)snprintf(b->instance.certificate, sizeof b->instance.certificate,
                   "aa00000000000000000000000000000000000000");
    b->instance.network_known = true;
    (void)snprintf(b->host.name, sizeof b->host.name, "SQL01");
    b->host.instances = &b->instance;
    b->host.instance_count = 1;
    b->hosts[0] = &b->host;
    b->found[0].certificate = &b->certificate;
    b->found[0].host = &b->host;
    b->found[0].file = "f";
    b->found[0].position = 1;
    b->found[0].place = AK_CERT_PLACE_MY;
    b->found[0].format = AK_CERT_FORMAT_REGISTRY;
    b->found[0].properties.told = b->found[0].properties.has_key = true;
    b->found[0].properties.has_key_spec = true;
    b->found[0].properties.key_spec = AK_KEY_SPEC_EXCHANGE;
    b->found[1].certificate = &b->issuer;
    b->found[1].file = "f";
    b->found[1].position = 2;
    for (size_t i = 0; i < 2; i++)
        b->list[i] = &b->found[i];
    b->e.found = b->list;
    b->e.count = 2;
    b->e.hosts = b->hosts;
    b->e.host_count = 1;
    b->e.now = NOW * INT64_C(1000000000);
}

static void on_match(void *context, const struct ak_rule *rule, const struct ak_certificate_case *c,
                     const struct ak_match *match)
{
    struct bench *b = context;
    size_t n = strlen(b->matches);
    assert_ptr_equal(c->found, &b->found[0]);
    assert_true(match->fact_count != 0 && match->grade <= AK_GRADE_LIKELY);
    (void)snprintf(b->matches + n, sizeof b->matches - n, "%s:%s ", rule->id,
                   ak_grade_name(match->grade));
}

static void assert_matches(struct bench *b, enum ak_cert_use use, const char *want)
{
    ak_certificate_cases(&b->e, b->cases);
    assert_string_equal(ak_cert_use_name(b->cases[0].use), ak_cert_use_name(use));
    ak_certificate_rules_apply(&b->e, b->cases, on_match, b);
    assert_string_equal(b->matches, want);
}

static void nothing_is_wrong(void **state)
{
    struct bench b;
    (void)state;
    set_up(&b);
    assert_matches(&b, AK_CERT_USE_CONFIGURED, "");
    assert_ptr_equal(b.cases[0].instance, &b.instance);
    assert_ptr_equal(b.cases[0].issuer, &b.found[1]);
    assert_int_equal(b.cases[1].use, AK_CERT_USE_NONE);
}

static void md5(struct bench *b)
{
    b->certificate.facts.sign_hash = AK_SIGN_HASH_MD5;
}
static void md5_issuer(struct bench *b)
{
    b->issuer.facts.sign_hash = AK_SIGN_HASH_MD5;
}
static void md5_root(struct bench *b)
{
    md5_issuer(b);
    b->issuer.facts.self_issued = true;
}
static void md5_of_its_own(struct bench *b)
{
    md5(b);
    b->certificate.facts.self_issued = true;
}
static void sha512(struct bench *b)
{
    b->certificate.facts.sign_hash = AK_SIGN_HASH_SHA512;
}
static void signature_key(struct bench *b)
{
    b->found[0].properties.key_spec = AK_KEY_SPEC_SIGNATURE;
}
static void cng_key(struct bench *b)
{
    b->found[0].properties.key_spec = AK_KEY_SPEC_NONE;
    b->found[0].properties.cng = true;
}
static void no_key(struct bench *b)
{
    b->found[0].properties.has_key = false;
}
static void no_properties(struct bench *b)
{
    memset(&b->found[0].properties, 0, sizeof b->found[0].properties);
}
static void purpose_off(struct bench *b)
{
    b->found[0].properties.has_usage = true;
}
static void no_purpose(struct bench *b)
{
    b->certificate.facts.server_usage = false;
}
static void no_encipherment(struct bench *b)
{
    b->certificate.facts.has_key_usage = true;
    b->certificate.facts.may_encipher_keys = false;
}
static void no_encipherment_ec(struct bench *b)
{
    no_encipherment(b);
    b->certificate.facts.key_type = AK_KEY_EC;
}
static void expired(struct bench *b)
{
    b->certificate.facts.not_after = NOW - 1;
}
static void last_second(struct bench *b)
{
    b->certificate.facts.not_after = NOW;
}
static void not_yet(struct bench *b)
{
    b->certificate.facts.not_before = NOW + 1;
}
static void no_time(struct bench *b)
{
    expired(b);
    b->e.now = 0;
}
static void other_name(struct bench *b)
{
    (void)snprintf(b->certificate.facts.subject_cn, 8, "web07");
}
static void other_name_of_a_cluster(struct bench *b)
{
    other_name(b);
    b->instance.clustered.value = 1;
}
static void wildcard(struct bench *b)
{
    (void)snprintf(b->certificate.facts.names, 32, "DNS:*.example.com");
    b->certificate.facts.name_count = 1;
}
static void fallback(struct bench *b)
{
    (void)snprintf(b->certificate.facts.subject_cn, 32, "SSL_Self_Signed_Fallback");
}
static void short_key(struct bench *b)
{
    b->certificate.facts.key_bits = 1024;
}
static void very_short_key(struct bench *b)
{
    b->certificate.facts.key_bits = 768;
}

static void one_fault_each(void **state)
{
    static const struct {
        void (*change)(struct bench *b);
        const char *want;
    } rows[] = {
        {md5, "certificate-hash-refused:likely "},
        {md5_issuer, "certificate-hash-refused:likely "},
        {md5_root, ""},
        {md5_of_its_own, ""},
        {sha512, "certificate-hash-refused:possible "},
        {signature_key, "private-key-unusable:likely "},
        {cng_key, "private-key-unusable:possible "},
        {no_key, "private-key-unusable:likely "},
        {no_properties, ""},
        {purpose_off, "server-certificate-not-loaded:likely "},
        {no_purpose, "server-certificate-not-loaded:likely "},
        {no_encipherment, "server-certificate-not-loaded:possible "},
        {no_encipherment_ec, ""},
        {expired, "certificate-expired:likely "},
        {last_second, ""},
        {not_yet, "certificate-expired:likely "},
        {no_time, ""},
        {other_name, "certificate-name-mismatch:likely "},
        {other_name_of_a_cluster, ""},
        {wildcard, ""},
        {fallback, ""},
        {short_key, "rsa-key-too-short:possible "},
        {very_short_key, "rsa-key-too-short:likely "},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct bench b;
        set_up(&b);
        rows[i].change(&b);
        assert_matches(&b, AK_CERT_USE_CONFIGURED, rows[i].want);
    }
}

/* What lies in the machine's store when none is configured. */
static void candidates(void **state)
{
    static void (*const unfit[])(struct bench *) = {no_key,  purpose_off, no_purpose,
                                                    expired, other_name,  not_yet};
    struct bench b;
    (void)state;
    set_up(&b);
    b.instance.certificate[0] = '\0';
    md5(&b);
    assert_matches(&b, AK_CERT_USE_CANDIDATE, "certificate-hash-refused:possible ");
    for (size_t i = 0; i < sizeof unfit / sizeof unfit[0]; i++) {
        set_up(&b);
        b.instance.certificate[0] = '\0';
        unfit[i](&b);
        assert_matches(&b, AK_CERT_USE_NONE, "");
    }
}

/* A file beside nothing is probably the server's; beside a thumbprint that is another's it is not.
 */
static void given(void **state)
{
    struct bench b;
    (void)state;
    set_up(&b);
    b.found[0].place = AK_CERT_PLACE_FILE;
    b.found[0].format = AK_CERT_FORMAT_PEM;
    b.found[0].host = NULL;
    no_properties(&b);
    expired(&b);
    b.e.host_count = 0;
    assert_matches(&b, AK_CERT_USE_GIVEN, "certificate-expired:possible ");
    b.e.host_count = 1;
    b.instance.certificate[0] = 'b';
    b.matches[0] = '\0';
    assert_matches(&b, AK_CERT_USE_NONE, "");
}

static struct ak_event event(uint32_t code, const char *thumbprint)
{
    struct ak_event e;
    memset(&e, 0, sizeof e);
    e.file = "ERRORLOG";
    e.by_line = true;
    e.place = 7;
    e.time = NOW * INT64_C(1000000000);
    e.provider = AK_LOG_SQL_SERVER;
    e.code = code;
    (void)snprintf(e.host, sizeof e.host, "SQL01");
    (void)snprintf(e.thumbprint, sizeof e.thumbprint, "%s", thumbprint);
    return e;
}

static void with_event(struct bench *b, uint32_t code, const char *thumbprint)
{
    struct ak_event e = event(code, thumbprint);
    struct ak_event_book *book = ak_event_book_new(1);
    assert_true(ak_event_book_add(book, &e));
    ak_event_book_finish(book);
    b->e.events = book;
}

static void logs_tell(void **state)
{
    static const char ours[] = "AA00000000000000000000000000000000000000";
    struct bench b;
    (void)state;
    set_up(&b); /* loaded: the key cannot be unusable */
    signature_key(&b);
    b.instance.certificate[0] = '\0';
    with_event(&b, 26013, ours);
    assert_matches(&b, AK_CERT_USE_LOADED, "");
    assert_non_null(b.cases[0].loaded);
    ak_event_book_free((struct ak_event_book *)(uintptr_t)b.e.events);
    set_up(&b); /* refused: somebody configured it */
    signature_key(&b);
    b.e.host_count = 0;
    b.found[0].host = NULL;
    with_event(&b, 26014, ours);
    assert_matches(&b, AK_CERT_USE_CONFIGURED, "private-key-unusable:likely ");
    ak_event_book_free((struct ak_event_book *)(uintptr_t)b.e.events);
    set_up(&b); /* it made its own: this one was not picked */
    b.instance.certificate[0] = '\0';
    with_event(&b, 26018, "");
    assert_matches(&b, AK_CERT_USE_NONE, "");
    ak_event_book_free((struct ak_event_book *)(uintptr_t)b.e.events);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_wrong), cmocka_unit_test(one_fault_each),
        cmocka_unit_test(candidates),       cmocka_unit_test(given),
        cmocka_unit_test(logs_tell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
