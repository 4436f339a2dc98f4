/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/ladder.h"

#include <stdio.h>
#include <string.h>

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

/* A client that comes back fails although it got through before. */
static bool resumption_failed(const struct ak_ladder *l, const struct ak_probe_result *r)
{
    return l->plan.session != NULL && r->stage >= AK_STAGE_P3 && r->end != AK_PROBE_END_REACHED;
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

/* Can OpenSSL say what this party offers at all? It lacks old suites and versions. */
static bool can_complete(const struct ak_ladder *l, const struct ak_party *party)
{
    struct ak_hello_plan hello = l->setting.plan.hello;
    const char *reason;
    hello.client = party;
    SSL_CTX *context = ak_openssl_context(&hello, &reason);
    SSL_CTX_free(context);
    return context != NULL;
}

static bool ask_proof(struct ak_ladder *l)
{
    if (!ak_ladder_prove(l))
        return false;
    l->own_proof = l->own_proof || !can_complete(l, &l->trying);
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
        return can_complete(l, &l->client) &&
               ask(l, AK_PURPOSE_COMPLETE, &l->client, full_depth(l));
    case PHASE_SETTING:
        return l->setting.plan.way == AK_PROBE_TDS && ask_setting(l);
    case PHASE_RESUME:
        return l->setting.plan.way != AK_PROBE_TDS && l->session != NULL && ask_resume(l);
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

/* ---- what a result means ---- */

static bool reached(const struct ak_probe_result *r)
{
    return r->end == AK_PROBE_END_REACHED;
}

static enum ak_tried tried_of(const struct ak_probe_result *r, bool accepted)
{
    if (accepted)
        return AK_TRIED_ACCEPTED;
    bool refused = r->end == AK_PROBE_END_ALERT || r->end == AK_PROBE_END_FIN ||
                   r->end == AK_PROBE_END_RST || r->end == AK_PROBE_END_REJECTED;
    return refused ? AK_TRIED_REFUSED : AK_TRIED_UNCLEAR;
}

static bool same_end(const struct ak_probe_result *a, const struct ak_probe_result *b)
{
    return a->end == b->end && a->stage == b->stage && a->alert.code == b->alert.code;
}

/* This side turned a version down that the server chose; not a certificate, not a key. */
static bool old_version_refused(const struct ak_probe_result *r)
{
    enum { PROTOCOL_VERSION = 70 };
    return r->stage == AK_STAGE_P4 && r->end == AK_PROBE_END_REJECTED &&
           r->own_alert == PROTOCOL_VERSION;
}

/* Twice the same failure: which way leads on? */
static enum phase way_on(const struct ak_ladder *l, const struct ak_probe_result *r)
{
    enum ak_probe_way way = l->setting.plan.way;
    if (r->end == AK_PROBE_END_STOPPED || r->end == AK_PROBE_END_DECLINED)
        return PHASE_END;
    if (way == AK_PROBE_TDS && r->stage == AK_STAGE_P1)
        return PHASE_FORM;
    if (way == AK_PROBE_STRICT && r->stage == AK_STAGE_P3 && r->end != AK_PROBE_END_ALERT)
        return PHASE_FORM;
    bool own = r->end == AK_PROBE_END_REJECTED && l->setting.zero;
    if ((r->stage == AK_STAGE_P5 || own) && ak_ladder_is_dhe(r->suite))
        return PHASE_ZERO;
    if (r->stage == AK_STAGE_P3 || old_version_refused(r))
        return PHASE_VERSIONS;
    return PHASE_END;
}

static void done_client(struct ak_ladder *l, const struct ak_probe_result *r)
{
    bool again = l->phase == PHASE_AGAIN;
    if (reached(r)) {
        /* The server's flight alone is not yet a connection: the complete attempt tells. */
        bool more = l->setting.own_hello && !again && can_complete(l, &l->client);
        l->offer.worked += !more;
        l->lowest = r->version != 0 ? r->version : 0x0304;
        l->phase = l->setting.own_hello && !again ? PHASE_COMPLETE : PHASE_SETTING;
        /* It failed once and works now: with Diffie-Hellman that is the leading zero's way. */
        if (again && l->first.stage == AK_STAGE_P5 && ak_ladder_is_dhe(l->first.suite))
            l->phase = PHASE_ZERO;
        return;
    }
    l->offer.failed++;
    if (!again) {
        bool far = r->stage != AK_STAGE_P0 && r->end != AK_PROBE_END_STOPPED;
        l->first = *r;
        if (l->setting.guessed && far && way_on(l, r) == PHASE_FORM) {
            l->phase = PHASE_FORM;
            return;
        }
        l->phase = far ? PHASE_AGAIN : PHASE_END;
        return;
    }
    l->offer.asked = true;
    l->offer.refused = same_end(&l->first, r) && r->stage <= AK_STAGE_P4;
    l->phase = way_on(l, r);
}

static void done_complete(struct ak_ladder *l, const struct ak_probe_result *r)
{
    bool lacking = r->end == AK_PROBE_END_NOTHING;
    l->offer.worked += reached(r) || lacking;
    l->offer.failed += !reached(r) && !lacking;
    l->phase = PHASE_SETTING;
    if (reached(r) || lacking)
        return;
    l->offer.asked = true;
    l->offer.refused = r->end == AK_PROBE_END_REJECTED;
    /* With Diffie-Hellman one handshake in 256 may end at the Finished: that is worth the probe. */
    l->phase = l->offer.refused || r->stage == AK_STAGE_P5 ? way_on(l, r) : PHASE_END;
}

static void done_version(struct ak_ladder *l, const struct ak_probe_result *r)
{
    struct ak_offer_version *v = &l->offer.version[ak_offer_version_at(l->current.code)];
    bool accepted = r->has_server_hello && r->version == l->current.code;
    size_t instead = r->has_server_hello ? ak_offer_version_at(r->version) : AK_OFFER_VERSIONS;
    v->tried = (uint8_t)tried_of(r, accepted);
    if (r->end == AK_PROBE_END_TIMEOUT && l->first.end == AK_PROBE_END_TIMEOUT) {
        l->phase = PHASE_END; /* it is silent to every hello: more of them tell nothing */
        return;
    }
    if (!accepted && instead < AK_OFFER_VERSIONS) { /* it chose an older one without asking */
        v->tried = AK_TRIED_REFUSED;
        l->offer.version[instead].tried = AK_TRIED_ACCEPTED;
    }
    if (accepted && r->suite != 0 && v->suite_count == 0)
        v->suites[v->suite_count++] = r->suite;
    if (!accepted) {
        v->close = r->end == AK_PROBE_END_ALERT ? AK_CLOSE_ALERT
                   : r->end == AK_PROBE_END_FIN ? AK_CLOSE_FIN
                   : r->end == AK_PROBE_END_RST ? AK_CLOSE_RST
                                                : AK_CLOSE_TIMEOUT;
        v->alert = r->end == AK_PROBE_END_ALERT ? r->alert.code : 0;
    }
}

static void done_suite(struct ak_ladder *l, const struct ak_probe_result *r)
{
    struct ak_offer_version *v = &l->offer.version[ak_offer_version_at(l->current.code)];
    bool known = false;
    for (size_t i = 0; i < v->suite_count; i++)
        known = known || v->suites[i] == r->suite;
    if (r->has_server_hello && r->version == l->current.code && !known) {
        v->suites[v->suite_count++] = r->suite;
        return;
    }
    v->suites_complete = tried_of(r, false) == AK_TRIED_REFUSED;
    l->phase = PHASE_END;
}

/* TLS, and no word of TDS: asked again as that. */
static void begin_as_tls(struct ak_ladder *l)
{
    const struct ak_offer was = l->offer;
    for (size_t i = 0; i < was.chain_count; i++)
        ak_certificate_drop(was.chain[i]);
    memset(&l->offer, 0, sizeof l->offer);
    l->offer.end = was.end;
    l->offer.source = was.source;
    l->offer.name = was.name;
    l->offer.client = was.client;
    l->offer.attempts = was.attempts;
    l->offer.cause = AK_HELLO_PARTS;
    l->offer.proof.also = AK_HELLO_PARTS;
    l->offer.protocol = AK_PROTOCOL_TLS;
    l->offer.not_tds = true;
    l->setting.plan.way = AK_PROBE_TLS;
    l->setting.guessed = false;
    l->client = *l->setting.client;
    ak_party_version_set(&l->wide, AK_PARTY_TLS13, AK_SWITCH_ON, "offered");
    l->phase = PHASE_CLIENT;
}

static void done_form(struct ak_ladder *l, const struct ak_probe_result *r)
{
    bool strict = r->has_server_hello && r->has_reply;
    l->phase = PHASE_END;
    if (l->setting.plan.way != AK_PROBE_TDS) {
        l->offer.tds7 = (uint8_t)tried_of(r, r->has_reply);
        return;
    }
    if (strict) { /* this form is refused, that one answered: two hellos agree */
        l->offer.asked = true;
        l->offer.refused = true;
    }
    l->offer.strict = (uint8_t)(strict                ? AK_TRIED_ACCEPTED
                                : r->has_server_hello ? AK_TRIED_UNCLEAR
                                                      : tried_of(r, false));
    bool tls = r->has_server_hello || r->end == AK_PROBE_END_ALERT;
    if (!strict && tls && l->setting.guessed)
        begin_as_tls(l);
}

static void done_old(struct ak_ladder *l, const struct ak_probe_result *r)
{
    bool accepted = r->has_server_hello && r->version <= 0x0302 && r->version >= 0x0301;
    enum ak_tried tried = tried_of(r, accepted);
    if (accepted) {
        struct ak_offer_version *v = &l->offer.version[ak_offer_version_at(r->version)];
        v->tried = AK_TRIED_ACCEPTED;
        if (v->suite_count == 0)
            v->suites[v->suite_count++] = r->suite;
    } else {
        l->offer.version[ak_offer_version_at(0x0301)].tried = (uint8_t)tried;
        l->offer.version[ak_offer_version_at(0x0302)].tried = (uint8_t)tried;
    }
    l->phase = PHASE_ZERO;
    if (!l->setting.zero)
        l->phase = PHASE_END;
}

static void note_forms(struct ak_ladder *l, const struct ak_probe_result *r)
{
    if (r->has_reply && l->plan.way == AK_PROBE_TDS)
        l->offer.tds7 = AK_TRIED_ACCEPTED;
    if (r->has_server_hello && l->plan.way == AK_PROBE_STRICT && l->current.judged)
        l->offer.strict = AK_TRIED_ACCEPTED;
    if (r->packet_size != 0)
        l->offer.packet_size = r->packet_size;
    if (r->login_error != 0) {
        l->offer.login_error = r->login_error;
        (void)snprintf(l->offer.login_text, sizeof l->offer.login_text, "%s", r->login_text);
    }
    for (size_t i = 0; l->offer.chain_count == i && i < r->chain_count; i++)
        l->offer.chain[l->offer.chain_count++] = ak_certificate_keep(r->chain[i]);
    if (r->has_server_hello && l->current.judged) {
        size_t at = ak_offer_version_at(r->version);
        if (at < AK_OFFER_VERSIONS)
            l->offer.version[at].tried = AK_TRIED_ACCEPTED;
    }
}

bool ak_ladder_done(struct ak_ladder *l, const struct ak_probe_result *r, uint64_t conversation)
{
    note_forms(l, r);
    if (r->end == AK_PROBE_END_STOPPED) {
        l->phase = PHASE_END;
        return false;
    }
    switch (l->current.purpose) {
    case AK_PURPOSE_CLIENT:
        done_client(l, r);
        break;
    case AK_PURPOSE_COMPLETE:
        done_complete(l, r);
        break;
    case AK_PURPOSE_SETTING:
        if (r->has_encryption)
            l->offer.encryption_off = (r->encryption & 0x1f) == AK_TDS_ENCRYPTION_OFF
                                          ? AK_TRIED_ACCEPTED
                                          : AK_TRIED_REFUSED;
        l->phase = PHASE_OLD;
        l->offer.failed += resumption_failed(l, r);
        return resumption_failed(l, r);
    case AK_PURPOSE_RESUME:
        l->phase = PHASE_OLD;
        l->offer.failed += resumption_failed(l, r);
        return resumption_failed(l, r);
    case AK_PURPOSE_OLD:
        done_old(l, r);
        break;
    case AK_PURPOSE_FORM:
        done_form(l, r);
        break;
    case AK_PURPOSE_VERSION:
        done_version(l, r);
        break;
    case AK_PURPOSE_WIDEN:
        ak_ladder_widened(l, r);
        break;
    case AK_PURPOSE_SUITE:
        done_suite(l, r);
        break;
    case AK_PURPOSE_PROOF:
        ak_ladder_proved(l, r, conversation);
        break;
    case AK_PURPOSE_RARE:
        ak_ladder_rare_done(l, r);
        break;
    case AK_PURPOSE_ZERO:
        return ak_ladder_zero_done(l, r);
    }
    return l->current.judged;
}
