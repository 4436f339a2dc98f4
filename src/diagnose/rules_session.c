/* Rules about what follows the handshake: slow steps, logins, packet size, and how sessions end. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/collected_rules.h"
#include "diagnose/predicates.h"
#include "diagnose/rules.h"

#include <string.h>

#include "model/thresholds.h"
#include "model/tls_names.h"

#include "base/banned.h"

static bool is_sql(const struct ak_conversation *c)
{
    return c->protocol == AK_PROTOCOL_TDS || c->protocol == AK_PROTOCOL_TDS8;
}

/* ---- slow-connect ---- */

/* Waits for the server: from what asked to what answered. */
static const struct {
    enum ak_step asked, answered;
    bool sql; /* the answer to a question of TDS: other protocols may think as long as they like */
} waits[] = {
    {AK_STEP_SYN, AK_STEP_SYN_ACK, false},
    {AK_STEP_PRELOGIN, AK_STEP_PRELOGIN_REPLY, true},
    {AK_STEP_CLIENT_HELLO, AK_STEP_SERVER_HELLO, false},
    {AK_STEP_CLIENT_FINISHED, AK_STEP_SERVER_FINISHED, false},
    {AK_STEP_CLIENT_DATA, AK_STEP_SERVER_RESPONSE, true},
};

static int64_t wait_ms(const struct ak_conversation *c, size_t i)
{
    const struct ak_when *asked = &c->step[waits[i].asked];
    const struct ak_when *answered = &c->step[waits[i].answered];
    if (asked->frame == 0 || answered->frame == 0 || answered->time <= asked->time ||
        (waits[i].sql && !is_sql(c)))
        return 0;
    int64_t wait = (answered->time - asked->time) / 1000000;
    bool clock_jumped = wait > ak_threshold_get(AK_THRESHOLD_SLOW_CONNECT_MAXIMUM_MS);
    return clock_jumped ? 0 : wait;
}

int64_t ak_slow_connect_ms(const struct ak_conversation *c)
{
    int64_t sum = 0, enough = ak_threshold_get(AK_THRESHOLD_SLOW_CONNECT_MS);
    bool long_enough = (c->last_time - c->first_time) / 1000000 >= enough;
    if (!long_enough || (c->tls == NULL && !is_sql(c)))
        return 0;
    for (size_t i = 0; i < AK_COUNT(waits); i++)
        sum += wait_ms(c, i);
    return sum >= enough ? sum : 0;
}

static enum ak_answer is_slow(const struct ak_view *v)
{
    return ak_slow_connect_ms(v->c) != 0 ? AK_ANSWER_YES : AK_ANSWER_NO;
}
static const struct ak_predicate waits_are_long = {"server-answers-slowly", is_slow, NULL};

static void judge_slow(const struct ak_view *v, struct ak_match *m)
{
    int64_t sum = ak_slow_connect_ms(v->c);
    m->grade = AK_GRADE_LIKELY;
    m->side = AK_CHANGE_SERVER;
    ak_match_fact(m, AK_FACT_SLOW_SUM, 0, sum, 0);
    for (size_t i = 0; i < AK_COUNT(waits); i++)
        if (wait_ms(v->c, i) * 10 >= sum)
            ak_match_fact(m, AK_FACT_SLOW_STEP, v->c->step[waits[i].answered].frame,
                          wait_ms(v->c, i), waits[i].answered);
    ak_match_lack(m, "server-load");
    ak_match_lack(m, "both-sides-capture");
}

const struct ak_rule ak_rule_slow_connect = {
    .id = "slow-connect",
    .severity = AK_SEVERITY_WARNING,
    .class = AK_RULE_EXPOSURE,
    .of_working = true,
    .proved_on = "lab",
    .predicates = {&waits_are_long},
    .judge = judge_slow,
};

/* ---- client-timeout-spent (P5) ---- */

static enum ak_answer left_at_once(const struct ak_view *v)
{
    const struct ak_conversation *c = v->c;
    const struct ak_when *asked = &c->step[AK_STEP_PRELOGIN];
    const struct ak_when *end = &c->step[c->tcp_end_rst ? AK_STEP_RST : AK_STEP_FIN];
    bool unheard = c->stage == AK_STAGE_P1 && c->closed_by == AK_SIDE_CLIENT && !c->hole;
    if (!unheard || asked->frame == 0 || end->frame == 0)
        return AK_ANSWER_NO;
    int64_t stayed = (end->time - asked->time) / 1000000;
    return stayed < ak_threshold_get(AK_THRESHOLD_SPENT_TIMEOUT_MS) ? AK_ANSWER_YES : AK_ANSWER_NO;
}
static const struct ak_predicate did_not_wait = {"client-did-not-wait", left_at_once, NULL};

