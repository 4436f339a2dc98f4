/* Rules about what two sides could not agree on: version, suite, group, ALPN, signature, build. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "diagnose/case_join.h"
#include "diagnose/offers.h"
#include "diagnose/certificate_rule.h"
#include "diagnose/host_rules.h"
#include "diagnose/predicates.h"
#include "diagnose/rules.h"

#include "model/sql_names.h"
#include "model/tls_names.h"

#include "base/banned.h"

/* ---- no-common-version (S1) ---- */

static bool offers_only_old(const struct ak_view *v)
{
    return v->hello != NULL && v->hello->max_version < 0x0303;
}

/* The server chose a version that the client did not offer, or refused with its next breath. */
static bool client_refused_version(const struct ak_view *v)
{
    const struct ak_alert *alert = ak_fatal_alert(v->c, AK_SIDE_CLIENT);
    if (v->c->stage != AK_STAGE_P4 || v->c->closed_by != AK_SIDE_CLIENT || v->hello == NULL)
        return false;
    if (alert != NULL && alert->code == 70)
        return true;
    return v->hello->has_supported_versions && !ak_offers_version(v->hello, v->tls->version);
}

static enum ak_answer version_evidence(const struct ak_view *v)
{
    const struct ak_alert *alert = ak_fatal_alert(v->c, AK_SIDE_SERVER);
    if (ak_offer_decided(v) && v->c->stage == AK_STAGE_P3)
        return ak_offer_decides(v, AK_HELLO_VERSIONS);
    bool refused = v->c->stage == AK_STAGE_P3 && alert != NULL && alert->code == 70;
    bool silent_old = v->c->stage == AK_STAGE_P3 && v->c->closed_by == AK_SIDE_SERVER &&
                      alert == NULL && offers_only_old(v);
    return refused || silent_old || client_refused_version(v) ? AK_ANSWER_YES : AK_ANSWER_NO;
}
static const struct ak_predicate shows_version = {"version-was-refused", version_evidence,
                                                  "server-offer"};

static void judge_version(const struct ak_view *v, struct ak_match *m)
{
    if (client_refused_version(v)) {
        m->grade = AK_GRADE_CERTAIN;
        m->side = AK_CHANGE_SERVER;
        ak_fact_hello(m, v);
        ak_match_fact(m, AK_FACT_CHOSEN_VERSION, v->c->step[AK_STEP_SERVER_HELLO].frame,
                      v->tls->version, 0);
    } else {
        bool asked = ak_offer_decides(v, AK_HELLO_VERSIONS) == AK_ANSWER_YES;
        m->grade = asked ? AK_GRADE_CERTAIN : AK_GRADE_LIKELY;
        m->side = offers_only_old(v) ? AK_CHANGE_CLIENT : AK_CHANGE_SERVER;
        ak_fact_hello(m, v);
        ak_offer_facts(m, v, AK_HELLO_VERSIONS);
        if (!asked)
            ak_match_lack(m, "server-offer");
    }
    ak_match_end(m, v);
    ak_match_lack(m, "server-log");
}

const struct ak_rule ak_rule_no_common_version = {
    .id = "no-common-version",
    .severity = AK_SEVERITY_ERROR,
    .class = AK_RULE_CAUSE,
    .proved_on = "lab",
    .predicates = {&ak_died_before_finish, &ak_has_hello, &shows_version},
    .judge = judge_version,
};

/* ---- server-build-too-old (S1, T10) ---- */

static enum ak_answer build_evidence(const struct ak_view *v)
{
    if (v->tds == NULL || !v->tds->has_server_version)
        return v->tds != NULL && v->tds->has_reply ? AK_ANSWER_LACK : AK_ANSWER_NO;
    struct ak_build_verdict build = ak_sql_build_tls12(
        v->tds->server_version[0], v->tds->server_version[1], v->tds->server_build[0]);
    return build.tls12 == AK_BUILD_TLS12_NO ? AK_ANSWER_YES : AK_ANSWER_NO;
}
static const struct ak_predicate build_is_old = {"build-lacks-tls12", build_evidence, "server-log"};

