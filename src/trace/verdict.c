/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/verdict.h"

#include "model/thresholds.h"
#include "trace/dialogue.h"

#include "base/banned.h"

bool ak_both_finished(const struct ak_conversation *c)
{
    return c->tls != NULL && c->tls->finished[AK_SIDE_CLIENT] && c->tls->finished[AK_SIDE_SERVER];
}

static bool tls_begun(const struct ak_conversation *c)
{
    return c->tls != NULL && (c->tls->client_hellos != 0 || c->tls->has_server_hello ||
                              c->tls->hello_retry || c->alert_count != 0);
}

/* The first FIN, RST or fatal alert in clear. An alert goes before the same side's FIN even when
 * the capture shows them the other way round. */
static void find_close(struct ak_flow *flow)
{
    struct ak_conversation *c = &flow->seen;
    const struct ak_alert *alert = NULL;
    for (size_t i = 0; i < c->alert_count && alert == NULL; i++)
        if (c->alert[i].level == 2)
            alert = &c->alert[i];
    c->closed_by = AK_SIDE_NONE;
    c->close = AK_CLOSE_NONE;
    uint64_t first = flow->first_end_frame;
    if (alert != NULL && (first == 0 || alert->frame <= first || flow->first_end_by == alert->by)) {
        c->closed_by = alert->by;
        c->close = AK_CLOSE_ALERT;
        return;
    }
    if (first == 0)
        return;
    c->closed_by = flow->first_end_by;
    bool rst = flow->stream[flow->first_end_by].rst_frame == first;
    c->close = flow->first_end_waited ? AK_CLOSE_TIMEOUT : rst ? AK_CLOSE_RST : AK_CLOSE_FIN;
}

static void find_tcp_end(struct ak_flow *flow)
{
    struct ak_conversation *c = &flow->seen;
    uint64_t best = 0;
    c->tcp_end_by = AK_SIDE_NONE;
    c->tcp_end_rst = false;
    for (int rst = 1; rst >= 0 && best == 0; rst--)
        for (int side = 0; side < AK_SIDES; side++) {
            const struct ak_stream *s = &flow->stream[side];
            uint64_t frame = rst ? s->rst_frame : s->fin_frame;
            if (frame == 0 || (best != 0 && frame >= best))
                continue;
            best = frame;
            c->tcp_end_by = (enum ak_side)side;
            c->tcp_end_rst = rst;
        }
}

static enum ak_stage tls_stage(const struct ak_conversation *c)
{
    if (ak_both_finished(c)) {
        if (c->step[AK_STEP_CLIENT_DATA].frame == 0)
            return AK_STAGE_P5B;
        return c->step[AK_STEP_SERVER_RESPONSE].frame == 0 ? AK_STAGE_P6 : AK_STAGE_P7;
    }
    const struct ak_tls_seen *tls = c->tls;
    if (tls->has_server_hello) {
        bool full = tls->version != 0x0304 && !tls->finished[AK_SIDE_SERVER];
        return full && tls->finished[AK_SIDE_CLIENT] ? AK_STAGE_P5 : AK_STAGE_P4;
    }
    return AK_STAGE_P3;
}

static enum ak_stage find_stage(const struct ak_conversation *c)
{
    if (tls_begun(c) || ak_both_finished(c))
        return tls_stage(c);
    if (c->protocol == AK_PROTOCOL_TDS && !c->cleartext_login) {
        if (c->begun_before && c->step[AK_STEP_CLIENT_DATA].frame != 0)
            return c->step[AK_STEP_SERVER_RESPONSE].frame != 0 ? AK_STAGE_P7 : AK_STAGE_P6;
        if (c->tds != NULL && c->tds->has_reply)
            return AK_STAGE_P2;
        return c->side[AK_SIDE_CLIENT].data ? AK_STAGE_P1 : AK_STAGE_P0;
    }
    if (!c->side[AK_SIDE_CLIENT].data)
        return c->side[AK_SIDE_SERVER].data ? AK_STAGE_P2 : AK_STAGE_P0;
    if (c->step[AK_STEP_CLIENT_DATA].frame == 0)
        return c->side[AK_SIDE_SERVER].data ? AK_STAGE_P2 : AK_STAGE_P1;
    return c->step[AK_STEP_SERVER_RESPONSE].frame != 0 ? AK_STAGE_P7 : AK_STAGE_P6;
}

