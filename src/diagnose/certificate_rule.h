/* Rules that look at certificates which were found: what of one keeps a server from using it, or
 * clients from taking it.
 *
 * A certificate rule has the words, the page and the remedies of an ordinary rule (diagnose/rule.h)
 * and shares one with a rule of conversations or of logs. That it hurts anybody no file tells:
 * grades stay at likely, and at possible where it is not known that a server uses it.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_DIAGNOSE_CERTIFICATE_RULE_H
#define AK_DIAGNOSE_CERTIFICATE_RULE_H

#include "diagnose/certificate_case.h"
#include "diagnose/rule.h"

struct ak_certificate_rule {
    const struct ak_rule *rule;
    /* Leaves match->grade at NONE when there is nothing to say. */
    void (*look)(const struct ak_certificate_evidence *e, const struct ak_certificate_case *c,
                 struct ak_match *match);
};

extern const struct ak_certificate_rule ak_certificate_rules[];
extern const size_t ak_certificate_rule_count;

typedef void ak_certificate_match_sink(void *context, const struct ak_rule *rule,
                                       const struct ak_certificate_case *c,
                                       const struct ak_match *match);
/* Puts every certificate that a server uses, or may use, to every rule. */
void ak_certificate_rules_apply(const struct ak_certificate_evidence *e,
                                const struct ak_certificate_case *cases,
                                ak_certificate_match_sink *sink, void *context);

/* Of a conversation: the certificate that its server is known to use, by what it showed, by the
 * machine that it is, or by the name that the client asked for; NULL: not known. */
const struct ak_certificate_case *ak_certificate_of_server(const struct ak_view *view);

#endif
