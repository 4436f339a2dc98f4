/* SPDX-License-Identifier: Apache-2.0 */
/* Schannel's settings of one machine: versions, suites, key sizes, FIPS mode. */
#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "diagnose/host_rules.h"
#include "model/tls_names.h"

#include "base/banned.h"

/* ---- tls12-off-by-default ---- */

/* Do all programs of .NET Framework 4 ask for TLS 1.2 by name, so that "on request" is enough? */
static bool dotnet_names_it(const struct ak_host *host)
{
    return host->dotnet.known && ak_setting_is(&host->dotnet.strong_crypto[AK_64_BIT][1], 1) &&
           ak_setting_is(&host->dotnet.strong_crypto[AK_32_BIT][1], 1);
}

/* Enabled=0 refuses every caller; a version out of the default set is still there for callers that
 * name it; half a pair of values is read in opposite ways by Microsoft's own texts. */
static enum ak_grade grade_of_12(const struct ak_host *host, const struct ak_host_protocol *p)
{
    if (p->why == AK_WHY_INCOMPLETE)
        return ak_grade_cap(AK_GRADE_LIKELY, ak_host_told(host));
    enum ak_grade grade = p->state == AK_PROTOCOL_STATE_OFF || !dotnet_names_it(host)
                              ? AK_GRADE_CERTAIN
                              : AK_GRADE_LIKELY;
    return ak_grade_cap(ak_grade_cap(grade, p->confidence), ak_host_told(host));
}

void ak_look_tls12_off_by_default(const struct ak_host_case *c, struct ak_match *m)
{
    const struct ak_host *host = c->host;
    for (unsigned role = 0; role < AK_SCHANNEL_ROLES; role++) {
        const struct ak_host_protocol *p = &host->protocols[role][AK_SCHANNEL_PROTOCOL_TLS12];
        if (host->system == NULL ||
            (p->state != AK_PROTOCOL_STATE_OFF && p->state != AK_PROTOCOL_STATE_ON_REQUEST))
            continue;
        /* TLS 1.3 alone is a choice; what it breaks, other rules tell. */
        if (ak_host_speaks(host, (enum ak_schannel_role)role, AK_SCHANNEL_PROTOCOL_TLS13))
            continue;
        enum ak_grade grade = grade_of_12(host, p);
        m->grade = grade > m->grade ? grade : m->grade;
        m->count++;
        ak_match_protocol(m, host, (enum ak_schannel_role)role, AK_SCHANNEL_PROTOCOL_TLS12);
        if (p->why != AK_WHY_NOT_SUPPORTED)
            ak_match_pair(m, host, (enum ak_schannel_role)role, AK_SCHANNEL_PROTOCOL_TLS12);
    }
    if (m->grade == AK_GRADE_NONE)
        return;
    ak_match_system(m, host);
    ak_match_lack(m, "registry-export");
}

/* ---- no-suite-for-version ---- */

static bool any_suite(const struct ak_host *host, unsigned bit)
{
    for (size_t i = 0; i < host->suite_count; i++)
        if (host->suites[i].removed == AK_WHY_OS_DEFAULT && host->suites[i].versions & bit)
            return true;
    return false;
}

static bool doubtful_removal(const struct ak_host *host)
{
    for (size_t i = 0; i < host->suite_count; i++)
        if (host->suites[i].removed == AK_WHY_ALGORITHM_OFF)
            return true;
    return false;
}

void ak_look_no_suite_for_version(const struct ak_host_case *c, struct ak_match *m)
{
    const struct ak_host *host = c->host;
    if (host->system == NULL || host->suites_origin == AK_LIST_UNKNOWN)
        return;
    m->severity = AK_SEVERITY_NOTE;
    for (unsigned role = 0; role < AK_SCHANNEL_ROLES; role++) {
        unsigned on = ak_host_versions(host, (enum ak_schannel_role)role, false), left = 0;
        bool bare12 = false;
        for (unsigned i = 1; i < 5; i++) {
            if (!(on >> i & 1))
                continue;
            if (any_suite(host, 1u << i)) {
                left++;
                continue;
            }
            bare12 = bare12 || i >= 3;
            m->count++;
            m->grade = AK_GRADE_CERTAIN;
            ak_match_text(m, AK_FACT_NO_SUITE, 0, role,
                          ak_schannel_protocol_name(
                              (enum ak_schannel_protocol)(AK_SCHANNEL_PROTOCOL_SSL30 + i)));
        }
        if (left == 0 && on >> 1 != 0)
            m->severity = AK_SEVERITY_ERROR;
        else if (bare12 && !any_suite(host, AK_SCHANNEL_VERSION_TLS12 | AK_SCHANNEL_VERSION_TLS13))
            m->severity = AK_SEVERITY_WARNING;
    }
    if (m->grade == AK_GRADE_NONE)
        return;
    m->grade = ak_grade_cap(m->grade, ak_host_told(host));
    m->grade = ak_grade_cap(m->grade, host->suites_confidence);
    /* Keys without support since Windows Server 2008; a policy that may stand elsewhere. */
    if (doubtful_removal(host) || !ak_host_list_told(host, host->suites_origin))
        m->grade = ak_grade_cap(m->grade, AK_CONFIDENCE_MEDIUM);
    if (m->grade != AK_GRADE_CERTAIN && m->severity == AK_SEVERITY_ERROR)
        m->severity = AK_SEVERITY_WARNING;
    ak_match_lack(m, "registry-export");
}

