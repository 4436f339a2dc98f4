/* Whole checks (ladder and attempts, without I/O) against a peer that plays back what a server once
 * said, cut at each byte and with each byte changed: they end, within their connections. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/ladder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "model/sql_names.h"
#include "support/parser_check.h"
#include "support/random.h"
#include "support/tls_server.h"

enum { PIECES = 16, MOST = 4, SCRIPT = 64 * 1024, APART = 1000000 };

static struct ak_test_key key;
static struct ak_certificate_store *store;
static struct ak_party client;
static uint32_t seed = 1;
static const struct ak_hello_source source = {&seed, ak_test_random};

/* What the server said, in the pieces in which it said it: one for each time the client had spoken.
 */
struct script {
    struct ak_text bytes;
    size_t end[PIECES], count;
};

/* How a check of it goes. */
struct climb {
    enum ak_probe_way way;
    const struct script *script;
    unsigned made, worked, checks;
    unsigned refused; /* checks whose every attempt failed */
};

static struct ak_ladder_setting setting_of(enum ak_probe_way way)
{
    struct ak_ladder_setting s;
    memset(&s, 0, sizeof s);
    s.plan.way = way;
    s.plan.hello.server_name = "sql01.example";
    s.plan.name = "sql01.example";
    s.plan.encryption = AK_TDS_ENCRYPTION_ON;
    s.client = &client;
    s.guessed = way == AK_PROBE_TDS;
    s.most = MOST;
    return s;
}

/* One connection: each time the client falls silent the next piece of `bytes` comes, then the end.
 */
static void play(struct ak_attempt *a, const struct script *script, struct ak_span bytes)
{
    size_t at = 0;
    int64_t now = 2000;
    bool abrupt;
    ak_attempt_opened(a, now);
    for (size_t i = 0; i < script->count && ak_attempt_outgoing(a).size != 0; i++) {
        size_t end = script->end[i] < bytes.size ? script->end[i] : bytes.size;
        if (end == at)
            break;
        struct ak_bytes copy = ak_bytes_copy(bytes.bytes + at, end - at);
        ak_attempt_received(a, copy.at, copy.size, now += APART);
        ak_bytes_free(&copy);
        at = end;
    }
    (void)ak_attempt_outgoing(a);
    ak_attempt_ended(a, AK_PROBE_END_FIN, now + APART);
    assert_true(ak_attempt_over(a, &abrupt));
    assert_int_equal(ak_attempt_deadline(a), INT64_MAX);
}

static void climb(struct ak_span bytes, void *context)
{
    struct climb *c = context;
    const struct ak_ladder_setting setting = setting_of(c->way);
    struct ak_ladder *ladder = ak_ladder_new(&setting);
    struct ak_ladder_try next;
    unsigned made = 0;
    assert_non_null(ladder);
    while (ak_ladder_next(ladder, &next)) {
        assert_true(++made <= MOST);
        struct ak_attempt *a = ak_attempt_new(next.plan, &source, store, 1000);
        assert_non_null(a);
        play(a, c->script, bytes);
        const struct ak_probe_result *r = ak_attempt_result(a);
        assert_true(r->received <= bytes.size && r->ended >= r->began);
        assert_true(r->stage <= AK_STAGE_P7 && r->chain_count <= AK_MAX_CHAIN);
        if (next.judged)
            ak_ladder_session(ladder, ak_attempt_session(a));
        (void)ak_ladder_done(ladder, r, made);
        ak_attempt_free(a);
    }
    const struct ak_offer *offer = ak_ladder_offer(ladder);
    assert_int_equal(offer->attempts, made);
    assert_true(offer->worked + offer->failed <= made && made != 0);
    c->made += made;
    c->worked += offer->worked;
    c->refused += offer->worked == 0;
    c->checks++;
    ak_ladder_free(ladder);
}

