/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/host_rule.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "diagnose/collected_rules.h"
#include "diagnose/event_rule.h"
#include "diagnose/host_rules.h"
#include "diagnose/rules.h"

#include "base/banned.h"

const struct ak_host_rule ak_host_rules[] = {
    {&ak_rule_server_build_too_old, ak_look_server_build_too_old, ak_look_two_server_build_too_old},
    {&ak_rule_no_common_version, NULL, ak_look_two_no_common_version},
    {&ak_rule_rsa_key_exchange_disabled, ak_look_rsa_key_exchange_disabled,
     ak_look_two_rsa_key_exchange_disabled},
    {&ak_rule_no_common_suite, NULL, ak_look_two_no_common_suite},
    {&ak_rule_no_common_group, NULL, ak_look_two_no_common_group},
    {&ak_rule_signature_algorithm_mismatch, NULL, ak_look_two_signature_algorithm_mismatch},
    {&ak_rule_encryption_setting_conflict, NULL, ak_look_two_encryption_setting_conflict},
    {&ak_rule_strict_mismatch, NULL, ak_look_two_strict_mismatch},
    {&ak_rule_dhe_leading_zero, NULL, ak_look_two_dhe_leading_zero},
    {&ak_rule_dh_group_refused, ak_look_dh_group_refused, ak_look_two_dh_group_refused},
    {&ak_rule_rsa_key_too_short, ak_look_rsa_key_too_short, NULL},
    {&ak_rule_server_certificate_not_loaded, ak_look_server_certificate_not_loaded, NULL},
    {&ak_rule_self_connection_impossible, ak_look_self_connection_impossible, NULL},
    {&ak_rule_satellites_need_tls12, ak_look_satellites_need_tls12, NULL},
    {&ak_rule_tls12_off_by_default, ak_look_tls12_off_by_default, NULL},
    {&ak_rule_no_suite_for_version, ak_look_no_suite_for_version, NULL},
    {&ak_rule_agent_prerequisites, ak_look_agent_prerequisites, NULL},
    {&ak_rule_service_requires_tls12, ak_look_service_requires_tls12, NULL},
    {&ak_rule_policy_removed_suites, ak_look_policy_removed_suites, NULL},
    {&ak_rule_dotnet_strong_crypto_missing, ak_look_dotnet_strong_crypto_missing, NULL},
    {&ak_rule_endpoint_strong_crypto_missing, ak_look_endpoint_strong_crypto_missing, NULL},
    {&ak_rule_driver_too_old, ak_look_driver_too_old, NULL},
    {&ak_rule_linked_server_encrypt_default, ak_look_linked_server_encrypt_default, NULL},
    {&ak_rule_cluster_nodes_differ, ak_look_cluster_nodes_differ, NULL},
    {&ak_rule_fips_mode, ak_look_fips_mode, NULL},
    {&ak_rule_restart_pending, ak_look_restart_pending, NULL},
    {&ak_rule_out_of_support, ak_look_out_of_support, NULL},
    {&ak_rule_misspelt_registry_key, ak_look_misspelt_registry_key, NULL},
    {&ak_rule_dead_registry_key, ak_look_dead_registry_key, NULL},
    {&ak_rule_unnamed_value_in_protocol_key, ak_look_unnamed_value_in_protocol_key, NULL},
    {&ak_rule_enabled_value_1, ak_look_enabled_value_1, NULL},
    {&ak_rule_tls13_on_unsupported_os, ak_look_tls13_on_unsupported_os, NULL},
    {&ak_rule_dirty_hive, ak_look_dirty_hive, NULL},
};
const size_t ak_host_rule_count = AK_COUNT(ak_host_rules);

static enum ak_answer never_by_wire(const struct ak_view *view)
{
    (void)view;
    return AK_ANSWER_LACK;
}
const struct ak_predicate ak_needs_host = {"host-configuration", never_by_wire, "registry-export"};

enum ak_grade ak_grade_cap(enum ak_grade grade, unsigned confidence)
{
    enum ak_grade cap = confidence >= AK_CONFIDENCE_HIGH     ? AK_GRADE_CERTAIN
                        : confidence == AK_CONFIDENCE_MEDIUM ? AK_GRADE_LIKELY
                                                             : AK_GRADE_POSSIBLE;
    return grade < cap ? grade : cap;
}

