/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/ladder_state.h"

#include <string.h>

#include "base/banned.h"

/* ---- widening one part ---- */

static bool add_missing(struct ak_party_list *list, const struct ak_party_list *wide)
{
    bool more = false;
    if (!list->known)
        return false;
    for (size_t i = 0; i < wide->count; i++) {
        more = more || !ak_party_list_has(list, wide->entries[i].code);
        (void)ak_party_list_add(list, wide->entries[i].code, true);
    }
    return more;
}

static bool add_versions(struct ak_ladder *l)
{
    bool more = false;
    for (int i = AK_PARTY_SSL30; i < AK_PARTY_VERSIONS; i++) {
        enum ak_party_version_at at = (enum ak_party_version_at)i;
        uint8_t tried = l->offer.version[ak_offer_version_at(ak_party_version_code(at))].tried;
        if (tried != AK_TRIED_ACCEPTED || ak_party_version_on(&l->client, at))
            continue;
        ak_party_version_set(&l->trying, at, AK_SWITCH_ON, "offered");
        more = true;
    }
    return more;
}

static bool add_suites(struct ak_ladder *l)
{
    bool more = false;
    for (size_t i = 0; i < l->wide.suite_count; i++) {
        const struct ak_party_suite *s = ak_party_suite_find(&l->client, l->wide.suites[i].code);
        more = more || s == NULL || !s->on;
        (void)ak_party_suite_add(&l->trying, l->wide.suites[i].code, true);
    }
    return more;
}

static bool any_version(const struct ak_ladder *l)
{
    for (size_t i = 0; i < AK_OFFER_VERSIONS; i++)
        if (l->offer.version[i].tried == AK_TRIED_ACCEPTED)
            return true;
    return false;
}

bool ak_ladder_widen(struct ak_ladder *l, enum ak_hello_part part)
{
    const struct ak_hello_plan *hello = &l->setting.plan.hello;
    l->trying = l->client;
    /* Without a version in common nothing else can help; but wide hellos carry the client's name
     * and ALPN, so a server that refuses these refused every version. */
    bool named = part == AK_HELLO_NAME || part == AK_HELLO_ALPN;
    if (l->common == 0 && part != AK_HELLO_VERSIONS && (!named || any_version(l)))
        return false;
    switch (part) {
    case AK_HELLO_VERSIONS:
        return l->common == 0 && add_versions(l);
    case AK_HELLO_SUITES:
        return add_suites(l);
    case AK_HELLO_SCHEMES:
        return add_missing(&l->trying.schemes, &l->wide.schemes);
    case AK_HELLO_GROUPS:
        return add_missing(&l->trying.groups, &l->wide.groups);
    case AK_HELLO_EMS:
        l->trying.extended_master_secret = AK_NEED_SUPPORTED;
        return l->client.extended_master_secret == AK_NEED_NONE;
    case AK_HELLO_SIGNAL:
        l->trying.renegotiation_info = AK_NEED_SUPPORTED;
        return l->client.renegotiation_info == AK_NEED_NONE;
    case AK_HELLO_NAME:
        return hello->server_name != NULL;
    case AK_HELLO_ALPN:
        return hello->alpn != NULL && l->setting.plan.way != AK_PROBE_STRICT;
    default:
        return false;
    }
}

void ak_ladder_widen_plan(const struct ak_ladder *l, enum ak_hello_part part,
                          struct ak_probe_plan *plan)
{
    (void)l;
    if (part == AK_HELLO_NAME)
        plan->hello.server_name = NULL;
    if (part == AK_HELLO_ALPN)
        plan->hello.alpn = NULL;
    /* A hello that was captured cannot be changed in place: it is built anew from its lists. */
    plan->send_raw = false;
}

static void add_candidate(struct ak_ladder *l, enum ak_hello_part part, uint16_t code)
{
    for (size_t i = 0; i < l->candidates[part]; i++)
        if (l->candidate[part][i] == code)
            return;
    if (code != 0 && l->candidates[part] < LADDER_CANDIDATES)
        l->candidate[part][l->candidates[part]++] = code;
}

/* The schemes that stand for the signatures of the chain: what a server of before Windows 10 looks
 * for in the client's list. */
