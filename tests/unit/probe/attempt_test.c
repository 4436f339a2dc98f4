/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/attempt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/limits.h"
#include "model/sql_names.h"
#include "support/parser_check.h"
#include "support/random.h"
#include "support/tls_server.h"
#include "support/torture.h"

enum { MS = 1000000 };

static struct ak_test_key rsa;
static struct ak_certificate_store *store;
static struct ak_party party;
static uint32_t seed = 1;
static const struct ak_hello_source source = {&seed, ak_test_random};

/* LOGINACK of "SQL", DONE */
static const uint8_t login_good[] = {0xad, 16, 0,   1, 0x74, 0, 0, 4, 3,    'S', 0,
                                     'Q',  0,  'L', 0, 15,   0, 0, 1, 0xfd, 0,   0,
                                     0,    0,  0,   0, 0,    0, 0, 0, 0,    0};
/* ERROR 18456 state 1 class 14 "no" */
static const uint8_t login_bad[] = {0xaa, 18,  0, 0x18, 0x48, 0, 0, 1, 14, 2,    0, 'n',
                                    0,    'o', 0, 0,    0,    1, 0, 0, 0,  0xfd, 2, 0,
                                    0,    0,   0, 0,    0,    0, 0, 0, 0,  0};

static void offer(enum ak_party_version_at low, enum ak_party_version_at high)
{
    static const uint16_t suites[] = {0x1302, 0x1301, 0xc030, 0xc02f, 0x009f, 0x009e, 0xc014,
                                      0xc013, 0x0039, 0x0033, 0x0035, 0x002f, 0x000a};
    ak_party_init(&party, "test", AK_SIDE_CLIENT, AK_STACK_OPENSSL);
    ak_party_version_range(&party, low, high, "offered");
    for (size_t i = 0; i < sizeof suites / sizeof suites[0]; i++)
        (void)ak_party_suite_add(&party, suites[i], true);
}

static struct ak_probe_plan plan_of(enum ak_probe_way way, enum ak_probe_depth depth)
{
    struct ak_probe_plan plan = {.way = way, .depth = depth};
    plan.hello.client = &party;
    plan.hello.server_name = "sql01.example";
    plan.encryption = AK_TDS_ENCRYPTION_ON;
    if (way == AK_PROBE_STRICT)
        plan.hello.alpn = "tds/8.0";
    return plan;
}

static struct ak_attempt *attempt_new(const struct ak_probe_plan *plan)
{
    struct ak_attempt *a = ak_attempt_new(plan, &source, store, 1000);
    assert_non_null(a);
    return a;
}

/* Bytes to and fro until both are silent; the server's in pieces of `chunk`. */
static void pump(struct ak_attempt *a, struct ak_test_server *s, size_t chunk)
{
    int64_t now = 2000;
    ak_attempt_opened(a, now);
    for (;;) {
        struct ak_span out = ak_attempt_outgoing(a);
        if (out.size != 0)
            ak_test_server_feed(s, out);
        else if (s->out.size == 0)
            return;
        size_t size = s->out.size < chunk ? s->out.size : chunk;
        if (size == 0)
            continue;
        struct ak_bytes piece = ak_bytes_copy(s->out.bytes, size);
        memmove(s->out.bytes, s->out.bytes + size, s->out.size - size);
        s->out.size -= size;
        ak_attempt_received(a, piece.at, size, ++now);
        ak_bytes_free(&piece);
    }
}

/* Plan and server once; the result is read through `a`, which the caller frees. */
static struct ak_attempt *run(const struct ak_probe_plan *plan,
                              const struct ak_test_server_options *options, size_t chunk)
{
    struct ak_test_server s;
    struct ak_attempt *a = attempt_new(plan);
    ak_test_server_init(&s, options, &rsa);
    pump(a, &s, chunk);
    ak_test_server_release(&s);
    return a;
}

static const struct ak_probe_result *expect(struct ak_attempt *a, enum ak_probe_end end,
                                            enum ak_stage stage)
{
    bool abrupt;
    const struct ak_probe_result *result = ak_attempt_result(a);
    if (!ak_attempt_over(a, &abrupt) || result->end != end || result->stage != stage)
        fail_msg("over %d, end %s (%s), stage %s", ak_attempt_over(a, &abrupt),
                 ak_probe_end_name(result->end), result->reason, ak_stage_name(result->stage));
    assert_int_equal(ak_attempt_deadline(a), INT64_MAX);
    return result;
}

static const size_t chunks[] = {1, 7, 1 << 20};

/* ---- TLS ---- */

