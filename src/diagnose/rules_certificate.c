/* Rules about certificates: the server's as the client sees it, and the client's own. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/predicates.h"
#include "diagnose/rules.h"

#include "model/microsoft_names.h"
#include "model/thresholds.h"

#include "base/banned.h"

/* ---- certificate-expired (X3) ---- */

static bool outside_validity(const struct ak_view *v)
{
    int64_t now = v->c->first_time / 1000000000;
    return v->leaf != NULL && (now < v->leaf->facts.not_before || now > v->leaf->facts.not_after);
}

static enum ak_answer expired_evidence(const struct ak_view *v)
{
    static const uint8_t codes[] = {45, 0};
    if (ak_alert_among(ak_fatal_alert(v->c, AK_SIDE_CLIENT), codes))
        return AK_ANSWER_YES;
    enum ak_answer left = ak_client_left_after_certificate.holds(v);
    enum ak_answer leaf = ak_has_leaf.holds(v);
    if (left != AK_ANSWER_YES)
        return left;
    if (leaf != AK_ANSWER_YES)
        return leaf;
    return outside_validity(v) ? AK_ANSWER_YES : AK_ANSWER_NO;
}
static const struct ak_predicate shows_expired = {"certificate-outside-validity", expired_evidence,
                                                  "certificate-export"};

static void judge_expired(const struct ak_view *v, struct ak_match *m)
{
    static const uint8_t codes[] = {45, 0};
    bool alert = ak_alert_among(ak_fatal_alert(v->c, AK_SIDE_CLIENT), codes);
    m->grade = alert && outside_validity(v) ? AK_GRADE_CERTAIN : AK_GRADE_LIKELY;
    m->side = AK_CHANGE_SERVER;
    if (v->leaf != NULL) {
        ak_fact_certificate(m, v, v->leaf);
        ak_match_fact(m, AK_FACT_VALIDITY, v->c->step[AK_STEP_CERTIFICATE].frame,
                      v->leaf->facts.not_before, v->leaf->facts.not_after);
    }
    ak_match_end(m, v);
    if (!alert)
        ak_match_rival(m, "certificate-untrusted");
    ak_match_lack(m, "client-log");
}

const struct ak_rule ak_rule_certificate_expired = {
    .id = "certificate-expired",
    .severity = AK_SEVERITY_ERROR,
    .class = AK_RULE_CAUSE,
    .proved_on = "lab",
    .predicates = {&ak_client_ended, &shows_expired},
    .judge = judge_expired,
};

/* ---- certificate-untrusted (X6, X7) ---- */

static enum ak_answer untrusted_evidence(const struct ak_view *v)
{
    static const uint8_t codes[] = {48, 0};
    const struct ak_alert *alert = ak_fatal_alert(v->c, AK_SIDE_CLIENT);
    if (ak_alert_among(alert, codes))
        return AK_ANSWER_YES;
    static const uint8_t vague[] = {42, 46, 0};
    if (alert != NULL && !ak_alert_among(alert, vague))
        return AK_ANSWER_NO;
    enum ak_answer left = ak_client_left_after_certificate.holds(v);
    return left != AK_ANSWER_YES ? left : ak_has_leaf.holds(v);
}
static const struct ak_predicate shows_untrusted = {"client-refused-certificate",
                                                    untrusted_evidence, "certificate-export"};

