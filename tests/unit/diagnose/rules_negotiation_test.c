/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/rules.h"

#include "support/case.h"

static const struct ak_rule *const version = &ak_rule_no_common_version;
static const struct ak_rule *const build = &ak_rule_server_build_too_old;
static const struct ak_rule *const suite = &ak_rule_no_common_suite;
static const struct ak_rule *const group = &ak_rule_no_common_group;
static const struct ak_rule *const alpn = &ak_rule_no_common_alpn;
static const struct ak_rule *const signature = &ak_rule_signature_algorithm_mismatch;
static const struct ak_rule *const weak = &ak_rule_certificate_hash_refused;

/* A ClientHello, and the server's end. */
static void refused_at_p3(struct known *k, uint8_t alert)
{
    known_begin(k, AK_PROTOCOL_TLS, AK_OUTCOME_FAILED, AK_STAGE_P3, AK_SIDE_SERVER,
                alert ? AK_CLOSE_ALERT : AK_CLOSE_FIN);
    known_tls(k);
    known_end(k, AK_SIDE_SERVER, false, 5);
    if (alert != 0)
        known_alert(k, AK_SIDE_SERVER, alert);
}

/* A ServerHello, and the client's end. */
static void left_at_p4(struct known *k, uint8_t alert)
{
    known_begin(k, AK_PROTOCOL_TLS, AK_OUTCOME_FAILED, AK_STAGE_P4, AK_SIDE_CLIENT,
                alert ? AK_CLOSE_ALERT : AK_CLOSE_FIN);
    known_tls(k);
    known_server_hello(k, 0x0303, 0xc02f);
    known_end(k, AK_SIDE_CLIENT, false, 5);
    if (alert != 0)
        known_alert(k, AK_SIDE_CLIENT, alert);
}

static void version_refused_by_the_server(void **state)
{
    (void)state;
    struct known k;
    refused_at_p3(&k, 70);
    assert_match(&k, version, AK_GRADE_LIKELY, AK_CHANGE_SERVER);
    assert_int_equal(known_fact(&k, AK_FACT_ALERT)->b, 70);
    assert_int_equal(known_fact(&k, AK_FACT_OFFERED_VERSIONS)->a, 0x0304);
    assert_true(known_lacks(&k, "server-offer"));
    known_old_hello(&k, 0x0301); /* now it is the client that is behind */
    assert_match(&k, version, AK_GRADE_LIKELY, AK_CHANGE_CLIENT);
    refused_at_p3(&k, 0); /* an old client dropped without a word */
    known_old_hello(&k, 0x0302);
    assert_match(&k, version, AK_GRADE_LIKELY, AK_CHANGE_CLIENT);
    refused_at_p3(&k, 0);
    assert_no_match(&k, version, AK_ANSWER_NO, "version-was-refused");
    refused_at_p3(&k, 40); /* another alert tells another thing */
    known_old_hello(&k, 0x0301);
    assert_no_match(&k, version, AK_ANSWER_NO, "version-was-refused");
}

static void version_refused_by_the_client(void **state)
{
    (void)state;
    struct known k;
    left_at_p4(&k, 70);
    assert_match(&k, version, AK_GRADE_CERTAIN, AK_CHANGE_SERVER);
    assert_int_equal(known_fact(&k, AK_FACT_CHOSEN_VERSION)->a, 0x0303);
    left_at_p4(&k, 0); /* a version that was not offered */
    known_server_hello(&k, 0x0301, 0x002f);
    assert_match(&k, version, AK_GRADE_CERTAIN, AK_CHANGE_SERVER);
    left_at_p4(&k, 0); /* one that was */
    assert_no_match(&k, version, AK_ANSWER_NO, "version-was-refused");
    left_at_p4(&k, 0); /* a hello without the extension does not tell its minimum */
    known_old_hello(&k, 0x0303);
    known_server_hello(&k, 0x0301, 0x002f);
    assert_no_match(&k, version, AK_ANSWER_NO, "version-was-refused");
}

static void version_needs_a_failed_handshake_and_a_hello(void **state)
{
    (void)state;
    struct known k;
    refused_at_p3(&k, 70);
    k.c.outcome = AK_OUTCOME_ESTABLISHED;
    assert_no_match(&k, version, AK_ANSWER_NO, "handshake-failed");
    refused_at_p3(&k, 70);
    k.view.hello = NULL;
    assert_no_match(&k, version, AK_ANSWER_NO, "has-client-hello");
    k.c.hole = true;
    assert_no_match(&k, version, AK_ANSWER_LACK, "has-client-hello");
}

