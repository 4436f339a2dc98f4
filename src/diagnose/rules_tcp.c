/* Rules about the connection itself: silence, load, devices on the path; and the last resorts. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/other_side.h"
#include "diagnose/predicates.h"
#include "diagnose/rules.h"

#include "model/thresholds.h"

#include "base/banned.h"

/* ---- no-answer (P0, P1, P3 silence) ---- */

static int64_t silence_ms(const struct ak_view *v)
{
    const struct ak_conversation *c = v->c;
    enum ak_step asked = c->step[AK_STEP_CLIENT_HELLO].frame        ? AK_STEP_CLIENT_HELLO
                         : c->step[AK_STEP_FIRST_CLIENT_DATA].frame ? AK_STEP_FIRST_CLIENT_DATA
                                                                    : AK_STEP_SYN;
    int64_t end = c->last_time;
    if (c->step[AK_STEP_FIN].frame != 0)
        end = c->step[AK_STEP_FIN].time;
    else if (c->step[AK_STEP_RST].frame != 0)
        end = c->step[AK_STEP_RST].time;
    return (end - c->step[asked].time) / 1000000;
}

/* Closed by the server, but only after it had let the question lie for long. */
static bool closed_late(const struct ak_view *v)
{
    return v->c->outcome == AK_OUTCOME_REFUSED && v->c->stage == AK_STAGE_P1 &&
           v->c->closed_by == AK_SIDE_SERVER &&
           silence_ms(v) >= ak_threshold_get(AK_THRESHOLD_TIMEOUT_SILENCE_MS);
}

static enum ak_answer silence_evidence(const struct ak_view *v)
{
    return v->c->outcome == AK_OUTCOME_UNANSWERED || closed_late(v) ? AK_ANSWER_YES : AK_ANSWER_NO;
}
static const struct ak_predicate nobody_answered = {"nobody-answered", silence_evidence, NULL};

static void judge_no_answer(const struct ak_view *v, struct ak_match *m)
{
    bool syn_only = v->c->stage == AK_STAGE_P0;
    bool lost =
        ak_vanished_of(v, AK_SIDE_CLIENT) != NULL || ak_vanished_of(v, AK_SIDE_SERVER) != NULL;
    bool ignored = !lost && ak_arrived(v, AK_SIDE_CLIENT);
    m->grade = syn_only || lost || ignored ? AK_GRADE_LIKELY : AK_GRADE_POSSIBLE;
    m->side = syn_only || lost ? AK_CHANGE_NETWORK : AK_CHANGE_SERVER;
    if (syn_only)
        ak_match_fact(m, AK_FACT_SYN_RETRIES, v->c->step[AK_STEP_SYN].frame, v->c->syn_retries, 0);
    else
        ak_match_fact(m, AK_FACT_SILENCE, 0, silence_ms(v), AK_SIDE_CLIENT);
    if (ignored)
        ak_match_fact(m, AK_FACT_ARRIVED, 0, AK_SIDE_CLIENT, 0);
    ak_match_end(m, v);
    if (!lost)
        ak_match_rival(m, "accept-starvation");
    if (!syn_only && !lost) {
        ak_match_rival(m, "strict-mismatch");
        ak_match_lack(m, "server-load");
        ak_match_lack(m, "strict-setting");
    }
    ak_match_lack(m, "both-sides-capture");
}

const struct ak_rule ak_rule_no_answer = {
    .id = "no-answer",
    .severity = AK_SEVERITY_ERROR,
    .class = AK_RULE_CAUSE,
    .proved_on = "lab",
    .predicates = {&nobody_answered},
    .judge = judge_no_answer,
};

/* ---- accept-starvation (S6) ---- */

static enum ak_answer silent_death(const struct ak_view *v)
{
    const struct ak_conversation *c = v->c;
    bool early = c->stage == AK_STAGE_P0 || c->stage == AK_STAGE_P1 || c->stage == AK_STAGE_P6;
    bool dead = c->outcome == AK_OUTCOME_UNANSWERED || c->outcome == AK_OUTCOME_REFUSED ||
                (c->stage == AK_STAGE_P6 && c->outcome == AK_OUTCOME_ESTABLISHED);
    return early && dead ? AK_ANSWER_YES : AK_ANSWER_NO;
}
static const struct ak_predicate died_unheard = {"ended-before-an-answer", silent_death, NULL};

