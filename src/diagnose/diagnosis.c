/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/diagnosis.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/digest.h"
#include "base/index.h"
#include "base/text.h"
#include "diagnose/case_rules.h"
#include "diagnose/collected_rules.h"
#include "diagnose/diagnosis_state.h"
#include "diagnose/other_side.h"
#include "diagnose/host_rules.h"
#include "diagnose/predicates.h"
#include "diagnose/rules.h"
#include "diagnose/suspect.h"

#include "base/banned.h"

/* The order decides between causes of equal grade: the more specific one stands first. */
const struct ak_rule *const ak_rules[] = {
    &ak_rule_server_build_too_old,
    &ak_rule_service_requires_tls12,
    &ak_rule_driver_too_old,
    &ak_rule_cluster_nodes_differ,
    &ak_rule_no_common_version,
    &ak_rule_no_common_alpn,
    &ak_rule_no_common_group,
    &ak_rule_tls_inspection,
    &ak_rule_certificate_hash_refused,
    &ak_rule_signature_algorithm_mismatch,
    &ak_rule_client_certificate_required,
    &ak_rule_certificate_expired,
    &ak_rule_dh_group_refused,
    &ak_rule_rsa_key_too_short,
    &ak_rule_certificate_name_mismatch,
    &ak_rule_certificate_untrusted,
    &ak_rule_tls13_in_prelogin,
    &ak_rule_middlebox_reset,
    &ak_rule_encryption_setting_conflict,
    &ak_rule_ems_mismatch,
    &ak_rule_dhe_leading_zero,
    &ak_rule_accept_starvation,
    &ak_rule_strict_mismatch,
    &ak_rule_no_common_suite,
    &ak_rule_no_answer,
    &ak_rule_kerberos_not_tls,
    &ak_rule_login_refused,
    &ak_rule_packet_size_too_large,
    &ak_rule_mars_close,
    &ak_rule_starttls_refused,
    &ak_rule_proxy_denied,
    &ak_rule_endpoint_handshake,
    &ak_rule_host_ignores_packets,
    &ak_rule_idle_drop,
    &ak_rule_record_splitting,
    &ak_rule_reset_after_login,
    &ak_rule_client_timeout_spent,
    &ak_rule_port_exhaustion,
    &ak_rule_slow_connect,
    &ak_rule_login_downgraded,
    &ak_rule_cleartext_login,
    &ak_rule_closed_by_server,
    &ak_rule_closed_by_client,
    &ak_rule_private_key_unusable,
    &ak_rule_server_certificate_not_loaded,
    &ak_rule_no_usable_protocol,
    &ak_rule_rsa_key_exchange_disabled,
    &ak_rule_self_connection_impossible,
    &ak_rule_satellites_need_tls12,
    &ak_rule_tls12_off_by_default,
    &ak_rule_no_suite_for_version,
    &ak_rule_agent_prerequisites,
    &ak_rule_policy_removed_suites,
    &ak_rule_dotnet_strong_crypto_missing,
    &ak_rule_endpoint_strong_crypto_missing,
    &ak_rule_linked_server_encrypt_default,
    &ak_rule_fips_mode,
    &ak_rule_restart_pending,
    &ak_rule_out_of_support,
    &ak_rule_misspelt_registry_key,
    &ak_rule_dead_registry_key,
    &ak_rule_unnamed_value_in_protocol_key,
    &ak_rule_enabled_value_1,
    &ak_rule_tls13_on_unsupported_os,
    &ak_rule_dirty_hive,
};
const size_t ak_rule_count = AK_COUNT(ak_rules);

const struct ak_rule *ak_rule_find(const char *id)
{
    for (size_t i = 0; i < ak_rule_count; i++)
        if (strcmp(ak_rules[i]->id, id) == 0)
            return ak_rules[i];
    return NULL;
}

struct ak_diagnosis *ak_diagnosis_new(uint64_t seed)
{
    struct ak_hash_key key = {seed, seed ^ UINT64_C(0xd1b54a32d192ed03)};
    struct ak_diagnosis *d = ak_alloc(1, sizeof *d);
    if (d == NULL)
        return NULL;
    d->key = key;
    d->knowledge = ak_knowledge_new(key);
    d->estate = ak_estate_new(key);
    d->digest = ak_digest_new();
    if (d->knowledge == NULL || d->estate == NULL || d->digest == NULL ||
        !ak_index_init(&d->index, AK_MAX_FINDINGS)) {
        ak_diagnosis_free(d);
        return NULL;
    }
    return d;
}

