/* Lines of kind "endpoint", member by member and against the table of fields. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "report/check.h"

#include "observe/fields.h"
#include "support/json_check.h"
#include "support/report.h"

static struct ak_check_report report;
static struct ak_probe_result result;
static struct ak_offer offer;
static struct known leaf;

static void begin(void)
{
    memset(&report, 0, sizeof report);
    memset(&result, 0, sizeof result);
    memset(&offer, 0, sizeof offer);
    known_begin(&leaf, AK_PROTOCOL_TLS, AK_OUTCOME_ESTABLISHED, AK_STAGE_P5B, AK_SIDE_CLIENT,
                AK_CLOSE_FIN);
    known_leaf(&leaf);
    report.name = "sql01";
    report.scheme = "tds";
    report.client = "openssl-3.0";
    report.node_count = 1;
    report.node[0].end = leaf.c.end[AK_SIDE_SERVER];
    report.node[0].offer = &offer;
    report.node[0].result = &result;
    offer.cause = offer.proof.also = AK_HELLO_PARTS;
    offer.attempts = 3;
    result.began = 1000;
}

static const char *line(void)
{
    ak_text_clear(&out);
    ak_jsonl_check(&report, &out);
    const char *all = text();
    assert_json(all);
    assert_ptr_equal(strchr(all, '\n'), all + strlen(all) - 1);
    return all;
}

static void full(void)
{
    begin();
    offer.worked = 1;
    offer.failed = 2;
    offer.tds7 = AK_TRIED_ACCEPTED;
    offer.strict = AK_TRIED_REFUSED;
    offer.encryption_off = AK_TRIED_REFUSED;
    offer.zero = AK_ZERO_CORRECT;
    offer.zero_connections = 2;
    offer.rare = true;
    offer.version[ak_offer_version_at(0x0301)].tried = AK_TRIED_REFUSED;
    struct ak_offer_version *v = &offer.version[ak_offer_version_at(0x0303)];
    v->tried = AK_TRIED_ACCEPTED;
    v->suites_complete = true;
    v->suites[v->suite_count++] = 0xc02f;
    v->suites[v->suite_count++] = 0x7777; /* nobody knows it */
    offer.widened[AK_HELLO_SUITES] = AK_TRIED_ACCEPTED;
    offer.widened[AK_HELLO_GROUPS] = AK_TRIED_REFUSED;
    offer.cause = AK_HELLO_SUITES;
    struct ak_offer_proof proof = {true, AK_HELLO_SUITES, 0xc02f, AK_HELLO_PARTS, 0,
                                   true, 0x0303,          0xc02f, 0x0017,         9};
    offer.proof = proof;
    result.end = AK_PROBE_END_ALERT;
    result.stage = AK_STAGE_P3;
    result.alert.code = 40;
    result.step[AK_STEP_SYN_ACK] = 1500;
    result.step[AK_STEP_PRELOGIN_REPLY] = 2000;
    result.ended = 9000;
    result.has_reply = result.has_encryption = true;
    result.version_major = 16;
    result.build = 4135;
    result.encryption = 1;
    result.chain_count = 1;
    result.chain[0] = &leaf.leaf;
    (void)snprintf(result.reason, sizeof result.reason, "\x1b\"|\n");
    report.repetition.made = 100;
    report.repetition.failed = 1;
    report.repetition.step[AK_CHECK_HELLO].count = 100;
    report.repetition.step[AK_CHECK_HELLO].most = 77;
}

