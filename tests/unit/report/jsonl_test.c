/* SPDX-License-Identifier: Apache-2.0 */
#include "report/jsonl.h"

#include "base/alloc.h"
#include "observe/fields.h"
#include "support/case.h"
#include "support/json_check.h"

#define TEXT(words) ((char *)(uintptr_t)(words))

static struct ak_text out;

static const char *line_of(const struct ak_conversation *c)
{
    struct ak_jsonl *jsonl = ak_jsonl_new();
    ak_text_release(&out);
    ak_text_init(&out, 1024 * 1024);
    ak_jsonl_conversation(jsonl, c, &out);
    ak_jsonl_free(jsonl);
    const char *line = ak_text_string(&out);
    assert_json(line);
    assert_int_equal(line[strlen(line) - 1], '\n');
    return line;
}

static void the_least_conversation(void **state)
{
    (void)state;
    struct known k;
    known_begin(&k, AK_PROTOCOL_UNKNOWN, AK_OUTCOME_UNANSWERED, AK_STAGE_P0, AK_SIDE_NONE,
                AK_CLOSE_TIMEOUT);
    known_step(&k, AK_STEP_SYN, 1, 0);
    const char *line = line_of(&k.c);
    static const struct {
        const char *path, *value; /* NULL: must be absent */
    } rows[] = {
        {"akushu.kind", "\"conversation\""},
        {"akushu.schema", "1"},
        {"akushu.id", "1"},
        {"akushu.file", "\"case\""},
        {"akushu.frames", "[1,9]"},
        {"akushu.protocol", "\"unknown\""},
        {"akushu.outcome", "\"unanswered\""},
        {"akushu.stage", "\"P0\""},
        {"akushu.closed_by", "\"none\""},
        {"akushu.close", "\"timeout\""},
        {"akushu.tcp_end", NULL},
        {"akushu.alerts", NULL},
        {"akushu.begun_before", NULL},
        {"akushu.hole", NULL},
        {"akushu.syn_retries", NULL},
        {"akushu.cleartext_login", "false"},
        {"akushu.steps[0].name", "\"SYN\""},
        {"akushu.steps[0].ms", "0"},
        {"@timestamp", "\"2023-11-14T22:13:20.000000000Z\""},
        {"event.kind", "\"event\""},
        {"event.category", "[\"network\"]"},
        {"event.outcome", "\"failure\""},
        {"event.duration", "1000000000"},
        {"event.end", "\"2023-11-14T22:13:21.000000000Z\""},
        {"ecs.version", "\"8.11\""},
        {"client.ip", "\"192.0.2.5\""},
        {"client.port", "50000"},
        {"server.ip", "\"192.0.2.9\""},
        {"server.packets", "5"},
        {"network.type", "\"ipv4\""},
        {"tls", NULL},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++)
        assert_json_at(line, rows[i].path, rows[i].value);
}

static void event_outcomes(void **state)
{
    (void)state;
    static const char *const words[] = {"\"success\"", "\"failure\"", "\"failure\"",
                                        "\"failure\"", "\"unknown\"", "\"unknown\""};
    for (int i = AK_OUTCOME_ESTABLISHED; i <= AK_OUTCOME_INCOMPLETE; i++) {
        struct known k;
        known_begin(&k, AK_PROTOCOL_TLS, (enum ak_outcome)i, AK_STAGE_P3, AK_SIDE_NONE,
                    AK_CLOSE_NONE);
        assert_json_at(line_of(&k.c), "event.outcome", words[i]);
    }
}

