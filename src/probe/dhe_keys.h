/* TLS 1.0 to 1.2 behind an ephemeral Diffie-Hellman exchange: from the premaster secret to records,
 * for one handshake whose premaster secret the caller chooses the form of.
 *
 * AES-GCM, and AES and 3DES in CBC with SHA-1, SHA-256 or SHA-384. Nothing here is hardened against
 * timing: the keys protect two Finished messages of a probe and nothing else.
 * RFC 2246, 4346, 5246 (5, 6.2.3, 6.3, 7.4.9, 8.1), 5288, 7627.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_PROBE_DHE_KEYS_H
#define AK_PROBE_DHE_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/reader.h"
#include "base/text.h"
#include "codec/tls.h"
#include "observe/conversation.h"

struct ak_dhe_suite {
    uint16_t code;
    const char *cipher, *mac, *prf; /* libcrypto's names; mac NULL: GCM; prf: of TLS 1.2 */
    uint8_t key_size, mac_size, block_size;
};

enum { AK_DHE_MASTER = 48, AK_DHE_FINISHED = 12, AK_DHE_HASH_MOST = 64 };

struct ak_dhe_keys {
    const struct ak_dhe_suite *suite;
    uint16_t version;
    uint8_t master[AK_DHE_MASTER];
    uint8_t mac[AK_SIDES][48], key[AK_SIDES][32], iv[AK_SIDES][16];
    uint64_t sequence[AK_SIDES];
};

/* NULL: not one of those that can be spoken here. */
const struct ak_dhe_suite *ak_dhe_suite_find(uint16_t code);

/* Hash of the handshake's messages so far, as this version and suite want it. */
bool ak_dhe_hash(const struct ak_dhe_suite *suite, uint16_t version, struct ak_span messages,
                 uint8_t out[AK_DHE_HASH_MOST], size_t *size);
/* `session_hash` empty: the master secret comes from the randoms (32 bytes each), else it is the
 * extended one (RFC 7627 4). False: libcrypto has not what it needs. */
bool ak_dhe_keys_make(struct ak_dhe_keys *keys, const struct ak_dhe_suite *suite, uint16_t version,
                      struct ak_span premaster, const uint8_t *client_random,
                      const uint8_t *server_random, struct ak_span session_hash);
/* verify_data of one side over these messages. */
bool ak_dhe_finished(const struct ak_dhe_keys *keys, enum ak_side side, struct ak_span messages,
                     uint8_t out[AK_DHE_FINISHED]);
/* Appends a record that `side` sends. `random`: 16 bytes for an IV. */
bool ak_dhe_seal(struct ak_dhe_keys *keys, enum ak_side side, uint8_t type, struct ak_span data,
                 const uint8_t random[16], struct ak_text *out);
/* What a record of `side` holds, at most `room` bytes. False: it does not verify, or is larger. */
bool ak_dhe_open(struct ak_dhe_keys *keys, enum ak_side side, uint8_t type, struct ak_span fragment,
                 uint8_t *out, size_t room, size_t *size);

#endif