/* ---- policy-removed-suites ---- */

static bool effective(const struct ak_host *host, uint16_t code)
{
    for (size_t i = 0; i < host->suite_count; i++)
        if (host->suites[i].code == code && host->suites[i].removed == AK_WHY_OS_DEFAULT)
            return true;
    return false;
}

/* Certificates of SQL Server are nearly always RSA: without one there is no common ground. */
static bool meets(const struct ak_host *host, const struct ak_windows *peer)
{
    for (size_t i = 0; i < peer->suite_count; i++) {
        const struct ak_schannel_suite *s = &peer->suites[i];
        const struct ak_cipher_suite *suite = ak_cipher_suite_find(s->code);
        if (s->state == AK_SCHANNEL_SUITE_DEFAULT && suite != NULL &&
            (suite->authentication == AK_AUTH_RSA || suite->key_exchange == AK_KX_TLS13) &&
            s->versions & (AK_SCHANNEL_VERSION_TLS12 | AK_SCHANNEL_VERSION_TLS13) &&
            effective(host, s->code))
            return true;
    }
    return false;
}

static bool list_is_odd(const struct ak_host *host, struct ak_match *m)
{
    bool odd = false;
    for (size_t i = 0; i < host->oddity_count; i++) {
        unsigned kind = host->oddities[i].kind;
        if (kind != AK_ODDITY_LIST_TOO_LONG && kind != AK_ODDITY_UNKNOWN_SUITE)
            continue;
        odd = true;
        ak_match_oddity(m, &host->oddities[i]);
    }
    return odd;
}

void ak_look_policy_removed_suites(const struct ak_host_case *c, struct ak_match *m)
{
    static const char *const peers[] = {"win7_2008r2", "win81_2012r2", "win10_1607_2016",
                                        "win10_1809_2019", "ws2022"};
    const struct ak_host *host = c->host;
    uint64_t gone = 0, all = 0;
    if (host->system == NULL || host->system->suite_count == 0 ||
        host->suites_origin != AK_LIST_POLICY)
        return;
    for (size_t i = 0; i < host->system->suite_count; i++) {
        const struct ak_schannel_suite *s = &host->system->suites[i];
        if (s->state != AK_SCHANNEL_SUITE_DEFAULT)
            continue;
        all++;
        gone += !effective(host, s->code);
    }
    if (gone == 0)
        return;
    m->severity = AK_SEVERITY_NOTE;
    ak_match_fact(m, AK_FACT_LEFT_OUT, 0, (int64_t)gone, (int64_t)all);
    for (size_t i = 0; i < AK_COUNT(peers); i++) {
        const struct ak_windows *peer = ak_windows_find(peers[i]);
        if (peer == NULL || meets(host, peer))
            continue;
        m->severity = AK_SEVERITY_WARNING;
        ak_match_text(m, AK_FACT_PEER_CUT, 0, 0, peer->name);
    }
    if (list_is_odd(host, m))
        m->severity = AK_SEVERITY_WARNING;
    m->grade = ak_grade_cap(AK_GRADE_LIKELY, host->os_confidence);
    ak_match_lack(m, "registry-export");
}

/* ---- rsa-key-exchange-disabled ---- */

const struct ak_host_algorithm *ak_host_rsa_off(const struct ak_host *host)
{
    for (size_t i = 0; i < host->algorithm_count; i++) {
        const struct ak_host_algorithm *a = &host->algorithms[i];
        if (strcmp(a->kind, "KeyExchangeAlgorithms") == 0 && strcmp(a->name, "PKCS") == 0 &&
            ak_setting_is(&a->enabled, 0))
            return a;
    }
    return NULL;
}

