/* What all conversations together say about each server: the background for judging one of them. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_DIAGNOSE_KNOWLEDGE_H
#define AK_DIAGNOSE_KNOWLEDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "observe/conversation.h"

enum { AK_KNOWN_SUITES = 16, AK_KNOWN_GROUPS = 8, AK_KNOWN_LEAVES = 4, AK_KNOWN_WINDOWS = 4 };

/* One width of time at one server. */
struct ak_load_window {
    int64_t index;                        /* time / width */
    uint32_t conversations, silent;       /* silent: died at P0, P1 or P6 */
    uint32_t first_client, other_clients; /* hashes: enough to know "one" from "several" */
    bool used;
};

struct ak_server_known {
    struct ak_endpoint end;
    uint64_t conversations, established, failed;
    uint64_t tds7_answered, tds8_answered;
    bool has_build;
    uint8_t version[2];
    uint16_t build;
    struct {
        uint16_t version, suite;
        uint64_t id; /* a conversation that shows it */
    } suite[AK_KNOWN_SUITES];
    size_t suite_count;
    uint16_t group[AK_KNOWN_GROUPS];
    size_t group_count;
    struct ak_certificate *leaf[AK_KNOWN_LEAVES]; /* references held */
    size_t leaf_count;
    uint32_t packet_size;    /* the largest that the server set in clear; 0: none seen */
    uint64_t packet_size_id; /* the conversation that shows it */
    struct ak_load_window window[AK_KNOWN_WINDOWS];
    struct ak_load_window starved; /* the worst window that met the thresholds; used: found */
};

/* One client address at one server with one DHE suite, or all clients of it: did it ever work, and
 * how often did it end after the client's Finished? */
struct ak_pair_known {
    uint64_t established, failed;
    uint64_t id; /* of the first established one */
};

struct ak_knowledge;

struct ak_knowledge *ak_knowledge_new(struct ak_hash_key key);
void ak_knowledge_free(struct ak_knowledge *knowledge);

/* Takes in one conversation. False when out of memory or a table is full (it is then unknown).
 * *news becomes true when it taught something that no other had; counts are no news. */
bool ak_knowledge_add(struct ak_knowledge *knowledge, const struct ak_conversation *conversation,
                      bool *news);

/* NULL when nothing is known. Valid until the next add. */
const struct ak_server_known *ak_knowledge_server(const struct ak_knowledge *knowledge,
                                                  const struct ak_endpoint *server);
/* A server that showed this certificate; NULL: none did. */
const struct ak_server_known *ak_knowledge_shows(const struct ak_knowledge *knowledge,
                                                 const uint8_t sha256[32]);
/* The pair of this conversation's client and server under its own suite. */
const struct ak_pair_known *ak_knowledge_pair(const struct ak_knowledge *knowledge,
                                              const struct ak_conversation *conversation);
/* All clients of this conversation's server under its suite. */
const struct ak_pair_known *ak_knowledge_suite(const struct ak_knowledge *knowledge,
                                               const struct ak_conversation *conversation);

#endif
