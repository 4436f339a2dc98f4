/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/offers.h"

#include "support/case.h"

struct asked {
    struct known k;
    struct ak_offer offer;
};

/* A refused ClientHello of a check, and the server's offer: `cause` was found to decide. */
static void begin(struct asked *a, enum ak_hello_part cause)
{
    memset(&a->offer, 0, sizeof a->offer);
    known_begin(&a->k, AK_PROTOCOL_TLS, AK_OUTCOME_FAILED, AK_STAGE_P3, AK_SIDE_SERVER,
                AK_CLOSE_FIN);
    known_tls(&a->k);
    known_end(&a->k, AK_SIDE_SERVER, false, 5);
    a->offer.end = a->k.c.end[AK_SIDE_SERVER];
    a->offer.source = a->k.c.source;
    a->offer.asked = a->offer.refused = true;
    a->offer.cause = (uint8_t)cause;
    a->offer.proof.also = AK_HELLO_PARTS;
    a->k.view.offer = &a->offer;
}

static void accept(struct asked *a, uint16_t version, uint16_t suite)
{
    struct ak_offer_version *v = &a->offer.version[ak_offer_version_at(version)];
    v->tried = AK_TRIED_ACCEPTED;
    if (suite != 0)
        v->suites[v->suite_count++] = suite;
}

static void prove(struct asked *a, enum ak_hello_part part, uint16_t code, bool completed)
{
    struct ak_offer_proof proof = {
        true, (uint8_t)part, code, AK_HELLO_PARTS, 0, completed, 0x0301, 0x002f, 0, 7};
    a->offer.proof = proof;
}

static const struct ak_fact *fact(const struct asked *a, enum ak_fact_kind kind)
{
    return known_fact(&a->k, kind);
}

static void tell(struct asked *a, enum ak_hello_part part)
{
    memset(&a->k.match, 0, sizeof a->k.match);
    ak_offer_facts(&a->k.match, &a->k.view, part);
}

/* ---- what an offer decides ---- */

static void only_what_was_asked_with_this_hello_decides(void **state)
{
    static struct ak_source capture = {"trace.pcap", 1, NULL, NULL, 0};
    struct asked a;
    (void)state;
    begin(&a, AK_HELLO_SUITES);
    assert_true(ak_offer_decided(&a.k.view));
    assert_int_equal(ak_offer_decides(&a.k.view, AK_HELLO_SUITES), AK_ANSWER_YES);
    assert_int_equal(ak_offer_decides(&a.k.view, AK_HELLO_VERSIONS), AK_ANSWER_NO);
    a.k.c.source = &capture; /* another client's conversation, read beside the check */
    assert_int_equal(ak_offer_decides(&a.k.view, AK_HELLO_SUITES), AK_ANSWER_LACK);
    begin(&a, AK_HELLO_PARTS); /* nothing was found */
    assert_false(ak_offer_decided(&a.k.view));
    begin(&a, AK_HELLO_SUITES);
    a.offer.refused = false; /* it failed only once */
    assert_int_equal(ak_offer_decides(&a.k.view, AK_HELLO_SUITES), AK_ANSWER_LACK);
    a.k.view.offer = NULL;
    assert_int_equal(ak_offer_decides(&a.k.view, AK_HELLO_SUITES), AK_ANSWER_LACK);
}

/* ---- facts ---- */

static void versions_are_told(void **state)
{
    struct asked a;
    (void)state;
    begin(&a, AK_HELLO_VERSIONS);
    accept(&a, 0x0301, 0);
    accept(&a, 0x0302, 0);
    a.offer.version[ak_offer_version_at(0x0303)].tried = AK_TRIED_REFUSED;
    a.offer.version[ak_offer_version_at(0x0304)].tried = AK_TRIED_UNCLEAR;
    prove(&a, AK_HELLO_VERSIONS, 0x0301, true);
    tell(&a, AK_HELLO_VERSIONS);
    const struct ak_fact *f = fact(&a, AK_FACT_ASKED_VERSIONS);
    assert_non_null(f);
    assert_string_equal(f->text, "1.0, 1.1");
    assert_int_equal(f->a, 1 << ak_offer_version_at(0x0303));
    f = fact(&a, AK_FACT_ASKED_PROOF);
    assert_string_equal(f->text, "TLS 1.0, TLS_RSA_WITH_AES_128_CBC_SHA");
    assert_int_equal(f->a, (int64_t)AK_HELLO_VERSIONS << 16 | 0x0301);
    assert_int_equal(f->b, 7);
    assert_null(fact(&a, AK_FACT_ASKED_ALSO));
    tell(&a, AK_HELLO_SUITES); /* that is not what decides */
    assert_int_equal(a.k.match.fact_count, 0);
}

