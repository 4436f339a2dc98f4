/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/event_rule.h"

#include <stdio.h>
#include <string.h>

#include "diagnose/collected_rules.h"
#include "diagnose/host_rules.h"
#include "diagnose/rules.h"

#include "base/banned.h"

const struct ak_event_rule ak_event_rules[] = {
    {&ak_rule_private_key_unusable, ak_events_private_key_unusable},
    {&ak_rule_server_certificate_not_loaded, ak_events_server_certificate_not_loaded},
    {&ak_rule_no_usable_protocol, ak_events_no_usable_protocol},
    {&ak_rule_server_build_too_old, ak_events_server_build_too_old},
    {&ak_rule_agent_prerequisites, ak_events_agent_prerequisites},
    {&ak_rule_self_connection_impossible, ak_events_self_connection_impossible},
    {&ak_rule_no_common_version, ak_events_no_common_version},
    {&ak_rule_no_common_suite, ak_events_no_common_suite},
    {&ak_rule_no_suite_for_version, ak_events_no_suite_for_version},
    {&ak_rule_certificate_untrusted, ak_events_certificate_untrusted},
    {&ak_rule_certificate_expired, ak_events_certificate_expired},
    {&ak_rule_certificate_name_mismatch, ak_events_certificate_name_mismatch},
    {&ak_rule_strict_mismatch, ak_events_strict_mismatch},
    {&ak_rule_encryption_setting_conflict, ak_events_encryption_setting_conflict},
    {&ak_rule_kerberos_not_tls, ak_events_kerberos_not_tls},
    {&ak_rule_login_refused, ak_events_login_refused},
    {&ak_rule_accept_starvation, ak_events_accept_starvation},
    {&ak_rule_slow_connect, ak_events_slow_connect},
    {&ak_rule_endpoint_handshake, ak_events_endpoint_handshake},
    {&ak_rule_packet_size_too_large, ak_events_packet_size_too_large},
    {&ak_rule_linked_server_encrypt_default, ak_events_linked_server_encrypt_default},
};
const size_t ak_event_rule_count = AK_COUNT(ak_event_rules);

static enum ak_answer never_by_wire(const struct ak_view *view)
{
    (void)view;
    return AK_ANSWER_LACK;
}
const struct ak_predicate ak_needs_log = {"server-log", never_by_wire, "server-log"};

void ak_event_rules_apply(const struct ak_event_book *book,
                          const struct ak_event_evidence *evidence, ak_event_match_sink *sink,
                          void *context)
{
    for (size_t i = 0; i < ak_event_book_origins(book); i++)
        for (size_t k = 0; k < ak_event_rule_count; k++) {
            struct ak_event_tally tally = {0, 0, 0, 0, 0, UINT8_MAX};
            struct ak_event_case c = {ak_event_book_origin(book, i), book, evidence, &tally};
            struct ak_match m;
            ak_match_begin(&m);
            m.severity = ak_event_rules[k].rule->severity;
            m.side = AK_CHANGE_SERVER;
            ak_event_rules[k].look(&c, &m);
            if (m.grade != AK_GRADE_NONE)
                sink(context, ak_event_rules[k].rule, &c, &m);
        }
}

const struct ak_event_group *ak_event_next(const struct ak_event_case *c,
                                           enum ak_log_provider provider, uint32_t code, size_t *at)
{
    const struct ak_event_group *g;
    while ((g = ak_event_book_at(c->book, (*at)++)) != NULL)
        if (g->origin == c->origin && g->sample.provider == provider && g->sample.code == code)
            return g;
    return NULL;
}

const struct ak_event_group *ak_event_on_machine(const struct ak_event_case *c,
                                                 enum ak_log_provider provider, uint32_t code,
                                                 size_t *at)
{
    const struct ak_event_group *g;
    while ((g = ak_event_book_at(c->book, (*at)++)) != NULL) {
        bool here =
            g->origin == c->origin ||
            (g->origin != NULL && c->origin->host[0] != '\0' && g->origin->host[0] != '\0' &&
             ak_event_same_host(g->origin->host, c->origin->host));
        if (here && g->sample.provider == provider && g->sample.code == code)
            return g;
    }
    return NULL;
}

void ak_event_describe(const struct ak_event *e, char *out, size_t room)
{
    int n = 0;
    const char *comma = "";
    out[0] = '\0';
    if (e->has_status && room > (size_t)n) {
        n += snprintf(out, room, "0x%08x", (unsigned)e->status);
        comma = ", ";
    }
    if (e->has_detail && room > (size_t)n) {
        n += snprintf(out + n, room - (size_t)n, "%sstatus code 0x%x", comma, (unsigned)e->detail);
        comma = ", ";
    }
    if (e->has_alert && room > (size_t)n) {
        n += snprintf(out + n, room - (size_t)n, "%salert %u", comma, (unsigned)e->alert);
        comma = ", ";
    }
    if (e->has_state && room > (size_t)n) {
        n += snprintf(out + n, room - (size_t)n, "%sstate %u", comma, (unsigned)e->state);
        comma = ", ";
    }
    if (room > (size_t)n)
        (void)snprintf(out + n, room - (size_t)n, "%s%s%s%llu", comma, e->file,
                       e->by_line ? ":" : "#", (unsigned long long)e->place);
}

void ak_match_event(const struct ak_event_case *c, struct ak_match *m,
                    const struct ak_event_group *g)
{
    char text[AK_FACT_TEXT];
    struct ak_event_tally *t = c->tally;
    ak_event_describe(&g->sample, text, sizeof text);
    size_t before = m->fact_count;
    ak_match_text(m, AK_FACT_EVENT, 0,
                  (int64_t)((uint64_t)g->sample.provider << 32 | g->sample.code), text);
    if (m->fact_count > before)
        m->facts[before].b = (int64_t)g->count;
    if (t->count == 0 || g->first < t->first)
        t->first = g->first;
    if (t->count == 0 || g->last > t->last)
        t->last = g->last;
    t->count += g->count;
    t->told += ak_event_ledger_told(ak_event_book_ledger(c->book), &g->sample, &t->told_least);
    t->clients = g->clients > t->clients ? g->clients : t->clients;
}