static void judge_untrusted(const struct ak_view *v, struct ak_match *m)
{
    static const uint8_t codes[] = {48, 0};
    bool alert = ak_alert_among(ak_fatal_alert(v->c, AK_SIDE_CLIENT), codes);
    bool self = v->leaf != NULL && v->leaf->facts.self_issued;
    bool late = v->c->stage == AK_STAGE_P5B;
    bool vague_alert = v->c->close == AK_CLOSE_ALERT;
    bool whole = !v->c->hole && !v->c->begun_before; /* else a proxy may have been asked before */
    m->grade = alert && whole                  ? AK_GRADE_CERTAIN
               : alert                         ? AK_GRADE_LIKELY
               : self && (late || vague_alert) ? AK_GRADE_LIKELY
                                               : AK_GRADE_POSSIBLE;
    m->side = AK_CHANGE_SERVER;
    if (v->leaf != NULL)
        ak_fact_certificate(m, v, v->leaf);
    if (self)
        ak_match_fact(m, AK_FACT_SELF_SIGNED, v->c->step[AK_STEP_CERTIFICATE].frame, 0, 0);
    ak_match_end(m, v);
    if (!alert)
        ak_match_rival(m, "certificate-name-mismatch");
    if (!alert &&
        ak_inspected(v->c)) { /* not the server's certificate at all: see tls-inspection */
        m->grade = AK_GRADE_POSSIBLE;
        ak_match_rival(m, "tls-inspection");
    }
    ak_match_lack(m, "client-log");
    ak_match_lack(m, "client-certificate-store");
}

const struct ak_rule ak_rule_certificate_untrusted = {
    .id = "certificate-untrusted",
    .severity = AK_SEVERITY_ERROR,
    .class = AK_RULE_CAUSE,
    .proved_on = "lab",
    .predicates = {&ak_client_ended, &shows_untrusted},
    .judge = judge_untrusted,
};

/* ---- tls-inspection (X27) ---- */

/* The name that the client wanted: its server name, or what it asked the proxy for. */
static const char *wanted_host(const struct ak_conversation *c)
{
    if (c->tls != NULL && c->tls->server_name != NULL)
        return c->tls->server_name;
    return c->clear != NULL ? c->clear->proxy_host : NULL;
}

bool ak_inspected(const struct ak_conversation *c)
{
    const struct ak_tls_seen *tls = c->tls;
    if (tls == NULL || tls->chain_count == 0 || !tls->chain[0]->readable)
        return false;
    const char *host = wanted_host(c);
    return host != NULL && ak_is_microsoft_host(host) &&
           !ak_is_microsoft_issuer(tls->chain[0]->facts.issuer);
}

static enum ak_answer microsoft_evidence(const struct ak_view *v)
{
    const char *host = wanted_host(v->c);
    return host != NULL && ak_is_microsoft_host(host) ? AK_ANSWER_YES : AK_ANSWER_NO;
}
static const struct ak_predicate asks_microsoft = {"host-is-microsofts", microsoft_evidence, NULL};

static enum ak_answer foreign_evidence(const struct ak_view *v)
{
    return ak_inspected(v->c) ? AK_ANSWER_YES : AK_ANSWER_NO;
}
static const struct ak_predicate issuer_is_foreign = {"issuer-is-foreign", foreign_evidence, NULL};

static void judge_inspection(const struct ak_view *v, struct ak_match *m)
{
    const struct ak_conversation *c = v->c;
    static const uint8_t unknown_authority[] = {48, 0};
    bool left = ak_client_left_after_certificate.holds(v) == AK_ANSWER_YES;
    bool told = ak_alert_among(ak_fatal_alert(c, AK_SIDE_CLIENT), unknown_authority);
    m->grade = AK_GRADE_LIKELY;
    m->side = AK_CHANGE_NETWORK;
    /* The client said itself that it does not trust the issuer, or something else ended it, or
     * nothing did: this stands beside that. */
    m->exposure = !left || told;
    if (!left)
        m->severity = AK_SEVERITY_WARNING;
    ak_match_text(m, AK_FACT_MICROSOFT_HOST, c->step[AK_STEP_CLIENT_HELLO].frame, 0,
                  wanted_host(c));
    ak_match_text(m, AK_FACT_FOREIGN_ISSUER, c->step[AK_STEP_CERTIFICATE].frame, 0,
                  v->leaf->facts.issuer);
    if (c->clear != NULL && c->clear->proxy_host != NULL)
        ak_match_text(m, AK_FACT_PROXY, c->step[AK_STEP_PROXY_REQUEST].frame, c->clear->proxy,
                      c->clear->proxy_host);
    ak_match_end(m, v);
    if (left)
        ak_match_rival(m, "certificate-untrusted");
    ak_match_lack(m, "shown-issuer");
}