/* A storm that was made: alone the client got through, among many it did not. */
static bool stormed(const struct ak_view *v)
{
    return v->offer != NULL && v->offer->source == v->c->source && v->offer->worked != 0 &&
           v->offer->storm_silent != 0;
}

static enum ak_answer load_evidence(const struct ak_view *v)
{
    if (stormed(v))
        return AK_ANSWER_YES;
    if (v->server == NULL || !v->server->starved.used)
        return AK_ANSWER_LACK;
    return v->server->established != 0 ? AK_ANSWER_YES : AK_ANSWER_NO;
}
static const struct ak_predicate many_at_once = {"many-of-one-server-at-once", load_evidence,
                                                 "server-load"};

static void judge_starvation(const struct ak_view *v, struct ak_match *m)
{
    m->grade = AK_GRADE_LIKELY;
    m->side = AK_CHANGE_SERVER;
    if (stormed(v))
        ak_match_fact(m, AK_FACT_LOAD, 0, (int64_t)v->offer->storm,
                      (int64_t)v->offer->storm_silent);
    else
        ak_match_fact(m, AK_FACT_LOAD, 0, v->server->starved.conversations,
                      v->server->starved.silent);
    ak_match_end(m, v);
    ak_match_lack(m, "server-load");
    ak_match_lack(m, "server-log");
}

const struct ak_rule ak_rule_accept_starvation = {
    .id = "accept-starvation",
    .severity = AK_SEVERITY_ERROR,
    .class = AK_RULE_CAUSE,
    .proved_on = "lab",
    .predicates = {&died_unheard, &many_at_once},
    .judge = judge_starvation,
};

/* ---- middlebox-reset (X15) ---- */

static int64_t ttl_distance(const struct ak_side_seen *side)
{
    if (side->rst_ttl < side->ttl_low)
        return side->ttl_low - side->rst_ttl;
    return side->rst_ttl > side->ttl_high ? side->rst_ttl - side->ttl_high : 0;
}

static enum ak_side foreign_reset(const struct ak_conversation *c)
{
    for (int side = 0; side < AK_SIDES; side++) {
        const struct ak_side_seen *s = &c->side[side];
        if (s->rst && s->ttl_low != 0 && s->packets > 1 &&
            ttl_distance(s) >= ak_threshold_get(AK_THRESHOLD_MIDDLEBOX_TTL_DIFFERENCE))
            return (enum ak_side)side;
    }
    return AK_SIDE_NONE;
}

static enum ak_answer foreign_evidence(const struct ak_view *v)
{
    if (ak_forged_end(v) != AK_SIDE_NONE)
        return AK_ANSWER_YES;
    if (ak_end_confirmed(v))
        return AK_ANSWER_NO;
    enum ak_side side = foreign_reset(v->c);
    bool decides = side != AK_SIDE_NONE && v->c->closed_by == side && v->c->close == AK_CLOSE_RST;
    return decides ? AK_ANSWER_YES : AK_ANSWER_NO;
}
static const struct ak_predicate reset_from_elsewhere = {"reset-has-a-foreign-ttl",
                                                         foreign_evidence, "both-sides-capture"};

static void judge_middlebox(const struct ak_view *v, struct ak_match *m)
{
    bool forged = ak_forged_end(v) != AK_SIDE_NONE;
    enum ak_side side = foreign_reset(v->c);
    m->grade = forged ? AK_GRADE_CERTAIN : AK_GRADE_LIKELY;
    m->side = AK_CHANGE_NETWORK;
    if (side != AK_SIDE_NONE) {
        const struct ak_side_seen *s = &v->c->side[side];
        ak_match_fact(m, AK_FACT_TTL, v->c->tcp[side].rst.frame, s->rst_ttl,
                      s->rst_ttl < s->ttl_low ? s->ttl_low : s->ttl_high);
    }
    ak_match_end(m, v);
    ak_match_lack(m, "both-sides-capture");
}

