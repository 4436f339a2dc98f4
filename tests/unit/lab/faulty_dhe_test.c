/* The lab's own TLS 1.2 against OpenSSL's client, record by record: each fault, and whatever comes.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "lab/faulty_dhe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/ssl.h>

#include "codec/tls.h"
#include "support/parser_check.h"

enum { TODAY = 1795305600, MAXIMUM = 256 * 1024 };

static struct ak_lab_authority authority;
static struct ak_lab_keys keys;
static SSL_CTX *context;

struct talk {
    struct ak_faulty_dhe *dhe;
    SSL *ssl;
    enum ak_faulty_state state;
    struct ak_text plain;
};

static void begin_talk(struct talk *t, enum ak_lab_fault fault, bool often,
                       struct ak_faulty_session *session, SSL_SESSION *resumed)
{
    memset(t, 0, sizeof *t);
    t->dhe = ak_faulty_dhe_new(&keys, fault, often, session);
    t->ssl = SSL_new(context);
    assert_true(t->dhe != NULL && t->ssl != NULL);
    assert_string_equal(ak_faulty_dhe_reason(t->dhe), "");
    SSL_set_bio(t->ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(t->ssl);
    if (resumed != NULL)
        assert_int_equal(SSL_set_session(t->ssl, resumed), 1);
    ak_text_init(&t->plain, MAXIMUM);
}

static void end_talk(struct talk *t)
{
    SSL_free(t->ssl);
    ak_faulty_dhe_free(t->dhe);
    ak_text_release(&t->plain);
}

/* What the client has to say, a record at a time; the answers go back to it. */
static void carry(struct talk *t)
{
    uint8_t bytes[MAXIMUM];
    int size = BIO_read(SSL_get_wbio(t->ssl), bytes, sizeof bytes);
    for (int at = 0; at < size && t->state != AK_FAULTY_REFUSED;) {
        struct ak_tls_record record;
        struct ak_text out;
        assert_true(ak_tls_record_parse(bytes + at, &record));
        ak_text_init(&out, MAXIMUM);
        t->state = ak_faulty_dhe_take(t->dhe, record.type, bytes + at + AK_TLS_RECORD_HEADER,
                                      record.length, &out, &t->plain);
        if (out.size != 0)
            (void)BIO_write(SSL_get_rbio(t->ssl), out.bytes, (int)out.size);
        ak_text_release(&out);
        at += AK_TLS_RECORD_HEADER + record.length;
    }
}

/* True when both sides are through. */
static bool handshake(struct talk *t)
{
    for (int round = 0; round < 6 && t->state != AK_FAULTY_REFUSED; round++) {
        int done = SSL_do_handshake(t->ssl);
        int error = SSL_get_error(t->ssl, done);
        carry(t);
        if (done == 1)
            return t->state == AK_FAULTY_DONE;
        if (error != SSL_ERROR_WANT_READ)
            return false;
    }
    return false;
}

static void a_healthy_one_carries_data(void **state)
{
    struct ak_faulty_session session = {0};
    struct ak_text out;
    struct talk t;
    char back[40] = "";
    (void)state;
    begin_talk(&t, AK_LAB_FAULT_HEALTHY, false, &session, NULL);
    if (!handshake(&t))
        fail_msg("%s, state %d, %s", SSL_state_string_long(t.ssl), (int)t.state,
                 ak_faulty_dhe_reason(t.dhe));
    assert_string_equal(SSL_get_cipher_name(t.ssl), "DHE-RSA-AES128-GCM-SHA256");
    assert_int_equal(SSL_get_extms_support(t.ssl), 1);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(SSL_write(t.ssl, "a question", 10), 10);
        carry(&t);
        assert_int_not_equal(t.state, AK_FAULTY_REFUSED);
        assert_int_equal(t.plain.size, 10 * (size_t)(i + 1));
        ak_text_init(&out, MAXIMUM);
        ak_faulty_dhe_send(t.dhe, "an answer", 9, &out);
        (void)BIO_write(SSL_get_rbio(t.ssl), out.bytes, (int)out.size);
        ak_text_release(&out);
        assert_int_equal(SSL_read(t.ssl, back, sizeof back), 9);
        assert_memory_equal(back, "an answer", 9);
    }
    end_talk(&t);
}

static unsigned successes(enum ak_lab_fault fault, bool often, unsigned tries)
{
    struct ak_faulty_session session = {0};
    unsigned good = 0;
    for (unsigned i = 0; i < tries; i++) {
        struct talk t;
        begin_talk(&t, fault, often, &session, NULL);
        bool done = handshake(&t);
        if (!done) {
            assert_int_equal(t.state, AK_FAULTY_REFUSED);
            assert_true(ak_faulty_dhe_reason(t.dhe)[0] != '\0');
        }
        good += done;
        end_talk(&t);
    }
    return good;
}

/* OpenSSL strips the secret's zeros (RFC 5246 8.1.2) and pads its public value. The chance that any
 * of these fails by luck is below one in ten million. */
