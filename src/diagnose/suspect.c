/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/suspect.h"

#include <stddef.h>
#include <string.h>

#include "base/alloc.h"

#include "base/banned.h"

_Static_assert(sizeof(struct ak_conversation_room) % sizeof(uint64_t) == 0, "whole words");
_Static_assert(offsetof(struct ak_conversation_room, tls) == sizeof(struct ak_conversation),
               "the conversation's words, then those of its TLS");

/* Moves what is not 0 to `out`; returns its words. */
static size_t gather(const struct ak_conversation_room *room, size_t words,
                     uint64_t present[AK_SUSPECT_MASKS], uint64_t *out)
{
    const uint8_t *from = (const uint8_t *)room;
    size_t kept = 0;
    memset(present, 0, AK_SUSPECT_MASKS * sizeof *present);
    for (size_t i = 0; i < words; i++) {
        uint64_t word;
        memcpy(&word, from + i * sizeof word, sizeof word);
        out[kept] = word;
        kept += word != 0;
        present[i / 64] |= (uint64_t)(word != 0) << i % 64;
    }
    return kept;
}

struct ak_suspect *ak_suspect_new(const struct ak_conversation *conversation)
{
    struct ak_conversation_room room;
    uint64_t words[AK_SUSPECT_WORDS];
    struct ak_suspect head = {.id = conversation->id, .last_time = conversation->last_time};
    if (!ak_conversation_copy_to(&room, conversation))
        return NULL;
    struct ak_conversation whole = room.c;
    ak_letters_trim(&room.c.letters);
    head.tls = room.c.tls != NULL;
    room.c.tls = room.c.tls_room = NULL;
    size_t size = sizeof room.c;
    if (head.tls) {
        size = sizeof room;
        head.near_name = room.tls.server_name == room.tls.name_room;
        head.near_protocol = room.tls.server_alpn == room.tls.alpn_room;
        if (head.near_name)
            room.tls.server_name = NULL;
        if (head.near_protocol)
            room.tls.server_alpn = NULL;
    }
    size_t kept = gather(&room, size / sizeof *words, head.present, words);
    struct ak_suspect *suspect = ak_alloc(1, sizeof *suspect + kept * sizeof *words);
    if (suspect == NULL) {
        ak_conversation_release(&whole);
        return NULL;
    }
    *suspect = head;
    memcpy(suspect->word, words, kept * sizeof *words);
    return suspect;
}

static struct ak_conversation *open_again(const struct ak_suspect *suspect,
                                          struct ak_conversation_room *room)
{
    uint8_t *to = (uint8_t *)room;
    const uint64_t *word = suspect->word;
    memset(room, 0, sizeof *room);
    for (size_t i = 0; i < AK_SUSPECT_MASKS; i++)
        for (uint64_t left = suspect->present[i]; left != 0; left &= left - 1) {
            size_t at = i * 64 + ak_low_zeros(left);
            memcpy(to + at * sizeof *word, word++, sizeof *word);
        }
    room->c.tls_room = &room->tls;
    if (suspect->tls)
        room->c.tls = &room->tls;
    if (suspect->near_name)
        room->tls.server_name = room->tls.name_room;
    if (suspect->near_protocol)
        room->tls.server_alpn = room->tls.alpn_room;
    return &room->c;
}

const struct ak_conversation *ak_suspect_open(const struct ak_suspect *suspect,
                                              struct ak_conversation_room *room)
{
    return suspect->opened != NULL ? suspect->opened : open_again(suspect, room);
}

void ak_suspect_free(struct ak_suspect *suspect)
{
    struct ak_conversation_room room;
    if (suspect == NULL)
        return;
    ak_conversation_release(open_again(suspect, &room));
    ak_free(suspect);
}
