/* Which single change of one side makes two parties agree that do not.
 *
 * Nothing here knows what cures what: every change that a setting, a list or a new certificate
 * could be is tried on a copy and negotiated again (predict/negotiate.h).
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_PREDICT_CHANGES_H
#define AK_PREDICT_CHANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "predict/negotiate.h"

enum ak_change_kind {
    AK_CHANGE_VERSION,        /* code: switch this version on */
    AK_CHANGE_SUITE,          /* code: add it at the end of the list */
    AK_CHANGE_GROUP,          /* code: add */
    AK_CHANGE_SCHEME,         /* code: add */
    AK_CHANGE_CERTIFICATE,    /* server: a certificate with an RSA key of `bits`, signed with
                                 SHA-256 throughout */
    AK_CHANGE_CERTIFICATE_EC, /* server: one with a P-256 key beside it */
    AK_CHANGE_DH_BITS,        /* server: send a group of `bits` */
    AK_CHANGE_BOUND_RSA,      /* client: accept keys of `bits` */
    AK_CHANGE_BOUND_DH,       /* client: accept groups of `bits` */
    AK_CHANGE_EMS,            /* speak extended master secret, or require it no longer */
    AK_CHANGE_RENEGOTIATION,  /* send renegotiation_info, or require it no longer */
    AK_CHANGE_CLIENT_CERTIFICATE,
    AK_CHANGE_STRICT,    /* client: code 0 or 1; server: answer strict clients, or others */
    AK_CHANGE_ENCRYPTION /* code: enum ak_tds_encryption to be set */
};

struct ak_change {
    enum ak_change_kind kind;
    enum ak_side side;
    uint16_t code, bits;
    uint16_t cost;      /* less is better; equal ones are in order of preference */
    bool weakens;       /* brings back what is deprecated: version below 1.2, weak suite or key */
    bool installs;      /* not a setting: other software or a new certificate is needed */
    uint8_t confidence; /* enum ak_confidence */
    struct ak_negotiation result;
};

/* The single changes that turn this refusal into a connection, least first; each was tried on a
 * copy of the party. Returns how many were written, at most `room` (of more the least stay); 0 when
 * the two agree already. `scratch` is overwritten: a party is too large for many stacks. */
size_t ak_negotiate_changes(const struct ak_party *client, const struct ak_party *server,
                            struct ak_party *scratch, struct ak_change *out, size_t room);

#endif