/* A client that also offers 1.0 could have been answered with it by such a server. */
static enum ak_answer wants_tls12(const struct ak_view *v)
{
    bool only_new = v->hello->min_version >= 0x0303 || v->c->stage == AK_STAGE_P4;
    bool unknown_minimum = v->hello->min_version == 0 && v->hello->max_version >= 0x0303;
    return only_new || unknown_minimum ? AK_ANSWER_YES : AK_ANSWER_NO;
}
static const struct ak_predicate client_wants_tls12 = {"client-wants-tls12", wants_tls12, NULL};

static void judge_build(const struct ak_view *v, struct ak_match *m)
{
    char text[48];
    struct ak_build_verdict build = ak_sql_build_tls12(
        v->tds->server_version[0], v->tds->server_version[1], v->tds->server_build[0]);
    (void)snprintf(text, sizeof text, "%u.%u.%u", v->tds->server_version[0],
                   v->tds->server_version[1], v->tds->server_build[0]);
    bool refused_version = client_refused_version(v);
    bool p3 = v->c->stage == AK_STAGE_P3 && v->c->closed_by == AK_SIDE_SERVER;
    bool asked = ak_offer_decides(v, AK_HELLO_VERSIONS) == AK_ANSWER_YES;
    m->grade = !p3 && !refused_version ? AK_GRADE_NONE
               : !build.certain        ? AK_GRADE_POSSIBLE
               : asked                 ? AK_GRADE_CERTAIN
                                       : AK_GRADE_LIKELY;
    m->side = AK_CHANGE_SERVER;
    ak_match_text(m, AK_FACT_SERVER_BUILD, v->c->step[AK_STEP_PRELOGIN_REPLY].frame, 0, text);
    ak_fact_hello(m, v);
    ak_match_end(m, v);
    ak_match_lack(m, "server-log");
}

const struct ak_rule ak_rule_server_build_too_old = {
    .id = "server-build-too-old",
    .severity = AK_SEVERITY_ERROR,
    .class = AK_RULE_CAUSE,
    .proved_on = "lab",
    .predicates = {&ak_died_before_finish, &ak_has_hello, &build_is_old, &client_wants_tls12},
    .judge = judge_build,
};

/* ---- no-common-suite (S2) ---- */

/* A suite that the server chose with others at a version this client offers too, while none of
 * the suites it was ever seen to choose there is in this client's list. */
static size_t disjoint_suite(const struct ak_view *v)
{
    size_t found = SIZE_MAX;
    for (size_t i = 0; v->server != NULL && i < v->server->suite_count; i++) {
        if (!ak_offers_version(v->hello, v->server->suite[i].version))
            continue;
        if (ak_u16_list_has(&v->hello->cipher_suites, v->server->suite[i].suite))
            return SIZE_MAX;
        found = i;
    }
    return found;
}

/* The server chose a suite with others that this client offers too, at a version it offers. */
static bool suite_in_common(const struct ak_view *v)
{
    for (size_t i = 0; v->server != NULL && i < v->server->suite_count; i++)
        if (ak_offers_version(v->hello, v->server->suite[i].version) &&
            ak_u16_list_has(&v->hello->cipher_suites, v->server->suite[i].suite))
            return true;
    return false;
}

/* Schannel on the server refused a hello in the second of this one. */
static bool logged_refusal(const struct ak_view *v)
{
    return ak_met_find(v->met, AK_LOG_SCHANNEL, AK_EVENT_REFUSED) != NULL;
}

static enum ak_answer suite_evidence(const struct ak_view *v)
{
    const struct ak_alert *alert = ak_fatal_alert(v->c, AK_SIDE_SERVER);
    if (ak_offer_decided(v))
        return ak_offer_decides(v, AK_HELLO_SUITES);
    if (alert != NULL && alert->code == 71)
        return AK_ANSWER_YES;
    if ((alert != NULL && alert->code != 40) || suite_in_common(v))
        return AK_ANSWER_NO;
    if (alert != NULL)
        return AK_ANSWER_YES;
    return disjoint_suite(v) != SIZE_MAX || logged_refusal(v) ? AK_ANSWER_YES : AK_ANSWER_LACK;
}
static const struct ak_predicate shows_suite = {"suites-were-refused", suite_evidence,
                                                "server-offer"};

