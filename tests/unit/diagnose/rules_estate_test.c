/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/rules.h"

#include "support/case.h"

static const struct ak_rule *const driver = &ak_rule_driver_too_old;
static const struct ak_rule *const service = &ak_rule_service_requires_tls12;
static const struct ak_rule *const nodes = &ak_rule_cluster_nodes_differ;
static const struct ak_rule *const ports = &ak_rule_port_exhaustion;

/* A hello of this version at most that the server refuses; alert 0: it just closes. */
static void refused_hello(struct known *k, uint16_t version, uint8_t alert)
{
    known_begin(k, AK_PROTOCOL_TLS, AK_OUTCOME_FAILED, AK_STAGE_P3, AK_SIDE_SERVER,
                alert ? AK_CLOSE_ALERT : AK_CLOSE_FIN);
    known_tls(k);
    known_old_hello(k, version);
    if (alert != 0)
        known_alert(k, AK_SIDE_SERVER, alert);
}

/* The suites of a program that tried a higher version before (RFC 7507). */
static void as_fallback(struct known *k)
{
    static const uint16_t suites[] = {0xc014, 0x002f, 0x5600};
    k->hello.cipher_suites = (struct ak_u16_list){suites, AK_COUNT(suites)};
}

/* ---- driver-too-old ---- */

static void old_driver(struct known *k, struct ak_client_known *client, uint8_t alert)
{
    refused_hello(k, 0x0302, alert);
    client->max_version = 0x0303;
    client->id = 12;
    k->view.client = client;
}

static void other_programs_are_newer(void **state)
{
    (void)state;
    static const uint8_t alerts[] = {0, 40, 70, 71};
    struct ak_client_known client;
    struct known k;
    for (size_t i = 0; i < AK_COUNT(alerts); i++) {
        old_driver(&k, &client, alerts[i]);
        assert_match(&k, driver, AK_GRADE_LIKELY, AK_CHANGE_CLIENT);
        assert_int_equal(known_fact(&k, AK_FACT_NEWER_CLIENT)->a, 0x0303);
        assert_int_equal(known_fact(&k, AK_FACT_NEWER_CLIENT)->b, 12);
        assert_true(known_rival(&k, "no-common-version"));
        assert_true(known_lacks(&k, "client-process"));
    }
    client.max_version = 0x0302;
    assert_no_match(&k, driver, AK_ANSWER_NO, "client-offers-tls12-elsewhere");
    k.view.client = NULL;
    assert_no_match(&k, driver, AK_ANSWER_LACK, "client-offers-tls12-elsewhere");
}

static void the_hello_must_be_old_and_refused(void **state)
{
    (void)state;
    struct ak_client_known client;
    struct known k;
    old_driver(&k, &client, 0);
    known_old_hello(&k, 0x0303);
    assert_no_match(&k, driver, AK_ANSWER_NO, "client-offers-no-tls12");
    old_driver(&k, &client, 0);
    as_fallback(&k);
    assert_no_match(&k, driver, AK_ANSWER_NO, "client-offers-no-tls12");
    old_driver(&k, &client, 86); /* inappropriate_fallback: the server has more */
    assert_no_match(&k, driver, AK_ANSWER_NO, "hello-was-refused");
    old_driver(&k, &client, 42);
    assert_no_match(&k, driver, AK_ANSWER_NO, "hello-was-refused");
    old_driver(&k, &client, 0);
    k.c.closed_by = AK_SIDE_CLIENT;
    assert_no_match(&k, driver, AK_ANSWER_NO, "hello-was-refused");
    old_driver(&k, &client, 0);
    k.c.stage = AK_STAGE_P4;
    assert_no_match(&k, driver, AK_ANSWER_NO, "ended-after-client-hello");
    old_driver(&k, &client, 0);
    k.c.outcome = AK_OUTCOME_INCOMPLETE;
    assert_no_match(&k, driver, AK_ANSWER_NO, "ended-after-client-hello");
    old_driver(&k, &client, 0);
    k.view.hello = NULL;
    assert_no_match(&k, driver, AK_ANSWER_NO, "has-client-hello");
    k.c.hole = true;
    assert_no_match(&k, driver, AK_ANSWER_LACK, "has-client-hello");
}

/* ---- service-requires-tls12 ---- */

static void services_want_tls12(void **state)
{
    (void)state;
    static const struct {
        char name[48];
        uint16_t version;
        enum ak_grade grade; /* NONE: no match */
    } rows[] = {
        {"x.ods.opinsights.azure.com", 0x0301, AK_GRADE_CERTAIN},
        {"X.ODS.opinsights.azure.com", 0x0302, AK_GRADE_CERTAIN},
        {"x.ods.opinsights.azure.com", 0x0303, AK_GRADE_NONE},
        {"x.blob.core.windows.net", 0x0301, AK_GRADE_LIKELY},
        {"sql01.example", 0x0301, AK_GRADE_NONE},
    };
    struct known k;
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        char name[48];
        memcpy(name, rows[i].name, sizeof name);
        refused_hello(&k, rows[i].version, 70);
        k.tls.server_name = name;
        if (rows[i].grade == AK_GRADE_NONE) {
            assert_no_match(&k, service, AK_ANSWER_NO, "service-wants-a-newer-version");
            continue;
        }
        assert_match(&k, service, rows[i].grade, AK_CHANGE_CLIENT);
        assert_int_equal(known_fact(&k, AK_FACT_SERVICE)->a, rows[i].grade == AK_GRADE_CERTAIN);
        assert_true(known_lacks(&k, "client-process"));
    }
    refused_hello(&k, 0x0301, 70);
    assert_no_match(&k, service, AK_ANSWER_NO, "service-wants-a-newer-version"); /* no name */
    char name[] = "dev.azure.com";
    k.tls.server_name = name;
    as_fallback(&k);
    assert_no_match(&k, service, AK_ANSWER_NO, "service-wants-a-newer-version");
    refused_hello(&k, 0x0301, 86);
    k.tls.server_name = name;
    assert_no_match(&k, service, AK_ANSWER_NO, "hello-was-refused");
}

