/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/dialogue.h"

#include <string.h>

#include "trace/preamble.h"

#include "base/banned.h"

void ak_dialogue_pool_init(struct ak_dialogue_pool *pool)
{
    memset(pool, 0, sizeof *pool);
    ak_pool_init(&pool->room, sizeof(struct ak_dialogue));
}

void ak_dialogue_pool_release(struct ak_dialogue_pool *pool)
{
    ak_pool_release(&pool->room);
    ak_shelf_release(&pool->shelf);
}

size_t ak_dialogue_spare_bytes(const struct ak_dialogue_pool *pool)
{
    return ak_pool_spare_bytes(&pool->room);
}

struct ak_dialogue *ak_dialogue_new(struct ak_dialogue_pool *pool, struct ak_conversation *seen,
                                    const struct ak_dialogue_shared *shared, bool late)
{
    struct ak_dialogue *d = ak_pool_take(&pool->room);
    if (d == NULL)
        return NULL;
    memset(d, 0, sizeof *d);
    d->pool = pool;
    d->seen = seen;
    d->shared = shared;
    d->last_data_side = AK_SIDE_NONE;
    for (int side = 0; side < AK_SIDES; side++) {
        d->half[side].late = late;
        d->half[side].message.maximum = AK_MAX_TDS_MESSAGE;
        d->half[side].tls.message.maximum = AK_MAX_HANDSHAKE_MESSAGE;
    }
    return d;
}

void ak_dialogue_free(struct ak_dialogue *d)
{
    if (d == NULL)
        return;
    ak_preamble_free(d->preamble);
    for (int side = 0; side < AK_SIDES; side++) {
        ak_dialogue_let_go(d, &d->half[side].message);
        ak_dialogue_let_go(d, &d->half[side].tls.message);
    }
    ak_pool_give(&d->pool->room, d);
}

static bool is_used(const struct ak_text *text)
{
    return text->bytes != NULL || text->failed;
}

void ak_dialogue_keep(struct ak_dialogue *d, struct ak_text *text, struct ak_span bytes)
{
    const bool before = is_used(text);
    ak_shelf_take(&d->pool->shelf, text);
    ak_text_bytes(text, bytes.bytes, bytes.size);
    d->used_texts = (uint8_t)(d->used_texts + is_used(text) - before);
}

void ak_dialogue_put_back(struct ak_dialogue *d, struct ak_text *text)
{
    d->used_texts = (uint8_t)(d->used_texts - is_used(text));
    ak_shelf_put(&d->pool->shelf, text);
}
