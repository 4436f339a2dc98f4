/* The packet letters of a conversation as text, in a buffer that the next call takes. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_TESTS_SUPPORT_LETTERS_H
#define AK_TESTS_SUPPORT_LETTERS_H

#include "observe/conversation.h"

static inline const char *letters_of(const struct ak_conversation *c)
{
    static char text[AK_LETTERS_TEXT];
    ak_letters_text(&c->letters, text, sizeof text);
    return text;
}

#endif
