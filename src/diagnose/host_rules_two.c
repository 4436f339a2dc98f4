/* SPDX-License-Identifier: Apache-2.0 */
/* Two machines, one of which serves: what they will negotiate (predict/negotiate.h). */
#include <stdio.h>
#include <string.h>

#include "diagnose/host_rules.h"
#include "model/sql_names.h"
#include "model/tls_names.h"
#include "predict/changes.h"

#include "base/banned.h"

void ak_match_predicted(struct ak_match *m, const struct ak_negotiation *n)
{
    ak_match_fact(m, AK_FACT_PREDICTED, 0, n->stage,
                  (int64_t)n->ended_by << 32 | (int64_t)n->client_status);
}

static unsigned version_bits(const struct ak_party *party)
{
    unsigned bits = 0;
    for (unsigned at = AK_PARTY_SSL30; at < AK_PARTY_VERSIONS; at++)
        if (ak_party_version_on(party, (enum ak_party_version_at)at))
            bits |= 1u << (at - AK_PARTY_SSL30);
    return bits;
}

static const char *name_of(const struct ak_host *host)
{
    return host->name[0] != '\0' ? host->name : "?";
}

/* Both run SQL Server: which way is meant. */
static void calls(const struct ak_host_case *c, struct ak_match *m)
{
    char text[AK_FACT_TEXT];
    if (!c->either_way)
        return;
    (void)snprintf(text, sizeof text, "%s -> %s", name_of(c->host), name_of(c->server));
    ak_match_text(m, AK_FACT_CALLS, 0, 0, text);
}

static void speaks(struct ak_match *m, const struct ak_party *party)
{
    char text[80];
    ak_versions_text(version_bits(party), text, sizeof text);
    ak_match_text(m, AK_FACT_SPEAKS, 0, party->role, text);
}

static void least_change(const struct ak_host_case *c, struct ak_match *m)
{
    struct ak_change change;
    if (ak_negotiate_changes(c->client_party, c->server_party, c->scratch, &change, 1) == 0)
        return;
    ak_match_fact(m, AK_FACT_LEAST_CHANGE, 0, (int64_t)change.side << 8 | (int64_t)change.kind,
                  (int64_t)change.bits << 16 | change.code);
    m->side = change.side == AK_SIDE_CLIENT ? AK_CHANGE_CLIENT : AK_CHANGE_SERVER;
}

/* A caller that names versions gets those that are off by default too. */
static bool naming_helps(const struct ak_host_case *c)
{
    struct ak_negotiation named;
    *c->scratch = *c->client_party;
    c->scratch->names_versions = true;
    ak_negotiate(c->scratch, c->server_party, &named);
    return named.established && named.version > 0x0300; /* nobody names SSL 3.0 any more */
}

/* A list that a policy may have replaced carries no certainty. */
bool ak_talk_lists_told(const struct ak_host *client, const struct ak_host *server,
                        enum ak_refusal refusal)
{
    if (refusal == AK_REFUSAL_NO_COMMON_SUITE)
        return ak_host_list_told(client, client->suites_origin) &&
               ak_host_list_told(server, server->suites_origin);
    if (refusal == AK_REFUSAL_NO_COMMON_GROUP)
        return ak_host_list_told(client, client->groups_origin) &&
               ak_host_list_told(server, server->groups_origin);
    return true;
}

static enum ak_grade grade_of(const struct ak_host_case *c, const struct ak_negotiation *n)
{
    bool doubt =
        c->either_way || naming_helps(c) || !ak_talk_lists_told(c->host, c->server, n->refusal);
    /* Lists that were only compared, without a hello: an application may choose among them. */
    bool lists = n->refusal == AK_REFUSAL_NO_COMMON_SUITE;
    enum ak_grade grade = doubt || lists ? AK_GRADE_LIKELY : AK_GRADE_CERTAIN;
    grade = ak_grade_cap(grade, n->confidence);
    grade = ak_grade_cap(grade, ak_host_told(c->host));
    return ak_grade_cap(grade, ak_host_told(c->server));
}

/* Predicted to end so; false when it ends otherwise, or not at all. */
static bool refused(const struct ak_host_case *c, enum ak_refusal refusal, struct ak_match *m)
{
    struct ak_negotiation n;
    ak_negotiate(c->client_party, c->server_party, &n);
    if (n.established || n.refusal != refusal)
        return false;
    m->grade = grade_of(c, &n);
    m->side = AK_CHANGE_BOTH;
    m->severity = m->grade == AK_GRADE_CERTAIN ? AK_SEVERITY_ERROR : AK_SEVERITY_WARNING;
    calls(c, m);
    speaks(m, c->client_party);
    speaks(m, c->server_party);
    ak_match_predicted(m, &n);
    least_change(c, m);
    if (c->server->instance_count != 0)
        ak_match_instance(m, ak_talk_instance(c->server));
    ak_match_lack(m, "both-sides-capture");
    ak_match_lack(m, "server-log");
    return true;
}