static void judge_spent(const struct ak_view *v, struct ak_match *m)
{
    m->grade = AK_GRADE_POSSIBLE;
    m->side = AK_CHANGE_CLIENT;
    ak_match_end(m, v);
    ak_match_lack(m, "client-log");
}

const struct ak_rule ak_rule_client_timeout_spent = {
    .id = "client-timeout-spent",
    .severity = AK_SEVERITY_ERROR,
    .class = AK_RULE_CAUSE,
    .proved_on = "synthetic",
    .predicates = {&ak_is_tds, &did_not_wait},
    .judge = judge_spent,
};

/* ---- kerberos-not-tls (T7) ---- */

/* Before the login went through: later it is the error of a statement, as of a linked server. */
static enum ak_answer sspi_failed(const struct ak_view *v)
{
    bool asked = v->offer != NULL && v->offer->source == v->c->source;
    if (!asked && (v->tds == NULL || v->tds->login_acknowledged || v->c->hole))
        return AK_ANSWER_NO;
    int32_t number = asked ? v->offer->login_error : v->tds->error_number;
    return number == 17806 || number == 17807 || number == 18452 ? AK_ANSWER_YES : AK_ANSWER_NO;
}
static const struct ak_predicate windows_login_failed = {"windows-login-failed", sspi_failed, NULL};

/* The error as it was read in clear, or inside TLS by those who logged in. */
static int32_t number_of(const struct ak_view *v)
{
    return v->tds != NULL && v->tds->error_number != 0 ? v->tds->error_number
                                                       : v->offer->login_error;
}

static const char *text_of(const struct ak_view *v)
{
    return v->tds != NULL && v->tds->error_number != 0 ? v->tds->error_text : v->offer->login_text;
}

static void judge_kerberos(const struct ak_view *v, struct ak_match *m)
{
    m->grade = AK_GRADE_CERTAIN;
    m->side = AK_CHANGE_BOTH;
    ak_match_text(m, AK_FACT_SQL_ERROR, v->c->step[AK_STEP_SERVER_RESPONSE].frame, number_of(v),
                  text_of(v));
    ak_match_end(m, v);
    ak_match_lack(m, "kerberos-log");
}

const struct ak_rule ak_rule_kerberos_not_tls = {
    .id = "kerberos-not-tls",
    .severity = AK_SEVERITY_ERROR,
    .class = AK_RULE_CAUSE,
    .proved_on = "lab",
    .predicates = {&windows_login_failed},
    .judge = judge_kerberos,
};

/* ---- packet-size-too-large (X13) ---- */

/* Encrypted all through, and the server reset it, or anyone ended it before the login was answered.
 * A client's RST later on is how some programs close; an orderly FIN is no failure. */
static enum ak_answer encrypted_reset(const struct ak_view *v)
{
    const struct ak_conversation *c = v->c;
    bool encrypted = v->tls != NULL && (v->tds == NULL || !v->tds->login_only);
    bool unanswered = c->stage == AK_STAGE_P6 && c->closed_by != AK_SIDE_NONE;
    bool reset =
        c->stage == AK_STAGE_P7 && c->closed_by == AK_SIDE_SERVER && c->close == AK_CLOSE_RST;
    bool died = c->outcome == AK_OUTCOME_ESTABLISHED && (unanswered || reset);
    bool asked = v->offer != NULL && v->offer->source == c->source && v->offer->packet_size != 0;
    return is_sql(c) && encrypted && (died || asked) ? AK_ANSWER_YES : AK_ANSWER_NO;
}
static const struct ak_predicate session_died = {"encrypted-session-ended-early", encrypted_reset,
                                                 NULL};

/* As others were told in clear, or as those were told who logged in. */
static uint32_t packet_size_of(const struct ak_view *v)
{
    bool asked = v->offer != NULL && v->offer->source == v->c->source;
    if (asked && v->offer->packet_size != 0)
        return v->offer->packet_size;
    uint32_t set = ak_collected_packet_size(ak_collected_of_side(v, AK_SIDE_SERVER));
    if (set != 0)
        return set;
    return v->server != NULL ? v->server->packet_size : 0;
}

static enum ak_answer large_packets(const struct ak_view *v)
{
    uint32_t size = packet_size_of(v);
    if (size == 0)
        return AK_ANSWER_LACK;
    bool large = size > ak_threshold_get(AK_THRESHOLD_PACKET_SIZE_MAXIMUM);
    return large ? AK_ANSWER_YES : AK_ANSWER_NO;
}
static const struct ak_predicate packets_too_large = {"packet-size-above-16383", large_packets,
                                                      "packet-size"};