void ak_diagnosis_free(struct ak_diagnosis *d)
{
    if (d == NULL)
        return;
    for (size_t i = 0; i < d->suspect_count; i++)
        ak_suspect_free(d->suspect[i]);
    for (size_t i = 0; i < d->witness_count; i++)
        ak_suspect_free(d->witness[i]);
    for (size_t i = 0; i < d->finding_count; i++) {
        ak_free(d->finding[i]->timeline);
        ak_free(d->finding[i]->by_settings);
        ak_free(d->finding[i]);
    }
    ak_free(d->suspect);
    ak_free(d->finding);
    ak_index_release(&d->index);
    ak_digest_free(d->digest);
    ak_knowledge_free(d->knowledge);
    ak_estate_free(d->estate);
    ak_case_free(d->joined);
    ak_event_book_free(d->events);
    ak_free((void *)d->found);
    ak_free((void *)d->told);
    ak_free(d->certificates);
    ak_join_free(d->join);
    ak_index_release(&d->twins);
    ak_free(d);
}

void ak_diagnosis_ask(struct ak_diagnosis *d, const struct ak_rule *rule, uint64_t conversation,
                      ak_why_not_sink *sink, void *context)
{
    struct question question = {rule, conversation, sink, context};
    d->question = question;
}

void ak_diagnosis_listen(struct ak_diagnosis *d, const struct ak_diagnosis_listener *listener)
{
    d->listener = *listener;
    d->listened = true;
}

void ak_diagnosis_add_offer(struct ak_diagnosis *d, const struct ak_offer *offer)
{
    if (d->offer_count < AK_COUNT(d->offer))
        d->offer[d->offer_count++] = offer;
    else
        d->lost++;
}

uint64_t ak_diagnosis_lost(const struct ak_diagnosis *d)
{
    return d->lost;
}

uint64_t ak_diagnosis_early(const struct ak_diagnosis *d)
{
    return d->early;
}

void *ak_diagnosis_room(void *array, size_t count, size_t *room)
{
    if (count < *room)
        return array;
    size_t more = *room != 0 ? *room * 2 : 16;
    void *grown = ak_realloc(array, more, sizeof(void *));
    if (grown != NULL)
        *room = more;
    return grown;
}

/* ---- putting one conversation to the rules ---- */

static struct ak_view view_of(const struct ak_diagnosis *d, const struct ak_conversation *c)
{
    struct ak_view v;
    memset(&v, 0, sizeof v);
    v.c = c;
    v.tls = c->tls;
    v.tds = c->tds;
    v.hello = c->tls != NULL ? c->tls->hello : NULL;
    if (c->tls != NULL && c->tls->chain_count != 0 && c->tls->chain[0]->readable)
        v.leaf = c->tls->chain[0];
    v.server = ak_knowledge_server(d->knowledge, &c->end[AK_SIDE_SERVER]);
    v.pair = ak_knowledge_pair(d->knowledge, c);
    v.suite = ak_knowledge_suite(d->knowledge, c);
    v.client = ak_estate_client(d->estate, c);
    v.route = ak_estate_route(d->estate, c);
    v.name = ak_estate_name(d->estate, c);
    v.collected = &d->collected;
    v.certificates = d->certificates;
    v.certificate_count = d->certificates != NULL ? d->found_count : 0;
    for (size_t i = 0; i < d->offer_count && v.offer == NULL; i++)
        if (ak_endpoint_same(&d->offer[i]->end, &c->end[AK_SIDE_SERVER]))
            v.offer = d->offer[i];
    return v;
}

/* What the rule says of the wire alone. */
static enum ak_answer ask_wire(const struct ak_rule *rule, const struct ak_view *v,
                               struct ak_match *m, const struct ak_predicate **failed)
{
    *failed = NULL;
    m->grade = AK_GRADE_NONE;
    m->exposure = false;
    for (size_t i = 0; i < AK_RULE_PREDICATES && rule->predicates[i] != NULL; i++) {
        enum ak_answer answer = rule->predicates[i]->holds(v);
        if (answer != AK_ANSWER_YES) {
            *failed = rule->predicates[i];
            return answer;
        }
    }
    memset(m, 0, sizeof *m);
    m->severity = rule->severity;
    m->exposure = rule->class == AK_RULE_EXPOSURE;
    rule->judge(v, m);
    return m->grade == AK_GRADE_NONE ? AK_ANSWER_NO : AK_ANSWER_YES;
}

