/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/dhe_zero.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/bn.h>

#include "base/alloc.h"
#include "base/attr.h"
#include "probe/attempt.h"
#include "probe/dhe_keys.h"
#include "support/parser_check.h"
#include "support/random.h"
#include "support/tls_server.h"
#include "support/torture.h"

static struct ak_test_key rsa;
static struct ak_certificate_store *store;
static struct ak_party party;
static uint32_t seed = 1;
static const struct ak_hello_source source = {&seed, ak_test_random};

static const uint16_t suites[] = {0x009f, 0x009e, 0x006b, 0x0067, 0x0039, 0x0033};
static const char *const names[] = {"DHE-RSA-AES256-GCM-SHA384", "DHE-RSA-AES128-GCM-SHA256",
                                    "DHE-RSA-AES256-SHA256",     "DHE-RSA-AES128-SHA256",
                                    "DHE-RSA-AES256-SHA",        "DHE-RSA-AES128-SHA"};

static void offer(bool ems)
{
    ak_party_init(&party, "test", AK_SIDE_CLIENT, AK_STACK_SCHANNEL);
    ak_party_version_range(&party, AK_PARTY_TLS10, AK_PARTY_TLS13, "offered");
    (void)ak_party_suite_add(&party, 0x1301, true);
    (void)ak_party_suite_add(&party, 0xc02f, true);
    for (size_t i = 0; i < AK_COUNT(suites); i++)
        (void)ak_party_suite_add(&party, suites[i], true);
    party.extended_master_secret = ems ? AK_NEED_SUPPORTED : AK_NEED_NONE;
}

/* ---- what four answers mean ---- */

static void answers_are_judged(void **state)
{
    static const enum ak_dhe_zero_answer U = AK_DHE_ZERO_UNASKED, A = AK_DHE_ZERO_ACCEPTED,
                                         R = AK_DHE_ZERO_REFUSED;
    const struct {
        enum ak_dhe_zero_answer answers[AK_DHE_ZERO_FORMS];
        enum ak_dhe_zero_verdict verdict;
    } rows[] = {
        {{A, R, A, A}, AK_DHE_ZERO_CORRECT},   {{A, U, A, A}, AK_DHE_ZERO_CORRECT},
        {{R, A, A, A}, AK_DHE_ZERO_FAULTY_Z},  {{U, A, A, A}, AK_DHE_ZERO_FAULTY_Z},
        {{A, R, R, A}, AK_DHE_ZERO_FAULTY_YC}, {{A, R, A, R}, AK_DHE_ZERO_FAULTY_YC},
        {{A, R, R, R}, AK_DHE_ZERO_FAULTY_YC}, {{R, A, A, R}, AK_DHE_ZERO_FAULTY_BOTH},
        {{R, R, R, R}, AK_DHE_ZERO_NOT_SHOWN}, {{U, U, U, U}, AK_DHE_ZERO_NOT_SHOWN},
        {{R, R, A, A}, AK_DHE_ZERO_NOT_SHOWN}, {{A, R, U, U}, AK_DHE_ZERO_NOT_SHOWN},
        {{A, A, A, A}, AK_DHE_ZERO_NOT_SHOWN}, {{A, R, A, U}, AK_DHE_ZERO_NOT_SHOWN},
        {{R, U, U, R}, AK_DHE_ZERO_NOT_SHOWN},
    };
    (void)state;
    for (size_t i = 0; i < AK_COUNT(rows); i++)
        assert_int_equal(ak_dhe_zero_judge(rows[i].answers), rows[i].verdict);
    assert_string_equal(ak_dhe_zero_verdict_name(AK_DHE_ZERO_FAULTY_YC), "faulty-yc");
    assert_string_equal(ak_dhe_zero_form_name(AK_DHE_ZERO_YC_PADDED), "yc-padded");
}