static void suites_of_the_newest_version_are_told(void **state)
{
    struct asked a;
    (void)state;
    begin(&a, AK_HELLO_SUITES);
    accept(&a, 0x0301, 0x000a);
    accept(&a, 0x0303, 0x009e);
    accept(&a, 0x0303, 0x0035);
    prove(&a, AK_HELLO_SUITES, 0x009e, false);
    a.offer.version[ak_offer_version_at(0x0303)].suites_complete = true;
    tell(&a, AK_HELLO_SUITES);
    const struct ak_fact *f = fact(&a, AK_FACT_ASKED_SUITES);
    assert_string_equal(f->text,
                        "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256, TLS_RSA_WITH_AES_256_CBC_SHA");
    assert_int_equal(f->a, 0x0303);
    assert_int_equal(f->b, 1);
    assert_int_equal(fact(&a, AK_FACT_ASKED_PART)->a, AK_HELLO_SUITES);
    assert_int_equal(fact(&a, AK_FACT_ASKED_PROOF)->b, -7); /* only the server's flight came */
}

static void a_second_change_is_told(void **state)
{
    struct asked a;
    (void)state;
    begin(&a, AK_HELLO_VERSIONS);
    prove(&a, AK_HELLO_VERSIONS, 0x0303, true);
    a.offer.proof.also = AK_HELLO_SUITES;
    a.offer.proof.also_code = 0xc02f;
    tell(&a, AK_HELLO_VERSIONS);
    assert_int_equal(fact(&a, AK_FACT_ASKED_ALSO)->a, 0xc02f);
}

/* What has no room is left out whole, never cut. */
static void long_lists_are_cut_between_names(void **state)
{
    struct asked a;
    struct ak_offer_version *v = &a.offer.version[ak_offer_version_at(0x0303)];
    (void)state;
    begin(&a, AK_HELLO_SUITES);
    for (uint16_t code = 0xc000; v->suite_count < AK_MAX_OFFER_SUITES && code < 0xc100; code++)
        if (ak_cipher_suite_find(code) != NULL)
            accept(&a, 0x0303, code);
    tell(&a, AK_HELLO_SUITES);
    const char *text = fact(&a, AK_FACT_ASKED_SUITES)->text;
    const char *last = strrchr(text, ' ');
    assert_true(strlen(text) > 100 && strlen(text) < AK_FACT_TEXT);
    assert_non_null(last);
    bool whole = false;
    for (size_t i = 0; i < v->suite_count; i++)
        whole = whole || strcmp(ak_cipher_suite_find(v->suites[i])->name, last + 1) == 0;
    assert_true(whole);
}

/* ---- rules ---- */

/* A silent close is "possible" in a capture, and certain when the server was asked. */
static void asking_makes_rules_certain(void **state)
{
    static const struct {
        const struct ak_rule *rule;
        enum ak_hello_part part;
    } rows[] = {
        {&ak_rule_no_common_version, AK_HELLO_VERSIONS},
        {&ak_rule_no_common_suite, AK_HELLO_SUITES},
    };
    (void)state;
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct asked a;
        begin(&a, rows[i].part);
        accept(&a, 0x0301, 0x002f);
        assert_int_equal(known_ask(&a.k, rows[i].rule), AK_ANSWER_YES);
        assert_int_equal(a.k.match.grade, AK_GRADE_CERTAIN);
        a.offer.cause = (uint8_t)(rows[i].part + 1); /* another part decides: not this rule */
        assert_int_not_equal(known_ask(&a.k, rows[i].rule), AK_ANSWER_YES);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_was_asked_with_this_hello_decides),
        cmocka_unit_test(versions_are_told),
        cmocka_unit_test(suites_of_the_newest_version_are_told),
        cmocka_unit_test(a_second_change_is_told),
        cmocka_unit_test(long_lists_are_cut_between_names),
        cmocka_unit_test(asking_makes_rules_certain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
