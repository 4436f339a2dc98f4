/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/case_predict.h"

#include <stdio.h>
#include <string.h>

#include "diagnose/certificate_rule.h"
#include "diagnose/host_rules.h"
#include "diagnose/predicates.h"
#include "model/sql_names.h"
#include "predict/party_host.h"
#include "predict/party_text.h"

#include "base/banned.h"

/* ---- the parties ---- */

static void client_of(const struct ak_view *v, struct ak_party *client)
{
    ak_party_of_hello(client, "hello", v->hello);
    if (v->c->protocol != AK_PROTOCOL_TDS && v->c->protocol != AK_PROTOCOL_TDS8)
        return;
    client->sql.known = true;
    client->sql.strict = v->c->protocol == AK_PROTOCOL_TDS8;
    bool told = v->tds != NULL && v->tds->has_client_encryption;
    client->sql.encryption = told ? v->tds->client_encryption & 0x1f : AK_TDS_ENCRYPTION_OFF;
    client->confidence[AK_PARTY_PART_SQL] = AK_CONFIDENCE_HIGH;
}

/* The certificate that was seen takes the place of the one that is usual. */
static void show_certificate(const struct ak_view *v, struct ak_party *server)
{
    const struct ak_certificate *leaf = v->leaf;
    const struct ak_certificate_case *known = NULL;
    if (leaf == NULL && v->server != NULL && v->server->leaf_count == 1)
        leaf = v->server->leaf[0];
    if (leaf == NULL && (v->server == NULL || v->server->leaf_count == 0))
        known = ak_certificate_of_server(v);
    if (known != NULL)
        leaf = known->found->certificate;
    if (leaf == NULL || !leaf->readable)
        return;
    const struct ak_x509 *x = &leaf->facts;
    server->chain_count = 0;
    struct ak_party_chain *chain = ak_party_chain_add(server, x->key_type, (uint16_t)x->key_bits, 0,
                                                      x->sign_hash, x->sign_key);
    if (chain == NULL)
        return;
    chain->links[0].self_signed = x->self_signed;
    chain->links[0].sign_pss = x->sign_pss;
    /* What is configured is what was loaded when the service started; the log knows. */
    bool sure = known == NULL || known->use == AK_CERT_USE_LOADED;
    server->confidence[AK_PARTY_PART_CERTIFICATES] =
        sure ? AK_CONFIDENCE_HIGH : AK_CONFIDENCE_MEDIUM;
}

/* That TLS began, the wire shows: what SQL Server decides before it is over. */
static void show_hello_came(const struct ak_party *client, struct ak_party *server)
{
    if (!client->sql.known)
        return;
    server->sql.known = true;
    server->sql.strict = client->sql.strict;
    server->sql.strict_only = client->sql.strict;
    server->sql.encryption = AK_TDS_ENCRYPTION_ON;
    server->confidence[AK_PARTY_PART_SQL] = AK_CONFIDENCE_HIGH;
}

static bool make_parties(const struct ak_view *v, const struct ak_host *host,
                         struct ak_case_parties *room)
{
    if (!ak_party_of_host(host, AK_SIDE_SERVER, host->name, &room->server))
        return false;
    client_of(v, &room->client);
    const struct ak_sql_instance *instance = ak_case_instance(host, v->c);
    if (instance != NULL && room->client.sql.known) {
        ak_party_sql_server(&room->server, instance);
        ak_talk_server(instance, &room->server);
    }
    show_hello_came(&room->client, &room->server);
    show_certificate(v, &room->server);
    return true;
}

/* A hello without supported_versions does not tell its lowest version. That does not matter when
 * the highest one was chosen, nor when the server has none below it. */
static bool lowest_matters(const struct ak_view *v, const struct ak_party *server,
                           const struct ak_negotiation *n)
{
    bool below = false;
    for (unsigned at = AK_PARTY_TLS10; at < AK_PARTY_VERSIONS; at++)
        below =
            below || (ak_party_version_code((enum ak_party_version_at)at) < v->hello->max_version &&
                      ak_party_version_on(server, (enum ak_party_version_at)at));
    return below && n->version != v->hello->max_version;
}

static void negotiate(const struct ak_view *v, struct ak_case_parties *room,
                      struct ak_negotiation *n)
{
    ak_negotiate(&room->client, &room->server, n);
    if (v->hello->has_supported_versions || lowest_matters(v, &room->server, n))
        return;
    room->client.confidence[AK_PARTY_PART_VERSIONS] = AK_CONFIDENCE_HIGH;
    ak_negotiate(&room->client, &room->server, n);
}

