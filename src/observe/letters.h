/* Packet letters: one short word for each event of a conversation, repeats collapsed. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_OBSERVE_LETTERS_H
#define AK_OBSERVE_LETTERS_H

#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "observe/side.h"

enum ak_letter {
    AK_LETTER_S,
    AK_LETTER_SA,
    AK_LETTER_A,
    AK_LETTER_PL,
    AK_LETTER_PR,
    AK_LETTER_CH,
    AK_LETTER_HRR,
    AK_LETTER_SH,
    AK_LETTER_CE,
    AK_LETTER_SK,
    AK_LETTER_CR,
    AK_LETTER_SD,
    AK_LETTER_CK,
    AK_LETTER_CC,
    AK_LETTER_EF,
    AK_LETTER_AP,
    AK_LETTER_AL,
    AK_LETTER_EA,
    AK_LETTER_L7,
    AK_LETTER_RE,
    AK_LETTER_F,
    AK_LETTER_R,
    AK_LETTER_KA,
    AK_LETTERS
};

struct ak_letter_entry {
    uint8_t letter; /* enum ak_letter | side << 7 */
    uint8_t detail; /* alert code */
    uint16_t repeats;
};

enum { AK_LETTERS_TEXT = 512 }; /* room that the longest text needs */

/* Keeps the first AK_LETTERS_HEAD and the last AK_LETTERS_TAIL entries. */
struct ak_letters {
    uint32_t count; /* entries so far, collapsed */
    struct ak_letter_entry head[AK_LETTERS_HEAD];
    struct ak_letter_entry tail[AK_LETTERS_TAIL]; /* ring */
};

void ak_letters_add(struct ak_letters *letters, enum ak_side side, enum ak_letter letter,
                    uint8_t detail);
/* The last entry's letter; AK_LETTERS when there is none. */
enum ak_letter ak_letters_last(const struct ak_letters *letters, enum ak_side *side);
/* Sets to 0 the entries that hold nothing. */
void ak_letters_trim(struct ak_letters *letters);
/* Exchanges the sides of all entries. */
void ak_letters_swap(struct ak_letters *letters);
/* ">S <SA >A ... <AP*3"; always NUL-terminated, cut at an entry's border; returns its bytes without
 * the NUL. `room` is at least 1. */
size_t ak_letters_text(const struct ak_letters *letters, char *out, size_t room);

#endif
