/* SPDX-License-Identifier: Apache-2.0 */
#include "report/jsonl.h"

#include "base/alloc.h"
#include "observe/fields.h"
#include "support/json_check.h"
#include "support/report.h"

#define TEXT(words) ((char *)(uintptr_t)(words))

static const char *line_of(const struct ak_conversation *c)
{
    struct ak_jsonl *jsonl = ak_jsonl_new();
    ak_text_clear(&out);
    ak_jsonl_conversation(jsonl, c, &out);
    ak_jsonl_free(jsonl);
    const char *line = text();
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

static void want_of_memory_is_survived(void **state)
{
    (void)state;
    unsigned long made = 1;
    for (unsigned long n = 1; n <= made + 1; n++) {
        struct known k;
        struct ak_text lines;
        known_begin(&k, AK_PROTOCOL_TLS, AK_OUTCOME_FAILED, AK_STAGE_P4, AK_SIDE_CLIENT,
                    AK_CLOSE_FIN);
        known_tls(&k);
        known_leaf(&k);
        k.hello.id = k.leaf.id = 1;
        ak_text_init(&lines, 65536);
        (void)ak_alloc_fail_after(n);
        struct ak_jsonl *jsonl = ak_jsonl_new();
        for (int round = 0; jsonl != NULL && round < 2; round++) {
            ak_text_clear(&lines);
            ak_jsonl_conversation(jsonl, &k.c, &lines);
            const char *line = ak_text_string(&lines);
            if (!lines.failed) /* whole, or known not to be */
                assert_json(line);
        }
        made = ak_alloc_fail_after(0);
        ak_jsonl_free(jsonl);
        ak_text_release(&lines);
    }
    ak_jsonl_free(NULL);
}

/* Numbers that share their upper digits, cross a thousand, go back, or are too long for that. */
static void steps_of_any_frames(void **state)
{
    (void)state;
    static const uint64_t frames[] = {
        1, 999,         1000,         1001,         1999,   2000,   1007,
        7, 99999999999, 100000000000, 100000000001, 123456, 123999, UINT64_C(18446744073709551),
        40};
    _Static_assert(sizeof frames / sizeof frames[0] <= AK_STEPS, "a step for each");
    struct known k;
    known_begin(&k, AK_PROTOCOL_UNKNOWN, AK_OUTCOME_UNANSWERED, AK_STAGE_P0, AK_SIDE_NONE,
                AK_CLOSE_TIMEOUT);
    for (size_t i = 0; i < sizeof frames / sizeof frames[0]; i++)
        known_step(&k, (enum ak_step)i, frames[i], (int64_t)(i * 123));
    const char *at = line_of(&k.c);
    for (size_t i = 0; i < sizeof frames / sizeof frames[0]; i++) {
        char wanted[80];
        (void)snprintf(wanted, sizeof wanted, "\",\"frame\":%llu,\"ms\":%zu}",
                       (unsigned long long)frames[i], i * 123);
        at = strstr(at, "\",\"frame\":");
        assert_non_null(at);
        assert_memory_equal(at, wanted, strlen(wanted));
        at++;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_least_conversation),     cmocka_unit_test(event_outcomes),
        cmocka_unit_test(a_rich_conversation),        cmocka_unit_test(steps_of_any_frames),
        cmocka_unit_test(want_of_memory_is_survived),
    };
    return cmocka_run_group_tests(tests, begin_output, end_output);
}
