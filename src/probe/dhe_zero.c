/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/dhe_zero.h"

#include <openssl/bn.h>

#include "base/attr.h"
#include "probe/attempt.h"

#include "base/banned.h"

/* One more multiplication by g and Ys makes the next exponent's values: a try costs microseconds.
 * One in 256 fits; that none of the most tries does has a chance of e^-32. */
enum { MOST_TRIES = 8192, LEAST_BITS = 256, EXPONENT = 32 };

enum ak_dhe_zero_answer ak_dhe_zero_answer_of(const struct ak_probe_result *result)
{
    if (result->completed)
        return AK_DHE_ZERO_ACCEPTED;
    bool asked = result->step[AK_STEP_CLIENT_FINISHED] != 0;
    bool said_no = result->end == AK_PROBE_END_ALERT || result->end == AK_PROBE_END_FIN ||
                   result->end == AK_PROBE_END_RST;
    return asked && said_no ? AK_DHE_ZERO_REFUSED : AK_DHE_ZERO_UNASKED;
}

enum ak_dhe_zero_form ak_dhe_zero_next(const enum ak_dhe_zero_answer answers[AK_DHE_ZERO_FORMS])
{
    for (int form = 0; form < AK_DHE_ZERO_FORMS; form++) {
        if (form == AK_DHE_ZERO_Z_UNSTRIPPED &&
            answers[AK_DHE_ZERO_Z_STRIPPED] == AK_DHE_ZERO_ACCEPTED)
            continue;
        if (answers[form] == AK_DHE_ZERO_UNASKED)
            return (enum ak_dhe_zero_form)form;
    }
    return AK_DHE_ZERO_FORMS;
}

enum ak_dhe_zero_verdict ak_dhe_zero_judge(const enum ak_dhe_zero_answer answers[AK_DHE_ZERO_FORMS])
{
    bool yes[AK_DHE_ZERO_FORMS], no[AK_DHE_ZERO_FORMS];
    for (int i = 0; i < AK_DHE_ZERO_FORMS; i++) {
        yes[i] = answers[i] == AK_DHE_ZERO_ACCEPTED;
        no[i] = answers[i] == AK_DHE_ZERO_REFUSED;
    }
    bool padded = yes[AK_DHE_ZERO_YC_PADDED], bare = yes[AK_DHE_ZERO_YC_UNPADDED];
    bool z_right = yes[AK_DHE_ZERO_Z_STRIPPED] && !yes[AK_DHE_ZERO_Z_UNSTRIPPED];
    bool z_wrong = yes[AK_DHE_ZERO_Z_UNSTRIPPED] && !yes[AK_DHE_ZERO_Z_STRIPPED];
    /* A refusal means something where the same handshake works otherwise. */
    bool works = padded || bare || z_right || z_wrong;
    bool yc_wrong =
        works && ((no[AK_DHE_ZERO_YC_PADDED] && !padded) || (no[AK_DHE_ZERO_YC_UNPADDED] && !bare));
    if (z_wrong)
        return yc_wrong ? AK_DHE_ZERO_FAULTY_BOTH : AK_DHE_ZERO_FAULTY_Z;
    if (yc_wrong)
        return AK_DHE_ZERO_FAULTY_YC;
    return z_right && padded && bare ? AK_DHE_ZERO_CORRECT : AK_DHE_ZERO_NOT_SHOWN;
}

const char *ak_dhe_zero_form_name(enum ak_dhe_zero_form form)
{
    static const char *const names[] = {"z-stripped", "z-unstripped", "yc-padded", "yc-unpadded"};
    return (size_t)form < AK_COUNT(names) ? names[form] : "none";
}

const char *ak_dhe_zero_verdict_name(enum ak_dhe_zero_verdict verdict)
{
    static const char *const names[] = {"not-shown", "correct", "faulty-z", "faulty-yc",
                                        "faulty-both"};
    return (size_t)verdict < AK_COUNT(names) ? names[verdict] : "unknown";
}

/* ---- the search ---- */

struct search {
    BIGNUM *p, *g, *ys, *x, *yc, *z;
    BN_CTX *ctx;
    size_t size; /* of p in bytes */
};

static bool search_begin(struct search *s, struct ak_span p, struct ak_span g, struct ak_span ys,
                         const uint8_t *exponent)
{
    s->ctx = BN_CTX_new();
    s->p = BN_bin2bn(p.bytes, (int)p.size, NULL);
    s->g = BN_bin2bn(g.bytes, (int)g.size, NULL);
    s->ys = BN_bin2bn(ys.bytes, (int)ys.size, NULL);
    s->x = BN_bin2bn(exponent, EXPONENT, NULL);
    s->yc = BN_new();
    s->z = BN_new();
    if (s->ctx == NULL || s->p == NULL || s->g == NULL || s->ys == NULL || s->x == NULL ||
        s->yc == NULL || s->z == NULL || !BN_is_odd(s->p) || BN_num_bits(s->p) < LEAST_BITS)
        return false;
    s->size = (size_t)BN_num_bytes(s->p);
    return s->size <= AK_DHE_MOST_BYTES && BN_mod_exp(s->yc, s->g, s->x, s->p, s->ctx) == 1 &&
           BN_mod_exp(s->z, s->ys, s->x, s->p, s->ctx) == 1;
}

static void search_end(struct search *s)
{
    BN_free(s->p);
    BN_free(s->g);
    BN_free(s->ys);
    BN_clear_free(s->x);
    BN_free(s->yc);
    BN_clear_free(s->z);
    BN_CTX_free(s->ctx);
}

/* Is its first byte zero, and not the whole number? */
static bool leads_with_zero(const struct search *s, const BIGNUM *number)
{
    return (size_t)BN_num_bytes(number) < s->size && !BN_is_zero(number) && !BN_is_one(number);
}

static bool search_fits(const struct search *s, bool of_z)
{
    bool z = leads_with_zero(s, s->z), yc = leads_with_zero(s, s->yc);
    return of_z ? z && !yc : yc && !z;
}

static bool search_step(struct search *s)
{
    return BN_mod_mul(s->yc, s->yc, s->g, s->p, s->ctx) == 1 &&
           BN_mod_mul(s->z, s->z, s->ys, s->p, s->ctx) == 1;
}

static size_t take_number(const struct search *s, const BIGNUM *number, bool padded, uint8_t *out)
{
    return (size_t)(padded ? BN_bn2binpad(number, out, (int)s->size) : BN_bn2bin(number, out));
}

bool ak_dhe_zero_find(enum ak_dhe_zero_form form, struct ak_span p, struct ak_span g,
                      struct ak_span ys, const uint8_t exponent[32], struct ak_dhe_values *values)
{
    struct search s = {0};
    bool of_z = form == AK_DHE_ZERO_Z_STRIPPED || form == AK_DHE_ZERO_Z_UNSTRIPPED;
    memset(values, 0, sizeof *values);
    /* BIGNUMs are made of what the wire gave: never of more than a prime could have. */
    bool good = p.size <= AK_DHE_MOST_BYTES + 1 && g.size <= p.size && ys.size <= p.size &&
                search_begin(&s, p, g, ys, exponent);
    while (good && !search_fits(&s, of_z))
        good = ++values->tries < MOST_TRIES && search_step(&s);
    if (good) {
        values->tries++;
        values->public_size =
            take_number(&s, s.yc, form != AK_DHE_ZERO_YC_UNPADDED, values->public_value);
        values->secret_size =
            take_number(&s, s.z, form == AK_DHE_ZERO_Z_UNSTRIPPED, values->secret);
    }
    search_end(&s);
    return good;
}
