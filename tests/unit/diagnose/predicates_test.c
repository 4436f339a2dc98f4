/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/predicates.h"

#include "support/case.h"

static enum ak_answer ask(const struct known *k, const struct ak_predicate *predicate)
{
    return predicate->holds(&k->view);
}

static void begin(struct known *k)
{
    known_begin(k, AK_PROTOCOL_TDS, AK_OUTCOME_FAILED, AK_STAGE_P3, AK_SIDE_SERVER, AK_CLOSE_FIN);
}

static void a_hello_may_be_missing_for_a_reason(void **state)
{
    (void)state;
    struct known k;
    begin(&k);
    assert_int_equal(ask(&k, &ak_has_hello), AK_ANSWER_NO);
    k.c.begun_before = true;
    assert_int_equal(ask(&k, &ak_has_hello), AK_ANSWER_LACK);
    begin(&k);
    k.c.truncated = true;
    assert_int_equal(ask(&k, &ak_has_hello), AK_ANSWER_LACK);
    begin(&k);
    k.c.hole = true;
    assert_int_equal(ask(&k, &ak_has_hello), AK_ANSWER_LACK);
    known_tls(&k);
    assert_int_equal(ask(&k, &ak_has_hello), AK_ANSWER_YES);
    assert_string_equal(ak_has_hello.lack, "client-offer");
}

static void a_certificate_may_be_hidden(void **state)
{
    (void)state;
    struct known k;
    begin(&k);
    assert_int_equal(ask(&k, &ak_has_leaf), AK_ANSWER_NO);
    known_tls(&k);
    assert_int_equal(ask(&k, &ak_has_leaf), AK_ANSWER_NO);
    known_server_hello(&k, 0x0304, 0x1301);
    assert_int_equal(ask(&k, &ak_has_leaf), AK_ANSWER_LACK);
    known_server_hello(&k, 0x0303, 0xc02f);
    k.tls.resumed = true;
    assert_int_equal(ask(&k, &ak_has_leaf), AK_ANSWER_LACK);
    k.tls.resumed = false;
    k.c.hole = true;
    assert_int_equal(ask(&k, &ak_has_leaf), AK_ANSWER_LACK);
    known_leaf(&k);
    assert_int_equal(ask(&k, &ak_has_leaf), AK_ANSWER_YES);
}

static void plain_questions(void **state)
{
    (void)state;
    struct known k;
    begin(&k);
    assert_int_equal(ask(&k, &ak_died_at_p3), AK_ANSWER_YES);
    assert_int_equal(ask(&k, &ak_died_before_finish), AK_ANSWER_YES);
    assert_int_equal(ask(&k, &ak_server_ended), AK_ANSWER_YES);
    assert_int_equal(ask(&k, &ak_client_ended), AK_ANSWER_NO);
    assert_int_equal(ask(&k, &ak_is_tds), AK_ANSWER_YES);
    assert_int_equal(ask(&k, &ak_no_hole), AK_ANSWER_YES);
    k.c.hole = true;
    assert_int_equal(ask(&k, &ak_no_hole), AK_ANSWER_LACK);
    k.c.stage = AK_STAGE_P4;
    assert_int_equal(ask(&k, &ak_died_at_p3), AK_ANSWER_NO);
    k.c.closed_by = AK_SIDE_NONE;
    assert_int_equal(ask(&k, &ak_server_ended), AK_ANSWER_NO);
    assert_int_equal(ask(&k, &ak_client_ended), AK_ANSWER_NO);
    k.c.protocol = AK_PROTOCOL_TDS8;
    assert_int_equal(ask(&k, &ak_is_tds), AK_ANSWER_NO);
}

static void fatal_alerts_are_found_by_side(void **state)
{
    (void)state;
    static const uint8_t codes[] = {40, 70, 0}, none[] = {0};
    struct known k;
    begin(&k);
    assert_null(ak_fatal_alert(&k.c, AK_SIDE_SERVER));
    known_alert(&k, AK_SIDE_SERVER, 90);
    k.c.alert[0].level = 1;
    known_alert(&k, AK_SIDE_CLIENT, 48);
    known_alert(&k, AK_SIDE_SERVER, 70);
    known_alert(&k, AK_SIDE_SERVER, 80);
    assert_int_equal(ak_fatal_alert(&k.c, AK_SIDE_SERVER)->code, 70);
    assert_int_equal(ak_fatal_alert(&k.c, AK_SIDE_CLIENT)->code, 48);
    assert_true(ak_alert_among(ak_fatal_alert(&k.c, AK_SIDE_SERVER), codes));
    assert_false(ak_alert_among(ak_fatal_alert(&k.c, AK_SIDE_CLIENT), codes));
    assert_false(ak_alert_among(ak_fatal_alert(&k.c, AK_SIDE_CLIENT), none));
    assert_false(ak_alert_among(NULL, codes));
}