static void a_refused_client(void **state)
{
    static const struct {
        const char *path, *value;
    } rows[] = {
        {"akushu.kind", "\"endpoint\""},
        {"akushu.schema", "1"},
        {"akushu.endpoint.name", "\"sql01\""},
        {"akushu.endpoint.scheme", "\"tds\""},
        {"akushu.endpoint.client", "\"openssl-3.0\""},
        {"akushu.endpoint.connections", "3"},
        {"akushu.endpoint.worked", "1"},
        {"akushu.endpoint.failed", "2"},
        {"akushu.endpoint.end", "\"alert\""},
        {"akushu.endpoint.stage", "\"P3\""},
        {"akushu.endpoint.alert", "40"},
        {"akushu.endpoint.reason", "\"\\u001b\\\"|\\u000a\""},
        {"akushu.endpoint.nanoseconds.connected", "500"},
        {"akushu.endpoint.nanoseconds.prelogin_reply", "1000"},
        {"akushu.endpoint.nanoseconds.server_hello", NULL},
        {"akushu.endpoint.nanoseconds.ended", "8000"},
        {"akushu.endpoint.server_build", "\"16.0.4135\""},
        {"akushu.endpoint.encryption", "\"on\""},
        {"akushu.endpoint.encryption_forced", "true"},
        {"akushu.endpoint.tds7", "\"accepted\""},
        {"akushu.endpoint.strict", "\"refused\""},
        {"akushu.endpoint.versions[0].version", "\"1.0\""},
        {"akushu.endpoint.versions[0].tried", "\"refused\""},
        {"akushu.endpoint.versions[1].version", "\"1.2\""},
        {"akushu.endpoint.versions[1].ciphers",
         "[\"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\",\"?\"]"},
        {"akushu.endpoint.versions[1].complete", "true"},
        {"akushu.endpoint.versions[2]", NULL}, /* what was not tried is not there */
        {"akushu.endpoint.widened[0].part", "\"cipher-suites\""},
        {"akushu.endpoint.widened[1].tried", "\"refused\""},
        {"akushu.endpoint.decides", "\"cipher-suites\""},
        {"akushu.endpoint.proof.part", "\"cipher-suites\""},
        {"akushu.endpoint.proof.completed", "true"},
        {"akushu.endpoint.proof.version", "\"1.2\""},
        {"akushu.endpoint.proof.cipher", "\"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\""},
        {"akushu.endpoint.proof.curve", "\"secp256r1\""},
        {"akushu.endpoint.leading_zero", "\"correct\""},
        {"akushu.endpoint.leading_zero_connections", "2"},
        {"akushu.endpoint.rare_suites", "true"},
        {"akushu.endpoint.repetition.made", "100"},
        {"akushu.endpoint.repetition.failed", "1"},
        {"akushu.endpoint.repetition.failed_interval_95", "\"0.000253-0.054459\""},
        {"akushu.endpoint.repetition.steps[0].step", "\"hello\""},
        {"akushu.endpoint.repetition.steps[0].most", "77"},
        {"akushu.endpoint.repetition.steps[1]", NULL},
        {"event.kind", "\"event\""},
        {"event.category", "[\"network\"]"},
        {"server.ip", "\"192.0.2.9\""},
        {"server.port", "1433"},
        {"tls.server.x509.public_key_size", "2048"},
    };
    (void)state;
    full();
    const char *all = line();
    for (size_t i = 0; i < AK_COUNT(rows); i++)
        assert_json_at(all, rows[i].path, rows[i].value);
}

static void the_least_line(void **state)
{
    static const char *const absent[] = {"alert",        "reason",      "server_build",
                                         "encryption",   "tds7",        "encryption_forced",
                                         "strict",       "decides",     "proof",
                                         "leading_zero", "repetition",  "login",
                                         "login_error",  "rare_suites", "leading_zero_connections"};
    (void)state;
    begin();
    result.ended = 1000;
    const char *all = line();
    for (size_t i = 0; i < AK_COUNT(absent); i++) {
        char path[64];
        (void)snprintf(path, sizeof path, "akushu.endpoint.%s", absent[i]);
        assert_json_at(all, path, NULL);
    }
    assert_json_at(all, "akushu.endpoint.versions", "[]");
    assert_json_at(all, "tls", NULL);
    report.node[0].result = NULL; /* interrupted before an answer came */
    offer.attempts = 1;
    assert_json_at(line(), "akushu.endpoint.end", "\"stopped\"");
    offer.attempts = 0; /* ... before it was asked */
    assert_json_at(line(), "akushu.endpoint.end", NULL);
}

static void every_address_is_a_line(void **state)
{
    (void)state;
    full();
    report.node_count = 3;
    report.node[1] = report.node[2] = report.node[0];
    report.node[1].offer = NULL; /* never begun */
    report.node[2].end.address[3] = 10;
    ak_text_clear(&out);
    ak_jsonl_check(&report, &out);
    size_t lines = 0;
    for (const char *p = text(); *p != '\0'; p++)
        lines += *p == '\n';
    assert_int_equal(lines, 2);
    assert_has("\"ip\":\"192.0.2.10\"");
    report.node_count = 0;
    ak_text_clear(&out);
    ak_jsonl_check(&report, &out);
    assert_string_equal(text(), "");
}

/* Each key of a full line is in the table of fields, which schema and documentation come from. */
static void keys_are_fields(void **state)
{
    (void)state;
    full();
    const char *all = line();
    const char *p = json_at(all, "akushu.endpoint");
    while (*p == '{' || *p == ',') {
        char path[96];
        bool known = false;
        const char *end = json_string(p + 1);
        (void)snprintf(path, sizeof path, "akushu.endpoint.%.*s", (int)(end - p - 3), p + 2);
        for (size_t i = 0; i < ak_field_count; i++)
            known = known || strcmp(path, ak_fields[i].path) == 0;
        if (!known)
            fail_msg("%s is no field", path);
        p = json_value(end + 1);
    }
    assert_int_equal(*p, '}');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refused_client),
        cmocka_unit_test(the_least_line),
        cmocka_unit_test(every_address_is_a_line),
        cmocka_unit_test(keys_are_fields),
    };
    return cmocka_run_group_tests(tests, begin_output, end_output);
}