static void a_rich_conversation(void **state)
{
    (void)state;
    static const struct {
        const char *path, *value;
    } rows[] = {
        {"akushu.tcp_end.by", "\"client\""},
        {"akushu.tcp_end.how", "\"rst\""},
        {"akushu.alerts[0].by", "\"server\""},
        {"akushu.alerts[0].level", "\"fatal\""},
        {"akushu.alerts[0].code", "40"},
        {"akushu.alerts[0].name", "\"handshake_failure\""},
        {"akushu.alerts[1].name", NULL}, /* 200 has none */
        {"akushu.begun_before", "true"},
        {"akushu.hole", "true"},
        {"akushu.syn_retries", "2"},
        {"akushu.offered_versions", "[\"1.3\",\"1.2\"]"},
        {"akushu.offered_groups", "[\"x25519\",\"secp256r1\"]"},
        {"akushu.version_code", "\"0x0303\""},
        {"akushu.cipher_code", "\"0x009e\""},
        {"akushu.hello_retry", "true"},
        {"akushu.extended_master_secret.client", "false"},
        {"akushu.extended_master_secret.server", "true"},
        {"akushu.dh.prime_bits", "1024"},
        {"akushu.dh.client_leading_zero", "true"},
        {"akushu.chain_length", "1"},
        {"akushu.client_certificate", "\"empty\""},
        {"akushu.encryption.client", "\"on\""},
        {"akushu.encryption.server", "\"req\""},
        {"akushu.encryption.scope", "\"session\""},
        {"akushu.server_build", "\"15.0.4003.0\""},
        {"akushu.server_product", "\"SQL Server 2019\""},
        {"akushu.instance", "\"I\\\"1\""},
        {"akushu.mars", "true"},
        {"akushu.login.host", "\"PC\""},
        {"akushu.login.tds_version", "\"7.4\""},
        {"akushu.login.packet_size", "4096"},
        {"akushu.error.number", "18456"},
        {"akushu.error.text", "\"\\u0007no\""},
        {"akushu.routing.port", "1434"},
        {"akushu.retransmissions", "3"},
        {"akushu.keep_alives", "1"},
        {"akushu.zero_windows", "1"},
        {"tls.established", "false"},
        {"tls.version", "\"1.2\""},
        {"tls.version_protocol", "\"tls\""},
        {"tls.cipher", "\"TLS_DHE_RSA_WITH_AES_128_GCM_SHA256\""},
        {"tls.curve", "\"0xfe00\""},
        {"tls.resumed", "false"},
        {"tls.next_protocol", "\"h2\""},
        {"tls.client.server_name", "\"sql\\u202e01\""},
        {"tls.client.supported_ciphers[3]", "\"TLS_RSA_WITH_AES_128_CBC_SHA\""},
        {"tls.server.x509.subject.common_name", "[\"sql01.example\"]"},
        {"tls.server.x509.issuer.distinguished_name", "\"CN=Root\""},
        {"tls.server.x509.not_before", "\"2023-11-14T21:56:40.000000000Z\""},
        {"tls.server.x509.public_key_algorithm", "\"rsa\""},
        {"tls.server.x509.public_key_size", "2048"},
        {"tls.server.x509.alternative_names", "[\"sql01\",\"192.0.2.9\"]"},
    };
    struct known k;
    known_begin(&k, AK_PROTOCOL_TDS, AK_OUTCOME_FAILED, AK_STAGE_P5, AK_SIDE_SERVER,
                AK_CLOSE_ALERT);
    known_tls(&k);
    known_server_hello(&k, 0x0303, 0x009e);
    known_leaf(&k);
    known_tds(&k, 1, 3);
    known_alert(&k, AK_SIDE_SERVER, 40);
    known_alert(&k, AK_SIDE_SERVER, 200);
    known_end(&k, AK_SIDE_CLIENT, true, 7);
    k.c.begun_before = k.c.hole = true;
    k.c.syn_retries = 2;
    k.c.side[0].retransmissions = 1;
    k.c.side[1].retransmissions = 2;
    k.c.side[0].keep_alives = k.c.side[1].zero_windows = 1;
    k.tls.hello_retry = k.tls.server_ems = k.tls.dh_client_leading_zero = true;
    k.tls.dh_prime_bits = 1024;
    k.tls.client_certificate_requested = k.tls.client_certificate_empty = true;
    k.tls.group = 0xfe00;
    k.tls.server_alpn = TEXT("h2");
    k.tls.server_name = TEXT("sql\xe2\x80\xae"
                             "01");
    k.leaf.facts.name_count = 2;
    memcpy(k.leaf.facts.names, "DNS:sql01\0IP:192.0.2.9", 23);
    k.tds.has_server_version = k.tds.mars = true;
    k.tds.server_version[0] = 15;
    k.tds.server_build[0] = 4003;
    k.tds.instance = TEXT("I\"1");
    k.tds.host = TEXT("PC");
    k.tds.login_tds_version = 0x74000004;
    k.tds.login_packet_size = 4096;
    k.tds.error_number = 18456;
    k.tds.error_text = TEXT("\x07no");
    k.tds.routing_port = 1434;
    const char *line = line_of(&k.c);
    for (size_t i = 0; i < AK_COUNT(rows); i++)
        assert_json_at(line, rows[i].path, rows[i].value);
}

