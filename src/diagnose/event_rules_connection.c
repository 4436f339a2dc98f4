/* SPDX-License-Identifier: Apache-2.0 */
/* Why connections failed, as the logs of one side tell. */
#include "diagnose/collected_rules.h"

#include "model/sql_names.h"
#include "model/thresholds.h"

#include "base/banned.h"

#define SEC_E_ALGORITHM_MISMATCH 0x80090331U
enum {
    ALERT_HANDSHAKE_FAILURE = 40,
    ALERT_CERTIFICATE_EXPIRED = 45,
    ALERT_UNKNOWN_CA = 48,
    ALERT_PROTOCOL_VERSION = 70,
    STATE_NO_SUITE = 1205,
    RECEIVED = 36887,
    SENT = 36888
};

static bool add_alert(const struct ak_event_case *c, struct ak_match *m, uint32_t code,
                      uint8_t alert, uint32_t state)
{
    const struct ak_event_group *g;
    size_t at = 0;
    bool any = false;
    while ((g = ak_event_next(c, AK_LOG_SCHANNEL, code, &at)) != NULL)
        if (g->sample.has_alert && g->sample.alert == alert &&
            (state == 0 || (g->sample.has_state && g->sample.state == state))) {
            ak_match_event(c, m, g);
            any = true;
        }
    return any;
}

static bool add_code(const struct ak_event_case *c, struct ak_match *m,
                     enum ak_log_provider provider, uint32_t code)
{
    const struct ak_event_group *g;
    size_t at = 0;
    bool any = false;
    while ((g = ak_event_next(c, provider, code, &at)) != NULL) {
        ak_match_event(c, m, g);
        any = true;
    }
    return any;
}

/* ---- negotiation ---- */

void ak_events_no_common_version(const struct ak_event_case *c, struct ak_match *m)
{
    bool sent = add_alert(c, m, SENT, ALERT_PROTOCOL_VERSION, 0);
    bool received = add_alert(c, m, RECEIVED, ALERT_PROTOCOL_VERSION, 0);
    if (!sent && !received)
        return;
    m->grade = AK_GRADE_LIKELY;
    m->side = AK_CHANGE_BOTH;
    ak_match_lack(m, "both-sides-capture");
    ak_match_lack(m, "registry-export");
}

/* Neither event names the peer: any scanner causes them. */
void ak_events_no_common_suite(const struct ak_event_case *c, struct ak_match *m)
{
    const struct ak_event_group *g;
    size_t at = 0;
    bool refused = add_code(c, m, AK_LOG_SCHANNEL, 36874);
    bool sent = add_alert(c, m, SENT, ALERT_HANDSHAKE_FAILURE, STATE_NO_SUITE);
    bool lost = false;
    while ((g = ak_event_next(c, AK_LOG_SQL_SERVER, 17194, &at)) != NULL)
        if (g->sample.has_status && g->sample.status == SEC_E_ALGORITHM_MISMATCH) {
            ak_match_event(c, m, g);
            lost = true;
        }
    if (!refused && !sent && !lost)
        return;
    m->grade = AK_GRADE_POSSIBLE;
    m->side = AK_CHANGE_BOTH;
    ak_match_rival(m, "no-common-version");
    ak_match_rival(m, "certificate-hash-refused");
    ak_match_rival(m, "server-build-too-old");
    ak_match_lack(m, "both-sides-capture");
    ak_match_lack(m, "server-offer");
}

/* 36873 says it in so many words: of the suites that this machine's clients may use none fits. */
void ak_events_no_suite_for_version(const struct ak_event_case *c, struct ak_match *m)
{
    if (!add_code(c, m, AK_LOG_SCHANNEL, 36873))
        return;
    m->grade = AK_GRADE_LIKELY;
    m->side = AK_CHANGE_CLIENT;
    ak_match_lack(m, "registry-export");
}

/* ---- certificates ---- */

void ak_events_certificate_untrusted(const struct ak_event_case *c, struct ak_match *m)
{
    bool own = add_code(c, m, AK_LOG_SCHANNEL, 36882);
    bool peer = add_alert(c, m, RECEIVED, ALERT_UNKNOWN_CA, 0);
    if (!own && !peer)
        return;
    m->grade = AK_GRADE_LIKELY;
    m->side = own && !peer ? AK_CHANGE_CLIENT : AK_CHANGE_SERVER;
    ak_match_lack(m, "certificate-export");
}

