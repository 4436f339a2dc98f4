/* Words for the ways of logging in that SPNEGO chooses from, and for Kerberos' messages.
 *
 * Names are static text; nothing allocates.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_MODEL_GSS_NAMES_H
#define AK_MODEL_GSS_NAMES_H

#include <stdint.h>

/* RFC 4178; [MS-SPNG] 1.9. */
enum ak_gss_mechanism {
    AK_GSS_NONE,
    AK_GSS_SPNEGO,
    AK_GSS_KERBEROS,
    AK_GSS_USER_TO_USER, /* Kerberos between users */
    AK_GSS_NTLM,
    AK_GSS_NEGOEX,
    AK_GSS_MECHANISMS
};

enum ak_kerberos_message {
    AK_KERBEROS_NONE,
    AK_KERBEROS_AP_REQ,
    AK_KERBEROS_AP_REP,
    AK_KERBEROS_ERROR,
    AK_KERBEROS_MESSAGES
};

enum { AK_SPNEGO_REJECT = 2, AK_SPNEGO_STATES = 4 };

const char *ak_gss_mechanism_name(enum ak_gss_mechanism mechanism);     /* "kerberos"; "none" */
const char *ak_kerberos_message_name(enum ak_kerberos_message message); /* "AP-REQ"; "none" */
/* "accept-completed", "accept-incomplete", "reject", "request-mic"; "unknown". */
const char *ak_spnego_state_name(unsigned state);
/* "KDC_ERR_ETYPE_NOSUPP" for what Windows hosts meet (RFC 4120 7.5.9); NULL for others. */
const char *ak_kerberos_error_name(int32_t code);

#endif