static void finishes_with_each_version(void **state)
{
    static const struct {
        enum ak_party_version_at at;
        int version;
        uint16_t code;
    } rows[] = {{AK_PARTY_TLS10, TLS1_VERSION, 0x0301},
                {AK_PARTY_TLS11, TLS1_1_VERSION, 0x0302},
                {AK_PARTY_TLS12, TLS1_2_VERSION, 0x0303},
                {AK_PARTY_TLS13, TLS1_3_VERSION, 0x0304}};
    (void)state;
    for (size_t i = 0; i < 12; i++) {
        struct ak_probe_plan plan = plan_of(AK_PROBE_TLS, AK_PROBE_FINISH);
        struct ak_test_server_options options = {
            .low = rows[i / 3].version, .high = rows[i / 3].version, .chain = 2};
        offer(AK_PARTY_TLS10, AK_PARTY_TLS13);
        struct ak_attempt *a = run(&plan, &options, chunks[i % 3]);
        const struct ak_probe_result *r = expect(a, AK_PROBE_END_REACHED, AK_STAGE_P5B);
        assert_int_equal(r->version, rows[i / 3].code);
        assert_true(r->completed && r->has_server_hello);
        assert_int_equal(r->chain_sent, 3);
        assert_int_equal(r->chain_count, 3);
        assert_string_equal(r->chain[0]->facts.subject_cn, "sql01");
        assert_int_equal(r->group, 0x001d);
        assert_true(r->sent != 0 && r->received != 0);
        if (rows[i / 3].code >= 0x0303)
            assert_true(r->scheme != 0);
        assert_true(r->step[AK_STEP_CLIENT_FINISHED] != 0 && r->step[AK_STEP_CERTIFICATE] != 0);
        ak_attempt_free(a);
    }
}

static void own_hellos_stop_at_the_first_flight(void **state)
{
    (void)state;
    for (size_t i = 0; i < 6; i++) {
        struct ak_probe_plan plan = plan_of(AK_PROBE_TLS, i < 3 ? AK_PROBE_FLIGHT : AK_PROBE_HELLO);
        struct ak_test_server_options options = {
            .low = TLS1_VERSION, .high = TLS1_2_VERSION, .suites = "DHE-RSA-AES128-GCM-SHA256"};
        offer(AK_PARTY_TLS10, AK_PARTY_TLS12);
        struct ak_attempt *a = run(&plan, &options, chunks[i % 3]);
        const struct ak_probe_result *r = expect(a, AK_PROBE_END_REACHED, AK_STAGE_P4);
        assert_int_equal(r->version, 0x0303);
        assert_int_equal(r->suite, 0x009e);
        assert_true(r->server_ems && r->renegotiation_info && !r->completed);
        if (i < 3) {
            assert_true(r->dh_bits >= 2047);
            assert_int_equal(r->chain_count, 1);
            assert_true(r->scheme != 0);
        }
        ak_attempt_free(a);
    }
}

static void tls13_ends_with_its_hello_or_the_retry(void **state)
{
    (void)state;
    for (int retry = 0; retry < 2; retry++) {
        struct ak_probe_plan plan = plan_of(AK_PROBE_TLS, AK_PROBE_FLIGHT);
        struct ak_test_server_options options = {.low = TLS1_2_VERSION, .high = TLS1_3_VERSION};
        offer(AK_PARTY_TLS12, AK_PARTY_TLS13);
        plan.hello.no_key_share = retry;
        struct ak_attempt *a = run(&plan, &options, 1 << 20);
        const struct ak_probe_result *r =
            expect(a, AK_PROBE_END_REACHED, retry ? AK_STAGE_P3 : AK_STAGE_P4);
        assert_int_equal(r->version, 0x0304);
        assert_int_equal(r->group, 0x001d);
        assert_int_equal(r->hello_retry, retry);
        ak_attempt_free(a);
    }
}

static void a_refusal_is_the_servers_alert(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct ak_probe_plan plan = plan_of(AK_PROBE_TLS, i % 2 ? AK_PROBE_FINISH : AK_PROBE_HELLO);
        struct ak_test_server_options options = {.low = TLS1_2_VERSION, .high = TLS1_3_VERSION};
        offer(AK_PARTY_TLS10, AK_PARTY_TLS11);
        struct ak_attempt *a = run(&plan, &options, i < 2 ? 1 : 1 << 20);
        const struct ak_probe_result *r = expect(a, AK_PROBE_END_ALERT, AK_STAGE_P3);
        assert_int_equal(r->alert.code, 70);
        assert_int_equal(r->alert.by, AK_SIDE_SERVER);
        ak_attempt_free(a);
    }
}

