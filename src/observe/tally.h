/* Connections counted while they come: by outcome, by protocol, and clients by TLS version. */
/* SPDX-License-Identifier: Apache-2.0 */
/* An established connection counts for its version once, when it is told while it is open (`told`)
 * or else at its end; for its outcome and protocol at its end. Clients are addresses; a client that
 * uses two versions counts for both. Beyond AK_MAX_SERVERS clients new ones are not told apart. */
#ifndef AK_OBSERVE_TALLY_H
#define AK_OBSERVE_TALLY_H

#include "observe/conversation.h"

/* SSL 2.0, SSL 3.0, TLS 1.0 to 1.3, anything else. */
enum { AK_TALLY_VERSIONS = 7, AK_TALLY_OUTCOMES = 6, AK_TALLY_PROTOCOLS = 4 };

struct ak_tally {
    uint64_t outcomes[AK_TALLY_OUTCOMES];   /* by enum ak_outcome */
    uint64_t protocols[AK_TALLY_PROTOCOLS]; /* by enum ak_protocol */
    struct ak_tally_version {
        uint64_t connections, clients;
        int64_t last; /* beginning of the last one */
    } versions[AK_TALLY_VERSIONS];
    bool clients_more; /* more clients than could be told apart */
};

struct ak_tallying;

/* NULL when out of memory. */
struct ak_tallying *ak_tallying_new(uint64_t seed);
void ak_tallying_free(struct ak_tallying *tallying);
/* One that is established and still open. */
void ak_tallying_open(struct ak_tallying *tallying, const struct ak_conversation *conversation);
/* One that is over. */
void ak_tallying_add(struct ak_tallying *tallying, const struct ak_conversation *conversation);
const struct ak_tally *ak_tallying_numbers(const struct ak_tallying *tallying);
/* 0x0303 for the place of TLS 1.2; 0 for the last one. */
uint16_t ak_tally_version_code(unsigned place);

#endif
