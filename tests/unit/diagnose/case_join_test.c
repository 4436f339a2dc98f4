/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/limits.h"
#include "diagnose/case_join.h"
#include "diagnose/meeting.h"
#include "diagnose/timeline.h"

#define SECOND INT64_C(1000000000)
#define HOUR (3600 * SECOND)
#define NOW (INT64_C(1767575700) * SECOND)

static const struct ak_source source = {.file = "trace.pcap", .first_frame = 1};

struct setting {
    struct ak_conversation talk[4];
    struct ak_tls_seen tls[4];
    const struct ak_conversation *talks[4];
    size_t count;
    struct ak_event_ledger *ledger;
    struct ak_case *joined;
};

static void no_echo(void *context, uint32_t group)
{
    (void)context;
    fail_msg("event %u is no echo", group);
}

static void address(struct ak_endpoint *end, uint8_t last, uint16_t port)
{
    memset(end, 0, sizeof *end);
    end->version = 4;
    end->address[0] = 192;
    end->address[2] = 2;
    end->address[3] = last;
    end->port = port;
}

/* A hello that the server refuses by closing 5 ms later. */
static struct ak_conversation *add_talk(struct setting *s, int64_t time, uint8_t client)
{
    struct ak_conversation *c = &s->talk[s->count];
    memset(c, 0, sizeof *c);
    c->id = s->count + 1;
    c->source = &source;
    c->capture = 1;
    c->tls = &s->tls[s->count];
    c->first_time = time;
    c->last_time = time + 10000000;
    c->protocol = AK_PROTOCOL_TDS;
    c->outcome = AK_OUTCOME_FAILED;
    c->stage = AK_STAGE_P3;
    c->closed_by = AK_SIDE_SERVER;
    c->close = AK_CLOSE_FIN;
    c->step[AK_STEP_CLIENT_HELLO].frame = 6;
    c->step[AK_STEP_CLIENT_HELLO].time = time + 1000000;
    c->step[AK_STEP_FIN].frame = 7;
    c->step[AK_STEP_FIN].time = time + 5000000;
    address(&c->end[AK_SIDE_CLIENT], client, (uint16_t)(50000 + s->count));
    address(&c->end[AK_SIDE_SERVER], 9, 1433);
    s->talks[s->count++] = c;
    return c;
}

static void add_event(struct setting *s, enum ak_log_provider provider, uint32_t code, int64_t time,
                      const char *host)
{
    struct ak_event e;
    memset(&e, 0, sizeof e);
    e.provider = provider;
    e.code = code;
    e.time = time;
    e.file = "system.evtx";
    e.place = 1 + (uint64_t)(time % 1000);
    (void)snprintf(e.host, sizeof e.host, "%s", host);
    assert_true(ak_event_ledger_add(s->ledger, &e, 0));
}

static void begin(struct setting *s)
{
    memset(s, 0, sizeof *s);
    s->ledger = ak_event_ledger_new();
    assert_non_null(s->ledger);
}

static void join(struct setting *s, const struct ak_host *const *hosts, size_t count)
{
    struct ak_case_parts parts = {.ledger = s->ledger,
                                  .talks = s->talks,
                                  .talk_count = s->count,
                                  .all = true,
                                  .hosts = hosts,
                                  .host_count = count};
    ak_event_ledger_finish(s->ledger, no_echo, NULL);
    s->joined = ak_case_new(&parts);
    assert_non_null(s->joined);
}

static struct ak_met meet(const struct setting *s, size_t talk)
{
    struct ak_view view;
    struct ak_met met;
    memset(&view, 0, sizeof view);
    view.c = &s->talk[talk];
    view.tls = view.c->tls;
    ak_case_meet(s->joined, &view, &met);
    return met;
}

static void end(struct setting *s)
{
    ak_case_free(s->joined);
    ak_event_ledger_free(s->ledger);
}

