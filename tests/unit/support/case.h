/* Conversations made by hand for the tests of rules: what a rule looks at, member by member.
 *
 * Everything lives in one struct known; shapes and certificates are static and never freed (their
 * count of references stays high). A test begins with known_begin, adds parts, changes members and
 * asks a rule, or gives `c` to a diagnosis.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_TESTS_SUPPORT_CASE_H
#define AK_TESTS_SUPPORT_CASE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "diagnose/diagnosis.h"
#include "diagnose/knowledge.h"
#include "diagnose/predicates.h"
#include "diagnose/rule.h"
#include "diagnose/rules.h"

enum { MANY_REFERENCES = 1000 };

struct known {
    struct ak_conversation c;
    struct ak_tls_seen tls;
    struct ak_tds_seen tds;
    struct ak_hello_shape hello;
    struct ak_certificate leaf;
    struct ak_server_known server;
    struct ak_pair_known pair;
    struct ak_view view;
    struct ak_match match;
    const struct ak_predicate *failed;
};

static const int64_t known_start = INT64_C(1700000000) * 1000000000; /* 2023-11-14T22:13:20Z */

static inline void known_begin(struct known *k, enum ak_protocol protocol, enum ak_outcome outcome,
                               enum ak_stage stage, enum ak_side closed_by, enum ak_close close)
{
    static const uint8_t client[4] = {192, 0, 2, 5}, server[4] = {192, 0, 2, 9};
    memset(k, 0, sizeof *k);
    struct ak_conversation *c = &k->c;
    c->id = 1;
    static const struct ak_source source = {"case", 1, NULL, NULL, 0};
    c->source = &source;
    c->first_frame = 1;
    c->last_frame = 9;
    c->first_time = known_start;
    c->last_time = known_start + 1000000000;
    c->protocol = protocol;
    c->outcome = outcome;
    c->stage = stage;
    c->closed_by = closed_by;
    c->close = close;
    c->tcp_end_by = AK_SIDE_NONE;
    for (int side = 0; side < AK_SIDES; side++) {
        c->end[side].version = 4;
        c->end[side].port = (uint16_t)(side ? 1433 : 50000);
        memcpy(c->end[side].address, side ? server : client, 4);
        c->side[side].packets = 5;
    }
    k->view.c = c;
}

/* The first occurrence of a step, `ms` after the first frame. */
static inline void known_step(struct known *k, enum ak_step step, uint64_t frame, int64_t ms)
{
    k->c.step[step].frame = frame;
    k->c.step[step].time = known_start + ms * 1000000;
    if (k->c.step[step].time > k->c.last_time)
        k->c.last_time = k->c.step[step].time;
}

static inline void known_end(struct known *k, enum ak_side by, bool rst, int64_t ms)
{
    k->c.tcp_end_by = by;
    k->c.tcp_end_rst = rst;
    known_step(k, rst ? AK_STEP_RST : AK_STEP_FIN, 9, ms);
}

/* A TLS 1.2 and 1.3 client with usual lists. */
static inline void known_tls(struct known *k)
{
    static const uint16_t suites[] = {0x1301, 0xc02f, 0x009e, 0x002f}, groups[] = {0x001d, 0x0017};
    static const uint16_t signatures[] = {0x0403, 0x0401, 0x0804}, versions[] = {0x0304, 0x0303};
    struct ak_hello_shape *h = &k->hello;
    h->references = MANY_REFERENCES;
    h->alpn = "";
    h->legacy_version = 0x0303;
    h->max_version = 0x0304;
    h->min_version = 0x0303;
    h->cipher_suites = (struct ak_u16_list){suites, AK_COUNT(suites)};
    h->has_groups = true;
    h->groups = (struct ak_u16_list){groups, AK_COUNT(groups)};
    h->has_signature_algorithms = true;
    h->signature_algorithms = (struct ak_u16_list){signatures, AK_COUNT(signatures)};
    h->has_supported_versions = true;
    h->supported_versions = (struct ak_u16_list){versions, AK_COUNT(versions)};
    k->tls.hello = h;
    k->tls.client_hellos = 1;
    k->c.tls = &k->tls;
    k->view.tls = &k->tls;
    k->view.hello = h;
    known_step(k, AK_STEP_CLIENT_HELLO, 4, 3);
}

/* The client that offers nothing above this version, without supported_versions. */
static inline void known_old_hello(struct known *k, uint16_t version)
{
    k->hello.legacy_version = version;
    k->hello.max_version = version;
    k->hello.min_version = 0;
    k->hello.has_supported_versions = false;
}

static inline void known_server_hello(struct known *k, uint16_t version, uint16_t suite)
{
    k->tls.has_server_hello = true;
    k->tls.server_hellos = 1;
    k->tls.version = k->tls.version_code = version;
    k->tls.cipher_suite = suite;
    known_step(k, AK_STEP_SERVER_HELLO, 5, 4);
}

