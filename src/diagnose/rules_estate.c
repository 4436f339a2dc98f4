/* Rules that compare conversations: other programs of the client, other servers of the name, all
 * connections of a client; and what a known service asks of every client. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/case_rules.h"
#include "diagnose/client_program.h"
#include "diagnose/predicates.h"
#include "diagnose/rules.h"

#include <stdio.h>

#include "model/service_tls.h"
#include "model/thresholds.h"

#include "base/banned.h"

/* The signal of a program that tried a higher version before (RFC 7507): not the best it has. */
static bool is_fallback(const struct ak_hello_shape *hello)
{
    return ak_u16_list_has(&hello->cipher_suites, 0x5600);
}

static enum ak_answer offers_old(const struct ak_view *v)
{
    bool old = v->hello->max_version < 0x0303 && !is_fallback(v->hello);
    return old ? AK_ANSWER_YES : AK_ANSWER_NO;
}
static const struct ak_predicate offers_no_tls12 = {"client-offers-no-tls12", offers_old, NULL};

/* The server would not have it: it closed, or answered with alert 70 or 40. */
static enum ak_answer server_refused(const struct ak_view *v)
{
    return ak_hello_was_refused(v) ? AK_ANSWER_YES : AK_ANSWER_NO;
}
static const struct ak_predicate hello_refused = {"hello-was-refused", server_refused, NULL};

/* ---- driver-too-old (T4) ---- */

static enum ak_answer others_are_newer(const struct ak_view *v)
{
    if (v->met != NULL && v->met->worked[AK_SIDE_CLIENT] != NULL &&
        v->met->worked[AK_SIDE_CLIENT]->version >= 0x0303)
        return AK_ANSWER_YES;
    char driver[AK_FACT_TEXT];
    const struct ak_host *host = ak_client_host(v);
    if (host != NULL && ak_client_windows_can(v) && ak_host_old_driver(host, driver, sizeof driver))
        return AK_ANSWER_YES;
    if (v->client == NULL)
        return AK_ANSWER_LACK;
    return v->client->max_version >= 0x0303 ? AK_ANSWER_YES : AK_ANSWER_NO;
}
static const struct ak_predicate client_has_newer = {"client-offers-tls12-elsewhere",
                                                     others_are_newer, "more-conversations"};

static void judge_driver(const struct ak_view *v, struct ak_match *m)
{
    m->grade = AK_GRADE_LIKELY;
    m->side = AK_CHANGE_CLIENT;
    ak_fact_hello(m, v);
    if (v->client != NULL && v->client->max_version >= 0x0303)
        ak_match_fact(m, AK_FACT_NEWER_CLIENT, 0, v->client->max_version, (int64_t)v->client->id);
    else if (v->met != NULL && v->met->worked[AK_SIDE_CLIENT] != NULL)
        ak_match_worked(m, v->met->worked[AK_SIDE_CLIENT]);
    ak_match_end(m, v);
    ak_match_rival(m, "no-common-version");
    ak_match_lack(m, "client-process");
    ak_weigh_driver(v, m);
}

const struct ak_rule ak_rule_driver_too_old = {
    .id = "driver-too-old",
    .severity = AK_SEVERITY_ERROR,
    .class = AK_RULE_CAUSE,
    .proved_on = "lab",
    .predicates = {&ak_died_at_p3, &ak_has_hello, &offers_no_tls12, &hello_refused,
                   &client_has_newer},
    .judge = judge_driver,
};

/* ---- service-requires-tls12 (A2, A3) ---- */

static const struct ak_service_tls *service_of(const struct ak_view *v)
{
    return v->tls->server_name != NULL ? ak_service_tls_find(v->tls->server_name) : NULL;
}

static enum ak_answer service_known(const struct ak_view *v)
{
    if (v->hello->max_version >= 0x0304)
        return AK_ANSWER_NO; /* none asks for more: its name does not matter */
    const struct ak_service_tls *service = service_of(v);
    bool old = service != NULL && v->hello->max_version < service->minimum_version;
    return old && !is_fallback(v->hello) ? AK_ANSWER_YES : AK_ANSWER_NO;
}
static const struct ak_predicate known_service = {"service-wants-a-newer-version", service_known,
                                                  NULL};

static void judge_service(const struct ak_view *v, struct ak_match *m)
{
    const struct ak_service_tls *service = service_of(v);
    m->grade = service->certain ? AK_GRADE_CERTAIN : AK_GRADE_LIKELY;
    m->side = AK_CHANGE_CLIENT;
    ak_match_text(m, AK_FACT_SERVICE, v->c->step[AK_STEP_CLIENT_HELLO].frame, service->certain,
                  service->name);
    ak_fact_hello(m, v);
    ak_match_end(m, v);
    ak_match_lack(m, "client-process");
}