static void judge_suite(const struct ak_view *v, struct ak_match *m)
{
    const struct ak_alert *alert = ak_fatal_alert(v->c, AK_SIDE_SERVER);
    size_t other = disjoint_suite(v);
    bool named = alert != NULL && alert->code == 71;
    bool asked = ak_offer_decides(v, AK_HELLO_SUITES) == AK_ANSWER_YES;
    bool logged = logged_refusal(v);
    bool likely = named || other != SIZE_MAX || logged;
    m->grade = asked ? AK_GRADE_CERTAIN : likely ? AK_GRADE_LIKELY : AK_GRADE_POSSIBLE;
    m->side = AK_CHANGE_BOTH;
    ak_match_fact(m, AK_FACT_OFFERED_SUITES, v->c->step[AK_STEP_CLIENT_HELLO].frame,
                  (int64_t)v->hello->cipher_suites.count, 0);
    ak_fact_hello(m, v);
    if (other != SIZE_MAX)
        ak_match_fact(m, AK_FACT_SERVER_CHOSE, 0, v->server->suite[other].suite,
                      (int64_t)v->server->suite[other].id);
    ak_offer_facts(m, v, AK_HELLO_SUITES);
    ak_match_end(m, v);
    if (asked)
        return;
    if (!named) {
        ak_match_rival(m, "signature-algorithm-mismatch");
        ak_match_rival(m, "certificate-hash-refused");
        ak_match_rival(m, "no-common-group");
        ak_match_rival(m, "no-common-version"); /* GnuTLS answers alert 40 where others say 70 */
    }
    ak_match_lack(m, "server-offer");
    if (!logged)
        ak_match_lack(m, "server-log");
    ak_match_lack(m, "certificate-export");
}

const struct ak_rule ak_rule_no_common_suite = {
    .id = "no-common-suite",
    .severity = AK_SEVERITY_ERROR,
    .class = AK_RULE_CAUSE,
    .proved_on = "lab",
    .predicates = {&ak_died_at_p3, &ak_has_hello, &ak_server_ended, &shows_suite},
    .judge = judge_suite,
};

/* ---- no-common-group (X10) ---- */

static bool retry_unknown(const struct ak_view *v)
{
    return v->tls->hello_retry && v->tls->retry_group != 0 &&
           !ak_u16_list_has(&v->hello->groups, v->tls->retry_group);
}

static bool chosen_unknown(const struct ak_view *v)
{
    static const uint8_t codes[] = {40, 47, 0};
    return v->tls->has_server_hello && v->tls->group != 0 && v->hello->has_groups &&
           !ak_u16_list_has(&v->hello->groups, v->tls->group) &&
           ak_alert_among(ak_fatal_alert(v->c, AK_SIDE_CLIENT), codes);
}

/* The server refuses, and no group that it was seen to use is among the client's. */
static bool server_groups_disjoint(const struct ak_view *v)
{
    static const uint8_t codes[] = {40, 47, 109, 0};
    if (v->server == NULL || v->server->group_count == 0 || !v->hello->has_groups ||
        v->c->stage != AK_STAGE_P3 || !ak_alert_among(ak_fatal_alert(v->c, AK_SIDE_SERVER), codes))
        return false;
    for (size_t i = 0; i < v->server->group_count; i++)
        if (ak_u16_list_has(&v->hello->groups, v->server->group[i]))
            return false;
    return true;
}