static enum ak_answer ask_rule(const struct ak_rule *rule, const struct ak_view *v,
                               struct ak_match *m, const struct ak_predicate **failed)
{
    enum ak_answer answer = ask_wire(rule, v, m, failed);
    if (v->met != NULL)
        answer = ak_case_weigh(v, rule, answer, m);
    return ak_collected_weigh(v, rule, answer, m);
}

static void tell_why(const struct ak_diagnosis *d, const struct ak_view *v,
                     const struct ak_rule *winner)
{
    struct ak_match match;
    struct ak_why_not why;
    memset(&why, 0, sizeof why);
    why.answer = ask_rule(d->question.rule, v, &match, &why.failed);
    why.conversation = v->c->id;
    why.file = v->c->source->file;
    why.grade = match.grade;
    why.lack = why.answer == AK_ANSWER_LACK ? why.failed->lack : NULL;
    bool beaten = why.answer == AK_ANSWER_YES && winner != NULL && winner != d->question.rule &&
                  !match.exposure;
    why.preferred = beaten ? winner : NULL;
    d->question.sink(d->question.context, &why);
}

/* ---- one conversation, or two that are one connection ---- */

/* What all rules say of one conversation. */
struct opinion {
    struct ak_view view;
    struct ak_joint joint;
    struct ak_met met;
    const struct ak_rule *winner; /* NULL: no cause */
    struct ak_match best;
    bool matched[AK_COUNT(ak_rules)];
};

/* Rules about machines and logs are causes, too, where these are joined with the conversation. */
static bool is_cause(const struct ak_rule *rule)
{
    return rule->class != AK_RULE_LAST_RESORT;
}

/* Among equal grades the settings of the server decide. */
static bool is_foretold(const struct ak_view *v, const struct ak_rule *rule,
                        const struct ak_rule *before)
{
    return before != &ak_rule_cluster_nodes_differ && before != &ak_rule_driver_too_old &&
           before != &ak_rule_dotnet_strong_crypto_missing && v->met != NULL &&
           v->met->forecast.rule != NULL && strcmp(v->met->forecast.rule, rule->id) == 0;
}

/* What the settings of the client explain is more than what it looks like from outside. */
static bool is_narrower(const struct ak_rule *rule, const struct ak_rule *before)
{
    return rule == &ak_rule_dotnet_strong_crypto_missing &&
           (before == &ak_rule_no_common_version || before == &ak_rule_driver_too_old);
}

/* `exposed`: rules that were told of this connection already. */
static void form_opinion(struct ak_diagnosis *d, const struct ak_conversation *c, struct opinion *o,
                         bool exposed[AK_COUNT(ak_rules)])
{
    struct ak_match match;
    const struct ak_predicate *failed;
    memset(o->matched, 0, sizeof o->matched);
    o->winner = NULL;
    o->view = view_of(d, c);
    if (d->join != NULL && ak_join_find(d->join, c->id, &o->joint))
        o->view.joint = &o->joint;
    if (d->joined != NULL) {
        ak_case_meet(d->joined, &o->view, &o->met);
        o->view.met = &o->met;
    }
    for (size_t i = 0; i < ak_rule_count; i++) {
        const struct ak_rule *rule = ak_rules[i];
        if (ask_rule(rule, &o->view, &match, &failed) != AK_ANSWER_YES)
            continue;
        if (match.exposure) {
            if (!exposed[i])
                (void)ak_diagnosis_note(d, rule, &o->view, &match);
            exposed[i] = true;
            continue;
        }
        o->matched[i] = true;
        bool better = o->winner == NULL || is_cause(rule) > is_cause(o->winner) ||
                      (is_cause(o->winner) == is_cause(rule) &&
                       (match.grade > o->best.grade ||
                        (match.grade == o->best.grade && (is_foretold(&o->view, rule, o->winner) ||
                                                          is_narrower(rule, o->winner)))));
        if (better) {
            o->winner = rule;
            o->best = match;
        }
    }
}

