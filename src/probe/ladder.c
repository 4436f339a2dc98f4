/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/ladder.h"

#include "base/alloc.h"
#include "model/sql_names.h"
#include "model/tls_names.h"
#include "probe/ladder_state.h"
#include "probe/openssl_options.h"

#include "base/banned.h"

const char *ak_purpose_name(enum ak_purpose purpose)
{
    static const char *const names[] = {
        "client",  "complete", "resume", "setting", "old-versions", "other-form",
        "version", "widen",    "suite",  "proof",   "rare-suites",  "leading-zero"};
    return names[purpose];
}

struct ak_ladder *ak_ladder_new(const struct ak_ladder_setting *setting)
{
    struct ak_ladder *l = ak_alloc(1, sizeof *l);
    if (l == NULL)
        return NULL;
    l->setting = *setting;
    l->named = setting->own_hello;
    l->client = *setting->client;
    bool tds7 = setting->plan.way == AK_PROBE_TDS;
    if (tds7 && l->client.sql.tls13_only_strict)
        ak_party_version_set(&l->client, AK_PARTY_TLS13, AK_SWITCH_OFF, "offered");
    ak_party_wide(&l->wide);
    if (tds7)
        ak_party_version_set(&l->wide, AK_PARTY_TLS13, AK_SWITCH_OFF, "offered");
    if (l->setting.most == 0 || l->setting.most > AK_MAX_CHECK_ATTEMPTS)
        l->setting.most = AK_MAX_CHECK_ATTEMPTS;
    l->offer.protocol = tds7                                   ? AK_PROTOCOL_TDS
                        : setting->plan.way == AK_PROBE_STRICT ? AK_PROTOCOL_TDS8
                                                               : AK_PROTOCOL_TLS;
    l->offer.name = setting->plan.hello.verify_name;
    l->offer.client = l->client.name;
    l->offer.cause = AK_HELLO_PARTS;
    l->offer.proof.also = AK_HELLO_PARTS;
    l->cause = AK_HELLO_PARTS;
    l->phase = PHASE_CLIENT;
    l->setting.guessed = setting->guessed && tds7;
    return l;
}

void ak_ladder_free(struct ak_ladder *l)
{
    for (size_t i = 0; l != NULL && i < l->offer.chain_count; i++)
        ak_certificate_drop(l->offer.chain[i]);
    if (l != NULL)
        ak_session_drop(l->session);
    ak_free(l);
}

struct ak_offer *ak_ladder_offer(struct ak_ladder *l)
{
    return &l->offer;
}

/* ---- plans ---- */

static bool ask(struct ak_ladder *l, enum ak_purpose purpose, const struct ak_party *party,
                enum ak_probe_depth depth)
{
    l->plan = l->setting.plan;
    l->plan.depth = depth;
    l->plan.hello.client = party;
    if (party != &l->client && party != &l->trying) { /* not the client's own hello */
        l->plan.hello.extensions = NULL;
        l->plan.hello.extension_count = 0;
        l->plan.send_raw = false;
    }
    l->current.purpose = purpose;
    l->current.part = AK_HELLO_PARTS;
    l->current.code = 0;
    l->current.judged = purpose == AK_PURPOSE_CLIENT || purpose == AK_PURPOSE_COMPLETE;
    l->current.plan = &l->plan;
    return true;
}

static enum ak_probe_depth full_depth(const struct ak_ladder *l)
{
    return l->setting.plan.login != NULL ? AK_PROBE_LOGIN : AK_PROBE_FINISH;
}

static bool ask_client(struct ak_ladder *l)
{
    return ask(l, AK_PURPOSE_CLIENT, &l->client,
               l->setting.own_hello ? AK_PROBE_FLIGHT : full_depth(l));
}

static void only_version(struct ak_party *party, enum ak_party_version_at at)
{
    for (int i = 0; i < AK_PARTY_VERSIONS; i++)
        ak_party_version_set(party, (enum ak_party_version_at)i,
                             i == (int)at ? AK_SWITCH_ON : AK_SWITCH_OFF, "offered");
}