static void faults_fail_as_often_as_they_should(void **state)
{
    enum { TRIES = 32 };
    (void)state;
    assert_int_equal(successes(AK_LAB_FAULT_HEALTHY, true, TRIES), TRIES);
    unsigned good = successes(AK_LAB_FAULT_Z_UNSTRIPPED, true, TRIES);
    assert_true(good >= 1 && good < TRIES);
    good = successes(AK_LAB_FAULT_YC_PADDED, true, TRIES);
    assert_true(good >= 1 && good < TRIES);
    assert_int_equal(successes(AK_LAB_FAULT_YC_UNPADDED, true, TRIES), TRIES);
}

static void it_resumes_without_what_it_had(void **state)
{
    struct ak_faulty_session session = {0};
    struct talk t;
    (void)state;
    begin_talk(&t, AK_LAB_FAULT_RESUMES, false, &session, NULL);
    assert_true(handshake(&t));
    assert_true(session.used);
    SSL_SESSION *kept = SSL_get1_session(t.ssl);
    (void)SSL_shutdown(t.ssl); /* a session of a connection that broke is not used again */
    end_talk(&t);
    begin_talk(&t, AK_LAB_FAULT_RESUMES, false, &session, kept);
    assert_false(handshake(&t)); /* RFC 7627 5.3: the client must end it */
    end_talk(&t);
    SSL_SESSION_free(kept);
}

static void only_rsa_keys_will_do(void **state)
{
    static const struct ak_lab_certificate curve = {.key = "ec256"};
    struct ak_lab_keys other = {0};
    struct ak_faulty_session session = {0};
    (void)state;
    assert_int_equal(ak_lab_keys_make(&other, &curve, &authority, TODAY, NULL), AK_ERR_NONE);
    assert_null(ak_faulty_dhe_new(&other, AK_LAB_FAULT_HEALTHY, false, &session));
    ak_lab_keys_release(&other);
}

/* ---- whatever comes ---- */

static void take_damaged(struct ak_span bytes, void *context_)
{
    struct ak_faulty_session session = {0};
    struct ak_text out, plain;
    unsigned *refused = context_;
    struct ak_faulty_dhe *dhe = ak_faulty_dhe_new(&keys, AK_LAB_FAULT_HEALTHY, false, &session);
    assert_non_null(dhe);
    ak_text_init(&out, MAXIMUM);
    ak_text_init(&plain, MAXIMUM);
    enum ak_faulty_state state =
        ak_faulty_dhe_take(dhe, AK_TLS_HANDSHAKE, bytes.bytes, bytes.size, &out, &plain);
    assert_int_not_equal(state, AK_FAULTY_DONE);
    assert_int_equal(plain.size, 0);
    assert_int_equal(state == AK_FAULTY_REFUSED, ak_faulty_dhe_reason(dhe)[0] != '\0');
    *refused += state == AK_FAULTY_REFUSED;
    /* Nothing of this kind is due now, whatever was made of the hello. */
    if (state != AK_FAULTY_REFUSED)
        assert_int_equal(
            ak_faulty_dhe_take(dhe, AK_TLS_APPLICATION_DATA, bytes.bytes, bytes.size, &out, &plain),
            AK_FAULTY_REFUSED);
    ak_text_release(&out);
    ak_text_release(&plain);
    ak_faulty_dhe_free(dhe);
}

/* TLS 1.2 with TLS_DHE_RSA_WITH_AES_128_GCM_SHA256, rsa_pkcs1_sha256, extended master secret. */
static void damaged_hellos_are_refused_or_answered(void **state)
{
    static const uint8_t hello[] = {
        1,    0,  0,  61, 3,  3,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,   16,
        17,   18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 0,  0,  4,  0,  0x9e, 0,
        0xff, 1,  0,  0,  16, 0,  23, 0,  0,  0,  13, 0,  8,  0,  6,  4,  1,  8,  4,  5,  1};
    const struct ak_span whole = {hello, sizeof hello};
    unsigned refused = 0;
    (void)state;
    ak_each_damage(whole, take_damaged, &refused);
    assert_true(refused > 20);
    unsigned none = 0;
    take_damaged(whole, &none);
    assert_int_equal(none, 0);
}

static int begin(void **state)
{
    static const struct ak_lab_certificate usual;
    (void)state;
    context = SSL_CTX_new(TLS_client_method());
    if (context != NULL)
        SSL_CTX_set_security_level(context, 0); /* 2041 bits */
    return context != NULL && SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION) == 1 &&
                   ak_lab_authority_make(&authority, NULL) == AK_ERR_NONE &&
                   ak_lab_keys_make(&keys, &usual, &authority, TODAY, NULL) == AK_ERR_NONE
               ? 0
               : -1;
}

static int end(void **state)
{
    (void)state;
    SSL_CTX_free(context);
    ak_lab_keys_release(&keys);
    ak_lab_authority_release(&authority);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_healthy_one_carries_data),
        cmocka_unit_test(faults_fail_as_often_as_they_should),
        cmocka_unit_test(it_resumes_without_what_it_had),
        cmocka_unit_test(only_rsa_keys_will_do),
        cmocka_unit_test(damaged_hellos_are_refused_or_answered),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