/* ---- which rule it is ---- */

static bool build_decides(const struct ak_view *v, const struct ak_host *host,
                          const struct ak_party *client)
{
    const struct ak_sql_instance *instance = ak_case_instance(host, v->c);
    return instance != NULL && ak_talk_build(instance).tls12 == AK_BUILD_TLS12_NO &&
           ak_party_version_on(client, AK_PARTY_TLS12) &&
           (ak_host_versions(host, AK_SCHANNEL_SERVER, false) & AK_SCHANNEL_VERSION_TLS12) != 0;
}

/* A suite that both would have is one of those that the key takes from the server. */
static bool rsa_decides(const struct ak_host *host, const struct ak_party *client)
{
    for (size_t i = 0; ak_host_rsa_off(host) != NULL && i < host->suite_count; i++) {
        const struct ak_party_suite *mine = ak_party_suite_find(client, host->suites[i].code);
        if (host->suites[i].removed == AK_WHY_ALGORITHM_OFF && mine != NULL && mine->on)
            return true;
    }
    return false;
}

static const char *rule_of(const struct ak_view *v, const struct ak_host *host,
                           const struct ak_party *client, const struct ak_negotiation *n)
{
    if (n->refusal == AK_REFUSAL_NO_COMMON_VERSION && build_decides(v, host, client))
        return "server-build-too-old";
    if (n->refusal == AK_REFUSAL_NO_COMMON_SUITE && rsa_decides(host, client))
        return "rsa-key-exchange-disabled";
    return ak_refusal_rule(n->refusal);
}

/* ---- how sure it is ---- */

static bool is_whole(const struct ak_host *host)
{
    for (size_t i = 0; i < host->source_count; i++) {
        const struct ak_host_source *s = &host->sources[i];
        if (s->damaged != 0 || s->too_many || (s->dirty && !s->replayed))
            return false;
    }
    return true;
}

/* The server chose a suite with others that this client offers, too, at this version. */
static bool suite_in_common(const struct ak_view *v, uint16_t version)
{
    for (size_t i = 0; v->server != NULL && i < v->server->suite_count; i++)
        if (v->server->suite[i].version == version &&
            ak_u16_list_has(&v->hello->cipher_suites, v->server->suite[i].suite))
            return true;
    return false;
}

static bool lists_told(const struct ak_view *v, const struct ak_host *host,
                       const struct ak_case_forecast *f)
{
    enum ak_refusal refusal = f->n.refusal;
    bool suites = ak_host_list_told(host, host->suites_origin);
    if (strcmp(f->rule, "rsa-key-exchange-disabled") == 0)
        return false; /* keys without support since Windows Server 2008 */
    if (refusal == AK_REFUSAL_NO_COMMON_SUITE)
        return suites;
    if (refusal == AK_REFUSAL_CERTIFICATE_HASH_REFUSED ||
        refusal == AK_REFUSAL_SIGNATURE_ALGORITHM_MISMATCH)
        return suites || suite_in_common(v, f->n.version);
    return refusal != AK_REFUSAL_NO_COMMON_GROUP || ak_host_list_told(host, host->groups_origin);
}

/* An alert that such a refusal does not give. Schannel sends 70, 40 or 71, SQL Server often none.
 */
static bool alert_fits(const struct ak_view *v, enum ak_refusal refusal)
{
    static const uint8_t version[] = {70, 40, 0}, other[] = {40, 71, 47, 0};
    const struct ak_alert *alert = ak_fatal_alert(v->c, AK_SIDE_SERVER);
    return alert == NULL ||
           ak_alert_among(alert, refusal == AK_REFUSAL_NO_COMMON_VERSION ? version : other);
}

/* Each certificate that the server showed could be used with RSA key exchange. */
static bool shows_rsa_alone(const struct ak_view *v)
{
    for (size_t i = 0; v->server != NULL && i < v->server->leaf_count; i++)
        if (!v->server->leaf[i]->readable || v->server->leaf[i]->facts.key_type != AK_KEY_RSA)
            return false;
    return v->server != NULL && v->server->leaf_count != 0;
}

/* The refusal was seen whole, and nothing speaks against the settings' being those in force. */
static bool settings_held(const struct ak_view *v, const struct ak_met_host *server,
                          const struct ak_case_forecast *f)
{
    const struct ak_conversation *c = v->c;
    bool seen = !c->hole && !c->truncated && !c->begun_before && !c->direction_guessed;
    return seen && server->by >= AK_MET_BY_CERTIFICATE && is_whole(server->host) &&
           !ak_case_runs_another(server->host, c) && f->pending == NULL && f->later == NULL &&
           alert_fits(v, f->n.refusal);
}

