/* What the configuration of a conversation's server says about the hello that it got.
 *
 * The hello of the wire and the machine's settings are negotiated (predict/negotiate.h) and held
 * beside what happened. Where both say that the server must refuse, nothing else is needed; where
 * the settings say that it works, one of the two is not what it seems: a setting that is not in
 * force yet, or another machine.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_DIAGNOSE_CASE_PREDICT_H
#define AK_DIAGNOSE_CASE_PREDICT_H

#include "diagnose/case_hosts.h"
#include "diagnose/rule.h"
#include "predict/negotiate.h"

struct ak_case_forecast {
    bool made;
    struct ak_negotiation n;
    const char *rule;     /* that the wire's end and the settings agree on; NULL: none */
    enum ak_grade grade;  /* at most, of that rule */
    enum ak_grade logged; /* the same when the server's own log says that no suite was left */
    bool contradicts;     /* the settings say that this handshake works */
    size_t suites;        /* that the server accepts in any version */
    unsigned speaks;      /* versions of the server's settings, bits of AK_SCHANNEL_VERSION */
    /* Settings of the server whose keys were written, the newest of each kind: before the
     * conversation; of these, after its last shutdown, so that they may not be in force; and after
     * the conversation. NULL: there is none, or no times are known. */
    const struct ak_setting *latest, *pending, *later;
    char latest_key[80], pending_key[80], later_key[80];
};

/* Two parties of some kilobytes each: too much for a stack. */
struct ak_case_parties {
    struct ak_party client, server;
};

void ak_case_predict(const struct ak_view *view, const struct ak_met_host side[AK_SIDES],
                     struct ak_case_parties *room, struct ak_case_forecast *out);

#endif
