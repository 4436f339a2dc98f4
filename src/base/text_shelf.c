/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text_shelf.h"

#include "base/alloc.h"

#include "base/banned.h"

void ak_shelf_put(struct ak_text_shelf *shelf, struct ak_text *text)
{
    if (text->bytes != NULL && text->room <= AK_SHELF_ROOM && shelf->count < AK_SHELF_TEXTS) {
        struct ak_shelf_buffer *spare = &shelf->spare[shelf->count++];
        spare->bytes = text->bytes;
        spare->room = text->room;
        ak_text_init(text, text->maximum);
    } else {
        ak_text_release(text);
    }
}

void ak_shelf_release(struct ak_text_shelf *shelf)
{
    while (shelf->count != 0)
        ak_free(shelf->spare[--shelf->count].bytes);
}