static void an_event_meets_its_conversation(void **state)
{
    (void)state;
    struct setting s;
    begin(&s);
    (void)add_talk(&s, NOW, 5);
    (void)add_talk(&s, NOW + 30 * SECOND, 6);
    add_event(&s, AK_LOG_SCHANNEL, 36874, NOW + SECOND / 2, "SQL01");
    join(&s, NULL, 0);
    struct ak_met met = meet(&s, 0);
    assert_int_equal(met.event_count, 1);
    assert_true(met.event[0].sole);
    assert_int_equal(met.event[0].time, NOW + SECOND / 2);
    assert_non_null(ak_met_find(&met, AK_LOG_SCHANNEL, 36874));
    assert_null(ak_met_find(&met, AK_LOG_SCHANNEL, 36888));
    assert_null(ak_met_find(NULL, AK_LOG_SCHANNEL, 36874));
    assert_int_equal(meet(&s, 1).event_count, 0);
    assert_int_equal(ak_case_alignments(s.joined), 1);
    bool failed = false;
    struct ak_timeline *t = ak_timeline_new(&s.talk[0], &met, "no-common-suite", &failed);
    assert_non_null(t);
    assert_int_equal(t->count, 3);
    assert_int_equal(t->moment[0].a, AK_STEP_CLIENT_HELLO);
    assert_int_equal(t->moment[2].kind, AK_MOMENT_EVENT);
    ak_free(t);
    met.event_count = 0;
    assert_null(ak_timeline_new(&s.talk[0], &met, "no-common-suite", &failed));
    assert_false(failed);
    end(&s);
}

/* Two conversations, or two events, in one second: which is whose, nobody can tell. */
static void what_may_be_anothers_is_not_sole(void **state)
{
    (void)state;
    struct setting s;
    begin(&s);
    (void)add_talk(&s, NOW, 5);
    (void)add_talk(&s, NOW + SECOND / 4, 6);
    add_event(&s, AK_LOG_SCHANNEL, 36874, NOW + SECOND / 2, "SQL01");
    join(&s, NULL, 0);
    assert_int_equal(meet(&s, 0).event_count, 1);
    assert_false(meet(&s, 0).event[0].sole);
    end(&s);
    begin(&s);
    (void)add_talk(&s, NOW, 5);
    add_event(&s, AK_LOG_SCHANNEL, 36874, NOW + SECOND / 4, "SQL01");
    add_event(&s, AK_LOG_SCHANNEL, 36874, NOW + SECOND / 2, "SQL01");
    join(&s, NULL, 0);
    assert_int_equal(meet(&s, 0).event_count, 2);
    assert_false(meet(&s, 0).event[0].sole || meet(&s, 0).event[1].sole);
    end(&s);
}

static void a_wrong_clock_joins_nothing(void **state)
{
    (void)state;
    struct setting s;
    begin(&s);
    (void)add_talk(&s, NOW, 5);
    (void)add_talk(&s, NOW + 31 * SECOND, 5);
    add_event(&s, AK_LOG_SCHANNEL, 36874, NOW - 2 * HOUR, "SQL01");
    add_event(&s, AK_LOG_SCHANNEL, 36874, NOW - 2 * HOUR + 31 * SECOND, "SQL01");
    join(&s, NULL, 0);
    assert_int_equal(ak_case_alignment(s.joined, 0)->estimate.state, AK_CLOCK_UNKNOWN);
    assert_int_equal(meet(&s, 0).event_count + meet(&s, 1).event_count, 0);
    end(&s);
}

/* One export has the same record as its log. */
static void a_record_in_two_files_is_one(void **state)
{
    (void)state;
    struct setting s;
    struct ak_event e;
    begin(&s);
    (void)add_talk(&s, NOW, 5);
    add_event(&s, AK_LOG_SCHANNEL, 36874, NOW + SECOND / 4, "SQL01");
    memset(&e, 0, sizeof e);
    e.provider = AK_LOG_SCHANNEL;
    e.code = 36874;
    e.time = NOW + SECOND / 4;
    e.file = "system.xml";
    assert_true(ak_event_ledger_add(s.ledger, &e, 0));
    join(&s, NULL, 0);
    assert_int_equal(meet(&s, 0).event_count, 2);
    assert_true(meet(&s, 0).event[0].sole && meet(&s, 0).event[1].sole);
    end(&s);
}

/* ---- machines ---- */

static void machine(struct ak_host *host, const char *name, uint8_t last)
{
    memset(host, 0, sizeof *host);
    (void)snprintf(host->name, sizeof host->name, "%s", name);
    if (last != 0)
        address(&host->address[host->address_count++], last, 0);
}

