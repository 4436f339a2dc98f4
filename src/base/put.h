/* What every builder of wire bytes appends: numbers, and lists with their length in front.
 *
 * The mirror of base/reader.h. Failures stay in the text (`failed`) and are looked at once.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_BASE_PUT_H
#define AK_BASE_PUT_H

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

static inline void ak_put_u8(struct ak_text *out, unsigned value)
{
    ak_text_char(out, (char)(uint8_t)value);
}

/* The `width` lowest bytes, most significant first. */
static inline void ak_put_be(struct ak_text *out, uint64_t value, unsigned width)
{
    while (width-- != 0)
        ak_put_u8(out, (unsigned)(value >> 8 * width & 0xff));
}

/* The `width` lowest bytes, least significant first. */
static inline void ak_put_le(struct ak_text *out, uint64_t value, unsigned width)
{
    for (; width-- != 0; value >>= 8)
        ak_put_u8(out, (unsigned)(value & 0xff));
}

static inline void ak_put_zeros(struct ak_text *out, size_t count)
{
    while (count-- != 0 && !out->failed)
        ak_put_u8(out, 0);
}

/* Room for a length of `width` bytes; its place. */
static inline size_t ak_put_open(struct ak_text *out, unsigned width)
{
    size_t at = out->size;
    ak_put_zeros(out, width);
    return at;
}

/* Writes, big-endian, how many bytes came since. A length that does not fit fails the text. */
static inline void ak_put_close(struct ak_text *out, size_t at, unsigned width)
{
    if (out->failed)
        return;
    size_t size = out->size - at - width;
    if (size >> 8 * width != 0)
        ak_text_fail(out);
    for (unsigned i = 0; i < width; i++)
        out->bytes[at + i] = (char)(uint8_t)(size >> 8 * (width - 1 - i));
}

#endif
