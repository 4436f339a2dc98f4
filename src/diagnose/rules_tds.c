/* Rules about TDS: strict or not, the encryption bytes, logins, and what follows them. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/predicates.h"
#include "diagnose/rules.h"

#include "model/sql_names.h"
#include "model/thresholds.h"

#include "base/banned.h"

/* ---- strict-mismatch (X5) ---- */

static int64_t waited_ms(const struct ak_view *v)
{
    const struct ak_conversation *c = v->c;
    const struct ak_when *end = &c->step[c->tcp_end_rst ? AK_STEP_RST : AK_STEP_FIN];
    const struct ak_when *asked = &c->step[AK_STEP_FIRST_CLIENT_DATA];
    return end->frame != 0 && asked->frame != 0 ? (end->time - asked->time) / 1000000 : 0;
}

static bool plain_client_refused(const struct ak_view *v)
{
    return v->c->protocol == AK_PROTOCOL_TDS && v->c->stage == AK_STAGE_P1 &&
           v->c->outcome == AK_OUTCOME_REFUSED && v->tds != NULL && v->tds->has_prelogin &&
           !v->tds->bad_prelogin &&
           waited_ms(v) < ak_threshold_get(AK_THRESHOLD_TIMEOUT_SILENCE_MS);
}

static bool strict_client_refused(const struct ak_view *v)
{
    return v->c->protocol == AK_PROTOCOL_TDS8 && v->c->stage == AK_STAGE_P3 &&
           v->c->outcome == AK_OUTCOME_FAILED && v->c->close != AK_CLOSE_ALERT;
}

static enum ak_answer strict_evidence(const struct ak_view *v)
{
    return plain_client_refused(v) || strict_client_refused(v) ? AK_ANSWER_YES : AK_ANSWER_NO;
}
static const struct ak_predicate first_bytes_refused = {"first-bytes-were-refused", strict_evidence,
                                                        NULL};

/* The same server answers the other form and never this one. A server that answers TDS 7 may
 * still accept strict from version 16 (SQL Server 2022) on: then it stays likely. */
static enum ak_grade strict_grade(const struct ak_view *v)
{
    const struct ak_server_known *s = v->server;
    const struct ak_offer *offer = v->offer;
    if (offer != NULL && offer->refused && plain_client_refused(v) &&
        offer->strict == AK_TRIED_ACCEPTED)
        return AK_GRADE_CERTAIN;
    if (offer != NULL && offer->refused && plain_client_refused(v) &&
        offer->strict == AK_TRIED_UNCLEAR && offer->protocol == AK_PROTOCOL_TDS)
        return AK_GRADE_POSSIBLE;
    if (offer != NULL && offer->refused && strict_client_refused(v) &&
        offer->tds7 == AK_TRIED_ACCEPTED)
        return AK_GRADE_CERTAIN;
    if (s == NULL)
        return AK_GRADE_POSSIBLE;
    if (plain_client_refused(v)) {
        if (s->tds7_answered != 0) /* it does speak this form: something else was wrong */
            return AK_GRADE_NONE;
        return s->tds8_answered != 0 ? AK_GRADE_CERTAIN : AK_GRADE_POSSIBLE;
    }
    if (s->tds8_answered != 0)
        return AK_GRADE_NONE;
    if (s->tds7_answered == 0)
        return AK_GRADE_POSSIBLE;
    return s->has_build && s->version[0] < 16 ? AK_GRADE_CERTAIN : AK_GRADE_LIKELY;
}

static void judge_strict(const struct ak_view *v, struct ak_match *m)
{
    bool strict_client = strict_client_refused(v);
    m->grade = strict_grade(v);
    m->side = strict_client ? AK_CHANGE_BOTH : AK_CHANGE_CLIENT;
    if (m->grade >= AK_GRADE_LIKELY)
        ak_match_fact(m, AK_FACT_OTHER_FORM, 0, strict_client ? 7 : 8, 0);
    ak_match_end(m, v);
    if (m->grade == AK_GRADE_POSSIBLE) {
        ak_match_rival(m, strict_client ? "no-common-version" : "accept-starvation");
        ak_match_rival(m, strict_client ? "no-common-suite" : "closed-by-server");
        ak_match_lack(m, "strict-setting");
    }
    ak_match_lack(m, "server-log");
}