static void the_next_form_spares_what_is_known(void **state)
{
    enum ak_dhe_zero_answer answers[AK_DHE_ZERO_FORMS] = {0};
    (void)state;
    assert_int_equal(ak_dhe_zero_next(answers), AK_DHE_ZERO_Z_STRIPPED);
    answers[0] = AK_DHE_ZERO_REFUSED;
    assert_int_equal(ak_dhe_zero_next(answers), AK_DHE_ZERO_Z_UNSTRIPPED);
    answers[0] = AK_DHE_ZERO_ACCEPTED;
    assert_int_equal(ak_dhe_zero_next(answers), AK_DHE_ZERO_YC_PADDED);
    answers[2] = answers[3] = AK_DHE_ZERO_ACCEPTED;
    assert_int_equal(ak_dhe_zero_next(answers), AK_DHE_ZERO_FORMS);
}

/* ---- the search ---- */

static void the_search_finds_its_zero(void **state)
{
    uint8_t p[256], ys[256], exponent[32];
    static const uint8_t g[] = {2};
    static struct ak_dhe_values v;
    (void)state;
    BIGNUM *prime = BN_get_rfc3526_prime_2048(NULL);
    (void)BN_bn2binpad(prime, p, sizeof p);
    BN_free(prime);
    ak_test_random(&seed, ys, sizeof ys);
    ys[0] = 0x12;
    struct ak_span sp = {p, sizeof p}, sg = {g, 1}, sy = {ys, sizeof ys};
    for (int i = 0; i < 40; i++) {
        enum ak_dhe_zero_form form = (enum ak_dhe_zero_form)(i % AK_DHE_ZERO_FORMS);
        ak_test_random(&seed, exponent, sizeof exponent);
        assert_true(ak_dhe_zero_find(form, sp, sg, sy, exponent, &v));
        assert_int_equal(v.secret_size < sizeof p, form == AK_DHE_ZERO_Z_STRIPPED);
        assert_int_equal(v.public_size < sizeof p, form == AK_DHE_ZERO_YC_UNPADDED);
        assert_int_equal(v.secret[0] == 0, form == AK_DHE_ZERO_Z_UNSTRIPPED);
        assert_int_equal(v.public_value[0] == 0, form == AK_DHE_ZERO_YC_PADDED);
        assert_true(v.tries != 0);
    }
}

static void values_without_a_way_out_end_the_search(void **state)
{
    static const uint8_t one[] = {1}, even[64] = {0x80}, odd[64] = {0x80, [63] = 7};
    static const uint8_t large[1100] = {1, [1099] = 1};
    const uint8_t exponent[32] = {0x80};
    static struct ak_dhe_values v;
    (void)state;
    struct ak_span s1 = {one, 1}, se = {even, 64}, so = {odd, 64}, sl = {large, 1100};
    struct ak_span none = {NULL, 0};
    assert_false(ak_dhe_zero_find(AK_DHE_ZERO_Z_STRIPPED, so, s1, s1, exponent, &v));
    assert_false(ak_dhe_zero_find(AK_DHE_ZERO_Z_STRIPPED, se, s1, s1, exponent, &v));
    assert_false(ak_dhe_zero_find(AK_DHE_ZERO_Z_STRIPPED, sl, s1, s1, exponent, &v));
    assert_false(ak_dhe_zero_find(AK_DHE_ZERO_Z_STRIPPED, s1, s1, s1, exponent, &v));
    assert_false(ak_dhe_zero_find(AK_DHE_ZERO_Z_STRIPPED, none, none, none, exponent, &v));
}

/* ---- against OpenSSL ---- */

static struct ak_attempt *attempt_new(const struct ak_dhe_zero_plan *zero, enum ak_probe_way way)
{
    struct ak_probe_plan plan = {.way = way, .depth = AK_PROBE_FINISH, .encryption = 1};
    plan.hello.client = &party;
    plan.dhe_zero = zero;
    struct ak_attempt *a = ak_attempt_new(&plan, &source, store, 1000);
    assert_non_null(a);
    return a;
}