static void conclude(struct ak_diagnosis *d, struct opinion *o, const struct ak_conversation *twin)
{
    if (o->winner == NULL)
        return;
    ak_other_side_facts(&o->best, &o->view);
    ak_case_facts(&o->view, o->winner, &o->best);
    ak_case_told(o->view.met, o->best.grade);
    struct ak_finding *f = ak_diagnosis_note(d, o->winner, &o->view, &o->best);
    for (size_t i = 0; f != NULL && i < ak_rule_count; i++)
        if (o->matched[i])
            ak_finding_explains(f, ak_rules[i]);
    if (f != NULL && twin != NULL && d->listened)
        d->listener.noted(d->listener.context, f, twin);
}

static void answer_question(const struct ak_diagnosis *d, const struct opinion *o)
{
    if (d->question.rule != NULL &&
        (d->question.conversation == 0 || d->question.conversation == o->view.c->id))
        tell_why(d, &o->view, o->winner);
}

static void judge(struct ak_diagnosis *d, const struct ak_conversation *c)
{
    struct opinion o;
    bool exposed[AK_COUNT(ak_rules)] = {false};
    form_opinion(d, c, &o, exposed);
    conclude(d, &o, NULL);
    answer_question(d, &o);
}

/* Of two captures of one connection: a cause before a last resort, then the surer one, then what
 * the client saw. */
static bool is_better(const struct opinion *a, const struct opinion *b)
{
    if (a->winner == NULL || b->winner == NULL)
        return b->winner == NULL;
    bool cause = is_cause(a->winner);
    if (cause != is_cause(b->winner))
        return cause;
    if (a->best.grade != b->best.grade)
        return a->best.grade > b->best.grade;
    return a->view.joint == NULL || a->view.joint->near != AK_SIDE_SERVER;
}

/* Both suspects are one connection: one finding. */
static void judge_twins(struct ak_diagnosis *d, const struct ak_conversation *one,
                        const struct ak_conversation *other)
{
    struct opinion mine, theirs;
    bool exposed[AK_COUNT(ak_rules)] = {false};
    form_opinion(d, one, &mine, exposed);
    form_opinion(d, other, &theirs, exposed);
    if (is_better(&mine, &theirs))
        conclude(d, &mine, other);
    else
        conclude(d, &theirs, one);
    answer_question(d, &mine);
    answer_question(d, &theirs);
}

/* Established and nothing odd about its end: no rule has anything to say. */
static bool needs_judgement(const struct ak_diagnosis *d, const struct ak_conversation *c)
{
    if (d->question.rule != NULL &&
        (d->question.conversation == c->id || d->question.conversation == 0))
        return true;
    enum ak_side by;
    if (ak_ignores_packets(c) != AK_SIDE_NONE)
        return true;
    if (ak_is_endpoint_over(c) || ak_endpoint_refused(c) || ak_endpoint_stall_ms(c, &by) != 0)
        return true;
    if (ak_slow_connect_ms(c) != 0 || ak_uses_up_ports(ak_estate_latest_route(d->estate)))
        return true;
    switch (c->outcome) {
    case AK_OUTCOME_ESTABLISHED: {
        bool tds = c->protocol == AK_PROTOCOL_TDS || c->protocol == AK_PROTOCOL_TDS8;
        const struct ak_name_known *name = ak_estate_latest_name(d->estate);
        bool microsofts = name == NULL || name->is_microsofts;
        return c->stage < AK_STAGE_P7 || (microsofts && ak_inspected(c)) || c->tcp_end_rst ||
               (tds && c->tls != NULL && c->tls->client_data_turns <= 2);
    }
    case AK_OUTCOME_PLAINTEXT:
        return c->cleartext_login || c->tcp_end_rst ||
               (c->clear != NULL && c->clear->starttls == AK_STARTTLS_REFUSED);
    case AK_OUTCOME_INCOMPLETE:
        return c->cleartext_login;
    default:
        return true;
    }
}