static enum ak_grade grade_of(const struct ak_view *v, const struct ak_met_host *server,
                              const struct ak_case_forecast *f)
{
    bool sure = settings_held(v, server, f) && lists_told(v, server->host, f);
    enum ak_grade grade = sure ? AK_GRADE_CERTAIN : AK_GRADE_LIKELY;
    grade = ak_grade_cap(grade, f->n.confidence);
    return ak_grade_cap(grade, ak_host_told(server->host));
}

/* Keys that took away suites have no support since Windows Server 2008: what they do, the server's
 * log has to say. Then nothing is left in doubt but its certificate. */
static enum ak_grade logged_grade(const struct ak_view *v, const struct ak_met_host *server,
                                  const struct ak_case_forecast *f)
{
    if (strcmp(f->rule, "rsa-key-exchange-disabled") != 0 || !settings_held(v, server, f) ||
        !shows_rsa_alone(v) || !ak_host_list_told(server->host, server->host->suites_origin))
        return f->grade;
    return ak_grade_cap(AK_GRADE_CERTAIN, ak_host_told(server->host));
}

/* ---- times ---- */

static void look_at(const struct ak_setting *s, const char *key, const struct ak_conversation *c,
                    const struct ak_host *host, struct ak_case_forecast *f)
{
    if (!s->present || s->written == 0)
        return;
    bool later = s->written > c->last_time;
    if (later && (f->later == NULL || s->written > f->later->written)) {
        f->later = s;
        (void)snprintf(f->later_key, sizeof f->later_key, "%s", key);
    }
    if (!later && (f->latest == NULL || s->written > f->latest->written)) {
        f->latest = s;
        (void)snprintf(f->latest_key, sizeof f->latest_key, "%s", key);
    }
    if (!later && host->shutdown != 0 && s->written > host->shutdown &&
        (f->pending == NULL || s->written > f->pending->written)) {
        f->pending = s;
        (void)snprintf(f->pending_key, sizeof f->pending_key, "%s", key);
    }
}

static void look_at_times(const struct ak_conversation *c, const struct ak_host *host,
                          struct ak_case_forecast *f)
{
    for (unsigned p = 0; p < AK_SCHANNEL_PROTOCOLS; p++) {
        const struct ak_host_protocol *x = &host->protocols[AK_SCHANNEL_SERVER][p];
        char key[80];
        (void)snprintf(key, sizeof key, "SCHANNEL\\Protocols\\%s\\Server",
                       ak_schannel_protocol_name((enum ak_schannel_protocol)p));
        look_at(&x->enabled, key, c, host, f);
        look_at(&x->disabled_by_default, key, c, host, f);
    }
    look_at(&host->suites_list, "Cryptography\\Configuration\\...\\SSL\\00010002", c, host, f);
    for (size_t i = 0; i < host->algorithm_count; i++) {
        char key[80];
        (void)snprintf(key, sizeof key, "SCHANNEL\\%s\\%s", host->algorithms[i].kind,
                       host->algorithms[i].name);
        look_at(&host->algorithms[i].enabled, key, c, host, f);
    }
}

static bool refused_by_server(const struct ak_conversation *c)
{
    return c->outcome == AK_OUTCOME_FAILED && c->stage == AK_STAGE_P3 &&
           c->closed_by == AK_SIDE_SERVER;
}

void ak_case_predict(const struct ak_view *v, const struct ak_met_host side[AK_SIDES],
                     struct ak_case_parties *room, struct ak_case_forecast *f)
{
    const struct ak_met_host *server = &side[AK_SIDE_SERVER];
    memset(f, 0, sizeof *f);
    if (server->host == NULL || v->hello == NULL || !make_parties(v, server->host, room))
        return;
    negotiate(v, room, &f->n);
    f->made = true;
    for (size_t i = 0; i < room->server.suite_count; i++)
        f->suites += room->server.suites[i].on;
    f->speaks = ak_host_versions(server->host, AK_SCHANNEL_SERVER, false);
    look_at_times(v->c, server->host, f);
    if (!refused_by_server(v->c))
        return;
    f->contradicts = f->n.established;
    if (f->n.established || f->n.no_tls || f->n.stage != AK_STAGE_P3 ||
        f->n.ended_by != AK_SIDE_SERVER)
        return;
    f->rule = rule_of(v, server->host, &room->client, &f->n);
    if (f->rule == NULL)
        return;
    f->grade = grade_of(v, server, f);
    f->logged = logged_grade(v, server, f);
}