static void offers_are_lists_or_a_ceiling(void **state)
{
    (void)state;
    static const uint16_t drafts[] = {0x7f1c, 0x0303};
    struct known k;
    begin(&k);
    known_tls(&k);
    assert_true(ak_offers_version(&k.hello, 0x0304));
    assert_true(ak_offers_version(&k.hello, 0x0303));
    assert_false(ak_offers_version(&k.hello, 0x0302));
    k.hello.supported_versions = (struct ak_u16_list){drafts, 2};
    assert_true(ak_offers_version(&k.hello, 0x0304));
    known_old_hello(&k, 0x0302);
    assert_false(ak_offers_version(&k.hello, 0x0303));
    assert_true(ak_offers_version(&k.hello, 0x0302));
    assert_true(ak_offers_version(&k.hello, 0x0301));
}

/* RFC 5246 7.4.1.4.1 and RFC 8446 4.2.3. */
static void signatures_have_codes(void **state)
{
    (void)state;
    static const struct {
        enum ak_sign_hash hash;
        enum ak_key_type key;
        bool pss;
        uint16_t scheme[2];
    } rows[] = {
        {AK_SIGN_HASH_MD5, AK_KEY_RSA, false, {0x0101, 0}},
        {AK_SIGN_HASH_SHA1, AK_KEY_DSA, false, {0x0202, 0}},
        {AK_SIGN_HASH_SHA256, AK_KEY_RSA, false, {0x0401, 0}},
        {AK_SIGN_HASH_SHA384, AK_KEY_EC, false, {0x0503, 0}},
        {AK_SIGN_HASH_SHA512, AK_KEY_RSA, false, {0x0601, 0}},
        {AK_SIGN_HASH_SHA256, AK_KEY_RSA, true, {0x0804, 0x0809}},
        {AK_SIGN_HASH_SHA512, AK_KEY_RSA, true, {0x0806, 0x080b}},
        {AK_SIGN_HASH_SHA1, AK_KEY_RSA, true, {0, 0}},
        {AK_SIGN_HASH_OTHER, AK_KEY_RSA, false, {0, 0}},
        {AK_SIGN_HASH_SHA256, AK_KEY_ED25519, false, {0, 0}},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_x509 x = {
            .sign_hash = rows[i].hash, .sign_key = rows[i].key, .sign_pss = rows[i].pss};
        uint16_t schemes[3] = {9, 9, 9};
        ak_certificate_schemes(&x, schemes);
        assert_int_equal(schemes[0], rows[i].scheme[0]);
        assert_int_equal(schemes[1], rows[i].scheme[1]);
        assert_int_equal(schemes[2], 0);
    }
}

static void a_client_takes_what_it_lists(void **state)
{
    (void)state;
    static const uint16_t only_pss[] = {0x0809};
    struct known k;
    struct ak_x509 x = {.sign_hash = AK_SIGN_HASH_SHA256, .sign_key = AK_KEY_RSA};
    begin(&k);
    known_tls(&k);
    assert_true(ak_hello_takes_signature(&k.hello, &x));
    x.sign_hash = AK_SIGN_HASH_SHA512;
    assert_false(ak_hello_takes_signature(&k.hello, &x));
    x.sign_hash = AK_SIGN_HASH_SHA256;
    k.hello.signature_algorithms_cert = (struct ak_u16_list){only_pss, 1}; /* RFC 8446 4.2.3 */
    assert_false(ak_hello_takes_signature(&k.hello, &x));
    x.sign_pss = true; /* either of the two names will do */
    assert_true(ak_hello_takes_signature(&k.hello, &x));
    x.sign_pss = false;
    x.sign_key = AK_KEY_ED25519; /* no code for it: nothing is said */
    assert_true(ak_hello_takes_signature(&k.hello, &x));
    x.sign_key = AK_KEY_RSA;
    k.hello.has_signature_algorithms = false;
    assert_true(ak_hello_takes_signature(&k.hello, &x));
}

static void weak_hashes(void **state)
{
    (void)state;
    for (int hash = AK_SIGN_HASH_OTHER; hash <= AK_SIGN_HASH_SHA512; hash++) {
        bool weak =
            hash == AK_SIGN_HASH_MD5 || hash == AK_SIGN_HASH_SHA224 || hash == AK_SIGN_HASH_SHA512;
        assert_int_equal(ak_hash_is_weak((enum ak_sign_hash)hash), weak);
    }
}

static void facts_need_their_source(void **state)
{
    (void)state;
    struct known k;
    begin(&k);
    ak_fact_hello(&k.match, &k.view);
    assert_int_equal(k.match.fact_count, 0);
    known_tls(&k);
    known_leaf(&k);
    ak_fact_hello(&k.match, &k.view);
    ak_fact_certificate(&k.match, &k.view, &k.leaf);
    assert_int_equal(k.match.facts[0].frame, 4);
    assert_int_equal(k.match.facts[0].b, 0x0303);
    assert_string_equal(k.match.facts[1].text, "CN=sql01.example");
    assert_int_equal(k.match.facts[1].frame, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hello_may_be_missing_for_a_reason),
        cmocka_unit_test(a_certificate_may_be_hidden),
        cmocka_unit_test(plain_questions),
        cmocka_unit_test(fatal_alerts_are_found_by_side),
        cmocka_unit_test(offers_are_lists_or_a_ceiling),
        cmocka_unit_test(signatures_have_codes),
        cmocka_unit_test(a_client_takes_what_it_lists),
        cmocka_unit_test(weak_hashes),
        cmocka_unit_test(facts_need_their_source),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
