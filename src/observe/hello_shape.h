/* What a ClientHello says about its sender: shared by every conversation that said the same.
 *
 * A shape holds everything but the parts that differ from connection to connection (random, session
 * id, key shares' bytes, tickets, the server's name). Shapes are interned: parsing one more hello
 * of a known client costs a hash and a comparison, and JA3 and JA4 are computed once.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_OBSERVE_HELLO_SHAPE_H
#define AK_OBSERVE_HELLO_SHAPE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/hash.h"
#include "codec/ja.h"
#include "codec/tls.h"
#include "observe/hello_recall.h"

struct ak_u16_list {
    const uint16_t *values; /* owned by the shape; GREASE is kept */
    size_t count;
};

struct ak_hello_shape {
    uint32_t references;
    uint32_t id; /* 1, 2, 3 ... in order of first appearance; 0: not interned */
    bool ssl2_format, has_server_name, extended_master_secret, renegotiation_info;
    bool session_ticket, has_signature_algorithms, has_groups, has_supported_versions;
    uint16_t legacy_version;
    uint16_t max_version; /* highest offered, drafts of 1.3 as 0x0304 */
    uint16_t min_version; /* lowest offered; 0: the hello does not tell (no supported_versions) */
    struct ak_u16_list cipher_suites; /* SSL 2.0 kinds that are no TLS suite are left out */
    struct ak_u16_list extensions, groups, signature_algorithms, signature_algorithms_cert;
    struct ak_u16_list supported_versions, key_share_groups;
    const char *alpn; /* "h2,http/1.1", owned; "" when none */
    bool strict_tds;  /* ALPN tds/8.0 */
    char ja3[33];
    char ja4[AK_JA4_SIZE];
    size_t size; /* of the key bytes behind the struct */
    const uint8_t *key;
};

struct ak_hello_store; /* one a trace; not shared between threads */

struct ak_hello_store *ak_hello_store_new(struct ak_hash_key key);
void ak_hello_store_free(struct ak_hello_store *store);

/* The shape of a parsed hello, with one more reference, or NULL when out of memory. */
struct ak_hello_shape *ak_hello_shape_of(struct ak_hello_store *store,
                                         const struct ak_client_hello *hello);
/* The body of a ClientHello (after type and length): one like an earlier one is recalled, else it
 * is parsed. `said` is set when the verdict is "parsed". */
enum ak_verdict ak_hello_read(struct ak_hello_store *store, struct ak_span body,
                              struct ak_hello_said *said);
/* What a parsed hello says. */
void ak_hello_say(struct ak_hello_store *store, const struct ak_client_hello *hello,
                  struct ak_hello_said *said);
struct ak_hello_shape *ak_hello_shape_keep(struct ak_hello_shape *shape);
void ak_hello_shape_drop(struct ak_hello_shape *shape);

/* JA3S of a ServerHello, remembered by its content; 33 bytes with the NUL. */
void ak_ja3s_of(struct ak_hello_store *store, const struct ak_server_hello *hello, char out[33]);

bool ak_u16_list_has(const struct ak_u16_list *list, uint16_t value);
bool ak_u16_lists_meet(const struct ak_u16_list *a, const struct ak_u16_list *b);

#endif
