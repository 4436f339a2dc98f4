/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/der.h"

#include "base/banned.h"

/* tag(1) length(1), or 80+n and n bytes of length */

struct ak_der ak_der_next(struct ak_reader *r)
{
    struct ak_der element = {0, {NULL, 0}};
    uint8_t tag = ak_read_u8(r, "DER tag");
    size_t size = ak_read_u8(r, "DER length");
    if ((tag & 0x1f) == 0x1f)
        ak_reader_fail(r, AK_VERDICT_UNKNOWN, "DER tag");
    if (size == 0x80 || size > 0x84)
        ak_reader_fail(r, AK_VERDICT_BAD, "DER length");
    if (size > 0x80) {
        size_t bytes = size & 0x7f;
        size = 0;
        for (size_t i = 0; i < bytes; i++)
            size = size << 8 | ak_read_u8(r, "DER length");
    }
    element.body = ak_read_span(r, size, "DER content");
    if (ak_reader_ok(r))
        element.tag = tag;
    return element;
}

struct ak_span ak_der_expect(struct ak_reader *r, uint8_t tag)
{
    struct ak_der element = ak_der_next(r);
    struct ak_span none = {NULL, 0};
    if (element.tag == tag)
        return element.body;
    ak_reader_fail(r, AK_VERDICT_UNKNOWN, "DER tag");
    return none;
}
