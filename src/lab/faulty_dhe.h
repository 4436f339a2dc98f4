/* A TLS 1.2 server that has TLS_DHE_RSA_WITH_AES_128_GCM_SHA256 alone, with the faults of old
 * Diffie-Hellman code that no library of today can be made to show.
 *
 * RFC 5246 (8.1.2: leading zeros of the shared secret are stripped), RFC 5288, RFC 7627.
 * Resumes only to show how not to; no renegotiation. Fed whole records, gives whole records.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_LAB_FAULTY_DHE_H
#define AK_LAB_FAULTY_DHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "lab/certificate.h"
#include "lab/settings.h"

struct ak_faulty_dhe;

enum ak_faulty_state {
    AK_FAULTY_TALKING,
    AK_FAULTY_DONE,   /* both Finished */
    AK_FAULTY_REFUSED /* the fault, or anything else that is wrong with what came */
};

/* The last session of a server. */
struct ak_faulty_session {
    bool used;
    uint8_t id[32], master[48];
};

/* `keys`, with an RSA key, and `session` are borrowed. NULL: out of memory, or no key. */
struct ak_faulty_dhe *ak_faulty_dhe_new(const struct ak_lab_keys *keys, enum ak_lab_fault fault,
                                        bool often, struct ak_faulty_session *session);
void ak_faulty_dhe_free(struct ak_faulty_dhe *dhe);

/* One record; answers are appended to `out`, application data to `plain`. */
enum ak_faulty_state ak_faulty_dhe_take(struct ak_faulty_dhe *dhe, uint8_t type,
                                        const uint8_t *body, size_t size, struct ak_text *out,
                                        struct ak_text *plain);
/* After DONE. */
void ak_faulty_dhe_send(struct ak_faulty_dhe *dhe, const void *bytes, size_t size,
                        struct ak_text *out);
/* Why it refused; "" before. Static text. */
const char *ak_faulty_dhe_reason(const struct ak_faulty_dhe *dhe);

#endif
