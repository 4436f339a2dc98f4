/* SPDX-License-Identifier: Apache-2.0 */
/* What .NET Framework and the agents of Azure ask of a machine. */
#include <stdio.h>
#include <string.h>

#include "diagnose/host_rules.h"
#include "model/tls_names.h"

#include "base/banned.h"

static const char *const runtime_keys[AK_BITNESSES][2] = {
    {"HKLM\\SOFTWARE\\Microsoft\\.NETFramework\\v2.0.50727",
     "HKLM\\SOFTWARE\\Microsoft\\.NETFramework\\v4.0.30319"},
    {"HKLM\\SOFTWARE\\WOW6432Node\\Microsoft\\.NETFramework\\v2.0.50727",
     "HKLM\\SOFTWARE\\WOW6432Node\\Microsoft\\.NETFramework\\v4.0.30319"}};

enum { STRONG_VERSIONS = AK_SCHANNEL_VERSION_TLS12 | AK_SCHANNEL_VERSION_TLS13 };

/* ---- dotnet-strong-crypto-missing ---- */

static bool weak_by_default(const struct ak_dotnet_default *d)
{
    return d->runs && (d->offered & STRONG_VERSIONS) == 0;
}

/* Only what the framework itself leaves out: with TLS 1.2 off in Schannel another rule speaks. */
static bool framework_is_to_blame(const struct ak_host *host, const struct ak_dotnet_default *d)
{
    return weak_by_default(d) && !d->system && (d->asked & STRONG_VERSIONS) == 0 &&
           (ak_host_versions(host, AK_SCHANNEL_CLIENT, true) & STRONG_VERSIONS) != 0;
}

/* What a program for 4.5 offers there by default, and the two settings that decide it. */
static void add_offer(struct ak_match *m, const struct ak_host *host, unsigned b)
{
    char text[80];
    ak_versions_text(host->dotnet.defaults[b][AK_DOTNET_TARGET_45].offered, text, sizeof text);
    ak_match_text(m, AK_FACT_DOTNET_OFFER, 0, AK_DOTNET_TARGET_45, text);
    m->facts[m->fact_count - 1].b = b;
    ak_match_setting(m, runtime_keys[b][1], "SchUseStrongCrypto",
                     &host->dotnet.strong_crypto[b][1]);
    ak_match_setting(m, runtime_keys[b][1], "SystemDefaultTlsVersions",
                     &host->dotnet.system_default[b][1]);
}

/* A program may name versions itself, and whether there is one for this target is not known. */
void ak_look_dotnet_strong_crypto_missing(const struct ak_host_case *c, struct ak_match *m)
{
    const struct ak_host *host = c->host;
    bool weak[AK_BITNESSES] = {false, false}, runs[AK_BITNESSES] = {false, false}, none = false;
    if (!host->dotnet.known || host->system == NULL)
        return;
    for (unsigned b = 0; b < AK_BITNESSES; b++) {
        const struct ak_dotnet_default *d = &host->dotnet.defaults[b][AK_DOTNET_TARGET_45];
        runs[b] = d->runs && host->dotnet.settings_known[b];
        weak[b] = host->dotnet.settings_known[b] && framework_is_to_blame(host, d);
        if (!weak[b])
            continue;
        none = none || d->offered == 0;
        m->count++;
        add_offer(m, host, b);
    }
    if (m->count == 0)
        return;
    bool half = runs[0] && runs[1] && weak[0] != weak[1];
    m->severity = half || none ? AK_SEVERITY_WARNING : AK_SEVERITY_NOTE;
    m->grade = ak_grade_cap(AK_GRADE_LIKELY, host->os_confidence);
    ak_match_lack(m, "client-process");
}

static uint16_t highest(unsigned offered)
{
    static const uint16_t codes[] = {0x0300, 0x0301, 0x0302, 0x0303, 0x0304};
    uint16_t most = 0;
    for (unsigned p = 0; p < sizeof codes / sizeof codes[0]; p++)
        if (offered >> p & 1)
            most = codes[p];
    return most;
}

