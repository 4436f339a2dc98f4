/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/fix_two.h"

#include <string.h>

#include "base/alloc.h"
#include "base/attr.h"
#include "diagnose/host_rules.h"
#include "model/sql_names.h"
#include "predict/changes.h"

#include "base/banned.h"

struct pair {
    struct ak_party client, server, scratch;
    struct ak_change changes[16];
    size_t count;
    const struct ak_finding *finding;
};

/* ---- the least change ---- */

static const struct {
    enum ak_change_kind kind;
    const char *set;
} kinds[] = {
    {AK_CHANGE_VERSION, "change:version"},   {AK_CHANGE_SUITE, "change:suite"},
    {AK_CHANGE_GROUP, "change:group"},       {AK_CHANGE_BOUND_RSA, "change:bound-rsa"},
    {AK_CHANGE_BOUND_DH, "change:bound-dh"}, {AK_CHANGE_DH_BITS, "change:dh-bits"},
    {AK_CHANGE_EMS, "change:ems"},           {AK_CHANGE_STRICT, "change:strict"},
};

static const struct ak_fix_about *set_of(enum ak_change_kind kind)
{
    for (size_t i = 0; i < AK_COUNT(kinds); i++)
        if (kinds[i].kind == kind)
            return ak_fix_about_find(kinds[i].set);
    return NULL;
}

static const char *protocol_name(uint16_t code)
{
    for (unsigned p = AK_SCHANNEL_PROTOCOL_SSL20; p <= AK_SCHANNEL_PROTOCOL_TLS13; p++)
        if (ak_schannel_protocol_code((enum ak_schannel_protocol)p) == code)
            return ak_schannel_protocol_name((enum ak_schannel_protocol)p);
    return NULL;
}

static const char *group_name(const struct ak_host *host, uint16_t code)
{
    for (size_t i = 0; host->system != NULL && i < host->system->group_count; i++)
        if (host->system->groups[i].code == code)
            return host->system->groups[i].name;
    return NULL;
}

static void side_place(const struct ak_finding *f, enum ak_side side, struct ak_fix_place *place)
{
    place->host = side == AK_SIDE_CLIENT ? f->host : f->other_host;
    place->role = side == AK_SIDE_CLIENT ? "Client" : "Server";
}

/* The instance that the server's answers come from, when its key has a name. */
static bool instance_place(const struct ak_finding *f, struct ak_fix_place *place)
{
    const struct ak_sql_instance *instance = ak_talk_instance(f->other_host);
    side_place(f, AK_SIDE_SERVER, place);
    place->instance = instance;
    return instance != NULL && instance->id[0] != '\0' && strchr(instance->id, '\\') == NULL;
}

/* The set that makes this change, with its placeholders; NULL: no value does. */
static const struct ak_fix_about *fill_place(struct pair *p, const struct ak_change *c,
                                             struct ak_fix_place *place)
{
    const struct ak_cipher_suite *suite = ak_cipher_suite_find(c->code);
    memset(place, 0, sizeof *place);
    side_place(p->finding, c->side, place);
    /* That a client begins with TLS its program says, and its driver. */
    if (c->kind == AK_CHANGE_STRICT)
        return c->side == AK_SIDE_SERVER && c->code == 0 && instance_place(p->finding, place)
                   ? set_of(c->kind)
                   : NULL;
    place->protocol = protocol_name(c->code);
    place->suite = suite != NULL ? suite->name : NULL;
    place->group = group_name(place->host, c->code);
    place->bits = c->bits;
    return c->kind == AK_CHANGE_VERSION && c->weakens ? ak_fix_about_find("change:old-version")
                                                      : set_of(c->kind);
}

/* The least change that is a setting and does not weaken; else one that does. What is only for
 * whoever asks comes last: where anything else helps it is not offered at all. */
static const struct ak_fix_about *least_change(struct pair *p, bool asked,
                                               struct ak_fix_place *place,
                                               enum ak_fix_answer *answer)
{
    const struct ak_fix_about *last = NULL;
    struct ak_fix_place at;
    for (unsigned weakens = 0; weakens < 2; weakens++)
        for (size_t i = 0; i < p->count; i++) {
            const struct ak_change *c = &p->changes[i];
            if (c->installs || c->weakens != (weakens != 0))
                continue;
            const struct ak_fix_about *about = fill_place(p, c, &at);
            if (about == NULL || (about->asked && last != NULL))
                continue;
            *place = at;
            if (!about->asked)
                return asked ? NULL : about;
            last = about;
        }
    if (last != NULL)
        *answer = AK_FIX_NOT_ASKED;
    return asked ? last : NULL;
}

/* ---- encryption that one side requires and the other does not have ---- */

