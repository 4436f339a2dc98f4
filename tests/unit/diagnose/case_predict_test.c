/* What a server's settings say of a hello, held beside how the conversation ended. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/case_predict.h"

#include "support/case.h"
#include "support/host.h"

#define OFF "\"Enabled\"=dword:00000000\r\n"
#define TLS12_OFF KEY(SCHANNEL "Protocols\\TLS 1.2\\Server") OFF
#define NO_TLS12_NOR_13 TLS12_OFF KEY(SCHANNEL "Protocols\\TLS 1.3\\Server") OFF

struct bench {
    struct known k;
    struct ak_host *host;
    struct ak_met_host side[AK_SIDES];
    struct ak_case_parties room;
    struct ak_case_forecast f;
    bool lent; /* the host has an instance of the test, and none of its own */
};

static struct bench *b;

static int begin(void **state)
{
    (void)state;
    b = calloc(1, sizeof *b);
    assert_non_null(b);
    known_begin(&b->k, AK_PROTOCOL_TLS, AK_OUTCOME_FAILED, AK_STAGE_P3, AK_SIDE_SERVER,
                AK_CLOSE_FIN);
    known_tls(&b->k);
    return 0;
}

static int end(void **state)
{
    (void)state;
    if (b->lent)
        b->host->instances = NULL;
    if (b->host != NULL)
        host_end(b->host);
    free(b);
    return 0;
}

static void server_is(const char *system, const char *text)
{
    if (b->host != NULL)
        host_end(b->host);
    b->host = host_of(system, text);
    b->side[AK_SIDE_SERVER].host = b->host;
    b->side[AK_SIDE_SERVER].by = AK_MET_BY_ADDRESS;
}

static void assert_forecast(const char *rule, enum ak_grade grade)
{
    ak_case_predict(&b->k.view, b->side, &b->room, &b->f);
    assert_true(b->f.made);
    assert_string_equal(b->f.rule != NULL ? b->f.rule : "-", rule != NULL ? rule : "-");
    assert_string_equal(ak_grade_name(b->f.grade), ak_grade_name(grade));
}

static void settings_that_refuse(void **state)
{
    (void)state;
    server_is("ws2022", NO_TLS12_NOR_13);
    assert_forecast("no-common-version", AK_GRADE_CERTAIN);
    assert_false(b->f.contradicts);
    assert_int_equal(b->f.n.refusal, AK_REFUSAL_NO_COMMON_VERSION);
    assert_int_equal(b->f.speaks & (AK_SCHANNEL_VERSION_TLS12 | AK_SCHANNEL_VERSION_TLS13), 0);
    assert_true(b->f.suites != 0);
}

/* Whatever makes the wire or the settings doubtful takes the certainty away, and nothing else. */
static void doubts(void **state)
{
    (void)state;
    server_is("ws2022", NO_TLS12_NOR_13);
    bool *const flags[] = {&b->k.c.hole, &b->k.c.truncated, &b->k.c.begun_before,
                           &b->k.c.direction_guessed};
    for (size_t i = 0; i < AK_COUNT(flags); i++) {
        *flags[i] = true;
        assert_forecast("no-common-version", AK_GRADE_LIKELY);
        *flags[i] = false;
    }
    b->side[AK_SIDE_SERVER].by = AK_MET_BY_CERTIFICATE;
    assert_forecast("no-common-version", AK_GRADE_CERTAIN);
    b->side[AK_SIDE_SERVER].by = AK_MET_BY_NAME;
    assert_forecast("no-common-version", AK_GRADE_LIKELY);
    b->side[AK_SIDE_SERVER].by = AK_MET_BY_ADDRESS;
    b->host->sources[0].damaged = 1;
    assert_forecast("no-common-version", AK_GRADE_LIKELY);
    b->host->sources[0].damaged = 0;
    b->host->sources[0].dirty = true;
    assert_forecast("no-common-version", AK_GRADE_LIKELY);
    b->host->sources[0].replayed = true;
    assert_forecast("no-common-version", AK_GRADE_CERTAIN);
    known_alert(&b->k, AK_SIDE_SERVER, 70);
    assert_forecast("no-common-version", AK_GRADE_CERTAIN);
    b->k.c.alert[0].code = 42; /* such a refusal does not give it */
    assert_forecast("no-common-version", AK_GRADE_LIKELY);
}

