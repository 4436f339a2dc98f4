/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/knowledge.h"

#include "base/alloc.h"
#include "support/case.h"

static const struct ak_hash_key hash_key = {8, 9};
static bool news; /* what _add says of it, where that does not matter */
static const int64_t minute = INT64_C(60) * 1000000000;

static struct ak_knowledge *new_one(void)
{
    struct ak_knowledge *knowledge = ak_knowledge_new(hash_key);
    assert_non_null(knowledge);
    return knowledge;
}

static void established(struct known *k, uint16_t version, uint16_t suite)
{
    known_begin(k, AK_PROTOCOL_TDS, AK_OUTCOME_ESTABLISHED, AK_STAGE_P7, AK_SIDE_CLIENT,
                AK_CLOSE_FIN);
    known_tls(k);
    known_server_hello(k, version, suite);
}

static void nothing_is_known_at_first(void **state)
{
    (void)state;
    struct ak_knowledge *knowledge = new_one();
    struct known k;
    established(&k, 0x0303, 0x009e);
    assert_null(ak_knowledge_server(knowledge, &k.c.end[AK_SIDE_SERVER]));
    assert_null(ak_knowledge_pair(knowledge, &k.c));
    k.c.tls = NULL;
    assert_null(ak_knowledge_pair(knowledge, &k.c));
    ak_knowledge_free(knowledge);
    ak_knowledge_free(NULL);
}

static void servers_are_addresses_and_ports(void **state)
{
    (void)state;
    struct ak_knowledge *knowledge = new_one();
    struct known k;
    established(&k, 0x0303, 0xc02f);
    assert_true(ak_knowledge_add(knowledge, &k.c, &news));
    assert_true(ak_knowledge_add(knowledge, &k.c, &news));
    k.c.outcome = AK_OUTCOME_FAILED;
    k.c.end[AK_SIDE_CLIENT].port++;
    assert_true(ak_knowledge_add(knowledge, &k.c, &news));
    const struct ak_server_known *s = ak_knowledge_server(knowledge, &k.c.end[AK_SIDE_SERVER]);
    assert_int_equal(s->conversations, 3);
    assert_int_equal(s->established, 2);
    assert_int_equal(s->failed, 1);
    struct ak_endpoint other = k.c.end[AK_SIDE_SERVER];
    other.port = 1434;
    assert_null(ak_knowledge_server(knowledge, &other));
    other = k.c.end[AK_SIDE_SERVER];
    other.version = 6;
    assert_null(ak_knowledge_server(knowledge, &other));
    other = k.c.end[AK_SIDE_SERVER];
    other.address[3]++;
    assert_null(ak_knowledge_server(knowledge, &other));
    ak_knowledge_free(knowledge);
}

static void many_servers_are_found_again(void **state)
{
    (void)state;
    struct ak_knowledge *knowledge = new_one();
    struct known k;
    known_begin(&k, AK_PROTOCOL_UNKNOWN, AK_OUTCOME_REFUSED, AK_STAGE_P0, AK_SIDE_SERVER,
                AK_CLOSE_RST);
    for (uint16_t port = 1; port <= 3000; port++) {
        k.c.end[AK_SIDE_SERVER].port = port;
        for (unsigned i = 0; i < 1u + port % 3; i++)
            assert_true(ak_knowledge_add(knowledge, &k.c, &news));
    }
    for (uint16_t port = 1; port <= 3000; port++) {
        k.c.end[AK_SIDE_SERVER].port = port;
        const struct ak_server_known *s = ak_knowledge_server(knowledge, &k.c.end[AK_SIDE_SERVER]);
        assert_non_null(s);
        assert_int_equal(s->conversations, 1 + port % 3);
    }
    ak_knowledge_free(knowledge);
}

