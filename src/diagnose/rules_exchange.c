/* Rules about the Diffie-Hellman exchange of TLS_DHE suites. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/predicates.h"
#include "diagnose/rules.h"

#include "model/thresholds.h"
#include "model/tls_names.h"

#include "base/banned.h"

static bool is_dhe(const struct ak_view *v)
{
    const struct ak_cipher_suite *suite =
        v->tls != NULL ? ak_cipher_suite_find(v->tls->cipher_suite) : NULL;
    return suite != NULL && suite->key_exchange == AK_KX_DHE;
}

/* ---- dhe-leading-zero (S3, S5) ---- */

static enum ak_answer at_p5(const struct ak_view *v)
{
    return v->c->outcome == AK_OUTCOME_FAILED && v->c->stage == AK_STAGE_P5 ? AK_ANSWER_YES
                                                                            : AK_ANSWER_NO;
}
static const struct ak_predicate died_at_p5 = {"ended-after-client-finished", at_p5, NULL};

static enum ak_answer dhe_chosen(const struct ak_view *v)
{
    return is_dhe(v) ? AK_ANSWER_YES : AK_ANSWER_NO;
}
static const struct ak_predicate chose_dhe = {"server-chose-dhe", dhe_chosen, NULL};

static enum ak_answer key_refused(const struct ak_view *v)
{
    static const uint8_t codes[] = {20, 21, 40, 51, 0};
    const struct ak_alert *alert = ak_fatal_alert(v->c, AK_SIDE_SERVER);
    if (v->tls->client_certificate_empty)
        return AK_ANSWER_NO;
    return alert == NULL || ak_alert_among(alert, codes) ? AK_ANSWER_YES : AK_ANSWER_NO;
}
static const struct ak_predicate finished_refused = {"finished-was-refused", key_refused, NULL};

/* How often it happens, for these two machines and for all clients of the server. A rate above one
 * in 256 excludes nothing: programs open several connections and try again. */
static void fact_rates(const struct ak_view *v, struct ak_match *m)
{
    const struct ak_pair_known *pair = v->pair, *suite = v->suite;
    uint64_t all = pair != NULL ? pair->failed + pair->established : 0;
    if (all > 1)
        ak_match_fact(m, AK_FACT_PAIR_RATE, 0, (int64_t)pair->failed, (int64_t)all);
    if (suite != NULL && suite->failed + suite->established > all)
        ak_match_fact(m, AK_FACT_SUITE_RATE, 0, (int64_t)suite->failed,
                      (int64_t)(suite->failed + suite->established));
}

/* The leading-zero probe settles it: one way or the other. */
static bool probed(const struct ak_view *v, struct ak_match *m)
{
    enum ak_zero_verdict verdict = (enum ak_zero_verdict)v->offer->zero;
    bool faulty = verdict == AK_ZERO_KEEPS || verdict == AK_ZERO_REFUSES_YC;
    if (verdict == AK_ZERO_CORRECT)
        m->grade = AK_GRADE_NONE;
    if (faulty) {
        m->grade = AK_GRADE_CERTAIN;
        m->side = AK_CHANGE_SERVER;
        ak_match_fact(m, AK_FACT_DHE_SUITE, v->c->step[AK_STEP_SERVER_HELLO].frame,
                      v->tls->cipher_suite, v->tls->server_ems);
        ak_match_fact(m, AK_FACT_ASKED_ZERO, 0, verdict, v->offer->zero_connections);
        ak_match_end(m, v);
    }
    return faulty || verdict == AK_ZERO_CORRECT;
}

static void judge_leading_zero(const struct ak_view *v, struct ak_match *m)
{
    bool worked = v->pair != NULL && v->pair->established != 0;
    if (v->offer != NULL && v->offer->source == v->c->source && probed(v, m))
        return;
    m->grade = worked ? AK_GRADE_LIKELY : AK_GRADE_POSSIBLE;
    m->side = AK_CHANGE_BOTH;
    bool ems = v->tls->server_ems;
    ak_match_fact(m, AK_FACT_DHE_SUITE, v->c->step[AK_STEP_SERVER_HELLO].frame,
                  v->tls->cipher_suite, ems);
    if (worked)
        ak_match_fact(m, AK_FACT_PAIR_WORKED, 0, (int64_t)v->pair->established,
                      (int64_t)v->pair->id);
    fact_rates(v, m);
    ak_match_end(m, v);
    if (!ems)
        ak_match_rival(m, "ems-mismatch");
    if (!worked)
        ak_match_lack(m, "more-conversations");
    ak_match_lack(m, "server-os");
    ak_match_lack(m, "client-os");
}

