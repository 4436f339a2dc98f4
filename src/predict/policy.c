/* SPDX-License-Identifier: Apache-2.0 */
#include "predict/policy.h"

#include <string.h>

#include "base/alloc.h"
#include "base/upcase.h"

#include "base/banned.h"

/* Somebody set it: nothing that a Windows does by itself. */
static bool is_set(const struct ak_party_version *v)
{
    return strcmp(v->why, "registry") == 0 || strcmp(v->why, "policy") == 0 ||
           strcmp(v->why, "fips") == 0 || strcmp(v->why, "algorithm-off") == 0;
}

static size_t suites_on(const struct ak_party *party)
{
    size_t count = 0;
    for (size_t i = 0; i < party->suite_count; i++)
        count += party->suites[i].on;
    return count;
}

static bool suite_on(const struct ak_party *party, uint16_t code)
{
    const struct ak_party_suite *suite = ak_party_suite_find(party, code);
    return suite != NULL && suite->on;
}

static bool takes_away(const struct ak_policy *policy, uint16_t code)
{
    for (size_t i = 0; i < policy->off_count; i++)
        if (policy->off[i] == code)
            return true;
    return false;
}

static void note_off(struct ak_policy *policy, const struct ak_party *installed,
                     const struct ak_party *changed)
{
    for (size_t i = 0; i < installed->suite_count; i++)
        if (installed->suites[i].on && !suite_on(changed, installed->suites[i].code) &&
            !takes_away(policy, installed->suites[i].code) &&
            policy->off_count < AK_MAX_PARTY_SUITES)
            policy->off[policy->off_count++] = installed->suites[i].code;
}

void ak_policy_of_change(struct ak_policy *policy, const struct ak_party *installed,
                         const struct ak_party *changed, bool lists)
{
    for (unsigned at = 0; at < AK_PARTY_VERSIONS; at++) {
        const struct ak_party_version *v = &changed->versions[at];
        if (!is_set(v))
            continue;
        policy->versions[at] = v->state == AK_SWITCH_ON ? AK_POLICY_ON : AK_POLICY_OFF;
    }
    if (lists && !policy->lists_suites) {
        policy->lists_suites = true;
        policy->party = *changed;
    }
    if (!lists)
        note_off(policy, installed, changed);
    if (changed->dh_bits != installed->dh_bits)
        policy->dh_bits = changed->dh_bits;
}

static void apply_suites(const struct ak_policy *policy, struct ak_party *server)
{
    if (policy->lists_suites) {
        server->suite_count = 0;
        for (size_t i = 0; i < policy->party.suite_count; i++)
            if (policy->party.suites[i].on)
                (void)ak_party_suite_append(server, policy->party.suites[i].code, true);
        server->suites_known = suites_on(server) != 0;
        server->prefers_own_order = true;
        return;
    }
    for (size_t i = 0; i < server->suite_count; i++)
        if (takes_away(policy, server->suites[i].code))
            server->suites[i].on = false;
}

void ak_policy_apply(const struct ak_policy *policy, struct ak_party *server)
{
    if (policy->whole) {
        struct ak_party before = *server;
        *server = policy->party;
        if (before.chains_known) { /* its certificate stays */
            server->chains_known = true;
            server->chain_count = before.chain_count;
            memcpy(server->chains, before.chains, sizeof server->chains);
            server->confidence[AK_PARTY_PART_CERTIFICATES] =
                before.confidence[AK_PARTY_PART_CERTIFICATES];
        }
        if (before.sql.known && !policy->party.sql.known) {
            server->sql = before.sql;
            server->ways[AK_WAY_REFUSAL] = before.ways[AK_WAY_REFUSAL];
        }
        return;
    }
    for (unsigned at = 0; at < AK_PARTY_VERSIONS; at++) {
        if (policy->versions[at] == AK_POLICY_KEEPS ||
            (policy->versions[at] == AK_POLICY_ON &&
             server->versions[at].state == AK_SWITCH_ABSENT))
            continue;
        ak_party_version_set(server, (enum ak_party_version_at)at,
                             policy->versions[at] == AK_POLICY_ON ? AK_SWITCH_ON : AK_SWITCH_OFF,
                             "policy");
    }
    apply_suites(policy, server);
    if (policy->dh_bits != 0) {
        server->dh_bits = policy->dh_bits;
        server->dh_bits_known = true;
    }
}

static bool same_host(const char *host, const char *name)
{
    size_t n = strcspn(name, ".\\,");
    char first[AK_POLICY_HOST_NAME];
    if (host[0] == '\0' || n == 0 || n >= sizeof first)
        return false;
    memcpy(first, name, n);
    first[n] = '\0';
    return ak_same_name(host, first);
}

const struct ak_policy_host *ak_policy_host_of(const struct ak_policy *policy,
                                               const struct ak_endpoint *server,
                                               const char *const *names, size_t count)
{
    for (size_t i = 0; i < policy->host_count; i++) {
        const struct ak_policy_host *host = &policy->hosts[i];
        for (size_t k = 0; k < host->address_count; k++)
            if (host->addresses[k].version == server->version &&
                memcmp(host->addresses[k].address, server->address,
                       server->version == 6 ? 16 : 4) == 0)
                return host;
    }
    for (size_t i = 0; i < policy->host_count; i++)
        for (size_t k = 0; k < count; k++)
            if (names[k] != NULL && same_host(policy->hosts[i].name, names[k]))
                return &policy->hosts[i];
    return NULL;
}

void ak_policy_release(struct ak_policy *policy)
{
    ak_free(policy->hosts);
    memset(policy, 0, sizeof *policy);
}
