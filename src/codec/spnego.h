/* SPNEGO tokens and the Kerberos messages in them: which way of logging in is asked for, chosen or
 * refused. RFC 4178 4.2 (with Windows' habits: [MS-SPNG]), RFC 4121 4.1, RFC 4120 5.9.1.
 *
 * Names, tickets and authenticators are never given out. A token may be cut by its segment: what is
 * there is read.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CODEC_SPNEGO_H
#define AK_CODEC_SPNEGO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/reader.h"
#include "model/gss_names.h"

/* What a token can begin with. */
enum { AK_SPNEGO_FIRST = 0x60, AK_SPNEGO_LATER = 0xa1 };

enum ak_spnego_form {
    AK_SPNEGO_INIT,     /* negTokenInit: what the client offers */
    AK_SPNEGO_RESPONSE, /* negTokenResp: of either side */
    AK_SPNEGO_BARE      /* a Kerberos token without SPNEGO around it */
};

struct ak_spnego {
    enum ak_spnego_form form;
    unsigned mechanisms;          /* offered: bit n for enum ak_gss_mechanism n */
    enum ak_gss_mechanism chosen; /* of a response; NONE: not named */
    bool has_state;
    uint8_t state; /* negState */
    enum ak_kerberos_message kerberos;
    int32_t kerberos_error; /* of a KRB-ERROR */
    size_t structure;       /* bytes from the token's start that hold none of its secrets */
};

/* UNKNOWN: no such token begins here. */
enum ak_verdict ak_spnego_parse(struct ak_span token, struct ak_spnego *spnego,
                                struct ak_parse *parse);

#endif