void ak_events_certificate_expired(const struct ak_event_case *c, struct ak_match *m)
{
    bool own = add_code(c, m, AK_LOG_SCHANNEL, 36881);
    bool peer = add_alert(c, m, RECEIVED, ALERT_CERTIFICATE_EXPIRED, 0);
    if (!own && !peer)
        return;
    m->grade = AK_GRADE_LIKELY;
    ak_match_lack(m, "certificate-export");
}

void ak_events_certificate_name_mismatch(const struct ak_event_case *c, struct ak_match *m)
{
    const struct ak_event_group *g;
    size_t at = 0;
    while ((g = ak_event_next(c, AK_LOG_SCHANNEL, 36884, &at)) != NULL) {
        ak_match_event(c, m, g);
        if (g->sample.target[0] != '\0')
            ak_match_text(m, AK_FACT_NAME, 0, 0, g->sample.target);
        m->grade = AK_GRADE_LIKELY;
    }
    if (m->grade != AK_GRADE_NONE)
        ak_match_lack(m, "certificate-export");
}

/* ---- TDS ---- */

void ak_events_strict_mismatch(const struct ak_event_case *c, struct ak_match *m)
{
    bool refused = add_code(c, m, AK_LOG_SQL_SERVER, 17819);
    if (!add_code(c, m, AK_LOG_SQL_SERVER, 17821) && !refused)
        return;
    m->grade = AK_GRADE_POSSIBLE;
    m->side = AK_CHANGE_BOTH;
    ak_match_rival(m, "server-certificate-not-loaded");
    ak_match_lack(m, "strict-setting");
}

void ak_events_encryption_setting_conflict(const struct ak_event_case *c, struct ak_match *m)
{
    if (!add_code(c, m, AK_LOG_SQL_SERVER, 17835))
        return;
    m->grade = AK_GRADE_LIKELY;
    m->side = AK_CHANGE_CLIENT;
    ak_match_lack(m, "client-process");
}

/* ---- logins ---- */

void ak_events_kerberos_not_tls(const struct ak_event_case *c, struct ak_match *m)
{
    bool handshake = add_code(c, m, AK_LOG_SQL_SERVER, 17806);
    handshake = add_code(c, m, AK_LOG_SQL_SERVER, 17807) || handshake;
    bool domain = add_code(c, m, AK_LOG_SQL_SERVER, 18452);
    if (handshake || domain)
        m->grade = handshake ? AK_GRADE_CERTAIN : AK_GRADE_LIKELY;
    if (m->grade == AK_GRADE_LIKELY)
        ak_match_lack(m, "kerberos-log");
}

void ak_events_login_refused(const struct ak_event_case *c, struct ak_match *m)
{
    static const uint32_t codes[] = {18456, 18470, 18486, 18487};
    for (size_t i = 0; i < AK_COUNT(codes); i++)
        if (add_code(c, m, AK_LOG_SQL_SERVER, codes[i]))
            m->grade = AK_GRADE_CERTAIN;
}

/* ---- time ---- */

/* Waiting for a worker, or no worker at all: SQL Server up to 2017 has no dispatcher pool for
 * logins of its own, so a newer one rarely gets here by this way. */
void ak_events_accept_starvation(const struct ak_event_case *c, struct ak_match *m)
{
    static const uint32_t codes[] = {17189, 17197, 17809, 17887};
    const struct ak_event_group *g;
    size_t at = 0;
    bool any = false;
    for (size_t i = 0; i < AK_COUNT(codes); i++)
        any = add_code(c, m, AK_LOG_SQL_SERVER, codes[i]) || any;
    while ((g = ak_event_next(c, AK_LOG_SQL_SERVER, 17830, &at)) != NULL) {
        const uint32_t *ms = g->slowest.login_ms;
        uint32_t waited =
            ms[AK_LOGIN_ENQUEUED] + ms[AK_LOGIN_SSL_ENQUEUED] + ms[AK_LOGIN_SSPI_ENQUEUED];
        if (g->slowest_ms < ak_threshold_get(AK_THRESHOLD_SLOW_CONNECT_MS) ||
            waited < g->slowest_ms / 2)
            continue;
        ak_match_event(c, m, g);
        any = true;
    }
    if (!any)
        return;
    (void)add_code(c, m, AK_LOG_SQL_SERVER, 17883); /* a worker that does not yield, beside it */
    m->grade = AK_GRADE_POSSIBLE;
    ak_match_lack(m, "server-load");
    ak_match_lack(m, "more-conversations");
}

