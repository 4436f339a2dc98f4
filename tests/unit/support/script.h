/* The language in which tests write down a conversation, whoever plays it (talk.h, wire.h).
 *
 * A script is a list of words. ">" (client) or "<" (server) says who sends, the rest what: items of
 * support/octets.h, "+" joins several, "[" before one wraps it in a PRELOGIN packet. What else may
 * stand in a word is said by the player.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_TESTS_SUPPORT_SCRIPT_H
#define AK_TESTS_SUPPORT_SCRIPT_H

#include "observe/conversation.h"
#include "support/octets.h"

/* The word may be written to. */
typedef void script_word(void *player, char *word);

static inline void script_play(const char *script, script_word *play, void *player)
{
    char word[128];
    while (*script != '\0') {
        size_t n = strcspn(script, " ");
        assert_true(n < sizeof word);
        memcpy(word, script, n);
        word[n] = '\0';
        if (n != 0)
            play(player, word);
        script += n + (script[n] == ' ');
    }
}

static inline enum ak_side script_side(const char *word)
{
    assert_true(word[0] == '<' || word[0] == '>');
    return word[0] == '<' ? AK_SIDE_SERVER : AK_SIDE_CLIENT;
}

/* The bytes of a word's items; valid until the next call. */
static inline struct ak_span script_bytes(char *word)
{
    static struct octets o;
    o.size = 0;
    for (char *name = word + 1; name != NULL;) {
        char *plus = strchr(name, '+');
        if (plus != NULL)
            *plus++ = '\0';
        octets_word(&o, name);
        name = plus;
    }
    return octets_span(&o);
}

#endif