static void suites_and_groups_are_kept_once(void **state)
{
    (void)state;
    struct ak_knowledge *knowledge = new_one();
    struct known k;
    for (unsigned i = 0; i < 40; i++) {
        established(&k, 0x0303, (uint16_t)(0xc000 + i / 2));
        k.c.id = 100 + i;
        k.tls.group = (uint16_t)(1 + i / 2);
        assert_true(ak_knowledge_add(knowledge, &k.c, &news));
    }
    const struct ak_server_known *s = ak_knowledge_server(knowledge, &k.c.end[AK_SIDE_SERVER]);
    assert_int_equal(s->suite_count, AK_KNOWN_SUITES);
    assert_int_equal(s->group_count, AK_KNOWN_GROUPS);
    assert_int_equal(s->suite[1].suite, 0xc001);
    assert_int_equal(s->suite[1].id, 102); /* the first that showed it */
    assert_int_equal(s->group[7], 8);
    ak_knowledge_free(knowledge);
}

/* A failed handshake shows nothing that the server uses, but its retry request does. */
static void only_what_worked_counts(void **state)
{
    (void)state;
    struct ak_knowledge *knowledge = new_one();
    struct known k;
    established(&k, 0x0303, 0xc02f);
    k.c.outcome = AK_OUTCOME_FAILED;
    k.tls.group = 0x001d;
    assert_true(ak_knowledge_add(knowledge, &k.c, &news));
    const struct ak_server_known *s = ak_knowledge_server(knowledge, &k.c.end[AK_SIDE_SERVER]);
    assert_int_equal(s->suite_count, 0);
    assert_int_equal(s->group_count, 0);
    k.tls.hello_retry = true;
    k.tls.retry_group = 0x0017;
    assert_true(ak_knowledge_add(knowledge, &k.c, &news));
    assert_int_equal(s->group_count, 1);
    assert_int_equal(s->group[0], 0x0017);
    ak_knowledge_free(knowledge);
}

static void builds_and_forms_come_from_tds(void **state)
{
    (void)state;
    struct ak_knowledge *knowledge = new_one();
    struct known k;
    known_begin(&k, AK_PROTOCOL_TDS, AK_OUTCOME_REFUSED, AK_STAGE_P2, AK_SIDE_CLIENT, AK_CLOSE_FIN);
    known_tds(&k, 1, 2);
    assert_true(ak_knowledge_add(knowledge, &k.c, &news));
    const struct ak_server_known *s = ak_knowledge_server(knowledge, &k.c.end[AK_SIDE_SERVER]);
    assert_int_equal(s->tds7_answered, 1);
    assert_false(s->has_build);
    k.tds.has_server_version = true;
    k.tds.server_version[0] = 15;
    k.tds.server_build[0] = 4003;
    assert_true(ak_knowledge_add(knowledge, &k.c, &news));
    assert_true(s->has_build);
    assert_int_equal(s->version[0], 15);
    assert_int_equal(s->build, 4003);
    k.tds.has_reply = false;
    assert_true(ak_knowledge_add(knowledge, &k.c, &news));
    assert_int_equal(s->tds7_answered, 2);
    established(&k, 0x0304, 0x1301);
    k.c.protocol = AK_PROTOCOL_TDS8;
    assert_true(ak_knowledge_add(knowledge, &k.c, &news));
    k.tls.has_server_hello = false;
    k.c.outcome = AK_OUTCOME_FAILED;
    assert_true(ak_knowledge_add(knowledge, &k.c, &news));
    assert_int_equal(s->tds8_answered, 1);
    ak_knowledge_free(knowledge);
}

static void leaves_are_held(void **state)
{
    (void)state;
    struct ak_knowledge *knowledge = new_one();
    struct known k[AK_KNOWN_LEAVES + 2];
    for (size_t i = 0; i < AK_COUNT(k); i++) {
        established(&k[i], 0x0303, 0xc02f);
        known_leaf(&k[i]);
        assert_true(ak_knowledge_add(knowledge, &k[i].c, &news));
        assert_true(ak_knowledge_add(knowledge, &k[i].c, &news));
    }
    const struct ak_server_known *s = ak_knowledge_server(knowledge, &k[0].c.end[AK_SIDE_SERVER]);
    assert_int_equal(s->leaf_count, AK_KNOWN_LEAVES);
    assert_int_equal(k[0].leaf.references, MANY_REFERENCES + 1);
    assert_int_equal(k[AK_KNOWN_LEAVES].leaf.references, MANY_REFERENCES);
    ak_knowledge_free(knowledge);
    assert_int_equal(k[0].leaf.references, MANY_REFERENCES);
}