static bool keep_suspect(struct ak_diagnosis *d, const struct ak_conversation *c)
{
    struct ak_conversation **grown =
        ak_diagnosis_room(d->suspect, d->suspect_count, &d->suspect_room);
    if (grown == NULL)
        return false;
    d->suspect = grown;
    struct ak_conversation *copy = ak_suspect_copy(c);
    if (copy != NULL)
        d->suspect[d->suspect_count++] = copy;
    return copy != NULL;
}

/* A log of handshakes that worked may be about it: then it tells of clocks. */
static void keep_witness(struct ak_diagnosis *d, const struct ak_conversation *c)
{
    if (d->witness_count == AK_MAX_CASE_WITNESSES || c->outcome != AK_OUTCOME_ESTABLISHED ||
        c->tls == NULL)
        return;
    struct ak_conversation *copy = ak_suspect_copy(c);
    if (copy != NULL)
        d->witness[d->witness_count++] = copy;
}

static void free_witnesses(struct ak_diagnosis *d)
{
    for (size_t i = 0; i < d->witness_count; i++)
        ak_suspect_free(d->witness[i]);
    d->witness_count = 0;
}

static void learn(struct ak_diagnosis *d, const struct ak_conversation *c)
{
    bool news = false, wide = false;
    d->newest = c->last_time > d->newest ? c->last_time : d->newest;
    bool known = ak_knowledge_add(d->knowledge, c, &news);
    d->lost += !ak_estate_add(d->estate, c, &wide) || !known;
    if (d->listened && (news || wide))
        d->listener.news(d->listener.context, c, wide);
}

/* What is true although everything worked. */
static void judge_working(struct ak_diagnosis *d, const struct ak_conversation *c)
{
    struct ak_view v = view_of(d, c);
    struct ak_match match;
    const struct ak_predicate *failed;
    for (size_t i = 0; i < ak_rule_count; i++)
        if (ak_rules[i]->of_working && ask_rule(ak_rules[i], &v, &match, &failed) == AK_ANSWER_YES)
            (void)ak_diagnosis_note(d, ak_rules[i], &v, &match);
}

/* ---- several captures ---- */

void ak_diagnosis_join(struct ak_diagnosis *d)
{
    if (d->join == NULL)
        d->join = ak_join_new(d->key);
}

const struct ak_join *ak_diagnosis_joined(const struct ak_diagnosis *d)
{
    return d->join;
}

/* The second capture begins: what waits of the first one may have its other side there. */
static void begin_join(struct ak_diagnosis *d)
{
    ak_diagnosis_join(d);
    for (size_t i = 0; d->join != NULL && i < d->suspect_count; i++)
        ak_join_add(d->join, d->suspect[i]);
}

static void note_capture(struct ak_diagnosis *d, const struct ak_conversation *c)
{
    if (d->join == NULL && d->capture != 0 && d->capture != c->capture)
        begin_join(d);
    d->capture = c->capture;
    if (d->join != NULL)
        ak_join_add(d->join, c);
}

void ak_diagnosis_announce(struct ak_diagnosis *d, const struct ak_conversation *c)
{
    ak_estate_announce(d->estate, c);
}

void ak_diagnosis_learn(struct ak_diagnosis *d, const struct ak_conversation *c)
{
    note_capture(d, c);
    learn(d, c);
    judge_working(d, c);
}

void ak_diagnosis_add(struct ak_diagnosis *d, const struct ak_conversation *c)
{
    note_capture(d, c);
    learn(d, c);
    if (!needs_judgement(d, c)) {
        keep_witness(d, c);
        return;
    }
    if (d->suspect_count == AK_MAX_SUSPECTS) {
        d->early++;
        judge(d, c);
        return;
    }
    if (!keep_suspect(d, c))
        d->lost++;
}

void ak_diagnosis_settle(struct ak_diagnosis *d, int64_t before)
{
    size_t kept = 0;
    for (size_t i = 0; i < d->suspect_count; i++) {
        struct ak_conversation *c = d->suspect[i];
        if (c->last_time >= before) {
            d->suspect[kept++] = c;
            continue;
        }
        judge(d, c);
        ak_suspect_free(c);
    }
    d->suspect_count = kept;
}

size_t ak_diagnosis_findings(const struct ak_diagnosis *d)
{
    return d->finding_count;
}