const struct ak_rule ak_rule_middlebox_reset = {
    .id = "middlebox-reset",
    .severity = AK_SEVERITY_ERROR,
    .class = AK_RULE_CAUSE,
    .proved_on = "lab",
    .predicates = {&reset_from_elsewhere},
    .judge = judge_middlebox,
};

/* ---- idle-drop (X16, P6) ---- */

/* Who asked again and again, unheard, and then gave up with a RST. */
static enum ak_side gave_up(const struct ak_conversation *c)
{
    int64_t enough = ak_threshold_get(AK_THRESHOLD_UNANSWERED_PROBES);
    if (!c->tcp_end_rst || c->closed_by != c->tcp_end_by ||
        c->side[c->tcp_end_by].unanswered < enough)
        return AK_SIDE_NONE;
    return c->tcp_end_by;
}

/* One side spoke after a long pause, and the other one answered with a RST. A side that resets by
 * itself after a pause, or after a FIN, only closes what it no longer needs. */
static bool reset_after_pause(const struct ak_conversation *c)
{
    bool reset = c->close == AK_CLOSE_RST && c->tcp_end_rst && c->pause != 0;
    if (!reset || c->closed_by != c->tcp_end_by || c->side[c->tcp_end_by].woke)
        return false;
    int64_t since = c->step[AK_STEP_RST].time - c->pause_end;
    return since >= 0 && since <= ak_threshold_get(AK_THRESHOLD_TIMEOUT_SILENCE_MS) * 1000000;
}

static enum ak_answer dropped(const struct ak_view *v)
{
    bool open = v->c->stage == AK_STAGE_P7;
    return open && (gave_up(v->c) != AK_SIDE_NONE || reset_after_pause(v->c)) ? AK_ANSWER_YES
                                                                              : AK_ANSWER_NO;
}
static const struct ak_predicate went_silent = {"way-went-dead", dropped, NULL};

static void judge_idle_drop(const struct ak_view *v, struct ak_match *m)
{
    enum ak_side side = gave_up(v->c);
    bool lost_on_way = side != AK_SIDE_NONE && ak_ignores_packets(v->c) == AK_SIDE_NONE;
    m->grade = lost_on_way ? AK_GRADE_LIKELY : AK_GRADE_POSSIBLE;
    m->side = AK_CHANGE_NETWORK;
    if (side != AK_SIDE_NONE)
        ak_match_fact(m, AK_FACT_UNANSWERED, v->c->step[AK_STEP_RST].frame,
                      v->c->side[side].unanswered, side);
    if (v->c->pause != 0)
        ak_match_fact(m, AK_FACT_IDLE, 0, v->c->pause / 1000000, 0);
    ak_match_end(m, v);
    ak_match_lack(m, "both-sides-capture");
}

const struct ak_rule ak_rule_idle_drop = {
    .id = "idle-drop",
    .severity = AK_SEVERITY_ERROR,
    .class = AK_RULE_CAUSE,
    .proved_on = "lab",
    .predicates = {&went_silent},
    .judge = judge_idle_drop,
};

/* ---- host-ignores-packets (P11 of SQLNA) ---- */

static enum ak_answer ignored(const struct ak_view *v)
{
    return ak_ignores_packets(v->c) != AK_SIDE_NONE ? AK_ANSWER_YES : AK_ANSWER_NO;
}
static const struct ak_predicate arrived_unheard = {"packets-arrived-unacknowledged", ignored,
                                                    "both-sides-capture"};

static void judge_ignored(const struct ak_view *v, struct ak_match *m)
{
    enum ak_side side = ak_ignores_packets(v->c);
    const struct ak_side_seen *silent = &v->c->side[side], *asks = &v->c->side[!side];
    m->grade = AK_GRADE_POSSIBLE;
    m->side = side == AK_SIDE_CLIENT ? AK_CHANGE_CLIENT : AK_CHANGE_SERVER;
    ak_match_fact(m, AK_FACT_NOT_ACKNOWLEDGED, 0, asks->unanswered, !side);
    ak_match_fact(m, AK_FACT_CAPTURED_THERE, 0, silent->ttl_low, asks->ttl_low);
    ak_match_end(m, v);
    ak_match_rival(m, "idle-drop");
    ak_match_lack(m, "host-filters");
    ak_match_lack(m, "both-sides-capture");
}