static void machines_are_known_by_address(void **state)
{
    (void)state;
    struct setting s;
    static struct ak_host hosts[3];
    const struct ak_host *list[] = {&hosts[0], &hosts[1], &hosts[2]};
    machine(&hosts[0], "PC", 5);
    machine(&hosts[1], "SQL01", 9);
    machine(&hosts[2], "OTHER", 10);
    begin(&s);
    (void)add_talk(&s, NOW, 5);
    add_event(&s, AK_LOG_SCHANNEL, 36874, NOW + SECOND / 4, "OTHER.example.test");
    join(&s, list, 3);
    struct ak_met met = meet(&s, 0);
    assert_ptr_equal(met.side[AK_SIDE_CLIENT].host, &hosts[0]);
    assert_ptr_equal(met.side[AK_SIDE_SERVER].host, &hosts[1]);
    assert_int_equal(met.side[AK_SIDE_SERVER].by, AK_MET_BY_ADDRESS);
    assert_int_equal(met.event_count, 0); /* in the log of a third machine */
    end(&s);
    hosts[2].address[0] = hosts[1].address[0]; /* two machines of one address: none */
    begin(&s);
    (void)add_talk(&s, NOW, 5);
    join(&s, list, 3);
    assert_null(meet(&s, 0).side[AK_SIDE_SERVER].host);
    end(&s);
}

static void the_one_that_is_left(void **state)
{
    (void)state;
    struct setting s;
    static struct ak_host hosts[2];
    static struct ak_sql_instance instance;
    static struct ak_tds_seen tds;
    const struct ak_host *list[] = {&hosts[0], &hosts[1]};
    machine(&hosts[0], "A", 0);
    machine(&hosts[1], "B", 0);
    hosts[1].instances = &instance;
    hosts[1].instance_count = 1;
    (void)snprintf(instance.version, sizeof instance.version, "15.0.2000.5");
    memset(&tds, 0, sizeof tds);
    begin(&s);
    add_talk(&s, NOW, 5)->tds = &tds;
    tds.has_server_version = true;
    tds.server_version[0] = 15;
    join(&s, list, 2);
    struct ak_met met = meet(&s, 0);
    assert_ptr_equal(met.side[AK_SIDE_SERVER].host, &hosts[1]);
    assert_int_equal(met.side[AK_SIDE_SERVER].by, AK_MET_BY_ELIMINATION);
    assert_ptr_equal(met.side[AK_SIDE_CLIENT].host, &hosts[0]);
    tds.server_version[0] = 13; /* another SQL Server than the registry's */
    assert_null(meet(&s, 0).side[AK_SIDE_SERVER].host);
    tds.server_version[0] = 15;
    end(&s);
    begin(&s);
    (void)add_talk(&s, NOW, 5);
    (void)add_talk(&s, NOW, 6);
    join(&s, list, 2);
    assert_non_null(meet(&s, 0).side[AK_SIDE_SERVER].host);
    assert_null(meet(&s, 0).side[AK_SIDE_CLIENT].host); /* which of two clients? */
    end(&s);
}

static void a_thumbprint_names_the_server(void **state)
{
    (void)state;
    struct setting s;
    static struct ak_host host;
    static struct ak_sql_instance instance;
    static struct ak_certificate leaf;
    const struct ak_host *list[] = {&host};
    machine(&host, "SQL01", 0);
    host.instances = &instance;
    host.instance_count = 1;
    memset(leaf.sha1, 0xab, sizeof leaf.sha1);
    memset(instance.certificate, 0, sizeof instance.certificate);
    for (size_t i = 0; i < 20; i++)
        memcpy(instance.certificate + 2 * i, i % 2 != 0 ? "AB" : "ab", 2);
    begin(&s);
    struct ak_conversation *c = add_talk(&s, NOW, 5);
    c->tls->chain[0] = &leaf;
    c->tls->chain_count = 1;
    join(&s, list, 1);
    assert_int_equal(meet(&s, 0).side[AK_SIDE_SERVER].by, AK_MET_BY_CERTIFICATE);
    instance.certificate[39] = 'c';
    assert_int_equal(meet(&s, 0).side[AK_SIDE_SERVER].by, AK_MET_BY_ELIMINATION);
    instance.certificate[39] = 'b';
    instance.certificate[40] = '0';
    assert_int_equal(meet(&s, 0).side[AK_SIDE_SERVER].by, AK_MET_BY_ELIMINATION);
    c->tls->chain_count = 0;
    end(&s);
}

/* ---- the ledger ---- */

