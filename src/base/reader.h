/* The reader: a cursor over borrowed bytes that cannot over-read and remembers its first failure.
 *
 * A failed read yields zero (or an empty span), moves the cursor to its end and records the first
 * failure in the one `struct ak_parse` that a message and all its sub-readers share. A parser is
 * therefore straight-line code that is checked once, at its end.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_BASE_READER_H
#define AK_BASE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum ak_verdict {
    AK_VERDICT_PARSED,
    AK_VERDICT_SHORT,  /* bytes end before the message does: truncated, or not yet arrived */
    AK_VERDICT_BAD,    /* bytes contradict the format */
    AK_VERDICT_UNKNOWN /* well formed as far as can be said, but of a kind not known here */
};

struct ak_parse {
    enum ak_verdict verdict;
    size_t offset;     /* of the first failure, from the start of the message */
    const char *field; /* static text: what was being read */
};

/* A borrowed run of bytes; never NULL when size > 0. */
struct ak_span {
    const uint8_t *bytes;
    size_t size;
};

struct ak_reader {
    const uint8_t *at;
    size_t left;
    size_t offset; /* of `at` from the start of the outermost message */
    struct ak_parse *parse;
};

static inline struct ak_reader ak_reader_of(const void *bytes, size_t size, struct ak_parse *parse)
{
    struct ak_reader reader = {bytes, size, 0, parse};
    parse->verdict = AK_VERDICT_PARSED;
    parse->offset = 0;
    parse->field = NULL;
    return reader;
}

/* Records a failure (only the first one stays) and exhausts the reader. */
static inline void ak_reader_fail(struct ak_reader *r, enum ak_verdict verdict, const char *field)
{
    if (r->parse->verdict == AK_VERDICT_PARSED) {
        r->parse->verdict = verdict;
        r->parse->offset = r->offset;
        r->parse->field = field;
    }
    r->offset += r->left;
    r->at = r->left ? r->at + r->left : r->at;
    r->left = 0;
}

static inline bool ak_reader_ok(const struct ak_reader *r)
{
    return r->parse->verdict == AK_VERDICT_PARSED;
}

/* The only pointer arithmetic on input: the next `size` bytes, or NULL after recording `short`. */
static inline const uint8_t *ak_reader_take(struct ak_reader *r, size_t size, const char *field)
{
    if (size > r->left) {
        ak_reader_fail(r, AK_VERDICT_SHORT, field);
        return NULL;
    }
    const uint8_t *bytes = r->at;
    r->at = size ? r->at + size : r->at; /* NULL + 0 is undefined */
    r->left -= size;
    r->offset += size;
    return bytes;
}

static inline uint16_t ak_be16(const uint8_t *p)
{
    return (uint16_t)((unsigned)p[0] << 8 | p[1]);
}

static inline uint32_t ak_be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline uint16_t ak_le16(const uint8_t *p)
{
    return (uint16_t)((unsigned)p[1] << 8 | p[0]);
}

static inline uint32_t ak_le32(const uint8_t *p)
{
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static inline uint64_t ak_le64(const uint8_t *p)
{
    return (uint64_t)ak_le32(p + 4) << 32 | ak_le32(p);
}

static inline uint8_t ak_read_u8(struct ak_reader *r, const char *field)
{
    const uint8_t *p = ak_reader_take(r, 1, field);
    return p ? p[0] : 0;
}

static inline uint16_t ak_read_be16(struct ak_reader *r, const char *field)
{
    const uint8_t *p = ak_reader_take(r, 2, field);
    return p ? ak_be16(p) : 0;
}

static inline uint32_t ak_read_be24(struct ak_reader *r, const char *field)
{
    const uint8_t *p = ak_reader_take(r, 3, field);
    return p ? (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2] : 0;
}

static inline uint32_t ak_read_be32(struct ak_reader *r, const char *field)
{
    const uint8_t *p = ak_reader_take(r, 4, field);
    return p ? ak_be32(p) : 0;
}

static inline uint16_t ak_read_le16(struct ak_reader *r, const char *field)
{
    const uint8_t *p = ak_reader_take(r, 2, field);
    return p ? ak_le16(p) : 0;
}

static inline uint32_t ak_read_le32(struct ak_reader *r, const char *field)
{
    const uint8_t *p = ak_reader_take(r, 4, field);
    return p ? ak_le32(p) : 0;
}

static inline uint64_t ak_read_le64(struct ak_reader *r, const char *field)
{
    const uint8_t *p = ak_reader_take(r, 8, field);
    return p ? ak_le64(p) : 0;
}

/* A borrowed run of exactly `size` bytes, empty after a failure. */
static inline struct ak_span ak_read_span(struct ak_reader *r, size_t size, const char *field)
{
    const uint8_t *p = ak_reader_take(r, size, field);
    struct ak_span span = {p, p ? size : 0};
    return span;
}

static inline void ak_read_skip(struct ak_reader *r, size_t size, const char *field)
{
    (void)ak_reader_take(r, size, field);
}

/* A child over the next `size` bytes; it shares the parse record and cannot leave its parent. */
static inline struct ak_reader ak_read_sub(struct ak_reader *r, size_t size, const char *field)
{
    struct ak_reader child = *r;
    const uint8_t *p = ak_reader_take(r, size, field);
    child.at = p;
    child.left = p ? size : 0;
    return child;
}

/* Length-prefixed children of TLS (RFC 8446 3.4) and ASN.1-free formats. */
static inline struct ak_reader ak_read_sub8(struct ak_reader *r, const char *field)
{
    size_t size = ak_read_u8(r, field);
    return ak_read_sub(r, size, field);
}

static inline struct ak_reader ak_read_sub16(struct ak_reader *r, const char *field)
{
    size_t size = ak_read_be16(r, field);
    return ak_read_sub(r, size, field);
}

static inline struct ak_reader ak_read_sub24(struct ak_reader *r, const char *field)
{
    size_t size = ak_read_be24(r, field);
    return ak_read_sub(r, size, field);
}

/* What is left, without moving. */
static inline struct ak_span ak_reader_rest(const struct ak_reader *r)
{
    struct ak_span span = {r->at, r->left};
    return span;
}

#endif
