/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/dialogue.h"

#include <stddef.h>
#include <string.h>

#include "base/alloc.h"
#include "trace/preamble.h"

#include "base/banned.h"

enum { POOL = 256, KEPT_BUFFER = 32 * 1024 };

/* Both buffers of a half stand at its end: what is in front of them is cleared in one go. */
enum { BUFFERS = offsetof(struct ak_dialogue_half, tls.message) };
_Static_assert(BUFFERS + 2 * sizeof(struct ak_text) == sizeof(struct ak_dialogue_half),
               "nothing stands behind the buffers");

/* Empties a buffer; a small one keeps its memory. */
static void empty(struct ak_text *text)
{
    if (text->room > KEPT_BUFFER)
        ak_text_release(text);
    ak_text_clear(text);
}

static void reset(struct ak_dialogue *d)
{
    enum { BEHIND = offsetof(struct ak_dialogue, half) + sizeof d->half };
    ak_preamble_free(d->preamble);
    for (int side = 0; side < AK_SIDES; side++) {
        memset(&d->half[side], 0, BUFFERS);
        empty(&d->half[side].message);
        empty(&d->half[side].tls.message);
    }
    memset(d, 0, offsetof(struct ak_dialogue, half));
    memset((uint8_t *)d + BEHIND, 0, sizeof *d - BEHIND);
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