/* The key is documented for systems up to 2003; what it does to ECDHE_RSA is not known. */
void ak_look_rsa_key_exchange_disabled(const struct ak_host_case *c, struct ak_match *m)
{
    const struct ak_host_algorithm *off = ak_host_rsa_off(c->host);
    int64_t removed = 0;
    if (off == NULL)
        return;
    for (size_t i = 0; i < c->host->suite_count; i++)
        removed += c->host->suites[i].removed == AK_WHY_ALGORITHM_OFF;
    m->grade = AK_GRADE_LIKELY;
    ak_match_setting(m, "SCHANNEL\\KeyExchangeAlgorithms\\PKCS", "Enabled", &off->enabled);
    if (removed != 0)
        ak_match_fact(m, AK_FACT_SUITES_REMOVED, 0, removed, AK_WHY_ALGORITHM_OFF);
    ak_match_lack(m, "registry-export");
    ak_match_lack(m, "server-log");
}

/* ---- fips-mode ---- */

void ak_look_fips_mode(const struct ak_host_case *c, struct ak_match *m)
{
    const struct ak_host *host = c->host;
    int64_t suites = 0;
    if (!host->fips.present || !host->fips.number || host->fips.value == 0)
        return;
    for (size_t i = 0; i < host->suite_count; i++)
        suites += host->suites[i].removed == AK_WHY_FIPS;
    m->grade = AK_GRADE_LIKELY;
    ak_match_setting(m, "Lsa\\FipsAlgorithmPolicy", "Enabled", &host->fips);
    if (suites != 0)
        ak_match_fact(m, AK_FACT_SUITES_REMOVED, 0, suites, AK_WHY_FIPS);
    ak_match_lack(m, "registry-export");
}

/* ---- key sizes (X11, X12) ---- */

enum { USUAL_BITS = 2048 };

static void too(const char *key, const char *name, const struct ak_setting *s, bool fault,
                struct ak_match *m)
{
    if (!fault || !s->present || !s->number)
        return;
    m->count++;
    ak_match_setting(m, key, name, s);
}

/* Windows servers, and most others, send 2,048 bits. */
void ak_look_dh_group_refused(const struct ak_host_case *c, struct ak_match *m)
{
    const char *key = "SCHANNEL\\KeyExchangeAlgorithms\\Diffie-Hellman";
    const struct ak_host_minima *x = &c->host->minima;
    too(key, "ClientMinKeyBitLength", &x->dh_client_min, x->dh_client_min.value > USUAL_BITS, m);
    too(key, "ClientMaxKeyBitLength", &x->dh_client_max,
        x->dh_client_max.value != 0 && x->dh_client_max.value < USUAL_BITS, m);
    m->grade = m->count != 0 ? AK_GRADE_CERTAIN : AK_GRADE_NONE;
    /* OpenSSL's security level 2 (Debian, Ubuntu, Java's newer defaults) refuses less. */
    size_t before = m->count;
    too(key, "ServerMinKeyBitLength", &x->dh_server_bits,
        x->dh_server_bits.value != 0 && x->dh_server_bits.value < USUAL_BITS, m);
    if (m->grade == AK_GRADE_NONE && m->count != before)
        m->grade = AK_GRADE_LIKELY;
    m->severity = AK_SEVERITY_WARNING;
}

void ak_look_rsa_key_too_short(const struct ak_host_case *c, struct ak_match *m)
{
    const char *key = "SCHANNEL\\KeyExchangeAlgorithms\\PKCS";
    const struct ak_host_minima *x = &c->host->minima;
    too(key, "ClientMinKeyBitLength", &x->rsa_client_min, x->rsa_client_min.value > USUAL_BITS, m);
    too(key, "ClientMaxKeyBitLength", &x->rsa_client_max,
        x->rsa_client_max.value != 0 && x->rsa_client_max.value < USUAL_BITS, m);
    m->grade = m->count != 0 ? AK_GRADE_CERTAIN : AK_GRADE_NONE;
    m->severity = AK_SEVERITY_WARNING;
}

AK_HOST_RULE(tls12_off_by_default, "tls12-off-by-default", AK_SEVERITY_WARNING);
AK_HOST_RULE(no_suite_for_version, "no-suite-for-version", AK_SEVERITY_WARNING);
AK_HOST_RULE(policy_removed_suites, "policy-removed-suites", AK_SEVERITY_WARNING);
AK_HOST_RULE(rsa_key_exchange_disabled, "rsa-key-exchange-disabled", AK_SEVERITY_WARNING);
AK_HOST_RULE(fips_mode, "fips-mode", AK_SEVERITY_NOTE);
