/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/certificate_rule.h"

#include <stdio.h>
#include <string.h>

#include "diagnose/case_join.h"
#include "diagnose/event_rule.h"
#include "diagnose/host_rules.h"
#include "diagnose/predicates.h"
#include "diagnose/rules.h"
#include "model/thresholds.h"

#include "base/banned.h"

/* ---- shared by looks ---- */

/* A server uses it: likely at most; else it only lies there. */
static enum ak_grade grade_of(const struct ak_certificate_case *c, enum ak_grade grade)
{
    return c->use >= AK_CERT_USE_SHOWN ? grade : AK_GRADE_POSSIBLE;
}

static void match_use(struct ak_match *m, const struct ak_certificate_case *c)
{
    char text[AK_FACT_TEXT];
    const struct ak_found_certificate *f = c->found;
    (void)snprintf(text, sizeof text, "%s#%llu%s%s", f->file, (unsigned long long)f->position,
                   c->instance != NULL ? " " : "", c->instance != NULL ? c->instance->name : "");
    ak_match_text(m, AK_FACT_CERTIFICATE, 0, 0, f->certificate->facts.subject);
    ak_match_text(m, AK_FACT_CERT_USE, 0, c->use, text);
}

static const struct ak_x509 *facts_of(const struct ak_certificate_case *c)
{
    return &c->found->certificate->facts;
}

static void as_warning(struct ak_match *m)
{
    m->severity = AK_SEVERITY_WARNING;
}

/* ---- certificate-hash-refused (S4) ---- */

/* Those that SQL Server or an administrator signed themselves are not hurt: nobody checks their
 * signature. */
static void look_hash(const struct ak_certificate_evidence *e, const struct ak_certificate_case *c,
                      struct ak_match *m)
{
    const struct ak_found_certificate *link;
    const struct ak_x509 *weak = NULL;
    if (facts_of(c)->self_issued)
        return;
    for (size_t i = 0; weak == NULL && (link = ak_certificate_chain(e, c->found, i)) != NULL; i++)
        if (ak_hash_is_weak(link->certificate->facts.sign_hash))
            weak = &link->certificate->facts;
    if (weak == NULL)
        return;
    as_warning(m);
    /* Windows 10 and Server 2016 list SHA-512. */
    m->grade =
        weak->sign_hash == AK_SIGN_HASH_SHA512 ? AK_GRADE_POSSIBLE : grade_of(c, AK_GRADE_LIKELY);
    match_use(m, c);
    if (weak != facts_of(c))
        ak_match_text(m, AK_FACT_ISSUER, 0, 0, weak->subject);
    ak_match_text(m, AK_FACT_WEAK_HASH, 0, 0, weak->signature_algorithm);
    if (c->host != NULL)
        ak_match_system(m, c->host);
    ak_match_lack(m, "client-offer");
}

/* ---- certificate-expired (X3) ---- */

static void look_expired(const struct ak_certificate_evidence *e,
                         const struct ak_certificate_case *c, struct ak_match *m)
{
    const struct ak_x509 *x = facts_of(c);
    int64_t now = e->now / 1000000000;
    if (e->now == 0 || (now >= x->not_before && now <= x->not_after))
        return;
    as_warning(m);
    m->grade = grade_of(c, AK_GRADE_LIKELY);
    match_use(m, c);
    ak_match_fact(m, AK_FACT_VALIDITY, 0, x->not_before, x->not_after);
    ak_match_fact(m, AK_FACT_CASE_TIME, 0, now, 0);
    ak_match_lack(m, "client-log");
}

/* ---- certificate-name-mismatch (X4) ---- */

static const char *machine_of(const struct ak_certificate_case *c)
{
    const struct ak_event_group *g = c->loaded != NULL ? c->loaded : c->refused;
    if (c->host != NULL && c->host->name[0] != '\0')
        return c->host->name;
    return g != NULL && g->origin != NULL ? g->origin->host : "";
}

static bool another_names(const struct ak_certificate_evidence *e,
                          const struct ak_certificate_case *c, const char *machine)
{
    for (size_t i = 0; i < e->count; i++)
        if (e->found[i] != c->found && e->found[i]->certificate->readable &&
            ak_certificate_names_machine(&e->found[i]->certificate->facts, machine))
            return true;
    return false;
}

/* Its machine is not among its names. A virtual name of a cluster or a listener is another one: for
 * those it is likely the certificate of the group. */
