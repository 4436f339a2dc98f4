/* SPDX-License-Identifier: Apache-2.0 */
/* What all rules say of one conversation, or of two that are one connection. */
#include <string.h>

#include "diagnose/case_rules.h"
#include "diagnose/collected_rules.h"
#include "diagnose/diagnosis_state.h"
#include "diagnose/host_rules.h"
#include "diagnose/other_side.h"
#include "diagnose/rules.h"

#include "base/banned.h"

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
    ak_match_begin(m);
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
    bool matched[AK_MAX_RULES];
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
                         bool exposed[AK_MAX_RULES])
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

void ak_diagnosis_judge(struct ak_diagnosis *d, const struct ak_conversation *c)
{
    struct opinion o;
    bool exposed[AK_MAX_RULES] = {false};
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

void ak_diagnosis_judge_twins(struct ak_diagnosis *d, const struct ak_conversation *one,
                              const struct ak_conversation *other)
{
    struct opinion mine, theirs;
    bool exposed[AK_MAX_RULES] = {false};
    form_opinion(d, one, &mine, exposed);
    form_opinion(d, other, &theirs, exposed);
    if (is_better(&mine, &theirs))
        conclude(d, &mine, other);
    else
        conclude(d, &theirs, one);
    answer_question(d, &mine);
    answer_question(d, &theirs);
}

void ak_diagnosis_judge_working(struct ak_diagnosis *d, const struct ak_conversation *c)
{
    struct ak_view v = view_of(d, c);
    struct ak_match match;
    const struct ak_predicate *failed;
    for (size_t i = 0; i < ak_rule_count; i++)
        if (ak_rules[i]->of_working && ask_rule(ak_rules[i], &v, &match, &failed) == AK_ANSWER_YES)
            (void)ak_diagnosis_note(d, ak_rules[i], &v, &match);
}