/* The first connection of a check, with a server that is there. */
static void record(struct script *script, enum ak_probe_way way,
                   const struct ak_test_server_options *options)
{
    const struct ak_ladder_setting setting = setting_of(way);
    struct ak_ladder *ladder = ak_ladder_new(&setting);
    struct ak_ladder_try next;
    struct ak_test_server s;
    memset(script, 0, sizeof *script);
    ak_text_init(&script->bytes, SCRIPT);
    assert_true(ladder != NULL && ak_ladder_next(ladder, &next));
    ak_test_server_init(&s, options, &key);
    struct ak_attempt *a = ak_attempt_new(next.plan, &source, store, 1000);
    assert_non_null(a);
    ak_attempt_opened(a, 2000);
    for (struct ak_span out; (out = ak_attempt_outgoing(a)).size != 0;) {
        ak_test_server_feed(&s, out);
        ak_text_bytes(&script->bytes, s.out.bytes, s.out.size);
        assert_true(script->count < PIECES);
        script->end[script->count++] = script->bytes.size;
        ak_attempt_received(a, (const uint8_t *)s.out.bytes, s.out.size, 3000);
        s.out.size = 0;
    }
    assert_int_equal(ak_attempt_result(a)->end, AK_PROBE_END_REACHED);
    ak_attempt_free(a);
    ak_test_server_release(&s);
    ak_ladder_free(ladder);
}

/* Cut at each byte; one bit of each byte the other way round, another bit each time. */
static void each_damage(const struct script *script, struct climb *c)
{
    const struct ak_span whole = {(const uint8_t *)script->bytes.bytes, script->bytes.size};
    ak_each_prefix(whole, climb, c);
    for (size_t i = 0; i < whole.size; i++) {
        struct ak_bytes copy = ak_bytes_copy(whole.bytes, whole.size);
        copy.at[i] ^= (uint8_t)(1u << i % 8);
        climb(ak_bytes_span(&copy), c);
        ak_bytes_free(&copy);
    }
    assert_int_equal(c->checks, 2 * whole.size + 1);
    assert_true(c->refused != 0 && c->made > c->checks);
}

static void damaged_answers_end_the_check(enum ak_probe_way way,
                                          const struct ak_test_server_options *options)
{
    struct script script;
    record(&script, way, options);
    assert_true(script.bytes.size > 300);
    struct climb c = {.way = way, .script = &script};
    each_damage(&script, &c);
    ak_text_release(&script.bytes);
}

static void sql_server(void **state)
{
    const struct ak_test_server_options options = {
        .kind = AK_TEST_TDS, .low = TLS1_2_VERSION, .high = TLS1_2_VERSION, .reply = 1};
    (void)state;
    damaged_answers_end_the_check(AK_PROBE_TDS, &options);
}

static void a_tls_server(void **state)
{
    const struct ak_test_server_options options = {.low = TLS1_2_VERSION, .high = TLS1_3_VERSION};
    (void)state;
    damaged_answers_end_the_check(AK_PROBE_TLS, &options);
}

static int begin(void **state)
{
    static const uint16_t suites[] = {0x1302, 0x1301, 0xc02c, 0xc02b, 0xc030, 0xc02f};
    struct ak_hash_key hash = {1, 2};
    (void)state;
    ak_party_init(&client, "client", AK_SIDE_CLIENT, AK_STACK_OPENSSL);
    ak_party_version_range(&client, AK_PARTY_TLS12, AK_PARTY_TLS13, "offered");
    for (size_t i = 0; i < sizeof suites / sizeof suites[0]; i++)
        (void)ak_party_suite_add(&client, suites[i], true);
    store = ak_certificate_store_new(hash);
    key = ak_test_key_new(EVP_EC_gen("P-256"), EVP_sha256());
    return store == NULL;
}

static int end(void **state)
{
    (void)state;
    ak_test_key_free(&key);
    ak_certificate_store_free(store);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sql_server),
        cmocka_unit_test(a_tls_server),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
