/* SPDX-License-Identifier: Apache-2.0 */
/* What keeps a server from starting, or from accepting anybody, as its logs tell. */
#include "diagnose/event_rule.h"

#include "diagnose/host_rules.h"
#include "model/sql_names.h"

#include "base/banned.h"

#define SEC_E_UNKNOWN_CREDENTIALS 0x8009030dU
#define SEC_E_ALGORITHM_MISMATCH 0x80090331U
#define CRYPT_E_NOT_FOUND 0x80092004U
enum { INVALID_DATA = 0xd, THUMBPRINT_NOT_READ = 0x38 };
enum { STATE_NO_PROTOCOL = 10013, RESET = 10054, NO_PIPE = 233 };

#define AK_EVENT_RULE(name, words, level)                                                          \
    const struct ak_rule ak_rule_##name = {.id = words,                                            \
                                           .severity = level,                                      \
                                           .class = AK_RULE_EXPOSURE,                              \
                                           .proved_on = "synthetic",                               \
                                           .predicates = {&ak_needs_log}}

static void raise(struct ak_match *m, enum ak_grade grade)
{
    m->grade = grade > m->grade ? grade : m->grade;
}

/* Every group of the number; with `status` not 0 only those that carry it. */
static bool add_all(const struct ak_event_case *c, struct ak_match *m,
                    enum ak_log_provider provider, uint32_t code, uint32_t status)
{
    const struct ak_event_group *g;
    size_t at = 0;
    bool any = false;
    while ((g = ak_event_next(c, provider, code, &at)) != NULL)
        if (status == 0 || (g->sample.has_status && g->sample.status == status)) {
            ak_match_event(c, m, g);
            any = true;
        }
    return any;
}

/* ---- private-key-unusable ---- */

/* Microsoft's article on event 33565: it together with 26010 and 0x8009030D is the account without
 * access to the key. Each alone leaves a key of the wrong kind. */
void ak_events_private_key_unusable(const struct ak_event_case *c, struct ak_match *m)
{
    bool access = add_all(c, m, AK_LOG_SQL_SERVER, 33565, 0);
    bool loading = add_all(c, m, AK_LOG_SQL_SERVER, 26010, SEC_E_UNKNOWN_CREDENTIALS);
    if (access || loading)
        raise(m, access && loading ? AK_GRADE_CERTAIN : AK_GRADE_LIKELY);
    static const uint32_t keys[] = {36869, 36870};
    for (size_t i = 0; i < AK_COUNT(keys); i++) {
        const struct ak_event_group *g;
        size_t at = 0;
        while ((g = ak_event_next(c, AK_LOG_SCHANNEL, keys[i], &at)) != NULL) {
            ak_match_event(c, m, g);
            raise(m, AK_GRADE_LIKELY);
            if (g->sample.role == AK_EVENT_ROLE_CLIENT)
                m->side = AK_CHANGE_CLIENT;
        }
    }
    if (m->grade != AK_GRADE_NONE && m->grade != AK_GRADE_CERTAIN)
        ak_match_lack(m, "certificate-export");
}
AK_EVENT_RULE(private_key_unusable, "private-key-unusable", AK_SEVERITY_ERROR);

/* ---- no-usable-protocol ---- */

static bool no_algorithm(const struct ak_event_case *c)
{
    const struct ak_event_group *g;
    size_t at = 0;
    while ((g = ak_event_next(c, AK_LOG_SQL_SERVER, 17182, &at)) != NULL)
        if (g->sample.has_status && g->sample.status == SEC_E_ALGORITHM_MISMATCH)
            return true;
    return false;
}

/* Another origin of this machine, an instance of SQL Server, has the start that failed for it. */
static bool instance_cannot_start(const struct ak_event_case *c)
{
    const struct ak_event_group *g;
    size_t at = 0;
    while ((g = ak_event_on_machine(c, AK_LOG_SQL_SERVER, 17182, &at)) != NULL)
        if (g->origin != c->origin && g->sample.has_status &&
            g->sample.status == SEC_E_ALGORITHM_MISMATCH)
            return true;
    return false;
}

/* SQL Server that cannot start because nothing is left to speak; or, as a warning, some program
 * that asked for versions that are all off here. */
void ak_events_no_usable_protocol(const struct ak_event_case *c, struct ak_match *m)
{
    const struct ak_event_group *g;
    size_t at = 0;
    if (c->origin->instance[0] == '\0' && instance_cannot_start(c))
        return; /* told of the instance */
    bool start = add_all(c, m, AK_LOG_SQL_SERVER, 17182, SEC_E_ALGORITHM_MISMATCH);
    bool library = add_all(c, m, AK_LOG_SQL_SERVER, 26011, 0);
    bool credential = false;
    while ((g = start || library ? ak_event_on_machine(c, AK_LOG_SCHANNEL, 36871, &at)
                                 : ak_event_next(c, AK_LOG_SCHANNEL, 36871, &at)) != NULL) {
        if (!g->sample.has_state || g->sample.state != STATE_NO_PROTOCOL)
            continue;
        ak_match_event(c, m, g);
        credential = true;
        if (!start && !library && g->sample.role == AK_EVENT_ROLE_CLIENT)
            m->side = AK_CHANGE_CLIENT;
    }
    if (start || (library && credential))
        m->grade = AK_GRADE_LIKELY;
    else if (credential || library)
        m->grade = AK_GRADE_POSSIBLE;
    else
        return;
    if (!start && !library) {
        m->severity = AK_SEVERITY_WARNING;
        ak_match_lack(m, "client-process");
    }
    ak_match_rival(m, "server-build-too-old");
    ak_match_lack(m, "registry-export");
}
AK_EVENT_RULE(no_usable_protocol, "no-usable-protocol", AK_SEVERITY_ERROR);