const struct ak_rule ak_rule_dhe_leading_zero = {
    .id = "dhe-leading-zero",
    .severity = AK_SEVERITY_ERROR,
    .class = AK_RULE_CAUSE,
    .proved_on = "lab",
    .predicates = {&died_at_p5, &chose_dhe, &ak_server_ended, &ak_no_hole, &finished_refused},
    .judge = judge_leading_zero,
};

/* ---- dh-group-refused (X12) ---- */

static enum ak_answer group_refused(const struct ak_view *v)
{
    static const uint8_t codes[] = {40, 47, 71, 80, 0};
    const struct ak_alert *alert = ak_fatal_alert(v->c, AK_SIDE_CLIENT);
    bool at_p4 = v->c->outcome == AK_OUTCOME_FAILED && v->c->stage == AK_STAGE_P4 &&
                 v->c->close != AK_CLOSE_TIMEOUT;
    if (!at_p4 || v->tls == NULL || v->tls->dh_prime_bits == 0 ||
        v->tls->dh_prime_bits >= ak_threshold_get(AK_THRESHOLD_RSA_POLICY_BITS))
        return AK_ANSWER_NO;
    return alert == NULL || ak_alert_among(alert, codes) ? AK_ANSWER_YES : AK_ANSWER_NO;
}
static const struct ak_predicate refused_dh_group = {"client-left-after-short-dh-group",
                                                     group_refused, NULL};

static void judge_dh_group(const struct ak_view *v, struct ak_match *m)
{
    bool refused_by_default =
        v->tls->dh_prime_bits < ak_threshold_get(AK_THRESHOLD_DH_MINIMUM_BITS);
    m->grade =
        refused_by_default || v->c->close == AK_CLOSE_ALERT ? AK_GRADE_LIKELY : AK_GRADE_POSSIBLE;
    m->side = AK_CHANGE_SERVER;
    ak_match_fact(m, AK_FACT_DH_BITS, v->c->step[AK_STEP_SERVER_KEY_EXCHANGE].frame,
                  v->tls->dh_prime_bits, 0);
    ak_match_fact(m, AK_FACT_DHE_SUITE, v->c->step[AK_STEP_SERVER_HELLO].frame,
                  v->tls->cipher_suite, v->tls->server_ems);
    ak_match_end(m, v);
    ak_match_rival(m, "certificate-untrusted");
    ak_match_lack(m, "client-log");
}

const struct ak_rule ak_rule_dh_group_refused = {
    .id = "dh-group-refused",
    .severity = AK_SEVERITY_ERROR,
    .class = AK_RULE_CAUSE,
    .proved_on = "lab",
    .predicates = {&ak_client_ended, &chose_dhe, &refused_dh_group},
    .judge = judge_dh_group,
};

/* ---- ems-mismatch (X8) ---- */

/* RFC 7627 5.3: a session made with extended master secret may not be resumed without it, and the
 * client must abort. TLS 1.3 has no such extension: its keys are always bound to the handshake. */
static enum ak_answer resumed_without(const struct ak_view *v)
{
    if (v->tls == NULL || !v->tls->resumed || v->tls->version > 0x0303 || v->hello == NULL)
        return AK_ANSWER_NO;
    return v->hello->extended_master_secret && !v->tls->server_ems ? AK_ANSWER_YES : AK_ANSWER_NO;
}
static const struct ak_predicate resumed_no_ems = {"resumed-without-ems", resumed_without, NULL};

static void judge_ems(const struct ak_view *v, struct ak_match *m)
{
    m->grade = AK_GRADE_LIKELY;
    m->side = AK_CHANGE_SERVER;
    ak_match_fact(m, AK_FACT_RESUMED_NO_EMS, v->c->step[AK_STEP_SERVER_HELLO].frame, 0, 0);
    ak_match_end(m, v);
    ak_match_lack(m, "server-os");
    ak_match_lack(m, "client-log");
}

const struct ak_rule ak_rule_ems_mismatch = {
    .id = "ems-mismatch",
    .severity = AK_SEVERITY_ERROR,
    .class = AK_RULE_CAUSE,
    .proved_on = "lab",
    .predicates = {&ak_died_before_finish, &ak_client_ended, &ak_no_hole, &resumed_no_ems},
    .judge = judge_ems,
};
