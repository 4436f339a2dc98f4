/* Buffers that texts took and need no more, for the next ones that need one. The last one that came
 * back is the next to go, since it lies in the processor's caches. A few, none of them large.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_BASE_TEXT_SHELF_H
#define AK_BASE_TEXT_SHELF_H

#include "base/text.h"

enum { AK_SHELF_TEXTS = 16, AK_SHELF_ROOM = 32 * 1024 };

/* Zeroed memory is an empty one. */
struct ak_text_shelf {
    struct ak_shelf_buffer {
        char *bytes;
        size_t room;
    } spare[AK_SHELF_TEXTS];
    unsigned count;
};

/* A text without a buffer gets one, when there is one. It may be larger than the text's maximum:
 * then the rest of it lies idle. */
static inline void ak_shelf_take(struct ak_text_shelf *shelf, struct ak_text *text)
{
    if (text->bytes != NULL || shelf->count == 0 || text->failed)
        return;
    const struct ak_shelf_buffer *spare = &shelf->spare[--shelf->count];
    text->bytes = spare->bytes;
    text->room = spare->room < text->maximum ? spare->room : text->maximum;
}
/* The text is as ak_text_init left it; its buffer stands here, or is freed. */
void ak_shelf_put(struct ak_text_shelf *shelf, struct ak_text *text);
void ak_shelf_release(struct ak_text_shelf *shelf);

#endif