static void what_openssl_cannot_take_is_rejected(void **state)
{
    (void)state;
    /* A server that answers with a suite that was not offered. */
    static const uint8_t flight[] = {22, 3, 3, 0, 0x2a, 2, 0, 0, 0x26, 3, 3};
    uint8_t bytes[47] = {0};
    memcpy(bytes, flight, sizeof flight);
    bytes[43] = 0; /* session id */
    bytes[44] = 0xc0;
    bytes[45] = 0x77;
    struct ak_probe_plan plan = plan_of(AK_PROBE_TLS, AK_PROBE_FINISH);
    offer(AK_PARTY_TLS12, AK_PARTY_TLS12);
    struct ak_attempt *a = attempt_new(&plan);
    ak_attempt_opened(a, 2000);
    ak_attempt_received(a, bytes, sizeof bytes, 3000);
    const struct ak_probe_result *r = expect(a, AK_PROBE_END_REJECTED, AK_STAGE_P4);
    assert_int_equal(r->own_alert, 47);
    assert_true(r->reason[0] != '\0');
    assert_true(ak_attempt_outgoing(a).size != 0);
    ak_attempt_free(a);
}

static void a_certificate_request_is_told(void **state)
{
    struct ak_probe_plan plan = plan_of(AK_PROBE_TLS, AK_PROBE_FINISH);
    struct ak_test_server_options options = {
        .low = TLS1_2_VERSION, .high = TLS1_2_VERSION, .wants_certificate = true};
    (void)state;
    offer(AK_PARTY_TLS12, AK_PARTY_TLS12);
    struct ak_attempt *a = run(&plan, &options, 1 << 20);
    const struct ak_probe_result *r = expect(a, AK_PROBE_END_ALERT, AK_STAGE_P5);
    assert_int_equal(r->alert.code, 40);
    assert_true(r->client_certificate_requested);
    ak_attempt_free(a);
}

/* ---- TDS ---- */

static void tds_wraps_the_handshake(void **state)
{
    (void)state;
    for (size_t i = 0; i < 12; i++) {
        static const int versions[] = {TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION,
                                       TLS1_3_VERSION};
        struct ak_probe_plan plan =
            plan_of(AK_PROBE_TDS, i % 2 ? AK_PROBE_FINISH : AK_PROBE_FLIGHT);
        struct ak_test_server_options options = {.kind = AK_TEST_TDS,
                                                 .low = versions[i % 4],
                                                 .high = versions[i % 4],
                                                 .reply = 1,
                                                 .chain = 8};
        offer(AK_PARTY_TLS10, AK_PARTY_TLS13);
        struct ak_attempt *a = run(&plan, &options, chunks[i / 4]);
        const struct ak_probe_result *r =
            expect(a, AK_PROBE_END_REACHED, i % 2 ? AK_STAGE_P5B : AK_STAGE_P4);
        assert_true(r->has_reply && r->has_encryption && !r->wrong_instance);
        assert_int_equal(r->version_major, 15);
        assert_int_equal(r->build, 2000);
        assert_int_equal(r->completed, i % 2);
        ak_attempt_free(a);
    }
}

static void the_reply_decides_what_follows(void **state)
{
    static const struct {
        uint8_t client, server;
        enum ak_probe_end end;
        enum ak_stage stage;
    } rows[] = {
        {0, 0, AK_PROBE_END_REACHED, AK_STAGE_P5B}, {0, 3, AK_PROBE_END_REACHED, AK_STAGE_P5B},
        {1, 0, AK_PROBE_END_DECLINED, AK_STAGE_P2}, {1, 2, AK_PROBE_END_DECLINED, AK_STAGE_P2},
        {2, 2, AK_PROBE_END_DECLINED, AK_STAGE_P2}, {3, 1, AK_PROBE_END_REACHED, AK_STAGE_P5B}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ak_probe_plan plan = plan_of(AK_PROBE_TDS, AK_PROBE_FINISH);
        struct ak_test_server_options options = {.kind = AK_TEST_TDS,
                                                 .low = TLS1_2_VERSION,
                                                 .high = TLS1_2_VERSION,
                                                 .reply = rows[i].server,
                                                 .wrong_instance = true};
        offer(AK_PARTY_TLS12, AK_PARTY_TLS12);
        plan.encryption = rows[i].client;
        plan.instance = "WRONG";
        struct ak_attempt *a = run(&plan, &options, 1 << 20);
        const struct ak_probe_result *r = expect(a, rows[i].end, rows[i].stage);
        assert_int_equal(r->encryption, rows[i].server);
        assert_true(r->wrong_instance);
        ak_attempt_free(a);
        plan.depth = AK_PROBE_ASK;
        a = run(&plan, &options, 1);
        r = expect(a, AK_PROBE_END_REACHED, AK_STAGE_P2);
        assert_int_equal(r->encryption, rows[i].server);
        assert_int_equal(ak_attempt_outgoing(a).size, 0);
        ak_attempt_free(a);
    }
}

