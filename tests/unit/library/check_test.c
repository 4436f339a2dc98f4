/* Checks of real connections on loopback: the servers are the lab's, in processes of their own. */
/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "library/check.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "codec/ssrp.h"
#include "lab/scenario.h"
#include "lab/serve.h"
#include "library/parties.h"
#include "support/lab_process.h"

static const int64_t second = INT64_C(1000000000);

/* ---- the check ---- */

struct run {
    struct ak_check_setting setting;
    struct ak_analysis *analysis;
    struct ak_check *check;
    const struct ak_check_report *report;
    enum ak_err ran;
    struct ak_error error;
    size_t findings, conversations, asked, answered, most_open;
    unsigned interrupt_at; /* SIGINT at this connection; 0: never */
    int64_t last_frame;
    size_t frames;
};

static struct ak_named_party client;

static void on_conversation(void *context, const struct ak_conversation *c)
{
    struct run *r = context;
    assert_false(c->begun_before || c->hole);
    r->conversations++;
}

static void on_problem(void *context, enum ak_problem problem, const char *path,
                       const struct ak_error *error)
{
    (void)context;
    (void)problem;
    fail_msg("%s: %s", path, error->text);
}

static void on_asking(void *context, const struct ak_check_report *report,
                      const struct ak_check_attempt *attempt)
{
    struct run *r = context;
    assert_null(attempt->result);
    assert_int_equal(report->connections, ++r->asked);
    assert_int_equal(attempt->number, r->asked);
    if (r->asked - r->answered > r->most_open)
        r->most_open = r->asked - r->answered;
    if (r->asked == r->interrupt_at)
        (void)raise(SIGINT);
}

static void on_answered(void *context, const struct ak_check_report *report,
                        const struct ak_check_attempt *attempt)
{
    struct run *r = context;
    (void)report;
    assert_non_null(attempt->result);
    r->answered++;
}

static void on_frame(void *context, uint64_t number, const struct ak_frame *frame)
{
    struct run *r = context;
    assert_true(number >= 1 && number <= r->asked);
    assert_true(frame->time >= r->last_frame);
    r->last_frame = frame->time;
    r->frames++;
}

/* At the lab's port; NULL: as the target says. */
static void begin(struct run *r, const char *target, const struct lab *lab)
{
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    memset(r, 0, sizeof *r);
    assert_int_equal(ak_target_parse(target, &r->setting.target, &error), AK_ERR_NONE);
    if (lab != NULL)
        r->setting.target.port = lab->at.port;
    r->setting.client = &client.party;
    r->setting.encryption = 1;
    r->setting.pace = 1000000;
    r->setting.limits.whole = 10 * second;
}

static void run(struct run *r)
{
    const struct ak_analysis_listener heard = {r,   on_conversation, on_problem, NULL, NULL, NULL,
                                               NULL};
    const struct ak_check_listener listener = {r, on_asking, on_answered, on_frame};
    r->analysis = ak_analysis_new(&heard);
    assert_non_null(r->analysis);
    r->check = ak_check_new(&r->setting, r->analysis, &listener, &r->error);
    assert_non_null(r->check);
    r->ran = ak_check_run(r->check, &r->error);
    r->findings = ak_analysis_finish(r->analysis);
    r->report = ak_check_report_of(r->check);
    assert_int_equal(r->report->connections, r->asked);
    assert_int_equal(r->asked, r->answered);
    assert_true(r->most_open <= 4);
}

static void end(struct run *r)
{
    ak_analysis_free(r->analysis);
    ak_check_free(r->check);
}

static const struct ak_finding *first_finding(const struct run *r)
{
    assert_true(r->findings != 0);
    return ak_analysis_finding(r->analysis, 0);
}

/* ---- one server ---- */

static void a_healthy_server(void **state)
{
    struct lab lab;
    struct run r;
    (void)state;
    assert_true(lab_begin(&lab, "healthy", NULL));
    begin(&r, "127.0.0.1", &lab);
    run(&r);
    assert_int_equal(r.ran, AK_ERR_NONE);
    assert_int_equal(r.report->node_count, 1);
    const struct ak_check_node *node = &r.report->node[0];
    assert_int_equal(node->result->end, AK_PROBE_END_REACHED);
    assert_true(node->result->completed && node->result->chain_count != 0);
    assert_int_equal(node->offer->worked, 1);
    assert_int_equal(node->end.port, lab.at.port);
    assert_int_equal(r.findings, 0);
    assert_int_equal(r.report->connections, 3);
    assert_true(r.frames > 20);
    assert_false(r.report->interrupted);
    assert_int_equal(lab_end(&lab), 3);
    end(&r);
}

static void a_server_with_tls_1_0_alone(void **state)
{
    struct lab lab;
    struct run r;
    (void)state;
    assert_true(lab_begin(&lab, "no-common-version", NULL));
    begin(&r, "127.0.0.1", &lab);
    run(&r);
    const struct ak_finding *f = first_finding(&r);
    assert_string_equal(f->rule->id, "no-common-version");
    assert_int_equal(f->grade, AK_GRADE_CERTAIN);
    const struct ak_offer *offer = r.report->node[0].offer;
    assert_true(offer->proof.found && offer->proof.completed);
    assert_int_equal(offer->proof.code, 0x0301);
    assert_int_equal(f->count, 2); /* the client twice: experiments are no evidence */
    assert_true(r.report->connections <= 20);
    assert_int_equal(lab_end(&lab), r.report->connections);
    end(&r);
}