static void judge_packet_size(const struct ak_view *v, struct ak_match *m)
{
    m->grade = AK_GRADE_LIKELY;
    m->side = AK_CHANGE_SERVER;
    const struct ak_collected *told = ak_collected_of_side(v, AK_SIDE_SERVER);
    if (ak_collected_packet_size(told) != 0) {
        ak_match_packet_size(m, told);
        ak_match_end(m, v);
        return;
    }
    ak_match_fact(m, AK_FACT_PACKET_SIZE, 0, packet_size_of(v),
                  v->server != NULL && v->server->packet_size != 0
                      ? (int64_t)v->server->packet_size_id
                      : (int64_t)v->c->id);
    ak_match_end(m, v);
    ak_match_lack(m, "packet-size");
}

const struct ak_rule ak_rule_packet_size_too_large = {
    .id = "packet-size-too-large",
    .severity = AK_SEVERITY_ERROR,
    .class = AK_RULE_CAUSE,
    .of_working = true,
    .proved_on = "synthetic",
    .predicates = {&session_died, &packets_too_large},
    .judge = judge_packet_size,
};

/* ---- record-splitting (X14) ---- */

enum { TLS_1_0 = 0x0301 };

/* Clients guard CBC against BEAST by a record of one byte, or of none, before the rest. */
static enum ak_answer splits(const struct ak_view *v)
{
    const struct ak_tls_seen *tls = v->tls;
    if (!is_sql(v->c) || tls == NULL || v->c->outcome != AK_OUTCOME_ESTABLISHED)
        return AK_ANSWER_NO;
    const struct ak_cipher_suite *suite = ak_cipher_suite_find(tls->cipher_suite);
    bool old = tls->version != 0 && tls->version <= TLS_1_0;
    bool cbc = suite != NULL && strstr(suite->name, "_CBC_") != NULL;
    bool more = tls->application_records[AK_SIDE_CLIENT] > tls->client_data_turns;
    return old && cbc && more ? AK_ANSWER_YES : AK_ANSWER_NO;
}
static const struct ak_predicate client_splits = {"client-splits-records", splits, NULL};

static enum ak_answer left_unanswered(const struct ak_view *v)
{
    const struct ak_conversation *c = v->c;
    bool silent = c->stage == AK_STAGE_P6 || (v->tls != NULL && v->tls->last_response_bytes == 0);
    bool gave_up = c->close == AK_CLOSE_TIMEOUT || c->closed_by == AK_SIDE_SERVER;
    return !c->hole && c->stage >= AK_STAGE_P6 && silent && gave_up ? AK_ANSWER_YES : AK_ANSWER_NO;
}
static const struct ak_predicate last_unanswered = {"last-request-unanswered", left_unanswered,
                                                    NULL};

static void judge_splitting(const struct ak_view *v, struct ak_match *m)
{
    m->grade = AK_GRADE_POSSIBLE;
    m->side = AK_CHANGE_SERVER;
    ak_match_fact(m, AK_FACT_SPLIT, v->c->step[AK_STEP_CLIENT_DATA].frame,
                  v->tls->application_records[AK_SIDE_CLIENT], v->tls->client_data_turns);
    ak_match_end(m, v);
    ak_match_rival(m, "accept-starvation");
    ak_match_rival(m, "reset-after-login");
    ak_match_lack(m, "server-load");
    ak_match_lack(m, "both-sides-capture");
}

const struct ak_rule ak_rule_record_splitting = {
    .id = "record-splitting",
    .severity = AK_SEVERITY_ERROR,
    .class = AK_RULE_CAUSE,
    .proved_on = "lab",
    .predicates = {&client_splits, &last_unanswered},
    .judge = judge_splitting,
};

/* ---- mars-close (P9) ---- */

/* The client closes its MARS sessions and the connection; the server's last SMP packet then meets
 * a closed port, and the client's machine answers with a RST. */
static enum ak_answer closed_in_order(const struct ak_view *v)
{
    const struct ak_conversation *c = v->c;
    bool mars = v->tds != NULL && (v->tds->mars || v->tds->smp);
    bool order = c->stage == AK_STAGE_P7 && c->closed_by == AK_SIDE_CLIENT &&
                 c->close == AK_CLOSE_FIN && c->tcp_end_rst && c->tcp_end_by == AK_SIDE_CLIENT;
    return mars && order ? AK_ANSWER_YES : AK_ANSWER_NO;
}
static const struct ak_predicate mars_ended = {"mars-session-closed-by-client", closed_in_order,
                                               NULL};

static void judge_mars(const struct ak_view *v, struct ak_match *m)
{
    bool seen = v->tds->smp_fin[AK_SIDE_CLIENT];
    m->grade = seen ? AK_GRADE_CERTAIN : AK_GRADE_LIKELY;
    m->side = AK_CHANGE_CLIENT;
    ak_match_fact(m, AK_FACT_MARS, 0, seen, 0);
    ak_match_end(m, v);
}

const struct ak_rule ak_rule_mars_close = {
    .id = "mars-close",
    .severity = AK_SEVERITY_NOTE,
    .class = AK_RULE_CAUSE,
    .proved_on = "synthetic",
    .predicates = {&mars_ended},
    .judge = judge_mars,
};