/* A client that has no version of TLS says that it cannot encrypt. With TLS 1.2 it can. */
static bool tls12_encrypts(struct pair *p)
{
    struct ak_negotiation n;
    if (ak_host_versions(p->finding->host, AK_SCHANNEL_CLIENT, true) != 0 ||
        p->client.versions[AK_PARTY_TLS12].state == AK_SWITCH_ABSENT)
        return false;
    p->scratch = p->client;
    ak_party_version_set(&p->scratch, AK_PARTY_TLS12, AK_SWITCH_ON, "registry");
    p->scratch.sql.encryption = AK_TDS_ENCRYPTION_OFF;
    ak_negotiate(&p->scratch, &p->server, &n);
    return n.established;
}

/* Would the server serve this client without ForceEncryption, be it in clear? */
static bool unforced_serves(struct pair *p)
{
    struct ak_negotiation n;
    p->scratch = p->server;
    p->scratch.sql.encryption = AK_TDS_ENCRYPTION_OFF;
    ak_negotiate(&p->client, &p->scratch, &n);
    return p->server.sql.encryption == AK_TDS_ENCRYPTION_ON && (n.established || n.no_tls);
}

/* First a client that encrypts. The server gives way only to whoever asks for it. */
static const struct ak_fix_about *encryption(struct pair *p, bool asked, struct ak_fix_place *place,
                                             enum ak_fix_answer *answer)
{
    memset(place, 0, sizeof *place);
    if (!asked && tls12_encrypts(p)) {
        side_place(p->finding, AK_SIDE_CLIENT, place);
        place->protocol = ak_schannel_protocol_name(AK_SCHANNEL_PROTOCOL_TLS12);
        return ak_fix_about_find("change:version");
    }
    if (!unforced_serves(p) || !instance_place(p->finding, place))
        return NULL;
    *answer = AK_FIX_NOT_ASKED;
    return asked ? ak_fix_about_find("change:encryption") : NULL;
}

/* ---- suites that fail now and then ---- */

static bool takes_suites(const struct ak_fix_about *about)
{
    for (size_t i = 0; about != NULL && i < about->row_count; i++)
        if (about->rows[i].verb == AK_FIX_VERB_SUITES_DROP)
            return true;
    return false;
}

/* Would the two agree, and on something sound, if this side had no DHE suite? */
static bool agree_without_dhe(struct pair *p, enum ak_side side)
{
    struct ak_negotiation n;
    bool client = side == AK_SIDE_CLIENT;
    p->scratch = client ? p->client : p->server;
    for (size_t i = 0; i < p->scratch.suite_count; i++) {
        const struct ak_cipher_suite *s = ak_cipher_suite_find(p->scratch.suites[i].code);
        if (s != NULL && s->key_exchange == AK_KX_DHE)
            p->scratch.suites[i].on = false;
    }
    ak_negotiate(client ? &p->scratch : &p->client, client ? &p->server : &p->scratch, &n);
    return n.established && !(n.hazards & AK_HAZARD_DHE_LEADING_ZERO);
}

/* The side with the fault first: its other peers have it, too. */
static const struct ak_fix_about *without_dhe(struct pair *p, const struct ak_fix_about *about,
                                              struct ak_fix_place *place,
                                              enum ak_fix_answer *answer)
{
    enum ak_side first = p->finding->host->dhe_fixed ? AK_SIDE_SERVER : AK_SIDE_CLIENT;
    enum ak_side sides[] = {first, first == AK_SIDE_CLIENT ? AK_SIDE_SERVER : AK_SIDE_CLIENT};
    for (size_t i = 0; i < AK_COUNT(sides); i++) {
        if (!agree_without_dhe(p, sides[i]))
            continue;
        side_place(p->finding, sides[i], place);
        return about;
    }
    *answer = AK_FIX_NO_AGREEMENT;
    return NULL;
}

static bool conflict(const struct pair *p)
{
    struct ak_negotiation n;
    ak_negotiate(&p->client, &p->server, &n);
    return n.refusal == AK_REFUSAL_ENCRYPTION_SETTING_CONFLICT;
}

const struct ak_fix_about *ak_fix_of_two(const struct ak_finding *f, bool asked,
                                         struct ak_fix_place *place, enum ak_fix_answer *answer)
{
    struct pair *p = ak_alloc(1, sizeof *p);
    const struct ak_fix_about *about = ak_fix_about_find(f->rule->id);
    *answer = p == NULL ? AK_FIX_MEMORY : AK_FIX_NO_REMEDY;
    if (p == NULL)
        return NULL;
    p->finding = f;
    if (!ak_talk_parties(f->host, f->other_host, &p->client, &p->server)) {
        about = NULL;
    } else if (takes_suites(about)) {
        about = about->asked == asked ? without_dhe(p, about, place, answer) : NULL;
    } else if (conflict(p)) {
        about = encryption(p, asked, place, answer);
    } else {
        p->count = ak_negotiate_changes(&p->client, &p->server, &p->scratch, p->changes,
                                        AK_COUNT(p->changes));
        about = least_change(p, asked, place, answer);
    }
    ak_free(p);
    return about;
}