static void old_builds(void **state)
{
    (void)state;
    static const struct {
        uint8_t major, minor;
        uint16_t third;
        enum ak_grade grade; /* NONE: no match */
    } rows[] = {
        {11, 0, 6020, AK_GRADE_LIKELY},
        {11, 0, 7001, AK_GRADE_NONE},
        {9, 0, 5000, AK_GRADE_LIKELY},
        {10, 50, 4000, AK_GRADE_POSSIBLE}, /* the borders of its range are less sure */
        {16, 0, 1000, AK_GRADE_NONE},
        {99, 0, 1, AK_GRADE_NONE},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct known k;
        refused_at_p3(&k, 0);
        known_tds(&k, 1, 1);
        k.tds.has_server_version = true;
        k.tds.server_version[0] = rows[i].major;
        k.tds.server_version[1] = rows[i].minor;
        k.tds.server_build[0] = rows[i].third;
        if (rows[i].grade == AK_GRADE_NONE) {
            assert_no_match(&k, build, AK_ANSWER_NO, "build-lacks-tls12");
            continue;
        }
        assert_match(&k, build, rows[i].grade, AK_CHANGE_SERVER);
        assert_non_null(known_fact(&k, AK_FACT_SERVER_BUILD));
    }
}

static void old_build(struct known *k)
{
    known_tds(k, 1, 1);
    k->tds.has_server_version = true;
    k->tds.server_version[0] = 11;
    k->tds.server_build[0] = 6020;
}

static void an_old_build_needs_a_client_that_wants_more(void **state)
{
    (void)state;
    struct known k;
    refused_at_p3(&k, 0);
    old_build(&k);
    assert_match(&k, build, AK_GRADE_LIKELY, AK_CHANGE_SERVER);
    assert_string_equal(known_fact(&k, AK_FACT_SERVER_BUILD)->text, "11.0.6020");
    k.hello.min_version = 0x0301; /* TLS 1.0 would have done */
    assert_no_match(&k, build, AK_ANSWER_NO, "client-wants-tls12");
    known_old_hello(&k, 0x0303); /* its minimum is not told */
    assert_match(&k, build, AK_GRADE_LIKELY, AK_CHANGE_SERVER);
    known_old_hello(&k, 0x0301);
    assert_no_match(&k, build, AK_ANSWER_NO, "client-wants-tls12");
    left_at_p4(&k, 70);
    old_build(&k);
    known_server_hello(&k, 0x0301, 0x002f);
    assert_match(&k, build, AK_GRADE_LIKELY, AK_CHANGE_SERVER);
    left_at_p4(&k, 48); /* another reason */
    old_build(&k);
    assert_no_match(&k, build, AK_ANSWER_NO, NULL);
    refused_at_p3(&k, 0);
    known_tds(&k, 1, 1); /* a reply without VERSION */
    assert_no_match(&k, build, AK_ANSWER_LACK, "build-lacks-tls12");
}

static void suites_by_alert(void **state)
{
    (void)state;
    struct known k;
    refused_at_p3(&k, 71);
    assert_match(&k, suite, AK_GRADE_LIKELY, AK_CHANGE_BOTH);
    assert_int_equal(k.match.rival_count, 0);
    refused_at_p3(&k, 40);
    assert_match(&k, suite, AK_GRADE_POSSIBLE, AK_CHANGE_BOTH);
    assert_true(known_rival(&k, "signature-algorithm-mismatch"));
    assert_int_equal(known_fact(&k, AK_FACT_OFFERED_SUITES)->a, 4);
    refused_at_p3(&k, 50);
    assert_no_match(&k, suite, AK_ANSWER_NO, "suites-were-refused");
    refused_at_p3(&k, 0);
    assert_no_match(&k, suite, AK_ANSWER_LACK, "suites-were-refused");
    refused_at_p3(&k, 40);
    k.c.closed_by = AK_SIDE_CLIENT;
    assert_no_match(&k, suite, AK_ANSWER_NO, "server-closed-first");
    k.c.stage = AK_STAGE_P4;
    assert_no_match(&k, suite, AK_ANSWER_NO, "ended-after-client-hello");
}

static void server_chose(struct known *k, uint16_t tls_version, uint16_t code)
{
    k->server.suite[k->server.suite_count].version = tls_version;
    k->server.suite[k->server.suite_count].suite = code;
    k->server.suite[k->server.suite_count++].id = 7;
    k->view.server = &k->server;
}