/* The step that took at least half of the time. */
static enum ak_login_part longest(const uint32_t ms[AK_LOGIN_PARTS])
{
    static const enum ak_login_part parts[] = {
        AK_LOGIN_SSL_READS,  AK_LOGIN_SSL_CALLS,   AK_LOGIN_SSL_WRITES, AK_LOGIN_SSPI_READS,
        AK_LOGIN_SSPI_CALLS, AK_LOGIN_SSPI_WRITES, AK_LOGIN_READS,      AK_LOGIN_WRITES,
        AK_LOGIN_VALIDATING, AK_LOGIN_USER_CODE,   AK_LOGIN_SSL,        AK_LOGIN_SSPI};
    for (size_t i = 0; i < AK_COUNT(parts); i++)
        if (ms[parts[i]] >= ms[AK_LOGIN_TOTAL] / 2)
            return parts[i];
    return AK_LOGIN_TOTAL;
}

static bool is_reading(enum ak_login_part part)
{
    return part == AK_LOGIN_SSL_READS || part == AK_LOGIN_SSPI_READS || part == AK_LOGIN_READS ||
           part == AK_LOGIN_SSL_WRITES || part == AK_LOGIN_SSPI_WRITES || part == AK_LOGIN_WRITES;
}

/* Error 17830 says where the time of a login went: in the network and the client (reading), in
 * Schannel, in Windows authentication, or in the server's own checks. */
void ak_events_slow_connect(const struct ak_event_case *c, struct ak_match *m)
{
    const struct ak_event_group *g, *slowest = NULL;
    size_t at = 0;
    while ((g = ak_event_next(c, AK_LOG_SQL_SERVER, 17830, &at)) != NULL) {
        if (g->slowest_ms < ak_threshold_get(AK_THRESHOLD_SLOW_CONNECT_MS))
            continue;
        const uint32_t *ms = g->slowest.login_ms;
        if (ms[AK_LOGIN_ENQUEUED] + ms[AK_LOGIN_SSL_ENQUEUED] + ms[AK_LOGIN_SSPI_ENQUEUED] >=
            g->slowest_ms / 2)
            continue; /* accept-starvation */
        ak_match_event(c, m, g);
        if (slowest == NULL || g->slowest_ms > slowest->slowest_ms)
            slowest = g;
    }
    if (slowest == NULL)
        return;
    enum ak_login_part part = longest(slowest->slowest.login_ms);
    ak_match_fact(m, AK_FACT_LOGIN_TIME, 0, slowest->slowest_ms,
                  (int64_t)part << 32 | slowest->slowest.login_ms[part]);
    m->grade = AK_GRADE_LIKELY;
    m->side = is_reading(part) ? AK_CHANGE_NETWORK : AK_CHANGE_SERVER;
    ak_match_lack(m, is_reading(part) ? "both-sides-capture" : "server-load");
}

/* ---- endpoints of mirroring and availability groups ---- */

/* The states of the message that are no matter of TLS: no permission to connect, a certificate
 * outside its dates, no way of authentication in common (data as in scenarios T5). */
static bool is_certain_state(uint32_t state)
{
    return state == 84 || state == 85 || state == 21;
}

void ak_events_endpoint_handshake(const struct ak_event_case *c, struct ak_match *m)
{
    static const uint32_t codes[] = {28047, 28048};
    const struct ak_event_group *g;
    for (size_t i = 0, at = 0; i < AK_COUNT(codes); i++, at = 0)
        while ((g = ak_event_next(c, AK_LOG_SQL_SERVER, codes[i], &at)) != NULL) {
            bool certain = g->sample.has_state && is_certain_state(g->sample.state);
            bool algorithm = g->sample.has_status && g->sample.status == SEC_E_ALGORITHM_MISMATCH;
            enum ak_grade grade = certain     ? AK_GRADE_CERTAIN
                                  : algorithm ? AK_GRADE_LIKELY
                                              : AK_GRADE_POSSIBLE;
            ak_match_event(c, m, g);
            m->grade = grade > m->grade ? grade : m->grade;
        }
    ak_collected_endpoint_handshake(c, m);
    if (m->grade != AK_GRADE_NONE && m->grade != AK_GRADE_CERTAIN)
        ak_match_lack(m, "endpoint-settings");
}
