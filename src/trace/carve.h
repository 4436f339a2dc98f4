/* TLS that begins in the middle of a stream after unknown bytes: believed only when the client
 * sends a whole, flawless ClientHello record at the start of a segment, and the server answers it
 * at the start of a segment with a ServerHello or an alert. Data that merely looks like a record is
 * no TLS.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_TRACE_CARVE_H
#define AK_TRACE_CARVE_H

#include "trace/dialogue.h"

enum ak_carve_result {
    AK_CARVE_PLAIN, /* data like any other */
    AK_CARVE_HELD,  /* kept: the answer decides */
    AK_CARVE_FOUND  /* the answer: the client's bytes lie in half[AK_SIDE_CLIENT].message */
};

/* A segment of a stream of unknown bytes. */
enum ak_carve_result ak_carve_bytes(struct ak_dialogue *d, enum ak_side side, struct ak_span bytes);
/* Does this segment begin as a ClientHello that would be kept? */
bool ak_carve_may_ask(enum ak_side side, struct ak_span bytes);
/* Does a whole, flawless ClientHello record begin here; a ServerHello record or an alert? */
bool ak_carve_asks(struct ak_span bytes);
bool ak_carve_answers(struct ak_span bytes);
/* What was kept is data after all. */
void ak_carve_drop(struct ak_dialogue *d);

#endif
