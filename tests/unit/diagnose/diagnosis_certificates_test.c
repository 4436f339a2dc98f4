/* Certificates that were found, in a diagnosis: which "now" they are judged by, and who tells what
 * is wrong with one. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/diagnosis_state.h"

#include "base/alloc.h"
#include "support/case.h"

#define SECONDS (known_start / 1000000000)

struct bench {
    struct known k;
    struct ak_diagnosis *d;
    struct ak_certificate certificate;
    struct ak_found_certificate found;
    struct ak_host host;
    struct ak_sql_instance instance;
};

static struct bench *b;

/* Configured on SQL01, without a fault, and ends 1000 s behind the conversations' time. */
static int begin(void **state)
{
    static struct bench room;
    (void)state;
    b = &room;
    memset(b, 0, sizeof *b);
    struct ak_x509 *x = &b->certificate.facts;
    b->certificate.readable = true;
    b->certificate.sha1[0] = b->certificate.sha256[0] = 0xaa;
    (void)snprintf(x->subject, sizeof x->subject, "CN=sql01");
    (void)snprintf(x->subject_cn, sizeof x->subject_cn, "sql01");
    (void)snprintf(x->issuer, sizeof x->issuer, "CN=ca");
    x->not_before = SECONDS - 1000;
    x->not_after = SECONDS + 1000;
    x->key_type = AK_KEY_RSA;
    x->key_bits = 2048;
    x->sign_hash = AK_SIGN_HASH_SHA256;
    x->server_usage = x->may_encipher_keys = x->may_sign = true;
    (void)snprintf(b->host.name, sizeof b->host.name, "SQL01");
    (void)snprintf(b->instance.certificate, sizeof b->instance.certificate,
                   "aa00000000000000000000000000000000000000");
    b->host.instances = &b->instance;
    b->host.instance_count = 1;
    b->found = (struct ak_found_certificate){.id = 1,
                                             .file = "f",
                                             .position = 1,
                                             .place = AK_CERT_PLACE_MY,
                                             .host = &b->host,
                                             .certificate = &b->certificate};
    b->d = ak_diagnosis_new(5);
    assert_non_null(b->d);
    ak_diagnosis_add_host(b->d, &b->host);
    ak_diagnosis_add_certificate(b->d, &b->found);
    return 0;
}

static int end(void **state)
{
    (void)state;
    ak_diagnosis_free(b->d);
    return 0;
}

/* The findings about certificates, as "rule:side ". */
static const char *found(void)
{
    static char text[512];
    const struct ak_finding *f;
    text[0] = '\0';
    (void)ak_diagnosis_finish(b->d);
    for (size_t i = 0; (f = ak_diagnosis_finding(b->d, i)) != NULL; i++)
        if (f->certificate != NULL)
            (void)snprintf(text + strlen(text), sizeof text - strlen(text), "%s:%s ", f->rule->id,
                           ak_change_side_name(f->side));
    return text;
}

static void nothing_is_wrong(void **state)
{
    (void)state;
    assert_null(ak_diagnosis_certificate(b->d, 0)); /* not before the end */
    assert_string_equal(found(), "");
    assert_int_equal(ak_diagnosis_certificate(b->d, 0)->use, AK_CERT_USE_CONFIGURED);
    assert_null(ak_diagnosis_certificate(b->d, 1));
}

static void a_finding_names_certificate_and_machine(void **state)
{
    (void)state;
    b->certificate.facts.sign_hash = AK_SIGN_HASH_MD5;
    assert_string_equal(found(), "certificate-hash-refused:server ");
    const struct ak_finding *f = ak_diagnosis_finding(b->d, 0);
    assert_ptr_equal(f->host, &b->host);
    assert_ptr_equal(f->certificate, ak_diagnosis_certificate(b->d, 0));
    assert_int_equal(f->count, 1);
    assert_true(f->fact_count != 0 && f->grade != AK_GRADE_NONE);
    assert_int_equal(strncmp(f->id, "f-", 2), 0);
}

/* An id depends on the certificate and the machine, and on nothing else. */
static void ids_of_certificates(void **state)
{
    char id[20], other[20];
    (void)state;
    b->certificate.facts.sign_hash = AK_SIGN_HASH_MD5;
    (void)found();
    memcpy(id, ak_diagnosis_finding(b->d, 0)->id, sizeof id);
    for (int i = 0; i < 3; i++) {
        (void)end(NULL);
        (void)begin(NULL);
        b->certificate.facts.sign_hash = AK_SIGN_HASH_MD5;
        if (i == 1) {
            b->certificate.sha1[19] = 1;
            b->instance.certificate[39] = '1';
        }
        if (i == 2)
            b->host.name[4] = '2';
        (void)found();
        memcpy(other, ak_diagnosis_finding(b->d, 0)->id, sizeof other);
        assert_int_equal(strcmp(id, other) == 0, i == 0);
    }
}

/* ---- the case's own time ---- */

