/* What all conversations together say about clients, about a client's way to a server, and about
 * the servers behind one name.
 *
 * Like knowledge.h, which does so for each server: bounded tables, asked when one conversation is
 * judged. What a full table cannot take in stays unknown.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_DIAGNOSE_ESTATE_H
#define AK_DIAGNOSE_ESTATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "observe/conversation.h"

/* One client address: the highest TLS version that any of its programs offered. */
struct ak_client_known {
    uint16_t max_version; /* 0: no ClientHello seen */
    uint64_t id;          /* a conversation that shows it */
    /* The same, but of programs that are known to speak Windows' own TLS alone. */
    uint16_t windows_version;
};

/* One client address at one server: how many connections a minute it opens that keep a port of the
 * client busy: accepted ones that are still open, or that the client ended with FIN (the side that
 * does so holds TIME_WAIT). A refused connection, or one that a RST ends, frees its port at once.
 */
enum { AK_ROUTE_SPANS = 6 };
struct ak_route_known {
    int32_t span;                    /* time / 10 s: of the latest connection */
    int32_t busy_until;              /* the last span of the latest busy minute */
    uint32_t opened[AK_ROUTE_SPANS]; /* connections in that span and the five before it; by span
                                        modulo 6 */
    uint32_t most;                   /* in a minute, wherever it begins */
    uint32_t busy, most_busy; /* minutes in a row above the rate that uses up ports; the most */
};

enum { AK_KNOWN_NODES = 8, AK_KNOWN_HELLOS = 4 };

/* The servers that clients reach under one name (SNI). */
struct ak_name_known {
    struct ak_node_known {
        struct ak_endpoint end;
        uint64_t established, failed;
        uint64_t id;                     /* of the first established conversation */
        uint32_t hello[AK_KNOWN_HELLOS]; /* shapes (their ids) that led to a handshake; 0: none */
    } node[AK_KNOWN_NODES];
    size_t nodes;
    bool is_microsofts; /* one of data/microsoft_hosts.csv */
};

struct ak_estate;

struct ak_estate *ak_estate_new(struct ak_hash_key key);
void ak_estate_free(struct ak_estate *estate);

/* Takes in one conversation. False when out of memory or a table is full. *news becomes true when
 * it taught something about its client or its server's name that no other had; counts, and so all
 * of a route, are no news. Of routes only the busiest are remembered: enough to find one that uses
 * up ports. */
/* This conversation is likely to be added soon. */
void ak_estate_announce(struct ak_estate *estate, const struct ak_conversation *conversation);
bool ak_estate_add(struct ak_estate *estate, const struct ak_conversation *conversation,
                   bool *news);
/* The route of the conversation added last; NULL: it held no port. */
const struct ak_route_known *ak_estate_latest_route(const struct ak_estate *estate);
/* The name that it asked for; NULL: none, or one that is not kept. */
const struct ak_name_known *ak_estate_latest_name(const struct ak_estate *estate);

/* Of this conversation's client, its client and server, its server name. NULL: nothing known. */
const struct ak_client_known *ak_estate_client(const struct ak_estate *estate,
                                               const struct ak_conversation *conversation);
const struct ak_route_known *ak_estate_route(const struct ak_estate *estate,
                                             const struct ak_conversation *conversation);
const struct ak_name_known *ak_estate_name(const struct ak_estate *estate,
                                           const struct ak_conversation *conversation);

#endif