static void alerts_come_wrapped_or_raw(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct ak_probe_plan plan =
            plan_of(AK_PROBE_TDS, i % 2 ? AK_PROBE_FINISH : AK_PROBE_FLIGHT);
        struct ak_test_server_options options = {.kind = AK_TEST_TDS,
                                                 .low = TLS1_2_VERSION,
                                                 .high = TLS1_2_VERSION,
                                                 .reply = 1,
                                                 .raw_alerts = i >= 2};
        offer(AK_PARTY_TLS10, AK_PARTY_TLS10);
        struct ak_attempt *a = run(&plan, &options, 1);
        assert_int_equal(expect(a, AK_PROBE_END_ALERT, AK_STAGE_P3)->alert.code, 70);
        ak_attempt_free(a);
    }
}

static void a_strict_server_answers_prelogin_with_an_alert(void **state)
{
    static const uint8_t alert[] = {21, 3, 1, 0, 2, 2, 10};
    struct ak_probe_plan plan = plan_of(AK_PROBE_TDS, AK_PROBE_FLIGHT);
    (void)state;
    offer(AK_PARTY_TLS12, AK_PARTY_TLS12);
    struct ak_attempt *a = attempt_new(&plan);
    ak_attempt_opened(a, 2000);
    for (size_t i = 0; i < sizeof alert; i++)
        ak_attempt_received(a, alert + i, 1, 3000);
    assert_int_equal(expect(a, AK_PROBE_END_ALERT, AK_STAGE_P2)->alert.code, 10);
    ak_attempt_free(a);
}

/* ---- logins ---- */

static const struct ak_probe_login login = {.user = "sa",
                                            .password = "p\xc3\xa4ss",
                                            .database = "db",
                                            .application = "akushu",
                                            .host = "client",
                                            .server = "sql01"};

static void check_login(const struct ak_test_server *s, bool strict)
{
    struct ak_login7 seen;
    struct ak_parse parse;
    bool fixed;
    struct ak_span body = {(const uint8_t *)s->login.bytes + 8, s->login.size - 8};
    assert_int_equal(ak_login7_parse(body, &seen, &fixed, &parse), AK_VERDICT_PARSED);
    assert_int_equal(seen.tds_version, strict ? 0x08000000 : 0x74000004);
    assert_int_equal(seen.password_characters, 4);
    assert_int_equal(seen.user.size, 4);
    assert_false(seen.integrated_security || s->login_was_clear);
    static const uint8_t hidden[] = {0xa2, 0xa5, 0xeb, 0xa5, 0x92, 0xa5, 0x92, 0xa5};
    size_t offset = ak_le16(body.bytes + 44);
    assert_memory_equal(body.bytes + offset, hidden, sizeof hidden);
}

static void log_in(enum ak_probe_way way, bool only, bool good, int version, size_t chunk)
{
    struct ak_probe_plan plan = plan_of(way, AK_PROBE_LOGIN);
    struct ak_test_server s;
    struct ak_test_server_options options = {
        .kind = way == AK_PROBE_STRICT ? AK_TEST_STRICT : AK_TEST_TDS,
        .low = version,
        .high = version,
        .reply = only ? 0 : 1,
        .login_only = only,
        .alpn = way == AK_PROBE_STRICT ? "tds/8.0" : NULL,
        .answer = good ? login_good : login_bad,
        .answer_size = good ? sizeof login_good : sizeof login_bad};
    offer(AK_PARTY_TLS10, AK_PARTY_TLS13);
    plan.login = &login;
    plan.encryption = only ? 0 : 1;
    struct ak_attempt *a = attempt_new(&plan);
    ak_test_server_init(&s, &options, &rsa);
    pump(a, &s, chunk);
    const struct ak_probe_result *r = expect(a, AK_PROBE_END_REACHED, AK_STAGE_P7);
    assert_int_equal(r->login_acknowledged, good);
    assert_int_equal(r->login_error, good ? 0 : 18456);
    assert_string_equal(good ? r->login_program : r->login_text, good ? "SQL" : "no");
    assert_true(r->has_reply && r->step[AK_STEP_LOGIN] != 0);
    if (way == AK_PROBE_STRICT)
        assert_string_equal(r->alpn, "tds/8.0");
    check_login(&s, way == AK_PROBE_STRICT);
    ak_test_server_release(&s);
    ak_attempt_free(a);
}

