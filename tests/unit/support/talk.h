/* A dialogue for tests without TCP: bytes of two sides straight into the protocol machine.
 *
 * A script is one of words as in support/wire.h: items of support/octets.h, "+" joins them.
 * "(n)" after ">" or "<" is a gap of n bytes. `piece` cuts what is fed into pieces of that size.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_TESTS_SUPPORT_TALK_H
#define AK_TESTS_SUPPORT_TALK_H

#include "support/octets.h"
#include "trace/dialogue.h"

struct talk {
    struct ak_dialogue_shared shared;
    struct ak_conversation seen;
    struct ak_letters letters;
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
    t->dialogue = ak_dialogue_new(NULL, &t->seen, &t->letters, &t->shared, late);
    assert_non_null(t->shared.hellos);
    assert_non_null(t->shared.certificates);
    assert_non_null(t->dialogue);
}

static inline void talk_close(struct talk *t)
{
    ak_dialogue_free(NULL, t->dialogue);
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

static inline void talk_word(struct talk *t, char *word)
{
    static struct octets o;
    enum ak_side side = word[0] == '<' ? AK_SIDE_SERVER : AK_SIDE_CLIENT;
    if (word[1] == '(') {
        ak_dialogue_gap(t->dialogue, side, strtoul(word + 2, NULL, 10));
        return;
    }
    o.size = 0;
    for (char *name = word + 1; name != NULL;) {
        char *plus = strchr(name, '+');
        if (plus != NULL)
            *plus++ = '\0';
        octets_word(&o, name);
        name = plus;
    }
    talk_bytes(t, side, octets_span(&o));
}

static inline void talk_play(struct talk *t, const char *script)
{
    char word[128];
    while (*script != '\0') {
        size_t n = strcspn(script, " ");
        assert_true(n < sizeof word);
        memcpy(word, script, n);
        word[n] = '\0';
        if (n != 0)
            talk_word(t, word);
        script += n + (script[n] == ' ');
    }
}

static inline const char *talk_letters(struct talk *t)
{
    ak_letters_text(&t->letters, t->text, sizeof t->text);
    return t->text;
}

#endif