static void suites_by_what_others_got(void **state)
{
    (void)state;
    struct known k;
    refused_at_p3(&k, 0);
    server_chose(&k, 0x0303, 0xc030); /* not among the client's */
    assert_match(&k, suite, AK_GRADE_LIKELY, AK_CHANGE_BOTH);
    assert_int_equal(known_fact(&k, AK_FACT_SERVER_CHOSE)->a, 0xc030);
    assert_int_equal(known_fact(&k, AK_FACT_SERVER_CHOSE)->b, 7);
    server_chose(&k, 0x0303, 0xc02f); /* this one is */
    assert_no_match(&k, suite, AK_ANSWER_NO, "suites-were-refused");
    refused_at_p3(&k, 40);
    server_chose(&k, 0x0303, 0xc02f);
    assert_no_match(&k, suite, AK_ANSWER_NO, "suites-were-refused");
    refused_at_p3(&k, 0); /* chosen at a version that this client does not offer */
    server_chose(&k, 0x0301, 0x0035);
    assert_no_match(&k, suite, AK_ANSWER_LACK, "suites-were-refused");
}

static void groups(void **state)
{
    (void)state;
    static const uint8_t refusals[] = {40, 47, 109};
    struct known k;
    refused_at_p3(&k, 0); /* a retry request for what the client has not */
    k.tls.hello_retry = true;
    k.tls.retry_group = 0x0018;
    assert_match(&k, group, AK_GRADE_LIKELY, AK_CHANGE_BOTH);
    assert_int_equal(known_fact(&k, AK_FACT_SERVER_GROUP)->a, 0x0018);
    k.tls.retry_group = 0x0017;
    assert_no_match(&k, group, AK_ANSWER_LACK, "groups-are-disjoint");
    left_at_p4(&k, 47); /* the server chose what was not offered */
    k.tls.group = 0x0019;
    assert_match(&k, group, AK_GRADE_LIKELY, AK_CHANGE_BOTH);
    k.c.alert_count = 0;
    assert_no_match(&k, group, AK_ANSWER_NO, "groups-are-disjoint");
    for (size_t i = 0; i < AK_COUNT(refusals); i++) { /* what it uses with others */
        refused_at_p3(&k, refusals[i]);
        k.server.group[k.server.group_count++] = 0x0018;
        k.view.server = &k.server;
        assert_match(&k, group, AK_GRADE_LIKELY, AK_CHANGE_BOTH);
        k.server.group[k.server.group_count++] = 0x001d;
        assert_no_match(&k, group, AK_ANSWER_LACK, "groups-are-disjoint");
    }
    refused_at_p3(&k, 40);
    k.hello.has_groups = false;
    assert_no_match(&k, group, AK_ANSWER_NO, "groups-are-disjoint");
}

static void alpn_names(void **state)
{
    (void)state;
    struct known k;
    refused_at_p3(&k, 120);
    k.hello.alpn = "h2,tds/8.0";
    assert_match(&k, alpn, AK_GRADE_LIKELY, AK_CHANGE_BOTH);
    assert_string_equal(known_fact(&k, AK_FACT_OFFERED_PROTOCOLS)->text, "h2,tds/8.0");
    refused_at_p3(&k, 40);
    assert_no_match(&k, alpn, AK_ANSWER_NO, "alert-120");
    left_at_p4(&k, 120); /* of the client: it cannot mean this */
    assert_no_match(&k, alpn, AK_ANSWER_NO, "alert-120");
}

static void signed_with(struct known *k, enum ak_sign_hash hash, enum ak_key_type key)
{
    known_leaf(k);
    k->leaf.facts.sign_hash = hash;
    k->leaf.facts.sign_key = key;
}