static void logins_are_answered(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        log_in(AK_PROBE_TDS, false, true, TLS1_2_VERSION, chunks[i]);
        log_in(AK_PROBE_TDS, false, false, TLS1_VERSION, chunks[i]);
        log_in(AK_PROBE_TDS, true, true, TLS1_2_VERSION, chunks[i]);
        log_in(AK_PROBE_STRICT, false, true, TLS1_3_VERSION, chunks[i]);
        log_in(AK_PROBE_STRICT, false, false, TLS1_2_VERSION, chunks[i]);
        log_in(AK_PROBE_TDS, false, true, TLS1_3_VERSION, chunks[i]);
    }
}

static void the_reply_inside_tls_can_be_enough(void **state)
{
    (void)state;
    for (int strict = 0; strict < 2; strict++) {
        struct ak_probe_plan plan =
            plan_of(strict ? AK_PROBE_STRICT : AK_PROBE_TDS, AK_PROBE_INSIDE);
        struct ak_test_server_options options = {.kind = strict ? AK_TEST_STRICT : AK_TEST_TDS,
                                                 .low = TLS1_2_VERSION,
                                                 .high = TLS1_2_VERSION,
                                                 .alpn = strict ? "tds/8.0" : NULL,
                                                 .reply = 1};
        offer(AK_PARTY_TLS12, AK_PARTY_TLS13);
        struct ak_attempt *a = run(&plan, &options, 1);
        const struct ak_probe_result *r =
            expect(a, AK_PROBE_END_REACHED, strict ? AK_STAGE_P7 : AK_STAGE_P5B);
        assert_true(r->has_reply && r->step[AK_STEP_LOGIN] == 0);
        ak_attempt_free(a);
    }
}

static void a_login_never_leaves_in_clear(void **state)
{
    (void)state;
    for (uint8_t client = 0; client < 4; client++) {
        for (uint8_t server = 0; server < 4; server++) {
            struct ak_probe_plan plan = plan_of(AK_PROBE_TDS, AK_PROBE_LOGIN);
            struct ak_test_server s;
            struct ak_test_server_options options = {.kind = AK_TEST_TDS,
                                                     .low = TLS1_2_VERSION,
                                                     .high = TLS1_2_VERSION,
                                                     .reply = server,
                                                     .answer = login_good,
                                                     .answer_size = sizeof login_good};
            offer(AK_PARTY_TLS12, AK_PARTY_TLS12);
            plan.login = &login;
            plan.encryption = client;
            struct ak_attempt *a = attempt_new(&plan);
            ak_test_server_init(&s, &options, &rsa);
            pump(a, &s, 1 << 20);
            assert_false(s.login_was_clear);
            /* MS-TDS 2.2.6.5: not supported on one side, or off against on */
            bool no = server == 2 || client == 2 || (server == 0 && client != 0);
            assert_int_equal(s.login.size == 0, no);
            assert_int_equal(ak_attempt_result(a)->end,
                             no ? AK_PROBE_END_DECLINED : AK_PROBE_END_REACHED);
            ak_test_server_release(&s);
            ak_attempt_free(a);
        }
    }
}

/* ---- hostile and silent servers ---- */

static void silence_ends_in_time(void **state)
{
    struct ak_probe_plan plan = plan_of(AK_PROBE_TLS, AK_PROBE_FLIGHT);
    (void)state;
    offer(AK_PARTY_TLS12, AK_PARTY_TLS12);
    struct ak_attempt *a = attempt_new(&plan);
    assert_int_equal(ak_attempt_deadline(a), 1000 + 5000ll * MS);
    ak_attempt_tick(a, 1000 + 4999ll * MS);
    ak_attempt_opened(a, 5000ll * MS);
    assert_int_equal(ak_attempt_deadline(a), 15000ll * MS);
    int64_t now = 5000ll * MS;
    static const uint8_t slow[] = {22, 3, 3, 0x40, 0};
    bool abrupt;
    for (size_t i = 0; i < 100 && !ak_attempt_over(a, &abrupt); i++) {
        uint8_t byte = i < sizeof slow ? slow[i] : i == sizeof slow ? 2 : 0;
        ak_attempt_received(a, &byte, 1, now);
        now += 1000ll * MS;
        ak_attempt_tick(a, now);
    }
    const struct ak_probe_result *r = expect(a, AK_PROBE_END_TIMEOUT, AK_STAGE_P3);
    assert_true(r->ended <= 16000ll * MS);
    ak_attempt_free(a);
}