/* ---- server-certificate-not-loaded ---- */

/* 26010 with another code than that of a key, or 17182 that names no object or a thumbprint that
 * could not be read (KB2023869), where no message says it in words. */
static bool is_said_by_code(const struct ak_event *e)
{
    if (!e->has_status)
        return false;
    if (e->code == 26010)
        return e->status != SEC_E_UNKNOWN_CREDENTIALS && e->status != SEC_E_ALGORITHM_MISMATCH;
    return e->status == CRYPT_E_NOT_FOUND ||
           (e->status == INVALID_DATA && e->has_detail && e->detail == THUMBPRINT_NOT_READ);
}

static bool add_by_code(const struct ak_event_case *c, struct ak_match *m, uint32_t code)
{
    const struct ak_event_group *g;
    size_t at = 0;
    bool any = false;
    while ((g = ak_event_next(c, AK_LOG_SQL_SERVER, code, &at)) != NULL)
        if (is_said_by_code(&g->sample)) {
            ak_match_event(c, m, g);
            any = true;
        }
    return any;
}

void ak_events_server_certificate_not_loaded(const struct ak_event_case *c, struct ak_match *m)
{
    static const uint32_t codes[] = {26014, 26015, 33555, 33556, 33557, 17190, 26017};
    size_t at = 0;
    bool any = false;
    if (no_algorithm(c) || ak_event_next(c, AK_LOG_SQL_SERVER, 33565, &at) != NULL)
        return; /* another rule says why */
    for (size_t i = 0; i < AK_COUNT(codes); i++)
        any = add_all(c, m, AK_LOG_SQL_SERVER, codes[i], 0) || any;
    if (any)
        (void)add_all(c, m, AK_LOG_SQL_SERVER, 17182, 0);
    else
        any = add_by_code(c, m, 17182);
    at = 0;
    if (ak_event_next(c, AK_LOG_SQL_SERVER, 26013, &at) == NULL) /* it loaded one all the same */
        any = add_by_code(c, m, 26010) || any;
    /* The service ended with that code; the ERRORLOG knows whether the key or the store is meant.
     */
    bool service = add_all(c, m, AK_LOG_SERVICES, 7024, CRYPT_E_NOT_FOUND);
    if (!any && !service)
        return;
    m->grade = any ? AK_GRADE_LIKELY : AK_GRADE_POSSIBLE;
    ak_match_rival(m, "private-key-unusable");
    ak_match_lack(m, any ? "certificate-export" : "server-log");
}
AK_EVENT_RULE(server_certificate_not_loaded, "server-certificate-not-loaded", AK_SEVERITY_ERROR);

/* ---- server-build-too-old ---- */

/* The banner tells the build. That it hurts anybody is told by TLS errors of the same machine. */
void ak_events_server_build_too_old(const struct ak_event_case *c, struct ak_match *m)
{
    static const uint32_t hurt[] = {36871, 36874};
    const struct ak_event_group *g;
    unsigned n[3];
    if (c->origin->build[0] == '\0')
        return;
    (void)ak_version_numbers(c->origin->build, n);
    struct ak_build_verdict build = ak_sql_installed_tls12(n[0], n[1], n[2]);
    if (build.tls12 != AK_BUILD_TLS12_NO)
        return;
    m->grade = build.certain ? AK_GRADE_CERTAIN : AK_GRADE_LIKELY;
    m->severity = AK_SEVERITY_WARNING;
    ak_match_text(m, AK_FACT_SERVER_BUILD, 0, 0, c->origin->build);
    (void)add_all(c, m, AK_LOG_SQL_SERVER, 17069, 0);
    if (no_algorithm(c))
        m->severity = AK_SEVERITY_ERROR;
    for (size_t i = 0, at = 0; i < AK_COUNT(hurt); i++, at = 0)
        while ((g = ak_event_on_machine(c, AK_LOG_SCHANNEL, hurt[i], &at)) != NULL)
            ak_match_event(c, m, g);
}

/* ---- agent-prerequisites ---- */

/* The check of Azure Automation asks for such an event within a day. What failed, it does not say
 * without its text, so the settings of the machine decide. */
void ak_events_agent_prerequisites(const struct ak_event_case *c, struct ak_match *m)
{
    if (!add_all(c, m, AK_LOG_AGENT, 4502, 0))
        return;
    m->grade = AK_GRADE_POSSIBLE;
    m->severity = AK_SEVERITY_WARNING;
    m->side = AK_CHANGE_HOST;
    ak_match_rival(m, "service-requires-tls12");
    ak_match_lack(m, "registry-export");
}

/* ---- self-connection-impossible ---- */

/* The Agent is a client of its own machine's SQL Server. */
void ak_events_self_connection_impossible(const struct ak_event_case *c, struct ak_match *m)
{
    static const uint32_t codes[] = {0, 165, 298};
    const struct ak_event_group *g;
    for (size_t i = 0, at = 0; i < AK_COUNT(codes); i++, at = 0)
        while ((g = ak_event_next(c, AK_LOG_SQL_AGENT, codes[i], &at)) != NULL) {
            if (!g->sample.has_status || (g->sample.status != RESET && g->sample.status != NO_PIPE))
                continue;
            ak_match_event(c, m, g);
            m->grade = AK_GRADE_POSSIBLE;
        }
    if (m->grade == AK_GRADE_NONE)
        return;
    m->side = AK_CHANGE_HOST;
    ak_match_lack(m, "registry-export");
    ak_match_lack(m, "server-log");
}