static enum ak_answer group_evidence(const struct ak_view *v)
{
    bool yes = retry_unknown(v) || chosen_unknown(v) || server_groups_disjoint(v);
    if (ak_offer_decided(v))
        return ak_offer_decides(v, AK_HELLO_GROUPS);
    if (yes)
        return AK_ANSWER_YES;
    return v->c->stage == AK_STAGE_P3 && v->hello->has_groups ? AK_ANSWER_LACK : AK_ANSWER_NO;
}
static const struct ak_predicate shows_group = {"groups-are-disjoint", group_evidence,
                                                "server-offer"};

static void judge_group(const struct ak_view *v, struct ak_match *m)
{
    bool asked = ak_offer_decides(v, AK_HELLO_GROUPS) == AK_ANSWER_YES;
    uint16_t group = retry_unknown(v)    ? v->tls->retry_group
                     : chosen_unknown(v) ? v->tls->group
                     : asked             ? v->offer->proof.group
                                         : v->server->group[0];
    m->grade = asked ? AK_GRADE_CERTAIN : AK_GRADE_LIKELY;
    m->side = AK_CHANGE_BOTH;
    ak_match_fact(m, AK_FACT_SERVER_GROUP, v->c->step[AK_STEP_HELLO_RETRY].frame, group, 0);
    ak_fact_hello(m, v);
    ak_offer_facts(m, v, AK_HELLO_GROUPS);
    ak_match_end(m, v);
    if (!asked)
        ak_match_lack(m, "server-offer");
}

const struct ak_rule ak_rule_no_common_group = {
    .id = "no-common-group",
    .severity = AK_SEVERITY_ERROR,
    .class = AK_RULE_CAUSE,
    .proved_on = "synthetic",
    .predicates = {&ak_died_before_finish, &ak_has_hello, &shows_group},
    .judge = judge_group,
};

/* ---- no-common-alpn ---- */

static enum ak_answer alpn_evidence(const struct ak_view *v)
{
    static const uint8_t codes[] = {120, 0};
    return ak_alert_among(ak_fatal_alert(v->c, AK_SIDE_SERVER), codes) ? AK_ANSWER_YES
                                                                       : AK_ANSWER_NO;
}
static const struct ak_predicate shows_alpn = {"alert-120", alpn_evidence, NULL};

static void judge_alpn(const struct ak_view *v, struct ak_match *m)
{
    bool asked = ak_offer_decides(v, AK_HELLO_ALPN) == AK_ANSWER_YES;
    m->grade = asked ? AK_GRADE_CERTAIN : AK_GRADE_LIKELY;
    m->side = AK_CHANGE_BOTH;
    if (v->hello != NULL)
        ak_match_text(m, AK_FACT_OFFERED_PROTOCOLS, v->c->step[AK_STEP_CLIENT_HELLO].frame, 0,
                      v->hello->alpn);
    ak_offer_facts(m, v, AK_HELLO_ALPN);
    ak_match_end(m, v);
    if (!asked)
        ak_match_lack(m, "server-offer");
}

const struct ak_rule ak_rule_no_common_alpn = {
    .id = "no-common-alpn",
    .severity = AK_SEVERITY_ERROR,
    .class = AK_RULE_CAUSE,
    .proved_on = "lab",
    .predicates = {&ak_died_before_finish, &shows_alpn},
    .judge = judge_alpn,
};

/* ---- signature-algorithm-mismatch (X10), certificate-hash-refused (S4) ---- */

/* A self-signed certificate's own signature is not held against it (scenario S4). */
static bool is_refused(const struct ak_view *v, const struct ak_certificate *certificate)
{
    return !ak_hello_takes_signature(v->hello, &certificate->facts) &&
           !certificate->facts.self_signed;
}

/* The certificate of the chain that a wide hello was shown, whose signature this client does not
 * list: any of the chain counts, since Schannel looks at all of them. With none of these the key
 * itself is what no listed scheme fits: then it is the leaf's. */
static const struct ak_certificate *asked_certificate(const struct ak_view *v, bool weak)
{
    const struct ak_certificate *other = NULL;
    for (size_t i = 0; i < v->offer->chain_count; i++) {
        const struct ak_certificate *c = v->offer->chain[i];
        if (!c->readable || !is_refused(v, c))
            continue;
        if (ak_hash_is_weak(c->facts.sign_hash))
            return weak ? c : NULL;
        other = c;
    }
    if (other == NULL && v->offer->chain_count != 0 && v->offer->chain[0]->readable)
        other = v->offer->chain[0];
    return weak ? NULL : other;
}