const struct ak_rule ak_rule_strict_mismatch = {
    .id = "strict-mismatch",
    .severity = AK_SEVERITY_ERROR,
    .class = AK_RULE_CAUSE,
    .proved_on = "lab",
    .predicates = {&ak_server_ended, &first_bytes_refused},
    .judge = judge_strict,
};

/* ---- encryption-setting-conflict (X9) ---- */

static bool has_bytes(const struct ak_view *v)
{
    return v->tds != NULL && v->tds->has_client_encryption && v->tds->has_server_encryption;
}

static enum ak_tds_encryption client_value(const struct ak_view *v)
{
    return (enum ak_tds_encryption)(v->tds->client_encryption & 3);
}

static enum ak_tds_encryption server_value(const struct ak_view *v)
{
    return (enum ak_tds_encryption)(v->tds->server_encryption & 3);
}

/* [MS-TDS] 2.2.6.5: the pairs at which one side must give up. */
static bool contradict(const struct ak_view *v)
{
    enum ak_tds_encryption client = client_value(v), server = server_value(v);
    bool client_must = client == AK_TDS_ENCRYPTION_ON || client == AK_TDS_ENCRYPTION_REQ ||
                       (v->tds->client_encryption & 0x80) != 0;
    bool server_must = server == AK_TDS_ENCRYPTION_ON || server == AK_TDS_ENCRYPTION_REQ;
    if (client == AK_TDS_ENCRYPTION_NOT_SUP)
        return server_must;
    return client_must && (server == AK_TDS_ENCRYPTION_NOT_SUP || server == AK_TDS_ENCRYPTION_OFF);
}

static enum ak_answer conflict_evidence(const struct ak_view *v)
{
    bool p2 = v->c->stage == AK_STAGE_P2 && v->c->outcome == AK_OUTCOME_REFUSED;
    return p2 && has_bytes(v) && contradict(v) ? AK_ANSWER_YES : AK_ANSWER_NO;
}
static const struct ak_predicate bytes_contradict = {"encryption-bytes-contradict",
                                                     conflict_evidence, NULL};

static void fact_encryption(const struct ak_view *v, struct ak_match *m)
{
    ak_match_fact(m, AK_FACT_ENCRYPTION, v->c->step[AK_STEP_PRELOGIN_REPLY].frame,
                  v->tds->client_encryption, v->tds->server_encryption);
}

static void judge_conflict(const struct ak_view *v, struct ak_match *m)
{
    m->grade = AK_GRADE_CERTAIN;
    m->side = client_value(v) == AK_TDS_ENCRYPTION_NOT_SUP ? AK_CHANGE_CLIENT : AK_CHANGE_SERVER;
    fact_encryption(v, m);
    ak_match_end(m, v);
}

const struct ak_rule ak_rule_encryption_setting_conflict = {
    .id = "encryption-setting-conflict",
    .severity = AK_SEVERITY_ERROR,
    .class = AK_RULE_CAUSE,
    .proved_on = "lab",
    .predicates = {&ak_is_tds, &bytes_contradict},
    .judge = judge_conflict,
};

/* ---- tls13-in-prelogin ---- */

/* A server that was asked chose it: this client stays in its wrapping, others leave it. */
static bool asked_tls13(const struct ak_view *v)
{
    return v->tls != NULL && v->tls->version == 0x0304 && v->offer != NULL &&
           v->offer->source == v->c->source && v->c->protocol == AK_PROTOCOL_TDS;
}

static enum ak_answer tls13_evidence(const struct ak_view *v)
{
    bool yes = v->tls != NULL && v->tls->version == 0x0304 && v->tds != NULL &&
               v->tds->unwrapped_early[AK_SIDE_CLIENT] && v->c->outcome != AK_OUTCOME_ESTABLISHED;
    return yes || asked_tls13(v) ? AK_ANSWER_YES : AK_ANSWER_NO;
}
static const struct ak_predicate left_wrapping = {"tls13-records-left-prelogin", tls13_evidence,
                                                  NULL};