static void a_server_without_tds(void **state)
{
    struct lab lab;
    struct run r;
    (void)state;
    assert_true(lab_begin(&lab, "tls-inspection", NULL));
    begin(&r, "127.0.0.1", &lab);
    run(&r);
    assert_true(r.report->node[0].offer->not_tds);
    assert_string_equal(r.report->scheme, "tls");
    assert_int_equal(r.report->node[0].result->end, AK_PROBE_END_REACHED);
    (void)lab_end(&lab);
    end(&r);
}

static void the_caller_bounds_connections_and_time(void **state)
{
    struct lab lab;
    struct run r;
    (void)state;
    assert_true(lab_begin(&lab, "no-common-version", NULL));
    begin(&r, "127.0.0.1", &lab);
    r.setting.most = 4;
    run(&r);
    assert_int_equal(r.report->connections, 4);
    assert_int_equal(lab_end(&lab), 4);
    end(&r);
    assert_true(lab_begin(&lab, "no-answer", NULL));
    begin(&r, "127.0.0.1", &lab);
    r.setting.limits.whole = second / 4;
    r.setting.most = 2;
    int64_t before = ak_net_clock();
    run(&r);
    assert_int_equal(r.report->node[0].result->end, AK_PROBE_END_TIMEOUT);
    assert_true(ak_net_clock() - before < 10 * second);
    (void)lab_end(&lab);
    end(&r);
}

/* ---- several addresses ---- */

static void two_nodes_are_two_lanes(void **state)
{
    struct lab lab;
    struct run r;
    struct ak_target next;
    (void)state;
    if (!lab_begin(&lab, "cluster-nodes-differ", NULL))
        skip(); /* no second loopback address here */
    begin(&r, "127.0.0.1", &lab);
    next = r.setting.target;
    (void)snprintf(next.host, sizeof next.host, "127.0.0.2");
    r.setting.more = &next;
    r.setting.more_count = 1;
    run(&r);
    assert_int_equal(r.report->node_count, 2);
    assert_int_equal(r.report->node[0].result->end, AK_PROBE_END_REACHED);
    assert_int_not_equal(r.report->node[1].result->end, AK_PROBE_END_REACHED);
    assert_int_equal(r.report->node[1].end.address[3], 2);
    assert_true(r.findings != 0);
    (void)lab_end(&lab);
    end(&r);
}

/* ---- no server ---- */

static void a_closed_port(void **state)
{
    struct lab lab;
    struct run r;
    (void)state;
    assert_true(lab_begin(&lab, "healthy", NULL));
    (void)lab_end(&lab);
    begin(&r, "127.0.0.1", &lab); /* nobody listens there any more */
    run(&r);
    assert_int_equal(r.report->node[0].result->end, AK_PROBE_END_REFUSED);
    assert_int_equal(r.report->connections, 1);
    assert_int_equal(r.report->node[0].result->step[AK_STEP_SYN_ACK], 0);
    end(&r);
}

static void a_name_without_address(void **state)
{
    struct run r;
    (void)state;
    begin(&r, "no-such-host.invalid,1433", NULL);
    run(&r);
    assert_true(r.report->unresolved[0] != '\0');
    assert_int_equal(r.report->node_count, 0);
    assert_int_equal(r.report->connections, 0);
    end(&r);
}

/* ---- repetition ---- */

static void repetitions_are_counted(void **state)
{
    struct lab lab;
    struct run r;
    (void)state;
    assert_true(lab_begin(&lab, "healthy", NULL));
    begin(&r, "127.0.0.1", &lab);
    r.setting.repeat = 24;
    r.setting.concurrency = 4;
    run(&r);
    const struct ak_check_repetition *x = &r.report->repetition;
    assert_int_equal(x->made, 24);
    assert_int_equal(x->failed, 0);
    for (int i = 0; i < AK_CHECK_STEPS; i++) {
        const struct ak_check_step *s = &x->step[i];
        uint64_t sum = 0;
        for (size_t b = 0; b < AK_CHECK_BUCKETS; b++)
            sum += s->histogram[b];
        assert_int_equal(s->count, 24);
        assert_int_equal(sum, 24);
        assert_true(s->least > 0 && s->least <= s->median && s->median <= s->p95 &&
                    s->p95 <= s->p99 && s->p99 <= s->most);
    }
    assert_int_equal(x->share_count, 2); /* the address, the suite */
    assert_int_equal(x->share[0].made, 24);
    assert_int_not_equal(x->share[1].suite, 0);
    assert_int_equal(r.report->connections, 27);
    assert_int_equal(lab_end(&lab), 27);
    end(&r);
}

/* ---- an interrupt ---- */