const struct ak_rule ak_rule_host_ignores_packets = {
    .id = "host-ignores-packets",
    .severity = AK_SEVERITY_ERROR,
    .class = AK_RULE_CAUSE,
    .proved_on = "synthetic",
    .predicates = {&arrived_unheard},
    .judge = judge_ignored,
};

/* ---- last resorts ---- */

static enum ak_answer died(const struct ak_view *v)
{
    const struct ak_conversation *c = v->c;
    bool handshake = c->outcome == AK_OUTCOME_FAILED || c->outcome == AK_OUTCOME_REFUSED;
    bool login = c->outcome == AK_OUTCOME_PLAINTEXT && c->cleartext_login &&
                 c->stage == AK_STAGE_P6 && c->tds != NULL && !c->tds->old_login;
    return handshake || login ? AK_ANSWER_YES : AK_ANSWER_NO;
}
static const struct ak_predicate connection_died = {"connection-ended-early", died, NULL};

static void judge_by_server(const struct ak_view *v, struct ak_match *m)
{
    m->grade = AK_GRADE_POSSIBLE;
    m->side = AK_CHANGE_SERVER;
    ak_fact_hello(m, v);
    ak_match_end(m, v);
    if (v->c->stage == AK_STAGE_P3) {
        ak_match_rival(m, "no-common-version");
        ak_match_rival(m, "no-common-suite");
        ak_match_rival(m, "signature-algorithm-mismatch");
        ak_match_rival(m, "certificate-hash-refused");
        ak_match_lack(m, "server-log");
        ak_match_lack(m, "server-offer");
        ak_match_lack(m, "certificate-export");
    } else {
        ak_match_lack(m, "server-log");
        ak_match_lack(m, v->c->stage == AK_STAGE_P0 ? "server-load" : "both-sides-capture");
    }
}

const struct ak_rule ak_rule_closed_by_server = {
    .id = "closed-by-server",
    .severity = AK_SEVERITY_ERROR,
    .class = AK_RULE_LAST_RESORT,
    .proved_on = "lab",
    .predicates = {&connection_died, &ak_server_ended},
    .judge = judge_by_server,
};

/* A PROXY header and nothing behind it: a load balancer asks whether the port is open. */
static bool only_a_header(const struct ak_conversation *c)
{
    return ak_conversation_asked_in_vain(c) && c->clear->proxy == AK_PROXY_HEADER &&
           c->clear->starttls == AK_STARTTLS_NONE;
}

/* A client that connects, says nothing and leaves is a port probe, not a failure. */
static enum ak_answer client_wanted_something(const struct ak_view *v)
{
    if (only_a_header(v->c))
        return AK_ANSWER_NO;
    return v->c->stage != AK_STAGE_P0 ? AK_ANSWER_YES : AK_ANSWER_NO;
}
static const struct ak_predicate client_spoke = {"client-spoke", client_wanted_something, NULL};

static void judge_by_client(const struct ak_view *v, struct ak_match *m)
{
    m->grade = AK_GRADE_POSSIBLE;
    m->side = AK_CHANGE_CLIENT;
    ak_fact_hello(m, v);
    ak_match_end(m, v);
    if (v->c->stage == AK_STAGE_P4) {
        ak_match_rival(m, "certificate-untrusted");
        ak_match_rival(m, "certificate-name-mismatch");
        ak_match_lack(m, "certificate-export");
    }
    ak_match_lack(m, "client-log");
}

const struct ak_rule ak_rule_closed_by_client = {
    .id = "closed-by-client",
    .severity = AK_SEVERITY_ERROR,
    .class = AK_RULE_LAST_RESORT,
    .proved_on = "lab",
    .predicates = {&connection_died, &ak_client_ended, &client_spoke},
    .judge = judge_by_client,
};
