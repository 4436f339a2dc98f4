/* SPDX-License-Identifier: Apache-2.0 */
#include "predict/party_host.h"

#include <stdlib.h>

#include "base/attr.h"
#include "model/sql_names.h"
#include "observe/conversation.h"

#include "base/banned.h"

/* RSA and DH keys that a Windows client takes when nothing is set ("TLS registry settings"). */
enum { LEAST_RSA = 1024, LEAST_DH = 1024 };

static void lower(struct ak_party *party, enum ak_party_part part, unsigned confidence)
{
    if (confidence != 0 && confidence < party->confidence[part])
        party->confidence[part] = (uint8_t)confidence;
}

static const char *why_word(unsigned why)
{
    static const char *const words[] = {"os-default", "not-supported", "registry",
                                        "policy",     "fips",          "algorithm-off",
                                        "incomplete", "on-request",    "unknown"};
    return words[why];
}

static void versions(const struct ak_host *host, struct ak_party *party)
{
    static const uint8_t switches[] = {AK_SWITCH_OFF, AK_SWITCH_NAMED, AK_SWITCH_ON, AK_SWITCH_OFF};
    for (unsigned at = AK_PARTY_SSL20; at < AK_PARTY_VERSIONS; at++) {
        const struct ak_host_protocol *p =
            &host->protocols[party->role][AK_SCHANNEL_PROTOCOL_SSL20 + at];
        enum ak_switch state =
            p->why == AK_WHY_NOT_SUPPORTED ? AK_SWITCH_ABSENT : (enum ak_switch)switches[p->state];
        ak_party_version_set(party, (enum ak_party_version_at)at, state, why_word(p->why));
        /* What nobody speaks any more does not make the rest doubtful. */
        if (at >= AK_PARTY_TLS10 && p->why != AK_WHY_NOT_SUPPORTED)
            lower(party, AK_PARTY_PART_VERSIONS, p->confidence);
    }
}

/* The model's bits begin with SSL 3.0, the party's with SSL 2.0. */
static uint8_t version_bits(unsigned schannel)
{
    return (uint8_t)(schannel << AK_PARTY_SSL30);
}

static void add_suite(struct ak_party *party, uint16_t code, uint8_t bits, bool on)
{
    size_t before = party->suite_count;
    if (ak_party_suite_add(party, code, on) && party->suite_count != before)
        party->suites[before].versions = version_bits(bits);
}

static void suites(const struct ak_host *host, struct ak_party *party)
{
    for (size_t i = 0; i < host->suite_count; i++) {
        const struct ak_host_suite *s = &host->suites[i];
        if (s->code != 0 && s->versions != 0 && s->removed != AK_WHY_NOT_SUPPORTED &&
            s->removed != AK_WHY_ON_REQUEST)
            add_suite(party, s->code, s->versions, s->removed == AK_WHY_OS_DEFAULT);
    }
    const struct ak_windows *w = host->system;
    for (size_t i = 0; i < w->suite_count; i++)
        if (w->suites[i].versions != 0 && w->suites[i].state != AK_SCHANNEL_SUITE_ON_REQUEST)
            add_suite(party, w->suites[i].code, w->suites[i].versions, false);
    party->suites_known = host->suites_origin != AK_LIST_UNKNOWN;
    party->suites_complete = w->suite_count != 0;
    lower(party, AK_PARTY_PART_SUITES, host->suites_confidence);
    lower(party, AK_PARTY_PART_SUITES, host->os_confidence);
}

static void groups(const struct ak_host *host, struct ak_party *party)
{
    for (size_t i = 0; i < host->group_count; i++)
        if (host->groups[i].code != 0 && !host->groups[i].removed)
            (void)ak_party_list_add(&party->groups, host->groups[i].code, true);
    const struct ak_windows *w = host->system;
    for (size_t i = 0; i < w->group_count; i++)
        (void)ak_party_list_add(&party->groups, w->groups[i].code, false);
    party->groups.known = host->groups_origin != AK_LIST_UNKNOWN;
    party->groups.complete = w->group_count != 0;
    lower(party, AK_PARTY_PART_GROUPS, host->groups_confidence);
}

