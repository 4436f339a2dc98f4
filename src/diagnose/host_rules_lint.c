/* SPDX-License-Identifier: Apache-2.0 */
/* Settings that do nothing, and evidence that is not whole. */
#include "diagnose/host_rules.h"

#include "base/banned.h"

/* Takes up the oddities of some kinds; false when there is none. */
static bool take(const struct ak_host *host, unsigned kinds, struct ak_match *m)
{
    for (size_t i = 0; i < host->oddity_count; i++) {
        if (!(kinds & 1u << host->oddities[i].kind))
            continue;
        m->count++;
        ak_match_oddity(m, &host->oddities[i]);
    }
    return m->count != 0;
}

/* Schannel looks names up as they are; that such a key stands there, and that nothing reads it, is
 * plain from the hive. */
void ak_look_misspelt_registry_key(const struct ak_host_case *c, struct ak_match *m)
{
    if (take(c->host,
             1u << AK_ODDITY_MISSPELT_KEY | 1u << AK_ODDITY_MISSPELT_VALUE |
                 1u << AK_ODDITY_WRONG_LEVEL | 1u << AK_ODDITY_WRONG_TYPE,
             m))
        m->grade = AK_GRADE_CERTAIN;
}

void ak_look_dead_registry_key(const struct ak_host_case *c, struct ak_match *m)
{
    if (take(c->host, 1u << AK_ODDITY_DEAD_KEY, m))
        m->grade = AK_GRADE_CERTAIN;
}

void ak_look_unnamed_value_in_protocol_key(const struct ak_host_case *c, struct ak_match *m)
{
    if (take(c->host, 1u << AK_ODDITY_UNNAMED_VALUE, m))
        m->grade = AK_GRADE_CERTAIN;
}

/* Documented (0xffffffff) only for systems up to 2003; that 1 switches off is only reported. */
void ak_look_enabled_value_1(const struct ak_host_case *c, struct ak_match *m)
{
    if (take(c->host, 1u << AK_ODDITY_ENABLED_ONE, m))
        m->grade = AK_GRADE_POSSIBLE;
}

void ak_look_tls13_on_unsupported_os(const struct ak_host_case *c, struct ak_match *m)
{
    for (unsigned role = 0; role < AK_SCHANNEL_ROLES; role++) {
        const struct ak_host_protocol *p = &c->host->protocols[role][AK_SCHANNEL_PROTOCOL_TLS13];
        bool wanted = (p->enabled.number && p->enabled.value != 0) ||
                      (p->disabled_by_default.present && p->disabled_by_default.number &&
                       p->disabled_by_default.value == 0);
        if (!wanted || p->why != AK_WHY_NOT_SUPPORTED)
            continue;
        m->count++;
        ak_match_protocol(m, c->host, (enum ak_schannel_role)role, AK_SCHANNEL_PROTOCOL_TLS13);
        m->grade = ak_grade_cap(AK_GRADE_CERTAIN, p->confidence);
    }
    if (m->grade == AK_GRADE_NONE)
        return;
    m->grade = ak_grade_cap(m->grade, c->host->os_confidence);
    ak_match_system(m, c->host);
}

void ak_look_dirty_hive(const struct ak_host_case *c, struct ak_match *m)
{
    for (size_t i = 0; i < c->host->source_count; i++) {
        const struct ak_host_source *s = &c->host->sources[i];
        if (!s->dirty || s->replayed)
            continue;
        m->count++;
        m->grade = AK_GRADE_CERTAIN;
        ak_match_text(m, AK_FACT_DIRTY, 0, 0, s->file);
        ak_match_lack(m, "registry-export");
    }
}

AK_HOST_RULE(misspelt_registry_key, "misspelt-registry-key", AK_SEVERITY_WARNING);
AK_HOST_RULE(dead_registry_key, "dead-registry-key", AK_SEVERITY_WARNING);
AK_HOST_RULE(unnamed_value_in_protocol_key, "unnamed-value-in-protocol-key", AK_SEVERITY_WARNING);
AK_HOST_RULE(enabled_value_1, "enabled-value-1", AK_SEVERITY_WARNING);
AK_HOST_RULE(tls13_on_unsupported_os, "tls13-on-unsupported-os", AK_SEVERITY_WARNING);
AK_HOST_RULE(dirty_hive, "dirty-hive", AK_SEVERITY_NOTE);