bool ak_match_dotnet_default(struct ak_match *m, const struct ak_host *host, uint16_t max_version)
{
    bool any = false;
    for (unsigned b = 0; host->dotnet.known && b < AK_BITNESSES; b++) {
        const struct ak_dotnet_default *d = &host->dotnet.defaults[b][AK_DOTNET_TARGET_45];
        if (!host->dotnet.settings_known[b] || !framework_is_to_blame(host, d) ||
            highest(d->offered) != max_version)
            continue;
        any = true;
        add_offer(m, host, b);
    }
    return any;
}

/* ---- agents ---- */

static const struct ak_host_agent *agent_with(const struct ak_host *host, bool checks)
{
    for (size_t i = 0; i < host->agent_count; i++)
        if (host->agents[i].agent->checks == checks)
            return &host->agents[i];
    return NULL;
}

enum check { FAILED, PASSED, NOT_TOLD };

static void tell(struct ak_match *m, const char *name, enum check verdict)
{
    ak_match_text(m, AK_FACT_CHECK, 0, verdict, name);
    if (verdict == FAILED)
        m->count++;
}

static enum check operating_system(const struct ak_host *host)
{
    if (host->system == NULL)
        return NOT_TOLD;
    if (host->system->nt_major != 6 || host->system->nt_minor != 1)
        return host->system->nt_major > 6 ||
                       (host->system->nt_major == 6 && host->system->nt_minor > 1)
                   ? PASSED
                   : FAILED;
    return host->build == 0 ? NOT_TOLD : host->build >= 7601 ? PASSED : FAILED;
}

static enum check framework(const struct ak_host *host)
{
    if (!host->dotnet.known)
        return NOT_TOLD;
    for (size_t i = 0; i < host->dotnet.installed_count; i++)
        if (host->dotnet.installed[i].release != 0)
            return PASSED;
    return FAILED;
}

static enum check management_framework(const struct ak_host *host)
{
    unsigned n[3];
    if (!ak_version_numbers(host->powershell, n))
        return NOT_TOLD;
    return n[0] >= 4 ? PASSED : FAILED;
}

static enum check version_12(const struct ak_host *host)
{
    if (!host->schannel_known)
        return NOT_TOLD;
    switch (host->protocols[AK_SCHANNEL_CLIENT][AK_SCHANNEL_PROTOCOL_TLS12].state) {
    case AK_PROTOCOL_STATE_ON:
        return PASSED;
    case AK_PROTOCOL_STATE_UNKNOWN:
        return NOT_TOLD;
    default:
        return FAILED;
    }
}

enum { START_DISABLED = 4 };

static enum check service(const struct ak_host *host)
{
    for (size_t i = 0; i < host->agent_count; i++)
        if (host->agents[i].agent->checks && host->agents[i].by_service)
            return ak_setting_is(&host->agents[i].start, START_DISABLED) ? FAILED : NOT_TOLD;
    return host->system_known ? FAILED : NOT_TOLD;
}

/* TLS 1.2 of the agent: refused whatever it asks, or only to callers that use the defaults? */
static enum ak_grade grade_of_agent(const struct ak_host *host)
{
    const struct ak_host_protocol *p =
        &host->protocols[AK_SCHANNEL_CLIENT][AK_SCHANNEL_PROTOCOL_TLS12];
    bool strong = ak_setting_is(&host->dotnet.strong_crypto[AK_64_BIT][1], 1);
    enum ak_grade grade = AK_GRADE_LIKELY;
    if (p->state == AK_PROTOCOL_STATE_OFF ||
        (p->state == AK_PROTOCOL_STATE_ON_REQUEST && p->why != AK_WHY_INCOMPLETE && !strong))
        grade = ak_grade_cap(AK_GRADE_CERTAIN, p->confidence);
    return ak_grade_cap(grade, host->system != NULL ? host->os_confidence : AK_CONFIDENCE_LOW);
}

static bool set_well(const struct ak_host *host)
{
    const struct ak_dotnet *d = &host->dotnet;
    bool well = true;
    for (unsigned b = 0; b < AK_BITNESSES; b++)
        well = well && (!d->settings_known[b] || !d->defaults[b][AK_DOTNET_TARGET_45].runs ||
                        (d->defaults[b][AK_DOTNET_TARGET_45].offered & STRONG_VERSIONS) != 0);
    return well;
}

