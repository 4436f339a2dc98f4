/* SPDX-License-Identifier: Apache-2.0 */
/* SQL Server on a machine: builds, drivers, and connections of the machine to itself. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "diagnose/collected_rules.h"
#include "diagnose/host_rules.h"
#include "model/programs.h"
#include "model/sql_names.h"
#include "predict/party_host.h"

#include "base/banned.h"

/* ---- server-build-too-old ---- */

void ak_look_server_build_too_old(const struct ak_host_case *c, struct ak_match *m)
{
    const struct ak_host *host = c->host;
    enum {
        OLD = AK_SCHANNEL_VERSION_SSL30 | AK_SCHANNEL_VERSION_TLS10 | AK_SCHANNEL_VERSION_TLS11
    };
    for (size_t i = 0; i < host->instance_count; i++) {
        const struct ak_sql_instance *x = &host->instances[i];
        struct ak_build_verdict build = ak_talk_build(x);
        if (build.tls12 != AK_BUILD_TLS12_NO)
            continue;
        enum ak_grade grade = build.certain ? AK_GRADE_CERTAIN : AK_GRADE_LIKELY;
        m->grade = grade > m->grade ? grade : m->grade;
        m->count++;
        ak_match_instance(m, x);
        ak_match_text(m, AK_FACT_SERVER_BUILD, 0, 0,
                      x->patch_level[0] != '\0' ? x->patch_level : x->version);
    }
    if (m->grade == AK_GRADE_NONE)
        return;
    char text[80];
    unsigned on = ak_host_versions(host, AK_SCHANNEL_SERVER, false);
    bool nothing_left =
        host->system != NULL && ak_host_told(host) == AK_CONFIDENCE_HIGH && (on & OLD) == 0;
    m->severity = nothing_left ? AK_SEVERITY_ERROR : AK_SEVERITY_WARNING;
    if (host->system == NULL)
        return;
    ak_versions_text(on & OLD, text, sizeof text);
    ak_match_text(m, AK_FACT_SPEAKS, 0, AK_SIDE_SERVER, text);
}

/* ---- driver-too-old ---- */

/* Installed is not used: likely at most. What every Windows has is left out. */
void ak_look_driver_too_old(const struct ak_host_case *c, struct ak_match *m)
{
    for (size_t i = 0; i < c->host->driver_count; i++) {
        const struct ak_host_driver *d = &c->host->drivers[i];
        struct ak_driver_verdict v = ak_sql_driver_judge(d->name, d->version);
        char text[AK_FACT_TEXT];
        if (v.driver == NULL || v.driver->in_windows || v.tls12 == AK_DRIVER_TLS12_YES)
            continue;
        enum ak_grade grade = v.tls12 == AK_DRIVER_TLS12_NO ? AK_GRADE_LIKELY : AK_GRADE_POSSIBLE;
        m->grade = grade > m->grade ? grade : m->grade;
        m->count++;
        (void)snprintf(text, sizeof text, "%s%s%s (%s)", d->name, d->version[0] != '\0' ? " " : "",
                       d->version, d->bitness == AK_64_BIT ? "64" : "32");
        ak_match_text(m, AK_FACT_DRIVER, 0, v.tls12, text);
    }
    m->severity = m->grade == AK_GRADE_LIKELY ? AK_SEVERITY_WARNING : AK_SEVERITY_NOTE;
    ak_match_lack(m, m->grade == AK_GRADE_POSSIBLE ? "registry-export" : "client-process");
}

/* ---- self-connection-impossible ---- */

struct self {
    struct ak_party client, server;
};

/* SQL Server Agent, linked servers to itself: the machine's own client meets its own server. From
 * 2025 on they can begin with TLS (TDS 8), so TLS 1.3 alone is enough there. */
static bool make_self(const struct ak_host *host, struct self *self)
{
    const struct ak_sql_instance *instance = ak_talk_instance(host);
    if (!ak_party_of_host(host, AK_SIDE_CLIENT, host->name, &self->client) ||
        !ak_party_of_host(host, AK_SIDE_SERVER, host->name, &self->server))
        return false;
    if (instance != NULL) {
        if (ak_sql_instance_major(instance) < 17)
            ak_party_sql_server(&self->server, instance);
        ak_talk_server(instance, &self->server);
    }
    return true;
}