static enum ak_dhe_zero_answer ask_openssl(enum ak_dhe_zero_form form,
                                           const struct ak_test_server_options *options,
                                           size_t chunk)
{
    struct ak_test_server s;
    struct ak_dhe_zero_plan zero = {form};
    bool abrupt;
    struct ak_attempt *a =
        attempt_new(&zero, options->kind == AK_TEST_TDS ? AK_PROBE_TDS : AK_PROBE_TLS);
    ak_test_server_init(&s, options, &rsa);
    ak_attempt_opened(a, 2000);
    for (struct ak_span out; (out = ak_attempt_outgoing(a)).size != 0;) {
        ak_test_server_feed(&s, out);
        for (size_t at = 0; at < s.out.size; at += chunk) {
            size_t left = s.out.size - at;
            ak_attempt_received(a, (const uint8_t *)s.out.bytes + at, left < chunk ? left : chunk,
                                3000);
        }
        s.out.size = 0;
    }
    if (!ak_attempt_over(a, &abrupt))
        fail_msg("%s: still open, stage %s", ak_dhe_zero_form_name(form),
                 ak_stage_name(ak_attempt_result(a)->stage));
    const struct ak_probe_result *r = ak_attempt_result(a);
    enum ak_dhe_zero_answer answer = ak_dhe_zero_answer_of(r);
    assert_true(r->dhe_zero_tries != 0 && r->dh_bits >= 1024);
    assert_int_equal(r->stage, answer == AK_DHE_ZERO_ACCEPTED ? AK_STAGE_P5B : AK_STAGE_P5);
    assert_int_equal(s.handshake_done, answer == AK_DHE_ZERO_ACCEPTED);
    if (answer == AK_DHE_ZERO_ACCEPTED) /* the close_notify was readable */
        assert_int_equal(SSL_get_shutdown(s.ssl) & SSL_RECEIVED_SHUTDOWN, SSL_RECEIVED_SHUTDOWN);
    else
        assert_int_equal(r->alert.code, 20);
    ak_test_server_release(&s);
    ak_attempt_free(a);
    return answer;
}

static void openssl_is_correct_with_each_suite(void **state)
{
    static const int versions[] = {TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION};
    static const enum ak_dhe_zero_answer wanted[] = {AK_DHE_ZERO_ACCEPTED, AK_DHE_ZERO_REFUSED,
                                                     AK_DHE_ZERO_ACCEPTED, AK_DHE_ZERO_ACCEPTED};
    (void)state;
    for (size_t v = 0; v < 3; v++) {
        for (size_t i = v < 2 ? 4 : 0; i < AK_COUNT(names); i++) {
            char list[80];
            (void)snprintf(list, sizeof list, "%s:@SECLEVEL=0", names[i]);
            struct ak_test_server_options options = {.kind = i % 2 ? AK_TEST_TDS : AK_TEST_TLS,
                                                     .low = versions[v],
                                                     .high = versions[v],
                                                     .suites = list,
                                                     .reply = 1};
            offer(i % 3 != 0);
            for (int form = 0; form < AK_DHE_ZERO_FORMS; form++)
                assert_int_equal(
                    ask_openssl((enum ak_dhe_zero_form)form, &options, form % 2 ? 1 : 1 << 20),
                    wanted[form]);
        }
    }
}

static void openssl_is_correct_100_times_of_100(void **state)
{
    struct ak_test_server_options options = {.low = TLS1_2_VERSION,
                                             .high = TLS1_2_VERSION,
                                             .suites = "DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0"};
    (void)state;
    offer(true);
    for (int i = 0; i < 100; i++) {
        enum ak_dhe_zero_answer answers[AK_DHE_ZERO_FORMS] = {0};
        enum ak_dhe_zero_form form;
        unsigned connections = 0;
        while ((form = ak_dhe_zero_next(answers)) != AK_DHE_ZERO_FORMS) {
            answers[form] = ask_openssl(form, &options, 1 << 20);
            assert_true(++connections <= 4);
        }
        assert_int_equal(ak_dhe_zero_judge(answers), AK_DHE_ZERO_CORRECT);
    }
}