/* The build decides when Windows itself would do it. */
static bool build_decides(const struct ak_host_case *c)
{
    const struct ak_sql_instance *instance = ak_talk_instance(c->server);
    if (instance == NULL || ak_talk_build(instance).tls12 != AK_BUILD_TLS12_NO)
        return false;
    unsigned theirs = ak_host_versions(c->server, AK_SCHANNEL_SERVER, false);
    return (theirs & version_bits(c->client_party) & AK_SCHANNEL_VERSION_TLS12) != 0;
}

void ak_look_two_server_build_too_old(const struct ak_host_case *c, struct ak_match *m)
{
    if (!build_decides(c) || !refused(c, AK_REFUSAL_NO_COMMON_VERSION, m))
        return;
    const struct ak_sql_instance *instance = ak_talk_instance(c->server);
    m->side = AK_CHANGE_SERVER;
    ak_match_text(m, AK_FACT_SERVER_BUILD, 0, 0,
                  instance->patch_level[0] != '\0' ? instance->patch_level : instance->version);
}

void ak_look_two_no_common_version(const struct ak_host_case *c, struct ak_match *m)
{
    if (build_decides(c))
        return;
    if (!refused(c, AK_REFUSAL_NO_COMMON_VERSION, m))
        (void)refused(c, AK_REFUSAL_NOTHING_TO_OFFER, m);
}

/* Every suite that both would have is one of those that the key takes from the server. */
static bool rsa_decides(const struct ak_host_case *c)
{
    bool any = false;
    if (ak_host_rsa_off(c->server) == NULL)
        return false;
    for (size_t i = 0; i < c->server->suite_count; i++) {
        const struct ak_host_suite *s = &c->server->suites[i];
        const struct ak_party_suite *mine = ak_party_suite_find(c->client_party, s->code);
        any = any || (s->removed == AK_WHY_ALGORITHM_OFF && mine != NULL && mine->on);
    }
    return any;
}

/* Keys without support since Windows Server 2008 carry no certainty. */
void ak_look_two_rsa_key_exchange_disabled(const struct ak_host_case *c, struct ak_match *m)
{
    if (!rsa_decides(c) || !refused(c, AK_REFUSAL_NO_COMMON_SUITE, m))
        return;
    m->grade = ak_grade_cap(m->grade, AK_CONFIDENCE_MEDIUM);
    m->severity = AK_SEVERITY_WARNING;
    m->side = AK_CHANGE_SERVER;
    ak_match_setting(m, "SCHANNEL\\KeyExchangeAlgorithms\\PKCS", "Enabled",
                     &ak_host_rsa_off(c->server)->enabled);
}

void ak_look_two_no_common_suite(const struct ak_host_case *c, struct ak_match *m)
{
    if (!rsa_decides(c))
        (void)refused(c, AK_REFUSAL_NO_COMMON_SUITE, m);
}

void ak_look_two_no_common_group(const struct ak_host_case *c, struct ak_match *m)
{
    (void)refused(c, AK_REFUSAL_NO_COMMON_GROUP, m);
}

void ak_look_two_signature_algorithm_mismatch(const struct ak_host_case *c, struct ak_match *m)
{
    (void)refused(c, AK_REFUSAL_SIGNATURE_ALGORITHM_MISMATCH, m);
}

void ak_look_two_encryption_setting_conflict(const struct ak_host_case *c, struct ak_match *m)
{
    (void)refused(c, AK_REFUSAL_ENCRYPTION_SETTING_CONFLICT, m);
}

void ak_look_two_strict_mismatch(const struct ak_host_case *c, struct ak_match *m)
{
    (void)refused(c, AK_REFUSAL_STRICT_MISMATCH, m);
}

void ak_look_two_dh_group_refused(const struct ak_host_case *c, struct ak_match *m)
{
    (void)refused(c, AK_REFUSAL_DH_GROUP_REFUSED, m);
}

static void fix_fact(struct ak_match *m, const struct ak_host *host)
{
    ak_match_text(m, AK_FACT_DHE_FIX, 0, host->dhe_fixed, host->system->name);
}

/* One handshake of 256 will fail: it works, and it will break. */
void ak_look_two_dhe_leading_zero(const struct ak_host_case *c, struct ak_match *m)
{
    struct ak_negotiation n;
    ak_negotiate(c->client_party, c->server_party, &n);
    if (!n.established || !(n.hazards & AK_HAZARD_DHE_LEADING_ZERO))
        return;
    m->grade = ak_grade_cap(AK_GRADE_CERTAIN, n.confidence);
    m->grade = ak_grade_cap(m->grade, c->host->os_confidence);
    m->grade = ak_grade_cap(m->grade, c->server->os_confidence);
    m->severity = AK_SEVERITY_WARNING;
    m->side = AK_CHANGE_BOTH;
    calls(c, m);
    ak_match_fact(m, AK_FACT_AGREED_SUITE, 0, n.suite, 0);
    fix_fact(m, c->host);
    fix_fact(m, c->server);
    ak_match_lack(m, "both-sides-capture");
}