static void encryption_has_a_scope(void **state)
{
    (void)state;
    static const struct {
        uint8_t client, server;
        bool login_only;
        const char *scope;
    } rows[] = {
        {0, 0, false, "login"},   {0, 0, true, "login"},       {0, 1, false, "session"},
        {1, 1, false, "session"}, {3, 3, false, "session"},    {2, 2, false, "none"},
        {2, 0, false, "none"},    {0, 2, false, "none"},       {2, 1, false, NULL},
        {2, 3, false, NULL},      {0x80, 1, false, "session"},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct known k;
        known_begin(&k, AK_PROTOCOL_TDS, AK_OUTCOME_ESTABLISHED, AK_STAGE_P7, AK_SIDE_NONE,
                    AK_CLOSE_NONE);
        assert_null(ak_encryption_scope(&k.c));
        known_tds(&k, rows[i].client, rows[i].server);
        k.tds.login_only = rows[i].login_only;
        const char *scope = ak_encryption_scope(&k.c);
        if (rows[i].scope == NULL)
            assert_null(scope);
        else
            assert_string_equal(scope, rows[i].scope);
        k.tds.has_server_encryption = false;
        assert_null(ak_encryption_scope(&k.c));
    }
}

/* Fragments are remembered by id: others of the same slot must not show through. */
static void remembered_fragments_are_the_right_ones(void **state)
{
    (void)state;
    struct ak_jsonl *jsonl = ak_jsonl_new();
    for (unsigned round = 0; round < 3; round++)
        for (unsigned i = 0; i < 3; i++) {
            static const uint32_t ids[] = {7, 7 + 512, 0};
            struct known k;
            known_begin(&k, AK_PROTOCOL_TLS, AK_OUTCOME_FAILED, AK_STAGE_P4, AK_SIDE_CLIENT,
                        AK_CLOSE_FIN);
            known_tls(&k);
            known_leaf(&k);
            k.hello.id = k.leaf.id = ids[i];
            (void)snprintf(k.hello.ja3, sizeof k.hello.ja3, "ja3-%u", i);
            (void)snprintf(k.hello.ja4, sizeof k.hello.ja4, "ja4-%u", i);
            (void)snprintf(k.leaf.facts.serial, sizeof k.leaf.facts.serial, "%u", i);
            ak_text_clear(&out);
            ak_jsonl_conversation(jsonl, &k.c, &out);
            char wanted[32];
            (void)snprintf(wanted, sizeof wanted, "\"ja3-%u\"", i);
            assert_json_at(ak_text_string(&out), "tls.client.ja3", wanted);
            (void)snprintf(wanted, sizeof wanted, "\"ja4-%u\"", i);
            assert_json_at(ak_text_string(&out), "akushu.ja4", wanted);
            (void)snprintf(wanted, sizeof wanted, "\"%u\"", i);
            assert_json_at(ak_text_string(&out), "tls.server.x509.serial_number", wanted);
        }
    ak_jsonl_free(jsonl);
    ak_jsonl_free(NULL);
}

