/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/case_rules.h"

#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "diagnose/event_rule.h"
#include "diagnose/predicates.h"

#include "base/banned.h"

enum { ANY = -1 };

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
};

static const struct voice voices[] = {
    {"no-common-suite", AK_LOG_SCHANNEL, 36874, ANY, ANY, AK_GRADE_LIKELY, AK_GRADE_NONE,
     AK_CHANGE_BOTH},
    {"no-common-suite", AK_LOG_SCHANNEL, 36888, 40, 1205, AK_GRADE_LIKELY, AK_GRADE_NONE,
     AK_CHANGE_BOTH},
    {"no-common-version", AK_LOG_SCHANNEL, 36888, 70, ANY, AK_GRADE_LIKELY, AK_GRADE_LIKELY,
     AK_CHANGE_BOTH},
    {"certificate-untrusted", AK_LOG_SCHANNEL, 36882, ANY, ANY, AK_GRADE_LIKELY, AK_GRADE_LIKELY,
     AK_CHANGE_SERVER},
    {"certificate-expired", AK_LOG_SCHANNEL, 36881, ANY, ANY, AK_GRADE_LIKELY, AK_GRADE_LIKELY,
     AK_CHANGE_SERVER},
    {"certificate-name-mismatch", AK_LOG_SCHANNEL, 36884, ANY, ANY, AK_GRADE_LIKELY,
     AK_GRADE_LIKELY, AK_CHANGE_SERVER},
    {"private-key-unusable", AK_LOG_SCHANNEL, 36870, ANY, ANY, AK_GRADE_LIKELY, AK_GRADE_LIKELY,
     AK_CHANGE_SERVER},
    {"no-usable-protocol", AK_LOG_SCHANNEL, 36871, ANY, 10013, AK_GRADE_LIKELY, AK_GRADE_LIKELY,
     AK_CHANGE_SERVER},
    {"kerberos-not-tls", AK_LOG_SQL_SERVER, 17806, ANY, ANY, AK_GRADE_CERTAIN, AK_GRADE_CERTAIN,
     AK_CHANGE_SERVER},
    {"kerberos-not-tls", AK_LOG_SQL_SERVER, 17807, ANY, ANY, AK_GRADE_CERTAIN, AK_GRADE_CERTAIN,
     AK_CHANGE_SERVER},
    {"kerberos-not-tls", AK_LOG_SQL_SERVER, 18452, ANY, ANY, AK_GRADE_LIKELY, AK_GRADE_LIKELY,
     AK_CHANGE_SERVER},
    {"login-refused", AK_LOG_SQL_SERVER, 18456, ANY, ANY, AK_GRADE_CERTAIN, AK_GRADE_CERTAIN,
     AK_CHANGE_SERVER},
    {"login-refused", AK_LOG_SQL_SERVER, 18470, ANY, ANY, AK_GRADE_CERTAIN, AK_GRADE_CERTAIN,
     AK_CHANGE_SERVER},
    {"login-refused", AK_LOG_SQL_SERVER, 18486, ANY, ANY, AK_GRADE_CERTAIN, AK_GRADE_CERTAIN,
     AK_CHANGE_SERVER},
    {"login-refused", AK_LOG_SQL_SERVER, 18487, ANY, ANY, AK_GRADE_CERTAIN, AK_GRADE_CERTAIN,
     AK_CHANGE_SERVER},
    {"encryption-setting-conflict", AK_LOG_SQL_SERVER, 17835, ANY, ANY, AK_GRADE_LIKELY,
     AK_GRADE_LIKELY, AK_CHANGE_CLIENT},
    {"strict-mismatch", AK_LOG_SQL_SERVER, 17819, ANY, ANY, AK_GRADE_LIKELY, AK_GRADE_LIKELY,
     AK_CHANGE_BOTH},
    {"strict-mismatch", AK_LOG_SQL_SERVER, 17821, ANY, ANY, AK_GRADE_LIKELY, AK_GRADE_LIKELY,
     AK_CHANGE_BOTH},
    {"accept-starvation", AK_LOG_SQL_SERVER, 17189, ANY, ANY, AK_GRADE_LIKELY, AK_GRADE_LIKELY,
     AK_CHANGE_SERVER},
    {"accept-starvation", AK_LOG_SQL_SERVER, 17809, ANY, ANY, AK_GRADE_LIKELY, AK_GRADE_LIKELY,
     AK_CHANGE_SERVER},
};

