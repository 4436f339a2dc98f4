/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/case_rules.h"

#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "diagnose/client_program.h"
#include "diagnose/event_rule.h"
#include "diagnose/host_rules.h"
#include "diagnose/predicates.h"
#include "model/tls_names.h"

#include "base/banned.h"

/* Of a voice's state: any; any, with the status SEC_E_ALGORITHM_MISMATCH. */
enum { ANY = -1, ANY_ALGORITHM_MISMATCH = -2 };
#define SEC_E_ALGORITHM_MISMATCH 0x80090331U

/* Which message speaks for which rule. */
struct voice {
    const char *rule;
    enum ak_log_provider provider;
    uint32_t code;
    int alert; /* ANY: no matter which */
    int state;
    enum ak_grade grade; /* at most, of what the wire shows too */
    enum ak_grade alone; /* at most, when the wire does not show it; NONE: it must */
    enum ak_change_side side;
    bool clients_own; /* certain when the log is known to be the client's */
};

static const struct voice voices[] = {
    {"no-common-suite", AK_LOG_SCHANNEL, 36874, ANY, ANY, AK_GRADE_LIKELY, AK_GRADE_NONE,
     AK_CHANGE_BOTH, false},
    {"no-common-suite", AK_LOG_SCHANNEL, 36888, 40, 1205, AK_GRADE_LIKELY, AK_GRADE_NONE,
     AK_CHANGE_BOTH, false},
    {"no-common-version", AK_LOG_SCHANNEL, 36888, 70, ANY, AK_GRADE_LIKELY, AK_GRADE_LIKELY,
     AK_CHANGE_BOTH, false},
    {"certificate-untrusted", AK_LOG_SCHANNEL, 36882, ANY, ANY, AK_GRADE_LIKELY, AK_GRADE_LIKELY,
     AK_CHANGE_SERVER, true},
    {"certificate-expired", AK_LOG_SCHANNEL, 36881, ANY, ANY, AK_GRADE_LIKELY, AK_GRADE_LIKELY,
     AK_CHANGE_SERVER, true},
    {"certificate-name-mismatch", AK_LOG_SCHANNEL, 36884, ANY, ANY, AK_GRADE_LIKELY,
     AK_GRADE_LIKELY, AK_CHANGE_SERVER, true},
    {"private-key-unusable", AK_LOG_SCHANNEL, 36870, ANY, ANY, AK_GRADE_LIKELY, AK_GRADE_LIKELY,
     AK_CHANGE_SERVER, false},
    {"no-usable-protocol", AK_LOG_SCHANNEL, 36871, ANY, 10013, AK_GRADE_LIKELY, AK_GRADE_LIKELY,
     AK_CHANGE_SERVER, false},
    {"kerberos-not-tls", AK_LOG_SQL_SERVER, 17806, ANY, ANY, AK_GRADE_CERTAIN, AK_GRADE_CERTAIN,
     AK_CHANGE_SERVER, false},
    {"kerberos-not-tls", AK_LOG_SQL_SERVER, 17807, ANY, ANY, AK_GRADE_CERTAIN, AK_GRADE_CERTAIN,
     AK_CHANGE_SERVER, false},
    {"kerberos-not-tls", AK_LOG_SQL_SERVER, 18452, ANY, ANY, AK_GRADE_LIKELY, AK_GRADE_LIKELY,
     AK_CHANGE_SERVER, false},
    {"login-refused", AK_LOG_SQL_SERVER, 18456, ANY, ANY, AK_GRADE_CERTAIN, AK_GRADE_CERTAIN,
     AK_CHANGE_SERVER, false},
    {"login-refused", AK_LOG_SQL_SERVER, 18470, ANY, ANY, AK_GRADE_CERTAIN, AK_GRADE_CERTAIN,
     AK_CHANGE_SERVER, false},
    {"login-refused", AK_LOG_SQL_SERVER, 18486, ANY, ANY, AK_GRADE_CERTAIN, AK_GRADE_CERTAIN,
     AK_CHANGE_SERVER, false},
    {"login-refused", AK_LOG_SQL_SERVER, 18487, ANY, ANY, AK_GRADE_CERTAIN, AK_GRADE_CERTAIN,
     AK_CHANGE_SERVER, false},
    {"encryption-setting-conflict", AK_LOG_SQL_SERVER, 17835, ANY, ANY, AK_GRADE_LIKELY,
     AK_GRADE_LIKELY, AK_CHANGE_CLIENT, false},
    {"strict-mismatch", AK_LOG_SQL_SERVER, 17819, ANY, ANY, AK_GRADE_LIKELY, AK_GRADE_LIKELY,
     AK_CHANGE_BOTH, false},
    {"strict-mismatch", AK_LOG_SQL_SERVER, 17821, ANY, ANY, AK_GRADE_LIKELY, AK_GRADE_LIKELY,
     AK_CHANGE_BOTH, false},
    {"accept-starvation", AK_LOG_SQL_SERVER, 17189, ANY, ANY, AK_GRADE_LIKELY, AK_GRADE_LIKELY,
     AK_CHANGE_SERVER, false},
    {"accept-starvation", AK_LOG_SQL_SERVER, 17809, ANY, ANY, AK_GRADE_LIKELY, AK_GRADE_LIKELY,
     AK_CHANGE_SERVER, false},
    {"endpoint-handshake", AK_LOG_SQL_SERVER, 28047, ANY, 84, AK_GRADE_CERTAIN, AK_GRADE_CERTAIN,
     AK_CHANGE_BOTH, false},
    {"endpoint-handshake", AK_LOG_SQL_SERVER, 28047, ANY, 85, AK_GRADE_CERTAIN, AK_GRADE_CERTAIN,
     AK_CHANGE_BOTH, false},
    {"endpoint-handshake", AK_LOG_SQL_SERVER, 28047, ANY, 21, AK_GRADE_CERTAIN, AK_GRADE_CERTAIN,
     AK_CHANGE_BOTH, false},
    {"endpoint-handshake", AK_LOG_SQL_SERVER, 28047, ANY, ANY_ALGORITHM_MISMATCH, AK_GRADE_LIKELY,
     AK_GRADE_LIKELY, AK_CHANGE_BOTH, false},
    {"endpoint-handshake", AK_LOG_SQL_SERVER, 28047, ANY, ANY, AK_GRADE_POSSIBLE, AK_GRADE_POSSIBLE,
     AK_CHANGE_BOTH, false},
    {"endpoint-handshake", AK_LOG_SQL_SERVER, 28048, ANY, 84, AK_GRADE_CERTAIN, AK_GRADE_CERTAIN,
     AK_CHANGE_BOTH, false},
    {"endpoint-handshake", AK_LOG_SQL_SERVER, 28048, ANY, 85, AK_GRADE_CERTAIN, AK_GRADE_CERTAIN,
     AK_CHANGE_BOTH, false},
    {"endpoint-handshake", AK_LOG_SQL_SERVER, 28048, ANY, 21, AK_GRADE_CERTAIN, AK_GRADE_CERTAIN,
     AK_CHANGE_BOTH, false},
    {"endpoint-handshake", AK_LOG_SQL_SERVER, 28048, ANY, ANY_ALGORITHM_MISMATCH, AK_GRADE_LIKELY,
     AK_GRADE_LIKELY, AK_CHANGE_BOTH, false},
    {"endpoint-handshake", AK_LOG_SQL_SERVER, 28048, ANY, ANY, AK_GRADE_POSSIBLE, AK_GRADE_POSSIBLE,
     AK_CHANGE_BOTH, false},
};

