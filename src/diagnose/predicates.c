/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/predicates.h"

#include "model/thresholds.h"

#include "base/banned.h"

static enum ak_answer yes_if(bool condition)
{
    return condition ? AK_ANSWER_YES : AK_ANSWER_NO;
}

static enum ak_answer has_hello(const struct ak_view *v)
{
    if (v->hello != NULL)
        return AK_ANSWER_YES;
    return v->c->begun_before || v->c->hole || v->c->truncated ? AK_ANSWER_LACK : AK_ANSWER_NO;
}
const struct ak_predicate ak_has_hello = {"has-client-hello", has_hello, "client-offer"};

static enum ak_answer died_at_p3(const struct ak_view *v)
{
    return yes_if(v->c->stage == AK_STAGE_P3 && v->c->outcome == AK_OUTCOME_FAILED);
}
const struct ak_predicate ak_died_at_p3 = {"ended-after-client-hello", died_at_p3, NULL};

static enum ak_answer died_before_finish(const struct ak_view *v)
{
    return yes_if(v->c->outcome == AK_OUTCOME_FAILED);
}
const struct ak_predicate ak_died_before_finish = {"handshake-failed", died_before_finish, NULL};

static enum ak_answer server_ended(const struct ak_view *v)
{
    return yes_if(v->c->closed_by == AK_SIDE_SERVER);
}
const struct ak_predicate ak_server_ended = {"server-closed-first", server_ended, NULL};

static enum ak_answer client_ended(const struct ak_view *v)
{
    return yes_if(v->c->closed_by == AK_SIDE_CLIENT);
}
const struct ak_predicate ak_client_ended = {"client-closed-first", client_ended, NULL};

static enum ak_answer has_leaf(const struct ak_view *v)
{
    if (v->leaf != NULL)
        return AK_ANSWER_YES;
    bool hidden = v->tls != NULL && (v->tls->version == 0x0304 || v->c->hole || v->tls->resumed);
    return hidden ? AK_ANSWER_LACK : AK_ANSWER_NO;
}
const struct ak_predicate ak_has_leaf = {"certificate-seen", has_leaf, "certificate-export"};

/* At P4, or right after the server's Finished without a byte of data: clients that check late
 * (tedious) still send their Finished. Only a TDS client is known to want to log in then. */
static enum ak_answer left_after_certificate(const struct ak_view *v)
{
    const struct ak_conversation *c = v->c;
    bool early =
        c->outcome == AK_OUTCOME_FAILED && c->stage == AK_STAGE_P4 && c->close != AK_CLOSE_TIMEOUT;
    bool late = c->outcome == AK_OUTCOME_ESTABLISHED && c->stage == AK_STAGE_P5B &&
                (c->protocol == AK_PROTOCOL_TDS || c->protocol == AK_PROTOCOL_TDS8) &&
                c->close == AK_CLOSE_FIN;
    return yes_if(c->closed_by == AK_SIDE_CLIENT && (early || late));
}
const struct ak_predicate ak_client_left_after_certificate = {"client-left-after-certificate",
                                                              left_after_certificate, NULL};

static enum ak_answer is_tds(const struct ak_view *v)
{
    return yes_if(v->c->protocol == AK_PROTOCOL_TDS);
}
const struct ak_predicate ak_is_tds = {"is-tds", is_tds, NULL};

static enum ak_answer no_hole(const struct ak_view *v)
{
    return v->c->hole ? AK_ANSWER_LACK : AK_ANSWER_YES;
}
const struct ak_predicate ak_no_hole = {"no-bytes-missing", no_hole, "full-frames"};

const struct ak_alert *ak_fatal_alert(const struct ak_conversation *c, enum ak_side by)
{
    for (size_t i = 0; i < c->alert_count; i++)
        if (c->alert[i].by == by && c->alert[i].level == 2)
            return &c->alert[i];
    return NULL;
}

bool ak_alert_among(const struct ak_alert *alert, const uint8_t *codes)
{
    for (; alert != NULL && *codes != 0; codes++)
        if (alert->code == *codes)
            return true;
    return false;
}

bool ak_offers_version(const struct ak_hello_shape *hello, uint16_t version)
{
    if (!hello->has_supported_versions)
        return version <= hello->legacy_version;
    for (size_t i = 0; i < hello->supported_versions.count; i++) {
        uint16_t v = hello->supported_versions.values[i];
        if (v == version || (version == 0x0304 && v >> 8 == 0x7f))
            return true;
    }
    return false;
}