void ak_match_setting(struct ak_match *m, const char *key, const char *name,
                      const struct ak_setting *setting)
{
    char text[AK_FACT_TEXT];
    (void)snprintf(text, sizeof text, "%s\\%s", key, name);
    ak_match_text(m, AK_FACT_SETTING, 0,
                  setting->present && setting->number ? (int64_t)setting->value : -1, text);
    if (m->fact_count != 0)
        m->facts[m->fact_count - 1].b = setting->present;
}

void ak_match_protocol(struct ak_match *m, const struct ak_host *host, enum ak_schannel_role role,
                       enum ak_schannel_protocol protocol)
{
    const struct ak_host_protocol *p = &host->protocols[role][protocol];
    ak_match_text(m, AK_FACT_PROTOCOL_STATE, 0, role, ak_schannel_protocol_name(protocol));
    if (m->fact_count != 0)
        m->facts[m->fact_count - 1].b = p->state << 8 | p->why;
}

void ak_match_system(struct ak_match *m, const struct ak_host *host)
{
    const char *name = host->product[0] != '\0' ? host->product
                       : host->system != NULL   ? host->system->name
                                                : "";
    ak_match_text(m, AK_FACT_SYSTEM, 0, host->build, name);
    if (m->fact_count != 0)
        m->facts[m->fact_count - 1].b = host->os_origin;
}

void ak_match_oddity(struct ak_match *m, const struct ak_host_oddity *oddity)
{
    char text[AK_FACT_TEXT];
    (void)snprintf(text, sizeof text, "%s%s%s", oddity->path, oddity->value[0] != '\0' ? "\\" : "",
                   oddity->value);
    ak_match_text(m, AK_FACT_ODDITY, 0, oddity->kind, text);
    if (oddity->meant[0] != '\0')
        ak_match_text(m, AK_FACT_MEANT, 0, 0, oddity->meant);
}

/* ---- looking ---- */

struct looking {
    ak_host_match_sink *sink;
    void *context;
};

/* A report shows numbers without their types, and not all of the registry. */
static enum ak_grade cap_reported(enum ak_grade grade, const struct ak_host *host)
{
    return host != NULL && host->reported && grade == AK_GRADE_CERTAIN ? AK_GRADE_LIKELY : grade;
}

static void look(const struct looking *l, const struct ak_host_case *c)
{
    for (size_t i = 0; i < ak_host_rule_count; i++) {
        const struct ak_host_rule *r = &ak_host_rules[i];
        struct ak_match m;
        ak_match_begin(&m);
        m.severity = r->rule->severity;
        m.side = AK_CHANGE_HOST;
        if (c->server == NULL && r->look != NULL)
            r->look(c, &m);
        if (c->server != NULL && r->look_at_two != NULL)
            r->look_at_two(c, &m);
        m.grade = cap_reported(cap_reported(m.grade, c->host), c->server);
        if (m.failed)
            l->sink(l->context, NULL, c, NULL);
        if (m.grade != AK_GRADE_NONE)
            l->sink(l->context, r->rule, c, &m);
    }
}

/* The one host that alone serves: it runs SQL Server, or it is a server and the other one is not.
 */
static const struct ak_host *serving(const struct ak_host *a, const struct ak_host *b)
{
    if ((a->instance_count != 0) != (b->instance_count != 0))
        return a->instance_count != 0 ? a : b;
    if (a->server_known && b->server_known && a->server != b->server)
        return a->server ? a : b;
    return NULL;
}

/* Three parties of some kilobytes each: too much for a stack. */
struct talk {
    struct ak_party client, server, scratch;
};

/* The only host whose files lie in this side's folder. */
static const struct ak_host *said(const struct ak_host *const *hosts, size_t count,
                                  const struct ak_roles *roles, enum ak_side side)
{
    const struct ak_host *found = NULL;
    for (size_t i = 0; i < count; i++) {
        if (ak_case_role(hosts[i], roles) != side)
            continue;
        if (found != NULL)
            return NULL;
        found = hosts[i];
    }
    return found;
}