static bool is_state(const struct voice *voice, const struct ak_ledger_event *e)
{
    if (voice->state == ANY_ALGORITHM_MISMATCH)
        return e->has_status && e->status == SEC_E_ALGORITHM_MISMATCH;
    return voice->state == ANY || (e->has_state && e->state == (uint32_t)voice->state);
}

static bool says(const struct voice *voice, const struct ak_ledger_event *e)
{
    return voice->code == e->code && voice->provider == (enum ak_log_provider)e->provider &&
           (voice->alert == ANY || (e->has_alert && e->alert == voice->alert)) &&
           is_state(voice, e);
}

/* A clock that was set right by its own events proves less than one that was right; and one event
 * that tells the time zone may be another day's. */
static enum ak_grade as_sure(const struct ak_met_event *met, enum ak_grade grade)
{
    const struct ak_clock_estimate *clock = &met->alignment->estimate;
    bool doubt = !met->sole || clock->state == AK_CLOCK_DIFFERS ||
                 (clock->state == AK_CLOCK_ZONE && clock->pairs < 2);
    return doubt && grade > AK_GRADE_LIKELY ? AK_GRADE_LIKELY : grade;
}

/* The wire shows nothing of it: the event and the way in which the connection ended remain. */
static void speak_alone(const struct ak_view *v, const struct ak_rule *rule,
                        const struct voice *voice, const struct ak_met_event *met,
                        struct ak_match *m)
{
    ak_match_begin(m);
    m->severity = rule->severity;
    m->grade = as_sure(met, voice->alone);
    m->side = voice->side;
    if (v->hello != NULL)
        ak_fact_hello(m, v);
    ak_match_end(m, v);
    ak_match_lack(m, "both-sides-capture");
    ak_match_lack(m, "registry-export");
}