static void look_name(const struct ak_certificate_evidence *e, const struct ak_certificate_case *c,
                      struct ak_match *m)
{
    const char *machine = machine_of(c);
    bool virtual = c->instance != NULL &&
                   (c->instance->clustered.value != 0 || c->instance->hadr.value != 0);
    /* Of several that only lie there, the one with the name is the one. */
    if (c->use == AK_CERT_USE_GIVEN && another_names(e, c, machine))
        return;
    if (machine[0] == '\0' || virtual || ak_certificate_is_fallback(facts_of(c)) ||
        ak_certificate_names_machine(facts_of(c), machine))
        return;
    as_warning(m);
    m->grade = grade_of(c, AK_GRADE_LIKELY);
    if (c->use == AK_CERT_USE_SHOWN || c->use == AK_CERT_USE_GIVEN)
        m->grade = AK_GRADE_POSSIBLE; /* whether it is this machine's is not told by anybody */
    match_use(m, c);
    ak_match_text(m, AK_FACT_NOT_NAMED, 0, 0, machine);
    ak_match_lack(m, "client-log");
}

/* ---- rsa-key-too-short (X11) ---- */

static void look_short_key(const struct ak_certificate_evidence *e,
                           const struct ak_certificate_case *c, struct ak_match *m)
{
    const struct ak_x509 *x = facts_of(c);
    (void)e;
    if (x->key_type != AK_KEY_RSA || x->key_bits >= ak_threshold_get(AK_THRESHOLD_RSA_POLICY_BITS))
        return;
    as_warning(m);
    m->grade = x->key_bits < ak_threshold_get(AK_THRESHOLD_RSA_MINIMUM_BITS)
                   ? grade_of(c, AK_GRADE_LIKELY)
                   : AK_GRADE_POSSIBLE;
    match_use(m, c);
    ak_match_fact(m, AK_FACT_KEY_BITS, 0, x->key_bits, 0);
    ak_match_lack(m, "client-log");
}

/* ---- private-key-unusable (X1, X2) ---- */

static void match_events(struct ak_match *m, const struct ak_certificate_case *c)
{
    const struct ak_event_group *g = c->refused;
    char text[AK_FACT_TEXT];
    if (g == NULL)
        return;
    (void)snprintf(text, sizeof text, "%s%s%llu", g->sample.file, g->sample.by_line ? ":" : "#",
                   (unsigned long long)g->sample.place);
    ak_match_text(m, AK_FACT_EVENT, 0,
                  (int64_t)((uint64_t)g->sample.provider << 32 | g->sample.code), text);
    if (m->fact_count != 0)
        m->facts[m->fact_count - 1].b = (int64_t)g->count;
}

/* "Certificate requirements for SQL Server" asks for AT_KEYEXCHANGE, and so for a legacy provider.
 * Whether newer versions take a key of CNG all the same is not documented. A certificate that the
 * server loaded has a key that it can use. */
static void look_key(const struct ak_certificate_evidence *e, const struct ak_certificate_case *c,
                     struct ak_match *m)
{
    const struct ak_cert_properties *p = &c->found->properties;
    bool store = c->found->place == AK_CERT_PLACE_MY;
    bool spec = p->has_key && p->has_key_spec && p->key_spec != AK_KEY_SPEC_EXCHANGE;
    (void)e;
    if (!p->told || c->use == AK_CERT_USE_LOADED)
        return;
    if (!p->has_key)
        m->grade = store ? grade_of(c, AK_GRADE_LIKELY) : AK_GRADE_POSSIBLE;
    else if (spec && p->key_spec == AK_KEY_SPEC_SIGNATURE)
        m->grade = grade_of(c, AK_GRADE_LIKELY);
    else if (spec || p->cng)
        m->grade = AK_GRADE_POSSIBLE;
    else
        return;
    /* A store that was exported with its authorities: they have no keys. */
    if (!p->has_key && !store && c->use < AK_CERT_USE_SHOWN) {
        m->grade = AK_GRADE_NONE;
        return;
    }
    m->severity = c->refused != NULL ? AK_SEVERITY_ERROR : AK_SEVERITY_WARNING;
    match_use(m, c);
    if (p->has_key) {
        ak_match_text(m, AK_FACT_KEY_SPEC, 0, p->has_key_spec ? p->key_spec : 0, p->provider);
        if (m->fact_count != 0)
            m->facts[m->fact_count - 1].b = p->cng;
    } else {
        ak_match_fact(m, AK_FACT_NO_PRIVATE_KEY, 0, 0, 0);
    }
    match_events(m, c);
    ak_match_lack(m, "server-log");
}