static void settings_that_do_not(void **state)
{
    (void)state;
    server_is("ws2022", "");
    assert_forecast(NULL, AK_GRADE_NONE);
    assert_true(b->f.contradicts && b->f.n.established);
    /* Of a handshake that worked, or that the client ended, there is nothing to contradict. */
    b->k.c.closed_by = AK_SIDE_CLIENT;
    assert_forecast(NULL, AK_GRADE_NONE);
    assert_false(b->f.contradicts);
    server_is("ws2022", NO_TLS12_NOR_13);
    assert_forecast(NULL, AK_GRADE_NONE);
    b->k.c.closed_by = AK_SIDE_SERVER;
    b->k.c.stage = AK_STAGE_P4;
    assert_forecast(NULL, AK_GRADE_NONE);
    b->k.c.stage = AK_STAGE_P3;
    assert_forecast("no-common-version", AK_GRADE_CERTAIN);
}

static void nothing_to_compare(void **state)
{
    (void)state;
    ak_case_predict(&b->k.view, b->side, &b->room, &b->f);
    assert_false(b->f.made);
    server_is("ws2022", NO_TLS12_NOR_13);
    b->k.view.hello = NULL;
    ak_case_predict(&b->k.view, b->side, &b->room, &b->f);
    assert_false(b->f.made);
    assert_null(b->f.rule);
}

/* A list that is not in the evidence may be any list. */
static void a_suite_list_must_be_told(void **state)
{
    static const uint16_t suites[] = {0xc02f};
    (void)state;
    known_old_hello(&b->k, 0x0303);
    b->k.hello.cipher_suites = (struct ak_u16_list){suites, AK_COUNT(suites)};
#define ONE_SUITE KEY(SSL_POLICY) "\"Functions\"=\"TLS_RSA_WITH_AES_128_CBC_SHA\"\r\n"
    server_is("ws2022", ONE_SUITE); /* the protocols' keys may say anything */
    assert_forecast("no-common-suite", AK_GRADE_POSSIBLE);
    server_is("ws2022", KEY(SCHANNEL "Protocols\\TLS 1.3\\Server") OFF ONE_SUITE);
    assert_forecast("no-common-suite", AK_GRADE_CERTAIN);
    assert_int_equal(b->f.suites, 1);
    b->host->suites_origin = AK_LIST_UNKNOWN;
    ak_case_predict(&b->k.view, b->side, &b->room, &b->f);
    assert_true(b->f.grade < AK_GRADE_CERTAIN);
}

/* The key of RSA's key exchange: it works, and no document says since when. */
static void a_key_that_takes_suites_away(void **state)
{
    static const uint16_t suites[] = {0x002f};
    (void)state;
    known_old_hello(&b->k, 0x0303);
    b->k.hello.cipher_suites = (struct ak_u16_list){suites, AK_COUNT(suites)};
    server_is("ws2022", KEY(SCHANNEL "KeyExchangeAlgorithms\\PKCS") OFF);
    assert_forecast("rsa-key-exchange-disabled", AK_GRADE_LIKELY);
}

static void an_old_build_of_sql_server(void **state)
{
    static const uint16_t tls12 = 0x0303;
    static struct ak_sql_instance instance;
    (void)state;
    b->k.hello.max_version = 0x0303;
    b->k.hello.supported_versions = (struct ak_u16_list){&tls12, 1};
    known_tds(&b->k, 1, 1);
    b->k.c.protocol = AK_PROTOCOL_TDS;
    server_is("win81_2012r2", "");
    memset(&instance, 0, sizeof instance);
    (void)snprintf(instance.version, sizeof instance.version, "11.0.3000.0");
    assert_null(b->host->instances);
    b->lent = true;
    b->host->instances = &instance;
    b->host->instance_count = 1;
    ak_case_predict(&b->k.view, b->side, &b->room, &b->f);
    assert_non_null(b->f.rule);
    assert_string_equal(b->f.rule, "server-build-too-old");
    (void)snprintf(instance.version, sizeof instance.version, "15.0.2000.5");
    ak_case_predict(&b->k.view, b->side, &b->room, &b->f);
    assert_null(b->f.rule);
    assert_true(b->f.contradicts);
}

