/* ClientHellos known by their bytes.
 *
 * Of the bytes of a ClientHello most are the same each time that a program sends one. Where those
 * that its parser and its shape look at equal those of an earlier message of the same length, what
 * was made of that one holds again: a few comparisons instead of a walk through all extensions.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_OBSERVE_HELLO_RECALL_H
#define AK_OBSERVE_HELLO_RECALL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/hash.h"
#include "codec/tls.h"

struct ak_hello_shape;

/* What one ClientHello says: its shape, and what is its own. */
struct ak_hello_said {
    struct ak_hello_shape *shape; /* one reference; NULL: memory */
    const uint8_t *random;        /* 32 bytes; NULL in SSL 2.0 format */
    struct ak_span server_name;   /* borrowed from the message; size 0: none */
    bool ssl2_format, early_data;
    bool malformed; /* an extension, or their block, contradicts its length */
};

struct ak_hello_recall; /* one a store of shapes */

/* NULL: memory. */
struct ak_hello_recall *ak_hello_recall_new(struct ak_hash_key key);
/* Before the shapes are dropped that the store itself holds. */
void ak_hello_recall_free(struct ak_hello_recall *recall);

/* Is this body (after type and length) like one that was remembered? */
bool ak_hello_recall(const struct ak_hello_recall *recall, struct ak_span body,
                     struct ak_hello_said *said);
/* Keeps the body that was parsed to `hello`, and what it said, in place of one that was not met
 * again. Without memory nothing is kept. */
void ak_hello_remember(struct ak_hello_recall *recall, struct ak_span body,
                       const struct ak_client_hello *hello, const struct ak_hello_said *said);

#endif