void ak_look_agent_prerequisites(const struct ak_host_case *c, struct ak_match *m)
{
    const struct ak_host *host = c->host;
    const struct ak_host_agent *agent = agent_with(host, true);
    if (agent == NULL)
        return;
    ak_match_text(m, AK_FACT_AGENT, 0, 0, agent->agent->name);
    tell(m, "OperatingSystemCheck", operating_system(host));
    tell(m, "DotNetFrameworkInstalledCheck", framework(host));
    tell(m, "WindowsManagementFrameworkInstalledCheck", management_framework(host));
    tell(m, "TlsVersionCheck", version_12(host));
    tell(m, "MonitoringAgentServiceRunningCheck", service(host));
    bool well = !host->dotnet.known || host->system == NULL || set_well(host);
    if (m->count == 0 && well)
        return;
    m->grade = version_12(host) == FAILED ? grade_of_agent(host)
               : m->count != 0            ? AK_GRADE_CERTAIN
                                          : AK_GRADE_LIKELY;
    m->severity = version_12(host) == FAILED && m->grade == AK_GRADE_CERTAIN ? AK_SEVERITY_ERROR
                                                                             : AK_SEVERITY_WARNING;
    m->count = 1;
    ak_match_pair(m, host, AK_SCHANNEL_CLIENT, AK_SCHANNEL_PROTOCOL_TLS12);
    for (unsigned b = 0; b < AK_BITNESSES; b++)
        ak_match_setting(m, runtime_keys[b][1], "SchUseStrongCrypto",
                         &host->dotnet.strong_crypto[b][1]);
    ak_match_lack(m, "registry-export");
}

/* ---- service-requires-tls12 ---- */

/* One of these must be there ("Azure Arc network requirements"). */
static const struct {
    uint16_t code;
    enum ak_schannel_protocol with;
} arc_suites[] = {{0x1302, AK_SCHANNEL_PROTOCOL_TLS13},
                  {0x1301, AK_SCHANNEL_PROTOCOL_TLS13},
                  {0xc030, AK_SCHANNEL_PROTOCOL_TLS12},
                  {0xc02f, AK_SCHANNEL_PROTOCOL_TLS12}};

static bool strong_suite(const struct ak_host *host)
{
    for (size_t i = 0; i < host->suite_count; i++)
        for (size_t k = 0; k < sizeof arc_suites / sizeof arc_suites[0]; k++)
            if (host->suites[i].code == arc_suites[k].code &&
                host->suites[i].removed == AK_WHY_OS_DEFAULT &&
                ak_host_speaks(host, AK_SCHANNEL_CLIENT, arc_suites[k].with))
                return true;
    return host->suites_origin == AK_LIST_UNKNOWN;
}

/* Agents of 1.56 to 1.63 ask nothing of Server 2012 and 2012 R2, which have no such suite. */
static enum ak_grade grade_of_suites(const struct ak_host *host, const struct ak_agent *agent)
{
    enum ak_grade grade = host->system->nt_major < 10 ? AK_GRADE_POSSIBLE : AK_GRADE_LIKELY;
    grade = ak_grade_cap(grade, agent->confidence);
    grade = ak_grade_cap(grade, host->suites_confidence);
    return ak_grade_cap(grade, host->os_confidence);
}

static enum ak_grade grade_of_version(const struct ak_host *host)
{
    const struct ak_host_protocol *p =
        &host->protocols[AK_SCHANNEL_CLIENT][AK_SCHANNEL_PROTOCOL_TLS12];
    enum ak_grade grade = p->state == AK_PROTOCOL_STATE_OFF ? AK_GRADE_CERTAIN : AK_GRADE_LIKELY;
    return ak_grade_cap(ak_grade_cap(grade, p->confidence), host->os_confidence);
}