/* Schannel names no peer: its event is this client's when the log is the client's. */
static bool is_clients_own(const struct ak_view *v, const struct ak_met_event *met)
{
    const struct ak_met_host *client = &v->met->side[AK_SIDE_CLIENT];
    const char *name = met->alignment->clock->host;
    return client->host != NULL && client->by >= AK_MET_BY_ADDRESS &&
           (client->by == AK_MET_BY_USER || (client->host->name[0] != '\0' && name[0] != '\0' &&
                                             ak_event_same_host(client->host->name, name)));
}

/* What a client logs about a certificate that the wire shows, too, admits nothing else. */
static enum ak_grade grade_of(const struct ak_view *v, const struct voice *voice,
                              const struct ak_met_event *met)
{
    bool own = voice->clients_own && is_clients_own(v, met);
    return as_sure(met, own ? AK_GRADE_CERTAIN : voice->grade);
}

static enum ak_answer weigh_events(const struct ak_view *v, const struct ak_rule *rule,
                                   enum ak_answer answer, struct ak_match *m)
{
    for (size_t i = 0; v->met != NULL && i < v->met->event_count; i++)
        for (size_t k = 0; k < AK_COUNT(voices); k++) {
            const struct ak_met_event *met = &v->met->event[i];
            const struct voice *voice = &voices[k];
            if (strcmp(voice->rule, rule->id) != 0 || !says(voice, met->event))
                continue;
            if (answer == AK_ANSWER_YES) {
                enum ak_grade grade = grade_of(v, voice, met);
                m->grade = grade > m->grade ? grade : m->grade;
            } else if (voice->alone != AK_GRADE_NONE && met->sole) {
                speak_alone(v, rule, voice, met, m);
                answer = AK_ANSWER_YES;
            }
        }
    return answer;
}

/* ---- machines ---- */

static bool offers_only_old(const struct ak_view *v)
{
    return v->hello != NULL && v->hello->max_version < 0x0303;
}

/* The wire alone has nothing to say for this rule, the settings have. */
static void forecast_alone(const struct ak_view *v, const struct ak_rule *rule, struct ak_match *m)
{
    ak_match_begin(m);
    m->severity = AK_SEVERITY_ERROR; /* it failed */
    m->side = AK_CHANGE_SERVER;
    if (strcmp(rule->id, "no-common-version") == 0 && offers_only_old(v))
        m->side = AK_CHANGE_CLIENT;
    if (strcmp(rule->id, "no-common-suite") == 0 || strcmp(rule->id, "no-common-group") == 0)
        m->side = AK_CHANGE_BOTH;
    if (v->hello != NULL)
        ak_fact_hello(m, v);
    ak_match_end(m, v);
}

static enum ak_answer weigh_forecast(const struct ak_view *v, const struct ak_rule *rule,
                                     enum ak_answer answer, struct ak_match *m)
{
    const struct ak_case_forecast *f = &v->met->forecast;
    if (f->rule == NULL || strcmp(f->rule, rule->id) != 0)
        return answer;
    if (answer != AK_ANSWER_YES)
        forecast_alone(v, rule, m);
    m->grade = f->grade > m->grade ? f->grade : m->grade;
    if (m->grade == AK_GRADE_CERTAIN) {
        m->rival_count = 0;
        m->lack_count = 0;
        return AK_ANSWER_YES;
    }
    ak_match_lack(m, "server-offer");
    if (f->pending != NULL || f->later != NULL)
        ak_match_lack(m, "start-times");
    return AK_ANSWER_YES;
}

/* Settings of a machine that is known well speak against what the wire only makes likely. */
static void weigh_contradiction(const struct ak_view *v, const struct ak_rule *rule,
                                struct ak_match *m)
{
    static const char *const negotiated[] = {
        "no-common-version",    "no-common-suite",          "no-common-group",
        "server-build-too-old", "certificate-hash-refused", "signature-algorithm-mismatch"};
    const struct ak_case_forecast *f = &v->met->forecast;
    bool spoken = false;
    for (size_t i = 0; i < AK_COUNT(negotiated); i++)
        spoken = spoken || strcmp(negotiated[i], rule->id) == 0;
    if (!spoken || !f->contradicts || m->grade == AK_GRADE_CERTAIN)
        return;
    ak_match_lack(m, "start-times");
    bool explained = f->pending != NULL || f->later != NULL;
    bool known = v->met->side[AK_SIDE_SERVER].by >= AK_MET_BY_CERTIFICATE &&
                 v->met->side[AK_SIDE_SERVER].host->os_confidence >= AK_CONFIDENCE_HIGH;
    if (!explained && known)
        m->grade = AK_GRADE_POSSIBLE;
}