static void add_event(int64_t time)
{
    struct ak_event e;
    memset(&e, 0, sizeof e);
    e.provider = AK_LOG_SQL_SERVER;
    e.code = 17187;
    e.file = "ERRORLOG";
    e.time = time;
    ak_diagnosis_add_event(b->d, &e);
}

static void a_conversation_tells_the_time(void **state)
{
    (void)state;
    b->host.newest = (SECONDS + 5000) * 1000000000; /* a registry that was saved later */
    known_begin(&b->k, AK_PROTOCOL_TLS, AK_OUTCOME_ESTABLISHED, AK_STAGE_P7, AK_SIDE_CLIENT,
                AK_CLOSE_FIN);
    ak_diagnosis_add(b->d, &b->k.c);
    assert_string_equal(found(), "");
}

static void a_log_tells_the_time(void **state)
{
    (void)state;
    add_event((SECONDS + 2000) * 1000000000);
    assert_string_equal(found(), "certificate-expired:server ");
}

static void the_newer_of_both_counts(void **state)
{
    (void)state;
    add_event((SECONDS - 5000) * 1000000000);
    known_begin(&b->k, AK_PROTOCOL_TLS, AK_OUTCOME_ESTABLISHED, AK_STAGE_P7, AK_SIDE_CLIENT,
                AK_CLOSE_FIN);
    b->k.c.last_time = (SECONDS + 2000) * 1000000000;
    ak_diagnosis_add(b->d, &b->k.c);
    assert_string_equal(found(), "certificate-expired:server ");
}

static void a_registry_tells_the_time_alone(void **state)
{
    (void)state;
    b->host.newest = (SECONDS + 2000) * 1000000000;
    assert_string_equal(found(), "certificate-expired:server ");
}

static void nobody_tells_the_time(void **state)
{
    (void)state;
    b->certificate.facts.not_after = 1; /* 1970: who knows? */
    assert_string_equal(found(), "");
}

/* ---- told once ---- */

/* The wire shows the same certificate, expired, and the client's alert: that finding tells it. */
static void what_a_conversation_tells_is_not_told_again(void **state)
{
    (void)state;
    for (int other = 0; other < 2; other++) {
        (void)end(NULL);
        (void)begin(NULL);
        b->certificate.facts.not_after = SECONDS - 10;
        if (other == 1)
            (void)snprintf(b->certificate.facts.subject, sizeof b->certificate.facts.subject,
                           "CN=another");
        known_begin(&b->k, AK_PROTOCOL_TLS, AK_OUTCOME_FAILED, AK_STAGE_P4, AK_SIDE_CLIENT,
                    AK_CLOSE_ALERT);
        known_tls(&b->k);
        known_server_hello(&b->k, 0x0303, 0xc02f);
        known_leaf(&b->k);
        b->k.leaf.facts.not_after = SECONDS - 10;
        (void)snprintf(b->k.leaf.facts.subject, sizeof b->k.leaf.facts.subject, "CN=sql01");
        known_alert(&b->k, AK_SIDE_CLIENT, 45);
        known_end(&b->k, AK_SIDE_CLIENT, false, 5);
        ak_diagnosis_add(b->d, &b->k.c);
        assert_string_equal(found(), other == 0 ? "" : "certificate-expired:server ");
        assert_string_equal(ak_diagnosis_finding(b->d, 0)->rule->id, "certificate-expired");
    }
}

static void memory_may_lack(void **state)
{
    (void)state;
    for (unsigned long n = 1; n < 12; n++) {
        (void)end(NULL);
        (void)begin(NULL);
        b->certificate.facts.sign_hash = AK_SIGN_HASH_MD5;
        (void)ak_alloc_fail_after(n);
        (void)ak_diagnosis_finish(b->d);
        (void)ak_alloc_fail_after(0);
        if (ak_diagnosis_finding(b->d, 0) == NULL)
            assert_true(ak_diagnosis_lost(b->d) != 0);
    }
    for (unsigned i = 0; i < 100; i++) { /* the list itself cannot grow */
        uint64_t lost = ak_diagnosis_lost(b->d);
        (void)ak_alloc_fail_after(1);
        ak_diagnosis_add_certificate(b->d, &b->found);
        (void)ak_alloc_fail_after(0);
        if (ak_diagnosis_lost(b->d) == lost + 1)
            return;
        assert_int_equal(ak_diagnosis_lost(b->d), lost);
    }
    fail_msg("a hundred certificates without memory");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nothing_is_wrong),
        TEST(a_finding_names_certificate_and_machine),
        TEST(ids_of_certificates),
        TEST(a_conversation_tells_the_time),
        TEST(a_log_tells_the_time),
        TEST(the_newer_of_both_counts),
        TEST(a_registry_tells_the_time_alone),
        TEST(nobody_tells_the_time),
        TEST(what_a_conversation_tells_is_not_told_again),
        TEST(memory_may_lack),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
