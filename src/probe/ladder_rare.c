/* SPDX-License-Identifier: Apache-2.0 */
#include "model/tls_names.h"
#include "probe/ladder_state.h"

#include "base/banned.h"

/* Attempts of a special kind: the leading-zero probe, and suites outside the wide hello. */

enum { CHUNK = 64 }; /* suites of one hello: old stacks refuse a longer list */

bool ak_ladder_is_dhe(uint16_t suite)
{
    const struct ak_cipher_suite *s = suite != 0 ? ak_cipher_suite_find(suite) : NULL;
    return s != NULL && s->key_exchange == AK_KX_DHE;
}

/* ---- leading zeros ---- */

bool ak_ladder_zero(struct ak_ladder *l, enum ak_dhe_zero_form *form)
{
    *form = ak_dhe_zero_next(l->zero);
    if (l->zero_over || *form == AK_DHE_ZERO_FORMS)
        return false;
    l->asking = l->wide;
    ak_party_version_range(&l->asking, AK_PARTY_TLS10, AK_PARTY_TLS12, "offered");
    l->zero_plan.form = *form;
    return true;
}

static enum ak_zero_verdict verdict_of(const struct ak_ladder *l)
{
    switch (ak_dhe_zero_judge(l->zero)) {
    case AK_DHE_ZERO_CORRECT:
        return AK_ZERO_CORRECT;
    case AK_DHE_ZERO_FAULTY_Z:
    case AK_DHE_ZERO_FAULTY_BOTH:
        return AK_ZERO_KEEPS;
    case AK_DHE_ZERO_FAULTY_YC:
        return AK_ZERO_REFUSES_YC;
    default:
        return AK_ZERO_NOT_SHOWN;
    }
}

bool ak_ladder_zero_done(struct ak_ladder *l, const struct ak_probe_result *r)
{
    enum ak_dhe_zero_form form = l->zero_plan.form;
    l->zero[form] = ak_dhe_zero_answer_of(r);
    l->offer.zero_connections++;
    l->zero_over = l->zero[form] == AK_DHE_ZERO_UNASKED;
    bool no_dhe = !r->has_server_hello && l->offer.zero_connections == 1;
    l->offer.zero = (uint8_t)(no_dhe ? AK_ZERO_NO_DHE : verdict_of(l));
    return l->zero[form] == AK_DHE_ZERO_REFUSED && form != AK_DHE_ZERO_Z_UNSTRIPPED;
}

/* ---- rare suites ---- */

static bool is_rare(const struct ak_ladder *l, const struct ak_cipher_suite *s)
{
    bool usual_way = s->key_exchange == AK_KX_RSA || s->key_exchange == AK_KX_DHE ||
                     s->key_exchange == AK_KX_ECDHE || s->key_exchange == AK_KX_DH ||
                     s->key_exchange == AK_KX_ECDH;
    bool proves = s->authentication == AK_AUTH_RSA || s->authentication == AK_AUTH_ECDSA ||
                  s->authentication == AK_AUTH_DSS;
    return usual_way && proves && s->cipher != AK_CIPHER_NULL && s->min_version <= 0x0303 &&
           ak_party_suite_find(&l->wide, s->code) == NULL;
}

bool ak_ladder_rare(struct ak_ladder *l)
{
    const struct ak_cipher_suite *s;
    for (size_t i = 0; i < AK_OFFER_VERSIONS; i++)
        if (l->offer.version[i].tried == AK_TRIED_ACCEPTED)
            return false;
    l->asking = l->wide;
    l->asking.suite_count = 0;
    ak_party_version_range(&l->asking, AK_PARTY_TLS10, AK_PARTY_TLS12, "offered");
    while (l->asking.suite_count < CHUNK && (s = ak_cipher_suite_at(l->at)) != NULL) {
        if (is_rare(l, s))
            (void)ak_party_suite_add(&l->asking, s->code, true);
        l->at++;
    }
    return l->asking.suite_count != 0;
}

void ak_ladder_rare_done(struct ak_ladder *l, const struct ak_probe_result *r)
{
    size_t at = ak_ladder_answered(r) ? ak_offer_version_at(r->version) : AK_OFFER_VERSIONS;
    if (at == AK_OFFER_VERSIONS)
        return;
    struct ak_offer_version *v = &l->offer.version[at];
    l->offer.rare = true;
    v->tried = AK_TRIED_ACCEPTED;
    v->suites[0] = r->suite;
    v->suite_count = 1;
    (void)ak_party_suite_add(&l->wide, r->suite, true);
}