/* The server's machine completed a handshake in a version that this hello offers: then it is not
 * the version, unless another program of the machine did so. */
static void weigh_worked(const struct ak_view *v, struct ak_match *m)
{
    const struct ak_ledger_event *worked = v->met->worked[AK_SIDE_SERVER];
    if (worked == NULL)
        return;
    ak_match_worked(m, worked);
    ak_match_lack(m, "start-times");
    m->grade = m->grade == AK_GRADE_CERTAIN ? AK_GRADE_LIKELY : AK_GRADE_POSSIBLE;
}

/* One side keeps leading zeros and the other one does not: the tables say it of both systems. */
static void weigh_dhe(const struct ak_view *v, struct ak_match *m)
{
    const struct ak_met_host *client = &v->met->side[AK_SIDE_CLIENT];
    const struct ak_met_host *server = &v->met->side[AK_SIDE_SERVER];
    if (client->host == NULL || server->host == NULL || !client->host->dhe_fix_known ||
        !server->host->dhe_fix_known || client->by < AK_MET_BY_ADDRESS ||
        server->by < AK_MET_BY_CERTIFICATE)
        return;
    ak_match_text(m, AK_FACT_DHE_FIX, 0, client->host->dhe_fixed, client->host->system->name);
    ak_match_text(m, AK_FACT_DHE_FIX, 0, server->host->dhe_fixed, server->host->system->name);
    if (client->host->dhe_fixed == server->host->dhe_fixed)
        m->grade = AK_GRADE_POSSIBLE;
    else if (m->grade == AK_GRADE_LIKELY && v->tls != NULL && v->tls->server_ems)
        m->grade = ak_grade_cap(ak_grade_cap(AK_GRADE_CERTAIN, client->host->os_confidence),
                                server->host->os_confidence);
}

enum ak_answer ak_case_weigh(const struct ak_view *v, const struct ak_rule *rule,
                             enum ak_answer answer, struct ak_match *m)
{
    answer = weigh_events(v, rule, answer, m);
    answer = weigh_forecast(v, rule, answer, m);
    if (strcmp(rule->id, "dotnet-strong-crypto-missing") == 0)
        answer = ak_weigh_dotnet(v, answer, m);
    if (answer != AK_ANSWER_YES)
        return answer;
    weigh_contradiction(v, rule, m);
    /* Another node took the same hello, and the settings of this one refuse it. */
    if (strcmp(rule->id, "cluster-nodes-differ") == 0 && v->met->forecast.rule != NULL &&
        v->met->forecast.grade > m->grade)
        m->grade = v->met->forecast.grade;
    if (strcmp(rule->id, "dhe-leading-zero") == 0)
        weigh_dhe(v, m);
    if (strcmp(rule->id, "no-common-version") == 0)
        weigh_worked(v, m);
    return answer;
}

/* ---- facts ---- */

static void fact_of(const struct ak_ledger_event *e, struct ak_fact *fact)
{
    struct ak_event whole;
    memset(&whole, 0, sizeof whole);
    whole.file = e->file;
    whole.place = e->place;
    whole.by_line = e->by_line;
    whole.has_status = e->has_status;
    whole.status = e->status;
    whole.has_alert = e->has_alert;
    whole.alert = e->alert;
    whole.has_state = e->has_state;
    whole.state = e->state;
    memset(fact, 0, sizeof *fact);
    fact->kind = AK_FACT_EVENT;
    fact->after = -1;
    fact->a = (int64_t)((uint64_t)e->provider << 32 | e->code);
    fact->b = 1;
    ak_event_describe(&whole, fact->text, sizeof fact->text);
}

void ak_match_worked(struct ak_match *m, const struct ak_ledger_event *e)
{
    struct ak_fact fact;
    char place[AK_FACT_TEXT];
    const char *version = ak_tls_version_name(e->version);
    fact_of(e, &fact);
    memcpy(place, fact.text, sizeof place);
    (void)snprintf(fact.text, sizeof fact.text, "TLS %s, %.200s", version != NULL ? version : "?",
                   place);
    if (m->fact_count < AK_MATCH_FACTS)
        m->facts[m->fact_count++] = fact;
}