static bool ask_version(struct ak_ladder *l)
{
    static const enum ak_party_version_at order[] = {AK_PARTY_TLS12, AK_PARTY_TLS10, AK_PARTY_TLS11,
                                                     AK_PARTY_TLS13, AK_PARTY_SSL30};
    while (l->at < AK_COUNT(order)) {
        enum ak_party_version_at at = order[l->at++];
        if (at == AK_PARTY_TLS13 && l->setting.plan.way == AK_PROBE_TDS)
            continue;
        l->asking = l->wide;
        only_version(&l->asking, at);
        ask(l, AK_PURPOSE_VERSION, &l->asking, AK_PROBE_HELLO);
        l->current.code = ak_party_version_code(at);
        return true;
    }
    return false;
}

static bool ask_old(struct ak_ladder *l)
{
    l->asking = l->wide;
    ak_party_version_range(&l->asking, AK_PARTY_TLS10, AK_PARTY_TLS11, "offered");
    return ask(l, AK_PURPOSE_OLD, &l->asking, AK_PROBE_HELLO);
}

void ak_ladder_session(struct ak_ladder *l, void *session)
{
    ak_session_drop(l->session);
    l->session = session;
}

/* With a session to resume it goes on to the end: one connection answers two questions. */
static bool ask_setting(struct ak_ladder *l)
{
    ask(l, AK_PURPOSE_SETTING, &l->client, l->session != NULL ? AK_PROBE_FINISH : AK_PROBE_ASK);
    l->plan.encryption = AK_TDS_ENCRYPTION_OFF;
    l->plan.session = l->session;
    return true;
}

static bool ask_resume(struct ak_ladder *l)
{
    ask(l, AK_PURPOSE_RESUME, &l->client, AK_PROBE_FINISH);
    l->plan.session = l->session;
    return true;
}

/* Does a server that refuses one form of TDS answer the other? */
static bool ask_form(struct ak_ladder *l)
{
    bool strict = l->setting.plan.way == AK_PROBE_TDS;
    l->asking = l->wide;
    ak_party_version_range(&l->asking, AK_PARTY_TLS12, AK_PARTY_TLS13, "offered");
    /* Only an answer to PRELOGIN inside TLS shows that it is SQL Server: others take any ALPN. */
    ask(l, AK_PURPOSE_FORM, &l->asking, strict ? AK_PROBE_INSIDE : AK_PROBE_ASK);
    l->plan.way = strict ? AK_PROBE_STRICT : AK_PROBE_TDS;
    l->plan.hello.alpn = strict ? "tds/8.0" : NULL;
    l->plan.encryption = AK_TDS_ENCRYPTION_ON;
    return true;
}

/* The next suite at the version that both sides have: those known are left out. */
static bool ask_suite(struct ak_ladder *l)
{
    struct ak_offer_version *v = &l->offer.version[ak_offer_version_at(l->common)];
    if (v->suite_count >= AK_MAX_OFFER_SUITES)
        return false;
    l->asking = l->wide;
    only_version(&l->asking, ak_party_version_of(l->common));
    size_t left = 0;
    for (size_t i = 0; i < l->asking.suite_count; i++) {
        struct ak_party_suite *s = &l->asking.suites[i];
        for (size_t k = 0; k < v->suite_count; k++)
            if (v->suites[k] == s->code)
                s->on = false;
        left += s->on;
    }
    if (left == 0) {
        v->suites_complete = true;
        return false;
    }
    ask(l, AK_PURPOSE_SUITE, &l->asking, AK_PROBE_HELLO);
    l->current.code = l->common;
    return true;
}

/* ---- which attempt is next ---- */

static bool ask_widened(struct ak_ladder *l)
{
    while (l->at < AK_HELLO_PARTS) {
        enum ak_hello_part part = (enum ak_hello_part)l->at++;
        if (!ak_ladder_widen(l, part))
            continue;
        ask(l, AK_PURPOSE_WIDEN, &l->trying,
            part == AK_HELLO_SCHEMES || part == AK_HELLO_GROUPS ? AK_PROBE_FLIGHT : AK_PROBE_HELLO);
        l->current.part = part;
        ak_ladder_widen_plan(l, part, &l->plan);
        return true;
    }
    return false;
}

static bool has_suite(const SSL_CTX *context, uint16_t code)
{
    STACK_OF(SSL_CIPHER) *ciphers = SSL_CTX_get_ciphers(context);
    for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); i++)
        if (SSL_CIPHER_get_protocol_id(sk_SSL_CIPHER_value(ciphers, i)) == code)
            return true;
    return false;
}

