/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "model/sql_names.h"
#include "probe/ladder_state.h"

#include "base/banned.h"

/* What the result of each attempt means, and which phase follows from it. */

/* True: a client that comes back fails although it got through before. */
static bool done_resume(struct ak_ladder *l, const struct ak_probe_result *r)
{
    bool failed =
        l->plan.session != NULL && r->stage >= AK_STAGE_P3 && r->end != AK_PROBE_END_REACHED;
    l->phase = PHASE_OLD;
    l->offer.failed += failed;
    return failed;
}

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

/* A HelloRetryRequest names version, suite and group as a ServerHello does. */
bool ak_ladder_answered(const struct ak_probe_result *r)
{
    return r->has_server_hello || r->hello_retry;
}

static void done_client(struct ak_ladder *l, const struct ak_probe_result *r)
{
    bool again = l->phase == PHASE_AGAIN;
    if (reached(r)) {
        /* The server's flight alone is not yet a connection: the complete attempt tells. */
        l->lowest = r->version != 0 ? r->version : 0x0304;
        l->chosen = r->suite;
        bool more = l->setting.own_hello && !again && ak_ladder_can_complete(l, &l->client);
        l->offer.worked += !more;
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
        l->setting.own_hello = l->named;
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
    bool accepted = ak_ladder_answered(r) && r->version == l->current.code;
    size_t instead = ak_ladder_answered(r) ? ak_offer_version_at(r->version) : AK_OFFER_VERSIONS;
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
    if (ak_ladder_answered(r) && r->version == l->current.code && !known) {
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
    /* Two connections went into the guess: the named client's own hello only if it fails. */
    if (ak_ladder_can_complete(l, &l->client))
        l->setting.own_hello = false;
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
        return done_resume(l, r);
    case AK_PURPOSE_RESUME:
        return done_resume(l, r);
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
