/* The leading-zero probe: does a server treat Diffie-Hellman values that begin with a zero byte as
 * the RFCs ask? About one handshake in 256 meets one by chance; here the client chooses its
 * exponent after it has seen the server's value, so that every attempt meets one.
 *
 * Z, the shared secret, loses its leading zeros before it becomes the premaster secret (RFC 5246
 * 8.1.2). Yc, the client's public value, may be sent with them or without (RFC 5246 7.4.7.2).
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_PROBE_DHE_ZERO_H
#define AK_PROBE_DHE_ZERO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/reader.h"

/* In the order in which they are tried. */
enum ak_dhe_zero_form {
    AK_DHE_ZERO_Z_STRIPPED,
    AK_DHE_ZERO_Z_UNSTRIPPED,
    AK_DHE_ZERO_YC_PADDED,
    AK_DHE_ZERO_YC_UNPADDED,
    AK_DHE_ZERO_FORMS
};

/* For ak_probe_plan.dhe_zero. The plan's party must offer a suite with ephemeral Diffie-Hellman of
 * TLS 1.0 to 1.2 (with AES or 3DES); nothing else is offered. */
struct ak_dhe_zero_plan {
    enum ak_dhe_zero_form form;
};

enum ak_dhe_zero_answer {
    AK_DHE_ZERO_UNASKED, /* not tried, or it ended before the question was put */
    AK_DHE_ZERO_ACCEPTED,
    AK_DHE_ZERO_REFUSED /* an alert, a FIN or a RST behind this side's Finished */
};

enum ak_dhe_zero_verdict {
    AK_DHE_ZERO_NOT_SHOWN,
    AK_DHE_ZERO_CORRECT,
    AK_DHE_ZERO_FAULTY_Z,  /* keeps the zeros of Z */
    AK_DHE_ZERO_FAULTY_YC, /* refuses a form of Yc */
    AK_DHE_ZERO_FAULTY_BOTH
};

struct ak_probe_result;
enum ak_dhe_zero_answer ak_dhe_zero_answer_of(const struct ak_probe_result *result);
/* The form to try next, FORMS when enough is known: at most four attempts, three when Z is right,
 * since a server that accepts one form of Z cannot accept the other. */
enum ak_dhe_zero_form ak_dhe_zero_next(const enum ak_dhe_zero_answer answers[AK_DHE_ZERO_FORMS]);
enum ak_dhe_zero_verdict ak_dhe_zero_judge(
    const enum ak_dhe_zero_answer answers[AK_DHE_ZERO_FORMS]);
const char *ak_dhe_zero_form_name(enum ak_dhe_zero_form form);          /* "z-stripped" */
const char *ak_dhe_zero_verdict_name(enum ak_dhe_zero_verdict verdict); /* "faulty-z" */

/* ---- for the engine ---- */

enum { AK_DHE_MOST_BYTES = 1024 }; /* of a prime: 8,192 bits */

struct ak_dhe_values {
    uint8_t public_value[AK_DHE_MOST_BYTES], secret[AK_DHE_MOST_BYTES];
    size_t public_size, secret_size;
    unsigned tries;
};

/* Yc and Z for this form, from the server's values and an exponent of 32 bytes to begin with.
 * False: the prime is none that can be used, or no exponent was found within bounds. */
bool ak_dhe_zero_find(enum ak_dhe_zero_form form, struct ak_span p, struct ak_span g,
                      struct ak_span ys, const uint8_t exponent[32], struct ak_dhe_values *values);

#endif