/* One client address at one server under one TLS_DHE suite. */
static void pairs_count_dhe_that_worked(void **state)
{
    (void)state;
    struct ak_knowledge *knowledge = new_one();
    struct known k;
    established(&k, 0x0303, 0x009e);
    k.c.id = 55;
    assert_true(ak_knowledge_add(knowledge, &k.c, &news));
    k.c.id = 56;
    k.c.end[AK_SIDE_CLIENT].port++; /* the port of a client means nothing */
    assert_true(ak_knowledge_add(knowledge, &k.c, &news));
    k.c.outcome = AK_OUTCOME_FAILED;
    assert_true(ak_knowledge_add(knowledge, &k.c, &news));
    const struct ak_pair_known *pair = ak_knowledge_pair(knowledge, &k.c);
    assert_int_equal(pair->established, 2);
    assert_int_equal(pair->id, 55);
    k.tls.cipher_suite = 0x009f;
    assert_null(ak_knowledge_pair(knowledge, &k.c));
    established(&k, 0x0303, 0xc02f); /* ECDHE is not counted */
    assert_true(ak_knowledge_add(knowledge, &k.c, &news));
    assert_null(ak_knowledge_pair(knowledge, &k.c));
    established(&k, 0x0303, 0x009e);
    k.c.end[AK_SIDE_CLIENT].address[3]++;
    assert_null(ak_knowledge_pair(knowledge, &k.c));
    for (unsigned i = 0; i < 1000; i++) { /* and many of them */
        k.c.end[AK_SIDE_CLIENT].address[2] = (uint8_t)(i >> 8);
        k.c.end[AK_SIDE_CLIENT].address[3] = (uint8_t)i;
        assert_true(ak_knowledge_add(knowledge, &k.c, &news));
    }
    for (unsigned i = 0; i < 1000; i++) {
        k.c.end[AK_SIDE_CLIENT].address[2] = (uint8_t)(i >> 8);
        k.c.end[AK_SIDE_CLIENT].address[3] = (uint8_t)i;
        assert_non_null(ak_knowledge_pair(knowledge, &k.c));
    }
    ak_knowledge_free(knowledge);
}

/* What ended at P5 by the server counts against what worked, for the pair and for all clients. */
static void pairs_count_what_failed(void **state)
{
    (void)state;
    struct ak_knowledge *knowledge = new_one();
    struct known k;
    for (unsigned i = 0; i < 12; i++) {
        established(&k, 0x0303, 0x009e);
        k.c.id = 30 + i;
        k.c.end[AK_SIDE_CLIENT].address[3] = (uint8_t)(i < 8 ? 5 : 6);
        if (i == 0 || i == 4 || i == 9) {
            k.c.outcome = AK_OUTCOME_FAILED;
            k.c.stage = AK_STAGE_P5;
            k.c.closed_by = i == 4 ? AK_SIDE_CLIENT : AK_SIDE_SERVER; /* 4: the client left */
        }
        assert_true(ak_knowledge_add(knowledge, &k.c, &news));
    }
    const struct ak_pair_known *pair = ak_knowledge_pair(knowledge, &k.c); /* client 6 */
    assert_int_equal(pair->established, 3);
    assert_int_equal(pair->failed, 1);
    k.c.end[AK_SIDE_CLIENT].address[3] = 5;
    pair = ak_knowledge_pair(knowledge, &k.c);
    assert_int_equal(pair->established, 6);
    assert_int_equal(pair->failed, 1);
    assert_int_equal(pair->id, 31); /* the first that worked */
    const struct ak_pair_known *suite = ak_knowledge_suite(knowledge, &k.c);
    assert_int_equal(suite->established, 9);
    assert_int_equal(suite->failed, 2);
    k.tls.cipher_suite = 0x009f;
    assert_null(ak_knowledge_suite(knowledge, &k.c));
    k.c.tls = NULL;
    assert_null(ak_knowledge_suite(knowledge, &k.c));
    ak_knowledge_free(knowledge);
}