void ak_look_service_requires_tls12(const struct ak_host_case *c, struct ak_match *m)
{
    const struct ak_host *host = c->host;
    unsigned on = ak_host_versions(host, AK_SCHANNEL_CLIENT, false);
    const struct ak_agent *agent = NULL;
    for (size_t i = 0; i < host->agent_count; i++)
        if (!host->agents[i].agent->checks && (agent == NULL || !agent->suites))
            agent = host->agents[i].agent;
    if (agent == NULL || host->system == NULL)
        return;
    bool no_version = (on & STRONG_VERSIONS) == 0 && version_12(host) == FAILED;
    bool no_suite = agent->suites && !no_version && !strong_suite(host);
    if (!no_version && !no_suite)
        return;
    m->grade = no_version ? grade_of_version(host) : grade_of_suites(host, agent);
    if (m->grade != AK_GRADE_CERTAIN)
        m->severity = m->grade == AK_GRADE_POSSIBLE ? AK_SEVERITY_NOTE : AK_SEVERITY_WARNING;
    ak_match_text(m, AK_FACT_AGENT, 0, 0, agent->name);
    if (no_version) {
        ak_match_protocol(m, host, AK_SCHANNEL_CLIENT, AK_SCHANNEL_PROTOCOL_TLS12);
        ak_match_pair(m, host, AK_SCHANNEL_CLIENT, AK_SCHANNEL_PROTOCOL_TLS12);
    } else {
        ak_match_text(m, AK_FACT_NO_STRONG_SUITE, 0, 0,
                      "TLS_AES_256_GCM_SHA384, TLS_AES_128_GCM_SHA256, "
                      "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, "
                      "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
        ak_match_system(m, host);
    }
    ak_match_lack(m, "registry-export");
}

/* ---- endpoint-strong-crypto-missing (T5) ---- */

static const struct ak_sql_instance *with_endpoint(const struct ak_host *host)
{
    for (size_t i = 0; i < host->instance_count; i++)
        if (ak_setting_is(&host->instances[i].hadr, 1))
            return &host->instances[i];
    return NULL;
}

/* The article asks for values of .NET, though the endpoint is native code: what matters to it is
 * Schannel in both roles. The values alone are only possible. */
void ak_look_endpoint_strong_crypto_missing(const struct ak_host_case *c, struct ak_match *m)
{
    const struct ak_host *host = c->host;
    const struct ak_sql_instance *instance = with_endpoint(host);
    bool off = false;
    if (instance == NULL || host->system == NULL)
        return;
    ak_match_instance(m, instance);
    for (unsigned role = 0; role < AK_SCHANNEL_ROLES; role++) {
        const struct ak_host_protocol *p = &host->protocols[role][AK_SCHANNEL_PROTOCOL_TLS12];
        if (p->state != AK_PROTOCOL_STATE_OFF && p->state != AK_PROTOCOL_STATE_ON_REQUEST)
            continue;
        off = true;
        m->count++;
        ak_match_protocol(m, host, (enum ak_schannel_role)role, AK_SCHANNEL_PROTOCOL_TLS12);
    }
    for (unsigned b = 0; b < AK_BITNESSES; b++) {
        const struct ak_setting *strong = &host->dotnet.strong_crypto[b][1];
        const struct ak_setting *system = &host->dotnet.system_default[b][1];
        if (!host->dotnet.settings_known[b] || !host->dotnet.defaults[b][AK_DOTNET_TARGET_45].runs)
            continue;
        if (!ak_setting_is(strong, 1) && !ak_setting_is(system, 1)) {
            m->count++;
            ak_match_setting(m, runtime_keys[b][1], "SchUseStrongCrypto", strong);
            ak_match_setting(m, runtime_keys[b][1], "SystemDefaultTlsVersions", system);
        }
    }
    if (m->count == 0)
        return;
    m->grade = off ? ak_grade_cap(AK_GRADE_LIKELY, ak_host_told(host)) : AK_GRADE_POSSIBLE;
    m->severity = off ? AK_SEVERITY_WARNING : AK_SEVERITY_NOTE;
    ak_match_lack(m, "endpoint-settings");
}

AK_HOST_RULE(dotnet_strong_crypto_missing, "dotnet-strong-crypto-missing", AK_SEVERITY_WARNING);
AK_HOST_RULE(agent_prerequisites, "agent-prerequisites", AK_SEVERITY_ERROR);
AK_HOST_RULE(endpoint_strong_crypto_missing, "endpoint-strong-crypto-missing", AK_SEVERITY_WARNING);