const struct ak_rule ak_rule_service_requires_tls12 = {
    .id = "service-requires-tls12",
    .severity = AK_SEVERITY_ERROR,
    .class = AK_RULE_CAUSE,
    .proved_on = "lab",
    .predicates = {&ak_died_at_p3, &ak_has_hello, &hello_refused, &known_service},
    .judge = judge_service,
};

/* ---- cluster-nodes-differ (T3) ---- */

static const struct ak_node_known *node_of(const struct ak_view *v)
{
    for (size_t i = 0; v->name != NULL && i < v->name->nodes; i++)
        if (ak_endpoint_same(&v->name->node[i].end, &v->c->end[AK_SIDE_SERVER]))
            return &v->name->node[i];
    return NULL;
}

static bool took_hello(const struct ak_node_known *node, uint32_t hello)
{
    for (size_t i = 0; i < AK_KNOWN_HELLOS && hello != 0; i++)
        if (node->hello[i] == hello)
            return true;
    return false;
}

/* Another address, but the same port (another port is another service), where the very same
 * ClientHello led to a handshake: else it is the clients that differ. */
static const struct ak_node_known *better_node(const struct ak_view *v)
{
    const struct ak_endpoint *own = &v->c->end[AK_SIDE_SERVER];
    for (size_t i = 0; v->name != NULL && i < v->name->nodes; i++) {
        const struct ak_node_known *node = &v->name->node[i];
        if (node->end.port == own->port && !ak_endpoint_same(&node->end, own) &&
            took_hello(node, v->hello->id))
            return node;
    }
    return NULL;
}

static enum ak_answer nodes_differ(const struct ak_view *v)
{
    const struct ak_node_known *own = node_of(v);
    bool never = own != NULL && own->established == 0;
    return never && better_node(v) != NULL ? AK_ANSWER_YES : AK_ANSWER_NO;
}
static const struct ak_predicate other_node_works = {"another-server-of-the-name-works",
                                                     nodes_differ, NULL};

static void judge_nodes(const struct ak_view *v, struct ak_match *m)
{
    const struct ak_node_known *node = better_node(v);
    char address[46], text[64];
    /* Asked with the very same hello, again and again: the nodes alone can make the difference. */
    bool asked = v->offer != NULL && v->offer->refused && v->offer->source == v->c->source;
    m->grade = asked ? AK_GRADE_CERTAIN : AK_GRADE_LIKELY;
    m->side = AK_CHANGE_SERVER;
    ak_endpoint_text(&node->end, address);
    (void)snprintf(text, sizeof text, node->end.version == 6 ? "[%s]:%u" : "%s:%u", address,
                   (unsigned)node->end.port);
    ak_match_text(m, AK_FACT_OTHER_NODE, v->c->step[AK_STEP_CLIENT_HELLO].frame, (int64_t)node->id,
                  text);
    ak_fact_hello(m, v);
    ak_match_end(m, v);
    ak_match_lack(m, "server-offer");
    ak_match_lack(m, "server-log");
}

const struct ak_rule ak_rule_cluster_nodes_differ = {
    .id = "cluster-nodes-differ",
    .severity = AK_SEVERITY_ERROR,
    .class = AK_RULE_CAUSE,
    .proved_on = "lab",
    .predicates = {&ak_died_at_p3, &ak_has_hello, &ak_server_ended, &other_node_works},
    .judge = judge_nodes,
};

/* ---- port-exhaustion (X20, P13) ---- */

bool ak_uses_up_ports(const struct ak_route_known *route)
{
    return route != NULL && route->most_busy != 0;
}

static enum ak_answer ports_run_out(const struct ak_view *v)
{
    return ak_uses_up_ports(v->route) ? AK_ANSWER_YES : AK_ANSWER_NO;
}
static const struct ak_predicate too_many_connections = {"too-many-connections-a-minute",
                                                         ports_run_out, NULL};

static void judge_ports(const struct ak_view *v, struct ak_match *m)
{
    bool lasting = v->route->most_busy >= ak_threshold_get(AK_THRESHOLD_PORT_RATE_MINUTES);
    m->grade = lasting ? AK_GRADE_LIKELY : AK_GRADE_POSSIBLE;
    m->side = AK_CHANGE_CLIENT;
    ak_match_fact(m, AK_FACT_CONNECTION_RATE, 0, v->route->most, v->route->most_busy);
    ak_match_lack(m, "client-log");
}

const struct ak_rule ak_rule_port_exhaustion = {
    .id = "port-exhaustion",
    .severity = AK_SEVERITY_WARNING,
    .class = AK_RULE_EXPOSURE,
    .proved_on = "synthetic",
    .predicates = {&too_many_connections},
    .judge = judge_ports,
};