static void add_chain_schemes(struct ak_ladder *l, const struct ak_probe_result *r)
{
    static const uint16_t rsa[] = {[AK_SIGN_HASH_MD5] = 0x0101,    [AK_SIGN_HASH_SHA1] = 0x0201,
                                   [AK_SIGN_HASH_SHA224] = 0x0301, [AK_SIGN_HASH_SHA256] = 0x0401,
                                   [AK_SIGN_HASH_SHA384] = 0x0501, [AK_SIGN_HASH_SHA512] = 0x0601};
    for (size_t i = 0; i < r->chain_count; i++) {
        const struct ak_certificate *c = r->chain[i];
        if (!c->readable || (size_t)c->facts.sign_hash >= AK_COUNT(rsa) ||
            rsa[c->facts.sign_hash] == 0)
            continue;
        uint16_t code = rsa[c->facts.sign_hash];
        if (c->facts.sign_key == AK_KEY_EC)
            code = (uint16_t)(code + 2);
        add_candidate(l, AK_HELLO_SCHEMES, code);
    }
}

/* Versions were refused for a name that came with them: that says nothing about versions. */
static void forget_refusals(struct ak_ladder *l, uint16_t accepted)
{
    size_t at = ak_offer_version_at(accepted);
    if (l->common != 0)
        return;
    for (size_t i = 0; i < AK_OFFER_VERSIONS; i++)
        if (l->offer.version[i].tried == AK_TRIED_REFUSED)
            l->offer.version[i].tried = AK_TRIED_UNCLEAR;
    if (at < AK_OFFER_VERSIONS)
        l->offer.version[at].tried = AK_TRIED_ACCEPTED;
    l->common = accepted;
}

void ak_ladder_widened(struct ak_ladder *l, const struct ak_probe_result *r)
{
    enum ak_hello_part part = l->current.part;
    bool accepted = ak_ladder_answered(r);
    bool refused = r->end == AK_PROBE_END_ALERT || r->end == AK_PROBE_END_FIN ||
                   r->end == AK_PROBE_END_RST || r->end == AK_PROBE_END_REJECTED;
    l->offer.widened[part] = (uint8_t)(accepted  ? AK_TRIED_ACCEPTED
                                       : refused ? AK_TRIED_REFUSED
                                                 : AK_TRIED_UNCLEAR);
    if (!accepted)
        return;
    if (part == AK_HELLO_NAME || part == AK_HELLO_ALPN)
        forget_refusals(l, r->version);
    if (part == AK_HELLO_SUITES)
        add_candidate(l, part, r->suite);
    if (part == AK_HELLO_GROUPS)
        add_candidate(l, part, r->group);
    if (part == AK_HELLO_SCHEMES) {
        add_candidate(l, part, r->scheme);
        add_chain_schemes(l, r);
    }
}

/* ---- which part decides ---- */

void ak_ladder_compare_versions(struct ak_ladder *l)
{
    /* The newest first, but 1.0 to 1.2 before what weakens. */
    for (int i = AK_PARTY_TLS13; i >= AK_PARTY_SSL30; i--) {
        enum ak_party_version_at at = (enum ak_party_version_at)i;
        uint16_t code = ak_party_version_code(at);
        if (l->offer.version[ak_offer_version_at(code)].tried != AK_TRIED_ACCEPTED)
            continue;
        if (ak_party_version_on(&l->client, at)) {
            if (l->common == 0)
                l->common = code;
        } else {
            add_candidate(l, AK_HELLO_VERSIONS, code);
        }
    }
    /* TLS 1.2 is the change that every server of the last ten years can be asked for. */
    for (size_t i = 1; i < l->candidates[AK_HELLO_VERSIONS]; i++)
        if (l->candidate[AK_HELLO_VERSIONS][i] == 0x0303) {
            l->candidate[AK_HELLO_VERSIONS][i] = l->candidate[AK_HELLO_VERSIONS][0];
            l->candidate[AK_HELLO_VERSIONS][0] = 0x0303;
        }
}

/* A wider list of suites may get round what another list lacks (RSA key exchange needs no group),
 * so suites decide only when nothing narrower does. */
