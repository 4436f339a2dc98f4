/* DER elements (X.690): tag, length, content; definite lengths and low tag numbers, as certificates
 * have them.
 *
 * Spans borrow the input.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CODEC_DER_H
#define AK_CODEC_DER_H

#include <stdbool.h>

#include "base/reader.h"

enum {
    AK_DER_BOOLEAN = 1,
    AK_DER_INTEGER = 2,
    AK_DER_BIT_STRING = 3,
    AK_DER_OCTET_STRING = 4,
    AK_DER_NULL = 5,
    AK_DER_OID = 6,
    AK_DER_ENUMERATED = 10,
    AK_DER_UTF8 = 12,
    AK_DER_NUMERIC = 18,
    AK_DER_PRINTABLE = 19,
    AK_DER_T61 = 20,
    AK_DER_IA5 = 22,
    AK_DER_UTC_TIME = 23,
    AK_DER_GENERAL_TIME = 24,
    AK_DER_VISIBLE = 26,
    AK_DER_UNIVERSAL = 28,
    AK_DER_BMP = 30,
    AK_DER_SEQUENCE = 0x30,
    AK_DER_SET = 0x31,
    AK_DER_CONSTRUCTED = 0x20, /* bit of the tag */
    AK_DER_CONTEXT = 0x80      /* likewise */
};

struct ak_der {
    uint8_t tag; /* with class and constructed bit; 0: none */
    struct ak_span body;
};

/* The next element; tag 0 and a failed reader when there is none. */
struct ak_der ak_der_next(struct ak_reader *r);
/* The next element's content when it has this tag, else an empty span and a failed reader. */
struct ak_span ak_der_expect(struct ak_reader *r, uint8_t tag);

#endif
