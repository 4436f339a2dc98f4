/* How the TLS stacks of the world behave where the RFCs leave a choice: facts with a source.
 *
 * Generated from data/stack_ways.csv by tools/gen_stacks.py. A way is a small number; what each
 * number means stands beside the enum. Nothing allocates.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_MODEL_STACKS_H
#define AK_MODEL_STACKS_H

#include <stdint.h>

enum ak_stack {
    AK_STACK_OTHER,
    AK_STACK_SCHANNEL,
    AK_STACK_OPENSSL,
    AK_STACK_GNUTLS,
    AK_STACK_NSS,
    AK_STACK_JSSE,
    AK_STACKS
};

/* In the order of tools/gen_stacks.py. "As client", "as server" where only one role has it. */
enum ak_way {
    AK_WAY_SUPPORTED_VERSIONS,  /* client sends the extension: 0 never, 1 with TLS 1.3, 2 always */
    AK_WAY_KEY_SHARES,          /* client: how many groups get a share in the first hello */
    AK_WAY_HELLO_NEEDS_SUITE,   /* client: 0 any suite will do, 1 its best version must have one */
    AK_WAY_VERSION_NEEDS_SUITE, /* a version counts only with a suite of its own for it: 0 no, 1 */
    AK_WAY_SUITE_SEES_SCHEMES,  /* server: a suite without a fitting scheme is 0 chosen all the same
                                   (and fails), 1 passed over */
    AK_WAY_SUITE_SEES_CURVE,    /* server: an ECDSA certificate whose curve the client lacks is 0
                                   used all the same, 1 passed over */
    AK_WAY_GROUP_ORDER,         /* server picks the group by 0 the client's order, 1 its own, 2 as
                                   it does the suite */
    AK_WAY_SHARE_ORDER,         /* TLS 1.3: the same among the groups that came with a share */
    AK_WAY_RETRY_ORDER,         /* TLS 1.3: the same for the group of a HelloRetryRequest */
    AK_WAY_SCHEME_ORDER,        /* server picks the scheme by 0 the client's order, 1 its own */
    AK_WAY_FFDHE,               /* server and the client's FFDHE groups (RFC 7919): 0 not looked at,
                                   1 a DHE suite needs a common one if the client lists any */
    AK_WAY_RSA_NEEDS_SCHEME,    /* server: a suite with RSA key exchange, which signs nothing, is 0
                                   independent of the client's schemes, 1 not */
    AK_WAY_CHAIN_CHECK,         /* server holds its chain against the client's schemes: 0 no, 1
                                   and refuses */
    AK_WAY_CLIENT_CHAIN_CHECK,  /* client holds the chain against its own schemes: 0 no, 1 yes */
    AK_WAY_REFUSAL,             /* 0 with an alert, 1 by closing without one */
    AK_WAY_ALERT_NO_VERSION,    /* server: alert when no version fits */
    AK_WAY_ALERT_NO_SUITE,
    AK_WAY_ALERT_NO_GROUP,
    AK_WAY_ALERT_NO_SCHEME,
    AK_WAYS
};

/* The value for this stack; that of AK_STACK_OTHER where no row says anything. */
int16_t ak_stack_way(enum ak_stack stack, enum ak_way way);

/* "openssl"; "other". Never NULL. */
const char *ak_stack_name(enum ak_stack stack);
/* AK_STACK_OTHER for a name that is not known. */
enum ak_stack ak_stack_of(const char *name);

#endif