static inline void known_leaf(struct known *k)
{
    struct ak_x509 *x = &k->leaf.facts;
    k->leaf.references = MANY_REFERENCES;
    k->leaf.readable = true;
    (void)snprintf(x->subject, sizeof x->subject, "CN=sql01.example");
    (void)snprintf(x->subject_cn, sizeof x->subject_cn, "sql01.example");
    (void)snprintf(x->issuer, sizeof x->issuer, "CN=Root");
    (void)snprintf(x->signature_algorithm, sizeof x->signature_algorithm,
                   "sha256WithRSAEncryption");
    x->not_before = known_start / 1000000000 - 1000;
    x->not_after = known_start / 1000000000 + 1000;
    x->key_type = AK_KEY_RSA;
    x->key_bits = 2048;
    x->sign_hash = AK_SIGN_HASH_SHA256;
    x->sign_key = AK_KEY_RSA;
    k->tls.chain[0] = &k->leaf;
    k->tls.chain_count = k->tls.chain_sent = 1;
    k->tls.certificate_message = true;
    k->view.leaf = &k->leaf;
    known_step(k, AK_STEP_CERTIFICATE, 5, 4);
}

static inline void known_tds(struct known *k, uint8_t client, uint8_t server)
{
    k->tds.has_prelogin = k->tds.has_client_encryption = true;
    k->tds.client_encryption = client;
    k->tds.has_reply = k->tds.has_server_encryption = true;
    k->tds.server_encryption = server;
    k->c.tds = &k->tds;
    k->view.tds = &k->tds;
    known_step(k, AK_STEP_PRELOGIN, 4, 2);
    known_step(k, AK_STEP_PRELOGIN_REPLY, 5, 3);
}

static inline void known_alert(struct known *k, enum ak_side by, uint8_t code)
{
    struct ak_alert alert = {by, 2, code, 8};
    k->c.alert[k->c.alert_count++] = alert;
    known_step(k, AK_STEP_ALERT, 8, 5);
}

#define KNOWN_TEXT(words) ((char *)(uintptr_t)(words))

/* A refused handshake inside of TDS, with every text that a conversation may own. */
static inline void known_whole(struct known *k)
{
    known_begin(k, AK_PROTOCOL_TDS, AK_OUTCOME_FAILED, AK_STAGE_P4, AK_SIDE_SERVER, AK_CLOSE_FIN);
    known_tls(k);
    known_leaf(k);
    known_tds(k, 1, 1);
    known_alert(k, AK_SIDE_SERVER, 40);
    k->tls.server_name = KNOWN_TEXT("sql01");
    k->tls.server_alpn = KNOWN_TEXT("tds/8.0");
    k->tds.instance = KNOWN_TEXT("a");
    k->tds.host = KNOWN_TEXT("b");
    k->tds.application = KNOWN_TEXT("c");
    k->tds.library = KNOWN_TEXT("d");
    k->tds.login_server = KNOWN_TEXT("e");
    k->tds.database = KNOWN_TEXT("f");
    k->tds.language = KNOWN_TEXT("g");
    k->tds.error_text = KNOWN_TEXT("h");
    k->tds.routing_server = KNOWN_TEXT("i");
    k->tds.program = KNOWN_TEXT("j");
}

/* Puts the conversation to one rule, as a diagnosis does. */
static inline enum ak_answer known_ask(struct known *k, const struct ak_rule *rule)
{
    memset(&k->match, 0, sizeof k->match);
    k->failed = NULL;
    for (size_t i = 0; i < AK_RULE_PREDICATES && rule->predicates[i] != NULL; i++) {
        enum ak_answer answer = rule->predicates[i]->holds(&k->view);
        if (answer != AK_ANSWER_YES) {
            k->failed = rule->predicates[i];
            return answer;
        }
    }
    k->match.severity = rule->severity;
    k->match.exposure = rule->class == AK_RULE_EXPOSURE;
    rule->judge(&k->view, &k->match);
    return k->match.grade == AK_GRADE_NONE ? AK_ANSWER_NO : AK_ANSWER_YES;
}

static inline void assert_match(struct known *k, const struct ak_rule *rule, enum ak_grade grade,
                                enum ak_change_side side)
{
    enum ak_answer answer = known_ask(k, rule);
    if (answer != AK_ANSWER_YES)
        fail_msg("%s does not match: %s", rule->id, k->failed ? k->failed->id : "its judge");
    assert_string_equal(ak_grade_name(k->match.grade), ak_grade_name(grade));
    assert_string_equal(ak_change_side_name(k->match.side), ak_change_side_name(side));
}

/* `failed` NULL: the judge itself declined. */
static inline void assert_no_match(struct known *k, const struct ak_rule *rule,
                                   enum ak_answer answer, const char *failed)
{
    assert_int_equal(known_ask(k, rule), answer);
    if (failed == NULL) {
        assert_null(k->failed);
        return;
    }
    assert_non_null(k->failed);
    assert_string_equal(k->failed->id, failed);
    if (answer == AK_ANSWER_LACK)
        assert_non_null(k->failed->lack);
}

static inline const struct ak_fact *known_fact(const struct known *k, enum ak_fact_kind kind)
{
    for (size_t i = 0; i < k->match.fact_count; i++)
        if (k->match.facts[i].kind == kind)
            return &k->match.facts[i];
    return NULL;
}

static inline bool known_rival(const struct known *k, const char *id)
{
    for (size_t i = 0; i < k->match.rival_count; i++)
        if (strcmp(k->match.rivals[i], id) == 0)
            return true;
    return false;
}

static inline bool known_lacks(const struct known *k, const char *id)
{
    for (size_t i = 0; i < k->match.lack_count; i++)
        if (strcmp(k->match.lacks[i], id) == 0)
            return true;
    return false;
}

#endif