static void schemes(const struct ak_host *host, struct ak_party *party)
{
    for (size_t i = 0; i < host->local_scheme_count; i++)
        (void)ak_party_list_add(&party->schemes, host->local_schemes[i], true);
    if (host->local_scheme_count != 0) {
        lower(party, AK_PARTY_PART_SCHEMES, AK_CONFIDENCE_MEDIUM);
        return;
    }
    for (size_t i = 0; i < host->scheme_count; i++) {
        if (host->schemes[i].unpatched)
            continue;
        (void)ak_party_list_add(&party->schemes, host->schemes[i].code, true);
        lower(party, AK_PARTY_PART_SCHEMES, host->schemes[i].confidence);
    }
}

static uint16_t bits_of(const struct ak_setting *setting, uint16_t otherwise)
{
    return setting->present && setting->number && setting->value <= UINT16_MAX
               ? (uint16_t)setting->value
               : otherwise;
}

static void key_sizes(const struct ak_host *host, struct ak_party *party)
{
    const struct ak_host_minima *m = &host->minima;
    party->bounds.rsa_min = bits_of(&m->rsa_client_min, LEAST_RSA);
    party->bounds.rsa_max = bits_of(&m->rsa_client_max, 0);
    party->bounds.dh_min = bits_of(&m->dh_client_min, LEAST_DH);
    party->bounds.dh_max = bits_of(&m->dh_client_max, 0);
    party->dh_bits = bits_of(&m->dh_server_bits, host->system->dh_server_bits);
    party->dh_bits_known = true;
    /* "1024 on older unpatched systems": not in a text that was read. */
    if (!m->dh_server_bits.present && host->system->nt_major < 10)
        lower(party, AK_PARTY_PART_KEY_SIZES, AK_CONFIDENCE_MEDIUM);
}

bool ak_party_of_host(const struct ak_host *host, enum ak_side role, const char *name,
                      struct ak_party *party)
{
    const struct ak_setting *no_ems =
        role == AK_SIDE_CLIENT ? &host->no_ems_client : &host->no_ems_server;
    ak_party_init(party, name, role, AK_STACK_SCHANNEL);
    if (host->system == NULL)
        return false;
    versions(host, party);
    suites(host, party);
    groups(host, party);
    schemes(host, party);
    key_sizes(host, party);
    bool off = no_ems->present && no_ems->number && no_ems->value != 0;
    party->extended_master_secret = off                          ? AK_NEED_NONE
                                    : host->system->nt_major < 6 ? AK_NEED_NONE
                                                                 : AK_NEED_SUPPORTED;
    party->renegotiation_info = AK_NEED_SUPPORTED;
    party->prefers_own_order = true;
    party->dhe_zero = !host->dhe_fix_known ? AK_DHE_ZERO_UNKNOWN
                      : host->dhe_fixed    ? AK_DHE_ZERO_FIXED
                                           : AK_DHE_ZERO_FAULTY;
    /* TLS (Schannel SSP) changes in Windows 10 and Windows Server 2016: older servers present no
     * certificate that the client's signature algorithms do not cover. */
    party->ways[AK_WAY_CHAIN_CHECK] = !host->system->certificate_only_one;
    party->ways[AK_WAY_CLIENT_CHAIN_CHECK] = 1;
    return true;
}

unsigned ak_sql_instance_major(const struct ak_sql_instance *instance)
{
    return (unsigned)strtoul(instance->version, NULL, 10);
}

void ak_party_sql_server(struct ak_party *party, const struct ak_sql_instance *instance)
{
    struct ak_party_sql *sql = &party->sql;
    unsigned major = instance != NULL ? ak_sql_instance_major(instance) : 0;
    sql->known = true;
    sql->encryption = AK_TDS_ENCRYPTION_OFF;
    sql->strict = major >= 16;
    sql->tls13_only_strict = true;
    party->ways[AK_WAY_REFUSAL] = 1; /* SQL Server closes where Schannel would send an alert */
    if (instance == NULL)
        return;
    if (instance->force_encryption.number && instance->force_encryption.value != 0)
        sql->encryption = AK_TDS_ENCRYPTION_ON;
    if (instance->force_strict.number && instance->force_strict.value != 0)
        sql->strict = sql->strict_only = true;
    if (!instance->network_known || major == 0)
        lower(party, AK_PARTY_PART_SQL, AK_CONFIDENCE_MEDIUM);
}