static void judge_self(const struct ak_host *host, struct self *self, struct ak_match *m)
{
    struct ak_negotiation plain, named;
    char text[80];
    ak_negotiate(&self->client, &self->server, &plain);
    if (plain.established || plain.refusal == AK_REFUSAL_NONE)
        return;
    self->client.names_versions = true;
    self->server.names_versions = true;
    ak_negotiate(&self->client, &self->server, &named);
    m->grade = named.established && named.version > 0x0300 ? AK_GRADE_LIKELY : AK_GRADE_CERTAIN;
    m->grade = ak_grade_cap(ak_grade_cap(m->grade, plain.confidence), ak_host_told(host));
    if (!ak_talk_lists_told(host, host, plain.refusal))
        m->grade = ak_grade_cap(m->grade, AK_CONFIDENCE_MEDIUM);
    m->severity = m->grade == AK_GRADE_CERTAIN ? AK_SEVERITY_ERROR : AK_SEVERITY_WARNING;
    ak_versions_text(ak_host_versions(host, AK_SCHANNEL_CLIENT, false), text, sizeof text);
    ak_match_text(m, AK_FACT_SPEAKS, 0, AK_SIDE_CLIENT, text);
    ak_versions_text(ak_host_versions(host, AK_SCHANNEL_SERVER, false), text, sizeof text);
    ak_match_text(m, AK_FACT_SPEAKS, 0, AK_SIDE_SERVER, text);
    ak_match_predicted(m, &plain);
    ak_match_text(m, AK_FACT_REFUSED_AS, 0, 0, ak_refusal_rule(plain.refusal));
    ak_match_pair(m, host, AK_SCHANNEL_CLIENT, AK_SCHANNEL_PROTOCOL_TLS12);
    ak_match_pair(m, host, AK_SCHANNEL_SERVER, AK_SCHANNEL_PROTOCOL_TLS12);
    ak_match_lack(m, "registry-export");
    ak_match_lack(m, "server-log");
}

void ak_look_self_connection_impossible(const struct ak_host_case *c, struct ak_match *m)
{
    if (c->host->instance_count == 0)
        return;
    struct self *self = ak_alloc(1, sizeof *self);
    if (self == NULL) {
        m->failed = true;
        return;
    }
    if (make_self(c->host, self)) {
        judge_self(c->host, self, m);
        if (m->grade != AK_GRADE_NONE)
            ak_match_instance(m, ak_talk_instance(c->host));
    }
    ak_free(self);
}

/* ---- server-certificate-not-loaded ---- */

/* Marks that nobody sees (MMC copies U+200E along) as a question mark each. */
static void match_thumbprint(struct ak_match *m, const struct ak_sql_instance *x)
{
    char text[sizeof x->certificate];
    size_t n = 0;
    for (const char *p = x->certificate; *p != '\0'; p++) {
        bool plain = *p > ' ' && *p < 0x7f, goes_on = ((unsigned char)*p & 0xc0) == 0x80;
        if (!goes_on)
            text[n++] = plain ? *p : '?';
    }
    text[n] = '\0';
    ak_match_text(m, AK_FACT_THUMBPRINT, 0, x->certificate_state, text);
}

/* The account of the service may have the certificate in a store of its own: likely at most. */
void ak_look_server_certificate_not_loaded(const struct ak_host_case *c, struct ak_match *m)
{
    for (size_t i = 0; i < c->host->instance_count; i++) {
        const struct ak_sql_instance *x = &c->host->instances[i];
        if (x->certificate_state != AK_THUMBPRINT_MISSING &&
            x->certificate_state != AK_THUMBPRINT_BAD)
            continue;
        m->count++;
        m->grade = AK_GRADE_LIKELY;
        ak_match_instance(m, x);
        match_thumbprint(m, x);
    }
    if (m->grade == AK_GRADE_NONE)
        return;
    m->side = AK_CHANGE_SERVER;
    m->severity = AK_SEVERITY_WARNING;
    ak_match_lack(m, "server-log");
}

/* ---- satellites-need-tls12 (X21) ---- */

enum { SQL_2022 = 16, SQL_2025 = 17 };

