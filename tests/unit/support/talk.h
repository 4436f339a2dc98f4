/* A dialogue for tests without TCP: bytes of two sides straight into the protocol machine.
 *
 * Plays scripts of support/script.h; "(n)" after ">" or "<" is a gap of n bytes. `piece` cuts what
 * is fed into pieces of that size.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_TESTS_SUPPORT_TALK_H
#define AK_TESTS_SUPPORT_TALK_H

#include "support/script.h"
#include "trace/dialogue.h"

struct talk {
    struct ak_dialogue_shared shared;
    struct ak_conversation seen;
    struct ak_dialogue_pool pool;
    struct ak_dialogue *dialogue;
    uint64_t frame;
    size_t piece; /* 0: whole */
    char text[512];
};

static inline void talk_open(struct talk *t, bool late)
{
    struct ak_hash_key key = {3, 4};
    memset(t, 0, sizeof *t);
    t->shared.hellos = ak_hello_store_new(key);
    t->shared.certificates = ak_certificate_store_new(key);
    t->seen.begun_before = late;
    ak_dialogue_pool_init(&t->pool);
    t->dialogue = ak_dialogue_new(&t->pool, &t->seen, &t->shared, late);
    assert_non_null(t->shared.hellos);
    assert_non_null(t->shared.certificates);
    assert_non_null(t->dialogue);
}

static inline void talk_close(struct talk *t)
{
    ak_dialogue_free(t->dialogue);
    ak_dialogue_pool_release(&t->pool);
    ak_conversation_release(&t->seen);
    ak_hello_store_free(t->shared.hellos);
    ak_certificate_store_free(t->shared.certificates);
}

static inline void talk_bytes(struct talk *t, enum ak_side side, struct ak_span all)
{
    t->frame++;
    while (all.size != 0) {
        size_t n = t->piece != 0 && t->piece < all.size ? t->piece : all.size;
        struct ak_bytes copy = ak_bytes_copy(all.bytes, n); /* exactly sized, and gone after */
        ak_dialogue_bytes(t->dialogue, side, ak_bytes_span(&copy), t->frame,
                          (int64_t)t->frame * 1000000);
        ak_bytes_free(&copy);
        all.bytes += n;
        all.size -= n;
    }
}

static inline void talk_hex(struct talk *t, enum ak_side side, const char *annotated)
{
    struct ak_bytes b = ak_hex(annotated);
    talk_bytes(t, side, ak_bytes_span(&b));
    ak_bytes_free(&b);
}

static inline void talk_word(void *player, char *word)
{
    struct talk *t = player;
    enum ak_side side = script_side(word);
    if (word[1] == '(')
        ak_dialogue_gap(t->dialogue, side, strtoul(word + 2, NULL, 10));
    else
        talk_bytes(t, side, script_bytes(word));
}

static inline void talk_play(struct talk *t, const char *script)
{
    script_play(script, talk_word, t);
}

static inline const char *talk_letters(struct talk *t)
{
    ak_letters_text(&t->seen.letters, t->text, sizeof t->text);
    return t->text;
}

#endif