static void endless_talk_is_too_much(void **state)
{
    static uint8_t record[5 + 16384] = {22, 3, 3, 0x40, 0, 2, 0, 0, 70};
    static uint8_t small[9] = {22, 3, 3, 0, 4, 0, 0, 0, 0}; /* HelloRequest for ever */
    (void)state;
    record[5] = 11;
    for (int i = 0; i < 6; i++) {
        struct ak_probe_plan plan =
            plan_of(i < 4 ? AK_PROBE_TLS : AK_PROBE_STARTTLS, i % 2 ? AK_PROBE_FINISH : 3);
        bool abrupt;
        plan.starttls = AK_SERVICE_SMTP;
        offer(AK_PARTY_TLS12, AK_PARTY_TLS12);
        struct ak_attempt *a = attempt_new(&plan);
        ak_attempt_opened(a, 2000);
        for (int n = 0; n < 100000 && !ak_attempt_over(a, &abrupt); n++) {
            if (i >= 4)
                ak_attempt_received(a, (const uint8_t *)"220-on and on\r\n", 15, 3000);
            else if (i >= 2)
                ak_attempt_received(a, small, sizeof small, 3000);
            else
                ak_attempt_received(a, record, sizeof record, 3000);
        }
        assert_true(ak_attempt_over(a, &abrupt));
        const struct ak_probe_result *r = ak_attempt_result(a);
        assert_true(r->end == AK_PROBE_END_TOO_MUCH || r->end == AK_PROBE_END_NONSENSE ||
                    r->end == AK_PROBE_END_REJECTED);
        assert_true(r->received <= AK_MAX_PROBE_RECEIVED + sizeof record);
        ak_attempt_free(a);
    }
}

/* A ServerHello, and a Certificate message of 16 MB. */
static void a_huge_certificate_is_too_much(void **state)
{
    static const uint8_t huge[] = {22, 3, 3, 0x40, 0, 11, 0xff, 0, 0, 0xfe, 0xff, 0xfd, 0xfe, 0xff};
    (void)state;
    for (int i = 0; i < 2; i++) {
        uint8_t bytes[47] = {22, 3, 3, 0, 42, 2, 0, 0, 38, 3, 3};
        static uint8_t more[5 + 16384];
        bool abrupt;
        bytes[44] = 0xc0;
        bytes[45] = 0x2f;
        struct ak_probe_plan plan = plan_of(AK_PROBE_TLS, i ? AK_PROBE_FINISH : AK_PROBE_FLIGHT);
        offer(AK_PARTY_TLS12, AK_PARTY_TLS12);
        struct ak_attempt *a = attempt_new(&plan);
        ak_attempt_opened(a, 2000);
        ak_attempt_received(a, bytes, sizeof bytes, 3000);
        assert_false(ak_attempt_over(a, &abrupt));
        memcpy(more, huge, sizeof huge);
        for (int n = 0; n < 1100 && !ak_attempt_over(a, &abrupt); n++) {
            ak_attempt_received(a, more, sizeof more, 3000);
            memset(more + 5, 0, sizeof more - 5);
        }
        expect(a, AK_PROBE_END_TOO_MUCH, AK_STAGE_P4);
        ak_attempt_free(a);
    }
}

static void other_protocols_are_nonsense(void **state)
{
    static const char *const texts[] = {"HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-2.0-OpenSSH\r\n",
                                        "\x05\x00\x00\x00 something"};
    (void)state;
    for (size_t i = 0; i < 9; i++) {
        struct ak_probe_plan plan =
            plan_of(i < 6 ? AK_PROBE_TLS : AK_PROBE_TDS, i < 3 ? AK_PROBE_FINISH : AK_PROBE_FLIGHT);
        offer(AK_PARTY_TLS12, AK_PARTY_TLS12);
        struct ak_attempt *a = attempt_new(&plan);
        ak_attempt_opened(a, 2000);
        ak_attempt_received(a, (const uint8_t *)texts[i % 3], 14, 3000);
        expect(a, AK_PROBE_END_NONSENSE, i < 6 ? AK_STAGE_P3 : AK_STAGE_P2);
        assert_true(ak_attempt_result(a)->reason[0] != '\0');
        ak_attempt_free(a);
    }
}