static void the_largest_packet_size_is_kept(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {0, 4096, 32767, 8000};
    struct ak_knowledge *knowledge = new_one();
    struct known k;
    for (unsigned i = 0; i < AK_COUNT(sizes); i++) {
        known_begin(&k, AK_PROTOCOL_TDS, AK_OUTCOME_PLAINTEXT, AK_STAGE_P7, AK_SIDE_CLIENT,
                    AK_CLOSE_FIN);
        known_tds(&k, 2, 2);
        k.c.id = 60 + i;
        k.tds.changed_packet_size = sizes[i];
        assert_true(ak_knowledge_add(knowledge, &k.c, &news));
        if (i == 0)
            assert_int_equal(ak_knowledge_server(knowledge, &k.c.end[AK_SIDE_SERVER])->packet_size,
                             0);
    }
    const struct ak_server_known *s = ak_knowledge_server(knowledge, &k.c.end[AK_SIDE_SERVER]);
    assert_int_equal(s->packet_size, 32767);
    assert_int_equal(s->packet_size_id, 62);
    ak_knowledge_free(knowledge);
}

/* ---- load ---- */

/* `silent` of `count` conversations of `clients` clients died unheard, all in the minute `at`. */
static void load(struct ak_knowledge *knowledge, int64_t at, unsigned count, unsigned silent,
                 unsigned clients)
{
    for (unsigned i = 0; i < count; i++) {
        struct known k;
        bool died = i < silent;
        known_begin(&k, AK_PROTOCOL_TDS, died ? AK_OUTCOME_UNANSWERED : AK_OUTCOME_ESTABLISHED,
                    died ? AK_STAGE_P1 : AK_STAGE_P7, AK_SIDE_CLIENT, AK_CLOSE_TIMEOUT);
        k.c.first_time = at * minute + i;
        k.c.end[AK_SIDE_CLIENT].address[3] = (uint8_t)(1 + i % clients);
        assert_true(ak_knowledge_add(knowledge, &k.c, &news));
    }
}

static const struct ak_server_known *the_server(const struct ak_knowledge *knowledge)
{
    struct known k;
    known_begin(&k, AK_PROTOCOL_TDS, AK_OUTCOME_FAILED, AK_STAGE_P1, AK_SIDE_NONE, AK_CLOSE_NONE);
    return ak_knowledge_server(knowledge, &k.c.end[AK_SIDE_SERVER]);
}

static void starvation_has_thresholds(void **state)
{
    (void)state;
    static const struct {
        unsigned count, silent, clients;
        bool starved;
    } rows[] = {
        {20, 4, 2, true},   {19, 4, 2, false},  /* too few conversations */
        {20, 3, 2, false},                      /* too small a share: 15 % */
        {20, 18, 2, true},  {20, 20, 2, false}, /* always: a plain fault */
        {20, 10, 1, false},                     /* one client */
        {100, 20, 5, true}, {100, 19, 5, false},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_knowledge *knowledge = new_one();
        /* The ones that worked first, so that no early part of the window looks starved. */
        load(knowledge, 1000, rows[i].count - rows[i].silent, 0, rows[i].clients);
        load(knowledge, 1000, rows[i].silent, rows[i].silent, rows[i].clients);
        const struct ak_server_known *s = the_server(knowledge);
        assert_int_equal(s->starved.used, rows[i].starved);
        if (rows[i].starved) {
            assert_int_equal(s->starved.conversations, rows[i].count);
            assert_int_equal(s->starved.silent, rows[i].silent);
        }
        ak_knowledge_free(knowledge);
    }
}

static void windows_are_a_minute_wide(void **state)
{
    (void)state;
    struct ak_knowledge *knowledge = new_one();
    load(knowledge, 1000, 10, 0, 3);
    load(knowledge, 1001, 10, 5, 3); /* together they would be enough */
    assert_false(the_server(knowledge)->starved.used);
    load(knowledge, 1000, 10, 5, 3); /* late ones still find their window */
    assert_true(the_server(knowledge)->starved.used);
    assert_int_equal(the_server(knowledge)->starved.index, 1000);
    ak_knowledge_free(knowledge);
}