static void a_named_client_is_no_other(void **state)
{
    (void)state;
    struct setting s;
    struct ak_ledger_event e;
    struct ak_clock clock;
    struct ak_moment_span span;
    memset(&e, 0, sizeof e);
    memset(&clock, 0, sizeof clock);
    begin(&s);
    struct ak_conversation *c = add_talk(&s, NOW, 5);
    e.provider = AK_LOG_SQL_SERVER;
    e.code = 17194;
    address(&e.client, 5, 0);
    assert_true(ak_may_meet(&e, &clock, c, &span));
    assert_int_equal(ak_meeting_side(&e, c), AK_SIDE_SERVER);
    address(&e.client, 6, 0);
    assert_false(ak_may_meet(&e, &clock, c, &span));
    address(&e.client, 5, 0);
    clock.port[clock.port_count++] = 1434;
    assert_false(ak_may_meet(&e, &clock, c, &span)); /* that instance listens elsewhere */
    clock.port[clock.port_count++] = 1433;
    assert_true(ak_may_meet(&e, &clock, c, &span));
    e.client.version = 0;
    assert_false(ak_may_meet(&e, &clock, c, &span));
    e.client_local = true;
    assert_false(ak_may_meet(&e, &clock, c, &span));
    c->end[AK_SIDE_CLIENT].address[3] = 9;
    assert_true(ak_may_meet(&e, &clock, c, &span));
    e.code = 17069;
    assert_false(ak_may_meet(&e, &clock, c, &span));
    end(&s);
}

static void too_many_events_say_nothing(void **state)
{
    (void)state;
    struct setting s;
    begin(&s);
    (void)add_talk(&s, NOW, 5);
    for (uint32_t i = 0; i < AK_MAX_LEDGER_EVENTS + 5; i++)
        add_event(&s, AK_LOG_SCHANNEL, 36874, NOW + i, "SQL01");
    join(&s, NULL, 0);
    assert_int_equal(ak_event_ledger_count(s.ledger), 0);
    assert_int_equal(meet(&s, 0).event_count, 0);
    end(&s);
    assert_int_equal(ak_event_ledger_count(NULL) + ak_event_ledger_clocks(NULL), 0);
    begin(&s);
    add_event(&s, AK_LOG_SCHANNEL, 36874, -1, "SQL01"); /* no time to compare with */
    add_event(&s, AK_LOG_SCHANNEL, 36874, INT64_MAX, "SQL01");
    join(&s, NULL, 0);
    assert_int_equal(ak_event_ledger_count(s.ledger), 0);
    end(&s);
}

static void memory_may_lack(void **state)
{
    (void)state;
    struct setting s;
    for (unsigned long n = 1; n < 8; n++) {
        begin(&s);
        (void)add_talk(&s, NOW, 5);
        add_event(&s, AK_LOG_SCHANNEL, 36874, NOW, "SQL01");
        ak_event_ledger_finish(s.ledger, no_echo, NULL);
        struct ak_case_parts parts = {
            .ledger = s.ledger, .talks = s.talks, .talk_count = 1, .all = true};
        (void)ak_alloc_fail_after(n);
        s.joined = ak_case_new(&parts);
        (void)ak_alloc_fail_after(0);
        assert_true((s.joined == NULL) == (n <= 7));
        end(&s);
    }
}

/* ---- handshakes that worked (36880) ---- */

static void add_worked(struct setting *s, int64_t time, const char *host, uint8_t role,
                       uint16_t version)
{
    struct ak_event e;
    memset(&e, 0, sizeof e);
    e.provider = AK_LOG_SCHANNEL;
    e.code = AK_EVENT_WORKED;
    e.time = time;
    e.file = "system.evtx";
    e.place = 1 + (uint64_t)(time % 1000);
    e.role = role;
    e.version = version;
    e.cipher_suite = 0xc030;
    (void)snprintf(e.host, sizeof e.host, "%s", host);
    assert_true(ak_event_ledger_add(s->ledger, &e, 0));
}

static void work(struct ak_conversation *c)
{
    struct ak_tls_seen *tls = (struct ak_tls_seen *)(uintptr_t)c->tls;
    c->outcome = AK_OUTCOME_ESTABLISHED;
    c->stage = AK_STAGE_P7;
    tls->version = 0x0303;
    tls->cipher_suite = 0xc030;
    c->step[AK_STEP_CLIENT_FINISHED].time = c->first_time + 2000000;
    c->step[AK_STEP_SERVER_FINISHED].time = c->first_time + 3000000;
}