static void ends_are_told(void **state)
{
    static const enum ak_probe_end ends[] = {AK_PROBE_END_UNREACHABLE, AK_PROBE_END_REFUSED,
                                             AK_PROBE_END_TIMEOUT,     AK_PROBE_END_FIN,
                                             AK_PROBE_END_RST,         AK_PROBE_END_STOPPED};
    (void)state;
    offer(AK_PARTY_TLS12, AK_PARTY_TLS12);
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        struct ak_probe_plan plan = plan_of(AK_PROBE_TLS, AK_PROBE_FLIGHT);
        struct ak_attempt *a = attempt_new(&plan);
        if (i >= 2)
            ak_attempt_opened(a, 2000);
        ak_attempt_ended(a, ends[i], 3000);
        expect(a, ends[i], i < 2 ? AK_STAGE_P0 : AK_STAGE_P3);
        ak_attempt_free(a);
    }
}

static void depth_connect_and_raw_bytes(void **state)
{
    static const uint8_t raw[] = {22, 3, 1, 0, 1, 1};
    struct ak_probe_plan plan = plan_of(AK_PROBE_TLS, AK_PROBE_CONNECT);
    (void)state;
    struct ak_attempt *a = attempt_new(&plan);
    ak_attempt_opened(a, 2000);
    expect(a, AK_PROBE_END_REACHED, AK_STAGE_P0);
    assert_int_equal(ak_attempt_outgoing(a).size, 0);
    ak_attempt_free(a);
    plan.depth = AK_PROBE_FLIGHT;
    plan.send_raw = true;
    plan.raw = raw;
    plan.raw_size = sizeof raw;
    a = attempt_new(&plan);
    ak_attempt_opened(a, 2000);
    struct ak_span out = ak_attempt_outgoing(a);
    assert_int_equal(out.size, sizeof raw);
    assert_memory_equal(out.bytes, raw, sizeof raw);
    assert_int_equal(ak_attempt_outgoing(a).size, 0);
    ak_attempt_free(a);
}

static void nothing_to_offer_is_said(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct ak_probe_plan plan = plan_of(AK_PROBE_TLS, i ? AK_PROBE_FINISH : AK_PROBE_FLIGHT);
        ak_party_init(&party, "test", AK_SIDE_CLIENT, AK_STACK_OTHER);
        ak_party_version_range(&party, AK_PARTY_TLS12, AK_PARTY_TLS12, "offered");
        (void)ak_party_suite_add(&party, i ? 0x0003 : 0x1301, true);
        struct ak_attempt *a = attempt_new(&plan);
        ak_attempt_opened(a, 2000);
        expect(a, AK_PROBE_END_NOTHING, AK_STAGE_P0);
        ak_attempt_free(a);
    }
}

static void a_tls_server_takes_the_old_format(void **state)
{
    struct ak_probe_plan plan = plan_of(AK_PROBE_TLS, AK_PROBE_FLIGHT);
    struct ak_test_server_options options = {.low = TLS1_VERSION, .high = TLS1_2_VERSION};
    (void)state;
    offer(AK_PARTY_TLS10, AK_PARTY_TLS10);
    plan.hello.ssl2_format = true;
    struct ak_attempt *a = run(&plan, &options, 1);
    const struct ak_probe_result *r = expect(a, AK_PROBE_END_REACHED, AK_STAGE_P4);
    assert_int_equal(r->version, 0x0301);
    assert_false(r->server_ems);
    ak_attempt_free(a);
}

static void ssl2_answers_are_read(void **state)
{
    static const uint8_t hello[] = {0x80, 17, 4, 0, 0, 0,    2, 0, 0,   0,
                                    6,    0,  0, 1, 0, 0x80, 7, 0, 0xc0};
    static const uint8_t error[] = {0x80, 3, 0, 0, 1};
    struct ak_probe_plan plan = plan_of(AK_PROBE_TLS, AK_PROBE_FLIGHT);
    (void)state;
    ak_party_init(&party, "old", AK_SIDE_CLIENT, AK_STACK_OTHER);
    ak_party_version_range(&party, AK_PARTY_SSL20, AK_PARTY_SSL20, "offered");
    struct ak_attempt *a = attempt_new(&plan);
    ak_attempt_opened(a, 2000);
    for (size_t i = 0; i < sizeof hello; i++)
        ak_attempt_received(a, hello + i, 1, 3000);
    const struct ak_probe_result *r = expect(a, AK_PROBE_END_REACHED, AK_STAGE_P4);
    assert_int_equal(r->ssl2_suites, 2);
    assert_int_equal(r->version, 2);
    ak_attempt_free(a);
    a = attempt_new(&plan);
    ak_attempt_opened(a, 2000);
    ak_attempt_received(a, error, sizeof error, 3000);
    assert_string_equal(expect(a, AK_PROBE_END_DECLINED, AK_STAGE_P3)->reason, "SSL 2.0 error 1");
    ak_attempt_free(a);
}

/* ---- damage: what a server sent once, cut and flipped ---- */