static bool pair_said(const struct ak_host *const *hosts, size_t count,
                      const struct ak_roles *roles, struct ak_host_pair *pair)
{
    pair->client = said(hosts, count, roles, AK_SIDE_CLIENT);
    pair->server = said(hosts, count, roles, AK_SIDE_SERVER);
    if (count == 2 && pair->client == NULL && pair->server != NULL)
        pair->client = pair->server == hosts[0] ? hosts[1] : hosts[0];
    if (count == 2 && pair->server == NULL && pair->client != NULL)
        pair->server = pair->client == hosts[0] ? hosts[1] : hosts[0];
    return pair->client != NULL && pair->server != NULL;
}

/* Both run SQL Server, and the linked servers of one of them alone name the other. */
static bool calls_one_way(const struct ak_host *const *hosts,
                          const struct ak_collected_set *collected, struct ak_host_pair *pair)
{
    bool there = ak_collected_calls(collected, hosts[0]->name, hosts[1]->name);
    bool back = ak_collected_calls(collected, hosts[1]->name, hosts[0]->name);
    if (there == back)
        return false;
    pair->client = there ? hosts[0] : hosts[1];
    pair->server = there ? hosts[1] : hosts[0];
    return true;
}

size_t ak_host_rules_pairs(const struct ak_host *const *hosts, size_t count,
                           const struct ak_roles *roles, const struct ak_collected_set *collected,
                           struct ak_host_pair pairs[AK_HOST_PAIRS])
{
    if (roles != NULL && pair_said(hosts, count, roles, &pairs[0]))
        return 1;
    if (count != 2)
        return 0;
    const struct ak_host *server = serving(hosts[0], hosts[1]);
    bool both = hosts[0]->instance_count != 0 && hosts[1]->instance_count != 0;
    if (server == NULL && !both)
        return 0;
    pairs[0].server = server != NULL && !both ? server : hosts[1];
    pairs[0].client = pairs[0].server == hosts[0] ? hosts[1] : hosts[0];
    if (both && calls_one_way(hosts, collected, &pairs[0]))
        return 1;
    pairs[1].server = pairs[0].client;
    pairs[1].client = pairs[0].server;
    return both ? 2 : 1;
}

static void look_at_pair(const struct looking *l, struct ak_host_case *c, struct talk *talk)
{
    if (!ak_talk_parties(c->host, c->server, &talk->client, &talk->server))
        return;
    c->client_party = &talk->client;
    c->server_party = &talk->server;
    c->scratch = &talk->scratch;
    look(l, c);
}

static void look_at_two(const struct looking *l, struct ak_host_case *c)
{
    struct ak_host_pair pairs[AK_HOST_PAIRS];
    size_t count = ak_host_rules_pairs(c->hosts, c->host_count, c->roles, c->collected, pairs);
    struct talk *talk = count != 0 ? ak_alloc(1, sizeof *talk) : NULL;
    if (count != 0 && talk == NULL)
        l->sink(l->context, NULL, c, NULL);
    for (size_t i = 0; i < count && talk != NULL; i++) {
        c->host = pairs[i].client;
        c->server = pairs[i].server;
        c->either_way = count == AK_HOST_PAIRS;
        look_at_pair(l, c, talk);
    }
    ak_free(talk);
}

void ak_host_rules_apply(const struct ak_host *const *hosts, size_t count,
                         const struct ak_roles *roles, const struct ak_collected_set *collected,
                         ak_host_match_sink *sink, void *context)
{
    struct looking l = {sink, context};
    struct ak_host_case c;
    memset(&c, 0, sizeof c);
    c.hosts = hosts;
    c.host_count = count;
    c.roles = roles;
    c.collected = collected;
    for (size_t i = 0; i < count; i++)
        c.now = hosts[i]->newest > c.now ? hosts[i]->newest : c.now;
    for (size_t i = 0; i < count; i++) {
        c.host = hosts[i];
        look(&l, &c);
    }
    if (count >= 2)
        look_at_two(&l, &c);
}