static void judge_tls13(const struct ak_view *v, struct ak_match *m)
{
    m->grade = AK_GRADE_LIKELY;
    m->side = AK_CHANGE_SERVER;
    ak_match_fact(m, AK_FACT_CHOSEN_VERSION, v->c->step[AK_STEP_SERVER_HELLO].frame,
                  v->tls->version, 0);
    if (!asked_tls13(v))
        ak_match_fact(m, AK_FACT_RAW_TLS13, 0, 0, 0);
    ak_match_end(m, v);
    ak_match_lack(m, "client-log");
}

const struct ak_rule ak_rule_tls13_in_prelogin = {
    .id = "tls13-in-prelogin",
    .severity = AK_SEVERITY_ERROR,
    .class = AK_RULE_CAUSE,
    .of_working = true,
    .proved_on = "lab",
    .predicates = {&ak_is_tds, &left_wrapping},
    .judge = judge_tls13,
};

/* ---- cleartext-login, login-downgraded ---- */

static enum ak_answer clear_login(const struct ak_view *v)
{
    return v->c->cleartext_login ? AK_ANSWER_YES : AK_ANSWER_NO;
}
static const struct ak_predicate login_in_clear = {"login-in-clear", clear_login, NULL};

static void fact_clear_login(const struct ak_view *v, struct ak_match *m)
{
    const char *program = v->tds->application ? v->tds->application : v->tds->library;
    ak_match_text(m, AK_FACT_CLEAR_LOGIN, v->c->step[AK_STEP_LOGIN].frame,
                  v->tds->clear_login_password, program);
}

static void judge_clear_login(const struct ak_view *v, struct ak_match *m)
{
    m->grade = AK_GRADE_CERTAIN;
    m->side = AK_CHANGE_BOTH;
    fact_clear_login(v, m);
    if (v->tds->old_login)
        ak_match_fact(m, AK_FACT_OLD_LOGIN, v->c->step[AK_STEP_LOGIN].frame, 0, 0);
    if (has_bytes(v))
        fact_encryption(v, m);
}

const struct ak_rule ak_rule_cleartext_login = {
    .id = "cleartext-login",
    .severity = AK_SEVERITY_WARNING,
    .class = AK_RULE_EXPOSURE,
    .proved_on = "lab",
    .predicates = {&login_in_clear},
    .judge = judge_clear_login,
};

static enum ak_answer downgraded(const struct ak_view *v)
{
    if (!has_bytes(v))
        return AK_ANSWER_NO;
    enum ak_tds_encryption client = client_value(v);
    bool asked = client == AK_TDS_ENCRYPTION_ON || client == AK_TDS_ENCRYPTION_REQ;
    return asked ? AK_ANSWER_YES : AK_ANSWER_NO;
}
static const struct ak_predicate client_asked_encryption = {"client-asked-for-encryption",
                                                            downgraded, NULL};

static void judge_downgraded(const struct ak_view *v, struct ak_match *m)
{
    m->grade = AK_GRADE_CERTAIN;
    m->side = AK_CHANGE_SERVER;
    fact_encryption(v, m);
    fact_clear_login(v, m);
}

const struct ak_rule ak_rule_login_downgraded = {
    .id = "login-downgraded",
    .severity = AK_SEVERITY_WARNING,
    .class = AK_RULE_EXPOSURE,
    .proved_on = "lab",
    .predicates = {&login_in_clear, &client_asked_encryption},
    .judge = judge_downgraded,
};

/* ---- login-refused ---- */

/* An error that refuses a login, with no sign that the login had gone through before. */
static bool error_in_clear(const struct ak_view *v)
{
    return v->tds != NULL && !v->tds->login_acknowledged && !v->c->hole &&
           ak_sql_error_refuses_login(v->tds->error_number);
}

