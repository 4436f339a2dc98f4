/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/dialogue.h"

#include "base/alloc.h"
#include "trace/preamble.h"

#include "base/banned.h"

enum { POOL = 256, KEPT_BUFFER = 32 * 1024 };

/* Empties a buffer; a small one keeps its memory. */
static struct ak_text emptied(struct ak_text text)
{
    if (text.room > KEPT_BUFFER)
        ak_text_release(&text);
    ak_text_clear(&text);
    return text;
}

static void reset(struct ak_dialogue *d)
{
    struct ak_text kept[AK_SIDES][2];
    for (int side = 0; side < AK_SIDES; side++) {
        kept[side][0] = emptied(d->half[side].message);
        kept[side][1] = emptied(d->half[side].tls.message);
    }
    ak_preamble_free(d->preamble);
    memset(d, 0, sizeof *d);
    for (int side = 0; side < AK_SIDES; side++) {
        d->half[side].message = kept[side][0];
        d->half[side].tls.message = kept[side][1];
    }
}

static struct ak_dialogue *make(void)
{
    struct ak_dialogue *d = ak_alloc(1, sizeof *d);
    for (int side = 0; d != NULL && side < AK_SIDES; side++) {
        ak_text_init(&d->half[side].message, AK_MAX_TDS_MESSAGE);
        ak_text_init(&d->half[side].tls.message, AK_MAX_HANDSHAKE_MESSAGE);
    }
    return d;
}

struct ak_dialogue *ak_dialogue_new(struct ak_dialogue_pool *pool, struct ak_conversation *seen,
                                    const struct ak_dialogue_shared *shared, bool late)
{
    struct ak_dialogue *d = pool != NULL ? pool->spare : NULL;
    if (d != NULL) {
        pool->spare = d->next_spare;
        pool->count--;
        reset(d);
    } else {
        d = make();
    }
    if (d == NULL)
        return NULL;
    d->seen = seen;
    d->shared = shared;
    d->last_data_side = AK_SIDE_NONE;
    for (int side = 0; side < AK_SIDES; side++)
        d->half[side].late = late;
    return d;
}

void ak_dialogue_free(struct ak_dialogue_pool *pool, struct ak_dialogue *d)
{
    if (d == NULL)
        return;
    ak_preamble_free(d->preamble);
    d->preamble = NULL;
    if (pool != NULL && pool->count < POOL) {
        d->next_spare = pool->spare;
        pool->spare = d;
        pool->count++;
        return;
    }
    for (int side = 0; side < AK_SIDES; side++) {
        ak_text_release(&d->half[side].message);
        ak_text_release(&d->half[side].tls.message);
    }
    ak_free(d);
}

void ak_dialogue_pool_release(struct ak_dialogue_pool *pool)
{
    while (pool->spare != NULL) {
        struct ak_dialogue *next = pool->spare->next_spare;
        ak_dialogue_free(NULL, pool->spare);
        pool->spare = next;
    }
    pool->count = 0;
}