bool ak_ladder_can_complete(const struct ak_ladder *l, const struct ak_party *party)
{
    struct ak_hello_plan hello = l->setting.plan.hello;
    const char *reason;
    hello.client = party;
    SSL_CTX *context = ak_openssl_context(&hello, &reason);
    bool can = context != NULL;
    if (can && party == &l->client && l->chosen != 0)
        can = l->lowest > 0x0300 && has_suite(context, l->chosen);
    SSL_CTX_free(context);
    return can;
}

static bool ask_proof(struct ak_ladder *l)
{
    if (!ak_ladder_prove(l))
        return false;
    l->own_proof = l->own_proof || !ak_ladder_can_complete(l, &l->trying);
    ask(l, AK_PURPOSE_PROOF, &l->trying, l->own_proof ? AK_PROBE_FLIGHT : AK_PROBE_FINISH);
    l->current.part = l->cause;
    l->current.code = l->proving;
    ak_ladder_widen_plan(l, l->cause, &l->plan);
    return true;
}

static bool ask_zero(struct ak_ladder *l)
{
    enum ak_dhe_zero_form form;
    if (!ak_ladder_zero(l, &form))
        return false;
    ask(l, AK_PURPOSE_ZERO, &l->asking, AK_PROBE_FINISH);
    l->plan.dhe_zero = &l->zero_plan;
    l->current.code = (uint16_t)form;
    return true;
}

static bool next_of_phase(struct ak_ladder *l)
{
    switch (l->phase) {
    case PHASE_CLIENT:
    case PHASE_AGAIN:
        return ask_client(l);
    case PHASE_COMPLETE:
        return ak_ladder_can_complete(l, &l->client) &&
               ask(l, AK_PURPOSE_COMPLETE, &l->client, full_depth(l));
    case PHASE_SETTING:
        return l->setting.plan.way == AK_PROBE_TDS && ask_setting(l);
    case PHASE_RESUME:
        return l->setting.plan.way != AK_PROBE_TDS && l->session != NULL && l->made < 3 &&
               ask_resume(l);
    case PHASE_OLD:
        return l->lowest > 0x0302 && l->made < 3 && ask_old(l);
    case PHASE_FORM:
        return ask_form(l);
    case PHASE_VERSIONS:
        return ask_version(l);
    case PHASE_WIDEN:
        return ask_widened(l);
    case PHASE_SUITES:
        return l->cause == AK_HELLO_SUITES && l->common != 0 && ask_suite(l);
    case PHASE_PROOF:
        return ask_proof(l);
    case PHASE_RARE:
        return ak_ladder_rare(l) && ask(l, AK_PURPOSE_RARE, &l->asking, AK_PROBE_HELLO);
    case PHASE_ZERO:
        return ask_zero(l);
    default:
        return false;
    }
}

/* The phase that follows when this one has nothing more to ask. */
static void advance(struct ak_ladder *l)
{
    static const uint8_t next[] = {[PHASE_CLIENT] = PHASE_END,       [PHASE_AGAIN] = PHASE_END,
                                   [PHASE_COMPLETE] = PHASE_SETTING, [PHASE_SETTING] = PHASE_RESUME,
                                   [PHASE_RESUME] = PHASE_OLD,       [PHASE_OLD] = PHASE_ZERO,
                                   [PHASE_FORM] = PHASE_END,         [PHASE_VERSIONS] = PHASE_RARE,
                                   [PHASE_RARE] = PHASE_WIDEN,       [PHASE_ZERO] = PHASE_END,
                                   [PHASE_WIDEN] = PHASE_PROOF,      [PHASE_PROOF] = PHASE_SUITES,
                                   [PHASE_SUITES] = PHASE_END,       [PHASE_END] = PHASE_END};
    enum phase was = l->phase;
    l->phase = (enum phase)next[was];
    l->at = 0;
    if (l->phase == PHASE_ZERO && !l->setting.zero)
        l->phase = PHASE_END;
    if (was == PHASE_RARE)
        ak_ladder_compare_versions(l);
    if (was == PHASE_WIDEN)
        ak_ladder_choose_cause(l);
}

bool ak_ladder_next(struct ak_ladder *l, struct ak_ladder_try *out)
{
    while (l->phase != PHASE_END && l->made < l->setting.most) {
        if (next_of_phase(l)) {
            *out = l->current;
            l->made++;
            l->offer.attempts++;
            return true;
        }
        advance(l);
    }
    return false;
}
