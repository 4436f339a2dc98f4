/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/certificate_case.h"

#include <string.h>

#include "base/attr.h"
#include "base/limits.h"

#include "base/banned.h"

enum { LOADED = 26013, SELF_GENERATED = 26018 };

const char *ak_cert_use_name(enum ak_cert_use use)
{
    static const char *const names[] = {"none",  "candidate",  "given",
                                        "shown", "configured", "loaded"};
    return names[use];
}

static bool same_thumbprint(const char *text, const struct ak_certificate *c)
{
    uint8_t sha1[20];
    bool clean;
    return ak_thumbprint_read(text, sha1, &clean) && memcmp(sha1, c->sha1, sizeof sha1) == 0;
}

/* ---- names ---- */

bool ak_certificate_is_fallback(const struct ak_x509 *x)
{
    return strcmp(x->subject_cn, "SSL_Self_Signed_Fallback") == 0;
}

/* Up to the first dot: "SQL01" and "sql01.example.com" are one machine. A wildcard fits every one.
 */
static bool fits_machine(const char *name, const char *machine)
{
    return strncmp(name, "*.", 2) == 0 || ak_event_same_host(name, machine);
}

bool ak_certificate_names_machine(const struct ak_x509 *x, const char *machine)
{
    const char *at = x->names;
    bool any = false;
    for (unsigned i = 0; i < x->name_count; i++, at += strlen(at) + 1) {
        if (strncmp(at, "DNS:", 4) != 0)
            continue;
        any = true;
        if (fits_machine(at + 4, machine))
            return true;
    }
    return !any && x->subject_cn[0] != '\0' && fits_machine(x->subject_cn, machine);
}

/* ---- chains ---- */

static const struct ak_found_certificate *issuer_of(const struct ak_certificate_evidence *e,
                                                    const struct ak_found_certificate *of)
{
    const struct ak_x509 *x = &of->certificate->facts;
    if (!of->certificate->readable || x->self_issued)
        return NULL;
    for (size_t i = 0; i < e->count; i++) {
        const struct ak_certificate *c = e->found[i]->certificate;
        if (c->readable && c != of->certificate && strcmp(c->facts.subject, x->issuer) == 0)
            return e->found[i];
    }
    return NULL;
}

const struct ak_found_certificate *ak_certificate_chain(const struct ak_certificate_evidence *e,
                                                        const struct ak_found_certificate *of,
                                                        size_t index)
{
    for (size_t i = 0; of != NULL && i < index && i < AK_MAX_CHAIN; i++)
        of = issuer_of(e, of);
    bool root = of != NULL && index != 0 && of->certificate->facts.self_issued;
    return index < AK_MAX_CHAIN && !root ? of : NULL;
}

/* ---- uses ---- */

static void find_instance(const struct ak_certificate_evidence *e, struct ak_certificate_case *c)
{
    for (size_t h = 0; h < e->host_count; h++) {
        const struct ak_host *host = e->hosts[h];
        if (c->found->host != NULL && c->found->host != host)
            continue;
        for (size_t i = 0; i < host->instance_count; i++)
            if (same_thumbprint(host->instances[i].certificate, c->found->certificate)) {
                c->use = AK_CERT_USE_CONFIGURED;
                c->host = host;
                c->instance = &host->instances[i];
                return;
            }
    }
}

static void find_events(const struct ak_certificate_evidence *e, struct ak_certificate_case *c)
{
    static const uint32_t refusals[] = {26014, 26015, 33555, 33565};
    const struct ak_event_group *g;
    for (size_t i = 0; e->events != NULL && (g = ak_event_book_at(e->events, i)) != NULL; i++) {
        if (g->sample.provider != AK_LOG_SQL_SERVER ||
            !same_thumbprint(g->sample.thumbprint, c->found->certificate))
            continue;
        if (g->sample.code == LOADED)
            c->loaded = g;
        for (size_t k = 0; k < AK_COUNT(refusals); k++)
            if (g->sample.code == refusals[k])
                c->refused = g;
    }
    if (c->loaded != NULL)
        c->use = AK_CERT_USE_LOADED;
    else if (c->refused != NULL && c->use == AK_CERT_USE_NONE)
        c->use = AK_CERT_USE_CONFIGURED;
}

static void find_host_of_events(const struct ak_certificate_evidence *e,
                                struct ak_certificate_case *c)
{
    const struct ak_event_group *g = c->loaded != NULL ? c->loaded : c->refused;
    if (c->host != NULL || g == NULL || g->origin == NULL || g->origin->host[0] == '\0')
        return;
    for (size_t h = 0; h < e->host_count; h++)
        if (ak_event_same_host(e->hosts[h]->name, g->origin->host))
            c->host = e->hosts[h];
}