/* The one that a file or a store of the evidence has for this server, or the one that issued it. */
static const struct ak_certificate *found_certificate(const struct ak_view *v, bool weak)
{
    const struct ak_certificate_case *known = ak_certificate_of_server(v);
    const struct ak_found_certificate *chain[2] = {NULL, NULL};
    if (known == NULL)
        return NULL;
    chain[0] = known->found;
    chain[1] = known->issuer;
    for (size_t i = 0; i < AK_COUNT(chain); i++) {
        const struct ak_certificate *c = chain[i] != NULL ? chain[i]->certificate : NULL;
        bool root = i != 0 && c != NULL && c->facts.self_issued;
        if (c != NULL && c->readable && !root && is_refused(v, c) &&
            ak_hash_is_weak(c->facts.sign_hash) == weak)
            return c;
    }
    return NULL;
}

/* The certificate in question: the one seen here, or the only ones this server shows to others. */
static const struct ak_certificate *refused_certificate(const struct ak_view *v, bool weak)
{
    if (ak_offer_decides(v, AK_HELLO_SCHEMES) == AK_ANSWER_YES)
        return asked_certificate(v, weak);
    if (v->leaf != NULL) {
        return is_refused(v, v->leaf) && ak_hash_is_weak(v->leaf->facts.sign_hash) == weak ? v->leaf
                                                                                           : NULL;
    }
    const struct ak_certificate *found = NULL;
    for (size_t i = 0; v->server != NULL && i < v->server->leaf_count; i++) {
        const struct ak_certificate *leaf = v->server->leaf[i];
        if (!leaf->readable || !is_refused(v, leaf))
            return NULL; /* one that the client would take: this cannot be the reason */
        if (ak_hash_is_weak(leaf->facts.sign_hash) == weak)
            found = leaf;
    }
    bool shown = v->server != NULL && v->server->leaf_count != 0;
    return shown ? found : found_certificate(v, weak);
}

static enum ak_answer signature_evidence(const struct ak_view *v, bool weak)
{
    static const uint8_t client_codes[] = {40, 42, 43, 46, 47, 51, 80, 0};
    const struct ak_alert *client = ak_fatal_alert(v->c, AK_SIDE_CLIENT);
    const struct ak_alert *server = ak_fatal_alert(v->c, AK_SIDE_SERVER);
    bool p3 = v->c->stage == AK_STAGE_P3 && v->c->closed_by == AK_SIDE_SERVER &&
              (server == NULL || server->code == 40);
    bool p4 = v->c->stage == AK_STAGE_P4 && v->c->closed_by == AK_SIDE_CLIENT &&
              v->c->close != AK_CLOSE_TIMEOUT &&
              (client == NULL || ak_alert_among(client, client_codes));
    if (ak_offer_decided(v)) {
        bool schemes = ak_offer_decides(v, AK_HELLO_SCHEMES) == AK_ANSWER_YES;
        return schemes && refused_certificate(v, weak) != NULL ? AK_ANSWER_YES : AK_ANSWER_NO;
    }
    if ((!p3 && !p4) || v->hello->max_version < 0x0303 || !v->hello->has_signature_algorithms)
        return AK_ANSWER_NO;
    if (p3 && (v->server == NULL || v->server->leaf_count == 0) &&
        ak_certificate_of_server(v) == NULL)
        return AK_ANSWER_LACK;
    return refused_certificate(v, weak) != NULL ? AK_ANSWER_YES : AK_ANSWER_NO;
}

static enum ak_answer plain_signature_evidence(const struct ak_view *v)
{
    return signature_evidence(v, false);
}
static const struct ak_predicate shows_signature = {"client-lacks-certificate-signature",
                                                    plain_signature_evidence, "certificate-export"};