/* Encrypted: one question, one short answer, and the end. */
static bool looks_refused(const struct ak_view *v)
{
    if (v->c->outcome != AK_OUTCOME_ESTABLISHED || v->c->stage != AK_STAGE_P7 || v->tls == NULL ||
        v->c->protocol == AK_PROTOCOL_TLS || v->c->protocol == AK_PROTOCOL_UNKNOWN ||
        v->tls->application_records[AK_SIDE_SERVER] == 0)
        return false;
    bool strict = v->c->protocol == AK_PROTOCOL_TDS8; /* PRELOGIN comes first inside TLS */
    unsigned turns = strict ? 2 : 1;
    return v->tls->client_data_turns == turns && v->c->close != AK_CLOSE_NONE &&
           v->tls->last_response_bytes <=
               (uint64_t)ak_threshold_get(AK_THRESHOLD_LOGIN_REFUSED_RESPONSE_BYTES);
}

static enum ak_answer refused_evidence(const struct ak_view *v)
{
    return error_in_clear(v) || looks_refused(v) ? AK_ANSWER_YES : AK_ANSWER_NO;
}
static const struct ak_predicate login_was_refused = {"login-was-refused", refused_evidence, NULL};

static void judge_refused(const struct ak_view *v, struct ak_match *m)
{
    m->side = AK_CHANGE_CLIENT;
    if (error_in_clear(v)) {
        m->grade = AK_GRADE_CERTAIN;
        ak_match_text(m, AK_FACT_SQL_ERROR, v->c->step[AK_STEP_SERVER_RESPONSE].frame,
                      v->tds->error_number, v->tds->error_text);
    } else if (v->offer != NULL && v->offer->source == v->c->source && v->offer->login_error != 0) {
        m->grade = AK_GRADE_CERTAIN; /* read inside TLS, by those who logged in */
        ak_match_text(m, AK_FACT_SQL_ERROR, v->c->step[AK_STEP_SERVER_RESPONSE].frame,
                      v->offer->login_error, v->offer->login_text);
    } else {
        m->grade = AK_GRADE_POSSIBLE;
        ak_match_fact(m, AK_FACT_RESPONSE_BYTES, v->c->step[AK_STEP_SERVER_RESPONSE].frame,
                      (int64_t)v->tls->last_response_bytes, 0);
        ak_match_lack(m, "server-log");
        ak_match_lack(m, "client-log");
    }
    ak_match_end(m, v);
}

const struct ak_rule ak_rule_login_refused = {
    .id = "login-refused",
    .severity = AK_SEVERITY_NOTE,
    .class = AK_RULE_CAUSE,
    .proved_on = "lab",
    .predicates = {&login_was_refused},
    .judge = judge_refused,
};

/* ---- reset-after-login (T6, X13) ---- */

static enum ak_answer reset_evidence(const struct ak_view *v)
{
    const struct ak_conversation *c = v->c;
    bool tds = c->protocol == AK_PROTOCOL_TDS || c->protocol == AK_PROTOCOL_TDS8;
    bool server = c->closed_by == AK_SIDE_SERVER;
    if (c->outcome != AK_OUTCOME_ESTABLISHED || !server)
        return AK_ANSWER_NO;
    bool reset = c->close == AK_CLOSE_RST;
    bool unanswered = c->stage == AK_STAGE_P6;
    bool early = c->stage == AK_STAGE_P5B || unanswered;
    return (tds && (reset || unanswered)) || (!tds && reset && early) ? AK_ANSWER_YES
                                                                      : AK_ANSWER_NO;
}
static const struct ak_predicate reset_after_finish = {"server-reset-after-handshake",
                                                       reset_evidence, NULL};

static void judge_reset(const struct ak_view *v, struct ak_match *m)
{
    m->grade = AK_GRADE_POSSIBLE;
    m->side = AK_CHANGE_SERVER;
    ak_match_end(m, v);
    ak_match_rival(m, "accept-starvation");
    ak_match_lack(m, "server-log");
    ak_match_lack(m, "packet-size");
    ak_match_lack(m, "server-load");
}

const struct ak_rule ak_rule_reset_after_login = {
    .id = "reset-after-login",
    .severity = AK_SEVERITY_ERROR,
    .class = AK_RULE_CAUSE,
    .proved_on = "lab",
    .predicates = {&reset_after_finish},
    .judge = judge_reset,
};