/* Weak hashes have a rule of their own; the other one takes all others. */
static void signatures_the_client_does_not_list(void **state)
{
    (void)state;
    static const struct {
        enum ak_sign_hash hash;
        enum ak_key_type key;
        bool listed, weak;
    } rows[] = {
        {AK_SIGN_HASH_SHA256, AK_KEY_RSA, true, false},
        {AK_SIGN_HASH_SHA256, AK_KEY_EC, true, false},
        {AK_SIGN_HASH_SHA384, AK_KEY_RSA, false, false},
        {AK_SIGN_HASH_SHA1, AK_KEY_RSA, false, false},
        {AK_SIGN_HASH_SHA256, AK_KEY_DSA, false, false},
        {AK_SIGN_HASH_SHA512, AK_KEY_RSA, false, true},
        {AK_SIGN_HASH_MD5, AK_KEY_RSA, false, true},
        {AK_SIGN_HASH_SHA224, AK_KEY_EC, false, true},
        {AK_SIGN_HASH_OTHER, AK_KEY_RSA, true, false}, /* nothing is known of it */
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct known k;
        left_at_p4(&k, i % 2 ? 43 : 0);
        signed_with(&k, rows[i].hash, rows[i].key);
        const struct ak_rule *yes = rows[i].weak ? weak : signature;
        const struct ak_rule *no = rows[i].weak ? signature : weak;
        assert_int_equal(known_ask(&k, no), AK_ANSWER_NO);
        if (rows[i].listed) {
            assert_int_equal(known_ask(&k, yes), AK_ANSWER_NO);
            continue;
        }
        assert_match(&k, yes, AK_GRADE_LIKELY, AK_CHANGE_SERVER);
        assert_non_null(known_fact(&k, AK_FACT_SIGNED_WITH));
        k.leaf.facts.self_signed = true; /* its own signature is not held against it */
        assert_int_equal(known_ask(&k, yes), AK_ANSWER_NO);
    }
}

static void a_server_that_shows_others_its_certificate(void **state)
{
    (void)state;
    struct known k;
    static struct ak_certificate good, bad;
    refused_at_p3(&k, 40);
    assert_no_match(&k, signature, AK_ANSWER_LACK, "client-lacks-certificate-signature");
    known_leaf(&k);
    good = bad = k.leaf;
    k.view.leaf = NULL;
    bad.facts.sign_hash = AK_SIGN_HASH_SHA384;
    k.server.leaf[k.server.leaf_count++] = &bad;
    k.view.server = &k.server;
    assert_match(&k, signature, AK_GRADE_LIKELY, AK_CHANGE_SERVER);
    assert_int_equal(known_fact(&k, AK_FACT_CERTIFICATE)->frame, 0); /* seen elsewhere */
    k.server.leaf[k.server.leaf_count++] = &good;                    /* one that it would take */
    assert_no_match(&k, signature, AK_ANSWER_NO, "client-lacks-certificate-signature");
    k.server.leaf_count = 1;
    known_alert(&k, AK_SIDE_SERVER, 70);
    k.c.alert[0].code = 70;
    assert_no_match(&k, signature, AK_ANSWER_NO, "client-lacks-certificate-signature");
}

static void signatures_need_a_client_that_lists_them(void **state)
{
    (void)state;
    struct known k;
    left_at_p4(&k, 0);
    signed_with(&k, AK_SIGN_HASH_SHA384, AK_KEY_RSA);
    k.hello.has_signature_algorithms = false;
    assert_no_match(&k, signature, AK_ANSWER_NO, "client-lacks-certificate-signature");
    k.hello.has_signature_algorithms = true;
    k.hello.max_version = 0x0302;
    assert_no_match(&k, signature, AK_ANSWER_NO, "client-lacks-certificate-signature");
    left_at_p4(&k, 48); /* unknown_ca is another complaint */
    signed_with(&k, AK_SIGN_HASH_SHA384, AK_KEY_RSA);
    assert_no_match(&k, signature, AK_ANSWER_NO, "client-lacks-certificate-signature");
    left_at_p4(&k, 0);
    signed_with(&k, AK_SIGN_HASH_SHA384, AK_KEY_RSA);
    k.c.close = AK_CLOSE_TIMEOUT;
    assert_no_match(&k, signature, AK_ANSWER_NO, "client-lacks-certificate-signature");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(version_refused_by_the_server),
        cmocka_unit_test(version_refused_by_the_client),
        cmocka_unit_test(version_needs_a_failed_handshake_and_a_hello),
        cmocka_unit_test(old_builds),
        cmocka_unit_test(an_old_build_needs_a_client_that_wants_more),
        cmocka_unit_test(suites_by_alert),
        cmocka_unit_test(suites_by_what_others_got),
        cmocka_unit_test(groups),
        cmocka_unit_test(alpn_names),
        cmocka_unit_test(signatures_the_client_does_not_list),
        cmocka_unit_test(a_server_that_shows_others_its_certificate),
        cmocka_unit_test(signatures_need_a_client_that_lists_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