static struct ak_finding finding(void)
{
    struct ak_finding f;
    memset(&f, 0, sizeof f);
    memcpy(f.id, "f-0123456789abcdef", 19);
    f.rule = ak_rule_find("no-common-version");
    f.severity = f.rule->severity;
    f.grade = AK_GRADE_LIKELY;
    f.side = AK_CHANGE_SERVER;
    f.server.version = f.client.version = 4;
    f.server.port = 1433;
    f.count = 214;
    f.clients = 3;
    f.first = f.last = known_start;
    f.samples[0] = 1;
    f.samples[1] = 5;
    f.sample_count = 2;
    f.file = "a.pcap";
    f.facts[0].kind = AK_FACT_ALERT;
    f.facts[0].frame = 24;
    f.facts[0].a = AK_SIDE_SERVER;
    f.facts[0].b = 70;
    f.facts[1].kind = AK_FACT_NAME;
    memcpy(f.facts[1].text, "\x1b", 2);
    f.fact_count = 2;
    f.explains[0] = ak_rule_find("closed-by-server");
    f.explain_count = 1;
    f.rivals[0] = "no-common-suite";
    f.rival_count = 1;
    f.lacks[0] = "server-offer";
    f.lacks[1] = "no-such-step";
    f.lack_count = 2;
    return f;
}

static void a_finding(void **state)
{
    (void)state;
    struct ak_finding f = finding();
    static const struct {
        const char *path, *value;
    } rows[] = {
        {"akushu.kind", "\"finding\""},
        {"akushu.id", "\"f-0123456789abcdef\""},
        {"akushu.grade", "\"likely\""},
        {"akushu.proved_on", "\"lab\""},
        {"akushu.severity", "\"error\""},
        {"akushu.side", "\"server\""},
        {"akushu.explains", "[\"closed-by-server\"]"},
        {"akushu.rivals", "[\"no-common-suite\"]"},
        {"akushu.count", "214"},
        {"akushu.clients", "3"},
        {"akushu.samples", "[1,5]"},
        {"akushu.first", "\"2023-11-14T22:13:20.000000000Z\""},
        {"akushu.evidence[0].frame", "24"},
        {"akushu.evidence[0].fact", "\"the server sent TLS alert 70 (protocol_version)\""},
        {"akushu.evidence[1].frame", NULL},
        {"akushu.evidence[1].fact",
         "\"the client asked for \\u001b, which the certificate does not carry\""},
        {"akushu.next[1]", NULL}, /* an unknown step is left out */
        {"rule.id", "\"no-common-version\""},
        {"event.kind", "\"alert\""},
        {"server.port", "1433"},
    };
    ak_text_clear(&out);
    ak_jsonl_finding(&f, &out);
    const char *line = ak_text_string(&out);
    assert_json(line);
    for (size_t i = 0; i < AK_COUNT(rows); i++)
        assert_json_at(line, rows[i].path, rows[i].value);
    assert_non_null(json_at(line, "akushu.remedy[0].action"));
    assert_non_null(json_at(line, "akushu.next[0]"));
    assert_json_at(line, "akushu.remedy[0].side", "\"server\"");
}

/* Those for the side that must change, those for both, the others. */
static void remedies_are_ordered_by_side(void **state)
{
    (void)state;
    for (size_t i = 0; i < ak_rule_count; i++)
        for (int side = AK_CHANGE_CLIENT; side <= AK_CHANGE_NETWORK; side++) {
            const struct ak_remedy_words *list[AK_REMEDIES];
            struct ak_finding f = finding();
            size_t fitting = 99;
            f.rule = ak_rules[i];
            f.severity = f.rule->severity;
            f.side = (enum ak_change_side)side;
            size_t count = ak_remedies_of(&f, list, &fitting);
            const struct ak_rule_words *words = ak_rule_words_find(f.rule->id);
            assert_true(count <= AK_REMEDIES && fitting <= count);
            assert_true(count == words->remedy_count || count == AK_REMEDIES);
            unsigned last = 0;
            for (size_t k = 0; k < count; k++) {
                bool both = strcmp(list[k]->side, "both") == 0 || f.side == AK_CHANGE_BOTH;
                bool own = strcmp(list[k]->side, ak_change_side_name(f.side)) == 0;
                unsigned rank = own ? 0 : both ? 1 : 2;
                assert_true(rank >= last);
                assert_int_equal(rank < 2, k < fitting);
                last = rank;
            }
        }
}

