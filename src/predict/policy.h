/* A change that an administrator thinks of: what would a server be if it were made? */
/* SPDX-License-Identifier: Apache-2.0 */
/* A policy changes parts (versions, the suites that may be used, the size of DH groups) of whatever
 * a server is, or it says all: the server then becomes that party. Where the registry of the server
 * is at hand, the server as it would be is known better than any restriction could tell.
 */
#ifndef AK_PREDICT_POLICY_H
#define AK_PREDICT_POLICY_H

#include "observe/conversation.h"
#include "predict/party.h"

enum ak_policy_part { AK_POLICY_KEEPS, AK_POLICY_OFF, AK_POLICY_ON };

enum { AK_POLICY_ADDRESSES = 16, AK_POLICY_HOST_NAME = 64 };

/* A server whose registry was read: as it is, and as the policy would make it. */
struct ak_policy_host {
    char name[AK_POLICY_HOST_NAME];                    /* computer name; "" unknown */
    struct ak_endpoint addresses[AK_POLICY_ADDRESSES]; /* without ports */
    size_t address_count;
    struct ak_party now, then;
};

struct ak_policy {
    char name[AK_MAX_PARTY_NAME];
    bool whole;                          /* the server becomes `party`; else: */
    struct ak_party party;               /* its suites, in order, when `lists_suites` */
    uint8_t versions[AK_PARTY_VERSIONS]; /* enum ak_policy_part */
    bool lists_suites;                   /* no others remain */
    uint16_t off[AK_MAX_PARTY_SUITES];   /* suites that go, when it does not list them */
    size_t off_count;
    uint16_t dh_bits;             /* of the group that the server sends; 0: as before */
    struct ak_policy_host *hosts; /* owned */
    size_t host_count;
};

/* Adds to a policy what differs between a system as it is installed and the same system with the
 * change: versions that the change set, suites that it took away, or, when it is told that the
 * change `lists` them, all that remain; DH groups. The list of the first system counts. */
void ak_policy_of_change(struct ak_policy *policy, const struct ak_party *installed,
                         const struct ak_party *changed, bool lists);
/* Changes a server. */
void ak_policy_apply(const struct ak_policy *policy, struct ak_party *server);
/* The host that this server is: by its address, or by one of these names (a name with a domain is
 * compared without it, too). NULL: none of them. */
const struct ak_policy_host *ak_policy_host_of(const struct ak_policy *policy,
                                               const struct ak_endpoint *server,
                                               const char *const *names, size_t count);
void ak_policy_release(struct ak_policy *policy);

#endif