static bool says(const struct voice *voice, const struct ak_ledger_event *e)
{
    return voice->code == e->code && voice->provider == (enum ak_log_provider)e->provider &&
           (voice->alert == ANY || (e->has_alert && e->alert == voice->alert)) &&
           (voice->state == ANY || (e->has_state && e->state == (uint32_t)voice->state));
}

/* A clock that was set right by its own events proves less than one that was right. */
static enum ak_grade as_sure(const struct ak_met_event *met, enum ak_grade grade)
{
    bool doubt = !met->sole || met->alignment->estimate.state == AK_CLOCK_DIFFERS;
    return doubt && grade > AK_GRADE_LIKELY ? AK_GRADE_LIKELY : grade;
}

/* The wire shows nothing of it: the event and the way in which the connection ended remain. */
static void speak_alone(const struct ak_view *v, const struct ak_rule *rule,
                        const struct voice *voice, const struct ak_met_event *met,
                        struct ak_match *m)
{
    memset(m, 0, sizeof *m);
    m->severity = rule->severity;
    m->grade = as_sure(met, voice->alone);
    m->side = voice->side;
    if (v->hello != NULL)
        ak_fact_hello(m, v);
    ak_match_end(m, v);
    ak_match_lack(m, "both-sides-capture");
    ak_match_lack(m, "registry-export");
}

enum ak_answer ak_case_weigh(const struct ak_view *v, const struct ak_rule *rule,
                             enum ak_answer answer, struct ak_match *m)
{
    for (size_t i = 0; v->met != NULL && i < v->met->event_count; i++)
        for (size_t k = 0; k < AK_COUNT(voices); k++) {
            const struct ak_met_event *met = &v->met->event[i];
            const struct voice *voice = &voices[k];
            if (strcmp(voice->rule, rule->id) != 0 || !says(voice, met->event))
                continue;
            if (answer == AK_ANSWER_YES) {
                enum ak_grade grade = as_sure(met, voice->grade);
                m->grade = grade > m->grade ? grade : m->grade;
            } else if (voice->alone != AK_GRADE_NONE && met->sole) {
                speak_alone(v, rule, voice, met, m);
                answer = AK_ANSWER_YES;
            }
        }
    return answer;
}

/* ---- facts ---- */

static void fact_of(const struct ak_met_event *met, struct ak_fact *fact)
{
    const struct ak_ledger_event *e = met->event;
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

void ak_case_facts(const struct ak_view *v, struct ak_match *m)
{
    enum { SHOWN = 4 };
    size_t more = v->met != NULL ? v->met->event_count : 0;
    more = more < SHOWN ? more : SHOWN;
    if (more == 0)
        return;
    size_t kept = m->fact_count < AK_MATCH_FACTS - more ? m->fact_count : AK_MATCH_FACTS - more;
    memmove(m->facts + more, m->facts, kept * sizeof m->facts[0]);
    for (size_t i = 0; i < more; i++)
        fact_of(&v->met->event[i], &m->facts[i]);
    m->fact_count = kept + more;
}

void ak_case_told(const struct ak_met *met, enum ak_grade grade)
{
    for (size_t i = 0; met != NULL && i < met->event_count; i++) {
        struct ak_ledger_event *e = met->event[i].event;
        e->told = e->told < (uint8_t)grade ? (uint8_t)grade : e->told;
    }
}