static void the_summary(void **state)
{
    (void)state;
    static const struct {
        const char *path, *value;
    } rows[] = {
        {"akushu.kind", "\"summary\""},
        {"akushu.files", "2"},
        {"akushu.totals.frames", "100"},
        {"akushu.totals.resets", "4"},
        {"akushu.outcomes.established", "1"},
        {"akushu.outcomes.incomplete", "6"},
        {"akushu.findings.error", "9"},
        {"akushu.findings.note", "7"},
        {"akushu.not_understood[0].what", "\"frames of another network protocol than IP\""},
        {"akushu.not_understood[0].count", "3"},
        {"akushu.not_understood[1].what", "\"files read only in part\""},
        {"akushu.not_understood[2].what", "\"frames of link type 127 (RADIOTAP)\""},
        {"akushu.not_understood[3].what", "\"frames of link type 3000\""},
        {"akushu.not_understood[4].what", "\"frames of further link types\""},
        {"akushu.not_understood[4].count", "1"},
        {"akushu.not_understood[5]", NULL},
        {"event.kind", "\"event\""},
        {"ecs.version", "\"8.11\""},
    };
    struct ak_totals totals;
    memset(&totals, 0, sizeof totals);
    totals.frames = 100;
    totals.resets = 4;
    totals.other_frames = 3;
    totals.unsupported_frames = 8;
    totals.unsupported_count = 2;
    totals.unsupported[0].link_type = 127;
    totals.unsupported[0].frames = 5;
    totals.unsupported[1].link_type = 3000;
    totals.unsupported[1].frames = 2;
    struct ak_summary s = {.totals = &totals,
                           .files = 2,
                           .outcomes = {1, 2, 3, 4, 5, 6},
                           .findings = {7, 8, 9},
                           .partly_read_files = 1};
    ak_text_clear(&out);
    ak_jsonl_summary(&s, &out);
    const char *line = ak_text_string(&out);
    assert_json(line);
    for (size_t i = 0; i < AK_COUNT(rows); i++)
        assert_json_at(line, rows[i].path, rows[i].value);
}

static void want_of_memory_is_survived(void **state)
{
    (void)state;
    unsigned long most = 100;
    for (unsigned long n = 1; n <= most; n++) {
        struct known k;
        struct ak_text line;
        known_begin(&k, AK_PROTOCOL_TLS, AK_OUTCOME_FAILED, AK_STAGE_P4, AK_SIDE_CLIENT,
                    AK_CLOSE_FIN);
        known_tls(&k);
        known_leaf(&k);
        k.hello.id = k.leaf.id = 1;
        struct ak_finding f = finding();
        ak_text_init(&line, 65536);
        (void)ak_alloc_fail_after(n);
        struct ak_jsonl *jsonl = ak_jsonl_new();
        if (jsonl != NULL) {
            ak_jsonl_conversation(jsonl, &k.c, &line);
            ak_jsonl_finding(&f, &line);
        }
        most = ak_alloc_fail_after(0);
        ak_jsonl_free(jsonl);
        ak_text_release(&line);
    }
}

static int release(void **state)
{
    (void)state;
    ak_text_release(&out);
    return 0;
}

static int prepare(void **state)
{
    (void)state;
    ak_text_init(&out, 1024 * 1024);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_least_conversation),
        cmocka_unit_test(event_outcomes),
        cmocka_unit_test(a_rich_conversation),
        cmocka_unit_test(encryption_has_a_scope),
        cmocka_unit_test(remembered_fragments_are_the_right_ones),
        cmocka_unit_test(a_finding),
        cmocka_unit_test(remedies_are_ordered_by_side),
        cmocka_unit_test(the_summary),
        cmocka_unit_test(want_of_memory_is_survived),
    };
    return cmocka_run_group_tests(tests, prepare, release);
}