/* ---- server-certificate-not-loaded ---- */

static void look_not_loaded(const struct ak_certificate_evidence *e,
                            const struct ak_certificate_case *c, struct ak_match *m)
{
    const struct ak_cert_properties *p = &c->found->properties;
    const struct ak_x509 *x = facts_of(c);
    bool lacks = !x->server_usage, off = p->has_usage && !p->server_usage;
    bool usage = x->has_key_usage && !x->may_encipher_keys && x->key_type == AK_KEY_RSA;
    (void)e;
    if (c->use != AK_CERT_USE_CONFIGURED || (!lacks && !off && !usage))
        return;
    m->severity = c->refused != NULL ? AK_SEVERITY_ERROR : AK_SEVERITY_WARNING;
    m->grade = lacks || off ? AK_GRADE_LIKELY : AK_GRADE_POSSIBLE;
    match_use(m, c);
    if (lacks || off)
        ak_match_fact(m, AK_FACT_PURPOSE_OFF, 0, !lacks, 0);
    if (usage)
        ak_match_fact(m, AK_FACT_KEY_USAGE, 0, 0, 0);
    match_events(m, c);
    ak_match_lack(m, "server-log");
}

const struct ak_certificate_rule ak_certificate_rules[] = {
    {&ak_rule_certificate_hash_refused, look_hash},
    {&ak_rule_private_key_unusable, look_key},
    {&ak_rule_server_certificate_not_loaded, look_not_loaded},
    {&ak_rule_certificate_expired, look_expired},
    {&ak_rule_certificate_name_mismatch, look_name},
    {&ak_rule_rsa_key_too_short, look_short_key},
};
const size_t ak_certificate_rule_count = AK_COUNT(ak_certificate_rules);

void ak_certificate_rules_apply(const struct ak_certificate_evidence *e,
                                const struct ak_certificate_case *cases,
                                ak_certificate_match_sink *sink, void *context)
{
    for (size_t i = 0; i < e->count; i++) {
        const struct ak_certificate_case *c = &cases[i];
        if (c->use == AK_CERT_USE_NONE || c->repeated || !c->found->certificate->readable)
            continue;
        for (size_t k = 0; k < ak_certificate_rule_count; k++) {
            struct ak_match m;
            ak_match_begin(&m);
            m.severity = ak_certificate_rules[k].rule->severity;
            m.side = AK_CHANGE_SERVER;
            ak_certificate_rules[k].look(e, c, &m);
            if (m.grade != AK_GRADE_NONE)
                sink(context, ak_certificate_rules[k].rule, c, &m);
        }
    }
}

/* ---- for conversations ---- */

static bool is_shown(const struct ak_view *v, const struct ak_certificate_case *c)
{
    for (size_t i = 0; v->server != NULL && i < v->server->leaf_count; i++)
        if (memcmp(v->server->leaf[i]->sha256, c->found->certificate->sha256, 32) == 0)
            return true;
    return false;
}

static bool is_asked(const struct ak_view *v, const struct ak_certificate_case *c)
{
    const char *name = v->tls != NULL ? v->tls->server_name : NULL;
    const char *machine = machine_of(c);
    return name != NULL && machine[0] != '\0' && ak_event_same_host(name, machine);
}

/* The server is known to be the machine that uses it, and it runs one instance of that version. */
static bool is_of_machine(const struct ak_view *v, const struct ak_certificate_case *c)
{
    const struct ak_met_host *server = v->met != NULL ? &v->met->side[AK_SIDE_SERVER] : NULL;
    if (server == NULL || server->host == NULL || server->host != c->host ||
        server->by < AK_MET_BY_ADDRESS)
        return false;
    return c->instance == NULL ? server->host->instance_count == 1
                               : c->instance == ak_case_instance(server->host, v->c);
}

const struct ak_certificate_case *ak_certificate_of_server(const struct ak_view *v)
{
    const struct ak_certificate_case *asked = NULL;
    for (size_t i = 0; i < v->certificate_count; i++) {
        const struct ak_certificate_case *c = &v->certificates[i];
        if (c->use < AK_CERT_USE_SHOWN || !c->found->certificate->readable)
            continue;
        if (is_shown(v, c))
            return c;
        if (c->use >= AK_CERT_USE_CONFIGURED && (is_of_machine(v, c) || is_asked(v, c)) &&
            (asked == NULL || c->use > asked->use))
            asked = c;
    }
    return asked;
}
