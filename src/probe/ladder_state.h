/* What the ladder remembers: shared by its two halves (order of attempts, widening and proof). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_PROBE_LADDER_STATE_H
#define AK_PROBE_LADDER_STATE_H

#include "probe/ladder.h"

enum phase {
    PHASE_CLIENT,
    PHASE_AGAIN,
    PHASE_COMPLETE,
    PHASE_SETTING,
    PHASE_RESUME,
    PHASE_OLD,
    PHASE_FORM,
    PHASE_VERSIONS,
    PHASE_WIDEN,
    PHASE_SUITES,
    PHASE_PROOF,
    PHASE_RARE,
    PHASE_ZERO,
    PHASE_END
};

enum { LADDER_CANDIDATES = 6 };

struct ak_ladder {
    struct ak_ladder_setting setting;
    struct ak_party client, wide;
    struct ak_party asking; /* a wide hello, narrowed */
    struct ak_party trying; /* the client's, with a change */
    struct ak_probe_plan plan;
    struct ak_ladder_try current;
    struct ak_probe_result first; /* of the first failure; its chain is not looked at */
    struct ak_offer offer;
    enum phase phase;
    bool named; /* setting.own_hello as it was given */
    size_t at;  /* within the phase */
    unsigned made;
    void *session;            /* of the first handshake that was completed */
    uint16_t lowest;          /* version that was negotiated as the client */
    uint16_t chosen;          /* suite that was negotiated then; 0: none yet */
    uint16_t common;          /* highest version that both have; 0: none */
    enum ak_hello_part cause; /* AK_HELLO_PARTS: none found */
    uint16_t candidate[AK_HELLO_PARTS][LADDER_CANDIDATES]; /* codes that the server used */
    size_t candidates[AK_HELLO_PARTS];
    size_t candidate_at;
    uint16_t proving, also; /* codes that the proof adds; also: a suite beside a version, or 0 */
    bool own_proof; /* OpenSSL lacks what the proof needs: our own hello, up to the flight */
    enum ak_dhe_zero_answer zero[AK_DHE_ZERO_FORMS];
    struct ak_dhe_zero_plan zero_plan;
    bool zero_over;
    bool whole;       /* the part as a whole was tried */
    bool with_suites; /* versions alone do not help: their suites are lacking too */
};

/* The next variant of the leading-zero probe: false when enough is known. */
bool ak_ladder_zero(struct ak_ladder *l, enum ak_dhe_zero_form *form);
/* True: the server refused what a correct one must accept: evidence like any failed handshake. */
bool ak_ladder_zero_done(struct ak_ladder *l, const struct ak_probe_result *r);
/* The next hello of suites that hardly anyone has, in l->asking. False: all were asked. */
bool ak_ladder_rare(struct ak_ladder *l);
void ak_ladder_rare_done(struct ak_ladder *l, const struct ak_probe_result *r);
/* Can OpenSSL say what this party offers at all, or, for the client that was answered, what the
 * server chose? It lacks old suites and versions. */
bool ak_ladder_can_complete(const struct ak_ladder *l, const struct ak_party *party);
bool ak_ladder_answered(const struct ak_probe_result *r);
/* Enumerates DHE: does the suite exchange keys so? */
bool ak_ladder_is_dhe(uint16_t suite);
/* The client with this part widened in l->trying. False: that would change nothing. */
bool ak_ladder_widen(struct ak_ladder *l, enum ak_hello_part part);
/* What of the part is no list of the party: name, ALPN. */
void ak_ladder_widen_plan(const struct ak_ladder *l, enum ak_hello_part part,
                          struct ak_probe_plan *plan);
void ak_ladder_widened(struct ak_ladder *l, const struct ak_probe_result *r);
/* After all versions were tried: which does the client share with the server? */
void ak_ladder_compare_versions(struct ak_ladder *l);
/* After all parts were widened: which one decides? */
void ak_ladder_choose_cause(struct ak_ladder *l);
/* The client with the next smallest change in l->trying; l->proving is its code. False: none. */
bool ak_ladder_prove(struct ak_ladder *l);
void ak_ladder_proved(struct ak_ladder *l, const struct ak_probe_result *r, uint64_t conversation);

#endif