static void a_server_without_it_shows_nothing(void **state)
{
    struct ak_dhe_zero_plan zero = {AK_DHE_ZERO_Z_STRIPPED};
    struct ak_test_server s;
    struct ak_test_server_options options = {
        .low = TLS1_2_VERSION, .high = TLS1_2_VERSION, .suites = "AES128-SHA:@SECLEVEL=0"};
    (void)state;
    offer(true);
    struct ak_attempt *a = attempt_new(&zero, AK_PROBE_TLS);
    ak_test_server_init(&s, &options, &rsa);
    ak_attempt_opened(a, 2000);
    ak_test_server_feed(&s, ak_attempt_outgoing(a));
    ak_attempt_received(a, (const uint8_t *)s.out.bytes, s.out.size, 3000);
    assert_int_equal(ak_attempt_result(a)->end, AK_PROBE_END_ALERT);
    assert_int_equal(ak_dhe_zero_answer_of(ak_attempt_result(a)), AK_DHE_ZERO_UNASKED);
    ak_test_server_release(&s);
    ak_attempt_free(a);
    ak_party_init(&party, "none", AK_SIDE_CLIENT, AK_STACK_OTHER);
    ak_party_version_range(&party, AK_PARTY_TLS12, AK_PARTY_TLS13, "offered");
    (void)ak_party_suite_add(&party, 0xc02f, true);
    a = attempt_new(&zero, AK_PROBE_TLS);
    ak_attempt_opened(a, 2000);
    assert_int_equal(ak_attempt_result(a)->end, AK_PROBE_END_NOTHING);
    ak_attempt_free(a);
}

/* ---- against faulty servers ---- */

enum fault { FAULT_NONE, FAULT_Z, FAULT_YC_PADDED, FAULT_YC_UNPADDED };

/* Just enough of a server of TLS 1.2 with one suite: what it says lies in `out`. */
struct faulty {
    enum fault fault;
    bool silent; /* refuses by closing */
    struct ak_text messages, out;
    uint8_t client_random[32], server_random[32];
    BIGNUM *p, *x;
    bool closed;
};

static void say_message(struct faulty *f, uint8_t type, const struct ak_text *body)
{
    struct ak_text all;
    ak_text_init(&all, 65536);
    ak_put_u8(&all, type);
    ak_put_be(&all, body->size, 3);
    ak_text_bytes(&all, body->bytes, body->size);
    ak_text_bytes(&f->messages, all.bytes, all.size);
    ak_put_be(&f->out, 0x160303, 3);
    ak_put_be(&f->out, all.size, 2);
    ak_text_bytes(&f->out, all.bytes, all.size);
    ak_text_release(&all);
}

static void put_number(struct ak_text *out, const BIGNUM *number)
{
    uint8_t bytes[256];
    int size = BN_bn2bin(number, bytes);
    ak_put_be(out, (uint64_t)size, 2);
    ak_text_bytes(out, bytes, (size_t)size);
}

static void faulty_hello(struct faulty *f)
{
    struct ak_text body;
    BN_CTX *ctx = BN_CTX_new();
    BIGNUM *g = BN_new(), *ys = BN_new();
    ak_text_init(&body, 65536);
    ak_test_random(&seed, f->server_random, 32);
    ak_put_be(&body, 0x0303, 2);
    ak_text_bytes(&body, f->server_random, 32);
    ak_put_be(&body, 0x00003300, 4); /* no session, suite 0033, no compression */
    say_message(f, AK_TLS_SERVER_HELLO, &body);
    ak_text_clear(&body);
    (void)BN_set_word(g, 2);
    (void)BN_set_word(f->x, 0x123457);
    (void)BN_mod_exp(ys, g, f->x, f->p, ctx);
    put_number(&body, f->p);
    put_number(&body, g);
    put_number(&body, ys);
    ak_put_be(&body, 0x04010000, 4); /* nobody looks at the signature */
    say_message(f, AK_TLS_SERVER_KEY_EXCHANGE, &body);
    ak_text_clear(&body);
    say_message(f, AK_TLS_SERVER_HELLO_DONE, &body);
    ak_text_release(&body);
    BN_free(g);
    BN_free(ys);
    BN_CTX_free(ctx);
}

