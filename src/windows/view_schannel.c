/* SPDX-License-Identifier: Apache-2.0 */
/* Protocols of both roles, and the switches beside them ("TLS registry settings", KB245030). */
#include "windows/view.h"

#include <stdio.h>
#include <string.h>

#include "base/attr.h"

#include "base/banned.h"

static struct ak_host_protocol installed(const struct ak_windows *system, unsigned role,
                                         unsigned protocol)
{
    static const uint8_t states[] = {AK_PROTOCOL_STATE_UNKNOWN, AK_PROTOCOL_STATE_OFF,
                                     AK_PROTOCOL_STATE_OFF, AK_PROTOCOL_STATE_ON_REQUEST,
                                     AK_PROTOCOL_STATE_ON};
    struct ak_host_protocol p = {
        .state = AK_PROTOCOL_STATE_UNKNOWN, .why = AK_WHY_UNKNOWN, .confidence = AK_CONFIDENCE_LOW};
    unsigned state =
        system == NULL ? AK_SCHANNEL_DEFAULT_UNKNOWN : system->protocols[role][protocol].state;
    if (state == AK_SCHANNEL_DEFAULT_UNKNOWN)
        return p;
    p.state = states[state];
    p.why = state == AK_SCHANNEL_DEFAULT_NOT_SUPPORTED ? AK_WHY_NOT_SUPPORTED : AK_WHY_OS_DEFAULT;
    p.confidence = system->protocols[role][protocol].confidence;
    return p;
}

static void set(struct ak_host_protocol *p, enum ak_protocol_state state,
                const struct ak_setting *by, enum ak_confidence confidence)
{
    if (p->state == state && p->why == AK_WHY_OS_DEFAULT)
        return; /* the value says what Windows does anyway */
    p->state = (uint8_t)state;
    p->why = by->policy ? AK_WHY_POLICY : AK_WHY_REGISTRY;
    p->confidence = (uint8_t)confidence;
}

/* One value of a pair that should have two, on a version that is off by default: KB245030 and
 * Microsoft's own checker read it in opposite ways. */
static void incomplete(struct ak_host_protocol *p)
{
    p->why = AK_WHY_INCOMPLETE;
    p->confidence = AK_CONFIDENCE_LOW;
}

/* Enabled=0 is absolute; Enabled and DisabledByDefault=0 together add; DisabledByDefault takes out
 * of the default set alone. */
static void configure(struct ak_host_protocol *p)
{
    const struct ak_setting *e = &p->enabled, *d = &p->disabled_by_default;
    if (p->why == AK_WHY_NOT_SUPPORTED)
        return;
    if (ak_setting_off(e)) {
        set(p, AK_PROTOCOL_STATE_OFF, e, AK_CONFIDENCE_HIGH);
    } else if (ak_setting_on(e) && ak_setting_off(d)) {
        set(p, AK_PROTOCOL_STATE_ON, e, AK_CONFIDENCE_HIGH);
    } else if (ak_setting_on(d)) {
        if (p->state == AK_PROTOCOL_STATE_OFF && !ak_setting_on(e))
            return; /* as it is installed: SSL 2.0 of 7 and 8 */
        set(p, AK_PROTOCOL_STATE_ON_REQUEST, d, AK_CONFIDENCE_HIGH);
    } else if (ak_setting_on(e) || ak_setting_off(d)) {
        if (p->state != AK_PROTOCOL_STATE_ON)
            incomplete(p);
    }
}

static void one_protocol(struct ak_viewing *view, unsigned role, unsigned protocol)
{
    static const char *const roles[] = {"Client", "Server"};
    struct ak_host_protocol p = installed(view->host->system, role, protocol);
    char path[128];
    (void)snprintf(path, sizeof path, AK_KEY_SCHANNEL "\\Protocols\\%s\\%s",
                   ak_schannel_protocol_name((enum ak_schannel_protocol)protocol), roles[role]);
    const struct ak_registry_key *key = ak_view_key(view, path);
    p.enabled = ak_view_setting(key, "Enabled");
    p.disabled_by_default = ak_view_setting(key, "DisabledByDefault");
    configure(&p);
    view->host->protocols[role][protocol] = p;
}