static enum ak_outcome silent_outcome(struct ak_flow *flow, int64_t end_time)
{
    struct ak_conversation *c = &flow->seen;
    bool answered = c->side[AK_SIDE_SERVER].packets != 0;
    if (c->begun_before)
        return AK_OUTCOME_INCOMPLETE;
    if (!answered && c->close == AK_CLOSE_NONE) {
        int64_t waited = end_time - c->step[AK_STEP_SYN].time;
        bool asked = c->syn_retries != 0 ||
                     waited >= ak_threshold_get(AK_THRESHOLD_SYN_UNANSWERED_MS) * 1000000;
        if (!asked)
            return AK_OUTCOME_INCOMPLETE;
        c->close = AK_CLOSE_TIMEOUT;
        return AK_OUTCOME_UNANSWERED;
    }
    return c->close == AK_CLOSE_NONE ? AK_OUTCOME_INCOMPLETE : AK_OUTCOME_REFUSED;
}

static enum ak_outcome tls_outcome(const struct ak_conversation *c)
{
    bool fatal = c->close == AK_CLOSE_ALERT;
    if (c->hole && !fatal)
        return AK_OUTCOME_INCOMPLETE;
    if (c->begun_before && c->tls->client_hellos == 0 && !fatal)
        return AK_OUTCOME_INCOMPLETE;
    if (c->close == AK_CLOSE_NONE)
        return AK_OUTCOME_INCOMPLETE;
    if (c->close == AK_CLOSE_TIMEOUT && c->stage == AK_STAGE_P3)
        return AK_OUTCOME_UNANSWERED;
    return AK_OUTCOME_FAILED;
}

static enum ak_outcome find_outcome(struct ak_flow *flow, int64_t end_time)
{
    struct ak_conversation *c = &flow->seen;
    if (ak_both_finished(c))
        return AK_OUTCOME_ESTABLISHED;
    if (tls_begun(c))
        return tls_outcome(c);
    if (c->cleartext_login)
        return AK_OUTCOME_PLAINTEXT;
    if (!c->side[AK_SIDE_CLIENT].data && !c->side[AK_SIDE_SERVER].data)
        return silent_outcome(flow, end_time);
    if (c->begun_before || c->tls != NULL)
        return AK_OUTCOME_INCOMPLETE;
    if (c->protocol != AK_PROTOCOL_TDS && !ak_conversation_asked_in_vain(c))
        return AK_OUTCOME_PLAINTEXT;
    if (c->close == AK_CLOSE_NONE || c->hole)
        return AK_OUTCOME_INCOMPLETE;
    return c->close == AK_CLOSE_TIMEOUT ? AK_OUTCOME_UNANSWERED : AK_OUTCOME_REFUSED;
}

/* Data delivered late (a hole before it was given up at last) keeps the frame it came in. */
static void settle_response(struct ak_conversation *c)
{
    const struct ak_when *asked = &c->step[AK_STEP_CLIENT_DATA];
    if (c->step[AK_STEP_SERVER_RESPONSE].frame == 0 && asked->frame != 0 &&
        c->last_server_data.frame > asked->frame)
        c->step[AK_STEP_SERVER_RESPONSE] = c->last_server_data;
}

void ak_verdict_make(struct ak_flow *flow, int64_t end_time)
{
    settle_response(&flow->seen);
    find_close(flow);
    find_tcp_end(flow);
    flow->seen.stage = find_stage(&flow->seen);
    flow->seen.outcome = find_outcome(flow, end_time);
}