/* ---- cluster-nodes-differ ---- */

/* Refused here; the other server of the name took the same hello twice. */
static void two_nodes(struct known *k, struct ak_name_known *name)
{
    refused_hello(k, 0x0303, 40);
    k->hello.id = 3;
    memset(name, 0, sizeof *name);
    name->nodes = 2;
    for (int i = 0; i < 2; i++)
        name->node[i].end = k->c.end[AK_SIDE_SERVER];
    name->node[0].failed = 1;
    name->node[1].end.address[3] = 10;
    name->node[1].established = 2;
    name->node[1].id = 8;
    name->node[1].hello[0] = 2;
    name->node[1].hello[1] = 3;
    k->view.name = name;
}

static void another_server_takes_the_hello(void **state)
{
    (void)state;
    struct ak_name_known name;
    struct known k;
    two_nodes(&k, &name);
    assert_match(&k, nodes, AK_GRADE_LIKELY, AK_CHANGE_SERVER);
    assert_string_equal(known_fact(&k, AK_FACT_OTHER_NODE)->text, "192.0.2.10:1433");
    assert_int_equal(known_fact(&k, AK_FACT_OTHER_NODE)->a, 8);
    assert_true(known_lacks(&k, "server-offer"));
    name.node[1].end.version = 6;
    assert_match(&k, nodes, AK_GRADE_LIKELY, AK_CHANGE_SERVER);
    assert_int_equal(known_fact(&k, AK_FACT_OTHER_NODE)->text[0], '[');
}

static void nodes_must_be_comparable(void **state)
{
    (void)state;
    static const char *const differ = "another-server-of-the-name-works";
    struct ak_name_known name;
    struct known k;
    two_nodes(&k, &name);
    name.node[0].established = 1; /* sometimes it works: not its settings */
    assert_no_match(&k, nodes, AK_ANSWER_NO, differ);
    two_nodes(&k, &name);
    name.node[1].hello[1] = 0; /* it took other clients */
    assert_no_match(&k, nodes, AK_ANSWER_NO, differ);
    two_nodes(&k, &name);
    k.hello.id = 0; /* a hello that was not kept is like no other */
    name.node[1].hello[2] = 0;
    assert_no_match(&k, nodes, AK_ANSWER_NO, differ);
    two_nodes(&k, &name);
    name.node[1].end.port++;
    assert_no_match(&k, nodes, AK_ANSWER_NO, differ);
    two_nodes(&k, &name);
    name.nodes = 1;
    assert_no_match(&k, nodes, AK_ANSWER_NO, differ);
    two_nodes(&k, &name);
    name.node[0].end.address[3] = 11; /* this server did not fit into the table */
    assert_no_match(&k, nodes, AK_ANSWER_NO, differ);
    k.view.name = NULL;
    assert_no_match(&k, nodes, AK_ANSWER_NO, differ);
    two_nodes(&k, &name);
    k.c.closed_by = AK_SIDE_CLIENT;
    assert_no_match(&k, nodes, AK_ANSWER_NO, "server-closed-first");
    two_nodes(&k, &name);
    k.c.outcome = AK_OUTCOME_ESTABLISHED;
    assert_no_match(&k, nodes, AK_ANSWER_NO, "ended-after-client-hello");
}

/* ---- port-exhaustion ---- */

static void ports_run_out_after_minutes(void **state)
{
    (void)state;
    struct known k;
    struct ak_route_known route = {.most = 5000, .most_busy = 0};
    known_begin(&k, AK_PROTOCOL_TDS, AK_OUTCOME_ESTABLISHED, AK_STAGE_P7, AK_SIDE_CLIENT,
                AK_CLOSE_FIN);
    assert_false(ak_uses_up_ports(NULL));
    assert_no_match(&k, ports, AK_ANSWER_NO, "too-many-connections-a-minute");
    k.view.route = &route;
    assert_no_match(&k, ports, AK_ANSWER_NO, "too-many-connections-a-minute");
    for (uint32_t busy = 1; busy <= 5; busy++) {
        route.most_busy = busy;
        assert_match(&k, ports, busy >= 4 ? AK_GRADE_LIKELY : AK_GRADE_POSSIBLE, AK_CHANGE_CLIENT);
        assert_int_equal(known_fact(&k, AK_FACT_CONNECTION_RATE)->a, 5000);
        assert_int_equal(known_fact(&k, AK_FACT_CONNECTION_RATE)->b, busy);
        assert_true(known_lacks(&k, "client-log"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_programs_are_newer),
        cmocka_unit_test(the_hello_must_be_old_and_refused),
        cmocka_unit_test(services_want_tls12),
        cmocka_unit_test(another_server_takes_the_hello),
        cmocka_unit_test(nodes_must_be_comparable),
        cmocka_unit_test(ports_run_out_after_minutes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