void ak_ladder_choose_cause(struct ak_ladder *l)
{
    static const enum ak_hello_part order[] = {AK_HELLO_GROUPS, AK_HELLO_SCHEMES, AK_HELLO_EMS,
                                               AK_HELLO_SIGNAL, AK_HELLO_NAME,    AK_HELLO_ALPN,
                                               AK_HELLO_SUITES, AK_HELLO_VERSIONS};
    l->cause = AK_HELLO_PARTS;
    l->offer.cause = AK_HELLO_PARTS;
    if (l->common == 0 && l->candidates[AK_HELLO_VERSIONS] != 0) {
        l->cause = AK_HELLO_VERSIONS;
        l->offer.cause = AK_HELLO_VERSIONS;
        return;
    }
    for (size_t i = 0; i < AK_COUNT(order) && l->cause == AK_HELLO_PARTS; i++)
        if (l->offer.widened[order[i]] == AK_TRIED_ACCEPTED)
            l->cause = order[i];
    l->offer.cause = (uint8_t)l->cause;
}

/* ---- proof ---- */

/* With those between it and what the client has: OpenSSL offers versions in a row alone. */
static void add_version(struct ak_ladder *l, enum ak_party_version_at at)
{
    int low = (int)at, high = (int)at, nearest = AK_PARTY_VERSIONS;
    for (int i = AK_PARTY_SSL30; i < AK_PARTY_VERSIONS; i++) {
        int far = i > (int)at ? i - (int)at : (int)at - i;
        if (!ak_party_version_on(&l->client, (enum ak_party_version_at)i) || far >= nearest)
            continue;
        nearest = far;
        low = i < (int)at ? i : (int)at;
        high = i > (int)at ? i : (int)at;
    }
    for (int i = low; i <= high; i++)
        ak_party_version_set(&l->trying, (enum ak_party_version_at)i, AK_SWITCH_ON, "offered");
}

static void change_one(struct ak_ladder *l, uint16_t code)
{
    switch (l->cause) {
    case AK_HELLO_VERSIONS:
        add_version(l, ak_party_version_of(code));
        break;
    case AK_HELLO_SUITES:
        (void)ak_party_suite_add(&l->trying, code, true);
        break;
    case AK_HELLO_SCHEMES:
        (void)ak_party_list_add(&l->trying.schemes, code, true);
        break;
    case AK_HELLO_GROUPS:
        (void)ak_party_list_add(&l->trying.groups, code, true);
        break;
    default:
        break;
    }
}

bool ak_ladder_prove(struct ak_ladder *l)
{
    if (l->cause == AK_HELLO_PARTS || l->offer.proof.found)
        return false;
    l->trying = l->client;
    if (l->candidate_at < l->candidates[l->cause]) {
        l->proving = l->candidate[l->cause][l->candidate_at];
        change_one(l, l->proving);
        return true;
    }
    if (!l->whole) {
        l->proving = 0;
        return ak_ladder_widen(l, l->cause);
    }
    if (l->cause != AK_HELLO_VERSIONS || l->with_suites)
        return false;
    /* A version that the client lacks, and the suite that the server chose there. */
    l->proving = l->candidate[l->cause][0];
    l->also = l->offer.version[ak_offer_version_at(l->proving)].suites[0];
    change_one(l, l->proving);
    (void)ak_party_suite_add(&l->trying, l->also, true);
    return l->also != 0;
}

void ak_ladder_proved(struct ak_ladder *l, const struct ak_probe_result *r, uint64_t conversation)
{
    struct ak_offer_proof *p = &l->offer.proof;
    if (ak_ladder_answered(r) && (r->completed || l->own_proof)) {
        p->found = true;
        p->part = (uint8_t)l->cause;
        p->code = l->proving;
        p->completed = r->completed;
        p->version = r->version;
        p->suite = r->suite;
        p->group = r->group;
        p->conversation = conversation;
        p->also = (uint8_t)(l->also != 0 ? AK_HELLO_SUITES : AK_HELLO_PARTS);
        p->also_code = l->also;
        return;
    }
    if (!l->own_proof) { /* OpenSSL may lack what was added: once more with our own hello */
        l->own_proof = true;
        return;
    }
    l->own_proof = false;
    if (l->whole)
        l->with_suites = true;
    else if (l->candidate_at < l->candidates[l->cause])
        l->candidate_at++;
    else
        l->whole = true;
}