static int order(const void *a, const void *b)
{
    const struct ak_finding *x = *(struct ak_finding *const *)a;
    const struct ak_finding *y = *(struct ak_finding *const *)b;
    if (x->severity != y->severity)
        return x->severity > y->severity ? -1 : 1;
    if (x->grade != y->grade)
        return x->grade > y->grade ? -1 : 1;
    int rule = strcmp(x->rule->id, y->rule->id);
    if (rule != 0)
        return rule;
    int address = memcmp(&x->server.address, &y->server.address, sizeof x->server.address);
    if (address != 0)
        return address;
    if (x->server.port != y->server.port)
        return x->server.port < y->server.port ? -1 : 1;
    return strcmp(x->id, y->id);
}

static uint64_t twin_hash(const struct ak_diagnosis *d, uint64_t id)
{
    return ak_hash_mix(d->key.k1, id);
}

static struct ak_conversation *find_twin(const struct ak_diagnosis *d, uint64_t id)
{
    struct ak_conversation *c;
    uint64_t hash = twin_hash(d, id), at = hash;
    while (d->twins.room != 0 && (c = ak_index_next(&d->twins, hash, &at)) != NULL)
        if (c->id == id)
            return c;
    return NULL;
}

static void index_twins(struct ak_diagnosis *d)
{
    struct ak_joint joint;
    if (d->join == NULL || !ak_index_init(&d->twins, AK_MAX_SUSPECTS))
        return;
    for (size_t i = 0; i < d->suspect_count; i++)
        if (ak_join_find(d->join, d->suspect[i]->id, &joint) &&
            !ak_index_add(&d->twins, twin_hash(d, d->suspect[i]->id), d->suspect[i]))
            d->lost++;
}

static const uint32_t JUDGED = UINT32_MAX; /* as a suspect's capture */

/* A connection is judged when the first of its suspects comes, and its twins with it. */
static void judge_suspect(struct ak_diagnosis *d, struct ak_conversation *c)
{
    struct ak_joint joint;
    if (c->capture == JUDGED)
        return;
    struct ak_conversation *twin = NULL;
    if (d->twins.room != 0 && ak_join_find(d->join, c->id, &joint))
        twin = find_twin(d, joint.id);
    c->capture = JUDGED;
    if (twin == NULL)
        judge(d, c);
    else if (twin->capture != JUDGED)
        judge_twins(d, c, twin);
    else if (d->listened && joint.third)
        d->listener.news(d->listener.context, c, false);
    if (twin != NULL)
        twin->capture = JUDGED;
}

/* Logs and machines are put beside the conversations that wait. */
static void begin_case(struct ak_diagnosis *d)
{
    struct ak_case_parts parts = {.ledger = ak_event_book_ledger(d->events),
                                  .talks = d->suspect,
                                  .talk_count = d->suspect_count,
                                  .witnesses = d->witness,
                                  .witness_count = d->witness_count,
                                  .all = d->early == 0,
                                  .hosts = d->hosts,
                                  .host_count = d->host_count,
                                  .roles = d->roles};
    bool events = ak_event_ledger_count(parts.ledger) != 0;
    if (d->suspect_count == 0 ? d->witness_count == 0 || !events : !events && d->host_count == 0)
        return;
    d->joined = ak_case_new(&parts);
    d->lost += d->joined == NULL;
}

size_t ak_diagnosis_finish(struct ak_diagnosis *d)
{
    if (d->events != NULL)
        ak_event_book_finish(d->events);
    ak_diagnosis_join_certificates(d);
    if (d->join != NULL)
        ak_join_finish(d->join);
    index_twins(d);
    begin_case(d);
    for (size_t i = 0; i < d->suspect_count; i++)
        judge_suspect(d, d->suspect[i]);
    for (size_t i = 0; i < d->suspect_count; i++) {
        ak_suspect_free(d->suspect[i]);
        d->suspect[i] = NULL;
    }
    d->suspect_count = 0;
    free_witnesses(d);
    ak_diagnosis_judge_hosts(d);
    ak_diagnosis_judge_events(d);
    ak_diagnosis_judge_certificates(d);
    if (d->finding_count > 1)
        qsort(d->finding, d->finding_count, sizeof(struct ak_finding *), order);
    return d->finding_count;
}

const struct ak_finding *ak_diagnosis_finding(const struct ak_diagnosis *d, size_t index)
{
    return index < d->finding_count ? d->finding[index] : NULL;
}
