/* The clear talk before TLS on one stream: feeds the starttls codec unit by unit, writes what it
 * learns into the conversation, and says when a side's bytes belong to the next protocol.
 *
 * Keeps at most AK_CLEAR_WINDOW bytes of each side, and wipes them as they are understood: they may
 * hold passwords.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_TRACE_PREAMBLE_H
#define AK_TRACE_PREAMBLE_H

#include "codec/starttls.h"
#include "trace/dialogue.h"

struct ak_preamble_half {
    uint8_t bytes[AK_CLEAR_WINDOW]; /* not understood yet */
    size_t size;
    uint32_t place;   /* of the first of them in the stream */
    size_t skip;      /* rest of a unit that does not matter */
    bool to_line_end; /* likewise, of a line */
    bool through;     /* what is in bytes[], and what follows, is of the next protocol */
    size_t seen;
};

struct ak_preamble {
    struct ak_clear_state state;
    struct ak_preamble_half half[AK_SIDES];
    bool quiet;      /* what is said is about TLS or the proxy: no data of the application */
    bool last;       /* after STARTTLS nothing but TLS is looked for */
    unsigned layers; /* proxies passed */
};

struct ak_preamble *ak_preamble_new(void);
void ak_preamble_free(struct ak_preamble *preamble);

enum ak_preamble_result {
    AK_PREAMBLE_MORE, /* all bytes taken */
    AK_PREAMBLE_NEXT, /* a side is through; `r` may hold more bytes of this one */
    AK_PREAMBLE_DEAD  /* no dialogue that is known, or it goes on in clear */
};

/* Takes bytes of one side. */
enum ak_preamble_result ak_preamble_bytes(struct ak_dialogue *d, enum ak_side side,
                                          struct ak_reader *r);
/* Bytes are missing: the next ones are taken for the beginning of a unit. */
void ak_preamble_lost(struct ak_preamble *preamble, enum ak_side side);
/* A side is through, and nothing of its last unit is left to pass over. */
bool ak_preamble_ready(const struct ak_preamble *preamble, enum ak_side side);
/* Takes the bytes of such a side, at most AK_CLEAR_WINDOW, and returns how many. */
size_t ak_preamble_take(struct ak_preamble *preamble, enum ak_side side, uint8_t *out);
/* Nobody has said anything yet that tells which dialogue this is, and the side is not through. */
bool ak_preamble_undecided(const struct ak_preamble *preamble, enum ak_side side);
void ak_preamble_swap(struct ak_preamble *preamble);

#endif