static void algorithms(struct ak_viewing *view)
{
    static const char *const kinds[] = {"Ciphers", "Hashes", "KeyExchangeAlgorithms"};
    struct ak_host *host = view->host;
    const struct ak_registry_key *schannel = ak_view_key(view, AK_KEY_SCHANNEL);
    for (size_t k = 0; k < AK_COUNT(kinds); k++) {
        const struct ak_registry_key *parent = ak_registry_below(schannel, kinds[k]);
        for (size_t i = 0; i < ak_registry_key_count(parent); i++) {
            const struct ak_registry_key *key = ak_registry_key_at(parent, i);
            struct ak_setting enabled = ak_view_setting(key, "Enabled");
            if (!enabled.present)
                continue;
            if (enabled.number && enabled.value == 1)
                ak_view_oddity(view, AK_ODDITY_ENABLED_ONE, key, "Enabled", "0xffffffff");
            if (host->algorithm_count == AK_HOST_ALGORITHMS)
                continue;
            struct ak_host_algorithm *a = &host->algorithms[host->algorithm_count++];
            (void)snprintf(a->name, sizeof a->name, "%s", ak_registry_key_name(key));
            (void)snprintf(a->kind, sizeof a->kind, "%s", kinds[k]);
            a->enabled = enabled;
        }
    }
}

static void minima(struct ak_viewing *view)
{
    struct ak_host_minima *m = &view->host->minima;
    const struct ak_registry_key *dh =
        ak_view_key(view, AK_KEY_SCHANNEL "\\KeyExchangeAlgorithms\\Diffie-Hellman");
    const struct ak_registry_key *rsa =
        ak_view_key(view, AK_KEY_SCHANNEL "\\KeyExchangeAlgorithms\\PKCS");
    m->dh_client_min = ak_view_setting(dh, "ClientMinKeyBitLength");
    m->dh_client_max = ak_view_setting(dh, "ClientMaxKeyBitLength");
    m->dh_server_bits = ak_view_setting(dh, "ServerMinKeyBitLength");
    m->rsa_client_min = ak_view_setting(rsa, "ClientMinKeyBitLength");
    m->rsa_client_max = ak_view_setting(rsa, "ClientMaxKeyBitLength");
}

void ak_view_schannel(struct ak_viewing *view)
{
    struct ak_host *host = view->host;
    const struct ak_registry_key *schannel = ak_view_key(view, AK_KEY_SCHANNEL);
    for (unsigned role = 0; role < AK_SCHANNEL_ROLES; role++)
        for (unsigned p = 0; p < AK_SCHANNEL_PROTOCOLS; p++)
            one_protocol(view, role, p);
    algorithms(view);
    minima(view);
    host->event_logging = ak_view_setting(schannel, "EventLogging");
    host->no_ems_client = ak_view_setting(schannel, "DisableClientExtendedMasterSecret");
    host->no_ems_server = ak_view_setting(schannel, "DisableServerExtendedMasterSecret");
    host->fips =
        ak_view_setting(ak_view_key(view, AK_KEY_CONTROL "\\Lsa\\FipsAlgorithmPolicy"), "Enabled");
    if (!host->fips.present) /* where XP and 2003 keep it */
        host->fips =
            ak_view_setting(ak_view_key(view, AK_KEY_CONTROL "\\Lsa"), "FIPSAlgorithmPolicy");
    if (host->system == NULL)
        return;
    host->dhe_fix_known = host->system->dhe_fix != AK_DHE_FIX_FROM_UBR || host->ubr_known;
    host->dhe_fixed = host->system->dhe_fix == AK_DHE_FIX_YES ||
                      (host->system->dhe_fix == AK_DHE_FIX_FROM_UBR && host->ubr_known &&
                       host->ubr >= host->system->dhe_fix_ubr);
}