const struct ak_rule ak_rule_tls_inspection = {
    .id = "tls-inspection",
    .severity = AK_SEVERITY_ERROR,
    .class = AK_RULE_CAUSE,
    .of_working = true,
    .proved_on = "lab",
    .predicates = {&asks_microsoft, &ak_has_leaf, &issuer_is_foreign},
    .judge = judge_inspection,
};

/* ---- certificate-name-mismatch (X4) ---- */

/* What the client asked for; of a check also an address, which no hello may name. */
static const char *asked_name(const struct ak_view *v)
{
    if (v->tls != NULL && v->tls->server_name != NULL)
        return v->tls->server_name;
    return v->offer != NULL && v->offer->source == v->c->source ? v->offer->name : NULL;
}

static enum ak_answer name_evidence(const struct ak_view *v)
{
    static const uint8_t codes[] = {42, 46, 0};
    const struct ak_alert *alert = ak_fatal_alert(v->c, AK_SIDE_CLIENT);
    if (alert != NULL && !ak_alert_among(alert, codes))
        return AK_ANSWER_NO;
    const char *name = asked_name(v);
    if (name == NULL)
        return AK_ANSWER_LACK;
    return ak_x509_names_host(&v->leaf->facts, name) ? AK_ANSWER_NO : AK_ANSWER_YES;
}
static const struct ak_predicate shows_name = {"name-not-in-certificate", name_evidence,
                                               "client-log"};

static void judge_name(const struct ak_view *v, struct ak_match *m)
{
    bool other_fault = v->leaf->facts.self_issued || outside_validity(v);
    m->grade = other_fault ? AK_GRADE_POSSIBLE : AK_GRADE_LIKELY;
    m->side = AK_CHANGE_SERVER;
    ak_match_text(m, AK_FACT_NAME, v->c->step[AK_STEP_CLIENT_HELLO].frame, 0, asked_name(v));
    ak_fact_certificate(m, v, v->leaf);
    ak_match_end(m, v);
    ak_match_rival(m, "certificate-untrusted");
    ak_match_lack(m, "client-log");
}

const struct ak_rule ak_rule_certificate_name_mismatch = {
    .id = "certificate-name-mismatch",
    .severity = AK_SEVERITY_ERROR,
    .class = AK_RULE_CAUSE,
    .proved_on = "lab",
    .predicates = {&ak_client_left_after_certificate, &ak_has_leaf, &shows_name},
    .judge = judge_name,
};

/* ---- rsa-key-too-short (X11) ---- */

static enum ak_answer short_key_evidence(const struct ak_view *v)
{
    static const uint8_t codes[] = {40, 42, 43, 46, 47, 71, 80, 0};
    const struct ak_alert *alert = ak_fatal_alert(v->c, AK_SIDE_CLIENT);
    if (alert != NULL && !ak_alert_among(alert, codes))
        return AK_ANSWER_NO;
    bool is_short = v->leaf->facts.key_type == AK_KEY_RSA &&
                    v->leaf->facts.key_bits < ak_threshold_get(AK_THRESHOLD_RSA_POLICY_BITS);
    return is_short ? AK_ANSWER_YES : AK_ANSWER_NO;
}
static const struct ak_predicate shows_short_key = {"rsa-key-is-short", short_key_evidence, NULL};

static void judge_short_key(const struct ak_view *v, struct ak_match *m)
{
    bool refused_by_default =
        v->leaf->facts.key_bits < ak_threshold_get(AK_THRESHOLD_RSA_MINIMUM_BITS);
    m->grade = refused_by_default ? AK_GRADE_LIKELY : AK_GRADE_POSSIBLE;
    m->side = AK_CHANGE_SERVER;
    ak_fact_certificate(m, v, v->leaf);
    ak_match_fact(m, AK_FACT_KEY_BITS, v->c->step[AK_STEP_CERTIFICATE].frame,
                  v->leaf->facts.key_bits, 0);
    ak_match_end(m, v);
    ak_match_rival(m, "certificate-untrusted");
    ak_match_lack(m, "client-log");
}