void ak_certificate_schemes(const struct ak_x509 *x, uint16_t schemes[3])
{
    static const uint8_t hash_code[] = {0, 1, 2, 3, 4, 5, 6}; /* RFC 5246 7.4.1.4.1 */
    schemes[0] = schemes[1] = schemes[2] = 0;
    uint16_t hash = hash_code[x->sign_hash];
    if (x->sign_pss) { /* RFC 8446 4.2.3: rsa_pss_rsae_* and rsa_pss_pss_* */
        if (hash >= 4) {
            schemes[0] = (uint16_t)(0x0800 + hash);
            schemes[1] = (uint16_t)(0x0805 + hash);
        }
        return;
    }
    if (hash == 0)
        return;
    if (x->sign_key == AK_KEY_RSA)
        schemes[0] = (uint16_t)(hash << 8 | 1);
    else if (x->sign_key == AK_KEY_DSA)
        schemes[0] = (uint16_t)(hash << 8 | 2);
    else if (x->sign_key == AK_KEY_EC)
        schemes[0] = (uint16_t)(hash << 8 | 3);
}

bool ak_hello_takes_signature(const struct ak_hello_shape *hello, const struct ak_x509 *x)
{
    uint16_t schemes[3];
    if (!hello->has_signature_algorithms)
        return true;
    ak_certificate_schemes(x, schemes);
    if (schemes[0] == 0)
        return true; /* an algorithm that these codes do not name: say nothing */
    const struct ak_u16_list *list = hello->signature_algorithms_cert.count
                                         ? &hello->signature_algorithms_cert
                                         : &hello->signature_algorithms;
    for (size_t i = 0; i < 3 && schemes[i] != 0; i++)
        if (ak_u16_list_has(list, schemes[i]))
            return true;
    return false;
}

bool ak_hash_is_weak(enum ak_sign_hash hash)
{
    return hash == AK_SIGN_HASH_MD5 || hash == AK_SIGN_HASH_SHA224 || hash == AK_SIGN_HASH_SHA512;
}

void ak_fact_hello(struct ak_match *m, const struct ak_view *v)
{
    if (v->hello != NULL)
        ak_match_fact(m, AK_FACT_OFFERED_VERSIONS, v->c->step[AK_STEP_CLIENT_HELLO].frame,
                      v->hello->max_version, v->hello->min_version);
}

void ak_fact_certificate(struct ak_match *m, const struct ak_view *v,
                         const struct ak_certificate *certificate)
{
    uint64_t frame = certificate == v->leaf ? v->c->step[AK_STEP_CERTIFICATE].frame : 0;
    ak_match_text(m, AK_FACT_CERTIFICATE, frame, 0, certificate->facts.subject);
}

int64_t ak_endpoint_stall_ms(const struct ak_conversation *c, enum ak_side *by)
{
    const struct ak_clear_seen *seen = c->clear;
    *by = AK_SIDE_NONE;
    if (seen == NULL || seen->service != AK_SERVICE_MIRRORING)
        return 0;
    enum ak_step end = c->step[AK_STEP_FIN].frame != 0 ? AK_STEP_FIN : AK_STEP_RST;
    int64_t last = 0;
    if (seen->endpoint_last.frame != 0 && c->step[end].frame > seen->endpoint_last.frame)
        last = c->step[end].time - seen->endpoint_last.time;
    if (last > seen->stall && last / 1000000 >= ak_threshold_get(AK_THRESHOLD_ENDPOINT_STALL_MS))
        return last / 1000000;
    *by = seen->stall_by;
    return seen->stall / 1000000;
}

bool ak_endpoint_refused(const struct ak_conversation *c)
{
    return c->clear != NULL && c->clear->gss.refused.frame != 0 && c->closed_by != AK_SIDE_NONE;
}

bool ak_is_endpoint_over(const struct ak_conversation *c)
{
    bool endpoint = c->end[AK_SIDE_SERVER].port == AK_MIRRORING_PORT ||
                    (c->clear != NULL && c->clear->service == AK_SERVICE_MIRRORING);
    return endpoint && c->closed_by != AK_SIDE_NONE && c->outcome != AK_OUTCOME_ESTABLISHED;
}

bool ak_hello_was_refused(const struct ak_view *v)
{
    static const uint8_t codes[] = {40, 70, 71, 0};
    const struct ak_alert *alert = ak_fatal_alert(v->c, AK_SIDE_SERVER);
    return v->c->stage == AK_STAGE_P3 && v->c->closed_by == AK_SIDE_SERVER &&
           (alert == NULL || ak_alert_among(alert, codes));
}

/* What systems put into a packet before any router has counted it down. */
static bool first_ttl(uint8_t ttl)
{
    return ttl == 64 || ttl == 128 || ttl == 255;
}

enum ak_side ak_ignores_packets(const struct ak_conversation *c)
{
    for (int side = 0; side < AK_SIDES; side++) {
        const struct ak_side_seen *silent = &c->side[side], *asks = &c->side[!side];
        bool here = silent->ttl_low == silent->ttl_high && first_ttl(silent->ttl_low);
        bool far = asks->ttl_low != 0 && !first_ttl(asks->ttl_low) && !first_ttl(asks->ttl_high);
        if (here && far && asks->unanswered >= ak_threshold_get(AK_THRESHOLD_UNANSWERED_PROBES))
            return (enum ak_side)side;
    }
    return AK_SIDE_NONE;
}