static bool faulty_keys(struct faulty *f, struct ak_span yc, struct ak_dhe_keys *keys)
{
    uint8_t z[256];
    struct ak_span secret = {z, sizeof z}, none = {NULL, 0};
    BN_CTX *ctx = BN_CTX_new();
    BIGNUM *number = BN_bin2bn(yc.bytes, (int)yc.size, NULL);
    (void)BN_mod_exp(number, number, f->x, f->p, ctx);
    (void)BN_bn2binpad(number, z, sizeof z);
    BN_free(number);
    BN_CTX_free(ctx);
    while (f->fault != FAULT_Z && secret.size != 0 && secret.bytes[0] == 0) {
        secret.bytes++;
        secret.size--;
    }
    if (f->fault == FAULT_YC_PADDED && yc.bytes[0] == 0)
        return false;
    if (f->fault == FAULT_YC_UNPADDED && yc.size < sizeof z)
        return false;
    return ak_dhe_keys_make(keys, ak_dhe_suite_find(0x0033), 0x0303, secret, f->client_random,
                            f->server_random, none);
}

/* ClientKeyExchange, ChangeCipherSpec, Finished, as records one behind the other. */
static bool faulty_answer(struct faulty *f, struct ak_span bytes)
{
    static const uint8_t random[16] = {9};
    struct ak_dhe_keys keys;
    uint8_t plain[64], finished[16] = {AK_TLS_FINISHED, 0, 0, 12};
    size_t size = 0, exchange = ak_be16(bytes.bytes + 3);
    struct ak_span yc = {bytes.bytes + 11, exchange - 6};
    struct ak_span last = {bytes.bytes + 5 + exchange + 6 + 5, bytes.size - exchange - 16};
    ak_text_bytes(&f->messages, bytes.bytes + 5, exchange);
    struct ak_span said = {(const uint8_t *)f->messages.bytes, f->messages.size};
    if (!faulty_keys(f, yc, &keys) ||
        !ak_dhe_open(&keys, AK_SIDE_CLIENT, AK_TLS_HANDSHAKE, last, plain, sizeof plain, &size) ||
        !ak_dhe_finished(&keys, AK_SIDE_CLIENT, said, finished + 4) ||
        memcmp(plain, finished, sizeof finished) != 0)
        return false;
    ak_text_bytes(&f->messages, finished, sizeof finished);
    said.bytes = (const uint8_t *)f->messages.bytes;
    said.size = f->messages.size;
    (void)ak_dhe_finished(&keys, AK_SIDE_SERVER, said, finished + 4);
    struct ak_span own = {finished, sizeof finished};
    ak_put_be(&f->out, 0x140303000101, 6);
    return ak_dhe_seal(&keys, AK_SIDE_SERVER, AK_TLS_HANDSHAKE, own, random, &f->out);
}

static void faulty_feed(struct faulty *f, struct ak_span bytes)
{
    if (f->messages.size == 0) {
        memcpy(f->client_random, bytes.bytes + 11, 32);
        ak_text_bytes(&f->messages, bytes.bytes + 5, bytes.size - 5);
        faulty_hello(f);
    } else if (!faulty_answer(f, bytes)) {
        f->closed = true;
        if (!f->silent)
            ak_put_be(&f->out, 0x15030300020214, 7);
    }
}