static void host_fact(const struct ak_met_host *met, enum ak_side side, struct ak_match *to)
{
    char text[AK_FACT_TEXT];
    if (met->host == NULL)
        return;
    if (met->host->name[0] != '\0')
        (void)snprintf(text, sizeof text, "%s", met->host->name);
    else
        (void)snprintf(text, sizeof text, "#%llu", (unsigned long long)met->host->id);
    ak_match_text(to, AK_FACT_MET_HOST, 0, side, text);
    to->facts[to->fact_count - 1].b = met->by;
}

static void forecast_facts(const struct ak_met *met, const struct ak_rule *rule,
                           struct ak_match *to)
{
    const struct ak_case_forecast *f = &met->forecast;
    const struct ak_host *server = met->side[AK_SIDE_SERVER].host;
    bool agrees = f->rule != NULL &&
                  (strcmp(f->rule, rule->id) == 0 || strcmp("cluster-nodes-differ", rule->id) == 0);
    char text[80];
    if (!agrees && !f->contradicts)
        return;
    ak_versions_text(f->speaks, text, sizeof text);
    if (f->contradicts || f->n.refusal == AK_REFUSAL_NO_COMMON_VERSION)
        ak_match_text(to, AK_FACT_SPEAKS, 0, AK_SIDE_SERVER, text);
    if (agrees && f->n.refusal == AK_REFUSAL_NO_COMMON_SUITE)
        ak_match_text(to, AK_FACT_LIST_DISJOINT, 0, (int64_t)f->suites, server->name);
    if (agrees && strcmp(f->rule, "rsa-key-exchange-disabled") == 0)
        ak_match_setting(to, "SCHANNEL\\KeyExchangeAlgorithms\\PKCS", "Enabled",
                         &ak_host_rsa_off(server)->enabled);
    if (agrees)
        ak_match_predicted(to, &f->n);
    else
        ak_match_text(to, AK_FACT_CONTRADICTED, 0, (int64_t)f->n.version << 16 | f->n.suite,
                      server->name);
    if (f->pending != NULL) {
        ak_match_fact(to, AK_FACT_SHUT_DOWN, 0, server->shutdown / 1000000000, 0);
        ak_match_text(to, AK_FACT_PENDING, 0, f->pending->written / 1000000000, f->pending_key);
    }
    if (f->later != NULL)
        ak_match_text(to, AK_FACT_WRITTEN_LATER, 0, f->later->written / 1000000000, f->later_key);
}

/* Does the case hold already what this next step would collect? */
static bool is_here(const struct ak_met *met, const char *step)
{
    if (strcmp(step, "server-offer") == 0)
        return met->forecast.rule != NULL;
    if (strcmp(step, "registry-export") == 0)
        return met->side[AK_SIDE_SERVER].host != NULL && met->side[AK_SIDE_CLIENT].host != NULL;
    if (strcmp(step, "server-os") == 0)
        return met->side[AK_SIDE_SERVER].host != NULL;
    return strcmp(step, "server-log") == 0 && met->event_count != 0;
}

static void leave_out_here(const struct ak_met *met, struct ak_match *m)
{
    size_t kept = 0;
    for (size_t i = 0; i < m->lack_count; i++)
        if (!is_here(met, m->lacks[i]))
            m->lacks[kept++] = m->lacks[i];
    m->lack_count = kept;
}

void ak_case_facts(const struct ak_view *v, const struct ak_rule *rule, struct ak_match *m)
{
    enum { SHOWN = 4 };
    struct ak_match first;
    if (v->met == NULL)
        return;
    ak_match_begin(&first);
    leave_out_here(v->met, m);
    for (size_t i = 0; i < v->met->event_count && i < SHOWN; i++)
        fact_of(v->met->event[i].event, &first.facts[first.fact_count++]);
    host_fact(&v->met->side[AK_SIDE_SERVER], AK_SIDE_SERVER, &first);
    host_fact(&v->met->side[AK_SIDE_CLIENT], AK_SIDE_CLIENT, &first);
    forecast_facts(v->met, rule, &first);
    size_t room = AK_MATCH_FACTS - first.fact_count;
    size_t kept = m->fact_count < room ? m->fact_count : room;
    memmove(m->facts + first.fact_count, m->facts, kept * sizeof m->facts[0]);
    memcpy(m->facts, first.facts, first.fact_count * sizeof m->facts[0]);
    m->fact_count = kept + first.fact_count;
}

void ak_case_told(const struct ak_met *met, enum ak_grade grade)
{
    for (size_t i = 0; met != NULL && i < met->event_count; i++) {
        struct ak_ledger_event *e = met->event[i].event;
        e->told = e->told < (uint8_t)grade ? (uint8_t)grade : e->told;
    }
}