const struct ak_rule ak_rule_rsa_key_too_short = {
    .id = "rsa-key-too-short",
    .severity = AK_SEVERITY_ERROR,
    .class = AK_RULE_CAUSE,
    .proved_on = "lab",
    .predicates = {&ak_client_left_after_certificate, &ak_has_leaf, &shows_short_key},
    .judge = judge_short_key,
};

/* ---- client-certificate-required ---- */

/* TLS 1.3 hides request and answer: the server's alert right after the client's Finished, before
 * it answered any data, is all that shows. The client then leaves at once, often before the
 * server's FIN; a client that left by itself ends first, and the server's alert answers it. An
 * alert after a pause is the end of an idle connection. */
static bool refused_encrypted(const struct ak_view *v)
{
    if (v->tls == NULL || v->tls->version != 0x0304 || v->c->outcome != AK_OUTCOME_ESTABLISHED ||
        v->c->stage > AK_STAGE_P6 || v->tls->encrypted_alerts[AK_SIDE_CLIENT] != 0)
        return false;
    const struct ak_when *alert = &v->tls->first_encrypted_alert[AK_SIDE_SERVER];
    int64_t pause = alert->time - v->c->step[AK_STEP_CLIENT_FINISHED].time;
    uint64_t fin = v->c->step[AK_STEP_FIN].frame, rst = v->c->step[AK_STEP_RST].frame;
    return alert->frame != 0 && (fin == 0 || alert->frame <= fin) &&
           (rst == 0 || alert->frame <= rst) &&
           pause <= ak_threshold_get(AK_THRESHOLD_LATE_REFUSAL_MS) * 1000000;
}

static enum ak_answer server_refused(const struct ak_view *v)
{
    bool ended = v->c->closed_by == AK_SIDE_SERVER || refused_encrypted(v);
    return ended ? AK_ANSWER_YES : AK_ANSWER_NO;
}
static const struct ak_predicate refused_by_server = {"server-ended-or-alerted-first",
                                                      server_refused, NULL};

static enum ak_answer client_certificate_evidence(const struct ak_view *v)
{
    static const uint8_t named[] = {116, 0}, keys[] = {20, 21, 51, 0};
    const struct ak_alert *alert = ak_fatal_alert(v->c, AK_SIDE_SERVER);
    if (ak_alert_among(alert, named))
        return AK_ANSWER_YES;
    if (v->tls == NULL)
        return AK_ANSWER_NO;
    if (refused_encrypted(v))
        return AK_ANSWER_YES;
    if (v->c->outcome != AK_OUTCOME_FAILED || !v->tls->client_certificate_requested)
        return AK_ANSWER_NO;
    bool empty = v->tls->client_certificate_empty && !v->tls->client_certificate_sent;
    return empty && !ak_alert_among(alert, keys) ? AK_ANSWER_YES : AK_ANSWER_NO;
}
static const struct ak_predicate shows_client_certificate = {
    "client-sent-no-certificate", client_certificate_evidence, "server-log"};

static void judge_client_certificate(const struct ak_view *v, struct ak_match *m)
{
    bool hidden = refused_encrypted(v);
    m->grade = hidden ? AK_GRADE_POSSIBLE : AK_GRADE_LIKELY;
    m->side = AK_CHANGE_CLIENT;
    if (hidden)
        ak_match_fact(m, AK_FACT_ENCRYPTED_ALERT,
                      v->tls->first_encrypted_alert[AK_SIDE_SERVER].frame, 0, 0);
    else
        ak_match_fact(m, AK_FACT_CERTIFICATE_REQUEST, v->c->step[AK_STEP_CERTIFICATE_REQUEST].frame,
                      v->tls->client_certificate_empty, 0);
    ak_match_end(m, v);
    ak_match_lack(m, "server-log");
}

const struct ak_rule ak_rule_client_certificate_required = {
    .id = "client-certificate-required",
    .severity = AK_SEVERITY_ERROR,
    .class = AK_RULE_CAUSE,
    .proved_on = "lab",
    .predicates = {&refused_by_server, &shows_client_certificate},
    .judge = judge_client_certificate,
};