/* What the wire shows counts more than what is usual: the certificate of this server... */
static void a_certificate_that_was_seen(void **state)
{
    static const uint16_t suites[] = {0xc02f}; /* for a key of RSA */
    static struct ak_server_known known;
    (void)state;
    known_old_hello(&b->k, 0x0303);
    b->k.hello.cipher_suites = (struct ak_u16_list){suites, AK_COUNT(suites)};
    server_is("ws2022", KEY(SCHANNEL "Protocols\\TLS 1.3\\Server") OFF);
    assert_forecast(NULL, AK_GRADE_NONE);
    assert_true(b->f.contradicts);
    known_leaf(&b->k);
    b->k.leaf.facts.key_type = b->k.leaf.facts.sign_key = AK_KEY_EC;
    b->k.leaf.facts.key_bits = 256;
    ak_case_predict(&b->k.view, b->side, &b->room, &b->f);
    assert_string_equal(b->f.rule, "no-common-suite");
    assert_false(b->f.contradicts);
    /* ... also when another conversation showed it, unless it showed several. */
    b->k.view.leaf = NULL;
    memset(&known, 0, sizeof known);
    known.leaf[0] = known.leaf[1] = &b->k.leaf;
    known.leaf_count = 1;
    b->k.view.server = &known;
    ak_case_predict(&b->k.view, b->side, &b->room, &b->f);
    assert_string_equal(b->f.rule, "no-common-suite");
    known.leaf_count = 2;
    assert_forecast(NULL, AK_GRADE_NONE);
}

/* ... and that SQL Server let TLS begin: what its settings say of that is not asked again. */
static void tls_did_begin(void **state)
{
    static struct ak_sql_instance instance;
    (void)state;
    b->k.c.protocol = AK_PROTOCOL_TDS8;
    server_is("ws2022", NO_TLS12_NOR_13);
    assert_null(b->host->instances);
    b->lent = true;
    memset(&instance, 0, sizeof instance); /* a version that knows nothing of strict */
    (void)snprintf(instance.version, sizeof instance.version, "15.0.4153.1");
    b->host->instances = &instance;
    b->host->instance_count = 1;
    ak_case_predict(&b->k.view, b->side, &b->room, &b->f);
    assert_int_equal(b->f.n.refusal, AK_REFUSAL_NO_COMMON_VERSION);
}

/* ---- when keys were written ---- */

static struct ak_setting *tls12_written(int64_t seconds)
{
    struct ak_setting *s =
        &b->host->protocols[AK_SCHANNEL_SERVER][AK_SCHANNEL_PROTOCOL_TLS12].enabled;
    s->written = known_start + seconds * 1000000000;
    return s;
}

static void keys_and_times(void **state)
{
    (void)state;
    server_is("ws2022", NO_TLS12_NOR_13);
    assert_forecast("no-common-version", AK_GRADE_CERTAIN);
    assert_true(b->f.latest == NULL && b->f.pending == NULL && b->f.later == NULL);
    struct ak_setting *s = tls12_written(-100);
    assert_forecast("no-common-version", AK_GRADE_CERTAIN);
    assert_ptr_equal(b->f.latest, s);
    assert_string_equal(b->f.latest_key, "SCHANNEL\\Protocols\\TLS 1.2\\Server");
    /* After the last shutdown: perhaps it is not in force. */
    b->host->shutdown = known_start - INT64_C(200) * 1000000000;
    assert_forecast("no-common-version", AK_GRADE_LIKELY);
    assert_ptr_equal(b->f.pending, s);
    b->host->shutdown = known_start - INT64_C(50) * 1000000000;
    assert_forecast("no-common-version", AK_GRADE_CERTAIN);
    assert_null(b->f.pending);
    /* After the conversation: then it was otherwise. */
    (void)tls12_written(100);
    assert_forecast("no-common-version", AK_GRADE_LIKELY);
    assert_ptr_equal(b->f.later, s);
    assert_null(b->f.latest);
    assert_string_equal(b->f.later_key, "SCHANNEL\\Protocols\\TLS 1.2\\Server");
    /* The newest of several is told. */
    struct ak_setting *newer =
        &b->host->protocols[AK_SCHANNEL_SERVER][AK_SCHANNEL_PROTOCOL_TLS13].enabled;
    newer->written = s->written + 1;
    assert_forecast("no-common-version", AK_GRADE_LIKELY);
    assert_ptr_equal(b->f.later, newer);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(settings_that_refuse),
        TEST(doubts),
        TEST(settings_that_do_not),
        TEST(nothing_to_compare),
        TEST(a_suite_list_must_be_told),
        TEST(a_key_that_takes_suites_away),
        TEST(an_old_build_of_sql_server),
        TEST(a_certificate_that_was_seen),
        TEST(tls_did_begin),
        TEST(keys_and_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
