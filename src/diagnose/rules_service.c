/* Rules about what is said in clear before TLS: a refused STARTTLS, a proxy that does not connect,
 * the handshake of a mirroring endpoint. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/predicates.h"
#include "diagnose/rules.h"

#include <stdio.h>

#include "base/banned.h"

/* ---- starttls-refused ---- */

static enum ak_answer refused(const struct ak_view *v)
{
    const struct ak_clear_seen *seen = v->c->clear;
    return seen != NULL && seen->starttls == AK_STARTTLS_REFUSED ? AK_ANSWER_YES : AK_ANSWER_NO;
}
static const struct ak_predicate tls_refused = {"server-refused-starttls", refused, NULL};

static void judge_starttls(const struct ak_view *v, struct ak_match *m)
{
    bool went_on = v->c->outcome == AK_OUTCOME_PLAINTEXT;
    char text[80];
    (void)snprintf(text, sizeof text, "%s %s", ak_service_name(v->c->clear->service),
                   v->c->clear->starttls_answer);
    m->grade = AK_GRADE_LIKELY;
    m->side = AK_CHANGE_SERVER;
    if (went_on) {
        m->severity = AK_SEVERITY_WARNING;
        m->exposure = true;
    }
    ak_match_text(m, AK_FACT_STARTTLS_REFUSED, v->c->step[AK_STEP_STARTTLS_ANSWER].frame, 0, text);
    if (went_on)
        ak_match_fact(m, AK_FACT_WENT_ON_CLEAR, v->c->step[AK_STEP_CLIENT_DATA].frame, 0, 0);
    else
        ak_match_end(m, v);
    ak_match_lack(m, "service-log");
    ak_match_lack(m, "both-sides-capture");
}

const struct ak_rule ak_rule_starttls_refused = {
    .id = "starttls-refused",
    .severity = AK_SEVERITY_ERROR,
    .class = AK_RULE_CAUSE,
    .proved_on = "synthetic",
    .predicates = {&tls_refused},
    .judge = judge_starttls,
};

/* ---- proxy-denied ---- */

enum { HTTP_ASKS_PASSWORD = 407 };

static enum ak_answer denied(const struct ak_view *v)
{
    const struct ak_clear_seen *seen = v->c->clear;
    bool said_no = seen != NULL && seen->proxy_answered && !seen->proxy_granted;
    return said_no && ak_conversation_asked_in_vain(v->c) ? AK_ANSWER_YES : AK_ANSWER_NO;
}
static const struct ak_predicate proxy_said_no = {"proxy-did-not-connect", denied, NULL};

/* A program may learn from 407 which password is wanted, and come again with a new connection. */
static void judge_proxy(const struct ak_view *v, struct ak_match *m)
{
    const struct ak_clear_seen *seen = v->c->clear;
    bool password = seen->proxy == AK_PROXY_CONNECT && seen->proxy_code == HTTP_ASKS_PASSWORD;
    char target[120];
    (void)snprintf(target, sizeof target, "%.100s:%u",
                   seen->proxy_host != NULL ? seen->proxy_host : "?", seen->proxy_port);
    m->grade = password ? AK_GRADE_POSSIBLE : AK_GRADE_LIKELY;
    m->side = password ? AK_CHANGE_CLIENT : AK_CHANGE_NETWORK;
    if (password)
        m->severity = AK_SEVERITY_WARNING;
    ak_match_text(m, AK_FACT_PROXY_ANSWER, v->c->step[AK_STEP_PROXY_ANSWER].frame, seen->proxy_code,
                  target);
    ak_match_end(m, v);
    ak_match_lack(m, "proxy-log");
}

const struct ak_rule ak_rule_proxy_denied = {
    .id = "proxy-denied",
    .severity = AK_SEVERITY_ERROR,
    .class = AK_RULE_CAUSE,
    .proved_on = "synthetic",
    .predicates = {&proxy_said_no},
    .judge = judge_proxy,
};

/* ---- endpoint-handshake (T5) ---- */

static enum ak_answer troubled(const struct ak_view *v)
{
    enum ak_side by;
    bool trouble = ak_endpoint_refused(v->c) || ak_endpoint_stall_ms(v->c, &by) != 0;
    return trouble ? AK_ANSWER_YES : AK_ANSWER_NO;
}
static const struct ak_predicate endpoint_trouble = {"endpoint-stalled-or-refused", troubled, NULL};

static void fact_login_way(const struct ak_gss_seen *gss, struct ak_match *m)
{
    char text[80] = "";
    size_t used = 0;
    unsigned ways = gss->chosen != AK_GSS_NONE ? 1u << gss->chosen : gss->offered;
    for (unsigned i = 1; i < AK_GSS_MECHANISMS && used < sizeof text; i++)
        if (ways >> i & 1)
            used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", used ? ", " : "",
                                     ak_gss_mechanism_name((enum ak_gss_mechanism)i));
    if (used != 0)
        ak_match_text(m, AK_FACT_LOGIN_WAY, gss->first.frame, 0, text);
}

static void fact_login_refused(const struct ak_gss_seen *gss, struct ak_match *m)
{
    char text[80];
    const char *name = ak_kerberos_error_name(gss->error);
    if (gss->kerberos == AK_KERBEROS_ERROR)
        (void)snprintf(text, sizeof text, "KRB-ERROR %ld%s%s%s", (long)gss->error, name ? " (" : "",
                       name ? name : "", name ? ")" : "");
    else
        (void)snprintf(text, sizeof text, "SPNEGO reject");
    ak_match_text(m, AK_FACT_LOGIN_REFUSED, gss->refused.frame, 0, text);
}

static void judge_endpoint(const struct ak_view *v, struct ak_match *m)
{
    enum ak_side by;
    const struct ak_clear_seen *seen = v->c->clear;
    int64_t stall = ak_endpoint_stall_ms(v->c, &by);
    m->grade = ak_endpoint_refused(v->c) ? AK_GRADE_LIKELY : AK_GRADE_POSSIBLE;
    m->side = AK_CHANGE_BOTH;
    if (v->c->closed_by == AK_SIDE_NONE)
        m->severity = AK_SEVERITY_WARNING;
    if (ak_endpoint_refused(v->c))
        fact_login_refused(&seen->gss, m);
    if (stall != 0)
        ak_match_fact(m, AK_FACT_STALL, by != AK_SIDE_NONE ? seen->stall_end.frame : 0, stall, by);
    fact_login_way(&seen->gss, m);
    ak_match_end(m, v);
    ak_match_rival(m, "kerberos-not-tls");
    ak_match_lack(m, "endpoint-settings");
    ak_match_lack(m, "server-log");
    ak_match_lack(m, "kerberos-log");
}

const struct ak_rule ak_rule_endpoint_handshake = {
    .id = "endpoint-handshake",
    .severity = AK_SEVERITY_ERROR,
    .class = AK_RULE_CAUSE,
    .proved_on = "synthetic",
    .predicates = {&endpoint_trouble},
    .judge = judge_endpoint,
};