/* Nothing failed: what worked tells how far the clocks are apart. */
static void clocks_by_what_worked(void **state)
{
    (void)state;
    struct setting s;
    struct ak_conversation *witness[4];
    const struct ak_conversation *witnesses[4];
    static const int64_t at[] = {0, 40, 111, 124};
    const int64_t behind = 137 * SECOND;
    begin(&s);
    for (size_t i = 0; i < 4; i++) {
        witness[i] = add_talk(&s, NOW + at[i] * SECOND, 5);
        work(witness[i]);
        witnesses[i] = witness[i];
        add_worked(&s, NOW + at[i] * SECOND + 3000000 - behind, "SQL01", AK_EVENT_ROLE_SERVER,
                   0x0303);
    }
    struct ak_case_parts parts = {
        .ledger = s.ledger, .witnesses = witnesses, .witness_count = 4, .all = true};
    ak_event_ledger_finish(s.ledger, no_echo, NULL);
    s.joined = ak_case_new(&parts);
    assert_non_null(s.joined);
    assert_int_equal(ak_case_alignments(s.joined), 1);
    const struct ak_clock_estimate *e = &ak_case_alignment(s.joined, 0)->estimate;
    assert_int_equal(e->state, AK_CLOCK_DIFFERS);
    assert_int_equal(e->offset, behind);
    assert_int_equal(e->pairs, 4);
    end(&s);
}

/* Of another version, or another suite, it is another handshake. */
static void what_worked_must_be_the_same(void **state)
{
    (void)state;
    struct setting s;
    struct ak_moment_span span;
    struct ak_clock clock;
    memset(&clock, 0, sizeof clock);
    begin(&s);
    struct ak_conversation *c = add_talk(&s, NOW, 5);
    add_worked(&s, NOW, "SQL01", AK_EVENT_ROLE_SERVER, 0x0303);
    join(&s, NULL, 0);
    struct ak_ledger_event *e = ak_event_ledger_at(s.ledger, 0);
    assert_false(ak_may_meet(e, &clock, c, &span)); /* it failed */
    work(c);
    assert_true(ak_may_meet(e, &clock, c, &span));
    assert_int_equal(span.to, NOW + 3000000);
    e->cipher_suite = 0xc02f;
    assert_false(ak_may_meet(e, &clock, c, &span));
    e->cipher_suite = 0;
    assert_true(ak_may_meet(e, &clock, c, &span));
    e->version = 0x0302;
    assert_false(ak_may_meet(e, &clock, c, &span));
    end(&s);
}

static void what_worked_on_the_clients_machine(void **state)
{
    (void)state;
    struct setting s;
    struct ak_host client;
    const struct ak_host *hosts[] = {&client};
    memset(&client, 0, sizeof client);
    (void)snprintf(client.name, sizeof client.name, "APP01");
    client.address_count = 1;
    address(&client.address[0], 5, 0);
    begin(&s);
    (void)add_talk(&s, NOW, 5);
    add_worked(&s, NOW - HOUR / 2, "APP01", AK_EVENT_ROLE_CLIENT, 0x0302);
    add_worked(&s, NOW - HOUR / 3, "APP01", AK_EVENT_ROLE_CLIENT, 0x0303);
    add_worked(&s, NOW - HOUR / 4, "APP01", AK_EVENT_ROLE_SERVER, 0x0304); /* not as client */
    add_worked(&s, NOW - 2 * HOUR, "APP01", AK_EVENT_ROLE_CLIENT, 0x0304); /* too long ago */
    add_worked(&s, NOW, "APP02", AK_EVENT_ROLE_CLIENT, 0x0304);            /* elsewhere */
    join(&s, hosts, 1);
    struct ak_met met = meet(&s, 0);
    assert_non_null(met.worked[AK_SIDE_CLIENT]);
    assert_int_equal(met.worked[AK_SIDE_CLIENT]->version, 0x0303);
    assert_null(met.worked[AK_SIDE_SERVER]);
    end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_meets_its_conversation),
        cmocka_unit_test(what_may_be_anothers_is_not_sole),
        cmocka_unit_test(a_wrong_clock_joins_nothing),
        cmocka_unit_test(a_record_in_two_files_is_one),
        cmocka_unit_test(machines_are_known_by_address),
        cmocka_unit_test(the_one_that_is_left),
        cmocka_unit_test(a_thumbprint_names_the_server),
        cmocka_unit_test(a_named_client_is_no_other),
        cmocka_unit_test(too_many_events_say_nothing),
        cmocka_unit_test(memory_may_lack),
        cmocka_unit_test(clocks_by_what_worked),
        cmocka_unit_test(what_worked_must_be_the_same),
        cmocka_unit_test(what_worked_on_the_clients_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