struct damaged {
    struct ak_probe_plan plan;
    unsigned reached;
};

static void replay(struct ak_span bytes, void *context)
{
    struct damaged *d = context;
    bool abrupt;
    struct ak_attempt *a = attempt_new(&d->plan);
    ak_attempt_opened(a, 2000);
    (void)ak_attempt_outgoing(a);
    ak_attempt_received(a, bytes.bytes, bytes.size, 3000);
    (void)ak_attempt_outgoing(a);
    ak_attempt_ended(a, AK_PROBE_END_FIN, 4000);
    assert_true(ak_attempt_over(a, &abrupt));
    d->reached += ak_attempt_result(a)->end == AK_PROBE_END_REACHED;
    ak_attempt_free(a);
}

static void damaged_flights_end_well(void **state)
{
    (void)state;
    struct damaged d = {.plan = plan_of(AK_PROBE_TDS, AK_PROBE_FLIGHT)};
    struct ak_test_server s;
    struct ak_test_server_options options = {
        .kind = AK_TEST_TDS, .low = TLS1_2_VERSION, .high = TLS1_2_VERSION, .reply = 1};
    struct ak_text sent;
    offer(AK_PARTY_TLS12, AK_PARTY_TLS12);
    ak_test_server_init(&s, &options, &rsa);
    struct ak_attempt *a = attempt_new(&d.plan);
    ak_text_init(&sent, 65536);
    ak_attempt_opened(a, 2000);
    for (struct ak_span out; (out = ak_attempt_outgoing(a)).size != 0;) {
        ak_test_server_feed(&s, out);
        ak_text_bytes(&sent, s.out.bytes, s.out.size);
        ak_attempt_received(a, (const uint8_t *)s.out.bytes, s.out.size, 3000);
        s.out.size = 0;
    }
    struct ak_span whole = {(const uint8_t *)sent.bytes, sent.size};
    ak_each_damage(whole, replay, &d);
    assert_true(d.reached != 0);
    ak_text_release(&sent);
    ak_attempt_free(a);
    ak_test_server_release(&s);
}

/* ---- lack of memory ---- */

static void lack_of_memory_ends_well(void **state)
{
    enum { LAST = 60 };
    (void)state;
    offer(AK_PARTY_TLS12, AK_PARTY_TLS12);
    for (int way = 0; way < 3; way++) {
        struct ak_probe_plan plan =
            plan_of((enum ak_probe_way)way, way == 0 ? AK_PROBE_FLIGHT : AK_PROBE_LOGIN);
        const struct ak_test_server_options options = {.kind = (enum ak_test_server_kind)way,
                                                       .low = TLS1_2_VERSION,
                                                       .high = TLS1_2_VERSION,
                                                       .reply = 1,
                                                       .alpn = way == 2 ? "tds/8.0" : NULL,
                                                       .answer = login_good,
                                                       .answer_size = sizeof login_good};
        plan.login = &login;
        assert_true(ak_torture_memory(&plan, &source, store, &options, &rsa, LAST) < LAST);
    }
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
        cmocka_unit_test(finishes_with_each_version),
        cmocka_unit_test(own_hellos_stop_at_the_first_flight),
        cmocka_unit_test(tls13_ends_with_its_hello_or_the_retry),
        cmocka_unit_test(a_refusal_is_the_servers_alert),
        cmocka_unit_test(what_openssl_cannot_take_is_rejected),
        cmocka_unit_test(a_certificate_request_is_told),
        cmocka_unit_test(tds_wraps_the_handshake),
        cmocka_unit_test(the_reply_decides_what_follows),
        cmocka_unit_test(alerts_come_wrapped_or_raw),
        cmocka_unit_test(a_strict_server_answers_prelogin_with_an_alert),
        cmocka_unit_test(logins_are_answered),
        cmocka_unit_test(the_reply_inside_tls_can_be_enough),
        cmocka_unit_test(a_login_never_leaves_in_clear),
        cmocka_unit_test(silence_ends_in_time),
        cmocka_unit_test(endless_talk_is_too_much),
        cmocka_unit_test(a_huge_certificate_is_too_much),
        cmocka_unit_test(other_protocols_are_nonsense),
        cmocka_unit_test(ends_are_told),
        cmocka_unit_test(depth_connect_and_raw_bytes),
        cmocka_unit_test(nothing_to_offer_is_said),
        cmocka_unit_test(a_tls_server_takes_the_old_format),
        cmocka_unit_test(ssl2_answers_are_read),
        cmocka_unit_test(damaged_flights_end_well),
        cmocka_unit_test(lack_of_memory_ends_well),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
