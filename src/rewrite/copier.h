/* A message copied piece by piece into zeroed bytes: what is not copied stays zero.
 *
 * It reads as a parser does, so lengths stay and what contradicted itself still does.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REWRITE_COPIER_H
#define AK_REWRITE_COPIER_H

#include "base/reader.h"
#include "rewrite/pseudonym.h"

struct ak_copier {
    struct ak_reader r;
    uint8_t *to;                 /* of the whole message's size, zeroed; owned by the caller */
    struct ak_pseudonyms *names; /* NULL: names and numbers stay */
};

static inline struct ak_copier ak_copier_of(struct ak_span from, uint8_t *to,
                                            struct ak_pseudonyms *names, struct ak_parse *parse)
{
    struct ak_copier c = {ak_reader_of(from.bytes, from.size, parse), to, names};
    return c;
}

/* The next bytes, copied; where they now lie, or NULL when there are fewer. */
static inline uint8_t *ak_copy(struct ak_copier *c, size_t size)
{
    size_t at = c->r.offset;
    const uint8_t *p = ak_reader_take(&c->r, size, "copied");
    if (p == NULL || size == 0)
        return NULL;
    memcpy(c->to + at, p, size);
    return c->to + at;
}

static inline size_t ak_copy_u8(struct ak_copier *c)
{
    const uint8_t *p = ak_copy(c, 1);
    return p != NULL ? p[0] : 0;
}

static inline size_t ak_copy_be16(struct ak_copier *c)
{
    const uint8_t *p = ak_copy(c, 2);
    return p != NULL ? ak_be16(p) : 0;
}

static inline size_t ak_copy_be24(struct ak_copier *c)
{
    const uint8_t *p = ak_copy(c, 3);
    return p != NULL ? (size_t)p[0] << 16 | ak_be16(p + 1) : 0;
}

static inline size_t ak_copy_le16(struct ak_copier *c)
{
    const uint8_t *p = ak_copy(c, 2);
    return p != NULL ? ak_le16(p) : 0;
}

/* Everything that is left. */
static inline uint8_t *ak_copy_rest(struct ak_copier *c)
{
    return ak_copy(c, c->r.left);
}

/* Copies random-looking bytes: as they are, or others in their place. */
static inline void ak_copy_stand_in(struct ak_copier *c, size_t size)
{
    uint8_t *p = ak_copy(c, size);
    if (p != NULL && c->names != NULL)
        ak_pseudonym_bytes(c->names, p, size);
}

/* Copies a name: as it is, or its pseudonym. */
static inline void ak_copy_name(struct ak_copier *c, enum ak_text_form form, size_t size)
{
    uint8_t *p = ak_copy(c, size);
    if (p != NULL && c->names != NULL)
        ak_pseudonym_text(c->names, form, p, size);
}

static inline void ak_copy_skip(struct ak_copier *c, size_t size)
{
    ak_read_skip(&c->r, size, "zeroed");
}

/* A copier of the next `size` bytes alone. */
static inline struct ak_copier ak_copy_sub(struct ak_copier *c, size_t size)
{
    struct ak_copier child = *c;
    child.r = ak_read_sub(&c->r, size, "copied");
    return child;
}

#endif