static void the_worst_window_is_kept(void **state)
{
    (void)state;
    struct ak_knowledge *knowledge = new_one();
    for (int64_t at = 2000; at < 2010; at++) {
        unsigned silent = at == 2003 ? 15 : 10;
        load(knowledge, at, 30 - silent, 0, 3);
        load(knowledge, at, silent, silent, 3);
    }
    assert_int_equal(the_server(knowledge)->starved.index, 2003);
    assert_int_equal(the_server(knowledge)->starved.silent, 15);
    ak_knowledge_free(knowledge);
}

static void silent_deaths_are_of_certain_kinds(void **state)
{
    (void)state;
    static const struct {
        enum ak_outcome outcome;
        enum ak_stage stage;
        enum ak_close close;
        bool silent;
    } rows[] = {
        {AK_OUTCOME_UNANSWERED, AK_STAGE_P0, AK_CLOSE_TIMEOUT, true},
        {AK_OUTCOME_REFUSED, AK_STAGE_P0, AK_CLOSE_RST, true},
        {AK_OUTCOME_REFUSED, AK_STAGE_P1, AK_CLOSE_FIN, true},
        {AK_OUTCOME_REFUSED, AK_STAGE_P2, AK_CLOSE_FIN, false},
        {AK_OUTCOME_UNANSWERED, AK_STAGE_P3, AK_CLOSE_TIMEOUT, false},
        {AK_OUTCOME_ESTABLISHED, AK_STAGE_P6, AK_CLOSE_RST, true},
        {AK_OUTCOME_ESTABLISHED, AK_STAGE_P6, AK_CLOSE_NONE, false}, /* still open */
        {AK_OUTCOME_INCOMPLETE, AK_STAGE_P0, AK_CLOSE_NONE, false},
        {AK_OUTCOME_FAILED, AK_STAGE_P3, AK_CLOSE_RST, false},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_knowledge *knowledge = new_one();
        struct known k;
        known_begin(&k, AK_PROTOCOL_TDS, rows[i].outcome, rows[i].stage, AK_SIDE_SERVER,
                    rows[i].close);
        assert_true(ak_knowledge_add(knowledge, &k.c, &news));
        unsigned silent = 0;
        for (size_t w = 0; w < AK_KNOWN_WINDOWS; w++)
            silent += the_server(knowledge)->window[w].silent;
        assert_int_equal(silent, rows[i].silent);
        ak_knowledge_free(knowledge);
    }
}

static void want_of_memory_is_told(void **state)
{
    (void)state;
    unsigned long made = 1;
    for (unsigned long n = 1; n <= made + 1; n++) {
        (void)ak_alloc_fail_after(n);
        struct ak_knowledge *knowledge = ak_knowledge_new(hash_key);
        made = ak_alloc_fail_after(0);
        assert_int_equal(knowledge == NULL, n <= made);
        ak_knowledge_free(knowledge);
    }
    struct ak_knowledge *knowledge = new_one();
    struct known k;
    established(&k, 0x0303, 0x009e);
    (void)ak_alloc_fail_after(1);
    bool good = ak_knowledge_add(knowledge, &k.c, &news);
    if (ak_alloc_fail_after(0) != 0)
        assert_false(good);
    assert_true(ak_knowledge_add(knowledge, &k.c, &news));
    ak_knowledge_free(knowledge);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_known_at_first),
        cmocka_unit_test(servers_are_addresses_and_ports),
        cmocka_unit_test(many_servers_are_found_again),
        cmocka_unit_test(suites_and_groups_are_kept_once),
        cmocka_unit_test(only_what_worked_counts),
        cmocka_unit_test(builds_and_forms_come_from_tds),
        cmocka_unit_test(leaves_are_held),
        cmocka_unit_test(pairs_count_dhe_that_worked),
        cmocka_unit_test(pairs_count_what_failed),
        cmocka_unit_test(the_largest_packet_size_is_kept),
        cmocka_unit_test(starvation_has_thresholds),
        cmocka_unit_test(windows_are_a_minute_wide),
        cmocka_unit_test(the_worst_window_is_kept),
        cmocka_unit_test(silent_deaths_are_of_certain_kinds),
        cmocka_unit_test(want_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