static void an_interrupt_leaves_a_whole_report(void **state)
{
    (void)state;
    for (unsigned at = 1; at < 20; at += 6) {
        struct lab lab;
        struct run r;
        assert_true(lab_begin(&lab, at < 12 ? "no-common-version" : "healthy", NULL));
        begin(&r, "127.0.0.1", &lab);
        r.interrupt_at = at;
        r.setting.repeat = at < 12 ? 0 : 1000;
        r.setting.concurrency = 4;
        run(&r);
        assert_true(r.report->interrupted);
        assert_true(r.report->connections >= at && r.report->connections < at + 5);
        assert_true(at == 1 || r.report->node[0].result != NULL);
        (void)lab_end(&lab);
        end(&r);
    }
}

/* ---- SQL Server Browser ---- */

static void an_instance_is_found(void **state)
{
    struct lab lab;
    struct run r;
    (void)state;
    if (!lab_begin(&lab, "healthy", "LAB"))
        skip(); /* UDP 1434 is taken */
    begin(&r, "127.0.0.1\\lab", NULL);
    run(&r);
    assert_true(r.report->browser_asked && r.report->browser_answered);
    assert_int_equal(r.report->instance_count, 1);
    assert_string_equal(r.report->instance[0].name, "LAB");
    assert_int_equal(r.report->instance[0].port, lab.at.port);
    assert_int_equal(r.report->node[0].end.port, lab.at.port);
    assert_int_equal(r.report->node[0].result->end, AK_PROBE_END_REACHED);
    end(&r);
    begin(&r, "127.0.0.1\\OTHER", NULL); /* nobody answers for it */
    run(&r);
    assert_int_equal(r.ran, AK_ERR_OPEN);
    assert_false(r.report->browser_answered);
    assert_int_equal(r.report->connections, 0);
    end(&r);
    (void)lab_end(&lab);
}

/* The answer to a question for an administrator connection: a datagram that this test sends. */
struct browser {
    struct ak_net *net;
    uint16_t port;
};

static void on_question(void *context, struct ak_net_udp *udp, const uint8_t *bytes, size_t size,
                        const struct ak_net_address *from)
{
    const struct browser *b = context;
    const uint8_t answer[] = {AK_SSRP_ANSWER, 6, 0, 1, (uint8_t)b->port, (uint8_t)(b->port >> 8)};
    if (size > 2 && bytes[0] == AK_SSRP_DAC && bytes[1] == 1 &&
        strcmp((const char *)bytes + 2, "MSSQLSERVER") == 0)
        (void)ak_net_udp_send(udp, from, answer, sizeof answer);
}

static void an_administrator_port_is_asked_for(void **state)
{
    const struct ak_net_address at = {.version = 4, .bytes = {127, 0, 0, 1}, .port = AK_SSRP_PORT};
    struct lab lab;
    struct run r;
    int ready[2];
    char byte;
    (void)state;
    assert_true(lab_begin(&lab, "healthy", NULL));
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
        struct browser b = {ak_net_new(&error), lab.at.port};
        struct ak_net_udp *udp = ak_net_udp_new(b.net, 4, &at, on_question, &b, &error);
        if (udp == NULL || write(ready[1], "r", 1) != 1)
            _exit(1);
        ak_net_run(b.net);
        _exit(0);
    }
    (void)close(ready[1]);
    bool listens = read(ready[0], &byte, 1) == 1;
    (void)close(ready[0]);
    if (listens) {
        begin(&r, "admin:127.0.0.1", NULL);
        run(&r);
        assert_int_equal(r.report->node[0].end.port, lab.at.port);
        assert_int_equal(r.report->node[0].result->end, AK_PROBE_END_REACHED);
        assert_string_equal(r.report->instance[0].name, "MSSQLSERVER");
        end(&r);
        assert_int_equal(kill(child, SIGKILL), 0);
    }
    assert_int_equal(waitpid(child, NULL, 0), child);
    (void)lab_end(&lab);
    if (!listens)
        skip();
}

static int make_client(void **state)
{
    const struct ak_parties_listener listener = {NULL, NULL};
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    (void)state;
    if (ak_named_party_make("openssl-3.0", AK_SIDE_CLIENT, &listener, &client, &error) !=
        AK_ERR_NONE)
        return -1;
    ak_party_version_range(&client.party, AK_PARTY_TLS12, AK_PARTY_TLS13, "offered");
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_healthy_server),
        cmocka_unit_test(a_server_with_tls_1_0_alone),
        cmocka_unit_test(a_server_without_tds),
        cmocka_unit_test(the_caller_bounds_connections_and_time),
        cmocka_unit_test(two_nodes_are_two_lanes),
        cmocka_unit_test(a_closed_port),
        cmocka_unit_test(a_name_without_address),
        cmocka_unit_test(repetitions_are_counted),
        cmocka_unit_test(an_interrupt_leaves_a_whole_report),
        cmocka_unit_test(an_instance_is_found),
        cmocka_unit_test(an_administrator_port_is_asked_for),
    };
    return cmocka_run_group_tests(tests, make_client, NULL);
}
