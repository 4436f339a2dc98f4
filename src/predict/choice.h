/* What a server chooses from a client's offer: suite, certificate, group, signature scheme.
 *
 * Private to src/predict/. One `struct ak_choice` is one negotiation under way; each step answers
 * whether it can go on, and if not has filled `out` with the end.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_PREDICT_CHOICE_H
#define AK_PREDICT_CHOICE_H

#include "predict/negotiate.h"

struct ak_choice {
    const struct ak_party *client, *server;
    enum ak_party_version_at at; /* the version agreed upon */
    bool no_tls13;               /* inside PRELOGIN packets, where it may not be */
    bool cannot_sign; /* the server will find, behind its Certificate, that no signature can
                         be made */
    bool anonymous;   /* the suite has no certificate */
    bool short_salt;  /* it signs with less salt than the scheme asks, for want of bits */
    struct ak_party_list groups; /* that the client's hello names */
    bool curve_assumed;          /* it names none, and the server takes that for secp256r1 */
    struct ak_negotiation *out;
};

/* What a candidate suite needs, found while it is looked at. */
struct ak_candidate {
    const struct ak_cipher_suite *suite;
    uint16_t group, scheme;
    uint16_t dh_bits;
    uint8_t chain;
    bool retry;
    bool broken; /* chosen, and then found to be impossible */
};

/* Marks that the answer rests on this part of this side. */
void ak_choice_rest(struct ak_choice *c, enum ak_side side, enum ak_party_part part);

void ak_choice_rest_on_both(struct ak_choice *c, enum ak_party_part part);
/* !known; what nobody told is taken to fit, and the answer is worth little. */
bool ak_choice_unknown(struct ak_choice *c, bool known);

/* Fills the end of a negotiation and returns false. An alert of 0 is a close without one. */
bool ak_choice_refuse(struct ak_choice *c, enum ak_refusal refusal, enum ak_stage stage,
                      enum ak_side by, uint8_t alert);
/* The same by the server's way of refusing. */
bool ak_choice_server_refuses(struct ak_choice *c, enum ak_refusal refusal, uint8_t alert);

/* Does the client list every signature of the chain (RFC 8446 4.2.3)? True when nobody told. */
bool ak_choice_chain_listed(const struct ak_party *client, const struct ak_party_chain *chain);

/* The group of an ECDHE or DHE suite, and of TLS 1.3; false when there is none. */
bool ak_choice_ecdhe_group(struct ak_choice *c, struct ak_candidate *k);
bool ak_choice_dhe_group(struct ak_choice *c, struct ak_candidate *k);
bool ak_choice_tls13_group(struct ak_choice *c, struct ak_candidate *k);
/* Once the certificate is chosen: a curve as strong as its key, where the server asks for that. */
bool ak_choice_strong_group(struct ak_choice *c, struct ak_candidate *k);
bool ak_choice_names_curve(const struct ak_choice *c);
/* Fills `groups`. */
void ak_choice_groups_sent(struct ak_choice *c);
/* A hello holds no suite that none of its versions, groups or schemes could use. */
bool ak_choice_offered(const struct ak_choice *c, const struct ak_party_suite *suite);
/* False when the server cannot go on where its signature is due. */
bool ak_choice_signed(struct ak_choice *c);

/* Suite, certificate, group and scheme for `at`; false when the server refuses. */
bool ak_choice_of_server(struct ak_choice *c);

#endif
