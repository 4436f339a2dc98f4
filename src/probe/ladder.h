/* What to ask a server next: from one attempt as the client would make it to the change that helps.
 *
 * Pure decisions, no I/O: _next names an attempt, _done takes its result, until _next has none. A
 * healthy server is asked at most three times. When the client's hello fails twice the same way,
 * versions are tried one at a time, then the client's hello with one part after the other widened,
 * and at last the smallest change is shown by a completed handshake. What came out is an offer
 * (observe/offer.h).
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_PROBE_LADDER_H
#define AK_PROBE_LADDER_H

#include "observe/offer.h"
#include "probe/attempt.h"

enum ak_purpose {
    AK_PURPOSE_CLIENT,   /* as the client would: judged by the rules */
    AK_PURPOSE_COMPLETE, /* the same lists, by OpenSSL to the end: judged as well */
    AK_PURPOSE_RESUME,   /* once more with the first one's session */
    AK_PURPOSE_SETTING,  /* PRELOGIN that asks for no encryption: is it forced? */
    AK_PURPOSE_OLD,      /* are versions below TLS 1.2 still answered? */
    AK_PURPOSE_FORM,     /* the other form of TDS */
    AK_PURPOSE_VERSION,  /* one version alone, with everything else wide; `code` */
    AK_PURPOSE_WIDEN,    /* the client's hello with one part widened; `part` */
    AK_PURPOSE_SUITE,    /* which suite next, of those not yet accepted; `code`: version */
    AK_PURPOSE_PROOF,    /* the client's hello with the smallest change; `part`, `code` */
    AK_PURPOSE_RARE,     /* suites that hardly anyone has */
    AK_PURPOSE_ZERO      /* one variant of the leading-zero probe; `code` */
};

struct ak_ladder_setting {
    struct ak_probe_plan plan; /* way, name, proxy, login, limits; hello without its client */
    const struct ak_party *client;
    bool own_hello; /* the client is a named one: its own hello goes first (own engine) */
    bool guessed;   /* nobody said that it is SQL Server: TLS alone may be right */
    bool zero;      /* try the leading-zero probe although nothing failed */
    unsigned most;  /* connections; at most AK_MAX_CHECK_ATTEMPTS */
};

struct ak_ladder_try {
    enum ak_purpose purpose;
    enum ak_hello_part part;
    uint16_t code;
    bool judged;                      /* its conversation is evidence of the client's trouble */
    const struct ak_probe_plan *plan; /* the ladder's: until the next call of ak_ladder_next */
};

struct ak_ladder;

/* The setting is copied; what it points to is borrowed until the ladder is freed. NULL: out of
 * memory. */
struct ak_ladder *ak_ladder_new(const struct ak_ladder_setting *setting);
void ak_ladder_free(struct ak_ladder *ladder);

/* False: nothing more to ask. One attempt at a time: _done must come before the next _next. */
bool ak_ladder_next(struct ak_ladder *ladder, struct ak_ladder_try *out);
/* `conversation` numbers the attempt in the output; 0: not numbered. True: its conversation is
 * evidence of the client's trouble, as far as is known now. */
bool ak_ladder_done(struct ak_ladder *ladder, const struct ak_probe_result *result,
                    uint64_t conversation);
/* A session of the attempt as the client (ak_attempt_session), before _done; the ladder drops it.
 */
void ak_ladder_session(struct ak_ladder *ladder, void *session);
struct ak_offer *ak_ladder_offer(struct ak_ladder *ladder);

const char *ak_purpose_name(enum ak_purpose purpose);

/* Everything that a client could offer: all suites that some Windows had and what OpenSSL adds,
 * all groups and signature schemes with names, versions 1.0 to 1.3 (others off). Put together so
 * that no known server is put off by its length (at most 64 suites). */
void ak_party_wide(struct ak_party *party);

#endif