static enum ak_dhe_zero_answer ask_faulty(enum ak_dhe_zero_form form, enum fault fault, bool silent)
{
    struct faulty f = {.fault = fault, .silent = silent};
    struct ak_dhe_zero_plan zero = {form};
    bool abrupt;
    f.p = BN_get_rfc3526_prime_2048(NULL);
    f.x = BN_new();
    ak_text_init(&f.messages, 65536);
    ak_text_init(&f.out, 65536);
    struct ak_attempt *a = attempt_new(&zero, AK_PROBE_TLS);
    ak_attempt_opened(a, 2000);
    while (!ak_attempt_over(a, &abrupt)) {
        struct ak_span out = ak_attempt_outgoing(a);
        assert_true(out.size != 0);
        faulty_feed(&f, out);
        ak_attempt_received(a, (const uint8_t *)f.out.bytes, f.out.size, 3000);
        f.out.size = 0;
        if (f.closed)
            ak_attempt_ended(a, AK_PROBE_END_FIN, 4000);
    }
    enum ak_dhe_zero_answer answer = ak_dhe_zero_answer_of(ak_attempt_result(a));
    ak_attempt_free(a);
    ak_text_release(&f.messages);
    ak_text_release(&f.out);
    BN_free(f.p);
    BN_free(f.x);
    return answer;
}

static void each_fault_is_told_100_times_of_100(void **state)
{
    static const struct {
        enum fault fault;
        enum ak_dhe_zero_verdict verdict;
    } rows[] = {{FAULT_NONE, AK_DHE_ZERO_CORRECT},
                {FAULT_Z, AK_DHE_ZERO_FAULTY_Z},
                {FAULT_YC_PADDED, AK_DHE_ZERO_FAULTY_YC},
                {FAULT_YC_UNPADDED, AK_DHE_ZERO_FAULTY_YC}};
    (void)state;
    for (int i = 0; i < 400; i++) {
        enum ak_dhe_zero_answer answers[AK_DHE_ZERO_FORMS] = {0};
        enum ak_dhe_zero_form form;
        unsigned connections = 0;
        offer(false);
        while ((form = ak_dhe_zero_next(answers)) != AK_DHE_ZERO_FORMS) {
            answers[form] = ask_faulty(form, rows[i % 4].fault, i % 8 < 4);
            assert_true(++connections <= 4);
        }
        assert_int_equal(ak_dhe_zero_judge(answers), rows[i % 4].verdict);
    }
}

/* ---- lack of memory ---- */

static void lack_of_memory_ends_well(void **state)
{
    enum { LAST = 60 };
    static const struct ak_dhe_zero_plan zero = {AK_DHE_ZERO_Z_STRIPPED};
    static const struct ak_test_server_options options = {
        .low = TLS1_2_VERSION, .high = TLS1_2_VERSION, .suites = "DHE-RSA-AES128-SHA:@SECLEVEL=0"};
    struct ak_probe_plan plan = {.depth = AK_PROBE_FINISH, .dhe_zero = &zero};
    (void)state;
    offer(true);
    plan.hello.client = &party;
    assert_true(ak_torture_memory(&plan, &source, store, &options, &rsa, LAST) < LAST);
}

static int begin(void **state)
{
    struct ak_hash_key key = {1, 2};
    (void)state;
    store = ak_certificate_store_new(key);
    rsa = ak_test_key_new(EVP_RSA_gen(2048), EVP_sha256());
    return store == NULL;
}

static int end(void **state)
{
    (void)state;
    ak_test_key_free(&rsa);
    ak_certificate_store_free(store);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_judged),
        cmocka_unit_test(the_next_form_spares_what_is_known),
        cmocka_unit_test(the_search_finds_its_zero),
        cmocka_unit_test(values_without_a_way_out_end_the_search),
        cmocka_unit_test(openssl_is_correct_with_each_suite),
        cmocka_unit_test(openssl_is_correct_100_times_of_100),
        cmocka_unit_test(a_server_without_it_shows_nothing),
        cmocka_unit_test(each_fault_is_told_100_times_of_100),
        cmocka_unit_test(lack_of_memory_ends_well),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