void ak_look_satellites_need_tls12(const struct ak_host_case *c, struct ak_match *m)
{
    const struct ak_host *host = c->host;
    const struct ak_host_protocol *p =
        &host->protocols[AK_SCHANNEL_SERVER][AK_SCHANNEL_PROTOCOL_TLS12];
    unsigned on = ak_host_versions(host, AK_SCHANNEL_SERVER, false);
    if (host->system == NULL || p->state != AK_PROTOCOL_STATE_OFF ||
        (on & ~(unsigned)AK_SCHANNEL_VERSION_SSL30) != AK_SCHANNEL_VERSION_TLS13)
        return;
    m->severity = AK_SEVERITY_NOTE;
    for (size_t i = 0; i < host->instance_count; i++) {
        unsigned major = ak_sql_instance_major(&host->instances[i]);
        if (major < SQL_2022)
            continue;
        m->count++;
        m->grade = ak_grade_cap(ak_grade_cap(AK_GRADE_CERTAIN, p->confidence), host->os_confidence);
        if (major < SQL_2025)
            m->severity = AK_SEVERITY_ERROR;
        ak_match_instance(m, &host->instances[i]);
    }
    if (m->grade == AK_GRADE_NONE)
        return;
    ak_match_protocol(m, host, AK_SCHANNEL_SERVER, AK_SCHANNEL_PROTOCOL_TLS12);
    ak_match_pair(m, host, AK_SCHANNEL_SERVER, AK_SCHANNEL_PROTOCOL_TLS12);
}

/* ---- linked-server-encrypt-default (X25) ---- */

/* Which servers it is linked to, no registry tells. Another machine of the evidence with a
 * certificate that nobody issued makes it likely. */
static const struct ak_sql_instance *self_signed_elsewhere(const struct ak_host_case *c,
                                                           const struct ak_host **owner)
{
    for (size_t h = 0; h < c->host_count; h++)
        for (size_t i = 0; c->hosts[h] != c->host && i < c->hosts[h]->instance_count; i++) {
            const struct ak_sql_instance *x = &c->hosts[h]->instances[i];
            *owner = c->hosts[h];
            if (x->network_known && x->certificate[0] == '\0')
                return x;
        }
    return NULL;
}

void ak_look_linked_server_encrypt_default(const struct ak_host_case *c, struct ak_match *m)
{
    const struct ak_host *host = c->host, *owner = NULL;
    for (size_t i = 0; i < host->instance_count; i++) {
        if (ak_sql_instance_major(&host->instances[i]) < SQL_2025)
            continue;
        m->count++;
        ak_match_instance(m, &host->instances[i]);
    }
    for (size_t i = 0; host->instance_count != 0 && i < host->driver_count; i++) {
        if (strcmp(host->drivers[i].name, "MSOLEDBSQL19") != 0)
            continue;
        char text[AK_FACT_TEXT];
        m->count++;
        (void)snprintf(text, sizeof text, "%s %s", host->drivers[i].name, host->drivers[i].version);
        ak_match_text(m, AK_FACT_DRIVER, 0, AK_DRIVER_TLS12_YES, text);
    }
    bool checked;
    if (ak_collected_links_told(c->collected, host->name, &checked) && !checked)
        m->count = 0; /* none of its linked servers takes the new default */
    if (m->count == 0)
        return;
    const struct ak_sql_instance *other = self_signed_elsewhere(c, &owner);
    m->grade = other != NULL ? AK_GRADE_LIKELY : AK_GRADE_POSSIBLE;
    m->severity = other != NULL ? AK_SEVERITY_WARNING : AK_SEVERITY_NOTE;
    if (other != NULL) {
        ak_match_text(m, AK_FACT_OTHER_HOST, 0, 0, owner->name);
        ak_match_text(m, AK_FACT_NO_CERTIFICATE, 0, 0, other->name);
    }
    ak_match_lack(m, "linked-servers");
}

AK_HOST_RULE(self_connection_impossible, "self-connection-impossible", AK_SEVERITY_ERROR);
AK_HOST_RULE(satellites_need_tls12, "satellites-need-tls12", AK_SEVERITY_ERROR);
AK_HOST_RULE(linked_server_encrypt_default, "linked-server-encrypt-default", AK_SEVERITY_WARNING);
