/* ClientHello messages as any client would send them, from SSL 2.0 to TLS 1.3.
 *
 * Needs no cryptography but a key share for TLS 1.3. The mirror of codec/tls.h: what is built here
 * and parsed there gives the same lists back, in the same order. RFC 5246 7.4.1.2, RFC 8446 4.1.2,
 * RFC 6066, 7301, 7627, 5746, 8422.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_PROBE_HELLO_H
#define AK_PROBE_HELLO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "predict/party.h"

struct ak_hello_plan {
    const struct ak_party *client; /* versions, suites, groups, schemes, EMS, renegotiation_info */
    /* The order and set of extensions of an observed client; 0: what the client's lists need, in
     * the order of OpenSSL. Types that nothing is known about are sent empty. What the lists need
     * and the set lacks (the client was changed) follows behind. */
    const uint16_t *extensions;
    size_t extension_count;
    bool no_extensions; /* with an extension_count of 0: the observed client sent none at all */
    const uint8_t *point_formats; /* NULL: uncompressed alone, of OpenSSL all three */
    size_t point_format_count;
    bool ssl2_format; /* RFC 5246 appendix E.2, as old clients sent it: versions up to TLS 1.2 */
    const char *server_name; /* NULL: none. An address is never sent (RFC 6066 3), and nothing is
                                where `extensions` lacks server_name */
    const char *alpn;        /* "h2,http/1.1"; NULL: none */
    bool no_key_share;       /* TLS 1.3: an empty list, so that the server names its group by a
                                HelloRetryRequest and computes nothing */
    bool no_signalling;      /* leave out renegotiation_info and its suite value */
};

/* 32 bytes of random, 32 of session id, and as many as key shares need are drawn from `random`,
 * which must give unpredictable bytes outside of tests. */
struct ak_hello_source {
    void *context;
    void (*random)(void *context, uint8_t *bytes, size_t size);
};

/* One or more TLS records (record version 0x0301, RFC 5246 appendix E.1; of SSL 3.0 0x0300) with a
 * ClientHello, or an SSL 2.0 CLIENT-HELLO when that is asked for or SSL 2.0 is all that is on.
 * False: the party has nothing to offer (no version on, or no suite for it), or memory was lacking
 * (out->failed). */
bool ak_hello_build(const struct ak_hello_plan *plan, const struct ak_hello_source *source,
                    struct ak_text *out);

#endif