/* SQL Server made its own: it did not pick one. */
static bool made_its_own(const struct ak_certificate_evidence *e, const struct ak_host *host)
{
    const struct ak_event_group *g;
    for (size_t i = 0; e->events != NULL && (g = ak_event_book_at(e->events, i)) != NULL; i++)
        if (g->sample.provider == AK_LOG_SQL_SERVER && g->sample.code == SELF_GENERATED &&
            (host->name[0] == '\0' || g->origin == NULL || g->origin->host[0] == '\0' ||
             ak_event_same_host(g->origin->host, host->name)))
            return true;
    return false;
}

static bool is_valid(const struct ak_certificate_evidence *e, const struct ak_x509 *x)
{
    int64_t now = e->now / 1000000000;
    return e->now == 0 || (now >= x->not_before && now <= x->not_after);
}

/* "Certificate requirements for SQL Server": in the store of the machine, valid, for server
 * authentication, with a private key, and named as the machine. In which order SQL Server tries
 * several is not documented. */
static void find_candidate(const struct ak_certificate_evidence *e, struct ak_certificate_case *c)
{
    const struct ak_found_certificate *f = c->found;
    const struct ak_x509 *x = &f->certificate->facts;
    if (c->use != AK_CERT_USE_NONE || f->place != AK_CERT_PLACE_MY || f->host == NULL ||
        !f->certificate->readable)
        return;
    bool serves = x->server_usage && (!f->properties.has_usage || f->properties.server_usage);
    if (!serves || !f->properties.has_key || f->properties.archived || !is_valid(e, x) ||
        !ak_certificate_names_machine(x, f->host->name) || made_its_own(e, f->host))
        return;
    for (size_t i = 0; i < f->host->instance_count; i++)
        if (f->host->instances[i].network_known && f->host->instances[i].certificate[0] == '\0') {
            c->use = AK_CERT_USE_CANDIDATE;
            c->instance = &f->host->instances[i];
            return;
        }
}

/* A file that holds a server's certificate, when nothing says which one is in use. */
static bool is_given(const struct ak_certificate_case *c)
{
    const struct ak_found_certificate *f = c->found;
    return c->use == AK_CERT_USE_NONE && f->place == AK_CERT_PLACE_FILE &&
           f->certificate->readable && !f->certificate->facts.is_authority && f->position == 1;
}

static bool is_told(const struct ak_certificate_evidence *e, const struct ak_certificate_case *all,
                    const struct ak_host *host)
{
    for (size_t i = 0; i < e->count; i++)
        if (all[i].use >= AK_CERT_USE_SHOWN &&
            (host == NULL || all[i].host == NULL || all[i].host == host))
            return true;
    for (size_t h = 0; h < e->host_count; h++)
        for (size_t i = 0; (host == NULL || host == e->hosts[h]) && i < e->hosts[h]->instance_count;
             i++)
            if (e->hosts[h]->instances[i].certificate[0] != '\0')
                return true;
    return false;
}

static bool is_repeated(const struct ak_certificate_case *all, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (all[i].found->certificate == all[index].found->certificate &&
            all[i].use == all[index].use && all[i].host == all[index].host)
            return true;
    return false;
}

void ak_certificate_cases(const struct ak_certificate_evidence *e,
                          struct ak_certificate_case *cases)
{
    for (size_t i = 0; i < e->count; i++) {
        struct ak_certificate_case *c = &cases[i];
        memset(c, 0, sizeof *c);
        c->found = e->found[i];
        c->host = c->found->host;
        c->issuer = issuer_of(e, c->found);
        find_instance(e, c);
        find_events(e, c);
        find_host_of_events(e, c);
        c->server = e->knowledge != NULL
                        ? ak_knowledge_shows(e->knowledge, c->found->certificate->sha256)
                        : NULL;
        if (c->use == AK_CERT_USE_NONE && c->server != NULL)
            c->use = AK_CERT_USE_SHOWN;
        find_candidate(e, c);
    }
    for (size_t i = 0; i < e->count; i++)
        if (is_given(&cases[i]) && !is_told(e, cases, cases[i].host))
            cases[i].use = AK_CERT_USE_GIVEN;
    for (size_t i = 0; i < e->count; i++)
        cases[i].repeated = is_repeated(cases, i);
}