static enum ak_answer weak_signature_evidence(const struct ak_view *v)
{
    return signature_evidence(v, true);
}
static const struct ak_predicate shows_weak_signature = {
    "client-lacks-weak-certificate-hash", weak_signature_evidence, "certificate-export"};

static bool have_a_suite(const struct ak_hello_shape *hello, const struct ak_host *host)
{
    for (size_t i = 0; i < host->suite_count; i++)
        for (size_t k = 0; k < hello->cipher_suites.count; k++)
            if (host->suites[i].supported && host->suites[i].removed == AK_WHY_OS_DEFAULT &&
                host->suites[i].code == hello->cipher_suites.values[k])
                return true;
    return false;
}

/* What the server's Windows does with a certificate that the client does not list: before 10/2016
 * it presents none and closes at P3, later it sends the only one that it has and the client decides
 * at P4. The grade that this allows; NONE: the server is not known. Never more than likely: a
 * certificate may serve several machines, so it does not prove that this one answered, and a close
 * without a word has other causes. */
static enum ak_grade by_generation(const struct ak_view *v, struct ak_match *m)
{
    const struct ak_certificate_case *known = ak_certificate_of_server(v);
    const struct ak_host *host = known != NULL ? known->host : NULL;
    if (host == NULL || host->system == NULL || host->os_origin != AK_OS_VERSION)
        return AK_GRADE_NONE;
    ak_match_system(m, host);
    if (v->c->stage != AK_STAGE_P3)
        return AK_GRADE_LIKELY;
    bool otherwise_talks = ak_host_speaks(host, AK_SCHANNEL_SERVER, AK_SCHANNEL_PROTOCOL_TLS12) &&
                           have_a_suite(v->hello, host);
    return !host->system->certificate_only_one && otherwise_talks ? AK_GRADE_LIKELY
                                                                  : AK_GRADE_POSSIBLE;
}

static void judge_signature_of(const struct ak_view *v, struct ak_match *m, bool weak)
{
    const struct ak_certificate *certificate = refused_certificate(v, weak);
    bool asked = ak_offer_decides(v, AK_HELLO_SCHEMES) == AK_ANSWER_YES;
    if (certificate == NULL)
        return;
    m->grade = asked ? AK_GRADE_CERTAIN : AK_GRADE_LIKELY;
    m->side = AK_CHANGE_SERVER;
    ak_fact_certificate(m, v, certificate);
    ak_match_text(m, AK_FACT_SIGNED_WITH, v->c->step[AK_STEP_CERTIFICATE].frame, 0,
                  certificate->facts.signature_algorithm);
    ak_fact_hello(m, v);
    ak_offer_facts(m, v, AK_HELLO_SCHEMES);
    ak_match_end(m, v);
    enum ak_grade known = asked || !weak ? AK_GRADE_NONE : by_generation(v, m);
    if (known != AK_GRADE_NONE)
        m->grade = known;
    if (asked)
        return;
    ak_match_rival(m, "no-common-suite");
    ak_match_lack(m, "server-os");
    ak_match_lack(m, "server-log");
}

static void judge_signature(const struct ak_view *v, struct ak_match *m)
{
    judge_signature_of(v, m, false);
}

static void judge_hash(const struct ak_view *v, struct ak_match *m)
{
    judge_signature_of(v, m, true);
}

const struct ak_rule ak_rule_signature_algorithm_mismatch = {
    .id = "signature-algorithm-mismatch",
    .severity = AK_SEVERITY_ERROR,
    .class = AK_RULE_CAUSE,
    .proved_on = "lab",
    .predicates = {&ak_died_before_finish, &ak_has_hello, &shows_signature},
    .judge = judge_signature,
};

const struct ak_rule ak_rule_certificate_hash_refused = {
    .id = "certificate-hash-refused",
    .severity = AK_SEVERITY_ERROR,
    .class = AK_RULE_CAUSE,
    .proved_on = "lab",
    .predicates = {&ak_died_before_finish, &ak_has_hello, &shows_weak_signature},
    .judge = judge_hash,
};
