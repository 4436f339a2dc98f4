/* Who would fail if a policy were already set on the servers: every connection that works is
 * negotiated again with the server as it would be. */
/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of a server is its registry, when that was read (predict/policy.h), else what the
 * wire showed: versions that it chose, versions that it did not choose though they were offered,
 * its certificate, its build. A prediction that does not even hold for the server as it is now says
 * nothing about the server as it would be: such a connection is `unsure`, and so is one that works
 * only with a version that its server seems not to have.
 *
 * Connections of one client, program and hello to one server are one row, negotiated once; a row is
 * judged anew when its server was seen to be different. Rows, servers and names are bounded; what
 * does not fit is counted.
 */
#ifndef AK_PREDICT_WOULD_BLOCK_H
#define AK_PREDICT_WOULD_BLOCK_H

#include "predict/negotiate.h"
#include "predict/policy.h"

enum ak_would { AK_WOULD_WORK, AK_WOULD_UNSURE, AK_WOULD_FAIL, AK_WOULDS };
/* "works", "unsure", "fails" */
const char *ak_would_name(enum ak_would would);

/* Why a row is unsure. */
enum ak_unsure {
    AK_UNSURE_NOT,
    AK_UNSURE_MODEL,  /* not even what works now could be predicted */
    AK_UNSURE_VERSION /* the server did not choose the version that would be needed */
};

enum { AK_WOULD_PROGRAM = 96 };

struct ak_would_row {
    struct ak_endpoint client; /* port 0 */
    struct ak_endpoint server;
    char program[AK_WOULD_PROGRAM]; /* of LOGIN7, or whose hello it is; "" not known */
    bool program_of_hello;
    char server_name[AK_POLICY_HOST_NAME]; /* SNI, LOGIN7 or certificate; "" */
    const char *ja4;                       /* lives as long as the row */
    uint8_t protocol;                      /* enum ak_protocol */
    uint16_t version, suite;               /* used now */
    uint64_t count;
    int64_t first, last;
    uint64_t sample; /* id of the first conversation */
    enum ak_would would;
    enum ak_unsure unsure;
    bool by_registry;           /* the server's registry was at hand */
    bool build_too_old;         /* this SQL Server cannot speak TLS 1.2 */
    struct ak_negotiation then; /* what would happen */
};

struct ak_would_totals {
    uint64_t judged;                /* connections that work now */
    uint64_t each[AK_WOULDS];       /* of them */
    uint64_t failed_already;        /* fail now, whatever the policy */
    uint64_t without_tls;           /* the policy does not touch them */
    uint64_t unseen;                /* TLS, but begun before, or not seen to the end */
    uint64_t not_kept;              /* for want of room */
    size_t rows[AK_WOULDS];         /* clients with a program at a server */
    int64_t first, last;            /* time of the first and the last connection of any kind */
    int64_t last_fail, last_unsure; /* INT64_MIN: none */
};

struct ak_would_block;

/* `policy` is borrowed. NULL when out of memory. */
struct ak_would_block *ak_would_block_new(const struct ak_policy *policy, uint64_t seed);
void ak_would_block_free(struct ak_would_block *block);
/* Takes in one conversation: when it is over, or earlier, once its handshake is. */
void ak_would_block_add(struct ak_would_block *block, const struct ak_conversation *conversation);
/* Time went on so far. */
void ak_would_block_time(struct ak_would_block *block, int64_t time);
/* Judges what was not judged yet, and counts. */
void ak_would_block_judge(struct ak_would_block *block);
/* After _judge: the next row that would fail and was not handed out here before; NULL: no more. */
const struct ak_would_row *ak_would_block_news(struct ak_would_block *block);
/* As of the last _judge. */
const struct ak_would_totals *ak_would_block_totals(const struct ak_would_block *block);
/* Rows, those that would fail first, then the unsure ones, each by last connection, newest first.
 * The order holds until the next _judge. NULL past the end. */
size_t ak_would_block_count(const struct ak_would_block *block);
const struct ak_would_row *ak_would_block_row(const struct ak_would_block *block, size_t index);

#endif
